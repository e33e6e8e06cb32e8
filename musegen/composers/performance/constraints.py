"""The course of a performance being made: what keeps its length and gives it an end."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musegen.composers.performance.codec import PerformanceCursor
from musegen.composers.performance.grid import (
    DURATION,
    DURATION_MS,
    END,
    FIRST_DURATION,
    FIRST_STEP,
    FIRST_WHAT,
    LOW_PITCH,
    NUM_DURATIONS,
    NUM_EVENTS,
    NUM_KEYS,
    NUM_STEPS,
    NUM_WHATS,
    PEDAL_DOWN,
    PEDAL_UP,
    STEP,
    STEP_MS,
    WHAT,
)
from musegen.music.theory import estimate_key

_APART_MS = 60.0
"""What is new begins so much after the last chord of the seed, and so is no part of it."""
_CHORD_STEP_MS, _CHORD_SPAN_MS, _CHORD_KEYS = 50.0, 200.0, 8
_RELEASE_MS = (600.0, 2200.0)
"""When the pedal comes up after the last chord."""
_TOGETHER_MS = 45.0
"""What is struck within this is one grip of two hands."""
_HEARD_NOTES = 150
"""The key of the last chord is that of so many notes before it."""
_FINGERS, _SPAN = 5, 15
_DENSE, _DENSE_MS, _LONG_STEP_MS, _PULL = 10.0, 3000.0, 60.0, 3.0
"""Notes a second above which the network is held back, over which time, from which step, and by how many nats a unit
of the logarithm of what is too much. Real performances have 9.4 in the median; left alone a take runs away: every
grace note makes the next likelier, and what it learned from holds no mistakes to recover from."""
_HELD_MS = 300.0
"""Before its last chord a piece may end by itself only where something is held so long."""


_LISTENS_FROM, _SHORTER, _LONGER = 0.6, 0.7, 1.6
"""Share of the length after which the beat is listened to, and how much shorter and longer a take may become by it."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """When a performance ends, in milliseconds; see `PerformanceLimits`."""

    close_ms: float
    planned_ms: float
    may_end_ms: float
    last_ms: float
    hold_ms: float

    @classmethod
    def of(cls, length_ms: float) -> "_Ends":
        hold = min(1500.0, 0.12 * length_ms)
        close = length_ms - hold
        return cls(close, length_ms - 0.4 * hold, close - min(2500.0, 0.08 * length_ms), length_ms + hold, 0.5 * hold)


class PerformanceLimits:
    """The constraint of one length.

    It may end by itself shortly before; the first chord struck after `close_ms` is the last, is held, and the pedal is
    up at the end.

    Attributes:
        close_ms: from when on a chord is the last one.
        planned_ms: the end that the network is told.

    Args:
        length_ms: from the first note to the end of the last, wanted.
        in_range: events without pitch or with one that may be played, boolean (V,).
        given_rows: rows of the seed.
        dense: notes a second above which the music is held back; that of the seed where it is denser than usual.
        key: (tonic, mode) of the last chord; None for the key that is heard in the take.
        last_bar_ms: says of what has been played so far when its last bar will begin, where bars were asked for: the
            take then ends there. None where the length counts as it is.
    """

    def __init__(
        self,
        length_ms: float,
        in_range: np.ndarray,
        given_rows: int = 0,
        dense: float = _DENSE,
        key: tuple[int, str] | None = None,
        last_bar_ms: Callable[[PerformanceCursor], float | None] | None = None,
    ) -> None:
        self._dense, self._key = max(dense, _DENSE), key
        self._length_ms, self._last_bar_ms = length_ms, last_bar_ms
        self._ends = _Ends.of(length_ms)
        self.close_ms, self.planned_ms = self._ends.close_ms, self._ends.planned_ms
        self._given_rows = given_rows
        self._keys = np.zeros(NUM_WHATS, bool)
        self._keys[:NUM_KEYS] = in_range[FIRST_WHAT : FIRST_WHAT + NUM_KEYS]
        self._moving = self._keys.copy()
        self._moving[[PEDAL_DOWN, PEDAL_UP]] = True

    def mask(self, cursor: PerformanceCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        question = cursor.question
        if question == STEP:
            self._listen(cursor)
            return _table(FIRST_STEP, self._steps(cursor))
        if question == WHAT:
            return _table(FIRST_WHAT, self._whats(cursor, cursor.row[STEP]))
        if question == DURATION and cursor.row[WHAT] < NUM_KEYS:
            return _table(FIRST_DURATION, self._durations(cursor))
        return None

    def _listen(self, cursor: PerformanceCursor) -> None:
        """Set the length of a take by the beat that is heard in it, once, where bars were asked for."""
        is_late = cursor.now_ms >= _LISTENS_FROM * self._length_ms and cursor.num_rows > self._given_rows
        if self._last_bar_ms is None or cursor.heard_length_ms is not None or not is_late:
            return
        begins = self._last_bar_ms(cursor)
        low, high = max(_SHORTER * self._length_ms, cursor.now_ms + 1500.0), _LONGER * self._length_ms
        length = self._length_ms if begins is None else begins + 0.9 * (self._length_ms - self._ends.close_ms)
        cursor.heard_length_ms = float(min(max(length, low), max(high, low)))
        cursor.length_ms = self._of(cursor).planned_ms

    def _of(self, cursor: PerformanceCursor) -> _Ends:
        return self._ends if cursor.heard_length_ms is None else _Ends.of(cursor.heard_length_ms)

    def last_chord(self, cursor: PerformanceCursor) -> np.ndarray | None:
        """Return the keys of the tonic's triad, boolean (V,), where the last chord is struck; else None."""
        if cursor.question != WHAT or cursor.now_ms + STEP_MS[cursor.row[STEP]] < self._of(cursor).close_ms:
            return None
        answers = cursor.answers
        pitches = answers[answers[:, WHAT] < NUM_KEYS, WHAT] + LOW_PITCH
        tonic, mode = self._key or (estimate_key(pitches[-_HEARD_NOTES:]) if len(pitches) else (0, "major"))
        triad = [tonic, (tonic + (4 if mode in ("major", "mixolydian") else 3)) % 12, (tonic + 7) % 12]
        table = np.ones(NUM_EVENTS, bool)
        table[FIRST_WHAT : FIRST_WHAT + NUM_KEYS] = np.isin((np.arange(NUM_KEYS) + LOW_PITCH) % 12, triad)
        return table

    def logit_bias(self, cursor: PerformanceCursor) -> np.ndarray | None:
        """Return the leaning towards longer steps, nats (V,), where the music has become too dense; else None."""
        if cursor.question != STEP or cursor.num_rows <= self._given_rows:
            return None
        span = min(_DENSE_MS, max(cursor.now_ms, 500.0))
        found = len(cursor.struck_from(cursor.now_ms - span)) / span * 1000
        if found <= self._dense:
            return None
        nats = np.zeros(NUM_EVENTS)
        nats[FIRST_STEP : FIRST_STEP + NUM_STEPS] = (_LONG_STEP_MS <= STEP_MS) * _PULL * np.log(found / self._dense)
        return nats

    def _closing(self, cursor: PerformanceCursor) -> bool:
        return cursor.num_rows > self._given_rows and cursor.last_key_ms >= self._of(cursor).close_ms

    def _whats(self, cursor: PerformanceCursor, step: int) -> np.ndarray:
        """Return what may come after a step, boolean (NUM_WHATS,)."""
        allowed = cursor.whats(step)
        together = [key for _, key in cursor.struck_from(cursor.now_ms + STEP_MS[step] - _TOGETHER_MS)]
        if together:
            allowed[:NUM_KEYS] &= reachable(sorted(together))
        if not self._closing(cursor):
            kept = allowed & self._moving
            kept[END] = allowed[END] and self._may_end(cursor)
            return kept
        if self._chord_is_open(cursor) and STEP_MS[step] <= _CHORD_STEP_MS:
            kept = allowed & self._keys
            kept[END] = allowed[END]
            return kept
        only = np.zeros(NUM_WHATS, bool)
        only[END], only[PEDAL_UP] = allowed[END], allowed[PEDAL_UP]
        return only

    def _may_end(self, cursor: PerformanceCursor) -> bool:
        if cursor.num_rows <= self._given_rows or cursor.now_ms < self._of(cursor).may_end_ms:
            return False
        return max(cursor.held.values(), default=0.0) >= cursor.now_ms + _HELD_MS

    def _chord_is_open(self, cursor: PerformanceCursor) -> bool:
        """Return whether the last chord, which has begun, may still get keys."""
        struck = cursor.struck_from(self._of(cursor).close_ms)
        return len(struck) < _CHORD_KEYS and cursor.now_ms - struck[-1][0] <= _CHORD_SPAN_MS

    def _steps(self, cursor: PerformanceCursor) -> np.ndarray:
        allowed = np.zeros(NUM_STEPS, bool)
        if self._closing(cursor):
            allowed[0] = self._whats(cursor, 0).any()
            if self._chord_is_open(cursor):
                for step in range(1, np.searchsorted(STEP_MS, _CHORD_STEP_MS, side="right")):
                    allowed[step] = self._whats(cursor, step).any()
            if cursor.pedal:
                allowed |= (STEP_MS >= _RELEASE_MS[0]) & (STEP_MS <= _RELEASE_MS[1])
            return allowed
        if cursor.num_rows == self._given_rows and cursor.num_rows:
            return STEP_MS >= _APART_MS
        allowed[:] = cursor.now_ms + STEP_MS <= max(self._of(cursor).last_ms, cursor.now_ms + 200.0)
        allowed[0] = self._whats(cursor, 0).any()
        return allowed

    def _durations(self, cursor: PerformanceCursor) -> np.ndarray:
        struck, ends = cursor.now_ms + STEP_MS[cursor.row[STEP]], self._of(cursor)
        allowed = struck + DURATION_MS <= max(ends.last_ms, struck + ends.hold_ms * 1.3)
        if struck >= ends.close_ms:
            long = allowed & (ends.hold_ms <= DURATION_MS)
            allowed = long if long.any() else allowed
        if not allowed.any():
            allowed = np.zeros(NUM_DURATIONS, bool)
            allowed[0] = True
        return allowed


def _table(first: int, allowed: np.ndarray) -> np.ndarray:
    table = np.zeros(NUM_EVENTS, bool)
    table[first : first + len(allowed)] = allowed
    return table


def reachable(keys: list[int]) -> np.ndarray:
    """Return which keys two hands can strike besides `keys`, boolean (NUM_KEYS,).

    Five fingers a hand, which spans a tenth. Where the keys are more than that already everything is reachable.

    Args:
        keys: keys above the lowest that are struck at the same time, ascending.
    """
    allowed, possible = np.zeros(NUM_KEYS, bool), False
    for split in range(len(keys) + 1):
        hands = keys[:split], keys[split:]
        if any(len(hand) > _FINGERS or (hand and hand[-1] - hand[0] > _SPAN) for hand in hands):
            continue
        possible = True
        for hand in hands:
            if len(hand) < _FINGERS:
                low = hand[-1] - _SPAN if hand else 0
                high = hand[0] + _SPAN if hand else NUM_KEYS - 1
                allowed[max(low, 0) : high + 1] = True
    return allowed if possible else np.ones(NUM_KEYS, bool)
