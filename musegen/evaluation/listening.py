"""Statistics of a listening test, and who hears what in which order: wilson, bradley_terry, deal, judge_answers.

Wilson, Journal of the American Statistical Association 22, 1927; Bradley and Terry, Biometrika 39, 1952, fitted as by
Hunter, Annals of Statistics 32, 2004; Efron and Tibshirani, An Introduction to the Bootstrap, 1993: whole listeners are
drawn, since the answers of one are alike.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

MOST_TRIALS = 15
PRACTICE = 2
CATCHES = ("same", "broken")
REAL = "real music"
LEFT, RIGHT, NEITHER = "left", "right", "neither"


@dataclass(frozen=True, slots=True)
class Trial:
    """What one listener is asked once.

    Args:
        kind: "practice", "pair", "same" (one excerpt twice) or "broken" (one of both is obviously wrong).
        pair: which excerpts, by the name of the pair.
        left: what is heard on the left: a system's name, `REAL`, or "broken".
        right: what is heard on the right.
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
        choice: `LEFT`, `RIGHT` or `NEITHER` ("no difference").
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


def deal(
    pairs: Mapping[str, tuple[str, str]], heard: Mapping[str, int], random: np.random.Generator,
    most: int = MOST_TRIALS,
) -> list[Trial]:  # fmt: skip
    """Return what a new listener hears, in order: practice, then pairs with a catch of each kind among them.

    Of the pairs those are taken that were heard least so far, in random order where they are even. In half of the
    trials the first system of the pair is on the left, in which half is by chance; of an odd number, chance decides.

    Args:
        pairs: name -> its two systems; `REAL` among them for practice and catches.
        heard: how often each pair was heard by all listeners before.
        random: numbers that nobody can guess.
        most: trials in all.

    Raises:
        ValueError: there are fewer pairs than practice takes, or fewer trials than practice and catches take.
    """
    least = PRACTICE + len(CATCHES) + 1
    if len(pairs) < least or most < least:
        raise ValueError(f"{least} pairs and trials are needed, got {len(pairs)} pairs and {most} trials")
    order = [list(pairs)[i] for i in random.permutation(len(pairs))]
    order.sort(key=lambda name: heard.get(name, 0))  # stable: by chance among those that are even
    count = min(most - PRACTICE - len(CATCHES), len(pairs) - PRACTICE - len(CATCHES))
    chosen, rest = order[:count], order[count:]
    rest = [rest[i] for i in random.permutation(len(rest))]
    trials = [Trial("pair", name, *pairs[name]) for name in chosen]
    trials += [Trial("same", rest[0], REAL, REAL), Trial("broken", rest[1], REAL, "broken")]
    trials = [trials[i] for i in random.permutation(len(trials))]
    practice = [Trial("practice", name, *pairs[name]) for name in rest[2 : 2 + PRACTICE]]
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
    catches: dict[str, float | None]


def judge_answers(answers: Sequence[Answer], draws: int = 2000) -> Result:
    """Return what listeners found; a share of 0.5 for the real music is chance."""
    pairs = [answer for answer in answers if answer.trial.kind == "pair"]
    told = [a for a in pairs if a.chosen and REAL in (a.trial.left, a.trial.right)]
    chosen = sum(a.chosen == REAL for a in told)
    wins: Counter[tuple[str, str]] = Counter()
    for a in pairs:
        if a.chosen and a.trial.left != a.trial.right:
            wins[a.chosen, a.trial.right if a.choice == LEFT else a.trial.left] += 1
    listeners = sorted({a.listener for a in told})
    catches: dict[str, float | None] = {}
    for kind in CATCHES:
        own = [a.choice == NEITHER if kind == "same" else a.chosen == REAL for a in answers if a.trial.kind == kind]
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
        bradley_terry(wins),
        catches,
    )


def _bootstrap(told: Sequence[Answer], listeners: Sequence[str], draws: int) -> tuple[float, float]:
    counts = np.array([
        [sum(a.chosen == REAL for a in own), len(own)]
        for listener in listeners
        for own in [[a for a in told if a.listener == listener]]
    ])  # fmt: skip
    drawn = counts[np.random.default_rng(0).integers(len(counts), size=(draws, len(counts)))].sum(1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975)).tolist()
    return low, high
