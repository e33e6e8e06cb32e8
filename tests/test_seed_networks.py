"""The seeds' own networks: their symbols, their likelihoods worked out by hand, and a training of a few steps."""

import itertools

import numpy as np
import pytest

from benchmarks.seed_chopin import Spelling, escapes
from benchmarks.seed_piano import likelihood, note_table, notes_of_answers, velocity_nats
from musegen.composers.notebook.symbols import (
    ESCAPE,
    NoteChordVocabulary,
    exact_name,
    normal_order,
    notebook_name,
    onset_sets,
)
from musegen.composers.performance.grid import DURATION_MS, END, LOW_PITCH, PEDAL_DOWN, PEDAL_UP, STEP_MS
from musegen.evaluation.regression_nll import CountedOutcomes, LaplaceOutcomes, nll
from musegen.music.performance import Performance
from tests.builders import piece, track

# --- symbols -------------------------------------------------------------------------------------------------------


def test_what_begins_together_is_one_symbol():
    music = piece([(60, 0, 1), (64, 0, 2), (67, 1, 1)], [(48, 0, 1), (67, 1, 1), (50, 1.01, 1)])
    drums = track([(36, 0.5, 1)], is_drum=True)
    assert onset_sets(music) == [(48, 60, 64), (50, 67)]  # a hundredth of a quarter later is together
    assert onset_sets(piece(drums)) == []


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((60,), "C4"),
        ((61,), "C#4"),
        ((63,), "E-4"),
        ((21,), "A0"),
        ((108,), "C8"),
        ((60, 64, 67), "0.4.7"),
        ((64, 67, 72), "0.4.7"),  # an inversion
        ((56, 60, 63), "8.0.3"),
        ((48, 60), "0"),  # an octave is one pitch class
        ((55, 59, 62, 65), "11.2.5.7"),  # a dominant seventh: 11 2 5 7 spans 8, all other rotations more
        ((60, 63, 66, 69), "0.3.6.9"),  # all rotations are alike: the lowest number first
        ((60, 61, 63, 67, 68), "0.1.3.7.8"),  # packed to the left of two equally wide rotations
    ],
)
def test_the_names_of_the_notebook(pitches, name):
    assert notebook_name(pitches) == name


def test_names_are_those_of_music21():
    from music21 import chord, pitch

    random = np.random.default_rng(0)
    for _ in range(150):
        pitches = tuple(sorted(random.choice(np.arange(30, 90), random.integers(2, 8), replace=False).tolist()))
        assert list(normal_order(pitches)) == chord.Chord(list(pitches)).normalOrder
    assert [notebook_name((p,)) for p in range(21, 109)] == [str(pitch.Pitch(p)) for p in range(21, 109)]


def test_every_set_of_pitch_classes_has_one_normal_order():
    for size in range(1, 13):
        for classes in itertools.combinations(range(12), size):
            found = normal_order(classes)
            assert sorted(found) == list(classes)
            assert normal_order([(c + 5) % 12 + 48 for c in classes][::-1]) in {
                tuple((c + 5) % 12 for c in rotation) for rotation in (found[i:] + found[:i] for i in range(len(found)))
            }


def test_the_vocabulary_keeps_what_is_frequent():
    sequence = [(60,), (60, 64), (60,), (48, 64), (60, 64)]
    exact = NoteChordVocabulary.of([sequence], "exact", 2)
    assert exact.names == ("60", "60.64") and len(exact) == 4
    assert exact.encode(sequence).tolist() == [2, 3, 2, ESCAPE, 3]
    assert escapes([sequence], exact) == [(48, 64)]
    notebook = NoteChordVocabulary.of([sequence], "notebook", 2)
    assert notebook.names == ("0.4", "C4")
    assert notebook.encode(sequence).tolist() == [3, 2, 3, 2, 2]  # octaves are not told apart
    assert exact_name((48, 64)) == "48.64"
    assert len(NoteChordVocabulary.of([sequence])) == 2  # nothing comes a hundred times


def test_the_escape_costs_its_pitches_and_sums_to_one():
    spelling = Spelling([(40, 50), (40, 52), (41,)], [(40, 50)])
    assert spelling.nats((40, 50)) < spelling.nats((40, 51)) < spelling.nats((80, 90, 100))
    keys = range(LOW_PITCH, LOW_PITCH + 88)
    one = sum(np.exp(-spelling.nats((p,))) for p in keys)
    several = sum(np.exp(-spelling.nats((p, q))) for p in keys for q in keys if q > p)
    assert 0.2 < one < one + several < 1.0


