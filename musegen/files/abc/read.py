"""ABC in: the text of a tune to a Piece, and what was left out of it in words.

A reader of our own with a grammar; voices, keys, repeats, jumps and orders of parts are played as they are meant, and
compared with abc2midi by `benchmarks/abc_agreement.py`. Source: the ABC music standard 2.1 (2011).
"""

from collections import Counter

from musegen.constants import MAX_SCORE_NOTES
from musegen.errors import FileFormatError
from musegen.files.abc.book import Tune, tunes
from musegen.files.abc.tune import read_parts
from musegen.files.limits import check_piece
from musegen.files.score.assembling import assembled
from musegen.music import Piece

MAX_TUNE_CHARACTERS = 400_000

_WORDS: dict[str, tuple[str, str]] = {
    "grace": ("The grace note is left out.", "{count} grace notes are left out."),
    "words": ("The words are left out.", "The words are left out."),
    "macro": ("A macro is left out.", "{count} macros are left out."),
    "unplayable": ("A note beyond the range of MIDI is left out.", "{count} notes beyond MIDI are left out."),
    "unknown": ("A sign that is no ABC is left out.", "{count} signs that are no ABC are left out."),
}


def read_abc(text: str, *, in_order: bool = True) -> Piece:
    """Return the first tune of an ABC text; see `read_abc_with_remarks`."""
    return read_abc_with_remarks(text, in_order=in_order)[0]


def read_abc_with_remarks(text: str, *, in_order: bool = True) -> tuple[Piece, tuple[str, ...]]:
    """Return the first tune with notes of an ABC text, and what was left out of it or played out.

    Args:
        text: the content of an .abc file.
        in_order: whether parts are put into the order of the P: line; False leaves them as printed.

    Raises:
        FileFormatError: there is no tune, it has no notes, or it is too long.
    """
    found = tunes(text)
    if not found:
        raise FileFormatError(
            'This is not an ABC tune: it needs a line "K:" with the key (for example "K:D") and the notes after it.'
        )
    tune = next((tune for tune in found if tune.has_notes), found[0])
    remarks: list[str] = []
    if len(found) > 1:
        name = f', "{tune.field("T")}",' if tune.field("T") else ""
        remarks.append(f"This file holds {len(found)} tunes; the first{name} is read.")
    return _read(tune, remarks, in_order=in_order), tuple(remarks)


def list_abc_titles(text: str) -> list[str]:
    """Return the titles of all tunes of an ABC text, "" for a tune without one."""
    return [tune.field("T") for tune in tunes(text)]


def _read(tune: Tune, remarks: list[str], *, in_order: bool) -> Piece:
    size = sum(len(line) for line in tune.body)
    if size > MAX_TUNE_CHARACTERS:
        raise FileFormatError(
            f"This tune has {size:,} characters, and at most {MAX_TUNE_CHARACTERS:,} are read; shorten it."
        )
    left_out: Counter = Counter()
    parts = read_parts(tune, left_out, remarks, in_order=in_order)
    if not parts:
        raise FileFormatError("There are no notes in this file; choose one that has some.")
    piece = assembled(parts, tune.field("T"), tune.field("C"), remarks)
    remarks += [
        _WORDS[kind][0] if count == 1 else _WORDS[kind][1].format(count=count)
        for kind in _WORDS
        if (count := left_out[kind])
    ]
    return check_piece(piece, MAX_SCORE_NOTES)
