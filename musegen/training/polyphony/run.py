"""One model of the polyphonic benchmark from pieces to figures: fitted, measure_counting, sample_roll.

What is chosen is chosen by validation pieces; the test pieces are scored once, when a model is done.
"""

import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import keras
import numpy as np

from musegen.corpora.poly_benchmark import LOWEST_PITCH, NUM_KEYS, ROLLS, read_rolls
from musegen.evaluation.polyphony.annealing import Machine, drawn_frame, machine_nats
from musegen.evaluation.polyphony.counting import COUNTING
from musegen.evaluation.polyphony.likelihood import KeyRange, nats_a_step
from musegen.evaluation.polyphony.shelf import Kept
from musegen.evaluation.polyphony.systems import ESTIMATED, OPENING, SAMPLE_FRAMES, SYSTEMS
from musegen.evaluation.polyphony.table import Measured
from musegen.networks.polyphony.rbm import contrastive_loss
from musegen.training.polyphony.fit import Frames, fit_frames, outputs_of, score_rolls
from musegen.training.polyphony.models import build, schedule_of

logger = logging.getLogger(__name__)

_LOOK_FRAMES = 6000


@dataclass
class Data:
    """The pieces of one data set.

    Args:
        name: of it.
    """

    name: str

    @cached_property
    def train(self) -> list[np.ndarray]:
        """Training pieces, (T, 88) each."""
        return read_rolls(self.name, "train")

    @cached_property
    def valid(self) -> list[np.ndarray]:
        """Validation pieces."""
        return read_rolls(self.name, "valid")

    @cached_property
    def test(self) -> list[np.ndarray]:
        """Test pieces."""
        return read_rolls(self.name, "test")

    @cached_property
    def keys(self) -> KeyRange:
        """The keys that networks read and write."""
        return KeyRange.of(self.train)

    @property
    def beat_frames(self) -> int:
        """Frames of the clock's cycle."""
        return ROLLS[self.name].beat_frames

    @cached_property
    def looked_at(self) -> list[np.ndarray]:
        """Validation pieces for the looks while a model is fitted: all where they are few."""
        order = np.random.default_rng(0).permutation(len(self.valid))
        chosen, frames = [], 0
        for number in order:
            if frames < _LOOK_FRAMES:
                chosen.append(self.valid[number])
                frames += len(self.valid[number])
        return chosen

    def clock_bits(self) -> int:
        """Return how many bits the clock has."""
        return Frames(self.valid[:1], self.keys, self.beat_frames).clock(0, 1).shape[1]


def measure_counting(data: Data) -> list[Measured]:
    """Return what the models that only count give."""
    return [
        Measured(data.name, name, nats_a_step(count(data.train, data.valid)), nats_a_step(count(data.train, data.test)))
        for name, count in COUNTING.items()
    ]


def fitted(data: Data, system: str, seed: int, kept: Sequence[Kept], into: Kept | None) -> tuple[Measured, keras.Model]:
    """Return the figures of a model and the model, from kept weights where there are some, else fitted.

    Args:
        data: the data set.
        system: name of one of `SYSTEMS`.
        seed: of weights and training.
        kept: where weights may lie, looked through in order; none to fit anew whatever there is.
        into: where a model that was fitted is kept.

    Raises:
        DatasetError: the data set cannot be had, or kept weights belong to another network.
    """
    model = build(system, data.keys, data.clock_bits(), seed)
    for place in kept:
        weights = place.weights(data.name, system, seed)
        told = {(each.dataset, each.system, each.seed): each for each in place.figures()}
        before = told.get((data.name, system, seed))
        if weights is not None and before and [w.shape for w in weights] == [w.shape for w in model.get_weights()]:
            model.set_weights(weights)
            return _measured(model, data, before), model
    schedule = schedule_of(data.name, system, seed)
    estimated = SYSTEMS[system].family == ESTIMATED
    train = Frames(data.train, data.keys, data.beat_frames)
    random = np.random.default_rng(seed)

    def look() -> float:
        if estimated:
            return _estimated(model, data, data.looked_at[:20], random, runs=6, steps=80)[0]
        return nats_a_step(score_rolls(model, data.looked_at, data.keys, data.beat_frames))

    went = fit_frames(model, train, look, schedule, contrastive_loss if estimated else None)
    if into is not None:
        model.set_weights(into.keep_weights(data.name, system, seed, model.get_weights()))
    blank = Measured(data.name, system, 0.0, 0.0, seed, 0.0, model.count_params(), went.cpu_seconds, went.steps,
                     went.history)  # fmt: skip
    found = _measured(model, data, blank)
    if into is not None:
        into.keep_figure(found)
    return found, model


