"""What the raw-audio network is, for whoever trains and whoever plays it: RawConfig, PREDICTORS.

    the last frame, loudness of errors -> slow GRU, once a frame -> what the frame is about
    the last samples, predictions, their errors, what the frame is about -> fast layers, once a sample -> 256 levels

Two rates in the manner of SampleRNN (Mehri et al. 2017); the fast layers see linear predictions as in LPCNet (Valin and
Skoglund 2019), here several that follow the sound by themselves, and weigh them.
"""

from dataclasses import dataclass

import numpy as np

from musegen.sound.linear_prediction import FRAME, Predictor

PREDICTORS = (Predictor(32, 256.0, 1), Predictor(64, 512.0, 2), Predictor(128, 1024.0, 8))
"""What predicts beside the network."""

EXPERTS = len(PREDICTORS)
PAST = 32
"""Samples before that the fast layers see."""
LAGS = 4
"""Samples before of which they see the errors of the predictions."""
FRAMES_SEEN = 3
"""Frames before that the slow layer sees."""
LEAST_SCALE = 3e-5
"""Least width of a prediction, of full scale."""
MOST_SPREAD = 3.0
"""By how much, as a logarithm, the network makes a prediction wider or narrower at most."""
RARE = -5.0
"""Logit of a level that no prediction foresees, before anything is learned."""


@dataclass(frozen=True, slots=True)
class RawConfig:
    """Everything needed to build the network.

    Args:
        slow_units: of the recurrent layer, once a frame.
        fast_units: of each of the two fast layers, once a sample.
        sample_rate: hertz of the sound it knows.
    """

    slow_units: int = 192
    fast_units: int = 128
    sample_rate: int = 8_000

    @property
    def slow_inputs(self) -> int:
        """Numbers that the slow layer sees of a frame."""
        return FRAME * FRAMES_SEEN + EXPERTS

    @property
    def fast_inputs(self) -> int:
        """Numbers that the fast layers see of a sample beside what comes from the slow one."""
        return PAST + EXPERTS * (1 + LAGS)


def frame_inputs(compressed: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return what the slow layer sees of frames.

    Args:
        compressed: samples before each frame on the scale of the levels, `FRAME` * `FRAMES_SEEN` or more, shape (N, S).
        scales: of the predictions, shape (N, E).

    Returns:
        shape (N, `FRAME` * `FRAMES_SEEN` + E).
    """
    loud = (np.log(scales + LEAST_SCALE) + 5.0) / 2.0  # about -1 to 1
    return np.concatenate([compressed[:, -FRAME * FRAMES_SEEN :], loud], axis=1)


def relative_errors(errors: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return the errors of predictions in units of what they usually are, none very large."""
    return np.clip(errors / (scales + LEAST_SCALE), -6, 6) / 2
