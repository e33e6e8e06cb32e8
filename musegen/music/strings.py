"""What a hand can stop on the strings of a violin, viola or cello: which two notes may sound at once."""

from functools import lru_cache

import numpy as np

STRINGS = {40: (55, 62, 69, 76), 41: (48, 55, 62, 69), 42: (36, 43, 50, 57)}
"""Open strings, from the lowest, by General MIDI program."""

_REACH = {40: 5, 41: 5, 42: 4}
"""Semitones that two stopped fingers may lie apart along the strings: an octave on a violin takes 5."""

_HIGHEST = 19
"""Semitones above the open string up to which double stops are taken to be safe."""


def is_double_stop(program: int, first: int, second: int) -> bool:
    """Return whether two pitches can sound together: on neighbouring strings, within the reach of a hand.

    An open string leaves the other finger free.

    Args:
        program: of the instrument; those without strings known here have no such rule.
        first: MIDI pitch.
        second: another one; the order does not matter.
    """
    if program not in STRINGS:
        return True
    low, high = sorted((first, second))
    for lower, upper in zip(STRINGS[program], STRINGS[program][1:], strict=False):
        for on_lower, on_upper in ((low - lower, high - upper), (high - lower, low - upper)):
            if not (0 <= on_lower <= _HIGHEST and 0 <= on_upper <= _HIGHEST):
                continue
            if on_lower == 0 or on_upper == 0 or abs(on_lower - on_upper) <= _REACH[program]:
                return True
    return False


@lru_cache(maxsize=8)
def double_stops(program: int) -> np.ndarray:
    """Return which pairs of pitches can sound together, boolean (128, 128)."""
    pairs = [[first != second and is_double_stop(program, first, second) for second in range(128)]
             for first in range(128)]  # fmt: skip
    table = np.array(pairs)
    table.flags.writeable = False
    return table
