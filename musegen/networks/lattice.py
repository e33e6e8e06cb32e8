"""A biaxial network over a lattice of keys and frames: recurrent along time, then key after key from the lowest up.

After D. D. Johnson, Generating Polyphonic Music Using Tied Parallel Networks (EvoMUSART 2017). Every key of a frame is
silent, held or struck (0, 1, 2). Along time a recurrent layer with the same weights for every key is told of the frames
before, seen from that key; so what is learned of one chord is known of its transpositions. Another recurrent layer
reads whole frames and speaks to all keys. Within a frame each key sees all keys below it: which of the nearest sound,
and how many of each pitch class, counted from its own. That takes the place of Johnson's second recurrent axis, so that
the keys above a chord that has been begun are answered in one product (`engine.players.lattice`).

    trunk (B, T, F) integers, head (B, T, K, 1) the states  ->  log probabilities (B, T, K, 3)

Backend-free Keras 3.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from musegen.music.key_places import AROUND, BAR_AROUND, BARS_BACK, BELOW, NUM_CLASSES, key_tables
from musegen.networks.recurrent import GRUStep

STATES = 3
IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class LatticeConfig:
    """Everything needed to build the network.

    Args:
        num_keys: K.
        lowest_class: pitch class of the lowest key.
        columns: (name, size, width) of each trunk column but the last, which are looked up in tables; the last one
            says how many frames a bar has.
        longest_bar: frames of a bar at most.
        tonic_column: which of them is the key that the music is in, 0 for none, else 1 + 2 tonic + minor.
        time_units: of the recurrent layer of each key.
        frame_units: of the recurrent layer of whole frames.
        note_units: of both layers that answer for a key.
        dropout: share dropped after the recurrent layers while training.
    """

    num_keys: int
    lowest_class: int
    columns: tuple[tuple[str, int, int], ...]
    longest_bar: int
    tonic_column: int
    time_units: int = 64
    frame_units: int = 96
    note_units: int = 64
    dropout: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(tuple(column) for column in self.columns))

    def to_config(self) -> dict[str, Any]:
        """Return plain data for the style card."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LatticeConfig":
        """Return the config of plain data; an unknown key is an error."""
        return cls(**config)

    @property
    def num_features(self) -> int:
        """What each key is told of the frames before."""
        return 2 * (2 * AROUND + 1) + NUM_CLASSES + 25 + 2 + 2 * (2 * BAR_AROUND + 1) + 2 * (len(BARS_BACK) - 1)

    @property
    def num_below(self) -> int:
        """What each key is told of those below it."""
        return 2 * BELOW + NUM_CLASSES + 2


