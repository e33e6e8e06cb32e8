"""Steps from note to note, chords, lengths and loudness of a piece: shares and histograms, each a function of a Piece.

Drums are left out. Successive notes are those of one track, by onset, then pitch from below. What is not defined for a
piece is NaN; a histogram without entries is all zeros. Histograms are shares that add up to 1.
"""

import math
from itertools import pairwise

import numpy as np

from musegen.evaluation.overlap import LENGTHS, note_length_histogram
from musegen.languages import message
from musegen.music import Note, Piece
from musegen.music.note_value import note_value_name

MOTIF = 4
"""Notes of a motif: three intervals."""

MOST_STEP = 12
"""Semitones; wider steps count with the outermost classes of `melodic_intervals`."""

_EPSILON = 1e-6
_LOUDNESS_CLASSES, _PITCH_CLASSES = 8, 8


def _voices(piece: Piece) -> list[tuple[Note, ...]]:
    return [track.notes for track in piece.tracks if not track.is_drum]


def _steps(piece: Piece) -> list[list[int]]:
    """Return the semitones from each note to the next, a list a track."""
    return [[b.pitch - a.pitch for a, b in pairwise(notes)] for notes in _voices(piece)]


def note_repetition(piece: Piece) -> float:
    """Share of the notes, but the first of each track, that have the pitch of the note before; NaN where none has one.

    The unison share of a histogram of melodic intervals.
    """
    steps = [step for track in _steps(piece) for step in track]
    return float(np.mean([step == 0 for step in steps])) if steps else math.nan


def stepwise_motion(piece: Piece) -> float:
    """Share of the moves from note to note, repeated notes left out, that are seconds; NaN where nothing moves."""
    moves = [abs(step) for track in _steps(piece) for step in track if step]
    return float(np.mean([move <= 2 for move in moves])) if moves else math.nan


def motif_return(piece: Piece, num_notes: int = MOTIF) -> float:
    """Share of the motifs that were heard before, at any pitch level and in any rhythm; NaN where there is none.

    A motif is `num_notes` notes in a row of one track; two are the same where their intervals are.
    """
    width = num_notes - 1
    begun = sorted(
        (notes[i].onset_quarter, tuple(b.pitch - a.pitch for a, b in pairwise(notes[i : i + num_notes])))
        for notes in _voices(piece)
        for i in range(len(notes) - width)
    )
    seen: set[tuple[int, ...]] = set()
    returned = 0
    for _, motif in begun:
        returned += motif in seen
        seen.add(motif)
    return returned / len(begun) if begun else math.nan


def melodic_intervals(piece: Piece) -> np.ndarray:
    """Share of each interval from note to note in semitones, -12 to 12, wider ones with the outermost, shape (25,)."""
    steps = [step for track in _steps(piece) for step in track]
    clipped = np.clip(np.array(steps, int), -MOST_STEP, MOST_STEP) + MOST_STEP
    return _shares(np.bincount(clipped, minlength=2 * MOST_STEP + 1))


def harmonic_intervals(piece: Piece) -> np.ndarray:
    """Share of each interval above the lowest sounding note, octaves taken off, shape (12,).

    Counted at every moment at which a note begins, over all other notes that sound then.
    """
    notes = sorted(note for voice in _voices(piece) for note in voice)
    counts, sounding, place = np.zeros(12), [], 0
    for moment in sorted({note.onset_quarter for note in notes}):
        while place < len(notes) and notes[place].onset_quarter <= moment + _EPSILON:
            sounding.append(notes[place])
            place += 1
        sounding = [note for note in sounding if note.end_quarter > moment + _EPSILON]
        pitches = sorted(note.pitch for note in sounding)
        for pitch in pitches[1:]:
            counts[(pitch - pitches[0]) % 12] += 1
    return _shares(counts)


def pitch_velocity_correlation(piece: Piece) -> float:
    """Pearson's correlation of pitch and velocity over notes, -1 to 1; NaN where one of them never changes."""
    notes = [note for voice in _voices(piece) for note in voice]
    pitch, velocity = (np.array([getattr(n, name) for n in notes], float) for name in ("pitch", "velocity"))
    if len(notes) < 2 or not pitch.std() or not velocity.std():
        return math.nan
    return float(np.corrcoef(pitch, velocity)[0, 1])


def pitch_and_velocity(piece: Piece) -> np.ndarray:
    """Share of the notes in each cell of 16 pitches by 16 velocities, low and soft first, shape (64,)."""
    notes = [note for voice in _voices(piece) for note in voice]
    counts = np.zeros((_PITCH_CLASSES, _LOUDNESS_CLASSES))
    for note in notes:
        counts[note.pitch // 16, note.velocity // 16] += 1
    return _shares(counts.ravel())


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum()
    return counts / total if total else counts.astype(float)


_INTERVAL_NAMES = (
    message("unison"), message("minor 2nd"), message("major 2nd"), message("minor 3rd"), message("major 3rd"),
    message("4th"), message("tritone"), message("5th"), message("minor 6th"), message("major 6th"),
    message("minor 7th"), message("major 7th"),
)  # fmt: skip
HISTOGRAMS = {
    "melodic_intervals": (melodic_intervals, tuple(f"{step:+d}" if step else "0" for step in range(-12, 13))),
    "harmonic_intervals": (harmonic_intervals, (message("octave"), *_INTERVAL_NAMES[1:])),
    "note_lengths": (note_length_histogram, tuple(note_value_name(length) for length in LENGTHS)),
    "pitch_and_velocity": (
        pitch_and_velocity,
        tuple(f"pitch {16 * p}-{16 * p + 15}, velocity {16 * v}-{16 * v + 15}" for p in range(8) for v in range(8)),
    ),
}
"""By name: the function of a piece, and what each of its classes is called."""
