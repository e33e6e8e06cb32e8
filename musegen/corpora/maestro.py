"""MAESTRO 2.0.0: piano competitions as recorded on MIDI pianos (Hawthorne et al. 2019), split by work beside ASAP.

Both corpora hold performances of the same competitions. The listing was made from the notes: two performances share a
work where at least 5 % (and 20) of the runs of eight notes of their top voices are the same, in any key. A work that
ASAP holds out is held out here too, a performance that ASAP trains on as well is not listed twice, and of the other
works a tenth each is validation and test, by name.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from musegen import paths
from musegen.corpora.archives import read_archive
from musegen.corpora.asap import Recording
from musegen.corpora.base import Dataset, register
from musegen.corpora.stored_performances import stored_performances
from musegen.errors import DatasetError

CACHE_VERSION = 1
SPLITS = ("train", "valid", "test")
ARCHIVE = "maestro-midi.zip"

MAESTRO = register(
    Dataset(
        name="maestro",
        title="MAESTRO 2.0.0",
        homepage="https://magenta.tensorflow.org/datasets/maestro",
        files=(),
        licence="CC BY-NC-SA 4.0: not for commercial use, and what is made of it is shared alike.",
        citation="C. Hawthorne et al., Enabling factorized piano music modeling and generation with the MAESTRO "
        "dataset, ICLR 2019.",
        notes="Performances of piano competitions in real time, with velocities and pedal. Not downloaded here: the "
        "MIDI files of version 2.0.0 are expected as maestro-midi.zip in the corpus's folder.",
    )
)


@lru_cache(maxsize=1)
def _listing() -> list[tuple[str, str, int, str, str, str, int]]:
    """Return (composer, title, work, split, path, sha256, bytes) of every performance that is read."""
    text = Path(__file__).with_name("maestro_files.json").read_text(encoding="utf-8")
    return [tuple(entry) for entry in json.loads(text)]


def split_of_path(path: str) -> str:
    """Return the split of a performance by its path in the corpus.

    Raises:
        KeyError: it is not listed.
    """
    return {entry[4]: entry[3] for entry in _listing()}[path]


def read_maestro(split: str | None = None) -> list[Recording]:
    """Return the performances of a split, or all; the first call reads a thousand files, which takes some minutes.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there, or a file of it is not the one listed.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"maestro-v{CACHE_VERSION}.npz"
    return [
        Recording(composer, title, path, performance)
        for (composer, title, _, own, path, *_), performance in zip(
            _listing(), stored_performances(cache, _files), strict=True
        )
        if split in (None, own)
    ]


def _files() -> Iterator[bytes]:
    """Return the files in the order of the listing, checked."""
    local = paths.data_dir() or paths.home_dir() / "data"
    archive = local / MAESTRO.name / ARCHIVE
    if not archive.is_file():
        raise DatasetError(
            f"MAESTRO is not on this computer: put the MIDI files of version 2.0.0 from {MAESTRO.homepage} as "
            f"{ARCHIVE} into the folder {MAESTRO.name} of your corpora (MUSEGEN_DATA)."
        )
    return read_archive(archive, ((path, sha256) for *_, path, sha256, _ in _listing()))
