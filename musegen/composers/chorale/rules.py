"""Constraints for four voices: the close, no rests, no crossing, no parallel fifths and octaves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, LOW_PITCH, NUM_VOICE_EVENTS, REST
from musegen.composers.chorale.reading import NUM_VOICES, ChoraleCursor

_EVENTS = np.arange(NUM_VOICE_EVENTS)
_PITCH = np.where(_EVENTS >= FIRST_PITCH, _EVENTS - FIRST_PITCH + LOW_PITCH, -1)
_HELD = _EVENTS == HOLD
_NO_REST = _EVENTS != REST
_NO_HOLD = _EVENTS != HOLD

ChoraleMask = Callable[[ChoraleCursor], np.ndarray | None]


def sounding_allowed(pitches: np.ndarray, before: int) -> np.ndarray:
    """Return which events make a pitch of a table sound, boolean (48,): striking it, or holding it.

    Args:
        pitches: boolean (48,), by event.
        before: what the voice sounded in the sixteenth before.
    """
    mask = pitches & (_EVENTS >= FIRST_PITCH)
    mask[HOLD] = before >= FIRST_PITCH and pitches[before]
    return mask


_NOT_ABOVE = [[sounding_allowed(top >= _EVENTS, int(before)) for before in _EVENTS] for top in _EVENTS]


def no_rests(cursor: ChoraleCursor) -> np.ndarray | None:
    """Let no voice rest that is not given."""
    return None if cursor.is_fixed else _NO_REST


def keep_lengths(fixed: np.ndarray) -> ChoraleMask:
    """Return the constraint that no given note is held longer than it was given.

    Args:
        fixed: the given events (T, 4), -1 elsewhere.
    """
    return KeepLengths(tuple(int(np.flatnonzero(column >= 0).max(initial=-1)) + 1 for column in fixed.T))


@dataclass(frozen=True, slots=True)
class KeepLengths:
    """See `keep_lengths`; `num_given` are the sixteenths given of each voice."""

    num_given: tuple[int, ...]

    def __call__(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return all but holding on where the given notes of a voice end."""
        return _NO_HOLD if 0 < cursor.step == self.num_given[cursor.voice] else None


def close_on(tonic: int, *, third: int, from_step: int) -> ChoraleMask:
    """Return the constraint that ends on the tonic triad: from `from_step` on it sounds and is held.

    Soprano and bass have the tonic, the inner voices any note of the triad.

    Args:
        tonic: pitch class.
        third: semitones of the third above it.
        from_step: the sixteenth where the last chord begins at the latest.
    """
    return CloseOn(_pitches([tonic]), _pitches([tonic, tonic + third, tonic + 7]), from_step)


def _pitches(pitch_classes: list[int]) -> np.ndarray:
    """Return which events strike one of the pitch classes, boolean (48,)."""
    return (_PITCH >= 0) & np.isin(_PITCH % 12, [pitch_class % 12 for pitch_class in pitch_classes])


