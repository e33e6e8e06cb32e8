"""A piece cut at its bar lines, as statistics of bars need it."""

from dataclasses import dataclass

import numpy as np

from musegen.music import Note, Piece, snap
from musegen.music.timing import bar_starts, meter_at


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar and the notes that begin in it.

    Args:
        start_quarter: where it begins.
        num_quarters: its length; of the last bar by its meter, however soon the music ends.
        is_whole: False for an incomplete first bar.
        notes: (index of the track, note), drums included, tracks one after the other.
    """

    start_quarter: float
    num_quarters: float
    is_whole: bool
    notes: tuple[tuple[int, Note], ...]

    def places(self, steps_per_quarter: int) -> frozenset[int]:
        """Return on which steps of a grid, counted from the start of the bar, a note begins."""
        return frozenset(round((n.onset_quarter - self.start_quarter) * steps_per_quarter) for _, n in self.notes)

    def num_steps(self, steps_per_quarter: int) -> int:
        """Return the length of the bar in steps of a grid."""
        return round(self.num_quarters * steps_per_quarter)


def bars_of(piece: Piece) -> list[Bar]:
    """Return the bars of a piece from its start to the end of the last note, those without notes included."""
    starts = bar_starts(piece)
    stop = snap(starts[-1] + meter_at(piece, starts[-1]).bar_quarters)
    notes: list[list[tuple[int, Note]]] = [[] for _ in starts]
    for number, track in enumerate(piece.tracks):
        for note in track.notes:
            notes[int(np.searchsorted(starts, note.onset_quarter + 1e-9)) - 1].append((number, note))
    return [
        Bar(start, snap(end - start), index > 0 or not piece.pickup_quarter, tuple(notes[index]))
        for index, (start, end) in enumerate(zip(starts, [*starts[1:], stop], strict=True))
    ]
