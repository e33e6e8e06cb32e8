"""A performance: notes and pedal of one player in milliseconds, as played, without bars or beats."""

from dataclasses import dataclass

import numpy as np

from musegen.music.piece import Note, Piece, Tempo, Track
from musegen.music.timing import quarters_to_seconds

QPM = 125.0
"""Tempo of a piece made of a performance: a quarter is 480 ms, so that milliseconds are exact."""

_MS_PER_QUARTER = 60_000 / QPM


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What one player did.

    Args:
        onset_ms: starts of the notes, ascending, shape (N,).
        duration_ms: how long each key was held, > 0, shape (N,).
        pitch: MIDI numbers, shape (N,).
        velocity: 1 to 127, shape (N,).
        pedal_ms: times at which the sustain pedal went down and up again, shape (P, 2), ascending, not overlapping.
    """

    onset_ms: np.ndarray
    duration_ms: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    pedal_ms: np.ndarray

    @property
    def end_ms(self) -> float:
        """When the last key was released."""
        return float((self.onset_ms + self.duration_ms).max(initial=0.0))


def from_first_note(performance: Performance) -> Performance:
    """Return a performance that begins at its first note, without the pedal before."""
    shift = performance.onset_ms[0]
    return Performance(
        performance.onset_ms - shift,
        performance.duration_ms,
        performance.pitch,
        performance.velocity,
        performance.pedal_ms[performance.pedal_ms[:, 0] >= shift] - shift,
    )


def performance_of(piece: Piece) -> Performance:
    """Return the notes and pedals of all pitched tracks of a piece in milliseconds, following its tempo."""
    tracks = [track for track in piece.tracks if not track.is_drum]
    notes = sorted(note for track in tracks for note in track.notes)
    onset = _milliseconds(piece, [note.onset_quarter for note in notes])
    end = _milliseconds(piece, [note.end_quarter for note in notes])
    pedals = sorted(pedal for track in tracks for pedal in track.pedals)
    return Performance(
        onset,
        np.maximum(end - onset, 1.0),
        np.array([note.pitch for note in notes], int),
        np.array([note.velocity for note in notes], int),
        without_overlaps(_milliseconds(piece, pedals)),
    )


def piece_of_performance(performance: Performance, program: int = 0, name: str = "Piano") -> Piece:
    """Return the performance as a piece of one track at a constant tempo of `QPM`; its bars mean nothing."""
    notes = tuple(
        Note(onset / _MS_PER_QUARTER, int(pitch), duration / _MS_PER_QUARTER, int(velocity))
        for onset, duration, pitch, velocity in zip(
            performance.onset_ms, performance.duration_ms, performance.pitch, performance.velocity, strict=True
        )
    )
    pedals = tuple((float(down), float(up)) for down, up in performance.pedal_ms / _MS_PER_QUARTER)
    return Piece((Track(notes, program, False, name, pedals=pedals),), tempos=(Tempo(0.0, QPM),))


def without_overlaps(pedal_ms: np.ndarray, shortest_ms: float = 30.0) -> np.ndarray:
    """Return pedal times with overlapping ones joined and those too short to hear left out, shape (P, 2)."""
    joined: list[list[float]] = []
    for down, up in np.asarray(pedal_ms, float).reshape(-1, 2).tolist():
        if joined and down <= joined[-1][1]:
            joined[-1][1] = max(up, joined[-1][1])
        elif up - down >= shortest_ms:
            joined.append([down, up])
    return np.array(joined, float).reshape(-1, 2)


def _milliseconds(piece: Piece, quarters: list) -> np.ndarray:
    """Return times in whole milliseconds, the shape of what is given."""
    times = np.asarray(quarters, float)
    return np.round(quarters_to_seconds(piece, times.reshape(-1)) * 1000).reshape(times.shape)
