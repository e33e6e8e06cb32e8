"""One movement of a corpus of scores, as training on scores takes it."""

from dataclasses import dataclass
from typing import NamedTuple

from musegen.music import Piece


class PartName(NamedTuple):
    """A track of a corpus's scores: its name and its General MIDI program."""

    name: str
    program: int


PIANO = (PartName("Right hand", 0), PartName("Left hand", 0))
"""The tracks of a piano score."""
HANDS = tuple(part.name for part in PIANO)
SONG = (PartName("Voice", 52), *PIANO)
"""The tracks of a song with piano."""
GUITAR = (PartName("Guitar", 24),)
"""The track of a piece for one guitar."""
POP = (PartName("Melody", 73), PartName("Counter-melody", 11), *PIANO)
"""The tracks of a pop song."""
CHOIR = tuple(PartName(name, 52) for name in ("Soprano", "Alto", "Tenor", "Bass"))
"""The tracks of a piece for four voices."""


@dataclass(frozen=True, slots=True)
class ScorePiece:
    """A movement in score time.

    What a reader makes: `piece.tracks` are exactly the parts of the codec that is trained, in its order (a part that is
    silent throughout is a track without notes); times are quarters of the score, repeats written out or left out as the
    reader says; `time_signatures` hold every change of meter, at the bar line where it comes, and `pickup_quarter` the
    length of an incomplete first bar; `key_signatures` hold what is signed, with its changes (the mode where it is
    known or estimated, none at all where nothing is known); velocities are those of a performance where the codec has
    dynamics, else they mean nothing. Notes may lie off the grid, outside the ranges or be too many at once: the codec
    makes them fit (`score_grid.notes_of`), and tells how many it had to change.

    Args:
        piece: the music.
        composer: family name, "Haydn".
        title: of the work and the movement.
        group: the work; all movements and editions of one work have the same, and a group is never split between
            training and test.
        own: True where the piece belongs to the music that the style is named after (Chopin's own), False where it is
            only there to learn from (other composers' piano music); the network is told which.
    """

    piece: Piece
    composer: str
    title: str
    group: str
    own: bool = True
