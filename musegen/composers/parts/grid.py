"""Several parts in score time as rows of small integers: the alphabet of `score_events.py`.

Time is counted in ticks, 24 a quarter: thirty-seconds are 3 ticks, triplets of sixteenths 4, of eighths 8. A score is
a sequence of *rows*, one a note, ordered by time, then part from the top, then pitch from the top. Each answers K
questions in turn:

    step      ticks since the row before, 0 (the same moment) to `MAX_STEP`; the first row counts from the beginning
    part      which part plays; or WAIT, where nobody does for `MAX_STEP` ticks and more; or END, the last row
    pitch     within the range of the part
    duration  how long it is written: `DURATIONS`
    velocity  how loud, only where the codec has dynamics: `VELOCITIES`

Unlike event streams with note-offs (Oore et al. 2018, arXiv:1808.03715) a note is one row, and unlike the tensors of
"Music Transformer" for chorales no row stands for silence, so that a bar of whole notes is four rows.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from musegen.music.fretboard import GUITARS

TICKS = 24
"""Ticks a quarter."""

MAX_STEP = 4 * TICKS
NUM_STEPS = MAX_STEP + 1
DURATIONS = np.array([*range(1, 97), *range(102, 193, 6), *range(216, 385, 24), 432, 480, 576, 672, 768])
"""Lengths of notes in ticks: any up to a whole note, then coarser ones, to eight whole notes."""

VELOCITIES = np.array([28, 40, 50, 58, 66, 76, 88, 104])
"""Loudness of each class of velocity."""

STEP, PART, PITCH, DURATION, VELOCITY = range(5)
QUESTIONS = ("step", "part", "pitch", "duration", "velocity")


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument, or one hand.

    Args:
        name: of the track, "Violin I".
        low: lowest pitch, MIDI number.
        high: highest pitch.
        program: General MIDI program.
        clef: "treble", "alto" or "bass", as it is usually written.
        most: notes that may sound at once in this part.
    """

    name: str
    low: int
    high: int
    program: int
    clef: str
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 127:
            raise ValueError(f"{self.name}: the range must be 0 <= low <= high <= 127, got {self.low} to {self.high}")
        if self.high - self.low < 11:
            raise ValueError(f"{self.name}: the range must be an octave at least, so that every note has a place in it")
        if not 1 <= self.most <= 10:
            raise ValueError(f"{self.name}: 1 to 10 notes may sound at once, got {self.most}")


class ScoreLayout:
    """Where each answer lies among the V events of a codec.

    Events are numbered: steps, parts (then WAIT and END), pitches from the lowest of all parts, durations, velocities
    (where there are dynamics), and last NONE, the answer of a row that is no note.

    Args:
        parts: from the top of the score.
        dynamics: whether velocity is asked for.
        chords: whether the network is told the chords that the music is to follow.

    Attributes:
        num_parts: P.
        wait: the answer to "part" that is WAIT (P).
        end: the answer to "part" that is END (P + 1).
        low: lowest pitch of all parts.
        high: highest pitch of all parts.
        num_pitches: pitches from `low` to `high`.
        num_questions: K, 4 or 5.
        first: event of the answer 0 to each question, shape (K,).
        size: number of answers to each question, shape (K,).
        keyboard: indices of the parts that strike chords: the hands of a pianist.
        none: the event NONE.
        num_events: V.
    """

    def __init__(self, parts: tuple[Part, ...], dynamics: bool, chords: bool = False) -> None:
        if not 1 <= len(parts) <= 6:
            raise ValueError(f"a score has 1 to 6 parts, got {len(parts)}")
        if len({part.name for part in parts}) < len(parts):
            raise ValueError("two parts have the same name")
        self.parts, self.dynamics, self.chords = tuple(parts), bool(dynamics), bool(chords)
        self.num_parts = len(self.parts)
        self.keyboard = tuple(index for index, part in enumerate(self.parts) if part.most > 2)
        self.wait, self.end = self.num_parts, self.num_parts + 1
        self.low, self.high = min(part.low for part in parts), max(part.high for part in parts)
        self.num_pitches = self.high - self.low + 1
        size = [NUM_STEPS, self.num_parts + 2, self.num_pitches, len(DURATIONS)] + [len(VELOCITIES)] * self.dynamics
        self.num_questions = len(size)
        self.size = np.array(size)
        self.first = np.concatenate([[0], np.cumsum(size)[:-1]])
        self.none = int(sum(size))
        self.num_events = self.none + 1

    def to_config(self) -> dict[str, Any]:
        """Return plain data: {"parts": [{"name", "low", "high", "program", "clef", "most"}, ...], "dynamics"}.

        Where chords are told there is "chords", too.
        """
        told = {"chords": True} if self.chords else {}
        return {"parts": [asdict(part) for part in self.parts], "dynamics": self.dynamics, **told}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ScoreLayout":
        """Return the layout of a config.

        Raises:
            ValueError: it is not one.
        """
        try:
            parts = tuple(Part(**part) for part in config["parts"])
            dynamics = config["dynamics"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the config of a score codec: {error}") from error
        if unknown := set(config) - {"parts", "dynamics", "chords"}:
            raise ValueError(f"the score codec has no settings {sorted(unknown)}")
        return cls(parts, dynamics, config.get("chords", False))


def guitars_of(layout: ScoreLayout) -> tuple[int, ...]:
    """Return the indices of the parts that one guitarist plays, by their General MIDI program."""
    return tuple(index for index, part in enumerate(layout.parts) if part.program in GUITARS)


QUARTET = (
    Part("Violin I", 55, 100, 40, "treble", 2),
    Part("Violin II", 55, 96, 40, "treble", 2),
    Part("Viola", 48, 88, 41, "alto", 2),
    Part("Cello", 36, 81, 42, "bass", 2),
)
"""A string quartet."""

PIANO_HANDS = (
    Part("Right hand", 36, 108, 0, "treble", 5),
    Part("Left hand", 21, 88, 0, "bass", 5),
)
"""A piano piece as two hands play it."""
