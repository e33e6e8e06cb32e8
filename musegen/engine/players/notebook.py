"""The networks of the notebooks as they are played: exported in the same two graphs, layers of different widths."""

from pathlib import Path
from typing import Any

from musegen.engine.players.recurrent import RecurrentPlayer


class NotebookPlayer(RecurrentPlayer):
    """The exported network of a notebook's style; see `networks.notebook`."""

    @classmethod
    def of_style(cls, folder: Path, config: dict[str, Any]) -> "NotebookPlayer":
        """Return the player of a style's folder and the config of its network."""
        return cls(folder, 2 * len(config["layer_units"]) - 2)
