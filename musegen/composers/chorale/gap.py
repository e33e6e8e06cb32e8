"""Gaps in a chorale: what may be drawn in them so that everything around them stays as it is."""

from dataclasses import dataclass

import numpy as np

from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, LOW_PITCH, NUM_VOICE_EVENTS, REST, sounding
from musegen.composers.chorale.reading import NUM_VOICES, ChoraleCursor
from musegen.composers.chorale.rules import ChoraleMask, sounding_allowed
from musegen.composers.slots import pull_towards

_EVENTS = np.arange(NUM_VOICE_EVENTS)
_HELD, _STRUCK = _EVENTS == HOLD, _EVENTS >= FIRST_PITCH


@dataclass(frozen=True, slots=True)
class ChoraleGap:
    """One voice of a chorale in the sixteenths [start, end), composed again.

    Args:
        voice: 0 to 3.
        start: where a note begins, or silence.
        end: its end, exclusive.
        keep: "" (nothing of the old notes), "rhythm" or "pitches".
        near_semitones: how far most pitches stay from the old ones at most, where the rhythm is kept; 0 for no pull.
    """

    voice: int
    start: int
    end: int
    keep: str = ""
    near_semitones: float = 0.0


class GapRules:
    """The rules of the gaps of one chorale.

    Attributes:
        free: cells that are drawn, boolean (T, 4).

    Args:
        voices: the old events (T, 4).
        gaps: what is composed again.
        bar_steps: sixteenths of a bar.
        pickup: sixteenths of the incomplete first bar.
    """

    def __init__(self, voices: np.ndarray, gaps: list[ChoraleGap], bar_steps: int, pickup: int) -> None:
        self.free = np.zeros(voices.shape, bool)
        self._plain = np.zeros(voices.shape, bool)  # nothing is kept
        self._strikes = np.zeros(voices.shape, bool)  # a note must begin here
        self._units: dict[tuple[int, int], tuple[int, int, list[int]]] = {}
        self._leans: dict[tuple[int, int], np.ndarray] = {}
        for gap in gaps:
            cells = slice(gap.start, gap.end)
            old = voices[cells, gap.voice]
            if gap.keep == "rhythm":
                self.free[cells, gap.voice] = self._strikes[cells, gap.voice] = old >= FIRST_PITCH
                self._lean_to(gap, old)
            elif gap.keep == "pitches":
                for start in sorted({gap.start, *range(pickup, gap.end, bar_steps)}):
                    if start >= gap.start:
                        self._add_unit(voices, gap.voice, start, min(gap.end, _next_line(start, bar_steps, pickup)))
            else:
                self.free[cells, gap.voice] = self._plain[cells, gap.voice] = True

    def _lean_to(self, gap: ChoraleGap, old: np.ndarray) -> None:
        if not gap.near_semitones:
            return
        for step in np.flatnonzero(old >= FIRST_PITCH):
            pull = pull_towards(int(old[step]), _EVENTS, gap.near_semitones)
            self._leans[gap.start + int(step), gap.voice] = np.where(_STRUCK, pull, 0.0)

    def _add_unit(self, voices: np.ndarray, voice: int, start: int, end: int) -> None:
        """Let the notes that begin within a bar begin elsewhere in it; the end of a note before stays."""
        old = voices[start:end, voice]
        strikes = np.flatnonzero(old >= FIRST_PITCH)
        if not len(strikes) or (old[strikes[0] :] == REST).any():
            return
        begin = start + int(strikes[0])
        self.free[begin:end, voice] = True
        for step in range(begin, end):
            self._units[step, voice] = (begin, end, old[strikes].tolist())

    def mask(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Hold what is kept, and prolong no locked note."""
        place = (cursor.step, cursor.voice)
        if not self.free[place]:
            return None
        if place in self._units:
            return self._unit_mask(cursor, *self._units[place])
        if self._strikes[place]:
            return _STRUCK
        if cursor.step and not self.free[cursor.step - 1, cursor.voice]:
            return ~_HELD
        return None

    def _unit_mask(self, cursor: ChoraleCursor, begin: int, end: int, events: list[int]) -> np.ndarray:
        struck = int(np.count_nonzero(cursor.voices[begin : cursor.step, cursor.voice] >= FIRST_PITCH))
        if struck == len(events):
            return _HELD
        following = _EVENTS == events[struck]
        if cursor.step == begin or len(events) - struck == end - cursor.step:
            return following
        return following | _HELD

    def close(self, close: ChoraleMask, close_step: int) -> ChoraleMask:
        """Return a constraint of the close for the voices whose last chord is drawn anew; the others stay.

        Args:
            close: of all voices.
            close_step: where the last chord begins.
        """

        def mask(cursor: ChoraleCursor) -> np.ndarray | None:
            place = (cursor.step, cursor.voice)
            anew = self._plain[place] and self._plain[close_step, cursor.voice]
            return close(cursor) if anew or (self._strikes[place] and cursor.step == close_step) else None

        return mask

    def logit_bias(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return the leaning towards the old pitch, None where there is none."""
        return self._leans.get((cursor.step, cursor.voice))


def _next_line(step: int, bar_steps: int, pickup: int) -> int:
    return pickup + ((step - pickup) // bar_steps + 1) * bar_steps


def above_fixed(fixed: np.ndarray) -> ChoraleMask:
    """Return the constraint that a voice stays at or above the fixed voices below it.

    Args:
        fixed: events (T, 4) that are not drawn, -1 elsewhere; a held one holds what is fixed before it.
    """
    heard = sounding(np.where(fixed < 0, REST, fixed))
    lowest = np.zeros(fixed.shape, int)
    for voice in range(NUM_VOICES - 2, -1, -1):
        lowest[:, voice] = np.maximum(lowest[:, voice + 1], heard[:, voice + 1])
    tables = {bound: (_EVENTS >= bound) & _STRUCK for bound in np.unique(lowest).tolist() if bound >= FIRST_PITCH}

    def mask(cursor: ChoraleCursor) -> np.ndarray | None:
        bound = int(lowest[cursor.step, cursor.voice])
        if cursor.is_fixed or bound < FIRST_PITCH:
            return None
        return sounding_allowed(tables[bound], cursor.before[cursor.voice])

    return mask


def runs_of(free: np.ndarray, least_apart: int) -> list[tuple[int, int]]:
    """Return the stretches [start, end) of sixteenths in which anything is free, near ones joined.

    Args:
        free: boolean (T, 4).
        least_apart: sixteenths between two stretches that stay apart.
    """
    runs: list[list[int]] = []
    for step in np.flatnonzero(free.any(1)).tolist():
        if runs and step - runs[-1][1] < least_apart:
            runs[-1][1] = step + 1
        else:
            runs.append([step, step + 1])
    return [(a, b) for a, b in runs]


def parallels_into(before: list[int], following: list[int]) -> int:
    """Return how many pairs of voices move in parallel fifths, octaves or unisons from one sixteenth to the next.

    Args:
        before: what the four voices sound, as events.
        following: their next events, which may hold.
    """
    pairs = list(zip(before, (b if e == HOLD else e for b, e in zip(before, following, strict=True)), strict=True))
    count = 0
    for index, (old, new) in enumerate(pairs):
        for other_old, other_new in pairs[index + 1 :]:
            moves = old != new and other_old != other_new and (new > old) == (other_new > other_old)
            sound = min(old, new, other_old, other_new) >= FIRST_PITCH
            apart = (old - other_old) % 12
            count += moves and sound and apart in (0, 7) and (new - other_new) % 12 == apart
    return count


def pitch_of(event: int) -> int:
    """Return the MIDI pitch of an event that strikes one."""
    return event - FIRST_PITCH + LOW_PITCH
