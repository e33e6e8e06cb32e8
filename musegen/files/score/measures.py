"""Measures as written in a score: playing order of endings, bar lines, and the meters that follow from lengths.

A Piece has continuous time and bars that follow from the meter. A written score has measures of any length:
a pickup, two short measures around a repeat sign, one too long by mistake. These functions translate.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from musegen.music import Barline, TimeSignature, snap

_MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """One written measure.

    Args:
        start_quarter: from the start of the score as written.
        length_quarter: as filled with notes and rests, > 0.
        meter: in force, None where the score has none.
        left: kind of bar line at the start, None for a plain one.
        right: kind of bar line at the end.
        ending: numbers over the bracket of a first or second ending, where one starts or goes on.
        usual_quarter: commonest length of a measure, used where there is no meter.
    """

    start_quarter: float
    length_quarter: float
    meter: TimeSignature | None = None
    left: str | None = None
    right: str | None = None
    ending: tuple[int, ...] = ()
    usual_quarter: float = 4.0

    @property
    def end_quarter(self) -> float:
        """End of the measure, exclusive."""
        return snap(self.start_quarter + self.length_quarter)

    @property
    def bar_quarters(self) -> float:
        """Length of a whole bar of the meter."""
        return self.meter.bar_quarters if self.meter else self.usual_quarter


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [begin, end) of the written score that is `shift_quarter` later in the piece."""

    begin_quarter: float
    end_quarter: float
    shift_quarter: float

    def move(self, measures: Iterable[Measure]) -> list[Measure]:
        """Return the measures that start in the segment, at their new times."""
        return [
            replace(m, start_quarter=snap(m.start_quarter + self.shift_quarter))
            for m in measures
            if self.begin_quarter <= m.start_quarter < self.end_quarter
        ]


@dataclass(frozen=True, slots=True)
class _Ending:
    numbers: tuple[int, ...]
    begin: float
    end: float


def meter_for(length_quarter: float) -> tuple[int, int] | None:
    """Return (numerator, denominator) of a bar of this length, None where there is none (2 quarters: 2/4)."""
    for denominator in (4, 8, 16, 32, 64):
        numerator = length_quarter * denominator / 4
        if numerator >= 1 and numerator == int(numerator):
            return int(numerator), denominator
    return None


def pickup_of(measures: list[Measure]) -> float:
    """Return the length in quarters of a first measure that is shorter than its meter, else 0."""
    if len(measures) > 1 and measures[0].length_quarter < measures[0].bar_quarters:
        return measures[0].length_quarter
    return 0.0


def meters_of(measures: list[Measure]) -> tuple[TimeSignature, ...]:
    """Return the meters of a piece, so that its bars fall where the measures do.

    Short measures that fill one bar together (around a repeat sign) are one bar. After any other measure that is too
    short the meter is stated again, which starts a bar there; one that is too long gets a meter of its own.
    """
    meters: list[TimeSignature] = []
    current: tuple[int, int] | None = None
    expected = 0.0
    for index, (start, length, measure) in enumerate(_bars(measures)):
        bar = measure.bar_quarters
        meter = measure.meter
        signature = (meter.numerator, meter.denominator) if meter else meter_for(bar) or (4, 4)
        if length > bar and (own := meter_for(length)):
            signature, bar = own, length
        if signature != current or start != expected:
            meters.append(TimeSignature(start, *signature))
        current = signature
        is_pickup = index == 0 and pickup_of(measures) > 0
        expected = snap(start + (length if is_pickup else bar))
    return tuple(meters)


def _bars(measures: list[Measure]) -> list[tuple[float, float, Measure]]:
    """Return (start, length, first measure) of each bar, short measures that complete each other taken together."""
    bars: list[tuple[float, float, Measure]] = []
    index = 0
    while index < len(measures):
        first = measures[index]
        length, stop = first.length_quarter, index + 1
        if index > 0 or not pickup_of(measures):
            total, j = length, stop
            while total < first.bar_quarters and j < len(measures) and measures[j].meter == first.meter:
                total, j = snap(total + measures[j].length_quarter), j + 1
            if total == first.bar_quarters:
                length, stop = total, j
        bars.append((first.start_quarter, length, first))
        index = stop
    return bars


def play_order(measures: list[Measure]) -> tuple[list[Segment], tuple[Barline, ...]]:
    """Return the stretches of the score in playing order, and the special bar lines at their new times.

    Repeats stay repeat signs; sections with first and second endings are written out, each ending in turn.

    Args:
        measures: in written order.
    """
    lines: dict[float, set[str]] = defaultdict(set)
    for m in measures:
        if m.left:
            lines[m.start_quarter].add(m.left)
        if m.right:
            lines[m.end_quarter].add(m.right)
    stretches: list[tuple[float, float]] = []
    position = 0.0
    score_end = measures[-1].end_quarter if measures else 0.0
    for group in _ending_groups(measures):
        first, last = group[0], group[-1]
        begin = max(_repeat_start(measures, lines, first), position)
        if begin > position:
            stretches.append((position, begin))
        stretches += _passes(begin, group)
        _rewrite_lines(lines, begin, group, score_end)
        position = last.end
    stretches.append((position, math.inf))
    segments = _joined(stretches)
    return segments, _moved_lines(lines, segments)


