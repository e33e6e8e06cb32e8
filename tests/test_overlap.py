"""The nine features, distances and densities, and what returns in a piece, against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.evaluation.bars import bars_of
from musegen.evaluation.overlap import (
    FEATURES,
    LENGTHS,
    compare,
    features_of,
    has_features,
    inter_distances,
    intra_distances,
    length_class,
    log_density,
    overlap_of,
    scott_bandwidth,
)
from musegen.evaluation.structure import (
    groove_similarity,
    lag_similarity,
    repetition,
    returning_bars,
    run_repetition,
    windowed_entropy,
)
from tests.builders import piece, track

DRUMS = track([(36, 0, 1), (38, 1, 1)], is_drum=True)


def feature(name, music):
    return features_of([music])[name][0]


# --- features --------------------------------------------------------------------------------------------------


def test_features_of_a_tune_in_one_voice():
    # C4 quarter, E4 eighth, C5 eighth, rest, E4 half; drums never count
    tune = piece([(60, 0, 1), (64, 1, 0.5), (72, 1.5, 0.5), (64, 3, 2)], DRUMS)
    assert feature("pitch_count", tune) == [3]
    assert feature("pitch_range", tune) == [12]
    assert feature("note_count", tune) == [4]
    assert feature("average_pitch_shift", tune) == pytest.approx([(4 + 8 + 8) / 3])
    assert feature("average_inter_onset_interval", tune) == pytest.approx([(1 + 0.5 + 1.5) / 3])
    histogram = feature("pitch_class_histogram", tune)  # C for 1.5 quarters of 4, E for 2.5
    assert histogram[[0, 4]] == pytest.approx([1.5 / 4, 2.5 / 4])
    assert histogram.sum() == pytest.approx(1)
    moves = feature("pitch_class_transition_matrix", tune).reshape(12, 12)  # C E, E C, C E
    assert moves[0, 4] == pytest.approx(2 / 3)
    assert moves[4, 0] == pytest.approx(1 / 3)
    half, quarter, eighth = LENGTHS.index(2), LENGTHS.index(1), LENGTHS.index(0.5)
    lengths = feature("note_length_histogram", tune)
    assert lengths[[half, quarter, eighth]] == pytest.approx([0.25, 0.25, 0.5])
    changes = feature("note_length_transition_matrix", tune).reshape(12, 12)
    assert changes[quarter, eighth] == changes[eighth, eighth] == changes[eighth, half] == pytest.approx(1 / 3)


def test_features_of_two_voices_are_taken_together_and_steps_within_each():
    music = piece([(60, 0, 1), (62, 1, 1)], [(48, 0, 1), (43, 1, 1), (48, 3, 1)])
    assert feature("average_pitch_shift", music) == pytest.approx([(2 + 5 + 5) / 3])
    assert feature("average_inter_onset_interval", music) == pytest.approx([1.5])  # 0, 1, 3
    chord = piece([(64, 0, 1), (60, 0, 1), (67, 1, 1)])  # of a chord from below: C E G
    assert feature("average_pitch_shift", chord) == pytest.approx([(4 + 3) / 2])


def test_lengths_go_to_the_nearest_class_by_ratio():
    assert [LENGTHS[length_class(q)] for q in (4.2, 0.24, 1 / 3, 0.34, 0.7, 0.73, 1.2, 8, 0.125)] == [
        4, 0.25, 1 / 3, 1 / 3, 2 / 3, 0.75, 4 / 3, 4, 0.25]  # fmt: skip


def test_what_has_no_features_is_refused():
    for music in (piece(), piece([(60, 0, 1), (64, 0, 1)]), piece(DRUMS)):
        assert not has_features(music)
        with pytest.raises(ValueError, match="piece 1"):
            features_of([piece([(60, 0, 1), (60, 1, 1)]), music])
    one = features_of([piece([(60, 0, 1)], [(62, 1, 1)])])  # two voices of a note each: no step
    assert one["average_pitch_shift"][0] == [0]
    assert not one["pitch_class_transition_matrix"].any()
    assert set(one) == set(FEATURES) and len(FEATURES) == 9


# --- distances and densities -----------------------------------------------------------------------------------


def test_distances_of_all_pairs():
    values = np.array([[0.0, 0], [3, 4], [0, 8]])
    assert sorted(intra_distances(values)) == [5, 5, 8]
    assert inter_distances(values, np.array([[0.0, 4]])).tolist() == [4, 3, 4]


def test_density_of_gaussian_kernels():
    # two samples at 0 and 2, bandwidth 1, at 1: the height of a standard normal one deviation out
    assert np.exp(log_density(np.array([0.0, 2]), 1.0, np.array([1.0]))) == pytest.approx(0.24197072)
    assert scott_bandwidth(np.array([1.0, 3])) == pytest.approx(math.sqrt(2) * 2**-0.2)


def test_overlap_and_divergence_of_two_normal_densities():
    # N(0, 1) and N(2, 1): they share 2 Phi(-1), and the divergence is (2 - 0)^2 / 2
    found = overlap_of(np.array([0.0]), np.array([2.0]), (1.0, 1.0))
    assert found.area == pytest.approx(math.erfc(1 / math.sqrt(2)), abs=1e-4)
    assert found.divergence == pytest.approx(2.0, abs=1e-2)
    assert (found.intra_mean, found.inter_mean) == (0, 2)
    # N(0, 1) from N(0, 2): log 2 + 1/8 - 1/2
    wider = overlap_of(np.array([0.0]), np.array([0.0]), (1.0, 2.0))
    assert wider.divergence == pytest.approx(math.log(2) + 1 / 8 - 1 / 2, abs=1e-3)


def test_overlap_of_sets_whose_distances_do_not_differ():
    same = overlap_of(np.zeros(3), np.zeros(4))
    assert (same.area, same.divergence) == (1.0, 0.0)
    apart = overlap_of(np.zeros(3), np.array([5.0, 5.5, 6]))
    assert apart.area < 0.2
    with pytest.raises(ValueError, match="distances"):
        overlap_of(np.zeros(0), np.zeros(2))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 30))
def test_a_set_that_is_moved_away_overlaps_less(seed, shift):
    random = np.random.default_rng(seed)
    real, other = random.normal(size=(2, 12, 1))
    near, far = ({"x": other + moved} for moved in (shift, shift + 10))
    overlaps = [compare({"x": real}, others)["x"] for others in (near, far)]
    assert all(0 <= found.area <= 1 and found.divergence >= 0 for found in overlaps)
    assert overlaps[0].area >= overlaps[1].area - 1e-6


# --- structure -------------------------------------------------------------------------------------------------


def bars(*contents):
    """A piece of 4/4 bars, each a list of (pitch, place) quarters."""
    return piece([(p, 4 * i + place, 1) for i, bar in enumerate(contents) for p, place in bar])


UP, DOWN = [(60, 0), (62, 1), (64, 2), (65, 3)], [(65, 0), (64, 1)]


def test_bars_hold_what_begins_in_them():
    music = piece([(60, 0, 1), (62, 1, 6), (64, 8, 1)], pickup=1)
    found = bars_of(music)
    assert [(b.start_quarter, b.num_quarters, b.is_whole, [n.pitch for _, n in b.notes]) for b in found] == [
        (0, 1, False, [60]), (1, 4, True, [62]), (5, 4, True, [64])]  # fmt: skip
    assert found[2].places(4) == {12} and found[2].num_steps(4) == 16


def test_entropy_over_windows_of_bars():
    music = bars([(60, 0)], [(60, 0), (61, 1)], [], [(60, 0), (61, 1), (62, 2), (63, 3)])
    assert windowed_entropy(music, 1) == pytest.approx((0 + 1 + 2) / 3)  # the empty bar is left out
    # windows of two: C C Db, C Db, C Db D Eb
    first = -(2 / 3) * math.log2(2 / 3) - (1 / 3) * math.log2(1 / 3)
    assert windowed_entropy(music, 2) == pytest.approx((first + 1 + 2) / 3)
    assert windowed_entropy(bars([(60, 0), (61, 1)]), 4) == pytest.approx(1)
    assert math.isnan(windowed_entropy(piece(DRUMS), 1))


def test_groove_similarity_is_over_all_pairs():
    music = bars(UP, UP, DOWN)  # pairs: alike; two of sixteen steps apart, twice
    assert groove_similarity(music) == pytest.approx(1 - (0 + 2 + 2) / 3 / 16)
    assert math.isnan(groove_similarity(bars(UP)))


def test_likeness_to_bars_before():
    music = bars(UP, DOWN, UP, DOWN)
    # no pitch of UP stands at the same place in DOWN
    assert [lag_similarity(music, lag) for lag in (1, 2)] == [0, 1]
    assert math.isnan(lag_similarity(music, 4))
    half = bars(UP, [(60, 0), (62, 1)])  # two of four notes in common
    assert lag_similarity(half, 1) == pytest.approx(0.5)


def test_bars_that_return():
    higher = [(p + 5, place) for p, place in UP]
    clapped = [(70, place) for _, place in UP]
    music = bars(UP, higher, UP, clapped, [(60, 0)])  # the last has one note and is not counted
    assert returning_bars(music, "pitches") == pytest.approx(1 / 4)
    assert returning_bars(music, "intervals") == pytest.approx(2 / 4)
    assert returning_bars(music, "rhythm") == pytest.approx(3 / 4)
    assert math.isnan(returning_bars(bars([(60, 0)]), "rhythm"))
    with pytest.raises(ValueError, match="kind"):
        returning_bars(music, "words")


def test_runs_that_return():
    music = bars(UP, UP)  # five runs of four: only the last is the first again
    assert run_repetition([music.tracks[0].notes]) == pytest.approx(1 / 5)
    told = repetition(bars(*[UP, DOWN, [(50, 0)], UP] * 3))
    assert told["like_the_bar_4_before"] == told["like_the_bar_8_before"] == 1
    assert told["bars_returning"] == pytest.approx(7 / 9)  # nine bars of two notes or more, two of them different
    assert all(0 <= value <= 1 for value in told.values())
