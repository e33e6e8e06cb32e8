"""Desks in a database, beside the takes: SqlDesks."""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from musegen.library.database import Connection, Database
from musegen.library.desks import DAYS_KEPT, GUEST, MAX_DESKS, Desks, StoredDesk, new_desk_id


class SqlDesks(Desks):
    """Desks in a database.

    Args:
        database: where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, owner: str, desk_id: str, holder: str) -> StoredDesk | None:
        """Return a desk and make it this visit's; see `Desks`."""
        guest = owner.startswith(GUEST)
        with self._database.open(changing=owner) as connection:
            row = connection.execute(
                "SELECT * FROM desks WHERE desk_id = ? AND (owner = ? OR (? AND owner LIKE ?))",
                (desk_id, owner, guest, GUEST + "%"),
            ).fetchone()
            if row is None:
                return None
            connection.execute("UPDATE desks SET holder = ? WHERE desk_id = ?", (holder, desk_id))
            return _stored(connection, row)

    def latest(self, owner: str) -> StoredDesk | None:
        """Return the desk that an owner changed last; see `Desks`."""
        with self._database.open() as connection:
            row = connection.execute(
                "SELECT * FROM desks WHERE owner = ? ORDER BY changed_at DESC LIMIT 1", (owner,)
            ).fetchone()
            return None if row is None else _stored(connection, row)

    def save(self, owner: str, desk_id: str, holder: str, body: str, parts: Mapping[str, str]) -> str:
        """Save a desk and return its id; see `Desks`."""
        now = datetime.now(UTC)
        with self._database.open(changing=owner) as connection:
            row = connection.execute("SELECT owner, holder FROM desks WHERE desk_id = ?", (desk_id,)).fetchone()
            if row is not None and (row["owner"], row["holder"]) != (owner, holder):
                desk_id, row = new_desk_id(), None
            connection.execute(
                "INSERT INTO desks (desk_id, owner, holder, changed_at, body) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (desk_id) DO UPDATE SET changed_at = excluded.changed_at, body = excluded.body",
                (desk_id, owner, holder, now.isoformat(timespec="microseconds"), body),
            )
            connection.executemany(
                "INSERT INTO desk_parts (owner, part_id, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(owner, part_id, zlib.compress(text.encode(), 4)) for part_id, text in parts.items()],
            )
            if row is None:
                _make_room(connection, owner, now)
        return desk_id

    def part(self, owner: str, part_id: str) -> str | None:
        """Return what lies on a desk of an owner under an id; see `Desks`."""
        with self._database.open() as connection:
            return _part(connection, owner, part_id)


def _make_room(connection: Connection, owner: str, now: datetime) -> None:
    """Delete the desks that are too many or too old, and what lies on no desk any more."""
    before = (now - timedelta(days=DAYS_KEPT)).isoformat()
    connection.execute("DELETE FROM desks WHERE changed_at < ?", (before,))
    connection.execute(
        "DELETE FROM desks WHERE owner = ? AND desk_id NOT IN "
        "(SELECT desk_id FROM desks WHERE owner = ? ORDER BY changed_at DESC LIMIT ?)",
        (owner, owner, MAX_DESKS),
    )
    bodies = connection.execute("SELECT body FROM desks WHERE owner = ?", (owner,)).fetchall()
    used = {part_id for row in bodies for part_id in json.loads(row["body"]).get("parts", ())}
    there = connection.execute("SELECT part_id FROM desk_parts WHERE owner = ?", (owner,)).fetchall()
    connection.executemany(
        "DELETE FROM desk_parts WHERE owner = ? AND part_id = ?",
        [(owner, row["part_id"]) for row in there if row["part_id"] not in used],
    )
    connection.execute("DELETE FROM desk_parts WHERE owner NOT IN (SELECT owner FROM desks)")


def _stored(connection: Connection, row: Any) -> StoredDesk:
    parts = {}
    for part_id in json.loads(row["body"]).get("parts", ()):
        text = _part(connection, row["owner"], part_id)
        if text is not None:  # the rest of the desk is of use without it
            parts[part_id] = text
    return StoredDesk(row["desk_id"], row["owner"], row["body"], parts)


def _part(connection: Connection, owner: str, part_id: str) -> str | None:
    found = connection.execute(
        "SELECT data FROM desk_parts WHERE owner = ? AND part_id = ?", (owner, part_id)
    ).fetchone()
    try:
        return None if found is None else zlib.decompress(found["data"]).decode()
    except (TypeError, zlib.error, UnicodeDecodeError):
        return None
