"""Gaps in a score of several parts: what may be drawn in them so that everything around them stays as it is.

What stays, or keeps its rhythm, is a *slot*: a row that must come at its time, of its part, with its length. Notes
that keep their pitches alone are a *unit*: chords that a part strikes in their order, each somewhere in its bar. Where
a part is free it begins notes as it likes, which leave room for the slots.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from musegen.composers.parts.constraints import HAND_SPAN, ScoreMasks
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.grid import DURATIONS, MAX_STEP, NUM_STEPS, PART, PITCH, STEP, VELOCITY, ScoreLayout
from musegen.composers.parts.limits import PartsLimits
from musegen.composers.slots import Slot, pull_towards
from musegen.music.fretboard import can_hold

SPACING = 6
"""Ticks between chords that keep their pitches where room gets short: a sixteenth, or what was shorter before."""


@dataclass(frozen=True, slots=True)
class PartSlot(Slot):
    """A note of a part that comes when it came before.

    Args:
        tick: when it begins.
        part: which part plays it.
        pitch: MIDI number, as it was.
        duration: class of its length.
        velocity: class of its loudness.
    """

    tick: int
    part: int
    pitch: int
    duration: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Chords of one part that come in their order, each somewhere in [begin, end).

    Args:
        part: which.
        begin: tick.
        end: tick, exclusive.
        chords: pitches of each from the top.
        spacing: ticks between them at least where room gets short.
    """

    part: int
    begin: int
    end: int
    chords: tuple[tuple[int, ...], ...]
    spacing: int

    def deadline(self, struck: int) -> int:
        """Return the tick by which the next chord has to come when so many have."""
        return self.end - (len(self.chords) - struck) * self.spacing


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) of one part in which it is free; what is new ends by `until`."""

    part: int
    start: int
    end: int
    until: int


@dataclass(frozen=True, slots=True, eq=False)
class PartsGaps:
    """What is composed again, and what must come.

    Args:
        slots: in the order of rows.
        units: apart from each other in each part.
        spans: apart from each other in each part.
        closes: whether the last chord of the limits is struck anew by all.
    """

    slots: Sequence[PartSlot]
    units: Sequence[Unit] = ()
    spans: Sequence[Span] = ()
    closes: bool = False
    keys: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys.extend((slot.tick, slot.part) for slot in self.slots)


class GapMasks(ScoreMasks):
    """The constraint of gaps.

    Args:
        layout: of the codec.
        limits: ranges, and the last chord where the gaps close the piece.
        gaps: what may come, and what must.
    """

    def __init__(self, layout: ScoreLayout, limits: PartsLimits, gaps: PartsGaps) -> None:
        super().__init__(layout, limits)
        self._gaps = gaps
        last = max([slot.tick for slot in gaps.slots] + [span.end for span in gaps.spans] + [limits.end_tick])
        self._begins = np.zeros((layout.num_parts, last + NUM_STEPS + 1), bool)
        self._until = np.zeros(self._begins.shape, int)
        for span in gaps.spans:
            self._begins[span.part, span.start : span.end] = True
            self._until[span.part, span.start : span.end] = span.until
        self._later: list[list[PartSlot]] = [[] for _ in range(layout.num_parts)]
        for slot in gaps.slots:
            self._begins[slot.part, slot.tick] = False
            self._later[slot.part].append(slot)
        self._later_ticks = [[slot.tick for slot in mine] for mine in self._later]
        self._load = [self._loads(mine) for mine in self._later]
        self._last_slot = [mine[-1].tick if mine else -1 for mine in self._later]

    @staticmethod
    def _loads(slots: list[PartSlot]) -> list[int]:
        """Return how many slots of a part sound when each of them begins, those that begin then counted."""
        ends = [slot.tick + int(DURATIONS[slot.duration]) for slot in slots]
        return [
            sum(other.tick <= slot.tick < end for other, end in zip(slots, ends, strict=True)) for slot in slots
        ]  # fmt: skip

    # ------------------------------------------------------------------------------------------------ what must come

    def next_slot(self, cursor: ScoreCursor) -> int:
        """Return the index of the slot that comes next; how many there are where all have come."""
        place = (cursor.now, cursor.last_part)
        index = bisect_left(self._gaps.keys, place)
        if index < len(self._gaps.keys) and self._gaps.keys[index] == place:
            index += len(cursor.struck_now(cursor.last_part))
        return index

    def _unit(self, cursor: ScoreCursor, part: int, time: int) -> tuple[Unit, int, int] | None:
        """Return the unit of a part at a time: (it, its chords that have begun, notes of the last one's that lack)."""
        for unit in self._gaps.units:
            if unit.part == part and unit.begin <= time < unit.end:
                begun = sorted({tick for tick in cursor.onsets(part, unit.begin)})
                lacking = 0
                if begun and begun[-1] == cursor.now and cursor.last_part == part:
                    lacking = len(unit.chords[len(begun) - 1]) - len(cursor.struck_now(part))
                return unit, len(begun), lacking
        return None

    def _obligation(self, cursor: ScoreCursor) -> int | None:
        """Return the tick that the next row may not pass, None where nothing more must come."""
        ticks = []
        index = self.next_slot(cursor)
        if index < len(self._gaps.slots):
            ticks.append(self._gaps.slots[index].tick)
        for unit in self._gaps.units:
            if cursor.now < unit.end:
                found = self._unit(cursor, unit.part, max(cursor.now, unit.begin))
                if found is None or found[0] is not unit:
                    continue
                if found[2]:
                    return cursor.now
                if found[1] < len(unit.chords):
                    ticks.append(unit.deadline(found[1]))
        if self._gaps.closes:
            ticks.append(self._course.close_tick)
        return max(min(ticks), cursor.now) if ticks else None

    def _due(self, cursor: ScoreCursor, time: int) -> int | None:
        """Return the first part that must begin a note at a time, None where none must."""
        parts = []
        index = self.next_slot(cursor)
        if index < len(self._gaps.slots) and self._gaps.slots[index].tick == time:
            parts.append(self._gaps.slots[index].part)
        for unit in self._gaps.units:
            if unit.begin <= time < unit.end:
                found = self._unit(cursor, unit.part, time)
                if found is None or found[0] is not unit:
                    continue
                if found[2] and time == cursor.now:
                    return unit.part
                if found[1] < len(unit.chords) and time >= unit.deadline(found[1]):
                    parts.append(unit.part)
        return min(parts, default=None)

    # ------------------------------------------------------------------------------------------------ the masks

    def mask(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        if cursor.question == VELOCITY and (slot := self._slot_now(cursor)) is not None:
            return self._table(VELOCITY, np.arange(int(self._layout.size[VELOCITY])) == slot.velocity)
        return super().mask(cursor)

    def _own_leaning(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards the old pitch where that was asked for, and towards parts that have been silent."""
        if cursor.question != PITCH:
            return super()._own_leaning(cursor)
        slot = self._slot_now(cursor)
        if slot is None or not slot.pulls:
            return None
        nats = np.zeros(self._layout.num_events)
        pitches = np.arange(self._layout.low, self._layout.high + 1)
        first = self._first[PITCH]
        nats[first : first + len(pitches)] = pull_towards(slot.pitch, pitches, slot.near_semitones)
        return nats

    def _slot_now(self, cursor: ScoreCursor) -> PartSlot | None:
        """Return the slot that the row being made fills, None where it fills none."""
        index, row = self.next_slot(cursor), cursor.row
        if index == len(self._gaps.slots) or self._gaps.keys[index] != (cursor.moment, row[PART]):
            return None
        return self._gaps.slots[index]

    def _steps(self, cursor: ScoreCursor) -> np.ndarray:
        now, limit = cursor.now, self._obligation(cursor)
        allowed = np.zeros(NUM_STEPS, bool)
        for part in range(self._layout.num_parts):
            if cursor.frame.present[part] and self._begins[part, now + 1 : now + NUM_STEPS].any():
                first = self._first_possible(cursor, part)
                allowed |= self._begins[part, now : now + NUM_STEPS] & (self._step_ticks >= first - now)
        for unit in self._gaps.units:
            chord_at = self._first_of_unit(cursor, unit)
            if chord_at is not None:
                allowed |= (self._step_ticks >= chord_at - now) & (self._step_ticks < unit.end - now)
        if limit is not None:
            allowed &= self._step_ticks <= limit - now
            allowed[min(limit - now, MAX_STEP)] = True  # at least to wait
        allowed[0] = bool(self._parts(cursor, 0).any())
        return allowed

    def _first_possible(self, cursor: ScoreCursor, part: int) -> int:
        """Return the first tick after this moment at which a part has a hand free, whether it may play or not."""
        for time in (cursor.now + 1, *cursor.ends(part, cursor.now + 1)):
            if (self._possible(cursor, part, time) & self._scale).any():
                return time
        return cursor.now + NUM_STEPS

    def _first_of_unit(self, cursor: ScoreCursor, unit: Unit) -> int | None:
        """Return the first tick after this moment at which the next chord of a unit can come, None where none is."""
        if cursor.now >= unit.end:
            return None
        found = self._unit(cursor, unit.part, max(cursor.now, unit.begin))
        if found is None or found[0] is not unit or found[1] >= len(unit.chords):
            return None
        return self._time_for(cursor, unit, found[1], max(cursor.now + 1, unit.begin))

    def _time_for(self, cursor: ScoreCursor, unit: Unit, nth: int, time: int) -> int:
        """Return the first tick from a time on at which a chord of a unit finds its keys and fingers free."""
        chord, most = unit.chords[nth], self._layout.parts[unit.part].most
        for then in (time, *cursor.ends(unit.part, time)):
            sounding = cursor.sounding(unit.part, then)
            free = len(sounding) + len(chord) <= most and not set(sounding) & set(chord)
            if free and (unit.part not in self._guitars or can_hold([*sounding, *chord], self._course.tuning)):
                return then
        return time

    def _parts(self, cursor: ScoreCursor, step: int) -> np.ndarray:
        time, layout = cursor.now + step, self._layout
        allowed = cursor.parts(step)
        if self._gaps.closes and time >= self._course.close_tick:
            return allowed & self._last_chord(cursor, step)
        due, limit = self._due(cursor, time), self._obligation(cursor)
        for part in range(layout.num_parts):
            if allowed[part] and part != due:
                before = due is None or part < due
                allowed[part] = before and self._may_begin(cursor, part, step)
        allowed[layout.end] &= limit is None
        allowed[layout.wait] &= limit is not None and time < limit
        return allowed

    def _may_begin(self, cursor: ScoreCursor, part: int, step: int) -> bool:
        """Return whether a part that need not may begin a note after a step."""
        time = cursor.now + step
        found = self._unit(cursor, part, time)
        if found is not None:
            unit, struck, _ = found
            again = step == 0 and cursor.last_part == part
            return not again and struck < len(unit.chords) and self._time_for(cursor, unit, struck, time) == time
        return bool(self._begins[part, time] and (self._pitches(cursor, part, step) & self._scale).any())

    def _pitches(self, cursor: ScoreCursor, part: int, step: int) -> np.ndarray:
        time = cursor.now + step
        index = self.next_slot(cursor)
        if index < len(self._gaps.slots) and self._gaps.keys[index] == (time, part):
            return self._slot_pitches(cursor, index)
        found = self._unit(cursor, part, time)
        if found is None:
            return super()._pitches(cursor, part, step)
        unit, struck, lacking = found
        chord = unit.chords[struck - 1] if step == 0 and lacking else unit.chords[min(struck, len(unit.chords) - 1)]
        return self._only(chord[-lacking] if step == 0 and lacking else chord[0])

    def _only(self, pitch: int) -> np.ndarray:
        only = np.zeros(self._layout.num_pitches, bool)
        only[pitch - self._layout.low] = True
        return only

    def _slot_pitches(self, cursor: ScoreCursor, index: int) -> np.ndarray:
        """Return which pitches a slot may have: its own, or those that leave room for what stays about it."""
        slots, low = self._gaps.slots, self._layout.low
        slot = slots[index]
        if not slot.free:
            return self._only(slot.pitch)
        part, tick = slot.part, slot.tick
        chord = [each for each in slots[index + 1 :] if (each.tick, each.part) == (tick, part)]
        struck = cursor.struck_now(part) if (cursor.now, cursor.last_part) == (tick, part) else []
        table = self._tables[part].copy()
        taken = [*cursor.sounding(part, tick), *self._struck_while(part, tick, [slot, *chord])]
        table[[pitch - low for pitch in taken]] = False
        if struck:
            table[struck[-1] - low :] = False
        below = next((n for n, each in enumerate(chord) if not each.free), len(chord))
        if below < len(chord):
            table[: chord[below].pitch - low + 1] = False
        if below:
            room = np.cumsum(table) - table  # free pitches below each
            table &= room >= below
        one_hand = self._layout.parts[part].most > 2 and part not in self._guitars
        lowest = max(struck[0] - HAND_SPAN - low, 0) if struck and one_hand else 0
        narrowed = table & (np.arange(len(table)) >= lowest)
        together = self._together[part]
        if together is not None and struck:
            narrowed &= together[struck[-1], low : low + len(table)]
        if part in self._guitars:
            narrowed &= self._held_with(
                {*cursor.sounding(part, tick), *(each.pitch for each in chord if not each.free)}
            )
        if tick == self._last_slot[part] and (narrowed & self._closing[part]).any():
            narrowed = narrowed & self._closing[part]
        if narrowed.any():
            return narrowed
        return table if table.any() else self._only(slot.pitch)

    def _struck_while(self, part: int, tick: int, sounding: Sequence[PartSlot]) -> list[int]:
        """Return the pitches that a part is to strike while some slots of a tick sound."""
        end = tick + max(int(DURATIONS[slot.duration]) for slot in sounding)
        first = bisect_left(self._later_ticks[part], tick + 1)
        last = bisect_left(self._later_ticks[part], end)
        return [slot.pitch for slot in self._later[part][first:last] if not slot.free]

    def _durations(self, cursor: ScoreCursor) -> np.ndarray:
        slot = self._slot_now(cursor)
        if slot is not None:
            return np.arange(len(DURATIONS)) == slot.duration
        part, time = cursor.row[PART], cursor.moment
        found = self._unit(cursor, part, time)
        if found is not None:
            unit, struck, lacking = found
            begun = struck if lacking and cursor.row[STEP] == 0 else struck + 1
            shorter = DURATIONS <= max((unit.deadline(begun) if begun < len(unit.chords) else unit.end) - time, 1)
            if begun == len(unit.chords) and unit.end == self._course.end_tick:  # the last chord lasts to the end
                return np.arange(len(DURATIONS)) == np.flatnonzero(shorter)[-1]
            return shorter
        allowed = super()._durations(cursor)
        if self._gaps.closes and time >= self._course.close_tick:
            return allowed
        return allowed & (DURATIONS <= max(self._room(cursor, part, time) - time, 1))

    def _room(self, cursor: ScoreCursor, part: int, time: int) -> int:
        """Return by when a new note has to end so that the slots of its part can be played."""
        end, most = int(self._until[part, time]), self._layout.parts[part].most
        pitch = cursor.row[PITCH] + self._layout.low
        first = bisect_left(self._later_ticks[part], time + 1)
        mine = self._later[part]
        for index in range(first, len(mine)):
            tick = mine[index].tick
            if tick >= end:
                break
            if most <= 2 or part in self._guitars or mine[index].free or mine[index].pitch == pitch:
                return tick
            held = sum(s.tick <= cursor.now and s.tick + int(DURATIONS[s.duration]) > tick for s in mine[:first])
            others = len(cursor.sounding(part, tick)) - held
            if self._load[part][index] + others + 1 > most:
                return tick
        for unit in self._gaps.units:
            if unit.part == part and unit.begin > time:
                end = min(end, unit.begin)
        return end
