"""A biaxial network played event by event, with numpy alone; see `networks.lattice`.

The events of a frame are the keys that sound, from the lowest up: held (0 to K - 1) or struck (K to 2 K - 1), and 2 K,
which ends the frame. What an event costs is what all keys say: naming a key says that those passed over are silent. As
long as nothing more is named, the keys above are asked all in one product, for all takes at once; so the axis of keys
costs Python no step a key, but one a note.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musegen.errors import StyleError
from musegen.music.key_places import AROUND, BAR_AROUND, BARS_BACK, BELOW, NUM_CLASSES, key_tables

IMPOSSIBLE = -1e9
WEIGHTS = "lattice.npz"
States = list[np.ndarray]

_NOW, _KEY, _PAST, _TIME, _FRAME, _FROM_TIME, _SHARED, _ODDS = range(8)
"""What the states are: the frame being filled (B, K), the highest key named in it (B, 1), the frames before (B, H, K),
the recurrent states of the keys (B, K, U) and of frames (B, G), and what they say to the keys of this frame: to each
(B, K, N), to all (B, N), and to the odds (B, 2 K)."""


class LatticePlayer:
    """The weights of a style, played.

    Args:
        weights: arrays by the names that `networks.lattice` gives them.
        config: of the network, as on the card.
    """

    def __init__(self, weights: dict[str, np.ndarray], config: dict[str, Any]) -> None:
        self._w = {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}
        self._columns = [str(column[0]) for column in config["columns"]]
        self._tonic, self._keys = config["tonic_column"], config["num_keys"]
        self._units, self._frame_units, self._notes = (
            config[name] for name in ("time_units", "frame_units", "note_units")
        )
        self._fixed = key_tables(self._keys, config["lowest_class"])
        self._history = max(BARS_BACK) * (config["longest_bar"]) + 1
        keys = np.arange(self._keys)[:, None]
        self._around = keys + np.arange(2 * AROUND + 1)
        self._near = keys + np.arange(2 * BAR_AROUND + 1)
        self._under = keys + np.arange(BELOW)

    @classmethod
    def of_style(cls, folder: Path, config: dict[str, Any]) -> "LatticePlayer":
        """Return the player of a style's folder and the config of its network.

        Raises:
            StyleError: the weights are missing or damaged.
        """
        try:
            with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
                return cls({name: stored[name] for name in stored.files}, config)
        except FileNotFoundError as error:
            raise StyleError("The style is incomplete: {name} cannot be read.", name=WEIGHTS) from error
        except (OSError, ValueError, KeyError) as error:
            raise StyleError("The style is damaged: its network cannot be loaded.") from error

    def initial_states(self, batch_size: int) -> States:
        """Return the states before the first event, an array (B, ...) a state."""
        b, k = batch_size, self._keys
        shapes = ((b, k), (b, 1), (b, self._history, k), (b, k, self._units), (b, self._frame_units),
                  (b, k, self._notes), (b, self._notes), (b, 2 * k))  # fmt: skip
        kinds = (np.int8, np.int64, np.int8, *[np.float32] * 5)
        return [np.zeros(shape, kind) for shape, kind in zip(shapes, kinds, strict=True)]

    def advance(self, trunk: np.ndarray, states: Sequence[np.ndarray]) -> States:
        """Return the states one event on.

        Args:
            trunk: integers (B, F): the event before (2 K + 1 before the first), then the columns of this event's frame.
            states: as returned before.
        """
        trunk = np.asarray(trunk)
        last, keys = trunk[:, 0], self._keys
        states = list(states)
        named = last < 2 * keys
        if named.any():
            rows = np.flatnonzero(named)
            states[_NOW], states[_KEY] = states[_NOW].copy(), states[_KEY].copy()
            key = last[rows] % keys
            states[_NOW][rows, key] = np.where(last[rows] < keys, 1, 2)
            states[_KEY][rows, 0] = key
        begun = ~named
        if begun.all():
            return self._next_frame(trunk, states, last == 2 * keys)
        if begun.any():
            rows = np.flatnonzero(begun)
            new = self._next_frame(trunk[rows], [state[rows] for state in states], last[rows] == 2 * keys)
            for index, state in enumerate(new):
                states[index] = states[index].copy()
                states[index][rows] = state
        return states

    def logits(self, trunk: np.ndarray, head: np.ndarray, states: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log probabilities (B, 2 K + 1) of the coming event.

        Args:
            trunk: integers (B, F), the same as given to `advance` for this event.
            head: of no width.
            states: as `advance` returned them for this event.
        """
        now, keys = states[_NOW], self._keys
        on, hit = (now > 0).astype(np.float32), (now == 2).astype(np.float32)
        z = states[_FROM_TIME] + self._below(on, hit) @ self._w["from_below"] + states[_SHARED][:, None]
        np.maximum(z, 0, out=z)
        z = z @ self._w["deepen"] + self._w["deepen_bias"]
        np.maximum(z, 0, out=z)
        odds = z @ self._w["answer"]
        own = states[_ODDS].reshape(-1, 2, keys)
        play, strike = odds[..., 0] + own[:, 0], odds[..., 1] + own[:, 1]
        above = np.arange(keys) > states[_KEY] - self._nothing_named(now)
        silent = np.where(above, -_softplus(play), 0.0)
        passed = np.cumsum(silent, -1)
        sounds = passed - silent - _softplus(-play)
        sounded = states[_PAST][:, -1] > 0
        held = np.where(above & sounded, sounds - _softplus(strike), IMPOSSIBLE)
        struck = np.where(above, sounds - sounded * _softplus(-strike), IMPOSSIBLE)
        return np.concatenate([held, struck, passed[:, -1:]], -1).astype(np.float32)

    def _nothing_named(self, now: np.ndarray) -> np.ndarray:
        """Return 1 where nothing was named in the frame yet, so that the lowest key lies above, (B, 1)."""
        return np.logical_not(now.any(-1, keepdims=True)).astype(np.int64)

    def _next_frame(self, trunk: np.ndarray, states: States, ended: np.ndarray) -> States:
        """Return the states at the beginning of a frame, before any key of it is named."""
        w, keys = self._w, self._keys
        past = np.where(ended[:, None, None],
                        np.concatenate([states[_PAST][:, 1:], states[_NOW][:, None]], 1), states[_PAST])  # fmt: skip
        on, hit = ((past[:, -1] > 0).astype(np.float32), (past[:, -1] == 2).astype(np.float32))
        clock = np.concatenate([w[name][trunk[:, 1 + index]] for index, name in enumerate(self._columns)], -1)
        x = self._features(trunk, past, on, hit) @ w["time_in"] + (clock @ w["time_clock"] + w["time_bias"])[:, None]
        time = _gru(x, states[_TIME], w["time_kernel"], w["time_recurrent_bias"])
        whole = np.concatenate([on, hit, clock], -1) @ w["frame_in"] + w["frame_bias"]
        frame = _gru(whole, states[_FRAME], w["frame_kernel"], w["frame_recurrent_bias"])
        shared = frame @ w["from_frame"] + clock @ w["from_clock"] + w["note_bias"]
        odds = frame @ w["by_key"] + w["key_bias"].reshape(-1)
        empty = np.zeros((len(trunk), keys), np.int8)
        return [empty, np.zeros((len(trunk), 1), np.int64), past, time, frame, time @ w["from_time"], shared, odds]

    def _features(self, trunk: np.ndarray, past: np.ndarray, on: np.ndarray, hit: np.ndarray) -> np.ndarray:
        """Return what each key is told of the frames before, (B, K, F)."""
        count, fixed = len(trunk), self._fixed
        parts = [np.pad(x, ((0, 0), (AROUND, AROUND)))[:, self._around] for x in (on, hit)]
        parts.append((on @ fixed["class_of"])[:, fixed["rotated"]])
        parts.append(np.eye(25, dtype=np.float32)[fixed["degree"][trunk[:, 1 + self._tonic]]])
        parts.append(np.broadcast_to(fixed["place"], (count, *fixed["place"].shape)))
        rows = np.arange(count)
        for bars in BARS_BACK:
            then = past[rows, self._history - bars * trunk[:, -1]]
            for x in ((then > 0).astype(np.float32), (then == 2).astype(np.float32)):
                near = np.pad(x, ((0, 0), (BAR_AROUND, BAR_AROUND)))[:, self._near] if bars == 1 else x[..., None]
                parts.append(near)
        return np.concatenate(parts, -1)

    def _below(self, on: np.ndarray, hit: np.ndarray) -> np.ndarray:
        """Return what each key is told of those below it in the frame being filled, (B, K, N)."""
        keys = self._keys
        near = [np.pad(x, ((0, 0), (BELOW, 0)))[:, self._under] for x in (on, hit)]
        classes = (on @ self._fixed["relative"]).reshape(-1, keys, NUM_CLASSES)
        totals = [((np.cumsum(x, -1) - x) / 4.0)[..., None] for x in (on, hit)]
        return np.concatenate([*near, classes, *totals], -1)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * x) + 0.5


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def _gru(x: np.ndarray, hidden: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the state of a GRU one step on, see `networks.recurrent.GRUStep`; any leading axes."""
    z, r, n = np.split(x, 3, -1)
    hz, hr, hn = np.split(hidden @ kernel + bias, 3, -1)
    update, reset = _sigmoid(z + hz), _sigmoid(r + hr)
    return update * hidden + (1 - update) * np.tanh(n + reset * hn)
