"""What one take of several parts must keep to: PartsLimits."""

from dataclasses import dataclass

from musegen.composers.fitting.chord_course import ChordCourse
from musegen.composers.parts.rows import ScoreRows


@dataclass(frozen=True, slots=True, eq=False)
class PartsLimits:
    """What one take must keep to.

    Args:
        ranges: lowest and highest pitch of each part.
        close_tick: when the last chord is struck; nothing begins later, and what is new ends there at the latest.
        end_tick: when the last chord ends.
        closing: pitch classes of the last chord in each part; an empty set leaves a part free.
        seam_tick: nothing new begins before.
        given_rows: rows of the seed that the network hears before it draws.
        fixed: notes that are struck as they are among the new ones: a melody that is accompanied.
        fixed_until: tick up to which the parts of these notes play nothing else.
        opening_scale: pitch classes that the first notes lean to; an empty set where they go on from a seed.
        locked: pitch classes that new notes never leave, so that nobody is asked for one who has none of them left;
            an empty set where there is no such lock.
        tuning: of the guitars among the parts, of `music.fretboard.TUNINGS`.
        guitar_close: pitch classes of tonic and third in the last chord of a guitar that plays alone; None where it
            is free.
        chords: that new notes keep to though the style learned none, None for none.
        usual_velocity: mean class of velocity that the piece keeps about, that of its seed; None where not known.
    """

    ranges: tuple[tuple[int, int], ...]
    close_tick: int
    end_tick: int
    closing: tuple[frozenset[int], ...]
    seam_tick: int = 0
    given_rows: int = 0
    fixed: ScoreRows | None = None
    fixed_until: int = 0
    opening_scale: frozenset[int] = frozenset()
    locked: frozenset[int] = frozenset()
    tuning: str = "standard"
    guitar_close: tuple[int, int] | None = None
    chords: ChordCourse | None = None
    usual_velocity: float | None = None
