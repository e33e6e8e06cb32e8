"""Linear prediction of sound that follows it: each sample from the ones before, by weights refitted as it goes.

Predictor, RunningPredictor, running_predictions, running_scale. The weights are those of least squares over the past,
which is forgotten exponentially (the covariance method, backward-adaptive: nothing but what has sounded already is
needed, so that whoever continues a sound can go on predicting).
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FRAME = 16
"""Samples between two times at which weights may change."""

_RIDGE = 1e-4  # of the mean energy: keeps the weights small where the past does not tell them
_FAINTEST = 1e-7
_FIRST_SCALE = 0.01
_SCALE_KEPT = 0.9  # of the running mean error, from frame to frame


@dataclass(frozen=True, slots=True)
class Predictor:
    """How a prediction follows the sound.

    Args:
        order: samples before that it is made from.
        half_life: samples after which the past counts half.
        every: frames between two fits.
    """

    order: int
    half_life: float
    every: int = 1

    @property
    def reach(self) -> int:
        """Samples that a fit looks back over."""
        return self.order + FRAME * self.every


class RunningPredictor:
    """Predictions of several sounds side by side, a frame of `FRAME` samples at a time.

    Args:
        how: order, and how it follows.
        num_sounds: B.

    Attributes:
        weights: of the samples before, in the order of time, shape (B, order), float64.
        scale: running mean of the errors without sign, shape (B,).
    """

    def __init__(self, how: Predictor, num_sounds: int = 1) -> None:
        self.how = how
        self.weights: np.ndarray = np.zeros((num_sounds, how.order))
        self.scale = np.full(num_sounds, _FIRST_SCALE)
        self._kept = 0.5 ** (FRAME * how.every / how.half_life)
        self._square = np.zeros((num_sounds, how.order + 1, how.order + 1))
        self._frame = 0
        self._unit = np.eye(how.order)

    def advance(self, heard: np.ndarray) -> None:
        """Take in a frame.

        Args:
            heard: the last `how.reach` samples or more, those of the frame at the end, shape (B, N).
        """
        order, how = self.how.order, self.how
        errors = heard[:, -FRAME:] - self.predicted(heard[:, -FRAME - order : -1])
        self.scale = _SCALE_KEPT * self.scale + (1 - _SCALE_KEPT) * np.abs(errors).mean(axis=1)
        self._frame += 1
        if self._frame % how.every:
            return
        # rows: each sample of the last frames, at the end, and those before it
        rows = np.ascontiguousarray(sliding_window_view(heard[:, -how.reach :], order + 1, axis=1))
        self._square *= self._kept
        self._square += np.matmul(rows.transpose(0, 2, 1), rows)
        ridge = (_RIDGE * self._square[:, -1, -1] + _FAINTEST)[:, None, None] * self._unit
        past = self._square[:, :-1, :-1] + ridge
        self.weights = np.linalg.solve(past, self._square[:, :-1, -1:])[:, :, 0]

    def predicted(self, before: np.ndarray) -> np.ndarray:
        """Return the predictions of the samples after each `order` of those given."""
        rows = sliding_window_view(before, self.how.order, axis=1)
        return np.matmul(rows, self.weights[:, :, None])[:, :, 0]


def running_scale(errors: np.ndarray) -> np.ndarray:
    """Return the mean error without sign as `RunningPredictor` follows it, known before each frame.

    Args:
        errors: of one sound, shape (T,), T a multiple of `FRAME`.

    Returns:
        shape (T / FRAME,).
    """
    scales, scale = [], _FIRST_SCALE
    for mean in np.abs(errors).reshape(-1, FRAME).mean(axis=1).tolist():
        scales.append(scale)
        scale = _SCALE_KEPT * scale + (1 - _SCALE_KEPT) * mean
    return np.array(scales)


def running_predictions(samples: np.ndarray, how: Predictor) -> tuple[np.ndarray, np.ndarray]:
    """Return what is predicted of every sample from those before, and the scale of the errors up to its frame.

    Args:
        samples: of several sounds, shape (B, T), T a multiple of `FRAME`.
        how: order, and how it follows.

    Returns:
        predictions (B, T) and scales (B, T / FRAME), float32.
    """
    num_sounds, length = samples.shape
    padded = np.concatenate([np.zeros((num_sounds, how.reach)), samples], axis=1)
    running = RunningPredictor(how, num_sounds)
    predicted = np.empty((num_sounds, length), np.float32)
    scales = np.empty((num_sounds, length // FRAME), np.float32)
    for start in range(0, length, FRAME):
        heard = padded[:, start + FRAME : start + FRAME + how.reach]
        predicted[:, start : start + FRAME] = running.predicted(heard[:, -FRAME - how.order : -1])
        scales[:, start // FRAME] = running.scale
        running.advance(heard)
    return predicted, scales
