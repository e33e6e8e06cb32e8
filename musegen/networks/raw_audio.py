"""The network over raw samples in Keras, which trains it; `sound.raw_network` is the same in numpy, which plays it."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME
from musegen.sound.raw_config import EXPERTS, LAGS, LEAST_SCALE, MOST_SPREAD, PAST, RARE, RawConfig


class RawAudioNetwork(keras.Model):
    """Logits of the level of every sample, given all samples before.

    Before it has learned anything, it mixes the linear predictions evenly, each a Laplace distribution as wide as its
    errors have been. It learns to weigh, move, narrow and widen them, and adds logits of its own to every level.

    Call arguments: a dict of float32
        "frames": what the slow layer sees, (B, N, config.slow_inputs);
        "past": compressed samples before each stretch and those of it but the last, (B, PAST + T - 1), T = N * FRAME;
        "predicted": predictions of each sample, (B, T, E);
        "errors": of the predictions, in their scales, from `LAGS` before the stretch on, (B, LAGS + T - 1, E);
        "scales": of the predictions, one a frame, (B, N, E).

    Output shape: (B, T, 256).

    Args:
        config: the network.
        stateful: whether the slow layer goes on where it stood at the end of the stretch before.
    """

    def __init__(self, config: RawConfig, *, stateful: bool = False) -> None:
        super().__init__()
        self.config = config
        units = config.fast_units
        self.slow = layers.GRU(config.slow_units, return_sequences=True, stateful=stateful, name="slow")
        self.spread = layers.Dense(FRAME * units, name="spread")
        self.fast = layers.Dense(units, use_bias=False, name="fast")
        self.deep = layers.Dense(units, activation="relu", name="deep")
        self.head = layers.Dense(mu_law.LEVELS + 3 * EXPERTS + 1, kernel_initializer="zeros", name="head")
        self.values = mu_law.VALUES.astype("float32")
        self.log_widths = np.log(mu_law.WIDTHS).astype("float32")
        self.log_mu = float(np.log1p(255.0))

    def call(self, inputs: dict[str, Any]) -> Any:
        """Return the logits."""
        predicted, scales = inputs["predicted"], ops.repeat(inputs["scales"], FRAME, axis=1)
        length = predicted.shape[1]
        seen = [ops.expand_dims(inputs["past"][:, at : at + length], -1) for at in range(PAST)]
        seen.append(ops.sign(predicted) * ops.log1p(255.0 * ops.abs(predicted)) / self.log_mu)
        seen += [inputs["errors"][:, at : at + length] for at in range(LAGS)]
        about = ops.reshape(self.spread(self.slow(inputs["frames"])), (-1, length, self.config.fast_units))
        hidden = ops.relu(self.fast(ops.concatenate(seen, axis=-1)) + about)
        return self._logits(self.head(self.deep(hidden)), predicted, scales)

    def _logits(self, given: Any, predicted: Any, scales: Any) -> Any:
        """Return logits (B, T, 256) of what the head gives: free logits; moves, spreads, weights of predictions."""
        free, rest = given[..., : mu_law.LEVELS], given[..., mu_law.LEVELS :]
        move, spread = rest[..., :EXPERTS], MOST_SPREAD * ops.tanh(rest[..., EXPERTS : 2 * EXPERTS] / MOST_SPREAD)
        weight = ops.log_softmax(rest[..., 2 * EXPERTS :] + np.array([0.0] * EXPERTS + [RARE], "float32"), axis=-1)
        scales = scales + LEAST_SCALE
        width, middle = scales * ops.exp(spread), predicted + scales * move
        total = weight[..., EXPERTS:] - float(np.log(mu_law.LEVELS)) - self.log_widths
        for k in range(EXPERTS):
            away = ops.abs(self.values - middle[..., k : k + 1]) / width[..., k : k + 1]
            total = ops.logaddexp(total, weight[..., k : k + 1] - ops.log(2 * width[..., k : k + 1]) - away)
        return free + total + self.log_widths
