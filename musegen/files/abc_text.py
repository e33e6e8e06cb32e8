"""ABC text as music21 understands it: one tune, and everything in it that music21 would misread rewritten.

music21 (10.5) takes decorations for notes, loses hidden rests and rests of whole bars, does not see fields inside
a line, and forgets a key or meter that stands alone between bars. ABC: the ABC music standard 2.1 (2011).
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from musegen.errors import FileFormatError
from musegen.music.theory import key_fifths, key_name, parse_key, tonic_from_fifths

MAX_TUNE_CHARACTERS = 12_000
"""Tunes have a few hundred; the time music21 takes grows with the square."""
MAX_BARS = 1_000
MAX_FIELDS = 500
MAX_BEATS = 64

_FIELD = re.compile(r"[A-Za-z+]:")
_TOKEN = re.compile(
    r"""(?P<string>"[^"\n]{0,200}")
    |(?P<drop>![^!\n]{0,40}!|\{[^}\n]{0,200}\}|\+[a-g.()<>]{0,20}[h-z.()<>][a-z.()<>]{0,20}\+|y\d*|[H-Wh-w~.`$*;\\])
    |\[(?P<field>[A-Za-z]:[^\]\n]{0,200})\]
    |\+(?P<chord>[\^_=A-Ga-g,'/\d]{1,60})\+
    |(?P<bars>[ZX])(?P<count>\d*)
    |(?P<overlay>&[^|\n]*)
    |(?P<hidden>x)
    |(?P<slur>\((?!\d)|\))
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# The bounds on lengths keep the time proportional to the text.
_CHORD_SYMBOL = re.compile(r'"(?:[A-G][#b♯♭]?.*|N\.?C\.?)"')


@dataclass
class _State:
    """Meter and unit length in force, in whole notes."""

    bar: Fraction = Fraction(1)
    unit: Fraction = Fraction(1, 8)


def tunes(text: str) -> list[str]:
    """Return the tunes of an ABC file, each from its X: line to the blank line after its music."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [m.start() for m in re.finditer(r"^X:", text, re.MULTILINE)] or [0]
    found = []
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        tune = text[begin:end]
        if key := re.search(r"^K:.*$", tune, re.MULTILINE):
            body = tune[key.end() :].lstrip("\n")
            found.append(tune[: key.end()] + "\n" + re.split(r"\n\s*\n", body, maxsplit=1)[0])
    return found


def field_of(tune: str, letter: str) -> str:
    """Return the first line of a field of a tune ("T": title), "" where there is none."""
    match = re.search(rf"^{letter}:(.*)$", tune, re.MULTILINE)
    return match.group(1).split("%")[0].strip() if match else ""


def prepared(tune: str) -> tuple[str, list[str]]:
    """Return (text for music21, names of the voices in the order in which they appear).

    Raises:
        FileFormatError: the tune is too long, or a meter is none.
    """
    if len(tune) > MAX_TUNE_CHARACTERS:
        raise FileFormatError(
            f"This tune has {len(tune):,} characters, and at most {MAX_TUNE_CHARACTERS:,} are read; shorten it."
        )
    head: dict[str, str] = {}
    names: dict[str, str] = {}
    voices: list[str] = []
    body: list[str] = []
    state = _State()
    in_body = False
    for raw in tune.split("\n"):
        line = _without_comment(raw)
        if not line.strip():
            continue
        if not _FIELD.match(line):
            body.append(_music(line, state, voices, names) if in_body else "")
        elif in_body:
            body.append(_body_field(line, state, voices, names))
        else:
            letter, value = line[0], line[2:].strip()
            if letter == "V":
                _note_voice(value, [], names)
            elif letter != "T" or "T" not in head:
                head[letter] = value
            in_body = letter == "K"
            if in_body:
                body_head = _header(head, state)
    # Without a version music21 takes the text for ABC 1.3, where an accidental holds for one note alone.
    text = "\n".join(["%abc-2.1", *body_head, *(line for line in body if line)]) + "\n"
    if text.count("|") > MAX_BARS or text.count("\nK:") + text.count("\nM:") + text.count("\nQ:") > MAX_FIELDS:
        raise FileFormatError(f"This tune is too long: at most {MAX_BARS:,} bars are read; shorten it.")
    return text, [names.get(voice, "") for voice in voices]


def _without_comment(line: str) -> str:
    return re.sub(r'((?:[^"%]|"[^"]*")*)%.*', r"\1", line) if "%" in line else line


def _header(head: dict[str, str], state: _State) -> list[str]:
    meter = head.get("M", "")
    _set_meter(meter, state)
    state.unit = Fraction(1, 8) if not meter or meter == "none" or state.bar >= Fraction(3, 4) else Fraction(1, 16)
    if "L" in head:
        _set_unit(head["L"], state)
    lines = ["X:1"]
    if meter:
        lines.append(f"M:{meter}")
    lines.append(f"L:{state.unit.numerator}/{state.unit.denominator}")
    if head.get("Q"):
        lines.append(f"Q:{_tempo(head['Q'], state)}")
    return [*lines, f"K:{_key(head.get('K', ''))}"]


def _body_field(line: str, state: _State, voices: list[str], names: dict[str, str]) -> str:
    """Return a field of the body; key, meter and tempo twice, since music21 drops one that stands alone."""
    letter, value = line[0], line[2:].strip()
    if letter == "V":
        voice = _note_voice(value, voices, names)
        return f"V:{voice}"
    if letter == "K":
        return f"K:{_key(value)}\nK:{_key(value)}"
    if letter == "M":
        _set_meter(value, state)
        return f"M:{value}\nM:{value}"
    if letter == "Q":
        return f"Q:{_tempo(value, state)}\nQ:{_tempo(value, state)}"
    if letter == "L":
        _set_unit(value, state)
        return f"L:{state.unit.numerator}/{state.unit.denominator}"
    return ""


def _note_voice(value: str, voices: list[str], names: dict[str, str]) -> str:
    words = value.split()
    voice = words[0] if words else "1"
    if voice not in voices:
        voices.append(voice)
    if match := re.search(r'(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', value):
        names[voice] = (match.group(1) or match.group(2) or "").strip()
    return voice


def _set_meter(value: str, state: _State) -> None:
    match = re.match(r"\(?([\d+]+)\)?\s*/\s*(\d+)", value)
    if match and int(match.group(2)):
        beats = sum(int(n) for n in match.group(1).split("+") if n)
        state.bar = Fraction(beats, int(match.group(2)))
        if beats > MAX_BEATS:
            raise FileFormatError(f'"M:{value}" is not a meter; write for example M:6/8.')
    else:
        state.bar = Fraction(1)


def _set_unit(value: str, state: _State) -> None:
    match = re.match(r"(\d+)(?:\s*/\s*(\d+))?", value)
    if match and int(match.group(1)) and int(match.group(2) or 1):
        state.unit = Fraction(int(match.group(1)), int(match.group(2) or 1))


def _tempo(value: str, state: _State) -> str:
    """Return a tempo with its note value: the bare number of old files counts unit lengths."""
    if re.fullmatch(r"\d+", value):
        return f"{state.unit.numerator}/{state.unit.denominator}={value}"
    match = re.search(r"\d+\s*/\s*\d+\s*=\s*\d+", value)
    return match.group(0).replace(" ", "") if match else value


def _key(value: str) -> str:
    """Return a key that music21 knows: a mode it lacks as the major key with the same signature."""
    words = re.match(r"\s*([A-G][#b]?\s*[A-Za-z]*)", value)
    try:
        tonic, mode = parse_key(words.group(1)) if words else (0, "major")
    except ValueError:
        return value
    if mode == "locrian":
        return key_name(tonic_from_fifths(key_fifths(tonic, mode), "major"), "major").split()[0]
    return value


def _music(line: str, state: _State, voices: list[str], names: dict[str, str]) -> str:
    out: list[str] = []
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        if kind == "string":
            out.append(match.group() if _CHORD_SYMBOL.fullmatch(match.group()) else "")
        elif kind == "field":
            field = _body_field(match.group("field"), state, voices, names)
            out.append(f"\n{field}\n" if field else "")
        elif kind == "chord":
            out.append(f"[{match.group('chord')}]")
        elif kind in ("bars", "count"):
            out.append(_bars_of_rest(int(match.group("count") or 1), state))
        elif kind == "hidden":
            out.append("z")
        elif kind == "other":
            out.append(match.group())
    return re.sub(r"\n\s*\n", "\n", "".join(out)).strip("\n")


def _bars_of_rest(count: int, state: _State) -> str:
    units = state.bar / state.unit
    rest = f"z{units.numerator}" + (f"/{units.denominator}" if units.denominator > 1 else "")
    return "|".join([rest] * min(count, 200))
