"""Sequences of notes as training examples: windows of a piece, as the notebooks cut them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from musegen.engine.codec import Example


class _Shows(Protocol):
    def example(self, events: np.ndarray) -> Example: ...


class WindowSource:
    """Draws windows; each note of one is learned from, where the notebooks learn from the one after the last alone.

    Args:
        codec: shows the network a sequence of events.
        train: events of the pieces to learn from, as the codec encodes them.
        valid: of those held out, which are read from beginning to end.
        most_frames: so many are shown in one example of a held-out piece at most; what follows is the next, which
            begins with nothing before it. None for whole pieces.
    """

    def __init__(
        self,
        codec: _Shows,
        train: Sequence[np.ndarray],
        valid: Sequence[np.ndarray],
        most_frames: int | None = None,
    ) -> None:
        self._train = [codec.example(events) for events in train if len(events)]
        whole = [codec.example(events) for events in valid if len(events)]
        self._valid = [part for example in whole for part in _parts(example, most_frames or len(example.target))]
        lengths = np.array([len(example.target) for example in self._train], float)
        self._share = lengths / max(lengths.sum(), 1.0)

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return a window of a piece, from its beginning as often as from any other place."""
        example = self._train[random.choice(len(self._train), p=self._share)]
        start = int(random.integers(max(len(example.target) - num_frames, 0) + 1))
        return _cut(example, start, start + num_frames)

    def validation(self) -> list[Example]:
        """Return the pieces held out, whole or in parts."""
        return self._valid


def _cut(example: Example, start: int, stop: int) -> Example:
    part = slice(start, stop)
    return Example(example.trunk[part], example.head[part], example.target[part], example.weight[part])


def _parts(example: Example, most: int) -> list[Example]:
    return [_cut(example, start, start + most) for start in range(0, len(example.target), most)]
