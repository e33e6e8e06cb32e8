"""The likelihood of frames under restricted Boltzmann machines, by annealed importance sampling: Machine, Estimate.

How likely a frame is needs the sum over all frames (the partition function), which nobody can add up. Annealed
importance sampling (Neal 1998, arXiv:physics/9803008; Salakhutdinov and Murray, ICML 2008) goes from a machine whose
sum is known to this one in many small steps and weighs each run. The mean of the weights is right on average; its log
is too low on average, so that the nats that follow are a little too low, that is too good: how far the runs spread
says how much, and more runs and steps lower it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """A restricted Boltzmann machine for each of N frames, with the same weights.

    Args:
        weights: (K, H).
        visible: biases (N, K).
        hidden: biases (N, H).
    """

    weights: np.ndarray
    visible: np.ndarray
    hidden: np.ndarray

    def free_energy(self, frames: np.ndarray) -> np.ndarray:
        """Return minus the log of what each frame (N, K) weighs, (N,)."""
        fields = frames @ self.weights + self.hidden
        return -(frames * self.visible).sum(-1) - np.logaddexp(0.0, fields).sum(-1)

    def part(self, first: int, last: int) -> "Machine":
        """Return the machines of some frames."""
        return Machine(self.weights, self.visible[first:last], self.hidden[first:last])


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated log of the partition function of each frame.

    Args:
        log_sum: (N,).
        spread: its standard error (N,), by how the runs differ.
    """

    log_sum: np.ndarray
    spread: np.ndarray

    @property
    def spread_of_mean(self) -> float:
        """Standard error of the mean over all frames, by the runs alone."""
        return float(np.sqrt((self.spread**2).sum()) / len(self.spread))


def anneal(machine: Machine, random: np.random.Generator, runs: int = 50, steps: int = 400) -> Estimate:
    """Estimate the partition function of each frame's machine.

    The first machine has the same biases and no weights; the weights grow in equal steps.

    Args:
        machine: of N frames.
        random: draws.
        runs: R of each frame, two at least.
        steps: between the first machine and the last.
    """
    size = max(_AT_ONCE // (runs * sum(machine.weights.shape)), 1)
    parts = [
        _anneal(machine.part(first, first + size), random, runs, steps)
        for first in range(0, len(machine.visible), size)
    ]
    return Estimate(np.concatenate([p.log_sum for p in parts]), np.concatenate([p.spread for p in parts]))


def _anneal(machine: Machine, random: np.random.Generator, runs: int, steps: int) -> Estimate:
    weights = machine.weights.astype(np.float32)
    visible, hidden = (bias[:, None, :].astype(np.float32) for bias in (machine.visible, machine.hidden))
    shape = (len(machine.visible), runs, weights.shape[0])
    frames = (random.random(shape, np.float32) < _chance(visible)).astype(np.float32)
    log_weight = np.zeros(shape[:2])
    shares = np.linspace(0.0, 1.0, steps + 1, dtype=np.float32)
    # p_s(v) = exp(b v) prod_j (1 + exp(c_j + s W_j v)): the sum of p_0 is known, that of p_1 is asked for
    fields = frames @ weights
    for before, now in zip(shares, shares[1:], strict=False):
        # one exponential serves the weight of the run and the chance of the units
        odds, old = _odds(now * fields + hidden), _odds(before * fields + hidden)
        log_weight += np.log(((1.0 + odds) / (1.0 + old)).prod(-1, dtype=np.float64))
        drawn = (random.random(odds.shape, np.float32) * (1.0 + odds) < odds).astype(np.float32)
        field = now * (drawn @ weights.T) + visible
        frames = (random.random(shape, np.float32) < _chance(field)).astype(np.float32)
        fields = frames @ weights
    first = np.logaddexp(0.0, machine.visible).sum(-1) + np.logaddexp(0.0, machine.hidden).sum(-1)
    top = log_weight.max(1, keepdims=True)
    share = np.exp(log_weight - top)
    mean = share.mean(1)
    spread = share.std(1, ddof=1) / np.sqrt(runs) / mean
    return Estimate(first + top[:, 0] + np.log(mean), spread)


def _odds(x: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(x, 60.0))


def _chance(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-logits))


def exact_log_sum(machine: Machine) -> np.ndarray:
    """Return the partition functions added up over all frames; for machines of few keys, to check the estimate."""
    keys = machine.weights.shape[0]
    every = ((np.arange(2**keys)[:, None] >> np.arange(keys)) & 1).astype(float)
    return np.array([
        np.logaddexp.reduce(-Machine(machine.weights, v[None], h[None]).free_energy(every))
        for v, h in zip(machine.visible, machine.hidden, strict=True)
    ])  # fmt: skip


def machine_nats(
    machines: Sequence[Machine],
    rolls: Sequence[np.ndarray],
    random: np.random.Generator,
    runs: int = 50,
    steps: int = 400,
) -> tuple[list[np.ndarray], float]:
    """Return the estimated nats of each frame of pieces, and the standard error of their mean by the runs alone.

    Args:
        machines: of each piece, of its N frames.
        rolls: the frames, (N, K) each.
        random: draws.
        runs: of each frame.
        steps: of each run.
    """
    whole = Machine(
        machines[0].weights, np.concatenate([m.visible for m in machines]), np.concatenate([m.hidden for m in machines])
    )
    frames = np.concatenate(rolls).astype(float)
    estimate = anneal(whole, random, runs, steps)
    nats = whole.free_energy(frames) + estimate.log_sum
    return np.split(nats, np.cumsum([len(roll) for roll in rolls])[:-1]), estimate.spread_of_mean


def drawn_frame(machine: Machine, random: np.random.Generator, steps: int = 300) -> np.ndarray:
    """Return one frame for each machine by Gibbs sampling, (N, K) of 0 and 1."""
    frames = (random.random(machine.visible.shape) < _chance(machine.visible)).astype(float)
    for _ in range(steps):
        on = frames @ machine.weights + machine.hidden
        hidden = (random.random(on.shape) < _chance(on)).astype(float)
        frames = (random.random(frames.shape) < _chance(hidden @ machine.weights.T + machine.visible)).astype(float)
    return frames.astype(np.uint8)
