"""What many machines share in PostgreSQL: its layout, a server that goes away, and a library moved to it and back.

What every database must do is tried in test_store, test_tables, test_desk and test_listening.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from musegen.cli.command_line import main
from musegen.errors import LibraryError
from musegen.library import desks, library, moving, places, tables, trials
from musegen.library import postgres_database as postgres
from musegen.library.postgres_database import PostgresDatabase
from musegen.library.sql_store import SqlStore
from musegen.library.sqlite_database import SqliteDatabase, trials_layout
from tests.postgres import Postgres
from tests.test_library import new


@pytest.fixture
def address(postgres_server):
    postgres_server.empty()
    places.named_database.cache_clear()
    yield postgres_server.address
    places.named_database.cache_clear()


def columns(database, query):
    with database.open() as connection:
        return {tuple(row) for row in connection.execute(query).fetchall()}


def test_its_tables_and_columns_are_those_of_the_files(address):
    files = set()
    for database in (SqliteDatabase(), SqliteDatabase(None, trials_layout)):
        files |= columns(database, "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
                                   "WHERE m.type = 'table'")  # fmt: skip
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'musegen'"
    assert columns(PostgresDatabase(address), query) - {("takes", "rowid"), ("layout", "number")} == files
    said = {table: set(names.split(", ")) for table, (names, _) in {**moving.TABLES, **moving.TRIALS}.items()}
    assert {(table, column) for table, names in said.items() for column in names} == files


@pytest.mark.parametrize("layout", range(1, len(postgres.MIGRATIONS)))
def test_one_of_an_older_layout_is_brought_up_to_today(layout, address, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr(postgres, "MIGRATIONS", postgres.MIGRATIONS[:layout])
        take_id = SqlStore(PostgresDatabase(address)).keep_take("me", new(1))
    today = PostgresDatabase(address)
    assert SqlStore(today).get_take("me", take_id).piece == new(1).piece
    with today.open() as connection:
        assert connection.execute("SELECT count(*) FROM trials").fetchone()[0] == 0
        assert connection.execute("SELECT number FROM layout").fetchall() == [(len(postgres.MIGRATIONS),)]
    monkeypatch.setattr(postgres, "MIGRATIONS", postgres.MIGRATIONS[:layout])
    with pytest.raises(LibraryError, match="newer Musegen"):
        SqlStore(PostgresDatabase(address)).list_takes("me")


def test_those_who_come_first_at_one_time_lay_it_out_once(address):
    found, together = [], threading.Barrier(6)

    def come(number):
        store = SqlStore(PostgresDatabase(address))
        together.wait(10)
        found.append(store.keep_take("me", new(7)))

    threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 6 and len(set(found)) == 1  # the same take, kept once


def test_words_that_its_texts_cannot_hold_are_kept_without_them(address):
    store = SqlStore(PostgresDatabase(address))
    take_id = store.keep_take("me", new(1, name="a\0b", remark="x\ud800y"))
    listed = store.get_listed("me", take_id)
    assert (listed.name, listed.remark) == ("ab", "x?y")


def test_who_waits_too_long_for_another_is_told_so(address, monkeypatch):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 0.2)
    database = PostgresDatabase(address)
    store = SqlStore(database)
    with database.open(changing="me"):
        with pytest.raises(LibraryError, match="in a moment"):
            store.keep_take("me", new(1))
        store.keep_take("you", new(1))  # who changes something else does not wait


@pytest.mark.parametrize("place", ["mysql://host/x", "/nowhere/at/all"])
def test_a_place_that_is_none_is_said(place, monkeypatch):
    monkeypatch.setenv(places.STORE_VARIABLE, place)
    with pytest.raises(LibraryError, match="library"):
        library.list_takes("me")


def test_a_server_that_is_not_there_is_said(monkeypatch, tmp_path):
    pytest.importorskip("psycopg")
    monkeypatch.setenv(places.STORE_VARIABLE, f"postgresql://u:secret@/x?host={tmp_path}")
    with pytest.raises(LibraryError, match="does not answer") as caught:
        library.list_takes("me")
    assert "secret" not in str(caught.value)


SERVER = """
import sys
from musegen.library import library
from tests.test_library import new
for line in sys.stdin:
    print(library.keep_take("me", new(int(line))), library.count_takes("me"), flush=True)
