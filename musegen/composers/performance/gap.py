"""Gaps in a performance: what may be played in them so that everything around them stays as it is.

What stays, or keeps its rhythm, is a *slot*: a row that must come. Where the network is free it plays other rows before
the next slot; the step that reaches it is the shortest that is long enough, so what follows is heard a little late (at
most 8 % of one step), never early. `GapCursor` keeps count of that and of the slots that have come.
"""

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from musegen.composers.performance.codec import PerformanceCursor
from musegen.composers.performance.constraints import PerformanceLimits, reachable
from musegen.composers.performance.grid import (
    DURATION,
    DURATION_MS,
    FIRST_DURATION,
    FIRST_STEP,
    FIRST_VELOCITY,
    FIRST_WHAT,
    NONE,
    NUM_DURATIONS,
    NUM_EVENTS,
    NUM_KEYS,
    NUM_STEPS,
    NUM_VELOCITIES,
    NUM_WHATS,
    PEDAL_DOWN,
    PEDAL_UP,
    STEP,
    STEP_MS,
    WHAT,
)
from musegen.composers.slots import Slot, pull_towards

_TOGETHER_MS, _LEAST_MS = 45.0, 40.0
"""What is struck within the first is one grip; notes that keep their pitches find this much time each at least."""


@dataclass(frozen=True, slots=True)
class RowSlot(Slot):
    """A row that comes when it came before.

    Args:
        time_ms: from the first row.
        row: its answers (step, what, duration, velocity).
        follows: whether the row before it in the performance is a slot too.
        pedal: whether the pedal is down before it.
    """

    time_ms: float
    row: tuple[int, int, int, int]
    follows: bool
    pedal: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that is free: for anything, or for some keys in their order.

    Args:
        start_ms: from the first row.
        end_ms: exclusive.
        keys: that come in their order, once each; None where anything may come.
    """

    start_ms: float
    end_ms: float
    keys: tuple[int, ...] | None = None

    @property
    def in_order(self) -> tuple[int, ...]:
        """The keys that come in their order; none where anything may come."""
        return self.keys or ()


@dataclass(frozen=True, slots=True, eq=False)
class PlayedGaps:
    """What is played again, and what must come.

    Args:
        slots: in their order.
        spans: apart from each other.
        course: how the music ends, and what holds it back from running away.
        closes: whether the end is played anew.
        by_key: times of the slots of each key.
    """

    slots: Sequence[RowSlot]
    spans: Sequence[Span]
    course: PerformanceLimits
    closes: bool
    by_key: dict[int, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slot in self.slots:
            if not slot.free:
                self.by_key.setdefault(slot.row[WHAT], []).append(slot.time_ms)

    def next_of_key(self, key: int, time_ms: float) -> float:
        """Return when a key is struck next after a time; infinity where it is not."""
        times = self.by_key.get(key, [])
        index = bisect_left(times, time_ms + 1e-6)
        return times[index] if index < len(times) else np.inf


class GapCursor(PerformanceCursor):
    """A performance of which parts are played again.

    Attributes:
        slots_done: slots that have come.
        keys_done: keys of the span at hand that have come, where these are in order.

    Args:
        gaps: what must come.
        length_ms: as of a performance that is made.
        told_ms: as there.
    """

    def __init__(self, gaps: PlayedGaps, length_ms: float, told_ms: float) -> None:
        super().__init__(length_ms, told_ms)
        self.gaps = gaps
        self.slots_done = self.keys_done = 0
        self._late_ms, self._after_slot = 0.0, True

    @property
    def time_ms(self) -> float:
        """Time of the last whole row in the performance as it is: what is heard late is not late there."""
        return self._now - self._late_ms

    @property
    def slot(self) -> RowSlot | None:
        """The slot that comes next, None where all have come."""
        return self.gaps.slots[self.slots_done] if self.slots_done < len(self.gaps.slots) else None

    @property
    def coming(self) -> RowSlot:
        """The slot that comes next, where one does."""
        return self.gaps.slots[self.slots_done]

    def slot_step(self) -> int:
        """Return the step that reaches the next slot; one more than there are where something must come before it."""
        slot = self.coming
        if not self._answers:
            return 0 if slot.time_ms == 0 else NUM_STEPS
        if self._after_slot and slot.follows:
            return slot.row[STEP]
        step = min(int(np.searchsorted(STEP_MS, slot.time_ms - self.time_ms - 1e-6)), NUM_STEPS - 1)
        if step == 0 and not slot.free and not self.whats(0)[slot.row[WHAT]]:
            return 1
        return step

    def fills_slot(self) -> bool:
        """Return whether the row being made, its step known, fills the next slot."""
        return self.slot is not None and self._row[STEP] == self.slot_step()

    def copy(self) -> Self:
        """Return a cursor at the same place that goes on by itself."""
        new = copy(self)
        new._answers, new._row, new._held = list(self._answers), list(self._row), dict(self._held)
        return new

    def _finish_row(self) -> None:
        fills, slot, what = self.fills_slot(), self.slot, self._row[WHAT]
        before = self.time_ms
        super()._finish_row()
        self._after_slot = fills
        if fills and slot is not None:
            self.slots_done += 1
            self._late_ms = self._now - slot.time_ms
        elif what < NUM_KEYS:
            self.keys_done += 1
        if any(before < span.end_ms <= self.time_ms for span in self.gaps.spans):
            self.keys_done = 0


class GapMask:
    """The constraint of gaps.

    Args:
        gaps: what may come, and what must.
        in_range: events without pitch or with one that may be played, boolean (V,).
    """

    def __init__(self, gaps: PlayedGaps, in_range: np.ndarray) -> None:
        self._gaps = gaps
        self._keys = in_range[FIRST_WHAT : FIRST_WHAT + NUM_KEYS]

    def __call__(self, cursor: GapCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        if cursor.slot is None:
            return self._gaps.course.mask(cursor)
        question = cursor.question
        if question == STEP:
            return _table(FIRST_STEP, self._steps(cursor))
        if cursor.fills_slot():
            return self._slot(cursor, question)
        if question == WHAT:
            return _table(FIRST_WHAT, self._whats(cursor, cursor.row[STEP]))
        if question == DURATION and cursor.row[WHAT] < NUM_KEYS:
            return _table(FIRST_DURATION, self._durations(cursor))
        return None

    def logit_bias(self, cursor: GapCursor) -> np.ndarray | None:
        """Return nats towards the old key where that was asked for, and away from too many notes."""
        slot = cursor.slot
        if slot is not None and cursor.question == WHAT and slot.pulls and cursor.fills_slot():
            nats = np.zeros(NUM_EVENTS)
            pull = pull_towards(slot.row[WHAT], np.arange(NUM_KEYS), slot.near_semitones)
            nats[FIRST_WHAT : FIRST_WHAT + NUM_KEYS] = pull
            return nats
        return self._gaps.course.logit_bias(cursor)

    def last_chord(self, cursor: GapCursor) -> np.ndarray | None:
        """Return the keys of the last chord where it is played anew; None elsewhere."""
        return self._gaps.course.last_chord(cursor) if cursor.slot is None else None

    def _span(self, time_ms: float) -> Span | None:
        return next((span for span in self._gaps.spans if span.start_ms <= time_ms < span.end_ms), None)

    def _steps(self, cursor: GapCursor) -> np.ndarray:
        reach, slot = cursor.slot_step(), cursor.coming
        allowed = np.zeros(NUM_STEPS, bool)
        ready = cursor.pedal == slot.pedal
        ahead = self._in_order(cursor.time_ms)
        left = self._keys_left(cursor, ahead)
        at = cursor.time_ms + STEP_MS
        for span in self._gaps.spans:
            until, first = span.end_ms, span.start_ms
            if span is ahead and left:
                released = cursor.held.get(span.in_order[cursor.keys_done], 0.0) + cursor.time_ms - cursor.now_ms
                first = max(first, released)
                until = max(until - _LEAST_MS * (left - 1), first + 10.0, cursor.time_ms + 20.0)
            inside = (at >= first) & (at < until)
            allowed |= inside & (bool(left) if span.keys is not None and span is ahead else span.keys is None)
        allowed[reach:] = False
        allowed[0] &= self._whats(cursor, 0).any()
        due = bool(left) and ahead is not None and slot.time_ms >= ahead.end_ms - 1e-6
        if ready and not due and reach < NUM_STEPS:
            allowed[reach] = True
        if not allowed.any():  # the pedal, or keys that are still to come, at once
            allowed[0 if reach and self._whats(cursor, 0).any() else 1 if reach != 1 else 2] = True
        return allowed

    def _in_order(self, time_ms: float) -> Span | None:
        """Return the span at a time or next after it whose keys come in their order; None where there is none."""
        return next((s for s in self._gaps.spans if s.keys is not None and s.end_ms > time_ms), None)

    def _keys_left(self, cursor: GapCursor, span: Span | None) -> int:
        """Return how many keys of a span whose keys come in their order are still to come."""
        return len(span.in_order) - cursor.keys_done if span is not None and span.keys is not None else 0

    def _whats(self, cursor: GapCursor, step: int) -> np.ndarray:
        """Return what may be played between slots after a step, boolean (NUM_WHATS,)."""
        allowed, slot = cursor.whats(step), cursor.coming
        time = cursor.time_ms + STEP_MS[step]
        only = np.zeros(NUM_WHATS, bool)
        ahead = self._in_order(cursor.time_ms)
        if ahead is not None and self._keys_left(cursor, ahead) and time >= ahead.start_ms:
            only[ahead.in_order[cursor.keys_done]] = True
            return only & allowed
        if cursor.pedal != slot.pedal and (self._span(time) is None or step + 1 >= cursor.slot_step()):
            only[PEDAL_DOWN if slot.pedal else PEDAL_UP] = True
            return only & allowed
        together = [key for _, key in cursor.struck_from(cursor.now_ms + STEP_MS[step] - _TOGETHER_MS)]
        if together:
            allowed[:NUM_KEYS] &= reachable(sorted(together))
        allowed[:NUM_KEYS] &= self._keys
        allowed[NUM_KEYS + 2 :] = False
        for following in self._gaps.slots[cursor.slots_done :]:
            if following.time_ms >= time + DURATION_MS[0]:
                break
            allowed[following.row[WHAT]] &= following.row[WHAT] >= NUM_KEYS  # no time to be struck twice
        return allowed

    def _durations(self, cursor: GapCursor) -> np.ndarray:
        struck = cursor.time_ms + STEP_MS[cursor.row[STEP]]
        allowed = struck + DURATION_MS <= self._gaps.next_of_key(cursor.row[WHAT], struck)
        allowed[0] = True
        ahead = self._in_order(struck)
        if ahead is not None and cursor.row[WHAT] in ahead.in_order[cursor.keys_done + 1 :]:
            allowed &= DURATION_MS < _LEAST_MS
        return allowed

    def _slot(self, cursor: GapCursor, question: int) -> np.ndarray | None:
        """Return the answers of a slot, but for the key where that is another."""
        slot = cursor.coming
        if question != WHAT or not slot.free:
            first = (FIRST_STEP, FIRST_WHAT, FIRST_DURATION, FIRST_VELOCITY)[question]
            size = (NUM_STEPS, NUM_WHATS, NUM_DURATIONS, NUM_VELOCITIES)[question]
            return _table(first, np.arange(size) == slot.row[question])
        allowed = cursor.whats(cursor.row[STEP])[:NUM_KEYS]
        ends = slot.time_ms + DURATION_MS[slot.row[DURATION]]
        free = np.array([self._gaps.next_of_key(key, slot.time_ms - 1.0) >= ends for key in range(NUM_KEYS)])
        highest, below = NUM_KEYS, 0
        for other in self._gaps.slots[cursor.slots_done + 1 :]:
            if other.row[STEP] or not other.follows or other.row[WHAT] >= NUM_KEYS:
                break
            below += 1
            if not other.free:
                highest = other.row[WHAT]
                break
        fitting = allowed & free & (np.arange(NUM_KEYS) <= highest - below)
        inside = fitting & self._keys
        found = inside if inside.any() else fitting if fitting.any() else np.arange(NUM_KEYS) == slot.row[WHAT]
        return _table(FIRST_WHAT, found)


def _table(first: int, allowed: np.ndarray) -> np.ndarray:
    table = np.zeros(NUM_EVENTS, bool)
    table[first : first + len(allowed)] = allowed
    table[NONE] = True
    return table
