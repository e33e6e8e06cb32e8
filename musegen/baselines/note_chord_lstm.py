"""The network of the Chopin notebook: two LSTMs over windows of notes and chords, the next one as a softmax.

LSTM 512 -> dropout 0.1 -> LSTM 256 -> dense 256 -> dropout 0.1 -> softmax, Adamax, categorical cross-entropy, windows
of 40. Each symbol enters as one number, its index divided by how many there are, as in the notebook; it is kept as it
is described, to be measured against.

Source: the Kaggle notebook "music-generation-lstm" on Chopin's MIDI files.
"""

import keras
from keras import layers

WINDOW = 40
"""Symbols that are seen before the one that is predicted."""

LEARNING_RATE, BATCH_SIZE = 0.01, 256
UNITS = (512, 256, 256)


def build_note_chord_lstm(
    num_symbols: int, *, every_step: bool = False, embedding: int = 0, units: tuple[int, int, int] = UNITS
) -> keras.Model:
    """Return the network, compiled with Adamax.

    Args:
        num_symbols: V; index 0 stands for what is before the beginning and is never predicted.
        every_step: learn from the symbol after each of the window, where the notebook learns from the one after the
            last alone. Making music it is the same network.
        embedding: width of a learned vector for each symbol in place of its index as a number; 0 for the number.
        units: of the first LSTM, the second, and the dense layer.

    Input shape: indices (B, T). Output: logits (B, V), with `every_step` (B, T, V).
    """
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    if embedding:
        x = layers.Embedding(num_symbols, embedding, name="embedding")(symbols)
    else:
        x = keras.ops.expand_dims(keras.ops.cast(symbols, "float32") / num_symbols, -1)
    x = layers.LSTM(units[0], return_sequences=True, name="lstm_1")(x)
    x = layers.Dropout(0.1)(x)
    x = layers.LSTM(units[1], return_sequences=every_step, name="lstm_2")(x)
    x = layers.Dense(units[2], name="dense")(x)
    x = layers.Dropout(0.1)(x)
    logits = layers.Dense(num_symbols, name="logits")(x)  # the softmax is in the loss
    model = keras.Model(symbols, logits, name="note_chord_lstm")
    model.compile(
        optimizer=keras.optimizers.Adamax(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
    )
    return model
