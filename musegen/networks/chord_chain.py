"""A recurrent network over segments, read both ways, with a chain over labels that are relative to each other.

    frames (B, T, F) -> dense -> GRU forwards, GRU backwards -> dense -> scores (B, T, 61)

60 scores are those of labels root * 5 + family, the last that of the label before going on. Together with a score for
every move (family before, interval, family after) they are a linear-chain conditional random field (Lafferty, McCallum
and Pereira, ICML 2001; over recurrent networks: Huang, Xu and Yu 2015, arXiv:1508.01991). Backend-free Keras 3.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

ROOTS, FAMILIES = 12, 5
NUM_LABELS = ROOTS * FAMILIES
_NEVER = 1e4
_LEAST = 1e-30


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """Everything needed to build the network.

    Args:
        num_features: F.
        hidden: units of the dense layers.
        units: of each recurrent layer.
        dropout: share dropped while training.
    """

    num_features: int
    hidden: int = 96
    units: int = 96
    dropout: float = 0.3

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the card."""
        return asdict(self)


class ChainLoss(layers.Layer):
    """The negative log-likelihood of labels under a chain.

    Inputs: scores (B, T, 61), labels int (B, T) with -1 where any may stand, mask (B, T) that is 0 on the padding at
    the end. Output: nats of each sequence, shape (B,).
    """

    def build(self, input_shape: Any) -> None:
        """Make the table of moves."""
        self.step = self.add_weight(
            shape=(FAMILIES, ROOTS, FAMILIES), initializer="zeros", name="step", regularizer=keras.regularizers.L2(1e-5)
        )
        before, after = np.divmod(np.arange(NUM_LABELS)[:, None], FAMILIES), np.divmod(np.arange(NUM_LABELS), FAMILIES)
        places = (before[1] * ROOTS + (after[0] - before[0]) % ROOTS) * FAMILIES + after[1]
        self.places = places.astype("int32")
        self.others = (1 - np.eye(NUM_LABELS)).astype("float32")

    def call(self, scores: Any, labels: Any, mask: Any) -> Any:
        """Return the nats of each sequence."""
        allowed = ops.one_hot(ops.maximum(labels, 0), NUM_LABELS, dtype="float32")
        allowed = ops.where((labels >= 0)[..., None], allowed, ops.ones_like(allowed))
        fits, stays = scores[..., :NUM_LABELS], scores[..., NUM_LABELS]
        moves = ops.exp(ops.take(ops.reshape(self.step, (-1,)), self.places)) * self.others
        known = fits + (allowed - 1) * _NEVER
        return self._total(fits, stays, mask, moves) - self._total(known, stays, mask, moves)

    def _total(self, fits: Any, stays: Any, mask: Any, moves: Any) -> Any:
        """Return the logarithm of the sum over all courses, shape (B,)."""

        def step(score: Any, row: Any) -> tuple[Any, Any]:
            fit, stay, here = row
            top = ops.max(score, axis=-1, keepdims=True)
            came = ops.log(ops.matmul(ops.exp(score - top), moves) + _LEAST) + top
            new = ops.logaddexp(came, score + stay[:, None]) + fit
            kept = ops.where(here[:, None] > 0, new, score)
            return kept, kept

        rows = (
            ops.transpose(fits[:, 1:], (1, 0, 2)),
            ops.transpose(stays[:, 1:]),
            ops.transpose(mask[:, 1:]),
        )
        score, _ = ops.scan(step, fits[:, 0], rows)
        return ops.logsumexp(score, axis=-1)


class ChordChain:
    """The network with its graphs.

    Attributes:
        reading: [frames, mask] -> scores (B, T, 61).
        step: one frame of both recurrent layers, as it is exported.
        scores: from both layers' states to scores, as it is exported.
        chain: holds the table of moves.
    """

    def __init__(self, config: ChainConfig) -> None:
        self.config = config
        enter = layers.Dense(config.hidden, activation="relu", name="enter")
        forward = layers.GRUCell(config.units, name="reads_on")
        backward = layers.GRUCell(config.units, name="reads_back")
        leave = layers.Dense(config.hidden, activation="relu", name="leave")
        last = layers.Dense(NUM_LABELS + 1, name="last")
        drop = [layers.Dropout(config.dropout) for _ in range(3)]

        frames = keras.Input((None, config.num_features), name="frames")
        labels = keras.Input((None,), dtype="int32", name="labels")
        mask = keras.Input((None,), name="mask")
        known = mask > 0
        entered = drop[0](enter(frames))
        there = layers.RNN(forward, return_sequences=True)(entered, mask=known)
        back = layers.RNN(backward, return_sequences=True, go_backwards=True)(entered, mask=known)
        hidden = layers.Concatenate()([there, ops.flip(back, axis=1)])
        found = last(drop[2](leave(layers.Concatenate()([drop[1](hidden), frames]))))
        self.chain = ChainLoss(name="chain")
        self.chain.build((None, None, NUM_LABELS + 1))
        self._inputs = frames, labels, mask, found
        self.reading = keras.Model([frames, mask], found)

        one, other = (keras.Input((config.num_features,), name=name) for name in ("forward", "backward"))
        before, after = (keras.Input((config.units,), name=f"{name}_state") for name in ("forward", "backward"))
        self.step = keras.Model(
            [one, other, before, after], [forward(enter(one), [before])[0], backward(enter(other), [after])[0]]
        )
        frame = keras.Input((config.num_features,), name="frame")
        both = keras.Input((2 * config.units,), name="hidden")
        self.scores = keras.Model([frame, both], last(leave(layers.Concatenate()([both, frame]))))

    @cached_property
    def training(self) -> keras.Model:
        """[frames, labels, mask] -> nats of each sequence; made when it is asked for, as exporting needs none."""
        frames, labels, mask, found = self._inputs
        return keras.Model([frames, labels, mask], self.chain(found, labels, mask))

    def weights(self) -> dict[str, Any]:
        """Return the variables by name, the same whatever graphs were made."""
        return {v.path: v for v in self.reading.trainable_variables} | {"chain/step": self.chain.step}

    def save(self, path: Path) -> None:
        """Write the weights as npz."""
        arrays = {name: np.asarray(v.value, np.float32) for name, v in self.weights().items()}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    def load(self, path: Path) -> None:
        """Read weights written by `save`.

        Raises:
            ValueError: the file holds other weights than the network has.
        """
        with np.load(path, allow_pickle=False) as stored:
            variables = self.weights()
            if set(stored.files) != set(variables):
                raise ValueError(f"{path.name} holds other weights than this network")
            for name, variable in variables.items():
                variable.assign(stored[name])
