"""ABC out: a piece as a tune that abc2midi, abcjs and EasyABC read, engraved as the sheet is.

abc_text. One voice of ABC for each staff, or for each voice of a hymn; further voices of a staff are overlays. Source:
the ABC music standard 2.1. Pedals, swing and loudness have no place in it and are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from musegen.files.abc.lyrics import printed
from musegen.music import Piece
from musegen.music.accidentals import Spelling, spell_staff
from musegen.music.meter import QUARTER
from musegen.music.notation import Bar, Symbol, bars_of, notatable, notate, number_segments
from musegen.music.piece import Syllable
from musegen.music.score import Part, Staff, layout, to_ticks
from musegen.music.spelling import spell_piece
from musegen.music.theory import MODE_FIFTHS, key_fifths, spell
from musegen.music.words import notes_of_words

_UNIT = QUARTER // 2
_BARS_A_LINE = 4
_CHORD = re.compile(r"\[[\^_=]*[A-Ga-g]")
_CLEFS = {
    "treble": ("treble", 0), "bass": ("bass", 0), "alto": ("alto", 0), "percussion": ("perc", 0),
    "treble-8vb": ("treble-8", 1), "bass-8vb": ("bass-8", 1), "treble-8va": ("treble+8", -1),
}  # fmt: skip
"""Of each clef its name in ABC, and the octaves by which what is written lies above what sounds."""
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODES = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix", "phrygian": "phr", "lydian": "lyd",
          "locrian": "loc"}  # fmt: skip
_LINE = "FCGDAEB"


@dataclass
class _Voice:
    """One V: of the tune: its staff, or one of the real voices of a staff.

    `seen` holds for each letter of the bar (octave, semitones, layer in which a sign says so, -1 without one).
    """

    name: str
    part: Part
    staff: Staff
    lines: list[list[list[Symbol]]]
    spellings: dict[tuple[int, int, int], Spelling]
    seen: dict[str, set[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(set))
    layer: int = 0


def abc_text(piece: Piece, rights: str = "") -> str:
    """Return a piece as an ABC tune.

    Args:
        piece: the music, at least one note; what no value can print is moved onto a grid (`music.notation.notatable`).
        rights: what may be done with it, kept in the field Z:.
    """
    piece = notatable(piece)
    bars = bars_of(piece)
    voices = list(_voices(piece, bars))
    signs = _bar_signs(piece, bars)
    sung = notes_of_words(piece)
    head = [
        "X:1", f"T:{_plain(piece.title) or 'Untitled'}", *([f"C:{_plain(piece.composer)}"] if piece.composer else []),
        *([f"Z:{_plain(rights)}"] if rights else []), f"M:{bars[0].numerator}/{bars[0].denominator}", "L:1/8",
        f"Q:1/4={round(piece.tempos[0].qpm)}", *_score(voices),
        *(_voice_line(number, voice) for number, voice in enumerate(voices, 1) if len(voices) > 1),
        f"K:{_key(bars[0])}{_only_clef(voices)}",
    ]  # fmt: skip
    body = []
    written = [
        [_bar(voice, i, bars, signs, piece, top=number == 1) for i in range(len(bars))]
        for number, voice in enumerate(voices, 1)
    ]
    for number, (voice, texts) in enumerate(zip(voices, written, strict=True), 1):
        if len(voices) > 1:
            body.append(f"V:{number}")
        body.append("%%MIDI channel 10" if voice.part.is_drum else f"%%MIDI program {voice.part.program}")
        if any(_CHORD.search(text) for text in texts):
            body.append("%%MIDI chordattack 0")  # abc2midi spreads the notes of a chord else
    for first in range(0, len(bars), _BARS_A_LINE):
        for number, texts in enumerate(written, 1):
            start = f"[V:{number}] " if len(voices) > 1 else ""
            body.append(start + "".join(texts[first : first + _BARS_A_LINE]))
            body += _words(voices[number - 1], range(first, min(first + _BARS_A_LINE, len(bars))), sung)
    return "\n".join([*head, *body]) + "\n"


def _words(voice: _Voice, row: range, sung: tuple[int, dict[int, list[Syllable]]]) -> Iterator[str]:
    """Yield the words under a line of bars, a line for each verse."""
    track, by_note = sung
    if track not in voice.part.tracks or not by_note:
        return
    written = [
        (min(number for m, number, _ in symbol.notes if m.track == track),
         [w for m, _, _ in symbol.notes if m.track == track for w in by_note.get(m.index, ())])
        for i in row
        for symbol in next((line for line in voice.lines[i] if line), [])
        if symbol.chord is not None and any(m.track == track for m, _, _ in symbol.notes)
    ]  # fmt: skip
    lines = []
    for verse in range(1, max((w.verse for rest in by_note.values() for w in rest), default=0) + 1):
        line, any_word = "", False
        for segment, words in written:
            found = next((w.text for w in words if w.verse == verse and not segment), None)
            any_word = any_word or found is not None
            line += printed(found) if found is not None else "_ " if any_word else "* "
        lines.append((f"w: {line.rstrip()}", any_word))
    yield from (line for index, (line, _) in enumerate(lines) if any(sung for _, sung in lines[index:]))


def _plain(text: str) -> str:
    return " ".join(text.replace("%", "\\%").split())


def _voices(piece: Piece, bars: tuple[Bar, ...]) -> Iterator[_Voice]:
    spelled = spell_piece(piece)
    for part in layout(piece):
        for staff in part.staves:
            symbols = number_segments(notate(staff, bars))
            spellings = {} if part.is_drum else spell_staff(bars, symbols, spelled)
            if not staff.independent:
                yield _Voice(part.name if staff is part.staves[0] else "", part, staff, symbols, spellings)
                continue
            for index, track in enumerate(part.tracks[: len(staff.voices)]):
                lines = [[bar[index]] if index < len(bar) else [] for bar in symbols]
                yield _Voice(piece.tracks[track].name, part, staff, lines, spellings)


def _score(voices: list[_Voice]) -> list[str]:
    """Return the line that puts the voices of a hymn on two staves, and two hands under one brace."""
    if len(voices) < 2:
        return []
    if all(voice.staff.independent for voice in voices) and len(voices) == 4:
        return ["%%score [(1 2) (3 4)]"]
    words, index = [], 0
    while index < len(voices):
        count = sum(voice.part is voices[index].part for voice in voices)
        numbers = " ".join(str(index + i + 1) for i in range(count))
        words.append(f"{{{numbers}}}" if count > 1 else numbers)
        index += count
    return [f"%%score {' '.join(words)}"]


def _voice_line(number: int, voice: _Voice) -> str:
    name = f' name="{_plain(voice.name).replace(chr(34), chr(39))}"' if voice.name.strip() else ""
    return f"V:{number}{name} clef={_CLEFS[voice.staff.clef][0]}"


def _only_clef(voices: list[_Voice]) -> str:
    clef = _CLEFS[voices[0].staff.clef][0]
    return f" clef={clef}" if len(voices) == 1 and clef != "treble" else ""


def _key(bar: Bar) -> str:
    """Return the key of a bar as ABC names it; without one the major key that has its signature."""
    mode = bar.key.mode if bar.key else "major"
    place = bar.fifths - MODE_FIFTHS[mode]
    if bar.key and key_fifths(bar.key.tonic, mode) != bar.fifths and not -8 < place < 13:
        mode, place = "major", bar.fifths
    alter, index = divmod(place + 1, 7)
    return f"{_LINE[index]}{'#' * alter if alter > 0 else 'b' * -alter}{_MODES[mode]}"


def _bar_signs(piece: Piece, bars: tuple[Bar, ...]) -> tuple[set[int], dict[int, str]]:
    """Return the bars at which a repeat begins, and the sign at the end of those that do not end plainly."""
    starts = {bar.start: index for index, bar in enumerate(bars)}
    ends = {bar.end: index for index, bar in enumerate(bars)}
    begins: set[int] = set()
    closing = {len(bars) - 1: "|]"}
    for line in piece.barlines:
        tick = to_ticks(line.onset_quarter)
        before = ends.get(tick, len(bars) - 1 if tick > bars[-1].start else None)
        if line.kind in ("repeat-start", "repeat-both") and tick in starts:
            begins.add(starts[tick])
        if before is None:
            continue
        if line.kind in ("repeat-end", "repeat-both"):
            closing[before] = ":|"
        elif line.kind in ("double", "final") and closing.get(before) != ":|":
            closing[before] = "|]" if line.kind == "final" or before == len(bars) - 1 else "||"
    return begins, closing


# ------------------------------------------------------------------------------------------------------------- bars


def _bar(
    voice: _Voice, index: int, bars: tuple[Bar, ...], signs: tuple[set[int], dict[int, str]], piece: Piece, *, top: bool
) -> str:
    bar, before = bars[index], bars[index - 1] if index else None
    begins, closing = signs
    voice.seen.clear()
    out = ["|:"] if index in begins else []
    if before is not None and (bar.numerator, bar.denominator) != (before.numerator, before.denominator):
        out.append(f"[M:{bar.numerator}/{bar.denominator}]")
    if before is not None and bar.fifths != before.fifths:
        out.append(f"[K:{_key(bar)}]")
    lines = [line for line in voice.lines[index] if line] or [[]]
    layers = []
    for number, line in enumerate(lines):
        voice.layer = number
        words = list(_line(voice, line, bar, piece, above=top and number == 0))
        layers.append(" ".join(words) or f"x{_length(bar.length)}")
    out.append(" & ".join(layers))
    out.append(closing.get(index, "|"))
    return " ".join(out) + " "


def _line(voice: _Voice, line: list[Symbol], bar: Bar, piece: Piece, *, above: bool) -> Iterator[str]:
    """Yield the notes and rests of one voice of a bar."""
    fermatas = {to_ticks(q) for q in piece.fermatas}
    for place, symbol in enumerate(line):
        marks = list(_marks(symbol, piece)) if above else []
        if symbol.tuplet and (place == 0 or line[place - 1].tuplet != symbol.tuplet):
            count = sum(other.tuplet == symbol.tuplet for other in line)
            marks.append(f"({symbol.tuplet.actual}:{symbol.tuplet.normal}:{count}")
        ticks = Fraction(symbol.ticks)
        if symbol.tuplet:
            ticks = ticks * symbol.tuplet.actual / symbol.tuplet.normal
        if symbol.chord is None:
            yield "".join(marks) + ("x" if symbol.hidden else "z") + _length(ticks)
            continue
        if symbol.start in fermatas:
            marks.append("!fermata!")
        yield "".join(marks) + _chord(voice, symbol, bar, _length(ticks))


def _marks(symbol: Symbol, piece: Piece) -> Iterator[str]:
    """Yield the tempo and the chord symbols that begin while a symbol of the top voice lasts."""
    for tempo in piece.tempos[1:] if len(piece.tempos) < 16 else ():
        if symbol.start <= to_ticks(tempo.onset_quarter) < symbol.end:
            yield f"[Q:1/4={round(tempo.qpm)}]"
    for chord in piece.chord_symbols:
        if symbol.start <= to_ticks(chord.onset_quarter) < symbol.end:
            yield f'"{_plain(chord.text)}"'


def _chord(voice: _Voice, symbol: Symbol, bar: Bar, length: str) -> str:
    """Return the notes of a symbol; a tie stands behind each note that is tied on, or behind them all."""
    notes = symbol.notes
    every = all(tied for _, _, tied in notes)
    written = []
    for member, segment, tied in notes:
        if voice.part.is_drum:
            spelling = Spelling(*spell(member.pitch))
        else:
            spelling = voice.spellings[(member.track, member.index, segment)]
        carried = segment > 0 and symbol.start == bar.start
        written.append(_note(voice, spelling, bar, carried=carried) + ("-" if tied and not every else ""))
    inside = written[0] if len(written) == 1 else f"[{''.join(written)}]"
    return inside + length + ("-" if every else "")


def _note(voice: _Voice, spelling: Spelling, bar: Bar, *, carried: bool) -> str:
    """Return a note, with a sign wherever some reader of ABC could take it for another.

    Some readers let an accidental count in all octaves of its bar, some in its own alone, and some let what a tie
    carries over the bar line count on.
    """
    step, alter, octave = spelling.step, spelling.alter, spelling.octave + _CLEFS[voice.staff.clef][1]
    seen = voice.seen[step]
    usual = _key_alter(step, bar.fifths)
    same = all(other == alter for _, other, _ in seen)
    is_plain = alter == usual and same
    is_said = same and (octave, alter, voice.layer) in seen
    needs_sign = not (is_plain or is_said or carried)
    if alter != usual or not same:
        seen.add((octave, alter, voice.layer if needs_sign or is_said else -1))
    letter = step if octave <= 4 else step.lower()
    marks = "," * (4 - octave) if octave < 4 else "'" * (octave - 5)
    return f"{_SIGNS[alter] if needs_sign else ''}{letter}{marks}"


def _key_alter(step: str, fifths: int) -> int:
    place = _LINE.index(step)
    return 1 if place < fifths else -1 if 6 - place < -fifths else 0


def _length(ticks: Fraction | int) -> str:
    length = Fraction(ticks) / _UNIT
    if length == 1:
        return ""
    number = "" if length.numerator == 1 and length.denominator > 1 else str(length.numerator)
    return number + (f"/{length.denominator}" if length.denominator > 1 else "")
