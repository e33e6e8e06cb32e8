"""The live loop: a page that asks for takes itself, one setting changed, while Streamlit has not run its script yet.

LiveDesk, LiveLoop. A session says what it asks for as its page stands (`LiveDesk.stands`); the page names the session
by a token that nobody can guess and says what a slider was moved to (`LiveLoop.ask`). What is composed is a job of the
session's like any other, so that the run of the script which follows finds it begun, or done, and takes it over; there
is one queue, and a newer wish stops the one before.
"""

import math
import secrets
import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from musegen.composers.request import ComposeRequest
from musegen.errors import CancelledError
from musegen.languages import ENGLISH, Language
from musegen.services.making.jobs import ComposeJob, ComposeQueue
from musegen.services.showing.shown import Manner

WHOLE = ("num_bars", "num_takes", "top_k")
BROKEN = ("temperature", "seconds", "key_strength", "top_p", "recall", "blend", "form_variation")
"""Settings that may be changed, whole numbers and others."""


def changed(request: ComposeRequest, changes: Mapping[str, Any]) -> ComposeRequest:
    """Return a request with some settings otherwise.

    Raises:
        ValueError: a name is none of `WHOLE` and `BROKEN`, or a value is no number of its kind.
    """
    values: dict[str, Any] = {}
    for name, value in changes.items():
        known = name in WHOLE or name in BROKEN
        if not known or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} cannot be {value!r}")
        if name in WHOLE and value != int(value):
            raise ValueError(f"{name} cannot be {value!r}")
        values[name] = int(value) if name in WHOLE else float(value)
    return replace(request, **values)


class LiveDesk:
    """What one session's page asks for, as it stands; threads may share it.

    Attributes:
        token: names it; nobody can guess it.
        owner: names the session to the queue.
        browser: id of the browser whose session it is, None where it has no cookies.
        language: that its page speaks.
        job: the newest job that the page itself asked for, until its result is taken over.
    """

    def __init__(self, owner: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.owner = owner
        self.browser: str | None = None
        self.language = ENGLISH
        self.job: ComposeJob | None = None
        self._request: ComposeRequest | None = None
        self._manner: Manner | None = None
        self._manner_style = self._title = ""
        self._number = 0
        self._answered = threading.Event()
        self._answered.set()
        self._lock = threading.Lock()

    @property
    def request(self) -> ComposeRequest | None:
        """What is asked for before anything is changed; None where the page may not ask itself."""
        with self._lock:
            return self._request

    @property
    def manner(self) -> Manner | None:
        """How takes are shown; None where they are shown in a way that only the script knows."""
        with self._lock:
            if self._request is None or self._manner is None or self._request.style_id != self._manner_style:
                return None
            return replace(self._manner, title=self._title)

    def stands(
        self, request: ComposeRequest | None, title: str, browser: str | None = None, language: Language = ENGLISH
    ) -> None:
        """Say what the page asks for now, None for nothing that it may ask itself.

        Args:
            request: what the page asks for.
            title: of its takes.
            browser: id of the session's browser.
            language: that the page speaks.
        """
        with self._lock:
            self._request, self._title, self.browser, self.language = request, title, browser, language

    def shown_as(self, style_id: str, manner: Manner | None) -> None:
        """Say how takes of a style are shown now."""
        with self._lock:
            self._manner_style, self._manner = style_id, manner

    def take_over(self, job: ComposeJob) -> None:
        """Let go of a job whose result has been taken over."""
        with self._lock:
            if self.job is job:
                self.job = None

    def begin(self, number: int) -> None:
        """Note that the page asks, and is answered from now on.

        Raises:
            CancelledError: a newer wish has come already.
        """
        with self._lock:
            if number <= self._number:
                raise CancelledError("Composing was stopped.")
            self._number = number
            self._answered.clear()

    def end(self, number: int) -> None:
        """Note that a wish is answered, or will not be."""
        with self._lock:
            if number == self._number:
                self._answered.set()

    def settle(self, seconds: float) -> None:
        """Wait until the page has its answer, so long at most: what it waits for is looked at first."""
        self._answered.wait(seconds)


class LiveLoop:
    """The sessions whose pages may ask, by their tokens; one is let go of with its session.

    Args:
        queue: where is composed.
    """

    def __init__(self, queue: ComposeQueue) -> None:
        self._queue = queue
        self._desks: weakref.WeakValueDictionary[str, LiveDesk] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def desk(self, owner: str) -> LiveDesk:
        """Return a new desk of a session; hold it for as long as the session lives."""
        desk = LiveDesk(owner)
        with self._lock:
            self._desks[desk.token] = desk
        return desk

    def ask(
        self, token: str, browser: str | None, number: int, changes: Mapping[str, Any]
    ) -> tuple[LiveDesk, ComposeJob]:
        """Start composing what a page asks for, the page's wish before it stopped; see `LiveDesk.end`.

        Args:
            token: of the page's desk.
            browser: id of the browser that asks.
            number: of the wish, greater than those of the page before.
            changes: what is otherwise than as the page stood, by name.

        Raises:
            CancelledError: there is no such desk, it is another browser's, it may not ask now, or a newer wish has
                come; the run of the page's script sees to it.
            ValueError: something cannot be changed so.
        """
        with self._lock:
            desk = self._desks.get(token)
        if desk is None or desk.browser != browser:
            raise CancelledError("Composing was stopped.")
        request, manner = desk.request, desk.manner
        if request is None or manner is None:
            raise CancelledError("Composing was stopped.")
        request = changed(request, changes)
        desk.begin(number)
        desk.job = self._queue.start(request, desk.owner)
        return desk, desk.job
