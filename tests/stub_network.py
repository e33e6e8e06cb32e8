"""A network that costs nothing: logits made of its inputs by arithmetic, the same everywhere and for ever."""

from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

from musegen.composers.style import Style

_WIDTH = 8


class StubNetwork:
    """Plays like an exported network of V events; every input has a say, so that nothing can be left out unseen.

    Args:
        num_events: V.
        seed: of its fixed numbers.
    """

    def __init__(self, num_events, seed=0):
        random = np.random.default_rng(seed)
        self._mix = random.normal(size=(_WIDTH, _WIDTH)) * 0.5
        self._out = random.normal(size=(_WIDTH, num_events)) * 1.5
        self.units = _WIDTH

    def _project(self, columns):
        places = np.arange(1, columns.shape[-1] + 1, dtype=float)
        waves = np.arange(1, _WIDTH + 1, dtype=float)
        return np.sin((columns[..., None] * 0.7 + places[:, None]) * waves * 0.37).sum(-2) / max(len(places), 1)

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, _WIDTH), np.float32)]

    def advance(self, trunk, states):
        return [np.tanh(np.asarray(states[0], float) @ self._mix + self._project(np.asarray(trunk, float)))]

    def logits(self, trunk, head, states):
        hidden = np.asarray(states[0], float)
        if head.shape[-1]:
            hidden = hidden + self._project(np.asarray(head, float))
        return (hidden @ self._out).astype(np.float32)


@contextmanager
def stub_networks():
    """Let every style play a stub instead of its network."""
    made = {}

    def player(style):
        name = style.card.style_id
        if name not in made:
            made[name] = StubNetwork(style.codec.num_events)
        return made[name]

    with patch.object(Style, "player", property(player)):
        yield made
