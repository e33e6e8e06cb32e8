"""Chords that new notes keep to in styles that learned none: laid over the bars of a piece, they lean what is drawn.

ChordCourse, laid_over, chords_of_seed, standing_chords, closing_chart. Times are quarters from the start of the piece.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from musegen.errors import ChartError
from musegen.music import ChordSymbol, Piece
from musegen.music.chart import Chart
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.meter import is_compound
from musegen.music.piece import TimeSignature, snap
from musegen.music.theory import key_fifths, minor_or_major
from musegen.remarks import Remark, remark

Changes = tuple[tuple[float, Chord], ...]
"""(quarter, chord) of each change, ascending."""


@dataclass(frozen=True, slots=True)
class ChordCourse:
    """The chords of a piece as pitch classes.

    Args:
        changes: where each chord begins; before the first, and under no chord, all pitch classes are tones.
    """

    changes: Changes

    def tones(self, quarter: float) -> frozenset[int]:
        """Return the pitch classes of the chord at a time, its bass among them; all twelve where there is none."""
        chord = self.chord(quarter)
        return frozenset(range(12)) if chord is None else chord.pitch_classes | {chord.bass_pitch_class}

    def chord(self, quarter: float) -> Chord | None:
        """Return the chord at a time, None where there is none."""
        index = self._index(quarter)
        return None if index < 0 or self.changes[index][1].is_no_chord else self.changes[index][1]

    def begins(self, quarter: float, within: float) -> bool:
        """Return whether the chord at a time began there, or less than `within` quarters before."""
        index = self._index(quarter)
        return index >= 0 and quarter - self.changes[index][0] < within

    def _index(self, quarter: float) -> int:
        return bisect_right(self.changes, quarter + 1e-6, key=lambda change: change[0]) - 1

    def symbols(self) -> tuple[ChordSymbol, ...]:
        """Return the symbols to print over the piece."""
        return tuple(ChordSymbol(onset, chord.text) for onset, chord in self.changes)


def laid_over(
    chart: Chart, starts: Sequence[float], meters: Sequence[TimeSignature], messages: list[Remark]
) -> Changes:
    """Return a chart laid over whole bars, round and round; in bars of another length its chords move to beats.

    Args:
        chart: as typed.
        starts: where each bar begins, in quarters.
        meters: of each bar.
        messages: what is to be said is added.
    """
    found: list[tuple[float, Chord]] = []
    stretched = False
    for index, (start, meter) in enumerate(zip(starts, meters, strict=True)):
        bar = chart.bars[index % chart.num_bars]
        size = meter.bar_quarters
        beat = 4 / meter.denominator * (3 if is_compound(meter.numerator, meter.denominator) else 1)
        stretched |= size != chart.bar_quarters and len(bar) > 1
        for onset, chord in bar:
            if size != chart.bar_quarters:  # on the nearest beat of the bars that there are
                onset = min(round(onset * size / chart.bar_quarters / beat) * beat, size - beat)
            if found and found[-1][0] >= start + onset - 1e-6:
                found.pop()
            if not found or found[-1][1] != chord:
                found.append((snap(start + onset), chord))
    if stretched:
        there = (meters[0].numerator, meters[0].denominator)
        messages.append(remark("chart_in_other_bars", bars=chart.meter, meter=there))
    return tuple(found)


def chords_of_seed(piece: Piece, later_by: float = 0.0) -> Changes:
    """Return the chords that stand in a piece, each so many quarters later; what is no chord is left out."""
    found: list[tuple[float, Chord]] = []
    for symbol in sorted(piece.chord_symbols, key=lambda symbol: symbol.onset_quarter):
        try:
            chord = parse_chord(symbol.text)
        except ChartError:
            continue
        onset = symbol.onset_quarter + later_by
        if not found or (found[-1][1] != chord and found[-1][0] < onset):
            found.append((onset, chord))
    return tuple(found)


def standing_chords(piece: Piece, end_quarter: float) -> ChordCourse | None:
    """Return the chords that stand over a piece up to its end, after which nothing is known; None where none do."""
    found = chords_of_seed(piece)
    return ChordCourse((*found, (end_quarter, NO_CHORD))) if found else None


def closing_chart(chart: Chart, tonic: int, mode: str) -> Chart:
    """Return a chart with the tonic alone in its last bar."""
    minor = minor_or_major(mode)
    last = chart.bars[-1][0][1]
    if last.root == tonic and len(chart.bars[-1]) == 1:
        return chart
    home = Chord(tonic, "min" if minor == "minor" else "maj").spelled(key_fifths(tonic, minor))
    return replace(chart, bars=(*chart.bars[:-1], ((0.0, home),)))
