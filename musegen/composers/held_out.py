"""Music that a style never learned from, as a musician would have it."""

from dataclasses import dataclass

from musegen.music import Piece


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A piece that no style learned from.

    Args:
        group: what all pieces of one work share.
        piece: the music.
        first_bar: bars before this one are an introduction and left alone.
        chords: label of every beat, "" where none is named; () for what has no chords.
        name: of the piece, as a musician knows it.
    """

    group: str
    piece: Piece
    first_bar: int = 0
    chords: tuple[str, ...] = ()
    name: str = ""
