"""Reading the ABC of the old printed tune collections: one tune's text -> one-voice music in ticks.

Only what those editions use is read: notes, broken rhythm, tuplets, ties, chords of several notes, bar lines,
repeats and first and second endings. Anything else makes `parse_tune` refuse the tune with a reason, so that no
tune enters a corpus half understood. ABC: the ABC music standard 2.1 (Walshaw and others, 2011).
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from musegen.music.theory import MODE_FIFTHS, parse_key

TICKS = 24
"""Ticks to the quarter note: sixteenth triplets (4) and thirty-seconds (3) are exact."""

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_TOKEN = re.compile(
    r"""(?P<skip>![^!\n]*!|\{[^}]*\}|`|\\)
    |(?P<field>\[[A-Za-z]:[^\]]*\])
    |(?P<bar>::+|:?\|+:+|:+\|+:?\]?|\[\||\|+\]?)
    |(?P<ending>\[[1-9](?:[,-][1-9])*|(?<=\|)\s*[1-9](?:[,-][1-9])*)
    |(?P<tuplet>\((?P<p>[2-9])(?::(?P<q>\d?)(?::(?P<r>\d?))?)?)
    |(?P<chord>[\[+](?=[\^_=]*[A-Ga-g]))
    |(?P<close>[\]+])
    |(?P<acc>\^\^|\^|__|_|=)?(?P<note>[A-Ga-gzx])(?P<oct>[',]*)
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<line>\n)
    |(?P<ignore>[()\s.~HTuvktMSLKIUVPOyRrnN;*!]|[hmlow])
    """,
    re.VERBOSE,
)
_LENGTH = re.compile(r"(\d*)(/*)(\d*)")


class TuneError(Exception):
    """A tune cannot be used; the text is the reason, as counted in the report."""


@dataclass
class Sound:
    """A note or rest as printed: length in ticks, pitch None for a rest."""

    ticks: Fraction
    pitch: int | None
    letter: str = ""
    tied: bool = False


@dataclass
class ParsedTune:
    """A tune with endings resolved.

    Attributes:
        number: the X: field.
        title: the first T: field.
        meter: numerator and denominator.
        key: tonic pitch class and mode.
        items: `Sound`s and bar lines ("|", "||", "|:", ":|", "::") in order.
    """

    number: str
    title: str
    meter: tuple[int, int]
    key: tuple[int, str]
    items: list[Sound | str] = field(default_factory=list)


def split_tunes(text: str) -> list[str]:
    """Return the tunes of an ABC file, each from its X: line on."""
    lines = text.replace("\r", "").split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("X:")] + [len(lines)]
    return ["\n".join(lines[a:b]) for a, b in zip(starts, starts[1:], strict=False)]


def parse_tune(text: str) -> ParsedTune:
    """Return the tune of a text that starts with its X: line.

    Raises:
        TuneError: the tune uses something that is not read; the message is the reason.
    """
    header, body = _split_header(text)
    body = re.sub(r'"[^"\n]*"|\[\|\]|=(?:20|0D)(?=\n|$)', "", body)  # words, invisible bar lines, mail's line ends
    if "V" in header or re.search(r"\[V:", body):
        raise TuneError("several voices")
    meter = _meter(header.get("M", ""))
    key = _key(header.get("K", ""))
    unit = header.get("L", "").strip()
    if unit and not re.fullmatch(r"1/\d+", unit):
        raise TuneError("unit length not understood")
    length = Fraction(unit) if unit else (Fraction(1, 8) if Fraction(*meter) >= Fraction(3, 4) else Fraction(1, 16))
    tune = ParsedTune(header.get("X", "").strip(), header.get("T", "").strip(), meter, key)
    tune.items = _Body(body, meter, key, length * 4 * TICKS).items
    tune.items = _resolve_endings(tune.items)
    return tune


def _split_header(text: str) -> tuple[dict[str, str], str]:
    header: dict[str, str] = {}
    body: list[str] = []
    in_body = False
    for raw in text.split("\n"):
        line = re.sub(r"(?<!\\)%.*", "", raw)
        match = re.match(r"([A-Za-z]):(?![|:])(.*)", line)
        if match is None:
            if in_body:
                body.append(line)
            continue
        name, value = match.groups()
        if not in_body:
            header.setdefault(name, value)
            in_body = name == "K"
        elif name == "P":
            body.append("||")  # a named part begins
        elif name in "KML" and body and value.strip() != header.get(name, "").strip():
            raise TuneError("key or meter changes inside the tune")
        elif name in "KML":
            header[name] = value
    return header, "\n".join(body)


def _meter(text: str) -> tuple[int, int]:
    text = text.strip()
    if text in ("C", "C|"):
        return (4, 4) if text == "C" else (2, 2)
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match:
        raise TuneError("meter not understood")
    return int(match[1]), int(match[2])


def _key(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"\s*([A-G][#b]?)\s*([A-Za-z]*)\s*", text)
    try:
        return parse_key(f"{match[1]} {match[2]}".strip()) if match else parse_key("?")
    except ValueError:
        raise TuneError("key not understood") from None


def _signature(key: tuple[int, str]) -> dict[str, int]:
    fifths = (key[0] * 7) % 12 + MODE_FIFTHS[key[1]]
    fifths = fifths - 12 if fifths > 6 else fifths + 12 if fifths < -6 else fifths
    order = "FCGDAEB"
    return {letter: 1 for letter in order[: max(fifths, 0)]} | {letter: -1 for letter in order[::-1][: max(-fifths, 0)]}


class _Body:
    """The reading of one tune's notes; the result is `items`."""

    def __init__(self, text: str, meter: tuple[int, int], key: tuple[int, str], unit_ticks: Fraction) -> None:
        self.text, self.unit = text, unit_ticks
        self.compound = meter[0] % 3 == 0 and meter[0] > 3
        self.signature = _signature(key)
        self.items: list[Sound | str] = []
        self.accidentals: dict[str, int] = {}
        self.tuplet: list = [0, Fraction(1)]  # notes left, factor
        self.broken: Fraction | None = None  # factor of the coming note
        self.position = 0
        while self.position < len(text):
            match = _TOKEN.match(text, self.position)
            if not match:
                raise TuneError(f"sign not understood: {text[self.position]!r}")
            self.position = match.end()
            self._take(match)
        if self.tuplet[0] or self.broken:
            raise TuneError("tuplet or dotted pair left open")

    def _take(self, match: re.Match) -> None:
        kind = match.lastgroup if match.lastgroup not in ("p", "q", "r", "oct") else None
        if match["field"]:
            raise TuneError("key or meter changes inside the tune")
        if match["bar"]:
            self._bar(match["bar"])
        elif match["ending"]:
            self.items.append("[" + match["ending"].strip().lstrip("["))
        elif match["tuplet"]:
            self._open_tuplet(match)
        elif match["chord"]:
            self._chord(match[0])
        elif match["note"]:
            letter, pitch = self._pitch(match)
            self._sound(pitch, letter, self._length())
        elif match["broken"]:
            self._break(match["broken"])
        elif match["tie"] and self.items and isinstance(self.items[-1], Sound):
            self.items[-1].tied = True
        elif kind == "close":
            raise TuneError("bracket not understood")

    def _bar(self, sign: str) -> None:
        self.accidentals = {}
        if self.tuplet[0] or self.broken:
            raise TuneError("tuplet or dotted pair left open")
        end, start = sign.startswith(":"), sign.endswith(":")
        if sign.strip(":") == "" or (end and start):
            name = "::"
        elif end or start:
            name = ":|" if end else "|:"
        else:
            name = "|" if sign == "|" else "||"
        self.items.append(name)

    def _open_tuplet(self, match: re.Match) -> None:
        p = int(match["p"])
        default = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, 3 if self.compound else 2)
        if self.tuplet[0]:
            raise TuneError("tuplet inside a tuplet")
        self.tuplet = [int(match["r"] or p), Fraction(int(match["q"] or default), p)]

    def _pitch(self, match: re.Match) -> tuple[str, int | None]:
        name = match["note"]
        if name in "zx":
            return "", None
        octave = (1 if name.islower() else 0) + match["oct"].count("'") - match["oct"].count(",")
        letter = f"{name.upper()}{octave}"
        if match["acc"]:
            self.accidentals[letter] = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}[match["acc"]]
        alter = self.accidentals.get(letter, self.signature.get(name.upper(), 0))
        last = self.items[-2] if len(self.items) > 1 and isinstance(self.items[-1], str) else None
        base = 60 + 12 * octave + _STEPS[name.upper()]
        if isinstance(last, Sound) and last.tied and last.letter == letter and not match["acc"]:
            return letter, last.pitch  # tied over the bar line: the accidental goes on
        return letter, base + alter

    def _length(self) -> Fraction:
        match = _LENGTH.match(self.text, self.position)
        assert match  # it matches nothing, too
        self.position = match.end()
        top, slashes, bottom = match.groups()
        value = Fraction(int(top or 1))
        if slashes:
            value /= int(bottom) if bottom else 2 ** len(slashes)
        if value <= 0:
            raise TuneError("length not understood")
        return value

    def _chord(self, opening: str) -> None:
        closing = "+" if opening == "+" else "]"
        tones: list[tuple[int, str, Fraction]] = []
        while self.position < len(self.text) and self.text[self.position] != closing:
            match = _TOKEN.match(self.text, self.position)
            if not match or not (match["note"] or match["ignore"]):
                raise TuneError("chord not understood")
            self.position = match.end()
            if match["note"] and match["note"] not in "zx":
                letter, pitch = self._pitch(match)
                assert pitch is not None  # it is no rest
                tones.append((pitch, letter, self._length()))
        self.position += 1
        if not tones:
            raise TuneError("chord not understood")
        pitch, letter, inner = max(tones)
        self._sound(pitch, letter, inner * self._length())

    def _sound(self, pitch: int | None, letter: str, length: Fraction) -> None:
        ticks = length * self.unit
        if self.broken:
            ticks, self.broken = ticks * self.broken, None
        if self.tuplet[0]:
            ticks *= self.tuplet[1]
            self.tuplet[0] -= 1
        self.items.append(Sound(ticks, pitch, letter))

    def _break(self, signs: str) -> None:
        if not self.items or not isinstance(self.items[-1], Sound):
            raise TuneError("tuplet or dotted pair left open")
        short = Fraction(1, 2 ** len(signs))
        long = 2 - short
        first, second = (long, short) if signs[0] == ">" else (short, long)
        self.items[-1].ticks *= first
        self.broken = second


def _resolve_endings(items: list[Sound | str]) -> list[Sound | str]:
    """Return the items with first endings dropped, second endings kept and the repeat sign moved behind them."""
    kept: list[Sound | str] = []
    state, open_repeat = 0, False  # state: 0 outside, 1 in a first ending, 2 in a second
    for item in items:
        if isinstance(item, str) and item.startswith("["):
            number = item[1:]
            if number == "1" and state != 1:
                if state == 2:
                    _close_ending(kept)
                state, open_repeat = 1, False
            elif number == "2" and state == 1:
                if not open_repeat:
                    raise TuneError("endings not understood")
                state = 2
            else:
                raise TuneError("more than two endings" if number > "2" else "endings not understood")
            continue
        if state == 1:
            open_repeat |= item in (":|", "::")
            continue
        if state == 2 and isinstance(item, str) and item != "|":
            kept.append({"||": ":|", "|:": "::"}.get(item, item))
            state = 0
            continue
        kept.append(item)
    if state == 1:
        raise TuneError("endings not understood")
    if state == 2:
        _close_ending(kept)
    return kept


def _close_ending(kept: list[Sound | str]) -> None:
    if kept and kept[-1] == "|":
        kept.pop()
    kept.append(":|")