class LatticeLayer(layers.Layer):
    """The whole network; see the module's docstring.

    Call arguments: trunk integers (B, T, columns + 1), the last the frames of a bar; head integers (B, T, K, 1).
    """

    def __init__(self, config: LatticeConfig, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.fixed = key_tables(config.num_keys, config.lowest_class)
        self.over_time = GRUStep(config.time_units, name="time_step")
        self.over_frames = GRUStep(config.frame_units, name="frame_step")
        self.drop = layers.Dropout(config.dropout)

    def build(self, *shapes: Any) -> None:
        """Make the weights."""
        c = self.config
        clock = sum(width for _, _, width in c.columns)
        keys, notes = c.num_keys, c.note_units

        def weight(name: str, *shape: int, start: str = "glorot_uniform") -> Any:
            return self.add_weight(shape=shape, initializer=start, name=name)

        self.tables = [
            self.add_weight(shape=(size, width), initializer=keras.initializers.RandomNormal(stddev=0.5), name=name)
            for name, size, width in c.columns
        ]
        self.time_in = weight("time_in", c.num_features, 3 * c.time_units)
        self.time_clock = weight("time_clock", clock, 3 * c.time_units)
        self.time_bias = weight("time_bias", 3 * c.time_units, start="zeros")
        self.frame_in = weight("frame_in", 2 * keys + clock, 3 * c.frame_units)
        self.frame_bias = weight("frame_bias", 3 * c.frame_units, start="zeros")
        self.from_time = weight("from_time", c.time_units, notes)
        self.from_frame = weight("from_frame", c.frame_units, notes)
        self.from_clock = weight("from_clock", clock, notes)
        self.from_below = weight("from_below", c.num_below, notes)
        self.note_bias = weight("note_bias", notes, start="zeros")
        self.deepen = weight("deepen", notes, notes)
        self.deepen_bias = weight("deepen_bias", notes, start="zeros")
        self.answer = weight("answer", notes, 2)
        self.by_key = weight("by_key", c.frame_units, 2 * keys, start="zeros")
        self.key_bias = self.add_weight(shape=(2, keys), initializer=keras.initializers.Constant(-2.0), name="key_bias")
        self.over_time.build((1, 3 * c.time_units))
        self.over_frames.build((1, 3 * c.frame_units))
        self.built = True

    def arrays(self) -> dict[str, Any]:
        """Return the weights by the names that the player knows them by."""
        own = {v.name: v for v in self.trainable_variables if not v.name.startswith("recurrent")}
        steps = {"time": self.over_time, "frame": self.over_frames}
        for name, step in steps.items():
            own |= {f"{name}_kernel": step.recurrent_kernel, f"{name}_recurrent_bias": step.recurrent_bias}
        return {name: np.asarray(v.value) for name, v in own.items()}

    def call(self, trunk: Any, head: Any, training: bool = False) -> Any:
        """Return log probabilities (B, T, K, 3) of each key's state, given all frames before and the keys below."""
        c = self.config
        keys = c.num_keys
        # Time comes first in all that is large: recurrent layers go along it, and nothing need be turned about.
        trunk, states = ops.transpose(trunk, (1, 0, 2)), ops.transpose(head[..., 0], (1, 0, 2))
        length = ops.shape(states)[0]
        on, hit = ops.cast(states > 0, "float32"), ops.cast(states == 2, "float32")
        before = [ops.pad(x, ((1, 0), (0, 0), (0, 0)))[:-1] for x in (on, hit)]
        clock = self._clock(trunk)
        x = ops.matmul(self._features(trunk, on, hit, before), self.time_in)
        x = x + ops.expand_dims(ops.matmul(clock, self.time_clock) + self.time_bias, 2)
        x = along_time(self.over_time, ops.reshape(x, (length, -1, 3 * c.time_units)))
        x = self.drop(ops.reshape(x, (length, -1, keys, c.time_units)), training=training)
        whole = ops.matmul(ops.concatenate([*before, clock], -1), self.frame_in) + self.frame_bias
        whole = self.drop(along_time(self.over_frames, whole), training=training)
        z = ops.matmul(x, self.from_time) + ops.matmul(self._below(on, hit), self.from_below)
        shared = ops.matmul(whole, self.from_frame) + ops.matmul(clock, self.from_clock) + self.note_bias
        z = ops.relu(z + ops.expand_dims(shared, 2))
        z = ops.relu(ops.matmul(z, self.deepen) + self.deepen_bias)
        own = ops.reshape(ops.matmul(whole, self.by_key), (length, -1, 2, keys)) + self.key_bias
        odds = ops.matmul(z, self.answer) + ops.transpose(own, (0, 1, 3, 2))
        play, strike = odds[..., 0], odds[..., 1]
        sounded = before[0]
        again = ops.log_sigmoid(strike) * sounded
        kept = ops.where(sounded > 0, ops.log_sigmoid(-strike), IMPOSSIBLE)
        sounds = ops.log_sigmoid(play)
        told = ops.stack([ops.log_sigmoid(-play), sounds + kept, sounds + again], -1)
        return ops.transpose(told, (1, 0, 2, 3))

    def _clock(self, trunk: Any) -> Any:
        parts = []
        for index, table in enumerate(self.tables):  # one-hot products: the gradient of a look-up is a slow scatter
            parts.append(ops.matmul(ops.one_hot(trunk[..., index], table.shape[0], dtype="float32"), table))
        return ops.concatenate(parts, -1)

    def _features(self, trunk: Any, on: Any, hit: Any, before: list[Any]) -> Any:
        """Return what each key is told of the frames before, (T, B, K, F)."""
        keys, states = self.config.num_keys, ops.cast(on, "int32")
        seen = Seen(keys)
        for x in before:
            seen.slide(x, AROUND, AROUND)
        seen.gather(ops.matmul(before[0], self.fixed["class_of"]), self.fixed["rotated"])
        tonic = ops.one_hot(trunk[..., self.config.tonic_column], 25, dtype="float32")
        seen.gather(tonic, np.argsort(self.fixed["degree"], axis=0).T)  # which tonic makes a key each of the degrees
        place = self.fixed["place"].reshape(-1)
        seen.gather(ops.zeros_like(on[..., :1]) + place, np.arange(2 * keys).reshape(keys, 2))
        for bars in BARS_BACK:
            back = bars * trunk[..., len(self.config.columns)]
            index = ops.maximum(ops.cumsum(ops.ones_like(back), 0) - back, 0)  # 0 is the silence before all
            for x in (on, hit):
                there = ops.pad(x, ((1, 0), (0, 0), (0, 0)))
                taken = ops.take_along_axis(there, ops.expand_dims(index, -1) + ops.zeros_like(states), axis=0)
                around = BAR_AROUND if bars == 1 else 0
                seen.slide(taken, around, around)
        return seen.taken()

    def _below(self, on: Any, hit: Any) -> Any:
        """Return what each key is told of those below it in its own frame, (T, B, K, N)."""
        keys = self.config.num_keys
        seen = Seen(keys)
        for x in (on, hit):
            seen.slide(x, BELOW, -1)
        classes = np.arange(keys * NUM_CLASSES).reshape(keys, NUM_CLASSES)
        seen.gather(ops.matmul(on, self.fixed["relative"]), classes)
        for x in (on, hit):
            seen.gather((ops.cumsum(x, -1) - x) / 4.0, np.arange(keys)[:, None])
        return seen.taken()


class Seen:
    """What each of K keys sees of several arrays (T, B, anything): put side by side first, then taken at once.

    A processor takes its time over many small parts put together in the last axis.

    Args:
        keys: K.
    """

    def __init__(self, keys: int) -> None:
        self._keys, self._width = keys, 0
        self._sources: list[Any] = []
        self._places: list[np.ndarray] = []

    def gather(self, source: Any, places: np.ndarray) -> None:
        """Let each key see places of an array; places (K, N)."""
        self._places.append(places + self._width)
        self._sources.append(source)
        self._width += source.shape[-1]

    def slide(self, x: Any, below: int, above: int) -> None:
        """Let each key see those around it, from `below` semitones under it to `above` over it; x is (T, B, K)."""
        places = np.arange(self._keys)[:, None] + np.arange(below + above + 1)
        self.gather(ops.pad(x, ((0, 0), (0, 0), (below, max(above, 0)))), places)

    def taken(self) -> Any:
        """Return what each key sees, (T, B, K, N)."""
        places = np.concatenate(self._places, -1).astype("int32")
        return ops.take(ops.concatenate(self._sources, -1), places, axis=-1)


def along_time(step: GRUStep, x: Any) -> Any:
    """Return the states of a recurrent step along the first axis, (T, N, U), of projected inputs (T, N, 3 U)."""

    def one(hidden: Any, now: Any) -> tuple[Any, Any]:
        hidden, _ = step(now, [hidden])
        return hidden, hidden

    return ops.scan(one, ops.zeros_like(x[0, :, : step.units]), x)[1]


class LatticeNetwork:
    """The network of a config.

    Attributes:
        sequence: (trunk (B, T, F), head (B, T, K, 1)) -> (B, T, K, 3), for training and scoring.
    """

    def __init__(self, config: LatticeConfig) -> None:
        self.config = config
        trunk = keras.Input((None, len(config.columns) + 1), dtype="int32", name="trunk")
        head = keras.Input((None, config.num_keys, 1), dtype="int32", name="head")
        self.layer = LatticeLayer(config, name="lattice")
        self.sequence = keras.Model([trunk, head], self.layer(trunk, head), name="sequence")

    def learn_only(self, what: str) -> None:
        """Keep weights from being trained: here all are.

        Raises:
            ValueError: something else is asked for.
        """
        if what != "all":
            raise ValueError(f"a lattice learns all its weights, not {what!r}")

    def grow(self, stored: Mapping[str, np.ndarray]) -> None:
        """Begin from the weights of a smaller network of this kind: the same answers, and room to learn.

        The old units hear nothing of the new ones at first, and the new ones are heard by nobody, so that the function
        is kept (after Chen, Goodfellow and Shlens, Net2Net, arXiv:1511.05641, who copy units where these are new).

        Args:
            stored: the smaller network's weights by the paths of the variables.

        Raises:
            ValueError: these are no weights of a smaller network of this kind.
        """
        variables = {v.path: v for v in self.sequence.trainable_variables}
        if set(stored) != set(variables):
            raise ValueError(f"these are weights of another network: {sorted(set(stored) ^ set(variables))}")
        for path, variable in variables.items():
            old = stored[path].astype(np.float32)
            if old.ndim != len(variable.shape) or any(a > b for a, b in zip(old.shape, variable.shape, strict=True)):
                raise ValueError(f"{path} is no larger than the weights to begin from")
            gates = GRUStep.gates if path.rsplit("/", 1)[-1] in _GATED else 1
            variable.assign(_grown(old, np.array(variable.value), gates))


_GATED = ("time_in", "time_clock", "time_bias", "frame_in", "frame_bias", "recurrent_kernel", "recurrent_bias")
"""Weights whose last axis has the units of a GRU once for each gate."""


def _grown(old: np.ndarray, fresh: np.ndarray, gates: int) -> np.ndarray:
    """Return weights as drawn, with the old ones in their places, and new inputs that say nothing to old outputs."""
    blocks = np.arange(gates)[:, None] * (fresh.shape[-1] // gates)
    outputs = (blocks + np.arange(old.shape[-1] // gates)).reshape(-1)
    grown = fresh.copy()
    if old.ndim == 1:
        grown[outputs] = old
        return grown
    grown[:, outputs] = 0.0
    grown[: len(old), outputs] = old
    return grown
