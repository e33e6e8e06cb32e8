"""Stacked LSTM or GRU over frames of integer columns, with one small output network per event of a frame.

The family behind most styles. It sees nothing of music: *columns* of small integers go in, each looked up in an
embedding table, and logits over V events come out, for each of the K events of a frame:

    trunk (B, T, F) -> embeddings -> RNN x num_layers -> h (B, T, U)
    logits (B, T, K, V) = Output(activation(W h + W' trunk embeddings + W'' head embeddings))

With K = 1 this is the next-event network of the tutorials (folk-rnn: Sturm et al. 2016, arXiv:1604.08723); with
K = 4 the output network is autoregressive within the frame, as in RNN-NADE (Boulanger-Lewandowski et al. 2012,
arXiv:1206.6392) but with free weights. The path from the embeddings past the RNN is the skip connection that lets
the net start from an n-gram and learn faster.

Backend-free Keras 3: the same code trains under TensorFlow and JAX.
"""

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers, ops

CELLS = ("lstm", "gru")
LEARNED = ("all", "biases", "start")
"""Which weights a training changes: all, the biases alone, or the states before the first frame alone."""
OUTPUTS = ("free", "tied")


@dataclass(frozen=True, slots=True)
class RecurrentConfig:
    """Everything needed to build the network.

    Args:
        num_events: V.
        trunk_columns: (name, size, width, table) of each trunk column.
        head_columns: the same for the head.
        num_heads: K.
        cell: "lstm" or "gru".
        units: U, of each layer.
        num_layers: recurrent layers.
        head_units: width of the output network.
        head_layers: 1 or 2 hidden layers of the output network.
        dropout: share dropped after each layer while training.
        output: "free" output weights, or "tied" to the embedding table `tied_table`.
        tied_table: name of a table of V rows, for "tied".
        shifts: (head column, first event, number of events n, period p) of parts of the logits that are read from a
            place which the column gives: u of p numbers is made from the hidden layer, and u[(i - value + 1) mod p] is
            added to the logit of event first + i where the column's value is above 0. With p = 12 and the root of a
            chord in the column, a pitch has a part that depends on its interval above the root alone; with p = 2 n and
            the last note, one that depends on the interval from it.
        learned_start: the states before the first frame are weights, and not zeros (Zhou-Zheng and Pasquier 2025,
            arXiv:2506.13001, tune those of a finished network alone).
    """

    num_events: int
    trunk_columns: tuple[tuple[str, int, int, str], ...]
    head_columns: tuple[tuple[str, int, int, str], ...] = ()
    num_heads: int = 1
    cell: str = "lstm"
    units: int = 256
    num_layers: int = 2
    head_units: int = 256
    head_layers: int = 1
    dropout: float = 0.3
    output: str = "free"
    tied_table: str = ""
    shifts: tuple[tuple[str, int, int, int], ...] = ()
    learned_start: bool = False

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}, got {self.cell!r}")
        if self.output not in OUTPUTS:
            raise ValueError(f"output must be one of {', '.join(OUTPUTS)}, got {self.output!r}")
        object.__setattr__(self, "trunk_columns", tuple(tuple(c) for c in self.trunk_columns))
        object.__setattr__(self, "head_columns", tuple(tuple(c) for c in self.head_columns))
        object.__setattr__(self, "shifts", tuple(tuple(s) for s in self.shifts))

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the style card."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RecurrentConfig":
        """Return the config of plain data; an unknown key is an error."""
        return cls(**config)

    @property
    def num_states(self) -> int:
        """State vectors carried from frame to frame: two a layer for LSTM, one for GRU."""
        return self.num_layers * (2 if self.cell == "lstm" else 1)

    @property
    def state_widths(self) -> tuple[int, ...]:
        """Numbers of each of those vectors."""
        return (self.units,) * self.num_states


