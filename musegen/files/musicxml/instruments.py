"""Who plays a part of a MusicXML score: General MIDI programs and the sounds of a drum kit, also where none is said."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from musegen.files.musicxml.parts import drum_place
from musegen.files.musicxml.values import whole

_SNARE = 38
_HEADS = {"x": "x", "cross": "x", "circle-x": "circle-x", "diamond": "diamond"}
_PLACES: dict[tuple[str, int, str], int] = {}
for _pitch in (36, 38, 41, 43, 45, 47, 50, 42, 46, 44, 49, 51, 53, 37, 56, 52, 35):
    _step, _octave, _head = drum_place(_pitch)
    _PLACES.setdefault((_step, _octave, _head.removeprefix("<notehead>").removesuffix("</notehead>")), _pitch)

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


def read_instruments(part: Element | None, name: str) -> Instruments:
    """Return the instruments of a <score-part>; where no program is given, the one its name means.

    Args:
        part: the element, None where the part list has none.
        name: of the part, as printed.
    """
    if part is None:
        return Instruments(_named(name))
    drums: dict[str | None, int] = {}
    program, is_percussion = None, False
    for midi in part.findall("midi-instrument"):
        sound = whole(midi.findtext("midi-unpitched"))
        if sound is not None and 1 <= sound <= 128:
            drums[midi.get("id")] = sound - 1
        is_percussion = is_percussion or whole(midi.findtext("midi-channel")) == 10
        value = whole(midi.findtext("midi-program"))
        if program is None and value is not None and 1 <= value <= 128:
            program = value - 1
    if program is None:
        words = [name, *(e.text or "" for e in part.iter("instrument-sound"))]
        words += [e.text or "" for e in part.iter("instrument-name")]
        program = next((found for word in words if (found := _named(word))), 0)
    return Instruments(program, is_percussion, drums)


def _named(name: str) -> int:
    return next((program for words, program in _NAMES if re.search(words, name, re.I)), 0)


def drum_at(step: str | None, octave: int | None, head: str | None) -> int:
    """Return the sound of a kit that is printed at a place of the staff, the snare where none is known."""
    if step is None or octave is None:
        return _SNARE
    kind = _HEADS.get((head or "").strip(), "")
    return _PLACES.get((step, octave, kind), _PLACES.get((step, octave, ""), _SNARE))
