"""Composing in the background: a job with progress that can be stopped, a bounded number of them at once.

ComposeJob, start, MAX_AT_ONCE. A musician has one job: a newer one stops the one before. Nobody stops another's.
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


class ComposeJob:
    """One request on its way. Made by `start`.

    Attributes:
        request: what is composed.
        progress: the share done, 0 to 1.
        result: what came out, None until then.
        error: a sentence where it failed, None otherwise.
        error_is_about_seed: whether it failed because of the seed.
    """

    def __init__(self, request: ComposeRequest | SteerRequest) -> None:
        self.request = request
        self.progress = 0.0
        self.result: ComposeResult | SteerResult | None = None
        self.error: str | None = None
        self.error_is_about_seed = False
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

    def _run(self) -> None:
        try:
            if not self.cancelled:
                make = steer if isinstance(self.request, SteerRequest) else compose
                result = make(self.request, progress=self._report, cancelled=self._cancelled.is_set)
                self.result = None if self.cancelled else result
        except CancelledError:
            self._cancelled.set()
        except MusegenError as error:
            self.error, self.error_is_about_seed = str(error), isinstance(error, CodecError)
        except Exception:  # a thread has nobody above it: the log gets the details, the musician a sentence
            request = self.request  # its music is the musician's and stays out of the log
            what = request.action if isinstance(request, SteerRequest) else request.mode
            _log.exception("composing failed: %s, %s", request.style_id, what)
            self.error = _UNEXPECTED
        finally:
            self._finished.set()


_jobs: "weakref.WeakValueDictionary[str, ComposeJob]" = weakref.WeakValueDictionary()
_lock = threading.Lock()


def start(request: ComposeRequest | SteerRequest, owner: str) -> ComposeJob:
    """Start composing and return at once.

    Args:
        request: what to compose.
        owner: whose job it is, for example the id of a browser session; the owner's job before this is stopped.
    """
    job = ComposeJob(request)
    with _lock:
        before = _jobs.get(owner)
        _jobs[owner] = job
    if before is not None:
        before.cancel()
    _pool.submit(job._run)
    return job
