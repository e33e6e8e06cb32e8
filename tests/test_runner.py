"""Jobs wait in turns that are fair to all, know their place, and are refused in a sentence when too many wait."""

import threading

import pytest

from musegen.services.making.background import Job
from musegen.services.making.runner import ThreadRunner


class Gated(Job):
    """A job that notes when it begins and ends when its gate opens."""

    def __init__(self, name, order, gate):
        super().__init__()
        self.name, self.order, self.gate, self.begun = name, order, gate, threading.Event()

    def _work(self):
        self.order.append(self.name)
        self.begun.set()
        assert self.gate.wait(10)


@pytest.fixture
def gate():
    opened = threading.Event()
    yield opened
    opened.set()


def queue(runner, gate, names, order):
    """Have the first job run, so that the others wait; return all. A name begins with its owner."""
    jobs = [Gated(name, order, gate) for name in names]
    for index, job in enumerate(jobs):
        runner.submit(job, job.name[0])
        if index == 0:
            assert job.begun.wait(10)
    return jobs


def test_owners_take_turns_and_everybody_knows_the_place(gate):
    order = []
    jobs = queue(ThreadRunner(1, "test"), gate, ["x", "a1", "a2", "a3", "b1", "c1", "b2"], order)
    expected = ["x", "a1", "b1", "c1", "a2", "b2", "a3"]
    places = {job.name: job.waits for job in jobs[1:]}
    assert places == {name: index for index, name in enumerate(expected[1:])}
    gate.set()
    assert all(job.wait(10) for job in jobs)
    assert order == expected
    assert {job.waits for job in jobs} == {0}


def test_too_many_are_refused_and_stopped_ones_make_room(gate):
    runner, order = ThreadRunner(1, "test", max_waiting=2), []
    jobs = queue(runner, gate, ["x", "a", "b", "c"], order)
    assert jobs[3].finished and jobs[3].error.endswith(".")
    assert [job.error for job in jobs[:3]] == [None] * 3
    jobs[1].cancel()
    later = Gated("d", order, gate)
    runner.submit(later, "d")
    assert later.error is None and later.waits == 1
    assert jobs[1].finished  # it need not wait for its turn to end
    gate.set()
    assert jobs[2].wait(10) and later.wait(10)
    assert order == ["x", "b", "d"]


def test_one_owner_does_not_fill_the_places_of_all(gate):
    runner, order = ThreadRunner(1, "test", max_of_owner=2), []
    jobs = queue(runner, gate, ["x", "a1", "a2", "a3", "b1"], order)
    assert [job.error is None for job in jobs] == [True, True, True, False, True]
    assert jobs[3].finished and jobs[3].error.endswith(".")
    gate.set()
    assert jobs[2].wait(10)
    again = Gated("a4", order, gate)
    runner.submit(again, "a")
    assert again.wait(10) and again.error is None


def test_so_many_run_at_once_as_there_are_threads(gate):
    runner, order = ThreadRunner(3, "test"), []
    jobs = [Gated(name, order, gate) for name in "abcd"]
    for job in jobs:
        runner.submit(job, job.name)
    assert all(job.begun.wait(10) for job in jobs[:3])
    assert not jobs[3].begun.wait(0.1) and jobs[3].waits == 0
    gate.set()
    assert all(job.wait(10) for job in jobs)


def test_a_thread_goes_on_after_a_job_that_fails():
    class Broken(Job):
        def _work(self):
            raise ZeroDivisionError

    runner, broken, next_one = ThreadRunner(1, "test"), Broken(), Gated("a", [], threading.Event())
    next_one.gate.set()
    for job in (broken, next_one):
        runner.submit(job, "a")
    assert broken.wait(10) and next_one.wait(10)
    assert broken.error == Job.unexpected and next_one.error is None
