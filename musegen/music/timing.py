"""Quarters to seconds and back, bars and beats."""

import math
from bisect import bisect_right

import numpy as np

from musegen.music.piece import Piece, TimeSignature, snap


def quarter_to_seconds(piece: Piece, quarter: float) -> float:
    """Return the time in seconds of a time in quarters, following the tempo changes."""
    seconds, previous = 0.0, piece.tempos[0]
    for tempo in piece.tempos[1:]:
        if tempo.onset_quarter >= quarter:
            break
        seconds += (tempo.onset_quarter - previous.onset_quarter) * 60 / previous.qpm
        previous = tempo
    return seconds + (quarter - previous.onset_quarter) * 60 / previous.qpm


def quarters_to_seconds(piece: Piece, quarters: np.ndarray) -> np.ndarray:
    """Return the times in seconds of many times in quarters, shape (N,): `quarter_to_seconds` for arrays."""
    onsets = np.array([tempo.onset_quarter for tempo in piece.tempos])
    paces = np.array([60 / tempo.qpm for tempo in piece.tempos])  # seconds per quarter
    starts = np.concatenate([[0.0], np.cumsum(np.diff(onsets) * paces[:-1])])
    index = np.maximum(np.searchsorted(onsets, quarters, side="right") - 1, 0)
    return starts[index] + (quarters - onsets[index]) * paces[index]


def seconds_to_quarter(piece: Piece, seconds: float) -> float:
    """Return the time in quarters (not snapped) of a time in seconds, following the tempo changes."""
    elapsed, previous = 0.0, piece.tempos[0]
    for tempo in piece.tempos[1:]:
        span = (tempo.onset_quarter - previous.onset_quarter) * 60 / previous.qpm
        if elapsed + span > seconds:
            break
        elapsed += span
        previous = tempo
    return previous.onset_quarter + (seconds - elapsed) * previous.qpm / 60


def duration_seconds(piece: Piece) -> float:
    """Return the time in seconds of the end of the last note."""
    return quarter_to_seconds(piece, piece.end_quarter)


def meter_at(piece: Piece, quarter: float) -> TimeSignature:
    """Return the meter in force at a time in quarters."""
    if len(piece.time_signatures) == 1:
        return piece.time_signatures[0]
    onsets = [meter.onset_quarter for meter in piece.time_signatures]
    return piece.time_signatures[max(bisect_right(onsets, quarter) - 1, 0)]


def end_of_bars(piece: Piece, num_bars: int) -> float:
    """Return the quarter at which `num_bars` bars after the pickup end, of the music or of its last meter gone on."""
    bars = num_bars + (1 if piece.pickup_quarter else 0)
    longest = max(meter.bar_quarters for meter in piece.time_signatures)
    return bar_starts(piece, (bars + 1) * longest)[bars]


def bar_starts(piece: Piece, end_quarter: float | None = None) -> list[float]:
    """Return the start in quarters of every bar that begins before the end.

    The first bar starts at 0 and has `pickup_quarter` length where the piece has a pickup. A meter change in the
    middle of a bar cuts that bar short.

    Args:
        piece: the music.
        end_quarter: where to stop; the end of the last note by default.
    """
    end = piece.end_quarter if end_quarter is None else end_quarter
    starts: list[float] = []
    meters = piece.time_signatures
    for index, meter in enumerate(meters):
        stop = meters[index + 1].onset_quarter if index + 1 < len(meters) else math.inf
        position = meter.onset_quarter
        if index == 0 and piece.pickup_quarter:
            starts.append(0.0)
            position = piece.pickup_quarter
        first, count = position, 0
        while position < min(stop, end):
            starts.append(position)
            count += 1
            position = snap(first + count * meter.bar_quarters)
    return starts or [0.0]


def num_bars(piece: Piece) -> int:
    """Return the number of bars that hold music; an incomplete pickup bar does not count."""
    return len(bar_starts(piece)) - (1 if piece.pickup_quarter and piece.end_quarter > piece.pickup_quarter else 0)


def bar_and_beat(piece: Piece, quarter: float) -> tuple[int, float]:
    """Return (bar, beat) of a time, both counted from 1; a pickup is bar 0. The beat is in units of the meter."""
    starts = bar_starts(piece, max(piece.end_quarter, quarter + 1e-9))
    index = bisect_right(starts, quarter) - 1
    meter = meter_at(piece, quarter)
    offset = quarter - starts[index]
    if index == 0 and piece.pickup_quarter:
        offset += meter.bar_quarters - piece.pickup_quarter
    number = index + (0 if piece.pickup_quarter else 1)
    return number, 1 + offset * meter.denominator / 4
