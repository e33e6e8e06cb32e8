"""OpenEWLD, filtered again: lead sheets of songs in the public domain, with words. Free for any use.

read_lead_sheets. Split by title, as the Nottingham tunes are, so that a song in both is on one side.
"""

from collections.abc import Iterator
from dataclasses import replace

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.chorded_tunes import ChordedTune, kept_tunes, plain_title
from musegen.corpora.listed_scores import Entry, check_split, listing
from musegen.corpora.nottingham import split_of
from musegen.errors import FileFormatError
from musegen.files.musicxml.read import read_musicxml

CACHE_VERSION = 1
MIN_SYMBOLS = 8

OPENEWLD = register(
    Dataset(
        name="openewld-pd",
        title="OpenEWLD, songs in the public domain",
        homepage="https://github.com/00sapo/OpenEWLD",
        files=tuple(
            RemoteFile(
                "https://github.com/00sapo/OpenEWLD/archive/ec03cbd809ca.zip", e.sha256, f"mxl/{e.path}", e.num_bytes
            )
            for e in listing("openewld-pd")
        ),
        licence="Public domain: songs whose authors all died before 1948 and that were performed by 1930, whose last "
        "author died by 1930, or that are traditional.",
        citation="F. Simonetta, F. Carnovalini, N. Orio, A. Roda, Symbolic Music Similarity Through a Graph-Based "
        "Representation, Audio Mostly 2018; from Wikifonia.",
        notes="Published as an archive with a folder for each song (the address above); read here as files named by "
        "title and authors. 152 of its 502 songs, those that are in the public domain beyond doubt.",
    )
)


def read_lead_sheets(split: str | None = None) -> list[ChordedTune]:
    """Return the songs of a split that have chords, or all of them; the first call reads for some seconds.

    Args:
        split: "train", "valid" or "test"; None for all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    check_split(split)
    tunes = kept_tunes(f"openewld-pd-v{CACHE_VERSION}", _read)
    return [tune for tune in tunes if split in (None, split_of(plain_title(tune.piece.title)))]


def _read() -> Iterator[ChordedTune]:
    folder = fetch(OPENEWLD)
    for entry in listing("openewld-pd"):
        tune = _tune(entry, (folder / "mxl" / entry.path).read_bytes())
        if tune is not None:
            yield tune


def _tune(entry: Entry, content: bytes) -> ChordedTune | None:
    try:
        piece = read_musicxml(content)
    except FileFormatError:
        return None
    usable = len(piece.time_signatures) == 1 and len(piece.chord_symbols) >= MIN_SYMBOLS and piece.num_notes
    return ChordedTune(entry.work, replace(piece, title=entry.title)) if usable else None
