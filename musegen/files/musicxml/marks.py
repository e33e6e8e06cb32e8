"""What a <direction> or <sound> of MusicXML says of tempo, pedal and the way through the score.

Words of navigation are read in the usual spellings; <sound> says the same for programs that play.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from xml.etree.ElementTree import Element

from musegen.files.musicxml.values import beat_unit, number

_SLOWEST, _FASTEST = 5.0, 1000.0
"""Quarters a minute; what lies outside is no tempo."""
_WORDS = (
    (re.compile(r"\bd\.?\s*c\.?(\s|$|al)|\bda\s+capo\b", re.I), "dacapo"),
    (re.compile(r"\bd\.?\s*s\.?(\s|$|al)|\bdal\s+segno\b", re.I), "dalsegno"),
    (re.compile(r"\bto\s*coda\b", re.I), "tocoda"),
    (re.compile(r"^\s*coda\s*$", re.I), "coda"),
    (re.compile(r"^\s*fine\s*\.?\s*$", re.I), "fine"),
)
_SOUNDS = ("dacapo", "dalsegno", "tocoda", "fine", "segno", "coda")
_PEDALS = {"start": ("down",), "sostenuto": (), "stop": ("up",), "change": ("up", "down"), "resume": ("down",),
           "discontinue": ()}  # fmt: skip


def read_direction(direction: Element) -> Iterator[tuple[str, object]]:
    """Yield (kind, value) of the marks of a <direction>.

    Kinds are "tempo" (quarters a minute), "pedal" ("down", "up"), "dacapo", "dalsegno", "tocoda", "fine", "segno" and
    "coda" (their words).
    """
    sound = direction.find("sound")
    sounded = list(read_sound(sound)) if sound is not None else []
    yield from sounded
    kinds = {kind for kind, _ in sounded}
    for kind, value in _written(direction):
        if kind not in kinds and not (kind == "coda" and "tocoda" in kinds):
            yield kind, value


def _written(direction: Element) -> Iterator[tuple[str, object]]:
    words = " ".join(" ".join((e.text or "").split()) for e in direction.findall("direction-type/words"))
    said = next((kind for pattern, kind in _WORDS if words and len(words) <= 60 and pattern.search(words)), None)
    if said is not None:
        yield said, words.lower()
    for name in ("segno", "coda"):
        # The sign of the coda beside "To Coda" is where to leave, not where to go.
        if said != "tocoda" and said != name and direction.find(f"direction-type/{name}") is not None:
            yield name, name
    for mark in direction.findall("direction-type/pedal"):
        for way in _PEDALS.get(mark.get("type") or "", ()):
            yield "pedal", way
    for mark in direction.findall("direction-type/metronome"):
        if (qpm := _metronome(mark)) is not None:
            yield "tempo", qpm


def read_sound(sound: Element) -> Iterator[tuple[str, object]]:
    """Yield (kind, value) of what a <sound> says, kinds as in `read_direction`."""
    qpm = number(sound.get("tempo"))
    if qpm is not None and _SLOWEST <= qpm <= _FASTEST:
        yield "tempo", qpm
    for name in _SOUNDS:
        if (value := sound.get(name)) is not None and value != "no":
            yield name, value
    pedal = sound.get("damper-pedal")
    if pedal in ("yes", "no"):
        yield "pedal", "down" if pedal == "yes" else "up"


def _metronome(mark: Element) -> float | None:
    """Return quarters a minute of a metronome mark, dots counted; None where it has no number."""
    unit, dots = None, 0
    for child in mark:
        if child.tag == "beat-unit":
            if unit is not None:
                return None  # one value is as long as another: no number
            unit = child.text
        elif child.tag == "beat-unit-dot":
            dots += 1
    found = re.search(r"\d+(?:[.,]\d+)?", mark.findtext("per-minute") or "")
    length = beat_unit(unit, dots)
    if found is None or length is None:
        return None
    qpm = float(Fraction(found[0].replace(",", ".")) * length) if len(found[0]) < 12 else 0.0
    return qpm if _SLOWEST <= qpm <= _FASTEST else None
