"""The network of the tutorial on MAESTRO (`networks/note_heads_lstm.py`), measured on the notes that ours is.

It is trained on all performances of the training pieces of `asap`. Its pitch has a likelihood; what it says of step and
duration is given one on the validation pieces, the better of two ways (`evaluation/regression_nll.py`). Step is asked
as it is asked of ours: how long after the row before, a movement of the pedal being a row, so that both know how long
nothing came. It says nothing of velocity and is given the counts of the training pieces.
"""

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.performance_quality import ROWS, answers_of, one_of_each
from benchmarks.report import Figures
from benchmarks.seed_figures import training_figures
from musegen.composers.performance.grid import (
    DURATION,
    DURATION_MS,
    LOW_PITCH,
    NUM_KEYS,
    NUM_VELOCITIES,
    STEP,
    STEP_MS,
    VELOCITY,
    WHAT,
    rows_of,
)
from musegen.corpora.asap import read_recordings
from musegen.evaluation.regression_nll import CountedOutcomes, LaplaceOutcomes, nll
from musegen.music.performance import Performance

if TYPE_CHECKING:
    from musegen.baselines.training import Budget

VALID_ROWS = 1500
"""Rows of each validation piece that are looked at."""

_Answers = list[np.ndarray]


def note_table(performance: Performance) -> np.ndarray:
    """Return the notes of a performance as the tutorial has them, (N, 3): pitch, seconds since the last, seconds."""
    rows = rows_of(performance)
    key = rows.what < NUM_KEYS
    time = rows.time_ms[key]
    step = np.diff(time, prepend=time[:1])
    return np.column_stack([rows.what[key] + LOW_PITCH, step / 1000, rows.duration_ms[key] / 1000]).astype(np.float32)


def notes_of_answers(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (notes, waited) of answers (R, 4) on the grid.

    Returns:
        notes: (N, 3) as in `note_table`.
        waited: milliseconds from the note before to the row before, where the pedal moved in between, shape (N,).
    """
    key = answers[:, WHAT] < NUM_KEYS
    time = np.cumsum(STEP_MS[answers[:, STEP]])
    step = np.diff(time[key], prepend=time[key][:1])
    waited = step - STEP_MS[answers[key, STEP]]
    waited[:1] = 0.0
    notes = np.column_stack([answers[key, WHAT] + LOW_PITCH, step / 1000, DURATION_MS[answers[key, DURATION]] / 1000])
    return notes.astype(np.float32), waited


def _piano(budget: "Budget", *, every_step: bool, small: bool) -> Figures:
    """Train one network and return its nats a note."""
    from musegen.baselines.note_heads_lstm import build_note_heads_lstm
    from musegen.baselines.training import fit_note_heads, predict_notes, seeded

    train = [r.performance for r in read_recordings("train")][: 8 if small else None]
    sides = {name: answers_of(one_of_each(name)[: 3 if small else None], rows)
             for name, rows in (("valid", VALID_ROWS), ("test", ROWS))}  # fmt: skip
    model = seeded(build_note_heads_lstm, budget.random_seed, every_step=every_step)
    fitted = fit_note_heads(model, [note_table(p) for p in train], _tables(sides["valid"]), budget)
    said = {name: [predict_notes(model, notes) for notes in _tables(side)] for name, side in sides.items()}
    return likelihood(sides, said) | training_figures(fitted, budget, model)


def likelihood(sides: dict[str, _Answers], said: dict[str, list[dict[str, np.ndarray]]]) -> Figures:
    """Return the nats a note of what a network said of the test pieces, made likelihoods on the validation pieces.

    Args:
        sides: answers of the "valid" and "test" pieces.
        said: of each piece of both, from `predict_notes`.
    """
    test = _joined(sides["test"], said["test"])
    valid = _joined(sides["valid"], said["valid"])
    pitch = -test["pitch"][np.arange(len(test["true_pitch"])), test["true_pitch"]]
    figures: Figures = {"pitch": float(pitch.mean())}
    for name, classes in (("step", STEP_MS), ("duration", DURATION_MS)):
        nothing = np.zeros(len(valid[name])), np.zeros(len(test[name]))
        waited = (valid["waited"], test["waited"]) if name == "step" else nothing
        edges = (classes[1:] + classes[:-1]) / 2
        counted = CountedOutcomes.fit(valid[name], waited[0], valid[f"{name}_class"], len(classes))
        laplace = LaplaceOutcomes.fit(valid[name], valid[f"true_{name}"], edges)
        ways = {"counted": counted, "laplace": laplace}
        fit = {way: float(nll(model.probabilities(valid[name], waited[0]), valid[f"{name}_class"]).mean())
               for way, model in ways.items()}  # fmt: skip
        found = {way: float(nll(model.probabilities(test[name], waited[1]), test[f"{name}_class"]).mean())
                 for way, model in ways.items()}  # fmt: skip
        best = min(fit, key=fit.__getitem__)
        figures |= {name: found[best], f"{name}_way": best, f"{name}_laplace": found["laplace"]}
    return figures | {"notes": len(pitch)}


def _joined(side: _Answers, said: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return truth and prediction of all notes, times in milliseconds."""
    keys = [answers[answers[:, WHAT] < NUM_KEYS].astype(int) for answers in side]
    tables, waited = zip(*(notes_of_answers(answers) for answers in side), strict=True)
    notes = np.concatenate(tables)
    return {
        "pitch": np.concatenate([s["pitch"] for s in said]),
        "step": 1000 * np.concatenate([s["step"] for s in said]),
        "duration": 1000 * np.concatenate([s["duration"] for s in said]),
        "true_pitch": notes[:, 0].astype(int),
        "true_step": 1000.0 * notes[:, 1],
        "true_duration": 1000.0 * notes[:, 2],
        "waited": np.concatenate(waited),
        "step_class": np.concatenate([k[:, STEP] for k in keys]),
        "duration_class": np.concatenate([k[:, DURATION] for k in keys]),
    }


def _tables(side: _Answers) -> list[np.ndarray]:
    return [notes_of_answers(answers)[0] for answers in side]


def velocity_nats(train: _Answers, test: _Answers) -> float:
    """Return the nats a note of the velocities under the counts of the training pieces, one added to each."""

    def velocities(side: _Answers) -> np.ndarray:
        return np.concatenate([a[a[:, WHAT] < NUM_KEYS, VELOCITY] for a in side]).astype(int)

    counts = np.bincount(velocities(train), minlength=NUM_VELOCITIES) + 1.0
    return float(-np.log(counts / counts.sum())[velocities(test)].mean())


def measured(small: bool) -> Figures:
    """Return the figures of the tutorial's network: as it is, and learning from every note of the window."""
    from musegen.baselines.training import Budget

    looks = (50, 1) if small else (500, 10)
    figures = _piano(Budget(64, *looks), every_step=False, small=small)
    looks = (50, 1) if small else (500, 3)
    figures["every_step"] = _piano(Budget(64, *looks), every_step=True, small=small)
    train, test = (answers_of(one_of_each(name)[: 3 if small else None], rows)
                   for name, rows in (("train", VALID_ROWS), ("test", ROWS)))  # fmt: skip
    figures["velocity"] = figures["every_step"]["velocity"] = velocity_nats(train, test)
    return figures