class ColumnEmbedding(layers.Layer):
    """Look each integer column up in its table and concatenate.

    Columns that name the same table share it (its width must agree).

    Args:
        columns: (name, size, width, table) of each column.

    Input shape: integers (..., F). Output shape: (..., sum of widths).
    """

    def __init__(self, columns: tuple[tuple[str, int, int, str], ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.columns = tuple((name, size, width, table) for name, size, width, table in columns)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make one table a name."""
        if input_shape[-1] != len(self.columns):
            raise ValueError(f"expected {len(self.columns)} columns, got {input_shape[-1]}")
        self.tables: dict[str, Any] = {}
        sizes: dict[str, int] = {}
        for name, size, _, table in self.columns:
            sizes[table or name] = max(sizes.get(table or name, 0), size)
        for name, _, width, table in self.columns:
            key = table or name
            if key not in self.tables:
                self.tables[key] = self.add_weight(
                    shape=(sizes[key], width), initializer=keras.initializers.RandomNormal(stddev=0.5), name=key
                )
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the embeddings of every column, side by side.

        While training they are products with one-hot rows: the gradient of a look-up is a scatter, which a processor
        does on one thread.
        """
        parts = []
        for index, (name, _, _, table) in enumerate(self.columns):
            rows = self.tables[table or name]
            if training:
                parts.append(ops.matmul(ops.one_hot(inputs[..., index], rows.shape[0], dtype=rows.dtype), rows))
            else:
                parts.append(ops.take(rows, inputs[..., index], axis=0))
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return (..., sum of widths)."""
        return (*input_shape[:-1], sum(c[2] for c in self.columns))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "columns": self.columns}


class ShiftedLogits(layers.Layer):
    """The parts of the logits that are read from a place which a head column gives; see `RecurrentConfig.shifts`.

    Args:
        num_events: V.
        shifts: (index of the head column, first event, number of events, period) of each part.

    Call arguments: hidden (..., W), head columns (..., G). Output shape: (..., V).
    """

    def __init__(self, num_events: int, shifts: tuple[tuple[int, int, int, int], ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_events, self.shifts = num_events, tuple(tuple(s) for s in shifts)
        self.parts = [layers.Dense(s[3], use_bias=False, name=f"part_{i}") for i, s in enumerate(self.shifts)]

    def build(self, hidden_shape: tuple[int, ...], head_shape: tuple[int, ...]) -> None:
        """Make the weights of each part."""
        for part in self.parts:
            part.build(hidden_shape)
        self.built = True

    def call(self, hidden: Any, head: Any) -> Any:
        """Return what is added to the logits."""
        total = 0.0
        for (column, first, count, period), part in zip(self.shifts, self.parts, strict=True):
            place = ops.cast(head[..., column, None], "int32")
            numbers = part(hidden)
            index = ops.mod(ops.arange(count, dtype="int32") - place + 1 + period, period)
            taken = ops.take_along_axis(numbers, index, axis=-1) * ops.cast(place > 0, numbers.dtype)
            around = [(0, 0)] * (len(taken.shape) - 1) + [(first, self.num_events - first - count)]
            total = total + ops.pad(taken, around)
        return total

    def compute_output_shape(self, hidden_shape: tuple[int, ...], head_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return (..., V)."""
        return (*hidden_shape[:-1], self.num_events)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "num_events": self.num_events, "shifts": self.shifts}


class LSTMStep(layers.Layer):
    """One step of an LSTM (Hochreiter and Schmidhuber 1997) whose input projection is already made.

    Projecting all T inputs in one product before the recurrence, and not one by one within it, is what makes
    training on a CPU quick. The forget gate starts open (bias 1).

    Args:
        units: U.

    Call arguments: projected inputs (B, 4 U), states [h (B, U), c (B, U)].
    """

    gates = 4

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the recurrent weights."""
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.gates * self.units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.built = True

    def call(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Return (output, [h, c])."""
        hidden, carry = states
        i, f, g, o = ops.split(inputs + ops.matmul(hidden, self.recurrent_kernel), 4, axis=-1)
        carry = ops.sigmoid(f + 1.0) * carry + ops.sigmoid(i) * ops.tanh(g)
        hidden = ops.sigmoid(o) * ops.tanh(carry)
        return hidden, [hidden, carry]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units}


