"""The network of the TensorFlow tutorial on MAESTRO: an LSTM over notes, a softmax for pitch, two numbers for times.

    (pitch / 128, step, duration) -> LSTM 128 -> pitch: softmax of 128, step: one number, duration: one number

The tutorial fits step s and duration with the squared error (t - s)^2, weighed 1, beside the pitch's cross-entropy,
weighed 0.05, and presses s up where it is below 0. Up to a factor of 20 and a constant that is the likelihood of normal
distributions around s, whose variance is 1 / 40 (0.158 s). So the logits of the times of the grid are -20 (t - s)^2:
the likeliest time is the tutorial's, and the loss is the tutorial's. It has the same three models as
`networks.recurrent`, so that it is trained, exported and played in the same way.

Source: "Generate music with an RNN", TensorFlow tutorials; the same network in MusicalPy.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from musegen.networks.recurrent import LEARNED, LSTMStep

SHARPNESS = 20.0
"""Weight of the squared error of times beside the pitch's cross-entropy: 1 / 0.05."""
PRESSURE = 10.0
"""Of times below 0, in units of the squared error's weight."""
_IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class TimedNotesConfig:
    """Everything needed to build the network.

    Args:
        num_events: V: pitches, then the steps and the durations of the grid.
        trunk_columns: (name, size, width, table) of pitch, step and duration of the note before.
        head_columns: the one that says which of the three is asked for.
        num_heads: 3.
        num_pitches: of the events.
        num_times: of the grid; step k is k, duration k is k + 1 times the grid.
        grid_ms: of times.
        units: of the LSTM.
        dropout: none in the tutorial.
    """

    num_events: int
    trunk_columns: tuple[tuple[str, int, int, str], ...]
    head_columns: tuple[tuple[str, int, int, str], ...]
    num_heads: int = 3
    num_pitches: int = 128
    num_times: int = 300
    grid_ms: float = 10.0
    units: int = 128
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if len(self.trunk_columns) != 3 or len(self.head_columns) != 1 or self.num_heads != 3:
            raise ValueError("this network reads pitch, step and duration, and writes the three of the next note")
        if self.num_events != self.num_pitches + 2 * self.num_times:
            raise ValueError("the events are pitches, steps and durations")
        for name in ("trunk_columns", "head_columns"):
            object.__setattr__(self, name, tuple(tuple(column) for column in getattr(self, name)))

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the style card."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TimedNotesConfig":
        """Return the config of plain data; an unknown key is an error."""
        return cls(**config)

    @property
    def state_widths(self) -> tuple[int, int]:
        """Numbers of the two states carried from note to note."""
        return (self.units, self.units)

    @property
    def times(self) -> np.ndarray:
        """Seconds of the steps, then of the durations, shape (2, times)."""
        steps = np.arange(self.num_times)
        return (np.stack([steps, steps + 1]) * self.grid_ms / 1000).astype(np.float32)


