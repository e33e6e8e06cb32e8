"""Seeds as a musician types them: `C4 D4 E4:1/8 F#4 R [C4 E4 G4]:2`.

The grammar, spaces, commas and bar lines `|` between events being free::

    text    = header* event*                    a list `[C4, D4, Rest]` may stand around all events
    header  = key: G major | meter: 6/8 | tempo: 96 | pickup: 1/8 | title: Any words to the end of the line
    event   = (note | chord | rest) length? tie? | tuplet
    note    = letter accidental? octave?        C4 c4 F#4 F♯4 Db Bb3; C4 is middle C; H is B natural; or the names of
              a country: fis B H es, do re mi sib
    chord   = [C4 E4 G4] | C4+E4+G4
    rest    = R | Rest
    length  = :1/8   part of a whole note       :2   so many quarters       /8   an eighth
            | w h q e s t                       whole, half, quarter, eighth, sixteenth, thirty-second
              each with dots for dotted         C4q. C4:1/8.
    tuplet  = (3 C4 D4 E4)                      three in the time of two; also 2 4 5 6 7 9
    tie     = - or ~                            to the next event, which has the same pitches

An event without a length is a quarter. A note without an octave is the nearest to the note before (the first one from
C4 up to B4); inside a chord the next one upwards. The key changes no note: write every sharp and flat.
"""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NoReturn

from musegen.constants import MAX_NOTES, MAX_QPM, MAX_QUARTERS, MIN_QPM, TICKS_PER_QUARTER
from musegen.errors import SeedSyntaxError
from musegen.files.limits import check_piece
from musegen.files.typed_notes import LETTERED, SYLLABLES, read_note, stands_at
from musegen.languages import message
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track, snap
from musegen.music.theory import parse_key
from musegen.remarks import Remark

MAX_CHARACTERS = 200_000

_NUMBER = r"\d{1,5}(?:\.\d{1,4})?"
_HEADER = re.compile(
    r"(?P<name>key|meter|metre|time|tempo|bpm|qpm|pickup|title)\s*[:=][ \t]*", re.IGNORECASE
)  # fmt: skip
_HEADER_VALUES = {
    "key": re.compile(
        r"[A-Ga-g][#b♯♭]?(?:[ \t]*(?:major|minor|maj|min|m|dorian|mixolydian|phrygian|lydian|locrian"
        r"|dor|mix|phr|lyd|loc))?(?![A-Za-z])",
        re.IGNORECASE,
    ),
    "meter": re.compile(r"\d{1,3}[ \t]*/[ \t]*\d{1,2}(?!\d)"),
    "tempo": re.compile(_NUMBER),
    "pickup": re.compile(rf"\d{{1,9}}/\d{{1,9}}|{_NUMBER}"),
    "title": re.compile(r"[^\n]*"),
}
_HEADER_HINTS = {
    "key": message("write for example key: G major"),
    "meter": message("write for example meter: 6/8"),
    "tempo": message(
        "write BPM in quarter notes, {min_qpm:.0f} to {max_qpm:.0f}, for example tempo: 96",
        min_qpm=MIN_QPM,
        max_qpm=MAX_QPM,
    ),
    "pickup": message("write the length of the first incomplete bar, for example pickup: 1/8"),
    "title": message("write any words"),
}
_HEADER_NAMES = {"metre": "meter", "time": "meter", "bpm": "tempo", "qpm": "tempo"}
_SPACE = re.compile(r"[\s,;|]+")
_REST = re.compile(r"(?:[Rr]est|REST|[Rr])(?![A-Za-z])|(?:[Rr]est|REST|[Rr])(?=[whqest](?![A-Za-z]))")
_LENGTH = re.compile(
    rf"[:*](?P<part>\d{{1,9}}/\d{{1,9}})|[:*](?P<quarters>{_NUMBER})|/(?P<divisor>\d{{1,3}})|:?(?P<letter>[whqest])(?![A-Za-z])"
)
_TUPLET = re.compile(r"(?:\((?P<inner>\d)(?!\d)[\s:,]*)|(?:(?P<outer>\d|triplet)\s*\()", re.IGNORECASE)
_TUPLET_TIME = {2: 3, 3: 2, 4: 3, 5: 4, 6: 4, 7: 4, 9: 8}
_LETTER_QUARTERS: dict[str, int | Fraction] = {
    "w": 4, "h": 2, "q": 1, "e": Fraction(1, 2), "s": Fraction(1, 4), "t": Fraction(1, 8)
}  # fmt: skip
_GRID = Fraction(1, TICKS_PER_QUARTER)


