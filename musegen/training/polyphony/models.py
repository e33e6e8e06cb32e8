"""How each system of the polyphonic benchmark is built and fitted: build, schedule_of."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from musegen.evaluation.polyphony.likelihood import KeyRange
from musegen.networks.polyphony.biaxial import BiaxialNetwork
from musegen.networks.polyphony.frames import FrameNetwork
from musegen.networks.polyphony.rbm import BoltzmannNetwork
from musegen.training.polyphony.fit import Schedule

_FRAME: dict[str, dict[str, Any]] = {
    "linear": {"cell": "", "lags": 4},
    "lstm": {"units": 128, "dropout": 0.5},
    "gru": {"cell": "gru", "units": 128, "dropout": 0.5},
    "diagonal": {"cell": "diagonal", "units": 256, "dropout": 0.5},
    "linear-ar": {"cell": "", "lags": 4, "autoregressive": True},
    "lstm-nade": {"units": 160, "lags": 2, "autoregressive": True, "nade_units": 64, "dropout": 0.5},
    "gru-nade": {"cell": "gru", "units": 160, "lags": 2, "autoregressive": True, "nade_units": 64, "dropout": 0.5},
}
_BIAXIAL: dict[str, dict[str, Any]] = {
    "biaxial": {"time_units": (64, 64), "note_units": (64, 32), "dropout": 0.2},
    "biaxial-rich": {"time_units": (80,), "note_units": (64,), "lags": 2, "rich": True, "dropout": 0.25},
}

_DEFAULT = Schedule(steps=1000, rate=3e-3)
_SCHEDULES: dict[tuple[str, str], Schedule] = {
    ("jsb", "linear"): Schedule(steps=700, rate=5e-3, looks=7),
    ("jsb", "linear-ar"): Schedule(steps=700, rate=5e-3, looks=7),
    ("jsb", "lstm-nade"): Schedule(steps=1200, rate=3e-3, looks=10),
    ("jsb", "biaxial"): Schedule(steps=700, looks=7, batch=16, length=32, rate=4e-3, averaging=0.98),
    ("jsb", "biaxial-rich"): Schedule(steps=700, looks=7, batch=16, length=32, rate=4e-3, averaging=0.98),
    ("jsb", "rnn-rbm"): Schedule(steps=900, looks=5, rate=2e-3, averaging=0.98),
}
_LONGER = Schedule(steps=2500, rate=3e-3, length=64)
_LONGER_BIAXIAL = Schedule(steps=900, batch=12, length=48, rate=4e-3, averaging=0.98)


def build(system: str, keys: KeyRange, clock_bits: int, seed: int) -> keras.Model:
    """Return the network of a system with random weights that are always the same.

    Args:
        system: its name.
        keys: that it reads and writes.
        clock_bits: of the clock.
        seed: of its weights and its dropout.
    """
    keras.utils.set_random_seed(seed)
    if system in _FRAME:
        model: keras.Model = FrameNetwork(keys.num_keys, **_FRAME[system])
    elif system in _BIAXIAL:
        model = BiaxialNetwork(keys.num_keys, keys.low, **_BIAXIAL[system])
    else:
        model = BoltzmannNetwork(keys.num_keys, random_seed=seed)
    model({
        "roll": np.zeros((1, 3, keys.num_keys), np.float32), "clock": np.zeros((1, 3, clock_bits), np.float32)
    })  # fmt: skip
    return model


def schedule_of(dataset: str, system: str, seed: int) -> Schedule:
    """Return how a system is fitted to a data set."""
    usual = _DEFAULT if dataset == "jsb" else _LONGER_BIAXIAL if system in _BIAXIAL else _LONGER
    return replace(_SCHEDULES.get((dataset, system), usual), random_seed=seed)
