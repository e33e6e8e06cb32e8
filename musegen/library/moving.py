"""All that is kept, brought from one database to another: move."""

from collections.abc import Iterator
from typing import Any

from musegen.library.database import Connection
from musegen.library.places import named_database
from musegen.library.sqlite_database import trials_layout

TABLES = {
    "takes": (
        (
            "take_id, owner, kept_at, deleted_at, name, rating, remark, style_id, made_from, num_bars, seconds, "
            "num_notes, parent_id, share_key, content, music, recipe"
        ),
        "rowid",
    ),
    "tags": ("take_id, tag", "take_id, tag"),
    "desks": ("desk_id, owner, holder, changed_at, body", "desk_id"),
    "desk_parts": ("owner, part_id, data", "owner, part_id"),
    "tables": ("table_id, gallery_key, owner, set_at, withdrawn, body", "table_id"),
    "handed_in": ("table_id, take_id, pupil, name, handed_at", "table_id, take_id, pupil"),
}
"""Columns of each table of the library and the order in which its rows are moved; what is referred to comes first."""

TRIALS = {
    "trials": (
        "test, listener, place, kind, pair, left_system, right_system, choice, answered_at",
        "test, listener, place",
    )
}
"""The same of listening tests, which have a file of their own where it is a file."""

_AT_ONCE = 500


def move(source: str, destination: str) -> dict[str, int]:
    """Copy all that is kept, deleted takes and links included, and return how many rows of each table were not there.

    What is at the destination already stays as it is, so that it may be done again; the source is not changed. Nobody
    should be at work meanwhile.

    Args:
        source: where it lies, as MUSEGEN_STORE names it.
        destination: where it shall lie, named so.

    Raises:
        LibraryError: one of them cannot be read or written; then nothing has come to the destination.
    """
    moved = {}
    for tables, layout in ((TABLES, None), (TRIALS, trials_layout)):
        of_layout = () if layout is None else (layout,)
        old, new = named_database(source, *of_layout), named_database(destination, *of_layout)
        with old.open() as reading, new.open(changing="all that is kept") as writing:
            for table, (columns, order) in tables.items():
                moved[table] = _moved(reading, writing, table, columns, order)
    return moved


def _moved(reading: Connection, writing: Connection, table: str, columns: str, order: str) -> int:
    before = _count(writing, table)
    marks = ", ".join("?" * len(columns.split(",")))
    for rows in _rows(reading, f"SELECT {columns} FROM {table} ORDER BY {order}"):
        writing.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", rows)
    return _count(writing, table) - before


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _rows(connection: Connection, query: str) -> Iterator[list[tuple[Any, ...]]]:
    offset = 0
    while rows := connection.execute(f"{query} LIMIT ? OFFSET ?", (_AT_ONCE, offset)).fetchall():
        yield [tuple(row) for row in rows]
        offset += len(rows)