class GRUStep(layers.Layer):
    """One step of a GRU (Cho et al. 2014, arXiv:1406.1078; reset after the product) on projected inputs.

    Args:
        units: U.

    Call arguments: projected inputs (B, 3 U), states [h (B, U)].
    """

    gates = 3

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units]
        self.output_size = units

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the recurrent weights."""
        shape = (self.units, self.gates * self.units)
        self.recurrent_kernel = self.add_weight(shape=shape, initializer="orthogonal", name="recurrent_kernel")
        self.recurrent_bias = self.add_weight(shape=(shape[1],), initializer="zeros", name="recurrent_bias")
        self.built = True

    def call(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Return (output, [h])."""
        hidden = states[0]
        z, r, n = ops.split(inputs, 3, axis=-1)
        hz, hr, hn = ops.split(ops.matmul(hidden, self.recurrent_kernel) + self.recurrent_bias, 3, axis=-1)
        update, reset = ops.sigmoid(z + hz), ops.sigmoid(r + hr)
        hidden = update * hidden + (1 - update) * ops.tanh(n + reset * hn)
        return hidden, [hidden]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units}


class LearnedStart(layers.Layer):
    """The states before the first frame as weights, the same for every piece.

    Args:
        num_states: state vectors.
        units: U.

    Call arguments: anything of shape (B, ...). Returns a list of states (B, U).
    """

    def __init__(self, num_states: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_states, self.units = num_states, units

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the states, zeros at first, as for a network that has none."""
        self.states = [
            self.add_weight(shape=(self.units,), initializer="zeros", name=f"state_{i}") for i in range(self.num_states)
        ]
        self.built = True

    def call(self, inputs: Any) -> list[Any]:
        """Return the states of a batch."""
        return [ops.broadcast_to(state, (ops.shape(inputs)[0], self.units)) for state in self.states]

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return (B, U) a state."""
        return [(input_shape[0], self.units)] * self.num_states

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "num_states": self.num_states, "units": self.units}


