"""What the network sees of a solo: columns about the note before (trunk) and about the answer that is due (head).

Everything about pitch is relative, to the note before or to the root of a chord, so that a line is the same in twelve
keys; only the register and the three columns from which the network's output is shifted (`SHIFTS`) are absolute.

Melodic memory is in the columns `MEMORY`: what was played one, two and four bars and one chorus before at the place
that is due, and what followed the last time that the last intervals were played. They are zero with the memory off.
"""

from bisect import bisect_left

import numpy as np

from musegen.composers.solo.context import MAX_UNTIL, NUM_QUALITIES
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
    FIRST,
    FIRST_PITCH,
    LOW_PITCH,
    NONE,
    NUM_LENGTHS,
    NUM_PITCHES,
    NUM_PLACES,
    NUM_STEPS,
    PITCH,
)
from musegen.engine.codec import Column, Example

MAX_INTERVAL = 25
_INTERVALS = 2 * MAX_INTERVAL + 2  # 0: none
_BAR_PLACES = BEATS_PER_BAR * NUM_PLACES + 1
REGISTER = 4
"""Semitones of a class of register."""
MAX_SECTION, MAX_CHORUS, NUM_LEFT = 16, 3, 7
LEFT_BARS = (1, 2, 4, 8, 16)
"""Boundaries of the classes of bars that are left to the end."""
MATCHES = (8, 5, 3, 2)
"""Numbers of last intervals whose last occurrence is looked for, the longest first."""

TRUNK_COLUMNS = (
    Column("step", NUM_STEPS + 1, 20, "step"),
    Column("length", NUM_LENGTHS + 1, 8, "length"),
    Column("interval", _INTERVALS, 24, "interval"),
    Column("interval_2", _INTERVALS, 24, "interval"),
    Column("interval_3", _INTERVALS, 24, "interval"),
    Column("above_root", 13, 12, "degree"),
    Column("quality", NUM_QUALITIES, 10, "quality"),
    Column("place", _BAR_PLACES, 16, "place"),
    Column("register", NUM_PITCHES // REGISTER + 2, 8),
    Column("phrase_notes", 10, 6),
    Column("bar_of_section", MAX_SECTION + 1, 8),
    Column("bars_left_of_section", MAX_SECTION + 1, 8),
    Column("chorus", MAX_CHORUS + 2, 4),
    Column("left", NUM_LEFT, 6),
    Column("tempo", 9, 8),
)
HEAD_COLUMNS = (
    Column("question", 3, 12),
    Column("step_now", NUM_STEPS + 1, 20, "step"),
    Column("length_now", NUM_LENGTHS + 1, 8, "length"),
    Column("place_now", _BAR_PLACES, 16, "place"),
    Column("quality_now", NUM_QUALITIES, 12, "quality_now"),
    Column("last_above_root", 13, 16, "degree_now"),
    Column("last_2_above_root", 13, 16, "degree_now"),
    Column("last_3_above_root", 13, 16, "degree_now"),
    Column("next_quality", NUM_QUALITIES, 12, "quality_now"),
    Column("next_above_root", 13, 8),
    Column("until", MAX_UNTIL + 1, 8),
    Column("last_above_next_root", 13, 12),
    Column("one_bar_ago", _INTERVALS, 12, "ago"),
    Column("two_bars_ago", _INTERVALS, 12, "ago"),
    Column("four_bars_ago", _INTERVALS, 12, "ago"),
    Column("chorus_ago", _INTERVALS, 12, "ago"),
    Column("ago_began", 16, 6),
    Column("step_bar_ago", NUM_STEPS + 1, 12),
    Column("match", len(MATCHES) + 1, 6),
    Column("match_interval", _INTERVALS, 16),
    Column("match_step", NUM_STEPS + 1, 12),
    Column("from_last", NUM_PITCHES + 1, 2),
    Column("from_root", 13, 2),
    Column("from_next_root", 13, 2),
)
SHIFTS = (
    ("from_last", FIRST_PITCH, NUM_PITCHES, 2 * NUM_PITCHES),
    ("from_root", FIRST_PITCH, NUM_PITCHES, 12),
    ("from_next_root", FIRST_PITCH, NUM_PITCHES, 12),
)
"""(column, first event, events, period) of the parts of the output that move with a pitch or a root."""

TRUNK = {column.name: index for index, column in enumerate(TRUNK_COLUMNS)}
HEAD = {column.name: index for index, column in enumerate(HEAD_COLUMNS)}
MEMORY = [
    HEAD[name]
    for name in ("one_bar_ago", "two_bars_ago", "four_bars_ago", "chorus_ago", "ago_began", "step_bar_ago", "match",
                 "match_interval", "match_step")
]  # fmt: skip
CHORD_TRUNK = [TRUNK["above_root"], TRUNK["quality"]]
CHORD_HEAD = [
    HEAD[name]
    for name in ("quality_now", "last_above_root", "last_2_above_root", "last_3_above_root", "next_quality",
                 "next_above_root", "until", "last_above_next_root", "from_root", "from_next_root")
]  # fmt: skip


def interval_class(semitones: int | None) -> int:
    """Return the class of an interval, 0 for none."""
    if semitones is None:
        return 0
    return 1 + MAX_INTERVAL + max(-MAX_INTERVAL, min(MAX_INTERVAL, semitones))


def above(pitch: int | None, root: int) -> int:
    """Return 1 + semitones above a root within the octave, 0 where either is missing."""
    return 0 if pitch is None or root < 0 else 1 + (pitch - root) % 12


def register_class(pitch: int | None) -> int:
    """Return the class of a register, 0 where there is no pitch."""
    return 0 if pitch is None else 1 + (pitch - LOW_PITCH) // REGISTER


def left_class(bars: int | None) -> int:
    """Return the class of the bars that are left, 0 where it is not known."""
    return 0 if bars is None else 1 + bisect_left(LEFT_BARS, max(bars, 0))


def targets(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (events, weight) of answers (R, 3): weight 0 where there is nothing to ask."""
    nothing = rows < 0
    return np.where(nothing, NONE, rows.astype(np.int64) + FIRST), (~nothing).astype(np.float32)


def transposed(example: Example, semitones: int) -> Example:
    """Return the example `semitones` higher; the caller keeps it within the codec's range."""
    if not semitones:
        return example
    trunk, head, target = example.trunk.copy(), example.head.copy(), example.target.copy()
    last = head[..., HEAD["from_last"]]
    head[..., HEAD["from_last"]] = np.where(last > 0, last + semitones, 0)
    for name in ("from_root", "from_next_root"):
        root = head[..., HEAD[name]]
        head[..., HEAD[name]] = np.where(root > 0, 1 + (root - 1 + semitones) % 12, 0)
    moved = head[:, PITCH, HEAD["from_last"]]
    trunk[:, TRUNK["register"]] = np.where(moved > 0, 1 + (moved - 1) // REGISTER, 0)
    is_pitch = (target >= FIRST_PITCH) & (target < NONE)
    return Example(trunk, head, np.where(is_pitch, target + semitones, target), example.weight)


def narrowed(example: Example, *, chords: bool, memory: bool, left: bool) -> Example:
    """Return the example without what the network is not to know."""
    trunk, head = example.trunk, example.head
    if not (chords and left):
        trunk = trunk.copy()
        trunk[:, [] if chords else CHORD_TRUNK] = 0
        if not left:
            trunk[:, TRUNK["left"]] = 0
    if not (chords and memory):
        head = head.copy()
        head[..., ([] if chords else CHORD_HEAD) + ([] if memory else MEMORY)] = 0
    return Example(trunk, head, example.target, example.weight)
