"""A file that one process at a time holds, and lets go when it ends, however it ends: Lock, is_held."""

import os
import sys
from pathlib import Path
from types import TracebackType


def _try(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Lock:
    """A lock on a file, which is made where it is not there.

    Args:
        path: of the file; nothing is written into it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Return whether the lock is this process's now; False where another holds it."""
        if self._handle is not None:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if _try(handle):
            self._handle = handle
            return True
        os.close(handle)
        return False

    def let_go(self) -> None:
        """Let another process have it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.let_go()


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock on a file."""
    if not path.exists():
        return False
    with Lock(path) as lock:
        return not lock.take()
