"""What a composer hands to `compose`: how to start, what must hold, how to finish. Plan.

A plan is data: its fields can be looked at, it can be pickled and sent elsewhere, and it makes the same takes there.
"""

from abc import ABC, abstractmethod
from typing import Generic

from musegen.engine.codec import C
from musegen.engine.loop import Constraints
from musegen.music import Note, Piece
from musegen.remarks import Remark


class Plan(ABC, Generic[C]):
    """The making of the takes of one request.

    Attributes:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
    """

    constraints: Constraints[C]
    messages: tuple[Remark, ...]

    @abstractmethod
    def cursor(self) -> C:
        """Return a fresh cursor for a take."""

    @abstractmethod
    def finish(self, cursor: C) -> Piece:
        """Return the piece of a finished cursor, in the key and tempo wanted."""

    @abstractmethod
    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note of a finished piece is the musician's own."""

    def remarks(self) -> tuple[Remark, ...]:
        """Return what is to be said of the takes once all are finished."""
        return ()
