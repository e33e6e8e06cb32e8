"""Sequences of notes and chords as training examples: windows, as the notebook cuts them."""

from collections.abc import Sequence

import numpy as np

from musegen.composers.notebook.codec import NoteChordCodec
from musegen.engine.codec import Example


class WindowSource:
    """Draws windows; each symbol of one is learned from, where the notebook learns from the one after the last alone.

    Args:
        codec: of the symbols.
        train: symbols of the pieces to learn from, (T,) each.
        valid: of those held out, which are read from beginning to end.
    """

    def __init__(self, codec: NoteChordCodec, train: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> None:
        self._train = [codec.example(events) for events in train if len(events)]
        self._valid = [codec.example(events) for events in valid if len(events)]
        lengths = np.array([len(example.target) for example in self._train], float)
        self._share = lengths / max(lengths.sum(), 1.0)

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return a window of a piece, from its beginning as often as from any other place."""
        example = self._train[random.choice(len(self._train), p=self._share)]
        start = int(random.integers(max(len(example.target) - num_frames, 0) + 1))
        cut = slice(start, start + num_frames)
        return Example(example.trunk[cut], example.head[cut], example.target[cut], example.weight[cut])

    def validation(self) -> list[Example]:
        """Return the pieces held out, whole."""
        return self._valid
