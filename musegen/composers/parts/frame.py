"""What is known of a score beside its notes: bars, keys, the end, which parts play, a melody that is given."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.parts.chords import ChordTrack, chords_written
from musegen.composers.parts.grid import TICKS
from musegen.composers.parts.rows import ScoreRows
from musegen.music import Piece
from musegen.music.timing import bar_starts, meter_at

METERS = ((4, 4), (2, 2), (2, 4), (3, 4), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2), (6, 4), (4, 2), (5, 4), (4, 8))
"""Meters that have a class of their own; all others share class 0."""

LEFT_BARS = np.array([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 65])
"""Boundaries of the classes of bars that are left after the one at hand."""

NUM_LEFT = len(LEFT_BARS) + 2


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """The bars of a score, shape (M,) each, the first at tick 0 or, where there is a pickup, before it.

    Args:
        start: tick at which each bar begins, ascending.
        length: ticks of a whole bar of its meter.
        meter: 0, or 1 + index into `METERS`.
    """

    start: np.ndarray
    length: np.ndarray
    meter: np.ndarray

    def index(self, tick: np.ndarray | int) -> np.ndarray:
        """Return which bar a tick lies in; past the last bar it is the last."""
        return np.searchsorted(self.start, tick, side="right") - 1


def bars_of(piece: Piece, end_tick: int) -> Bars:
    """Return the bars of a piece that begin before a tick; there is at least one."""
    starts = bar_starts(piece, max(end_tick, 1) / TICKS)
    meters = [meter_at(piece, start) for start in starts]
    start = [round(quarter * TICKS) for quarter in starts]
    length = [max(round(meter.bar_quarters * TICKS), 1) for meter in meters]
    if piece.pickup_quarter:
        start[0] = min(round(piece.pickup_quarter * TICKS) - length[0], 0)
    known = {pair: 1 + index for index, pair in enumerate(METERS)}
    kinds = [known.get((meter.numerator, meter.denominator), 0) for meter in meters]
    return Bars(np.array(start), np.array(length), np.array(kinds))


@dataclass(frozen=True, slots=True, eq=False)
class ScoreFrame:
    """What the network is told of a score beside the rows before.

    Args:
        bars: of the whole score, also of what is still to come.
        key_tick: where each key begins, the first at 0, shape (N,).
        key: 0 unknown, else as `chorale_grid.key_index`, shape (N,).
        last_bar: index of the last bar of the piece, None where the length is not told.
        own: whether it is music of the kind that the style is named after; see `ScorePiece`.
        memory: whether the network is told what was played one, two and four bars ago.
        present: which parts play, boolean (P,).
        lead: the notes of the highest part that plays, where they are given and the network looks ahead at them.
        most_unchanged_bars: bars for which the music may be the same as one, two or four bars before (at least those)
            until memory is no more shown, so that it finds a way out; None for never, as in training.
        chords: that the music follows, None where none are told; only a codec with chords shows them.
    """

    bars: Bars
    key_tick: np.ndarray
    key: np.ndarray
    last_bar: int | None
    own: bool
    memory: bool
    present: np.ndarray
    lead: ScoreRows | None = None
    most_unchanged_bars: float | None = None
    chords: ChordTrack | None = None

    def key_at(self, tick: np.ndarray | int) -> np.ndarray:
        """Return the key at ticks."""
        return self.key[np.maximum(np.searchsorted(self.key_tick, tick, side="right") - 1, 0)]

    def transposed(self, semitones: int) -> "ScoreFrame":
        """Return the frame with its keys `semitones` higher (without a lead, which is to be given anew)."""
        tonic, minor = (self.key - 1) // 2, (self.key - 1) % 2
        moved = np.where(self.key > 0, 1 + 2 * ((tonic + semitones) % 12) + minor, 0)
        chords = None if self.chords is None else self.chords.transposed(semitones)
        return replace(self, key=moved, lead=None, chords=chords)


def frame_of(piece: Piece, num_parts: int, end_tick: int, *, own: bool = True, memory: bool = True) -> ScoreFrame:
    """Return the frame of a whole piece, its end and chords told: all parts play, no melody is given.

    Args:
        piece: the music.
        num_parts: of the codec.
        end_tick: where the music ends.
        own: see `ScoreFrame`.
        memory: see `ScoreFrame`.
    """
    bars = bars_of(piece, end_tick)
    keys = piece.key_signatures
    ticks = [round(key.onset_quarter * TICKS) for key in keys]
    return ScoreFrame(
        bars,
        np.array(ticks or [0]),
        np.array([key_index(key) for key in keys] or [0]),
        len(bars.start) - 1,
        own,
        memory,
        np.ones(num_parts, bool),
        chords=chords_written(piece),
    )


def left_class(bars_left: np.ndarray | int) -> np.ndarray:
    """Return the class of the number of bars left after the one at hand, from 1 (0 stands for unknown)."""
    return 1 + np.searchsorted(LEFT_BARS, bars_left, side="right")
