"""What a style's composer hands to `compose`: how to start, what must hold, how to finish."""

from collections.abc import Callable
from dataclasses import dataclass

from musegen.engine.codec import Cursor
from musegen.engine.loop import Constraints
from musegen.music import Note, Piece


@dataclass(frozen=True, slots=True)
class Plan:
    """The making of the takes of one request.

    Args:
        make_cursor: returns a fresh cursor for a take.
        constraints: what every take satisfies.
        finish: turns a finished cursor into the piece, in the key and tempo wanted.
        is_given: (track index, note) -> True where the note is the musician's own.
        messages: what was taken from the seed and changed, a plain sentence each.
        remarks: what is to be said of the takes once all are finished, a plain sentence each.
    """

    make_cursor: Callable[[], Cursor]
    constraints: Constraints
    finish: Callable[[Cursor], Piece]
    is_given: Callable[[int, Note], bool]
    messages: tuple[str, ...]
    remarks: Callable[[], tuple[str, ...]] = tuple
