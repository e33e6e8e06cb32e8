"""What every take keeps to: what two hands reach, the opening, no long silence, the close."""

from dataclasses import dataclass

import numpy as np

from musegen.composers.lattice.grid import HELD, LOW_PITCH, METERS, NUM_KEYS, STRUCK
from musegen.composers.lattice.reading import EVENT_PITCH, FIRST_STRIKE, NEXT, NUM_EVENTS, LatticeCursor

SPAN, FINGERS, MOST_KEYS = 16, 5, 8
"""Semitones that a hand reaches (a tenth), fingers of it, and keys that both hands hold together at most."""
LEAST_CLOSING, MOST_CLOSING = 3, 6
LOWEST_CLOSE = 55
"""The lowest note of the last chord lies no higher, where the range allows."""
_SILENT_STEPS = 4

_KEY = np.concatenate([np.arange(NUM_KEYS), np.arange(NUM_KEYS), [-1]])
_UP_TO = _KEY[None, :] <= np.arange(-1, NUM_KEYS)[:, None]
"""Which events name a key up to one, or none; row k + 1 is key k."""
IS_NEXT = np.arange(NUM_EVENTS) == NEXT
IS_STRIKE = EVENT_PITCH >= 0
IS_HOLD = np.arange(NUM_EVENTS) < FIRST_STRIKE

KINDS = np.where(IS_NEXT, 0, np.where(IS_HOLD, 1, 2))
"""The end of a sixteenth, a key held, a key struck: how many sound is not for the temperature to say."""


def reach(keys: list[int]) -> int:
    """Return the highest key that two hands can press beside keys that they hold, from the lowest up; -1 for none.

    The left hand has the lowest keys, as far as it reaches and has fingers, the right hand all others.
    """
    if len(keys) >= MOST_KEYS:
        return -1
    left = [key for key in keys if key <= keys[0] + SPAN][:FINGERS]
    right = keys[len(left) :]
    if not right:
        return NUM_KEYS - 1
    return -1 if len(right) >= FINGERS else min(right[0] + SPAN, NUM_KEYS - 1)


def playable(cursor: LatticeCursor) -> np.ndarray | None:
    """Let two hands reach what sounds."""
    if cursor.key < 0:
        return None
    return _UP_TO[reach(np.flatnonzero(cursor.now).tolist()) + 1]


def no_long_silence(cursor: LatticeCursor) -> np.ndarray | None:
    """Let a sixteenth sound after a quarter of silence, and the first one of all."""
    if cursor.key >= 0 or cursor.keys[max(cursor.step - _SILENT_STEPS, 0) : cursor.step].any():
        return None
    return ~IS_NEXT


def goes_on(cursor: LatticeCursor) -> np.ndarray | None:
    """Strike something on a beat before which nothing was struck for a beat: small networks fall into holding on."""
    grid = cursor.plan.grid
    beat = 6 if METERS[grid.meter][1] == 8 else 4
    if (cursor.step - grid.pickup) % beat or (cursor.now == STRUCK).any():
        return None
    if (cursor.keys[max(cursor.step - beat + 1, 0) : cursor.step] == STRUCK).any():
        return None
    return ~IS_NEXT


def no_drone(cursor: LatticeCursor) -> np.ndarray | None:
    """Hold no key for longer than a bar."""
    held = cursor.keys[max(cursor.step - cursor.plan.grid.bar_steps + 1, 0) : cursor.step] == HELD
    if len(held) < cursor.plan.grid.bar_steps - 1:
        return None
    return ~np.concatenate([held.all(0), np.zeros(NUM_EVENTS - NUM_KEYS, bool)])


@dataclass(frozen=True, slots=True)
class InRange:
    """Strike nothing outside a range of pitches."""

    low: int
    high: int

    def __call__(self, cursor: LatticeCursor) -> np.ndarray:
        """Return what is held, what ends the sixteenth, and what strikes a pitch of the range."""
        return (EVENT_PITCH < 0) | ((EVENT_PITCH >= self.low) & (EVENT_PITCH <= self.high))


@dataclass(frozen=True, slots=True)
class LetGo:
    """Hold nothing on at a sixteenth: the seed's notes are no longer than they were given."""

    step: int

    def __call__(self, cursor: LatticeCursor) -> np.ndarray | None:
        """Return all but holding on where the seed ends."""
        return ~IS_HOLD if cursor.step == self.step else None


@dataclass(frozen=True, slots=True)
class Opening:
    """Begin on the tonic triad; `triad` are pitch classes."""

    triad: frozenset[int]

    def __call__(self, cursor: LatticeCursor) -> np.ndarray | None:
        """Return what may be struck in the first sixteenth."""
        if cursor.step:
            return None
        return ~IS_STRIKE | np.isin(EVENT_PITCH % 12, list(self.triad))


@dataclass(frozen=True, slots=True)
class CloseOn:
    """End on a chord of the tonic, struck at a step and held to the end.

    Args:
        tonic: pitch class of its lowest note.
        triad: pitch classes of the others.
        step: where it is struck.
        low: lowest pitch that may be struck.
        high: highest.
    """

    tonic: int
    triad: frozenset[int]
    step: int
    low: int
    high: int

    def __call__(self, cursor: LatticeCursor) -> np.ndarray | None:
        """Return what may sound from the last chord on."""
        if cursor.step < self.step:
            return None
        if cursor.step > self.step:
            return held_on(cursor)
        pitches = IS_STRIKE & (EVENT_PITCH >= self.low) & (EVENT_PITCH <= self.high)
        named = np.flatnonzero(cursor.now).tolist()
        if not named:
            tonics = pitches & (EVENT_PITCH % 12 == self.tonic)
            low = tonics & (EVENT_PITCH <= max(LOWEST_CLOSE, self.low + 11))
            return low if low.any() else tonics
        if len(named) >= MOST_CLOSING:
            return IS_NEXT
        above = pitches & np.isin(EVENT_PITCH % 12, list(self.triad)) & _UP_TO[reach(named) + 1]
        above &= EVENT_PITCH > named[-1] + LOW_PITCH + (2 if len(named) == 1 else 0)
        if len(named) >= LEAST_CLOSING or not above.any():
            above = above | IS_NEXT
        return above


def held_on(cursor: LatticeCursor) -> np.ndarray:
    """Return the one event that holds on all that sounds."""
    left = np.flatnonzero(cursor.before[cursor.key + 1 :])
    only = np.zeros(NUM_EVENTS, bool)
    only[int(left[0]) + cursor.key + 1 if len(left) else NEXT] = True
    return only
