"""A guitar's strings and frets in MusicXML: <technical> of each note, and the staff of tablature below.

TAB, places_by_note, technical_xml, tuning_xml, retuned_xml, without_tab_meters, tab_line.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from musegen.files.musicxml.symbols import value_xml
from musegen.music import Note, Piece
from musegen.music.fretboard import STANDARD, TUNINGS, Fingering, finger, is_guitar, tuning_of
from musegen.music.notation import Symbol
from musegen.music.theory import STEP_PITCH_CLASSES
from musegen.music.voices import Member

TAB = "TAB"
"""Sign of the clef of a tablature."""

_STEPS = {pitch_class: step for step, pitch_class in STEP_PITCH_CLASSES.items()}

Places = Mapping[tuple[int, int], Fingering]
"""Where each note is played, by (track, index of the note)."""


@lru_cache(maxsize=64)
def _fingered(notes: tuple[Note, ...]) -> tuple[Fingering, ...]:
    return finger(notes, tuning_of(notes))[0]


def places_by_note(piece: Piece) -> Places:
    """Return string and fret by (track, index of the note); notes that no hand holds on a guitar have none.

    Args:
        piece: at the pitch at which it sounds; tracks that are no guitar's are left out.
    """
    return {
        (index, place.index): place
        for index, track in enumerate(piece.tracks)
        if is_guitar(track)
        for place in _fingered(track.notes)
    }


def technical_xml(place: Fingering | None) -> str:
    """Return <technical> with string and fret, "" without a place."""
    return "" if place is None else f"<technical><string>{place.string}</string><fret>{place.fret}</fret></technical>"


def tuning_xml(tuning: str) -> str:
    """Return <staff-details> of a tablature: six lines and what the open strings of a tuning sound, lowest first."""
    rows = [
        f'<staff-tuning line="{line}"><tuning-step>{_STEPS[pitch % 12]}</tuning-step>'
        f"<tuning-octave>{pitch // 12 - 1}</tuning-octave></staff-tuning>"
        for line, pitch in enumerate(reversed(TUNINGS[tuning]), start=1)
    ]
    return f'<staff-details number="2"><staff-lines>6</staff-lines>{"".join(rows)}</staff-details>'


def retuned_xml(tuning: str) -> str:
    """Return the words above the first bar that name the strings tuned otherwise than usual, as "6 = D"."""
    words = [
        f"{string} = {_STEPS[pitch % 12]}"
        for string, (pitch, usual) in enumerate(zip(TUNINGS[tuning], TUNINGS[STANDARD], strict=True), start=1)
        if pitch != usual
    ]
    if not words:
        return ""
    return (
        f'<direction placement="above"><direction-type><words>{", ".join(words)}</words></direction-type>'
        "<staff>1</staff></direction>\n"
    )


_PART = re.compile(r"<part id=.*?</part>", re.S)
_TIME = re.compile(r"<time>(.*?)</time>")


def without_tab_meters(text: str) -> str:
    """Return MusicXML of ours in which tablatures show no meter, which is printed on the staff above alone.

    For the engraver: in files one meter stands for both staves, since programs take two for an error.
    """

    def parted(part: re.Match) -> str:
        if f"<sign>{TAB}</sign>" not in part[0]:
            return part[0]
        return _TIME.sub(r'<time number="1">\1</time><time number="2" print-object="no">\1</time>', part[0])

    return _PART.sub(parted, text) if f"<sign>{TAB}</sign>" in text else text


def tab_line(
    line: list[Symbol], places: Places, written: Callable[[Member, int], str], duration: Callable[[Symbol], int],
    voice: int,
) -> str:  # fmt: skip
    """Return the tablature of one voice in a bar, "" where it strikes nothing.

    A fret stands where its string is struck; what is tied to it is not struck again and is left blank, as is printed.

    Args:
        line: symbols of the voice.
        places: where notes are played.
        written: <pitch> of a note, given with the number of its tied part.
        duration: of a symbol in divisions.
        voice: its number in the part.
    """
    out, struck = [], False
    for symbol in line:
        length = duration(symbol)
        members = [
            (member, places[(member.track, member.index)])
            for member, number, _ in symbol.notes
            if not number and (member.track, member.index) in places
        ]
        if symbol.chord is None or not members:
            out.append(f"<forward><duration>{length}</duration><voice>{voice}</voice><staff>2</staff></forward>\n")
            continue
        struck = True
        for order, (member, place) in enumerate(members):
            out.append(
                f'<note id="f{member.track}-{member.index}">{"<chord/>" * (order > 0)}{written(member, 0)}'
                f"<duration>{length}</duration><voice>{voice}</voice>{value_xml(symbol)}<stem>none</stem>"
                "<staff>2</staff>"
                f"<notations>{technical_xml(place)}</notations></note>\n"
            )
    return "".join(out) if struck else ""
