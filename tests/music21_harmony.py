"""Chord symbols out of music21 as they were printed: "C13#11", where music21's own figure says "C13 add #11"."""

from typing import Any

_WORDS = (" add ", " alter ", " subtract ")


def chord_text_of(symbol: Any) -> str:
    """Return the text of a ChordSymbol or NoChord of music21, empty where it has none.

    A MusicXML file says the kind of a chord in words of its own, what is printed for it, and its degrees one by one;
    degrees that the printed text already holds are not said again.
    """
    from music21 import harmony

    if isinstance(symbol, harmony.NoChord):
        return "N.C."
    figure = str(symbol.figure or "").replace("-", "b").strip()
    printed = str(symbol.chordKindStr or "").strip()
    root, bass = symbol.root(), symbol.bass()
    if root is None or not (printed or any(word in figure for word in _WORDS)):
        return figure
    name = root.name.replace("-", "b")
    below = "" if bass is None or bass.name == root.name else f"/{bass.name.replace('-', 'b')}"
    suffix = printed or figure.split(" ")[0].removesuffix(below).removeprefix(name)
    return f"{name}{suffix}{_degrees(symbol, suffix)}{below}"


def _degrees(symbol: Any, suffix: str) -> str:
    """Return what the degrees of a chord add to its printed suffix."""
    steps = [
        (m.modType, int(m.degree), round(m.interval.semitones)) for m in symbol.chordStepModifications if m.interval
    ]
    has_fourth = ("add", 4, 0) in steps or ("add", 11, 0) in steps
    if has_fourth and any(kind == "subtract" and degree == 3 for kind, degree, _ in steps):
        return "" if "sus" in suffix else "sus4"
    names = []
    for kind, degree, semitones in steps:
        sign = {-1: "b", 1: "#"}.get(semitones, "add")
        held = f"{sign}{degree}" in suffix or "alt" in suffix or (sign == "add" and str(degree) in suffix)
        if kind != "subtract" and not held:
            names.append(f"{sign}{degree}")
    return "".join(names)
