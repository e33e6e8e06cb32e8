"""Notes in seconds, as the tutorial on MAESTRO has them: codec, loss, graphs, and how they are composed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.composers.registry import get_composer
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.composers.timed_notes.codec import (
    FIRST_DURATION,
    FIRST_STEP,
    NUM_EVENTS,
    NUM_TIMES,
    TimedNotesCodec,
    TimedNotesCursor,
)
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import sample
from musegen.errors import CodecError, ConstraintError
from musegen.music import Tempo
from musegen.services.training.kinds import teaching
from tests.builders import piece

CODEC = TimedNotesCodec()


def at(qpm, music):
    return replace(music, tempos=(Tempo(0.0, qpm),))


def test_a_note_is_its_pitch_its_step_and_its_duration_in_seconds():
    music = at(60, piece([(64, 1, 0.5), (60, 1, 1), (67, 1.253, 0.25)], [(60, 1, 2)]))  # 1 quarter is 1 s
    assert CODEC.encode(music).reshape(-1, 3).tolist() == [
        [60, FIRST_STEP, FIRST_DURATION + 99],
        [64, FIRST_STEP, FIRST_DURATION + 49],
        [67, FIRST_STEP + 25, FIRST_DURATION + 24],
    ]
    example = CODEC.example(CODEC.encode(music))
    assert example.trunk.tolist() == [[0, 0, 0], [60, 0, 100], [64, 0, 50]]
    assert example.head[0, :, 0].tolist() == [0, 1, 2]


def test_rounding_does_not_add_up_and_what_is_too_long_is_shortened_and_said():
    steady = at(60, piece([(60 + n % 2, n * 0.254, 0.1) for n in range(100)]))
    steps = CODEC.encode(steady).reshape(-1, 3)[:, 1] - FIRST_STEP
    assert steps.sum() == round(99 * 25.4) and set(steps[1:].tolist()) == {25, 26}
    adapted, messages = CODEC.adapt(at(60, piece([(60, 0, 5), (62, 9, 1), (64, 9.5, 1)])))
    assert [m.code for m in messages] == ["times_shortened"] and messages[0].values["count"] == 2
    onsets = [n.onset_quarter * 0.48 for n in adapted.tracks[0].notes]
    assert onsets == pytest.approx([0, 2.99, 3.49])
    with pytest.raises(CodecError, match="no pitched notes"):
        CODEC.adapt(piece([]))


@st.composite
def played(draw):
    """Any events that a cursor takes."""
    cursor = TimedNotesCursor()
    for _ in range(3 * draw(st.integers(1, 12))):
        cursor.push(int(draw(st.sampled_from(np.flatnonzero(cursor.allowed()).tolist()))))
    return cursor.events


@given(played())
def test_the_laws_of_a_codec_hold(events):
    decoded = CODEC.decode(events)
    assert CODEC.encode(decoded).tolist() == events.tolist()
    assert CODEC.normalize(decoded) == decoded and CODEC.adapt(decoded)[1] == ()
    cursor, example = TimedNotesCursor(), CODEC.example(events)
    for note in range(len(events) // 3):
        assert cursor.trunk().tolist() == example.trunk[note].tolist()
        for head in range(3):
            assert cursor.head().tolist() == example.head[note, head].tolist()
            cursor.push(int(events[3 * note + head]))


@given(st.lists(st.integers(0, NUM_EVENTS - 1), max_size=9))
def test_any_numbers_are_music_or_refused(events):
    try:
        made = CODEC.decode(np.array(events, int))
    except CodecError as error:
        assert str(error).endswith(".")
        return
    assert CODEC.encode(made).tolist() == events


class Even:
    """A network that expects all pitches alike and times around a quarter and half a second."""

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 1), np.float32)]

    def advance(self, trunk, states):
        return list(states)

    def logits(self, trunk, head, states):
        times = np.arange(NUM_TIMES) / 100
        row = np.concatenate([np.zeros(128), -20 * (times - 0.25) ** 2, -20 * (times + 0.01 - 0.5) ** 2])
        return np.repeat(row[None], len(trunk), axis=0).astype(np.float32)


def taken(tmp_path, network=None, **asked):
    card = next(card for card in teaching() if card.composer["name"] == "timed_notes")
    composer = get_composer("timed_notes")
    style = Style(card, composer, composer.open({}), tmp_path)
    request = ComposeRequest(card.style_id, **({"mode": "invent", "num_bars": None, "seconds": 8.0} | asked))
    plan = composer.plan(request, style)
    cursor = plan.cursor()
    settings = SamplingSettings(key_strength=request.key_strength, temperature=request.temperature)
    sample(network or Even(), [cursor], settings, plan.constraints, [(1, 2)])
    return plan, cursor, plan.finish(cursor)


def test_pitches_are_drawn_and_times_are_those_expected_at_any_temperature(tmp_path):
    _, cursor, made = taken(tmp_path, temperature=2.0)
    rows = cursor.rows
    assert set(rows[1:, 1].tolist()) == {25} and set(rows[:, 2].tolist()) == {49}
    assert len(set(rows[:, 0].tolist())) > 10
    assert made.num_notes == 32  # 8 s, four a second; the note at 8 s is beyond the end


def test_a_network_that_lets_no_time_pass_ends_all_the_same(tmp_path):
    class Hasty(Even):
        def logits(self, trunk, head, states):
            row = np.zeros(NUM_EVENTS, np.float32)
            row[127] = row[FIRST_STEP] = row[FIRST_DURATION] = 50.0
            return np.repeat(row[None], len(trunk), axis=0)

    _, cursor, made = taken(tmp_path, Hasty(), seconds=2.0)
    assert len(cursor.rows) == 80 and made.num_notes <= 80


def test_it_goes_on_from_music_whose_notes_stay_as_they_are(tmp_path):
    seed = at(120, piece([(60 + n % 5, n, 1) for n in range(8)]))
    plan, _, made = taken(tmp_path, mode="continue", primer=seed, num_bars=8, seconds=None)
    given_notes = [(n.pitch, n.onset_quarter) for n in made.tracks[0].notes if plan.is_given(0, n)]
    assert given_notes == [(60 + n % 5, n) for n in range(8)]
    fresh = made.num_notes - 8
    assert 40 <= fresh <= 52  # from 3.75 to 16 s
    assert [m.code for m in plan.remarks()] == ["sheet_estimated"]


def test_range_and_key_hold_for_pitches(tmp_path):
    _, _, made = taken(tmp_path, key="D minor", key_strength=1.0, low_pitch=50, high_pitch=70)
    assert {n.pitch % 12 for n in made.tracks[0].notes} <= {2, 4, 5, 7, 9, 10, 0}
    assert all(50 <= n.pitch <= 70 for n in made.tracks[0].notes)
    with pytest.raises(ConstraintError):
        taken(tmp_path, meter="7/8")


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("tensorflow")
    from musegen.training.kinds import get_kind

    kind = get_kind("timed_notes")
    return kind.build(kind.configure(CODEC, {"units": 8}, 0.0))


def test_the_loss_is_twenty_times_that_of_the_tutorial_and_a_constant(network):
    import keras

    from musegen.baselines.note_heads_lstm import mse_with_positive_pressure

    said = np.random.default_rng(0).normal(0.1, 0.2, (2, 3, 130)).astype(np.float32)  # times below 0 among them
    grid = network.config.times
    logits = np.full((2, 3, 3, NUM_EVENTS), -1e9, np.float32)
    logits[:, :, 0, :128] = said[..., :128]
    for head, first in ((1, FIRST_STEP), (2, FIRST_DURATION)):
        logits[:, :, head, first : first + NUM_TIMES] = -20 * (said[..., 127 + head, None] - grid[head - 1]) ** 2
    rows = np.random.default_rng(1).integers(0, 120, (2, 3, 3))
    found = np.asarray(network.loss.call(rows + [0, FIRST_STEP, FIRST_DURATION], logits))
    entropy = keras.losses.sparse_categorical_crossentropy(rows[..., 0], said[..., :128], from_logits=True)
    np.testing.assert_allclose(found[..., 0], np.asarray(entropy), rtol=1e-5)
    for head in (1, 2):
        true = grid[head - 1][rows[..., head]][..., None]
        tutorial = np.asarray(mse_with_positive_pressure(true, said[..., 127 + head, None]))
        constant = np.log(np.sqrt(np.pi / 20) / 0.01)  # of a normal distribution in classes of 10 ms
        np.testing.assert_allclose(found[..., head], 20 * tutorial + constant, rtol=1e-3, atol=2e-3)


def test_the_exported_graphs_are_the_network_and_answer_what_is_asked(network, tmp_path):
    from musegen.engine.players import open_player
    from musegen.training.export import export_graphs, largest_difference

    export_graphs(network, tmp_path, quantize=False)
    assert largest_difference(network, tmp_path) < 1e-4
    player = open_player({"name": "timed_notes", "config": network.config.to_config()}, tmp_path)
    states = player.advance(np.array([[60, 25, 50]]), player.initial_states(1))
    for head, (first, stop) in enumerate(((0, 128), (128, 428), (428, 728))):
        logits = player.logits(np.array([[60, 25, 50]]), np.array([[head]]), states)[0]
        assert np.flatnonzero(logits > -1e8).tolist() == list(range(first, stop))
