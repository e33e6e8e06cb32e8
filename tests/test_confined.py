"""Strangers' files: read in a process that can be ended, and never more than one sentence when they are damaged."""

import io
import subprocess
import sys

import pytest

from benchmarks.mutated_files import ABC, mutations
from musegen import files
from musegen.errors import FileFormatError
from musegen.files import abc, confined
from musegen.files.confined import ConfinedReader

WORKER = """
from musegen import files
from musegen.files import confined

honest = files.read_with_remarks

def reader(name, data):
    while name == "endless.abc":
        pass
    if name == "greedy.abc":
        bytearray(2**34)
    if name == "chatty.abc":
        print("what a library prints")
    return honest("tune.abc", data)

files.read_with_remarks = reader
confined.serve()
"""


@pytest.fixture(scope="module")
def worker():
    reader = ConfinedReader((sys.executable, "-c", WORKER))
    yield reader
    reader.close()


def test_a_file_reads_the_same_in_a_process_of_its_own(worker):
    assert worker.read("tune.abc", ABC, 60) == files.read_with_remarks("tune.abc", ABC)


def test_what_a_library_prints_does_not_disturb(worker):
    assert worker.read("chatty.abc", ABC, 60).piece.num_notes == worker.read("tune.abc", ABC, 60).piece.num_notes


def test_the_sentence_for_a_file_comes_through(worker):
    with pytest.raises(FileFormatError) as here:
        files.read_with_remarks("tune.abc", b"X:1\nK:C\n")
    with pytest.raises(FileFormatError) as there:
        worker.read("tune.abc", b"X:1\nK:C\n", 60)
    assert str(there.value) == str(here.value)


def test_a_process_whose_asker_was_killed_meanwhile_ends_in_silence():
    question = io.BytesIO()
    confined._send(question, ("tune.abc", ABC, 60))
    reader = subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)  # fmt: skip
    reader.stdout.close()  # nobody hears the answer
    said = reader.communicate(question.getvalue(), timeout=60)[1]
    assert (reader.returncode, said) == (0, b"")


def test_a_file_that_never_ends_is_ended_and_the_next_is_read(worker):
    with pytest.raises(FileFormatError, match="takes too long"):
        worker.read("endless.abc", ABC, 1)
    assert worker.read("tune.abc", ABC, 60).piece.num_notes > 10


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits the memory of a process")
def test_a_file_that_takes_all_memory_is_refused(worker):
    with pytest.raises(FileFormatError):
        worker.read("greedy.abc", ABC, 60)


def test_a_program_confines_only_where_it_was_asked_to(monkeypatch):
    from musegen.services import program as module

    seen = []

    class Stub(ConfinedReader):
        def _take(self):
            seen.append("a process")
            raise OSError

    monkeypatch.setattr(module, "ConfinedReader", Stub)
    program = module.Program()
    assert program.read("tune.abc", ABC) == files.read_with_remarks("tune.abc", ABC)
    program.confine()
    assert program.read("typed.txt", b"C4 D4") == files.read_with_remarks("typed.txt", b"C4 D4")
    assert not seen
    with pytest.raises(OSError):
        program.read("tune.abc", ABC)
    assert seen == ["a process"]


def test_larger_files_may_take_longer():
    assert confined.processor_seconds(200) < 10 < confined.processor_seconds(2**20) < 60


@pytest.mark.parametrize("trouble", [ZeroDivisionError("1/0"), OverflowError("inf"), RecursionError(), KeyError("x")])
def test_whatever_a_reader_raises_is_the_sentence_for_a_damaged_file(monkeypatch, caplog, trouble):
    def broken(text):
        raise trouble

    monkeypatch.setattr(abc, "read_abc_with_remarks", broken)
    with pytest.raises(FileFormatError, match="ABC file is damaged"):
        files.read("tune.abc", ABC)
    assert type(trouble).__name__ in caplog.text


def test_a_missing_library_is_no_fault_of_the_file(monkeypatch):
    def broken(text):
        raise ModuleNotFoundError("no reader")

    monkeypatch.setattr(abc, "read_abc_with_remarks", broken)
    with pytest.raises(ModuleNotFoundError):
        files.read("tune.abc", ABC)


def test_damaged_files_are_music_or_a_sentence():
    """A few of what `benchmarks.mutated_files` tries by thousands."""
    refused = 0
    CONFINED.read("tune.abc", ABC, 60)
    for name, data in mutations(24, 17):
        try:
            assert CONFINED.read(name, data, 1).piece.num_notes > 0
        except FileFormatError as error:
            refused += 1
            assert "\n" not in str(error) and str(error).endswith(".")
    assert 0 < refused < 24


CONFINED = ConfinedReader()


@pytest.fixture(scope="module", autouse=True)
def _ended():
    yield
    CONFINED.close()
