"""The library in its file: whatever befalls it, nothing kept is lost. What every store does stands in test_store."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from musegen.errors import LibraryError
from musegen.library import library as takes
from musegen.library import sqlite_database as database
from musegen.library.sql_store import SqlStore
from musegen.library.sqlite_database import SqliteDatabase
from musegen.library.takes import NewTake
from tests.builders import piece


def names(**wanted):
    return [take.name for take in takes.list_takes("me", **wanted)]


def new(number=0, **changes):
    music = piece([(60 + number % 12, 0, 1), (64, 1, 1), (40 + number // 12 % 60, 2, 1 + number % 7)], key="G major")
    return NewTake(music, (frozenset({0}),), **{"name": f"Take {number}", "style_id": "folk", **changes})


KEEPER = """
import sys
from tests.test_library import new, takes
for number in range(10_000):
    print(takes.keep_take("me", new(number)), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is of Unix")
def test_a_kill_at_any_moment_loses_nothing_that_was_kept():
    for round_ in range(5):
        process = subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, text=True)
        said = [process.stdout.readline().strip() for _ in range(3 + round_)]
        time.sleep(0.003 * round_)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().split()
        process.wait()
        kept = {take.take_id for take in takes.list_takes("me", limit=100_000)}
        assert set(said) - kept <= {said[-1]} and set(said[:-1]) <= kept  # the last line may be half a line
    takes.keep_take("me", new(99_999))


# ---------------------------------------------------------------------------------------------- the file itself


def test_a_file_that_is_no_library_is_left_alone(musegen_home):
    path = SqliteDatabase().path
    path.write_bytes(b"Dear diary, " * 500)
    with pytest.raises(LibraryError, match="not a Musegen library"):
        takes.keep_take("me", new())
    assert path.read_bytes() == b"Dear diary, " * 500


def test_another_programs_database_is_left_alone():
    path = SqliteDatabase().path
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (soup TEXT)")
    with pytest.raises(LibraryError, match="another program"):
        takes.list_takes("me")
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
        other.execute(f"PRAGMA user_version = {len(database.MIGRATIONS)}")
    with pytest.raises(LibraryError, match="another program"):
        takes.list_takes("me")


@pytest.mark.parametrize("version", [0, 1, 99])
def test_not_a_byte_of_another_programs_database_changes(version, tmp_path):
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (soup TEXT)")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    before = path.read_bytes()
    for writing in (False, True):
        opened = SqliteDatabase(path).open(changing="me" if writing else None)
        with pytest.raises(LibraryError, match="another program"), opened:
            pass
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("other")] == ["other.sqlite3"]


def test_a_migration_that_ends_its_transaction_itself_says_its_own_error(monkeypatch):
    monkeypatch.setattr(database, "MIGRATIONS", ("CREATE TABLE a (b); ROLLBACK; nonsense",))
    with pytest.raises(LibraryError, match='near "nonsense"'):
        takes.list_takes("me")


def test_what_was_deleted_a_month_ago_goes_for_good_when_something_is_kept():
    old, recent = (takes.keep_take("me", new(number, tags=("x",))) for number in (1, 2))
    for take_id in (old, recent):
        takes.delete_take("me", take_id)
    for take_id, days in ((old, 31), (recent, 29)):
        when = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        with sqlite3.connect(SqliteDatabase().path) as connection:
            connection.execute("UPDATE takes SET deleted_at = ? WHERE take_id = ?", (when, take_id))
    takes.list_takes("me")
    with sqlite3.connect(SqliteDatabase().path) as connection:
        assert connection.execute("SELECT count(*) FROM takes").fetchone()[0] == 2
    takes.keep_take("me", new(3))
    with sqlite3.connect(SqliteDatabase().path) as connection:
        assert connection.execute("SELECT count(*) FROM takes").fetchone()[0] == 2
        assert connection.execute("SELECT take_id FROM tags").fetchall() == [(recent,)]
    takes.restore_take("me", recent)
    with pytest.raises(LibraryError, match="not in your library"):
        takes.restore_take("me", old)