@dataclass(frozen=True, slots=True)
class TypedSeed:
    """What a typed text means.

    Args:
        piece: the music.
        messages: how something was understood that could be meant otherwise.
    """

    piece: Piece
    messages: tuple[Remark, ...] = ()


@dataclass(slots=True)
class _Event:
    pitches: tuple[int, ...]
    quarters: Fraction
    tied: bool
    position: int


@dataclass(slots=True)
class _Reader:
    """The text, where we are in it, and what has been understood."""

    text: str
    names: str = "english"
    position: int = 0
    previous: int | None = None
    events: list[_Event] = field(default_factory=list)
    messages: dict[Remark, None] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    head_positions: dict[str, int] = field(default_factory=dict)

    def take(self, pattern: re.Pattern) -> re.Match | None:
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def skip(self) -> None:
        self.take(_SPACE)

    def peek(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    @property
    def done(self) -> bool:
        return self.position >= len(self.text)


def read_typed(text: str, names: str = "english") -> Piece:
    """Return the piece that a typed text means; see the module for the grammar.

    Raises:
        SeedSyntaxError: something is not understood; the message names it, `position` is where it stands.
        FileFormatError: no notes, or too many.
    """
    return parse_typed(text, names).piece


def parse_typed(text: str, names: str = "english") -> TypedSeed:
    """Return the piece that a typed text means, and remarks for the musician.

    Args:
        text: what was typed.
        names: what notes are called in it; one of `musegen.languages.NAMINGS`.

    Raises:
        SeedSyntaxError: something is not understood; the message names it, `position` is where it stands.
        FileFormatError: no notes, or too many.
    """
    if len(text) > MAX_CHARACTERS:
        raise SeedSyntaxError(
            "This text has {num_text:,} characters, and at most {max_characters:,} are read; shorten it.",
            MAX_CHARACTERS,
            num_text=len(text),
            max_characters=MAX_CHARACTERS,
        )
    reader = _Reader(_plain(text), names)
    _read_headers(reader)
    _unwrap_list(reader)
    while not reader.done:
        _read_item(reader, Fraction(1))
        reader.skip()
    if not any(event.pitches for event in reader.events):
        raise SeedSyntaxError("There are no notes in this text; write for example C4 D4 E4.", len(text))
    return TypedSeed(check_piece(_piece(reader)), tuple(reader.messages))


def _plain(text: str) -> str:
    """Return text of the same length without quotation marks around names and typographic variants."""
    text = re.sub(r"(?<![\w'])(['\"])([^'\"\n]+)\1", r" \2 ", text)
    return text.translate(str.maketrans("–−’∣\ufeff", "--'| "))


def _word(pattern: str, text: str, start: int = 0) -> str:
    """Return what a pattern matches at a place, "" where it matches nothing."""
    found = re.compile(pattern).match(text, start)
    return found.group() if found else ""


def _read_headers(reader: _Reader) -> None:
    reader.skip()
    while match := reader.take(_HEADER):
        word = match.group("name").lower()
        name = _HEADER_NAMES.get(word, word)
        start = reader.position
        value = reader.take(_HEADER_VALUES[name])
        if value is None:
            given = _word(r"[^\n,;]*", reader.text, start).strip()
            raise SeedSyntaxError(
                '{word}: "{given}" is not understood; {header_hints}.',
                start,
                word=word,
                given=given,
                header_hints=_HEADER_HINTS[name],
            )
        reader.head[name] = value.group().strip()
        reader.head_positions[name] = start
        reader.skip()


def _unwrap_list(reader: _Reader) -> None:
    """Blank out the brackets of a list that holds all events; brackets around a chord stay."""
    body = reader.text[reader.position :]
    stripped = body.rstrip(" \t\r\n,;|")
    if not (stripped.startswith("[") and stripped.endswith("]")):
        return
    depth = 0
    for index, character in enumerate(stripped):
        depth += (character == "[") - (character == "]")
        if depth == 0 and index < len(stripped) - 1:
            return  # the first bracket closes before the end: chords side by side
    inner = stripped[1:-1]
    if re.search(r"[,\[:*/]|\brest\b|\br\b", inner, re.IGNORECASE):
        reader.text = reader.text[: reader.position] + " " + inner + " "
        reader.skip()


# --------------------------------------------------------------------------------------------------- events


def _read_item(reader: _Reader, scale: Fraction) -> None:
    start = reader.position
    if len(reader.events) > MAX_NOTES:
        raise SeedSyntaxError("At most {max_notes:,} notes are read; shorten the text.", start, max_notes=MAX_NOTES)
    if tuplet := reader.take(_TUPLET):
        if scale != 1:
            raise SeedSyntaxError("A tuplet inside a tuplet is not read; write the lengths out.", start)
        word = tuplet.group("inner") or tuplet.group("outer")
        _read_tuplet(reader, 3 if word.lower() == "triplet" else int(word), start)
        return
    pitches = _read_pitches(reader, start)
    quarters = _read_length(reader) * scale
    tied = reader.peek("-") or reader.peek("~")
    reader.position += tied
    if not (reader.done or _SPACE.match(reader.text, reader.position) or reader.text[reader.position] in "[]()"):
        _refuse(reader, start)
    reader.events.append(_Event(pitches, quarters, bool(tied), start))


def _read_tuplet(reader: _Reader, number: int, start: int) -> None:
    if number not in _TUPLET_TIME:
        known = ", ".join(str(n) for n in _TUPLET_TIME)
        raise SeedSyntaxError(
            "A group of {number} is not read; the first number in ( ) is one of {known}.",
            start,
            number=number,
            known=known,
        )
    scale = Fraction(_TUPLET_TIME[number], number)
    first = len(reader.events)
    reader.skip()
    while not reader.peek(")"):
        if reader.done:
            raise SeedSyntaxError('The group that begins here has no end; close it with ")".', start)
        _read_item(reader, scale)
        reader.skip()
    reader.position += 1
    if len(reader.events) == first:
        raise SeedSyntaxError("This group is empty; write for example (3 C4 D4 E4).", start)


def _read_pitches(reader: _Reader, start: int) -> tuple[int, ...]:
    if not stands_at(reader.text, start, reader.names) and reader.take(_REST):
        return ()
    if reader.peek("["):
        reader.position += 1
        pitches: list[int] = []
        reader.skip()
        while not reader.peek("]"):
            if reader.done:
                raise SeedSyntaxError('The chord that begins here has no end; close it with "]".', start)
            pitches.append(_read_note(reader, pitches))
            reader.skip()
        reader.position += 1
        if not pitches:
            raise SeedSyntaxError("This chord is empty; write for example [C4 E4 G4].", start)
    else:
        pitches = [_read_note(reader, [])]
        while reader.peek("+"):
            reader.position += 1
            pitches.append(_read_note(reader, pitches))
    reader.previous = pitches[0]
    return tuple(sorted(set(pitches)))


def _read_note(reader: _Reader, chord: list[int]) -> int:
    start = reader.position
    read = read_note(reader.text, start, reader.names)
    if read is None:
        _refuse(reader, start)
    reader.position = read.end
    for said in read.remarks:
        reader.messages[said] = None
    if read.octave is None:
        return _nearest(reader, read.pitch_class, chord, start)
    return read.pitch_class + 12 * (read.octave + 1)


def _nearest(reader: _Reader, pitch_class: int, chord: list[int], start: int) -> int:
    if chord:
        pitch = chord[-1] + 1 + (pitch_class - chord[-1] - 1) % 12
    elif reader.previous is None:
        pitch = 60 + pitch_class
    else:
        up = (pitch_class - reader.previous) % 12
        pitch = reader.previous + (up if up <= 6 else up - 12)
    if not 0 <= pitch <= 127:
        raise SeedSyntaxError(
            "This note lies beyond the highest or lowest one; write its octave, for example C4.", start
        )
    return pitch


def _read_length(reader: _Reader) -> Fraction:
    start = reader.position
    match = reader.take(_LENGTH)
    quarters = Fraction(1)
    if match:
        if part := match.group("part"):
            over, under = (int(n) for n in part.split("/"))
            quarters = Fraction(4 * over, under) if under else Fraction(0)
        elif match.group("quarters"):
            quarters = Fraction(match.group("quarters"))
        elif divisor := match.group("divisor"):
            quarters = Fraction(4, int(divisor)) if int(divisor) else Fraction(0)
        else:
            quarters = Fraction(_LETTER_QUARTERS[match.group("letter")])
    dots = 0
    while reader.peek("."):
        reader.position += 1
        dots += 1
    if dots > 3:
        raise SeedSyntaxError("A note has at most three dots.", start)
    quarters *= 2 - Fraction(1, 2**dots)
    if quarters < _GRID or quarters > MAX_QUARTERS:
        raise SeedSyntaxError(
            '"{text}" is not a length; write :1/8 for an eighth, :2 for two quarters.',
            start,
            text=reader.text[start : reader.position],
        )
    return quarters


def _refuse(reader: _Reader, start: int) -> NoReturn:
    """Raise the error for a piece of text that is no event, saying what was perhaps meant."""
    given = re.compile(r"[^\s,;|\[\]()]+").match(reader.text, start)
    word = given.group()[:20] if given else reader.text[start : start + 1]
    syllable = _word(r"[A-Za-z]*", word).lower()
    if syllable in SYLLABLES:
        hint = message(
            "write {syllables}{word} for {syllable}",
            syllables=SYLLABLES[syllable],
            word=word[len(syllable) :],
            syllable=syllable,
        )
    elif not word:
        hint = message("a note is missing at the end, for example C4")
    elif word[0] in "[]()":
        hint = message('there is a "{word}" too many', word=word[0])
    elif LETTERED.match(word) and ":" in word:
        hint = message("lengths are :1/8 (an eighth), :2 (two quarters), or one of the letters w h q e s")
    elif re.match(r"[A-Ha-h][#b]?-?\d[whqest]?[-~]?[A-Ha-h][#b]?\d", word):
        hint = message("put a space between two notes")
    elif _HEADER.match(reader.text, start):
        hint = message("key, meter, tempo and title stand before the first note")
    else:
        hint = message("notes are C D E F G A B with # or b and an octave, as in F#4; R is a rest")
    raise SeedSyntaxError('"{word}" is not understood: {hint}.', start, word=word, hint=hint)


# ---------------------------------------------------------------------------------------------------- piece


def _piece(reader: _Reader) -> Piece:
    notes: list[Note] = []
    sounding: dict[int, int] = {}
    position, last = Fraction(0), None
    for event in reader.events:
        if last is not None and last.tied and last.pitches != event.pitches:
            raise SeedSyntaxError(
                "The tie before this leads to another note; ties join two notes of the same pitch.", event.position
            )
        tied_in = last is not None and last.tied
        for pitch in event.pitches:
            if tied_in:
                head = notes[sounding[pitch]]
                end = snap(float(position + event.quarters))
                notes[sounding[pitch]] = replace(head, duration_quarter=end - head.onset_quarter)
            else:
                sounding[pitch] = len(notes)
                notes.append(Note(float(position), pitch, float(event.quarters)))
        position += event.quarters
        last = event
        if position > MAX_QUARTERS:
            raise SeedSyntaxError(
                "Only {max_quarters:,.0f} quarter notes are read; shorten the text.",
                event.position,
                max_quarters=MAX_QUARTERS,
            )
    if last is not None and last.tied:
        raise SeedSyntaxError("The tie at the end leads nowhere; leave it out.", last.position)
    meter = _meter(reader)
    return Piece(
        tracks=(Track(tuple(notes)),),
        tempos=_tempo(reader),
        time_signatures=(meter,) if "meter" in reader.head else (),
        key_signatures=(KeySignature(0.0, *parse_key(reader.head["key"])),) if "key" in reader.head else (),
        pickup_quarter=_pickup(reader, meter),
        title=reader.head.get("title", ""),
    )


def _tempo(reader: _Reader) -> tuple[Tempo, ...]:
    if "tempo" not in reader.head:
        return ()
    qpm = float(reader.head["tempo"])
    if not MIN_QPM <= qpm <= MAX_QPM:
        raise SeedSyntaxError(
            "tempo: {qpm:g} is out of reach; {header_hints}.",
            reader.head_positions["tempo"],
            qpm=qpm,
            header_hints=_HEADER_HINTS["tempo"],
        )
    return (Tempo(0.0, qpm),)


def _meter(reader: _Reader) -> TimeSignature:
    if "meter" not in reader.head:
        return TimeSignature(0.0, 4, 4)
    over, under = (int(n) for n in reader.head["meter"].split("/"))
    try:
        return TimeSignature(0.0, over, under)
    except ValueError:
        raise SeedSyntaxError(
            "meter: {over}/{under} is no meter; {header_hints}.",
            reader.head_positions["meter"],
            over=over,
            under=under,
            header_hints=_HEADER_HINTS["meter"],
        ) from None


def _pickup(reader: _Reader, meter: TimeSignature) -> float:
    value = reader.head.get("pickup")
    if value is None:
        return 0.0
    over, _, under = value.partition("/")
    quarters = Fraction(over) if not under else Fraction(4 * int(over), int(under) or 1)
    if not 0 <= quarters < meter.bar_quarters:
        raise SeedSyntaxError(
            "pickup: {value} is not shorter than a bar; {header_hints}.",
            reader.head_positions["pickup"],
            value=value,
            header_hints=_HEADER_HINTS["pickup"],
        )
    return float(quarters)
