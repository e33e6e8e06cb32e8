"""A Piece as MusicXML 4.0, written for the eye: what `music.notation` decides is put into elements here.

Notes carry ids: "n{track}-{index}" is note `index` of track `track` of the piece, "n{track}-{index}-1", "-2", ...
are what is tied to it. They survive into Verovio's SVG.
"""

import json
import zipfile
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import gcd
from pathlib import Path

from musegen.files.musicxml.expression import (
    Direction,
    articulations_xml,
    fermata_places,
    rehearsal_xml,
    staff_directions,
)
from musegen.files.musicxml.frets import TAB, Places, places_by_note, retuned_xml, tab_line, technical_xml, tuning_xml
from musegen.files.musicxml.harmony import harmony_xml
from musegen.files.musicxml.lyrics import lyrics_by_note
from musegen.files.musicxml.parts import CLEFS, drum_place, part_list_xml
from musegen.files.musicxml.pedal import pedal_xml, printed_pedals
from musegen.files.musicxml.swing import with_swing
from musegen.files.musicxml.symbols import accidental_xml, pitch_xml, tuplet_edges, value_xml
from musegen.files.musicxml.tempo import tempo_xml
from musegen.files.xml_text import xml_attribute, xml_text
from musegen.music import STRAIGHT, Piece
from musegen.music.accidentals import Spelling, spell_staff
from musegen.music.beams import beam_states
from musegen.music.expression import Expression, expression, is_rubato, mean_qpm, tempo_words
from musegen.music.meter import QUARTER
from musegen.music.notation import Bar, Symbol, bars_of, notatable, notate, number_segments
from musegen.music.score import Part, Staff, layout, to_ticks
from musegen.music.spelling import Spelled, spell_piece, without_doubles
from musegen.music.transposing import Transposing, written
from musegen.music.voices import Member

