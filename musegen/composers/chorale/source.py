"""Chorales as training examples: transposed, with and without plan, with and without given voices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.composers.chorale.grid import FIRST_PITCH, LOW_PITCH, NUM_VOICE_EVENTS, ChoraleGrid
from musegen.composers.chorale.reading import (
    HEAD_COLUMNS,
    LOOK_AHEAD_STEPS,
    NUM_VOICES,
    TRUNK_COLUMNS,
    read_example,
)
from musegen.engine.codec import Example

UNKNOWN_SHARE, GIVEN_SHARE = 0.5, 0.3
"""Shares of examples read without the plan, and with given voices; the rest knows the plan and no voice."""

_TRUNK_PITCH = np.array([c.table in ("event", "pitch", "given") for c in TRUNK_COLUMNS])
_HEAD_PITCH = np.array([c.table == "pitch" for c in HEAD_COLUMNS])
_KEY = [c.name for c in TRUNK_COLUMNS].index("key")
_GIVEN = [c.name for c in TRUNK_COLUMNS].index("given_0_0")
_PER_VOICE = len(LOOK_AHEAD_STEPS)


def _shift(values: np.ndarray, semitones: int) -> np.ndarray:
    pitched = (values >= FIRST_PITCH) & (values < NUM_VOICE_EVENTS)
    return np.where(pitched, values + semitones, values)


def transpose_example(example: Example, semitones: int) -> Example:
    """Return the example `semitones` higher; the caller keeps it in range."""
    trunk, head = example.trunk.copy(), example.head.copy()
    trunk[:, _TRUNK_PITCH] = _shift(trunk[:, _TRUNK_PITCH], semitones)
    trunk[:, _KEY] = np.where(trunk[:, _KEY] == 0, 0, 1 + (trunk[:, _KEY] - 1 + 2 * semitones) % 24)
    head[..., _HEAD_PITCH] = _shift(head[..., _HEAD_PITCH], semitones)
    return Example(trunk, head, _shift(example.target, semitones), example.weight)


@dataclass(frozen=True, slots=True)
class _Reading:
    unknown: Example
    known: Example
    given: Example  # the plan known and every voice given
    low: int
    high: int


class ChoraleSource:
    """Draws crops of chorales.

    Args:
        train: chorales to learn from.
        valid: chorales held out.
        ranges: (lowest, highest) pitch of each voice; transposition stays inside.
    """

    def __init__(
        self,
        train: Sequence[ChoraleGrid],
        valid: Sequence[ChoraleGrid],
        ranges: Sequence[tuple[int, int]],
    ) -> None:
        self._readings = [self._read(grid, ranges) for grid in train]
        lengths = np.array([len(grid.voices) for grid in train], float)
        self._probabilities = lengths / lengths.sum()
        self._valid = list(valid)

    def _read(self, grid: ChoraleGrid, ranges: Sequence[tuple[int, int]]) -> _Reading:
        low, high = -12, 12
        for v, (lowest, highest) in enumerate(ranges):
            pitches = grid.voices[:, v][grid.voices[:, v] >= FIRST_PITCH] + LOW_PITCH - FIRST_PITCH
            if len(pitches):
                low, high = max(low, lowest - int(pitches.min())), min(high, highest - int(pitches.max()))
        return _Reading(
            read_example(grid, known=False),
            read_example(grid, known=True),
            read_example(grid, known=True, given=grid.voices),
            min(low, 0),
            max(high, 0),
        )

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random crop in a random key and reading."""
        reading = self._readings[random.choice(len(self._readings), p=self._probabilities)]
        kind = random.random()
        if kind < UNKNOWN_SHARE:
            example = reading.unknown
        elif kind < 1 - GIVEN_SHARE:
            example = reading.known
        else:
            example = self._with_given(reading, random)
        length = len(example.target)
        # Starts before the beginning count as the beginning, so that openings are seen often.
        start = int(np.clip(random.integers(-num_frames // 4, max(length - num_frames, 0) + 1), 0, None))
        crop = slice(start, start + num_frames)
        cut = Example(example.trunk[crop], example.head[crop], example.target[crop], example.weight[crop])
        return transpose_example(cut, int(random.integers(reading.low, reading.high + 1)))

    def _with_given(self, reading: _Reading, random: np.random.Generator) -> Example:
        """Give the soprano alone half of the time, else any one to three voices."""
        given = np.zeros(NUM_VOICES, bool)
        if random.random() < 0.5:
            given[0] = True
        else:
            given[random.choice(NUM_VOICES, random.integers(1, NUM_VOICES), replace=False)] = True
        trunk = reading.given.trunk.copy()
        weight = np.ones(reading.given.weight.shape, np.float32)
        weight[:, given] = 0
        for v in np.flatnonzero(~given):
            trunk[:, _GIVEN + v * _PER_VOICE : _GIVEN + (v + 1) * _PER_VOICE] = 0
        return Example(trunk, reading.given.head, reading.given.target, weight)

    def validation(self) -> list[Example]:
        """Return the held-out chorales as the JSB files are read."""
        return [read_example(grid, known=False) for grid in self._valid]
