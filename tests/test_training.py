"""Training: a real run of a tiny network on tiny music, killed and gone on with, exported and played."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("keras")

from musegen.composers.chorale.grid import HOLD, VOICE_RANGES, ChoraleGrid, pitch_event  # noqa: E402
from musegen.composers.chorale.reading import HEAD_COLUMNS, TRUNK_COLUMNS, read_example  # noqa: E402
from musegen.composers.chorale.source import ChoraleSource, transpose_example  # noqa: E402
from musegen.networks.recurrent import RecurrentConfig, RecurrentNetwork  # noqa: E402
from musegen.training import fit as fitting  # noqa: E402
from musegen.training.batches import pad, padded_batches, training_batch  # noqa: E402
from musegen.training.config import TrainConfig  # noqa: E402
from musegen.training.fit import WarmupCosine, fit, load_weights, total_nll  # noqa: E402


def chorale(shift=0, num_beats=6):
    """A triad in four voices, struck every quarter, the soprano going up and down by steps."""
    voices = np.full((num_beats * 4, 4), HOLD, np.int16)
    for beat in range(num_beats):
        soprano = 72 + (0, 2, 4, 2)[beat % 4] + shift
        voices[beat * 4] = [pitch_event(p) for p in (soprano, 64 + shift, 60 + shift, 48 + shift)]
    return ChoraleGrid(voices, np.zeros(len(voices), bool), 0, 0, 1)


@pytest.fixture
def source():
    return ChoraleSource([chorale(), chorale(2)], [chorale(1)], VOICE_RANGES)


def network_config():
    def columns(all_columns):
        return tuple((c.name, c.size, 2, c.table) for c in all_columns)

    return RecurrentConfig(48, columns(TRUNK_COLUMNS), columns(HEAD_COLUMNS), 4, units=8, head_units=8, dropout=0.0)


TINY = TrainConfig(batch_size=4, crop_frames=16, steps_per_epoch=3, num_epochs=3, learning_rate=0.02, warmup_steps=2,
                   ema_momentum=0.5, random_seed=3, jit_compile=False)  # fmt: skip


def test_a_transposed_example_is_the_example_of_the_transposed_music():
    for known in (False, True):
        moved = transpose_example(read_example(chorale(), known=known), 2)
        grid = chorale(2)
        expected = read_example(ChoraleGrid(grid.voices, grid.fermata, 0, 0, 5), known=known)
        assert (moved.trunk == expected.trunk).all()
        assert (moved.head == expected.head).all()
        assert (moved.target == expected.target).all()


def test_drawn_examples_stay_in_range_and_given_voices_do_not_count(source):
    random, weights = np.random.default_rng(0), set()
    for _ in range(100):
        example = source.draw(random, 16)
        assert 1 <= len(example.target) <= 16
        assert example.target.min() >= 0
        assert example.target.max() < 48
        weights.add(tuple(example.weight[0]))
    assert (1, 1, 1, 1) in weights
    assert (0, 1, 1, 1) in weights


def test_batches_are_the_same_for_the_same_seed_and_padding_does_not_count(source):
    first, second = (training_batch(source, (1, 2, 3), 4, 16) for _ in range(2))
    assert all((getattr(first, n) == getattr(second, n)).all() for n in ("trunk", "head", "target", "weight"))
    short = read_example(chorale(num_beats=2), known=False)
    batch = pad([short], 16)
    assert batch.weight.sum() == 8 * 4
    whole = padded_batches([short, short, short], 2, multiple=8)
    assert [b.trunk.shape[:2] for b in whole] == [(2, 8), (2, 8)]
    assert sum(b.weight.sum() for b in whole) == 3 * 8 * 4


def test_learning_rate_rises_and_falls():
    schedule = WarmupCosine(1.0, 10, 100)
    rates = [float(schedule(step)) for step in (0, 9, 50, 100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[1] == pytest.approx(0.5 * (1 + np.cos(np.pi * 0.09)), rel=1e-5)
    assert rates[2] == pytest.approx(0.5, rel=1e-5)
    assert rates[3] == pytest.approx(0.0, abs=1e-6)


def test_a_run_learns_and_goes_on_exactly_where_it_was_stopped(tmp_path, source):
    whole = fit(tmp_path / "whole", network_config(), TINY, source)
    assert whole.num_epochs == 3
    history = [json.loads(line) for line in (tmp_path / "whole" / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in history] == [1, 2, 3]
    assert history[-1]["train_nll"] < history[0]["train_nll"]

    class Stop(Exception):
        pass

    class Stopping:
        """Breaks off in the middle of the second epoch, as a kill would."""

        calls = 0

        def draw(self, random, num_frames):
            self.calls += 1
            if self.calls > 4 * 3 + 5:
                raise Stop
            return source.draw(random, num_frames)

        def validation(self):
            return source.validation()

    with pytest.raises(Stop):
        fit(tmp_path / "cut", network_config(), TINY, Stopping())
    fit(tmp_path / "cut", network_config(), TINY, source)
    again = [json.loads(line) for line in (tmp_path / "cut" / "history.jsonl").read_text().splitlines()]
    for a, b in zip(history, again, strict=True):
        assert a["valid_nll"] == pytest.approx(b["valid_nll"], abs=2e-4)
        assert a["train_nll"] == pytest.approx(b["train_nll"], abs=2e-4)


@pytest.mark.parametrize("cut", ["saving.weights.h5", "saving.tmp"])
def test_a_kill_amid_saving_loses_no_round_that_was_finished_before(tmp_path, source, monkeypatch, cut):
    class Killed(BaseException):
        pass

    replace_file, saves = Path.replace, []

    def replace_or_die(path, target):
        saves.append(path.name)
        if path.name == cut and saves.count(cut) == 2:  # of the second round
            raise Killed
        return replace_file(path, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    with pytest.raises(Killed):
        fit(tmp_path, network_config(), TINY, source)
    before = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert fit(tmp_path, network_config(), TINY, source).num_epochs == 3
    after = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert after[0] == before[0] and [line["epoch"] for line in after] == [1, 2, 3]
    assert len(before) == 1  # what is seen of a round is kept already


def test_a_kill_between_a_state_and_its_line_leaves_no_hole_in_the_history(tmp_path, source):
    fit(tmp_path, network_config(), TINY, source)
    path = tmp_path / "history.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n")
    fit(tmp_path, network_config(), TINY, source)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [json.loads(line) for line in lines]


def test_a_damaged_state_falls_back_to_the_one_before(tmp_path, source):
    fit(tmp_path, network_config(), TINY, source)
    newest = sorted(tmp_path.glob("state-*.weights.h5"))[-1]
    newest.write_bytes(newest.read_bytes()[:100])
    result = fit(tmp_path, network_config(), TINY, source)
    assert result.num_epochs == 3
    epochs = [json.loads(line)["epoch"] for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert epochs == [1, 2, 3]


def test_other_settings_are_refused(tmp_path, source):
    fit(tmp_path, network_config(), TINY, source, time_limit_seconds=-1)
    with pytest.raises(ValueError, match="other settings"):
        fit(tmp_path, network_config(), TrainConfig(batch_size=5, jit_compile=False), source)


def test_what_is_measured_before_the_first_round_takes_nothing_of_the_time_to_learn(tmp_path, source, monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(fitting, "time", clock)

    class Slow(fitting.Watch):
        def averaged(self, network, epoch):
            clock.now += 100.0

    result = fit(tmp_path, network_config(), replace(TINY, validate_first=True), source, time_limit_seconds=60,
                 watch=Slow())  # fmt: skip
    assert (result.num_epochs, result.reason) == (1, fitting.TIME_LIMIT)


def test_export_plays_what_was_trained(tmp_path, source):
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("exporting needs TensorFlow")
    from musegen.engine.loop import score
    from musegen.engine.players.recurrent import RecurrentPlayer
    from musegen.training.export import export_run

    fit(tmp_path / "run", network_config(), TINY, source)
    result = export_run(tmp_path / "run", tmp_path / "style", network_config())
    assert result.max_logit_difference < 1e-4
    network = RecurrentNetwork(network_config())
    load_weights(network, tmp_path / "style" / "weights.npz")
    examples = source.validation()
    nats, count = total_nll(network.sequence, padded_batches(examples, 1, multiple=8))
    played = score(RecurrentPlayer(tmp_path / "run" / "float32", network.hidden_index), examples)
    assert count == played[0].size
    assert played[0].sum() == pytest.approx(nats, rel=1e-4)
