"""Chord symbols out of MusicXML, as they are printed: roots, numerals in a key, functions; N.C."""

import re
from xml.etree.ElementTree import Element

from musegen.files.musicxml.values import whole
from musegen.music.theory import MODES, STEP_PITCH_CLASSES, spell_position, transpose_chord_text

_KINDS = {
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "aug7", "half-diminished": "m7b5",
    "major-minor": "mM7", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4", "power": "5",
    "Neapolitan": "", "Italian": "7", "French": "7b5", "German": "7", "pedal": "", "Tristan": "m7b5",
}  # fmt: skip
_LINE = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7}
_FUNCTION = re.compile(r"\s*([#b♯♭]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*?)\s*")


def chord_text(harmony: Element, chromatic: int = 0, key: tuple[int, str] = (0, "major")) -> str:
    """Return the chord of a <harmony> as text ("F#m7b5/E"), "" where it says none that can be named.

    Args:
        harmony: the element.
        chromatic: semitones by which the part sounds higher than it is written.
        key: fifths and mode in force as written, in which numerals and functions are meant.
    """
    element = harmony.find("kind")
    kind = (element.text or "").strip() if element is not None else ""
    if kind == "none":
        return "N.C."
    printed = (element.get("text") or "").strip() if element is not None else ""
    root = _named(harmony, "root")
    suffix = printed if element is not None and element.get("text") is not None and not _symbols(element) else None
    if suffix is not None and not printed and kind not in ("major", "other", ""):
        suffix = None  # the symbol of the kind is printed, which is no text
    if root is None:
        root, of_numeral = _numeral(harmony, key)
        if root is None:
            return ""
        suffix = of_numeral if suffix is None or harmony.find("function") is not None else suffix
    if suffix is None:
        suffix = _KINDS.get(kind, "")
    bass = _named(harmony, "bass")
    suffix += _degrees(harmony, suffix)
    text = f"{_name(root)}{suffix}" + ("" if bass is None or bass == root else f"/{_name(bass)}")
    return transpose_chord_text(text, chromatic) if chromatic % 12 else text


def _symbols(kind: Element) -> bool:
    return kind.get("use-symbols") == "yes" and not kind.get("text")


def _name(position: int) -> str:
    step, alter, _ = spell_position(60, position)
    return f"{step}{'#' * max(alter, 0)}{'b' * max(-alter, 0)}"


def _named(harmony: Element, what: str) -> int | None:
    """Return the place of a root or bass on the line of fifths (C 0, G 1), None where there is none."""
    step = (harmony.findtext(f"{what}/{what}-step") or "").strip()
    if step not in STEP_PITCH_CLASSES:
        return None
    alter = whole(harmony.findtext(f"{what}/{what}-alter"), 0)
    return _LINE[step] + 7 * min(max(alter, -2), 2)


def _numeral(harmony: Element, key: tuple[int, str]) -> tuple[int | None, str]:
    """Return (root on the line of fifths, suffix) of a numeral or a function."""
    function = harmony.findtext("function")
    fifths, mode = key
    if function:
        match = _FUNCTION.fullmatch(function)
        if match is None:
            return None, ""
        sign, roman, rest = match.groups()
        degree, alter = _ROMAN[roman.upper()], {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[sign]
        kind = (harmony.findtext("kind") or "").strip()
        suffix = _KINDS[kind] if kind in _KINDS else ("m" if roman.islower() else "") + re.sub(r"[^\w+#°ø]", "", rest)
        suffix = suffix.replace("m°", "dim").replace("mø", "m7b5").replace("mo7", "dim7")
    else:
        numbered = whole(harmony.findtext("numeral/numeral-root"))
        if numbered is None or not 1 <= numbered <= 7:
            return None, ""
        degree = numbered
        alter = whole(harmony.findtext("numeral/numeral-alter"), 0)
        fifths = whole(harmony.findtext("numeral/numeral-key/numeral-fifths"), fifths)
        mode = (harmony.findtext("numeral/numeral-key/numeral-mode") or mode).strip()
        suffix = _KINDS.get((harmony.findtext("kind") or "").strip(), "")
    if "minor" in mode:  # "natural minor", "melodic minor", "harmonic minor"
        mode = "minor"
    steps = MODES.get(mode, MODES["major"])
    from_tonic = {0: 0, 1: 7, 2: 2, 3: -3, 4: 4, 5: -1, 6: 6, 7: 1, 8: -4, 9: 3, 10: -2, 11: 5}
    lowered = {"minor": 3, "dorian": 2, "phrygian": 4, "locrian": 5, "mixolydian": 1, "lydian": -1}.get(mode, 0)
    return fifths + lowered + from_tonic[steps[degree - 1]] + 7 * min(max(alter, -2), 2), suffix


def _degrees(harmony: Element, suffix: str) -> str:
    """Return what the degrees of a chord add to its printed suffix."""
    rows = []
    for element in harmony.findall("degree"):
        value = whole(element.findtext("degree-value"))
        if value is not None:
            alter = whole(element.findtext("degree-alter"), 0)
            rows.append(((element.findtext("degree-type") or "add").strip(), value, alter))
    has_fourth = any(kind == "add" and value in (4, 11) and not alter for kind, value, alter in rows)
    if has_fourth and any(kind == "subtract" and value == 3 for kind, value, _ in rows):
        return "" if "sus" in suffix else "sus4"
    names = []
    for kind, value, alter in rows:
        sign = {-1: "b", 1: "#"}.get(alter, "add")
        natural = sign == "add" and (str(value) in suffix or (value in (2, 9) and "sus2" in suffix))
        held = natural or f"{sign}{value}" in suffix or "alt" in suffix
        if kind == "subtract":
            said = re.search(rf"(no|omit)[^)]*{value}", suffix)
            if said is None and "sus" not in suffix:
                names.append(f"(no{value})")
        elif not held:
            names.append(f"{sign}{value}")
    return "".join(names)
