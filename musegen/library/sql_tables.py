"""Tables in the database of the library: SqlTables."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from musegen.errors import LibraryError
from musegen.library.database import Connection, Database
from musegen.library.sql_store import keep_in, listed_in
from musegen.library.table_store import (
    MAX_BY_ONE,
    MAX_HANDED_IN,
    HandedIn,
    Table,
    Tables,
    clean_first_name,
)
from musegen.library.takes import NewTake


class SqlTables(Tables):
    """Tables in a database.

    Args:
        database: where, that of the takes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_table(self, owner: str, body: str) -> Table:
        """Set a new table and return it; see `Tables`."""
        table = Table(secrets.token_urlsafe(9), secrets.token_urlsafe(24), owner, datetime.now(UTC), False, body)
        with self._database.open(changing=owner) as connection:
            connection.execute(
                "INSERT INTO tables (table_id, gallery_key, owner, set_at, withdrawn, body) VALUES (?, ?, ?, ?, 0, ?)",
                (table.table_id, table.gallery_key, owner, table.set_at.isoformat(timespec="microseconds"), body),
            )
        return table

    def get_table(self, table_id: str) -> Table:
        """Return a table, also one that was withdrawn; see `Tables`."""
        with self._database.open() as connection:
            return _table(connection, "table_id", table_id)

    def get_by_gallery(self, gallery_key: str) -> Table:
        """Return the table of a gallery; see `Tables`."""
        with self._database.open() as connection:
            return _table(connection, "gallery_key", gallery_key)

    def list_tables(self, owner: str) -> list[Table]:
        """Return the tables that somebody set, the newest first; see `Tables`."""
        with self._database.open() as connection:
            rows = connection.execute("SELECT * FROM tables WHERE owner = ? ORDER BY set_at DESC", (owner,))
            return [_of_row(row) for row in rows.fetchall()]

    def withdraw(self, gallery_key: str, withdrawn: bool = True) -> None:
        """Let nobody come to a table or hand in any more, or let them again; see `Tables`."""
        with self._database.open(changing=gallery_key) as connection:
            _table(connection, "gallery_key", gallery_key)
            connection.execute("UPDATE tables SET withdrawn = ? WHERE gallery_key = ?", (int(withdrawn), gallery_key))

    def delete_table(self, gallery_key: str) -> None:
        """Delete a table with all that was handed in, for good; see `Tables`."""
        with self._database.open(changing=gallery_key) as connection:
            table = _table(connection, "gallery_key", gallery_key)
            connection.execute("DELETE FROM takes WHERE owner = ?", (table.gallery,))
            connection.execute("DELETE FROM tables WHERE table_id = ?", (table.table_id,))

    def hand_in(self, table_id: str, pupil: str, name: str, take: NewTake) -> str:
        """Put a take into the gallery of a table and return its id there; see `Tables`."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._database.open(changing=table_id) as connection:
            table = _table(connection, "table_id", table_id)
            if table.withdrawn:
                raise LibraryError("Nothing can be handed in here any more: the table was withdrawn. Keep your take.")
            count = "SELECT count(*) FROM handed_in WHERE table_id = ?"
            if connection.execute(f"{count} AND pupil = ?", (table_id, pupil)).fetchone()[0] >= MAX_BY_ONE:
                raise LibraryError(
                    "You have handed in {most} takes here; take one of them back first.", most=MAX_BY_ONE
                )
            if connection.execute(count, (table_id,)).fetchone()[0] >= MAX_HANDED_IN:
                raise LibraryError("The gallery is full: {most} takes are in it. Keep your take.", most=MAX_HANDED_IN)
            take_id = keep_in(connection, table.gallery, take)
            connection.execute(
                "INSERT INTO handed_in (table_id, take_id, pupil, name, handed_at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (table_id, take_id, pupil) DO UPDATE SET name = excluded.name",
                (table_id, take_id, pupil, clean_first_name(name), now),
            )
            return take_id

    def take_back(self, table_id: str, pupil: str, take_id: str) -> None:
        """Take out of the gallery what a pupil handed in; see `Tables`."""
        own = (table_id, take_id)
        with self._database.open(changing=table_id) as connection:
            connection.execute("DELETE FROM handed_in WHERE table_id = ? AND take_id = ? AND pupil = ?", (*own, pupil))
            others = connection.execute("SELECT 1 FROM handed_in WHERE table_id = ? AND take_id = ?", own).fetchone()
            if others is None:
                gallery = "(SELECT 'gallery-' || gallery_key FROM tables WHERE table_id = ?)"
                connection.execute(f"DELETE FROM takes WHERE owner = {gallery} AND take_id = ?", own)

    def handed_by(self, table_id: str, pupil: str) -> Sequence[HandedIn]:
        """Return what a pupil handed in at a table, the first first; see `Tables`."""
        with self._database.open() as connection:
            where = "table_id = ? AND pupil = ? ORDER BY handed_at"
            return _handed(connection, where, (table_id, pupil))

    def handed_in(self, gallery_key: str) -> Sequence[HandedIn]:
        """Return all that was handed in, by name, then in the order of time; see `Tables`."""
        with self._database.open() as connection:
            table = _table(connection, "gallery_key", gallery_key)
            return _handed(connection, "table_id = ? ORDER BY lower(name), handed_at", (table.table_id,))


def _table(connection: Connection, column: str, key: str) -> Table:
    row = connection.execute(f"SELECT * FROM tables WHERE {column} = ?", (key,)).fetchone()
    if row is None:
        if column == "table_id":
            raise LibraryError(
                "This link leads to no table: it was deleted, or the link is not whole. Ask who gave it to you."
            )
        raise LibraryError("This link leads to no gallery: it was deleted, or the link is not whole.")
    return _of_row(row)


def _of_row(row: Any) -> Table:
    return Table(row["table_id"], row["gallery_key"], row["owner"], datetime.fromisoformat(row["set_at"]),
                 bool(row["withdrawn"]), row["body"])  # fmt: skip


def _handed(connection: Connection, where: str, values: tuple[str, ...]) -> list[HandedIn]:
    rows = connection.execute(f"SELECT * FROM handed_in WHERE {where}", values).fetchall()
    takes = listed_in(connection, [row["take_id"] for row in rows])
    return [
        HandedIn(takes[row["take_id"]], row["name"], datetime.fromisoformat(row["handed_at"]))
        for row in rows
        if row["take_id"] in takes
    ]
