"""Listening tests taken by listeners that are made up: what a coin ends at, what one who knows, do intervals cover.

    python -m benchmarks.listening_simulation

Trials are dealt as on the page. The interval of a share counts each answer; that by listeners draws whole listeners, as
it must where they differ: skills of 0.7 in the mean, 0.2 apart, twenty listeners a test.
"""

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.evaluation.listening import LEFT, NEITHER, REAL, RIGHT, Answer, Trial, deal, judge_answers, wilson

PAIRS = {f"pair {i}": (REAL, "style") for i in range(24)}
NUM_LISTENERS = 20
SHARES = (0.5, 0.7, 0.9)
SKILL, APART = 0.7, 0.2


def answers(count: int, skills: np.ndarray, seed: int) -> list[Answer]:
    """Return what listeners answer who are right with a probability each, and who hear that two are the same."""
    random, found = np.random.default_rng([seed, 1]), []
    for who in range(count):
        for trial in deal(PAIRS, {}, np.random.default_rng([seed, who, 2])):
            found.append(Answer(str(who), trial, _choice(trial, float(skills[who]), random)))
    return found


def _choice(trial: Trial, skill: float, random: np.random.Generator) -> str:
    if trial.left == trial.right:
        return NEITHER
    right = random.random() < skill
    return LEFT if (trial.left == REAL) == right else RIGHT


def measured(small: bool) -> Figures:
    """Return the figures."""
    tests = 30 if small else 400
    coin = judge_answers(answers(200, np.full(200, 0.5), 0))
    knows = judge_answers(answers(NUM_LISTENERS, np.ones(NUM_LISTENERS), 0))
    random, by_answers = np.random.default_rng(0), {}
    for share in SHARES:
        counts = random.binomial(200, share, 100 * tests)
        low, high = np.array([wilson(int(count), 200) for count in counts]).T
        by_answers[f"{share}"] = float(((low <= share) & (share <= high)).mean())
    true = float(np.clip(np.random.default_rng(9).normal(SKILL, APART, 1_000_000), 0, 1).mean())
    hits = {"counting each answer": 0, "drawing whole listeners": 0}
    for number in range(tests):
        skills = np.clip(np.random.default_rng([number, 3]).normal(SKILL, APART, NUM_LISTENERS), 0, 1)
        found = judge_answers(answers(NUM_LISTENERS, skills, number + 1), draws=400)
        intervals = (found.wilson, found.bootstrap or (0.0, 1.0))
        for name, (least, most) in zip(hits, intervals, strict=True):
            hits[name] += least <= true <= most
    return {
        "coin": {"share": coin.share, "low": coin.wilson[0], "high": coin.wilson[1], "answers": coin.real_offered},
        "knows": {"share": knows.share, "low": knows.wilson[0], "high": knows.wilson[1], "answers": knows.real_offered},
        "answers_cover": by_answers,
        "listeners_cover": {name: count / tests for name, count in hits.items()},
        "tests": tests,
    }


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    rows = [
        [name, own["answers"], f"{own['share']:.1%}", f"{own['low']:.1%} to {own['high']:.1%}"]
        for name, own in (("a coin", figures["coin"]), ("who knows", figures["knows"]))
    ]
    covers = [[f"each answer right with {share}", "Wilson", f"{value:.1%}"]
              for share, value in figures["answers_cover"].items()]  # fmt: skip
    covers += [["listeners that differ", name, f"{value:.1%}"] for name, value in figures["listeners_cover"].items()]
    return "\n\n".join([
        table(["listener", "answers", "real music chosen", "95 % interval"], rows),
        table(["answers", "interval", "it holds the truth in"], covers),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
