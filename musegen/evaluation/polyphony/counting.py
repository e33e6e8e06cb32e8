"""Models of piano rolls that only count: marginal_nats, repeat_nats, markov_nats.

They are the floors that a network has to clear: any network that does not has a bug or has not learned.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Rolls = Sequence[np.ndarray]
"""Pieces, each (T, 88) of 0 and 1."""


def _share(on: Any, count: Any) -> Any:
    """Return counted shares that are never 0 or 1: half a frame more of each (Krichevsky and Trofimov)."""
    return (on + 0.5) / (count + 1.0)


def _nats(share: np.ndarray, roll: np.ndarray) -> np.ndarray:
    return -np.where(roll, np.log(share), np.log1p(-share)).sum(-1)


def _pairs(rolls: Rolls) -> tuple[np.ndarray, np.ndarray]:
    """Return all frames that have a successor in their piece, and the successors, each (N, 88)."""
    return np.concatenate([roll[:-1] for roll in rolls]), np.concatenate([roll[1:] for roll in rolls])


def marginal_nats(train: Rolls, rolls: Rolls) -> list[np.ndarray]:
    """Return the nats of the frames from the second on where every key sounds as often as in training pieces."""
    frames = np.concatenate(train)
    share = _share(frames.sum(0, dtype=float), np.full(frames.shape[1], float(len(frames))))
    return [_nats(share, roll[1:]) for roll in rolls]


def repeat_nats(train: Rolls, rolls: Rolls) -> list[np.ndarray]:
    """Return the nats where a key is on by whether it was, with the same two shares for all keys."""
    before, now = _pairs(train)
    on = before.astype(bool)
    stays = float(_share(now[on].sum(dtype=float), float(on.sum())))
    begins = float(_share(now[~on].sum(dtype=float), float((~on).sum())))
    return [_nats(np.where(roll[:-1], stays, begins), roll[1:]) for roll in rolls]


def markov_nats(train: Rolls, rolls: Rolls) -> list[np.ndarray]:
    """Return the nats where a key is on by whether it was, with two shares for each key."""
    before, now = _pairs(train)
    on = before.sum(0, dtype=float)
    both = (before & now).sum(0, dtype=float)
    stays = _share(both, on)
    begins = _share(now.sum(0, dtype=float) - both, len(before) - on)
    return [_nats(np.where(roll[:-1], stays, begins), roll[1:]) for roll in rolls]


COUNTING: dict[str, Callable[[Rolls, Rolls], list[np.ndarray]]] = {
    "marginal": marginal_nats,
    "repeat": repeat_nats,
    "markov": markov_nats,
}
"""The counting models by name."""
