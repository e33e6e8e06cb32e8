"""Statistics of a listening test, and who hears what in which order.

wilson, bradley_terry, comparisons, deal, judge_answers, judge_ratings.

Wilson, Journal of the American Statistical Association 22, 1927; Bradley and Terry, Biometrika 39, 1952, fitted as by
Hunter, Annals of Statistics 32, 2004; Efron and Tibshirani, An Introduction to the Bootstrap, 1993: whole listeners are
drawn, since the answers of one are alike.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np

MOST_TRIALS = 15
PRACTICE = 2
HUMAN, PREFER, RATE = "human", "prefer", "rate"
PRACTISED, PAIR, SINGLE, SAME, BROKEN = "practice", "pair", "single", "same", "broken"
CATCHES = (SAME, BROKEN)
REAL = "real music"
LEFT, RIGHT, NEITHER = "left", "right", "neither"
RATINGS = ("1", "2", "3", "4", "5")
_LOW_RATING = 2
"""A broken excerpt is found where it is rated so or lower; one that is rated twice, where both differ by 1 at most."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one listener is asked once.

    Args:
        kind: "practice", "pair", "single", "same" (one excerpt twice) or "broken" (it, or one of both, is wrong).
        pair: which excerpt, by its name.
        left: what is heard on the left, or alone: a system's name, `REAL`, or "broken".
        right: what is heard on the right; "" where one is heard alone.
    """

    kind: str
    pair: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one listener answered once.

    Args:
        listener: who, a number that tells nothing of the person.
        trial: what was heard.
        choice: `LEFT`, `RIGHT` or `NEITHER` ("no difference"); one of `RATINGS` of what is heard alone.
    """

    listener: str
    trial: Trial
    choice: str

    @property
    def chosen(self) -> str:
        """Return the system that was chosen, "" where no difference was heard."""
        return {LEFT: self.trial.left, RIGHT: self.trial.right}.get(self.choice, "")


