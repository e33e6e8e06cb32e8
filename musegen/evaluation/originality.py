"""How much of a piece was heard before: the longest run of notes it shares with a corpus.

Definition. A *run* is a number of successive notes of one track. Two runs are the same where their notes have the same
lengths and the same intervals between neighbours, so that transposition, tempo, bar lines and rests between notes do
not matter. The figure of a piece is the most notes of any run of its tracks that occurs in some track of the corpus.
Real music shares runs with other real music too (formulas, quotations, variants), so the figure is to be read beside
that of held-out pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.music import Note, Piece

_BASE = np.uint64(0x9E3779B97F4A7C15 | 1)
_UNBASE = np.uint64(pow(int(_BASE), -1, 2**64))


@dataclass(frozen=True, slots=True)
class SharedRun:
    """The longest run of a piece that a corpus holds.

    Args:
        num_notes: its length; 0 where there is none.
        track: of the piece.
        first_note: its index in the track.
        source: name of a corpus piece that holds it, "" where there is none.
        source_note: index of its first note in the track of the source.
    """

    num_notes: int = 0
    track: int = 0
    first_note: int = 0
    source: str = ""
    source_note: int = 0


def _symbols(notes: Sequence[Note]) -> np.ndarray:
    """Return length, interval, length, interval, ... length of a track, int64 of shape (2 N - 1,)."""
    lengths = [round(note.duration_quarter * TICKS_PER_QUARTER) for note in notes]
    result = np.zeros(max(2 * len(notes) - 1, 0), np.int64)
    result[0::2] = [(length << 9) | 256 for length in lengths]  # bit 8 tells lengths from intervals
    result[1::2] = np.diff([note.pitch for note in notes]) & 255 if len(notes) > 1 else []
    return result


def _mix(symbols: np.ndarray) -> np.ndarray:
    """Return well-spread 64-bit numbers, one a symbol (the finaliser of SplitMix64)."""
    z = symbols.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class _Hashes:
    """Hashes of every run of a sequence of symbols, for any length, from one pass (Rabin and Karp)."""

    def __init__(self, symbols: np.ndarray) -> None:
        powers = np.ones(len(symbols) + 1, np.uint64)
        powers[1:] = np.cumprod(np.full(len(symbols), _BASE, np.uint64))
        self._inverse = np.ones(len(symbols) + 1, np.uint64)
        self._inverse[1:] = np.cumprod(np.full(len(symbols), _UNBASE, np.uint64))
        self._prefix = np.zeros(len(symbols) + 1, np.uint64)
        self._prefix[1:] = np.cumsum(_mix(symbols) * powers[:-1])

    def of(self, starts: np.ndarray, width: int) -> np.ndarray:
        """Return the hash of the `width` symbols from each start, uint64."""
        return (self._prefix[starts + width] - self._prefix[starts]) * self._inverse[starts]


class OriginalityIndex:
    """A corpus in which runs are looked up.

    Args:
        names: of the pieces.
        pieces: the corpus; drums are left out.
    """

    def __init__(self, names: Sequence[str], pieces: Sequence[Piece]) -> None:
        if len(names) != len(pieces):
            raise ValueError(f"{len(names)} names for {len(pieces)} pieces")
        self.names = list(names)
        tracks = [(i, t.notes) for i, p in enumerate(pieces) for t in p.tracks if t.notes and not t.is_drum]
        parts = [_symbols(notes) for _, notes in tracks]
        self._symbols = np.concatenate([np.zeros(0, np.int64), *parts])
        self._hashes = _Hashes(self._symbols)
        counts = [len(notes) for _, notes in tracks]
        self._piece = np.repeat([i for i, _ in tracks], counts).astype(int)
        self._note = np.concatenate([np.zeros(0, int), *(np.arange(n) for n in counts)])
        self._left = np.concatenate([np.zeros(0, int), *(np.arange(n, 0, -1) for n in counts)])
        begins = np.cumsum([0, *(len(p) for p in parts)])[:-1]
        self._place = np.repeat(begins, counts).astype(int) + 2 * self._note
        self._tables: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _table(self, num_notes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (sorted hashes, note of each) of all runs of a length."""
        if num_notes not in self._tables:
            notes = np.flatnonzero(self._left >= num_notes)
            hashes = self._hashes.of(self._place[notes], 2 * num_notes - 1)
            order = np.argsort(hashes, kind="stable")
            self._tables[num_notes] = hashes[order], notes[order]
        return self._tables[num_notes]

    def _find(self, symbols: np.ndarray, hashes: _Hashes, num_notes: int, skip: frozenset[int]) -> tuple | None:
        """Return (first note, corpus note) of a run of a length that both have, or None."""
        width = 2 * num_notes - 1
        starts = np.arange(0, len(symbols) - width + 1, 2)
        keys, notes = self._table(num_notes)
        wanted = hashes.of(starts, width)
        low, high = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
        for index in np.flatnonzero(high > low):
            run = symbols[starts[index] : starts[index] + width]
            for note in notes[low[index] : high[index]]:
                place = self._place[note]
                if self._piece[note] not in skip and np.array_equal(self._symbols[place : place + width], run):
                    return int(index), int(note)
        return None

    def longest(self, piece: Piece, skip: Sequence[str] = ()) -> SharedRun:
        """Return the longest run of a piece that the corpus holds.

        Args:
            piece: the music; drums are left out.
            skip: names of corpus pieces that do not count (the piece itself, say).
        """
        best, skipped = SharedRun(), frozenset(i for i, name in enumerate(self.names) if name in set(skip))
        for number, track in enumerate(piece.tracks):
            if track.is_drum or not track.notes:
                continue
            symbols = _symbols(track.notes)
            hashes = _Hashes(symbols)
            low, high = best.num_notes, len(track.notes)  # runs of `low` exist, longer than `high` cannot
            while low < high:
                middle = (low + high + 1) // 2
                found = self._find(symbols, hashes, middle, skipped)
                if found is None:
                    high = middle - 1
                    continue
                low = middle
                first, note = found
                best = SharedRun(middle, number, first, self.names[self._piece[note]], int(self._note[note]))
        return best
