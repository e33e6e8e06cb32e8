"""Chord symbols as MusicXML: <harmony> where its kinds reach, words above the staff where they do not."""

import re

from musegen.errors import ChartError
from musegen.files.xml_text import xml_attribute, xml_text
from musegen.music.chord import parse_chord
from musegen.music.chord_tones import OMISSIONS

_KINDS = {
    "": "major", "maj": "major", "M": "major",
    "m": "minor", "min": "minor", "-": "minor",
    "7": "dominant", "maj7": "major-seventh", "M7": "major-seventh", "Δ": "major-seventh", "Δ7": "major-seventh",
    "m7": "minor-seventh", "min7": "minor-seventh", "-7": "minor-seventh",
    "mM7": "major-minor", "mmaj7": "major-minor", "m(maj7)": "major-minor", "mMaj7": "major-minor",
    "dim": "diminished", "°": "diminished", "o": "diminished",
    "dim7": "diminished-seventh", "°7": "diminished-seventh", "o7": "diminished-seventh",
    "m7b5": "half-diminished", "ø": "half-diminished", "ø7": "half-diminished",
    "aug": "augmented", "+": "augmented", "aug7": "augmented-seventh", "+7": "augmented-seventh",
    "6": "major-sixth", "m6": "minor-sixth", "9": "dominant-ninth", "maj9": "major-ninth", "M9": "major-ninth",
    "m9": "minor-ninth", "11": "dominant-11th", "m11": "minor-11th", "maj11": "major-11th",
    "13": "dominant-13th", "m13": "minor-13th", "maj13": "major-13th",
    "sus": "suspended-fourth", "sus4": "suspended-fourth", "sus2": "suspended-second", "5": "power",
}  # fmt: skip
_QUALITY_KINDS = {
    "maj": "major", "min": "minor", "7": "dominant", "maj7": "major-seventh", "min7": "minor-seventh",
    "m7b5": "half-diminished", "dim7": "diminished-seventh", "dim": "diminished", "aug": "augmented",
    "7alt": "dominant", "7sus": "dominant", "sus": "suspended-fourth", "6": "major-sixth", "m6": "minor-sixth",
    "mmaj7": "major-minor", "sus2": "suspended-second", "5": "power",
}  # fmt: skip
_OWN_DEGREES = {"7sus": ((4, 0, "add"), (3, 0, "subtract")), "7alt": ((9, 1, "add"), (5, 1, "alter"))}
"""Kinds that MusicXML has no word for, as degrees beside "dominant"."""
_ROOT = r"([A-G])([#b♯♭]?)"
_SYMBOL = re.compile(rf"{_ROOT}(.*?)(?:/{_ROOT})?")
_TAIL = re.compile(r"(.*?)((?:\(?(?:add|b|#)\d+\)?)*)")
_DEGREE = re.compile(r"(add|b|#)(\d+)")
_DEGREES = re.compile(r"<degree .*?</degree>")
_WORDS = re.compile(
    r'<direction placement="above"><direction-type><words font-style="normal">([^<]*)</words></direction-type>'
    r"((?:<offset>\d+</offset>)?)</direction>"
)
_ALTER = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


def _pitch(name: str, step: str, accidental: str) -> str:
    alter = f"<{name}-alter>{_ALTER[accidental]}</{name}-alter>" if accidental else ""
    return f"<{name}><{name}-step>{step}</{name}-step>{alter}</{name}>"


def _degrees(tail: str) -> str:
    rows = []
    for sign, number in _DEGREE.findall(tail):
        alter = {"add": 0, "b": -1, "#": 1}[sign]
        rows.append(_degree(int(number), alter, "alter" if number == "5" else "add"))
    return "".join(rows)


def _degree(number: int, alter: int, kind: str) -> str:
    return (
        f'<degree print-object="no"><degree-value>{number}</degree-value>'
        f"<degree-alter>{alter}</degree-alter><degree-type>{kind}</degree-type></degree>"
    )


def _from_chord(text: str) -> tuple[str, str] | None:
    """Return (kind, degrees) of a chord whose suffix is in no table, None where it is no chord."""
    try:
        chord = parse_chord(text)
    except ChartError:
        return None
    rows = list(_OWN_DEGREES.get(chord.quality, ()))
    for name in chord.extensions:
        if name in OMISSIONS:
            rows.append((int(name[2:]), 0, "subtract"))
            continue
        number = int(name.strip("b#"))
        alter = {"b": -1, "#": 1}.get(name[0], 0)
        rows.append((number, alter, "alter" if number == 5 else "add"))
    return _QUALITY_KINDS[chord.quality], "".join(_degree(*row) for row in rows)


def harmony_xml(text: str, offset: int = 0) -> str:
    """Return a chord symbol as MusicXML.

    Args:
        text: as printed, "Am7", "F#/A#", "N.C.".
        offset: divisions after the present place in the measure.
    """
    place = f"<offset>{offset}</offset>" if offset else ""
    body = _harmony_body(text)
    if body is None:
        words = f'<words font-style="normal">{xml_text(text)}</words>'
        return f'<direction placement="above"><direction-type>{words}</direction-type>{place}</direction>'
    return f"<harmony>{body}{place}</harmony>"


def printed_harmony(xml: str) -> str:
    """Return MusicXML whose chord symbols Verovio prints as they are written.

    Verovio 6.4 prints degrees beside the text that holds them already, and the unused root of "N.C."; words it puts
    at another height than chord symbols.
    """
    xml = _DEGREES.sub("", xml)
    return _WORDS.sub(_as_harmony, xml)


def _as_harmony(match: re.Match) -> str:
    root = re.fullmatch(rf"{_ROOT}(.*)", match[1])
    if root is None:
        return match[0]
    step, accidental, suffix = root.groups()
    kind = f'<kind text="{suffix.replace(chr(34), "&quot;")}">other</kind>'
    return f"<harmony>{_pitch('root', step, accidental)}{kind}{match[2]}</harmony>"


def _harmony_body(text: str) -> str | None:
    if text.replace(".", "").upper() == "NC":
        return f"<root><root-step>C</root-step></root><kind text={xml_attribute(text)}>none</kind>"
    match = _SYMBOL.fullmatch(text.strip())
    if not match:
        return None
    step, accidental, suffix, bass_step, bass_accidental = match.groups()
    parted = None if suffix in _KINDS else _TAIL.fullmatch(suffix)
    head, tail = (suffix, "") if parted is None else parted.groups()
    found = (_KINDS[head], _degrees(tail)) if head in _KINDS else _from_chord(text)
    if found is None:
        return None
    bass = _pitch("bass", bass_step, bass_accidental) if bass_step else ""
    return f"{_pitch('root', step, accidental)}<kind text={xml_attribute(suffix)}>{found[0]}</kind>{bass}{found[1]}"
