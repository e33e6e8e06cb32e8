"""The theme of a piece, and whether a piece is finished.

A theme is what comes back: of the stretches that begin a phrase the first whose bars return most often elsewhere in the
piece, as they are or at another pitch. is_finished, theme_bars.
"""

from bisect import bisect_right
from collections import Counter
from statistics import median

import numpy as np

from musegen.music.piece import Note, Piece
from musegen.music.theory import estimate_key
from musegen.music.timing import bar_starts, num_bars
from musegen.music.transform import main_key

PHRASE_BARS = 4
_LONGER = 1.5
"""How much longer than the usual note the last one of a finished piece is."""
_NEARLY = 0.9
"""Share of the most returns from which an earlier stretch is the theme."""

_Bar = tuple[tuple[float, int], ...]
"""(onset within the bar, interval from its first note) of the highest notes of a bar."""


def is_finished(piece: Piece) -> bool:
    """Return whether a piece comes to its end: after more than a few bars a long last note over the tonic."""
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    if len(notes) < PHRASE_BARS or num_bars(piece) <= 4 * PHRASE_BARS:
        return False
    end = max(note.end_quarter for note in notes)
    last = [note for note in notes if note.end_quarter >= end - 0.5]
    key = main_key(piece)
    tonic = key.tonic if key else estimate_key(np.array([note.pitch for note in notes]))[0]
    long = max(note.duration_quarter for note in last) >= _LONGER * median(note.duration_quarter for note in notes)
    return long and min(note.pitch for note in last) % 12 == tonic


def theme_bars(piece: Piece, length: int) -> tuple[int, int]:
    """Return the first and last bar, from 1, of the theme of a piece; its first bars that sound where nothing returns.

    Args:
        piece: the music, or the tracks of it that are looked at.
        length: bars wanted; fewer where the piece is shorter.
    """
    total = max(num_bars(piece), 1)
    bars = _bars(piece)
    if not bars:
        return 1, min(length, total)
    first = min(bars)
    counts = Counter(bar for bar in bars.values() if len({interval for _, interval in bar}) > 1)
    starts = range(first, max(total - length, first) + 1, PHRASE_BARS)

    def returns(start: int) -> int:
        within = [bars[bar] for bar in range(start, start + length) if bar in bars]
        begins = start in bars and counts[bars[start]] > 1  # what leads up to a theme is none of it
        return sum(counts[bar] > within.count(bar) for bar in within) + begins * length // 2

    found = {start: returns(start) for start in starts}
    most = max(found.values())
    start = next(start for start in starts if found[start] >= _NEARLY * most)
    return start, min(start + length - 1, total)


def _bars(piece: Piece) -> dict[int, _Bar]:
    """Return the highest line of each bar that has notes, by the bar's number from 1; a pickup belongs to no bar."""
    starts = bar_starts(piece)
    shift = 1 if piece.pickup_quarter else 0
    tops: dict[float, Note] = {}
    for track in piece.tracks:
        for note in track.notes if not track.is_drum else ():
            if note.onset_quarter not in tops or note.pitch > tops[note.onset_quarter].pitch:
                tops[note.onset_quarter] = note
    lines: dict[int, list[Note]] = {}
    for onset in sorted(tops):
        lines.setdefault(bisect_right(starts, onset) - shift, []).append(tops[onset])
    return {
        bar: tuple((round(n.onset_quarter - starts[bar - 1 + shift], 3), n.pitch - line[0].pitch) for n in line)
        for bar, line in lines.items()
        if bar >= 1
    }
