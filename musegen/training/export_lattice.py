"""From trained weights of a lattice to a style's folder, and proof that the player answers as Keras does."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegen.engine.players.lattice import WEIGHTS, LatticePlayer
from musegen.networks.lattice import LatticeConfig, LatticeNetwork
from musegen.training.fit import load_weights

MAX_DIFFERENCE = 1e-3
"""Largest difference allowed between the log probabilities of Keras and of the player, where an event is possible."""


@dataclass(frozen=True, slots=True)
class LatticeExport:
    """Bytes of the weights as they are played, and the largest difference of log probabilities from Keras."""

    bytes_half: int
    max_logit_difference: float


def export_lattice(run: Path, folder: Path, config: LatticeConfig) -> LatticeExport:
    """Write the best weights of a run as half-precision numbers into a style's folder.

    Raises:
        RuntimeError: the player is not the network.
    """
    network = LatticeNetwork(config)
    load_weights(network, run / "best.npz")
    for variable in network.sequence.trainable_variables:
        variable.assign(np.asarray(variable.value).astype(np.float16).astype(np.float32))
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: array.astype(np.float16) for name, array in network.layer.arrays().items()}
    np.savez_compressed(folder / WEIGHTS, allow_pickle=False, **halves)
    difference = largest_difference(network, LatticePlayer.of_style(folder, config.to_config()))
    if difference > MAX_DIFFERENCE:
        raise RuntimeError(f"the player differs from Keras by {difference:.2e} (at most {MAX_DIFFERENCE:.0e})")
    return LatticeExport((folder / WEIGHTS).stat().st_size, difference)


def largest_difference(network: LatticeNetwork, player: LatticePlayer, num_frames: int = 40, seed: int = 0) -> float:
    """Return the largest difference of log probabilities over random frames, of what is named and of what ends them."""
    config, random = network.config, np.random.default_rng(seed)
    keys, batch = config.num_keys, 2
    columns = [random.integers(0, size, (batch, num_frames)) for _, size, _ in config.columns]
    bar = np.broadcast_to(random.integers(4, config.longest_bar + 1, (batch, 1)), (batch, num_frames))
    trunk = np.stack([*columns, bar], -1).astype(np.int32)
    states = np.zeros((batch, num_frames, keys), np.int32)
    for t in range(num_frames):
        struck = 2 * (random.random((batch, keys)) < 0.06)
        held = (random.random((batch, keys)) < 0.7) & (states[:, t - 1] > 0) if t else 0
        states[:, t] = np.where(struck > 0, struck, held)
    expected = np.asarray(network.sequence.predict_on_batch([trunk, states[..., None]]))
    worst = 0.0
    for row in range(batch):
        played, last = player.initial_states(1), 2 * keys + 1
        for t in range(num_frames):
            key = 0
            for named in [*np.flatnonzero(states[row, t]).tolist(), keys]:
                columns_now = np.concatenate([[last], trunk[row, t]])[None]
                played = player.advance(columns_now, played)
                got = player.logits(columns_now, np.zeros((1, 0)), played)[0]
                silent = float(expected[row, t, key:named, 0].sum())
                event = 2 * keys if named == keys else named + keys * int(states[row, t, named] == 2)
                wanted = silent + (0.0 if named == keys else float(expected[row, t, named, states[row, t, named]]))
                worst, last, key = max(worst, abs(float(got[event]) - wanted)), event, named + 1
    return worst
