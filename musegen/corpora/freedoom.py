"""Freedoom's music: bands with bass and drums, free for any use. BassTrack, read_basses.

Read are the basses of tracks in 4/4 that have drums: where notes begin and how high, a sixteenth each, and where the
bass drum is struck. Split by work.
"""

import csv
import hashlib
import io
import zipfile
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
STEPS_A_BAR = 16
BASSES = range(32, 40)
"""General MIDI programs of basses."""

_KICKS = (35, 36)
_LEAST_NOTES = 48
_FOLDER, _SHA256 = (
    "freedoom-music",
    {
        "freedoom-midi.zip": "c3f1538728826fa5de675a736c4830c9297be41b06c9914e1799e0212b00a7c3",
        "index.csv": "78dbefeb496f1ce2811505fd76305015ebca39e1dbab8a1ef8687199355fe92e",
    },
)

FREEDOOM = register(
    Dataset(
        name="freedoom-music",
        title="Freedoom, music",
        homepage="https://github.com/freedoom/freedoom",
        files=(),
        licence="3-clause BSD: free for any use with the notice.",
        citation="Contributors to the Freedoom project.",
        notes="150 tracks of four releases. Not downloaded here: freedoom-midi.zip and index.csv are expected in a "
        "folder freedoom-music.",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class BassTrack:
    """One bass with the drums beside it.

    Args:
        name: of the file.
        work: what all versions of a piece share.
        pitch: MIDI number of the lowest note that begins at each sixteenth, 0 for none, shape (T,).
        kick: whether the bass drum is struck, shape (T,).
    """

    name: str
    work: str
    pitch: np.ndarray
    kick: np.ndarray


def read_basses(split: str | None = None) -> list[BassTrack]:
    """Return the basses of a split, or all; the first call reads for a minute.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or is another.
    """
    check_split(split)
    cache = paths.home_dir() / "cache" / f"freedoom-v{CACHE_VERSION}.npz"
    if not cache.is_file():
        basses = _basses()
        ends = np.cumsum([len(bass.pitch) for bass in basses])[:-1]
        tables: dict[str, Any] = {name: np.array([getattr(b, name) for b in basses]) for name in ("name", "work")}
        tables |= {name: np.concatenate([getattr(b, name) for b in basses]) for name in ("pitch", "kick")}
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(".part.npz")
        np.savez_compressed(partial, ends=ends, **tables)
        partial.replace(cache)
    with np.load(cache, allow_pickle=False) as stored:
        columns = [np.split(stored[name], stored["ends"]) for name in ("pitch", "kick")]
        found = [
            BassTrack(*row) for row in zip(stored["name"].tolist(), stored["work"].tolist(), *columns, strict=True)
        ]
    return [bass for bass in found if split in (None, split_of("freedoom", bass.work))]


def _basses() -> list[BassTrack]:
    local = paths.data_dir()
    folder = local / _FOLDER if local else None
    if folder is None or not all((folder / name).is_file() for name in _SHA256):
        raise DatasetError("Freedoom's music is not here: put freedoom-midi.zip and index.csv into a folder "
                           "freedoom-music and set MUSEGEN_DATA to the folder around it.")  # fmt: skip
    content = {name: (folder / name).read_bytes() for name in _SHA256}
    for name, data in content.items():
        if hashlib.sha256(data).hexdigest() != _SHA256[name]:
            raise DatasetError(f"{name} of Freedoom's music is not the one expected; get it again.")
    basses = []
    with zipfile.ZipFile(io.BytesIO(content["freedoom-midi.zip"])) as archive:
        for row in csv.DictReader(io.StringIO(content["index.csv"].decode("utf-8"))):
            if row["time"] == "4/4" and row["has_bass"] == "yes":
                piece = read_midi(archive.read(row["file"]))
                basses += [BassTrack(row["file"], row["work"], *each) for each in basses_of(piece)]
    return basses


def basses_of(piece: Piece) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (pitch, kick) of each bass of a piece, shape (T,) each, in whole bars."""
    bars = int(piece.end_quarter // 4) + 1
    kick = np.zeros(bars * STEPS_A_BAR, bool)
    for track in piece.tracks:
        if track.is_drum:
            kick[[min(round(n.onset_quarter * 4), len(kick) - 1) for n in track.notes if n.pitch in _KICKS]] = True
    found = []
    for track in piece.tracks:
        if not track.is_drum and track.program in BASSES and len(track.notes) >= _LEAST_NOTES and kick.any():
            pitch = np.zeros(len(kick), np.uint8)
            for note in sorted(track.notes, key=lambda n: -n.pitch):
                pitch[min(round(note.onset_quarter * 4), len(pitch) - 1)] = note.pitch
            found.append((pitch, kick))
    return found
