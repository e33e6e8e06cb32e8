"""What every store of blobs must do, tried on all that are shipped: another one is a line in `STORES`."""

import threading

import pytest

from musegen.library.blob_store import Blobs, FolderBlobs
from musegen.library.object_blobs import ObjectBlobs
from musegen.library.places import BLOBS_VARIABLE, ChosenBlobs
from tests.object_store import bucket, object_store  # noqa: F401

STORES = ("folder", "objects")


@pytest.fixture(params=STORES)
def opened(request, tmp_path):
    """What opens the store anew, that was empty at first."""
    if request.param == "folder":
        return lambda: FolderBlobs(tmp_path / "blobs")
    address = bucket(request)
    return lambda: ObjectBlobs(address)


def test_every_store_that_is_shipped_is_tried():
    from musegen.library import blobs

    assert {type(blobs)} <= set(Blobs.__subclasses__()) == {FolderBlobs, ObjectBlobs, ChosenBlobs}


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


def test_an_object_store_that_does_not_answer_is_asked_once_and_costs_no_more(monkeypatch, caplog):
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()  # which knows a server that answers
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    blobs = ObjectBlobs("s3://bucket/x")
    blobs.put("a/b", b"x")
    for _ in range(3):
        assert blobs.get("a/b") is None and not blobs.has("a/b")
    s3fs.S3FileSystem.clear_instance_cache()
    assert len([record for record in caplog.records if "is not asked for a while" in record.message]) == 1


def test_one_setting_says_where_they_are(request, tmp_path, monkeypatch):
    chosen = ChosenBlobs()
    chosen.put("a", b"at home")
    monkeypatch.setenv(BLOBS_VARIABLE, str(tmp_path / "folder"))
    chosen.put("a", b"in a folder")
    monkeypatch.setenv(BLOBS_VARIABLE, bucket(request))
    assert chosen.get("a") is None
    chosen.put("a", b"in a bucket")
    assert chosen.get("a") == b"in a bucket" and chosen.has("a")
    monkeypatch.setenv(BLOBS_VARIABLE, str(tmp_path / "folder"))
    assert chosen.get("a") == (tmp_path / "folder" / "a").read_bytes() == b"in a folder"
    monkeypatch.delenv(BLOBS_VARIABLE)
    assert chosen.get("a") == b"at home"
