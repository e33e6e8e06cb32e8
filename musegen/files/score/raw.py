"""A written score as its readers (MusicXML, ABC) hand it on: parts of measures of notes, times exact in the measure.

RawNote, RawMeasure, RawPart, Instruments. Nothing here knows where a measure stands in the piece.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction

_NAMES = (
    (r"viol(in|on)?cell|\bcello|\bvcl?\b", 42), (r"contrabass(?!oon)|double bass|kontrabass|contrebasse|\bcb\b", 43),
    (r"viola|bratsche|\balto\b.*(string|viol)|\bvla\b", 41), (r"violin|violon\b|geige|\bvl?n\b", 40),
    (r"piccolo", 72), (r"fl(ute|öte|auto|ute|ûte)", 73), (r"recorder|blockfl", 74), (r"english horn|cor anglais", 69),
    (r"obo[ei]|hautbois", 68), (r"bass clarinet", 71), (r"[ck]larin", 71), (r"bassoon|fagott|basson", 70),
    (r"soprano sax", 64), (r"alto sax", 65), (r"baritone sax|bari sax", 67), (r"sax", 66), (r"trumpet|trompe", 56),
    (r"trombone|posaune", 57), (r"tuba", 58), (r"\bhorn|\bcor\b|corno", 60), (r"harpsichord|cembalo|clavecin", 6),
    (r"organ|orgel|orgue", 19), (r"guitar|gitarre|guitare", 24), (r"harp|harfe", 46), (r"timpani|pauken", 47),
    (r"electric bass|bass guitar", 33), (r"vibraphone", 11), (r"marimba", 12), (r"celesta", 8), (r"accordion", 21),
    (r"soprano|mezzo|tenor|baritone|choir|chor\b|voice|voix|singstimme|vocal", 52), (r"strings?\b|streicher", 48),
)  # fmt: skip
"""Words in a name or a MusicXML sound ("strings.cello"), the more telling first, with their program."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """The instruments of a part.

    Args:
        program: General MIDI program, 0 to 127.
        is_percussion: True on the channel of drums.
        drums: by the id of an instrument, the sound of the kit that it is.
    """

    program: int = 0
    is_percussion: bool = False
    drums: dict[str | None, int] = field(default_factory=dict)


def program_named(name: str) -> int:
    """Return the General MIDI program that a name means, 0 where it means none."""
    return next((program for words, program in _NAMES if re.search(words, name, re.I)), 0)


@dataclass(slots=True)
class RawNote:
    """A written note; times in quarters from the start of its measure.

    Args:
        onset: start.
        length: > 0.
        pitch: MIDI number as it sounds, perhaps outside 0 to 127.
        velocity: 1 to 127.
        starts_tie: a tie leads on from it.
        stops_tie: a tie leads to it.
        staff: from 1.
        voice: as the file names it.
        is_drum: True without a pitch.
        fermata: True under one.
    """

    onset: Fraction
    length: Fraction
    pitch: int
    velocity: int
    starts_tie: bool
    stops_tie: bool
    staff: int
    voice: str
    is_drum: bool
    fermata: bool


@dataclass(slots=True)
class RawMeasure:
    """A measure as one part has it.

    Args:
        number: as printed.
        implicit: True where it is not counted.
        notes: what sounds.
        marks: (time in the measure, kind, value) of tempos, keys, chords, pedals and signs of navigation.
        meter: numerator and denominator where they are stated here.
        content: end of the last note or rest.
        filler: end of the last <forward> and rest over the whole measure.
        left: bar line at the start, right: at the end, None for plain ones.
        times: how often a repeat that ends here is played.
        ending: numbers of the ending that covers the measure.
        repeats_before: how many measures before it are played again here, 0 for none (a sign of repetition).
    """

    number: str
    implicit: bool
    notes: list[RawNote] = field(default_factory=list)
    marks: list[tuple[Fraction, str, object]] = field(default_factory=list)
    meter: tuple[int, int] | None = None
    content: Fraction = Fraction(0)
    filler: Fraction = Fraction(0)
    left: str | None = None
    right: str | None = None
    times: int = 2
    ending: tuple[int, ...] = ()
    repeats_before: int = 0


@dataclass(slots=True)
class RawPart:
    """A part: what sounds it, and its measures."""

    name: str
    instruments: Instruments
    measures: list[RawMeasure]
    num_staves: int = 1
    tablature: bool = False
