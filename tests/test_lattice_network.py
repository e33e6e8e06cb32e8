"""The network of the lattice in Keras: the player answers as it does, and a grown one answers as the small one did."""

import numpy as np
import pytest

from musegen.composers.lattice.codec import LatticeCodec
from musegen.networks.lattice import LatticeConfig, LatticeNetwork
from musegen.training.fit import begin_from, save_weights

SMALL, LARGE = (4, 6, 5), (7, 8, 9)


def network(sizes: tuple[int, int, int]) -> LatticeNetwork:
    time, frame, note = sizes
    return LatticeNetwork(
        LatticeConfig(**LatticeCodec().lattice(), time_units=time, frame_units=frame, note_units=note, dropout=0.0)
    )


def shaken(made: LatticeNetwork) -> LatticeNetwork:
    """Give every weight a value of its own, also those that begin at zero."""
    random = np.random.default_rng(1)
    for variable in made.sequence.trainable_variables:
        variable.assign(random.normal(0, 0.3, variable.shape))
    return made


def answers(made: LatticeNetwork) -> np.ndarray:
    random, config = np.random.default_rng(2), made.config
    trunk = np.stack([random.integers(0, size, (1, 6)) for _, size, _ in config.columns] + [np.full((1, 6), 4)], -1)
    states = (random.random((1, 6, config.num_keys, 1)) < 0.1) * 2
    return np.asarray(made.sequence([trunk.astype(np.int32), states.astype(np.int32)]))


def test_a_grown_network_answers_as_the_small_one_did(tmp_path):
    small, large = shaken(network(SMALL)), network(LARGE)
    save_weights(small, tmp_path / "small.npz")
    begin_from(large, tmp_path / "small.npz", grows=True)
    assert answers(large) == pytest.approx(answers(small), abs=1e-4)
    assert {v.shape[0] for v in large.sequence.trainable_variables if v.name == "answer"} == {9}


def test_a_network_does_not_shrink(tmp_path):
    save_weights(network(LARGE), tmp_path / "large.npz")
    with pytest.raises(ValueError, match="no larger"):
        begin_from(network(SMALL), tmp_path / "large.npz", grows=True)
