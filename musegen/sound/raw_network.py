"""The network over raw samples at run time, in numpy: RawNetwork, RawPlayer.

`networks.raw_audio` is the same network in Keras, which trains it. A player hears samples, tells how likely each level
comes next, and plays on by drawing one of them each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME, RunningPredictor
from musegen.sound.raw_config import (
    EXPERTS,
    FRAMES_SEEN,
    LAGS,
    LEAST_SCALE,
    MOST_SPREAD,
    PAST,
    PREDICTORS,
    RARE,
    RawConfig,
    frame_inputs,
    relative_errors,
)

SHAPES = ("slow.gru_cell.kernel", "slow.gru_cell.recurrent_kernel", "slow.gru_cell.bias", "spread.kernel",
          "spread.bias", "fast.kernel", "deep.kernel", "deep.bias", "head.kernel", "head.bias")  # fmt: skip
"""The weights by name."""

_ORDER = max(how.order for how in PREDICTORS)
_REACH = max(how.reach for how in PREDICTORS)


def shapes(config: RawConfig) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight of a network."""
    slow, fast, inputs = config.slow_units, config.fast_units, config.fast_inputs
    head = mu_law.LEVELS + 3 * EXPERTS + 1
    wanted = ((config.slow_inputs, 3 * slow), (slow, 3 * slow), (2, 3 * slow), (slow, FRAME * fast), (FRAME * fast,),
              (inputs, fast), (fast, fast), (fast,), (fast, head), (head,))  # fmt: skip
    return dict(zip(SHAPES, wanted, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class RawNetwork:
    """The weights, and what is worked out of them once.

    Args:
        config: the network.
        weights: by the names of `SHAPES`, float32.

    Raises:
        ValueError: a weight is missing or has another shape.
    """

    config: RawConfig
    weights: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        for name, shape in shapes(self.config).items():
            if name not in self.weights or self.weights[name].shape != shape:
                raise ValueError(f"{name} must have shape {shape}")


class RawPlayer:
    """A network and the sound that it has heard, one sample at a time.

    Args:
        network: the weights; several players may share them.
    """

    def __init__(self, network: RawNetwork) -> None:
        w = {name: np.ascontiguousarray(network.weights[name], np.float32) for name in SHAPES}
        self._cell = tuple(w[name] for name in SHAPES[:3])
        self._spread, self._spread_bias = w["spread.kernel"], w["spread.bias"]
        # transposed, so that a product with one vector runs along rows
        self._fast, self._deep, self._head = (
            np.ascontiguousarray(w[name].T) for name in ("fast.kernel", "deep.kernel", "head.kernel")
        )
        self._deep_bias, self._head_bias = w["deep.bias"], w["head.bias"].copy()
        self._head_bias[-1] += RARE
        self._values = mu_law.VALUES.astype(np.float32)
        self._compressed = mu_law.compress(mu_law.VALUES).astype(np.float32)
        self._log_widths = np.log(mu_law.WIDTHS).astype(np.float32)
        self._uniform = -np.float32(np.log(mu_law.LEVELS)) - self._log_widths
        self._units = network.config.fast_units
        self._state = np.zeros(network.config.slow_units, np.float32)
        self._predictors = [RunningPredictor(how) for how in PREDICTORS]
        self._heard = np.zeros(_REACH)  # the last samples before the frame
        self._levels = np.full(FRAME * FRAMES_SEEN, mu_law.SILENCE, np.uint8)
        self._errors = np.zeros((LAGS + FRAME, EXPERTS), np.float32)
        self._begin()

    def hear(self, levels: np.ndarray) -> None:
        """Take in samples, by their levels, shape (n,)."""
        for level in np.asarray(levels, np.uint8).tolist():
            self._prepare()
            self._take(level)

    def forget(self) -> None:
        """Let the slow layer begin with the frame that comes, as it does at the start of a stretch in training."""
        if self._at:
            raise ValueError("it forgets between two frames only")
        self._state = np.zeros_like(self._state)
        self._lay_out()

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """Return how likely each level comes next, float64, shape (256,); a call takes in nothing.

        Args:
            temperature: above 0; below 1 the likely ones become likelier.
        """
        self._prepare()
        logits = self._logits().astype(np.float64) / temperature
        chances = np.exp(logits - logits.max())
        return chances / chances.sum()

    def play(
        self,
        count: int,
        temperature: float,
        random: np.random.Generator,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> np.ndarray:
        """Return the levels that it plays next, uint8, shape (count,); fewer where it was asked to stop.

        Args:
            count: samples.
            temperature: above 0.
            random: where chance comes from; the same gives the same.
            cancelled: whether to stop; asked about a hundred times a second of sound.
        """
        played = np.empty(count, np.uint8)
        chances = random.random(count)
        inverse = np.float32(1 / temperature)
        for at in range(count):
            if at % 80 == 0 and cancelled():
                return played[:at]
            self._prepare()
            logits = self._logits()
            logits *= inverse
            logits -= logits.max()
            total = np.cumsum(np.exp(logits, out=logits))
            level = min(int(np.searchsorted(total, chances[at] * total[-1], "right")), mu_law.LEVELS - 1)
            played[at] = level
            self._take(level)
        return played

    # ------------------------------------------------------------------------------------------------ inside a frame

    def _lay_out(self) -> None:
        """Take the slow layer on by the frame before, and lay out what it says of each sample of this one."""
        scales = np.array([[p.scale[0] for p in self._predictors]])
        inputs = frame_inputs(self._compressed[self._levels][None], scales)[0].astype(np.float32)
        self._state = _gru(inputs, self._state, *self._cell)
        self._about = (self._state @ self._spread + self._spread_bias).reshape(FRAME, self._units)
        self._scales = scales[0].astype(np.float32) + np.float32(LEAST_SCALE)
        self._exact_scales = scales[0]

    def _begin(self) -> None:
        """Begin a frame."""
        self._lay_out()
        self._weights = np.zeros((EXPERTS, _ORDER))
        for row, predictor in zip(self._weights, self._predictors, strict=True):
            row[_ORDER - predictor.how.order :] = predictor.weights[0]
        self._samples = np.concatenate([self._heard[-_ORDER:], np.zeros(FRAME)])
        self._past = np.concatenate([self._compressed[self._levels[-PAST:]], np.zeros(FRAME, np.float32)])
        self._errors[:LAGS] = self._errors[FRAME:]
        self._played = np.empty(FRAME, np.uint8)
        self._at, self._ready = 0, False

    def _prepare(self) -> None:
        """Work out what is predicted of the next sample, where that was not done yet."""
        if not self._ready:
            self._predicted = self._weights @ self._samples[self._at : self._at + _ORDER]
            self._ready = True

    def _logits(self) -> np.ndarray:
        at = self._at
        predicted = self._predicted.astype(np.float32)
        seen = np.concatenate([self._past[at : at + PAST], mu_law.compress(predicted),
                               self._errors[at : at + LAGS].ravel()])  # fmt: skip
        hidden = np.maximum(self._fast @ seen + self._about[at], 0)
        given = self._head @ np.maximum(self._deep @ hidden + self._deep_bias, 0) + self._head_bias
        rest = given[mu_law.LEVELS :]
        widths = self._scales * np.exp(MOST_SPREAD * np.tanh(rest[EXPERTS : 2 * EXPERTS] / MOST_SPREAD))
        middles = predicted + self._scales * rest[:EXPERTS]
        weights = rest[2 * EXPERTS :]
        weights = weights - weights.max()
        weights -= np.log(np.exp(weights).sum())
        parts = np.abs(self._values - middles[:, None])
        parts /= -widths[:, None]
        parts += (weights[:EXPERTS] - np.log(2 * widths))[:, None]
        rare = self._uniform + weights[EXPERTS]
        most = np.maximum(parts.max(axis=0), rare)
        parts -= most
        total = np.exp(parts, out=parts).sum(axis=0)
        total += np.exp(rare - most)
        return given[: mu_law.LEVELS] + np.log(total) + most + self._log_widths

    def _take(self, level: int) -> None:
        """Take in the next sample; at the end of a frame, the frame."""
        at = self._at
        value = mu_law.VALUES[level]
        self._samples[_ORDER + at] = value
        self._past[PAST + at] = self._compressed[level]
        self._errors[LAGS + at] = relative_errors(value - self._predicted, self._exact_scales)
        self._played[at] = level
        self._at, self._ready = at + 1, False
        if self._at == FRAME:
            self._heard = np.concatenate([self._heard[FRAME:], self._samples[_ORDER:]])
            self._levels = np.concatenate([self._levels[FRAME:], self._played])
            for predictor in self._predictors:
                predictor.advance(self._heard[None])
            self._begin()


def stretch_nats(network: RawNetwork, inputs: Mapping[str, np.ndarray], levels: np.ndarray) -> np.ndarray:
    """Return nats of every level of a stretch, worked out for all samples together.

    Args:
        network: the weights.
        inputs: what is seen of the stretch, see `networks.raw_audio.RawAudioNetwork`, without the batch.
        levels: shape (T,).
    """
    w = network.weights
    state, about = np.zeros(network.config.slow_units, np.float32), []
    for frame in inputs["frames"]:
        state = _gru(frame, state, *(w[name] for name in SHAPES[:3]))
        about.append(state)
    spread = (np.stack(about) @ w["spread.kernel"] + w["spread.bias"]).reshape(-1, network.config.fast_units)
    past = np.lib.stride_tricks.sliding_window_view(inputs["past"], PAST)
    lags = np.lib.stride_tricks.sliding_window_view(inputs["errors"], LAGS, axis=0).transpose(0, 2, 1)
    scales = np.repeat(inputs["scales"], FRAME, axis=0) + LEAST_SCALE
    nats = []
    for start in range(0, len(levels), 4096):
        here = slice(start, start + 4096)
        predicted = inputs["predicted"][here]
        seen = np.concatenate([past[here], mu_law.compress(predicted), lags[here].reshape(len(predicted), -1)], axis=1)
        hidden = np.maximum(seen @ w["fast.kernel"] + spread[here], 0)
        given = np.maximum(hidden @ w["deep.kernel"] + w["deep.bias"], 0) @ w["head.kernel"] + w["head.bias"]
        given[:, -1] += RARE
        rest = given[:, mu_law.LEVELS :]
        widths = scales[here] * np.exp(MOST_SPREAD * np.tanh(rest[:, EXPERTS : 2 * EXPERTS] / MOST_SPREAD))
        middles = predicted + scales[here] * rest[:, :EXPERTS]
        weights = rest[:, 2 * EXPERTS :] - np.log(np.exp(rest[:, 2 * EXPERTS :]).sum(axis=1, keepdims=True))
        total = weights[:, EXPERTS:] - np.log(mu_law.LEVELS) - np.log(mu_law.WIDTHS)
        for k in range(EXPERTS):
            away = np.abs(mu_law.VALUES - middles[:, k : k + 1]) / widths[:, k : k + 1]
            total = np.logaddexp(total, weights[:, k : k + 1] - np.log(2 * widths[:, k : k + 1]) - away)
        logits = given[:, : mu_law.LEVELS] + total + np.log(mu_law.WIDTHS)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(logits)), levels[here].astype(int)]
        nats.append(np.log(np.exp(logits).sum(axis=1)) - own)
    return np.concatenate(nats)


def _gru(inputs: np.ndarray, state: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
         ) -> np.ndarray:  # fmt: skip
    """Return the next state of a gated recurrent unit, as Keras has it with `reset_after`."""
    units = len(state)
    x, h = inputs @ kernel + bias[0], state @ recurrent + bias[1]
    gates = 1 / (1 + np.exp(-(x[: 2 * units] + h[: 2 * units])))
    update, reset = gates[:units], gates[units:]
    new = np.tanh(x[2 * units :] + reset * h[2 * units :])
    return (update * state + (1 - update) * new).astype(np.float32)
