"""SQLite files of this machine: SqliteDatabase, brought to the newest layout by numbered migrations.

Write-ahead logging lets a second tab read while the first writes; every change is one transaction that is on disk
before it returns, so that a process killed at any moment leaves all that was kept and nothing half kept.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from musegen.errors import LibraryError
from musegen.languages import message
from musegen.library.database import Connection, Database
from musegen.paths import home_dir

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
    """
    CREATE INDEX takes_by_deletion ON takes (deleted_at) WHERE deleted_at IS NOT NULL;
    """,
)
"""Migration n brings a library of layout n - 1 to layout n; they are never changed once shipped, only added to."""


TRIALS_MIGRATIONS: tuple[str, ...] = (
    """
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
    ) STRICT, WITHOUT ROWID;
    """,
)
"""As `MIGRATIONS`, of the file of listening tests; the first ones shipped have the table and no number."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds, and how it is called under MUSEGEN_HOME.

    Args:
        file_name: of the file.
        migrations: SQL of each; number n brings a file of layout n - 1 to layout n.
        application_id: what tells ours from other programs' files; 0 where the first ones shipped have no mark.
    """

    file_name: str
    migrations: tuple[str, ...]
    application_id: int


def library_layout() -> Layout:
    """Return the layout of takes, desks and tables."""
    return Layout("library.sqlite3", MIGRATIONS, APPLICATION_ID)


def trials_layout() -> Layout:
    """Return the layout of listening tests."""
    return Layout("listening.sqlite3", TRIALS_MIGRATIONS, 0)


class SqliteDatabase(Database):
    """One file, made when it is first needed.

    Args:
        path: of the file; None for its usual one under MUSEGEN_HOME, asked anew each time.
        layout: what it holds, asked anew each time.
    """

    def __init__(self, path: Path | None = None, layout: Callable[[], Layout] = library_layout) -> None:
        self._path, self._layout = path, layout

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path or home_dir() / self._layout().file_name

    @contextmanager
    def open(self, *, changing: str | None = None) -> Iterator[Connection]:
        """Open the file for one transaction; a change has all of it to itself; see `Database`."""
        try:
            file = self.path
            with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA foreign_keys = ON")
                _bring_up_to_date(connection, file, self._layout())
                connection.execute("BEGIN" if changing is None else "BEGIN IMMEDIATE")
                try:
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


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    new = version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    # Read last: where another process made the file just now, it is seen to be ours.
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark != layout.application_id and (mark or not new):
        raise LibraryError(_another(path))
    newest = len(layout.migrations)
    if version == newest:
        return
    if version > newest:
        raise LibraryError(
            'The library "{name}" was written by a newer Musegen (layout {version}; this one '
            "knows {num_migrations}): update Musegen, or set MUSEGEN_HOME to another folder.",
            name=path.name,
            version=version,
            num_migrations=newest,
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
        there = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if layout.application_id and version == 0 and there:
            raise LibraryError(_another(path))
        for number in range(version + 1, newest + 1):
            for statement in layout.migrations[number - 1].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {layout.application_id}")
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
