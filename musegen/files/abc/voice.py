"""One voice of an ABC tune while it is read: its key, lengths, bars and ties, and the measures it has so far.

Voice turns the signs of the grammar into the measures that all score readers share.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from musegen.constants import DEFAULT_VELOCITY
from musegen.errors import FileFormatError
from musegen.files.abc.fields import KeyField, VoiceField
from musegen.files.abc.grammar import Token, WrittenNote, chord_notes, length_of, numbers_of, semitones_of, tuplet_of
from musegen.files.abc.lyrics import MAX_SUNG, syllables_of_line
from musegen.files.score.raw import RawMeasure, RawNote
from musegen.music.theory import STEP_PITCH_CLASSES
from musegen.music.words import HELD, NOTHING

MAX_MEASURES = 5_000
MAX_UNITS = 4_096
DYNAMICS = {"pppp": 20, "ppp": 30, "pp": 40, "p": 52, "mp": 64, "mf": 76, "f": 90, "ff": 104, "fff": 116, "ffff": 124}
_ONCE = ("segno", "coda")
"""Marks of what comes after them; the others are of what was before."""


@dataclass(slots=True)
class Voice:
    """A voice of a tune.

    Args:
        name: as printed.
        key: in force.
        meter: in force, None for free meter.
        unit: unit length in quarters.
        spread: how far an accidental reaches: "pitch" (all octaves, to the bar line), "octave" or "not".
        left_out: what is not used is counted here, by kind.
    """

    name: str
    key: KeyField
    meter: tuple[int, int] | None
    unit: Fraction
    left_out: Counter
    spread: str = "pitch"
    program: int | None = None
    is_percussion: bool = False
    octave: int = 0
    clef_octave: int = 0
    transpose: int = 0
    midi_transpose: int = 0
    drums: dict[tuple[str, str], int] = field(default_factory=dict)
    velocity: int = DEFAULT_VELOCITY
    measures: list[RawMeasure] = field(default_factory=list)
    _to_sing: list[tuple[RawMeasure, Fraction, int]] = field(default_factory=list)
    _sung: int = 0
    _now: RawMeasure = field(default_factory=lambda: RawMeasure("", False))
    _clock: Fraction = Fraction(0)
    _layer: int = 0
    _altered: dict[object, int] = field(default_factory=dict)
    _ties: dict[int, dict[tuple[str, int], int]] = field(default_factory=lambda: defaultdict(dict))
    _sounding: list[RawNote] = field(default_factory=list)
    _written: list[tuple[tuple[str, int], RawNote]] = field(default_factory=list)
    _last_length: Fraction | None = None
    _broken: tuple[Fraction, Fraction, Fraction] | None = None
    _tuplet: tuple[Fraction, int] = (Fraction(1), 0)
    _marks: list[str] = field(default_factory=list)
    _fermata: bool = False

    # ------------------------------------------------------------------------------------------------- what is set

    def set(self, said: VoiceField) -> None:
        """Take what a V: or K: line says."""
        self.name = said.name if said.name is not None else self.name
        self.octave = said.octave if said.octave is not None else self.octave
        self.clef_octave = said.clef_octave if said.clef_octave is not None else self.clef_octave
        self.transpose = said.transpose if said.transpose is not None else self.transpose
        self.program = said.program if said.program is not None else self.program
        self.is_percussion = self.is_percussion or said.is_percussion

    @property
    def shift(self) -> int:
        """Semitones from what is written to what sounds."""
        return 12 * (self.octave + self.clef_octave) + self.transpose + self.midi_transpose

    def set_key(self, key: KeyField) -> None:
        """Let a key count from here on."""
        self.key = key
        self._altered.clear()
        shift = self.shift % 12
        fifths = (key.fifths + 7 * shift + 6) % 12 - 6 if shift else key.fifths
        self.mark("key", (fifths, key.mode))

    def set_meter(self, meter: tuple[int, int] | None) -> None:
        """Let a meter count from here on."""
        self.meter = meter
        if meter is not None:
            self._now.meter = meter

    def mark(self, kind: str, value: object) -> None:
        """Put a mark where the voice stands."""
        self._now.marks.append((self._clock, kind, value))

    # ------------------------------------------------------------------------------------------------------ words

    def music_line(self) -> None:
        """Begin a line of music: words that follow are those of its notes."""
        if self._sung:
            self._to_sing, self._sung = [], 0

    def words(self, text: str) -> None:
        """Take a line of words for the notes since the last one; further such lines are further verses."""
        self._sung += 1
        notes = iter(self._to_sing)
        bar = self._to_sing[0][2] if self._to_sing else 0
        for syllable in syllables_of_line(text):
            if syllable == "|":
                bar += 1
                notes = (note for note in self._to_sing if note[2] >= bar)
                continue
            place = next(notes, None)
            if place is None:
                return
            bar = place[2]
            if syllable not in (HELD, NOTHING):
                place[0].marks.append((place[1], "word", (syllable, self._sung)))

    # ------------------------------------------------------------------------------------------------------ notes

    def note(self, written: WrittenNote) -> None:
        """Take a note."""
        self._element([written], length_of(written.length))

    def chord(self, token: Token) -> None:
        """Take the notes of a chord, all as long as its first."""
        notes, after = chord_notes(token)
        if notes:
            self._element(notes, length_of(notes[0].length) * length_of(after))

    def rest(self, length: str) -> None:
        """Take a rest, printed or not."""
        self._element([], length_of(length))

    def bars_of_rest(self, count: int) -> None:
        """Take so many whole bars of rest."""
        for number in range(min(count, 500)):
            if number:
                self.bar("|", "")
            bar = Fraction(4 * self.meter[0], self.meter[1]) if self.meter else Fraction(4)
            self._clock += bar
            self._now.content = max(self._now.content, self._clock)
        self._last_length = None

    def _element(self, written: list[WrittenNote], units: Fraction) -> None:
        if units > MAX_UNITS:
            raise FileFormatError("This ABC tune has a note of an absurd length; correct its lines L: and its notes.")
        factor, left = self._tuplet
        length = units * self.unit * (factor if left else 1)
        self._tuplet = (factor, max(left - 1, 0))
        if self._broken is not None:
            length *= self._settled(length, *self._broken)
            self._broken = None
        waiting, self._ties[self._layer] = self._ties[self._layer], {}
        self._sounding, self._written = [], []
        for note in written:
            self._sound(note, length, waiting)
        if self._sounding and self._layer == 0 and len(self._to_sing) < MAX_SUNG:
            self._to_sing.append((self._now, self._clock, len(self.measures)))
        self._clock += length
        self._last_length = length
        self._now.content = max(self._now.content, self._clock)
        self._fermata = False
        self._marks = self._placed(self._marks)

    def _sound(self, written: WrittenNote, length: Fraction, waiting: dict[tuple[str, int], int]) -> None:
        step, octave, accidental = written.letter.upper(), written.octave, written.accidental
        natural = STEP_PITCH_CLASSES[step] + 12 * (octave + 1)
        tie = waiting.get((step, octave))
        if accidental:
            pitch = natural + semitones_of(accidental)
            self._remember(step, octave, semitones_of(accidental))
            tie = next((held for held in waiting.values() if held == pitch + self.shift), None)
        elif tie is not None:
            pitch = tie - self.shift
        else:
            pitch = natural + self._altered.get(self._place(step, octave), self.key.alters.get(step, 0))
        if self.is_percussion:
            sounding = self.drums.get((accidental, written.letter + written.marks), pitch)
        else:
            sounding = pitch + self.shift
        if not 0 <= sounding <= 127:
            self.left_out["unplayable"] += 1
            return
        note = RawNote(
            self._clock, length, sounding, self.velocity, False, tie is not None, 1, str(self._layer + 1),
            self.is_percussion, self._fermata,
        )  # fmt: skip
        self._now.notes.append(note)
        self._sounding.append(note)
        self._written.append(((step, octave), note))
        if written.is_tied:
            self._hold((step, octave), note)

    def _place(self, step: str, octave: int) -> object:
        return step if self.spread == "pitch" else (step, octave)

    def _remember(self, step: str, octave: int, semitones: int) -> None:
        if self.spread != "not":
            self._altered[self._place(step, octave)] = semitones

    def tie(self) -> None:
        """Let the notes just read go on into the next."""
        for key, note in self._written:
            self._hold(key, note)

    def _hold(self, key: tuple[str, int], note: RawNote) -> None:
        note.starts_tie = True
        self._ties[self._layer][key] = note.pitch

    def broken(self, signs: str) -> None:
        """Lengthen the note before and shorten the one after (">"), or the other way round."""
        short = Fraction(1, 2 ** min(len(signs), 4))
        before, after = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        if self._last_length is None:
            return
        self._lengthen(self._last_length * (before - 1))
        self._broken = (self._last_length, before, after)
        self._last_length = None

    def _settled(self, length: Fraction, base: Fraction, before: Fraction, after: Fraction) -> Fraction:
        """Return the factor of the note after a sign of broken rhythm; between notes of two lengths it says nothing."""
        if length == base:
            return after
        self._lengthen(base * (1 - before))
        return Fraction(1)

    def _lengthen(self, change: Fraction) -> None:
        for note in self._sounding:
            note.length += change
        self._clock += change
        self._now.content = self._clock if self._layer == 0 else max(self._now.content, self._clock)

    def tuplet(self, text: str) -> None:
        """Begin a tuplet."""
        compound = self.meter is not None and self.meter[0] % 3 == 0 and self.meter[0] > 3
        self._tuplet = tuplet_of(text, compound=compound)

    def decorate(self, kind: str) -> None:
        """Take a fermata, a loudness ("p", "ff") or a sign of navigation."""
        if kind == "fermata":
            self._fermata = True
        elif kind in DYNAMICS:
            self.velocity = DYNAMICS[kind]
        else:
            self._marks.append(kind)

    # ------------------------------------------------------------------------------------------------------- bars

    def overlay(self) -> None:
        """Begin another layer of the same measure."""
        self._layer = min(self._layer + 1, 7)
        self._clock = Fraction(0)
        self._altered.clear()
        self._last_length, self._broken, self._tuplet = None, None, (Fraction(1), 0)

    def bar(self, sign: str, numbers: str) -> None:
        """Take a bar line, its repeat signs and the numbers of an ending behind it."""
        ends, begins = sign.startswith(":"), sign.endswith(":")
        kind = "repeat-end" if ends else "final" if sign.endswith("]") and "|]" in sign else None
        if kind is None and ("||" in sign or sign.startswith("[|")) and not begins:
            kind = "double"
        colons = len(sign) - len(sign.lstrip(":"))
        self._close(kind, max((colons // 2 if colons == len(sign) else colons) + 1, 2) if ends else 2)
        if begins:
            self._now.left = "repeat-start"
        if numbers:
            self.ending(numbers)

    def ending(self, numbers: str) -> None:
        """Begin a first or second ending."""
        if self._now.content > 0:
            self._close(None, 2)
        self._now.ending = numbers_of(numbers)

    def finish(self) -> None:
        """Close the last measure, and let endings reach to where they end."""
        self._close(None, 2)
        if self._marks and self.measures:
            last = self.measures[-1]
            last.marks += [(last.content, kind, kind) for kind in self._marks]
            self._marks = []
        _spread_endings(self.measures)
        _begin_repeats(self.measures)

    def _close(self, kind: str | None, times: int) -> None:
        now = self._now
        self._layer, self._last_length, self._broken = 0, None, None
        self._altered.clear()
        if now.content == 0:  # nothing since the last bar line: the sign belongs to that one
            late = [mark for mark in self._marks if mark not in _ONCE]
            if self.measures:
                before = self.measures[-1]
                before.marks += [(before.content, mark, mark) for mark in late]
                self._marks = [mark for mark in self._marks if mark in _ONCE]
                if kind == "repeat-end" or (kind and before.right != "repeat-end"):
                    before.right, before.times = kind, max(times, before.times)
            return
        later = [mark for mark in self._marks if mark in _ONCE]
        self._placed(mark for mark in self._marks if mark not in _ONCE)
        self._marks = later
        now.right, now.times = kind, times
        self.measures.append(now)
        if len(self.measures) > MAX_MEASURES:
            raise FileFormatError(
                "This tune is too long: at most {max_measures:,} bars are read; shorten it.", max_measures=MAX_MEASURES
            )
        self._now = RawMeasure(str(len(self.measures) + 1), False)
        self._clock = Fraction(0)

    def _placed(self, marks: Iterable[str]) -> list[str]:
        """Put signs of navigation into the measure that has begun; return those that are still to be put."""
        if self._now.content == 0:
            return list(marks)
        for kind in marks:
            place = Fraction(0) if kind in _ONCE else self._now.content
            self._now.marks.append((place, kind, kind))
        return []


def _spread_endings(measures: list[RawMeasure]) -> None:
    """Let each ending cover its measures: to the next special bar line, a later one at most as many as the first."""
    longest = 0
    for index in range(len(measures)):
        here, before = measures[index], measures[index - 1] if index else None
        if here.ending:
            if before is None or not before.ending:
                longest = 0  # the first of its group
            begun = index
        elif before is None or not before.ending or before.right or here.left or (longest and index - begun >= longest):
            continue
        else:
            here.ending = before.ending
        if index + 1 == len(measures) or here.right or measures[index + 1].ending:
            longest = longest or index + 1 - begun


def _begin_repeats(measures: list[RawMeasure]) -> None:
    """Let a repeat without a beginning begin at the latest double bar line, as the standard says (4.8)."""
    begin, is_open = 0, False
    for index, measure in enumerate(measures):
        is_open = is_open or measure.left == "repeat-start"
        if measure.right == "repeat-end":
            if begin and not is_open:
                measures[begin].left = "repeat-start"
            begin, is_open = 0, measure.ending != () and is_open
        elif measure.right in ("double", "final") and not is_open:
            begin = index + 1
        elif measure.right in ("double", "final") and measure.ending:
            begin, is_open = index + 1, False
