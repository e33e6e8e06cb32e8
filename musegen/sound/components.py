"""Principal components of pictures: what networks of sound are measured beside, and begin as."""

import numpy as np


class Components:
    """Principal components of rows.

    Args:
        rows: float32, shape (N, D), N not more than D.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self.mean = rows.mean(axis=0)
        self._away = rows - self.mean
        self._values, self._vectors = np.linalg.eigh(self._away @ self._away.T)

    def basis(self, count: int) -> np.ndarray:
        """Return the first components, (count, D), orthonormal, the one along which rows spread most first."""
        return (self._vectors[:, : -count - 1 : -1].T @ self._away) / np.sqrt(self._values[: -count - 1 : -1])[:, None]

    def spreads(self, count: int) -> np.ndarray:
        """Return the standard deviations of rows along `basis`, shape (count,)."""
        return np.sqrt(self._values[: -count - 1 : -1] / len(self._away)).astype(np.float32)
