"""Where chords may change: at bars and in the middle of those that divide in two, or at every beat."""

from dataclasses import dataclass

import numpy as np

from musegen.music.meter import is_compound
from musegen.music.piece import Piece, TimeSignature, snap
from musegen.music.timing import bar_starts

BAR, MIDDLE, BEAT = range(3)
"""Kinds of places where a segment begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Stretches of a piece that have one chord each.

    Args:
        edges: starts in quarters, and the end of the last, shape (S + 1,); a pickup is in none.
        kind: `BAR`, `MIDDLE` or `BEAT`, where each begins, shape (S,).
        bar: index of the bar that each lies in, from 0, shape (S,).
        halved: whether the bars have a middle where chords often change.
    """

    edges: np.ndarray
    kind: np.ndarray
    bar: np.ndarray
    halved: bool

    @property
    def in_middle(self) -> np.ndarray:
        """True for those that begin inside a bar, shape (S,)."""
        return self.kind != BAR


def has_halves(meter: TimeSignature) -> bool:
    """Return whether chords often change in the middle of a bar: in 4/4, 2/2, 6/8, 12/8, not in 2/4 or 3/4."""
    return (meter.numerator, meter.denominator) in ((4, 4), (2, 2), (6, 8), (12, 8), (8, 8), (6, 4))


def segments_of(piece: Piece) -> Segments:
    """Return the segments of a piece in its first meter; the last bar counts as whole."""
    meter = piece.time_signatures[0]
    first = piece.pickup_quarter
    starts = [start for start in bar_starts(piece) if start >= first - 1e-9] or [first]
    return segments_of_bars([*starts, starts[-1] + meter.bar_quarters], halved=has_halves(meter))


def segments_of_bars(edges: list[float], *, halved: bool) -> Segments:
    """Return the segments of bars that are known.

    Args:
        edges: where bars begin, and the end of the last, ascending, in any unit.
        halved: whether each is cut in its middle.
    """
    count = 2 if halved else 1
    bars = np.repeat(np.arange(len(edges) - 1), count)
    part = np.tile(np.arange(count) / count, len(edges) - 1)
    starts, lengths = np.array(edges[:-1], float), np.diff(np.array(edges, float))
    cut = starts[bars] + part * lengths[bars]
    return Segments(np.append(cut, edges[-1]), np.where(part > 0, MIDDLE, BAR), bars, halved)


def beats_of(piece: Piece) -> Segments:
    """Return the beats of a piece, its pickup too, where meters change and go on in the middle of bars as well."""
    starts = bar_starts(piece)
    edges: list[float] = []
    kinds: list[int] = []
    bars: list[int] = []
    meters, end = piece.time_signatures, 0.0
    for index, start in enumerate(starts):
        meter = next(m for m in reversed(meters) if m.onset_quarter <= start + 1e-9)
        compound = is_compound(meter.numerator, meter.denominator)
        beat = 4 / meter.denominator * (3 if compound else 1)
        end = starts[index + 1] if index + 1 < len(starts) else snap(start + meter.bar_quarters)
        middle = meter.bar_quarters / 2 if has_halves(meter) else -1.0
        missing = meter.bar_quarters - (end - start) if index == 0 and piece.pickup_quarter else 0.0
        first = (-missing) % beat
        places = sorted({0.0, *(snap(first + i * beat) for i in range(meter.numerator))})
        for place in (p for p in places if p < end - start - 1e-9):
            inside = place + missing
            edges.append(snap(start + place))
            kinds.append(BAR if inside < 1e-9 else MIDDLE if abs(inside - middle) < 1e-6 else BEAT)
            bars.append(index)
    return Segments(np.array([*edges, end]), np.array(kinds), np.array(bars), has_halves(meters[0]))
