"""Training the networks that the seeds describe, as they describe them, to be measured against.

Windows are drawn at random and never cross from one piece into the next; before the beginning of a piece stand zeros,
so that every note of it is predicted. The weights that predict the validation pieces best are kept.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from musegen.baselines.note_chord_lstm import WINDOW as SYMBOL_WINDOW
from musegen.baselines.note_heads_lstm import NUM_PITCHES
from musegen.baselines.note_heads_lstm import WINDOW as NOTE_WINDOW

logger = logging.getLogger(__name__)

_SCALE = np.array([1 / NUM_PITCHES, 1.0, 1.0], np.float32)
_PREDICT_BATCH = 256


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a network is trained.

    Args:
        batch_size: windows a step.
        steps_per_look: steps between two looks at the validation pieces.
        looks: of them at most.
        patience: looks without a better one before it stops.
        random_seed: of weights and windows.
    """

    batch_size: int
    steps_per_look: int
    looks: int
    patience: int = 5
    random_seed: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a training went: steps done, step of the weights kept, the validation loss of each look, seconds."""

    steps: int
    best_step: int
    history: tuple[float, ...]
    seconds: float


def seeded(build: Callable[..., keras.Model], random_seed: int, **options: Any) -> keras.Model:
    """Return a network built with random weights that are always the same."""
    keras.utils.set_random_seed(random_seed)
    return build(**options)


class Windows:
    """All windows of some pieces, zeros before each.

    Args:
        pieces: one array a piece, shape (N, ...) each.
        length: places of a window, without the one to predict.
    """

    def __init__(self, pieces: Sequence[np.ndarray], length: int) -> None:
        if not pieces:
            raise ValueError("there must be at least one piece to take windows from")
        padding = np.zeros((length, *pieces[0].shape[1:]), pieces[0].dtype)
        self._table = np.concatenate([part for piece in pieces for part in (padding, piece)])
        lengths = np.array([len(piece) for piece in pieces])
        before = np.cumsum(lengths + length) - lengths - length
        self.starts = np.concatenate([first + np.arange(n) for first, n in zip(before, lengths, strict=True)])
        self._places = np.arange(length + 1)

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, indices: np.ndarray) -> np.ndarray:
        """Return windows with what follows each as its last place, shape (B, length + 1, ...)."""
        return self._table[self.starts[indices][:, None] + self._places]

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Return random windows, shape (count, length + 1, ...)."""
        return self.at(random.integers(0, len(self.starts), count))


def fit(
    model: keras.Model, batch: Callable[[np.random.Generator], tuple[Any, ...]], look: Callable[[], float], to: Budget
) -> Fitted:
    """Train a compiled network and leave it with its best weights.

    Args:
        model: the network.
        batch: draws the arguments of `train_on_batch`.
        look: returns the loss on validation pieces.
        to: when it ends.
    """
    random, begun = np.random.default_rng(to.random_seed), time.monotonic()
    best, kept, kept_at, history = np.inf, model.get_weights(), 0, []
    for number in range(1, to.looks + 1):
        for _ in range(to.steps_per_look):
            model.train_on_batch(*batch(random))
        history.append(float(look()))
        logger.info("%d steps: validation %.4f, %.0f s", number * to.steps_per_look, history[-1],
                    time.monotonic() - begun)  # fmt: skip
        if history[-1] < best:
            best, kept, kept_at = history[-1], model.get_weights(), number
        elif number - kept_at >= to.patience:
            break
    model.set_weights(kept)
    return Fitted(
        len(history) * to.steps_per_look, kept_at * to.steps_per_look, tuple(history), time.monotonic() - begun
    )


# -- notes with three outputs ---------------------------------------------------------------------------------------


def fit_note_heads(model: keras.Model, train: Sequence[np.ndarray], valid: Sequence[np.ndarray], to: Budget) -> Fitted:
    """Train a network of `note_heads_lstm` on notes (N, 3): pitch, step and duration in seconds."""
    every_step = model.outputs[0].ndim == 3
    windows, held_out = Windows(train, NOTE_WINDOW), Windows(valid, NOTE_WINDOW)
    looked_at = held_out.at(np.linspace(0, len(held_out) - 1, min(len(held_out), 4096)).astype(int))

    def batch(random: np.random.Generator) -> tuple[Any, ...]:
        drawn = windows.draw(random, to.batch_size)
        target = drawn[:, 1:] if every_step else drawn[:, -1]
        truth = {"pitch": target[..., 0].astype(np.int32), "step": target[..., 1:2], "duration": target[..., 2:3]}
        # Zeros before a piece are not notes to be learned.
        weight = (target[..., 0] > 0).astype(np.float32)
        return (drawn[:, :-1] * _SCALE, truth, {name: weight for name in truth}) if every_step else (
            drawn[:, :-1] * _SCALE, truth)  # fmt: skip

    return fit(model, batch, lambda: _heads_nats(model, looked_at), to)


