"""Tunes in ABC whose voices are written line by line, as hymn books have them: read_voices.

For corpora of known files: music21 merges such voices into one part. Read are notes, chords, ties, tuplets, rests and
accidentals, bar lines, the meter, the key signature and the tempo; words, grace notes, ornaments and repeats are not.
The standard: https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from musegen.music.theory import key_fifths

_TOKEN = re.compile(
    r"(?P<field>\[(?P<letter>[A-Z]):(?P<value>[^\]]*)\])|(?P<mark>![^!]*!|\+[^+]*\+)|(?P<words>\"[^\"]*\")|(?P<grace>\{[^}]*\})"
    r"|\((?P<tuplet>\d)(?::(?P<into>\d?))?(?::(?P<count>\d?))?|(?P<bar>\[?[|:]+\]?\d?)"
    r"|(?P<open>\[(?!\d))|(?P<close>\])(?P<all>\d*/*\d*)(?P<tied_chord>-?)"
    r"|(?P<sharp>\^\^?|__?|=)?(?P<note>[A-Ga-gzx])(?P<octave>[,']*)(?P<length>\d*/*\d*)(?P<tie>-?)(?P<broken>[<>]*)"
)
_SHARPS = "FCGDAEB"
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTER = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_MODES = {"maj": "major", "min": "minor", "m": "minor", "dor": "dorian", "mix": "mixolydian", "phr": "phrygian",
          "lyd": "lydian", "aeo": "minor", "ion": "major"}  # fmt: skip
_COMMON = {"C": (4, 4), "C|": (2, 2)}


@dataclass(slots=True)
class Voice:
    """One voice, times in quarters.

    Args:
        notes: onset, length, pitch; tied notes are one.
        bars: where bars begin, and last where the voice ends.
        phrase_ends: where lines end, and where fermatas stand: within the note that is held.
        end: where the voice ends.
    """

    notes: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)
    bars: list[Fraction] = field(default_factory=list)
    phrase_ends: list[Fraction] = field(default_factory=list)
    end: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class VoicedTune:
    """What was read.

    Args:
        voices: in the order of the file.
        meter: numerator and denominator, None for a tune without bars.
        fifths: sharps (positive) or flats of the key signature.
        qpm: quarters a minute, None where nothing is said.
    """

    voices: tuple[Voice, ...]
    meter: tuple[int, int] | None
    fifths: int
    qpm: float | None


@dataclass(slots=True)
class _Scan:
    """A voice while it is read."""

    voice: Voice
    unit: Fraction
    fifths: int
    altered: dict[tuple[str, int], int] = field(default_factory=dict)
    open_ties: dict[int, int] = field(default_factory=dict)
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    stretch: Fraction = Fraction(1)
    chord: list[tuple[int, Fraction, bool]] | None = None

    def line(self, text: str) -> None:
        for found in _TOKEN.finditer(text):
            if found["letter"]:
                self._field(found["letter"], found["value"])
            elif found["mark"] and "fermata" in found["mark"].lower() and self.chord is None:
                self.voice.phrase_ends.append(self.voice.end)
            elif found["tuplet"]:
                number = int(found["tuplet"])
                into = int(found["into"] or _TUPLETS.get(number, 2))
                self.tuplet = (int(found["count"] or number), Fraction(into, number))
            elif found["bar"]:
                self._bar()
            elif found["open"]:
                self.chord = []
            elif found["close"] is not None and self.chord is not None:
                notes, self.chord = self.chord, None
                self._strike([(p, length * _length(found["all"]), tie) for p, length, tie in notes])
            elif found["note"]:
                self._note(found)
        if self.voice.notes:
            last = self.voice.notes[-1]
            self.voice.phrase_ends.append(last[0])

    def _field(self, letter: str, value: str) -> None:
        if letter == "L":
            self.unit = Fraction(value.split("%")[0].strip()) * 4
        elif letter == "K":
            self.fifths = _fifths(value)

    def _bar(self) -> None:
        self.altered.clear()
        if not self.voice.bars or self.voice.bars[-1] != self.voice.end:
            self.voice.bars.append(self.voice.end)

    def _note(self, found: re.Match[str]) -> None:
        length = _length(found["length"]) * self.unit
        if self.tuplet[0] and self.chord is None:
            length *= self.tuplet[1]
            self.tuplet = (self.tuplet[0] - 1, self.tuplet[1])
        length *= self.stretch
        self.stretch = Fraction(1)
        if found["broken"]:
            part = Fraction(1, 2 ** len(found["broken"]))
            length *= 2 - part if found["broken"][0] == ">" else part
            self.stretch = part if found["broken"][0] == ">" else 2 - part
        pitch = None if found["note"] in "zx" else self._pitch(found)
        if self.chord is not None:
            if pitch is not None:
                self.chord.append((pitch, length, bool(found["tie"])))
            return
        if pitch is None:
            self.voice.end += length
            return
        self._strike([(pitch, length, bool(found["tie"]))])

    def _pitch(self, found: re.Match[str]) -> int:
        letter, octave = found["note"].upper(), found["octave"].count("'") - found["octave"].count(",")
        octave += found["note"].islower()
        if found["sharp"]:
            self.altered[letter, octave] = _ALTER[found["sharp"]]
        signed = _SHARPS.index(letter)
        alter = (1 if signed < self.fifths else 0) - (1 if 6 - signed < -self.fifths else 0)
        return 60 + 12 * octave + _STEPS[letter] + self.altered.get((letter, octave), alter)

    def _strike(self, notes: list[tuple[int, Fraction, bool]]) -> None:
        if not notes:
            return
        start, before, self.open_ties = self.voice.end, self.open_ties, {}
        for pitch, length, tied in notes:
            place = before.get(pitch)
            if place is None:
                place = len(self.voice.notes)
                self.voice.notes.append((start, length, pitch))
            else:
                onset, held, _ = self.voice.notes[place]
                self.voice.notes[place] = (onset, held + length, pitch)
            if tied:
                self.open_ties[pitch] = place
        self.voice.end = start + notes[0][1]


def read_voices(text: str) -> VoicedTune:
    """Return the voices of a tune."""
    head = {line[0]: line[2:].split("%")[0].strip() for line in text.splitlines() if re.match(r"[A-Z]:", line)}
    meter = _meter(head.get("M", "none"))
    unit = Fraction(head["L"]) * 4 if "L" in head else Fraction(1, 2)
    fifths, qpm = _fifths(head.get("K", "C")), _tempo(head.get("Q", ""))
    scans: dict[str, _Scan] = {}
    for line in text.splitlines():
        found = re.match(r"\[V:\s*(\S+?)\s*\](.*)", line)
        if not found:
            continue
        scan = scans.setdefault(found[1], _Scan(Voice(), unit, fifths))
        scan.line(found[2].split("%")[0])
        tempo = re.search(r"\[Q:([^\]]*)\]", line)
        qpm = qpm or (_tempo(tempo[1]) if tempo else None)
    for scan in scans.values():
        bars = [bar for bar in scan.voice.bars if 0 < bar < scan.voice.end]
        scan.voice.bars = [Fraction(0), *bars, scan.voice.end]
    return VoicedTune(tuple(scan.voice for scan in scans.values()), meter, fifths, qpm)


def _length(text: str) -> Fraction:
    if not text:
        return Fraction(1)
    over, _, under = text.partition("/")
    halves = under.count("/") + 1 if "/" in text and not under.strip("/") else 0
    below = 2**halves if halves else int(under or 1)
    return Fraction(int(over or 1), below)


def _meter(value: str) -> tuple[int, int] | None:
    if value in _COMMON:
        return _COMMON[value]
    found = re.match(r"(\d+)/(\d+)", value)
    return (int(found[1]), int(found[2])) if found else None


def _fifths(value: str) -> int:
    found = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", value.strip())
    if not found:
        return 0
    tonic = (_STEPS[found[1]] + {"#": 1, "b": -1, "": 0}[found[2]]) % 12
    mode = _MODES.get(found[3].lower()[:3], "minor" if found[3] == "m" else "major")
    return key_fifths(tonic, mode)


def _tempo(value: str) -> float | None:
    found = re.search(r"(\d+)/(\d+)\s*=\s*(\d+)", value)
    return int(found[3]) * 4 * int(found[1]) / int(found[2]) if found else None
