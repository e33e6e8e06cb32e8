"""What can be made again lies under its name: a port, so that a folder or an object store can stand behind it.

Blobs, FolderBlobs. A name says all that decides the content, so that what is there is never out of date. Whatever is
lost is made again: a store that cannot be read or written costs time and is no error. `tests/test_blobs.py` has what
every store must do.
"""

import logging
import os
import re
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from musegen.paths import home_dir

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_log = logging.getLogger(__name__)


class Blobs(ABC):
    """Bytes by name. Threads and processes may share one; nobody ever gets half of what was put.

    Names are letters, digits, "-", "_" and "." in parts between "/", no part beginning with a dot; every method raises
    ValueError for another.
    """

    @abstractmethod
    def get(self, name: str) -> bytes | None:
        """Return what was put under a name, None where nothing was, it is gone, or it cannot be read."""

    @abstractmethod
    def put(self, name: str, data: bytes) -> None:
        """Put bytes under a name, all or nothing, instead of what was there; where that cannot be, it is logged."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Return whether something is there under a name, without fetching it."""


def check_name(name: str) -> str:
    """Return a name as it is.

    Raises:
        ValueError: it is none; see `Blobs`.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a blob: {name!r:.80}")
    return name


class FolderBlobs(Blobs):
    """Files in a folder.

    Args:
        folder: made when it is first needed; None for that of `paths.home_dir`, asked anew each time.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._complained: set[Path] = set()

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name; see `Blobs`."""
        try:
            return self._path(name).read_bytes()
        except OSError:
            return None

    def has(self, name: str) -> bool:
        """Return whether something is there; see `Blobs`."""
        try:
            return self._path(name).is_file()
        except OSError:
            return False

    def put(self, name: str, data: bytes) -> None:
        """Put bytes under a name; see `Blobs`."""
        draft = None
        try:
            path = self._path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(draft).replace(path)
        except OSError as error:
            folder = Path(name).parent
            level = logging.DEBUG if folder in self._complained else logging.WARNING  # once is enough
            self._complained.add(folder)
            _log.log(level, "%s could not be kept: %s", name, error)
            if draft:
                with suppress(OSError):
                    Path(draft).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        check_name(name)
        return (self._folder or home_dir()) / name