_HEAD = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
"""  # noqa: E501
_STYLES = {"double": "light-light", "final": "light-heavy"}
_DEFAULT_DYNAMICS = 80
_TEMPO_CHANGE = 0.05
_TEMPO_DISTANCE = 4 * QUARTER


@dataclass
class _Marks:
    """What stands above the top staff or on all bar lines; keys are indices of bars or ticks."""

    tempos: dict[int, str] = field(default_factory=dict)
    chords: dict[int, list[str]] = field(default_factory=dict)
    sections: dict[int, str] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)
    right: dict[int, str] = field(default_factory=dict)
    fermatas: frozenset[int] = frozenset()
    lyrics: dict[tuple[int, int], str] = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    said: Expression = field(default_factory=Expression)


@dataclass(frozen=True)
class _StaffPlan:
    """One staff ready to be written: symbols by bar and voice, spellings, fermatas by (bar, voice, place), marks."""

    staff: Staff
    number: int
    first_voice: int
    symbols: list[list[list[Symbol]]]
    spellings: dict[tuple[int, int, int], Spelling]
    fermatas: dict[tuple[int, int, int], str]
    directions: list[Direction] = field(default_factory=list)


def musicxml_text(
    piece: Piece,
    *,
    recipe: str | None = None,
    rights: str = "",
    instrument: Transposing | None = None,
) -> str:
    """Return a piece as MusicXML.

    Music off every printable grid is moved onto one (`music.notation.notatable`).

    Args:
        piece: the music; without notes it is one bar of rest.
        recipe: how the piece was made, kept in the miscellaneous fields.
        rights: what may be done with the music, kept in `<rights>`.
        instrument: what all parts are written for; `<transpose>` says how it sounds.

    Raises:
        ConstraintError: a note cannot be written for the instrument.
    """
    played, sounding = piece, notatable(piece)
    piece = sounding if instrument is None else written(sounding, instrument)
    bars, parts = bars_of(piece), layout(piece)
    marks = _marks(piece, bars)
    marks.places = places_by_note(sounding)
    marks.said = expression(played, piece, parts, bars)
    spelled = without_doubles(spell_piece(piece)) if is_rubato(piece, bars) else spell_piece(piece)
    plans = [_plan(part, bars, marks, spelled, last=index + 1 == len(parts)) for index, part in enumerate(parts)]
    plans = [_with_directions(staves, marks.said, index, bars) for index, staves in enumerate(plans)]
    pedals = printed_pedals(piece, parts, bars[-1].end)
    divisions = QUARTER // _common_divisor(plans, bars, marks, pedals)
    body = [
        _HEAD,
        _identification(sounding, recipe, rights),
        part_list_xml(sounding, parts),
    ]
    for index, (part, staves) in enumerate(zip(parts, plans, strict=True)):
        body.append(f'<part id="P{index + 1}">\n')
        above = marks if index == 0 else replace(marks, tempos={}, chords={}, sections={})
        writer = _PartWriter(part, staves, bars, above, pedals[index], divisions, instrument)
        body.extend(writer.measure(i) for i in range(len(bars)))
        body.append("</part>\n")
    body.append("</score-partwise>\n")
    return "".join(body)


def write_musicxml(piece: Piece, path: Path, *, recipe: str | None = None) -> None:
    """Write a piece as MusicXML, compressed where the path ends in .mxl.

    Args:
        piece: the music.
        path: where to; replaced if it exists.
        recipe: how the piece was made, kept in the file.
    """
    text = musicxml_text(piece, recipe=recipe)
    if path.suffix.lower() != ".mxl":
        path.write_text(text, encoding="utf-8")
        return
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        '<rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("score.musicxml", text)


def _transpose_xml(instrument: Transposing) -> str:
    octaves = f"<octave-change>{instrument.octaves}</octave-change>" if instrument.octaves else ""
    return (
        f"<transpose><diatonic>{instrument.diatonic}</diatonic><chromatic>{instrument.chromatic}</chromatic>"
        f"{octaves}</transpose>"
    )


def _identification(piece: Piece, recipe: str | None, rights: str) -> str:
    work = f"<work><work-title>{xml_text(piece.title)}</work-title></work>\n" if piece.title else ""
    creator = f'<creator type="composer">{xml_text(piece.composer)}</creator>' if piece.composer else ""
    creator += f"<rights>{xml_text(rights)}</rights>" if rights else ""
    rows = [[t.name, t.program, t.is_drum, *([t.pedals] if t.pedals else [])] for t in piece.tracks]
    tracks = json.dumps(rows, ensure_ascii=False)
    fields = {"musegen-tracks": tracks} | ({"musegen": recipe} if recipe else {})
    miscellaneous = "".join(
        f"<miscellaneous-field name={xml_attribute(name)}>{xml_text(value)}</miscellaneous-field>"
        for name, value in fields.items()
    )
    return (
        f"{work}<identification>{creator}<encoding><software>Musegen</software></encoding>"
        f"<miscellaneous>{miscellaneous}</miscellaneous></identification>\n"
    )


# ------------------------------------------------------------------------------------------------------- plans


def _marks(piece: Piece, bars: tuple[Bar, ...]) -> _Marks:
    marks = _Marks(fermatas=frozenset(to_ticks(q) for q in piece.fermatas), lyrics=lyrics_by_note(piece))
    shown_at, shown = None, 0.0
    rubato = is_rubato(piece, bars)  # then one mark stands for all
    for tempo in piece.tempos:
        tick = to_ticks(tempo.onset_quarter)
        is_far = shown_at is not None and tick - shown_at >= _TEMPO_DISTANCE and not rubato
        words, printed = "", None
        if shown_at is None or (is_far and abs(tempo.qpm - shown) > _TEMPO_CHANGE * shown):
            printed = mean_qpm(piece) if rubato else tempo.qpm
            words = tempo_words(piece, printed, rubato=rubato) if shown_at is None else ""
            shown_at, shown = tick, tempo.qpm
        bar = next((b for b in reversed(bars) if b.start <= tick), bars[0])
        if tick < bars[-1].end:
            marks.tempos[tick] = tempo_xml(tempo.qpm, printed, bar, words)
    if piece.swing != STRAIGHT:
        marks.tempos[0] = with_swing(marks.tempos[0], piece.swing)
    marks.sections.update({bar.start: text for q, text in piece.sections for bar in bars if to_ticks(q) == bar.start})
    for symbol in piece.chord_symbols:
        marks.chords.setdefault(to_ticks(symbol.onset_quarter), []).append(symbol.text)
    starts = {bar.start: index for index, bar in enumerate(bars)}
    ends = {bar.end: index for index, bar in enumerate(bars)}
    last = len(bars) - 1
    marks.right[last] = "final"
    for line in piece.barlines:
        tick = to_ticks(line.onset_quarter)
        # A closing line within an uncut last bar stands at the end of that bar.
        before = ends.get(tick, last if tick > bars[last].start else None)
        if line.kind in ("repeat-start", "repeat-both") and tick in starts:
            marks.left[starts[tick]] = "forward"
        if line.kind in ("repeat-end", "repeat-both") and before is not None:
            marks.right[before] = "backward"
        if line.kind in _STYLES and before is not None and marks.right.get(before) != "backward":
            marks.right[before] = "final" if before == last else line.kind
    return marks


def _plan(
    part: Part, bars: tuple[Bar, ...], marks: _Marks, spelled: dict[tuple[int, int], Spelled], *, last: bool
) -> list[_StaffPlan]:
    plans, voice = [], 1
    for number, staff in enumerate(part.staves, start=1):
        symbols = number_segments(notate(staff, bars))
        below = staff.independent and last
        fermatas = fermata_places(symbols, marks.fermatas, below=below)
        spellings = {} if part.is_drum else spell_staff(bars, symbols, spelled)
        plans.append(_StaffPlan(staff, number, voice, symbols, spellings, fermatas))
        voice = max(voice + len(staff.voices), 5)
    return plans


def _with_directions(staves: list[_StaffPlan], said: Expression, part: int, bars: tuple[Bar, ...]) -> list[_StaffPlan]:
    """Return the staves of a part with what stands above and below them."""
    return [
        replace(
            plan,
            directions=staff_directions(
                said, part, plan.staff, plan.number if len(staves) > 1 else 0, plan.symbols, bars
            ),
        )
        for plan in staves
    ]


def _common_divisor(
    plans: list[list[_StaffPlan]], bars: tuple[Bar, ...], marks: _Marks, pedals: list[list[tuple[int, str]]]
) -> int:
    result = QUARTER
    for bar in bars:
        result = gcd(result, bar.length)
    for staves in plans:
        for plan in staves:
            for voices in plan.symbols:
                for line in voices:
                    for symbol in line:
                        result = gcd(result, symbol.ticks)
    for tick in (*marks.tempos, *marks.chords, *(tick for part in pedals for tick, _ in part)):
        result = gcd(result, tick)
    return result


# ----------------------------------------------------------------------------------------------------- measures


class _PartWriter:
    """Writes the measures of one part."""

    def __init__(
        self,
        part: Part,
        staves: list[_StaffPlan],
        bars: tuple[Bar, ...],
        marks: _Marks,
        pedals: list[tuple[int, str]],
        divisions: int,
        instrument: Transposing | None = None,
    ) -> None:
        self.instrument = instrument
        self.tuning = "" if instrument else part.tuning  # who reads another instrument's sheet has no strings
        self.num_staves = len(staves) + bool(self.tuning)
        self.part, self.staves, self.bars, self.marks = part, staves, bars, marks
        self.mark_ticks = sorted({*marks.tempos, *marks.chords, *marks.sections})
        self.pedals, self.unit, self.divisions = pedals, QUARTER // divisions, divisions

    def measure(self, index: int) -> str:
        """Return one <measure>."""
        bar = self.bars[index]
        implicit = ' implicit="yes"' if bar.implicit else ""
        out = [f'<measure number="{bar.number}"{implicit}>\n']
        if self.marks.left.get(index):
            out.append(
                '<barline location="left"><bar-style>heavy-light</bar-style><repeat direction="forward"/></barline>\n'
            )
        out.append(self._attributes(index))
        if not index and self.tuning:
            out.append(retuned_xml(self.tuning))
        is_first = True
        for plan in self.staves:
            for voice, line in enumerate(plan.symbols[index]):
                if not line:
                    continue
                if not is_first:
                    out.append(f"<backup><duration>{bar.length // self.unit}</duration></backup>\n")
                out.append(self._line(plan, index, voice, line))
                is_first = False
        if self.tuning:
            out.append(self._tablature(index))
        out.append(self._right_barline(index))
        out.append("</measure>\n")
        return "".join(out)

    def _right_barline(self, index: int) -> str:
        kind = self.marks.right.get(index)
        if not kind:
            return ""
        repeat = '<repeat direction="backward"/>' if kind == "backward" else ""
        style = _STYLES.get(kind, "light-heavy")
        return f'<barline location="right"><bar-style>{style}</bar-style>{repeat}</barline>\n'

    def _attributes(self, index: int) -> str:
        bar, before = self.bars[index], self.bars[index - 1] if index else None
        out = [f"<divisions>{self.divisions}</divisions>"] if before is None else []
        if bar.key is not None and not self.part.is_drum and _key_changes(bar, before):
            out.append(f"<key><fifths>{bar.fifths}</fifths><mode>{bar.key.mode}</mode></key>")
        elif bar.key is None and before is None and bar.fifths and not self.part.is_drum:
            # The signature that the accidentals count on, though nobody gave a key: without a mode it tells none.
            out.append(f"<key><fifths>{bar.fifths}</fifths></key>")
        if before is None or (bar.numerator, bar.denominator) != (before.numerator, before.denominator):
            out.append(f"<time><beats>{bar.numerator}</beats><beat-type>{bar.denominator}</beat-type></time>")
        if before is None:
            if self.num_staves > 1:
                out.append(f"<staves>{self.num_staves}</staves>")
            for plan in self.staves:
                number = f' number="{plan.number}"' if self.num_staves > 1 else ""
                out.append(f"<clef{number}>{CLEFS[plan.staff.clef]}</clef>")
            if self.tuning:
                out.append(f'<clef number="2"><sign>{TAB}</sign><line>5</line></clef>{tuning_xml(self.tuning)}')
        for plan in self.staves:
            number = f' number="{plan.number}"' if self.num_staves > 1 else ""
            out += [f"<clef{number}>{CLEFS[clef]}</clef>" for tick, clef in plan.staff.changes if tick == bar.start]
        if before is None and self.instrument is not None and not self.part.is_drum:
            out.append(_transpose_xml(self.instrument))
        return f"<attributes>{''.join(out)}</attributes>\n" if out else ""

    def _line(self, plan: _StaffPlan, index: int, voice: int, line: list[Symbol]) -> str:
        bar, out = self.bars[index], []
        beams = beam_states(bar, line)
        tuplets = tuplet_edges(line, beams)
        tail = f"<staff>{plan.number}</staff>" if self.num_staves > 1 else ""
        number = plan.first_voice + voice
        for place, symbol in enumerate(line):
            if not voice and plan.number == 1:
                out.append(self._marks_at(symbol))
            if not voice:
                out.append(self._directions_at(plan, symbol, ends=False))
            has_pedals = bool(self.pedals) and not voice and plan.number == len(self.staves)
            if has_pedals:
                out.append(self._pedals_at(symbol, tail))
            duration = symbol.ticks // self.unit
            if symbol.hidden and voice:
                out.append(f"<forward><duration>{duration}</duration><voice>{number}</voice>{tail}</forward>\n")
                continue
            fermata = plan.fermatas.get((index, voice, place))
            notations = tuplets.get(place, "") + articulations_xml(self.marks.said, symbol)
            notations += f'<fermata type="{fermata}"/>' if fermata else ""
            if symbol.chord is None:
                out.append(_rest(symbol, duration, number, tail, notations))
            else:
                out.append(self._chord(plan, symbol, number, tail, beams.get(place, ()), notations))
            if has_pedals and (symbol.end, "stop") in self.pedals:
                out.append(pedal_xml("stop", 0, tail))
            if not voice:
                out.append(self._directions_at(plan, symbol, ends=True))
        return "".join(out)

    def _tablature(self, index: int) -> str:
        """Return the frets of a bar on the staff below, each voice of the staff above in its own."""
        bar, plan, out = self.bars[index], self.staves[0], []

        def written(member: Member, number: int) -> str:
            return pitch_xml(plan.spellings[(member.track, member.index, number)])

        for voice, line in enumerate(plan.symbols[index], start=5):
            if frets := tab_line(line, self.marks.places, written, lambda s: s.ticks // self.unit, voice):
                out.append(f"<backup><duration>{bar.length // self.unit}</duration></backup>\n{frets}")
        return "".join(out)

    def _directions_at(self, plan: _StaffPlan, symbol: Symbol, *, ends: bool) -> str:
        """Return what begins during a symbol of the first voice, or ends during it or with it."""
        zero = symbol.end if ends else symbol.start
        out = []
        for direction in plan.directions:
            inside = (
                symbol.start < direction.tick <= symbol.end if ends else symbol.start <= direction.tick < symbol.end
            )
            if direction.ends == ends and inside:
                offset = (direction.tick - zero) // self.unit
                out.append(direction.xml.format(offset=f"<offset>{offset}</offset>" if offset else ""))
        return "".join(out)

    def _marks_at(self, symbol: Symbol) -> str:
        """Return tempo marks and chord symbols that fall on or within a symbol of the top voice."""
        out = []
        first, after = (bisect_left(self.mark_ticks, tick) for tick in (symbol.start, symbol.end))
        for tick in self.mark_ticks[first:after]:
            offset = (tick - symbol.start) // self.unit
            if tick in self.marks.sections:
                out.append(rehearsal_xml(self.marks.sections[tick]))
            if tick in self.marks.tempos:
                place = f"<offset>{offset}</offset>" if offset else ""
                out.append(self.marks.tempos[tick].format(offset=place) + "\n")
            out += [harmony_xml(text, offset) + "\n" for text in self.marks.chords.get(tick, ())]
        return "".join(out)

    def _pedals_at(self, symbol: Symbol, tail: str) -> str:
        """Return the pedal marks during a symbol of the lowest staff; a release at its end is written after it."""
        return "".join(
            pedal_xml(kind, (tick - symbol.start) // self.unit, tail)
            for tick, kind in self.pedals
            if symbol.start + (kind == "stop") <= tick < symbol.end
        )

    def _chord(
        self, plan: _StaffPlan, symbol: Symbol, voice: int, tail: str, beams: tuple[str, ...], notations: str
    ) -> str:
        shape = symbol.chord.stem if symbol.chord else ""
        beam_xml = "".join(f'<beam number="{i}">{word}</beam>' for i, word in enumerate(beams, start=1))
        stem = f"<stem>{shape}</stem>" if shape and symbol.kind not in ("whole", "breve") else ""
        out = []
        for place, (member, number, ties_on) in enumerate(symbol.notes):
            ties = ('<tie type="stop"/>' * bool(number)) + ('<tie type="start"/>' * ties_on)
            tied = ties.replace("tie ", "tied ")
            segment = f"-{number}" if number else ""
            lyric = "" if number else self.marks.lyrics.get((member.track, member.index), "")
            loudness = f' dynamics="{member.velocity / 0.9:.2f}"' if member.velocity != _DEFAULT_DYNAMICS else ""
            frets = "" if number else technical_xml(self.marks.places.get((member.track, member.index)))
            notes = tied + frets + (notations if place == 0 else "")
            head, instrument, accidental = "", "", ""
            if self.part.is_drum:
                step, octave, head = drum_place(member.pitch)
                pitch = (
                    f"<unpitched><display-step>{step}</display-step>"
                    f"<display-octave>{octave}</display-octave></unpitched>"
                )
                instrument = f'<instrument id="P{self.part.tracks[0] + 1}-I{member.pitch}"/>'
            else:
                spelling = plan.spellings[(member.track, member.index, number)]
                pitch, accidental = pitch_xml(spelling), accidental_xml(spelling)
            out.append(
                f'<note id="n{member.track}-{member.index}{segment}"{loudness}>{"<chord/>" * (place > 0)}{pitch}'
                f"<duration>{symbol.ticks // self.unit}</duration>{ties}{instrument}<voice>{voice}</voice>"
                f"{value_xml(symbol, accidental)}{stem}{head}{tail}{beam_xml if place == 0 else ''}"
                f"{f'<notations>{notes}</notations>' if notes else ''}{lyric}</note>\n"
            )
        return "".join(out)


def _key_changes(bar: Bar, before: Bar | None) -> bool:
    if before is None or before.key is None or bar.key is None:
        return True
    return (bar.key.tonic, bar.key.mode) != (before.key.tonic, before.key.mode)


def _rest(symbol: Symbol, duration: int, voice: int, tail: str, notations: str) -> str:
    rest = '<rest measure="yes"/>' if symbol.whole_bar else "<rest/>"
    value = "" if symbol.whole_bar else value_xml(symbol)
    notes = f"<notations>{notations}</notations>" if notations else ""
    hidden = ' print-object="no"' if symbol.hidden else ""
    return f"<note{hidden}>{rest}<duration>{duration}</duration><voice>{voice}</voice>{value}{tail}{notes}</note>\n"
