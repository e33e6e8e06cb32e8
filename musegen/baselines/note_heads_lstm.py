"""The network of the TensorFlow tutorial on MAESTRO: one LSTM over windows of notes, three outputs.

A note is (pitch / 128, step, duration), the times in seconds. The pitch is a softmax; step and duration are single
numbers, fitted with squared error and a pressure against negative values, so they carry no likelihood of their own
(`evaluation.regression_nll` gives them one). It is kept as it is described, to be measured against.

Source: "Generate music with an RNN", TensorFlow tutorials; the same network in MusicalPy.
"""

from typing import Any

import keras
from keras import layers, ops

WINDOW = 25
"""Notes that are seen before the one that is predicted."""

NUM_PITCHES, UNITS = 128, 128
LOSS_WEIGHTS = {"pitch": 0.05, "step": 1.0, "duration": 1.0}
LEARNING_RATE, BATCH_SIZE = 5e-3, 64
_PRESSURE = 10.0


def mse_with_positive_pressure(true: Any, predicted: Any) -> Any:
    """Return (true - predicted)^2 + 10 max(-predicted, 0) without the last axis, over which it is a mean."""
    return ops.mean((true - predicted) ** 2 + _PRESSURE * ops.maximum(-predicted, 0.0), axis=-1)


def build_note_heads_lstm(*, every_step: bool = False, units: int = UNITS) -> keras.Model:
    """Return the network, compiled with Adam.

    Args:
        every_step: predict the note after each of the window and learn from all of them, where the tutorial learns
            from the note after the last alone.
        units: of the LSTM.

    Input shape: (B, T, 3). Outputs: "pitch" logits (B, 128), "step" and "duration" in seconds (B, 1); with
    `every_step` (B, T, 128) and (B, T, 1).
    """
    notes = keras.Input((None, 3), name="notes")
    x = layers.LSTM(units, return_sequences=every_step)(notes)
    outputs = {
        "pitch": layers.Dense(NUM_PITCHES, name="pitch")(x),
        "step": layers.Dense(1, name="step")(x),
        "duration": layers.Dense(1, name="duration")(x),
    }
    model = keras.Model(notes, outputs, name="note_heads_lstm")
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss={
            "pitch": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "step": mse_with_positive_pressure,
            "duration": mse_with_positive_pressure,
        },
        loss_weights=LOSS_WEIGHTS,
    )
    return model
