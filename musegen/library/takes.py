"""Takes that were kept: keep, list and search, open, change, delete, share.

KeptTake, NewTake, keep_take, list_takes, count_takes, take_names, get_listed, get_take, get_shared_take, change_take,
delete_take, restore_take, share_take, stop_sharing, list_tags. Everyone sees their own takes alone: each function takes
the `owner`, an unguessable id that a browser keeps; None stands for all owners, for who sits at the computer itself.
"""

import hashlib
import json
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from musegen.errors import LibraryError
from musegen.library.database import open_library
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain

MAX_NAME, MAX_REMARK, MAX_TAG, MAX_TAGS = 120, 4000, 40, 20
ORDERS = {
    "newest": "kept_at DESC, rowid DESC",
    "oldest": "kept_at, rowid",
    "best": "rating DESC, kept_at DESC, rowid DESC",
    "name": "name COLLATE NOCASE, kept_at, rowid",
    "longest": "seconds DESC, kept_at DESC, rowid DESC",
}
"""Orders of `list_takes`."""

_LISTED = (
    "take_id, owner, kept_at, name, rating, remark, style_id, made_from, num_bars, seconds, num_notes, parent_id, "
    "share_key"
)


@dataclass(frozen=True, slots=True)
class NewTake:
    """What is kept of a take.

    Args:
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        name: as the musician calls it.
        style_id: the style it was made in.
        made_from: in words, "Folk tunes, go on from the seed: Reel".
        num_bars: bars.
        seconds: length.
        recipe: how to make it again, None where nobody knows.
        parent_id: the kept take that it was made from.
        tags: words to find it by.
        rating: 0 for none, 1 to 5.
        remark: the musician's note.
        kept_at: when it was kept at first, with its time zone; None for now.
    """

    piece: Piece
    given: tuple[frozenset[int], ...]
    name: str
    style_id: str
    made_from: str = ""
    num_bars: int = 0
    seconds: float = 0.0
    recipe: str | None = None
    parent_id: str | None = None
    tags: tuple[str, ...] = ()
    rating: int = 0
    remark: str = ""
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptTake:
    """A take as it stands in a list.

    Args:
        take_id: its id.
        owner: whose it is.
        kept_at: when, in UTC.
        name: as the musician calls it.
        rating: 0 for none, 1 to 5.
        remark: the musician's note.
        style_id: the style it was made in.
        made_from: in words.
        num_bars: bars.
        seconds: length.
        num_notes: notes.
        parent_id: the kept take that it was made from, if any.
        share_key: the unguessable end of its link, None while it is not shared.
        tags: words to find it by, sorted.
    """

    take_id: str
    owner: str
    kept_at: datetime
    name: str
    rating: int
    remark: str
    style_id: str
    made_from: str
    num_bars: int
    seconds: float
    num_notes: int
    parent_id: str | None
    share_key: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedTake:
    """A kept take with its music.

    Args:
        listed: as in a list.
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        recipe: how to make it again, or None.
    """

    listed: KeptTake
    piece: Piece
    given: tuple[frozenset[int], ...]
    recipe: str | None


def keep_take(owner: str, take: NewTake, *, path: Path | None = None) -> str:
    """Keep a take and return its id; the same music with the same recipe is kept once, and its id returned again.

    Raises:
        LibraryError: the library cannot be written.
    """
    return keep_takes(owner, [take], path=path)[0]


def keep_takes(
    owner: str, takes: Sequence[NewTake], *, old_ids: Sequence[str | None] = (), path: Path | None = None
) -> list[str]:
    """Keep several takes, all or none, and return their ids.

    Args:
        owner: whose they are.
        takes: what is kept.
        old_ids: the id of each in the library it comes from, of which each `parent_id` speaks; none for parents in
            this library. A parent that is neither among them nor here is forgotten, and a take that is here already
            gets its parent only where it had none.
        path: of the library.
    """
    with open_library(path, writing=True) as connection:
        if not old_ids:
            return [_keep(connection, owner, take) for take in takes]
        ids = [_keep(connection, owner, replace(take, parent_id=None)) for take in takes]
        new = dict(zip(old_ids, ids, strict=True))
        for take_id, take in zip(ids, takes, strict=True):
            if take.parent_id is not None:
                connection.execute(
                    "UPDATE takes SET parent_id = (SELECT take_id FROM takes WHERE take_id = ? AND owner = ?) "
                    "WHERE take_id = ? AND parent_id IS NULL",
                    (new.get(take.parent_id, take.parent_id), owner, take_id),
                )
        return ids


