"""Music as it comes put onto sixteenths: on_sixteenths."""

from dataclasses import replace
from itertools import groupby

from musegen.composers.fitting.seed_key import NO_NOTES
from musegen.errors import CodecError
from musegen.music import Note, Piece
from musegen.music.transform import quantize
from musegen.remarks import Remark, remark

STEP_QUARTER = 0.25
_NEAR = 0.01
"""Quarters by which notes overlap that were struck one after the other."""


def on_sixteenths(piece: Piece, messages: list[Remark]) -> Piece:
    """Return the tracks of a piece that have pitched notes, on the grid of sixteenths; what was changed is said.

    Raises:
        CodecError: there are none.
    """
    if any(track.is_drum and track.notes for track in piece.tracks):
        messages.append(remark("percussion_left_out"))
    piece = replace(piece, tracks=tuple(t for t in piece.tracks if t.notes and not t.is_drum))
    if not piece.tracks:
        raise CodecError(NO_NOTES)
    slow_enough = tuple(replace(track, notes=_one_a_step(track.notes)) for track in piece.tracks)
    if fast := sum(len(a.notes) - len(b.notes) for a, b in zip(piece.tracks, slow_enough, strict=True)):
        messages.append(remark("faster_than_sixteenths", count=fast))
    piece, moved = quantize(replace(piece, tracks=slow_enough), STEP_QUARTER)
    if moved:
        messages.append(remark("moved_onto_sixteenths", count=moved))
    return piece


def _one_a_step(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return notes without those of a run that would fall together on one sixteenth, where they would be a chord.

    Of each sixteenth the note nearest to it stays, with all that sound together with it.
    """
    if len(notes) < 2:
        return notes
    kept: list[Note] = []
    for step, group in groupby(notes, key=lambda note: round(note.onset_quarter / STEP_QUARTER)):
        together = list(group)
        base = min(together, key=lambda note: abs(note.onset_quarter - step * STEP_QUARTER))
        kept += [
            note
            for note in together
            if note.onset_quarter < base.end_quarter - _NEAR and base.onset_quarter < note.end_quarter - _NEAR
        ]
    return tuple(kept)
