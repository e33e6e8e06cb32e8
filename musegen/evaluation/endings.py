"""Does a piece end as a piece should, and does it fill its bars.

Drums are left out everywhere. An empty piece ends nowhere: False, and NaN for shares.
"""

import math

from musegen.music import Note, Piece, snap
from musegen.music.timing import bar_starts, meter_at

_EPSILON = 1e-6


def _pitched(piece: Piece) -> list[Note]:
    return [note for track in piece.tracks if not track.is_drum for note in track.notes]


def _end(piece: Piece) -> float:
    return max((note.end_quarter for note in _pitched(piece)), default=0.0)


def ends_on_tonic(piece: Piece, tonic: int) -> bool:
    """Return whether the lowest note sounding at the very end has the tonic's pitch class.

    In one voice that is the last note, in four the bass.

    Args:
        piece: the music.
        tonic: pitch class, 0 to 11.
    """
    end = _end(piece)
    last = [note.pitch for note in _pitched(piece) if note.end_quarter >= end - _EPSILON]
    return bool(last) and min(last) % 12 == tonic % 12


def ends_on_tonic_chord(piece: Piece, tonic: int) -> bool:
    """Return whether what sounds at the very end is the tonic with its third or fifth or alone, the tonic lowest.

    The third may be major or minor, whatever the key: many pieces in minor end in major.

    Args:
        piece: the music.
        tonic: pitch class, 0 to 11.
    """
    end = _end(piece)
    degrees = {(n.pitch - tonic) % 12 for n in _pitched(piece) if n.end_quarter >= end - _EPSILON}
    return ends_on_tonic(piece, tonic) and degrees in ({0}, {0, 3}, {0, 4}, {0, 7}, {0, 3, 7}, {0, 4, 7})


def ends_held(piece: Piece, quarters: float) -> bool:
    """Return whether the longest of the notes struck last is held for so many quarters at least."""
    notes = _pitched(piece)
    last = max((note.onset_quarter for note in notes), default=0.0)
    held = max((n.duration_quarter for n in notes if n.onset_quarter >= last - _EPSILON), default=0.0)
    return bool(notes) and held >= quarters - _EPSILON


def _bars(piece: Piece) -> list[tuple[float, float]]:
    """Return (start, stop) of each bar that begins before the end; the last may be short by the pickup.

    After a pickup the custom is to end with a bar that the pickup completes, so there the last bar stops early if the
    music does.
    """
    end = _end(piece)
    if not end:
        return []
    starts = bar_starts(piece, end)
    stop = snap(starts[-1] + meter_at(piece, starts[-1]).bar_quarters)
    if len(starts) == 1 and piece.pickup_quarter:
        stop = piece.pickup_quarter
    elif piece.pickup_quarter and abs(end - (stop - piece.pickup_quarter)) < _EPSILON:
        stop = end
    return list(zip(starts, [*starts[1:], stop], strict=True))


def ends_at_bar_line(piece: Piece) -> bool:
    """Return whether the last note ends at a bar line, or where a bar shortened by the pickup ends."""
    bars = _bars(piece)
    return bool(bars) and abs(_end(piece) - bars[-1][1]) < _EPSILON


def bars_filled(piece: Piece) -> float:
    """Return the share of bars that every voice fills exactly: notes without gap or overlap from line to line.

    A rest leaves a bar unfilled, so compare with the same share of the music learned from. An incomplete first bar
    counts like any other. Tracks without notes are left out. NaN for an empty piece.
    """
    bars = _bars(piece)
    tracks = [track.notes for track in piece.tracks if track.notes and not track.is_drum]
    if not bars:
        return math.nan
    return sum(all(_fills(notes, *bar) for notes in tracks) for bar in bars) / len(bars)


def _fills(notes: tuple[Note, ...], start: float, stop: float) -> bool:
    """Return whether notes, sorted by onset, follow one another without gap or overlap from start to stop."""
    reached = start
    for note in notes:
        if note.end_quarter <= start + _EPSILON:
            continue
        if note.onset_quarter >= stop - _EPSILON:
            break
        if abs(max(note.onset_quarter, start) - reached) > _EPSILON:
            return False
        reached = note.end_quarter
    return reached >= stop - _EPSILON


def notes_across_bar_lines(piece: Piece) -> int:
    """Return how many notes begin in one bar and end in a later one (they need a tie when written)."""
    starts = [start for start, _ in _bars(piece)[1:]]
    return sum(
        any(note.onset_quarter + _EPSILON < line < note.end_quarter - _EPSILON for line in starts)
        for note in _pitched(piece)
    )
