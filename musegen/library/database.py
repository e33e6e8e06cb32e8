"""The library's file: opened, brought to the newest layout by numbered migrations, its faults said in a sentence.

Write-ahead logging lets a second tab read while the first writes; every change is one transaction that is on disk
before it returns, so that a process killed at any moment leaves all that was kept and nothing half kept.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from musegen.errors import LibraryError
from musegen.languages import message
from musegen.library.takes import DAYS_DELETED
from musegen.paths import home_dir

FILE_NAME = "library.sqlite3"
BUSY_SECONDS = 10.0
"""How long a change waits for another program's."""

APPLICATION_ID = 0x4D534547  # "MSEG": tells our files from other programs' databases

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE takes (
        take_id      TEXT PRIMARY KEY,
        owner        TEXT NOT NULL,
        kept_at      TEXT NOT NULL,
        deleted_at   TEXT,
        name         TEXT NOT NULL,
        rating       INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
        remark       TEXT NOT NULL DEFAULT '',
        style_id     TEXT NOT NULL,
        made_from    TEXT NOT NULL DEFAULT '',
        num_bars     INTEGER NOT NULL,
        seconds      REAL NOT NULL,
        num_notes    INTEGER NOT NULL,
        parent_id    TEXT,
        share_key    TEXT UNIQUE,
        content      TEXT NOT NULL,
        music        BLOB NOT NULL,
        recipe       TEXT
    ) STRICT;
    CREATE INDEX takes_by_owner ON takes (owner, deleted_at, kept_at);
    CREATE INDEX takes_by_content ON takes (owner, content);
    CREATE TABLE tags (
        take_id  TEXT NOT NULL REFERENCES takes (take_id) ON DELETE CASCADE,
        tag      TEXT NOT NULL,
        PRIMARY KEY (take_id, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tags_by_name ON tags (tag);
    """,
    """
    CREATE TABLE desks (
        desk_id      TEXT PRIMARY KEY,
        owner        TEXT NOT NULL,
        holder       TEXT NOT NULL,
        changed_at   TEXT NOT NULL,
        body         TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX desks_by_owner ON desks (owner, changed_at);
    CREATE TABLE desk_parts (
        owner        TEXT NOT NULL,
        part_id      TEXT NOT NULL,
        data         BLOB NOT NULL,
        PRIMARY KEY (owner, part_id)
    ) STRICT;
    """,
    """
    CREATE TABLE tables (
        table_id     TEXT PRIMARY KEY,
        gallery_key  TEXT NOT NULL UNIQUE,
        owner        TEXT NOT NULL,
        set_at       TEXT NOT NULL,
        withdrawn    INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
        body         TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tables_by_owner ON tables (owner, set_at);
    CREATE TABLE handed_in (
        table_id     TEXT NOT NULL REFERENCES tables (table_id) ON DELETE CASCADE,
        take_id      TEXT NOT NULL REFERENCES takes (take_id) ON DELETE CASCADE,
        pupil        TEXT NOT NULL,
        name         TEXT NOT NULL,
        handed_at    TEXT NOT NULL,
        PRIMARY KEY (table_id, take_id, pupil)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX handed_in_by_take ON handed_in (take_id);
    """,
)
"""Migration n brings a library of layout n - 1 to layout n; they are never changed once shipped, only added to."""


def library_path() -> Path:
    """Return where the library lies."""
    return home_dir() / FILE_NAME


@contextmanager
def open_library(path: Path | None = None, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the library for one transaction, made or brought up to date first; all of it is done or nothing.

    A change also removes for good what was deleted more than `DAYS_DELETED` days ago.

    Args:
        path: of the file; None for `library_path`.
        writing: True for a change: it waits for its turn, at most `BUSY_SECONDS`.

    Raises:
        LibraryError: it cannot be read or written; the message says why and what to do.
    """
    try:
        file = path or library_path()
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            _bring_up_to_date(connection, file)
            connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            try:
                if writing:
                    _purge(connection)
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise LibraryError(_sentence(error, file)) from error
    except OSError as error:
        raise LibraryError(
            'The library cannot be opened ({reason}: "{filename}"); make room there or set '
            "MUSEGEN_HOME to another folder.",
            reason=(error.strerror or str(error)).lower(),
            filename=error.filename,
        ) from error


def _purge(connection: sqlite3.Connection) -> None:
    """Delete for good what was deleted more than `DAYS_DELETED` ago."""
    before = (datetime.now(UTC) - timedelta(days=DAYS_DELETED)).isoformat()
    connection.execute(  # the inner part is answered by the index alone, without the music
        "DELETE FROM takes WHERE rowid IN (SELECT rowid FROM takes INDEXED BY takes_by_owner WHERE deleted_at < ?)",
        (before,),
    )


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    new = version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    # Read last: where another process made the library just now, it is seen to be ours.
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID and (mark or not new):
        raise LibraryError(_another(path))
    if version == len(MIGRATIONS):
        return
    if version > len(MIGRATIONS):
        raise LibraryError(
            'The library "{name}" was written by a newer Musegen (layout {version}; this one '
            "knows {num_migrations}): update Musegen, or set MUSEGEN_HOME to another folder.",
            name=path.name,
            version=version,
            num_migrations=len(MIGRATIONS),
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise LibraryError(_another(path))
        for number in range(version + 1, len(MIGRATIONS) + 1):
            for statement in MIGRATIONS[number - 1].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def _another(path: Path) -> str:
    return message(
        '"{name}" is a database of another program, not a Musegen library: move it away, or '
        "set MUSEGEN_HOME to another folder. It was not changed.",
        name=path.name,
    )


def _sentence(error: sqlite3.Error, path: Path) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_NOTADB") or name.startswith("SQLITE_CORRUPT"):
        return message(
            '"{name}" is not a Musegen library or is damaged: move it away, or set MUSEGEN_HOME '
            "to another folder. It was not changed.",
            name=path.name,
        )
    if name.startswith("SQLITE_FULL") or name.startswith("SQLITE_IOERR"):
        return message(
            "The disk of the library is full or fails: make room there and do it again. What was kept is safe."
        )
    if name.startswith("SQLITE_READONLY"):
        return message(
            'The library "{name}" cannot be written: allow writing to its folder, or set MUSEGEN_HOME to another.',
            name=path.name,
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return message(
            'The library "{name}" cannot be opened: look at its folder, or set MUSEGEN_HOME to another.', name=path.name
        )
    if name.startswith("SQLITE_BUSY") or name.startswith("SQLITE_LOCKED"):
        return message("Another program is writing to the library; do it again in a moment. What was kept is safe.")
    return message("The library cannot do this ({error}); what was kept is safe.", error=error)
