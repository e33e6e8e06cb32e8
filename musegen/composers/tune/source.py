"""Folk tunes as training examples: whole tunes or crops, half of them told how many bars remain."""

from collections.abc import Sequence

import numpy as np

from musegen.composers.tune.codec import FolkTuneCodec
from musegen.engine.codec import Example

TOLD_SHARE = 0.5
"""Share of examples in which the network is told how long the tune will be."""


class FolkSource:
    """Draws tunes.

    Args:
        train: events of the tunes to learn from.
        valid: events of the tunes held out.
    """

    def __init__(self, train: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> None:
        codec = FolkTuneCodec()
        self._told = [codec.example(events) for events in train]
        self._column = [c.name for c in codec.trunk_columns].index("bars_remaining")
        self._valid = [codec.example(events, tell_length=False) for events in valid]

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one tune, from its beginning half of the time, cut to `num_frames` events."""
        example = self._told[random.integers(len(self._told))]
        spare = max(len(example.target) - num_frames, 0)
        start = int(random.integers(spare + 1)) if random.random() < 0.5 else 0
        crop = slice(start, start + num_frames)
        trunk = example.trunk[crop].copy()
        if random.random() >= TOLD_SHARE:
            trunk[:, self._column] = 0
        return Example(trunk, example.head[crop], example.target[crop], example.weight[crop])

    def validation(self) -> list[Example]:
        """Return the held-out tunes, whole, length not told."""
        return self._valid