def _measured(model: keras.Model, data: Data, known: Measured) -> Measured:
    """Return figures with the likelihoods measured now."""
    if SYSTEMS[known.system].family == ESTIMATED:
        random = np.random.default_rng(1)
        valid, _ = _estimated(model, data, data.valid[:30], random, runs=12, steps=250)
        test, spread = _estimated(model, data, data.test, random, runs=12, steps=250)
        return replace(known, valid=valid, test=test, spread=spread)
    valid, test = (
        nats_a_step(score_rolls(model, rolls, data.keys, data.beat_frames)) for rolls in (data.valid, data.test)
    )
    return replace(known, valid=valid, test=test)


def _machines(model: keras.Model, data: Data, rolls: Sequence[np.ndarray]) -> tuple[list[Machine], Frames]:
    frames, count = Frames(rolls, data.keys, data.beat_frames), data.keys.num_keys
    weights = keras.ops.convert_to_numpy(model.machine.weights_between).astype(float)
    outputs = outputs_of(model, frames)
    return [Machine(weights, out[:, :count].astype(float), out[:, count:-1].astype(float)) for out in outputs], frames


def _estimated(
    model: keras.Model, data: Data, rolls: Sequence[np.ndarray], random: np.random.Generator, runs: int, steps: int
) -> tuple[float, float]:
    machines, frames = _machines(model, data, rolls)
    inside, spread = machine_nats(machines, [roll[1:] for roll in frames.rolls], random, runs, steps)
    outside = [data.keys.outside_nats(roll[1:]) for roll in rolls]
    return nats_a_step([a + b for a, b in zip(inside, outside, strict=True)]), spread


def sample_roll(model: keras.Model, data: Data, system: str, seed: int = 0) -> np.ndarray:
    """Return the opening that all share and how a model goes on from it, (`SAMPLE_FRAMES`, 88).

    Keys are drawn low to high; the network is asked again only after a key that sounds, because until then what it
    said of the keys above stays true.
    """
    random, keys = np.random.default_rng([seed, zlib.crc32(system.encode())]), data.keys
    whole = np.zeros((SAMPLE_FRAMES, NUM_KEYS), np.uint8)
    for time, pitches in enumerate(OPENING):
        whole[time, np.array(pitches) - LOWEST_PITCH] = 1
    roll = keys.inside(whole)[None].astype(np.float32)
    clock = Frames([whole], keys, data.beat_frames).clock(0, SAMPLE_FRAMES)[None]

    def ask() -> np.ndarray:
        return np.asarray(model.predict_on_batch({"roll": roll, "clock": clock}))[0]

    draw = _draw_machine if SYSTEMS[system].family == ESTIMATED else _draw_keys
    for time in range(len(OPENING), SAMPLE_FRAMES):
        draw(model, ask, roll[0], time, random)
    whole[:, keys.low : keys.high] = roll[0]
    return whole


def _draw_keys(
    model: keras.Model, ask: Callable[[], np.ndarray], roll: np.ndarray, time: int, random: np.random.Generator
) -> None:
    first, count = 0, roll.shape[1]
    while first < count:
        chance = 1.0 / (1.0 + np.exp(-ask()[time - 1, first:].astype(float)))
        sounds = np.flatnonzero(random.random(count - first) < chance)
        if not len(sounds):
            return
        roll[time, first + sounds[0]] = 1
        first += int(sounds[0]) + 1


def _draw_machine(
    model: keras.Model, ask: Callable[[], np.ndarray], roll: np.ndarray, time: int, random: np.random.Generator
) -> None:
    out, count = ask()[time - 1 : time].astype(float), roll.shape[1]
    weights = keras.ops.convert_to_numpy(model.machine.weights_between).astype(float)
    roll[time] = drawn_frame(Machine(weights, out[:, :count], out[:, count:-1]), random)[0]
