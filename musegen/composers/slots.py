"""Notes that come when they came before, where a stretch is composed again: Slot, pull_towards."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A note that must come at its time. What it is besides its time, each composer says.

    Args:
        free: whether it gets another pitch.
        near_semitones: how far most new pitches stay from the old one; 0 for no pull.
    """

    free: bool = False
    near_semitones: float = 0.0

    @property
    def pulls(self) -> bool:
        """Whether a new pitch is pulled towards the old one."""
        return self.free and self.near_semitones > 0


def pull_towards(pitch: int, pitches: np.ndarray, near_semitones: float) -> np.ndarray:
    """Return the nats by which pitches are held back the farther they are from an old one: the log of a bell curve.

    Args:
        pitch: the old one.
        pitches: those there are to choose from, shape (P,).
        near_semitones: standard deviation of the curve, > 0.
    """
    return -(((pitches - pitch) / near_semitones) ** 2) / 2
