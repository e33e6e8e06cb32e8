"""The tutorial's network as it is played: exported in the two graphs of a recurrent one, one layer."""

from pathlib import Path
from typing import Any

from musegen.engine.players.recurrent import RecurrentPlayer


class TimedNotesPlayer(RecurrentPlayer):
    """The exported network of notes in seconds; see `networks.timed_notes`."""

    @classmethod
    def of_style(cls, folder: Path, config: dict[str, Any]) -> "TimedNotesPlayer":
        """Return the player of a style's folder; its network has one layer."""
        return cls(folder, 0)
