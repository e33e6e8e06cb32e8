"""The Groove MIDI Dataset: drummers on an electronic kit (Gillick and others, ICML 2019). DrumClip, read_clips.

Read are the clips in 4/4 as sixteenths: which drum is struck how hard, and how far from the grid. Jazz, which swings,
is read apart, as triplets of eighths (SwingClip, read_swing). Split by work, so that the grooves that several drummers
play are on one side.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, register
from musegen.corpora.listed_scores import check_split, split_of
from musegen.errors import DatasetError
from musegen.files.midi import read_midi
from musegen.music import Piece

CACHE_VERSION = 1
TRIPLETS_A_QUARTER = 3
_SWING = re.compile(r"jazz(/(swing|fast|mediumfast))?")
_LEAST_BARS = 4
_TIME, _MOST_BEATS = (2, 3, 5), 0.5

DRUMS = {
    "kick": (36, 35), "snare": (38, 40, 37), "closed hat": (42, 22), "open hat": (46, 26), "pedal hat": (44,),
    "ride": (51, 53, 59), "crash": (49, 52, 55, 57), "high tom": (48, 50), "middle tom": (45, 47),
    "low tom": (43, 41, 58),
}  # fmt: skip
"""Drums that are told apart, with the numbers that the corpus gives them; the first is General MIDI's."""

GENRES = ("popular", "rock", "funk", "soul", "hiphop", "latin", "country", "reggae", "punk")
_ALSO = {"dance": "popular", "blues": "rock", "neworleans": "funk", "afrobeat": "funk", "gospel": "soul",
         "afrocuban": "latin", "highlife": "latin", "middleeastern": "latin"}  # fmt: skip
_FOLDER, _ARCHIVE, _INDEX = "groove", "groove-midi.zip", "info.csv"
_SHA256 = {
    _ARCHIVE: "d8e89442803a5deca7e5c7ce41b1336a117f51e2014118fc7977dbcea8636857",
    _INDEX: "bcc8ff464b5bbc7eccd73ee2e17834323bbb69a39594dbd986a06ee45ce3cbe2",
}