def _keep(connection: sqlite3.Connection, owner: str, take: NewTake) -> str:
    music = json.dumps([to_plain(take.piece), [sorted(indices) for indices in take.given]], separators=(",", ":"))
    content = hashlib.sha256(f"{music}\0{take.recipe or ''}".encode()).hexdigest()
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
            _name(take.name),
            _rating(take.rating),
            take.remark[:MAX_REMARK],
            take.style_id,
            take.made_from,
            take.num_bars,
            take.seconds,
            take.piece.num_notes,
            take.parent_id,
            content,
            zlib.compress(music.encode()),
            take.recipe,
        ),
    )
    _tag(connection, take_id, take.tags)
    return take_id


def list_takes(
    owner: str | None,
    *,
    search: str = "",
    tags: Iterable[str] = (),
    order: str = "newest",
    limit: int = 50,
    offset: int = 0,
    path: Path | None = None,
) -> list[KeptTake]:
    """Return takes of an owner.

    Args:
        owner: whose, None for all.
        search: words that must all be found in name, remark, style, origin or tags; case does not matter.
        tags: tags that a take must all have.
        order: one of `ORDERS`.
        limit: how many at most.
        offset: how many to pass over first.
        path: of the library.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")
    where, values = _conditions(owner, search, tags)
    with open_library(path) as connection:
        rows = connection.execute(
            f"SELECT {_LISTED} FROM takes WHERE {where} ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?",
            (*values, limit, offset),
        ).fetchall()
        return _listed(connection, rows)


def count_takes(owner: str | None, *, search: str = "", tags: Iterable[str] = (), path: Path | None = None) -> int:
    """Return how many takes `list_takes` would list without a limit."""
    where, values = _conditions(owner, search, tags)
    with open_library(path) as connection:
        return connection.execute(f"SELECT count(*) FROM takes WHERE {where}", values).fetchone()[0]


def list_tags(owner: str, *, path: Path | None = None) -> dict[str, int]:
    """Return an owner's tags and how many takes have each, the most used first."""
    with open_library(path) as connection:
        rows = connection.execute(
            "SELECT tag, count(*) AS number FROM tags JOIN takes USING (take_id) "
            "WHERE owner = ? AND deleted_at IS NULL GROUP BY tag ORDER BY number DESC, tag",
            (owner,),
        ).fetchall()
        return {row["tag"]: row["number"] for row in rows}


def take_names(owner: str, take_ids: Iterable[str], *, path: Path | None = None) -> dict[str, str]:
    """Return the names of an owner's takes by id; those that are not there, or deleted, are missing."""
    wanted = list(dict.fromkeys(take_ids))
    with open_library(path) as connection:
        rows = connection.execute(
            f"SELECT take_id, name FROM takes WHERE owner = ? AND deleted_at IS NULL AND take_id IN "
            f"({','.join('?' * len(wanted))})",
            (owner, *wanted),
        ).fetchall()
        return {row["take_id"]: row["name"] for row in rows}


def get_listed(owner: str, take_id: str, *, path: Path | None = None) -> KeptTake | None:
    """Return a take of an owner as it stands in a list, None where there is no such take."""
    where, values = _conditions(owner, "", ())
    with open_library(path) as connection:
        rows = connection.execute(f"SELECT {_LISTED} FROM takes WHERE {where} AND take_id = ?", (*values, take_id))
        return next(iter(_listed(connection, rows.fetchall())), None)


def get_take(owner: str | None, take_id: str, *, path: Path | None = None) -> OpenedTake:
    """Return a take with its music.

    Raises:
        LibraryError: the owner has no such take, or the library cannot be read.
    """
    where, values = _conditions(owner, "", ())
    return _open(f"{where} AND take_id = ?", (*values, take_id), path)


def get_shared_take(share_key: str, *, path: Path | None = None) -> OpenedTake:
    """Return a take that its owner shares, by the key of its link.

    Raises:
        LibraryError: nothing is shared under this key.
    """
    return _open("share_key = ? AND deleted_at IS NULL", (share_key,), path)


def change_take(
    owner: str,
    take_id: str,
    *,
    name: str | None = None,
    rating: int | None = None,
    remark: str | None = None,
    tags: Iterable[str] | None = None,
    path: Path | None = None,
) -> None:
    """Change what is not None.

    Raises:
        LibraryError: the owner has no such take.
    """
    changes = {
        "name": None if name is None else _name(name),
        "rating": None if rating is None else _rating(rating),
        "remark": None if remark is None else remark[:MAX_REMARK],
    }
    with open_library(path, writing=True) as connection:
        _check(connection, owner, take_id)
        for column, value in changes.items():
            if value is not None:
                connection.execute(f"UPDATE takes SET {column} = ? WHERE take_id = ?", (value, take_id))
        if tags is not None:
            connection.execute("DELETE FROM tags WHERE take_id = ?", (take_id,))
            _tag(connection, take_id, tags)


