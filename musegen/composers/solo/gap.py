"""Gaps in an improvised line: what may be drawn in them so that everything around them stays as it is."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.composers.slots import Slot, pull_towards
from musegen.composers.solo.constraints import SoloLimits
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import (
    END,
    FIRST_LENGTH,
    FIRST_PITCH,
    FIRST_STEP,
    FULL,
    LENGTH,
    LENGTHS,
    LOW_PITCH,
    NONE,
    NUM_BEATS,
    NUM_EVENTS,
    NUM_LENGTHS,
    NUM_PITCHES,
    NUM_PLACES,
    NUM_STEPS,
    PITCH,
    PLACE_OF,
    PLACES,
    STEP,
    STEP_BEAT,
    STEP_TICK,
    TICKS_PER_BEAT,
    WAIT,
    nearest_length,
)

_STEP_TICKS = STEP_BEAT * TICKS_PER_BEAT + STEP_TICK
_LENGTHS = np.array(LENGTHS)
_PITCHES = np.arange(NUM_PITCHES) + LOW_PITCH
SPACINGS = (6, 4, 3, 2)
"""Ticks between notes that keep their pitches where room gets short: the widest that fits."""


@dataclass(frozen=True, slots=True, order=True)
class LineSlot(Slot):
    """A note of the solo that comes when it came before.

    Args:
        tick: when it begins.
        pitch: MIDI number, as it was.
        ticks: how long it sounds.
    """

    tick: int
    pitch: int
    ticks: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Pitches that come in their order somewhere in [begin, end), notes `spacing` ticks apart where room gets short."""

    begin: int
    end: int
    pitches: tuple[int, ...]
    spacing: int

    def deadline(self, struck: int) -> int:
        """Return the last tick at which the next note can come when so many have."""
        tick = self.end - (len(self.pitches) - struck) * self.spacing
        beat, place = divmod(max(tick, self.begin), TICKS_PER_BEAT)
        return beat * TICKS_PER_BEAT + PLACES[bisect_right(PLACES, place) - 1]


@dataclass(frozen=True, slots=True, eq=False)
class LineGaps:
    """What is composed again of a line, and what must come.

    Args:
        slots: by time.
        units: apart from each other.
        spans: [start, end) in ticks where it is free, by time, apart from each other.
        closing: what holds at the end where the gaps close the music; None where they do not.
    """

    slots: Sequence[LineSlot]
    units: Sequence[Unit]
    spans: Sequence[tuple[int, int]]
    closing: SoloLimits | None = None


