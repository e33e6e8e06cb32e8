"""McGill Billboard: chords, bars and form of pop songs of 1958 to 1991; no notes. Free for any use (CC0).

read_chord_charts. Split by artist.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.chorded_tunes import tenth_of
from musegen.corpora.listed_scores import check_split
from musegen.music.theory import parse_key

_FILE = "billboard.jsonl.gz"

BILLBOARD = register(
    Dataset(
        name="mcgill-billboard",
        title="McGill Billboard",
        homepage="https://ddmal.music.mcgill.ca/research/The_McGill_Billboard_Project_(Chord_Analysis_Dataset)",
        files=(
            RemoteFile(
                "https://raw.githubusercontent.com/Computational-Cognitive-Musicology-Lab/CoCoPops/6b04f4f99477/"
                "Billboard/Resources/McGill_Data/billboard-2.0-salami_chords.tar.xz",
                "990aa7ce160804a0b1b6345686834853839f00f9e4df3dc459fd711aa81880ac",
                _FILE,
                256191,
            ),
        ),
        licence="Creative Commons Zero (CC0): free for any use; who uses it is asked to follow scholarly norms.",
        citation="J. A. Burgoyne, J. Wild, I. Fujinaga, An Expert Ground Truth Set for Audio Chord Recognition and "
        "Music Analysis, ISMIR 2011.",
        notes="Published as an archive of annotations (the address above); read here as one table, a song a line, "
        "repeats written out, and the checksum is that of the table. 702 of the 739 songs are in it.",
    )
)


@dataclass(frozen=True, slots=True)
class ChordedBar:
    """A bar: its labels share it equally ("C:maj", "N" for none).

    Args:
        labels: in order, at least one.
        meter: (beats, beat type), as "4/4".
        tonic: pitch class.
        section: as written where the bar opens one ("B verse"), else "".
    """

    labels: tuple[str, ...]
    meter: tuple[int, int]
    tonic: int
    section: str


@dataclass(frozen=True, slots=True)
class ChordChart:
    """The chords of a song, bar by bar."""

    song_id: str
    title: str
    artist: str
    bars: tuple[ChordedBar, ...]


def read_chord_charts(split: str | None = None) -> list[ChordChart]:
    """Return the charts of a split, or all.

    Args:
        split: "train", "valid" or "test", a tenth each of the artists held out; None for all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    check_split(split)
    names = {0: "valid", 1: "test"}
    with gzip.open(fetch(BILLBOARD) / _FILE, "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    wanted = (row for row in rows if split in (None, names.get(tenth_of(row["artist"].strip().lower()), "train")))
    return [ChordChart(row["id"], row["title"], row["artist"], tuple(_bars(row["body"]))) for row in wanted]


def _bars(body: list[list[Any]]) -> Iterator[ChordedBar]:
    meter, tonic, section = (4, 4), 0, ""
    for kind, *rest in body:
        if kind == "metre":
            beats, beat_type = map(int, rest[0].split("/"))
            meter = beats, beat_type
        elif kind == "tonic":
            tonic = parse_key(f"{rest[0]} major")[0]
        elif kind == "section":
            section = rest[0]
        elif kind == "bars":
            for text in rest[1]:
                if labels := tuple(text.split()):
                    yield ChordedBar(labels, meter, tonic, section)
                    section = ""
