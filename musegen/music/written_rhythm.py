"""What is written of notes that were played freely: chords together, onsets and ends where they read well.

The music itself keeps its times; this is for the sheet alone. See `music.quantising` for how places are found.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musegen.music.hands import Key, split_keys
from musegen.music.meter import is_compound
from musegen.music.note_lengths import written_ends
from musegen.music.piece import Note, Piece, snap
from musegen.music.quantising import chords, find_places
from musegen.music.timing import quarters_to_seconds

_QUARTER = 10080
_STEPS = (_QUARTER // 96, _QUARTER // 40, _QUARTER // 28)
_LEAST_NOTES, _FREE_SHARE = 8, 0.2
_HANDS = range(8)
"""General MIDI programs of pianos."""


def is_free(notes: Sequence[Note]) -> bool:
    """Return whether notes lie on no grid that can be printed, as those of a recorded performance."""
    if len(notes) < _LEAST_NOTES:
        return False
    return sum(not _on_grid(note.onset_quarter) for note in notes) > _FREE_SHARE * len(notes)


def _on_grid(quarter: float) -> bool:
    """Return whether a time is one of notation: of 32nds, triplets, quintuplets or septuplets."""
    ticks = round(quarter * _QUARTER)
    return any(ticks % step == 0 for step in _STEPS)


def as_written(piece: Piece) -> Piece:
    """Return the piece with the notes of tracks that were played freely as they are written, else as it is.

    Within a chord notes may change places, since those of one onset stand in order of pitch.
    """
    if len({(meter.numerator, meter.denominator) for meter in piece.time_signatures}) > 1:
        return piece
    free = [not track.is_drum and is_free(track.notes) for track in piece.tracks]
    if not any(free):
        return piece
    tracks = tuple(
        replace(track, notes=read_notes(piece, index)) if free[index] else track
        for index, track in enumerate(piece.tracks)
    )
    return replace(piece, tracks=tracks)


def read_notes(piece: Piece, track: int) -> tuple[Note, ...]:
    """Return the notes of a track, in their order there, with onsets and ends as they are written.

    Notes that are on a grid, as those of a seed may be, stay as they are.

    Args:
        piece: the music; its first meter counts throughout.
        track: index of a track with notes.
    """
    notes = piece.tracks[track].notes
    meter = piece.time_signatures[0]
    compound = is_compound(meter.numerator, meter.denominator)
    beat = 4 / meter.denominator * 3 if compound else 1.0
    zero = piece.pickup_quarter % beat - beat  # the beat before the first onset, so that places are not negative
    raw = np.array([note.onset_quarter for note in notes])
    ends = np.array([note.end_quarter for note in notes])
    seconds = quarters_to_seconds(piece, raw)
    labels = chords(seconds)
    counts = np.bincount(labels)
    together = np.bincount(labels, raw) / counts
    lasting = np.diff(np.bincount(labels, seconds) / counts) if len(counts) > 1 else np.ones(1)
    pace = float(np.median(lasting / np.maximum(np.diff(together), 1e-6))) if len(counts) > 1 else 0.5
    placed = find_places((together - zero) / beat, pace * beat, compound, finer=True)
    places = np.maximum.accumulate(np.maximum(placed.beats * beat + zero, 0.0))
    starts, steps = places[labels], placed.steps[labels] * beat
    written = np.empty(len(notes))
    for hand in _hands(piece.tracks[track].program, starts, ends, notes):
        if len(hand):
            own = together[labels[hand]]
            written[hand] = written_ends(starts[hand], own, np.maximum(ends[hand] - own, 0.02), steps[hand])
    least = np.minimum(steps, 0.25)
    return tuple(
        note
        if _on_grid(note.onset_quarter) and _on_grid(note.end_quarter)
        else Note(snap(start), note.pitch, max(snap(end - start), step), note.velocity)
        for note, start, end, step in zip(notes, starts, written, least, strict=True)
    )


def _hands(program: int, starts: np.ndarray, ends: np.ndarray, notes: Sequence[Note]) -> tuple[np.ndarray, ...]:
    """Return the indices of the notes of each hand, by onset; of other instruments there is one."""
    order = np.lexsort((np.array([note.pitch for note in notes], int), starts))
    if program not in _HANDS:
        return (order,)
    keys = [Key(round(starts[i] * _QUARTER), round(max(ends[i], starts[i] + 0.1) * _QUARTER), notes[i].pitch)
            for i in order]  # fmt: skip
    left = np.array(split_keys(keys, _QUARTER), bool)
    return order[~left], order[left]
