"""Players: exported networks, one step at a time, their state passed as a value. Player, open_player."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from musegen.errors import StyleError

PLAYERS = {
    "recurrent": ("musegen.engine.players.recurrent", "RecurrentPlayer"),
    "lattice": ("musegen.engine.players.lattice", "LatticePlayer"),
    "notebook": ("musegen.engine.players.notebook", "NotebookPlayer"),
    "timed_notes": ("musegen.engine.players.timed_notes", "TimedNotesPlayer"),
}
"""By the name of the network on the card: module and class, imported when a style is played."""


class Player(Protocol):
    """A network that is played frame by frame; B takes at a time."""

    def initial_states(self, batch_size: int) -> list[np.ndarray]:
        """Return the states before the first frame, an array (B, U) a state."""
        ...

    def advance(self, trunk: np.ndarray, states: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the states one frame on; trunk holds integers (B, F)."""
        ...

    def logits(self, trunk: np.ndarray, head: np.ndarray, states: Sequence[np.ndarray]) -> np.ndarray:
        """Return the logits (B, V) of the coming event; head holds integers (B, G)."""
        ...


def open_player(network: dict[str, Any], folder: Path) -> Player:
    """Return the player of a network.

    Args:
        network: {"name", "config"} as on the card.
        folder: of the style.

    Raises:
        StyleError: this program cannot play such a network, or a file of it is missing or damaged.
    """
    name = network.get("name")
    if name not in PLAYERS:
        raise StyleError(
            'This program cannot play a network of the kind "{name}"; the style is of another version.', name=name
        )
    module, cls = PLAYERS[name]
    return getattr(import_module(module), cls).of_style(folder, network["config"])
