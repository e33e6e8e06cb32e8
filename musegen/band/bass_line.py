"""What a walking bass plays: a model of the next note given the two before it and the chords around it.

A line has one note a slot (a beat, or half a bar in a two-beat feel). The log-probability of a pitch is a sum of table
entries: its interval above the root by kind of chord and place in it, above the next chord's root by how near that is,
the step from the note before by the step before that and the beat, and its height. The tables are fitted to the bass
under the solos of the Weimar Jazz Database (`musegen.training.bass_table`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.music.chord import Chord

LOW, HIGH = 28, 55
"""Lowest and highest pitch of a line: E1 to G3."""
PITCHES = np.arange(LOW, HIGH + 1)
MOST_STEP = 13
"""Steps of more semitones are counted as this many."""

_KINDS = ("major", "minor", "dominant", "half-diminished", "diminished")
_SUSPENDED = ("7sus", "sus", "sus2", "5")
_NEAR = 3
_NEVER = -20.0
TABLE_SHAPES = {
    "chord": (len(_KINDS) + 1, 8, 12),
    "place": (8, _NEAR, 12),
    "coming": (_NEAR, 12),
    "height": (len(PITCHES),),
    "step": (5, 4, 2 * MOST_STEP + 1),
    "skip": (2 * MOST_STEP + 1,),
}
"""Shapes of the tables: (kind, place, interval above the root), (place, slots left, interval), (slots left, interval
above the next root), (pitch), (step before, beat, step), (interval from the note before the last)."""

Tables = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """What stands around each slot of a line, arrays of shape (T,).

    Args:
        kind: kind of chord.
        root: pitch class of its root.
        coming: pitch class of the root of the next chord.
        place: 0 to 3 in the first four slots of a chord, later 4 plus the beat.
        left: slots to the next chord less one, at most 2.
        beat: 0 to 3.
    """

    kind: np.ndarray
    root: np.ndarray
    coming: np.ndarray
    place: np.ndarray
    left: np.ndarray
    beat: np.ndarray

    def __len__(self) -> int:
        return len(self.root)


def slots_of(chords: Sequence[Chord], beats: Sequence[int]) -> Slots:
    """Return what stands around the slots of a line.

    Args:
        chords: the chord in each slot; where there is none, its root counts as C.
        beats: place in the bar, from 0; those from 4 on count as 0 to 3 again.
    """
    count = len(chords)
    since, left, coming = np.zeros(count, int), np.full(count, _NEAR - 1), np.zeros(count, int)
    for i in range(count):
        since[i] = since[i - 1] + 1 if i and chords[i] == chords[i - 1] else 0
    for i in reversed(range(count)):
        coming[i] = chords[i].root
        if i + 1 < count and chords[i + 1] != chords[i]:
            left[i], coming[i] = 0, chords[i + 1].root
        elif i + 1 < count and left[i + 1] + 1 < _NEAR - 1:
            left[i], coming[i] = left[i + 1] + 1, coming[i + 1]
    beat = np.asarray(beats, int) % 4
    kinds = [
        len(_KINDS) if c.quality in _SUSPENDED else _KINDS.index(c.family) if c.family in _KINDS else 0 for c in chords
    ]
    root = np.array([chord.root for chord in chords], int)
    return Slots(np.array(kinds, int), root, coming, np.where(since < 4, since, 4 + beat), left, beat)


def harmony_logits(tables: Tables, slots: Slots) -> np.ndarray:
    """Return the part of the log-probabilities that the notes before do not change, shape (T, 28)."""
    above = (PITCHES[None] - slots.root[:, None]) % 12
    to_next = (PITCHES[None] - slots.coming[:, None]) % 12
    return (
        tables["chord"][slots.kind[:, None], slots.place[:, None], above]
        + tables["place"][slots.place[:, None], slots.left[:, None], above]
        + tables["coming"][slots.left[:, None], to_next]
        + tables["height"][None]
    )


def motion_logits(tables: Tables, beat: int) -> np.ndarray:
    """Return the part of the notes before: [second last pitch, last pitch, pitch], shape (28, 28, 28).

    The same note three times in a row, hardly heard in real walking lines, is kept out.
    """
    steps = step_index(PITCHES[None] - PITCHES[:, None])  # [from, to]
    kinds = step_kind(PITCHES[None] - PITCHES[:, None])
    same = np.arange(len(PITCHES))
    logits = tables["step"][kinds[:, :, None], beat, steps[None]] + tables["skip"][steps[:, None, :]]
    logits[same, same, same] = _NEVER
    return logits


def step_index(step: np.ndarray) -> np.ndarray:
    """Return the column of a step in semitones in the tables."""
    return np.clip(step, -MOST_STEP, MOST_STEP) + MOST_STEP


def step_kind(step: np.ndarray) -> np.ndarray:
    """Return what a step was: 0 a leap down, 1 a step down, 2 the same note, 3 a step up, 4 a leap up."""
    return np.where(step == 0, 2, np.where(step < -2, 0, np.where(step < 0, 1, np.where(step <= 2, 3, 4))))


def sample_line(
    tables: Tables, slots: Slots, allowed: np.ndarray, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a line drawn from the model, given what is allowed in every slot: pitches, shape (T,).

    What is allowed later weighs on every choice before it (backward messages, then one draw forward), so a line is led
    to where it must go.

    Args:
        tables: of the model.
        slots: around the line.
        allowed: which of `PITCHES` may be played, bool, shape (T, 28).
        temperature: above 0; below 1 the likelier notes are preferred.
        rng: where chance comes from.

    Raises:
        ValueError: a slot allows nothing.
    """
    if not allowed.any(axis=1).all():
        raise ValueError("every slot must allow a pitch")
    harmony = harmony_logits(tables, slots)
    motion = [motion_logits(tables, beat) for beat in range(4)]
    count, size = harmony.shape
    after = np.ones((count, size, size))  # after[t][i, j]: how well things can go on from i, j at t - 1, t
    for t in range(count - 2, 0, -1):
        chances = _softmax((motion[slots.beat[t + 1]] + harmony[t + 1]) / temperature)
        after[t] = (chances * (allowed[t + 1] * after[t + 1])[None]).sum(-1) + 1e-300
        after[t] /= after[t].max()
    line: list[int] = []
    for t in range(count):
        if t == 0:
            weights = _softmax(harmony[0] / temperature) * allowed[0]
        else:
            before = line[-2] if t > 1 else line[-1]
            chances = _softmax((motion[slots.beat[t]][before, line[-1]] + harmony[t]) / temperature)
            weights = chances * allowed[t] * after[t][line[-1]]
        weights = np.where(weights.sum() > 0, weights, allowed[t].astype(float))
        line.append(int(rng.choice(size, p=weights / weights.sum())))
    return PITCHES[line]


def _softmax(logits: np.ndarray) -> np.ndarray:
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)
