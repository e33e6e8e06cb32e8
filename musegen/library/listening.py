"""Listening tests on disk: what each listener was dealt, and every answer the moment it is given.

A listener is a number that the browser keeps and that tells nothing of the person.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from musegen.errors import LibraryError
from musegen.paths import home_dir

FILE_NAME = "listening.sqlite3"
BUSY_SECONDS = 30.0
_new_file = threading.Lock()
_LAYOUT = """
    CREATE TABLE IF NOT EXISTS trials (
        test         TEXT NOT NULL,
        listener     TEXT NOT NULL,
        place        INTEGER NOT NULL,
        kind         TEXT NOT NULL,
        pair         TEXT NOT NULL,
        left_system  TEXT NOT NULL,
        right_system TEXT NOT NULL,
        choice       TEXT,
        answered_at  TEXT,
        PRIMARY KEY (test, listener, place)
    ) STRICT, WITHOUT ROWID
"""


class Dealt(NamedTuple):
    """One trial of one listener; `choice` is None until it is answered."""

    listener: str
    place: int
    kind: str
    pair: str
    left: str
    right: str
    choice: str | None
    answered_at: str | None


@contextmanager
def _open(path: Path | None, *, writing: bool) -> Iterator[sqlite3.Connection]:
    try:
        file = path or home_dir() / FILE_NAME
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            _prepare(connection)
            connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise LibraryError(
            "The answers of listeners cannot be read or written ({error}); make room there.", error=error
        ) from error


def _prepare(connection: sqlite3.Connection) -> None:
    """Lay the file out where it is new; whoever comes at the same moment waits."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'trials'").fetchone():
        return
    with _new_file:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_LAYOUT)
        connection.execute("COMMIT")


_COLUMNS = "listener, place, kind, pair, left_system, right_system, choice, answered_at"


def trials_of(
    test: str,
    listener: str,
    deal: Callable[[dict[str, int]], Sequence[tuple[str, str, str, str]]],
    path: Path | None = None,
) -> list[Dealt]:
    """Return the trials of a listener in order, dealt now where there are none yet.

    Args:
        test: which test.
        listener: who.
        deal: takes how often each pair was dealt to others; returns (kind, pair, left, right) of each trial. It is
            called while nobody else can be dealt to, so that the pairs stay balanced.
        path: of the file; None for the usual one.

    Raises:
        LibraryError: it cannot be read or written.
    """
    with _open(path, writing=True) as library:
        query = f"SELECT {_COLUMNS} FROM trials WHERE test = ? AND listener = ? ORDER BY place"
        rows = library.execute(query, (test, listener)).fetchall()
        if not rows:
            counted = "SELECT pair, COUNT(*) FROM trials WHERE test = ? AND kind = 'pair' GROUP BY pair"
            dealt = deal(dict(library.execute(counted, (test,)).fetchall()))
            library.executemany(
                "INSERT INTO trials (test, listener, place, kind, pair, left_system, right_system) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(test, listener, place, *trial) for place, trial in enumerate(dealt)],
            )
            rows = library.execute(query, (test, listener)).fetchall()
    return [Dealt(*row) for row in rows]


def answer(test: str, listener: str, place: int, choice: str, path: Path | None = None) -> bool:
    """Keep an answer; return whether it is the first to this trial, later ones change nothing.

    Raises:
        LibraryError: it cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _open(path, writing=True) as library:
        done = library.execute(
            "UPDATE trials SET choice = ?, answered_at = ? WHERE test = ? AND listener = ? AND place = ? "
            "AND choice IS NULL",
            (choice, now, test, listener, place),
        )
        return done.rowcount == 1


def answers(test: str, path: Path | None = None) -> list[Dealt]:
    """Return all trials that were answered, by listener and place.

    Raises:
        LibraryError: it cannot be read.
    """
    with _open(path, writing=False) as library:
        query = f"SELECT {_COLUMNS} FROM trials WHERE test = ? AND choice IS NOT NULL ORDER BY listener, place"
        return [Dealt(*row) for row in library.execute(query, (test,)).fetchall()]
