"""The trials of listening tests in a database: SqlTrials."""

from collections import Counter
from datetime import UTC, datetime

from musegen.library.database import Database
from musegen.library.trials import Deal, Dealt, Trials

_COLUMNS = "listener, place, kind, pair, left_system, right_system, choice, answered_at"


class SqlTrials(Trials):
    """Trials in a database.

    Args:
        database: where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def trials_of(self, test: str, listener: str, deal: Deal) -> list[Dealt]:
        """Return the trials of a listener in order, dealt now where there are none yet; see `Trials`."""
        with self._database.open(changing=test) as connection:
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
        with self._database.open(changing=test) as connection:
            done = connection.execute(
                "UPDATE trials SET choice = ?, answered_at = ? WHERE test = ? AND listener = ? AND place = ? "
                "AND choice IS NULL",
                (choice, now, test, listener, place),
            )
            return done.rowcount == 1

    def answers(self, test: str) -> list[Dealt]:
        """Return all trials that were answered, by listener and place; see `Trials`."""
        with self._database.open() as connection:
            query = f"SELECT {_COLUMNS} FROM trials WHERE test = ? AND choice IS NOT NULL ORDER BY listener, place"
            return [Dealt(*row) for row in connection.execute(query, (test,)).fetchall()]

    def forget(self, test: str) -> None:
        """Forget a test: all that was dealt and answered; see `Trials`."""
        with self._database.open(changing=test) as connection:
            connection.execute("DELETE FROM trials WHERE test = ?", (test,))
