"""Ends of notes that come a little too soon, as a player or a sequencer leaves them: closed, for the sheet alone."""

from bisect import bisect_left
from dataclasses import replace
from math import ceil

from musegen.constants import TICKS_PER_QUARTER
from musegen.music.meter import is_plain
from musegen.music.piece import Note, Piece

_PLAIN, _TRIPLET = 0.25, 1 / 3
"""Quarters of the grids on which notes end: those that begin on sixteenths, and others."""
_MEANT = 1 / 6
"""Ends on this grid, or on any of undivided note values, were meant."""
_GAP = 1 / 8
"""The longest silence that is closed, as a share of the note and in quarters."""
_NEAR = 1e-4


def closed(piece: Piece) -> Piece:
    """Return the piece with notes that end just before the next note or the grid lasting until then.

    At most an eighth of a note and of a quarter is closed, and only where the note ends on no grid of its own.
    Drums are left alone. Onsets, pitches and the order of notes stay.
    """
    tracks = tuple(track if track.is_drum else replace(track, notes=_closed(track.notes)) for track in piece.tracks)
    return piece if tracks == piece.tracks else replace(piece, tracks=tracks)


def _closed(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    onsets = sorted({note.onset_quarter for note in notes})
    return tuple(replace(note, duration_quarter=_end(note, onsets) - note.onset_quarter) for note in notes)


def _end(note: Note, onsets: list[float]) -> float:
    """Return where a note ends on the sheet, in quarters."""
    end = note.end_quarter
    if is_plain(round(end * TICKS_PER_QUARTER)) or _is_on(end, _MEANT):
        return end
    following = bisect_left(onsets, end - _NEAR)
    step = _PLAIN if _is_on(note.onset_quarter, _PLAIN) else _TRIPLET
    place = min(ceil(end / step) * step, *onsets[following : following + 1], float("inf"))
    return place if place - end <= _GAP * min(note.duration_quarter, 1.0) + _NEAR else end


def _is_on(quarter: float, step: float) -> bool:
    return abs(quarter - round(quarter / step) * step) < _NEAR
