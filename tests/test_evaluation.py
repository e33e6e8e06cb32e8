"""Statistics, voice leading, endings and the counting model, against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.evaluation.endings import (
    bars_filled,
    ends_at_bar_line,
    ends_held,
    ends_on_tonic,
    ends_on_tonic_chord,
    notes_across_bar_lines,
)
from musegen.evaluation.ngram import KneserNeyNgram, fit_ngram
from musegen.evaluation.onsets import at_onsets, counted_at_onsets, pitch_lines
from musegen.evaluation.statistics import (
    STATISTICS,
    bar_repetition_rate,
    describe,
    empty_beat_rate,
    groove_consistency,
    mean_note_quarters,
    n_pitch_classes_used,
    n_pitches_used,
    note_density,
    pitch_class_entropy,
    pitch_entropy,
    pitch_in_scale_rate,
    pitch_range,
    polyphony,
    scale_consistency,
)
from musegen.evaluation.voice_leading import sonorities, voice_leading
from musegen.services.judging.onsets import foreseen
from tests.builders import piece, track

EMPTY = piece()
ONE = piece([(60, 0, 1)])
DRUMS = piece(track([(36, 0, 1), (38, 1, 1), (36, 2, 1), (38, 3, 1)], is_drum=True))


def line(*pitches, length=1.0):
    """Notes one after another; None is a rest."""
    return [(pitch, index * length, length) for index, pitch in enumerate(pitches) if pitch is not None]


# --- statistics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "empty", "one", "drums"),
    [
        ("n_pitches_used", 0, 1, 0),
        ("n_pitch_classes_used", 0, 1, 0),
        ("pitch_range", 0, 0, 0),
        ("pitch_entropy", math.nan, 0, math.nan),
        ("pitch_class_entropy", math.nan, 0, math.nan),
        ("scale_consistency", math.nan, 1, math.nan),
        ("polyphony", math.nan, 1, math.nan),
        ("empty_beat_rate", math.nan, 0, 0),
        ("groove_consistency", math.nan, math.nan, math.nan),
        ("note_density", math.nan, 1, 1),
        ("mean_note_quarters", math.nan, 1, math.nan),
        ("bar_repetition_rate", math.nan, 0, 0),
    ],
)
def test_empty_one_note_and_drums_alone(name, empty, one, drums):
    values = [STATISTICS[name](music) for music in (EMPTY, ONE, DRUMS)]
    assert values == pytest.approx([empty, one, drums], nan_ok=True)


def test_every_statistic_has_its_case_above():
    cases = test_empty_one_note_and_drums_alone.pytestmark[0].args[1]
    assert {case[0] for case in cases} == set(STATISTICS)
    assert list(describe(ONE)) == list(STATISTICS)


def test_pitch_statistics():
    tune = piece(line(60, 62, 64, 72), track([(100, 0, 9)], is_drum=True))  # C4 D4 E4 C5
    assert n_pitches_used(tune) == 4
    assert n_pitch_classes_used(tune) == 3
    assert pitch_range(tune) == 12
    assert pitch_entropy(tune) == pytest.approx(2.0)  # four pitches, each a quarter
    assert pitch_class_entropy(tune) == pytest.approx(1.5)  # C 1/2, D 1/4, E 1/4
    assert mean_note_quarters(tune) == 1.0
    assert note_density(tune) == pytest.approx(5 / 9)


def test_scales():
    tune = piece(line(60, 62, 64, 66))  # C D E F#: all in G major, three in C major
    assert pitch_in_scale_rate(tune, 0, "major") == pytest.approx(3 / 4)
    assert pitch_in_scale_rate(tune, 7, "major") == 1.0
    assert scale_consistency(tune) == 1.0
    assert scale_consistency(piece(line(*range(60, 72)))) == pytest.approx(7 / 12)  # chromatic
    assert math.isnan(pitch_in_scale_rate(DRUMS, 0, "major"))


def test_polyphony_is_over_sounding_time_and_counts_unisons_once():
    # 60 sounds 0-2, 64 sounds 1-2, silence 2-3, 67 sounds 3-4 in two tracks: (2 + 1 + 1) / 3
    music = piece([(60, 0, 2), (64, 1, 1), (67, 3, 1)], [(67, 3, 1)])
    assert polyphony(music) == pytest.approx(4 / 3)


def test_empty_beats():
    assert empty_beat_rate(piece([(60, 0, 1), (60, 3, 0.5)])) == pytest.approx(2 / 4)
    assert empty_beat_rate(piece([(60, 0.5, 1), (60, 3, 0.5)])) == pytest.approx(1 / 4)


def test_groove():
    same = piece(line(*[60] * 8))
    assert groove_consistency(same) == 1.0
    changed = piece(line(*[60] * 4) + [(60, 4, 4)])  # second bar: one onset, three of sixteen steps differ
    assert groove_consistency(changed) == pytest.approx(1 - 3 / 16)
    assert groove_consistency(changed, steps_per_quarter=1) == pytest.approx(1 - 3 / 4)
    pickup = piece([(60, 0, 1), (60, 1, 4), (60, 5, 4)], pickup=1)  # the pickup is compared with nothing
    assert groove_consistency(pickup) == 1.0


def test_bar_repetition():
    music = piece(line(60, 62, 64, 65, 60, 62, 64, 65, 67, 62, 64, 65, None, None, None, None, 60, 62, 64, 65))
    assert bar_repetition_rate(music) == pytest.approx(2 / 4)  # A A B - A: of four filled bars two repeat
    lengths = piece([(60, 0, 4), (60, 4, 2)])
    assert bar_repetition_rate(lengths) == 0.0


# --- voice leading ---------------------------------------------------------------------------------------------


def chorale(*voices):
    return piece(*(line(*voice) for voice in voices))


def test_two_parallel_fifths_and_no_octaves():
    # bass C-D-E under tenor G-A-B: two; the upper voices are held
    music = chorale((77, 77, 77), (73, 73, 73), (55, 57, 59), (48, 50, 52))
    found = voice_leading(music)
    assert (found.parallel_fifths, found.parallel_octaves) == (2, 0)
    assert found.per_100_beats(found.parallel_fifths) == pytest.approx(200 / 3)


def test_fifths_and_octaves_in_several_pairs():
    # all four voices up a tone from C3 G3 C4 C5: fifths T-B; octaves S-A, S-B, A-B
    found = voice_leading(chorale((72, 74), (60, 62), (55, 57), (48, 50)))
    assert (found.parallel_fifths, found.parallel_octaves) == (1, 3)


def test_twelfths_count_and_diminished_fifths_do_not():
    twelfth = voice_leading(chorale((79, 81), (73, 73), (58, 58), (60, 62)))  # S-B: 19 semitones twice
    assert twelfth.parallel_fifths == 1
    diminished = voice_leading(chorale((79, 81), (73, 73), (54, 53), (48, 47)))  # T-B: 6 and 6
    assert diminished.parallel_fifths == 0


@pytest.mark.parametrize(
    ("upper", "lower", "fifths"),
    [
        ((67, 67), (60, 60), 0),  # repeated
        ((67, 67), (60, 48), 0),  # oblique
        ((67, 55), (48, 60), 0),  # voices cross, contrary motion
        ((67, 74), (60, 55), 0),  # contrary: fifth to twelfth
        ((67, 79), (60, 60), 0),  # oblique by an octave
        ((67, None, 69), (60, None, 62), 0),  # rest in between
        ((67, 67, 69), (60, 62, 62), 0),  # one after the other
        ((67, 69), (60, 62), 1),
        ((79, 69), (60, 62), 0),  # contrary again: 19 to 7
        ((67, 81), (60, 62), 1),  # same direction, fifth to twelfth
    ],
)
def test_motion(upper, lower, fifths):
    count = len(upper)
    still = ((90,) * count, (88,) * count)  # held voices on neither side
    found = voice_leading(piece(line(*upper), line(*still[0]), line(*still[1]), line(*lower)))
    assert found.parallel_fifths == fifths
    assert found.parallel_octaves == 0


def test_moving_voices_in_between_hide_nothing():
    # the alto moves in eighths while soprano and bass step in quarters: still one octave
    music = piece(line(72, 74), line(64, 65, 66, 67, length=0.5), line(57, 57), line(48, 50))
    found = voice_leading(music)
    assert (found.parallel_fifths, found.parallel_octaves) == (0, 1)


def test_hidden_intervals():
    # soprano leaps E5-A5 (76 to 81), bass F3-A3... octave reached in similar motion from a seventh
    found = voice_leading(chorale((76, 81), (70, 70), (64, 64), (53, 57)))
    assert (found.hidden_octaves, found.hidden_fifths, found.parallel_octaves) == (1, 0, 0)
    by_step = voice_leading(chorale((79, 81), (70, 70), (64, 64), (53, 57)))
    assert by_step.hidden_octaves == 0
    fifth = voice_leading(chorale((73, 76), (69, 69), (64, 64), (53, 57)))  # 20 semitones, then 19
    assert (fifth.hidden_fifths, fifth.hidden_octaves) == (1, 0)


def test_crossing_spacing_and_range():
    # soprano under alto in the 2nd of four beats; alto-tenor 13 apart in the 3rd; bass 35 in the 4th
    music = chorale((72, 65, 72, 72), (67, 67, 67, 67), (60, 60, 54, 60), (48, 48, 48, 35))
    found = voice_leading(music)
    assert found.crossed_share == pytest.approx(1 / 4)
    assert found.wide_share == pytest.approx(1 / 4)
    assert found.num_out_of_range == 1
    assert (found.num_beats, found.num_notes) == (4.0, 16)
    assert voice_leading(chorale((72,), (60,), (60,), (41,))).wide_share == 0.0  # an octave is allowed, bass is free
    narrow = voice_leading(music, ranges=((72, 72), (67, 67), (60, 60), (48, 48)))
    assert narrow.num_out_of_range == 3


def test_empty_and_wrong_number_of_voices():
    silent = voice_leading(piece([], [], [], []))
    assert silent.per_100_beats(3) == 0.0
    assert silent.crossed_share == 0.0
    with pytest.raises(ValueError, match="four voices"):
        voice_leading(ONE)


@given(st.integers(0, 2**32 - 1), st.integers(-12, 12))
@settings(max_examples=30)
def test_voice_leading_does_not_depend_on_the_key(seed, semitones):
    rng = np.random.default_rng(seed)
    voices = rng.integers(40, 80, (4, 12))
    a, b = voice_leading(chorale(*voices)), voice_leading(chorale(*(voices + semitones)))
    assert (a.parallel_fifths, a.parallel_octaves, a.hidden_fifths, a.crossed_share) == (
        b.parallel_fifths, b.parallel_octaves, b.hidden_fifths, b.crossed_share,
    )  # fmt: skip


def test_sonorities():
    times, pitches = sonorities(piece([(60, 0, 2)], [(48, 1, 0.5)]))
    assert times.tolist() == [0.0, 1.0, 1.5, 2.0]
    assert pitches.tolist() == [[60, -1], [60, 48], [60, -1]]


# --- endings ---------------------------------------------------------------------------------------------------


def test_ends_on_tonic():
    assert ends_on_tonic(piece(line(62, 67, 60)), 0)
    assert not ends_on_tonic(piece(line(60, 67)), 0)
    assert ends_on_tonic(piece(line(67, 64), line(62, 60), line(71, 67), line(55, 48)), 0)
    assert not ends_on_tonic(piece(line(67, 72), line(62, 64), line(71, 67), line(55, 52)), 0)  # bass on the third
    assert ends_on_tonic(piece([(64, 0, 4), (48, 2, 2), (45, 0, 2)]), 0)  # the bass of the end, not the lowest note
    assert not ends_on_tonic(EMPTY, 0)
    assert not ends_on_tonic(DRUMS, 0)


def test_ends_on_the_tonic_chord():
    assert ends_on_tonic_chord(piece([(60, 0, 2)], [(52, 0, 2)], [(48, 0, 2)]), 0)
    assert ends_on_tonic_chord(piece([(63, 0, 2)], [(55, 0, 2)], [(48, 0, 2)]), 0)
    assert not ends_on_tonic_chord(piece([(60, 0, 2)], [(48, 0, 2)], [(43, 0, 2)]), 0)  # the fifth is lowest
    assert not ends_on_tonic_chord(piece([(70, 0, 2)], [(64, 0, 2)], [(48, 0, 2)]), 0)  # a seventh
    assert not ends_on_tonic_chord(EMPTY, 0)


def test_ends_held():
    music = piece([(60, 0, 8), (62, 4, 1), (65, 4, 1.5)])
    assert ends_held(music, 1.5)
    assert not ends_held(music, 2)  # what was struck before does not count
    assert not ends_held(EMPTY, 0)


def test_ends_at_bar_line():
    assert ends_at_bar_line(piece(line(*[60] * 8)))
    assert not ends_at_bar_line(piece(line(*[60] * 7)))
    assert not ends_at_bar_line(EMPTY)
    assert ends_at_bar_line(piece(line(*[60] * 6), meter="3/4"))
    # a quarter before the bar: whole last bar, or one that the pickup completes; nothing else
    good = [n for n in range(1, 14) if ends_at_bar_line(piece(line(*[60] * n), pickup=1))]
    assert good == [1, 4, 5, 8, 9, 12, 13]


def test_bars_filled():
    assert bars_filled(piece(line(*[60] * 8))) == 1.0
    assert bars_filled(piece(line(60, 60, None, 60, 60, 60, 60, 60))) == pytest.approx(1 / 2)
    assert bars_filled(piece(line(*[60] * 7))) == pytest.approx(1 / 2)
    assert bars_filled(piece([(60, 0, 6), (62, 6, 2)])) == 1.0  # a tie over the line fills both
    assert bars_filled(piece([(60, 0, 2), (62, 1, 3)])) == 0.0  # overlap
    assert bars_filled(piece(line(*[60] * 8), line(*[48] * 4))) == pytest.approx(1 / 2)  # one voice stops early
    assert bars_filled(piece(line(*[60] * 8), pickup=1)) == 1.0  # 1 + 4 + 3
    assert bars_filled(piece(line(*[60] * 7), pickup=1)) == pytest.approx(2 / 3)
    assert math.isnan(bars_filled(EMPTY))
    assert math.isnan(bars_filled(DRUMS))


def test_notes_across_bar_lines():
    assert notes_across_bar_lines(piece([(60, 0, 4), (62, 4, 4)])) == 0
    assert notes_across_bar_lines(piece([(60, 0, 3), (62, 3, 2), (62, 5, 7)])) == 2


# --- the counting model ----------------------------------------------------------------------------------------


def test_bigram_by_hand():
    # events a a b over {a, b, c}, order 2, discount 1/2; ^ is the start mark
    model = KneserNeyNgram(3, order=2, discount=0.5).fit([[0, 0, 1]])
    # bigrams ^a aa ab; a follows 2 different events, b follows 1: unigram a (2-.5)/3, b (1-.5)/3, plus .5*2/3 * 1/3
    unigram = np.array([1.5, 0.5, 0.0]) / 3 + 0.5 * 2 / 3 / 3
    assert model.probabilities([1]) == pytest.approx(unigram)  # b was never a context
    # after a: a once, b once of two
    after_a = np.array([0.5, 0.5, 0.0]) / 2 + 0.5 * 2 / 2 * unigram
    assert model.probabilities([0]) == pytest.approx(after_a)
    assert model.probabilities([]) == pytest.approx(np.array([0.5, 0, 0]) + 0.5 * unigram)
    expected = -np.log([0.5 + 0.5 * unigram[0], after_a[0], after_a[1]])
    assert model.nll([0, 0, 1]) == pytest.approx(expected)
    assert model.mean_nll([[0, 0, 1]]) == pytest.approx(expected.mean())


def test_unigram_counts_events():
    model = KneserNeyNgram(2, order=1, discount=0.5).fit([[0, 0, 0, 1]])
    assert model.probabilities([]) == pytest.approx([2.5 / 4 + 0.5 * 2 / 4 / 2, 0.5 / 4 + 0.5 * 2 / 4 / 2])


sequences = st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=6)


@given(sequences, st.lists(st.integers(0, 5), max_size=8), st.integers(1, 5), st.floats(0.05, 0.95))
def test_probabilities_are_positive_and_add_up_to_one(train, context, order, discount):
    model = KneserNeyNgram(6, order, discount).fit(train)
    probabilities = model.probabilities(context)
    assert probabilities.sum() == pytest.approx(1.0)
    assert (probabilities > 0).all()


@given(sequences, st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_nll_is_that_of_the_probabilities(train, sequence):
    model = KneserNeyNgram(6).fit(train)
    expected = [-math.log(model.probabilities(sequence[:i])[event]) for i, event in enumerate(sequence)]
    assert model.nll(sequence) == pytest.approx(expected)


def test_unfitted_is_uniform_and_longer_memory_helps():
    assert KneserNeyNgram(7).mean_nll([[0, 6, 3]]) == pytest.approx(math.log(7))
    cycle = [0, 0, 1, 0, 2] * 40
    short, long = (KneserNeyNgram(3, order).fit([cycle]).mean_nll([cycle]) for order in (1, 5))
    assert long < 0.1 < 0.9 < short
    assert math.isnan(KneserNeyNgram(3).mean_nll([]))


def test_discount_is_chosen_on_validation():
    rng = np.random.default_rng(3)
    train, valid = [rng.integers(0, 9, 300)], [rng.integers(0, 9, 300)]  # noise: nothing to believe
    assert fit_ngram(train, valid, 9, order=3, discounts=(0.1, 0.5, 0.9)).discount == 0.9
    assert fit_ngram([[0, 1, 2] * 50], [[0, 1, 2] * 5], 9, order=3, discounts=(0.1, 0.5, 0.9)).discount == 0.1


@pytest.mark.parametrize("arguments", [(0,), (5, 0), (5, 3, 0.0), (5, 3, 1.0)])
def test_bad_models(arguments):
    with pytest.raises(ValueError, match="vocab_size and order"):
        KneserNeyNgram(*arguments)


@pytest.mark.parametrize("events", [[-1], [0, 5]])
def test_events_outside_the_vocabulary(events):
    with pytest.raises(ValueError, match=r"events must be in \[0, 5\)"):
        KneserNeyNgram(5).fit([events])


# --- where notes begin -------------------------------------------------------------------------------------------


def test_pitches_foreseen_at_onsets_by_hand():
    found = at_onsets([(0.5, 0.2), (0.1, 0.6), (0.25, 0.25), (0.8, 0.0)])
    assert found.num_notes == 4 and found.accuracy == pytest.approx((1 + 0 + 0.5 + 1) / 4)
    assert found.nats == pytest.approx(-np.log([0.5, 0.1, 0.25, 0.8]).mean())
    assert at_onsets([]).num_notes == 0 and np.isnan(at_onsets([]).accuracy)


def test_a_counting_model_foresees_what_always_comes():
    line = [60, 62, 64] * 20
    found = counted_at_onsets([line], [[60, 62, 64, 60, 62]], order=2)
    assert found.num_notes == 5 and found.accuracy == 1
    never = counted_at_onsets([line], [[60, 64, 62, 60]], order=2)  # the first is foreseen, the others never
    assert never.accuracy == 0.25 and never.nats > found.nats
    two = piece([(60, 0, 1), (62, 1, 1)], [(48, 0, 2)])
    assert pitch_lines(two) == [[60, 62], [48]]


def test_a_style_foresees_tunes_better_than_noise():
    scale = piece([(62 + (0, 2, 4, 5, 7, 9, 11, 12)[i % 8], i * 0.5, 0.5) for i in range(32)], meter="4/4")
    random = np.random.default_rng(0)
    noise = piece([(int(random.integers(60, 84)), i * 0.5, 0.5) for i in range(32)], meter="4/4")
    assert foreseen("folk", [scale]).accuracy > foreseen("folk", [noise]).accuracy
    assert foreseen("folk", []) is None
