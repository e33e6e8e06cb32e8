"""Loud and soft, octave lines, dots and accents as MusicXML: <direction> and <articulations>."""

from collections.abc import Sequence
from dataclasses import dataclass

from musegen.files.xml_text import xml_text
from musegen.music.expression import Expression, Place, octave_lines
from musegen.music.notation import Bar, Symbol
from musegen.music.score import Staff


@dataclass(frozen=True, slots=True)
class Direction:
    """One <direction> of a staff.

    Args:
        tick: where it stands.
        ends: True where it closes something and stands after the symbol that ends there.
        xml: the element, with "{offset}" where it does not stand at the start of a symbol.
    """

    tick: int
    ends: bool
    xml: str


def staff_directions(
    said: Expression, part: int, staff: Staff, number: int, symbols: list[list[list[Symbol]]], bars: Sequence[Bar]
) -> list[Direction]:
    """Return the directions of a staff, in order.

    Args:
        said: what is printed.
        part: index of the part; its loudness stands under its first staff.
        staff: the staff.
        number: of the staff within the part, from 1; 0 where the part has one.
        symbols: of the staff by bar and voice.
        bars: of the score.
    """
    tail = f"<staff>{number}</staff>" if number else ""
    found: list[Direction] = []
    if number <= 1:
        marks = [(tick, False, f"<dynamics><{mark}/></dynamics>") for tick, mark in said.dynamics.get(part, ())]
        for start, stop, kind in said.hairpins.get(part, ()):
            marks += [
                (start, False, f'<wedge type="{kind}" number="1"/>'),
                (stop, True, '<wedge type="stop" number="1"/>'),
            ]
        found += [Direction(tick, ends, _direction("below", mark, tail)) for tick, ends, mark in marks]
    clefs, now = [], staff.clef
    changes = dict(staff.changes)
    for bar in bars:
        now = changes.get(bar.start, now)
        clefs.append(now)
    for start, stop, way in octave_lines(symbols, clefs):
        kind, place = ("down", "above") if way > 0 else ("up", "below")
        found.append(Direction(start, False, _direction(place, f'<octave-shift type="{kind}" size="8"/>', tail)))
        found.append(Direction(stop, True, _direction(place, '<octave-shift type="stop" size="8"/>', tail)))
    return sorted(found, key=lambda d: (d.tick, not d.ends))


def _direction(place: str, mark: str, tail: str) -> str:
    return f'<direction placement="{place}"><direction-type>{mark}</direction-type>{{offset}}{tail}</direction>\n'


def articulations_xml(said: Expression, symbol: Symbol) -> str:
    """Return <articulations> of a chord, "" for none; an accent or a dot of one note counts for all."""
    places: list[Place] = [(m.track, m.index) for m in symbol.chord.members] if symbol.chord else []
    first = [place for place, segment in zip(places, symbol.segments, strict=True) if not segment] if places else []
    accent = any(place in said.accents for place in first)
    dot = bool(first) and len(first) == len(places) and all(place in said.staccato for place in first)
    marks = "<accent/>" * accent + "<staccato/>" * (dot and not symbol.tied_on)
    return f"<articulations>{marks}</articulations>" if marks else ""


def fermata_places(
    symbols: list[list[list[Symbol]]], ticks: frozenset[int], *, below: bool
) -> dict[tuple[int, int, int], str]:
    """Return where fermatas stand: over the top voice, or below the lowest; at the end of tied notes.

    Args:
        symbols: of a staff by bar and voice.
        ticks: at which the notes begin.
        below: True for the lowest staff of independent voices.

    Returns:
        "upright" or "inverted" by (bar, voice, place).
    """
    found: dict[int, tuple[int, int, int]] = {}
    if not ticks:
        return {}
    for bar, voices in enumerate(symbols):
        order = list(enumerate(voices))
        for voice, line in reversed(order) if below else order:
            for place, symbol in enumerate(line):
                if symbol.chord is None:
                    continue
                for tick in ticks:
                    inside = symbol.chord.start != tick and symbol.start <= tick < symbol.end
                    ends = symbol.chord.start == tick and not symbol.tied_on
                    if (inside or ends) and tick not in found:
                        found[tick] = (bar, voice, place)
    return {where: "inverted" if below else "upright" for where in found.values()}


def rehearsal_xml(letter: str) -> str:
    """Return the box with the letter of a section, above the top staff."""
    words = f"<rehearsal>{xml_text(letter)}</rehearsal>"
    return f'<direction placement="above"><direction-type>{words}</direction-type></direction>\n'
