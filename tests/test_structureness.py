"""Structureness: fitness of segments by hand, and what of pieces it tells."""

import math
from dataclasses import replace

import numpy as np
import pytest

from musegen.evaluation.metrics import METRICS
from musegen.evaluation.structureness import LONG, MIDDLE, SHORT, chroma, fitness, likeness, structureness
from musegen.music import Tempo
from tests.builders import piece


def matrix_of(letters):
    """1 where two letters are the same, else the penalty."""
    return np.array([[1.0 if a == b else -2.0 for b in letters] for a in letters])


def test_the_fitness_of_a_segment_is_the_harmonic_mean_of_score_and_coverage_beyond_itself():
    # abc abc abc: three paths of three cells, score 9: (9 - 3) / 9; nine of nine frames: (9 - 3) / 9
    assert fitness(matrix_of("abcabcabc"), 3)[0] == pytest.approx(2 / 3)
    # abc xyz abc: (6 - 3) / 6 and (6 - 3) / 9, harmonic mean 2 * 1/2 * 1/3 / (5/6)
    assert fitness(matrix_of("abcxyzabc"), 3)[0] == pytest.approx(0.4)
    # the middle of it returns nowhere, nor does anything in what never returns
    assert fitness(matrix_of("abcxyzabc"), 3)[3] == 0
    assert fitness(matrix_of("abcdefgh"), 3).max() == 0
    # the whole of a piece is covered by itself alone
    assert fitness(matrix_of("abcabc"), 6)[0] == 0


def test_a_repetition_may_be_slower_than_what_it_repeats():
    # abcd returns with something strange between: steps (2, 1) skip a frame of the piece each
    found = fitness(matrix_of("abcdaxbycwd"), 4)[0]
    # 4 cells of the segment itself, 4 of the return, which cover 7 frames: (8 - 4) / 8, (11 - 4) / 11
    assert found == pytest.approx(2 * 0.5 * (7 / 11) / (0.5 + 7 / 11))


def test_pitch_classes_count_by_how_long_they_sound():
    music = replace(piece([(60, 0, 2), (76, 1, 1)]), tempos=(Tempo(0.0, 60.0),))
    found = chroma(music, 1.0, 2)
    assert found[0].tolist() == [1.0, *[0.0] * 11]
    assert found[1][[0, 4]] == pytest.approx([math.sqrt(0.5)] * 2)
    assert (likeness(found).diagonal() == 1).all()


def tune(degrees):
    notes = [(60 + degree, at / 2, 0.5) for at, degree in enumerate(degrees)]
    return replace(piece(notes), tempos=(Tempo(0.0, 60.0),))  # a note each half second


def test_what_returns_has_more_of_it_than_what_does_not():
    random = np.random.default_rng(3)
    theme = random.integers(0, 12, 12).tolist()
    again = tune(theme * 4)
    never = tune(random.integers(0, 12, 48).tolist())
    assert structureness(again, SHORT) > 0.7 > structureness(never, SHORT)
    assert structureness(again, MIDDLE) > structureness(never, MIDDLE)
    assert math.isnan(structureness(again, LONG))  # 24 s: nothing of 15 s returns in it
    assert math.isnan(structureness(tune(theme[:8]), SHORT)) and math.isnan(structureness(piece([]), SHORT))
    higher = replace(again, tracks=tuple(
        replace(track, notes=tuple(replace(n, pitch=n.pitch + 5) for n in track.notes)) for track in again.tracks
    ))  # fmt: skip
    assert structureness(higher, SHORT) == pytest.approx(structureness(again, SHORT))


def test_it_is_among_the_figures_of_every_piece():
    assert {"structureness_short", "structureness_middle", "structureness_long"} <= set(METRICS)
    assert METRICS["structureness_short"].function(tune([0, 4, 7, 5] * 8)) > 0.5
