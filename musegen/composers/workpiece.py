"""A piece made ready to be composed again in parts: Workpiece, Filling, barlines_to."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from musegen.composers.gaps import Gap
from musegen.engine.loop import TakeTrace
from musegen.music import Barline, Piece
from musegen.remarks import Remark


@dataclass(frozen=True, slots=True)
class Filling:
    """Gaps filled.

    Args:
        piece: the whole, with new notes.
        trace: of the candidates taken.
        joins: for each gap, the nats of what follows it given each candidate; the lowest was taken, in chorales among
            those with the fewest parallels into what follows.
    """

    piece: Piece
    trace: TakeTrace
    joins: tuple[tuple[float, ...], ...]


class Workpiece(ABC):
    """A piece as a style holds it, of which stretches are composed again while all else stays, note for note.

    Attributes:
        piece: the music as the style holds it, in its own key.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.
    """

    piece: Piece
    messages: tuple[Remark, ...]
    end: float

    @abstractmethod
    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on; what is beyond is dropped when gaps are filled."""

    @abstractmethod
    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, one after the other.

        Args:
            gaps: sorted, apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """


def barlines_to(piece: Piece, end: float) -> tuple[Barline, ...]:
    """Return the bar lines of a piece that ends at a time, in quarters; a final one moves with its end."""
    kept = tuple(b for b in piece.barlines if b.kind != "final" and b.onset_quarter <= end)
    ends = any(b.kind == "final" for b in piece.barlines)
    return (*kept, Barline(end, "final")) if ends else kept
