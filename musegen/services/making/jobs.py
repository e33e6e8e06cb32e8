"""Composing in the background: a job with progress that can be stopped, a bounded number of them at once.

ComposeJob, start, start_job, MAX_AT_ONCE. A musician has one job: a newer one stops the one before. Nobody stops
another's.
"""

import threading
import weakref

from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import CodecError, MusegenError
from musegen.services.making.background import Job
from musegen.services.making.compose import compose
from musegen.services.making.runner import Runner, ThreadRunner
from musegen.services.making.steer import steer

MAX_AT_ONCE = 2
"""Jobs that compose at the same time; further ones wait for their turn."""

_runner: Runner = ThreadRunner(MAX_AT_ONCE, "compose")


class ComposeJob(Job):
    """One request on its way. Made by `start`.

    Attributes:
        request: what is composed.
        result: what came out, None until then.
        error_is_about_seed: whether it failed because of the seed.
    """

    def __init__(self, request: ComposeRequest | SteerRequest) -> None:
        super().__init__()
        self.request = request
        self.result: ComposeResult | SteerResult | None = None
        self.error_is_about_seed = False

    def _work(self) -> None:
        make = steer if isinstance(self.request, SteerRequest) else compose
        result = make(self.request, progress=self._report, cancelled=self._cancelled.is_set)
        self.result = None if self.cancelled else result

    def _failed(self, error: MusegenError) -> None:
        self.error, self.error_is_about_seed = str(error), isinstance(error, CodecError)

    def _words(self) -> str:
        request = self.request
        return f"{request.style_id}, {request.action if isinstance(request, SteerRequest) else request.mode}"


_jobs: "weakref.WeakValueDictionary[str, Job]" = weakref.WeakValueDictionary()
_lock = threading.Lock()


def start(request: ComposeRequest | SteerRequest, owner: str) -> ComposeJob:
    """Start composing and return at once.

    Args:
        request: what to compose.
        owner: whose job it is, for example the id of a browser session; the owner's job before this is stopped.
    """
    job = ComposeJob(request)
    start_job(job, owner)
    return job


def start_job(job: Job, owner: str) -> None:
    """Start a job, stop the owner's job before it, and return at once."""
    with _lock:
        before = _jobs.get(owner)
        _jobs[owner] = job
    if before is not None:
        before.cancel()
    _runner.submit(job, owner.partition("/")[0])  # one turn for all that a musician asks for
