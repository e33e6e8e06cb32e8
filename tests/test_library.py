"""The library: kept takes come back, everyone sees their own, and nothing that was kept is ever lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from musegen.errors import LibraryError
from musegen.library import database, takes
from musegen.library.takes import NewTake
from tests.builders import piece


def new(number=0, **changes):
    music = piece([(60 + number % 12, 0, 1), (64, 1, 1), (40 + number // 12 % 60, 2, 1 + number % 7)], key="G major")
    return NewTake(music, (frozenset({0}),), **{"name": f"Take {number}", "style_id": "folk", **changes})


def names(**wanted):
    return [take.name for take in takes.list_takes("me", **wanted)]


def test_a_take_comes_back_as_it_was_kept():
    take = new(3, recipe='{"a": 1}', made_from="Folk tunes, invented", num_bars=8, seconds=12.5, tags=("Reel", " reel"))
    take_id = takes.keep_take("me", take)
    opened = takes.get_take("me", take_id)
    assert (opened.piece, opened.given, opened.recipe) == (take.piece, take.given, take.recipe)
    listed = opened.listed
    assert (listed.name, listed.num_bars, listed.seconds, listed.num_notes) == ("Take 3", 8, 12.5, 3)
    assert listed.tags == ("reel",)
    assert listed.kept_at.utcoffset().total_seconds() == 0


def test_the_same_take_is_kept_once_and_comes_back_when_deleted():
    first = takes.keep_take("me", new(1))
    assert takes.keep_take("me", new(1)) == first
    takes.delete_take("me", first)
    assert names() == []
    with pytest.raises(LibraryError, match="not in the library"):
        takes.get_take("me", first)
    assert takes.keep_take("me", new(1)) == first
    assert names() == ["Take 1"]
    takes.delete_take("me", first)
    takes.restore_take("me", first)
    assert names() == ["Take 1"]


def test_everyone_sees_their_own_unless_it_is_shared():
    mine = takes.keep_take("me", new(1))
    assert takes.list_takes("you") == []
    for trespass in (takes.get_take, takes.delete_take, takes.share_take, takes.stop_sharing, takes.change_take):
        with pytest.raises(LibraryError):
            trespass("you", mine)
    assert [take.take_id for take in takes.list_takes(None)] == [mine]
    assert takes.get_take(None, mine).listed.owner == "me"
    key = takes.share_take("me", mine)
    assert takes.share_take("me", mine) == key
    assert len(key) >= 32
    assert takes.get_shared_take(key).listed.take_id == mine
    takes.stop_sharing("me", mine)
    with pytest.raises(LibraryError):
        takes.get_shared_take(key)


def test_takes_are_found_by_words_tags_and_order():
    for number, (name, rating, tags) in enumerate(
        [("Morning reel", 2, ("dance", "fast")), ("evening Hymn", 5, ("slow",)), ("100 % jig", 0, ("dance",))]
    ):
        takes.keep_take("me", new(number, name=name, rating=rating, tags=tags, seconds=float(number)))
    assert names() == ["100 % jig", "evening Hymn", "Morning reel"]
    assert names(order="best") == ["evening Hymn", "Morning reel", "100 % jig"]
    assert names(order="name") == ["100 % jig", "evening Hymn", "Morning reel"]
    assert names(search="REEL morning") == ["Morning reel"]
    assert names(search="slow") == ["evening Hymn"]
    assert names(search="%") == ["100 % jig"]
    assert names(search="reel hymn") == []
    assert names(tags=["dance"]) == ["100 % jig", "Morning reel"]
    assert names(tags=["dance", "fast"]) == ["Morning reel"]
    assert names(limit=1, offset=1) == ["evening Hymn"]
    assert takes.count_takes("me", tags=["dance"]) == 2
    assert takes.list_tags("me") == {"dance": 2, "fast": 1, "slow": 1}


def test_what_is_said_of_a_take_can_be_changed():
    take_id = takes.keep_take("me", new(1))
    takes.change_take("me", take_id, name="  A   better name ", rating=4, remark="bar 5", tags=["Keep", "keep", ""])
    listed = takes.get_take("me", take_id).listed
    assert (listed.name, listed.rating, listed.remark, listed.tags) == ("A better name", 4, "bar 5", ("keep",))
    takes.change_take("me", take_id, rating=0)
    assert takes.get_take("me", take_id).listed.name == "A better name"
    with pytest.raises(ValueError, match="rating"):
        takes.change_take("me", take_id, rating=6)


def test_two_tabs_keep_at_once_and_nothing_is_lost():
    ids, errors = [], []

    def tab(first):
        try:
            ids.extend(takes.keep_take("me", new(number)) for number in range(first, first + 25))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=tab, args=(100 * i,)) for i in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert {take.take_id for take in takes.list_takes("me", limit=1000)} == set(ids)
    assert len(set(ids)) == 100


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
    path = database.library_path()
    path.write_bytes(b"Dear diary, " * 500)
    with pytest.raises(LibraryError, match="not a Musegen library"):
        takes.keep_take("me", new())
    assert path.read_bytes() == b"Dear diary, " * 500


def test_another_programs_database_is_left_alone():
    path = database.library_path()
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
        with pytest.raises(LibraryError, match="another program"), database.open_library(path, writing=writing):
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
        with sqlite3.connect(database.library_path()) as connection:
            connection.execute("UPDATE takes SET deleted_at = ? WHERE take_id = ?", (when, take_id))
    takes.list_takes("me")
    with sqlite3.connect(database.library_path()) as connection:
        assert connection.execute("SELECT count(*) FROM takes").fetchone()[0] == 2
    takes.keep_take("me", new(3))
    with sqlite3.connect(database.library_path()) as connection:
        assert connection.execute("SELECT count(*) FROM takes").fetchone()[0] == 2
        assert connection.execute("SELECT take_id FROM tags").fetchall() == [(recent,)]
    takes.restore_take("me", recent)
    with pytest.raises(LibraryError, match="not in your library"):
        takes.restore_take("me", old)


def test_a_library_of_a_newer_program_is_left_alone():
    takes.keep_take("me", new())
    with sqlite3.connect(database.library_path()) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer Musegen"):
        takes.keep_take("me", new(1))


def test_a_full_disk_is_said_and_loses_nothing(monkeypatch):
    takes.keep_take("me", new(1))
    with sqlite3.connect(database.library_path()) as connection:
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
    with sqlite3.connect(database.library_path()) as connection:
        connection.execute("UPDATE takes SET music = ? WHERE take_id = ?", (b"nothing", bad))
    with pytest.raises(LibraryError, match="damaged"):
        takes.get_take("me", bad)
    assert takes.get_take("me", good).piece == new(2).piece


def test_every_migration_of_the_past_leads_to_today(monkeypatch):
    """A library of layout 1 with a take in it is opened by a program that knows one more."""
    takes.keep_take("me", new(1))
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, "ALTER TABLE takes ADD COLUMN extra TEXT"))
    assert names() == ["Take 1"]
    with sqlite3.connect(database.library_path()) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(database.MIGRATIONS)
        assert "extra" in {row[1] for row in connection.execute("PRAGMA table_info(takes)")}
