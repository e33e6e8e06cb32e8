"""A network that reads a whole sequence both ways, played without TensorFlow."""

from pathlib import Path

import numpy as np

from musegen.engine.players.recurrent import Graph


class TwoWayPlayer:
    """An exported `networks.chord_chain`: one recurrent layer forwards and one backwards, then scores.

    Args:
        folder: holds step.tflite (both layers one frame on, each at its own place) and scores.tflite.

    Raises:
        StyleError: a graph is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._step = Graph(folder / "step.tflite")
        self._scores = Graph(folder / "scores.tflite")
        self._units = self._step.width("forward_state")

    def scores(self, frames: np.ndarray) -> np.ndarray:
        """Return the scores of a sequence, shape (T, V).

        Args:
            frames: float32 (T, F), T >= 1.
        """
        frames = np.ascontiguousarray(frames, np.float32)
        count = len(frames)
        hidden = np.zeros((2, count, self._units), np.float32)
        states = [np.zeros((1, self._units), np.float32)] * 2
        for i in range(count):
            there = count - 1 - i
            states = self._step(
                {
                    "forward": frames[i : i + 1],
                    "backward": frames[there : there + 1],
                    "forward_state": states[0],
                    "backward_state": states[1],
                },
                1,
            )
            hidden[0, i], hidden[1, there] = states[0][0], states[1][0]
        rows = [
            self._scores({"frame": frames[i : i + 1], "hidden": np.concatenate(hidden[:, i])[None]}, 1)[0][0]
            for i in range(count)
        ]
        return np.array(rows)
