"""POP909: pop songs as melody, counter-melody and piano, with beats and chords. The songs are in copyright.

read_pop_songs. Split by artist: songs of one artist, and versions of one song, are on one side.
"""

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.chorded_tunes import tenth_of
from musegen.corpora.listed_scores import check_split
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
    rows = [row for row in _rows() if row["id"] not in _OFF_GRID]
    first_artist: dict[str, str] = {}
    for row in rows:
        first_artist.setdefault(row["work"], row["artist"])
    names = {0: "valid", 1: "test"}
    wanted = (row for row in rows if split in (None, names.get(tenth_of(first_artist[row["work"]]), "train")))
    return [_song(row) for row in wanted]


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, Any], ...]:
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
