"""What draws of several parts lean to and away from, where nothing is forbidden: Leanings.

Parts that have been silent come in, a piano neither leaves a voice alone nor doubles it by halves, loudness stays near
that of the seed, an invented piece begins in its key.
"""

from bisect import bisect_right

import numpy as np

from musegen.composers.parts.chord_lean import ChordLean
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
    VELOCITY,
    ScoreLayout,
)
from musegen.composers.parts.limits import PartsLimits

_KEY_NOTES, _KEY_LEAN = 24, -3.0
"""So many notes of an invented piece lean towards its key, and by how many nats; then it goes on in it by itself."""
_SILENT_BARS, _MOST_NATS = 1.5, 4.0
"""A part that was silent for so many bars is leaned to, two nats a bar more, up to so many."""
_ENTER_BARS, _ENTER_NATS, _MOST_ENTER_NATS = 2, 16.0, 10.0
"""A part that has not played yet is leaned to by so many nats a bar, up to so many, after so many bars or, where a
melody is given, at once: left alone half the cellos never joined in."""
_SILENT_UNDER_LEAD, _SILENT_AT_MOST = 1.5, 4.0
"""Bars of silence from which on a part is asked back: under a melody that is arranged, and else."""
_RESTED_BARS, _RESTED_NATS, _MOST_RESTED_NATS = 0.5, 8.0, 8.0
"""Bars for which both hands rest under a voice before they are leaned to, nats a bar more, and the most of them. In the
real songs of the validation split silences longer than this come 1.3 times in a hundred bars, and longer than a bar 0.3
times (`benchmarks.resting_piano`)."""
_DOUBLED_NOTES, _DOUBLED_NATS = 8, 2.0
"""So many notes of a voice tell whether a piano doubles it; nats towards going on where it doubled all, away from it
where it doubled none. Real pianos double a voice or leave it alone; under a given one the network does so by halves."""
_HEARD_NOTES, _QUIET = 48, 1.5
"""Where the mean class of velocity of so many notes falls below this (about 45), louder ones are leaned to."""
LEAST_HEARD = 24
"""Notes that tell how loud a piece is."""
_AROUND, _BACK = 0.5, 0.3
"""Classes about the loudness of the seed in which a piece is free; nats a class back to it for each class beyond."""
_BETWEEN = -2.5
"""Nats by which a band leans away from what lies between sixteenths, which in what it learned from is mostly chance."""


