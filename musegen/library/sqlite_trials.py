"""The trials of listening tests in a SQLite file of their own: SqliteTrials."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from musegen.errors import LibraryError
from musegen.library.trials import Deal, Dealt, Trials
from musegen.paths import home_dir

FILE_NAME = "listening.sqlite3"
BUSY_SECONDS = 30.0
_COLUMNS = "listener, place, kind, pair, left_system, right_system, choice, answered_at"
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


class SqliteTrials(Trials):
    """Trials in one file, made when it is first needed.

    Args:
        path: of the file; None for the usual one under MUSEGEN_HOME, asked anew each time.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def trials_of(self, test: str, listener: str, deal: Deal) -> list[Dealt]:
        """Return the trials of a listener in order, dealt now where there are none yet; see `Trials`."""
        with _open(self._path, writing=True) as connection:
            query = f"SELECT {_COLUMNS} FROM trials WHERE test = ? AND listener = ? ORDER BY place"
            rows = connection.execute(query, (test, listener)).fetchall()
            if not rows:
                counted = ("SELECT pair, left_system, right_system FROM trials "
                           "WHERE test = ? AND kind IN ('pair', 'single')")  # fmt: skip
                heard = Counter(
                    (pair, frozenset(filter(None, systems)))
                    for pair, *systems in connection.execute(counted, (test,)).fetchall()
                )
                dealt = deal(dict(heard))
                connection.executemany(
                    "INSERT INTO trials (test, listener, place, kind, pair, left_system, right_system) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(test, listener, place, *trial) for place, trial in enumerate(dealt)],
                )
                rows = connection.execute(query, (test, listener)).fetchall()
        return [Dealt(*row) for row in rows]

    def answer(self, test: str, listener: str, place: int, choice: str) -> bool:
        """Keep an answer; return whether it is the first to this trial; see `Trials`."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with _open(self._path, writing=True) as connection:
            done = connection.execute(
                "UPDATE trials SET choice = ?, answered_at = ? WHERE test = ? AND listener = ? AND place = ? "
                "AND choice IS NULL",
                (choice, now, test, listener, place),
            )
            return done.rowcount == 1

    def answers(self, test: str) -> list[Dealt]:
        """Return all trials that were answered, by listener and place; see `Trials`."""
        with _open(self._path, writing=False) as connection:
            query = f"SELECT {_COLUMNS} FROM trials WHERE test = ? AND choice IS NOT NULL ORDER BY listener, place"
            return [Dealt(*row) for row in connection.execute(query, (test,)).fetchall()]

    def forget(self, test: str) -> None:
        """Forget a test: all that was dealt and answered; see `Trials`."""
        with _open(self._path, writing=True) as connection:
            connection.execute("DELETE FROM trials WHERE test = ?", (test,))
