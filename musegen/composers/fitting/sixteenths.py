"""Music as it comes put onto sixteenths: on_sixteenths."""

from dataclasses import replace

from musegen.composers.fitting.seed_key import NO_NOTES
from musegen.errors import CodecError
from musegen.music import Piece
from musegen.music.transform import quantize
from musegen.remarks import Remark, remark

STEP_QUARTER = 0.25


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
    piece, moved = quantize(piece, STEP_QUARTER)
    if moved:
        messages.append(remark("moved_onto_sixteenths", count=moved))
    return piece
