"""Filling a stretch of music so that it leads to what follows it: many fillings side by side, the best one kept.

The networks go from left to right and know nothing of what is to come: of voices that stay, or of the music after the
stretch. Each filling is a particle (sequential Monte Carlo: Doucet, de Freitas and Gordon, 2001; for constrained
sequence models Lew et al., arXiv:2306.03081): what stays is drawn like all else, from the one event that is allowed,
and a particle weighs as much as the network's belief in what was allowed. At every milestone heavy ones are copied and
light ones left; from the last one on each goes on in several ways, and the one is taken after which what follows is
likeliest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from musegen.engine.branches import Branches
from musegen.engine.codec import C
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import Constraints, TakeTrace

_FEW = 0.5
"""Particles are drawn anew where fewer than this share of them still count."""


@dataclass(frozen=True, slots=True)
class Stretch(Generic[C]):
    """What is filled.

    Args:
        milestones: True once a piece has come so far, one after the other; the last one ends the stretch.
        future: events that follow, whole frames, by which fillings are judged; empty at the end of the music.
        count: fillings.
        ways: in which each goes on after the last milestone but one: there it is decided how well it joins.
    """

    milestones: Sequence[Callable[[C], bool]]
    future: Sequence[int]
    count: int
    ways: int = 1


@dataclass(frozen=True, slots=True)
class Filled(Generic[C]):
    """A stretch filled.

    Args:
        branch: one piece, standing at the end of the stretch.
        trace: what happened to it.
        joins: for each filling, the nats of what follows it less those of its own weight; the lowest was taken.
    """

    branch: Branches[C]
    trace: TakeTrace
    joins: tuple[float, ...]


def fill_stretch(
    past: Branches[C],
    stretch: Stretch[C],
    settings: SamplingSettings,
    constraints: Constraints[C],
    seed: tuple[int, ...],
    cancelled: Callable[[], bool] | None = None,
) -> Filled[C]:
    """Return the best of many fillings of a stretch. The same arguments give the same filling.

    Args:
        past: one piece, standing where the stretch begins.
        stretch: what is filled.
        settings: how to draw.
        constraints: what every filling keeps to.
        seed: of the random numbers.
        cancelled: polled often.

    Raises:
        CancelledError: `cancelled` returned True.
        ConstraintError: the constraints leave nothing to choose.
    """
    branches, count = past.fork(0, stretch.count), stretch.count
    traces, weights = [TakeTrace() for _ in range(count)], np.zeros(count)
    for number, milestone in enumerate(stretch.milestones):
        if number and _effective(weights) < _FEW * count:
            rows = _resampled(weights, np.random.default_rng((*seed, number)))
            branches, weights = branches.take(rows), np.zeros(count)
            traces = [traces[row] for row in rows]
        if number == len(stretch.milestones) - 1 and stretch.ways > 1:
            rows = np.repeat(np.arange(count), stretch.ways).tolist()
            branches, weights = branches.take(rows), weights[rows]
            traces, count = [traces[row] for row in rows], len(rows)
        seeds = [(*seed, number, index) for index in range(count)]
        gained = branches.draw(settings, constraints, seeds, milestone, cancelled, weighed=count > 1)
        traces = [added(a, b) for a, b in zip(traces, gained, strict=True)]
        weights += [trace.log_mass for trace in gained]
    joins = -weights
    if count > 1 and len(stretch.future):
        future = branches.copy().hear([stretch.future] * count, scored=True)
        joins = joins + np.array([nats.sum() for nats in future])
    best = int(np.argmin(joins))
    return Filled(branches.fork(best, 1), traces[best], tuple(joins.tolist()))


@dataclass(frozen=True, slots=True)
class Candidates(Generic[C]):
    """Fillings of a stretch that are drawn each by itself and judged at the end.

    Args:
        until: True once a piece stands at the end of the stretch.
        count: fillings.
        judge: given them all, returns the nats of what follows each, shape (B,), and what counts before these, fewer
            being better (B,).
    """

    until: Callable[[C], bool]
    count: int
    judge: Callable[[Branches[C]], tuple[np.ndarray, np.ndarray]]


def fill_best(
    past: Branches[C],
    candidates: Candidates[C],
    settings: SamplingSettings,
    constraints: Constraints[C],
    seed: tuple[int, ...],
    cancelled: Callable[[], bool] | None = None,
) -> Filled[C]:
    """Return the best of some fillings of a stretch. The same arguments give the same filling; see `fill_stretch`."""
    branches, count = past.fork(0, candidates.count), candidates.count
    seeds = [(*seed, index) for index in range(count)]
    traces = branches.draw(settings, constraints, seeds, candidates.until, cancelled)
    nats, before = candidates.judge(branches) if count > 1 else (np.zeros(1), np.zeros(1))
    best = int(np.lexsort((nats, before))[0])
    return Filled(branches.fork(best, 1), traces[best], tuple(nats.tolist()))


def _effective(weights: np.ndarray) -> float:
    """Return how many particles count: the effective sample size of log weights."""
    shares = np.exp(weights - weights.max())
    return float(shares.sum() ** 2 / (shares**2).sum())


def _resampled(weights: np.ndarray, random: np.random.Generator) -> list[int]:
    """Return which particles go on, in proportion to their weights (systematic resampling), shape (B,)."""
    shares = np.exp(weights - weights.max())
    places = (np.arange(len(weights)) + random.random()) / len(weights)
    found = np.searchsorted(np.cumsum(shares) / shares.sum(), places)
    return np.minimum(found, len(weights) - 1).tolist()


def added(a: TakeTrace, b: TakeTrace) -> TakeTrace:
    """Return what happened in two stretches together."""
    return TakeTrace(
        a.notes_changed + b.notes_changed,
        a.log_likelihood + b.log_likelihood,
        a.num_drawn + b.num_drawn,
        a.log_mass + b.log_mass,
    )
