"""The polyphonic benchmark: its files, its measure, and the models that count, by hand."""

import math

import numpy as np
import pytest
from scipy.io import savemat

from musegen.corpora import poly_benchmark
from musegen.errors import DatasetError
from musegen.evaluation.polyphony.annealing import Machine, anneal, drawn_frame, exact_log_sum, machine_nats
from musegen.evaluation.polyphony.counting import COUNTING, marginal_nats, markov_nats, repeat_nats
from musegen.evaluation.polyphony.likelihood import NUM_KEYS, KeyRange, bernoulli_nats, nats_a_step

LN2 = math.log(2)


def roll(*frames):
    """A piano roll from the keys that sound in each frame."""
    result = np.zeros((len(frames), NUM_KEYS), np.uint8)
    for time, keys in enumerate(frames):
        result[time, list(keys)] = 1
    return result


def write_mat(path, **splits):
    cells = {}
    for name, rolls in splits.items():
        cell = np.empty((1, len(rolls)), object)
        cell[0, :] = rolls
        cells[f"{name}data"] = cell
    savemat(path, cells)


def test_a_coin_for_every_key_costs_88_bits():
    frames = bernoulli_nats(np.zeros((3, NUM_KEYS)), roll([1], [2, 3], []))
    assert frames == pytest.approx([NUM_KEYS * LN2] * 3)
    assert NUM_KEYS * LN2 == pytest.approx(61.0, abs=0.005)  # as papers print it


def test_nats_of_a_frame_by_hand():
    logits = np.log([[3.0, 1 / 3.0]])  # on with 3/4, on with 1/4
    assert bernoulli_nats(logits, np.array([[1, 0]])) == pytest.approx([-2 * math.log(0.75)])
    assert bernoulli_nats(logits, np.array([[0, 1]])) == pytest.approx([-2 * math.log(0.25)])


def test_the_mean_is_flat_over_frames_not_over_pieces():
    assert nats_a_step([np.array([1.0]), np.array([4.0, 4.0, 4.0])]) == pytest.approx(13 / 4)


@pytest.mark.parametrize("frames", [[], [np.zeros(0)]])
def test_nothing_to_score_is_a_sentence(frames):
    with pytest.raises(DatasetError, match="at least two"):
        nats_a_step(frames)


def test_keys_outside_cost_what_a_count_says():
    keys = KeyRange.of([roll([40, 42], [41])])
    assert (keys.low, keys.high, keys.num_frames) == (40, 43, 2)
    assert keys.inside(roll([40, 50])).tolist() == [[1, 0, 0]]
    rare = 0.5 / 3
    silent, one = keys.outside_nats(roll([40], [40, 50]))
    assert silent == pytest.approx(-85 * math.log(1 - rare))
    assert one == pytest.approx(-84 * math.log(1 - rare) - math.log(rare))


@pytest.mark.parametrize("rolls", [[], [roll([], [])]])
def test_silence_has_no_range(rolls):
    with pytest.raises(DatasetError, match="silent"):
        KeyRange.of(rolls)


def test_counting_models_by_hand():
    # key 5 sounds in 3 of 4 frames: on-on, on-off, off-on among its pairs
    train, test = [roll([5], [5], [], [5])], [roll([5], [5])]
    others = -87 * math.log(1 - 0.5 / 5)  # never on in 4 frames
    assert marginal_nats(train, test)[0] == pytest.approx([others - math.log(3.5 / 5)])
    others = -87 * math.log(1 - 0.5 / 4)  # never on after 3 frames
    assert markov_nats(train, test)[0] == pytest.approx([others - math.log(1.5 / 3)])
    # all keys together: 2 frames that were on, one of them stays; 1 + 3 * 87 that were off, one of them begins
    begins = 1.5 / (3 * 87 + 1 + 1)
    assert repeat_nats(train, test)[0] == pytest.approx([-87 * math.log(1 - begins) - math.log(1.5 / 3)])


@pytest.mark.parametrize("count", COUNTING.values(), ids=COUNTING)
def test_counting_models_score_the_frames_from_the_second_on(count):
    train = [roll([5], [6]), roll([7], [8], [9])]
    assert [len(nats) for nats in count(train, [roll([1], [2], [3]), roll([4])])] == [2, 0]


