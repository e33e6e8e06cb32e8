"""Instruments that are written in another key or octave than they sound in. TRANSPOSING, Transposing, written.

Source: the intervals of MusicXML's <transpose>, and the usual books on instrumentation.
"""

from dataclasses import dataclass, replace

from musegen.errors import ConstraintError
from musegen.music.piece import Piece
from musegen.music.transform import transpose

_OCTAVE_CLEFS = {**dict.fromkeys(range(24, 32), 40), **dict.fromkeys((*range(32, 40), 43), 42)}
"""Programs whose clef says an octave already, and one of the same range whose clef does not."""


@dataclass(frozen=True, slots=True)
class Transposing:
    """How an instrument is written.

    Args:
        code: in the names of formats and files.
        name: as players say it.
        label: as printed above a part, "in B♭".
        diatonic: steps by which it sounds higher than it is written, without octaves.
        chromatic: semitones of the same.
        octaves: octaves besides.
    """

    code: str
    name: str
    label: str
    diatonic: int
    chromatic: int
    octaves: int = 0

    @property
    def semitones(self) -> int:
        """Semitones by which it is written above its sound."""
        return -(self.chromatic + 12 * self.octaves)


TRANSPOSING = {
    one.code: one
    for one in (
        Transposing("bb", "B♭: clarinet, trumpet, soprano saxophone", "in B♭", -1, -2),
        Transposing("bb-low", "B♭, an octave lower: tenor saxophone, bass clarinet", "in B♭", -1, -2, -1),
        Transposing("eb", "E♭: alto saxophone, alto horn", "in E♭", -5, -9),
        Transposing("eb-low", "E♭, an octave lower: baritone saxophone", "in E♭", -5, -9, -1),
        Transposing("eb-high", "E♭, high: E♭ clarinet, E♭ cornet", "in E♭", 2, 3),
        Transposing("f", "F: horn, English horn", "in F", -4, -7),
        Transposing("octave-high", "An octave higher: guitar, double bass", "an octave higher", 0, 0, -1),
        Transposing("octave-low", "An octave lower: piccolo", "an octave lower", 0, 0, 1),
    )
}
"""By code."""


def written(piece: Piece, instrument: Transposing) -> Piece:
    """Return a piece as the players of an instrument read it: notes, keys and chord symbols moved, drums as they are.

    Raises:
        ConstraintError: a note would be written beyond what can be written.
    """
    try:
        moved = transpose(piece, instrument.semitones)
    except ValueError as error:
        raise ConstraintError(
            f"Written {instrument.label} some notes would lie beyond all staves; choose another instrument."
        ) from error
    if instrument.chromatic:
        return moved
    tracks = (t if t.is_drum else replace(t, program=_OCTAVE_CLEFS.get(t.program, t.program)) for t in moved.tracks)
    return replace(moved, tracks=tuple(tracks))