"""


def test_two_programs_have_one_library_by_one_setting(address, monkeypatch):
    monkeypatch.setenv(places.STORE_VARIABLE, address)
    command = [sys.executable, "-c", SERVER]
    programs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for number in range(4):
        program = programs[number % 2]
        program.stdin.write(f"{number}\n")
        program.stdin.flush()
        take_id, count = program.stdout.readline().split()
        assert int(count) == number + 1 == library.count_takes("me")  # each sees at once what the other kept
        assert library.get_take("me", take_id).piece == new(number).piece
    for program in programs:
        program.stdin.close()
        assert program.wait(20) == 0
    assert not SqliteDatabase().path.exists()


def fill():
    """Keep something of every kind; return what can be asked about all of it."""
    first = library.keep_take("me", new(1, tags=("reel",), rating=4))
    library.keep_take("me", new(2, parent_id=first))
    library.delete_take("me", library.keep_take("me", new(3)))
    library.share_take("me", first)
    desks.save("me", "desk", "tab", '{"parts": ["a"]}', {"a": "music"})
    table = tables.set_table("teacher", "body")
    tables.hand_in(table.table_id, "pupil", "Ann", new(4))
    trials.trials_of("test", "who", lambda heard: [("pair", "x", "a", "b"), ("pair", "y", "b", "a")])
    trials.answer("test", "who", 0, "a")
    return table.gallery_key


def all_that_is_kept(gallery_key):
    takes = library.list_takes(None, order="oldest")
    return (
        takes,
        [library.get_take(None, take.take_id) for take in takes],
        [library.get_shared_take(take.share_key).piece for take in takes if take.share_key],
        desks.latest("me"),
        tables.handed_in(gallery_key),
        trials.answers("test"),
    )


def test_a_library_is_moved_to_a_server_and_back_with_all_that_is_kept(address, tmp_path, monkeypatch, capsys):
    key = fill()
    before = all_that_is_kept(key)
    home, other = os.environ["MUSEGEN_HOME"], tmp_path / "other"
    other.mkdir()
    assert main(["library", "move", "--from", home, "--to", address]) == 0
    assert "4 takes" in capsys.readouterr().out
    for place in (address, str(other)):
        monkeypatch.setenv(places.STORE_VARIABLE, place)
        if place != address:
            assert main(["library", "move", "--from", address, "--to", place]) == 0
        assert all_that_is_kept(key) == before
        assert main(["library", "move", "--from", home, "--to", place]) == 0  # again changes nothing
        assert all_that_is_kept(key) == before
    deleted = columns(SqliteDatabase(other / "library.sqlite3"), "SELECT take_id FROM takes WHERE deleted_at > ''")
    library.restore_take("me", deleted.pop()[0])
    library.keep_take("me", new(9))
    assert [take.name for take in library.list_takes("me", order="oldest")] == ["Take 1", "Take 2", "Take 3", "Take 9"]


KEEPER = """
import sys, time
from musegen.errors import MusegenError
from musegen.library import library
from tests.test_library import new
for number in range(int(sys.argv[1]), 10**9):
    try:
        print(library.keep_take("me", new(number, recipe=str(number))), flush=True)
    except MusegenError as error:
        print("!", error, flush=True)
        time.sleep(0.02)
"""


@pytest.mark.usefixtures("postgres_server")
def test_a_server_that_is_killed_loses_nothing_and_whoever_asks_meanwhile_reads_a_sentence(monkeypatch):
    server = Postgres()
    try:
        monkeypatch.setenv(places.STORE_VARIABLE, server.address)
        said, sentences = killed(server, 3, 0.15)
        assert sentences <= {"The library's database does not answer; do it again in a moment. What was kept is safe."}
        assert said and sentences
        assert set(said) <= {take.take_id for take in library.list_takes("me", limit=100_000)}
    finally:
        server.end()
        places.named_database.cache_clear()


def killed(server, times, seconds):
    """Have a program keep takes while the server is killed and started again; return ids and sentences it was told."""
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, "0"], stdout=subprocess.PIPE, text=True)
    try:
        first = keeper.stdout.readline()
        for _ in range(times):
            time.sleep(seconds)
            server.kill()
            time.sleep(seconds)
            server.start()
        time.sleep(seconds)
    finally:
        keeper.kill()
    lines = [first, *keeper.stdout.read().split("\n")[:-1]]
    with suppress(LibraryError):  # a connection that was open before the kill is noticed here
        library.count_takes("me")
    sentences = {line[2:].strip() for line in lines if line.startswith("!")}
    return [line.strip() for line in lines if line.strip() and not line.startswith("!")], sentences
