"""Constraints for four voices: the close, no rests, no crossing, no parallel fifths and octaves."""

from collections.abc import Callable

import numpy as np

from musegen.codecs.chorale import FIRST_PITCH, HOLD, LOW_PITCH, NUM_VOICE_EVENTS, REST
from musegen.codecs.chorale_reading import NUM_VOICES, ChoraleCursor

_PITCH = np.where(np.arange(NUM_VOICE_EVENTS) >= FIRST_PITCH, np.arange(NUM_VOICE_EVENTS) - FIRST_PITCH + LOW_PITCH, -1)

ChoraleMask = Callable[[ChoraleCursor], np.ndarray | None]


def _is_fixed(cursor: ChoraleCursor) -> bool:
    return bool(cursor.fixed[cursor.step, cursor.voice] >= 0)


def sounding_allowed(cursor: ChoraleCursor, pitches: np.ndarray) -> np.ndarray:
    """Return which events make a pitch of a table sound, boolean (48,): striking it, or holding it.

    Args:
        cursor: where the chorale stands.
        pitches: boolean (48,), by event.
    """
    mask = pitches.copy()
    mask[:FIRST_PITCH] = False
    before = cursor.now[cursor.step, cursor.voice]
    mask[HOLD] = before >= FIRST_PITCH and pitches[before]
    return mask


def no_rests(cursor: ChoraleCursor) -> np.ndarray | None:
    """Let no voice rest that is not given."""
    if _is_fixed(cursor):
        return None
    mask = np.ones(NUM_VOICE_EVENTS, bool)
    mask[REST] = False
    return mask


def close_on(tonic: int, *, third: int, from_step: int) -> ChoraleMask:
    """Return the constraint that ends on the tonic triad: from `from_step` on it sounds and is held.

    Soprano and bass have the tonic, the inner voices any note of the triad.

    Args:
        tonic: pitch class.
        third: semitones of the third above it.
        from_step: the sixteenth where the last chord begins at the latest.
    """
    outer = (_PITCH >= 0) & (_PITCH % 12 == tonic)
    inner = (_PITCH >= 0) & np.isin(_PITCH % 12, [tonic, (tonic + third) % 12, (tonic + 7) % 12])

    def mask(cursor: ChoraleCursor) -> np.ndarray | None:
        if cursor.step < from_step or _is_fixed(cursor):
            return None
        if cursor.step > from_step:
            held = np.zeros(NUM_VOICE_EVENTS, bool)
            held[HOLD] = True
            return held
        return sounding_allowed(cursor, outer if cursor.voice in (0, NUM_VOICES - 1) else inner)

    return mask


def no_crossing(cursor: ChoraleCursor) -> np.ndarray | None:
    """Keep a voice at or below the one above it."""
    v = cursor.voice
    if v == 0 or _is_fixed(cursor):
        return None
    above = cursor.now[cursor.step + 1, :v]
    above = above[above >= FIRST_PITCH]
    if not len(above):
        return None
    return sounding_allowed(cursor, (_PITCH >= 0) & (np.arange(NUM_VOICE_EVENTS) <= above.min()))


def no_parallels(cursor: ChoraleCursor) -> np.ndarray | None:
    """Forbid moving from a perfect fifth, octave or unison to the same interval in the same direction."""
    t, v = cursor.step, cursor.voice
    if v == 0 or t == 0 or _is_fixed(cursor):
        return None
    before = int(cursor.now[t, v])
    if before < FIRST_PITCH:
        return None
    mask = np.ones(NUM_VOICE_EVENTS, bool)
    for u in range(v):
        old, new = int(cursor.now[t, u]), int(cursor.now[t + 1, u])
        if min(old, new) < FIRST_PITCH or old == new:
            continue
        interval = (old - before) % 12
        if interval not in (0, 7):
            continue
        events = np.arange(NUM_VOICE_EVENTS)
        same = ((new - events) % 12 == interval) & (np.sign(events - before) == np.sign(new - old))
        mask &= ~(same & (events >= FIRST_PITCH))
    return mask
