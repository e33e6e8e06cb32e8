"""Takes in a database: SqlStore; keep_in and listed_in for others of the same database."""

import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from musegen.errors import LibraryError
from musegen.library.database import Connection, Database
from musegen.library.store import Store
from musegen.library.takes import (
    DAYS_DELETED,
    MAX_REMARK,
    ORDERS,
    KeptTake,
    NewTake,
    OpenedTake,
    check_rating,
    clean_name,
    clean_tags,
    content_of,
    read_music,
    written_music,
)

_ORDERS = {
    "newest": "kept_at DESC, rowid DESC",
    "oldest": "kept_at, rowid",
    "best": "rating DESC, kept_at DESC, rowid DESC",
    "name": "lower(name), kept_at, rowid",
    "longest": "seconds DESC, kept_at DESC, rowid DESC",
}
_VALUES = 10_000
"""How many values one statement is given at most: SQLite and PostgreSQL take 32,766 and 65,535."""

_LISTED = (
    "take_id, owner, kept_at, name, rating, remark, style_id, made_from, num_bars, seconds, num_notes, parent_id, "
    "share_key"
)


class SqlStore(Store):
    """Takes in a database. A change also removes for good what was deleted more than `DAYS_DELETED` days ago.

    Args:
        database: where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_takes(self, owner: str, takes: Sequence[NewTake], *, old_ids: Sequence[str | None] = ()) -> list[str]:
        """Keep several takes, all or none, and return their ids; see `Store`."""
        with self._changing(owner) as connection:
            if not old_ids:
                return [keep_in(connection, owner, take) for take in takes]
            ids = [keep_in(connection, owner, replace(take, parent_id=None)) for take in takes]
            new = dict(zip(old_ids, ids, strict=True))
            for take_id, take in zip(ids, takes, strict=True):
                if take.parent_id is not None:
                    connection.execute(
                        "UPDATE takes SET parent_id = (SELECT take_id FROM takes WHERE take_id = ? AND owner = ?) "
                        "WHERE take_id = ? AND parent_id IS NULL",
                        (new.get(take.parent_id, take.parent_id), owner, take_id),
                    )
            return ids

    def list_takes(
        self,
        owner: str | None,
        *,
        search: str = "",
        tags: Iterable[str] = (),
        order: str = "newest",
        limit: int = 50,
        offset: int = 0,
    ) -> list[KeptTake]:
        """Return takes of an owner; see `Store`."""
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")
        where, values = _conditions(owner, search, tags)
        with self._database.open() as connection:
            rows = connection.execute(
                f"SELECT {_LISTED} FROM takes WHERE {where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
            return _listed(connection, rows)

    def count_takes(self, owner: str | None, *, search: str = "", tags: Iterable[str] = ()) -> int:
        """Return how many takes `list_takes` would list without a limit; see `Store`."""
        where, values = _conditions(owner, search, tags)
        with self._database.open() as connection:
            return connection.execute(f"SELECT count(*) FROM takes WHERE {where}", values).fetchone()[0]

    def list_tags(self, owner: str) -> dict[str, int]:
        """Return an owner's tags and how many takes have each, the most used first; see `Store`."""
        with self._database.open() as connection:
            rows = connection.execute(
                "SELECT tag, count(*) AS number FROM tags JOIN takes USING (take_id) "
                "WHERE owner = ? AND deleted_at IS NULL GROUP BY tag ORDER BY number DESC, tag",
                (owner,),
            ).fetchall()
            return {row["tag"]: row["number"] for row in rows}

    def take_names(self, owner: str, take_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of an owner's takes by id; see `Store`."""
        wanted = list(dict.fromkeys(take_ids))
        if not wanted:
            return {}
        with self._database.open() as connection:
            rows = connection.execute(
                f"SELECT take_id, name FROM takes WHERE owner = ? AND deleted_at IS NULL AND take_id IN "
                f"({','.join('?' * len(wanted))})",
                (owner, *wanted),
            ).fetchall()
            return {row["take_id"]: row["name"] for row in rows}

    def get_listed(self, owner: str, take_id: str) -> KeptTake | None:
        """Return a take of an owner as it stands in a list, None where there is no such take; see `Store`."""
        where, values = _conditions(owner, "", ())
        with self._database.open() as connection:
            rows = connection.execute(f"SELECT {_LISTED} FROM takes WHERE {where} AND take_id = ?", (*values, take_id))
            return next(iter(_listed(connection, rows.fetchall())), None)

    def get_take(self, owner: str | None, take_id: str) -> OpenedTake:
        """Return a take with its music; see `Store`."""
        where, values = _conditions(owner, "", ())
        return self._open(f"{where} AND take_id = ?", (*values, take_id))

    def get_shared_take(self, share_key: str) -> OpenedTake:
        """Return a take that its owner shares, by the key of its link; see `Store`."""
        return self._open("share_key = ? AND deleted_at IS NULL", (share_key,))

    def change_take(
        self,
        owner: str,
        take_id: str,
        *,
        name: str | None = None,
        rating: int | None = None,
        remark: str | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Change what is not None; see `Store`."""
        changes = {
            "name": None if name is None else clean_name(name),
            "rating": None if rating is None else check_rating(rating),
            "remark": None if remark is None else remark[:MAX_REMARK],
        }
        with self._changing(owner) as connection:
            _check(connection, owner, take_id)
            for column, value in changes.items():
                if value is not None:
                    connection.execute(f"UPDATE takes SET {column} = ? WHERE take_id = ?", (value, take_id))
            if tags is not None:
                connection.execute("DELETE FROM tags WHERE take_id = ?", (take_id,))
                _tag(connection, take_id, tags)

    def delete_take(self, owner: str, take_id: str) -> None:
        """Take a take out of all lists; see `Store`."""
        self._set_deleted(owner, take_id, datetime.now(UTC).isoformat())

    def restore_take(self, owner: str, take_id: str) -> None:
        """Bring a deleted take back; see `Store`."""
        self._set_deleted(owner, take_id, None)

    def share_take(self, owner: str, take_id: str) -> str:
        """Return the key under which everyone may open a take, made at the first time; see `Store`."""
        with self._changing(owner) as connection:
            _check(connection, owner, take_id)
            connection.execute(
                "UPDATE takes SET share_key = coalesce(share_key, ?) WHERE take_id = ?",
                (secrets.token_urlsafe(24), take_id),
            )
            return connection.execute("SELECT share_key FROM takes WHERE take_id = ?", (take_id,)).fetchone()[0]

    def stop_sharing(self, owner: str, take_id: str) -> None:
        """Make the link of a take lead nowhere; see `Store`."""
        with self._changing(owner) as connection:
            _check(connection, owner, take_id)
            connection.execute("UPDATE takes SET share_key = NULL WHERE take_id = ?", (take_id,))

    @contextmanager
    def _changing(self, owner: str) -> Iterator[Connection]:
        with self._database.open(changing=owner) as connection:
            before = (datetime.now(UTC) - timedelta(days=DAYS_DELETED)).isoformat()
            connection.execute("DELETE FROM takes WHERE deleted_at < ?", (before,))
            yield connection

    def _open(self, where: str, values: tuple[str, ...]) -> OpenedTake:
        with self._database.open() as connection:
            row = connection.execute(f"SELECT {_LISTED}, music, recipe FROM takes WHERE {where}", values).fetchone()
            if row is None:
                raise LibraryError("This take is not in the library; it was deleted, or the link is not right.")
            piece, given = read_music(row["music"], row["name"])
            return OpenedTake(_listed(connection, [row])[0], piece, given, row["recipe"])

    def _set_deleted(self, owner: str, take_id: str, when: str | None) -> None:
        with self._changing(owner) as connection:
            _check(connection, owner, take_id)
            connection.execute("UPDATE takes SET deleted_at = ? WHERE take_id = ?", (when, take_id))


# ------------------------------------------------------------------------------------------------------- inside


def keep_in(connection: Connection, owner: str, take: NewTake) -> str:
    """Keep a take within a change that is under way and return its id; see `Store.keep_take`."""
    content = content_of(take)
    row = connection.execute(
        "SELECT take_id, deleted_at FROM takes WHERE owner = ? AND content = ?", (owner, content)
    ).fetchone()
    if row:
        connection.execute("UPDATE takes SET deleted_at = NULL WHERE take_id = ?", (row["take_id"],))
        return row["take_id"]
    take_id = secrets.token_hex(12)  # no sign that a command line or an address reads as something else
    connection.execute(
        "INSERT INTO takes (take_id, owner, kept_at, name, rating, remark, style_id, made_from, num_bars, seconds, "
        "num_notes, parent_id, content, music, recipe) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            take_id,
            owner,
            (take.kept_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds"),
            clean_name(take.name),
            check_rating(take.rating),
            take.remark[:MAX_REMARK],
            take.style_id,
            take.made_from,
            take.num_bars,
            take.seconds,
            take.piece.num_notes,
            take.parent_id,
            content,
            zlib.compress(written_music(take).encode()),
            take.recipe,
        ),
    )
    _tag(connection, take_id, take.tags)
    return take_id


def listed_in(connection: Connection, take_ids: Sequence[str]) -> dict[str, KeptTake]:
    """Return takes by id, whoever owns them; those that are not there, or deleted, are missing."""
    if not take_ids:
        return {}
    marks = ",".join("?" * len(take_ids))
    rows = connection.execute(
        f"SELECT {_LISTED} FROM takes WHERE deleted_at IS NULL AND take_id IN ({marks})", list(take_ids)
    ).fetchall()
    return {take.take_id: take for take in _listed(connection, rows)}


def _conditions(owner: str | None, search: str, tags: Iterable[str]) -> tuple[str, list[str]]:
    where, values = ["deleted_at IS NULL"], []
    if owner is not None:
        where.append("owner = ?")
        values.append(owner)
    for word in search.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.append(
            "(lower(name || ' ' || remark || ' ' || style_id || ' ' || made_from) LIKE lower(?) ESCAPE '\\' OR take_id "
            "IN (SELECT take_id FROM tags WHERE tag LIKE lower(?) ESCAPE '\\'))"  # once, not for every row
        )
        values += [pattern, pattern]
    for tag in tags:
        where.append("EXISTS (SELECT 1 FROM tags WHERE tags.take_id = takes.take_id AND tag = ?)")
        values.append(tag)
    return " AND ".join(where), values


def _listed(connection: Connection, rows: Sequence[Any]) -> list[KeptTake]:
    tags: dict[str, list[str]] = {row["take_id"]: [] for row in rows}
    ids = list(tags)
    for first in range(0, len(ids), _VALUES):
        some = ids[first : first + _VALUES]
        query = f"SELECT take_id, tag FROM tags WHERE take_id IN ({','.join('?' * len(some))}) ORDER BY tag"
        for row in connection.execute(query, some).fetchall():
            tags[row["take_id"]].append(row["tag"])
    return [
        KeptTake(
            **{name: row[name] for name in _LISTED.split(", ") if name != "kept_at"},
            kept_at=datetime.fromisoformat(row["kept_at"]),
            tags=tuple(tags[row["take_id"]]),
        )
        for row in rows
    ]


def _check(connection: Connection, owner: str, take_id: str) -> None:
    found = connection.execute("SELECT 1 FROM takes WHERE owner = ? AND take_id = ?", (owner, take_id)).fetchone()
    if found is None:
        raise LibraryError("This take is not in your library.")


def _tag(connection: Connection, take_id: str, tags: Iterable[str]) -> None:
    rows = [(take_id, tag) for tag in clean_tags(tags)]
    connection.executemany("INSERT INTO tags (take_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
