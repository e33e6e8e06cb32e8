"""Networks of the polyphonic benchmark: what each key may know, and that they learn."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from musegen.evaluation.polyphony.likelihood import KeyRange, bernoulli_nats, nats_a_step  # noqa: E402
from musegen.networks.polyphony.biaxial import BiaxialNetwork  # noqa: E402
from musegen.networks.polyphony.frames import FrameNetwork, lagged  # noqa: E402
from musegen.training.polyphony.fit import Frames, Schedule, fit_frames, frame_loss, score_rolls  # noqa: E402

KEYS = 5
NETWORKS = {
    "linear": (False, lambda: FrameNetwork(KEYS, cell="", lags=3)),
    "linear below": (True, lambda: FrameNetwork(KEYS, cell="", lags=2, autoregressive=True)),
    "lstm": (False, lambda: FrameNetwork(KEYS, units=4)),
    "gru": (False, lambda: FrameNetwork(KEYS, cell="gru", units=4, lags=1, dropout=0.5)),
    "diagonal": (False, lambda: FrameNetwork(KEYS, cell="diagonal", units=4)),
    "nade": (True, lambda: FrameNetwork(KEYS, units=4, lags=1, autoregressive=True, nade_units=3)),
    "biaxial": (True, lambda: BiaxialNetwork(KEYS, 40, time_units=(4, 3), note_units=(3, 2))),
    "rich": (True, lambda: BiaxialNetwork(KEYS, 40, time_units=(4,), note_units=(3,), lags=2, rich=True)),
}


def made(name):
    """A network with random weights everywhere, so that nothing that matters is multiplied by nought."""
    keras.utils.set_random_seed(3)
    model = NETWORKS[name][1]()
    call(model, np.zeros((1, 4, KEYS), np.float32))
    random = np.random.default_rng(4)
    model.set_weights([random.normal(0, 0.7, each.shape) for each in model.get_weights()])
    return model


def call(model, roll):
    clock = np.tile(np.array([[-1.0], [1.0]], np.float32), (len(roll), 4, 1))[:, : roll.shape[1]]
    return keras.ops.convert_to_numpy(model({"roll": roll, "clock": clock}))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_key_knows_the_frames_before_and_the_keys_below_and_nothing_else(name):
    autoregressive, _ = NETWORKS[name]
    model = made(name)
    roll = np.random.default_rng(5).integers(0, 2, (6, KEYS)).astype(np.float32)
    places = [(time, key) for time in range(6) for key in range(KEYS)]
    rolls = np.tile(roll, (len(places) + 1, 1, 1))
    for number, (time, key) in enumerate(places):
        rolls[number, time, key] = 1 - roll[time, key]
    *others, plain = call(model, rolls)
    assert plain.shape == (5, KEYS)
    for (time, key), other in zip(places, others, strict=True):
        changed = np.abs(other - plain) > 1e-5  # rounding is below
        assert not changed[: max(time - 1, 0)].any()  # outputs of earlier frames
        if time:
            same = changed[time - 1]
            assert not same[: key + 1].any()
            assert same[key + 1 :].any() == (autoregressive and key < KEYS - 1)
        if time < 5:
            assert changed[time].any()


@pytest.mark.parametrize("name", ["nade", "rich"])
def test_all_frames_of_an_autoregressive_network_add_up_to_one(name):
    model = made(name)
    frames = np.array([[number >> key & 1 for key in range(KEYS)] for number in range(2**KEYS)], np.float32)
    rolls = np.zeros((2**KEYS, 3, KEYS), np.float32)
    rolls[:, 0, 2] = rolls[:, 1, 1] = 1
    rolls[:, 2] = frames
    nats = [bernoulli_nats(logits[-1:], frame[None])[0]
            for logits, frame in zip(call(model, rolls), frames, strict=True)]  # fmt: skip
    assert np.exp(-np.array(nats)).sum() == pytest.approx(1.0, abs=1e-5)


def test_lags_by_hand():
    roll = np.array([[[1.0], [2.0], [3.0], [4.0]]], np.float32)
    assert keras.ops.convert_to_numpy(lagged(roll, 3))[0].tolist() == [[1, 0, 0], [2, 1, 0], [3, 2, 1]]


def test_weights_are_tied_along_the_keys():
    """A chord costs the lowest key the same an octave higher, once the key's own number is no longer told."""
    keras.utils.set_random_seed(3)
    low, high = (BiaxialNetwork(4, lowest, time_units=(4,), note_units=(3,)) for lowest in (20, 32))
    roll = np.random.default_rng(8).integers(0, 2, (1, 6, 4)).astype(np.float32)
    call(low, roll), call(high, roll)
    weights = low.get_weights()
    assert weights[0].shape[0] == 25 + 12 + 13 + 1
    high.set_weights(weights)
    assert not np.allclose(call(low, roll), call(high, roll), atol=1e-7)
    weights[0][25 + 12] = 0  # of the number
    low.set_weights(weights)
    high.set_weights(weights)
    assert call(low, roll) == pytest.approx(call(high, roll), abs=1e-6)


