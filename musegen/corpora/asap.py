"""ASAP: performances of classical piano pieces as recorded on MIDI pianos (Foscarin et al. 2020)."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from musegen import paths
from musegen.corpora.archives import read_files
from musegen.corpora.base import Dataset, RemoteFile, register
from musegen.corpora.stored_performances import stored_performances
from musegen.music.performance import Performance

CACHE_VERSION = 1
SPLITS = ("train", "valid", "test")
ARCHIVE = "asap/asap-midi.zip"
"""All files in one, as a local folder of corpora may have them."""

_REVISION = "afc815c75c42"


@lru_cache(maxsize=1)
def _listing() -> list[tuple[str, str, str, str, int]]:
    """Return (composer, title, path, sha256, bytes) of every performance."""
    text = Path(__file__).with_name("asap_files.json").read_text(encoding="utf-8")
    return [tuple(entry) for entry in json.loads(text)]


ASAP = register(
    Dataset(
        name="asap",
        title="ASAP, aligned scores and performances",
        homepage="https://github.com/fosfrancesco/asap-dataset",
        files=tuple(
            RemoteFile(
                f"https://raw.githubusercontent.com/fosfrancesco/asap-dataset/{_REVISION}/{path}", sha256, path, size
            )
            for _, _, path, sha256, size in _listing()
        ),
        licence="CC BY-NC-SA 4.0: not for commercial use, and what is made of it is shared alike.",
        citation="F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai, ASAP: a dataset of aligned scores and "
        "performances for piano transcription, ISMIR 2020.",
        notes=f"{len(_listing())} performances of classical piano pieces, Bach to Prokofiev, most of them from "
        "competitions; notes, velocities and pedal in real time.",
    )
)


@dataclass(frozen=True, slots=True)
class Recording:
    """One performance and what was played.

    Args:
        composer: family name.
        title: as the corpus has it.
        path: inside the corpus.
        performance: the notes and the pedal.
    """

    composer: str
    title: str
    path: str
    performance: Performance

    @property
    def split(self) -> str:
        """Which of `SPLITS` the piece is in."""
        return split_of(self.composer, self.title)


def split_of(composer: str, title: str) -> str:
    """Return the split of a piece, by its name alone: no piece is in two. A tenth is "valid", a tenth "test"."""
    number = int(hashlib.sha256(f"{composer}/{title}".encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def read_recordings(split: str | None = None) -> list[Recording]:
    """Return the performances of a split, or all; the first call reads a thousand files, which takes two minutes.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    cache = paths.home_dir() / "cache" / f"asap-v{CACHE_VERSION}.npz"
    performances = stored_performances(cache, lambda: read_files(ASAP, ARCHIVE))
    return [
        Recording(composer, title, path, performance)
        for (composer, title, path, *_), performance in zip(_listing(), performances, strict=True)
        if split in (None, split_of(composer, title))
    ]
