"""Work that is done in the background: progress, a sentence where it failed, and stopping.

What composes and what listens are kinds of it; their threads are their own, so that neither waits for the other.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from musegen.errors import CancelledError, MusegenError
from musegen.languages import message
from musegen.services.making.cores import Call, Work, here

_log = logging.getLogger(__name__)


class Job:
    """Work on its way; what is done is in `_work`, which reports by `_report` and looks at `cancelled`.

    A kind of job says what it does (`doing`, for the log) and what a musician reads where something unforeseen happens.

    Attributes:
        progress: the share done, 0 to 1.
        error: a sentence where it failed, None otherwise.
    """

    doing = "composing"
    unexpected = message("Something went wrong while composing; change a setting or your music and compose again.")

    def __init__(self) -> None:
        self.progress = 0.0
        self.error: str | None = None
        self._cancelled = threading.Event()
        self._finished = threading.Event()
        self._place: Callable[[], int] | None = None
        self._call: Call = here

    @property
    def waits(self) -> int:
        """How many jobs begin before this one; 0 for one that has begun or is the next."""
        place = self._place
        return place() if place and not self.finished else 0

    def queued(self, place: Callable[[], int]) -> None:
        """Note that it waits for its turn; a runner calls this with what tells how many begin before it."""
        self._place = place

    def refuse(self, sentence: str) -> None:
        """End it before it has begun, with a sentence that says why."""
        self.error = sentence
        self._finished.set()

    def end(self) -> None:
        """Note that nothing is left to do: what it would have found is known already."""
        self.progress = 1.0
        self._finished.set()

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

    def _have_done(self, work: Work, *arguments: Any) -> Any:
        """Return what ``work(*arguments, progress=, cancelled=)`` gives, done where the runner has work done.

        It may be on another machine: `work` is a function of a module, and all that goes in and comes out is data.
        """
        return self._call(work, arguments, self._report, self._cancelled.is_set)

    def _failed(self, error: MusegenError) -> None:
        self.error = str(error)

    def _words(self) -> str:
        """Return what was asked for, without the musician's music, for the log."""
        return type(self).__name__

    def run(self, call: Call = here) -> None:
        """Do the work and note how it ended; a pool of threads calls this.

        Args:
            call: has done elsewhere what can be.
        """
        self._place, self._call = None, call
        try:
            if not self.cancelled:
                self._work()
        except CancelledError:
            self._cancelled.set()
        except MusegenError as error:
            self._failed(error)
        except Exception:  # a thread has nobody above it: the log gets the details, the musician a sentence
            _log.exception("%s failed: %s", self.doing, self._words())
            self.error = self.unexpected
        finally:
            self._finished.set()