class Leanings:
    """The leanings of one course.

    Args:
        layout: of the codec.
        course: what must be kept to.
        fixed: tick, part and negative pitch of the notes that are given among the new ones, in order.
    """

    def __init__(self, layout: ScoreLayout, course: PartsLimits, fixed: list[tuple[int, int, int]]) -> None:
        self._layout, self._course, self._fixed = layout, course, fixed
        self._fixed_parts = {part for _, part, _ in fixed}
        self._first = layout.first.tolist()
        self._chords = ChordLean(layout, course.chords) if course.chords is not None else None
        self._outside = None
        if course.opening_scale:
            pitches = np.arange(layout.low, layout.high + 1)
            self._outside = np.zeros(layout.num_events)
            first = self._first[PITCH]
            self._outside[first : first + len(pitches)][~np.isin(pitches % 12, list(course.opening_scale))] = _KEY_LEAN

    def over_chords(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards the tones of chords, float (V,); None where there are none, or nothing to say."""
        return None if self._chords is None else self._chords.leaning(cursor)

    def own(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards all else that is wanted, float (V,); None where all is left as it is."""
        if cursor.question == PITCH:
            beside = self._beside_the_voice(cursor)
            opening = self._outside if cursor.num_notes < _KEY_NOTES else None
            return opening if beside is None else beside if opening is None else opening + beside
        if cursor.question == VELOCITY:
            return self._louder(cursor)
        if cursor.question == STEP and self._fixed and self._layout.keyboard:
            return self._before_the_lead(cursor)
        if self._layout.chords and cursor.question in (STEP, DURATION):
            return self._in_sixteenths(cursor)
        if cursor.question != PART:
            return None
        leans = [self._towards(cursor, part) for part in range(self._layout.num_parts)]
        if max(leans) <= 0:
            return None
        nats = np.zeros(self._layout.num_events)
        nats[self._first[PART] : self._first[PART] + len(leans)] = leans
        return nats

    def _beside_the_voice(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards the note that a voice begins at the moment where the piano has doubled it, else away."""
        part, layout = cursor.row[PART], self._layout
        sung = self._fixed and not layout.chords and layout.parts[0].most == 1  # a voice that is given
        if not sung or part not in layout.keyboard or cursor.row[STEP] or not (struck := cursor.struck_now(0)):
            return None
        nats = np.zeros(layout.num_events)
        going_on = 2 * cursor.doubled(0, _DOUBLED_NOTES) - 1
        nats[self._first[PITCH] + struck[0] - layout.low] = _DOUBLED_NATS * going_on
        return nats

    def _in_sixteenths(self, cursor: ScoreCursor) -> np.ndarray:
        """Return nats away from what begins or ends between sixteenths."""
        lengths = np.arange(NUM_STEPS) if cursor.question == STEP else DURATIONS
        nats = np.zeros(self._layout.num_events)
        first = self._first[cursor.question]
        nats[first : first + len(lengths)][(cursor.moment + lengths) % (TICKS // 4) != 0] = _BETWEEN
        return nats

    def _before_the_lead(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats away from going on to the next note of a melody while no hand has sounded for long.

        Under a fast melody the next of its notes is always near, and a step onto it asks no hand.
        """
        nats = self._in_sixteenths(cursor) if self._layout.chords else None
        hands = [part for part in self._layout.keyboard if cursor.frame.present[part]]
        index = bisect_right(self._fixed, cursor.place)
        if not hands or index >= len(self._fixed):
            return nats
        limit, now = self._fixed[index][0], cursor.now
        silent = min(cursor.silence(part, limit) for part in hands) / int(cursor.frame.bars.length[cursor.bar_of(now)])
        away = min(_RESTED_NATS * max(silent - _RESTED_BARS, 0.0), _MOST_RESTED_NATS)
        if not away or limit - now > MAX_STEP:
            return nats
        nats = np.zeros(self._layout.num_events) if nats is None else nats
        nats[self._first[STEP] + limit - now] -= away
        return nats

    def _towards(self, cursor: ScoreCursor, part: int) -> float:
        """Return the nats towards a part that has been silent for long, or has yet to join in."""
        if not cursor.frame.present[part]:
            return 0.0
        time = cursor.moment
        length = int(cursor.frame.bars.length[cursor.bar_of(time)])
        if part not in self._fixed_parts and not cursor.has_played(part):
            bars = time / length - (0 if self._fixed else _ENTER_BARS)
            return min(max(_ENTER_NATS * bars, 0.0), _MOST_ENTER_NATS)
        bars = cursor.silence(part, time) / length
        late = 0.0 if self._layout.keyboard else bars - (_SILENT_UNDER_LEAD if self._fixed else _SILENT_AT_MOST)
        return min(max(2 * (bars - _SILENT_BARS), 0.0), _MOST_NATS) + min(
            max(_ENTER_NATS * late, 0.0), _MOST_ENTER_NATS
        )

    def _louder(self, cursor: ScoreCursor) -> np.ndarray | None:
        """Return nats towards the loudness of the seed, and out of a whisper: left alone it drifts, mostly upwards."""
        classes = cursor.recent(VELOCITY, _HEARD_NOTES)
        if len(classes) < LEAST_HEARD:
            return None
        mean, usual = sum(classes) / len(classes), self._course.usual_velocity
        nats = min(max(_QUIET - mean, 0.0), 1.0)
        if usual is not None and not nats:
            nats = _BACK * (max(usual - _AROUND - mean, 0.0) - max(mean - usual - _AROUND, 0.0))
        if not nats:
            return None
        leaning = np.zeros(self._layout.num_events)
        size = int(self._layout.size[VELOCITY])
        leaning[self._first[VELOCITY] : self._first[VELOCITY] + size] = nats * np.arange(size)
        return leaning
