"""Steps, chords, motifs and loudness of pieces small enough to count by hand."""

import math

import numpy as np
import pytest

from musegen.evaluation.intervals import (
    HISTOGRAMS,
    harmonic_intervals,
    melodic_intervals,
    motif_return,
    note_repetition,
    pitch_and_velocity,
    pitch_velocity_correlation,
    stepwise_motion,
)
from musegen.evaluation.metrics import METRICS, measure_piece
from musegen.evaluation.structure import best_earlier_likeness
from musegen.music import Note, Piece, Track
from tests.builders import piece


def line(*pitches, start=0.0):
    return [(pitch, start + index, 1.0) for index, pitch in enumerate(pitches)]


def test_repeated_notes_and_steps():
    music = piece(line(60, 60, 62, 67, 67), line(48, 47))  # 0, +2, +5, 0 and -1
    assert note_repetition(music) == 2 / 5
    assert stepwise_motion(music) == 2 / 3  # of +2, +5, -1
    assert math.isnan(note_repetition(piece(line(60))))
    assert math.isnan(stepwise_motion(piece(line(60, 60))))


def test_a_motif_returns_at_any_pitch_and_in_any_track():
    assert motif_return(piece(line(60, 62, 64, 65))) == 0
    assert motif_return(piece(line(60, 62, 64, 65), line(67, 69, 71, 72, start=4))) == 1 / 2
    assert motif_return(piece(line(60, 62, 60, 62, 60, 62))) == 1 / 3  # +2 -2 +2, -2 +2 -2, +2 -2 +2
    assert math.isnan(motif_return(piece(line(60, 62, 64))))


def test_melodic_intervals_are_shares_with_wide_ones_at_the_ends():
    shares = melodic_intervals(piece(line(60, 62, 62, 90, 60)))  # +2, 0, +28, -30
    assert {i - 12: s for i, s in enumerate(shares) if s} == {2: 0.25, 0: 0.25, 12: 0.25, -12: 0.25}
    assert not melodic_intervals(piece(line(60))).any()


def test_harmonic_intervals_are_above_the_lowest_note_that_sounds():
    # C held for two quarters; E with it, then G and the E again an octave higher: 4, then 7 and 4.
    music = piece([(48, 0, 2.0), (52, 0, 1.0), (55, 1, 1.0), (64, 1, 1.0)])
    assert {i: s for i, s in enumerate(harmonic_intervals(music)) if s} == {4: 2 / 3, 7: 1 / 3}
    assert not harmonic_intervals(piece(line(60, 64, 67))).any()  # one note at a time


def test_loudness_that_follows_pitch():
    def with_loudness(*pairs):
        return Piece((Track(tuple(Note(i, p, 1.0, v) for i, (p, v) in enumerate(pairs))),))

    assert pitch_velocity_correlation(with_loudness((60, 50), (62, 60), (64, 70))) == pytest.approx(1)
    assert pitch_velocity_correlation(with_loudness((60, 70), (62, 60), (64, 50))) == pytest.approx(-1)
    assert math.isnan(pitch_velocity_correlation(with_loudness((60, 70), (62, 70))))
    cells = pitch_and_velocity(with_loudness((60, 50), (63, 63), (64, 64)))  # two in 48-63 and 48-63, one above
    assert {i: round(s, 6) for i, s in enumerate(cells) if s} == {3 * 8 + 3: 0.666667, 4 * 8 + 4: 0.333333}


def test_coherence_is_likeness_to_the_earlier_bar_that_is_most_like():
    def bars(*own):
        return piece([(p, 4 * b + i, 1.0) for b, pitches in enumerate(own) for i, p in enumerate(pitches)])

    assert best_earlier_likeness(bars((60, 62, 64, 65), (67, 69, 71, 72), (60, 62, 64, 65))) == 1 / 2  # 0 and 1
    assert best_earlier_likeness(bars((60, 62, 64, 65), (60, 62, 71, 72))) == 1 / 3  # two of six
    assert math.isnan(best_earlier_likeness(bars((60, 62, 64, 65))))


def test_every_figure_and_histogram_has_a_name_for_everything():
    music = piece(line(60, 62, 64, 65, 67, 60, 62, 64), line(48, 48, 47, 48))
    assert list(measure_piece(music)) == list(METRICS)
    for metric in METRICS.values():
        assert metric.meaning.endswith(".") and metric.unit and metric.source
    for function, labels in HISTOGRAMS.values():
        shares = function(music)
        assert shares.shape == (len(labels),) and len(set(labels)) == len(labels)
        assert np.isclose(shares.sum(), 1)
