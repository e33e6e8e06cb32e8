"""Fetching: where it looks, what it verifies, what it leaves behind, what it says."""

import hashlib
import pkgutil
import subprocess
import sys
from dataclasses import replace

import pytest

from musegen import corpora
from musegen.corpora import Dataset, RemoteFile, base, fetch, get_dataset, jsb_chorales, list_datasets
from musegen.errors import DatasetError

CONTENT = b"X:1\nT:Tune\nK:D\nDEFG|\n" * 20_000  # several chunks


@pytest.fixture
def published(tmp_path):
    """A corpus of two files, one in a folder, published on this disk."""
    files = []
    for name, content in (("a.abc", CONTENT), ("more/b.abc", b"K:G\n")):
        source = tmp_path / "published" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(content)
        files.append(RemoteFile(source.as_uri(), hashlib.sha256(content).hexdigest(), name, len(content)))
    return Dataset("tunes", "Tunes", "https://example.org", tuple(files), "CC0", "Anon.")


def files_under(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture(autouse=True)
def no_local_data(monkeypatch):
    monkeypatch.delenv("MUSEGEN_DATA", raising=False)


def test_download_verifies_keeps_and_reports(published, musegen_home):
    seen = []
    folder = fetch(published, lambda done, total: seen.append((done, total)))
    assert folder == musegen_home / "data" / "tunes"
    assert files_under(folder) == ["a.abc", "more/b.abc"]
    assert (folder / "a.abc").read_bytes() == CONTENT
    total = len(CONTENT) + 4
    assert seen == sorted(seen)
    assert len(seen) > 2
    assert seen[-1] == (total, total)


def test_second_fetch_reads_nothing_from_the_network(published, monkeypatch):
    folder = fetch(published)

    def refuse(*args, **kwargs):
        raise AssertionError("went to the network")

    monkeypatch.setattr(base.urllib.request, "urlopen", refuse)
    assert fetch(published) == folder


def test_local_data_comes_first(published, tmp_path, monkeypatch, musegen_home):
    local = tmp_path / "local" / "tunes"
    (local / "more").mkdir(parents=True)
    (local / "a.abc").write_bytes(CONTENT)
    (local / "more" / "b.abc").write_bytes(b"K:G\n")
    monkeypatch.setenv("MUSEGEN_DATA", str(tmp_path / "local"))
    assert fetch(published) == local
    assert not (musegen_home / "data").exists()


def test_incomplete_local_data_falls_back_to_download(published, tmp_path, monkeypatch, musegen_home):
    (tmp_path / "local" / "tunes").mkdir(parents=True)
    monkeypatch.setenv("MUSEGEN_DATA", str(tmp_path / "local"))
    assert fetch(published) == musegen_home / "data" / "tunes"


def test_wrong_download_names_both_sums_and_leaves_no_file(published, musegen_home):
    wrong = replace(published, files=(replace(published.files[0], sha256="0" * 64),))
    with pytest.raises(DatasetError) as caught:
        fetch(wrong)
    assert "0" * 64 in str(caught.value)
    assert hashlib.sha256(CONTENT).hexdigest() in str(caught.value)
    assert files_under(musegen_home) == []


@pytest.mark.parametrize("damage", [b"", b"K:A\n"])
def test_damaged_cache_is_found_out(published, damage):
    folder = fetch(published)
    (folder / "more" / "b.abc").write_bytes(damage)
    with pytest.raises(DatasetError, match=hashlib.sha256(damage).hexdigest()):
        fetch(published)


def test_no_network_says_what_to_do(published, tmp_path, musegen_home):
    gone = replace(published.files[0], url=(tmp_path / "absent.abc").as_uri())
    with pytest.raises(DatasetError, match="Connect to the internet.*folder tunes and set MUSEGEN_DATA"):
        fetch(replace(published, files=(gone,)))
    assert files_under(musegen_home) == []


def test_stopping_while_downloading_leaves_no_file(published, musegen_home):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(published, stop)
    assert files_under(musegen_home) == []


@pytest.mark.parametrize("path", ["", "../x", "/etc/x", "a/../../x"])
def test_a_file_stays_inside_its_folder(path):
    with pytest.raises(ValueError, match="path must stay inside"):
        RemoteFile("https://example.org/x", "0" * 64, path, 1)


@pytest.mark.parametrize("sha256", ["", "0" * 63, "G" * 64, "A" * 64])
def test_a_checksum_is_a_checksum(sha256):
    with pytest.raises(ValueError, match="sha256"):
        RemoteFile("https://example.org/x", sha256, "x", 1)


def test_the_list_of_corpora_is_the_same_whatever_was_imported_before():
    ask = "import sys; from musegen.corpora import list_datasets; print(*list_datasets())"
    every = [f"musegen.corpora.{module.name}" for module in pkgutil.iter_modules(corpora.__path__)]
    first, after = (
        subprocess.run([sys.executable, "-c", "\n".join([*imports, ask])], capture_output=True, text=True, check=True)
        for imports in ((), [f"import {name}" for name in every])
    )
    assert first.stdout == after.stdout
    assert first.stdout.split() == list_datasets()
    for name in list_datasets():
        assert get_dataset(name).name == name


def test_registry():
    assert "jsb-chorales" in list_datasets()
    assert get_dataset("jsb-chorales") is jsb_chorales.JSB_CHORALES
    with pytest.raises(DatasetError, match='no corpus called "jsb".*jsb-chorales'):
        get_dataset("jsb")
    with pytest.raises(ValueError, match="two corpora"):
        base.register(replace(jsb_chorales.JSB_CHORALES, title="Another"))
