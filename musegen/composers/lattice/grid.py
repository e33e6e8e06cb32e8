"""Piano music as a lattice: each of 88 keys in each sixteenth is silent, held or struck. LatticeGrid, Clock."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.key_numbers import key_index
from musegen.music import Piece

STEP_QUARTER = 0.25
LOW_PITCH, NUM_KEYS = 21, 88
HIGH_PITCH = LOW_PITCH + NUM_KEYS - 1
SILENT, HELD, STRUCK = 0, 1, 2

METERS = ((4, 4), (3, 4), (2, 4), (2, 2), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2), (6, 4))
BAR_STEPS = tuple(n * 16 // d for n, d in METERS)
MAX_BAR = max(BAR_STEPS)
_COMPOUND = {(6, 8), (9, 8), (12, 8), (6, 4)}
_FIRST_PLACE = np.concatenate([[0], np.cumsum(BAR_STEPS)])
NUM_PLACES = int(_FIRST_PLACE[-1])
"""Places in a bar of some meter, all meters one after the other."""
NUM_BEATS = 4 + 6 + 12
LEAST_ON_GRID = 0.9
"""Share of the notes of a piece that must begin on a sixteenth: of triplets such a grid makes something else."""
_NEAR = 0.02
"""Quarters that a note may begin beside a sixteenth and still be meant to begin there."""
MOST_LEFT = 8
"""Bars that are left, the one that is played counted, are told up to so many, and 0 stands for not known."""

CLOCK = ("place", "sixteenth", "beat", "meter", "key", "left", "bar")
"""What is told of each sixteenth beside the keys: see `Clock.columns`."""
CLOCK_SIZES = (NUM_PLACES, MAX_BAR, NUM_BEATS, len(METERS), 25, MOST_LEFT + 1, MAX_BAR + 1)


@dataclass(frozen=True, slots=True)
class LatticeGrid:
    """A piece as arrays.

    Args:
        keys: SILENT, HELD or STRUCK, shape (T, 88), lowest key first.
        meter: index into METERS.
        pickup: sixteenths of the incomplete first bar.
        key: 0 unknown, else 1 + 2 * tonic + (1 for minor).
    """

    keys: np.ndarray
    meter: int = 0
    pickup: int = 0
    key: int = 0

    @property
    def bar_steps(self) -> int:
        """Sixteenths in a bar."""
        return BAR_STEPS[self.meter]


@dataclass(frozen=True, slots=True)
class Clock:
    """Where in its bars, meters and keys each sixteenth of a piece stands.

    Args:
        meter: index into METERS, shape (T,).
        sixteenth: since its bar began, 0 to MAX_BAR - 1, shape (T,).
        key: 0 unknown, else 1 + 2 * tonic + (1 for minor), shape (T,).
        left: bars left, the one at hand counted, at most MOST_LEFT; 0 unknown; shape (T,).
    """

    meter: np.ndarray
    sixteenth: np.ndarray
    key: np.ndarray
    left: np.ndarray

    def columns(self) -> np.ndarray:
        """Return what `CLOCK` names, integers (T, 7)."""
        steps = np.array(BAR_STEPS)[self.meter]
        sixteenth = np.minimum(self.sixteenth, steps - 1)
        return np.column_stack(
            [_FIRST_PLACE[self.meter] + sixteenth, sixteenth, _BEATS[self.meter, sixteenth], self.meter, self.key,
             self.left, steps]
        ).astype(np.int16)  # fmt: skip


def _beats() -> np.ndarray:
    """Return the place within the beat of each sixteenth of each meter, shape (meters, MAX_BAR)."""
    table = np.zeros((len(METERS), MAX_BAR), int)
    for index, meter in enumerate(METERS):
        beat = 4 if meter not in _COMPOUND else 6 if meter[1] == 8 else 12
        table[index] = np.arange(MAX_BAR) % beat + {4: 0, 6: 4, 12: 10}[beat]
    return table


_BEATS = _beats()


def regular_clock(num_steps: int, grid: LatticeGrid, last: int | None) -> Clock:
    """Return the clock of music in one meter and key.

    Args:
        num_steps: sixteenths.
        grid: whose meter, pickup and key hold; its keys are not looked at.
        last: bars of the whole, a pickup not counted; None where that is not told.
    """
    steps = np.arange(num_steps) - grid.pickup
    bar = np.where(steps < 0, 0, steps // grid.bar_steps)
    left = np.zeros(num_steps, int) if last is None else np.clip(last - bar, 1, MOST_LEFT)
    whole = np.full(num_steps, grid.meter)
    return Clock(whole, steps % grid.bar_steps, np.full(num_steps, grid.key), left)


def keys_of(piece: Piece, num_steps: int) -> np.ndarray:
    """Return the lattice of a piece whose notes lie on the grid of sixteenths and on the 88 keys, (T, 88).

    A key that is struck while it sounds is struck again; of two notes that begin together the longer one counts.
    """
    keys = np.zeros((num_steps, NUM_KEYS), np.int8)
    notes = sorted(note for track in piece.tracks for note in track.notes)
    for note in notes:
        start, end = round(note.onset_quarter * 4), round(note.end_quarter * 4)
        keys[start:end, note.pitch - LOW_PITCH] = np.maximum(keys[start:end, note.pitch - LOW_PITCH], HELD)
    for note in notes:
        keys[round(note.onset_quarter * 4), note.pitch - LOW_PITCH] = STRUCK
    return keys


def notes_of(keys: np.ndarray) -> list[tuple[int, int, int]]:
    """Return the notes of a lattice (start, end, pitch), in sixteenths, by start, then pitch."""
    padded = np.vstack([keys, np.full(keys.shape[1], SILENT, keys.dtype)])
    found = []
    for key in np.flatnonzero((keys == STRUCK).any(0)).tolist():
        column = padded[:, key]
        starts = np.flatnonzero(column == STRUCK)
        stops = np.flatnonzero(column != HELD)
        ends = stops[np.searchsorted(stops, starts, side="right")]
        found += [(int(s), int(e), key + LOW_PITCH) for s, e in zip(starts, ends, strict=True)]
    return sorted(found)


def transposed(grid: LatticeGrid, semitones: int) -> LatticeGrid:
    """Return a grid some semitones higher; keys beyond the keyboard are left out."""
    key = grid.key and 1 + (grid.key - 1 + 2 * semitones) % 24
    return replace(grid, keys=shifted(grid.keys, semitones), key=key)


def shifted(keys: np.ndarray, semitones: int) -> np.ndarray:
    """Return a lattice some semitones higher; keys beyond the keyboard are left out."""
    moved = np.zeros_like(keys)
    if semitones >= 0:
        moved[:, semitones:] = keys[:, : keys.shape[1] - semitones]
    else:
        moved[:, :semitones] = keys[:, -semitones:]
    return moved


def signed_key(piece: Piece) -> int:
    """Return the number of the first key that a piece is signed with, 0 for none."""
    return key_index(piece.key_signatures[0]) if piece.key_signatures else 0


def on_grid(piece: Piece) -> float:
    """Return the share of a piece's notes that begin on a sixteenth, 0 to 1."""
    onsets = np.array([note.onset_quarter for track in piece.tracks for note in track.notes]) * 4
    return float((np.abs(onsets - np.round(onsets)) < 4 * _NEAR).mean()) if len(onsets) else 0.0
