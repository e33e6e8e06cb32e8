"""Networks over whole frames: one recurrent layer, and one or two ways to write a frame.

`FrameNetwork` reads a roll (B, T, K) of 0 and 1 with a clock (B, T, C) and gives the log-odds (B, T - 1, K) of the
frames from the second on. With the independent head, keys are drawn each by itself. With the autoregressive head each
key knows the keys below it in the same frame: by one weight for each pair of keys, and by a neural autoregressive
distribution estimator (NADE, Larochelle and Murray, AISTATS 2011) whose biases the recurrent layer gives, as in
RNN-NADE (Boulanger-Lewandowski and others, ICML 2012).
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("musegen")
class DiagonalGRUCell(keras.layers.Layer):
    """A gated unit whose recurrent weights are diagonal: each unit remembers only itself.

    After Subakan and Smaragdis, Diagonal RNNs in Symbolic Music Modeling (WASPAA 2017, arXiv:1704.05420).

    Args:
        units: U.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape: Any) -> None:
        """Make the weights: (F, 3 U) into the gates, and three diagonals of U."""
        self.kernel = self.add_weight(shape=(input_shape[-1], 3 * self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(3 * self.units,), initializer="zeros")
        self.diagonal = self.add_weight(
            shape=(3, self.units), initializer=keras.initializers.RandomUniform(-0.5, 0.5), name="diagonal"
        )
        self.built = True

    def call(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """Return the state after a frame (B, F), twice: as output and as state (B, U)."""
        before = states[0]
        update, reset, new = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 3, axis=-1)
        update = ops.sigmoid(update + self.diagonal[0] * before)
        reset = ops.sigmoid(reset + self.diagonal[1] * before)
        new = ops.tanh(new + self.diagonal[2] * (reset * before))
        after = update * before + (1.0 - update) * new
        return after, [after]


def recurrent(cell: str, units: int) -> keras.layers.Layer:
    """Return a recurrent layer that gives its state at every frame.

    Args:
        cell: "lstm", "gru" or "diagonal".
        units: of it.
    """
    if cell == "lstm":
        return layers.LSTM(units, return_sequences=True)
    if cell == "gru":
        return layers.GRU(units, return_sequences=True)
    return layers.RNN(DiagonalGRUCell(units), return_sequences=True)


def lagged(roll: Any, lags: int) -> Any:
    """Return for the frames from the second on the `lags` frames before each, (B, T - 1, lags * K), zeros before."""
    padded = ops.pad(roll, ((0, 0), (lags - 1, 0), (0, 0)))
    return ops.concatenate([padded[:, lags - 1 - lag : -1 - lag] for lag in range(lags)], axis=-1)


class LowerKeys(keras.layers.Layer):
    """What the keys below say of each key in the same frame: weights of pairs, and a NADE of `units` hidden units.

    Args:
        units: of the NADE, 0 for the weights of pairs alone.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, frame_shape: Any, bias_shape: Any = None) -> None:
        """Make the weights for K keys."""
        keys = frame_shape[-1]
        self.below = np.triu(np.ones((keys, keys), "float32"), 1)  # row j speaks to column k for j < k
        self.pairs = self.add_weight(shape=(keys, keys), initializer="zeros", name="pairs")
        if self.units:
            small = keras.initializers.RandomNormal(stddev=0.1)
            self.into = self.add_weight(shape=(keys, self.units), initializer=small, name="into")
            self.out = self.add_weight(shape=(keys, self.units), initializer=small, name="out")
        self.built = True

    def call(self, frame: Any, bias: Any = None) -> Any:
        """Return log-odds (B, T, K) to be added, for frames (B, T, K) and biases of hidden units (B, T, units)."""
        logits = ops.matmul(frame, self.pairs * self.below)
        if self.units:
            # one product, (K, K * units), is faster than a running sum over the keys
            keys = frame.shape[-1]
            spoken = ops.reshape(ops.expand_dims(self.below, -1) * ops.expand_dims(self.into, 1), (keys, -1))
            before = ops.reshape(ops.matmul(frame, spoken), (-1, ops.shape(frame)[1], keys, self.units))
            hidden = ops.sigmoid(before + ops.expand_dims(bias, 2))
            logits = logits + ops.sum(hidden * self.out, axis=-1)
        return logits


class FrameNetwork(keras.Model):
    """See the module.

    Args:
        num_keys: K.
        cell: "lstm", "gru", "diagonal", or "" for none.
        units: of the recurrent layer.
        lags: frames that speak to the output directly.
        autoregressive: whether keys know the keys below.
        nade_units: hidden units of the head that does.
        dropout: of what the recurrent layer reads and gives.
    """

    def __init__(
        self,
        num_keys: int,
        *,
        cell: str = "lstm",
        units: int = 128,
        lags: int = 0,
        autoregressive: bool = False,
        nade_units: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.lags = lags
        self.recurrent = recurrent(cell, units) if cell else None
        self.drop_in = layers.Dropout(dropout / 2)
        self.drop = layers.Dropout(dropout)
        self.from_state = layers.Dense(num_keys, bias_initializer=keras.initializers.Constant(-3.0))
        self.from_frames = layers.Dense(num_keys, use_bias=False, kernel_initializer="zeros") if lags else None
        self.from_below = LowerKeys(nade_units) if autoregressive else None
        self.nade_bias = layers.Dense(nade_units) if nade_units else None

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return log-odds (B, T - 1, K) for {"roll": (B, T, K), "clock": (B, T, C)}."""
        roll, clock = inputs["roll"], inputs["clock"][:, 1:]
        before = lagged(roll, self.lags) if self.lags else None
        state = clock
        if self.recurrent is not None:
            state = self.recurrent(ops.concatenate([self.drop_in(roll[:, :-1], training=training), clock], axis=-1))
            state = self.drop(state, training=training)
        logits = self.from_state(state)
        if self.from_frames is not None:
            logits = logits + self.from_frames(before)
        if self.from_below is not None:
            bias = self.nade_bias(state) if self.nade_bias is not None else state
            logits = logits + self.from_below(roll[:, 1:], bias)
        return logits