def wilson(successes: float, count: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share; (0, 1) where nothing was counted."""
    if count <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, wide = successes / count, z * z / count
    middle = (share + wide / 2) / (1 + wide)
    half = z * math.sqrt(share * (1 - share) / count + wide / (4 * count)) / (1 + wide)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def answers_needed(successes: int, count: int, most: int = 100_000) -> int | None:
    """Return how many further answers like those given would settle that the share is not 0.5.

    0 where it is settled; None where nothing was counted, or so many as `most` would not do.
    """
    if not count:
        return None
    share = successes / count
    low, high = 0, most
    if _settled(share, count):
        return 0
    if not _settled(share, count + most):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _settled(share, count + middle) else (middle, high)
    return high


def _settled(share: float, count: int) -> bool:
    low, high = wilson(share * count, count)
    return not low <= 0.5 <= high


def bradley_terry(wins: Mapping[tuple[str, str], float], rounds: int = 500) -> dict[str, float]:
    """Return how strong systems are, so that i beats j with probability s_i / (s_i + s_j); they add up to 1.

    Half a win each way is added to every pair that met, so that who never lost has a finite strength.

    Args:
        wins: (winner, loser) -> how often.
        rounds: of the fit, at most.
    """
    names = sorted({name for pair in wins for name in pair})
    if not names:
        return {}
    table = np.zeros((len(names), len(names)))
    for (winner, loser), count in wins.items():
        table[names.index(winner), names.index(loser)] += count
    met = (table + table.T) > 0
    table = table + 0.5 * met
    strength = np.full(len(names), 1 / len(names))
    for _ in range(rounds):
        weights = (table + table.T) / (strength[:, None] + strength[None])
        new = table.sum(1) / np.maximum(weights.sum(1), 1e-12)
        new /= new.sum()
        if np.abs(new - strength).max() < 1e-10:
            break
        strength = new
    return dict(zip(names, strength.tolist(), strict=True))


def comparisons(systems: Sequence[str], question: str) -> list[tuple[str, ...]]:
    """Return what can be asked of versions of one excerpt: two systems to compare, or one to rate.

    Args:
        systems: that made a version of it.
        question: "human" compares real music with each other system, "prefer" any two, "rate" hears one.
    """
    if question == RATE:
        return [(system,) for system in systems]
    pairs: list[tuple[str, ...]] = list(combinations(systems, 2))
    return [pair for pair in pairs if REAL in pair] if question == HUMAN else pairs


def deal(
    excerpts: Mapping[str, Sequence[str]], heard: Mapping[tuple[str, frozenset[str]], int],
    random: np.random.Generator, question: str = HUMAN, most: int = MOST_TRIALS,
) -> list[Trial]:  # fmt: skip
    """Return what a new listener hears, in order: practice, then pairs (or single excerpts) with catches among them.

    Of the excerpts those are taken that were heard least so far, and of what can be compared of one the two systems (of
    what can be rated, the one) that were heard least, in random order where they are even. In half of the trials the
    first system is on the left, in which half is by chance; of an odd number, chance decides. Nobody hears an excerpt
    twice, but for the one that is rated twice.

    Args:
        excerpts: name -> the systems that made versions of it; `REAL` among them for "human".
        heard: (name, systems) -> how often that was heard by all listeners before.
        random: numbers that nobody can guess.
        question: see `comparisons`.
        most: trials in all.

    Raises:
        ValueError: there are fewer excerpts than practice takes, or fewer trials than practice and catches take.
    """
    catches = len(CATCHES) + (question == RATE)  # the excerpt that is rated twice
    least = PRACTICE + len(CATCHES) + 1
    if len(excerpts) < least or most < PRACTICE + catches + 1:
        raise ValueError(f"{least} excerpts and trials are needed, got {len(excerpts)} excerpts and {most} trials")
    by_name, by_systems = Counter[str](), Counter[frozenset[str]]()
    for (name, systems), count in heard.items():
        by_name[name] += count
        by_systems[systems] += count
    order = [list(excerpts)[i] for i in random.permutation(len(excerpts))]
    order.sort(key=lambda name: by_name[name])  # stable: by chance among those that are even
    count = min(most - PRACTICE - catches, len(excerpts) - PRACTICE - len(CATCHES))
    chosen, rest = order[:count], order[count:]
    rest = [rest[i] for i in random.permutation(len(rest))]

    def asked(kind: str, name: str) -> Trial:
        can = comparisons(excerpts[name], question)
        can = [can[i] for i in random.permutation(len(can))]
        systems = min(can, key=lambda own: (by_systems[frozenset(own)], heard.get((name, frozenset(own)), 0)))
        by_systems[frozenset(systems)] += 1
        ordered = [system for system in excerpts[name] if system in systems]
        return Trial(kind, name, ordered[0], ordered[-1] if len(ordered) > 1 else "")

    trials = [asked(SINGLE if question == RATE else PAIR, name) for name in chosen]
    base = {name: REAL if REAL in excerpts[name] else excerpts[name][0] for name in rest}
    if question == RATE:
        trials += [Trial(SAME, rest[0], base[rest[0]], "")] * 2 + [Trial(BROKEN, rest[1], BROKEN, "")]
    else:
        trials += [Trial(SAME, rest[0], *[base[rest[0]]] * 2), Trial(BROKEN, rest[1], base[rest[1]], BROKEN)]
    trials = [trials[i] for i in random.permutation(len(trials))]
    practice = [asked(PRACTISED, name) for name in rest[2 : 2 + PRACTICE]]
    if question == RATE:
        return [*practice, *trials]
    return [*_sides(practice, random), *_sides(trials, random)]


def _sides(trials: Sequence[Trial], random: np.random.Generator) -> list[Trial]:
    """Return trials with the sides changed in half of them."""
    half = len(trials) // 2 + (int(random.integers(2)) if len(trials) % 2 else 0)
    changed = random.permutation(len(trials)) < half
    return [Trial(t.kind, t.pair, t.right, t.left) if swap else t for t, swap in zip(trials, changed, strict=True)]


@dataclass(frozen=True, slots=True)
class Result:
    """What listeners found.

    Args:
        num_listeners: who answered a pair at least.
        num_answers: to pairs; practice and catches do not count.
        num_no_difference: of these, how many heard no difference; they count in no share.
        real_chosen: how often the real music was chosen.
        real_offered: of how many answers that chose one where one of both was real.
        share: real_chosen / real_offered; 0.5 by chance.
        wilson: interval of the share as if each answer were by itself.
        bootstrap: interval of the share with whole listeners drawn; None with fewer than two listeners.
        needed: further answers like these that would settle that the share is not 0.5; None where none would.
        strengths: Bradley and Terry's, by system.
        ranges: of the strengths, with whole listeners drawn; {} with fewer than two listeners.
        against: how often the real music was chosen, and of how many, by the system it stood against.
        catches: share of the catches answered right, by kind; None where there was none.
    """

    num_listeners: int
    num_answers: int
    num_no_difference: int
    real_chosen: int
    real_offered: int
    share: float | None
    wilson: tuple[float, float]
    bootstrap: tuple[float, float] | None
    needed: int | None
    strengths: dict[str, float]
    ranges: dict[str, tuple[float, float]]
    against: dict[str, tuple[int, int]]
    catches: dict[str, float | None]


def judge_answers(answers: Sequence[Answer], draws: int = 2000) -> Result:
    """Return what listeners found; a share of 0.5 for the real music is chance."""
    pairs = [answer for answer in answers if answer.trial.kind == PAIR]
    told = [a for a in pairs if a.chosen and REAL in (a.trial.left, a.trial.right)]
    chosen = sum(a.chosen == REAL for a in told)
    against: dict[str, tuple[int, int]] = {}
    for a in told:
        other = a.trial.right if a.trial.left == REAL else a.trial.left
        won, of = against.get(other, (0, 0))
        against[other] = (won + (a.chosen == REAL), of + 1)
    listeners = sorted({a.listener for a in told})
    catches: dict[str, float | None] = {}
    for kind in CATCHES:
        own = [
            a.choice == NEITHER if kind == SAME else a.chosen not in ("", BROKEN)
            for a in answers
            if a.trial.kind == kind
        ]
        catches[kind] = float(np.mean(own)) if own else None
    return Result(
        len({a.listener for a in pairs}),
        len(pairs),
        sum(not a.chosen for a in pairs),
        chosen,
        len(told),
        chosen / len(told) if told else None,
        wilson(chosen, len(told)),
        _bootstrap(told, listeners, draws) if len(listeners) > 1 else None,
        answers_needed(chosen, len(told)),
        bradley_terry(_wins(pairs)),
        _strength_ranges(pairs),
        against,
        catches,
    )


def _wins(pairs: Sequence[Answer]) -> Counter[tuple[str, str]]:
    wins: Counter[tuple[str, str]] = Counter()
    for a in pairs:
        if a.chosen and a.trial.left != a.trial.right:
            wins[a.chosen, a.trial.right if a.choice == LEFT else a.trial.left] += 1
    return wins


def _strength_ranges(pairs: Sequence[Answer], draws: int = 200) -> dict[str, tuple[float, float]]:
    """Return the middle 95 % of every system's strength with whole listeners drawn."""
    by_listener: dict[str, Counter[tuple[str, str]]] = {}
    for a in pairs:
        by_listener.setdefault(a.listener, Counter()).update(_wins([a]))
    own = list(by_listener.values())
    if len(own) < 2:
        return {}
    random, found = np.random.default_rng(0), []
    names = sorted({name for wins in own for pair in wins for name in pair})
    for _ in range(draws):
        total: Counter[tuple[str, str]] = Counter()
        for place in random.integers(len(own), size=len(own)):
            total.update(own[place])
        fitted = bradley_terry(total)
        if len(fitted) == len(names):  # a system that no drawn listener met has no strength in this draw
            found.append([fitted[name] for name in names])
    if not found:
        return {}
    low, high = np.quantile(np.array(found), (0.025, 0.975), axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(names, low, high, strict=True)}


@dataclass(frozen=True, slots=True)
class Rated:
    """What listeners found who rated excerpts by themselves, from 1 to 5.

    Args:
        num_listeners: who rated an excerpt at least.
        num_answers: ratings; practice and catches do not count.
        means: mean rating by system.
        ranges: of the means, with whole listeners drawn; {} with fewer than two listeners.
        counts: ratings by system.
        needed: further ratings like these that would settle that real music and the rest differ; 0 where that is
            settled, None where it cannot be told.
        catches: share of the catches answered right, by kind; None where there was none.
    """

    num_listeners: int
    num_answers: int
    means: dict[str, float]
    ranges: dict[str, tuple[float, float]]
    counts: dict[str, int]
    needed: int | None
    catches: dict[str, float | None]


def judge_ratings(answers: Sequence[Answer], draws: int = 2000) -> Rated:
    """Return what listeners found who rated excerpts from 1 to 5; real music is one of the systems."""
    rated = [a for a in answers if a.trial.kind == SINGLE and a.choice in RATINGS]
    systems = sorted({a.trial.left for a in rated})
    listeners = sorted({a.listener for a in rated})
    sums, counts = np.zeros((len(listeners), len(systems))), np.zeros((len(listeners), len(systems)))
    for a in rated:
        row, column = listeners.index(a.listener), systems.index(a.trial.left)
        sums[row, column] += int(a.choice)
        counts[row, column] += 1
    means = dict(zip(systems, (sums.sum(0) / np.maximum(counts.sum(0), 1)).tolist(), strict=True))
    ranges: dict[str, tuple[float, float]] = {}
    if len(listeners) > 1:
        drawn = np.random.default_rng(0).integers(len(listeners), size=(draws, len(listeners)))
        all_sums, all_counts = sums[drawn].sum(1), counts[drawn].sum(1)
        for place, system in enumerate(systems):
            known = all_counts[:, place] > 0
            low, high = np.quantile(all_sums[known, place] / all_counts[known, place], (0.025, 0.975)).tolist()
            ranges[system] = (low, high)
    twice: dict[str, list[int]] = {}
    for a in answers:
        if a.trial.kind == SAME and a.choice in RATINGS:
            twice.setdefault(a.listener, []).append(int(a.choice))
    alike = [abs(own[0] - own[1]) <= 1 for own in twice.values() if len(own) == 2]
    found = [int(a.choice) <= _LOW_RATING for a in answers if a.trial.kind == BROKEN and a.choice in RATINGS]
    return Rated(
        len(listeners),
        len(rated),
        means,
        ranges,
        dict(zip(systems, counts.sum(0).astype(int).tolist(), strict=True)),
        _ratings_needed(rated),
        {SAME: float(np.mean(alike)) if alike else None, BROKEN: float(np.mean(found)) if found else None},
    )


def _ratings_needed(rated: Sequence[Answer], most: int = 100_000) -> int | None:
    """Return how many further ratings would make the difference of the two means as large as its interval is wide."""
    real = np.array([int(a.choice) for a in rated if a.trial.left == REAL], float)
    rest = np.array([int(a.choice) for a in rated if a.trial.left != REAL], float)
    if len(real) < 2 or len(rest) < 2:
        return None
    difference, z = abs(real.mean() - rest.mean()), NormalDist().inv_cdf(0.975)
    variance = real.var(ddof=1) * len(rated) / len(real) + rest.var(ddof=1) * len(rated) / len(rest)
    if difference == 0:
        return None
    wanted = math.ceil(variance * (z / difference) ** 2)  # in all, at the shares of both as they are
    more = max(wanted - len(rated), 0)
    return more if more <= most else None


def _bootstrap(told: Sequence[Answer], listeners: Sequence[str], draws: int) -> tuple[float, float]:
    counts = np.array([
        [sum(a.chosen == REAL for a in own), len(own)]
        for listener in listeners
        for own in [[a for a in told if a.listener == listener]]
    ])  # fmt: skip
    drawn = counts[np.random.default_rng(0).integers(len(counts), size=(draws, len(counts)))].sum(1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975)).tolist()
    return low, high
