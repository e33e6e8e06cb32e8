"""Tables of a class and their galleries: what every store of them must do, what lies on one, what a zip of it says."""

import csv
import io
import json
import threading
import zipfile
from dataclasses import replace

import pytest

from musegen.composers.request import ComposeRequest
from musegen.errors import FileFormatError, LibraryError, StyleError
from musegen.files.midi import read_midi
from musegen.files.musicxml.colour import blue
from musegen.files.musicxml.write import musicxml_text
from musegen.library import library, tables
from musegen.library.sql_store import SqlStore
from musegen.library.sql_tables import SqlTables
from musegen.library.table_store import MAX_BY_ONE, MAX_FIRST_NAME, Tables
from musegen.services.seeds.seed import seed_from_text
from musegen.services.tables.gallery import LIST, gallery_zip
from musegen.services.tables.setting import Setting, read_setting, set_table, setting_text, title_of, within
from tests.test_library import new

PIECE = seed_from_text("key: G major\nG4 B4 D5:2 | E5 D5 B4:2").piece
REQUEST = ComposeRequest("bach-chorales", mode="harmonise", primer=PIECE, temperature=0.8, key_strength=1.0)
SETTING = Setting("Chorale", "Harmonise this; stay in G.", REQUEST, frozenset({"sliders", "steer"}))


@pytest.fixture
def opened(database):
    """What opens the tables anew, with the takes that their galleries are in."""
    return lambda: (SqlTables(database()), SqlStore(database()))


def test_every_store_that_is_shipped_is_tried():
    assert {type(tables)} <= set(Tables.__subclasses__()) == {SqlTables}


def test_a_table_is_found_by_each_of_its_keys_and_by_no_other(opened):
    table = opened()[0].set_table("teacher", "body")
    store = opened()[0]
    assert store.get_table(table.table_id) == store.get_by_gallery(table.gallery_key) == table
    assert len(table.gallery_key) >= 32 and table.table_id not in table.gallery_key
    for wrong in (table.gallery_key, "", "x"):
        with pytest.raises(LibraryError, match="no table"):
            store.get_table(wrong)
    with pytest.raises(LibraryError, match="no gallery"):
        store.handed_in(table.table_id)
    later = store.set_table("teacher", "later")
    assert [t.table_id for t in store.list_tables("teacher")] == [later.table_id, table.table_id]
    assert store.list_tables("pupil") == []


def test_what_is_handed_in_is_seen_by_who_set_the_table_alone(opened):
    store, takes = opened()
    table = store.set_table("teacher", "")
    first = store.hand_in(table.table_id, "pupil 1", "  Zoë \n", new(1))
    second = store.hand_in(table.table_id, "pupil 2", "anna", new(2))
    third = store.hand_in(table.table_id, "pupil 2", "anna", new(3))
    handed = opened()[0].handed_in(table.gallery_key)
    assert [(one.name, one.take.take_id) for one in handed] == [("anna", second), ("anna", third), ("Zoë", first)]
    assert [one.take.take_id for one in store.handed_by(table.table_id, "pupil 2")] == [second, third]
    assert store.handed_by(table.table_id, "teacher") == []
    assert takes.list_takes("pupil 1") == takes.list_takes("teacher") == []
    assert takes.get_take(table.gallery, first).piece == new(1).piece
    assert store.set_table("teacher", "") and len(store.handed_in(table.gallery_key)) == 3


def test_the_same_take_of_the_same_pupil_is_there_once_and_can_be_taken_back(opened):
    store, takes = opened()
    table = store.set_table("teacher", "")
    take_id = store.hand_in(table.table_id, "pupil 1", "An", new(1))
    assert store.hand_in(table.table_id, "pupil 1", "Ann" + "e" * 99, new(1)) == take_id
    [one] = store.handed_in(table.gallery_key)
    assert one.name == ("Ann" + "e" * 99)[:MAX_FIRST_NAME]
    assert store.hand_in(table.table_id, "pupil 2", "Bo", new(1)) == take_id  # both found the same
    assert len(store.handed_in(table.gallery_key)) == 2
    store.take_back(table.table_id, "pupil 1", take_id)
    assert [one.name for one in store.handed_in(table.gallery_key)] == ["Bo"]
    store.take_back(table.table_id, "pupil 3", take_id)
    assert takes.count_takes(table.gallery) == 1
    store.take_back(table.table_id, "pupil 2", take_id)
    assert takes.count_takes(table.gallery) == 0


def test_nothing_is_handed_in_at_a_table_that_was_withdrawn_and_nothing_is_lost_by_it(opened):
    store, takes = opened()
    table = store.set_table("teacher", "")
    store.hand_in(table.table_id, "pupil", "An", new(1))
    store.withdraw(table.gallery_key)
    assert store.get_table(table.table_id).withdrawn
    with pytest.raises(LibraryError, match="withdrawn"):
        store.hand_in(table.table_id, "pupil", "An", new(2))
    assert len(store.handed_in(table.gallery_key)) == 1
    store.withdraw(table.gallery_key, False)
    store.hand_in(table.table_id, "pupil", "An", new(2))
    store.delete_table(table.gallery_key)
    for lost in (store.handed_in, store.withdraw, store.delete_table):
        with pytest.raises(LibraryError, match="no gallery"):
            lost(table.gallery_key)
    assert takes.count_takes(table.gallery) == 0


