"""Takes out of the library as a zip and back in: nothing is lost, and no damaged zip ends in a traceback."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from musegen.composers.request import ComposeRequest
from musegen.errors import FileFormatError, LibraryError
from musegen.library import library
from musegen.library.takes import NewTake
from musegen.services.keeping import library as keeping
from musegen.services.making.recipe import Recipe, recipe_text
from tests.builders import piece


def new(number=0, **said):
    music = piece([(60 + number, 0, 1), (64, 1, 1)], key="G major", title=f"Tune {number}")
    return NewTake(music, (frozenset({0}),), **{"name": f"Tune {number}", "style_id": "folk", **said})


def index_of(data):
    return json.loads(zipfile.ZipFile(io.BytesIO(data)).read(keeping.INDEX))


def zip_of(body):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(keeping.INDEX, body if isinstance(body, str) else json.dumps(body))
    return target.getvalue()


def exported():
    return keeping.export_zip("them", [library.keep_take("them", new(1, tags=("x",), rating=3, remark="good"))])


def test_dates_and_what_was_made_from_what_come_back():
    days = [datetime(2020, 2, day, 12, 30, 15, 123456, UTC) for day in (1, 2, 3)]
    parent = library.keep_take("them", new(1, kept_at=days[0]))
    child = library.keep_take("them", new(2, kept_at=days[1], parent_id=parent))
    alone = library.keep_take("them", new(3, kept_at=days[2], parent_id="not-exported"))
    data = keeping.export_zip("them", [child, alone, parent])
    ids = keeping.import_zip("me", data)
    assert not set(ids) & {parent, child, alone}
    mine = {take.take_id: take for take in library.list_takes("me")}
    assert [(mine[i].name, mine[i].kept_at, mine[i].parent_id) for i in ids] == [
        ("Tune 2", days[1], ids[2]),
        ("Tune 3", days[2], None),
        ("Tune 1", days[0], None),
    ]
    assert keeping.import_zip("me", data) == ids
    assert {take.take_id: take for take in library.list_takes("me")} == mine
    assert keeping.import_zip("them", data) == [child, alone, parent]
    kept = {take.take_id: take.parent_id for take in library.list_takes("them")}
    assert kept == {parent: None, child: parent, alone: "not-exported"}


def test_a_child_whose_parent_is_here_finds_it_without_the_parent_in_the_zip():
    parent = library.keep_take("me", new(1))
    child = library.keep_take("me", new(2, parent_id=parent))
    body = index_of(keeping.export_zip("me", [child]))
    body["takes"][0]["recipe"] = recipe_text(Recipe(ComposeRequest("folk", "invent"), 0, "0" * 64))  # another take
    (copy,) = keeping.import_zip("me", zip_of(body))
    assert copy != child and library.get_listed("me", copy).parent_id == parent
    (strange,) = keeping.import_zip("you", zip_of(body))
    assert library.get_listed("you", strange).parent_id is None


def test_a_zip_of_an_older_musegen_and_a_date_to_come_are_taken_in():
    body = index_of(exported())
    for name in ("id", "parent", "kept_at"):
        del body["takes"][0][name]
    before = datetime.now(UTC)
    (first,) = keeping.import_zip("me", zip_of(body))
    body["takes"][0]["kept_at"] = (before + timedelta(days=900)).isoformat()
    (second,) = keeping.import_zip("you", zip_of(body))
    for owner, take_id in (("me", first), ("you", second)):
        assert before <= library.get_listed(owner, take_id).kept_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rating", float("inf")),
        ("rating", float("nan")),
        ("rating", "3"),
        ("given", [[float("inf")]]),
        ("given", [["0"]]),
        ("given", [0]),
        ("music", {"tracks": [{"notes": [[10**400, 60]]}]}),
        ("music", {"title": 5, "tracks": [{"notes": [[0, 60]]}]}),
        ("music", {"title": "\ud800", "tracks": [{"notes": [[0, 60]]}]}),
        ("name", "\ud800"),
        ("name", 5),
        ("remark", "\udfff"),
        ("made_from", "\ud800"),
        ("style_id", "\ud800"),
        ("tags", ["\ud800"]),
        ("tags", 5),
        ("id", ["a"]),
        ("parent", "\ud800"),
        ("kept_at", "yesterday"),
        ("kept_at", "2020-02-01T12:30:15"),
        ("kept_at", "0001-01-01T00:00:00+23:00"),
        ("kept_at", 1_600_000_000),
        ("recipe", 7),
        ("recipe", "\ud800"),
    ],
)
def test_a_damaged_take_is_refused_in_a_sentence_and_nothing_is_kept(name, value):
    body = index_of(exported())
    body["takes"].append(body["takes"][0] | {name: value})
    with pytest.raises(FileFormatError) as error:
        keeping.import_zip("me", zip_of(body))
    assert str(error.value).endswith(".")
    assert library.list_takes("me") == []


def damaged(change):
    """A zip with the bytes of its index, and those of its headers, changed."""
    data = bytearray(zip_of(index_of(exported())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(keeping.INDEX)
    change(data, info.header_offset + 30 + len(info.filename), data.index(b"PK\x01\x02"))
    return bytes(data)


def broken_stream(data, body, directory):
    data[body : body + 8] = b"\xff" * 8


def locked(data, body, directory):
    data[6] |= 1  # "encrypted" in the local header and in the directory
    data[directory + 8] |= 1


def packed_with(method):
    def change(data, body, directory):
        data[8] = data[directory + 10] = method

    return change


@pytest.mark.parametrize("change", [broken_stream, locked, packed_with(12), packed_with(14), packed_with(97)])
def test_a_zip_that_cannot_be_unpacked_is_refused_in_a_sentence(change):
    with pytest.raises(FileFormatError, match="not a zip of takes"):
        keeping.import_zip("me", damaged(change))


def test_an_index_of_nothing_but_brackets_is_refused():
    with pytest.raises(FileFormatError, match="not a zip of takes"):
        keeping.import_zip("me", zip_of("[" * 100_000))


def test_what_is_exported_is_never_more_than_can_be_imported(monkeypatch):
    ids = [library.keep_take("them", new(number)) for number in range(4)]
    data = keeping.export_zip("them", ids)
    size = zipfile.ZipFile(io.BytesIO(data)).getinfo(keeping.INDEX).file_size
    assert b"\n" not in zipfile.ZipFile(io.BytesIO(data)).read(keeping.INDEX)
    monkeypatch.setattr(keeping, "MAX_INDEX_BYTES", size + 8)
    assert len(keeping.import_zip("me", keeping.export_zip("them", ids))) == 4
    monkeypatch.setattr(keeping, "MAX_INDEX_BYTES", size - 1)
    with pytest.raises(LibraryError, match="in parts"):
        keeping.export_zip("them", ids)
    with pytest.raises(FileFormatError, match="in parts"):
        keeping.import_zip("you", data)


def test_the_index_that_is_read_is_of_a_size_that_memory_holds():
    with pytest.raises(FileFormatError, match="in parts"):
        keeping.import_zip("me", zip_of("[" + " " * (64 * 2**20) + "]"))
