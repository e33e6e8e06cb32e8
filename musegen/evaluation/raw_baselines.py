"""Models of sound to measure a network over samples against: linear prediction, and counts of levels.

laplace_nats, logistic_nats, FixedPredictor, LevelNgram. All give nats a sample: minus the logarithm of the probability
of the level (one of 256 of mu-law) that came, given all before. A prediction in samples becomes probabilities of levels
by a distribution around it, of which each level gets what lies between its edges.
"""

from collections.abc import Callable, Sequence

import numpy as np

from musegen.sound import mu_law

RARE = 1e-3
"""What every distribution gives to all levels alike, so that no level is impossible."""


def laplace_nats(levels: np.ndarray, predicted: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return nats of each level under a Laplace distribution.

    Args:
        levels: of mu-law, any shape.
        predicted: middles, in samples, of the same shape.
        scale: mean distance from the middle, above 0, of a shape that fits.
    """

    def below(z: np.ndarray) -> np.ndarray:
        half = 0.5 * np.exp(-np.abs(z))
        return np.where(z < 0, half, 1 - half)

    return _nats(levels, predicted, scale, below)


def logistic_nats(levels: np.ndarray, predicted: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return nats of each level under a logistic distribution; arguments as `laplace_nats`."""
    return _nats(levels, predicted, scale / (2 * np.log(2)), lambda z: 0.5 * (1 + np.tanh(z / 2)))


def _nats(
    levels: np.ndarray, predicted: np.ndarray, scale: np.ndarray, below: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    levels = np.asarray(levels, np.int64)
    low = np.where(levels == 0, -1e9, mu_law.EDGES[levels])  # the outermost levels have no outer edge
    high = np.where(levels == mu_law.LEVELS - 1, 1e9, mu_law.EDGES[levels + 1])
    inside = below((high - predicted) / scale) - below((low - predicted) / scale)
    return -np.log((1 - RARE) * np.maximum(inside, 0) + RARE / mu_law.LEVELS)


class FixedPredictor:
    """Linear prediction by one set of weights for all sound, least squares over a corpus.

    Args:
        order: samples before that a prediction is made from.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self.weights = np.zeros(order)

    def fit(self, sounds: Sequence[np.ndarray]) -> "FixedPredictor":
        """Find the weights, and return the model.

        Args:
            sounds: samples, each of shape (T,), T above the order.
        """
        square = np.zeros((self.order + 1, self.order + 1))
        for samples in sounds:
            rows = np.lib.stride_tricks.sliding_window_view(samples, self.order + 1)
            for start in range(0, len(rows), 1 << 16):
                part = np.ascontiguousarray(rows[start : start + (1 << 16)], dtype=np.float64)
                square += part.T @ part
        ridge = 1e-9 * square[-1, -1] * np.eye(self.order)
        self.weights = np.linalg.solve(square[:-1, :-1] + ridge, square[:-1, -1])
        return self

    def predict(self, samples: np.ndarray) -> np.ndarray:
        """Return what is predicted of each sample, shape (T,); before the first all is silent."""
        padded = np.concatenate([np.zeros(self.order), np.asarray(samples, np.float64)])
        return np.convolve(padded, self.weights[::-1], "full")[self.order - 1 : self.order - 1 + len(samples)]


class LevelNgram:
    """Counts of levels after the levels before, longer contexts falling back on shorter ones.

    Interpolated absolute discounting: P(w | h) = max(c(h w) - d, 0) / c(h) + d N(h) / c(h) P(w | h'), with N(h) the
    number of different levels after h and h' the context without its oldest level; below all stands the even
    distribution. Where h was never seen, P(w | h) = P(w | h').

    Args:
        order: levels seen at once, the predicted one among them, 1 to 7.
        discount: d, between 0 and 1.
    """

    def __init__(self, order: int, discount: float = 0.75) -> None:
        if not 1 <= order <= 7 or not 0 < discount < 1:
            raise ValueError(f"order must be 1 to 7 and discount between 0 and 1, got {order}, {discount}")
        self.order, self.discount = order, discount
        self._tables: list[tuple[np.ndarray, ...]] = []

    def fit(self, sounds: Sequence[np.ndarray]) -> "LevelNgram":
        """Count, and return the model.

        Args:
            sounds: levels, uint8, each of shape (T,).
        """
        self._tables = []
        for length in range(1, self.order + 1):
            keys, counts = np.unique(np.concatenate([_grams(levels, length) for levels in sounds]), return_counts=True)
            contexts, first = np.unique(keys >> 8, return_index=True)
            totals = np.add.reduceat(counts, first)
            different = np.diff(np.append(first, len(keys)))
            self._tables.append((keys, counts, contexts, totals, different))
        return self

    def nats(self, levels: np.ndarray) -> np.ndarray:
        """Return nats of each level from number order - 1 on, shape (T - order + 1,)."""
        chance = np.full(len(levels) - self.order + 1, 1 / mu_law.LEVELS)
        for length, (keys, counts, contexts, totals, different) in enumerate(self._tables, 1):
            grams = _grams(levels, length)[self.order - length :]
            at, known = _found(contexts, grams >> 8)
            own_at, own = _found(keys, grams)
            count = np.where(own, counts[own_at], 0)
            total, kinds = totals[at], different[at]
            mixed = (np.maximum(count - self.discount, 0) + self.discount * kinds * chance) / total
            chance = np.where(known, mixed, chance)
        return -np.log(chance)


def _grams(levels: np.ndarray, length: int) -> np.ndarray:
    """Return each run of `length` levels as one number, the last one lowest, int64, shape (T - length + 1,)."""
    grams = np.zeros(len(levels) - length + 1, np.int64)
    for place in range(length):
        grams = (grams << 8) | levels[place : place + len(grams)].astype(np.int64)
    return grams


def _found(sorted_keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each wanted key stands, and whether it is there at all."""
    at = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    return at, sorted_keys[at] == wanted
