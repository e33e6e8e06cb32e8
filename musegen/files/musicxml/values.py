"""Numbers of a MusicXML file, and note values in quarters as they are written rather than as they were rounded."""

import math
from fractions import Fraction
from typing import overload
from xml.etree.ElementTree import Element

_TYPES = {
    "1024th": Fraction(1, 256), "512th": Fraction(1, 128), "256th": Fraction(1, 64), "128th": Fraction(1, 32),
    "64th": Fraction(1, 16), "32nd": Fraction(1, 8), "16th": Fraction(1, 4), "eighth": Fraction(1, 2),
    "quarter": Fraction(1), "half": Fraction(2), "whole": Fraction(4), "breve": Fraction(8), "long": Fraction(16),
    "maxima": Fraction(32),
}  # fmt: skip
_ROUNDED = 50
"""A plain value is believed against a duration that is off by less than one in so many."""
_RATIOS = (Fraction(2, 3), Fraction(4, 5), Fraction(4, 7), Fraction(8, 9), Fraction(2, 5), Fraction(4, 3))
MAX_QUARTERS = 4096
"""No single element moves further than this: longer ones are damage."""


@overload
def number(text: str | None, default: float) -> float: ...
@overload
def number(text: str | None, default: None = None) -> float | None: ...
def number(text: str | None, default: float | None = None) -> float | None:
    """Return the number that a text is, the default where it is none or not finite."""
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return default
    return value if math.isfinite(value) and abs(value) < 1e9 else default


@overload
def whole(text: str | None, default: int) -> int: ...
@overload
def whole(text: str | None, default: None = None) -> int | None: ...
def whole(text: str | None, default: int | None = None) -> int | None:
    """Return the whole number that a text is ("2", "2.0"), the default where it is none."""
    value = number(text)
    return default if value is None else round(value)


def beat_unit(name: str | None, dots: int) -> Fraction | None:
    """Return a note value in quarters, None for a name that there is not.

    Args:
        name: as MusicXML calls it, "quarter".
        dots: number of dots.
    """
    base = _TYPES.get((name or "").strip())
    return None if base is None else base * (2 - Fraction(1, 2 ** min(dots, 4)))


def written_length(note: Element) -> tuple[Fraction | None, bool]:
    """Return what <type>, <dot> and <time-modification> say a note lasts in quarters, and whether it is in a tuplet."""
    value = beat_unit(note.findtext("type"), len(note.findall("dot")))
    change = note.find("time-modification")
    if value is None or change is None:
        return value, False
    actual, normal = whole(change.findtext("actual-notes")), whole(change.findtext("normal-notes"))
    if not actual or not normal or not (0 < actual <= 128 and 0 < normal <= 128):
        return value, False
    return value * Fraction(normal, actual), True


def exact_length(note: Element, nominal: Fraction | None, division: Fraction) -> Fraction | None:
    """Return how long a note or rest lasts in quarters.

    Programs round the notes of tuplets to whole divisions; the written value is exact, and is believed where the
    duration is no more than a division away from it.

    Args:
        note: the element.
        nominal: its <duration> in quarters, None where it has none that can be read.
        division: quarters of one division.
    """
    value, in_tuplet = written_length(note)
    if nominal is None:
        return value
    if value is None:
        return _guessed(nominal, division)
    difference = abs(value - nominal)
    if in_tuplet:
        return value if difference <= division else nominal
    return value if difference <= division and difference * _ROUNDED <= nominal else nominal


def _guessed(nominal: Fraction, division: Fraction) -> Fraction:
    """Return a duration without a written value, moved by less than a division to a tuplet's note where it is near."""
    if division > Fraction(1, 24) or nominal * 32 % 1 == 0:
        return nominal
    for ratio in _RATIOS:
        for base in (Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2)):
            if 0 < abs(base * ratio - nominal) < division and (base * ratio / division).denominator > 1:
                return base * ratio
    return nominal


class Clock:
    """Where a measure is while it is walked through: by its divisions, and exactly.

    Backups count in rounded divisions, so they lead to the nearest exact time that was passed before.
    """

    def __init__(self) -> None:
        self.nominal = self.exact = Fraction(0)
        self._passed: dict[Fraction, Fraction] = {Fraction(0): Fraction(0)}
        self._drift = Fraction(0)

    def advance(self, nominal: Fraction, exact: Fraction) -> None:
        """Go on by a note or rest."""
        self.nominal += nominal
        self.exact += exact
        self._drift = max(self._drift, abs(self.nominal - self.exact))
        self._passed[self.nominal] = self.exact

    def move(self, nominal: Fraction) -> None:
        """Go forward or, with a negative length, back; not before the start of the measure."""
        before = self.exact
        self.nominal = max(self.nominal + nominal, Fraction(0))
        self.exact = self.at(self.nominal, before + nominal)

    def at(self, nominal: Fraction, otherwise: Fraction | None = None) -> Fraction:
        """Return the exact time of a place in divisions: of one passed before where one is near, else as it says."""
        if nominal in self._passed:
            return self._passed[nominal]
        if self._drift:
            near = min(self._passed, key=lambda place: abs(place - nominal))
            if abs(near - nominal) <= self._drift:
                return self._passed[near]
            if otherwise is not None and otherwise >= 0:
                return otherwise
        return nominal
