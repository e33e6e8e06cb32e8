"""Times, velocities and kinds of a performance as small integers: the alphabet of `performance.py`.

A performance is a sequence of *rows*, one a note or a pedal movement, each answering four questions in turn:

    step      how long after the row before: `STEP_MS`, finer where it is short (a chord's notes are 5 to 30 ms apart)
    what      which of 88 keys, pedal down, pedal up, or the end
    duration  how long the key is held: `DURATION_MS`
    velocity  how loud, in steps of four

This is the pitch, step and duration of the TensorFlow tutorial on MAESTRO (and of MusicalPy), with classes in place of
squared errors, so that there is a likelihood, and with velocity, pedal, and an end.
"""

from dataclasses import dataclass

import numpy as np

from musegen.music.performance import Performance

LOW_PITCH, HIGH_PITCH = 21, 108
NUM_KEYS = HIGH_PITCH - LOW_PITCH + 1

STEP_MS = np.array([*range(0, 101, 10), *np.round(100 * 1.08 ** np.arange(1, 54))])
"""Times from row to row, milliseconds: 0, 10, ... 100, then 8 % apart to 5.9 s."""

DURATION_MS = np.round(20 * 1.12 ** np.arange(56))
"""Times keys are held, milliseconds: 12 % apart from 20 ms to 10 s."""

NUM_VELOCITIES = 32
"""Steps of four; step b stands for velocity 4 b + 2."""

PEDAL_DOWN, PEDAL_UP, END = NUM_KEYS, NUM_KEYS + 1, NUM_KEYS + 2
NUM_WHATS = NUM_KEYS + 3
NUM_STEPS, NUM_DURATIONS = len(STEP_MS), len(DURATION_MS)

FIRST_STEP = 0
FIRST_WHAT = FIRST_STEP + NUM_STEPS
FIRST_DURATION = FIRST_WHAT + NUM_WHATS
FIRST_VELOCITY = FIRST_DURATION + NUM_DURATIONS
NONE = FIRST_VELOCITY + NUM_VELOCITIES
"""Duration and velocity of what is no note."""

NUM_EVENTS = NONE + 1
QUESTIONS = ("step", "what", "duration", "velocity")
STEP, WHAT, DURATION, VELOCITY = range(4)

CHORD_MS = 5.0
"""Rows nearer than this are taken as one moment, in the order of `rank`."""


