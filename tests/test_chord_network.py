"""The network of chords: its chain is a distribution, what it learns from is held apart, its shipped graphs are it."""

import itertools

import numpy as np
import pytest

from musegen.harmony.frames import NUM_FEATURES, features, melody_frames, silent_frames
from musegen.harmony.model import MODELS, load_model
from musegen.harmony.segments import segments_of_bars
from musegen.music.chord import parse_chord
from musegen.paths import checkpoints_dir


@pytest.mark.parametrize("name", MODELS)
def test_shipped_networks_are_small_and_name_their_sources(name):
    model = load_model(name)
    folder = checkpoints_dir() / "chords" / name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2 * 2**20
    assert model.card["rights"] and all(row["licence"] for row in model.card["data"])


def test_features_turn_with_the_key():
    cut = segments_of_bars([0.0, 4.0, 8.0], halved=True)
    onset, end, pitch = np.arange(8.0), np.arange(8.0) + 1, np.array([60, 62, 64, 65, 67, 69, 71, 72])
    low = features(melody_frames(onset, end, pitch, cut), (0, "major"), "jazz")
    high = features(melody_frames(onset, end, pitch + 5, cut), (5, "major"), "jazz")
    assert low.shape == (4, NUM_FEATURES) and np.array_equal(low, high)
    assert not np.array_equal(low, features(melody_frames(onset, end, pitch, cut), (0, "minor"), "plain"))
    assert features(silent_frames(cut), (0, "major"), None)[:, :24].sum() == 0


def test_the_loss_is_that_of_all_courses():
    keras = pytest.importorskip("keras")
    from musegen.networks.chord_chain import NUM_LABELS, ChainLoss

    random = np.random.default_rng(0)
    scores = random.normal(size=(1, 3, NUM_LABELS + 1)).astype("float32")
    layer = ChainLoss()
    layer.build(scores.shape)
    step = random.normal(size=layer.step.shape).astype("float32")
    layer.step.assign(step)
    few = [0, 17, 42]
    scores[0, :, [i for i in range(NUM_LABELS) if i not in few]] = -60

    def total(course):
        value = scores[0, 0, course[0]]
        for t in (1, 2):
            a, b = course[t - 1], course[t]
            move = scores[0, t, NUM_LABELS] if a == b else step[a % 5, (b // 5 - a // 5) % 12, b % 5]
            value += move + scores[0, t, b]
        return value

    courses = {c: total(c) for c in itertools.product(few, repeat=3)}
    everything = np.log(np.exp(list(courses.values())).sum())

    def nats(labels, mask=(1, 1, 1)):
        told = keras.ops.convert_to_tensor(np.array([labels], "int32")), np.array([mask], "float32")
        return float(np.asarray(layer(scores, *told))[0])

    assert nats((17, 17, 0)) == pytest.approx(everything - courses[17, 17, 0], abs=1e-3)
    free = np.log(sum(np.exp(courses[17, middle, 42]) for middle in few))
    assert nats((17, -1, 42)) == pytest.approx(everything - free, abs=1e-3)
    assert nats((-1, -1, -1)) == pytest.approx(0, abs=1e-3)
    two = np.log(sum(np.exp(total((a, b, b)) - scores[0, 2, NUM_LABELS] - scores[0, 2, b]) for a in few for b in few))
    first_two = courses[0, 42, 42] - scores[0, 2, NUM_LABELS] - scores[0, 2, 42]
    assert nats((0, 42, -1), (1, 1, 0)) == pytest.approx(two - first_two, abs=1e-3)


@pytest.mark.parametrize(
    ("label", "printed"),
    [("F#:maj7/5", "F#maj7"), ("Bb:sus4(b7)", "Bb7sus4"), ("N", "N.C."), ("D:1", "D"), ("G:hdim7", "Gm7b5"),
     ("A:minmaj7", "AmMaj7"), ("C:min7/b3", "Cm7")],
)  # fmt: skip
def test_labels_of_corpora_are_read(label, printed):
    from musegen.training.chord_rows import read_label

    found = read_label(label)
    assert (found.root, found.family) == (parse_chord(printed).root, parse_chord(printed).family)
