"""ABC in: the text of a tune to a Piece, and what was left out of it in words.

A reader of our own with a grammar; voices, keys, repeats, jumps and orders of parts are played as they are meant, and
compared with abc2midi by `benchmarks/abc_agreement.py`. Source: the ABC music standard 2.1 (2011).
"""

from collections import Counter

from musegen.constants import MAX_SCORE_NOTES
from musegen.errors import FileFormatError
from musegen.files.abc.book import Tune, tunes
from musegen.files.abc.letters import plain_letters
from musegen.files.abc.tune import read_parts
from musegen.files.limits import check_piece
from musegen.files.score.assembling import assembled
from musegen.music import Piece
from musegen.remarks import Remark, remark

MAX_TUNE_CHARACTERS = 400_000


def read_abc(text: str, *, in_order: bool = True) -> Piece:
    """Return the first tune of an ABC text; see `read_abc_with_remarks`."""
    return read_abc_with_remarks(text, in_order=in_order)[0]


def read_abc_with_remarks(text: str, *, in_order: bool = True) -> tuple[Piece, tuple[Remark, ...]]:
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
    remarks: list[Remark] = []
    if len(found) > 1:
        title = plain_letters(tune.field("T"))
        named = remark("first_of_tunes_named", tunes=len(found), title=title)
        remarks.append(named if title else remark("first_of_tunes", tunes=len(found)))
    return _read(tune, remarks, in_order=in_order), tuple(remarks)


def list_abc_titles(text: str) -> list[str]:
    """Return the titles of all tunes of an ABC text, "" for a tune without one."""
    return [plain_letters(tune.field("T")) for tune in tunes(text)]


def _read(tune: Tune, remarks: list[Remark], *, in_order: bool) -> Piece:
    size = sum(len(line) for line in tune.body)
    if size > MAX_TUNE_CHARACTERS:
        raise FileFormatError(
            "This tune has {size:,} characters, and at most {max_tune_characters:,} are read; shorten it.",
            size=size,
            max_tune_characters=MAX_TUNE_CHARACTERS,
        )
    left_out: Counter = Counter()
    parts = read_parts(tune, left_out, remarks, in_order=in_order)
    if not parts:
        raise FileFormatError("There are no notes in this file; choose one that has some.")
    piece = assembled(parts, plain_letters(tune.field("T")), plain_letters(tune.field("C")), remarks)
    if left_out["words"]:
        remarks.append(remark("words_left_out"))
    counted = (
        remark("grace_notes_left_out", count=left_out["grace"]),
        remark("macros_left_out", count=left_out["macro"]),
        remark("beyond_midi_left_out", count=left_out["unplayable"]),
        remark("not_abc_left_out", count=left_out["unknown"]),
    )
    remarks += [each for each in counted if each.values["count"]]
    return check_piece(piece, MAX_SCORE_NOTES)
