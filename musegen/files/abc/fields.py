"""The fields of ABC: K:, M:, L:, Q:, V: and P: as values. Source: the ABC music standard 2.1, section 3 and 4.6.

KeyField, read_key, read_meter, read_unit, read_tempo, VoiceField, read_voice, read_order, signature.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from musegen.errors import FileFormatError
from musegen.files.abc.grammar import semitones_of
from musegen.music.theory import MODE_FIFTHS

MAX_BEATS = 64
_STEPS = "FCGDAEB"
_MODES = {
    "maj": "major", "ion": "major", "min": "minor", "aeo": "minor", "mix": "mixolydian", "dor": "dorian",
    "phr": "phrygian", "lyd": "lydian", "loc": "locrian", "m": "minor", "exp": "major",
}  # fmt: skip
_KEY = re.compile(
    r"(?P<tonic>[A-G])(?P<sign>[#b♯♭]?)\s*(?P<mode>(?i:maj|min|mix|dor|phr|lyd|loc|ion|aeo|exp)[a-z]*|m(?![\w=]))?"
)
_ALTERED = re.compile(r"(?<![\w,'])(?P<sign>\^\^|\^|__|_|=)(?P<step>[A-Ga-g])(?![\w=])")
_CLEF = re.compile(r"\b(?:treble|bass|tenor|alto|soprano|mezzo|baritone|[GFC])\d?(?P<octave>[+^-]8|_8)", re.I)
_SETTING = re.compile(r'(?P<name>[A-Za-z]+)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_MOST_SHIFT = 48


@dataclass(frozen=True, slots=True)
class KeyField:
    """A key.

    Args:
        fifths: sharps of a signature with this tonic and mode, negative for flats.
        mode: of `musegen.music.theory.MODES`.
        alters: semitones of each letter that is not natural.
    """

    fifths: int
    mode: str
    alters: dict[str, int]


@dataclass(frozen=True, slots=True)
class VoiceField:
    """What a V: or K: line says of a voice; None for what it does not say."""

    name: str | None = None
    octave: int | None = None
    transpose: int | None = None
    clef_octave: int | None = None
    program: int | None = None
    is_percussion: bool = False


def signature(fifths: int) -> dict[str, int]:
    """Return the letters that a signature of so many sharps or flats alters, each with its semitones."""
    letters = _STEPS if fifths > 0 else _STEPS[::-1]
    alters: dict[str, int] = {}
    for index in range(abs(fifths)):
        letter = letters[index % 7]
        alters[letter] = alters.get(letter, 0) + (1 if fifths > 0 else -1)
    return alters


def read_key(value: str) -> KeyField | None:
    """Return the key of a K: field, None where it names none (a clef alone)."""
    text = value.strip()
    if text.startswith(("HP", "Hp")):  # the scale of the pipes: A mixolydian
        return KeyField(2, "mixolydian", signature(2))
    if not text or text.lower().startswith("none"):
        return KeyField(0, "major", {})
    if re.fullmatch(r"[a-g][#b]?(m|min|minor)?", text) and text != "b":
        text = text[0].upper() + text[1:]
    match = _KEY.match(text)
    if match is None:
        return None
    word = (match["mode"] or "").lower()
    mode = _MODES[word[:3] if len(word) > 1 else word or "maj"]
    alter = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[match["sign"]]
    fifths = _STEPS.index(match["tonic"]) - 1 + 7 * alter + MODE_FIFTHS[mode]
    alters = {} if word.startswith("exp") else signature(fifths)
    for altered in _ALTERED.finditer(text[match.end() :]):
        alters[altered["step"].upper()] = semitones_of(altered["sign"])
    return KeyField(*_nearest(match["tonic"], alter, alters, fifths, mode), alters)


def _nearest(tonic: str, alter: int, alters: dict[str, int], fifths: int, mode: str) -> tuple[int, str]:
    """Return (fifths, mode) of the mode on a tonic that has these altered letters, or of one with its third."""
    place = _STEPS.index(tonic) - 1 + 7 * alter
    sounding = {letter: n for letter, n in alters.items() if n}
    for name, shift in MODE_FIFTHS.items():
        if abs(place + shift) <= 7 and signature(place + shift) == sounding:
            return place + shift, name
    if sounding == signature(fifths):
        return fifths, mode
    natural = "FCGDAEB"
    third = natural[(natural.index(tonic) + 4) % 7]  # four fifths up: the letter of the third
    is_minor = (natural.index(third) - 1 + 7 * sounding.get(third, 0)) - place < 0
    name = "minor" if is_minor else "major"
    return place + MODE_FIFTHS[name], name


def read_meter(value: str) -> tuple[int, int] | None:
    """Return (numerator, denominator) of an M: field, None for free meter.

    Raises:
        FileFormatError: it is no meter.
    """
    text = value.strip()
    if text.startswith("C"):
        return (2, 2) if text.startswith("C|") else (4, 4)
    match = re.search(r"\(?(\d+(?:\s*\+\s*\d+)*)\)?\s*/\s*(\d+)", text)
    if match is None:
        return None
    beats = sum(int(n) for n in match[1].split("+"))
    denominator = int(match[2])
    if not 1 <= beats <= MAX_BEATS or denominator not in (1, 2, 4, 8, 16, 32, 64):
        raise FileFormatError('"M:{text}" is not a meter; write for example M:6/8.', text=text[:20])
    return beats, denominator


def read_unit(value: str) -> Fraction | None:
    """Return the unit length of an L: field in quarters, None where it is none."""
    match = re.match(r"\s*(\d{1,4})(?:\s*/\s*(\d{1,4}))?", value)
    if match is None or not int(match[1]) or not int(match[2] or 1):
        return None
    return Fraction(4 * int(match[1]), int(match[2] or 1))


def usual_unit(meter: tuple[int, int] | None) -> Fraction:
    """Return the unit length, in quarters, of a tune that gives none: a sixteenth in meters below 3/4."""
    return Fraction(1, 4) if meter and Fraction(*meter) < Fraction(3, 4) else Fraction(1, 2)


def read_tempo(value: str, unit: Fraction) -> float | None:
    """Return quarters a minute of a Q: field, None where it gives no number that makes sense.

    Args:
        value: "1/4=120", "1/4 3/8=40", "C3=40" and "120" of old files, which count unit lengths.
        unit: length in force, in quarters.
    """
    text = re.sub(r'"[^"]*"', " ", value)
    beats, sign, number = text.rpartition("=")
    found = re.search(r"\d{1,5}(?:\.\d{1,4})?", number)
    if found is None:
        return None
    length = unit
    if sign:
        lengths = [read_unit(m[0]) for m in re.finditer(r"\d+\s*/\s*\d+", beats)]
        old = re.search(r"C(\d*)", beats)
        length = sum((n for n in lengths if n), Fraction(0)) or unit * int((old[1] if old else "") or 1)
    qpm = float(Fraction(found[0]) * length)
    return qpm if 5 <= qpm <= 1000 else None


def read_voice(text: str) -> VoiceField:
    """Return what the settings behind the name of a voice, or behind a key, say."""
    found = {}
    for match in _SETTING.finditer(text):
        found[match["name"].lower()] = match["quoted"] if match["quoted"] is not None else match["plain"]
    clef = _CLEF.search(text)
    midi = re.search(r"\bmidi\s+program\s+(?:\d+\s+)?(\d+)", text, re.I)
    name = next((found[k] for k in ("name", "nm", "subname", "snm") if k in found), None)
    return VoiceField(
        name=None if name is None else " ".join(name.replace("\\n", " ").split()),
        octave=_whole(found.get("octave"), 4),
        transpose=_whole(found.get("transpose", found.get("t")), _MOST_SHIFT),
        clef_octave=None if clef is None else (1 if clef["octave"][0] in "+^" else -1),
        program=min(int(midi[1]), 127) if midi else None,
        is_percussion=bool(re.search(r"(?:^|\s|clef=)perc", text)),
    )


def _whole(text: str | None, most: int) -> int | None:
    match = re.fullmatch(r"[+-]?\d{1,3}", text or "")
    return min(max(int(match[0]), -most), most) if match else None


def read_order(value: str, most: int = 200) -> list[str]:
    """Return the parts of a P: field in the order in which they are played: "A2BA", "(AB)3C", "A.B".

    Args:
        value: of the field in the head of the tune.
        most: parts returned at most.
    """
    signs = re.findall(r"[A-Za-z]|\d{1,3}|[()]", value)
    stack: list[list[str]] = [[]]
    last: list[str] = []
    for sign in signs:
        if sign == "(":
            stack.append([])
            last = []
        elif sign == ")":
            if len(stack) > 1:
                last = stack.pop()
                stack[-1] += last
        elif sign.isdecimal():
            stack[-1] += last * min(int(sign) - 1, most)
            last = []
        else:
            last = [sign]
            stack[-1].append(sign)
        if len(stack[-1]) > most:
            stack[-1] = stack[-1][:most]
    return [part for level in stack for part in level][:most]
