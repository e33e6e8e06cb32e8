"""Chords that several parts follow, as numbers that a network is told: ChordTrack, chord_track.

A chord is 0 where none is known, else 1 + root * Q + class of its quality; the bass is 0 or 1 + its pitch class.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from musegen.composers.parts.grid import TICKS
from musegen.errors import ChartError
from musegen.music import Piece
from musegen.music.chord import Chord, parse_chord

CLASSES = {
    "maj": 0, "5": 0, "6": 0, "min": 1, "m6": 1, "mmaj7": 1, "7": 2, "7alt": 2, "maj7": 3, "min7": 4,
    "dim": 5, "dim7": 5, "m7b5": 5, "sus": 6, "7sus": 6, "sus2": 7, "aug": 8,
}  # fmt: skip
"""Qualities that are told apart."""

NUM_CLASSES = 9
NUM_CHORDS, NUM_BASSES = 1 + 12 * NUM_CLASSES, 13


@dataclass(frozen=True, slots=True, eq=False)
class ChordTrack:
    """The chords of a piece.

    Args:
        tick: where each begins, ascending, the first at 0 or before, shape (N,).
        number: of each, 0 where none is known, shape (N,).
        bass: of each, 0 where none is known, shape (N,).
    """

    tick: np.ndarray
    number: np.ndarray
    bass: np.ndarray

    def index(self, tick: np.ndarray | int) -> np.ndarray:
        """Return which chord sounds at ticks."""
        return np.maximum(self.tick.searchsorted(tick, "right") - 1, 0)

    def following(self, tick: np.ndarray | int) -> np.ndarray:
        """Return the number of the chord after the one that sounds at ticks, 0 after the last."""
        return np.append(self.number, 0)[self.index(tick) + 1]

    def transposed(self, semitones: int) -> "ChordTrack":
        """Return the chords `semitones` higher."""
        root, quality = (self.number - 1) // NUM_CLASSES, (self.number - 1) % NUM_CLASSES
        number = np.where(self.number > 0, 1 + (root + semitones) % 12 * NUM_CLASSES + quality, 0)
        return ChordTrack(self.tick, number, np.where(self.bass > 0, 1 + (self.bass - 1 + semitones) % 12, 0))


def number_of(chord: Chord) -> tuple[int, int]:
    """Return (number, bass) of a chord."""
    if chord.is_no_chord:
        return 0, 0
    return 1 + chord.root * NUM_CLASSES + CLASSES[chord.quality], 1 + chord.bass_pitch_class


def chord_track(changes: Iterable[tuple[float, Chord]]) -> ChordTrack:
    """Return the chords that begin at quarters, as numbers; none is known before the first."""
    rows = [(0, 0, 0)]
    for quarter, chord in changes:
        row = (round(quarter * TICKS), *number_of(chord))
        rows = rows[:-1] if rows[-1][0] >= row[0] else rows
        rows.append(row)
    tick, number, bass = np.array(rows).T
    return ChordTrack(tick, number, bass)


def chords_written(piece: Piece) -> ChordTrack | None:
    """Return the chords that stand in a piece, None where there are none; what is no chord is left out."""
    found: list[tuple[float, Chord]] = []
    for symbol in piece.chord_symbols:
        try:
            found.append((symbol.onset_quarter, parse_chord(symbol.text)))
        except ChartError:
            continue
    return chord_track(found) if found else None
