"""One part of a MusicXML score, measure by measure, with exact times inside each measure.

read_part walks the elements once; nothing here knows where a measure stands in the piece.
"""

from collections import Counter
from fractions import Fraction
from xml.etree.ElementTree import Element

from musegen.constants import DEFAULT_VELOCITY
from musegen.files.musicxml.frets import TAB
from musegen.files.musicxml.guard import damaged
from musegen.files.musicxml.harmony_text import chord_text
from musegen.files.musicxml.instruments import Instruments, drum_at
from musegen.files.musicxml.lyrics import read_lyrics
from musegen.files.musicxml.marks import read_direction, read_sound
from musegen.files.musicxml.values import MAX_QUARTERS, Clock, exact_length, number, whole
from musegen.files.score.raw import RawMeasure, RawNote, RawPart
from musegen.music.theory import MODES, STEP_PITCH_CLASSES

_MODE_NAMES = {"ionian": "major", "aeolian": "minor", "dur": "major", "moll": "minor"}
_BARLINES = {"light-light": "double", "light-heavy": "final", "heavy-light": "double", "heavy-heavy": "double"}
MAX_DIVISIONS = 1_000_000


class _PartReader:
    """Walks the measures of one part, with what is in force from one to the next."""

    def __init__(self, instruments: Instruments, left_out: Counter) -> None:
        self.instruments, self.left_out = instruments, left_out
        self.division = Fraction(1)
        self.chromatic = 0
        self.key = (0, "major")
        self.num_staves = 1
        self.tabs: set[int] = set()  # staves that show strings and frets
        self.velocity = DEFAULT_VELOCITY
        self.ending: tuple[int, ...] = ()
        self.slashes: set[int] = set()  # staves, 0 for all
        self.repeated = 0

    def measure(self, element: Element) -> RawMeasure:
        """Return one measure."""
        measure = RawMeasure(element.get("number") or "", element.get("implicit") == "yes")
        self.clock, self.head = Clock(), Fraction(0)
        closes = False
        for child in element:
            tag = child.tag
            if tag == "note":
                self._note(child, measure)
            elif tag == "backup":
                self.clock.move(-(self._duration(child) or Fraction(0)))
            elif tag == "forward":
                self.clock.move(self._duration(child) or Fraction(0))
                measure.filler = max(measure.filler, self.clock.exact)
            elif tag == "attributes":
                self._attributes(child, measure)
            elif tag == "barline":
                closes = self._barline(child, measure) or closes
            elif tag == "harmony":
                if text := chord_text(child, self.chromatic, self.key):
                    measure.marks.append((self._placed(child), "chord", text))
            elif tag == "direction":
                place = self._placed(child)
                measure.marks += [(place, kind, value) for kind, value in read_direction(child)]
            elif tag == "sound":
                place = self._placed(child)
                measure.marks += [(place, kind, value) for kind, value in read_sound(child)]
        if not measure.ending:
            measure.ending = self.ending
        if closes:
            self.ending = ()
        measure.repeats_before = self.repeated
        return measure

    def _duration(self, element: Element) -> Fraction | None:
        """Return a <duration> in quarters, None where there is none that can be read.

        Raises:
            FileFormatError: it is absurd.
        """
        value = number(element.findtext("duration"))
        if value is None or value < 0:
            return None
        quarters = Fraction(value).limit_denominator(1000) * self.division
        if quarters > MAX_QUARTERS:
            raise damaged(f"a duration of {value} divisions")
        return quarters

    def _placed(self, element: Element) -> Fraction:
        """Return where a mark stands, its offset counted."""
        offset = number(element.findtext("offset"))
        if not offset:
            return self.clock.exact
        place = self.clock.nominal + Fraction(offset).limit_denominator(1000) * self.division
        return max(self.clock.at(place), Fraction(0))

    # ------------------------------------------------------------------------------------------------- attributes

    def _attributes(self, element: Element, measure: RawMeasure) -> None:
        divisions = number(element.findtext("divisions"))
        if divisions is not None and 0 < divisions <= MAX_DIVISIONS:
            self.division = 1 / Fraction(divisions).limit_denominator(1000)
        self.num_staves = min(max(self.num_staves, whole(element.findtext("staves"), 1)), 9)
        self.tabs |= {whole(c.get("number"), 1) for c in element.findall("clef") if c.findtext("sign") == TAB}
        transpose = element.find("transpose")
        if transpose is not None:
            octaves = whole(transpose.findtext("octave-change"), 0)
            chromatic = whole(transpose.findtext("chromatic"), 0) + 12 * octaves
            self.chromatic = chromatic if abs(chromatic) <= 48 else 0
        if (meter := _meter(element)) is not None:
            measure.meter = meter
        key = element.find("key")
        if key is not None and (fifths := whole(key.findtext("fifths"))) is not None and abs(fifths) <= 7:
            mode = (key.findtext("mode") or "").strip().lower()
            mode = _MODE_NAMES.get(mode, mode)
            self.key = (fifths, mode or "major")
            sounding = (fifths + self.chromatic * 7 + 6) % 12 - 6 if self.chromatic % 12 else fifths
            measure.marks.append((self.clock.exact, "key", (sounding, mode if mode in MODES else "")))
        for style in element.findall("measure-style"):
            self._measure_style(style)

    def _measure_style(self, style: Element) -> None:
        staff = whole(style.get("number"), 0)
        for name in ("slash", "beat-repeat"):
            if (mark := style.find(name)) is not None:
                change = self.slashes.add if mark.get("type") == "start" else self.slashes.discard
                change(staff)
        if (mark := style.find("measure-repeat")) is not None:
            count = whole(mark.text, 1) if mark.get("type") == "start" else 0
            self.repeated = count if 0 <= count <= 16 else 0

    def _barline(self, element: Element, measure: RawMeasure) -> bool:
        """Take a bar line; return whether an ending closes with the measure."""
        is_left = element.get("location") == "left"
        kind = _BARLINES.get((element.findtext("bar-style") or "").strip())
        repeat = element.find("repeat")
        if repeat is not None:
            kind = "repeat-start" if repeat.get("direction") == "forward" else "repeat-end"
            if kind == "repeat-end":
                measure.times = min(max(whole(repeat.get("times"), 2), 2), 16)
        if kind == "repeat-start" or (is_left and kind != "repeat-end"):
            measure.left = "repeat-start" if kind == "repeat-start" else measure.left or (kind and "double")
        elif kind is not None:
            measure.right = kind
        closes = False
        for ending in element.findall("ending"):
            if ending.get("type") == "start":
                words = (ending.get("number") or "").replace(",", " ").replace(".", " ").split()
                self.ending = tuple(int(w) for w in words if w.isdecimal() and 0 < int(w) <= 64) or (1,)
                measure.ending = self.ending
            else:
                closes = True
        return closes

    # ------------------------------------------------------------------------------------------------------ notes

    def _note(self, element: Element, measure: RawMeasure) -> None:
        if element.find("grace") is not None:
            self.left_out["grace"] += element.find("cue") is None
            return
        nominal = self._duration(element)
        exact = exact_length(element, nominal, self.division)
        rest = element.find("rest")
        is_chord = element.find("chord") is not None
        if exact is None:
            if rest is None:
                raise damaged(f"a note without a length in measure {measure.number}")
            return
        onset = self.head if is_chord else self.clock.exact
        if not is_chord:
            self.head = onset
            self.clock.advance(exact if nominal is None else nominal, exact)
        end = onset + exact
        if self.is_doubled and whole(element.findtext("staff"), 1) in self.tabs:
            return
        if rest is not None and (rest.get("measure") == "yes"):
            measure.filler = max(measure.filler, end)
            return
        measure.content = max(measure.content, end)
        if rest is not None or exact <= 0 or self._is_silent(element):
            return
        pitch, is_drum = self._pitch(element)
        measure.marks += [(onset, "word", word) for word in read_lyrics(element)]
        ties = {tie.get("type") for tie in (*element.findall("tie"), *element.findall("notations/tied"))}
        measure.notes.append(
            RawNote(
                onset, exact, pitch, self._loudness(element), "start" in ties or "continue" in ties,
                "stop" in ties or "continue" in ties, min(max(whole(element.findtext("staff"), 1), 1), 9),
                element.findtext("voice") or "1", is_drum, element.find("notations/fermata") is not None,
            )
        )  # fmt: skip

    @property
    def is_doubled(self) -> bool:
        """Whether a tablature shows what another staff of the part shows in notes."""
        return 0 < len(self.tabs) < self.num_staves

    def _is_silent(self, element: Element) -> bool:
        """Return whether a note is printed and not played, which is counted: cue notes and slashes."""
        if element.find("cue") is not None:
            slash = (element.findtext("notehead") or "").strip() == "slash"
            self.left_out["slash" if slash else "cue"] += 1
            return True
        staff = whole(element.findtext("staff"), 1)
        if (element.findtext("notehead") or "").strip() == "slash" or self.slashes & {0, staff}:
            self.left_out["slash"] += 1
            return True
        if element.find("play/mute") is not None and (element.findtext("play/mute") or "").strip() == "on":
            self.left_out["cue"] += 1
            return True
        self.left_out["hidden"] += element.get("print-object") == "no"
        return False

    def _loudness(self, element: Element) -> int:
        percent = number(element.get("dynamics"))
        return self.velocity if percent is None else min(max(round(percent * 0.9), 1), 127)

    def _pitch(self, element: Element) -> tuple[int, bool]:
        """Return (MIDI number as it sounds, whether it has no pitch).

        Raises:
            FileFormatError: the note has neither a pitch that there is nor a place for one.
        """
        pitch = element.find("pitch")
        instrument = element.find("instrument")
        key = instrument.get("id") if instrument is not None else None
        if pitch is None:
            unpitched = element.find("unpitched")
            step = unpitched.findtext("display-step") if unpitched is not None else None
            octave = whole(unpitched.findtext("display-octave")) if unpitched is not None else None
            known = self.instruments.drums.get(key)
            return (drum_at(step, octave, element.findtext("notehead")) if known is None else known), True
        step, octave = (pitch.findtext("step") or "").strip(), whole(pitch.findtext("octave"))
        if step not in STEP_PITCH_CLASSES or octave is None or not -2 <= octave <= 12:
            raise damaged(f"a pitch {step}{octave}")
        alter = number(pitch.findtext("alter"), 0.0)
        height = STEP_PITCH_CLASSES[step] + round(min(max(alter, -4), 4)) + 12 * (octave + 1)
        if self.instruments.is_percussion:
            return height, True
        return height + self.chromatic, False


