"""Desks: what somebody works on in one tab of a browser, so that a reload, a crash or the next day finds it again.

StoredDesk, new_desk_id, take_desk, latest_desk, save_desk. A desk is a text that changes (JSON, whose "parts" names
what lies on it) and parts that never do, such as the takes of one result. Each desk has a holder, the visit that works
on it: a visit that finds its desk held by another one goes on with a copy, so that two tabs never write over each
other.
"""

import json
import secrets
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from musegen.library.database import open_library

MAX_DESKS = 20
"""Of an owner; the one unused for longest makes room."""

DAYS_KEPT = 400
"""As long as browsers keep the cookie by which an owner is known."""

GUEST = "visit-"
"""Owners whose names begin so are visits of browsers without cookies: the id of their desk alone brings it back."""


@dataclass(frozen=True, slots=True)
class StoredDesk:
    """A desk as it was left.

    Args:
        desk_id: its id, which nobody can guess.
        owner: whose it is.
        body: JSON, as `save_desk` was given it.
        parts: what its "parts" name, by id; one that is missing is left out.
    """

    desk_id: str
    owner: str
    body: str
    parts: Mapping[str, str]


def new_desk_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(12)


def take_desk(owner: str, desk_id: str, holder: str, *, path: Path | None = None) -> StoredDesk | None:
    """Return a desk and make it this visit's; None where the owner has no such desk.

    Raises:
        LibraryError: the library cannot be read or written.
    """
    guest = owner.startswith(GUEST)
    with open_library(path, writing=True) as connection:
        row = connection.execute(
            "SELECT * FROM desks WHERE desk_id = ? AND (owner = ? OR (? AND owner LIKE ?))",
            (desk_id, owner, guest, GUEST + "%"),
        ).fetchone()
        if row is None:
            return None
        connection.execute("UPDATE desks SET holder = ? WHERE desk_id = ?", (holder, desk_id))
        return _stored(connection, row)


def latest_desk(owner: str, *, path: Path | None = None) -> StoredDesk | None:
    """Return the desk that an owner changed last, for a tab that names none; None where there is none.

    Raises:
        LibraryError: the library cannot be read.
    """
    with open_library(path) as connection:
        row = connection.execute(
            "SELECT * FROM desks WHERE owner = ? ORDER BY changed_at DESC LIMIT 1", (owner,)
        ).fetchone()
        return None if row is None else _stored(connection, row)


def save_desk(
    owner: str, desk_id: str, holder: str, body: str, parts: Mapping[str, str], *, path: Path | None = None
) -> str:
    """Save a desk and return its id: a new one where another visit holds it, whose work is left alone.

    Args:
        owner: whose it is.
        desk_id: its id.
        holder: this visit.
        body: JSON whose "parts" names all that lies on it.
        parts: texts by id, those at least that are not saved yet.
        path: of the library.

    Raises:
        LibraryError: the library cannot be written.
    """
    now = datetime.now(UTC)
    with open_library(path, writing=True) as connection:
        row = connection.execute("SELECT owner, holder FROM desks WHERE desk_id = ?", (desk_id,)).fetchone()
        if row is not None and (row["owner"], row["holder"]) != (owner, holder):
            desk_id, row = new_desk_id(), None
        connection.execute(
            "INSERT INTO desks (desk_id, owner, holder, changed_at, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (desk_id) DO UPDATE SET changed_at = excluded.changed_at, body = excluded.body",
            (desk_id, owner, holder, now.isoformat(timespec="microseconds"), body),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO desk_parts (owner, part_id, data) VALUES (?, ?, ?)",
            [(owner, part_id, zlib.compress(text.encode(), 4)) for part_id, text in parts.items()],
        )
        if row is None:
            _make_room(connection, owner, now)
    return desk_id


def _make_room(connection: sqlite3.Connection, owner: str, now: datetime) -> None:
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


def _stored(connection: sqlite3.Connection, row: sqlite3.Row) -> StoredDesk:
    parts = {}
    for part_id in json.loads(row["body"]).get("parts", ()):
        found = connection.execute(
            "SELECT data FROM desk_parts WHERE owner = ? AND part_id = ?", (row["owner"], part_id)
        ).fetchone()
        try:
            parts[part_id] = zlib.decompress(found["data"]).decode()
        except (TypeError, zlib.error, UnicodeDecodeError):
            continue  # missing or damaged: the rest of the desk is of use without it
    return StoredDesk(row["desk_id"], row["owner"], row["body"], parts)
