"""Fitting a network to piano rolls, and what it gives to pieces: Schedule, Frames, fit_frames, score_rolls.

Stretches are drawn at random; the step size falls along half a cosine to nothing, and an average of the weights is
kept, which validation pieces choose among. The test pieces are not seen here.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from musegen.evaluation.polyphony.likelihood import KeyRange, bernoulli_nats, nats_a_step

logger = logging.getLogger(__name__)

_BUCKET = 64
_FRAMES_AT_ONCE = 2048
UNSCORED = -1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a network is fitted.

    Args:
        steps: of the optimiser.
        batch: stretches a step.
        length: frames of a stretch that are scored.
        rate: step size of Adam at the start.
        looks: how often validation pieces are looked at.
        averaging: share of the weights' average that is kept from step to step.
        random_seed: of weights, stretches and dropout.
        seconds: at which it ends before all steps are done.
    """

    steps: int
    batch: int = 32
    length: int = 48
    rate: float = 2e-3
    looks: int = 12
    averaging: float = 0.99
    random_seed: int = 0
    seconds: float = 1e9


@dataclass(frozen=True, slots=True)
class Fitting:
    """How it went: steps done, validation nats of each look, processor seconds."""

    steps: int
    history: tuple[float, ...]
    cpu_seconds: float


class Frames:
    """Pieces as a network is shown them.

    Args:
        rolls: each (T, 88).
        keys: the keys that the network has.
        beat_frames: frames of the clock's cycle, a power of two.
    """

    def __init__(self, rolls: Sequence[np.ndarray], keys: KeyRange, beat_frames: int) -> None:
        self.rolls = [np.asarray(keys.inside(roll), np.float32) for roll in rolls]
        self.beat_frames = beat_frames
        self._lengths = np.array([len(roll) for roll in self.rolls])

    def clock(self, first: int, length: int) -> np.ndarray:
        """Return the bits of the frame's number within the cycle as -1 and 1, (length, C)."""
        number = (first + np.arange(length)) % self.beat_frames
        bits = max(self.beat_frames.bit_length() - 1, 1)
        return ((number[:, None] >> np.arange(bits)) & 1).astype(np.float32) * 2 - 1

    def draw(self, random: np.random.Generator, batch: int, length: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return stretches of one more than `length` frames, and what is to be learned of them.

        Returns:
            the network's inputs, and the frames from the second on, (batch, length, K), `UNSCORED` after a piece's end.
        """
        chosen = random.choice(len(self.rolls), batch, p=self._lengths / self._lengths.sum())
        rolls, clocks, targets = [], [], []
        for number in chosen:
            roll = self.rolls[number]
            latest = max(len(roll) - length - 1, 0)
            first = int(np.clip(random.integers(-length // 2, latest + length // 2 + 1), 0, latest))
            part = roll[first : first + length + 1]
            after = ((0, length + 1 - len(part)), (0, 0))
            rolls.append(np.pad(part, after))
            clocks.append(self.clock(first, length + 1))
            targets.append(np.pad(part, after, constant_values=UNSCORED)[1:])
        return {"roll": np.stack(rolls), "clock": np.stack(clocks)}, np.stack(targets)


def frame_loss(truth: Any, logits: Any) -> Any:
    """Return nats of frames (B, T), the unscored ones 0 and the rest weighed up for them."""
    scored = ops.cast(ops.any(truth > UNSCORED, axis=-1), "float32")
    nats = ops.sum(ops.softplus(logits) - logits * ops.maximum(truth, 0.0), axis=-1)
    return nats * scored / ops.maximum(ops.mean(scored), 1e-6)


def outputs_of(model: keras.Model, frames: Frames) -> list[np.ndarray]:
    """Return what a network gives for the frames from the second on of every piece, (T - 1, ...) each."""
    order = sorted(range(len(frames.rolls)), key=lambda number: len(frames.rolls[number]))
    found: list[np.ndarray] = [np.zeros(0)] * len(order)
    start = 0
    while start < len(order):
        length = -(-len(frames.rolls[order[start]]) // _BUCKET) * _BUCKET
        size = max(_FRAMES_AT_ONCE // length, 1)
        group = [n for n in order[start : start + size] if len(frames.rolls[n]) <= length]
        rolls = np.zeros((size, length, frames.rolls[0].shape[1]), np.float32)  # always full: nothing is compiled twice
        for place, number in enumerate(group):
            rolls[place, : len(frames.rolls[number])] = frames.rolls[number]
        clock = np.broadcast_to(frames.clock(0, length), (size, length, frames.clock(0, 1).shape[1]))
        given = model.predict_on_batch({"roll": rolls, "clock": np.ascontiguousarray(clock)})
        for place, number in enumerate(group):
            found[number] = np.asarray(given[place, : len(frames.rolls[number]) - 1])
        start += len(group)
    return found


def score_rolls(model: keras.Model, rolls: Sequence[np.ndarray], keys: KeyRange, beat_frames: int) -> list[np.ndarray]:
    """Return the nats of each piece's frames from the second on, all 88 keys counted."""
    frames = Frames(rolls, keys, beat_frames)
    return [
        bernoulli_nats(logits, inside[1:]) + keys.outside_nats(roll[1:])
        for logits, inside, roll in zip(outputs_of(model, frames), frames.rolls, rolls, strict=True)
    ]


def fit_frames(
    model: keras.Model, train: Frames, look: Callable[[], float], to: Schedule, loss: Callable | None = None
) -> Fitting:
    """Fit a network and leave it with the averaged weights that validation pieces prefer.

    Args:
        model: the network, not compiled.
        train: training pieces.
        look: returns the nats of validation pieces with the weights of now.
        to: how.
        loss: instead of `frame_loss`.
    """
    model.compile(optimizer(to), loss or frame_loss)
    random, begun, clock = np.random.default_rng(to.random_seed), time.process_time(), time.monotonic()
    averages: list[np.ndarray] = []
    best, kept, history, done = np.inf, model.get_weights(), [], 0
    every = max(to.steps // to.looks, 1)
    while done < to.steps and time.monotonic() - clock < to.seconds:
        inputs, truth = train.draw(random, to.batch, to.length)
        model.train_on_batch(inputs, truth)
        done += 1
        weights = model.get_weights() if done % 4 == 0 or done == to.steps else None
        if weights is not None:
            keep = min(to.averaging, done / (done + 10)) ** 4
            averages = [keep * a + (1 - keep) * w for a, w in zip(averages or weights, weights, strict=True)]
        if done % every == 0 and averages:
            now = model.get_weights()
            model.set_weights(averages)
            history.append(look())
            logger.info("%d steps: validation %.4f, %.0f s", done, history[-1], time.monotonic() - clock)
            if history[-1] < best:
                best, kept = history[-1], averages
            model.set_weights(now)
    model.set_weights(kept)
    return Fitting(done, tuple(history), time.process_time() - begun)


def optimizer(to: Schedule) -> keras.optimizers.Optimizer:
    """Return Adam with a falling step size and bounded gradients."""
    falling = keras.optimizers.schedules.CosineDecay(to.rate, to.steps, alpha=0.02)
    return keras.optimizers.Adam(falling, global_clipnorm=5.0)


def validation_look(
    model: keras.Model, rolls: Sequence[np.ndarray], keys: KeyRange, beat_frames: int
) -> Callable[[], float]:
    """Return a function that measures a network on pieces."""
    return lambda: nats_a_step(score_rolls(model, rolls, keys, beat_frames))
