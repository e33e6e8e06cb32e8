"""What is written of notes that were played freely: chords together, onsets and ends where they read well.

The music itself keeps its times; this is for the sheet alone. See `music.quantising` for how places are found.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musegen.music.hands import Key, split_keys
from musegen.music.meter import is_compound
from musegen.music.note_lengths import hand_ends, written_ends
from musegen.music.piece import Note, Piece, snap
from musegen.music.quantising import chords, find_places
from musegen.music.timing import quarters_to_seconds

_QUARTER = 10080
_STEPS = (_QUARTER // 96, _QUARTER // 40, _QUARTER // 28)
_LEAST_NOTES, _FREE_SHARE = 8, 0.2
_ROUNDS, _ROW = 4, 4
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
    starts = np.array([snap(place) for place in places[labels]])
    kept = _kept(notes)
    starts[kept] = raw[kept]
    if piece.tracks[track].program in _HANDS:
        written = _by_hands(notes, starts, raw, ends, _ringing(piece.tracks[track].pedals, ends), beat)
    else:
        written = np.empty(len(notes))
        order = np.lexsort((np.array([note.pitch for note in notes], int), starts))
        own = together[labels[order]]
        steps = (placed.steps[labels] * beat)[order]
        written[order] = written_ends(starts[order], own, np.maximum(ends[order] - own, 0.02), steps)
    written[kept] = ends[kept]
    least = np.minimum(placed.steps[labels] * beat, 0.25)
    return tuple(
        note if is_kept else Note(start, note.pitch, max(snap(end - start), step), note.velocity)
        for note, is_kept, start, end, step in zip(notes, kept, starts.tolist(), written, least, strict=True)
    )


def _kept(notes: Sequence[Note]) -> np.ndarray:
    """Return which notes are written already, as those of a seed: on a grid, in a row of several that are, (N,)."""
    exact = [_on_grid(note.onset_quarter) and _on_grid(note.end_quarter) for note in notes]
    kept = np.zeros(len(notes), bool)
    first = 0
    for index, is_exact in enumerate([*exact, False]):
        if not is_exact:
            kept[first:index] = index - first >= _ROW
            first = index + 1
    return kept


def _ringing(pedals: Sequence[tuple[float, float]], ends: np.ndarray) -> np.ndarray:
    """Return when notes stop sounding, in quarters, the pedal counted, shape (N,)."""
    if not pedals:
        return ends
    downs, ups = np.array(pedals).T
    index = np.searchsorted(downs, ends, side="right") - 1
    is_down = (index >= 0) & (ends < ups[np.maximum(index, 0)])
    return np.where(is_down, ups[np.maximum(index, 0)], ends)


def _by_hands(
    notes: Sequence[Note], starts: np.ndarray, raw: np.ndarray, ends: np.ndarray, ringing: np.ndarray, beat: float
) -> np.ndarray:
    """Return the ends of the notes as written, shape (N,), for the hands that play what is written so."""
    written, before = np.maximum(ends, starts + 0.1), None
    for _ in range(_ROUNDS):  # which hand plays a note depends on what the hands hold, and that on the hands
        hands = _hands(notes, starts, written)
        if before is not None and all(np.array_equal(a, b) for a, b in zip(hands, before, strict=True)):
            break
        written, before = written.copy(), hands
        for hand in hands:
            if len(hand):
                written[hand] = hand_ends(starts[hand], raw[hand], ends[hand], ringing[hand], beat)
    return written


def _hands(notes: Sequence[Note], starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the notes of the right and of the left hand, by onset."""
    order = np.lexsort((np.array([note.pitch for note in notes], int), starts))
    keys = [Key(round(starts[i] * _QUARTER), round(ends[i] * _QUARTER), notes[i].pitch) for i in order]
    left = np.array(split_keys(keys, _QUARTER), bool)
    return order[~left], order[left]
