"""The grammar of ABC music: a line of notes cut into tokens, lengths, chord symbols and words of navigation.

tokens, Token, WrittenNote, note_of, chord_notes, length_of, semitones_of, tuplet_of, chord_symbol, jump_of, numbers_of.
Source: the ABC music standard 2.1 (2011), sections 4 and 7, read as leniently as it asks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from musegen.errors import MusegenError
from musegen.music.chord import parse_chord

_LENGTH = r"\d{0,5}(?:/{1,6}\d{0,5})?"
_ACCIDENTAL = r"(?:\^\^|__|[\^_](?:\d{0,2}/\d{0,2})?|=)"
_NOTE = rf"(?P<accidental>{_ACCIDENTAL})?(?P<letter>[A-Ga-g])(?P<octave>[,']{{0,9}})(?P<length>{_LENGTH})"
_TOKEN = re.compile(
    rf"""(?P<string>"[^"\n]{{0,400}}")
    |\[(?P<field>[A-Za-z]:[^\]\n]{{0,200}})\]
    |(?P<oldchord>\+(?:{_ACCIDENTAL}?[A-Ga-g][,']*\d*/*\d*){{2,12}}\+{_LENGTH})
    |[!+](?P<decoration>[A-Za-z.<>()\d~^/][^!+|\s]{{0,40}})[!+]
    |(?P<bar>\.?(?:\[\|\]|:*\[?\|+\]?:*|::+))(?P<numbers>[ ]?\d+(?:[,\-]\d+)*)?
    |\[(?P<ending>[ ]?\d+(?:[,\-.]\d+)*)\.?
    |\((?P<tuplet>\d+(?::\d*){{0,2}})
    |\[(?P<chord>(?:[^\]"\n|]|"[^"\n]*"){{1,200}})\](?P<chordlength>{_LENGTH})
    |\{{(?P<grace>[^}}\n]{{0,200}})\}}
    |{_NOTE}
    |(?P<rest>[zx])(?P<restlength>{_LENGTH})
    |(?P<bars>[ZX])(?P<count>\d{{0,4}})
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<overlay>&+)
    |y[\d/]*|[ \t\n()`\\;*$\]:!+]
    |(?P<symbol>[.~H-Wh-w])
    |(?P<unknown>.)
    """,
    re.VERBOSE,
)
# The bounds on repetitions keep the time proportional to the text.
_CHORD_NOTE = re.compile(rf'"[^"]*"|!(?P<decoration>[^!]*)!|{_NOTE}(?P<tie>-)?|.', re.DOTALL)
_SYMBOL = re.compile(r"(?P<name>[A-G][#b♯♭]?[^()\s]*|N\.?C\.?)(?:\s*\(.*\))?\s*")
_WRITTEN_SYMBOL = re.compile(
    r"[A-G][#b]?(?:maj|min|mi|ma|dim|aug|sus|add|alt|omit|no|[mMjΔøo°^0-9#b+\-(),])*(?:/[A-G][#b]?)?"
)
_JUMPS = (
    (re.compile(r"d\.?\s*c\.?(\s|$|al)|da\s*capo|dacapo", re.I), "dacapo"),
    (re.compile(r"d\.?\s*s\.?(\s|$|al)|dal\s*segno|dalsegno", re.I), "dalsegno"),
    (re.compile(r"(to|da)\s*coda$", re.I), "tocoda"),
    (re.compile(r"coda$", re.I), "coda"),
    (re.compile(r"fine\s*\.?$", re.I), "fine"),
    (re.compile(r"segno$", re.I), "segno"),
)
_TUPLET_TIMES = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


@dataclass(frozen=True, slots=True)
class Token:
    """One sign of a line.

    Args:
        kind: name of the sign: "note", "chord", "rest", "bars", "bar", "ending", "tuplet", "broken", "tie", "overlay",
            "grace", "decoration", "string", "field", "symbol" or "unknown".
        match: of the sign, with its parts as groups.
    """

    kind: str
    match: re.Match

    def __getitem__(self, group: str) -> str:
        return self.match[group] or ""


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note as it is written.

    Args:
        accidental: "^", "_", "=", ... or "".
        letter: "A" to "G", "a" to "g" an octave higher.
        marks: its commas and apostrophes.
        length: of a note, as `length_of` reads it.
        is_tied: whether a tie of its own, within a chord, leads on from it.
    """

    accidental: str
    letter: str
    marks: str
    length: str
    is_tied: bool = False

    @property
    def octave(self) -> int:
        """Octave in scientific notation."""
        return 4 + self.letter.islower() + self.marks.count("'") - self.marks.count(",")


def tokens(line: str) -> Iterator[Token]:
    """Yield the signs of a line of music; spaces, slurs and line ends are none.

    Args:
        line: without comments.
    """
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        if kind in ("letter", "octave", "length"):
            yield Token("note", match)
        elif kind in ("chordlength", "oldchord"):
            yield Token("chord", match)
        elif kind in ("restlength", "count", "numbers"):
            yield Token({"restlength": "rest", "count": "bars", "numbers": "bar"}[kind], match)
        elif kind is not None:
            yield Token(kind, match)


def note_of(match: re.Match, *, is_tied: bool = False) -> WrittenNote:
    """Return the note of a match of the grammar."""
    return WrittenNote(
        match["accidental"] or "", match["letter"], match["octave"] or "", match["length"] or "", is_tied
    )  # fmt: skip


def chord_notes(token: Token) -> tuple[list[WrittenNote], str]:
    """Return the notes of a chord, and the length behind it."""
    inside, after = token["chord"], token["chordlength"]
    if token["oldchord"]:
        inside, _, after = token["oldchord"][1:].rpartition("+")
    return [note_of(m, is_tied=bool(m["tie"])) for m in _CHORD_NOTE.finditer(inside) if m["letter"]], after


def length_of(text: str) -> Fraction:
    """Return a length as a multiple of the unit: "3/2", "/", "//", "/4", "2"."""
    number, slash, rest = text.partition("/")
    if not slash:
        return Fraction(int(number or 1))
    denominator = rest.lstrip("/")
    halvings = len(rest) - len(denominator) + (0 if denominator else 1)
    below = (int(denominator) or 1) * 2**halvings if denominator else 2**halvings
    return Fraction(int(number or 1), below)


def semitones_of(accidental: str) -> int:
    """Return the semitones of an accidental, quarter tones to the nearest towards the natural."""
    if accidental in ("", "="):
        return 0
    sign = 1 if accidental[0] == "^" else -1
    if accidental in ("^^", "__"):
        return 2 * sign
    number, slash, below = accidental[1:].partition("/")
    if not slash:
        return sign
    return sign * int(Fraction(int(number or 1), int(below or 2) or 2))


def tuplet_of(text: str, *, compound: bool) -> tuple[Fraction, int]:
    """Return (factor of each length, number of notes) of "3", "3:2", "3:2:4", "3::4"; absurd ones change nothing."""
    given = [int(n) if n else 0 for n in text.split(":")]
    notes, time, count = (*given, 0, 0)[:3]
    time = time or _TUPLET_TIMES.get(notes, 3 if compound else 2)
    if not 2 <= notes <= 64 or time > 64:
        return Fraction(1), 0
    return Fraction(time, notes), count or notes


def chord_symbol(text: str) -> str:
    """Return the chord symbol that a text in quotation marks is, "" where it is something else."""
    match = _SYMBOL.fullmatch(text.strip().replace("♯", "#").replace("♭", "b"))
    if match is None:
        return ""
    name = match["name"].split(";")[0]
    if name.startswith("N"):
        return "N.C."
    # The Nottingham collection writes C sharp in the bass "c+".
    name = re.sub(r"/([A-Ga-g])([#b+]?)$", lambda m: f"/{m[1].upper()}{m[2].replace('+', '#')}", name)
    if _WRITTEN_SYMBOL.fullmatch(name):
        return name
    try:
        parse_chord(name)
    except MusegenError:
        return ""
    return name


def jump_of(text: str) -> str:
    """Return "dacapo", "dalsegno", "tocoda", "coda", "fine" or "segno" for words that say so, else ""."""
    words = text.strip().lstrip("^_<>@").strip()
    return next((kind for pattern, kind in _JUMPS if pattern.match(words)), "") if len(words) < 40 else ""


def numbers_of(text: str) -> tuple[int, ...]:
    """Return the numbers over an ending: "1", "1,3", "1-3"."""
    found: list[int] = []
    for part in re.split(r"[,.]", text.strip()):
        first, _, last = part.partition("-")
        if first.strip().isdecimal():
            begin = int(first)
            end = int(last) if last.isdecimal() else begin
            found += range(begin, min(end, begin + 16) + 1)
    return tuple(n for n in found if 0 < n <= 64)