def test_a_class_hands_in_at_once_and_nobody_without_measure(opened):
    table = opened()[0].set_table("teacher", "")

    def pupil(number):
        opened()[0].hand_in(table.table_id, f"pupil {number}", f"P{number:02d}", new(number))

    class_of = [threading.Thread(target=pupil, args=(number,)) for number in range(12)]
    [one.start() for one in class_of]
    [one.join() for one in class_of]
    store = opened()[0]
    assert [one.name for one in store.handed_in(table.gallery_key)] == [f"P{number:02d}" for number in range(12)]
    for number in range(MAX_BY_ONE - 1):
        store.hand_in(table.table_id, "pupil 0", "P", new(100 + number))
    with pytest.raises(LibraryError, match=f"handed in {MAX_BY_ONE} takes"):
        store.hand_in(table.table_id, "pupil 0", "P", new(999))


def test_what_lies_on_a_table_comes_back():
    assert read_setting(setting_text(SETTING)) == SETTING
    table = set_table("teacher", SETTING)
    assert read_setting(tables.get_table(table.table_id).body) == SETTING
    assert title_of(table) == "Chorale"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"musegen_table": 2}, FileFormatError, "another version"),
        ({"recipe": "{}"}, FileFormatError, "recipe"),
        ({"may_change": 3}, FileFormatError, "damaged"),
        (None, FileFormatError, "damaged"),
    ],
)
def test_a_table_of_another_version_or_a_damaged_one_is_said(change, error, words):
    body = "[" if change is None else json.dumps(json.loads(setting_text(SETTING)) | change)
    with pytest.raises(error, match=words):
        read_setting(body)
    table = tables.set_table("teacher", body)
    assert title_of(table) == ("A table that cannot be read" if change is None else "Chorale")


def test_a_table_in_a_style_that_is_not_here_is_said():
    text = setting_text(replace(SETTING, request=replace(REQUEST, style_id="no-such-style")))
    with pytest.raises(StyleError, match="no-such-style"):
        read_setting(text)


def test_what_may_not_be_changed_is_as_it_was_set():
    other = seed_from_text("C4 D4 E4 F4").piece
    asked = replace(REQUEST, primer=other, temperature=1.4, key_strength=0.0, random_seed=99, num_takes=8)
    got = within(SETTING, asked)
    assert (got.primer, got.key_strength, got.num_takes) == (PIECE, 1.0, REQUEST.num_takes)
    assert (got.temperature, got.random_seed) == (1.4, 99)
    assert within(replace(SETTING, may_change=frozenset()), asked) == replace(REQUEST, random_seed=99)
    assert within(replace(SETTING, may_change=frozenset({"seed", "style", "sliders", "more"})), asked) == asked
    free_style = replace(SETTING, may_change=frozenset({"style"}))
    folk = ComposeRequest("folk", mode="continue", primer=other, temperature=1.3)
    assert within(free_style, folk) == replace(folk, primer=PIECE)
    assert within(free_style, replace(folk, mode="invent", primer=None)).primer is None
    invented = Setting("Free", "", ComposeRequest("folk", mode="invent"), frozenset())
    assert within(invented, folk).mode == "invent"


def test_the_zip_of_a_gallery_says_whose_each_note_is():
    table = set_table("teacher", SETTING)
    take = replace(new(1), piece=PIECE, given=(frozenset({0, 2}),), name="=Mine", style_id="folk")
    tables.hand_in(table.table_id, "pupil", "<b>Zoë</b>", take)
    with zipfile.ZipFile(io.BytesIO(gallery_zip(table.gallery_key))) as archive:
        names = archive.namelist()
        listed = list(csv.DictReader(io.StringIO(archive.read(LIST).decode("utf-8-sig"))))
        [notes] = [archive.read(name).decode("utf-8-sig") for name in names if name.endswith("notes.csv")]
        [sheet] = [archive.read(name).decode() for name in names if name.endswith(".musicxml")]
        [midi] = [read_midi(archive.read(name)) for name in names if name.endswith(".mid")]
        [pdf] = [archive.read(name) for name in names if name.endswith(".pdf")]
        assert "Harmonise this" in archive.read("task.txt").decode()
    assert [(row["first name"], row["title"]) for row in listed] == [("<b>Zoë</b>", "'=Mine")]
    assert (listed[0]["notes of the pupil"], listed[0]["notes of the network"]) == ("2", "4")
    whose = [row["Whose"] for row in csv.DictReader(io.StringIO(notes))]
    assert whose == ["pupil", "network", "pupil", "network", "network", "network"]
    assert sheet.count('color="#1F6FC0"') == 2
    assert pdf.startswith(b"%PDF")
    by_track = {track.name: [note.pitch for note in track.notes] for track in midi.tracks}
    [first, *others] = PIECE.tracks
    assert by_track == {
        "Track 1 (pupil)": [first.notes[0].pitch, first.notes[2].pitch],
        "Track 1 (network)": [note.pitch for i, note in enumerate(first.notes) if i not in (0, 2)],
        **{f"Track {i} (network)": [note.pitch for note in track.notes] for i, track in enumerate(others, 2)},
    }
    assert not any("/" in name or "<" in name for name in names)
    assert library.count_takes("pupil") == 0


def test_notes_are_blue_where_they_are_the_musicians_own_and_nowhere_else():
    text = blue(musicxml_text(PIECE), {(0, 1)})
    assert text.count("color=") == 1 and '<note id="n0-1" color="#1F6FC0"' in text
    assert "color=" not in blue(musicxml_text(PIECE), ())
