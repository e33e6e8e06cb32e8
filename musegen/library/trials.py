"""Listening tests: what each listener was dealt, and every answer the moment it is given. Trials, Dealt.

A port, as `store`. A listener is a number that the browser keeps and that tells nothing of the person.
`tests/test_listening.py` has what all of them must do.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

Heard = dict[tuple[str, frozenset[str]], int]
"""(excerpt, systems) -> how often they were dealt to others."""
Deal = Callable[[Heard], Sequence[tuple[str, str, str, str]]]
"""Given what was dealt to others, returns (kind, excerpt, left, right) of each trial; right is "" for one alone."""


class Dealt(NamedTuple):
    """One trial of one listener; `choice` is None until it is answered."""

    listener: str
    place: int
    kind: str
    pair: str
    left: str
    right: str
    choice: str | None
    answered_at: str | None


class Trials(ABC):
    """The trials of all listening tests, which threads and processes may share.

    Every method raises `LibraryError` where they cannot be read or written, with a sentence that says why and what to
    do.
    """

    @abstractmethod
    def trials_of(self, test: str, listener: str, deal: Deal) -> list[Dealt]:
        """Return the trials of a listener in order, dealt now where there are none yet.

        Args:
            test: which test.
            listener: who.
            deal: called while nobody else can be dealt to, so that excerpts and systems stay balanced.
        """

    @abstractmethod
    def answer(self, test: str, listener: str, place: int, choice: str) -> bool:
        """Keep an answer; return whether it is the first to this trial, later ones change nothing."""

    @abstractmethod
    def answers(self, test: str) -> list[Dealt]:
        """Return all trials that were answered, by listener and place."""

    @abstractmethod
    def forget(self, test: str) -> None:
        """Forget a test: all that was dealt and answered."""
