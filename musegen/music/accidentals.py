"""Which accidentals are printed on a staff: by the key, by what stands before in the bar, and as a courtesy."""

from dataclasses import dataclass

from musegen.music.notation import Bar, Symbol
from musegen.music.spelling import Spelled

_SHARPS = "FCGDAEB"
_NAMES = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one note is written.

    Args:
        step: "C" to "B".
        alter: semitones, -2 to 2.
        octave: in scientific pitch notation.
        accidental: MusicXML's name of the printed sign, "" for none.
    """

    step: str
    alter: int
    octave: int
    accidental: str = ""


def key_alter(step: str, fifths: int) -> int:
    """Return the alteration of a step in a key signature of `fifths` sharps (negative: flats)."""
    index = _SHARPS.index(step)
    return (index < fifths) - (6 - index < -fifths)


def spell_staff(
    bars: tuple[Bar, ...], voices: list[list[list[Symbol]]], spelled: dict[tuple[int, int], Spelled]
) -> dict[tuple[int, int, int], Spelling]:
    """Return the spelling of every printed note of a staff.

    Args:
        bars: the bars of the piece.
        voices: symbols by bar and voice, their segments counted.
        spelled: how each note is written (`music.spelling.spell_piece`).

    Returns:
        Spellings by (track, index, segment) of the note.
    """
    result: dict[tuple[int, int, int], Spelling] = {}
    before: dict[tuple[str, int], int] = {}
    for bar, lines in zip(bars, voices, strict=True):
        inside: dict[tuple[str, int], int] = {}
        symbols = sorted((s for line in lines for s in line if s.chord is not None), key=lambda s: s.start)
        for symbol in symbols:
            for member, segment, _ in symbol.notes:
                step, alter, octave = spelled[(member.track, member.index)]
                key = (member.track, member.index, segment)
                if segment:
                    result[key] = Spelling(step, alter, octave)
                    continue
                place, usual = (step, octave), key_alter(step, bar.fifths)
                shown = inside.get(place, usual) != alter
                elsewhere = [a for (s, o), a in inside.items() if s == step and o != octave]
                reminds = place not in inside and (
                    before.get(place, alter) != alter or any(a != alter for a in elsewhere)
                )
                name = _NAMES[alter] if shown or reminds else ""
                result[key] = Spelling(step, alter, octave, name)
                inside[place] = alter
        before = {place: a for place, a in inside.items() if a != key_alter(place[0], bar.fifths)}
    return result
