"""Names of note lengths: "quarter", "dotted eighth", "half + 16th"."""

from fractions import Fraction

from musegen.languages import Message, message, together

_PLAIN = {
    Fraction(8): message("double whole"),
    Fraction(4): message("whole"),
    Fraction(2): message("half"),
    Fraction(1): message("quarter"),
    Fraction(1, 2): message("eighth"),
    Fraction(1, 4): message("16th"),
    Fraction(1, 8): message("32nd"),
    Fraction(1, 16): message("64th"),
}
_NAMES = (
    _PLAIN
    | {value * 7 / 4: message("double-dotted {value}", value=name) for value, name in _PLAIN.items()}
    | {value * 4 / 5: message("{value} quintuplet", value=name) for value, name in _PLAIN.items()}
    | {value * 2 / 3: message("{value} triplet", value=name) for value, name in _PLAIN.items()}
    | {value * 3 / 2: message("dotted {value}", value=name) for value, name in _PLAIN.items()}
)


def note_value_name(duration_quarter: float) -> Message:
    """Return the name of a length in quarters as musicians say it.

    One name where there is one, two that are tied where the length is their sum, else the number of quarters
    ("2.37 quarters").

    Args:
        duration_quarter: length, > 0.
    """
    length = Fraction(duration_quarter).limit_denominator(10080)
    if length in _NAMES:
        return _NAMES[length]
    for value, name in _PLAIN.items():
        if value < length and length - value in _NAMES:
            return together((name, _NAMES[length - value]), " + ")
    return message("{quarters:.3g} quarters", quarters=duration_quarter)
