"""The notebooks' networks as styles: their symbols, their graphs beside Keras, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.composers.notebook.codec import NoteChordCodec, NoteChordCursor
from musegen.composers.notebook.symbols import LOWEST, notebook_name, pitches_of, played_name
from musegen.composers.registry import get_composer
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import sample
from musegen.errors import CodecError, ConstraintError, DatasetError, StyleError
from musegen.files.midi import midi_bytes
from musegen.services.styles import list_styles
from musegen.services.training import runs
from musegen.services.training.check import check_files
from musegen.services.training.kinds import teaching
from musegen.styles.shelf import is_teaching
from tests.builders import piece

CHORALE = piece([(60, 0, 1), (64, 1, 2), (60, 3, 1), (62, 4, 0.5)], [(48, 0, 4), (55, 1, 1)])


def test_a_note_is_its_name_and_a_chord_its_normal_order_in_one_octave():
    assert [played_name(p) for p in ((61,), (63,), (48, 60), (56, 60, 63), (60, 64, 67, 76))] == [
        "C#4", "E-4", "C3", "8.0.3", "0.4.7"
    ]  # fmt: skip
    assert pitches_of("8.0.3") == (60, 63, 68)
    assert [pitches_of(notebook_name((pitch,))) for pitch in range(LOWEST, 128)] == [(p,) for p in range(LOWEST, 128)]
    for wrong in ("H4", "4.13", "", "C"):
        with pytest.raises(ValueError):
            pitches_of(wrong)


def test_each_onset_is_one_beat_and_what_is_unknown_is_left_out_and_said():
    codec = NoteChordCodec(("C4", "4.7", "D4"))
    adapted, messages = codec.adapt(CHORALE)
    assert [(n.onset_quarter, n.pitch) for n in adapted.tracks[0].notes] == [(0, 64), (0, 67), (1, 60), (2, 62)]
    assert [m.code for m in messages] == ["one_length", "unknown_left_out"] and messages[1].values == {"count": 1}
    assert codec.encode(CHORALE).tolist() == [1, 0, 2]
    with pytest.raises(CodecError, match="None of its notes"):
        codec.adapt(piece([(90, 0, 1)]))


def test_symbols_are_those_that_return_in_the_music():
    codec = NoteChordCodec.of_music([CHORALE, piece([(60, 0, 1), (62, 1, 1), (77, 2, 1)])])
    assert codec.symbols == ("C4", "D4")
    with pytest.raises(DatasetError, match="fewer than two"):
        NoteChordCodec.of_music([piece([(60, 0, 1), (60, 1, 1)])])


SYMBOLS = ("C4", "D4", "E-4", "8.0.3", "0.4", "7.11.2")


@given(st.lists(st.integers(0, len(SYMBOLS) - 1), min_size=1, max_size=40))
def test_the_laws_of_a_codec_hold(events):
    codec = NoteChordCodec(SYMBOLS)
    decoded = codec.decode(np.array(events))
    assert codec.encode(decoded).tolist() == events
    assert codec.normalize(decoded) == decoded
    cursor, shown = NoteChordCursor(codec.num_events, len(events)), codec.example(np.array(events)).trunk
    for event, row in zip(events, shown, strict=True):
        assert cursor.trunk().tolist() == row.tolist()
        cursor.push(event)
    assert cursor.done and cursor.share_done() == 1.0


class Uniform:
    """A network that expects everything alike."""

    def initial_states(self, batch_size):
        return [np.zeros((batch_size, 1), np.float32)]

    def advance(self, trunk, states):
        return list(states)

    def logits(self, trunk, head, states):
        return np.zeros((len(trunk), len(SYMBOLS)), np.float32)


def taken(tmp_path, **asked):
    composer, card = get_composer("notebook"), teaching()[0]
    card = replace(card, composer={"name": "notebook", "config": {"symbols": list(SYMBOLS)}})
    style = Style(card, composer, composer.open(card.composer["config"]), tmp_path)
    request = ComposeRequest(card.style_id, **({"mode": "invent", "num_bars": 4} | asked))
    plan = composer.plan(request, style)
    cursor = plan.cursor()
    sample(Uniform(), [cursor], SamplingSettings(key_strength=request.key_strength), plan.constraints, [(1, 2)])
    return plan, plan.finish(cursor)


def test_it_goes_on_from_music_and_stops_after_its_bars(tmp_path):
    seed = piece([(60, 0, 1), (62, 1, 1), (63, 2, 1)])
    plan, made = taken(tmp_path, mode="continue", primer=seed)
    notes = made.tracks[0].notes
    assert [n.pitch for n in notes if plan.is_given(0, n)] == [60, 62, 63]
    assert made.end_quarter == 16 and {n.duration_quarter for n in notes} == {1.0}
    assert "one_length" in [m.code for m in plan.messages]


def test_key_lock_and_range_hold_for_every_note_of_a_chord(tmp_path):
    _, made = taken(tmp_path, key="C minor", key_strength=1.0)
    assert {n.pitch % 12 for n in made.tracks[0].notes} <= {0, 2, 3, 5, 7, 8, 10}
    _, made = taken(tmp_path, low_pitch=60, high_pitch=64)
    assert {n.pitch for n in made.tracks[0].notes} <= {60, 62, 63, 64}
    with pytest.raises(ConstraintError, match="no note or chord in that range"):
        taken(tmp_path, low_pitch=100)


def test_it_is_offered_for_training_from_nothing_and_nowhere_else():
    files = [(f"{n}.mid", midi_bytes(piece([(60 + (n + i * 7) % 12, i, 1) for i in range(32)]))) for n in range(3)]
    files[1] = ("1.mid", midi_bytes(piece([(72 - i % 9, i, 1) for i in range(32)])))
    check = check_files(files)
    names = [card.style_id for card in teaching()]
    assert list(check.proposals[-len(names) :]) == names and not is_teaching(check.base)
    assert not any(is_teaching(card.style_id) for card in list_styles())
    own = check_files(files, names[0])
    assert own.base == names[0] and own.is_enough
    with pytest.raises(StyleError, match="let it begin from nothing"):
        runs.Trainings().begin(own, "Mine", "quick")


def test_the_exported_graphs_are_the_network(tmp_path):
    pytest.importorskip("tensorflow")
    from musegen.engine.players import open_player
    from musegen.networks.notebook import NotebookConfig, NotebookNetwork
    from musegen.training.export import export_graphs, largest_difference

    values = {"num_events": 6, "trunk_columns": [["symbol", 7, 1, ""]], "layer_units": [8, 5], "dense_units": 4}
    network = NotebookNetwork(NotebookConfig.from_config(values))
    export_graphs(network, tmp_path, quantize=False)
    assert largest_difference(network, tmp_path) < 1e-5
    player = open_player({"name": "notebook", "config": values}, tmp_path)
    assert [state.shape for state in player.initial_states(3)] == [(3, 8), (3, 8), (3, 5), (3, 5)]
    keras_config = [layer.__class__.__name__ for layer in network.sequence.layers]
    assert keras_config.count("RNN") == 2 and keras_config.count("Dropout") == 2