def test_the_loss_is_the_measure():
    random = np.random.default_rng(6)
    logits = random.normal(size=(2, 3, KEYS)).astype(np.float32)
    truth = random.integers(0, 2, (2, 3, KEYS)).astype(np.float32)
    truth[1, 1:] = -1  # that piece ended
    expected = [*bernoulli_nats(logits[0], truth[0]), bernoulli_nats(logits[1, :1], truth[1, :1])[0]]
    found = keras.ops.convert_to_numpy(frame_loss(truth, logits))
    assert found.mean() == pytest.approx(np.mean(expected), rel=1e-5)


def test_padding_and_batches_change_no_score():
    random = np.random.default_rng(7)
    rolls = []
    for length in (3, 70, 9, 1):
        roll = np.zeros((length, 88), np.uint8)
        roll[:, 40:45] = random.integers(0, 2, (length, 5))
        rolls.append(roll)
    keys = KeyRange(40, 45, 83)
    model = made("nade")
    together = score_rolls(model, rolls, keys, 2)
    assert [len(nats) for nats in together] == [2, 69, 8, 0]
    for roll, nats in zip(rolls, together, strict=True):
        assert score_rolls(model, [roll], keys, 2)[0] == pytest.approx(nats, rel=1e-4)


def test_it_learns_what_repeats():
    """Two frames in turn: what counting alone cannot foresee, two lags can."""
    roll = np.zeros((40, 88), np.uint8)
    roll[0::2, 40:42] = 1
    roll[1::2, 44] = 1
    keys = KeyRange.of([roll])
    keras.utils.set_random_seed(0)
    model = FrameNetwork(keys.num_keys, cell="gru", units=8)
    train = Frames([roll], keys, 2)
    fitting = fit_frames(
        model, train, lambda: nats_a_step(score_rolls(model, [roll], keys, 2)),
        Schedule(steps=120, batch=4, length=8, rate=0.03, looks=3, averaging=0.9),
    )  # fmt: skip
    assert fitting.steps == 120
    assert fitting.history[-1] < 0.7 * fitting.history[0] or fitting.history[-1] < 1.2
    assert nats_a_step(score_rolls(model, [roll], keys, 2)) == pytest.approx(min(fitting.history), rel=1e-4)


def test_stretches_end_with_their_piece():
    roll = np.zeros((3, 88), np.uint8)
    roll[:, 40] = 1
    frames = Frames([roll], KeyRange.of([roll]), 4)
    inputs, truth = frames.draw(np.random.default_rng(0), 2, 5)
    assert inputs["roll"].shape == (2, 6, 1)
    assert truth[0, :, 0].tolist() == [1, 1, -1, -1, -1]
    assert frames.clock(2, 3).tolist() == [[-1, 1], [1, 1], [-1, -1]]
