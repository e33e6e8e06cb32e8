"""Sound sample by sample: mu-law, linear prediction, and models of counts; figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.evaluation.raw_baselines import FixedPredictor, LevelNgram, laplace_nats, logistic_nats
from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME, Predictor, RunningPredictor, running_predictions, running_scale


def test_mu_law_at_points_worked_out_by_hand():
    # y = ln(1 + 255 x) / ln 256: x = 1/17 gives ln 16 / ln 256 = 1/2, level 128 + 64
    assert mu_law.encode(np.array([0.0, 1 / 17, -1 / 17, 1.0, -1.0])).tolist() == [128, 192, 64, 255, 0]
    assert mu_law.decode(np.array([128, 192, 0])) == pytest.approx([0, 1 / 17, -1])


def test_every_level_is_its_own_and_edges_lie_between():
    levels = np.arange(256)
    assert (mu_law.encode(mu_law.decode(levels)) == levels).all()
    assert (mu_law.EDGES[:-1] < mu_law.VALUES).all() and (mu_law.VALUES < mu_law.EDGES[1:]).all()


@given(st.floats(-1, 1))
def test_mu_law_is_as_fine_as_it_says(sample):
    level = int(mu_law.encode(np.array([sample]))[0])
    assert mu_law.EDGES[level] - 1e-12 <= sample <= max(mu_law.EDGES[level + 1] + 1e-12, 1.0 if level == 255 else -1)


def test_a_predictor_learns_a_tone_and_its_scale_follows_the_errors():
    tone = np.sin(2 * np.pi * 0.05 * np.arange(4_000))  # x[t] = 2 cos(w) x[t-1] - x[t-2]
    predicted, scales = running_predictions(tone[None], Predictor(8, 512.0))
    assert np.abs(predicted[0, 1_000:] - tone[1_000:]).max() < 2e-3
    assert scales[0, 0] == pytest.approx(0.01) and scales[0, -1] < 2e-3
    errors = np.repeat([0.5, 0.1], FRAME)
    assert running_scale(errors) == pytest.approx([0.01, 0.9 * 0.01 + 0.1 * 0.5])


@pytest.mark.parametrize("how", [Predictor(4, 64.0), Predictor(20, 256.0, 2), Predictor(40, 512.0, 4)])
def test_frame_by_frame_predicts_as_the_whole_and_nothing_is_foreseen(how):
    sound = np.random.default_rng(0).standard_normal((2, 40 * FRAME)).cumsum(axis=1) / 50
    predicted, scales = running_predictions(sound, how)
    again, _ = running_predictions(np.where(np.arange(sound.shape[1]) < 300, sound, 0.3), how)
    assert (again[:, :301] == predicted[:, :301]).all()
    running, padded = RunningPredictor(how), np.concatenate([np.zeros(how.reach), sound[1]])
    for frame in range(20):
        assert running.scale[0] == pytest.approx(scales[1, frame], rel=1e-6)
        at = how.reach + frame * FRAME
        assert padded[at - how.order : at] @ running.weights[0] == pytest.approx(predicted[1, frame * FRAME], abs=1e-5)
        running.advance(padded[None, : at + FRAME])


@pytest.mark.parametrize("nats", [laplace_nats, logistic_nats])
def test_chances_of_all_levels_sum_to_one(nats):
    levels = np.arange(256)
    for middle, scale in ((0.0, 0.01), (0.4, 0.2), (-1.3, 0.001)):
        assert np.exp(-nats(levels, np.full(256, middle), np.float64(scale))).sum() == pytest.approx(1)


def test_a_laplace_distribution_worked_out_by_hand():
    # level 128 lies between -e and e: 1 - exp(-e / scale), and the even share of a thousandth
    edge = np.expm1(np.log(256) / 256) / 255
    chance = 0.999 * (1 - np.exp(-edge / 0.001)) + 0.001 / 256
    assert laplace_nats(np.array([128]), np.zeros(1), np.float64(0.001)) == pytest.approx(-np.log(chance))


def test_one_set_of_weights_for_all_sound():
    random = np.random.default_rng(1)
    sounds = []
    for _ in range(2):
        sound = np.zeros(5_000)
        for t in range(2, 5_000):
            sound[t] = 1.6 * sound[t - 1] - 0.8 * sound[t - 2] + 0.01 * random.standard_normal()
        sounds.append(sound)
    model = FixedPredictor(2).fit(sounds)
    assert model.weights == pytest.approx([-0.8, 1.6], abs=0.03)  # in the order of time
    expected = model.weights[1] * sounds[0][99] + model.weights[0] * sounds[0][98]
    assert model.predict(sounds[0])[100] == pytest.approx(expected)
    assert model.predict(sounds[0])[0] == pytest.approx(0, abs=1e-12)


def test_counts_fall_back_as_worked_out_by_hand():
    model = LevelNgram(2, 0.5).fit([np.array([1, 2, 1, 2, 1, 3], np.uint8)])
    # P(2) = (2 - .5) / 6 + .5 * 3 / 6 / 256; after 1 came 2 twice and 3 once: P(2 | 1) = 1.5 / 3 + .5 * 2 / 3 P(2)
    single = 1.5 / 6 + 0.25 / 256
    assert model.nats(np.array([1, 2], np.uint8)) == pytest.approx([-np.log(0.5 + single / 3)])
    # 3 was never followed by anything, so that P(2 | 3) = P(2)
    assert model.nats(np.array([3, 2], np.uint8)) == pytest.approx([-np.log(single)])
    with pytest.raises(ValueError, match="order must be 1 to 7"):
        LevelNgram(8)


def test_chances_of_a_model_of_counts_sum_to_one():
    levels = np.random.default_rng(2).integers(100, 140, 2_000).astype(np.uint8)
    model = LevelNgram(3).fit([levels])
    chances = [float(np.exp(-model.nats(np.array([*levels[:2], level], np.uint8)))[0]) for level in range(256)]
    assert sum(chances) == pytest.approx(1)
