"""Performances as training examples: transposed, stretched, louder or softer, with and without a known end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen.composers.performance.grid import NUM_KEYS, WHAT, Rows, quantised, rows_of
from musegen.composers.performance.reading import Held, held_keys, read_example, transposed
from musegen.engine.codec import Example
from musegen.music.performance import Performance, performance_of

KNOWN_SHARE = 0.5
"""Share of the examples in which the network is told how much time is left."""

MAX_SEMITONES, MAX_STRETCH, MAX_LOUDER = 5, 1.12, 12


@dataclass(frozen=True, slots=True)
class _Reading:
    rows: Rows
    held: Held
    low: int
    high: int


class PerformanceSource:
    """Draws crops of performances.

    Args:
        train: to learn from.
        valid: held out.
    """

    def __init__(self, train: Sequence[Performance], valid: Sequence[Performance]) -> None:
        self._readings = [_read(performance) for performance in train]
        lengths = np.array([len(reading.rows) for reading in self._readings], float)
        self._probabilities = lengths / lengths.sum()
        self._valid = [_read(performance) for performance in valid]

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random crop in a random key, tempo and loudness."""
        reading = self._readings[random.choice(len(self._readings), p=self._probabilities)]
        rows, length = reading.rows, len(reading.rows)
        # Starts before the beginning count as the beginning, ends after the end as the end: both are seen often.
        start = int(random.integers(-num_frames // 8, max(length - num_frames * 7 // 8, 0) + 1))
        start = int(np.clip(start, 0, max(length - num_frames, 0)))
        crop = slice(start, start + num_frames)
        stretch = float(np.exp(random.uniform(-1, 1) * np.log(MAX_STRETCH)))
        louder = int(random.integers(-MAX_LOUDER, MAX_LOUDER + 1))
        velocity = np.clip(rows.velocity[crop] + louder, 1, 127)
        before = rows.time_ms[start - 1] if start else rows.time_ms[0]
        cut = Rows(rows.time_ms[crop] - before, rows.what[crop], rows.duration_ms[crop], velocity)
        held = Held(reading.held.before[crop], reading.held.after[crop], reading.held.pedal[crop])
        left = None
        if random.random() < KNOWN_SHARE:
            previous = np.concatenate([[before], rows.time_ms[crop][:-1]])
            left = (rows.time_ms[-1] - previous) * stretch
        example = read_example(quantised(cut, stretch), held, left)
        return transposed(example, int(random.integers(reading.low, reading.high + 1)))

    def validation(self) -> list[Example]:
        """Return the held-out performances as they are, their ends not told."""
        return [read_example(quantised(reading.rows), reading.held) for reading in self._valid]


def _read(performance: Performance) -> _Reading:
    rows = rows_of(performance)
    keys = rows.what[rows.what < NUM_KEYS]
    low, high = max(-MAX_SEMITONES, -int(keys.min())), min(MAX_SEMITONES, NUM_KEYS - 1 - int(keys.max()))
    return _Reading(rows, held_keys(rows), low, high)


def num_notes(examples: Sequence[Example]) -> int:
    """Return how many notes the examples hold."""
    return int(sum(example.weight[:, WHAT + 1].sum() for example in examples))


def performance_in(item: Any) -> Performance:
    """Return the performance of a recording, or of a piece as it would be played."""
    return item.performance if hasattr(item, "performance") else performance_of(getattr(item, "piece", item))


def beginning(performance: Performance, num_notes: int) -> Performance:
    """Return the first notes of a performance, with the pedal until then."""
    last = performance.onset_ms[min(num_notes, len(performance.pitch)) - 1]
    keep, pedals = performance.onset_ms <= last, performance.pedal_ms[:, 0] < last
    return Performance(
        performance.onset_ms[keep],
        performance.duration_ms[keep],
        performance.pitch[keep],
        performance.velocity[keep],
        np.asarray(performance.pedal_ms[pedals]),
    )