def test_a_library_of_a_newer_program_is_left_alone():
    takes.keep_take("me", new())
    with sqlite3.connect(SqliteDatabase().path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer Musegen"):
        takes.keep_take("me", new(1))


def test_a_full_disk_is_said_and_loses_nothing(monkeypatch):
    takes.keep_take("me", new(1))
    with sqlite3.connect(SqliteDatabase().path) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connect = sqlite3.connect

    def small(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(database.sqlite3, "connect", small)
    with pytest.raises(LibraryError, match="disk of the library is full"):
        for number in range(2, 200):
            takes.keep_take("me", new(number, remark="long " * 500))
    assert "Take 1" in names(limit=1000)


def test_a_library_that_cannot_be_written_still_shows(monkeypatch):
    takes.keep_take("me", new(1))
    connect = sqlite3.connect
    monkeypatch.setattr(database.sqlite3, "connect", lambda path, **o: connect(f"file:{path}?mode=ro", uri=True, **o))
    assert names() == ["Take 1"]
    with pytest.raises(LibraryError, match="cannot be written"):
        takes.keep_take("me", new(2))


def test_a_home_that_is_a_file_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path / "file"))
    with pytest.raises(LibraryError, match="MUSEGEN_HOME"):
        takes.list_takes("me")


def test_a_damaged_take_is_said_and_the_others_open():
    bad, good = takes.keep_take("me", new(1)), takes.keep_take("me", new(2))
    with sqlite3.connect(SqliteDatabase().path) as connection:
        connection.execute("UPDATE takes SET music = ? WHERE take_id = ?", (b"nothing", bad))
    with pytest.raises(LibraryError, match="damaged"):
        takes.get_take("me", bad)
    assert takes.get_take("me", good).piece == new(2).piece


LAYOUTS = Path(__file__).parent / "fixtures" / "libraries"


def record():
    """Keep a library of today's layout, so that later programs are tried on it; those kept before never change."""
    path = LAYOUTS / f"layout-{len(database.MIGRATIONS)}.sqlite3"
    if path.exists():
        return
    store = SqlStore(SqliteDatabase(path))
    first = store.keep_take("me", new(1, recipe='{"a": 1}', tags=("reel", "best"), rating=4, remark="bar 5"))
    store.keep_take("me", new(2, parent_id=first, made_from="Folk tunes, varied", num_bars=8, seconds=12.5))
    store.keep_take("you", new(3, name="Yours"))
    store.share_take("me", first)
    store.delete_take("me", store.keep_take("me", new(4, name="Deleted")))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE takes SET deleted_at = '2999-01-01' WHERE deleted_at IS NOT NULL")
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, without those beside it


if os.environ.get("MUSEGEN_RECORD"):
    record()


def test_a_library_of_every_layout_is_kept():
    """Where a migration was added, `MUSEGEN_RECORD=1 pytest tests/test_library.py` keeps one of the new layout."""
    assert len(list(LAYOUTS.iterdir())) == len(database.MIGRATIONS)


@pytest.mark.parametrize("layout", range(1, len(database.MIGRATIONS) + 1))
@pytest.mark.parametrize("extra", [(), ("ALTER TABLE takes ADD COLUMN extra TEXT",)], ids=["today", "one more"])
def test_a_library_of_any_layout_of_the_past_is_brought_up_to_today(layout, extra, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, *extra))
    path = tmp_path / "library.sqlite3"
    path.write_bytes((LAYOUTS / f"layout-{layout}.sqlite3").read_bytes())
    store = SqlStore(SqliteDatabase(path))
    second, first = store.list_takes("me")
    assert (first.name, first.rating, first.remark, first.tags) == ("Take 1", 4, "bar 5", ("best", "reel"))
    assert (second.name, second.made_from, second.num_bars, second.seconds) == ("Take 2", "Folk tunes, varied", 8, 12.5)
    assert second.parent_id == first.take_id
    opened = store.get_shared_take(first.share_key)
    assert (opened.piece, opened.given, opened.recipe) == (new(1).piece, new(1).given, '{"a": 1}')
    assert [take.name for take in store.list_takes("you")] == ["Yours"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(database.MIGRATIONS)
        (deleted,) = connection.execute("SELECT take_id FROM takes WHERE deleted_at IS NOT NULL").fetchone()
    store.restore_take("me", deleted)
    assert store.keep_take("me", new(1, recipe='{"a": 1}')) == first.take_id  # told apart as it was then
    store.keep_take("me", new(5))
    assert {take.name for take in store.list_takes("me")} == {"Take 1", "Take 2", "Deleted", "Take 5"}
