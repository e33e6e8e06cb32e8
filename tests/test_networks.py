"""The recurrent network: its steps against Keras' own cells, and its three models against each other."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from musegen.networks.recurrent import ColumnEmbedding, GRUStep, LSTMStep, RecurrentConfig, RecurrentNetwork  # noqa: E402

TRUNK = (("event", 7, 4, "event"), ("before", 7, 4, "event"), ("position", 5, 3, ""))
HEAD = (("voice", 2, 2, ""), ("other", 7, 4, "event"))


def config(**changes):
    values = {
        "num_events": 7, "trunk_columns": TRUNK, "head_columns": HEAD, "num_heads": 2, "units": 6, "num_layers": 2,
        "head_units": 5, "dropout": 0.1,
    }  # fmt: skip
    return RecurrentConfig(**(values | changes))


def inputs(random, config, batch_size=3, num_frames=4):
    trunk = np.stack([random.integers(0, c[1], (batch_size, num_frames)) for c in config.trunk_columns], -1)
    shape = (batch_size, num_frames, config.num_heads)
    columns = [random.integers(0, c[1], shape) for c in config.head_columns]
    head = np.stack(columns, -1) if columns else np.zeros((*shape, 0))
    return trunk.astype("int32"), head.astype("int32")


def test_lstm_step_is_the_lstm_of_keras():
    """Keras adds its forget bias of one to the bias; ours adds it to the gate."""
    random = np.random.default_rng(0)
    ours, theirs = LSTMStep(4), keras.layers.LSTMCell(4, unit_forget_bias=True)
    x, h, c = (random.normal(size=(2, n)).astype("float32") for n in (3, 4, 4))
    theirs.build((2, 3))
    ours.build((2, 16))
    kernel, recurrent = (random.normal(size=s).astype("float32") for s in ((3, 16), (4, 16)))
    bias = np.zeros(16, "float32")
    bias[4:8] = 1.0
    theirs.set_weights([kernel, recurrent, bias])
    ours.set_weights([recurrent])
    expected = theirs(x, [h, c])[1]
    found = ours(x @ kernel, [h, c])[1]
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-6)


def test_gru_step_is_the_gru_of_keras():
    random = np.random.default_rng(1)
    ours, theirs = GRUStep(4), keras.layers.GRUCell(4, reset_after=True)
    x, h = random.normal(size=(2, 3)).astype("float32"), random.normal(size=(2, 4)).astype("float32")
    theirs.build((2, 3))
    ours.build((2, 12))
    kernel, recurrent = (random.normal(size=s).astype("float32") for s in ((3, 12), (4, 12)))
    bias = random.normal(size=(2, 12)).astype("float32")
    theirs.set_weights([kernel, recurrent, bias])
    ours.set_weights([recurrent, bias[1]])
    np.testing.assert_allclose(np.asarray(theirs(x, [h])[0]), np.asarray(ours(x @ kernel + bias[0], [h])[0]), atol=1e-6)


@pytest.mark.parametrize("changes", [{}, {"cell": "gru"}, {"head_layers": 2}, {"output": "tied", "tied_table": "event"},
                                     {"head_columns": (), "num_heads": 1, "num_layers": 1}])  # fmt: skip
def test_one_frame_at_a_time_gives_what_the_sequence_gives(changes):
    settings = config(**changes)
    network, random = RecurrentNetwork(settings), np.random.default_rng(2)
    trunk, head = inputs(random, settings)
    expected = np.asarray(network.sequence([trunk, head], training=False))
    assert expected.shape == (3, 4, settings.num_heads, 7)
    states = [np.zeros((3, settings.units), "float32")] * settings.num_states
    for t in range(4):
        advanced = network.advance([trunk[:, t], *states])
        states = [np.asarray(s) for s in (advanced if isinstance(advanced, list | tuple) else [advanced])]
        for k in range(settings.num_heads):
            given = [trunk[:, t], states[network.hidden_index]] + ([head[:, t, k]] if settings.head_columns else [])
            np.testing.assert_allclose(np.asarray(network.logits(given)), expected[:, t, k], atol=2e-6)


def test_nothing_later_changes_what_is_said_earlier():
    settings = config()
    network, random = RecurrentNetwork(settings), np.random.default_rng(3)
    trunk, head = inputs(random, settings)
    other = trunk.copy()
    other[:, 2:] = 0
    before = np.asarray(network.sequence([trunk, head], training=False))[:, :2]
    np.testing.assert_allclose(np.asarray(network.sequence([other, head], training=False))[:, :2], before, atol=1e-6)


def test_columns_of_one_table_share_it():
    layer = ColumnEmbedding(TRUNK)
    layer.build((None, 3))
    assert sorted(layer.tables) == ["event", "position"]
    found = np.asarray(layer(np.array([[2, 2, 1]], "int32")))
    assert found.shape == (1, 11)
    assert (found[0, :4] == found[0, 4:8]).all()


def test_wrong_words_are_refused():
    with pytest.raises(ValueError, match="cell must be one of lstm, gru, got 'rnn'"):
        config(cell="rnn")
    with pytest.raises(ValueError, match="output must be one of"):
        config(output="bound")
    with pytest.raises(ValueError, match="is no trunk table of 7 rows"):
        RecurrentNetwork(config(output="tied", tied_table="position"))
    with pytest.raises(TypeError):
        RecurrentConfig.from_config({"num_events": 3, "trunk_columns": TRUNK, "colour": "red"})


def test_config_survives_json():
    import json

    settings = config()
    assert RecurrentConfig.from_config(json.loads(json.dumps(settings.to_config()))) == settings


def test_shifted_parts_of_the_logits_move_with_the_column():
    config = RecurrentConfig(
        num_events=20,
        trunk_columns=(("a", 5, 4, ""),),
        head_columns=(("question", 2, 3, ""), ("last", 9, 2, ""), ("root", 5, 2, "")),
        units=8,
        num_layers=1,
        head_units=8,
        shifts=(("last", 3, 8, 16), ("root", 3, 8, 4)),
    )
    layer = RecurrentNetwork(config).shifted
    hidden = np.random.default_rng(1).normal(size=(2, 8)).astype(np.float32)
    head = np.array([[0, 3, 2], [1, 0, 4]], np.int32)
    expected = np.zeros((2, 20))
    for (column, first, count, period), part in zip(layer.shifts, layer.parts, strict=True):
        numbers = np.asarray(part(hidden))
        for row, value in enumerate(head[:, column].tolist()):
            if value:
                for i in range(count):
                    expected[row, first + i] += numbers[row, (i - value + 1) % period]
    np.testing.assert_allclose(np.asarray(layer(hidden, head)), expected, atol=1e-5)
    assert not expected[:, :3].any()
