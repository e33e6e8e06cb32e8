"""Composing in the background: progress, stopping, one job for each musician, a bounded number at once."""

import threading

import pytest

from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.composers.steer_request import SteerRequest
from musegen.errors import CancelledError, StyleError
from musegen.services.making import jobs
from tests.builders import piece


class Composer:
    """Stands in for `compose`: each job runs until its temperature is let go, or it is stopped."""

    def __init__(self):
        self.running, self.most, self.lock = 0, 0, threading.Lock()
        self.gates = {}
        self.started = []

    def gate(self, request):
        return self.gates.setdefault(request.random_seed, threading.Event())

    def __call__(self, request, *, progress, cancelled):
        with self.lock:
            self.started.append(request.random_seed)
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            progress(0.5)
            for _ in range(1000):
                if self.gate(request).wait(0.005):
                    return ComposeResult(request, ())
                if cancelled():
                    raise CancelledError("Stopped.")
            raise AssertionError("nobody let this job go on")
        finally:
            with self.lock:
                self.running -= 1


def request(number):
    return ComposeRequest("folk", "invent", random_seed=number)


@pytest.fixture
def composer(monkeypatch):
    made = Composer()
    monkeypatch.setattr(jobs, "compose", made)
    return made


@pytest.fixture
def queue():
    return jobs.ComposeQueue()


def test_a_job_gives_its_result_and_its_progress(composer, queue):
    job = queue.start(request(1), "ann")
    assert not job.wait(0.05)
    assert (job.progress, job.result, job.finished) == (0.5, None, False)
    composer.gate(request(1)).set()
    assert job.wait(5)
    assert job.result.request == request(1)
    assert job.error is None


def test_a_newer_job_stops_the_one_before_of_the_same_musician_only(composer, queue):
    hers, his = queue.start(request(1), "ann"), queue.start(request(2), "bob")
    newer = queue.start(request(3), "ann")
    assert hers.wait(5)
    assert hers.cancelled and hers.result is None and hers.error is None
    assert not his.cancelled
    for number in (2, 3):
        composer.gate(request(number)).set()
    assert his.wait(5) and newer.wait(5)
    assert his.result and newer.result


def test_a_bounded_number_composes_at_once_and_who_waits_can_be_stopped(composer, queue):
    started = [queue.start(request(n), f"musician {n}") for n in range(jobs.MAX_AT_ONCE + 2)]
    started[-1].cancel()
    for n in range(len(started)):
        composer.gate(request(n)).set()
    assert all(job.wait(5) for job in started)
    assert composer.most <= jobs.MAX_AT_ONCE
    assert len(started) - 1 not in composer.started
    assert started[-1].result is None


def test_an_error_is_a_sentence(monkeypatch, queue):
    def refuse(request, **_):
        raise StyleError("There is no such style.")

    monkeypatch.setattr(jobs, "compose", refuse)
    job = queue.start(request(1), "ann")
    assert job.wait(5)
    assert (job.error, job.result) == ("There is no such style.", None)


def test_a_defect_is_logged_and_still_a_sentence(monkeypatch, caplog, queue):
    monkeypatch.setattr(jobs, "compose", lambda request, **_: 1 / 0)
    monkeypatch.setattr(jobs, "steer", lambda request, **_: 1 / 0)
    mine = piece([(61, 0, 1)], title="My secret tune")
    for asked, said in (
        (ComposeRequest("folk", "continue", primer=mine, random_seed=8_642_086), "folk, continue"),
        (SteerRequest("folk", "vary", mine, random_seed=8_642_086), "folk, vary"),
    ):
        caplog.clear()
        job = queue.start(asked, "ann")
        assert job.wait(5)
        assert "ZeroDivision" not in job.error and job.error.endswith(".")
        assert "ZeroDivisionError" in caplog.text and said in caplog.text
        assert not any(word in caplog.text for word in ("secret", "Note(", "8642086"))
