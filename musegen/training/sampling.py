"""Short pieces of a network that is being trained, to hear how it comes along: KerasPlayer, sample_pieces."""

from collections.abc import Sequence

import numpy as np

from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.engine.loop import sample
from musegen.engine.players import Player
from musegen.music import Piece
from musegen.networks.notebook import NotebookNetwork
from musegen.networks.recurrent import RecurrentNetwork
from musegen.networks.timed_notes import TimedNotesNetwork

NUM_BARS, SECONDS = 8, 15.0


class KerasPlayer:
    """A network played by Keras itself, before it is exported; some milliseconds a step.

    Args:
        network: with its weights, which may change between pieces.
    """

    def __init__(self, network: RecurrentNetwork | NotebookNetwork | TimedNotesNetwork) -> None:
        self._network = network

    def initial_states(self, batch_size: int) -> list[np.ndarray]:
        """Return the states before the first frame, an array (B, U) a state."""
        config, start = self._network.config, self._network.start
        if start is None:
            return [np.zeros((batch_size, width), np.float32) for width in config.state_widths]
        return [np.repeat(np.asarray(state.value)[None], batch_size, axis=0) for state in start.states]

    def advance(self, trunk: np.ndarray, states: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the states one frame on; trunk holds integers (B, F)."""
        found = self._network.advance.predict_on_batch([np.asarray(trunk, np.int32), *states])
        return [np.asarray(state) for state in found]

    def logits(self, trunk: np.ndarray, head: np.ndarray, states: Sequence[np.ndarray]) -> np.ndarray:
        """Return the logits (B, V) of the coming event; head holds integers (B, G)."""
        inputs = [np.asarray(trunk, np.int32), states[self._network.hidden_index]]
        if head.shape[-1]:
            inputs.append(np.asarray(head, np.int32))
        return np.asarray(self._network.logits.predict_on_batch(inputs))


def sample_pieces(style: Style, player: Player, num_pieces: int, random_seed: int = 0) -> list[Piece]:
    """Return short pieces invented as a style would, all of one batch.

    Args:
        style: whose card, composer and codec are used.
        player: that plays instead of the style's own.
        num_pieces: how many.
        random_seed: the same gives the same pieces for the same weights.

    Raises:
        MusegenError: the style cannot invent.
    """
    card = style.card
    length = {"num_bars": NUM_BARS} if style.composer.abilities(card).bars else {"num_bars": None, "seconds": SECONDS}
    request = ComposeRequest(card.style_id, "invent", temperature=card.temperature, random_seed=random_seed,
                             num_takes=num_pieces, **length, **card.sampling)  # fmt: skip
    plan = style.composer.plan(request, style)
    cursors = [plan.cursor() for _ in range(num_pieces)]
    seeds = [(random_seed, index) for index in range(num_pieces)]
    sample(player, cursors, sampling_settings(request), plan.constraints, seeds)
    return [plan.finish(cursor) for cursor in cursors]