@dataclass(frozen=True, slots=True, eq=False)
class CloseOn:
    """See `close_on`; `outer` and `inner` are the pitches of the outer and inner voices, boolean (48,)."""

    outer: np.ndarray
    inner: np.ndarray
    from_step: int

    def __call__(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return what may sound from the last chord on."""
        if cursor.step < self.from_step or cursor.is_fixed:
            return None
        if cursor.step > self.from_step:
            return _HELD
        table = self.outer if cursor.voice in (0, NUM_VOICES - 1) else self.inner
        return sounding_allowed(table, cursor.before[cursor.voice])


def open_on(tonic: int, *, third: int) -> ChoraleMask:
    """Return the constraint that begins on the tonic triad, the tonic in the bass: it settles the key.

    Args:
        tonic: pitch class.
        third: semitones of the third above it.
    """
    return OpenOn(_pitches([tonic]), _pitches([tonic, tonic + third, tonic + 7]))


@dataclass(frozen=True, slots=True, eq=False)
class OpenOn:
    """See `open_on`; `bass` and `triad` are pitches, boolean (48,)."""

    bass: np.ndarray
    triad: np.ndarray

    def __call__(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return what may sound in the first sixteenth."""
        if cursor.step or cursor.is_fixed:
            return None
        return self.bass if cursor.voice == NUM_VOICES - 1 else self.triad


_CADENCE_STEPS = 4
_DOMINANT, _LEADING_NOTE, _SECOND, _FOURTH = 7, 11, 2, 5


def cadence_on(tonic: int, *, close_step: int, given: np.ndarray | None) -> ChoraleMask | None:
    """Return the constraint that the dominant (seventh) sounds in the quarter before the last chord.

    An authentic cadence: the dominant in the bass, the soprano on the leading note or the second, the inner voices on
    notes of the dominant seventh chord; in its first half the tonic may still hang on as a suspended fourth.

    Args:
        tonic: pitch class.
        close_step: the sixteenth where the last chord begins.
        given: what sounds in the given voices (T, 4), 0 where nothing is given; None without given voices.

    Returns:
        None where the given notes of that quarter are no notes of the dominant, or there is no such quarter.
    """
    start = close_step - _CADENCE_STEPS
    chord = [_DOMINANT, _LEADING_NOTE, _SECOND, _FOURTH]
    if start < 1:
        return None
    if given is not None:
        heard = given[start:close_step][given[start:close_step] > 0]
        if not np.isin(np.where(heard == REST, -1, (_PITCH[heard] - tonic) % 12), chord).all():
            return None
    degree = np.where(_PITCH >= 0, (_PITCH - tonic) % 12, -1)
    return CadenceOn(
        start,
        soprano=np.isin(degree, [_LEADING_NOTE, _SECOND]),
        inner=np.isin(degree, chord),
        suspended=np.isin(degree, [*chord, 0]),
        bass=degree == _DOMINANT,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CadenceOn:
    """See `cadence_on`; `start` is its first sixteenth, the others are pitches of the voices, boolean (48,)."""

    start: int
    soprano: np.ndarray
    inner: np.ndarray
    suspended: np.ndarray
    bass: np.ndarray

    def __call__(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return what may sound in the quarter before the last chord."""
        if not self.start <= cursor.step < self.start + _CADENCE_STEPS or cursor.is_fixed:
            return None
        if cursor.voice == NUM_VOICES - 1:
            table = self.bass
        elif cursor.voice == 0:
            table = self.soprano
        else:
            table = self.suspended if cursor.step < self.start + _CADENCE_STEPS // 2 else self.inner
        return sounding_allowed(table, cursor.before[cursor.voice])


def no_crossing(cursor: ChoraleCursor) -> np.ndarray | None:
    """Keep a voice at or below those above it."""
    v = cursor.voice
    if v == 0 or cursor.is_fixed:
        return None
    above = [p for p in cursor.now[:v] if p >= FIRST_PITCH]
    return _NOT_ABOVE[min(above)][cursor.before[v]] if above else None


def no_parallels(cursor: ChoraleCursor) -> np.ndarray | None:
    """Forbid moving from a perfect fifth, octave or unison to the same interval in the same direction."""
    v = cursor.voice
    own = cursor.before[v]
    if v == 0 or own < FIRST_PITCH or cursor.is_fixed:
        return None
    mask = None
    for old, new in zip(cursor.before[:v], cursor.now[:v], strict=True):
        if old == new or old < FIRST_PITCH or new < FIRST_PITCH or (old - own) % 12 not in (0, 7):
            continue
        same = ((new - _EVENTS) % 12 == (old - own) % 12) & (_EVENTS >= FIRST_PITCH)
        same &= _EVENTS > own if new > old else _EVENTS < own
        mask = ~same if mask is None else mask & ~same
    return mask