def predict_notes(model: keras.Model, piece: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the network says of every note of a piece (N, 3), each given the `WINDOW` notes before it.

    Returns:
        "pitch": log-probabilities (N, 128), "step" and "duration": seconds (N,).
    """
    windows = Windows([piece], NOTE_WINDOW)
    return _heads(model, windows.at(np.arange(len(windows))))


def _heads(model: keras.Model, windows: np.ndarray) -> dict[str, np.ndarray]:
    found = _predict(model, windows[:, :-1] * _SCALE)
    last = {name: value[:, -1] if value.ndim == 3 else value for name, value in found.items()}
    return {
        "pitch": _log_softmax(last["pitch"]),
        "step": last["step"][:, 0].astype(float),
        "duration": last["duration"][:, 0].astype(float),
    }


def _heads_nats(model: keras.Model, windows: np.ndarray) -> float:
    """Return the nats a note of the notes after the windows, the errors of step and duration taken as Gaussian.

    The loss that is trained on would choose by the few longest notes, whose squares outweigh all else.
    """
    found, target = _heads(model, windows), windows[:, -1]
    nats = -found["pitch"][np.arange(len(target)), target[:, 0].astype(int)].mean()
    for name, column in (("step", 1), ("duration", 2)):
        nats += 0.5 * np.log(2 * np.pi * np.e * np.mean((found[name] - target[:, column]) ** 2))
    return float(nats)


# -- notes and chords -----------------------------------------------------------------------------------------------


def fit_note_chord(model: keras.Model, train: Sequence[np.ndarray], valid: Sequence[np.ndarray], to: Budget) -> Fitted:
    """Train a network of `note_chord_lstm` on indices (T,)."""
    every_step = model.outputs[0].ndim == 3
    windows, held_out = Windows(train, SYMBOL_WINDOW), Windows(valid, SYMBOL_WINDOW)
    looked_at = held_out.at(np.linspace(0, len(held_out) - 1, min(len(held_out), 512)).astype(int))

    def batch(random: np.random.Generator) -> tuple[Any, ...]:
        drawn = windows.draw(random, to.batch_size)
        target = drawn[:, 1:] if every_step else drawn[:, -1]
        return drawn[:, :-1], target, (target > 0).astype(np.float32)

    return fit(model, batch, lambda: float(_symbol_nats(model, looked_at).mean()), to)


def score_symbols(model: keras.Model, sequence: np.ndarray) -> np.ndarray:
    """Return the nats of every symbol of a piece, each given the `WINDOW` symbols before it, shape (T,)."""
    windows = Windows([sequence], SYMBOL_WINDOW)
    return _symbol_nats(model, windows.at(np.arange(len(windows))))


def _symbol_nats(model: keras.Model, windows: np.ndarray) -> np.ndarray:
    found = []
    for start in range(0, len(windows), _PREDICT_BATCH):  # a few at a time: the logits of every place are large
        part = windows[start : start + _PREDICT_BATCH]
        logits = _predict(model, part[:, :-1])
        last = _log_softmax(logits[:, -1] if logits.ndim == 3 else logits)
        found.append(-last[np.arange(len(part)), part[:, -1]])
    return np.concatenate(found)


def _predict(model: keras.Model, inputs: np.ndarray) -> Any:
    """Return the outputs for inputs (N, ...), in batches of one size, so that nothing is compiled twice."""
    padded = np.concatenate([inputs, np.zeros((-len(inputs) % _PREDICT_BATCH, *inputs.shape[1:]), inputs.dtype)])
    parts = [
        model.predict_on_batch(padded[start : start + _PREDICT_BATCH])
        for start in range(0, len(padded), _PREDICT_BATCH)
    ]
    if isinstance(parts[0], dict):
        return {name: np.concatenate([part[name] for part in parts])[: len(inputs)] for name in parts[0]}
    return np.concatenate(parts)[: len(inputs)]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))
