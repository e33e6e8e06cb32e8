"""ASAP: performances of classical piano pieces as recorded on MIDI pianos (Foscarin et al. 2020)."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen import paths
from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.errors import DatasetError
from musegen.files.midi_performance import read_performance
from musegen.music.performance import Performance

CACHE_VERSION = 1
SPLITS = ("train", "valid", "test")
ARCHIVE = "asap-midi.zip"
"""All files in one, as a local folder may have them."""

_REVISION = "afc815c75c42"
_COLUMNS = ("onset_ms", "duration_ms", "pitch", "velocity")


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
    if not cache.is_file():
        _fill(cache)
    recordings = []
    with np.load(cache, allow_pickle=False) as stored:
        tables = {name: stored[name] for name in (*_COLUMNS, "pedal_ms", "notes", "pedals")}
    notes, pedals = np.cumsum(tables["notes"])[:-1], np.cumsum(tables["pedals"])[:-1]
    columns = [np.split(tables[name], notes) for name in _COLUMNS]
    rows = zip(_listing(), *columns, np.split(tables["pedal_ms"], pedals), strict=True)
    for (composer, title, path, _, _), onset, duration, pitch, velocity, pedal in rows:
        if split in (None, split_of(composer, title)):
            performance = Performance(onset, duration, pitch, velocity, pedal)
            recordings.append(Recording(composer, title, path, performance))
    return recordings


def _fill(cache: Path) -> None:
    performances = [read_performance(data) for data in _files()]
    tables = {name: np.concatenate([getattr(p, name) for p in performances]) for name in (*_COLUMNS, "pedal_ms")}
    counts = {"notes": [len(p.pitch) for p in performances], "pedals": [len(p.pedal_ms) for p in performances]}
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".part.npz")
    np.savez_compressed(partial, **tables, **counts)
    partial.replace(cache)


def _files() -> Iterator[bytes]:
    """Yield the files in the order of the listing, checked."""
    local = paths.data_dir()
    archive = local / ASAP.name / ARCHIVE if local else None
    if archive is None or not archive.is_file():
        folder = fetch(ASAP)
        yield from ((folder / file.path).read_bytes() for file in ASAP.files)
        return
    try:
        with zipfile.ZipFile(archive) as stored:
            for file in ASAP.files:
                data = stored.read(file.path)
                if hashlib.sha256(data).hexdigest() != file.sha256:
                    raise DatasetError(f"{file.path} in {archive} is not the one expected; get the archive again.")
                yield data
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(f"The archive {archive} cannot be read ({error}); get it again.") from error
