"""What the players of a rhythm section share: chords bar by bar, beats, feel, and the solo that they leave room for.

Times are quarters from the start of the first bar. Everything is written straight; swing is the Piece's.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from musegen.music import Track
from musegen.music.chart import Chart
from musegen.music.chord import Chord
from musegen.music.meter import QUARTER, Span, beats_of, is_compound, meter_tree

FEELS = ("swing", "latin", "ballad", "even")
SLOW, FAST = 84.0, 230.0
"""Below the one swing is played in two, above the other with fewer notes."""

_LONG_FORM = 8


@dataclass(frozen=True)
class Groove:
    """The music that is accompanied.

    Args:
        form: the chart of one chorus.
        num_bars: how many bars are played, at least 1.
        qpm: quarters a minute.
        feel: one of `FEELS`.
        solo_onsets: times at which the soloist begins notes, ascending; empty where nobody plays.

    Raises:
        ValueError: a value is out of its range.
    """

    form: Chart
    num_bars: int
    qpm: float
    feel: str
    solo_onsets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.feel not in FEELS:
            raise ValueError(f"feel must be one of {', '.join(FEELS)}, got {self.feel!r}")
        if self.num_bars < 1:
            raise ValueError(f"num_bars must be at least 1, got {self.num_bars!r}")
        if not 0 < self.qpm < float("inf"):
            raise ValueError(f"qpm must be a finite number > 0, got {self.qpm!r}")

    @property
    def bar_quarters(self) -> float:
        """Length of a bar."""
        return self.form.bar_quarters

    @property
    def last_start(self) -> float:
        """Start of the last bar, in which all hold the chord that it begins with."""
        return (self.num_bars - 1) * self.bar_quarters

    @cached_property
    def pulses(self) -> tuple[float, ...]:
        """Beats of a bar in quarters from its start: quarters, dotted quarters in 6/8, groups in 5/8."""
        numerator, denominator = self.form.meter
        if denominator in (2, 4):
            return tuple(float(i) for i in range(int(self.bar_quarters)))
        tree = meter_tree(numerator, denominator)
        starts = [beat.start for beat in beats_of(tree)] if is_compound(numerator, denominator) else _groups(tree)
        return tuple(start / QUARTER for start in starts)

    @cached_property
    def borders(self) -> frozenset[int]:
        """Bars at which a section or a chorus begins; every eighth bar where a long form has no sections."""
        size = self.form.num_bars
        inside = {first for first, _ in self.form.sections} | {0}
        if len(inside) == 1 and size > _LONG_FORM and size % _LONG_FORM == 0:
            inside = set(range(0, size, _LONG_FORM))
        return frozenset(bar for bar in range(self.num_bars) if bar % size in inside)

    def start(self, bar: int) -> float:
        """Return the start of a bar by its index."""
        return bar * self.bar_quarters

    def chord(self, quarter: float) -> Chord:
        """Return the chord at a time; within the last bar that of its start."""
        return self.form.at(min(quarter, self.last_start))

    def changes(self, bar: int) -> list[float]:
        """Return the times within a bar at which its chords are written, its start among them."""
        if bar == self.num_bars - 1:
            return [self.start(bar)]
        return [self.start(bar) + onset for onset, _ in self.form.bars[bar % self.form.num_bars]]

    def change_after(self, quarter: float) -> float:
        """Return when the next chord begins, at most the end of the bar before the last."""
        return min(self.form.next_after(quarter)[0], self.last_start) if quarter < self.last_start else self.end

    @property
    def end(self) -> float:
        """End of the last bar."""
        return self.num_bars * self.bar_quarters

    def busy(self, start: float, end: float) -> float:
        """Return how many notes a quarter the soloist begins within a stretch."""
        count = bisect_left(self.solo_onsets, end) - bisect_left(self.solo_onsets, start)
        return count / max(end - start, 1e-9)


def _groups(tree: Span) -> list[int]:
    """Return where the twos and threes of a bar begin."""
    if any(not child.is_beat for child in tree.groups):
        return [start for child in tree.groups for start in _groups(child)]
    return [tree.start]


def groove_of(
    form: Chart, num_bars: int, qpm: float, feel: str, solo: Track | None = None, start: float = 0.0
) -> Groove:
    """Return the groove around a solo whose first whole bar begins at `start` quarters."""
    onsets = sorted({note.onset_quarter - start for note in solo.notes}) if solo else []
    return Groove(form, num_bars, qpm, feel, tuple(onset for onset in onsets if onset >= 0))
