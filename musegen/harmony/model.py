"""The networks of chords that are shipped: load_model, ChordModel.

`checkpoints/chords/<name>` holds card.json, step.tflite, scores.tflite (LiteRT graphs, see
`engine.players.two_way`) and moves.npy (float32 (5, 12, 5): how one chord follows another).
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from musegen.engine.players.two_way import TwoWayPlayer
from musegen.errors import StyleError
from musegen.harmony.chain import Chain, all_moves
from musegen.harmony.frames import Frames, features
from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS
from musegen.paths import checkpoints_dir

MODELS = ("melody", "popular", "sounding")
"""From a melody alone, in bars or halves of them, of pop songs or of all others; from all that sounds, beat by
beat."""
FOLDER = "chords"


@dataclass(frozen=True, slots=True, eq=False)
class ChordModel:
    """A network of chords.

    Args:
        player: the network.
        moves: shape (60, 60).
        card: what it learned from and how well it measures, plain data.
    """

    player: TwoWayPlayer
    moves: np.ndarray
    card: dict[str, Any]

    def chain(self, frames: Frames, key: tuple[int, str], manner: str | None = None) -> Chain:
        """Return the scores of all chords over segments.

        Args:
            frames: the music.
            key: tonic and "major" or "minor", for the network counts from the tonic.
            manner: of `MANNERS`; None for music of any.
        """
        scores = self.player.scores(features(frames, key, manner)).astype(float)
        return Chain(np.roll(scores[:, :NUM_CHORDS], key[0] * len(GUESSED), axis=1), scores[:, NUM_CHORDS], self.moves)


def model_for(manner: str) -> str:
    """Return which of `MODELS` guesses chords from melodies of a manner: that of pop songs knows copyrighted ones."""
    return "popular" if manner == "popular" else "melody"


@lru_cache(maxsize=4)
def load_model(name: str, folder: Path | None = None) -> ChordModel:
    """Return a network of chords.

    Args:
        name: of `MODELS`.
        folder: where it lies; that of the shipped ones by default.

    Raises:
        StyleError: it is missing or damaged.
    """
    where = folder or checkpoints_dir() / FOLDER / name
    try:
        card = json.loads((where / "card.json").read_text(encoding="utf-8"))
        step = np.load(where / "moves.npy", allow_pickle=False)
        return ChordModel(TwoWayPlayer(where), all_moves(step), card)
    except (OSError, ValueError) as error:
        raise StyleError("The network that guesses chords is missing or damaged; install Musegen again.") from error
