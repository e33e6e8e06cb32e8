"""Jazz solos as training examples: in any key, with and without chords, memory and a known end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.composers.solo.codec import read_example
from musegen.composers.solo.context import SoloContext, context_of
from musegen.composers.solo.grid import HIGH_PITCH, LOW_PITCH, rows_of, written_length
from musegen.composers.solo.reading import narrowed, transposed
from musegen.corpora.weimar_jazz import Solo
from musegen.engine.codec import Example
from musegen.music.chord import Chord, parse_chord

NO_CHORDS_SHARE, NO_MEMORY_SHARE, LEFT_SHARE = 0.2, 0.25, 0.5
"""Shares of the examples without chords, without memory, and with the number of bars that are left."""

MAX_SEMITONES = 6


@lru_cache(maxsize=1024)
def _chord(label: str) -> Chord:
    return parse_chord(label)


def chorus_bars(solo: Solo) -> int:
    """Return after how many bars the form of a solo begins again, 0 where it does not."""
    first: dict[int, int] = {}
    for bar, (_, chorus) in enumerate(solo.sections):
        if chorus >= 1:
            first.setdefault(chorus, bar)
    return first[2] - first[1] if {1, 2} <= set(first) else 0


def solo_context(solo: Solo) -> SoloContext:
    """Return the chart of a solo."""
    return context_of([_chord(label) for label in solo.chords], solo.sections, solo.qpm, chorus_bars(solo))


def solo_rows(solo: Solo) -> np.ndarray:
    """Return the answers (R, 3) of a solo as it would be written."""
    onsets = solo.onset_tick.tolist()
    following = [*onsets[1:], None]
    lengths = [written_length(*each) for each in zip(solo.length_tick.tolist(), onsets, following, strict=True)]
    return rows_of(onsets, solo.pitch.tolist(), lengths)


@dataclass(frozen=True, slots=True)
class _Reading:
    example: Example
    low: int
    high: int


def read_solo(solo: Solo) -> Example:
    """Return a solo as the network reads it when everything is known."""
    return read_example(solo_rows(solo), solo_context(solo), solo.num_bars)


class SoloSource:
    """Draws crops of solos.

    Args:
        train: to learn from.
        valid: held out.
    """

    def __init__(self, train: Sequence[Solo], valid: Sequence[Solo]) -> None:
        self._readings = [_reading(solo) for solo in train]
        lengths = np.array([len(reading.example.target) for reading in self._readings], float)
        self._probabilities = lengths / lengths.sum()
        self._valid = [narrowed(read_solo(solo), chords=True, memory=True, left=False) for solo in valid]

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random crop in a random key, sometimes without chords or memory."""
        reading = self._readings[random.choice(len(self._readings), p=self._probabilities)]
        whole = reading.example
        start = int(random.integers(-num_frames // 8, max(len(whole.target) - num_frames * 7 // 8, 0) + 1))
        start = int(np.clip(start, 0, max(len(whole.target) - num_frames, 0)))
        crop = slice(start, start + num_frames)
        cut = Example(whole.trunk[crop], whole.head[crop], whole.target[crop], whole.weight[crop])
        chords, memory = random.random() >= NO_CHORDS_SHARE, random.random() >= NO_MEMORY_SHARE
        moved = transposed(cut, int(random.integers(reading.low, reading.high + 1)))
        return narrowed(moved, chords=chords, memory=memory, left=random.random() < LEFT_SHARE)

    def validation(self) -> list[Example]:
        """Return the held-out solos as they are, chords and memory on, their ends not told."""
        return self._valid


def _reading(solo: Solo) -> _Reading:
    low, high = LOW_PITCH - int(solo.pitch.min()), HIGH_PITCH - int(solo.pitch.max())
    return _Reading(read_solo(solo), max(low, -MAX_SEMITONES + 1), min(high, MAX_SEMITONES))