def nearest(values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the index of the class nearest to each value; between two of them, the boundary is their mean."""
    return np.searchsorted((classes[1:] + classes[:-1]) / 2, values)


def rank(what: np.ndarray | int) -> np.ndarray:
    """Return the order in which things of one moment are written: pedal up, pedal down, keys upwards, the end."""
    return np.where(np.asarray(what) < NUM_KEYS, np.asarray(what) + 2, np.array([1, 0, 99])[np.maximum(what, 88) - 88])


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A performance as rows, times exact.

    Args:
        time_ms: of each row, ascending; those of one moment have the same, shape (R,).
        what: key above `LOW_PITCH`, or `PEDAL_DOWN`, `PEDAL_UP`, `END`; the last row and no other is END, shape (R,).
        duration_ms: how long a key is held, 0 for what is no key, shape (R,).
        velocity: 1 to 127, 0 for what is no key, shape (R,).
    """

    time_ms: np.ndarray
    what: np.ndarray
    duration_ms: np.ndarray
    velocity: np.ndarray

    def __len__(self) -> int:
        return len(self.what)


def rows_of(performance: Performance) -> Rows:
    """Return the rows of a performance: notes on the piano alone, pedal up before the end, moments put together."""
    on_piano = (performance.pitch >= LOW_PITCH) & (performance.pitch <= HIGH_PITCH)
    onset, duration = performance.onset_ms[on_piano], performance.duration_ms[on_piano]
    pitch, velocity = performance.pitch[on_piano], performance.velocity[on_piano]
    last = onset.max(initial=0.0)
    pedals = performance.pedal_ms[performance.pedal_ms[:, 0] <= last]
    time = np.concatenate([onset, pedals[:, 0], pedals[:, 1]])
    down, up = np.full(len(pedals), PEDAL_DOWN), np.full(len(pedals), PEDAL_UP)
    what = np.concatenate([pitch - LOW_PITCH, down, up]).astype(int)
    zeros = np.zeros(2 * len(pedals))
    held, loud = np.concatenate([duration, zeros]), np.concatenate([velocity, zeros]).astype(int)
    order = np.lexsort((rank(what), time))
    time, what, held, loud = time[order], what[order], held[order], loud[order]
    moment = np.cumsum(np.diff(time, prepend=time[:1]) >= CHORD_MS) if len(time) else np.zeros(0, int)
    first = np.unique(moment, return_index=True)[1]
    time = (time - time[:1])[first][moment] if len(time) else time
    order = np.lexsort((rank(what), moment))
    end = np.array([time[-1] if len(time) else 0.0])
    return Rows(
        np.concatenate([time, end]),
        np.append(what[order], END),
        np.append(held[order], 0.0),
        np.append(loud[order], 0),
    )


def quantised(rows: Rows, stretch: float = 1.0) -> np.ndarray:
    """Return the answers of each row, integers (R, 4): step, what, duration and velocity, each from 0.

    Duration and velocity of what is no note are -1.

    Args:
        rows: the performance.
        stretch: its times are multiplied by this.
    """
    step = nearest(np.diff(rows.time_ms, prepend=0.0) * stretch, STEP_MS)
    is_key = rows.what < NUM_KEYS
    duration = np.where(is_key, nearest(rows.duration_ms * stretch, DURATION_MS), -1)
    velocity = np.where(is_key, np.clip(rows.velocity // 4, 0, NUM_VELOCITIES - 1), -1)
    return np.column_stack([step, rows.what, duration, velocity]).astype(np.int16)


def playable(rows: Rows) -> np.ndarray:
    """Return the answers (R', 4) of a performance as a piano can play it and `performance_from` gives it back.

    Each step is counted from the time that the steps before it add up to, so that rounding does not add up. A key
    struck while it is held ends its first note; what finds no place (the same key twice in a moment, a pedal that is
    down already) is left out; the pedal is up at the end.
    """
    table: list[list[int]] = []
    held: dict[int, tuple[int, float]] = {}
    now, last_rank, pedal = 0.0, -1, False

    def add(step: int, what: int, duration: int = -1, velocity: int = -1) -> None:
        nonlocal now, last_rank
        now += STEP_MS[step]
        last_rank = int(rank(what))
        table.append([step, what, duration, velocity])

    durations = nearest(rows.duration_ms, DURATION_MS).tolist()
    loudness = np.clip(rows.velocity // 4, 0, NUM_VELOCITIES - 1).tolist()
    for time, what, duration, velocity in zip(
        rows.time_ms.tolist(), rows.what.tolist(), durations, loudness, strict=True
    ):
        if what == END or (what == PEDAL_DOWN and pedal) or (what == PEDAL_UP and not pedal):
            continue
        step = int(nearest(time - now, STEP_MS)) if table else 0
        if step == 0 and table and rank(what) <= last_rank:
            step = 1
        if what >= NUM_KEYS:
            pedal = what == PEDAL_DOWN
            add(step, what)
            continue
        struck = now + STEP_MS[step]
        if what in held:
            index, onset = held[what]
            if onset + DURATION_MS[table[index][DURATION]] > struck:
                room = np.flatnonzero(onset + DURATION_MS <= struck)
                if not len(room):
                    continue
                table[index][DURATION] = int(room[-1])
        held[what] = (len(table), struck)
        add(step, what, duration, velocity)
    if not held:
        return np.zeros((0, 4), np.int16)
    if pedal:
        add(1, PEDAL_UP)
    add(0, END)
    return np.array(table, np.int16)


def performance_from(answers: np.ndarray) -> Performance:
    """Return the performance of answers (R, 4) that `playable` could have given."""
    times = np.cumsum(STEP_MS[answers[:, STEP]])
    what = answers[:, WHAT]
    key = what < NUM_KEYS
    return Performance(
        times[key],
        DURATION_MS[answers[key, DURATION]],
        what[key].astype(int) + LOW_PITCH,
        answers[key, VELOCITY].astype(int) * 4 + 2,
        np.column_stack([times[what == PEDAL_DOWN], times[what == PEDAL_UP]]),
    )
