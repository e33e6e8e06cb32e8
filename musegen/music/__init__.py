"""The data model: Piece, Track, Note, time, theory. Standard library and numpy only."""

from musegen.music.piece import (
    NOTE_DTYPE,
    Barline,
    ChordSymbol,
    KeySignature,
    Note,
    Piece,
    Tempo,
    TimeSignature,
    Track,
    note_array,
    snap,
)

__all__ = [
    "NOTE_DTYPE",
    "Barline",
    "ChordSymbol",
    "KeySignature",
    "Note",
    "Piece",
    "Tempo",
    "TimeSignature",
    "Track",
    "note_array",
    "snap",
]