# --- likelihoods of numbers ----------------------------------------------------------------------------------------

EDGES = np.array([1.0, 3.0, 10.0])


def test_laplace_classes_by_hand():
    model = LaplaceOutcomes(np.array([]), np.array([2.0]), EDGES)
    predicted = np.array([3.0])
    below, above = 0.5 * np.exp(-1.0), 0.5 * np.exp(-3.5)
    expected = np.array([[below, 0.5 - below, 0.5 - above, above]])
    assert model.probabilities(predicted, np.zeros(1)) == pytest.approx(expected, abs=2e-6)
    # 7 have passed: of what is left, 7 to 8, 8 to 10, 10 to 17 and more
    tail = np.exp(-(np.array([7.0, 8.0, 10.0, 17.0]) - 3.0) / 2)
    expected = np.append(-np.diff(tail), tail[-1]) / tail[0]
    assert model.probabilities(predicted, np.array([7.0]))[0] == pytest.approx(expected, abs=2e-6)


def test_every_likelihood_sums_to_one():
    random = np.random.default_rng(1)
    predicted, actual = random.gamma(1.0, 5.0, 400), random.gamma(1.0, 5.0, 400)
    waited = np.where(random.random(400) < 0.3, random.gamma(1.0, 3.0, 400), 0.0)
    laplace = LaplaceOutcomes.fit(predicted, actual, EDGES, 4)
    counted = CountedOutcomes.fit(predicted, waited, random.integers(0, 4, 400), 4, 4)
    far = np.array([-1e3, 0.0, 1e6])
    for model in (laplace, counted):
        for said, passed in ((predicted, waited), (far, np.array([0.0, 5e4, 1e7]))):
            probabilities = model.probabilities(said, passed)
            assert probabilities.sum(1) == pytest.approx(1.0) and (probabilities > 0).all()


def test_scales_are_mean_errors_of_their_bin():
    predicted = np.array([0.0, 0.0, 10.0, 10.0])
    model = LaplaceOutcomes.fit(predicted, np.array([2.0, 4.0, 10.0, 10.0]), EDGES, 2)
    assert model.scales.tolist() == [3.0, 1.0]  # none is below half a class


def test_counted_outcomes_by_hand():
    predicted = np.array([1.0, 1.0, 1.0, 9.0])
    outcome = np.array([0, 0, 1, 1])
    model = CountedOutcomes.fit(predicted, np.zeros(4), outcome, 2, 2)
    low, high = model.probabilities(np.array([1.0, 9.0]), np.zeros(2))
    assert low == pytest.approx([(2 + 10) / 23, (1 + 10) / 23])  # twenty of the common halves besides its own
    assert high == pytest.approx([10 / 21, 11 / 21])
    assert model.probabilities(np.array([9.0]), np.array([0.5]))[0] == pytest.approx([0.5, 0.5])  # never seen waiting
    assert nll(np.array([[0.25, 0.75]]), np.array([0])) == pytest.approx([np.log(4)])


# --- notes of performances -----------------------------------------------------------------------------------------


def _row(step_ms, what, duration_ms=None, velocity=0):
    step = int(np.flatnonzero(step_ms == STEP_MS)[0])
    if duration_ms is None:
        return [step, what, -1, -1]
    return [step, what, int(np.flatnonzero(duration_ms == DURATION_MS)[0]), velocity]


LONG = float(DURATION_MS[20])


def test_notes_of_answers_know_how_long_nothing_came():
    shortest = float(DURATION_MS[0])
    rows = [_row(0, PEDAL_DOWN), _row(10, 39, shortest, 3), _row(30, 43, LONG, 3), _row(20, PEDAL_UP),
            _row(50, PEDAL_DOWN), _row(10, 46, shortest, 4), _row(0, END)]  # fmt: skip
    notes, waited = notes_of_answers(np.array(rows))
    assert notes[:, 0].tolist() == [60, 64, 67]
    assert notes[:, 1] == pytest.approx([0.0, 0.03, 0.08])
    assert notes[:, 2] == pytest.approx([shortest / 1000, LONG / 1000, shortest / 1000])
    assert waited.tolist() == [0.0, 0.0, 70.0]


def test_note_tables_are_in_seconds():
    played = Performance(
        np.array([100.0, 600.0]), np.array([250.0, 400.0]), np.array([60, 62]), np.array([80, 80]),
        np.array([[0.0, 550.0]]),
    )  # fmt: skip
    assert note_table(played) == pytest.approx(np.array([[60, 0.0, 0.25], [62, 0.5, 0.4]]))


