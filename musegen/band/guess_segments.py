"""Where chords may change under a melody: at every bar, and in the middle of bars that divide in two."""

from dataclasses import dataclass

import numpy as np

from musegen.music.piece import Piece, TimeSignature
from musegen.music.timing import bar_starts


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Stretches of a piece that have one chord each.

    Args:
        edges: starts in quarters, and the end of the last, shape (S + 1,); a pickup is in none.
        in_middle: True for those that begin in the middle of a bar, shape (S,).
    """

    edges: np.ndarray
    in_middle: np.ndarray


def has_halves(meter: TimeSignature) -> bool:
    """Return whether chords often change in the middle of a bar: in 4/4, 2/2, 6/8, 12/8, not in 2/4 or 3/4."""
    return (meter.numerator, meter.denominator) in ((4, 4), (2, 2), (6, 8), (12, 8), (8, 8), (6, 4))


def segments_of(piece: Piece) -> Segments:
    """Return the segments of a piece in its first meter; the last bar counts as whole."""
    meter = piece.time_signatures[0]
    bar = meter.bar_quarters
    first = piece.pickup_quarter
    starts = [start for start in bar_starts(piece) if start >= first - 1e-9] or [first]
    count = 2 if has_halves(meter) else 1
    edges = [start + part * bar / count for start in starts for part in range(count)]
    return Segments(np.array([*edges, starts[-1] + bar]), np.arange(len(edges)) % count == 1)
