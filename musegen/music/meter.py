"""How a bar is divided: the tree of halves, beats and parts of beats that notation must keep visible.

Times are integer ticks (`TICKS_PER_QUARTER`) from the start of a whole bar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from musegen.constants import TICKS_PER_QUARTER

QUARTER = TICKS_PER_QUARTER
SHORTEST = QUARTER // 32
"""Ticks of a 128th note, the shortest that is written."""


@dataclass(frozen=True)
class Span:
    """A stretch of a bar that divides into equal or grouped parts.

    Args:
        start: first tick.
        length: in ticks.
        parts: lengths of the parts where they are not two halves.
        compound: True where the parts are dotted beats, which no note may cover in part.
        is_beat: True for a beat of the meter.
        groups: how the parts divide in turn, one entry per part; empty below the beat.
    """

    start: int
    length: int
    parts: tuple[int, ...] = ()
    compound: bool = False
    is_beat: bool = False
    groups: tuple["Span", ...] = ()

    @property
    def end(self) -> int:
        """First tick after the span."""
        return self.start + self.length

    @cached_property
    def children(self) -> tuple["Span", ...]:
        """The parts, in order; none for a span that divides no further."""
        if self.groups:
            return self.groups
        parts = self.parts
        if not parts:
            if self.length % 2:
                return ()
            parts = (self.length // 2,) * 2
        starts = [self.start + sum(parts[:i]) for i in range(len(parts))]
        return tuple(Span(s, p) for s, p in zip(starts, parts, strict=True))

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Ticks between the parts."""
        return tuple(child.start for child in self.children[1:])


def is_compound(numerator: int, denominator: int) -> bool:
    """Return whether the beats of a meter divide into three (6/8, 9/8, 12/8, 3/8, 6/4)."""
    if denominator >= 8:
        return numerator % 3 == 0
    return denominator == 4 and numerator in (6, 9, 12)


