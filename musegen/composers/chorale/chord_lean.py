"""Four voices led over chords: draws lean towards tones of the chord, the bass towards its own where a chord begins."""

from dataclasses import dataclass, field

import numpy as np

from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, LOW_PITCH, NUM_VOICE_EVENTS, STEP_QUARTER
from musegen.composers.chorale.reading import NUM_VOICES, ChoraleCursor
from musegen.composers.fitting.chord_course import ChordCourse

ON_BEAT, OFF_BEAT = 2.4, 1.2
"""Nats away from what is no tone of the chord, on beats and between them: as weak as brings hymns as close to their
chords as real ones are (`benchmarks.chart_followed`); beyond that they get stiff."""
_HELD_INTO = 1.8
"""Nats away from holding on, into a chord, a pitch that is no tone of it: suspensions stay possible."""
_BASS = 1.5
_STEPS_A_QUARTER = round(1 / STEP_QUARTER)
_PITCH_CLASSES = (np.arange(NUM_VOICE_EVENTS) - FIRST_PITCH + LOW_PITCH) % 12
_STRIKES = np.arange(NUM_VOICE_EVENTS) >= FIRST_PITCH


@dataclass(frozen=True, slots=True, eq=False)
class ChordLean:
    """How draws lean over the chords of one piece.

    Args:
        course: the chords.
        pickup: sixteenths before the first bar line.
    """

    course: ChordCourse
    pickup: int
    _away: dict[frozenset[int], np.ndarray] = field(default_factory=dict)

    def __call__(self, cursor: ChoraleCursor) -> np.ndarray | None:
        """Return nats for what a voice sings next; None where the chords have nothing to say."""
        quarter = cursor.step * STEP_QUARTER
        chord = self.course.chord(quarter)
        if chord is None or cursor.is_fixed:
            return None
        tones = self.course.tones(quarter)
        away = self._away.setdefault(tones, _STRIKES & ~np.isin(_PITCH_CLASSES, list(tones)))
        on_beat = (cursor.step - self.pickup) % _STEPS_A_QUARTER == 0
        nats = np.where(away, -(ON_BEAT if on_beat else OFF_BEAT), 0.0)
        begins = self.course.begins(quarter, STEP_QUARTER)
        before = cursor.before[cursor.voice]
        if begins and before >= FIRST_PITCH and away[before]:
            nats[HOLD] = -_HELD_INTO
        if begins and cursor.voice == NUM_VOICES - 1:
            bass = _STRIKES & (chord.bass_pitch_class == _PITCH_CLASSES)
            nats[bass] += _BASS
            if before >= FIRST_PITCH and bass[before]:
                nats[HOLD] += _BASS
        return nats