def _side(random, count):
    rows = [[int(random.integers(0, 20)), int(random.integers(0, 88)), int(random.integers(0, 56)), 5]
            for _ in range(count)]  # fmt: skip
    return np.array([*rows, [0, END, -1, -1]], np.int16)


def test_a_network_that_knows_costs_less_than_one_that_guesses():
    random = np.random.default_rng(0)
    sides = {name: [_side(random, 300)] for name in ("valid", "test")}
    flat = np.full((300, 128), -np.log(128))

    def told(side):
        notes = notes_of_answers(side[0])[0]
        return [{"pitch": flat, "step": notes[:, 1], "duration": notes[:, 2]}]

    knows = likelihood(sides, {name: told(side) for name, side in sides.items()})
    guess = [{"pitch": flat, "step": np.full(300, 0.1), "duration": np.full(300, 0.1)}]
    guesses = likelihood(sides, {"valid": guess, "test": guess})
    assert knows["pitch"] == guesses["pitch"] == pytest.approx(np.log(128))
    assert knows["notes"] == 300
    for name in ("step", "duration"):
        assert knows[name] < guesses[name] - 0.5
        assert knows[f"{name}_laplace"] < guesses[f"{name}_laplace"]


def test_velocities_are_counted():
    train = [np.array([[0, 10, 3, 7], [0, 11, 3, 7], [0, END, -1, -1]])]
    assert velocity_nats(train, train) == pytest.approx(-np.log(3 / 34))  # 32 velocities, one added to each


# --- training ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    """What two tiny networks of each kind do, learning from the last place of a window or from every one."""
    pytest.importorskip("keras")
    from musegen.baselines import training as seeds
    from musegen.baselines.note_chord_lstm import build_note_chord_lstm
    from musegen.baselines.note_heads_lstm import build_note_heads_lstm, mse_with_positive_pressure

    result = {}
    windows = seeds.Windows([np.arange(1, 4), np.arange(10, 12)], 2)
    result["windows"] = windows.at(np.arange(len(windows))).tolist()
    loss = mse_with_positive_pressure(np.array([[1.0], [1.0]]), np.array([[3.0], [-1.0]]))
    result["loss"] = [float(value) for value in loss]
    cycle = np.tile(np.arange(2, 6), 12).astype(np.int32)
    notes = np.column_stack([np.tile([60, 64, 67], 15), np.full(45, 0.5), np.full(45, 0.25)]).astype(np.float32)
    for every in (False, True):
        model = seeds.seeded(build_note_chord_lstm, 0, num_symbols=6, every_step=every, units=(8, 8, 8))
        fitted = seeds.fit_note_chord(model, [cycle], [cycle], seeds.Budget(8, 8, 2))
        nats = seeds.score_symbols(model, cycle)
        result["chord", every] = {"history": fitted.history, "nats": nats, "shape": model.outputs[0].shape}
        model = seeds.seeded(build_note_heads_lstm, 0, every_step=every, units=8)
        before = seeds.predict_notes(model, notes)
        fitted = seeds.fit_note_heads(model, [notes], [notes], seeds.Budget(8, 15, 2))
        result["heads", every] = {"before": before, "after": seeds.predict_notes(model, notes), "fitted": fitted}
    return result


def test_windows_stay_within_a_piece(trained):
    assert trained["windows"] == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [0, 0, 10], [0, 10, 11]]


def test_the_loss_of_the_tutorial(trained):
    assert trained["loss"] == [4.0, 14.0]  # (1 - 3)^2, and (1 + 1)^2 + 10


@pytest.mark.parametrize("every", [False, True])
def test_the_notebooks_network_learns(trained, every):
    own = trained["chord", every]
    assert own["shape"] == ((None, None, 6) if every else (None, 6))
    assert own["nats"].shape == (48,)
    assert own["nats"].mean() == pytest.approx(min(own["history"]), abs=1e-3)  # the best weights were kept
    assert own["nats"].mean() < np.log(6) - 0.1


@pytest.mark.parametrize("every", [False, True])
def test_the_tutorials_network_learns(trained, every):
    own = trained["heads", every]
    before, after = own["before"], own["after"]
    assert np.exp(after["pitch"]).sum(1) == pytest.approx(np.ones(45)) and after["step"].shape == (45,)
    assert own["fitted"].best_step > 0 and own["fitted"].steps == 30
    for name, truth in (("step", 0.5), ("duration", 0.25)):
        assert np.abs(after[name][25:] - truth).mean() < np.abs(before[name][25:] - truth).mean()
