"""What every store of takes must do, tried on every database that is shipped (`tests/databases.py`)."""

import threading
from datetime import UTC, datetime

import pytest

from musegen.errors import LibraryError
from musegen.library.database import Database
from musegen.library.places import ChosenDatabase
from musegen.library.postgres_database import PostgresDatabase
from musegen.library.sql_store import SqlStore
from musegen.library.sqlite_database import SqliteDatabase
from musegen.library.store import Store
from musegen.library.takes import MAX_NAME, MAX_REMARK, MAX_TAGS
from tests.test_library import new


@pytest.fixture
def opened(database):
    """What opens the store once more, as another process would."""
    return lambda: SqlStore(database())


@pytest.fixture
def store(opened):
    return opened()


def test_every_store_that_is_shipped_is_tried():
    from musegen.library import library

    assert {type(library)} == set(Store.__subclasses__()) == {SqlStore}
    assert set(Database.__subclasses__()) == {SqliteDatabase, PostgresDatabase, ChosenDatabase}


def names(store, **wanted):
    return [take.name for take in store.list_takes("me", **wanted)]


def test_a_take_comes_back_as_it_was_kept(store):
    take = new(3, recipe='{"a": 1}', made_from="Folk tunes, invented", num_bars=8, seconds=12.5, tags=("Reel", " reel"))
    take_id = store.keep_take("me", take)
    opened = store.get_take("me", take_id)
    assert (opened.piece, opened.given, opened.recipe) == (take.piece, take.given, take.recipe)
    listed = opened.listed
    assert (listed.name, listed.num_bars, listed.seconds, listed.num_notes) == ("Take 3", 8, 12.5, 3)
    assert listed.tags == ("reel",)
    assert listed.kept_at.utcoffset().total_seconds() == 0


def test_the_same_take_is_kept_once_and_comes_back_when_deleted(store):
    first = store.keep_take("me", new(1))
    assert store.keep_take("me", new(1)) == first
    store.delete_take("me", first)
    assert names(store) == []
    with pytest.raises(LibraryError, match="not in the library"):
        store.get_take("me", first)
    assert store.keep_take("me", new(1)) == first
    assert names(store) == ["Take 1"]
    store.delete_take("me", first)
    store.restore_take("me", first)
    assert names(store) == ["Take 1"]


def test_everyone_sees_their_own_unless_it_is_shared(store):
    mine = store.keep_take("me", new(1))
    assert store.list_takes("you") == []
    for trespass in (store.get_take, store.delete_take, store.share_take, store.stop_sharing, store.change_take):
        with pytest.raises(LibraryError):
            trespass("you", mine)
    assert [take.take_id for take in store.list_takes(None)] == [mine]
    assert store.get_take(None, mine).listed.owner == "me"
    key = store.share_take("me", mine)
    assert store.share_take("me", mine) == key
    assert len(key) >= 32
    assert store.get_shared_take(key).listed.take_id == mine
    store.stop_sharing("me", mine)
    with pytest.raises(LibraryError):
        store.get_shared_take(key)


def test_takes_are_found_by_words_tags_and_order(store):
    for number, (name, rating, tags) in enumerate(
        [("Morning reel", 2, ("dance", "fast")), ("evening Hymn", 5, ("slow",)), ("100 % jig", 0, ("dance",))]
    ):
        store.keep_take("me", new(number, name=name, rating=rating, tags=tags, seconds=float(number)))
    assert names(store) == ["100 % jig", "evening Hymn", "Morning reel"]
    assert names(store, order="best") == ["evening Hymn", "Morning reel", "100 % jig"]
    assert names(store, order="name") == ["100 % jig", "evening Hymn", "Morning reel"]
    assert names(store, search="REEL morning") == ["Morning reel"]
    assert names(store, search="slow") == ["evening Hymn"]
    assert names(store, search="%") == ["100 % jig"]
    assert names(store, search="reel hymn") == []
    assert names(store, tags=["dance"]) == ["100 % jig", "Morning reel"]
    assert names(store, tags=["dance", "fast"]) == ["Morning reel"]
    assert names(store, limit=1, offset=1) == ["evening Hymn"]
    assert store.count_takes("me", tags=["dance"]) == 2
    assert store.list_tags("me") == {"dance": 2, "fast": 1, "slow": 1}


