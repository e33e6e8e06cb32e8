"""A chart: the chords of a piece bar by bar, as a musician writes them down for others to play over.

Chart, parse_chart. Times are quarters from the start of the chart; a chart is a form that
comes round again, so times beyond its end are those of the next chorus.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from musegen.music.chart_key import estimate_chart_key
from musegen.music.chart_text import Bar, read_chart, shared_beats
from musegen.music.chord import Chord
from musegen.music.meter import is_compound
from musegen.music.piece import ChordSymbol
from musegen.music.theory import key_fifths

BARS_A_LINE = 4


@dataclass(frozen=True)
class Chart:
    """The chords of a form.

    Args:
        bars: for each bar its (quarters from its start, chord), the first at 0; a chord that goes on within its bar is
            not written again.
        meter: (beats, beat type) of all bars.
        title: as printed.
        sections: (index of the first bar, label) of each section, in order.

    Raises:
        ValueError: there is no bar, or a chord stands outside its bar or between beats of the meter.
    """

    bars: tuple[Bar, ...]
    meter: tuple[int, int] = (4, 4)
    title: str = ""
    sections: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.bars:
            raise ValueError("a chart has at least one bar")
        unit = 4 / self.meter[1]
        bars = []
        for bar in self.bars:
            onsets = [onset for onset, _ in bar]
            if not onsets or onsets[0] != 0 or sorted(set(onsets)) != onsets or onsets[-1] >= self.bar_quarters:
                raise ValueError(f"chords stand at quarters {onsets} of a bar of {self.bar_quarters}")
            if any(onset % unit for onset in onsets):
                raise ValueError(f"chords stand between beats of {unit} quarters: {onsets}")
            bars.append(tuple((o, c) for i, (o, c) in enumerate(bar) if i == 0 or bar[i - 1][1] != c))
        if any(not 0 <= first < len(bars) for first, _ in self.sections):
            raise ValueError(f"sections begin outside the chart: {self.sections}")
        object.__setattr__(self, "bars", tuple(bars))

    @property
    def num_bars(self) -> int:
        """Bars of one chorus."""
        return len(self.bars)

    @property
    def bar_quarters(self) -> float:
        """Length of a bar in quarters."""
        return self.meter[0] * 4 / self.meter[1]

    @property
    def end_quarter(self) -> float:
        """Length of one chorus in quarters."""
        return self.num_bars * self.bar_quarters

    @cached_property
    def changes(self) -> tuple[tuple[float, Chord], ...]:
        """(quarter, chord) of each change in one chorus; the first is at 0, and neighbours differ."""
        written = [(i * self.bar_quarters + o, chord) for i, bar in enumerate(self.bars) for o, chord in bar]
        return tuple(row for i, row in enumerate(written) if i == 0 or written[i - 1][1] != row[1])

    @cached_property
    def _onsets(self) -> tuple[float, ...]:
        return tuple(onset for onset, _ in self.changes)

    @cached_property
    def key(self) -> tuple[int, str]:
        """(tonic, "major" or "minor") that the chords are in (see `estimate_chart_key`)."""
        ends = (*self._onsets[1:], self.end_quarter)
        return estimate_chart_key([(c, end - onset) for (onset, c), end in zip(self.changes, ends, strict=True)])

    def at(self, quarter: float) -> Chord:
        """Return the chord that sounds at a time >= 0."""
        return self.changes[bisect_right(self._onsets, quarter % self.end_quarter) - 1][1]

    def next_after(self, quarter: float) -> tuple[float, Chord]:
        """Return (quarter, chord) of the next change after a time; a chart of one chord changes to it every chorus."""
        chorus, inside = divmod(quarter, self.end_quarter)
        index = bisect_right(self._onsets, inside)
        if index == len(self.changes):
            chorus, index = chorus + 1, 0
            if len(self.changes) > 1 and self.changes[0][1] == self.changes[-1][1]:
                index = 1  # the last chord goes on over the first
        return chorus * self.end_quarter + self.changes[index][0], self.changes[index][1]

    def section_at(self, quarter: float) -> str:
        """Return the label of the section that a time lies in, empty before the first and without sections."""
        bar = int(quarter % self.end_quarter // self.bar_quarters)
        return next((label for first, label in reversed(self.sections) if first <= bar), "")

    def repeated(self, num_bars: int) -> "Chart":
        """Return the chart played round and round until there are `num_bars` bars, the last chorus cut short."""
        rounds = range(-(-num_bars // self.num_bars))
        bars = self.bars * len(rounds)
        sections = [(r * self.num_bars + first, label) for r in rounds for first, label in self.sections]
        return replace(self, bars=bars[:num_bars], sections=tuple(s for s in sections if s[0] < num_bars))

    def transposed(self, semitones: int) -> "Chart":
        """Return the chart `semitones` higher, spelled for its new key."""
        tonic, mode = self.key
        return self._with_chords(lambda c: c.transposed(semitones, key_fifths((tonic + semitones) % 12, mode)))

    def spelled(self, fifths: int) -> "Chart":
        """Return the chart with its roots written for a key of `fifths` sharps (negative: flats)."""
        return self._with_chords(lambda chord: chord.spelled(fifths))

    def _with_chords(self, change: Callable[[Chord], Chord]) -> "Chart":
        return replace(self, bars=tuple(tuple((o, change(chord)) for o, chord in bar) for bar in self.bars))

    def chord_symbols(self, start_quarter: float = 0.0) -> tuple[ChordSymbol, ...]:
        """Return the symbols to print over a Piece whose first whole bar starts at `start_quarter`.

        A chord that goes on is printed again where a section begins.
        """
        begins = {first for first, _ in self.sections}
        symbols, before = [], None
        for index, bar in enumerate(self.bars):
            for onset, chord in bar:
                if chord != before or (onset == 0 and index in begins):
                    symbols.append(ChordSymbol(start_quarter + index * self.bar_quarters + onset, chord.text))
                before = chord
        return tuple(symbols)

    def bar_text(self, index: int) -> str:
        """Return a bar as it is typed, without bar lines: "Dm7 G7", "Cm7 / / F7"."""
        bar, (numerator, denominator) = self.bars[index], self.meter
        unit = 4 / denominator
        ways = [(numerator, unit)]
        if is_compound(numerator, denominator):
            ways.insert(0, (numerator // 3, 3 * unit))
        places = [onset for onset, _ in bar]
        names = [chord.text for _, chord in bar]
        for beats, length in ways:
            if len(bar) <= beats:
                if [place * length for place in shared_beats(beats, len(bar))] == places:
                    return " ".join(names)
                if all(place % length == 0 for place in places):
                    by_place = dict(zip(places, names, strict=True))
                    return " ".join(by_place.get(beat * length, "/") for beat in range(beats))
        raise AssertionError("chords stand on beats")

    def to_text(self) -> str:
        """Return the chart as it is typed, four bars a line; `parse_chart` reads it back."""
        begins = dict(self.sections)
        lines: list[str] = []
        row: list[str] = []
        if self.title:
            lines.append(f"title: {self.title}")
        if self.meter != (4, 4):
            lines.append(f"meter: {self.meter[0]}/{self.meter[1]}")
        for index, bar in enumerate(self.bars):
            if row and (index in begins or len(row) == BARS_A_LINE):
                lines.append(_line(row))
                row = []
            if index in begins:
                lines.append(f"{begins[index]}:")
            same = index and bar == self.bars[index - 1] and index not in begins
            row.append("%" if same else self.bar_text(index))
        return "\n".join([*lines, _line(row)])


def _line(row: list[str]) -> str:
    return f"| {' | '.join(row)} |"


def parse_chart(text: str) -> Chart:
    """Return the chart that was typed (see `music.chart_text` for how it is written).

    Raises:
        ChartError: something cannot be read; the message names it, its bar as written and what was meant perhaps.
    """
    return Chart(*read_chart(text))
