"""A likelihood for networks that predict a number with squared error, in classes, so that it can be compared.

Such a network says where the next value lies, not how likely any value is. Two ways to fit what is missing on held-out
predictions and their outcomes:

    CountedOutcomes   how often each class came where the prediction lay in each of many bins: the most that a
                      calibration can get out of a prediction
    LaplaceOutcomes   the outcome is Laplace distributed around the prediction, its scale fitted in each of those bins
                      (the mean absolute error), integrated over the classes: what the prediction says by itself

Both sum to one over the classes. Where time has already passed (the pedal moved since the last note, and no note
came), both are told so: what is asked is the class of the rest.
"""

from dataclasses import dataclass

import numpy as np


def _bins(predicted: np.ndarray, count: int) -> np.ndarray:
    """Return boundaries that split the predictions into bins of equal numbers, ascending, each once."""
    return np.unique(np.quantile(predicted, np.linspace(0, 1, count + 1)[1:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class CountedOutcomes:
    """The share of each class in each bin of predictions.

    Args:
        boundaries: of the bins of the prediction, shape (B - 1,).
        shares: rows add up to one, shape (2 B, C); the second half is for where time has passed.
    """

    boundaries: np.ndarray
    shares: np.ndarray

    @classmethod
    def fit(
        cls, predicted: np.ndarray, waited: np.ndarray, outcome: np.ndarray, num_classes: int, num_bins: int = 32
    ) -> "CountedOutcomes":
        """Count outcomes.

        Args:
            predicted: what the network said, shape (N,).
            waited: how much of it has passed already, in the same unit, shape (N,).
            outcome: class of the rest, shape (N,).
            num_classes: C.
            num_bins: B.
        """
        boundaries = _bins(predicted - waited, num_bins)
        counts = np.zeros((2 * (len(boundaries) + 1), num_classes))
        np.add.at(counts, (_rows(boundaries, predicted, waited), outcome), 1.0)
        common = (counts.sum(0) + 1.0) / (counts.sum() + num_classes)
        prior = 20.0  # a bin counts as having seen so many of the common outcomes besides its own
        shares = (counts + prior * common) / (counts.sum(1, keepdims=True) + prior)
        return cls(boundaries, shares)

    def probabilities(self, predicted: np.ndarray, waited: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (N, C)."""
        return self.shares[_rows(self.boundaries, predicted, waited)]


def _rows(boundaries: np.ndarray, predicted: np.ndarray, waited: np.ndarray) -> np.ndarray:
    return np.searchsorted(boundaries, predicted - waited) + (waited > 0) * (len(boundaries) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class LaplaceOutcomes:
    """A Laplace distribution around each prediction.

    Args:
        boundaries: of the bins of the prediction, shape (B - 1,).
        scales: mean absolute error in each bin, shape (B,).
        edges: boundaries between the classes, ascending, shape (C - 1,); the first class has no lower end, the last no
            upper one.
    """

    boundaries: np.ndarray
    scales: np.ndarray
    edges: np.ndarray

    @classmethod
    def fit(cls, predicted: np.ndarray, actual: np.ndarray, edges: np.ndarray, num_bins: int = 32) -> "LaplaceOutcomes":
        """Fit the scales to predictions and what came, shape (N,) each, in the unit of the edges."""
        boundaries = _bins(predicted, num_bins)
        row = np.searchsorted(boundaries, predicted)
        errors = np.bincount(row, np.abs(predicted - actual), len(boundaries) + 1)
        number = np.bincount(row, minlength=len(boundaries) + 1)
        least = (edges[1] - edges[0]) / 2  # a scale below half a class says nothing
        return cls(boundaries, np.maximum(errors / np.maximum(number, 1), least), edges)

    def probabilities(self, predicted: np.ndarray, waited: np.ndarray) -> np.ndarray:
        """Return the probability of each class of the rest, given that more than `waited` passes, shape (N, C)."""
        scale = self.scales[np.searchsorted(self.boundaries, predicted)][:, None]
        ends = np.full((len(predicted), 1), np.inf)
        start = np.where(waited > 0, waited, -np.inf)[:, None]  # the first class begins where the waiting ends
        edges = np.hstack([start, waited[:, None] + self.edges, ends])
        mass = _laplace_mass(edges[:, :-1], edges[:, 1:], predicted[:, None], scale)
        total = mass.sum(1, keepdims=True)
        flat = np.full_like(mass, 1 / mass.shape[1])
        kept = 1 - 1e-6  # so that nothing is impossible
        return np.where(total > 1e-300, kept * mass / np.maximum(total, 1e-300) + (1 - kept) * flat, flat)


def _laplace_mass(low: np.ndarray, high: np.ndarray, center: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the probability between `low` and `high`, exact in both tails."""
    a, b = (low - center) / scale, (high - center) / scale
    below = (np.exp(np.minimum(b, 0)) - np.exp(np.minimum(a, 0))) / 2
    above = (np.exp(-np.maximum(a, 0)) - np.exp(-np.maximum(b, 0))) / 2
    return below + above


def nll(probabilities: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Return the nats of each outcome, shape (N,), of probabilities (N, C)."""
    return -np.log(probabilities[np.arange(len(outcome)), outcome])
