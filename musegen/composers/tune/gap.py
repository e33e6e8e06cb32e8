"""Gaps in a folk tune: what may be drawn in them so that everything around them stays as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from musegen.composers.slots import pull_towards
from musegen.composers.tune.cursor import (
    BAR,
    BAR_TICKS,
    DURATION,
    DURATIONS,
    END,
    HIGH,
    LOW,
    PICKUP,
    PITCH,
    REST,
    SIGN,
    SIZE,
    TIE,
    TONICS,
    FolkTuneCursor,
    closing_mask,
    fits,
    may_step,
)
from musegen.composers.tune.line import Line, spell_line

KEEPS = ("", "rhythm", "pitches")
"""What of the old notes stays: nothing, their onsets and lengths, or their pitches in order."""

_PITCHES = np.arange(SIZE) >= PITCH
_IS_TONIC = np.isin(np.arange(SIZE), TONICS)


@dataclass(frozen=True, slots=True)
class TuneGap:
    """A stretch [start, end) of a tune, in ticks, that is composed again.

    Args:
        start: where a note begins, or silence; no locked note sounds in the gap.
        end: its end, exclusive.
        keep: one of `KEEPS`.
        closes: the tune ends here, on the tonic.
        near_semitones: how far most pitches stay from the old ones at most, where the rhythm is kept; 0 for no pull.
    """

    start: int
    end: int
    keep: str = ""
    closes: bool = False
    near_semitones: float = 0.0


def without_gap(line: Line, gap: TuneGap) -> Line:
    """Return the tune without the notes that begin in a gap."""
    notes = [note for note in line.notes if not gap.start <= note[0] < gap.end]
    return Line(line.meter, line.mode, line.pickup, notes, dict(line.signs))


def gap_mask(old: Line, gap: TuneGap, always: np.ndarray) -> Callable[[FolkTuneCursor], np.ndarray]:
    """Return the constraint that holds while a gap is filled: some event is always left under it.

    Bar lines and signs stay where they were, no sound crosses them or the end of the gap, and no note before the gap is
    prolonged into it.

    Args:
        old: the tune with its old notes in the gap.
        gap: which stretch.
        always: what may come anywhere, boolean (V,); of the pitches.
    """
    signs = {tick: sign for tick, sign in old.signs.items() if gap.start <= tick < gap.end and tick}
    stops = sorted({*(tick for tick in signs if tick > gap.start), gap.end})
    silence = _silence_after(old, gap.end)
    keep = {"": None, "rhythm": _keep_rhythm, "pitches": _keep_pitches}[gap.keep]
    kept = keep(old, gap, stops) if keep else None

    def mask(cursor: FolkTuneCursor) -> np.ndarray:
        allowed, now = cursor.allowed(), cursor.now
        if cursor.position == cursor.bar_ticks:
            return _one(allowed, signs.get(now, BAR))
        if now in signs and not (cursor.signs and cursor.signs[-1][0] == now):
            return _one(allowed, signs[now])
        table = allowed & always
        table[[END]] = False
        table[PICKUP:DURATION] = False
        table[SIGN:PITCH] = False
        if now == gap.start:
            table[TIE] = False
        limit = next(tick for tick in stops if tick > now)
        if kept is not None:
            return kept(cursor, table)
        left = limit - now
        if left <= cursor.bar_ticks - cursor.position:
            if gap.closes and limit == gap.end:
                return closing_mask(cursor, table, left)
            reach = [d <= left and fits(cursor.position + d, cursor.position + left) for d in DURATIONS]
            _only_durations(table, cursor, np.array(reach))
            if silence and limit == gap.end and DURATIONS[cursor.duration] == left and table[PITCH:].any():
                table[REST] = False  # two silences in a row would have another spelling
        return table

    return mask


def pull(old: Line, gap: TuneGap) -> Callable[[FolkTuneCursor], np.ndarray | None] | None:
    """Return the leaning towards the old pitches of a gap whose rhythm is kept, None where there is none."""
    if not gap.near_semitones or gap.keep != "rhythm":
        return None
    pitches = np.arange(LOW, HIGH + 1)
    tables = {}
    for onset, _, pitch in old.notes:
        if gap.start <= onset < gap.end:
            tables[onset] = np.zeros(SIZE)
            tables[onset][PITCH:] = pull_towards(pitch, pitches, gap.near_semitones)
    return lambda cursor: tables.get(cursor.now)


def _one(allowed: np.ndarray, event: int) -> np.ndarray:
    table = np.zeros_like(allowed)
    table[event] = allowed[event]
    return table


def _only_durations(table: np.ndarray, cursor: FolkTuneCursor, possible: np.ndarray) -> None:
    """Take away the durations that are not possible, and sounds where the current one is not."""
    table[DURATION:REST] &= possible
    if not possible[cursor.duration]:
        table[PITCH:] = table[REST] = table[TIE] = False


def _silence_after(line: Line, tick: int) -> bool:
    """Return whether the tune is silent from a tick on within its bar."""
    if line.is_line(tick) or tick in line.signs:
        return False
    return not any(onset <= tick < end for onset, end, _ in line.notes)


def _old_steps(old: Line, gap: TuneGap) -> dict[int, tuple[int, int]]:
    """Return for each tick of the gap where a sound or silence begins: (index of its duration, its event)."""
    notes = [note for note in old.notes if note[0] < gap.end]
    shortened = Line(old.meter, old.mode, old.pickup, notes, old.signs)
    steps, now, duration = {}, 0, DURATIONS.index(12)
    for event in spell_line(shortened, gap.end):
        if DURATION <= event < REST:
            duration = event - DURATION
        elif event in (REST, TIE) or event >= PITCH:
            if now >= gap.start:
                steps[now] = (duration, event)
            now += DURATIONS[duration]
    return steps


Kept = Callable[[FolkTuneCursor, np.ndarray], np.ndarray]


def _as_it_was(cursor: FolkTuneCursor, steps: dict[int, tuple[int, int]], end: int) -> np.ndarray:
    """Return what repeats the old event at the cursor's tick; within an old silence, silence until the next event.

    A silence is spelled anew where it meets another, so that it may be cut at a tick where none began before.
    """
    allowed, now = cursor.allowed(), cursor.now
    if now in steps:
        duration, event = steps[now]
        return _one(allowed, event if cursor.duration == duration else DURATION + duration)
    left = min((tick for tick in steps if tick > now), default=end) - now
    if allowed[REST] and DURATIONS[cursor.duration] <= left:
        return _one(allowed, REST)
    shorter = np.array([length <= left for length in DURATIONS])
    table = np.zeros_like(allowed)
    table[DURATION:REST] = allowed[DURATION:REST] & shorter
    return table if table.any() else allowed


def _keep_rhythm(old: Line, gap: TuneGap, stops: list[int]) -> Kept:
    steps = _old_steps(old, gap)
    last = max((tick for tick, (_, event) in steps.items() if event >= PITCH), default=-1)

    def mask(cursor: FolkTuneCursor, table: np.ndarray) -> np.ndarray:
        duration, event = steps.get(cursor.now, (-1, REST))
        if cursor.duration != duration or event < PITCH:
            return _as_it_was(cursor, steps, gap.end)
        pitches = table & _PITCHES
        if gap.closes and cursor.now == last:
            pitches &= _IS_TONIC
        return pitches

    return mask


def _keep_pitches(old: Line, gap: TuneGap, stops: list[int]) -> Kept:
    """Return what lets the notes of each bar of the gap keep their pitches in order, at other times of the same bar."""
    steps = _old_steps(old, gap)
    bar, origin = BAR_TICKS[old.meter], old.pickup
    edges = sorted({gap.start, *stops, *(t for t in range(origin or bar, gap.end, bar) if t > gap.start)})
    units: list[tuple[int, int, list[int]]] = []
    for begin, end in zip(edges, edges[1:], strict=False):
        pitches = [event for tick, (_, event) in sorted(steps.items()) if begin <= tick < end and event >= PITCH]
        while begin in steps and steps[begin][1] == TIE:
            begin += DURATIONS[steps[begin][0]]
        units.append((begin, end, pitches))

    @cache
    def can(now: int, end: int, count: int) -> bool:
        """Return whether `count` notes of one duration each lead from a tick to the end of its unit."""
        if not count:
            return now == end
        position = (now - origin) % bar
        return any(now + d <= end and may_step(position, d) and can(now + d, end, count - 1) for d in DURATIONS)

    def mask(cursor: FolkTuneCursor, table: np.ndarray) -> np.ndarray:
        now = cursor.now
        unit = next((u for u in units if u[0] <= now < u[1]), None)
        if unit is None or not unit[2] or not can(unit[0], unit[1], len(unit[2])):  # as it was
            return _as_it_was(cursor, steps, gap.end)
        begin, end, pitches = unit
        struck = 0
        for segment in reversed(cursor.segments):
            if segment.onset < begin:
                break
            struck += segment.pitch is not None and not segment.tied
        left, position = len(pitches) - struck, cursor.position
        leads = np.array([
            now + d <= end and may_step(position, d) and can(now + d, end, left - 1) for d in DURATIONS
        ])  # fmt: skip
        _only_durations(table, cursor, leads)
        pitch = table[pitches[struck]] or (cursor.allowed()[pitches[struck]] and bool(leads[cursor.duration]))
        table[PITCH:] = False
        table[pitches[struck]] = pitch  # also where it lies outside the range that new notes have
        if not can(now + DURATIONS[cursor.duration], end, left):
            table[REST] = table[TIE] = False
        return table

    return mask