def _ending_groups(measures: list[Measure]) -> list[list[_Ending]]:
    """Return the endings that follow each other, as groups of two or more."""
    groups: list[list[_Ending]] = []
    index = 0
    while index < len(measures):
        if not measures[index].ending:
            index += 1
            continue
        group: list[_Ending] = []
        while index < len(measures) and measures[index].ending:
            stop = _ending_stop(measures, index, group)
            group.append(_Ending(measures[index].ending, measures[index].start_quarter, measures[stop].end_quarter))
            index = stop + 1
        if len({e.numbers for e in group}) > 1:
            groups.append(group)
    return groups


def _ending_stop(measures: list[Measure], start: int, before: list[_Ending]) -> int:
    """Return the index of the last measure of the ending that starts at `start`.

    Some readers mark the first measure of a bracket alone, so the bracket is taken to reach the next special bar
    line, for a later ending at most the length of the first.
    """
    limit = before[0].end - before[0].begin if before else math.inf
    stop = start
    while stop + 1 < len(measures):
        here, following = measures[stop], measures[stop + 1]
        other = following.ending and following.ending != measures[start].ending
        full = following.end_quarter - measures[start].start_quarter > limit and not following.ending
        if here.right or following.left or other or full:
            break
        stop += 1
    return stop


def _repeat_start(measures: list[Measure], lines: dict[float, set[str]], first: _Ending) -> float:
    """Return where the section with this first ending begins when it is repeated."""
    marks = [t for t, kinds in lines.items() if t <= first.begin and kinds & {"repeat-start", "repeat-end"}]
    if marks:
        return max(marks)
    pickup, bar = pickup_of(measures), measures[0].bar_quarters
    if pickup and (first.end % bar) and snap(first.end - pickup) % bar == 0:
        return pickup
    return 0.0


def _passes(begin: float, group: list[_Ending]) -> list[tuple[float, float]]:
    body = (begin, group[0].begin)
    stretches = []
    for number in range(1, min(max(max(e.numbers) for e in group), _MAX_PASSES) + 1):
        ending = next((e for e in group if number in e.numbers), group[-1])
        stretches += [body, (ending.begin, ending.end)]
    return stretches


def _rewrite_lines(lines: dict[float, set[str]], begin: float, group: list[_Ending], score_end: float) -> None:
    """Change the written bar lines around a section with endings to what they are once the brackets are gone."""
    end = group[-1].end
    for ending in group:
        lines[ending.end].discard("repeat-end")
    lines[begin].discard("repeat-start")
    lines[end].add("final" if end >= score_end else "double")
    later = sorted(t for t, kinds in lines.items() if t >= end and kinds & {"repeat-start", "repeat-end"})
    if later and "repeat-start" not in lines[later[0]] and later[0] > end:
        lines[end].add("repeat-start")  # otherwise the next repeat would go back into the written-out section


def _joined(stretches: list[tuple[float, float]]) -> list[Segment]:
    segments: list[Segment] = []
    position = 0.0
    for begin, end in stretches:
        if end <= begin:
            continue
        if segments and segments[-1].end_quarter == begin:
            segments[-1] = replace(segments[-1], end_quarter=end)
        else:
            segments.append(Segment(begin, end, snap(position - begin)))
        if end < math.inf:
            position = snap(position + end - begin)
    return segments


def _moved_lines(lines: dict[float, set[str]], segments: list[Segment]) -> tuple[Barline, ...]:
    moved: dict[float, set[str]] = defaultdict(set)
    for segment in segments:
        for time, kinds in lines.items():
            new = snap(time + segment.shift_quarter)
            for kind in kinds:
                opens = kind == "repeat-start"
                inside = (
                    segment.begin_quarter <= time < segment.end_quarter
                    if opens
                    else segment.begin_quarter < time <= segment.end_quarter
                )
                if inside:
                    moved[new].add(kind)
    barlines = []
    for time, kinds in sorted(moved.items()):
        if {"repeat-start", "repeat-end"} <= kinds:
            barlines.append(Barline(time, "repeat-both"))
            continue
        for kind in ("repeat-start", "repeat-end", "final", "double"):
            if kind in kinds:
                barlines.append(Barline(time, kind))
                break
    return tuple(barlines)