def delete_take(owner: str, take_id: str, *, path: Path | None = None) -> None:
    """Take a take out of all lists; `restore_take` brings it back for `DAYS_DELETED` days, then it is gone."""
    _set_deleted(owner, take_id, datetime.now(UTC).isoformat(), path)


def restore_take(owner: str, take_id: str, *, path: Path | None = None) -> None:
    """Bring a deleted take back."""
    _set_deleted(owner, take_id, None, path)


def share_take(owner: str, take_id: str, *, path: Path | None = None) -> str:
    """Return the key under which everyone may open a take, made at the first time."""
    with open_library(path, writing=True) as connection:
        _check(connection, owner, take_id)
        connection.execute(
            "UPDATE takes SET share_key = coalesce(share_key, ?) WHERE take_id = ?",
            (secrets.token_urlsafe(24), take_id),
        )
        return connection.execute("SELECT share_key FROM takes WHERE take_id = ?", (take_id,)).fetchone()[0]


def stop_sharing(owner: str, take_id: str, *, path: Path | None = None) -> None:
    """Make the link of a take lead nowhere."""
    with open_library(path, writing=True) as connection:
        _check(connection, owner, take_id)
        connection.execute("UPDATE takes SET share_key = NULL WHERE take_id = ?", (take_id,))


# ------------------------------------------------------------------------------------------------------- inside


def _conditions(owner: str | None, search: str, tags: Iterable[str]) -> tuple[str, list[str]]:
    where, values = ["deleted_at IS NULL"], []
    if owner is not None:
        where.append("owner = ?")
        values.append(owner)
    for word in search.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.append(
            "((name || ' ' || remark || ' ' || style_id || ' ' || made_from) LIKE ? ESCAPE '\\' OR take_id IN "
            "(SELECT take_id FROM tags WHERE tag LIKE ? ESCAPE '\\'))"  # once, not for every row
        )
        values += [pattern, pattern]
    for tag in tags:
        where.append("EXISTS (SELECT 1 FROM tags WHERE tags.take_id = takes.take_id AND tag = ?)")
        values.append(tag)
    return " AND ".join(where), values


def _listed(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[KeptTake]:
    marks = ",".join("?" * len(rows))
    tags: dict[str, list[str]] = {row["take_id"]: [] for row in rows}
    for row in connection.execute(f"SELECT take_id, tag FROM tags WHERE take_id IN ({marks}) ORDER BY tag", list(tags)):
        tags[row["take_id"]].append(row["tag"])
    return [
        KeptTake(
            **{name: row[name] for name in _LISTED.split(", ") if name != "kept_at"},
            kept_at=datetime.fromisoformat(row["kept_at"]),
            tags=tuple(tags[row["take_id"]]),
        )
        for row in rows
    ]


def _open(where: str, values: tuple[str, ...], path: Path | None) -> OpenedTake:
    with open_library(path) as connection:
        row = connection.execute(f"SELECT {_LISTED}, music, recipe FROM takes WHERE {where}", values).fetchone()
        if row is None:
            raise LibraryError("This take is not in the library; it was deleted, or the link is not right.")
        try:
            plain, given = json.loads(zlib.decompress(row["music"]))
            piece = piece_from_plain(plain)
        except (ValueError, zlib.error) as error:
            raise LibraryError(f'The take "{row["name"]}" is damaged in the library and cannot be opened.') from error
        return OpenedTake(_listed(connection, [row])[0], piece, tuple(map(frozenset, given)), row["recipe"])


def _check(connection: sqlite3.Connection, owner: str, take_id: str) -> None:
    found = connection.execute("SELECT 1 FROM takes WHERE owner = ? AND take_id = ?", (owner, take_id)).fetchone()
    if found is None:
        raise LibraryError("This take is not in your library.")


def _set_deleted(owner: str, take_id: str, when: str | None, path: Path | None) -> None:
    with open_library(path, writing=True) as connection:
        _check(connection, owner, take_id)
        connection.execute("UPDATE takes SET deleted_at = ? WHERE take_id = ?", (when, take_id))


def _tag(connection: sqlite3.Connection, take_id: str, tags: Iterable[str]) -> None:
    words = dict.fromkeys(" ".join(tag.split())[:MAX_TAG].lower() for tag in tags)
    rows = [(take_id, word) for word in list(words)[:MAX_TAGS] if word]
    connection.executemany("INSERT OR IGNORE INTO tags (take_id, tag) VALUES (?, ?)", rows)


def _name(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME] or "Untitled"


def _rating(rating: int) -> int:
    if not 0 <= rating <= 5:
        raise ValueError(f"rating must be 0 to 5, got {rating!r}")
    return int(rating)
