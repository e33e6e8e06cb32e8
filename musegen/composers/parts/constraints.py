"""The course of a score being made: what is given comes as it is, players play what they can, the last bar closes."""

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.grid import (
    DURATION,
    DURATIONS,
    MAX_STEP,
    NUM_STEPS,
    PART,
    PITCH,
    STEP,
    TICKS,
    VELOCITIES,
    VELOCITY,
    ScoreLayout,
    guitars_of,
)
from musegen.composers.parts.guitar_close import can_close, is_closed
from musegen.composers.parts.leanings import Leanings
from musegen.composers.parts.limits import PartsLimits
from musegen.music.fretboard import held_with
from musegen.music.strings import STRINGS, double_stops

HAND_SPAN = 16
"""Semitones from the highest to the lowest note that a hand strikes at once: a tenth."""

_ENTRY, _ENTRY_SPAN = 0.4, 10
"""Where in its range a part enters, and how many semitones about it."""
_DRONE_BARS, _DRONE_ROOM = 2, TICKS // 2
"""A part of an ensemble stays on one note for so many bars at most; what is left of them is an eighth at least."""
_OPENING_VELOCITY = 50
"""An invented piece begins at least so loud."""


class ScoreMasks:
    """The constraint of one course.

    Args:
        layout: of the codec.
        course: what must be kept to.
    """

    def __init__(self, layout: ScoreLayout, course: PartsLimits) -> None:
        self._layout, self._course = layout, course
        self._first = layout.first.tolist()
        fixed = course.fixed
        self._fixed: list[tuple[int, int, int]] = []
        self._fixed_lengths: list[int] = []
        if fixed is not None:
            columns = (fixed.tick.tolist(), fixed.part.tolist(), (-fixed.pitch).tolist())
            self._fixed = list(zip(*columns, strict=True))
            self._fixed_lengths = fixed.duration.tolist()
        self._fixed_parts = {part for _, part, _ in self._fixed}
        last = {part: tick for tick, part, _ in self._fixed}
        bound = course.fixed_until >= course.close_tick
        self._done_before = {part for part, tick in last.items() if bound and tick < course.close_tick}
        self._guitars = frozenset(guitars_of(layout))
        self._closing = [self._closing_table(index) for index in range(layout.num_parts)]
        self._tables = [self._range_table(index) for index in range(layout.num_parts)]
        self._together = [double_stops(part.program) if part.program in STRINGS else None for part in layout.parts]
        self._step_ticks = np.arange(NUM_STEPS)
        self._leanings = Leanings(layout, course, self._fixed)
        pitches = np.arange(layout.low, layout.high + 1)
        self._scale = np.isin(pitches % 12, list(course.locked or range(12)))

    def _range_table(self, part: int) -> np.ndarray:
        table = np.zeros(self._layout.num_pitches, bool)
        low, high = self._course.ranges[part]
        table[low - self._layout.low : high - self._layout.low + 1] = True
        return table & self._held_with(()) if part in self._guitars else table

    def _held_with(self, sounding: Iterable[int]) -> np.ndarray:
        """Return which one more pitch a guitarist can hold while others sound, boolean (num_pitches,)."""
        held = held_with(tuple(sorted(sounding)), self._course.tuning)
        return held[self._layout.low : self._layout.high + 1]

    def _closing_table(self, part: int) -> np.ndarray:
        """Return which pitches of its range a part may strike last; all of them where none fits."""
        pitches = np.arange(self._layout.low, self._layout.high + 1)
        table = self._range_table(part) & np.isin(pitches % 12, list(self._course.closing[part]))
        return table if table.any() else self._range_table(part)

    def mask(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        question = cursor.question
        if question == STEP:
            return self._table(STEP, self._steps(cursor))
        row = cursor.row
        if question == PART:
            return self._table(PART, self._parts(cursor, row[STEP]))
        if row[PART] >= self._layout.num_parts or question > DURATION:
            return None
        if question == PITCH:
            return self._table(PITCH, self._pitches(cursor, row[PART], row[STEP]))
        return self._table(DURATION, self._durations(cursor))

    def no_waiting(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return the mask against whole silent bars; None where it has nothing to say."""
        if cursor.question != PART or cursor.row[STEP] < MAX_STEP:
            return None
        allowed = np.ones(self._layout.num_events, bool)
        allowed[self._first[PART] + self._layout.wait] = False
        return allowed

    def opening(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return the mask of how new parts begin; None where it has nothing to say.

        An invented piece opens at once, an ensemble with its highest part, on the chord with which it closes, and each
        part enters in its middle register: the network has heard nothing yet that would tell it where the parts lie.
        """
        question, row = cursor.question, cursor.row
        if self._fixed and question != PITCH:  # the melody says when it begins, and on what chord
            return None
        if question == STEP:
            if cursor.num_rows == 0:
                return self._table(STEP, self._step_ticks == 0)
            complete = cursor.now == 0 and not cursor.frame.present[cursor.last_part + 1 :].any()
            return self._table(STEP, self._step_ticks > 0) if complete else None
        ensemble = self._layout.num_parts > 2 and not self._layout.keyboard  # songs have a prelude
        if question == PART and cursor.num_rows == 0 and ensemble:  # as 77 % of the quartets do
            return self._table(PART, np.arange(self._layout.num_parts + 2) == np.argmax(cursor.frame.present))
        if question == PART and cursor.moment == 0 and cursor.num_rows:
            allowed = np.ones(self._layout.num_parts + 2, bool)
            allowed[cursor.last_part] = False
            return self._table(PART, allowed)
        if question == VELOCITY and cursor.moment == 0:  # what begins in a whisper stays there
            return self._table(VELOCITY, VELOCITIES >= _OPENING_VELOCITY)
        if question != PITCH or row[PART] >= self._layout.num_parts or cursor.has_played(row[PART]):
            return None
        low, high = self._course.ranges[row[PART]]
        middle = low + _ENTRY * (high - low)
        pitches = np.arange(self._layout.low, self._layout.high + 1)
        near = self._tables[row[PART]] & (np.abs(pitches - middle) <= _ENTRY_SPAN)
        if self._course.chords is not None:  # whose first chord need not be that of the close
            return self._table(PITCH, near)
        opening = near & self._closing[row[PART]] if cursor.moment == 0 and not self._fixed else near
        return self._table(PITCH, opening if opening.any() else near)

    def leaning(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards what is wanted, towards the tones of chords among it; None where all is left as it is."""
        own, over = self._own_leaning(cursor), self._leanings.over_chords(cursor)
        return own if over is None else over if own is None else own + over

    def _own_leaning(self, cursor: ScoreCursor) -> np.ndarray | None:
        return self._leanings.own(cursor)

    def no_drone(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return the mask against one note held or struck for bars and bars by a part of an ensemble; else None."""
        part, question = cursor.row[PART] if len(cursor.row) > PART else -1, cursor.question
        if question not in (PITCH, DURATION) or part >= self._layout.num_parts or self._layout.keyboard:
            return None
        time = cursor.moment
        last = cursor.last_pitch(part)
        if self._bound(part, time) or last is None or time >= self._course.close_tick:
            return None
        most = _DRONE_BARS * int(cursor.frame.bars.length[cursor.bar_of(time)])
        if question == PITCH:
            if cursor.staying(part, last, time) < most - _DRONE_ROOM:
                return None
            return self._table(PITCH, np.arange(self._layout.num_pitches) != last - self._layout.low)
        stayed = cursor.staying(part, cursor.row[PITCH] + self._layout.low, time)
        return self._table(DURATION, DURATIONS <= max(most - stayed, _DRONE_ROOM))

    def below_lead(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return the mask against notes above the melody that is given; None where it has nothing to say."""
        if cursor.question != PITCH or not self._fixed or cursor.moment >= self._course.fixed_until:
            return None
        part, lead = cursor.row[PART], min(self._fixed_parts)
        if part in self._fixed_parts or part >= self._layout.num_parts or part in self._layout.keyboard:
            return None  # a piano plays above the voice as it likes
        highest = max(cursor.sounding(lead, cursor.moment), default=None)
        if highest is None:
            return None
        return self._table(PITCH, np.arange(self._layout.num_pitches) <= highest - self._layout.low)

    def _table(self, question: int, allowed: np.ndarray) -> np.ndarray:
        table = np.zeros(self._layout.num_events, bool)
        table[self._first[question] : self._first[question] + len(allowed)] = allowed
        return table

    def _next_fixed(self, cursor: ScoreCursor) -> int:
        """Return the index of the next note that is given, or how many there are where none is left."""
        return bisect_right(self._fixed, cursor.place)

    # ------------------------------------------------------------------------------------------------ when

    def _limit(self, cursor: ScoreCursor) -> int:
        """Return the tick that the next row may not pass: of the next given note, or of the last chord."""
        limit = self._course.close_tick
        index = self._next_fixed(cursor)
        if index < len(self._fixed):
            limit = min(limit, self._fixed[index][0])
        return max(limit, cursor.now)

    def _steps(self, cursor: ScoreCursor) -> np.ndarray:
        now, limit = cursor.now, self._limit(cursor)
        earliest = max(self._free_from(cursor, limit), self._course.seam_tick)
        allowed = (self._step_ticks >= earliest - now) & (self._step_ticks <= limit - now)
        allowed[0] = now >= self._course.seam_tick and bool(self._parts(cursor, 0).any())
        if 0 < limit - now <= MAX_STEP:
            allowed[limit - now] = True
        if limit - now > MAX_STEP:
            allowed[MAX_STEP] = True  # at least to wait
        return allowed

    def _free_from(self, cursor: ScoreCursor, limit: int) -> int:
        """Return the first tick after this moment at which a part that is free to can begin a note."""
        best = limit
        for part in range(self._layout.num_parts):
            if not cursor.frame.present[part]:
                continue
            first = cursor.now + 1
            if part in self._fixed_parts:
                first = max(first, self._course.fixed_until)
            for time in (first, *cursor.ends(part, first)):
                if time >= best:
                    break
                if (self._possible(cursor, part, time) & self._scale).any():
                    best = time
                    break
        return best

    def _bound(self, part: int, time: int) -> bool:
        """Return whether a part plays only what is given at a time."""
        return part in self._fixed_parts and time < self._course.fixed_until

    # ------------------------------------------------------------------------------------------------ who

    def _parts(self, cursor: ScoreCursor, step: int) -> np.ndarray:
        """Return who may play after a step, boolean (P + 2,)."""
        time = cursor.now + step
        allowed = cursor.parts(step)
        if time >= self._course.close_tick:
            return allowed & self._last_chord(cursor, step)
        if time < self._course.seam_tick:
            allowed[: self._layout.num_parts] = allowed[self._layout.end] = False
            return allowed
        index = self._next_fixed(cursor)
        following = self._fixed[index] if index < len(self._fixed) else None
        player = following[1] if following is not None and following[0] == time else None
        for part in range(self._layout.num_parts):
            if not allowed[part]:
                continue
            if player is not None and part >= player:
                allowed[part] = part == player
            elif self._bound(part, time):
                allowed[part] = False
            else:
                allowed[part] = (self._pitches(cursor, part, step) & self._scale).any()
        allowed[self._layout.end] = False
        allowed[self._layout.wait] &= time < self._limit(cursor)
        return allowed

    def _last_chord(self, cursor: ScoreCursor, step: int) -> np.ndarray:
        """Return who may play in the last chord: each part that plays once, from the top; a hand more notes."""
        layout = self._layout
        allowed = np.zeros(layout.num_parts + 2, bool)
        present = [
            part for part in range(layout.num_parts) if cursor.frame.present[part] and part not in self._done_before
        ]
        last = cursor.last_part if step == 0 and cursor.now >= self._course.close_tick else -1
        following = next((part for part in present if part > last), layout.end)
        if last >= 0 and layout.parts[last].most > 2 and not self._bound(last, cursor.now):
            allowed[last] = (self._pitches(cursor, last, 0) & self._scale).any()
        allowed[following] = True
        if last in self._guitars and self._course.guitar_close is not None and allowed[last]:
            allowed[following] = is_closed(tuple(cursor.struck_now(last)), *self._course.guitar_close)
        return allowed

    # ------------------------------------------------------------------------------------------------ what

    def _possible(self, cursor: ScoreCursor, part: int, time: int) -> np.ndarray:
        """Return which pitches a part can begin at a time with what it then still plays, boolean (num_pitches,)."""
        sounding = cursor.sounding(part, time)
        if len(sounding) >= self._layout.parts[part].most:
            return np.zeros(self._layout.num_pitches, bool)
        table, low = self._tables[part], self._layout.low
        if not sounding:
            return table
        if part in self._guitars:
            return table & self._held_with(sounding)
        table, together = table.copy(), self._together[part]
        for pitch in sounding:
            table[pitch - low] = False
            if together is not None:
                table &= together[pitch, low : low + len(table)]
        return table

    def _pitches(self, cursor: ScoreCursor, part: int, step: int) -> np.ndarray:
        """Return which pitches a part may begin after a step, boolean (num_pitches,)."""
        time, low = cursor.now + step, self._layout.low
        index = self._next_fixed(cursor)
        if index < len(self._fixed) and self._fixed[index][:2] == (time, part):
            only = np.zeros(self._layout.num_pitches, bool)
            only[-self._fixed[index][2] - low] = True
            return only
        table = self._possible(cursor, part, time)
        struck = cursor.struck_now(part) if step == 0 and cursor.last_part == part else []
        if struck:
            table = table.copy()
            table[struck[-1] - low :] = False
            if self._layout.parts[part].most > 2 and part not in self._guitars:
                table[: max(struck[0] - HAND_SPAN - low, 0)] = False
        if time >= self._course.close_tick and part in self._guitars and self._course.guitar_close is not None:
            return self._closing_guitar(part, table, tuple(struck))
        if time >= self._course.close_tick and self._course.closing[part]:
            closing = table & self._closing[part]
            table = closing if closing.any() or struck else table
        return table

    def _closing_guitar(self, part: int, table: np.ndarray, struck: tuple[int, ...]) -> np.ndarray:
        """Return which pitches lead to the whole chord; where none does, those that the close has else."""
        tonic, third = self._course.guitar_close or (0, 0)
        low, lowest = self._layout.low, max(self._course.ranges[part][0], self._layout.low)
        leads = np.zeros(len(table), bool)
        triad = np.isin((np.arange(len(table)) + low) % 12, [tonic, third, (tonic + 7) % 12])
        for index in np.flatnonzero(table & triad):
            leads[index] = can_close((*struck, int(index) + low), tonic, third, lowest, self._course.tuning)
        if leads.any() or struck:
            return leads
        closing = table & self._closing[part]
        return closing if closing.any() else table

    def _durations(self, cursor: ScoreCursor) -> np.ndarray:
        time, part = cursor.moment, cursor.row[PART]
        index = self._next_fixed(cursor)
        if index < len(self._fixed) and self._fixed[index][:2] == (time, part):
            only = np.zeros(len(DURATIONS), bool)
            only[self._fixed_lengths[index]] = True
            return only
        if time < self._course.close_tick:
            limit = self._course.close_tick
            return DURATIONS <= max(limit - time, 1)
        only = np.zeros(len(DURATIONS), bool)
        only[max(int(np.searchsorted(DURATIONS, self._course.end_tick - time, side="right")) - 1, 0)] = True
        return only
