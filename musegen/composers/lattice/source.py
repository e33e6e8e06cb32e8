"""Piano scores as training examples: crops of the lattice, in all keys, how long they go on told or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.key_numbers import NUM_KEYS as NUM_TONALITIES
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.lattice.grid import (
    BAR_STEPS,
    HIGH_PITCH,
    LEAST_ON_GRID,
    LOW_PITCH,
    METERS,
    MOST_LEFT,
    NUM_KEYS,
    Clock,
    keys_of,
    on_grid,
    shifted,
)
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.codec import Example
from musegen.music import KeySignature, Piece
from musegen.music.theory import estimate_key
from musegen.music.timing import bar_starts, meter_at
from musegen.music.transform import map_notes, quantize

CONTEXT_STEPS = 16
"""Sixteenths at the beginning of a crop that are heard only: what came before them is not known."""
KNOWN_LENGTH, FROM_BEGINNING, MOST_SEMITONES = 0.6, 0.08, 6


@dataclass(frozen=True, slots=True, eq=False)
class _Score:
    keys: np.ndarray
    clock: Clock
    low: int
    high: int


def clock_of(piece: Piece, num_steps: int) -> Clock:
    """Return the clock of a score with all its changes of meter and key; bars of odd length go with their meter."""
    starts = bar_starts(piece, num_steps / 4)
    marks = [(m.numerator, m.denominator) for m in (meter_at(piece, start + 1e-6) for start in starts)]
    known = next((mark for mark in marks if mark in METERS), METERS[0])
    meter, sixteenth = np.zeros(num_steps, int), np.zeros(num_steps, int)
    left, key = np.zeros(num_steps, int), np.zeros(num_steps, int)
    edges = [round(start * 4) for start in starts] + [num_steps]
    for number, (mark, start, stop) in enumerate(zip(marks, edges, edges[1:], strict=False)):
        known = mark if mark in METERS else known
        index = METERS.index(known)
        late = BAR_STEPS[index] - (stop - start) if number == 0 and piece.pickup_quarter else 0
        meter[start:stop] = index
        sixteenth[start:stop] = np.clip(np.arange(stop - start) + late, 0, BAR_STEPS[index] - 1)
        left[start:stop] = min(len(starts) - number, MOST_LEFT)
    for signed in piece.key_signatures:
        key[round(signed.onset_quarter * 4) :] = key_index(signed)
    return Clock(meter, sixteenth, key, left)


class LatticeSource:
    """Draws crops of scores.

    Args:
        train: to learn from.
        valid: held out.
        least_on_grid: share of notes that must begin on a sixteenth, else a piece is left out: of triplets a grid of
            sixteenths makes something else.
        valid_steps: of each held-out score so many sixteenths from the beginning are looked at.
    """

    def __init__(
        self,
        train: Sequence[ScorePiece],
        valid: Sequence[ScorePiece],
        least_on_grid: float = LEAST_ON_GRID,
        valid_steps: int = 256,
    ) -> None:
        self._scores = [_read(item.piece) for item in train if on_grid(item.piece) >= least_on_grid]
        self._valid = [_read(item.piece) for item in valid if on_grid(item.piece) >= least_on_grid]
        self._valid_steps = valid_steps
        lengths = np.array([len(score.keys) for score in self._scores], float)
        self._probabilities = lengths / lengths.sum()

    @property
    def num_steps(self) -> int:
        """Sixteenths to learn from."""
        return sum(len(score.keys) for score in self._scores)

    def draw(self, random: np.random.Generator, num_frames: int) -> Example:
        """Return one random crop of at most `num_frames` sixteenths in a random key."""
        score = self._scores[random.choice(len(self._scores), p=self._probabilities)]
        length = len(score.keys)
        # Ends after the end count as the end, so that endings are seen often.
        start = int(random.integers(0, max(length - num_frames * 3 // 4, 0) + 1))
        start = 0 if random.random() < FROM_BEGINNING else min(start, max(length - num_frames, 0))
        semitones = int(random.integers(score.low, score.high + 1))
        known = random.random() < KNOWN_LENGTH
        return _example(score, slice(start, start + num_frames), semitones, known=known)

    def validation(self) -> list[Example]:
        """Return the beginnings of the held-out scores in their keys, their lengths not told."""
        return [_example(score, slice(0, self._valid_steps), 0, known=False) for score in self._valid]


def _read(piece: Piece) -> _Score:
    piece, _ = quantize(map_notes(piece, lambda n: n if LOW_PITCH <= n.pitch <= HIGH_PITCH else None))
    notes = [note for track in piece.tracks for note in track.notes]
    if not piece.key_signatures:
        tonic, mode = estimate_key(np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes]))
        piece = _signed(piece, KeySignature(0.0, tonic, mode))
    num_steps = max(round(note.end_quarter * 4) for note in notes)
    keys = keys_of(piece, num_steps)
    used = np.flatnonzero(keys.any(0))
    low, high = max(-MOST_SEMITONES, -int(used[0])), min(MOST_SEMITONES, NUM_KEYS - 1 - int(used[-1]))
    return _Score(keys, clock_of(piece, num_steps), low, high)


def _signed(piece: Piece, key: KeySignature) -> Piece:
    return replace(piece, key_signatures=(key,))


def _example(score: _Score, crop: slice, semitones: int, *, known: bool) -> Example:
    keys = shifted(score.keys[crop], semitones).astype(np.int16)
    clock = score.clock
    key = clock.key[crop]
    key = np.where(key > 0, 1 + (key - 1 + 2 * semitones) % (NUM_TONALITIES - 1), 0)
    told = Clock(clock.meter[crop], clock.sixteenth[crop], key, clock.left[crop] if known else 0 * key)
    weight = np.ones(keys.shape, np.float32)
    if crop.start:
        weight[:CONTEXT_STEPS] = 0.0
    keys = _begun(keys)
    return Example(told.columns(), keys[..., None], keys, weight)


def _begun(keys: np.ndarray) -> np.ndarray:
    """Return a crop in which what is held from before it is struck at its first sixteenth: nothing is held unheard."""
    first = np.where(keys[0] > 0, 2, 0).astype(keys.dtype)
    return np.vstack([first[None], keys[1:]])
