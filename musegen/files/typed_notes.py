"""The notes of a typed text, by letters or by a country's names: ReadNote, read_note, stands_at."""

import re
from dataclasses import dataclass

from musegen.errors import SeedSyntaxError
from musegen.languages import Message, message
from musegen.languages.note_names import typed_note
from musegen.music.theory import STEP_PITCH_CLASSES
from musegen.remarks import Remark, remark

LETTERED = re.compile(
    r"(?P<letter>[A-Ha-h])(?P<alter>##|#|♯♯|♯|bb|b|♭♭|♭|♮|x(?![a-z])|is(?![a-z])|es(?![a-z]))?"
    r"(?P<octave>-[12](?!\d)|\d+)?(?P<marks>'+|,{2,})?"
)
_OCTAVE = re.compile(r"(?P<octave>-[12](?!\d)|\d+)?(?P<marks>'+|,{2,})?")
_ALTERS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "♯♯": 2, "x": 2, "bb": -2, "♭♭": -2, "♮": 0, "is": 1, "es": -1}
SYLLABLES = {
    "do": "C",
    "ut": "C",
    "re": "D",
    "mi": "E",
    "fa": "F",
    "sol": "G",
    "so": "G",
    "la": "A",
    "si": "B",
    "ti": "B",
}


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note as it was typed.

    Args:
        pitch_class: semitones above C, -2 to 13: B sharp is 12.
        octave: scientific, None where none was typed.
        end: where the text goes on behind it.
        remarks: how it was understood.
    """

    pitch_class: int
    octave: int | None
    end: int
    remarks: tuple[Remark, ...] = ()


def stands_at(text: str, position: int, names: str) -> bool:
    """Return whether a note of a country's names stands at a place, which letters would read as a rest ("re")."""
    return not re.compile("rest", re.I).match(text, position) and typed_note(text, position, names) is not None


def read_note(text: str, start: int, names: str) -> ReadNote | None:
    """Return the note that begins at a place; None where there is none.

    Args:
        text: what was typed.
        start: index of its first character.
        names: what notes are called; one of `musegen.languages.NAMINGS`. Letters are read in every one.

    Raises:
        SeedSyntaxError: it could be two things, or lies out of reach.
    """
    named = typed_note(text, start, names)
    if named is not None:
        step, alter, end = named
        match = _OCTAVE.match(text, end)
        assert match is not None
        return _placed(STEP_PITCH_CLASSES[step] + alter, match, text, start, ())
    lettered = LETTERED.match(text, start)
    if lettered is None:
        return None
    letter, sign, octave = lettered.group("letter", "alter", "octave")
    found = re.compile(r"[A-Za-z]+").match(text, start)
    word = found.group() if found else ""
    if word.lower() in SYLLABLES:
        return None
    if word.lower() in ("es", "as") and octave is None:
        said = message(
            '"{word}" can be {upper} flat (write {upper}b) or a sixteenth {upper} (write {upper}:s).',
            word=word,
            upper=word[0].upper(),
        )
        raise SeedSyntaxError(said, start)
    remarks = []
    step = letter.upper()
    if step == "H":
        step = "B"
        remarks.append(remark("h_is_b"))
    if sign in ("is", "es"):
        understood = step + ("#" if sign == "is" else "b")
        remarks.append(remark("accidental_read_as", given=letter + sign, understood=understood))
    return _placed(STEP_PITCH_CLASSES[step] + _ALTERS.get(sign or "", 0), lettered, text, start, tuple(remarks))


def _placed(pitch_class: int, match: re.Match, text: str, start: int, remarks: tuple[Remark, ...]) -> ReadNote:
    """Return the note with the octave that stands behind its name."""
    octave, marks = match.group("octave", "marks")
    if marks:
        given = text[start : match.start("marks")]
        raise SeedSyntaxError(_octave_marks(given[:1], given[1:], marks), start)
    if octave is None:
        return ReadNote(pitch_class, None, match.end(), remarks)
    number = int(octave[:4])
    if not 0 <= pitch_class + 12 * (number + 1) <= 127:
        raise SeedSyntaxError(
            '"{group}" is out of reach: octaves go from -1 to 9 (up to G9), and C4 is middle C.',
            start,
            group=text[start : match.end()],
        )
    return ReadNote(pitch_class, number, match.end(), remarks)


def _octave_marks(letter: str, alter: str, marks: str) -> Message:
    """Return what to write for an octave in Helmholtz notation (c'' is C5, C,, is C0)."""
    octave = (3 if letter.islower() else 2) + (len(marks) if marks[0] == "'" else -len(marks))
    name = "B" if letter.upper() == "H" else letter.upper()
    given = f"{letter}{alter}{marks}"
    return message(
        '"{given}": octaves are written as numbers here; {given} is {name}{alter}{octave} (C4 is middle C).',
        given=given,
        name=name,
        alter=alter,
        octave=octave,
    )
