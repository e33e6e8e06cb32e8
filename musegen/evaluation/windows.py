"""Music cut and made comparable: bars of music that has none, windows of so many bars, what of a take is compared.

Music played freely has no bars: its times are real, a quarter stands for 0.48 s, and a bar of it is 1.92 s.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from musegen.music import Piece
from musegen.music.performance import performance_of, piece_of_performance
from musegen.music.timing import bar_starts
from musegen.music.transform import slice_bars

PLAYED_BAR_QUARTERS = 4.0


def starts_of(piece: Piece, *, played: bool = False) -> list[float]:
    """Return where the bars of a piece begin, in quarters."""
    if not played:
        return bar_starts(piece)
    return list(np.arange(0.0, max(piece.end_quarter, PLAYED_BAR_QUARTERS), PLAYED_BAR_QUARTERS))


def heard(piece: Piece, *, played: bool = False, num_tracks: int | None = None) -> Piece:
    """Return what of a take is compared with real music.

    Args:
        piece: the take.
        played: it is music played freely, whose bars are estimated: it becomes a performance in real time.
        num_tracks: pitched tracks that the real music has at most; further ones (a rhythm section) and drums go.
    """
    if played:
        return piece_of_performance(performance_of(piece))
    tracks = [track for track in piece.tracks if not track.is_drum]
    return replace(piece, tracks=tuple(tracks[:num_tracks]))


def cut(piece: Piece, start_quarter: float, num_quarters: float) -> Piece:
    """Return the notes of a piece without bars that begin in a stretch of time, from 0 on."""
    stop = start_quarter + num_quarters
    tracks = tuple(
        replace(
            track,
            notes=tuple(
                replace(note, onset_quarter=note.onset_quarter - start_quarter)
                for note in track.notes
                if start_quarter <= note.onset_quarter < stop
            ),
            pedals=tuple((a - start_quarter, b - start_quarter) for a, b in track.pedals if start_quarter <= a < stop),
        )
        for track in piece.tracks
    )
    return replace(piece, tracks=tracks)


def windows(piece: Piece, num_bars: int, *, played: bool = False, first_bar: int = 0) -> Iterator[Piece]:
    """Yield the windows of so many whole bars, one after the other, a pickup with the first.

    Args:
        piece: the music.
        num_bars: of a window.
        played: it is music played freely.
        first_bar: bars before this one are left out.
    """
    if played:
        length = num_bars * PLAYED_BAR_QUARTERS
        for index in range(int((piece.end_quarter - first_bar * PLAYED_BAR_QUARTERS) // length)):
            yield cut(piece, first_bar * PLAYED_BAR_QUARTERS + index * length, length)
        return
    pickup = 1 if piece.pickup_quarter else 0
    for index in range((len(bar_starts(piece)) - pickup - first_bar) // num_bars):
        first = first_bar + index * num_bars
        yield slice_bars(piece, first + pickup if first else 0, num_bars + (0 if first else pickup))
