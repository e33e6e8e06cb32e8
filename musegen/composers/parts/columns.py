"""The columns that a network sees of a score: their names, sizes and order, for any parts.

`score_reading` fills them for a whole score at once, `score_events.ScoreCursor` row by row for one being made; a test
holds the two together.
"""

from dataclasses import dataclass

import numpy as np

from musegen.composers.fitting.key_numbers import NUM_KEYS
from musegen.composers.parts.chords import NUM_BASSES, NUM_CHORDS
from musegen.composers.parts.frame import METERS, NUM_LEFT
from musegen.composers.parts.grid import DURATIONS, NUM_STEPS, VELOCITIES, Part, ScoreLayout
from musegen.engine.codec import Column

LAGS = (1, 2, 4)
"""Bars back at which the network is shown what was played at this place."""

SEQUENCE_LAGS = 2
"""At so many of them it is also shown where the same movement leads from the pitch at hand (a melodic sequence)."""

SIXTEENTH, MAX_SIXTEENTH = 6, 47
HELD_TICKS = np.array([3, 6, 9, 12, 18, 24, 36, 48, 72, 96])
"""Boundaries of the classes of how long something still sounds."""

RUNS = np.array([1, 2, 3, 4, 6, 9, 16])
"""Boundaries of the classes of how many notes in a row were the same so many bars ago."""

NUM_HELD, NUM_RUNS = len(HELD_TICKS) + 2, len(RUNS) + 1


def shown(part: Part) -> int:
    """Return how many sounding notes of a part are shown: the highest; of a hand also the second and the lowest."""
    return 1 if part.most <= 2 else 3


def looked_at(part: Part) -> int:
    """Return among how many of a part's last notes those that still sound are looked for."""
    return 4 if part.most <= 2 else 8


def trunk_columns(layout: ScoreLayout) -> tuple[Column, ...]:
    """Return the recurrent inputs of a row: what is known before its first question, as of the row before it."""
    pitch, parts = layout.num_pitches + 1, layout.num_parts + 3
    columns = [
        Column("step", NUM_STEPS + 1, 20, "step"),
        Column("part", parts, 8, "part"),
        Column("pitch", pitch, 28, "pitch"),
        Column("duration", len(DURATIONS) + 1, 16, "duration"),
    ]
    if layout.dynamics:
        columns.append(Column("velocity", len(VELOCITIES) + 1, 8, "velocity"))
    columns += [
        Column("pitch_2", pitch, 28, "pitch"),
        Column("pitch_3", pitch, 28, "pitch"),
        Column("pitch_4", pitch, 28, "pitch"),
        Column("sixteenth", MAX_SIXTEENTH + 1, 16),
        Column("tick", 24, 12),
        Column("meter", len(METERS) + 1, 6),
        Column("key", NUM_KEYS, 12),
    ]
    for index, part in enumerate(layout.parts):
        columns += [Column(f"sounding_{index}_{i}", pitch, 16, "sounding") for i in range(shown(part))]
        columns += [Column(f"held_{index}", NUM_HELD, 6, "held"), Column(f"last_{index}", pitch, 16, "sounding")]
    for lag in LAGS:
        columns += [
            Column(f"back_step_{lag}", NUM_STEPS + 1, 12, "back_step"),
            Column(f"back_part_{lag}", parts, 6, "back_part"),
            Column(f"back_pitch_{lag}", pitch, 16, "back_pitch"),
            Column(f"run_{lag}", NUM_RUNS, 6, "run"),
        ]
    columns += [
        Column("left", NUM_LEFT, 12),
        Column("own", 2, 4),
        Column("present", 2**layout.num_parts, 8),
        Column("lead", pitch, 16, "lead"),
        Column("lead_step", NUM_STEPS + 1, 12),
        Column("lead_2", pitch, 16, "lead"),
    ]
    if layout.chords:
        columns += [Column("chord", NUM_CHORDS, 24, "chord"), Column("chord_next", NUM_CHORDS, 24, "chord")]
    return tuple(columns)


def head_columns(layout: ScoreLayout) -> tuple[Column, ...]:
    """Return the inputs of each question: what was answered in this row, and what is known at its moment."""
    pitch = layout.num_pitches + 1
    columns = [
        Column("question", layout.num_questions, 12),
        Column("step_now", NUM_STEPS + 1, 20, "step_now"),
        Column("part_now", layout.num_parts + 3, 8),
        Column("pitch_now", pitch, 28, "pitch_now"),
    ]
    if layout.dynamics:
        columns.append(Column("duration_now", len(DURATIONS) + 1, 12))
    columns += [Column("sixteenth_now", MAX_SIXTEENTH + 2, 12), Column("tick_now", 25, 12)]
    for index, part in enumerate(layout.parts):
        columns += [Column(f"sounding_now_{index}_{i}", pitch, 16, "sounding_now") for i in range(shown(part))]
    columns += [
        Column("own_1", pitch, 28, "own"),
        Column("own_2", pitch, 28, "own"),
        Column("own_duration", len(DURATIONS) + 1, 12),
        *(Column(f"back_parts_{lag}", 2**layout.num_parts + 1, 6, "back_parts") for lag in LAGS),
        *(Column(f"back_now_{lag}", pitch, 28, "back_now") for lag in LAGS),
        *(Column(f"sequence_{lag}", pitch, 28, "back_now") for lag in LAGS[:SEQUENCE_LAGS]),
        *(Column(f"back_duration_{lag}", len(DURATIONS) + 1, 12, "back_duration") for lag in LAGS),
    ]
    if layout.chords:
        columns += [Column("chord_now", NUM_CHORDS, 24, "chord_now"), Column("bass_now", NUM_BASSES, 8)]
    return tuple(columns)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMasks:
    """Which columns count when.

    Args:
        asked: which head columns are shown at which question, boolean (K, G).
        trunk_memory: which trunk columns are melodic memory, boolean (F,).
        head_memory: which head columns are, boolean (G,).
    """

    asked: np.ndarray
    trunk_memory: np.ndarray
    head_memory: np.ndarray


_FIRST_ASKED = {"part_now": 2, "pitch_now": 3, "duration_now": 4, "own": 2, "back_now": 2, "sequence": 2,
                "back_duration": 3, "question": 0}  # fmt: skip


def column_masks(layout: ScoreLayout) -> ColumnMasks:
    """Return which columns count when."""
    head = [column.name for column in head_columns(layout)]
    trunk = [column.name for column in trunk_columns(layout)]
    asked = np.zeros((layout.num_questions, len(head)), bool)
    for index, name in enumerate(head):
        first = next((q for start, q in _FIRST_ASKED.items() if name.startswith(start)), 1)
        asked[first:, index] = True
        if name.startswith("back_parts"):
            asked[2:, index] = False
    memory = ("back_", "run_", "sequence_")
    return ColumnMasks(
        asked,
        np.array([name.startswith(memory) for name in trunk]),
        np.array([name.startswith(memory) for name in head]),
    )
