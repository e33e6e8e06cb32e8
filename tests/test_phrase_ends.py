"""Where phrases of a melody seem to end, where nobody marked it."""

import numpy as np

from musegen.composers.chorale.grid import FIRST_PITCH, REST
from musegen.composers.chorale.plan import phrase_ends

NOTE = FIRST_PITCH + 20


def soprano(*steps):
    """Return the events of notes of so many sixteenths; negative ones are rests."""
    fixed = np.full((sum(map(abs, steps)), 4), -1, np.int16)
    fixed[:, 0] = 0
    at = 0
    for length in steps:
        fixed[at, 0] = NOTE if length > 0 else REST
        at += abs(length)
    return fixed


def test_a_half_note_that_closes_every_fourth_bar_ends_a_phrase():
    phrase = (4,) * 14 + (8,)
    assert phrase_ends(soprano(*phrase, *phrase), 0, 16) == [56, 120]


def test_where_every_bar_has_a_long_note_only_each_fourth_does():
    assert phrase_ends(soprano(*(8, 4) * 8), 0, 12) == [36, 84]


def test_a_long_note_before_a_rest_ends_a_phrase_wherever_it_stands():
    assert phrase_ends(soprano(4, 8, -4, 4, 4, 4, 4), 0, 16) == [4]


def test_bars_are_counted_after_the_pickup_and_long_notes_within_a_phrase_are_none():
    # a beat of pickup, then bars of 8 4 4 | 4 4 8: the first half note opens the phrase, the second closes it
    assert phrase_ends(soprano(4, 8, 4, 4, 4, 4, 8, *(4,) * 8), 4, 16) == [28]


def test_a_long_note_with_more_than_an_upbeat_after_it_in_its_bar_ends_no_phrase():
    # 4 4 4 4 | 8 4 4 | 4 4 4 4 | 16: the half note of the second bar goes on to the third
    assert phrase_ends(soprano(*(4,) * 4, 8, 4, 4, *(4,) * 4, 16), 0, 16) == [48]


def test_in_six_eight_a_dotted_quarter_is_long():
    assert phrase_ends(soprano(4, 2, 4, 2, 6, 6, 4, 2, 4, 2, 4, 2, 6), 0, 12, compound=True) == [18, 42]
