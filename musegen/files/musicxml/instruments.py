"""Who plays a part of a MusicXML score: General MIDI programs and the sounds of a drum kit, also where none is said."""

from xml.etree.ElementTree import Element

from musegen.files.musicxml.parts import drum_place
from musegen.files.musicxml.values import whole
from musegen.files.score.raw import Instruments, program_named

_SNARE = 38
_HEADS = {"x": "x", "cross": "x", "circle-x": "circle-x", "diamond": "diamond"}
_DRUMS = (36, 38, 41, 43, 45, 47, 48, 42, 46, 44, 49, 51, 53, 37, 56, 52, 35)
_PLACES: dict[tuple[str, int, str], int] = {
    (step, octave, head.removeprefix("<notehead>").removesuffix("</notehead>")): pitch
    for pitch in reversed(_DRUMS)  # of those at one place the first counts
    for step, octave, head in [drum_place(pitch)]
}


def read_instruments(part: Element | None, name: str) -> Instruments:
    """Return the instruments of a <score-part>; where no program is given, the one its name means.

    Args:
        part: the element, None where the part list has none.
        name: of the part, as printed.
    """
    if part is None:
        return Instruments(program_named(name))
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
        program = next((found for word in words if (found := program_named(word))), 0)
    return Instruments(program, is_percussion, drums)


def drum_at(step: str | None, octave: int | None, head: str | None) -> int:
    """Return the sound of a kit that is printed at a place of the staff, the snare where none is known."""
    if step is None or octave is None:
        return _SNARE
    kind = _HEADS.get((head or "").strip(), "")
    return _PLACES.get((step, octave, kind), _PLACES.get((step, octave, ""), _SNARE))
