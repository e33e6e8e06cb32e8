"""Composing in the background: a job with progress that can be stopped, a bounded number of them at once.

Job, ComposeJob, start, start_job, MAX_AT_ONCE. A musician has one job: a newer one stops the one before. Nobody stops
another's.
"""

import logging
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from musegen.errors import CancelledError, CodecError, MusegenError
from musegen.services.compose import compose
from musegen.services.request import ComposeRequest, ComposeResult
from musegen.services.steer import steer
from musegen.services.steer_request import SteerRequest, SteerResult

MAX_AT_ONCE = 2
"""Jobs that compose at the same time; further ones wait for their turn."""

_UNEXPECTED = "Something went wrong while composing; change a setting or the seed and compose again."
_log = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(max_workers=MAX_AT_ONCE, thread_name_prefix="compose")


class Job:
    """Work on its way; what is done is in `_work`, which reports by `_report` and looks at `cancelled`.

    Attributes:
        progress: the share done, 0 to 1.
        error: a sentence where it failed, None otherwise.
    """

    def __init__(self) -> None:
        self.progress = 0.0
        self.error: str | None = None
        self._cancelled = threading.Event()
        self._finished = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    @property
    def finished(self) -> bool:
        """Whether it has ended: with a result, an error, or stopped."""
        return self._finished.is_set()

    def cancel(self) -> None:
        """Ask it to stop; a job that still waits for its turn never starts."""
        self._cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so many seconds; return whether it has ended."""
        return self._finished.wait(seconds)

    def _report(self, share: float) -> None:
        self.progress = min(max(float(share), self.progress), 1.0)

    def _work(self) -> None:
        raise NotImplementedError

    def _failed(self, error: MusegenError) -> None:
        self.error = str(error)

    def _words(self) -> str:
        """Return what was asked for, without the musician's music, for the log."""
        return type(self).__name__

    def _run(self) -> None:
        try:
            if not self.cancelled:
                self._work()
        except CancelledError:
            self._cancelled.set()
        except MusegenError as error:
            self._failed(error)
        except Exception:  # a thread has nobody above it: the log gets the details, the musician a sentence
            _log.exception("composing failed: %s", self._words())
            self.error = _UNEXPECTED
        finally:
            self._finished.set()


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
    _pool.submit(job._run)
