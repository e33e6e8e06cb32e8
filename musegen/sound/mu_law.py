"""Mu-law: 256 levels of sound, fine where it is soft and coarse where it is loud (ITU-T G.711's curve with mu 255).

encode, decode, compress, VALUES, EDGES, WIDTHS. The levels lie evenly along y = sign(x) ln(1 + 255 |x|) / ln 256,
level `SILENCE` at 0, so that silence is silence exactly.
"""

import numpy as np

LEVELS = 256
SILENCE = 128
_MU = 255.0


def _expand(y: np.ndarray) -> np.ndarray:
    return np.sign(y) * np.expm1(np.abs(y) * np.log1p(_MU)) / _MU


VALUES = _expand((np.arange(LEVELS) - SILENCE) / 128)
"""The sample that each level stands for, float64, shape (LEVELS,), -1 to 0.958, ascending."""

EDGES = _expand(np.clip((np.arange(LEVELS + 1) - SILENCE - 0.5) / 128, -1.1, 1.1))
"""Between which samples each level is the nearest: level k from EDGES[k] to EDGES[k + 1]; shape (LEVELS + 1,)."""

WIDTHS = np.diff(EDGES)
"""How much of full scale each level takes, shape (LEVELS,)."""


def compress(samples: np.ndarray) -> np.ndarray:
    """Return samples on the scale on which levels lie evenly, -1 to 1 for samples -1 to 1, of their type and shape."""
    return np.sign(samples) * np.log1p(_MU * np.abs(samples)) / np.log1p(_MU)


def encode(samples: np.ndarray) -> np.ndarray:
    """Return the level of each sample: uint8 of any shape, for samples -1 to 1."""
    return np.clip(np.rint(128 * compress(np.asarray(samples))) + SILENCE, 0, LEVELS - 1).astype(np.uint8)


def decode(levels: np.ndarray) -> np.ndarray:
    """Return the sample of each level: float32 of the same shape."""
    return VALUES.astype(np.float32)[levels]
