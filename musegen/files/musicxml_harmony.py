"""Chord symbols as MusicXML: <harmony> where its kinds reach, words above the staff where they do not."""

import re

from musegen.files.xml_text import xml_attribute, xml_text

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
        kind = "alter" if number == "5" else "add"
        rows.append(
            f'<degree print-object="no"><degree-value>{number}</degree-value>'
            f"<degree-alter>{alter}</degree-alter><degree-type>{kind}</degree-type></degree>"
        )
    return "".join(rows)


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
    tail = ""
    if suffix not in _KINDS:
        suffix_match = _TAIL.fullmatch(suffix)
        suffix, tail = suffix_match.groups() if suffix_match else (suffix, "")
    if suffix not in _KINDS:
        return None
    bass = _pitch("bass", bass_step, bass_accidental) if bass_step else ""
    kind = f"<kind text={xml_attribute(suffix + tail)}>{_KINDS[suffix]}</kind>"
    return f"{_pitch('root', step, accidental)}{kind}{bass}{_degrees(tail)}"