class TutorialLoss(keras.losses.Loss):
    """Twenty times the loss of the tutorial, and a constant that makes it nats, of each answer.

    Args:
        config: of the network.

    Call arguments: events (B, T, 3), logits (B, T, 3, V). Returns (B, T, 3).
    """

    def __init__(self, config: TimedNotesConfig) -> None:
        super().__init__(reduction="mean_with_sample_weight", name="tutorial_loss")
        self._config = config
        self._constant = math.log(math.sqrt(math.pi / SHARPNESS) / (config.grid_ms / 1000))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each answer."""
        config = self._config
        target = ops.cast(y_true, "int32")
        pitches = y_pred[:, :, 0, : config.num_pitches]
        found = [keras.losses.sparse_categorical_crossentropy(target[:, :, 0], pitches, from_logits=True)]
        for index, times in enumerate(config.times):
            first = config.num_pitches + index * config.num_times
            row = y_pred[:, :, index + 1, first : first + config.num_times]
            picked = ops.take_along_axis(row, target[:, :, index + 1, None] - first, axis=-1)[..., 0]
            low, high = float(times[0]), float(times[-1])
            expected = (row[..., -1] - row[..., 0]) / (2 * SHARPNESS * (high - low)) + (high + low) / 2
            found.append(SHARPNESS * PRESSURE * ops.maximum(-expected, 0.0) - picked + self._constant)
        return ops.stack(found, axis=-1)


class TimedNotesNetwork:
    """The layers of one network, and the models over them that share their weights.

    Attributes:
        sequence: (trunk (B, T, 3), head (B, T, 3, 1)) -> logits (B, T, 3, V).
        advance: (trunk (B, 3), *states (B, U)) -> states, one note.
        logits: (trunk (B, 3), hidden state (B, U), head (B, 1)) -> (B, V).
        loss: what it is fitted with.
    """

    start = None
    hidden_index = 0

    def __init__(self, config: TimedNotesConfig) -> None:
        self.config = config
        self.cell = LSTMStep(config.units, name="cell")
        self.projection = layers.Dense(4 * config.units, name="input")
        self.rnn = layers.RNN(self.cell, return_sequences=True, name="rnn")
        self.output_layer = layers.Dense(config.num_pitches + 2, name="output")
        self.loss = TutorialLoss(config)
        self._question = np.repeat([0, 1, 2], [config.num_pitches, config.num_times, config.num_times]).astype(np.int32)
        scales = [1 / config.num_pitches, config.grid_ms / 1000, config.grid_ms / 1000]
        self._scale = np.array(scales, np.float32)
        self.sequence = self._build_sequence()
        self.advance = self._build_advance()
        self.logits = self._build_logits()

    def learn_only(self, what: str) -> None:
        """Keep weights from being trained; see `RecurrentNetwork.learn_only`.

        Raises:
            ValueError: there are no such weights.
        """
        if what not in LEARNED or what == "start":
            raise ValueError(f"what is learned must be all or biases, got {what!r}")
        for variable in self.sequence.variables:
            if "seed_generator" not in variable.path:
                variable.trainable = what == "all" or variable.path.endswith("bias")

    def _seen(self, trunk: Any) -> Any:
        return ops.cast(trunk, "float32") * self._scale

    def _events(self, hidden: Any) -> Any:
        """Return the logits of all events, whatever is asked for, (..., V)."""
        said, pitches = self.output_layer(hidden), self.config.num_pitches
        parts = [said[..., :pitches]]
        for index, times in enumerate(self.config.times):
            expected = said[..., pitches + index : pitches + index + 1]
            parts.append(-SHARPNESS * ops.square(expected - times))
        return ops.concatenate(parts, axis=-1)

    def _build_sequence(self) -> keras.Model:
        trunk = keras.Input((None, 3), dtype="int32", name="trunk")
        head = keras.Input((None, 3, 1), dtype="int32", name="head")
        events = ops.expand_dims(self._events(self.rnn(self.projection(self._seen(trunk)))), axis=2)
        asked = ops.where(ops.equal(head, self._question), events, _IMPOSSIBLE)
        return keras.Model([trunk, head], asked, name="sequence")

    def _build_advance(self) -> keras.Model:
        trunk = keras.Input((3,), dtype="int32", name="trunk")
        states = [keras.Input((width,), name=f"state_{i}") for i, width in enumerate(self.config.state_widths)]
        _, new_states = self.cell(self.projection(self._seen(trunk)), states)
        return keras.Model([trunk, *states], list(new_states), name="advance")

    def _build_logits(self) -> keras.Model:
        trunk = keras.Input((3,), dtype="int32", name="trunk")
        hidden = keras.Input((self.config.units,), name="hidden")
        head = keras.Input((1,), dtype="int32", name="head")
        asked = ops.where(ops.equal(head, self._question), self._events(hidden), _IMPOSSIBLE)
        return keras.Model([trunk, hidden, head], asked, name="logits")
