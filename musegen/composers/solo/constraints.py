"""The course of a solo being made: what keeps it on the chart, in its range, and brings it to an end with the form."""

from collections.abc import Callable

import numpy as np

from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
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
    NUM_STEPS,
    PITCH,
    STEP,
    STEP_BEAT,
    STEP_TICK,
    TICKS_PER_BAR,
    TICKS_PER_BEAT,
    WAIT,
)

_BEFORE, _AFTER = 12, 24
"""The last note begins between so many ticks before and after the start of the last bar: an eighth and a beat."""
_SHORTEST_LAST = 18
_RIFF, _AWAY = 4, -0.6
"""After so many notes on one pitch each further one is less likely by these nats more."""
_FINE_BELOW = 100
"""Quarters a minute from which on nothing is finer than sixteenths and triplets of eighths."""
_SECOND_OF_TRIPLET, _LAST_OF_TRIPLET = 8, 16
_TO_END, _LAST_ON_BEAT = 1.5, 2.0
"""Nats by which an end is likelier once it may come."""

_STEP_TICKS = STEP_BEAT * TICKS_PER_BEAT + STEP_TICK
_PITCHES = np.arange(NUM_PITCHES) + LOW_PITCH


class SoloLimits:
    """The constraint of one solo: it ends on a tone of the last chord, in the last bar or an eighth before it.

    Args:
        num_bars: frames of four beats of the solo, at least 1.
        last_tones: pitch classes of the last chord; empty where any note may be the last.
        in_range: events without pitch or with one that may be played, boolean (V,).
        given_notes: notes of the seed.
        free_tick: from where on new notes may begin, after the seed.
        given_length: class of the length of the seed's last note; None without a seed.
        last_bar: beats at which the last bar begins and ends; None where a frame is a bar.
    """

    def __init__(
        self,
        num_bars: int,
        last_tones: frozenset[int],
        in_range: np.ndarray,
        given_notes: int = 0,
        free_tick: int = 0,
        given_length: int | None = None,
        *,
        last_bar: tuple[float, float] | None = None,
    ) -> None:
        begin, end = last_bar or ((num_bars - 1) * float(BEATS_PER_BAR), num_bars * float(BEATS_PER_BAR))
        last_bar_tick = round(begin * TICKS_PER_BEAT)
        self.end_tick = round(end * TICKS_PER_BEAT)
        self.first_last = max(last_bar_tick - _BEFORE, 0)
        self.latest = last_bar_tick + _AFTER
        self._given, self._free, self._given_length = given_notes, free_tick, given_length
        self._pitches = in_range[FIRST_PITCH:NONE]
        tones = np.isin(_PITCHES % 12, list(last_tones)) & self._pitches
        self._tones = tones if tones.any() else self._pitches

    def mask(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return which events may come next, boolean (V,); None where it has nothing to say."""
        question = cursor.question
        if question == STEP:
            return _table(FIRST_STEP, self._steps(cursor))
        if question == LENGTH:
            return self._lengths(cursor)
        if cursor.row[STEP] >= WAIT:
            return None
        on_tones = cursor.coming_tick > self.first_last + _BEFORE // 2
        return _table(FIRST_PITCH, self._tones if on_tones else self._pitches)

    def logit_bias(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return nats added to the logits: towards the end where it may come, away from a note played over and over.

        Left to itself the network, which hears its own repetitions as a riff, can stay on one note for six bars.
        """
        last = cursor.last_pitch
        if cursor.question == PITCH and last is not None and cursor.repeats >= _RIFF:
            nats = np.zeros(NUM_EVENTS)
            nats[FIRST_PITCH + last - LOW_PITCH] = _AWAY * (cursor.repeats - _RIFF + 1)
            return nats
        if cursor.question != STEP or not self._may_end(cursor):
            return None
        nats = np.zeros(NUM_EVENTS)
        nats[END] = _TO_END + (_LAST_ON_BEAT if cursor.tick % TICKS_PER_BEAT == 0 else 0.0)
        return nats

    def _may_end(self, cursor: SoloCursor) -> bool:
        if cursor.num_notes <= self._given or cursor.tick < self.first_last:
            return False
        last = cursor.last_pitch
        return last is not None and bool(self._tones[last - LOW_PITCH])

    def _steps(self, cursor: SoloCursor) -> np.ndarray:
        allowed = np.zeros(NUM_STEPS, bool)
        at = cursor.beat * TICKS_PER_BEAT + _STEP_TICKS
        begin = self._free if cursor.num_notes == self._given else 0
        allowed[:WAIT] = (at > cursor.tick) & (at >= begin) & (at <= self.latest)
        allowed[WAIT] = (cursor.beat + NUM_BEATS) * TICKS_PER_BEAT <= self.latest - _AFTER
        allowed[END] = self._may_end(cursor)
        if not cursor.num_notes:  # nobody waits for a first bar of nothing
            allowed[:WAIT] &= at < TICKS_PER_BAR
            allowed[WAIT] = False
        return allowed

    def _lengths(self, cursor: SoloCursor) -> np.ndarray | None:
        step = cursor.row[STEP]
        if self._given_length is not None and cursor.num_notes == self._given:
            exact = step < WAIT and cursor.coming_tick - cursor.tick == LENGTHS[self._given_length]
            return _one_length(FULL if exact else self._given_length)
        if step != END:
            return None
        ticks = np.array(LENGTHS)
        room = self.end_tick - cursor.tick
        return _table(FIRST_LENGTH, (ticks >= _SHORTEST_LAST) & (ticks <= max(room, _SHORTEST_LAST)))


class TidyBeats:
    """The mask that divides each beat one way, so that a sheet can be read.

    The notes of a beat lie on its sixteenths or on its triplet, not on both; a triplet's last note comes after its
    second; thirty-seconds and sextuplets come only where the tempo is below `_FINE_BELOW`. Transcriptions of real solos
    have beats divided in odd ways, which the network learned with all the rest.

    Args:
        qpm: quarters a minute.
    """

    def __init__(self, qpm: float) -> None:
        self._steps = (6, 8) if qpm >= _FINE_BELOW else (3, 4)
        self._families = [np.array([place % step == 0 for place in STEP_TICK.tolist()]) for step in self._steps]

    def __call__(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return which steps may come next, boolean (V,)."""
        if cursor.question != STEP:
            return None
        either, late = self._families[0] | self._families[1], STEP_TICK == _LAST_OF_TRIPLET
        allowed = np.ones(NUM_STEPS, bool)
        here = cursor.places_in_beat
        same = STEP_BEAT == 0
        fitting = either & ~late if self._steps[1] == _SECOND_OF_TRIPLET else either
        allowed[:WAIT] = fitting
        odd = [place for place in here if place % 12]
        if odd:
            inside = np.zeros(WAIT, bool)
            for step, family in zip(self._steps, self._families, strict=True):
                if all(place % step == 0 for place in odd):
                    inside |= family
            if here[0] != _SECOND_OF_TRIPLET and self._steps[1] == _SECOND_OF_TRIPLET:
                inside &= ~late
            allowed[:WAIT] = np.where(same, inside, fitting)
        return _table(FIRST_STEP, allowed)


class WithinScales:
    """The mask of the pitches in the scale of the place at which a note begins.

    Args:
        scale_at: returns the pitch classes that a note at a tick may have.
    """

    def __init__(self, scale_at: Callable[[int], frozenset[int]]) -> None:
        self._scale_at = scale_at
        self._tables: dict[frozenset[int], np.ndarray] = {}

    def __call__(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return which pitches may come next, boolean (V,)."""
        if cursor.question != PITCH or cursor.row[STEP] >= WAIT:
            return None
        scale = self._scale_at(cursor.coming_tick)
        if scale not in self._tables:
            self._tables[scale] = _table(FIRST_PITCH, np.isin(_PITCHES % 12, list(scale)))
        return self._tables[scale]


def _one_length(length: int) -> np.ndarray:
    return _table(FIRST_LENGTH, np.arange(NUM_LENGTHS) == length)


def _table(first: int, allowed: np.ndarray) -> np.ndarray:
    table = np.zeros(NUM_EVENTS, bool)
    table[first : first + len(allowed)] = allowed
    table[NONE] = True
    return table
