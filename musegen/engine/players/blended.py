"""Two networks played as one: BlendedPlayer."""

from collections.abc import Sequence

import numpy as np

from musegen.engine.players import Player


class BlendedPlayer:
    """A blend of two networks of the same columns and events, at every step.

    What comes next has the probability p^(1 - share) q^share, made to add up to 1: the geometric mean of what both
    expect, weighted (a product of experts: Hinton, Neural Computation 14, 2002). So what one of them holds for
    impossible stays so; why not the arithmetic mean, or two seeds: docs/decisions/blending.md.

    Args:
        first: network p.
        second: network q.
        share: of the second, 0 to 1.
    """

    def __init__(self, first: Player, second: Player, share: float) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share must be between 0 and 1, got {share}")
        self.first, self.second, self.share = first, second, share
        self._num_first = len(first.initial_states(1))

    def initial_states(self, batch_size: int) -> list[np.ndarray]:
        """Return the states before the first frame: those of the first network, then those of the second."""
        return [*self.first.initial_states(batch_size), *self.second.initial_states(batch_size)]

    def advance(self, trunk: np.ndarray, states: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the states one frame on; trunk holds integers (B, F)."""
        own, other = states[: self._num_first], states[self._num_first :]
        return [*self.first.advance(trunk, own), *self.second.advance(trunk, other)]

    def logits(self, trunk: np.ndarray, head: np.ndarray, states: Sequence[np.ndarray]) -> np.ndarray:
        """Return the logits (B, V) of the coming event; head holds integers (B, G)."""
        own, other = states[: self._num_first], states[self._num_first :]
        p, q = self.first.logits(trunk, head, own), self.second.logits(trunk, head, other)
        # A constant added to either changes nothing, so that they need not be made to add up to 1 before.
        return ((1 - self.share) * p + self.share * q).astype(np.float32)
