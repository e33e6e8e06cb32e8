"""Desks: what somebody works on in one tab of a browser, so that a reload, a crash or the next day finds it again.

Desks, StoredDesk, new_desk_id. A port, as `store`. A desk is a text that changes (JSON, whose "parts" names what lies
on it) and parts that never do, such as the takes of one result. Each desk has a holder, the visit that works on it: a
visit that finds its desk held by another one goes on with a copy, so that two tabs never write over each other.
`tests/test_desk.py` has what all desks must do.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

MAX_DESKS = 20
"""Of an owner; the one unused for longest makes room."""

DAYS_KEPT = 400
"""As long as browsers keep the cookie by which an owner is known."""

GUEST = "visit-"
"""Owners whose names begin so are visits of browsers without cookies: the id of their desk alone brings it back."""


@dataclass(frozen=True, slots=True)
class StoredDesk:
    """A desk as it was left.

    Args:
        desk_id: its id, which nobody can guess.
        owner: whose it is.
        body: JSON, as `Desks.save` was given it.
        parts: what its "parts" name, by id; one that is missing or damaged is left out.
    """

    desk_id: str
    owner: str
    body: str
    parts: Mapping[str, str]


def new_desk_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(12)


class Desks(ABC):
    """The desks of all visits, which threads and processes may share.

    Every method raises `LibraryError` where they cannot be read or written, with a sentence that says why and what to
    do.
    """

    @abstractmethod
    def take(self, owner: str, desk_id: str, holder: str) -> StoredDesk | None:
        """Return a desk and make it this visit's; None where the owner has no such desk."""

    @abstractmethod
    def latest(self, owner: str) -> StoredDesk | None:
        """Return the desk that an owner changed last, for a tab that names none; None where there is none."""

    @abstractmethod
    def save(self, owner: str, desk_id: str, holder: str, body: str, parts: Mapping[str, str]) -> str:
        """Save a desk and return its id: a new one where another visit holds it, whose work is left alone.

        Args:
            owner: whose it is.
            desk_id: its id.
            holder: this visit.
            body: JSON whose "parts" names all that lies on it.
            parts: texts by id, those at least that are not saved yet.
        """

    @abstractmethod
    def part(self, owner: str, part_id: str) -> str | None:
        """Return what lies on a desk of an owner under an id; None where it is missing or damaged."""
