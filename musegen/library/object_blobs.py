"""Blobs in an object store that many machines share, through fsspec: ObjectBlobs.

What an object store answers to a `put` it has whole, and it shows an object whole or not at all, so nobody gets half of
one. Keys of the store are those that its own tools use (for S3 the variables AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL ...).
"""

import logging
import threading
import time
from typing import Any

from musegen.library.blob_store import Blobs, check_name

PAUSE_SECONDS = 30.0
"""In which a store that failed is not asked again: what is lost is made again, and nobody waits for it twice."""

_log = logging.getLogger(__name__)


class ObjectBlobs(Blobs):
    """Objects under an address.

    Args:
        address: as fsspec writes it, "s3://bucket/folder".
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._lock = threading.Lock()
        self._found: tuple[Any, str] | None = None
        self._silent_until = 0.0

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name; see `Blobs`."""
        check_name(name)
        return self._ask(lambda files, root: files.cat_file(f"{root}/{name}"), None)

    def has(self, name: str) -> bool:
        """Return whether something is there; see `Blobs`."""
        check_name(name)

        def is_there(files: Any, root: str) -> bool:
            files.invalidate_cache()  # another machine may have put it just now
            return bool(files.isfile(f"{root}/{name}"))

        return self._ask(is_there, False)

    def put(self, name: str, data: bytes) -> None:
        """Put bytes under a name; see `Blobs`."""
        check_name(name)
        self._ask(lambda files, root: files.pipe_file(f"{root}/{name}", data), None)

    def _ask(self, question: Any, otherwise: Any) -> Any:
        """Ask the store; where it does not answer, log that and do without it for a while."""
        if time.monotonic() < self._silent_until:
            return otherwise
        try:
            return question(*self._files())
        except (FileNotFoundError, IsADirectoryError):
            return otherwise
        except Exception as error:  # every store has its own errors, and all of them mean: not now
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            _log.warning("%s does not answer and is not asked for a while: %s", self._address.split("?")[0], error)
            return otherwise

    def _files(self) -> tuple[Any, str]:
        with self._lock:
            if self._found is None:
                import fsspec

                files, root = fsspec.core.url_to_fs(self._address)
                self._found = (files, root.rstrip("/"))
            return self._found
