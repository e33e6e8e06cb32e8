"""Biaxial networks: recurrent along time with the same weights for every key, then along the keys, low to high.

After D. D. Johnson, Composing Music With Recurrent Neural Networks (2015), and Generating Polyphonic Music Using Tied
Parallel Networks (EvoMUSART 2017). Because weights are shared along the keys, what is learned of one chord is known of
its transpositions.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

VICINITY = 12
LOWEST_PITCH_CLASS = 9  # key 0 is A


def _places(num_keys: int) -> dict[str, np.ndarray]:
    """Return which places of a frame, padded by `VICINITY` on both sides, stand around and below each key."""
    key = np.arange(num_keys)[:, None]
    return {
        "around": key + np.arange(2 * VICINITY + 1),
        "below": key + np.arange(VICINITY),
    }


class KeyFeatures(keras.layers.Layer):
    """What each key is told of the frame before, by its own place: (B, T, K) to (B, T, K, F).

    The key's number (1), its pitch class (12), the keys around it (25), and how many keys of each pitch class sound,
    counted from its own (12).

    Args:
        num_keys: K.
        lowest_key: number of the first on the piano, 0 to 87.
        lags: earlier frames whose keys around are told as well, one at least.
    """

    def __init__(self, num_keys: int, lowest_key: int, lags: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_keys, self.lags = num_keys, lags
        self.around = _places(num_keys)["around"].astype("int32")
        number = np.arange(lowest_key, lowest_key + num_keys)
        pitch_class = (number + LOWEST_PITCH_CLASS) % 12
        self.class_of = np.eye(12, dtype="float32")[pitch_class]
        self.rotated = ((pitch_class[:, None] + np.arange(12)) % 12).astype("int32")
        self.fixed = np.concatenate([number[:, None] / 87.0, self.class_of], axis=1).astype("float32")

    def call(self, roll: Any) -> Any:
        """Return the features that are known before the frame that comes: of frame t for the output t + 1."""
        padded = ops.pad(roll, ((0, 0), (self.lags - 1, 0), (VICINITY, VICINITY)))
        parts = [
            ops.take(padded[:, self.lags - 1 - lag : -lag or None], self.around, axis=-1) for lag in range(self.lags)
        ]
        context = ops.take(ops.matmul(roll, self.class_of), self.rotated, axis=-1)
        return ops.concatenate([*parts, context, ops.zeros_like(context[..., :1]) + self.fixed], axis=-1)


class BelowFeatures(keras.layers.Layer):
    """What each key is told of the keys below it in its own frame: (B, T, K) to (B, T, K, 26).

    The key just below (1), the twelve below (12), how many sound below (1), and how many of each pitch class,
    counted from its own (12).
    """

    def __init__(self, num_keys: int, lowest_key: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.below = _places(num_keys)["below"].astype("int32")
        pitch_class = (np.arange(lowest_key, lowest_key + num_keys) + LOWEST_PITCH_CLASS) % 12
        # (j, k, c): key j sounds c semitones above the class of key k, and lies below it
        relative = (pitch_class[:, None] - pitch_class[None, :]) % 12
        lower = np.triu(np.ones((num_keys, num_keys)), 1)
        self.classes = (np.eye(12)[relative] * lower[..., None]).reshape(num_keys, -1).astype("float32")
        self.num_keys = num_keys

    def call(self, frame: Any) -> Any:
        """Return the features."""
        padded = ops.pad(frame, ((0, 0), (0, 0), (VICINITY, 0)))
        just = ops.expand_dims(padded[..., VICINITY - 1 : VICINITY - 1 + self.num_keys], -1)
        near = ops.take(padded, self.below, axis=-1)
        total = ops.expand_dims(ops.cumsum(frame, axis=-1) - frame, -1)
        shape = (-1, ops.shape(frame)[1], self.num_keys, 12)
        classes = ops.reshape(ops.matmul(frame, self.classes), shape)
        return ops.concatenate([just, near, total / 4.0, classes], axis=-1)


class BiaxialNetwork(keras.Model):
    """Log-odds of every key of every frame from the second on, each given all frames before and the keys below.

    Args:
        num_keys: K.
        lowest_key: number of the first on the piano, 0 to 87.
        time_units: of the LSTM layers along time.
        note_units: of the LSTM layers along the keys.
        lags: frames whose keys around each key are told.
        rich: whether the keys below are told beyond the last one, each key has a bias of its own, and a recurrent
            layer over whole frames speaks to all keys (our additions; without, it is Johnson's network).
        dropout: after every recurrent layer, the same units along a sequence.
    """

    def __init__(
        self,
        num_keys: int,
        lowest_key: int,
        *,
        time_units: tuple[int, ...] = (300, 300),
        note_units: tuple[int, ...] = (100, 50),
        lags: int = 1,
        rich: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.num_keys, self.time_units, self.rich = num_keys, time_units, rich
        self.features = KeyFeatures(num_keys, lowest_key, lags)
        self.below = BelowFeatures(num_keys, lowest_key)
        self.along_time = [layers.LSTM(units, return_sequences=True) for units in time_units]
        self.along_keys = [layers.LSTM(units, return_sequences=True) for units in note_units]
        self.drops = [layers.Dropout(dropout, noise_shape=(None, 1, None)) for _ in (*time_units, *note_units)]
        self.to_logit = layers.Dense(1, bias_initializer=keras.initializers.Constant(-2.5))
        if rich:
            self.over_frames = layers.GRU(64, return_sequences=True)
            self.drop_frames = layers.Dropout(dropout)
            self.key_bias = layers.Dense(num_keys, kernel_initializer="zeros")
            self.from_features = layers.Dense(1, kernel_initializer="zeros")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return log-odds (B, T - 1, K) for {"roll": (B, T, K), "clock": (B, T, C)}."""
        roll, clock = inputs["roll"], inputs["clock"][:, 1:]
        before, now = roll[:, :-1], roll[:, 1:]
        length, keys = ops.shape(roll)[1] - 1, self.num_keys
        seen = self.features(before)
        seen = ops.concatenate([seen, ops.zeros_like(seen[..., :1]) + ops.expand_dims(clock, 2)], axis=-1)
        below = self.below(now) if self.rich else self.below(now)[..., :1]
        x = ops.reshape(ops.transpose(seen, (0, 2, 1, 3)), (-1, length, seen.shape[-1]))
        for layer, drop in zip(self.along_time, self.drops, strict=False):
            x = drop(layer(x), training=training)
        x = ops.reshape(x, (-1, keys, length, self.time_units[-1]))
        x = ops.transpose(x, (0, 2, 1, 3))
        x = ops.concatenate([x, below], axis=-1)
        x = ops.reshape(x, (-1, keys, x.shape[-1]))
        for layer, drop in zip(self.along_keys, self.drops[len(self.time_units) :], strict=True):
            x = drop(layer(x), training=training)
        logits = ops.reshape(self.to_logit(x), (-1, length, keys))
        if self.rich:
            whole = self.drop_frames(self.over_frames(ops.concatenate([before, clock], axis=-1)), training=training)
            direct = self.from_features(ops.concatenate([seen, below], axis=-1))
            logits = logits + self.key_bias(whole) + ops.reshape(direct, (-1, length, keys))
        return logits
