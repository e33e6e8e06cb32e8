"""Tables that a teacher sets, and the galleries of what is handed in under them: a port, Tables, and its data.

A table is what a link puts on everybody's desk: a seed, a style, settings and a task. Two keys, which nobody can guess,
lead to it: `table_id` for those who work at it, `gallery_key` for who set it. What is handed in is a take of the
library, owned by the gallery, so that it is listed, compared and exported like any other.
`tests/test_tables.py` has what every store of tables must do.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from musegen.library.takes import KeptTake, NewTake

MAX_FIRST_NAME = 24
MAX_HANDED_IN = 2000
"""Takes of one gallery."""
MAX_BY_ONE = 30
"""Takes that one browser hands in at one table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was set.

    Args:
        table_id: the end of the link for those who work at it.
        gallery_key: the end of the link to its gallery, for who set it.
        owner: who set it.
        set_at: when, in UTC.
        withdrawn: whether nobody can come to it or hand in any more.
        body: what is on it, as text.
    """

    table_id: str
    gallery_key: str
    owner: str
    set_at: datetime
    withdrawn: bool
    body: str

    @property
    def gallery(self) -> str:
        """The owner of the takes that were handed in."""
        return gallery_owner(self.gallery_key)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A take that was handed in.

    Args:
        take: the take as the gallery has it.
        name: the first name that was given with it; "" for none.
        handed_at: when, in UTC.
    """

    take: KeptTake
    name: str
    handed_at: datetime


def gallery_owner(gallery_key: str) -> str:
    """Return the owner of the takes of a gallery."""
    return f"gallery-{gallery_key}"


def clean_first_name(name: str) -> str:
    """Return a first name on one line and not too long."""
    return " ".join(name.split())[:MAX_FIRST_NAME]


class Tables(ABC):
    """Tables and what is handed in at them. A change that has returned is never lost, one that fails changes nothing.

    Every method raises `LibraryError` where they cannot be read or written, with a sentence that says why.
    """

    @abstractmethod
    def set_table(self, owner: str, body: str) -> Table:
        """Set a new table and return it."""

    @abstractmethod
    def get_table(self, table_id: str) -> Table:
        """Return a table, also one that was withdrawn.

        Raises:
            LibraryError: there is no such table.
        """

    @abstractmethod
    def get_by_gallery(self, gallery_key: str) -> Table:
        """Return the table of a gallery.

        Raises:
            LibraryError: there is no such gallery.
        """

    @abstractmethod
    def list_tables(self, owner: str) -> list[Table]:
        """Return the tables that somebody set, the newest first."""

    @abstractmethod
    def withdraw(self, gallery_key: str, withdrawn: bool = True) -> None:
        """Let nobody come to a table or hand in any more, or let them again; the gallery stays.

        Raises:
            LibraryError: there is no such gallery.
        """

    @abstractmethod
    def delete_table(self, gallery_key: str) -> None:
        """Delete a table with all that was handed in, for good.

        Raises:
            LibraryError: there is no such gallery.
        """

    @abstractmethod
    def hand_in(self, table_id: str, pupil: str, name: str, take: NewTake) -> str:
        """Put a take into the gallery of a table and return its id there; a pupil has the same take there once.

        Args:
            table_id: the table.
            pupil: who hands it in, an unguessable id that a browser keeps.
            name: a first name, or "".
            take: the take.

        Raises:
            LibraryError: there is no such table, it was withdrawn, or there are too many.
        """

    @abstractmethod
    def take_back(self, table_id: str, pupil: str, take_id: str) -> None:
        """Take out of the gallery what a pupil handed in; nothing where it is not there."""

    @abstractmethod
    def handed_by(self, table_id: str, pupil: str) -> Sequence[HandedIn]:
        """Return what a pupil handed in at a table, the first first."""

    @abstractmethod
    def handed_in(self, gallery_key: str) -> Sequence[HandedIn]:
        """Return all that was handed in, by name, then in the order of time.

        Raises:
            LibraryError: there is no such gallery.
        """
