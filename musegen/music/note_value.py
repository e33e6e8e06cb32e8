"""Names of note lengths: "quarter", "dotted eighth", "half + 16th"."""

from fractions import Fraction

_PLAIN = {
    Fraction(8): "double whole",
    Fraction(4): "whole",
    Fraction(2): "half",
    Fraction(1): "quarter",
    Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th",
    Fraction(1, 8): "32nd",
    Fraction(1, 16): "64th",
}
_NAMES = (
    _PLAIN
    | {value * 7 / 4: f"double-dotted {name}" for value, name in _PLAIN.items()}
    | {value * 4 / 5: f"{name} quintuplet" for value, name in _PLAIN.items()}
    | {value * 2 / 3: f"{name} triplet" for value, name in _PLAIN.items()}
    | {value * 3 / 2: f"dotted {name}" for value, name in _PLAIN.items()}
)


def note_value_name(duration_quarter: float) -> str:
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
            return f"{name} + {_NAMES[length - value]}"
    return f"{duration_quarter:.3g} quarters"
