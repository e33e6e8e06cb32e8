"""Composing in the background: a job with progress that can be stopped, a bounded number of them at once.

ComposeJob, ComposeQueue, MAX_AT_ONCE. A musician has one job: a newer one stops the one before. Nobody stops
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


class ComposeJob(Job):
    """One request on its way. Made by `ComposeQueue.start`.

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

    def is_for(self, request: ComposeRequest | SteerRequest) -> bool:
        """Return whether it gives, or has given, what is asked for; not so where it was stopped or failed."""
        return self.request == request and not self.cancelled and self.error is None

    def _work(self) -> None:
        result: ComposeResult | SteerResult
        if isinstance(self.request, SteerRequest):
            result = self._have_done(steer, self.request)
        else:
            result = self._have_done(compose, self.request)
        self.result = None if self.cancelled else result

    def _failed(self, error: MusegenError) -> None:
        self.error, self.error_is_about_seed = str(error), isinstance(error, CodecError)

    def _words(self) -> str:
        request = self.request
        return f"{request.style_id}, {request.action if isinstance(request, SteerRequest) else request.mode}"


class ComposeQueue:
    """What is composed for all musicians, each of whom has one job of a kind.

    Args:
        runner: where the jobs run; threads of this process by default.
    """

    def __init__(self, runner: Runner | None = None) -> None:
        self._runner = runner or ThreadRunner(MAX_AT_ONCE, "compose")
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def start(self, request: ComposeRequest | SteerRequest, owner: str) -> ComposeJob:
        """Start composing and return at once.

        Args:
            request: what to compose.
            owner: whose job it is, for example the id of a browser session; the owner's job before it is stopped,
                unless it is for the very same request: then it is returned, under way or done.
        """
        with self._lock:
            before = self._jobs.get(f"{owner}/")
        if isinstance(before, ComposeJob) and before.is_for(request):
            return before
        job = ComposeJob(request)
        self.submit(job, owner)
        return job

    def submit(self, job: Job, owner: str, kind: str = "") -> None:
        """Start a job, stop the owner's job of this kind before it, and return at once."""
        with self._lock:
            before = self._jobs.get(f"{owner}/{kind}")
            self._jobs[f"{owner}/{kind}"] = job
        if before is not None:
            before.cancel()
        self._runner.submit(job, owner)  # one turn for all that a musician asks for
