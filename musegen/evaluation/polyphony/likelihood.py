"""Nats a time step of piano rolls: bernoulli_nats, nats_a_step, KeyRange.

A model gives a probability to every frame of a piece given the frames before it. As in the code of Bai and others
(2018, arXiv:1803.01271) the first frame of a piece is not scored, all 88 keys are, and the mean is over all scored
frames of all pieces, so that long pieces weigh more (Boulanger-Lewandowski and others, ICML 2012, arXiv:1206.6392).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.errors import DatasetError

NUM_KEYS = 88


def bernoulli_nats(logits: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Return what each frame costs where keys are drawn one by one, each by its logit.

    Args:
        logits: log-odds that a key is on, (T, K). In an autoregressive model each may know the keys below.
        roll: 0 and 1, (T, K).

    Returns:
        nats, (T,).
    """
    logits = np.asarray(logits, np.float64)
    return (np.logaddexp(0.0, logits) - logits * roll).sum(-1)


def nats_a_step(frames: Sequence[np.ndarray]) -> float:
    """Return the mean over all scored frames of all pieces.

    Args:
        frames: for each piece the nats of its frames from the second on.

    Raises:
        DatasetError: no frame is scored.
    """
    scored = np.concatenate([np.zeros(0), *frames])
    if not len(scored):
        raise DatasetError("There is no frame to score: a piece needs at least two.")
    return float(scored.mean())


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys that a network reads and writes; all others are left to a count.

    Keys that never sound in the training pieces would only cost time. Each gets the probability 0.5 / (N + 1) for N
    training frames (Krichevsky and Trofimov), whatever came before, so that the likelihood stays one of all 88 keys.

    Args:
        low: first key, 0 to 87.
        high: the key after the last.
        num_frames: frames of the training pieces.
    """

    low: int
    high: int
    num_frames: int

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= NUM_KEYS or self.num_frames < 1:
            raise ValueError(f"no range of keys: {self}")

    @classmethod
    def of(cls, rolls: Sequence[np.ndarray]) -> "KeyRange":
        """Return the range of keys that sound in training pieces, each (T, 88).

        Raises:
            DatasetError: nothing sounds.
        """
        counts = np.sum([roll.sum(0, dtype=int) for roll in rolls], axis=0) if len(rolls) else np.zeros(NUM_KEYS)
        used = np.flatnonzero(counts)
        if not len(used):
            raise DatasetError("The piano rolls are silent: there is nothing to learn from.")
        return cls(int(used[0]), int(used[-1]) + 1, sum(len(roll) for roll in rolls))

    @property
    def num_keys(self) -> int:
        """How many keys the network has."""
        return self.high - self.low

    def inside(self, roll: np.ndarray) -> np.ndarray:
        """Return the part of a roll (..., 88) that the network sees."""
        return roll[..., self.low : self.high]

    def outside_nats(self, roll: np.ndarray) -> np.ndarray:
        """Return what the other keys of each frame of a roll (T, 88) cost, (T,)."""
        rare = 0.5 / (self.num_frames + 1)
        on = roll.sum(-1, dtype=int) - self.inside(roll).sum(-1, dtype=int)
        off = NUM_KEYS - self.num_keys - on
        return -(on * np.log(rare) + off * np.log1p(-rare))