GROOVE = register(
    Dataset(
        name="groove",
        title="Groove MIDI Dataset 1.0.0",
        homepage="https://magenta.tensorflow.org/datasets/groove",
        files=(),
        licence="CC BY 4.0: free for any use with the source named.",
        citation="J. Gillick, A. Roberts, J. Engel, D. Eck, D. Bamman, Learning to Groove with Inverse Sequence "
        "Transformations, ICML 2019.",
        notes="1,094 of the 1,150 clips. Not downloaded here: groove-midi.zip and info.csv are expected in a folder "
        "groove.",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class DrumClip:
    """One clip.

    Args:
        name: of the file.
        work: what clips of one groove share.
        genre: one of `GENRES`.
        is_fill: whether it is a fill, not a groove.
        qpm: quarters a minute.
        velocity: how hard each drum of `DRUMS` is struck at each sixteenth, 0 for not at all, shape (T, 10).
        offset: how late, in sixteenths, -0.5 to 0.5, shape (T, 10).
    """

    name: str
    work: str
    genre: str
    is_fill: bool
    qpm: float
    velocity: np.ndarray
    offset: np.ndarray

    @property
    def num_hits(self) -> int:
        """Strokes in the clip."""
        return int(np.count_nonzero(self.velocity))


def read_clips(split: str | None = None) -> list[DrumClip]:
    """Return the clips of a split, or all; the first call reads for a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or is another.
    """
    check_split(split)
    cache = paths.home_dir() / "cache" / f"groove-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        _fill(cache)
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in stored.files}
    ends = np.cumsum(tables["steps"])[:-1]
    columns = [tables[name].tolist() for name in ("name", "work", "genre", "is_fill", "qpm")]
    columns += [np.split(tables[name], ends) for name in ("velocity", "offset")]
    clips = [DrumClip(*row) for row in zip(*columns, strict=True)]
    return [clip for clip in clips if split in (None, split_of("groove", clip.work))]


@dataclass(frozen=True, slots=True, eq=False)
class SwingClip:
    """One clip of swing.

    Args:
        drummer: who plays.
        qpm: quarters a minute.
        velocity: how hard each drum of `DRUMS` is struck at each triplet of eighths, 0 for not at all, shape (T, 10).
    """

    drummer: str
    qpm: float
    velocity: np.ndarray

    @property
    def keeps_time(self) -> bool:
        """Whether ride or hats sound on most beats, as behind a soloist; others are solos, or brushes alone."""
        return bool((self.velocity[::TRIPLETS_A_QUARTER, _TIME] > 0).any(1).mean() > _MOST_BEATS)


def read_swing(split: str | None = None) -> list[SwingClip]:
    """Return the grooves of swing of a split, or all, that keep time, in whole bars of four, four bars and more.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or is another.
    """
    check_split(split)
    found = []
    for row, archive in _in_four():
        is_swing = _SWING.fullmatch(row["style"]) and row["beat_type"] == "beat"
        if is_swing and split in (None, split_of("groove", row["work"])):
            velocity, _ = strokes_of(read_midi(archive.read(row["midi_filename"])), TRIPLETS_A_QUARTER)
            if len(velocity) >= _LEAST_BARS * 4 * TRIPLETS_A_QUARTER:
                found.append(SwingClip(row["drummer"], float(row["bpm"]), velocity))
    return [clip for clip in found if clip.keeps_time]


def _fill(cache: Any) -> None:
    clips = list(_clips())
    tables: dict[str, Any] = {
        name: np.array([getattr(clip, name) for clip in clips]) for name in ("name", "work", "genre", "is_fill", "qpm")
    }
    tables["steps"] = np.array([len(clip.velocity) for clip in clips])
    tables |= {name: np.concatenate([getattr(clip, name) for clip in clips]) for name in ("velocity", "offset")}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    np.savez_compressed(partial, **tables)
    partial.replace(cache)


def _content() -> dict[str, bytes]:
    """Return the files of the corpus."""
    local = paths.data_dir()
    folder = local / _FOLDER if local else None
    if folder is None or not all((folder / name).is_file() for name in _SHA256):
        raise DatasetError("The Groove MIDI Dataset is not here: put groove-midi.zip and info.csv into a folder groove "
                           "and set MUSEGEN_DATA to the folder around it.")  # fmt: skip
    content = {name: (folder / name).read_bytes() for name in _SHA256}
    for name, data in content.items():
        if hashlib.sha256(data).hexdigest() != _SHA256[name]:
            raise DatasetError(f"{name} of the Groove MIDI Dataset is not the one expected; get it again.")
    return content


def _in_four() -> Iterator[tuple[dict[str, str], zipfile.ZipFile]]:
    """Return the row of each clip in 4/4, and the archive that its file is read from."""
    content = _content()
    with zipfile.ZipFile(io.BytesIO(content[_ARCHIVE])) as archive:
        for row in csv.DictReader(io.StringIO(content[_INDEX].decode("utf-8"))):
            if row["time_signature"] == "4-4":
                yield row, archive


def _clips() -> list[DrumClip]:
    clips = []
    for row, archive in _in_four():
        style = row["style"].split("/")[0]
        genre = next((g for g in GENRES if g.startswith(_ALSO.get(style, style))), "")
        if genre in GENRES:
            velocity, offset = strokes_of(read_midi(archive.read(row["midi_filename"])))
            is_fill = row["beat_type"] == "fill"
            clips.append(
                DrumClip(row["midi_filename"], row["work"], genre, is_fill, float(row["bpm"]), velocity, offset)
            )
    return clips


def strokes_of(piece: Piece, steps_a_quarter: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return (velocity, offset) of the strokes of a piece at each step, shape (T, 10) each, in whole bars of four.

    Where two strokes of one drum fall on one step the louder one stays.

    Args:
        piece: with its drums.
        steps_a_quarter: 4 for sixteenths, 3 for triplets of eighths.
    """
    place = {pitch: index for index, pitches in enumerate(DRUMS.values()) for pitch in pitches}
    notes = [n for track in piece.tracks if track.is_drum for n in track.notes if n.pitch in place]
    steps = [round(note.onset_quarter * steps_a_quarter) for note in notes]
    bars = max(steps, default=-1) // (4 * steps_a_quarter) + 1
    velocity = np.zeros((bars * 4 * steps_a_quarter, len(DRUMS)), np.uint8)
    offset = np.zeros(velocity.shape, np.float32)
    for note, step in zip(notes, steps, strict=True):
        drum = place[note.pitch]
        if note.velocity > velocity[step, drum]:
            velocity[step, drum] = note.velocity
            offset[step, drum] = note.onset_quarter * steps_a_quarter - step
    return velocity, offset