def _beat_groups(count: int) -> list[int]:
    """Return how many beats stand together: 5 is 3 + 2, 7 is 2 + 2 + 3, even numbers are twos."""
    if count <= 3:
        return [count]
    if count % 2 == 0:
        return [2] * (count // 2)
    return [3, 2] if count == 5 else [2] * ((count - 3) // 2) + [3]


def _join(spans: list[Span], compound: bool) -> Span:
    if len(spans) == 1:
        return spans[0]
    length = spans[-1].end - spans[0].start
    return Span(spans[0].start, length, tuple(s.length for s in spans), compound, False, tuple(spans))


@lru_cache(maxsize=256)
def meter_tree(numerator: int, denominator: int) -> Span:
    """Return the division of a whole bar.

    Args:
        numerator: upper number of the meter.
        denominator: lower number.
    """
    unit = 4 * QUARTER // denominator
    compound = is_compound(numerator, denominator)
    beat = 3 * unit if compound else unit
    parts = (unit,) * 3 if compound else ()
    count = numerator * unit // beat
    beats = [Span(i * beat, beat, parts, is_beat=True) for i in range(count)]
    groups, position = [], 0
    for size in _beat_groups(count):
        groups.append(_join(beats[position : position + size], compound))
        position += size
    while len(groups) > 3 and len(groups) % 2 == 0 and len({g.length for g in groups}) == 1:
        groups = [_join(groups[i : i + 2], compound) for i in range(0, len(groups), 2)]
    return _join(groups, compound)


def smallest_span(tree: Span, start: int, end: int) -> Span:
    """Return the smallest span of the tree that holds [start, end)."""
    for child in tree.children:
        if child.start <= start and end <= child.end:
            return smallest_span(child, start, end)
    return tree


def beats_of(tree: Span) -> list[Span]:
    """Return the beats of a bar, in order."""
    if tree.is_beat:
        return [tree]
    return [beat for child in tree.groups for beat in beats_of(child)]


def plain_value(ticks: int) -> tuple[str, int] | None:
    """Return (type, dots) of the one note value that lasts `ticks`, None where there is none.

    Types carry MusicXML's names; up to two dots.
    """
    return _VALUES.get(ticks)


_TYPES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
_VALUES: dict[int, tuple[str, int]] = {
    (8 * QUARTER >> index) * numerator // divisor: (name, dots)
    for index, name in enumerate(_TYPES)
    for dots, numerator, divisor in ((0, 1, 1), (1, 3, 2), (2, 7, 4))
    if (8 * QUARTER >> index) * numerator % divisor == 0
}


def _readable(span: Span, start: int, end: int, value: tuple[str, int]) -> bool:
    """Return whether one note value over [start, end), which crosses a part of `span`, leaves the beat readable."""
    length, edges = end - start, (span.start, *span.boundaries, span.end)
    if span.compound:
        return start in edges and end in edges and value[1] < 2
    if value[1] == 2:
        return start == span.start and length * 8 == span.length * 7
    if len(span.children) == 2:
        centre = span.boundaries[0]
        balanced = end - centre == centre - start and 2 * length == span.length
        return start == span.start or balanced or (end == span.end and length > centre - span.start)
    part = span.children[0].length
    syncopated = length == part and any(2 * b == start + end for b in span.boundaries)
    duplet = span.is_beat and end == span.end and 2 * length == span.length
    return start in edges or syncopated or duplet or (end == span.end and length > span.length // 2)


def split_ticks(
    tree: Span, start: int, end: int, *, is_rest: bool = False, ratio: tuple[int, int] = (1, 1)
) -> list[tuple[int, int]]:
    """Return [start, end) cut into stretches of one note value each, at the beats that must stay visible.

    Args:
        tree: the bar, or a tuplet.
        start: first tick.
        end: first tick after, within the tree; both on the grid of `SHORTEST` (within tuplets: of their parts).
        is_rest: rests are cut at every beat they cross.
        ratio: (actual, normal) number of notes of a tuplet.

    Returns:
        (start, end) pairs in order.
    """
    span = smallest_span(tree, start, end)
    whole = (start, end) == (span.start, span.end)
    value = plain_value((end - start) * ratio[0] // ratio[1])
    if value is not None:
        if (whole and value[1] < 2) or not span.children:
            return [(start, end)]
        in_beat = span.is_beat and len(span.children) == 3 and start == span.start
        if in_beat and value[1] == 0 and is_rest:
            return [(start, end)]
        if not is_rest and _readable(span, start, end, value):
            return [(start, end)]
    inside = [b for b in span.boundaries if start < b < end]
    if not inside:
        raise ValueError(f"no note values for ticks {start} to {end}")
    cut = inside[-1] if start in (span.start, *span.boundaries) and not is_rest else inside[0]
    before = split_ticks(tree, start, cut, is_rest=is_rest, ratio=ratio)
    return before + split_ticks(tree, cut, end, is_rest=is_rest, ratio=ratio)


@dataclass(frozen=True, slots=True)
class Tuplet:
    """`actual` equal parts in the time of `normal`, from tick `start`, `length` ticks long."""

    start: int
    length: int
    actual: int
    normal: int

    @property
    def end(self) -> int:
        """First tick after the tuplet."""
        return self.start + self.length

    @property
    def tree(self) -> Span:
        """The division of the tuplet in ticks that sound."""
        return Span(self.start, self.length, (self.length // self.actual,) * self.actual)


def _tuplet_over(start: int, length: int, ticks: Iterable[int], depth: int) -> Tuplet | None:
    """Return the tuplet over a stretch whose grid holds all ticks, its parts halved at most `depth` times."""
    value = plain_value(length)
    is_dotted = value is None or value[1] == 1
    for actual in (3, 5, 7):
        if length % actual:
            continue
        normal = (2 if actual == 3 else 4) if not is_dotted else (3 if actual == 5 else 6)
        grid, written, steps = length // actual, length // normal, 0
        while steps < depth and grid % 2 == 0 and written >= 2 * SHORTEST:
            grid, written, steps = grid // 2, written // 2, steps + 1
        if all((tick - start) % grid == 0 for tick in ticks):
            return Tuplet(start, length, actual, normal) if plain_value(length // normal) else None
    return None


def is_plain(tick: int) -> bool:
    """Return whether a tick lies on the grid of undivided note values."""
    return tick % SHORTEST == 0


def find_tuplets(span: Span, events: list[tuple[int, int]]) -> list[Tuplet]:
    """Return the tuplets that a voice needs within a span of a bar.

    Args:
        span: the bar or a part of it.
        events: (start, end) of the voice's notes, in ticks of the bar.

    Raises:
        ValueError: a time lies on no grid that can be written.
    """
    ticks = {t for event in events for t in event if span.start < t < span.end}
    if all(is_plain(t) for t in ticks):
        return []

    def crossing(edge: int) -> list[tuple[int, int]]:
        """Return the notes over an edge that begin or end off the plain grid inside the span."""
        over = [(a, b) for a, b in events if a < edge < b]
        return [e for e in over if any(not is_plain(t) and span.start < t < span.end for t in e)]

    children, above_beat = span.children, bool(span.groups)
    if not above_beat and (tuplet := _tuplet_over(span.start, span.length, ticks, 0)):
        return [tuplet]
    is_apart = children and not any(crossing(b) for b in span.boundaries)
    found = _try(children, events) if is_apart else None
    if found is not None:
        return found
    tuplet = _tuplet_over(span.start, span.length, ticks, 1 if above_beat else 4)
    if tuplet and (not above_beat or _is_worth_it(tuplet, [e for b in span.boundaries for e in crossing(b)])):
        return [tuplet]
    if len(children) == 3:  # two of three parts together: a triplet of quarters in 3/4, of eighths in 6/8
        for first in (0, 1):
            pair, other = children[first : first + 2], children[2 * (1 - first)]
            start, end = pair[0].start, pair[1].end
            tuplet = _tuplet_over(start, end - start, [t for t in ticks if start < t < end], 2)
            edge = end if first == 0 else start
            rest = _try((other,), events) if tuplet and not crossing(edge) else None
            if tuplet and rest is not None:
                return sorted([tuplet, *rest], key=lambda t: t.start)
    found = _try(children, events) if children and not is_apart else None
    if found is None:
        raise ValueError(f"the times {sorted(ticks)} cannot be written as note values")
    return found


def _is_worth_it(tuplet: Tuplet, notes: list[tuple[int, int]]) -> bool:
    """Return whether a tuplet longer than a beat reads better than its notes tied over the beats.

    The notes over the beats must be whole parts of it, and in a long tuplet one of them must lie inside.
    """
    part = tuplet.length // tuplet.actual
    times = [t for note in notes for t in note if tuplet.start < t < tuplet.end]
    inside = any(tuplet.start < a and b < tuplet.end for a, b in notes)
    return all((t - tuplet.start) % part == 0 for t in times) and (inside or tuplet.length <= 2 * QUARTER)


def _try(spans: Iterable[Span], events: list[tuple[int, int]]) -> list[Tuplet] | None:
    try:
        return [tuplet for span in spans for tuplet in find_tuplets(span, events)]
    except ValueError:
        return None
