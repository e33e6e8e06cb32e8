"""Where a job's work is done: here, or on a core of another machine. Call, here, Core.

What is sent to another machine is a whole piece of work (a request composed, music measured, a recording listened to):
a function that its module names, and data. A step of a network never crosses a process.
"""

import hashlib
import threading
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

from musegen.errors import MusegenError
from musegen.paths import PROJECT_DIR

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]
Work = Callable[..., Any]
"""``work(*arguments, progress=, cancelled=)``, a function of a module."""

Call = Callable[[Work, tuple[Any, ...], Progress, Cancelled], Any]
"""Has work done somewhere and returns what it returns, or raises what it raises."""


class BrokenWorkError(RuntimeError):
    """Work on another core has raised what no work should: a defect, which it would have anywhere."""


def here(work: Work, arguments: tuple[Any, ...], progress: Progress, cancelled: Cancelled) -> Any:
    """Do work in this thread."""
    return work(*arguments, progress=progress, cancelled=cancelled)


class Core:
    """One core of a machine: does one piece of work at a time, and is asked meanwhile how far it is.

    It stays, so that the styles that it has opened are open for what comes next. What an error was made of comes back
    with it; of a defect the text alone, since what it was made of may not be known elsewhere.
    """

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._shares: dict[str, float] = {}
        self._stopped: set[str] = set()

    def version(self) -> str:
        """Return what tells the program of this core from another: see `program_version`."""
        return program_version()

    def do(self, key: str, work: Work, arguments: tuple[Any, ...]) -> tuple[str, Any]:
        """Do work that is known by a key; return ("done", what it gives), ("refused", error) or ("broken", text)."""
        try:
            with self._one:
                done = work(
                    *arguments,
                    progress=lambda share: self._shares.update({key: float(share)}),
                    cancelled=lambda: key in self._stopped,
                )
            return "done", done
        except MusegenError as error:
            return "refused", (type(error), error.args, dict(vars(error)))
        except Exception:
            return "broken", traceback.format_exc()
        finally:
            self._shares.pop(key, None)
            self._stopped.discard(key)

    def share(self, key: str) -> float:
        """Return how much of a piece of work is done, 0 to 1."""
        return self._shares.get(key, 0.0)

    def stop(self, key: str) -> None:
        """Have a piece of work stop soon."""
        self._stopped.add(key)


def answer_of(core_says: tuple[str, Any]) -> Any:
    """Return what a core's work gave, or raise what it raised.

    Raises:
        MusegenError: the work refused, with its own error.
        BrokenWorkError: it has a defect; the message is what the core's log would say.
    """
    kind, what = core_says
    if kind == "done":
        return what
    if kind == "refused":
        made, arguments, more = what
        error = made.__new__(made, *arguments)
        error.args = arguments
        vars(error).update(more)
        raise error
    raise BrokenWorkError(what)


@cache
def program_version() -> str:
    """Return a name for what this program's Python says: two machines that give the same one understand each other."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT_DIR / "musegen").rglob("*.py")):
        digest.update(str(path.relative_to(PROJECT_DIR)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
