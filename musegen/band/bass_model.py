"""What an electric bass plays beside a bass drum: counted from real bands, and drawn from. BassTables, draw_bass.

At each sixteenth a note begins or not, by place in the bar, bass drum, what was a bar ago and a sixteenth ago; a note
is an interval above the root of its chord, by place and by the interval before. Each wider context is the prior of
the next. Counts: `musegen.training.bass_groove_table`, from Freedoom's music. Which roots, the chart says; what is no
tone of the chord is only played off the beat on the way to the next note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.music.chord import Chord
from musegen.paths import assets_dir

STEPS = 16
LOW, HIGH = 28, 50
"""Lowest and highest pitch: E1 to D3."""
PRIOR, PRIOR_INTERVAL = 6.0, 6.0
ONSETS = ((STEPS,), (STEPS, 2), (STEPS, 2, 3, 2))
INTERVALS = ((2, 12), (2, STEPS, 12), (2, STEPS, 13, 12))


@dataclass(frozen=True, slots=True, eq=False)
class BassTables:
    """What was counted: notes begun and places asked for in each context, and intervals."""

    begun: tuple[np.ndarray, ...]
    asked: tuple[np.ndarray, ...]
    intervals: tuple[np.ndarray, ...]


def empty_tables() -> BassTables:
    """Return tables of zeros."""
    return BassTables(
        tuple(np.zeros(shape, np.int64) for shape in ONSETS),
        tuple(np.zeros(shape, np.int64) for shape in ONSETS),
        tuple(np.zeros(shape, np.int64) for shape in INTERVALS),
    )


@lru_cache(maxsize=1)
def load_bass() -> BassTables:
    """Return what was counted in the corpus."""
    with np.load(assets_dir() / "bass.npz", allow_pickle=False) as stored:
        return BassTables(
            *(
                tuple(stored[f"{name}_{n}"].astype(float) for n in range(len(shapes)))
                for name, shapes in (("begun", ONSETS), ("asked", ONSETS), ("intervals", INTERVALS))
            )
        )


def onset_contexts(onsets: np.ndarray, kick: np.ndarray, step: int) -> tuple[tuple[int, ...], ...]:
    """Return the contexts of whether a note begins at a step."""
    place, struck = step % STEPS, int(kick[step])
    ago = int(onsets[step - STEPS]) if step >= STEPS else 2
    before = int(onsets[step - 1]) if step else 0
    return (place,), (place, struck), (place, struck, ago, before)


def onset_chance(tables: BassTables, met: Sequence[tuple[int, ...]]) -> float:
    """Return how likely it is that a note begins."""
    likely = 0.3
    for begun, asked, context in zip(tables.begun, tables.asked, met, strict=False):
        likely = (begun[context] + PRIOR * likely) / (asked[context] + PRIOR)
    return min(max(likely, 1e-3), 1 - 1e-3)


def interval_chances(tables: BassTables, first: bool, step: int, before: int) -> np.ndarray:
    """Return how likely each interval above the root is, shape (12,).

    Args:
        tables: what was counted.
        first: whether it is the first note of its chord.
        step: sixteenth.
        before: the interval before, 12 for none.
    """
    likely = np.full(12, 1 / 12)
    for table, context in zip(
        tables.intervals, ((int(first),), (int(first), step % STEPS), (int(first), step % STEPS, before)), strict=True
    ):
        likely = (table[context] + PRIOR_INTERVAL * likely) / (table[context].sum() + PRIOR_INTERVAL)
    return likely


def draw_bass(
    tables: BassTables,
    chords: Sequence[Chord],
    kick: np.ndarray,
    rng: np.random.Generator,
    *,
    density: float = 0.0,
    temperature: float = 0.7,
) -> list[tuple[int, int, int]]:
    """Return (step, steps that it lasts, pitch) of each note.

    Args:
        tables: what was counted.
        chords: the chord at each sixteenth; where there is none the bass rests.
        kick: whether the bass drum is struck at each.
        rng: where chance comes from.
        density: nats towards more notes.
        temperature: above 0.
    """
    onsets = np.zeros(len(chords), np.int8)
    for step, chord in enumerate(chords):
        new = step == 0 or chord != chords[step - 1]
        if chord.is_no_chord:
            continue
        likely = onset_chance(tables, onset_contexts(onsets, kick, step))
        logit = (np.log(likely / (1 - likely)) + density) / temperature
        onsets[step] = new or rng.random() < 1 / (1 + np.exp(-logit))
    steps = np.flatnonzero(onsets)
    notes: list[tuple[int, int, int]] = []
    interval, last = 12, 36
    for number, step in enumerate(steps.tolist()):
        chord = chords[step]
        first = not number or chord != chords[steps[number - 1]]
        following = int(steps[number + 1]) if number + 1 < len(steps) else len(chords)
        root = chord.bass_pitch_class
        if first:
            pitch_class = root
        else:
            intervals = interval_chances(tables, False, step, interval) ** (1 / temperature)
            tones = np.array([(root + above) % 12 in chord.pitch_classes | {root} for above in range(12)])
            leads = following < len(chords) and chords[following] != chord and step % 4 != 0
            if leads:  # a step below or above the next root
                goal = (chords[following].bass_pitch_class - root) % 12
                tones[[(goal - 1) % 12, (goal - 2) % 12, (goal + 2) % 12]] = True
            intervals = intervals * tones
            pitch_class = (root + int(rng.choice(12, p=intervals / intervals.sum()))) % 12
        interval = (pitch_class - root) % 12
        near = [p for p in range(LOW, HIGH + 1) if p % 12 == pitch_class]
        pitch = min(near, key=lambda p: (abs(p - last) + 0.25 * abs(p - 38), p))
        rest = next((s for s in range(step + 1, following) if chords[s].is_no_chord), following)
        notes.append((step, min(rest - step, STEPS), pitch))
        last = pitch
    return notes
