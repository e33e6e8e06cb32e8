"""Parts that learned no chords led over some: draws lean towards tones of the chord, and away from what outlasts it."""

from bisect import bisect_right

import numpy as np

from musegen.composers.fitting.chord_course import ChordCourse
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.grid import DURATION, DURATIONS, PART, PITCH, TICKS, ScoreLayout

ON_BEAT, OFF_BEAT = 2.0, 1.0
"""Nats away from what is no tone of the chord, on beats and between them, where passing notes are: as weak as brings
songs as close to their chords as real ones are (`benchmarks.chart_followed`)."""
_SUNG = 0.4
"""Share of these in the part on top where it is sung or played alone: a melody has notes beside the chord."""
_BASS = 1.5
"""Nats towards the chord's own bass in the lowest part when a chord begins."""
_OUTLASTS = 1.5
"""Nats away from notes that sound on into a chord that they are no tone of."""
_LEEWAY = TICKS // 4


class ChordLean:
    """How draws lean over the chords of one take.

    Args:
        layout: of the codec.
        course: the chords.
        strength: of all the leaning, 1 as measured to be enough.
    """

    def __init__(self, layout: ScoreLayout, course: ChordCourse, strength: float = 1.0) -> None:
        self._layout, self._strength = layout, strength
        pitches = np.arange(layout.low, layout.high + 1) % 12
        starts = [(float("-inf"), None), *course.changes]
        self._ticks = [round(quarter * TICKS) for quarter, _ in course.changes]
        tones = [course.tones(quarter) for quarter, _ in starts]
        self._away = [~np.isin(pitches, list(each)) for each in tones]
        basses = [course.chord(quarter) for quarter, _ in starts]
        self._bass = [None if chord is None else pitches == chord.bass_pitch_class for chord in basses]
        self._first = layout.first.tolist()

    def leaning(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats for what comes next; None where the chords have nothing to say."""
        question = cursor.question
        if question not in (PITCH, DURATION) or cursor.row[PART] >= self._layout.num_parts:
            return None
        time, part = cursor.moment, cursor.row[PART]
        index = bisect_right(self._ticks, time)
        nats = np.zeros(self._layout.num_events)
        if question == DURATION:
            if index >= len(self._ticks) or not self._away[index + 1][cursor.row[PITCH]]:
                return None
            first = self._first[DURATION]
            late = time + DURATIONS > self._ticks[index] + _LEEWAY
            nats[first : first + len(DURATIONS)][late] = -_OUTLASTS * self._strength
            return nats
        bar = cursor.frame.bars.start[cursor.bar_of(time)]
        by = ON_BEAT if (time - int(bar)) % TICKS == 0 else OFF_BEAT
        if part == 0 and self._layout.parts[0].most <= 2:
            by *= _SUNG
        here = nats[self._first[PITCH] : self._first[PITCH] + self._layout.num_pitches]
        here[self._away[index]] = -by * self._strength
        bass = self._bass[index]
        begins = index > 0 and time - self._ticks[index - 1] < TICKS // 2
        if bass is not None and begins and part == self._lowest(cursor):
            here[bass] += _BASS * self._strength
        return nats

    @staticmethod
    def _lowest(cursor: ScoreCursor) -> int:
        return int(np.flatnonzero(cursor.frame.present)[-1])
