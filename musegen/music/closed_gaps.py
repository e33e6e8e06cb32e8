"""Ends of notes that come a little too soon, as a player or a sequencer leaves them: closed, for the sheet alone."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
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
_SHORTEST = 0.25
"""Quarters that the shortest note of an improvised line is written with."""
_DETACHED, _LONGEST_DETACHED = 0.55, 2.0
"""Of the time to the next note the least share that a detached note fills, and the longest such time in quarters."""
_SHORT_STEP = 0.5
"""Quarters on which shorter notes end that were played so."""
_LEAST_NOTES, _ODD_SHARE = 8, 0.3
"""Notes that tell how a track was played, and how many of them end where nothing is written."""
_LOOSE_SHARE = 0.1
"""Of the notes of an improvised line, how many end neither with the next one nor where a rest can be read."""
_FINE_BELOW = 100.0
"""Quarters a minute below which a rest that begins on a sixteenth can be read."""


def closed(piece: Piece) -> Piece:
    """Return the piece with notes that end just before the next note or the grid lasting until then.

    At most an eighth of a note and of a quarter is closed, and only where the note ends on no grid of its own. In a
    track that begins its notes on the grid and lets go of them anywhere, as staccato is played by programs, a note
    that fills more than half of the time to the next one is as long as that time, a shorter one ends on eighths. A
    single line over chord symbols whose notes end anywhere was improvised: they last until the next note or to the
    eighth, below 100 quarters a minute the sixteenth, or the part of their triplet. Drums are left alone. Onsets,
    pitches and the order of notes stay.
    """
    tracks = tuple(
        track if track.is_drum else replace(track, notes=_ends_of(track.notes, piece)) for track in piece.tracks
    )
    return piece if tracks == piece.tracks else replace(piece, tracks=tracks)


def _ends_of(notes: tuple[Note, ...], piece: Piece) -> tuple[Note, ...]:
    step = 0.5 if piece.tempos[0].qpm >= _FINE_BELOW else 0.25
    if piece.chord_symbols and _is_improvised(notes, step):
        return _improvised(notes, step)
    return _closed(notes)


def _is_improvised(notes: tuple[Note, ...], step: float) -> bool:
    """Return whether notes are a single line that ends its notes where they were let go of."""
    if len(notes) < _LEAST_NOTES:
        return False
    gaps = [b.onset_quarter - a.end_quarter for a, b in pairwise(notes)]
    if min(gaps) < -_NEAR:
        return False
    loose = [n for n, gap in zip(notes, gaps, strict=False) if gap > _NEAR and not _is_readable(n, step)]
    return len(loose) > _LOOSE_SHARE * len(notes)


def _is_readable(note: Note, step: float) -> bool:
    return note.duration_quarter > _SHORTEST - _NEAR and _is_on(note.end_quarter, _rest_step(note, step))


def _rest_step(note: Note, step: float) -> float:
    """Return the grid on which a rest after a note can be read, in quarters."""
    plain = _is_on(note.onset_quarter, _PLAIN) or not _is_on(note.onset_quarter, _TRIPLET)
    return step if plain else _TRIPLET


def _improvised(notes: tuple[Note, ...], step: float) -> tuple[Note, ...]:
    """Return the notes of an improvised line as long as they are written."""
    after = [note.onset_quarter for note in notes[1:]] + [float("inf")]
    return tuple(
        replace(note, duration_quarter=min(following, _written_end(note, step)) - note.onset_quarter)
        for note, following in zip(notes, after, strict=True)
    )


def _written_end(note: Note, step: float) -> float:
    grid = _rest_step(note, step)
    return ceil(max(note.end_quarter, note.onset_quarter + _SHORTEST) / grid - _NEAR) * grid


def is_detached(notes: Sequence[Note]) -> bool:
    """Return whether notes begin where notes are written without tuplets and end where none are."""
    if len(notes) < _LEAST_NOTES or not all(_is_plain(note.onset_quarter) for note in notes):
        return False
    odd = sum(not _is_written(note.end_quarter) for note in notes)
    return odd > _ODD_SHARE * len(notes)


def _closed(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    onsets = sorted({note.onset_quarter for note in notes})
    end = _detached_end if is_detached(notes) else _end
    return tuple(replace(note, duration_quarter=end(note, onsets) - note.onset_quarter) for note in notes)


def _detached_end(note: Note, onsets: list[float]) -> float:
    """Return where a note of a track of detached ones ends on the sheet, in quarters."""
    end = note.end_quarter
    if _is_written(end):
        return end
    following = bisect_left(onsets, end - _NEAR)
    after = onsets[following] if following < len(onsets) else ceil(end - _NEAR)
    gap = after - note.onset_quarter
    if gap <= _LONGEST_DETACHED and note.duration_quarter >= _DETACHED * gap:
        return after
    return min(after, ceil(end / _SHORT_STEP - _NEAR) * _SHORT_STEP)


def _end(note: Note, onsets: list[float]) -> float:
    """Return where a note ends on the sheet, in quarters."""
    end = note.end_quarter
    if _is_plain(end) or _is_on(end, _MEANT):
        return end
    following = bisect_left(onsets, end - _NEAR)
    step = _PLAIN if _is_on(note.onset_quarter, _PLAIN) else _TRIPLET
    place = min(ceil(end / step) * step, *onsets[following : following + 1], float("inf"))
    return place if place - end <= _GAP * min(note.duration_quarter, 1.0) + _NEAR else end


def _is_plain(quarter: float) -> bool:
    return is_plain(round(quarter * TICKS_PER_QUARTER))


def _is_written(quarter: float) -> bool:
    """Return whether a note of a track without tuplets is written so: on 32nds."""
    return _is_on(quarter, 1 / 8)


def _is_on(quarter: float, step: float) -> bool:
    return abs(quarter - round(quarter / step) * step) < _NEAR
