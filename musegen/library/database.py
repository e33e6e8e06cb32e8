"""A database behind the stores: a port, so that a file of this machine or a server of many can stand behind them.

Database, Connection. The stores speak the SQL that SQLite and PostgreSQL have in common, with "?" for values; what
differs (how it is opened, laid out and locked, and its faults in a sentence) is here. All that a text is compared and
ordered by is bytes and the letters A to Z, on both. `tests/stores.py` opens every kind that is shipped for the tests of
all stores.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Cursor(Protocol):
    """What a statement found: rows that know their columns by place and by name."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row, None where there is none."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""


class Connection(Protocol):
    """One transaction under way."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        """Do one statement; each "?" stands for a value."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Do one statement for each row of values."""


class Database(ABC):
    """Where tables lie. Threads and processes may share one."""

    @abstractmethod
    def open(self, *, changing: str | None = None) -> AbstractContextManager[Connection]:
        """Open it for one transaction, laid out or brought up to date first; all of it is done or nothing.

        What has been done is on disk before the block ends, so that it outlives whatever is killed then.

        Args:
            changing: None for reading, which sees one moment; for a change the name of what is changed (an owner, a
                table): nobody else changes what has this name at the same time, and who waits too long is told so.

        Raises:
            LibraryError: it cannot be read or written; the message says why and what to do.
        """
