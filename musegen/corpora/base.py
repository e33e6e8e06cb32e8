"""Public corpora as data, and how their files come to this machine.

Classes: RemoteFile, Dataset. Functions: register, list_datasets, get_dataset, fetch.
"""

import hashlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath

from musegen import paths
from musegen.errors import DatasetError

_CHUNK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 30.0

Progress = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all) of the whole download."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a corpus.

    Args:
        url: where it is published.
        sha256: its checksum, 64 lower-case hexadecimal digits.
        path: where it lies inside the corpus's folder, with forward slashes.
        num_bytes: its size.
    """

    url: str
    sha256: str
    path: str
    num_bytes: int

    def __post_init__(self) -> None:
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError(f"sha256 must be 64 lower-case hexadecimal digits, got {self.sha256!r}")
        parts = PurePosixPath(self.path)
        if not self.path or parts.is_absolute() or ".." in parts.parts:
            raise ValueError(f"path must stay inside the folder of the corpus, got {self.path!r}")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a corpus is and where it comes from.

    Args:
        name: folder name, for example "jsb-chorales".
        title: for people.
        homepage: address of the project that publishes it.
        files: what has to be there.
        licence: as the source names it, and what is not stated.
        citation: how to credit it.
        notes: what a reader of the data must know.
    """

    name: str
    title: str
    homepage: str
    files: tuple[RemoteFile, ...]
    licence: str
    citation: str
    notes: str = ""


_REGISTERING = (
    "asap",
    "asap_scores",
    "billboard",
    "freedoom",
    "groove",
    "gtzan",
    "hymns",
    "jsb_chorales",
    "kern_corpora",
    "maestro",
    "mozart_harmony",
    "mutopia",
    "nottingham",
    "openewld",
    "openscore_quartets",
    "poly_benchmark",
    "pop909",
    "songs",
    "weimar_jazz",
)
"""The modules of this package that register a corpus; they are imported when corpora are asked for by name."""
_REGISTRY: dict[str, Dataset] = {}


def register(dataset: Dataset) -> Dataset:
    """Add a corpus to the registry and return it.

    Raises:
        ValueError: another corpus has the name.
    """
    if _REGISTRY.setdefault(dataset.name, dataset) != dataset:
        raise ValueError(f"two corpora are called {dataset.name!r}")
    return dataset


def list_datasets() -> list[str]:
    """Return the names of all corpora, sorted; the same whatever was imported before."""
    return sorted(_registry())


def _registry() -> dict[str, Dataset]:
    for module in _REGISTERING:
        import_module(f"{__package__}.{module}")
    return _REGISTRY


def get_dataset(name: str) -> Dataset:
    """Return a corpus by name.

    Raises:
        DatasetError: there is none of that name.
    """
    if name not in _registry():
        raise DatasetError(f'There is no corpus called "{name}"; choose one of: {", ".join(list_datasets())}.')
    return _REGISTRY[name]


def fetch(dataset: Dataset, progress: Progress | None = None) -> Path:
    """Return the folder that holds the corpus's files, downloading them where they are not there yet.

    Looked in first: the folder ``MUSEGEN_DATA/<name>``, then ``data/<name>`` of the user's home folder. Every file
    is compared with its checksum, wherever it comes from.

    Args:
        dataset: the corpus.
        progress: called while downloading with the bytes so far and in all.

    Raises:
        DatasetError: a file differs from its checksum, or cannot be downloaded or written.
    """
    local = paths.data_dir()
    for folder in (local / dataset.name if local else None, paths.home_dir() / "data" / dataset.name):
        if folder and all((folder / file.path).is_file() for file in dataset.files):
            for file in dataset.files:
                _verify(file, folder / file.path, _sha256(folder / file.path))
            return folder
    folder = paths.home_dir() / "data" / dataset.name
    total, done = sum(file.num_bytes for file in dataset.files), 0
    for file in dataset.files:
        if not (folder / file.path).is_file():

            def report(count: int, start: int = done) -> None:
                if progress:
                    progress(start + count, total)

            _download(dataset, file, folder, report)
        _verify(file, folder / file.path, _sha256(folder / file.path))
        done += file.num_bytes
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verify(file: RemoteFile, where: Path | str, found: str) -> None:
    if found != file.sha256:
        raise DatasetError(
            f"The file {where} is not the one expected: its SHA-256 is {found}, it should be {file.sha256}. "
            "Delete it and try again; if it stays so, the published file has changed."
        )


def _download(dataset: Dataset, file: RemoteFile, folder: Path, report: Callable[[int], None]) -> None:
    """Bring one file to `folder`: written beside its place, checked, then renamed, so no partial file remains."""
    target = folder / file.path
    partial = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        partial = Path(name)
        digest, done = hashlib.sha256(), 0
        with (
            os.fdopen(handle, "wb") as stream,
            urllib.request.urlopen(file.url, timeout=_TIMEOUT_SECONDS) as response,
        ):
            while chunk := response.read(_CHUNK_BYTES):
                stream.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                report(done)
        _verify(file, file.url, digest.hexdigest())
        partial.replace(target)
    except (OSError, http.client.HTTPException) as error:
        raise DatasetError(
            f"The corpus {dataset.title} could not be downloaded from {file.url} ({error}). "
            f"Connect to the internet and try again, or put {file.path} into a folder {dataset.name} "
            "and set MUSEGEN_DATA to the folder around it."
        ) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