class LineMask:
    """The constraint of gaps.

    Args:
        gaps: what may come, and what must.
        in_range: events without pitch or with one that may be played, boolean (V,).
    """

    def __init__(self, gaps: LineGaps, in_range: np.ndarray) -> None:
        self._gaps, self._pitches = gaps, in_range[FIRST_PITCH:NONE]
        self._ticks = [slot.tick for slot in gaps.slots]

    def __call__(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        if cursor.question == STEP:
            return _table(FIRST_STEP, self._steps(cursor))
        if cursor.question == LENGTH:
            return self._lengths(cursor)
        if cursor.row[STEP] >= WAIT:
            return None
        return self._pitch(cursor)

    def logit_bias(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return nats towards the old pitch where that was asked for, and towards the end where it may come."""
        if cursor.question == PITCH and cursor.row[STEP] < WAIT:
            slot = self._slot_at(cursor.coming_tick)
            if slot is not None and slot.pulls:
                nats = np.zeros(NUM_EVENTS)
                nats[FIRST_PITCH:NONE] = pull_towards(slot.pitch, _PITCHES, slot.near_semitones)
                return nats
        return self._gaps.closing.logit_bias(cursor) if self._gaps.closing is not None else None

    def _slot_at(self, tick: int) -> LineSlot | None:
        index = bisect_left(self._ticks, tick)
        return self._gaps.slots[index] if index < len(self._ticks) and self._ticks[index] == tick else None

    def _unit_at(self, cursor: SoloCursor, tick: int) -> tuple[Unit, int] | None:
        """Return the unit of a time and how many of its notes have come."""
        for unit in self._gaps.units:
            if unit.begin <= tick < unit.end:
                return unit, len(cursor.onsets_from(unit.begin))
        return None

    def _obligation(self, cursor: SoloCursor) -> int | None:
        """Return the tick that the next note may not pass, None where nothing more must come."""
        index = bisect_right(self._ticks, cursor.tick)
        ticks = self._ticks[index : index + 1]
        for unit in self._gaps.units:
            if cursor.tick < unit.end:
                struck = len(cursor.onsets_from(unit.begin))
                if struck < len(unit.pitches):
                    ticks.append(unit.deadline(struck))
                    break
        return min(ticks, default=None)

    def _steps(self, cursor: SoloCursor) -> np.ndarray:
        at = cursor.beat * TICKS_PER_BEAT + _STEP_TICKS
        allowed, limit = np.zeros(NUM_STEPS, bool), self._obligation(cursor)
        for start, end in self._gaps.spans:
            allowed[:WAIT] |= (at >= start) & (at < end)
        for unit in self._gaps.units:
            if cursor.tick < unit.end and len(cursor.onsets_from(unit.begin)) < len(unit.pitches):
                allowed[:WAIT] |= (at >= unit.begin) & (at < unit.end)
        allowed[:WAIT] &= at > cursor.tick
        if limit is None:
            if self._gaps.closing is None:
                allowed[END] = True
                return allowed
            allowed[[WAIT, END]] = True
            closing = self._gaps.closing.mask(cursor)
            assert closing is not None  # it always says when
            return allowed & closing[FIRST_STEP : FIRST_STEP + NUM_STEPS]
        limit = max(limit, cursor.tick + 1)
        allowed[:WAIT] &= at < limit
        allowed[:WAIT] |= at == limit
        if not allowed.any():
            far = limit // TICKS_PER_BEAT - cursor.beat >= NUM_BEATS
            allowed[WAIT], later = far, np.flatnonzero(at > cursor.tick)
            if not far:  # between two places of the grid: the next one
                allowed[later[np.argmin(at[later])]] = True
        allowed[WAIT] |= limit // TICKS_PER_BEAT - cursor.beat >= NUM_BEATS
        return allowed

    def _lengths(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return how long the note before may sound: as it did, or at most to the end of its gap."""
        if cursor.row[STEP] == END and self._gaps.closing is not None and self._slot_at(cursor.tick) is None:
            return self._gaps.closing.mask(cursor)
        exact = cursor.row[STEP] < WAIT
        following = cursor.coming_tick if exact else None
        slot = self._slot_at(cursor.tick)
        if slot is not None:
            room = following if following is not None else (cursor.beat + NUM_BEATS) * TICKS_PER_BEAT
            found = nearest_length(slot.ticks, cursor.tick, room)
            if found == FULL and not exact:
                found = int(np.flatnonzero(room - cursor.tick > _LENGTHS)[-1])
            return _table(FIRST_LENGTH, np.arange(NUM_LENGTHS) == found)
        until = next((end for start, end in self._stretches() if start <= cursor.tick < end), None)
        if until is None:
            return None
        allowed = cursor.tick + _LENGTHS <= max(until, cursor.tick + 3)
        allowed[FULL] = following is not None and following <= until
        return _table(FIRST_LENGTH, allowed)

    def _stretches(self) -> list[tuple[int, int]]:
        return [*self._gaps.spans, *((unit.begin, unit.end) for unit in self._gaps.units)]

    def _pitch(self, cursor: SoloCursor) -> np.ndarray:
        tick = cursor.coming_tick
        slot = self._slot_at(tick)
        if slot is not None and not slot.free:
            return _table(FIRST_PITCH, _PITCHES == slot.pitch)
        found = self._unit_at(cursor, tick)
        if found is not None and found[1] < len(found[0].pitches):
            return _table(FIRST_PITCH, _PITCHES == found[0].pitches[found[1]])
        if self._gaps.closing is not None and slot is None:
            closing = self._gaps.closing.mask(cursor)
            if closing is not None and (closing[FIRST_PITCH:NONE] & self._pitches).any():
                return closing
        return _table(FIRST_PITCH, self._pitches)


def rows_between(beat: int, before: LineSlot | None, notes: Sequence[LineSlot]) -> list[int]:
    """Return the events of notes that are heard after one that was heard before.

    Args:
        beat: from which the first step is counted.
        before: the last note heard; None where none sounds.
        notes: what is heard, by time.
    """
    events: list[int] = []
    for note in notes:
        while note.tick // TICKS_PER_BEAT - beat >= NUM_BEATS:
            events += [FIRST_STEP + WAIT, _heard_length(before, (beat + NUM_BEATS) * TICKS_PER_BEAT, False), NONE]
            beat, before = beat + NUM_BEATS, None
        step = (note.tick // TICKS_PER_BEAT - beat) * NUM_PLACES + PLACE_OF[note.tick % TICKS_PER_BEAT]
        events += [FIRST_STEP + step, _heard_length(before, note.tick, True), FIRST_PITCH + note.pitch - LOW_PITCH]
        beat, before = note.tick // TICKS_PER_BEAT, note
    return events


def _heard_length(before: LineSlot | None, following: int, exact: bool) -> int:
    if before is None:
        return NONE
    if exact:
        return FIRST_LENGTH + nearest_length(before.ticks, before.tick, following)
    fitting = np.flatnonzero(following - before.tick > _LENGTHS)[1:]
    return FIRST_LENGTH + int(fitting[np.abs(np.log(_LENGTHS[fitting] / before.ticks)).argmin()])


def _table(first: int, allowed: np.ndarray) -> np.ndarray:
    table = np.zeros(NUM_EVENTS, bool)
    table[first : first + len(allowed)] = allowed
    table[NONE] = True
    return table
