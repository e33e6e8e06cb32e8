"""POP909: pop songs as melody, counter-melody and piano, with beats and chords. The songs are in copyright.

read_pop_songs, rows_of_pop, works_of_pop. Split by artist and work: songs that share either are on one side, those of
`pop_scores` too.
"""

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.listed_scores import check_split, split_of
from musegen.music.theory import parse_key

TWELFTHS = 12
"""Ticks of a beat."""
_FILE = "pop909.jsonl.gz"
_OFF_GRID = {"014", "040", "049", "056", "270", "302", "326", "537", "549", "754", "806"}

POP909 = register(
    Dataset(
        name="pop909",
        title="POP909",
        homepage="https://github.com/music-x-lab/POP909-Dataset",
        files=(
            RemoteFile(
                "https://github.com/music-x-lab/POP909-Dataset/archive/d83e6edba687.zip",
                "0affed1f25e38476908ec1de59d5efe8d80da4a56edc470baca9d3651ecb4a74",
                _FILE,
                7500526,
            ),
        ),
        licence="MIT for the arrangements as published; the songs themselves are in copyright, which that licence "
        "cannot waive.",
        citation="Z. Wang, K. Chen et al., POP909: A Pop-song Dataset for Music Arrangement Generation, ISMIR 2020.",
        notes="Published as an archive of MIDI and text files (the address above); read here as one table, a song a "
        "line, notes in twelfths of a beat, and the checksum is that of the table. 864 of the 909 songs are in it: 45 "
        "were set aside for a separate test. Beats, chords and keys were found automatically.",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class PopSong:
    """One song. Times of notes are ticks, `TWELFTHS` a beat; the others count beats.

    Args:
        song_id: "001".
        title: in Chinese mostly.
        artist: who sings.
        qpm: beats a minute; half or double of what is felt, perhaps.
        beats_per_bar: 4, or 6 in few.
        downbeats: beats on which bars begin, estimated; most are equally far apart.
        keys: (beat, tonic, "major" or "minor") from where on.
        chords: (beat, end beat, label as "F#:maj7/5", "N" for none).
        melody: rows onset, duration, pitch, velocity, int, shape (N, 4).
        bridge: the counter-melody.
        piano: the accompaniment.
    """

    song_id: str
    title: str
    artist: str
    qpm: float
    beats_per_bar: int
    downbeats: tuple[int, ...]
    keys: tuple[tuple[float, int, str], ...]
    chords: tuple[tuple[float, float, str], ...]
    melody: np.ndarray
    bridge: np.ndarray
    piano: np.ndarray


def read_pop_songs(split: str | None = None) -> list[PopSong]:
    """Return the songs of a split that lie on the grid of twelfths, or all of them.

    Args:
        split: "train", "valid" or "test", a tenth each of the artists held out; None for all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    check_split(split)
    rows, works = rows_of_pop(), works_of_pop()
    return [
        _song(row)
        for row in rows
        if row["id"] not in _OFF_GRID and split in (None, split_of("pop909", works[row["id"]]))
    ]


def works_of_pop() -> dict[str, str]:
    """Return the work of each song by its id, by which it is split: what shares an artist or a work is one.

    A work is named by the root of a union of its songs, taken in the order of the table.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    rows = rows_of_pop()
    first: dict[tuple[str, str], str] = {}
    parent: dict[str, str] = {row["id"]: row["id"] for row in rows}

    def root(song: str) -> str:
        while parent[song] != song:
            song = parent[song]
        return song

    for row in rows:
        for shared in (("artist", row["artist"]), ("work", row["work"])):
            other = first.setdefault(shared, row["id"])
            parent[root(row["id"])] = root(other)
    return {song: root(song) for song in parent}


@lru_cache(maxsize=1)
def rows_of_pop() -> tuple[dict[str, Any], ...]:
    """Return the songs as the table has them; notes are [onset, duration, pitch, velocity] in twelfths of a beat.

    Raises:
        DatasetError: the corpus cannot be had.
    """
    with gzip.open(fetch(POP909) / _FILE, "rt", encoding="utf-8") as stream:
        return tuple(json.loads(line) for line in stream)


def _song(row: dict[str, Any]) -> PopSong:
    keys = []
    for beat, label in row["key"]:
        name, _, mode = label.partition(":")
        keys.append((float(beat), *parse_key(f"{name} {'minor' if mode.startswith('min') else 'major'}")))
    notes = {name: np.array(row[name], int).reshape(-1, 4) for name in ("melody", "bridge", "piano")}
    return PopSong(
        row["id"], row["title"], row["artist"], float(row["bpm"]), int(row["beats_per_bar"]), tuple(row["downbeats"]),
        tuple(keys), tuple((float(a), float(b), label) for a, b, label in row["chords"]), **notes,
    )  # fmt: skip
