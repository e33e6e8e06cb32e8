"""Where kept takes lie: a port, so that a file of this machine or a database of many can stand behind it: Store.

Everyone sees their own takes alone: each method takes the `owner`, an unguessable id that a browser keeps; None stands
for all owners, for who sits at the computer itself. `tests/test_store.py` has what every store must do.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from musegen.library.takes import KeptTake, NewTake, OpenedTake


class Store(ABC):
    """Takes that are kept. A change that has returned is never lost, and one that fails leaves all as it was.

    Threads and processes may share one. Every method raises `LibraryError` where the takes cannot be read or written,
    with a sentence that says why and what to do.
    """

    def keep_take(self, owner: str, take: NewTake) -> str:
        """Keep a take and return its id; the same music with the same recipe is kept once, its id returned again."""
        return self.keep_takes(owner, [take])[0]

    @abstractmethod
    def keep_takes(self, owner: str, takes: Sequence[NewTake], *, old_ids: Sequence[str | None] = ()) -> list[str]:
        """Keep several takes, all or none, and return their ids. One that was deleted is there again.

        Args:
            owner: whose they are.
            takes: what is kept.
            old_ids: the id of each in the library it comes from, of which each `parent_id` speaks; none for parents in
                this library. A parent that is neither among them nor here is forgotten, and a take that is here
                already gets its parent only where it had none.
        """

    @abstractmethod
    def list_takes(
        self,
        owner: str | None,
        *,
        search: str = "",
        tags: Iterable[str] = (),
        order: str = "newest",
        limit: int = 50,
        offset: int = 0,
    ) -> list[KeptTake]:
        """Return takes of an owner.

        Args:
            owner: whose, None for all.
            search: words that must all be found in name, remark, style, origin or tags; case does not matter.
            tags: tags that a take must all have.
            order: one of `ORDERS`; of equals the one that was kept last comes first, in "oldest" and "name" last.
            limit: how many at most.
            offset: how many to pass over first.

        Raises:
            ValueError: there is no such order.
        """

    @abstractmethod
    def count_takes(self, owner: str | None, *, search: str = "", tags: Iterable[str] = ()) -> int:
        """Return how many takes `list_takes` would list without a limit."""

    @abstractmethod
    def list_tags(self, owner: str) -> dict[str, int]:
        """Return an owner's tags and how many takes have each, the most used first."""

    @abstractmethod
    def take_names(self, owner: str, take_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of an owner's takes by id; those that are not there, or deleted, are missing."""

    @abstractmethod
    def get_listed(self, owner: str, take_id: str) -> KeptTake | None:
        """Return a take of an owner as it stands in a list, None where there is no such take."""

    @abstractmethod
    def get_take(self, owner: str | None, take_id: str) -> OpenedTake:
        """Return a take with its music.

        Raises:
            LibraryError: the owner has no such take, or its music is damaged.
        """

    @abstractmethod
    def get_shared_take(self, share_key: str) -> OpenedTake:
        """Return a take that its owner shares, by the key of its link.

        Raises:
            LibraryError: nothing is shared under this key.
        """

    @abstractmethod
    def change_take(
        self,
        owner: str,
        take_id: str,
        *,
        name: str | None = None,
        rating: int | None = None,
        remark: str | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Change what is not None.

        Raises:
            LibraryError: the owner has no such take.
            ValueError: the rating is not 0 to 5.
        """

    @abstractmethod
    def delete_take(self, owner: str, take_id: str) -> None:
        """Take a take out of all lists; `restore_take` brings it back for `DAYS_DELETED` days, then it is gone."""

    @abstractmethod
    def restore_take(self, owner: str, take_id: str) -> None:
        """Bring a deleted take back."""

    @abstractmethod
    def share_take(self, owner: str, take_id: str) -> str:
        """Return the key under which everyone may open a take, made at the first time."""

    @abstractmethod
    def stop_sharing(self, owner: str, take_id: str) -> None:
        """Make the link of a take lead nowhere."""
