"""Where what is kept lies, by settings: MUSEGEN_STORE and MUSEGEN_BLOBS. ChosenDatabase, ChosenBlobs, named_database.

MUSEGEN_STORE is a folder (MUSEGEN_HOME where it is not set: SQLite files of this machine) or an address
"postgresql://..." that many programs share. MUSEGEN_BLOBS is a folder (again MUSEGEN_HOME) or an address of an object
store, such as "s3://bucket/folder".
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from musegen.errors import LibraryError
from musegen.library.blob_store import Blobs, FolderBlobs
from musegen.library.database import Connection, Database
from musegen.library.object_blobs import ObjectBlobs
from musegen.library.postgres_database import PostgresDatabase
from musegen.library.sqlite_database import Layout, SqliteDatabase, library_layout

STORE_VARIABLE = "MUSEGEN_STORE"
BLOBS_VARIABLE = "MUSEGEN_BLOBS"


@cache
def named_database(address: str, layout: Callable[[], Layout] = library_layout) -> Database:
    """Return the database at an address; "" for the file under MUSEGEN_HOME.

    Args:
        address: "postgresql://..." or a folder.
        layout: of the file, where it is one.

    Raises:
        LibraryError: it is neither, or the folder is not there.
    """
    if address.startswith(("postgresql://", "postgres://")):
        return PostgresDatabase(address)
    if "://" in address:
        raise LibraryError(
            'A library lies in a folder or at an address that begins with "postgresql://"; "{scheme}" is neither.',
            scheme=address.partition("://")[0] + "://",
        )
    if not address:
        return SqliteDatabase(None, layout)
    if not Path(address).is_dir():
        raise LibraryError('"{folder}", where the library is to lie, is not a folder.', folder=address)
    return SqliteDatabase(Path(address) / layout().file_name, layout)


class ChosenDatabase(Database):
    """The database that MUSEGEN_STORE names, asked anew each time.

    Args:
        layout: of the file, where it is one.
    """

    def __init__(self, layout: Callable[[], Layout] = library_layout) -> None:
        self._layout = layout

    def open(self, *, changing: str | None = None) -> AbstractContextManager[Connection]:
        """Open it for one transaction; see `Database`."""
        return named_database(os.environ.get(STORE_VARIABLE, ""), self._layout).open(changing=changing)


@cache
def named_blobs(address: str) -> Blobs:
    """Return the blobs at an address: a folder, or "s3://..." and whatever else fsspec knows; "" for MUSEGEN_HOME."""
    if "://" in address:
        return ObjectBlobs(address)
    return FolderBlobs(Path(address) if address else None)


class ChosenBlobs(Blobs):
    """The blobs that MUSEGEN_BLOBS names, asked anew each time."""

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name; see `Blobs`."""
        return _chosen_blobs().get(name)

    def put(self, name: str, data: bytes) -> None:
        """Put bytes under a name; see `Blobs`."""
        _chosen_blobs().put(name, data)

    def has(self, name: str) -> bool:
        """Return whether something is there; see `Blobs`."""
        return _chosen_blobs().has(name)


def _chosen_blobs() -> Blobs:
    return named_blobs(os.environ.get(BLOBS_VARIABLE, ""))
