"""The body of an ABC tune read sign by sign into voices, and the voices put into the order of their parts.

read_parts. Source: the ABC music standard 2.1.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from musegen.errors import FileFormatError
from musegen.files.abc import fields, grammar
from musegen.files.abc.book import FIELD, Tune
from musegen.files.abc.voice import DYNAMICS, MAX_MEASURES, Voice
from musegen.files.score.raw import Instruments, RawMeasure, RawPart, program_named
from musegen.remarks import Remark, remark

MAX_VOICES, MOST_BARS = 64, 8
_LEADS_ON = ("tocoda", "coda")
_JUMP_SIGNS = {"dacapo": "dacapo", "dacoda": "tocoda", "D.C.": "dacapo", "D.S.": "dalsegno", "segno": "segno",
               "coda": "coda", "fine": "fine", "tocoda": "tocoda"}  # fmt: skip


@dataclass(slots=True)
class _State:
    """What a tune is read with."""

    left_out: Counter
    remarks: list[Remark]
    key: fields.KeyField
    meter: tuple[int, int] | None
    unit: Fraction
    shared: fields.VoiceField
    order: list[str]
    spread: str = "pitch"
    voices: dict[str, Voice] = field(default_factory=dict)
    settings: dict[str, list[str]] = field(default_factory=dict)
    voice: Voice | None = None
    parts: dict[str, int] = field(default_factory=dict)
    tempo: float | None = None
    directives: list[str] = field(default_factory=list)


def read_parts(tune: Tune, left_out: Counter, remarks: list[Remark], *, in_order: bool) -> list[RawPart]:
    """Return the voices of a tune that have notes, as the parts of a score.

    Args:
        tune: from the book.
        left_out: what is not used is counted here, by kind.
        remarks: what was played out is added here, one sentence each.
        in_order: whether the parts are put into the order of the P: line; False leaves them as printed.

    Raises:
        FileFormatError: a meter is none, or it is too long.
    """
    state = _opened(tune, left_out, remarks)
    for line in tune.body:
        _line(line, state)
    for voice in state.voices.values():
        voice.finish()
    voices = [v for v in state.voices.values() if any(m.notes for m in v.measures)]
    for voice in voices:
        voice.measures = _barred(voice.measures)
    _name_codas(voices)
    _align(voices)
    if in_order and state.order:
        _play_in_order(voices, state)
    return [_part(voice) for voice in voices]


def _part(voice: Voice) -> RawPart:
    program = program_named(voice.name) if voice.program is None else voice.program
    return RawPart(voice.name, Instruments(program, voice.is_percussion), voice.measures)


# ------------------------------------------------------------------------------------------------------------ head


def _opened(tune: Tune, left_out: Counter, remarks: list[Remark]) -> _State:
    meter = fields.read_meter(tune.field("M")) if tune.field("M") else None
    key_text = tune.field("K")
    state = _State(
        left_out, remarks, fields.read_key(key_text) or fields.KeyField(0, "major", {}), meter,
        fields.read_unit(tune.field("L")) or fields.usual_unit(meter), fields.read_voice(key_text),
        fields.read_order(tune.field("P")),
    )  # fmt: skip
    for letter, value in tune.head:
        if letter == "V":
            name, _, rest = value.partition(" ")
            state.settings.setdefault(name, []).append(rest)
        elif letter in ("%", "I"):
            state.directives.append(value)
        elif letter == "m":
            left_out["macro"] += 1
    if tune.field("Q"):
        state.tempo = fields.read_tempo(tune.field("Q"), state.unit)
    for name in state.settings:
        _voice(name, state)
    for text in state.directives:
        _directive(text, state, None)
    state.voice = None
    return state


def _voice(name: str, state: _State) -> Voice:
    """Return the voice of a name, made where it is new."""
    if name in state.voices:
        return state.voices[name]
    if len(state.voices) >= MAX_VOICES:
        raise FileFormatError(
            "This tune has more than {max_voices} voices; choose one with fewer.", max_voices=MAX_VOICES
        )
    voice = Voice("", state.key, None, state.unit, state.left_out, state.spread)
    voice.set(replace(state.shared, name=None))
    for text in state.settings.get(name, []):
        voice.set(fields.read_voice(text))
    voice.set_meter(state.meter)
    if state.tempo is not None and not state.voices:
        voice.mark("tempo", state.tempo)
    for text in state.directives:
        _directive(text, state, voice)
    voice.set_key(state.key)
    state.voices[name] = voice
    return voice


def _current(state: _State) -> Voice:
    """Return the voice that is written now: before any V: line the first one."""
    if state.voice is None:
        state.voice = _voice(next(iter(state.voices or state.settings), "1"), state)
    return state.voice


def _directive(text: str, state: _State, voice: Voice | None) -> None:
    """Take a directive: %%MIDI program, transpose, channel and drummap, %%propagate-accidentals."""
    words = text.replace("=", " ").split()
    if len(words) >= 2 and words[0] == "propagate-accidentals" and words[1] in ("not", "octave", "pitch"):
        state.spread = words[1]
    elif words[:2] == ["MIDI", "nobarlines"]:  # old music: an accidental is of one note alone
        state.spread = "not"
    if voice is not None:
        voice.spread = state.spread
    if voice is None or len(words) < 3 or words[0].upper() != "MIDI":
        return
    numbers = [int(w) for w in words[2:] if re.fullmatch(r"-?\d{1,4}", w)]
    kind = words[1].lower()
    if kind == "drummap" and numbers and (match := re.match(r"(\^\^|\^|__|_|=)?([A-Ga-g][,']*)$", words[2])):
        voice.drums[match[1] or "", match[2]] = min(max(numbers[-1], 0), 127)
    elif kind == "program" and numbers:
        voice.program = min(max(numbers[-1], 0), 127)
    elif kind == "transpose" and numbers:
        voice.midi_transpose = min(max(numbers[0], -48), 48)
    elif kind == "channel" and numbers:
        voice.is_percussion = numbers[0] == 10


# ------------------------------------------------------------------------------------------------------------ body


def _line(line: str, state: _State) -> None:
    if line.startswith("%%"):
        _directive(line[2:].strip(), state, _current(state))
    elif FIELD.match(line):
        _field(line[0], line[2:].strip(), state)
    else:
        _current(state).music_line()
        _music(line, state)


def _field(letter: str, value: str, state: _State) -> None:
    """Take a field of the body, alone on a line or within one."""
    if letter == "V":
        name, _, rest = value.partition(" ")
        state.voice = _voice(name, state)
        if rest.strip():
            state.voice.set(fields.read_voice(rest))
            state.voice.set_key(state.voice.key)
        return
    if letter == "w":
        _current(state).words(value)
        return
    if letter in "Ws":
        state.left_out["words"] += letter == "W"
        return
    if letter not in "KMLQPIm":
        return
    voice = _current(state)
    if letter == "K":
        voice.set(replace(fields.read_voice(value), name=None))
        voice.set_key(fields.read_key(value) or voice.key)
    elif letter == "M":
        voice.set_meter(fields.read_meter(value))
    elif letter == "L":
        voice.unit = fields.read_unit(value) or voice.unit
    elif letter == "Q":
        if (qpm := fields.read_tempo(value, voice.unit)) is not None:
            voice.mark("tempo", qpm)
    elif letter == "P":
        _begin_part(value, state, voice)
    elif letter == "I":
        _directive(value, state, voice)
    else:
        state.left_out["macro"] += 1


def _begin_part(value: str, state: _State, voice: Voice) -> None:
    """Note where a part begins, if the order of the tune names it."""
    name = value[:1]
    if name in state.order:
        voice.bar("|", "")
        state.parts.setdefault(name, len(voice.measures))


def _music(line: str, state: _State) -> None:
    voice = _current(state)
    for token in grammar.tokens(line):
        if token.kind == "field":
            _field(token["field"][0], token["field"][2:].strip(), state)
            if _current(state) is not voice:
                voice = _current(state)
                voice.music_line()
        else:
            _sign(token, voice, state)


def _sign(token: grammar.Token, voice: Voice, state: _State) -> None:
    """Take one sign of the music."""
    match token.kind:
        case "note":
            voice.note(grammar.note_of(token.match))
        case "chord":
            voice.chord(token)
        case "rest":
            voice.rest(token["restlength"])
        case "bars":
            voice.bars_of_rest(int(token["count"] or 1))
        case "bar":
            voice.bar(token["bar"].lstrip("."), token["numbers"])
        case "ending":
            voice.ending(token["ending"])
        case "tuplet":
            voice.tuplet(token["tuplet"])
        case "broken":
            voice.broken(token["broken"])
        case "tie":
            voice.tie()
        case "overlay":
            voice.overlay()
        case "decoration":
            for kind in _decorations(token["decoration"]):
                voice.decorate(kind)
        case "string":
            _text(token["string"][1:-1], voice)
        case "symbol":
            if token["symbol"] == "H":
                voice.decorate("fermata")
        case "grace":
            state.left_out["grace"] += len(re.findall(r"[A-Ga-g]", token["grace"]))
        case _:
            state.left_out["unknown"] += 1


def _decorations(name: str) -> Iterator[str]:
    """Yield what a decoration does to the reading: "D.S.alcoda" leads back and on."""
    if name == "fermata" or name == "invertedfermata":
        yield "fermata"
    elif name in DYNAMICS:
        yield name
    elif name in _JUMP_SIGNS:
        yield _JUMP_SIGNS[name]
    elif kind := grammar.jump_of(name):
        yield kind


def _text(text: str, voice: Voice) -> None:
    """Take a text in quotation marks: a chord symbol, or words of navigation."""
    if symbol := grammar.chord_symbol(text):
        voice.mark("chord", symbol)
    elif kind := grammar.jump_of(text):
        voice.decorate(kind)


# ------------------------------------------------------------------------------------------------- after the reading


def _name_codas(voices: list[Voice]) -> None:
    """Of two signs of a coda the first is where to leave, unless words say so elsewhere."""
    for voice in voices:
        found = [(m, i) for m in voice.measures for i, mark in enumerate(m.marks) if mark[1] in _LEADS_ON]
        if len(found) < 2 or any(m.marks[i][1] == "tocoda" for m, i in found):
            continue
        measure, index = found[0]
        measure.marks[index] = (measure.marks[index][0], "tocoda", "tocoda")


def _align(voices: list[Voice]) -> None:
    """Put all voices into the measures of the longest where they have other bar lines but the same time."""
    if len(voices) < 2:
        return
    totals = {sum((m.content for m in v.measures), Fraction(0)) for v in voices}
    counts = {len(v.measures) for v in voices}
    if len(counts) == 1 or len(totals) > 1:
        return
    model = max(voices, key=lambda v: len(v.measures))
    ends: list[Fraction] = []
    for measure in model.measures:
        ends.append((ends[-1] if ends else Fraction(0)) + measure.content)
    for voice in voices:
        if len(voice.measures) != len(model.measures):
            voice.measures = _rebarred(voice.measures, ends)


def _barred(measures: list[RawMeasure]) -> list[RawMeasure]:
    """Return measures of which none is longer than `MOST_BARS` bars of its meter: music without bar lines gets some."""
    result: list[RawMeasure] = []
    meter = None
    for measure in measures:
        meter = measure.meter or meter
        bar = Fraction(4 * meter[0], meter[1]) if meter else Fraction(4)
        if measure.content <= MOST_BARS * bar:
            result.append(measure)
            continue
        ends = [bar * (i + 1) for i in range(int(measure.content / bar))]
        if not ends or ends[-1] < measure.content:
            ends.append(measure.content)
        split = _rebarred([measure], ends)
        split[0].left, split[-1].right, split[-1].times = measure.left, measure.right, measure.times
        for part in split:
            part.ending = measure.ending
        result += split
    return result


def _rebarred(measures: list[RawMeasure], ends: list[Fraction]) -> list[RawMeasure]:
    """Return measures with the same notes and marks and other bar lines."""
    starts = [Fraction(0), *ends[:-1]]
    result = [RawMeasure(str(i + 1), False, content=end - start)
              for i, (start, end) in enumerate(zip(starts, ends, strict=True))]  # fmt: skip
    position = Fraction(0)

    def place(time: Fraction) -> int:
        return next((i for i, end in enumerate(ends) if time < end), len(ends) - 1)

    for measure in measures:
        for note in measure.notes:
            index = place(position + note.onset)
            result[index].notes.append(replace(note, onset=position + note.onset - starts[index]))
        for offset, kind, value in measure.marks:
            index = place(position + offset)
            result[index].marks.append((position + offset - starts[index], kind, value))
        if measure.meter:
            result[place(position)].meter = measure.meter
        position += measure.content
    return result


def _play_in_order(voices: list[Voice], state: _State) -> None:
    """Write the parts of a tune out in the order of its P: line."""
    order = [name for name in state.order if name in state.parts]
    if not order or order == sorted(state.parts, key=lambda name: state.parts[name]):
        return
    begins = sorted(state.parts.values())
    count = max(len(v.measures) for v in voices)
    ranges = {name: range(begin, next((b for b in begins if b > begin), count)) for name, begin in state.parts.items()}
    before = range(begins[0])
    total = len(before) + sum(len(ranges[name]) for name in order)
    if total > MAX_MEASURES:
        raise FileFormatError(
            "This tune is too long: at most {max_measures:,} bars are read; shorten it.", max_measures=MAX_MEASURES
        )
    for voice in voices:
        states = _states(voice.measures)
        played: list[RawMeasure] = []
        for stretch in (before, *(ranges[name] for name in order)):
            for number, index in enumerate(i for i in stretch if i < len(voice.measures)):
                measure = voice.measures[index]
                if number == 0 and played:
                    meter, marks = states[index]
                    measure = replace(measure, meter=measure.meter or meter, marks=[*marks, *measure.marks])
                played.append(measure)
        voice.measures = played
    state.remarks.append(remark("parts_played_in_order", order=" ".join(order)))


def _states(measures: list[RawMeasure]) -> list[tuple[tuple[int, int] | None, list]]:
    """Return for each measure the meter, and the marks of key and tempo, in force where it begins."""
    meter: tuple[int, int] | None = None
    marks: dict[str, tuple[str, Any]] = {}
    states: list[tuple[tuple[int, int] | None, list]] = []
    for measure in measures:
        states.append((meter, [(Fraction(0), *mark) for mark in marks.values()]))
        meter = measure.meter or meter
        marks |= {kind: (kind, value) for _, kind, value in measure.marks if kind in ("key", "tempo")}
    return states