class RecurrentNetwork:
    """The layers of one network, and the models over them that share their weights.

    Attributes:
        sequence: (trunk (B, T, F), head (B, T, K, G)) -> logits (B, T, K, V), for training and scoring.
        advance: (trunk (B, F), *states (B, U)) -> states, one frame.
        logits: (trunk (B, F), head (B, G), last hidden state (B, U)) -> (B, V), one event.
    """

    def __init__(self, config: RecurrentConfig) -> None:
        self.config = config
        self.trunk_embedding = ColumnEmbedding(config.trunk_columns, name="trunk_embedding")
        self.head_embedding = (
            ColumnEmbedding(config.head_columns, name="head_embedding") if config.head_columns else None
        )
        step = LSTMStep if config.cell == "lstm" else GRUStep
        self.cells = [step(config.units, name=f"cell_{i}") for i in range(config.num_layers)]
        self.projections = [
            layers.Dense(step.gates * config.units, name=f"input_{i}") for i in range(config.num_layers)
        ]
        self.rnns = [layers.RNN(cell, return_sequences=True, name=f"rnn_{i}") for i, cell in enumerate(self.cells)]
        self.from_hidden = layers.Dense(config.head_units, name="from_hidden")
        self.from_trunk = layers.Dense(config.head_units, use_bias=False, name="from_trunk")
        self.from_head = layers.Dense(config.head_units, use_bias=False, name="from_head")
        self.activation = layers.Activation("relu", name="activation")
        self.deepen = (
            layers.Dense(config.head_units, activation="relu", name="deepen") if config.head_layers == 2 else None
        )
        if config.output == "tied":
            self.project = layers.Dense(self._tied_width(), name="project")
        else:
            self.output_layer = layers.Dense(config.num_events, name="output")
        names = [column[0] for column in config.head_columns]
        shifts = tuple((names.index(name), first, count, period) for name, first, count, period in config.shifts)
        self.shifted = ShiftedLogits(config.num_events, shifts, name="shifted") if shifts else None
        self.start = LearnedStart(config.num_states, config.units, name="start") if config.learned_start else None
        self.sequence = self._build_sequence()
        self.advance = self._build_advance()
        self.logits = self._build_logits()

    def learn_only(self, what: str) -> None:
        """Keep weights from being trained.

        Args:
            what: of `LEARNED`; "biases" as in Ben Zaken et al. 2021, arXiv:2106.10199; "start" needs `learned_start`.

        Raises:
            ValueError: there are no such weights.
        """
        if what not in LEARNED or (what == "start" and self.start is None):
            raise ValueError(f"what is learned must be one of {', '.join(LEARNED)}, got {what!r}")
        own = set() if self.start is None else {variable.path for variable in self.start.variables}
        for variable in self.sequence.variables:
            chosen = {"all": True, "start": variable.path in own, "biases": variable.path.endswith("bias")}
            if "seed_generator" not in variable.path:  # of dropout: no weight
                variable.trainable = chosen[what]

    def _tied_width(self) -> int:
        for name, size, width, table in self.config.trunk_columns:
            if (table or name) == self.config.tied_table and size == self.config.num_events:
                return width
        raise ValueError(f"tied_table {self.config.tied_table!r} is no trunk table of {self.config.num_events} rows")

    def _output(self, hidden: Any, head: Any) -> Any:
        if self.deepen is not None:
            hidden = self.deepen(hidden)
        logits = self._logits_of(hidden)
        return logits if self.shifted is None else logits + self.shifted(hidden, head)

    def _logits_of(self, hidden: Any) -> Any:
        if self.config.output == "free":
            return self.output_layer(hidden)
        projected = self.project(hidden)
        table = self.trunk_embedding.tables[self.config.tied_table]
        return ops.matmul(projected, ops.transpose(table))

    def _build_sequence(self) -> keras.Model:
        config = self.config
        trunk = keras.Input((None, len(config.trunk_columns)), dtype="int32", name="trunk")
        head = keras.Input((None, config.num_heads, len(config.head_columns)), dtype="int32", name="head")
        embedded = self.trunk_embedding(trunk)
        x, per_layer = embedded, config.num_states // config.num_layers
        start = self.start(embedded) if self.start is not None else None
        for index, (projection, rnn) in enumerate(zip(self.projections, self.rnns, strict=True)):
            own = start[index * per_layer : (index + 1) * per_layer] if start else None
            x = rnn(projection(layers.Dropout(config.dropout)(x)), initial_state=own)
        x = layers.Dropout(config.dropout)(x)
        z = ops.expand_dims(self.from_hidden(x) + self.from_trunk(embedded), axis=2)
        if self.head_embedding is not None:
            z = z + self.from_head(self.head_embedding(head))
        z = layers.Dropout(config.dropout)(self.activation(z))
        return keras.Model([trunk, head], self._output(z, head), name="sequence")

    def _state_inputs(self) -> list[Any]:
        return [keras.Input((self.config.units,), name=f"state_{i}") for i in range(self.config.num_states)]

    def _build_advance(self) -> keras.Model:
        trunk = keras.Input((len(self.config.trunk_columns),), dtype="int32", name="trunk")
        states = self._state_inputs()
        x, new_states = self.trunk_embedding(trunk), []
        per_layer = 2 if self.config.cell == "lstm" else 1
        for index, cell in enumerate(self.cells):
            x, new = cell(self.projections[index](x), states[index * per_layer : (index + 1) * per_layer])
            new_states += list(new)
        return keras.Model([trunk, *states], new_states, name="advance")

    def _build_logits(self) -> keras.Model:
        config = self.config
        trunk = keras.Input((len(config.trunk_columns),), dtype="int32", name="trunk")
        hidden = keras.Input((config.units,), name="hidden")
        z = self.from_hidden(hidden) + self.from_trunk(self.trunk_embedding(trunk))
        inputs, head = [trunk, hidden], None
        if self.head_embedding is not None:
            head = keras.Input((len(config.head_columns),), dtype="int32", name="head")
            inputs.append(head)
            z = z + self.from_head(self.head_embedding(head))
        return keras.Model(inputs, self._output(self.activation(z), head), name="logits")

    @property
    def hidden_index(self) -> int:
        """Which of the states is the last layer's hidden state."""
        return self.config.num_states - (2 if self.config.cell == "lstm" else 1)
