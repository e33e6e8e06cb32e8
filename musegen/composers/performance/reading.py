"""What the network sees of a performance: columns for a whole one at once, and one by one for one being made."""

from dataclasses import dataclass

import numpy as np

from musegen.composers.performance.grid import (
    DURATION,
    FIRST_DURATION,
    FIRST_STEP,
    FIRST_VELOCITY,
    FIRST_WHAT,
    NONE,
    NUM_DURATIONS,
    NUM_KEYS,
    NUM_STEPS,
    NUM_VELOCITIES,
    NUM_WHATS,
    PEDAL_DOWN,
    PEDAL_UP,
    STEP,
    VELOCITY,
    WHAT,
    Rows,
)
from musegen.engine.codec import Column, Example

MAX_HELD = 12
"""Held keys are counted up to this."""

LEFT_MS = np.array([0, 250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 12_000, 16_000, 24_000, 32_000, 48_000])
"""Boundaries of the classes of the time that is left."""

NUM_LEFT = len(LEFT_MS) + 1
_KEYS = NUM_WHATS + 1  # 0: none
TRUNK_COLUMNS = (
    Column("step", NUM_STEPS + 1, 24, "step"),
    Column("what", _KEYS, 48, "what"),
    Column("duration", NUM_DURATIONS + 1, 20, "duration"),
    Column("velocity", NUM_VELOCITIES + 1, 12, "velocity"),
    Column("pitch_class", 13, 12),
    Column("what_2", _KEYS, 48, "what"),
    Column("what_3", _KEYS, 48, "what"),
    Column("pedal", 2, 4),
    Column("held", MAX_HELD + 1, 8),
    Column("lowest", _KEYS, 24, "sounding"),
    Column("highest", _KEYS, 24, "sounding"),
    Column("left", NUM_LEFT, 12),
)
HEAD_COLUMNS = (
    Column("question", 4, 12),
    Column("step_now", NUM_STEPS + 1, 24, "step"),
    Column("what_now", _KEYS, 48, "what"),
    Column("duration_now", NUM_DURATIONS + 1, 16, "duration"),
    Column("held_now", MAX_HELD + 2, 8),
    Column("lowest_now", _KEYS, 24, "sounding"),
    Column("highest_now", _KEYS, 24, "sounding"),
)
_TRUNK_PITCH = np.array([column.table in ("what", "sounding") for column in TRUNK_COLUMNS])
_HEAD_PITCH = np.array([column.table in ("what", "sounding") for column in HEAD_COLUMNS])
_PITCH_CLASS = [column.name for column in TRUNK_COLUMNS].index("pitch_class")
_STEP, _DURATION, _LEFT = 0, 2, len(TRUNK_COLUMNS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Which keys are held around each row, shape (R, 3): how many, the lowest and the highest (-1 for none).

    Args:
        before: when the row comes, itself not counted.
        after: at that time, itself counted.
        pedal: whether the pedal is down after the row, shape (R,).
    """

    before: np.ndarray
    after: np.ndarray
    pedal: np.ndarray


def held_keys(rows: Rows) -> Held:
    """Return which keys are held around each row."""
    before, after = np.zeros((len(rows), 3), np.int16), np.zeros((len(rows), 3), np.int16)
    pedal = np.zeros(len(rows), bool)
    ends: dict[int, float] = {}
    down = False
    for index, (time, what, duration) in enumerate(
        zip(rows.time_ms.tolist(), rows.what.tolist(), rows.duration_ms.tolist(), strict=True)
    ):
        for key in [key for key, end in ends.items() if end <= time]:
            del ends[key]
        before[index] = (len(ends), min(ends), max(ends)) if ends else (0, -1, -1)
        if what < NUM_KEYS:
            ends[what] = time + duration
        elif what in (PEDAL_DOWN, PEDAL_UP):
            down = what == PEDAL_DOWN
        after[index] = (len(ends), min(ends), max(ends)) if ends else (0, -1, -1)
        pedal[index] = down
    return Held(before, after, pedal)


def left_class(left_ms: np.ndarray | float) -> np.ndarray:
    """Return the class of the time that is left, from 1 (0 stands for unknown)."""
    return np.searchsorted(LEFT_MS, left_ms, side="right")


def trunk_rows(answers: np.ndarray, held: Held) -> np.ndarray:
    """Return the trunk columns of each row, "left" unknown: what the row before was, shape (R, columns)."""
    columns = np.zeros((len(answers) + 1, len(TRUNK_COLUMNS)), np.int16)
    columns[1:, :4] = answers[:, :4] + 1
    is_key = answers[:, WHAT] < NUM_KEYS
    columns[1:, _PITCH_CLASS] = np.where(is_key, 1 + (answers[:, WHAT] + 9) % 12, 0)
    columns[2:, 5] = answers[:-1, WHAT] + 1
    columns[3:, 6] = answers[:-2, WHAT] + 1
    columns[1:, 7] = held.pedal
    columns[1:, 8] = np.minimum(held.after[:, 0], MAX_HELD)
    columns[1:, 9:11] = held.after[:, 1:] + 1
    return columns[:-1]


def head_rows(answers: np.ndarray, held: Held) -> np.ndarray:
    """Return the head columns of each row's four questions, shape (R, 4, columns)."""
    columns = np.zeros((len(answers), 4, len(HEAD_COLUMNS)), np.int16)
    columns[:, :, 0] = np.arange(4)
    columns[:, WHAT:, 1] = answers[:, STEP, None] + 1
    columns[:, DURATION:, 2] = answers[:, WHAT, None] + 1
    columns[:, VELOCITY:, 3] = answers[:, DURATION, None] + 1
    columns[:, WHAT:, 4] = 1 + np.minimum(held.before[:, 0, None], MAX_HELD)
    columns[:, WHAT:, 5:7] = held.before[:, None, 1:] + 1
    return columns


def targets(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (events, weight) of the answers, shape (R, 4) each: weight 0 where there is nothing to ask."""
    events = answers.astype(np.int64) + (FIRST_STEP, FIRST_WHAT, FIRST_DURATION, FIRST_VELOCITY)
    nothing = answers < 0
    return np.where(nothing, NONE, events), (~nothing).astype(np.float32)


def read_example(answers: np.ndarray, held: Held, left_ms: np.ndarray | None = None) -> Example:
    """Return a performance as the network reads it.

    Args:
        answers: from `quantised` or `playable`, shape (R, 4).
        held: of the same rows.
        left_ms: time from the row before each row to the end, shape (R,); None where the length is not known.
    """
    trunk = trunk_rows(answers, held)
    if left_ms is not None:
        trunk[:, _LEFT] = left_class(left_ms)
    target, weight = targets(answers)
    return Example(trunk, head_rows(answers, held), target, weight)


def transposed(example: Example, semitones: int) -> Example:
    """Return the example `semitones` higher; the caller keeps it on the piano."""
    if not semitones:
        return example
    trunk, head = example.trunk.copy(), example.head.copy()
    trunk[:, _TRUNK_PITCH] = _shift(trunk[:, _TRUNK_PITCH], semitones, 1)
    pitch_class = trunk[:, _PITCH_CLASS]
    trunk[:, _PITCH_CLASS] = np.where(pitch_class > 0, 1 + (pitch_class - 1 + semitones) % 12, 0)
    head[..., _HEAD_PITCH] = _shift(head[..., _HEAD_PITCH], semitones, 1)
    return Example(trunk, head, _shift(example.target, semitones, FIRST_WHAT), example.weight)


def _shift(values: np.ndarray, semitones: int, first: int) -> np.ndarray:
    return np.where((values >= first) & (values < first + NUM_KEYS), values + semitones, values)