def test_counting_probabilities_add_up_to_one():
    train = [roll([0], [1], [0, 1], [0])]
    frames = [roll([0], keys) for keys in ([], [0], [1], [0, 1])]
    for count in COUNTING.values():
        other = count(train, [roll([0], [0])])[0][0]
        total = sum(math.exp(-count(train, [each])[0][0]) for each in frames)
        # the other 86 keys stay off in all four
        off = math.exp(-other) / total
        assert 0 < total < 1 or off > 0
        ratio = [math.exp(-count(train, [each])[0][0]) / total for each in frames]
        assert sum(ratio) == pytest.approx(1.0)
        # two keys are independent given the frame before: p(0) p(1) = p(both) + ...
        assert ratio[3] * ratio[0] == pytest.approx(ratio[1] * ratio[2])


def test_rolls_are_read_as_they_were_written(tmp_path):
    first, second = roll([0, 87], [44]), roll([1], [2], [3])
    write_mat(tmp_path / "a.mat", train=[first, second], valid=[second], test=[first])
    read = poly_benchmark.rolls_of(tmp_path / "a.mat", "train")
    assert [each.tolist() for each in read] == [first.tolist(), second.tolist()]
    assert read[0].dtype == np.uint8
    assert len(poly_benchmark.rolls_of(tmp_path / "a.mat", "test")) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no piano rolls"),
        (b"not a MATLAB file at all" * 20, "holds no piano rolls"),
        (None, "holds no piano rolls"),
        ({"train": [np.zeros((3, 12), np.uint8), np.zeros((3, 12), np.uint8)]}, "88 keys"),
        ({"train": [np.full((3, NUM_KEYS), 2, np.uint8), roll([1])]}, "on or off"),
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path, content, words):
    path = tmp_path / "a.mat"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        write_mat(path, **(content or {"other": [roll([1]), roll([2], [3])]}))
    with pytest.raises(DatasetError, match=words):
        poly_benchmark.rolls_of(path, "train")


def test_an_unknown_name_is_a_sentence():
    with pytest.raises(DatasetError, match="choose one of: jsb, nottingham"):
        poly_benchmark.read_rolls("bach", "test")
    with pytest.raises(ValueError, match="split must be"):
        poly_benchmark.read_rolls("jsb", "all")


def test_annealing_finds_what_can_be_added_up():
    random = np.random.default_rng(1)
    machine = Machine(random.normal(0, 1.0, (6, 5)), random.normal(-1, 1, (3, 6)), random.normal(0, 1, (3, 5)))
    exact = exact_log_sum(machine)
    found = anneal(machine, random, runs=400, steps=60)
    assert (np.abs(found.log_sum - exact) < 5 * found.spread + 1e-6).all()
    assert (found.spread < 0.2).all()
    assert found.spread_of_mean == pytest.approx(math.sqrt((found.spread**2).sum()) / 3)


def test_without_weights_nothing_is_estimated():
    machine = Machine(np.zeros((2, 3)), np.log([[3.0, 1.0]]), np.zeros((1, 3)))
    found = anneal(machine, np.random.default_rng(0), runs=3, steps=4)
    assert found.log_sum == pytest.approx([math.log(4 * 2 * 8)], rel=1e-6)
    assert found.spread == pytest.approx([0.0])
    (nats,), spread = machine_nats([machine], [np.array([[1, 0]])], np.random.default_rng(0), 3, 4)
    assert nats == pytest.approx([-math.log(0.75 * 0.5)])
    assert spread == pytest.approx(0.0)


def test_frames_drawn_from_a_machine_come_as_often_as_they_weigh():
    weights = np.array([[2.0, -1.0], [-1.5, 1.0]])
    one = Machine(weights, np.array([[0.3, -0.2]]), np.array([[-0.5, 0.4]]))
    many = Machine(weights, np.repeat(one.visible, 4000, 0), np.repeat(one.hidden, 4000, 0))
    drawn = drawn_frame(many, np.random.default_rng(2), steps=30)
    for frame in ([0, 0], [0, 1], [1, 0], [1, 1]):
        share = (drawn == frame).all(1).mean()
        weighs = math.exp(-one.free_energy(np.array([frame], float))[0] - exact_log_sum(one)[0])
        assert share == pytest.approx(weighs, abs=5 * math.sqrt(weighs * (1 - weighs) / 4000))
