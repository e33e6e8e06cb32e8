"""The data model: Piece, Track, Note, time, theory. Standard library and numpy only."""

from musegen.music.piece import (
    MOST_SWING,
    NOTE_DTYPE,
    STRAIGHT,
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
    "MOST_SWING",
    "NOTE_DTYPE",
    "STRAIGHT",
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