def _meter(attributes: Element) -> tuple[int, int] | None:
    """Return a meter as (numerator, denominator), None where none is stated that can be read; 3+2/8 is 5/8."""
    time = attributes.find("time")
    if time is None or time.find("senza-misura") is not None:
        return None
    beats, units = time.findall("beats"), time.findall("beat-type")
    pairs: list[tuple[int, int]] = []
    for beat, unit in zip(beats, units, strict=False):
        parts = (beat.text or "").split("+")
        counts = [count for count in map(whole, parts) if count is not None]
        denominator = whole(unit.text)
        if len(counts) < len(parts) or denominator not in (1, 2, 4, 8, 16, 32, 64):
            return None
        pairs.append((sum(counts), denominator))
    if not pairs:
        return None
    common = max(denominator for _, denominator in pairs)
    total = sum(count * common // denominator for count, denominator in pairs)
    return (total, common) if 1 <= total <= 256 else None


def read_part(element: Element, name: str, instruments: Instruments, left_out: Counter) -> RawPart:
    """Return the measures of a part.

    Args:
        element: <part>.
        name: as printed.
        instruments: what sounds it.
        left_out: counted here, by kind: "grace", "cue", "slash"; "hidden" are notes that sound and are not printed.

    Raises:
        FileFormatError: something in it is damaged.
    """
    reader = _PartReader(instruments, left_out)
    measures: list[RawMeasure] = []
    for child in element.findall("measure"):
        measure = reader.measure(child)
        back = measure.repeats_before
        if back and not measure.notes and len(measures) >= back:
            measure.notes = list(measures[-back].notes)
            measure.content = max(measure.content, measures[-back].content)
        measures.append(measure)
    num_staves = reader.num_staves
    if reader.is_doubled and max(reader.tabs) == num_staves:  # nothing was read from the staves below
        num_staves = min(reader.tabs) - 1 or num_staves
    return RawPart(name, instruments, measures, num_staves, bool(reader.tabs))
