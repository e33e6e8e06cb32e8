"""The network of the Chopin notebook: LSTMs over the number of the last symbol, a dense layer, a softmax.

    LSTM 512 -> dropout 0.1 -> LSTM 256 -> dense 256 -> dropout 0.1 -> softmax

Each symbol enters as one number, its index divided by how many there are. It has the same three models as
`networks.recurrent`, so that it is trained, exported and played in the same way.

Source: the Kaggle notebook "music-generation-lstm" on Chopin's MIDI files.
"""

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers, ops

from musegen.networks.recurrent import LEARNED, LSTMStep


@dataclass(frozen=True, slots=True)
class NotebookConfig:
    """Everything needed to build the network.

    Args:
        num_events: V.
        trunk_columns: (name, size, width, table) of the one column; its value is divided by its size.
        head_columns: none.
        num_heads: 1.
        layer_units: of each LSTM.
        dense_units: of the layer after them.
        dropout: share dropped after the first LSTM and after the dense layer, while training.
    """

    num_events: int
    trunk_columns: tuple[tuple[str, int, int, str], ...]
    head_columns: tuple[tuple[str, int, int, str], ...] = ()
    num_heads: int = 1
    layer_units: tuple[int, ...] = (512, 256)
    dense_units: int = 256
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if len(self.trunk_columns) != 1 or self.head_columns or self.num_heads != 1:
            raise ValueError("this network reads one column and writes one event a frame")
        object.__setattr__(self, "trunk_columns", tuple(tuple(c) for c in self.trunk_columns))
        object.__setattr__(self, "layer_units", tuple(self.layer_units))

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the style card."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "NotebookConfig":
        """Return the config of plain data; an unknown key is an error."""
        return cls(**config)

    @property
    def state_widths(self) -> tuple[int, ...]:
        """Numbers of each state carried from frame to frame: two states a layer."""
        return tuple(units for units in self.layer_units for _ in range(2))


class NotebookNetwork:
    """The layers of one network, and the models over them that share their weights.

    Attributes:
        sequence: (trunk (B, T, 1), head (B, T, 1, 0)) -> logits (B, T, 1, V).
        advance: (trunk (B, 1), *states (B, U)) -> states, one frame.
        logits: (trunk (B, 1), last hidden state (B, U)) -> (B, V).
    """

    start = None

    def __init__(self, config: NotebookConfig) -> None:
        self.config = config
        self.cells = [LSTMStep(units, name=f"cell_{i}") for i, units in enumerate(config.layer_units)]
        self.projections = [layers.Dense(4 * units, name=f"input_{i}") for i, units in enumerate(config.layer_units)]
        self.rnns = [layers.RNN(cell, return_sequences=True, name=f"rnn_{i}") for i, cell in enumerate(self.cells)]
        self.dense = layers.Dense(config.dense_units, name="dense")
        self.output_layer = layers.Dense(config.num_events, name="output")
        self.sequence = self._build_sequence()
        self.advance = self._build_advance()
        self.logits = self._build_logits()

    @property
    def hidden_index(self) -> int:
        """Which of the states is the last layer's hidden state."""
        return len(self.config.state_widths) - 2

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

    def _number(self, trunk: Any) -> Any:
        return ops.cast(trunk, "float32") / float(self.config.trunk_columns[0][1])

    def _build_sequence(self) -> keras.Model:
        trunk = keras.Input((None, 1), dtype="int32", name="trunk")
        head = keras.Input((None, 1, 0), dtype="int32", name="head")
        x = self._number(trunk)
        for index, (projection, rnn) in enumerate(zip(self.projections, self.rnns, strict=True)):
            x = rnn(projection(layers.Dropout(self.config.dropout)(x) if index else x))
        z = layers.Dropout(self.config.dropout)(self.dense(x))
        return keras.Model([trunk, head], ops.expand_dims(self.output_layer(z), axis=2), name="sequence")

    def _build_advance(self) -> keras.Model:
        trunk = keras.Input((1,), dtype="int32", name="trunk")
        states = [keras.Input((width,), name=f"state_{i}") for i, width in enumerate(self.config.state_widths)]
        x, new_states = self._number(trunk), []
        for index, cell in enumerate(self.cells):
            x, new = cell(self.projections[index](x), states[2 * index : 2 * index + 2])
            new_states += list(new)
        return keras.Model([trunk, *states], new_states, name="advance")

    def _build_logits(self) -> keras.Model:
        trunk = keras.Input((1,), dtype="int32", name="trunk")
        hidden = keras.Input((self.config.layer_units[-1],), name="hidden")
        return keras.Model([trunk, hidden], self.output_layer(self.dense(hidden)), name="logits")
