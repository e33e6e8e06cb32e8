"""What every store of blobs must do, tried on all that are shipped: another one is a line in `STORES`."""

import threading

import pytest

from musegen.library.blob_store import Blobs, FolderBlobs

STORES = {"folder": lambda folder: FolderBlobs(folder / "blobs")}
"""How each store is opened anew, given a folder that is empty at first: two of one folder hold the same blobs."""


@pytest.fixture(params=STORES)
def opened(request, tmp_path):
    return lambda: STORES[request.param](tmp_path)


def test_every_store_that_is_shipped_is_tried():
    from musegen.library import blobs

    assert {type(blobs)} <= set(Blobs.__subclasses__()) == {FolderBlobs}


def test_what_is_put_is_there_for_all(opened):
    blobs = opened()
    assert blobs.get("sounds/1/p0-5.ogg.pack") is None and not blobs.has("sounds/1/p0-5.ogg.pack")
    for data in (b"one", b"", bytes(range(256)) * 4000):
        blobs.put("sounds/1/p0-5.ogg.pack", data)
        assert opened().has("sounds/1/p0-5.ogg.pack")
        assert opened().get("sounds/1/p0-5.ogg.pack") == data
    assert blobs.get("sounds/1/p0-6.ogg.pack") is None
    assert blobs.get("sounds/1") is None and not blobs.has("sounds/1")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../x", "a//b", "a/", ".x", "a/.x", "a b", "a\\b", "ä"])
def test_a_name_that_could_lead_elsewhere_is_refused(opened, name):
    blobs = opened()
    for use in (blobs.get, blobs.has, lambda name: blobs.put(name, b"")):
        with pytest.raises(ValueError, match="not the name of a blob"):
            use(name)


def test_nobody_gets_half_of_what_was_put(opened):
    contents = [bytes([n]) * 200_000 for n in range(4)]
    opened().put("a", contents[0])
    got, stop = set(), threading.Event()

    def read():
        blobs = opened()
        while not stop.is_set():
            got.add(blobs.get("a"))

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=lambda d=d: [opened().put("a", d) for _ in range(20)]) for d in contents]
    [thread.start() for thread in writers]
    [thread.join() for thread in writers]
    stop.set()
    reader.join()
    assert got and got <= set(contents)


def test_a_folder_that_cannot_be_is_no_error(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    blobs = FolderBlobs(tmp_path / "file" / "blobs")
    blobs.put("a/b", b"x")
    blobs.put("a/c", b"x")
    assert blobs.get("a/b") is None and not blobs.has("a/b")
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_nothing_is_left_of_what_could_not_be_put(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.replace", lambda *names: (_ for _ in ()).throw(OSError("full")))
    FolderBlobs(tmp_path).put("a/b", b"x")
    assert list((tmp_path / "a").iterdir()) == []