def test_what_is_said_of_a_take_can_be_changed(store):
    take_id = store.keep_take("me", new(1))
    store.change_take("me", take_id, name="  A   better name ", rating=4, remark="bar 5", tags=["Keep", "keep", ""])
    listed = store.get_take("me", take_id).listed
    assert (listed.name, listed.rating, listed.remark, listed.tags) == ("A better name", 4, "bar 5", ("keep",))
    store.change_take("me", take_id, rating=0)
    assert store.get_take("me", take_id).listed.name == "A better name"
    with pytest.raises(ValueError, match="rating"):
        store.change_take("me", take_id, rating=6)


def test_two_tabs_keep_at_once_and_nothing_is_lost(store):
    ids, errors = [], []

    def tab(first):
        try:
            ids.extend(store.keep_take("me", new(number)) for number in range(first, first + 25))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=tab, args=(100 * i,)) for i in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert {take.take_id for take in store.list_takes("me", limit=1000)} == set(ids)
    assert len(set(ids)) == 100


def test_several_takes_are_kept_all_or_none(store):
    with pytest.raises(ValueError, match="rating"):
        store.keep_takes("me", [new(1), new(2, rating=9)])
    assert store.count_takes("me") == 0
    assert store.keep_takes("me", []) == []
    first, again, other = store.keep_takes("me", [new(1), new(1), new(2)])
    assert first == again != other
    assert store.count_takes("me") == 2


def test_takes_from_another_library_keep_what_was_made_from_what(store):
    here = store.keep_take("me", new(9))
    theirs = [new(1), new(2, parent_id="old-1"), new(3, parent_id="gone"), new(4, parent_id=here)]
    ids = store.keep_takes("me", theirs, old_ids=["old-1", "old-2", "old-3", "old-4"])
    parents = [store.get_listed("me", take_id).parent_id for take_id in ids]
    assert parents == [None, ids[0], None, here]
    store.keep_takes("me", [new(2, parent_id="x"), new(5)], old_ids=["y", "x"])
    assert store.get_listed("me", ids[1]).parent_id == ids[0]  # it had one


def test_what_one_keeps_another_opens(opened):
    take_id = opened().keep_take("me", new(1, kept_at=datetime(2020, 2, 29, tzinfo=UTC)))
    listed = opened().get_take("me", take_id).listed
    assert (listed.name, listed.kept_at) == ("Take 1", datetime(2020, 2, 29, tzinfo=UTC))


def test_an_id_can_be_written_on_a_command_line_and_a_key_cannot_be_guessed(store):
    ids = [store.keep_take("me", new(number)) for number in range(20)]
    assert all(take_id.isalnum() for take_id in ids) and len(set(ids)) == 20
    keys = {store.share_take("me", take_id) for take_id in ids}
    assert len(keys) == 20 and min(map(len, keys)) >= 32


def test_names_and_single_takes(store):
    one, two = store.keep_take("me", new(1)), store.keep_take("me", new(2))
    store.delete_take("me", two)
    assert store.take_names("me", [one, one, two, "none"]) == {one: "Take 1"}
    assert store.take_names("you", [one]) == {} == store.take_names("me", [])
    assert store.get_listed("me", one).take_id == one
    assert store.get_listed("me", two) is None is store.get_listed("you", one)


def test_a_deleted_take_is_nowhere_and_its_link_leads_nowhere(store):
    take_id = store.keep_take("me", new(1, tags=("x",)))
    key = store.share_take("me", take_id)
    store.delete_take("me", take_id)
    assert store.list_tags("me") == {} and store.count_takes(None) == 0
    with pytest.raises(LibraryError, match="not in the library"):
        store.get_shared_take(key)
    store.restore_take("me", take_id)
    assert store.get_shared_take(key).listed.tags == ("x",)
    with pytest.raises(LibraryError, match="not in your library"):
        store.restore_take("me", "none")


def test_words_are_cleaned_and_cut(store):
    long = new(1, name=" a\n b " + "n" * 500, remark="r" * 9000, tags=[f"T {n}" for n in range(50)])
    listed = store.get_listed("me", store.keep_take("me", long))
    assert listed.name.startswith("a b nn") and len(listed.name) == MAX_NAME
    assert (len(listed.remark), len(listed.tags)) == (MAX_REMARK, MAX_TAGS)
    assert store.get_listed("me", store.keep_take("me", new(2, name=" "))).name == "Untitled"


def test_longest_oldest_and_no_other_order(store):
    for number, seconds in enumerate((2.0, 9.0, 5.0)):
        store.keep_take("me", new(number, seconds=seconds))
    assert names(store, order="longest") == ["Take 1", "Take 2", "Take 0"]
    assert names(store, order="oldest") == ["Take 0", "Take 1", "Take 2"]
    with pytest.raises(ValueError, match="order"):
        store.list_takes("me", order="loudest")
