"""The polyphonic benchmark's table, what is kept of it, its command and its samples."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from musegen.cli.command_line import main
from musegen.errors import DatasetError
from musegen.evaluation.polyphony.shelf import Kept, shipped
from musegen.evaluation.polyphony.systems import (
    AUTOREGRESSIVE,
    COUNTED,
    ESTIMATED,
    FAMILIES,
    INDEPENDENT,
    OPENING,
    PUBLISHED_FIGURES,
    SYSTEMS,
)
from musegen.evaluation.polyphony.table import Measured, as_csv, as_markdown, rows_of
from musegen.services.judging import polyphony

FOUND = [
    Measured("jsb", "markov", 10.4, 10.5),
    Measured("jsb", "lstm", 8.5, 8.4, 0, num_weights=1234, cpu_seconds=90.0, steps=5, history=(9.0, 8.5)),
    Measured("jsb", "lstm", 8.7, 8.6, 1, num_weights=1234, cpu_seconds=30.0),
    Measured("jsb", "lstm-nade", 6.2, 6.1),
    Measured("jsb", "rnn-rbm", 6.5, 6.4, spread=0.02),
    Measured("muse", "lstm", 1.0, 1.0),
]


def test_each_family_has_a_column_of_its_own():
    rows = rows_of("jsb", FOUND)
    table = [line.split("|")[1:-1] for line in as_markdown("JSB", rows).splitlines() if line.startswith("| ")][1:]
    assert len(table) == len(rows)
    for row, cells in zip(rows, table, strict=True):
        filled = [bool(cell.strip()) for cell in cells[2:5]]
        assert filled == [row.family == family for family in (INDEPENDENT, AUTOREGRESSIVE, ESTIMATED)]
    assert [row.family for row in rows] == sorted((row.family for row in rows), key=list(FAMILIES).index)
    read = list(csv.DictReader(io.StringIO(as_csv({"jsb": rows}))))
    assert [sum(bool(line[f"test_{family}"]) for family in FAMILIES) for line in read] == [1] * len(rows)


def test_seeds_are_averaged_and_other_data_sets_left_out():
    row = next(row for row in rows_of("jsb", FOUND) if row.title == "LSTM" and row.kind == "ours")
    assert (row.test, row.valid, row.seeds, row.cpu_seconds) == pytest.approx((8.5, 8.6, 2, 60.0))
    assert row.deviation == pytest.approx(0.1 * 2**0.5)
    assert row.num_weights == 1234
    estimate = next(row for row in rows_of("jsb", FOUND) if row.family == ESTIMATED and row.kind == "ours")
    assert "6.40 (standard error 0.02)" in as_markdown("JSB", [estimate])


def test_every_published_figure_names_its_source():
    assert all(each.source and each.doubts and each.family in FAMILIES for each in PUBLISHED_FIGURES)
    biaxial = next(each for each in PUBLISHED_FIGURES if each.title == "Biaxial LSTM")
    assert [biaxial.of(name) for name in ("jsb", "nottingham", "piano-midi", "muse")] == [5.05, 1.55, 4.90, 3.90]


def test_a_chart_shows_one_family():
    rows = rows_of("jsb", FOUND)
    figure = polyphony.chart_of(rows, ESTIMATED, {"floor": "f", "ours": "o", "published": "p"}, "nats")
    assert sum(len(bar["x"]) for bar in figure["data"]) == sum(row.family == ESTIMATED for row in rows)


def test_what_is_kept_is_read_again(tmp_path):
    kept = Kept(tmp_path / "new")
    assert kept.figures() == []
    assert kept.samples() == {}
    assert kept.weights("jsb", "lstm", 0) is None
    for each in FOUND:
        kept.keep_figure(each)
    kept.keep_figure(replace(FOUND[1], test=8.0))
    assert sorted(kept.figures(), key=repr) == sorted([FOUND[0], replace(FOUND[1], test=8.0), *FOUND[2:]], key=repr)
    weights = [np.array([[1.5, -2.0]], np.float32), np.zeros(3, np.float32)]
    returned = kept.keep_weights("jsb", "lstm", 0, weights)
    for read in (returned, kept.weights("jsb", "lstm", 0)):
        assert [each.tolist() for each in read] == [each.tolist() for each in weights]
    roll = np.zeros((2, 88), np.uint8)
    roll[1, [3, 5]] = 1
    kept.keep_sample("jsb", "lstm", roll)
    assert kept.samples() == {"jsb": {"lstm": [[], [3, 5]]}}
    assert not list((tmp_path / "new").glob(".*"))
    other = Kept(tmp_path / "other")
    assert other.take(kept, "jsb", "lstm") == 2
    assert [each.seed for each in other.figures()] == [0]  # the second has no weights
    assert other.samples() == kept.samples()
    assert other.take(kept, "jsb", "gru") == 0


@pytest.mark.parametrize(("name", "words"), [("figures.json", "figures"), ("samples.json", "samples")])
def test_a_damaged_shelf_is_a_sentence(tmp_path, name, words):
    (tmp_path / name).write_text("{")
    (tmp_path / "jsb-lstm-0.npz").write_bytes(b"PK")
    with pytest.raises(DatasetError, match="is damaged"):
        getattr(Kept(tmp_path), words)()
    with pytest.raises(DatasetError, match="cannot be read"):
        Kept(tmp_path).weights("jsb", "lstm", 0)


def test_a_sample_is_a_piece():
    piece = polyphony.piece_of([[39, 43], [39], [], [39]], "jsb")
    notes = sorted((n.onset_quarter, n.pitch, n.duration_quarter) for n in piece.tracks[0].notes)
    assert notes == [(0.0, 60, 2.0), (0.0, 64, 1.0), (3.0, 60, 1.0)]
    assert polyphony.piece_of([[39]], "nottingham").tracks[0].notes[0].duration_quarter == 0.5
    frames = [[pitch - 21 for pitch in pitches] for pitches in OPENING]
    long = polyphony.piece_of([*frames, [10]], "jsb")
    given = polyphony.given_of(long, "jsb")[0]
    assert len(given) == len(long.tracks[0].notes) - 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "bach"], 'There is no data set "bach"'),
        (["--dataset", ","], "No data set is named"),
        (["--models", "lstm,magic"], 'There is no model "magic"'),
        (["--seeds", "0"], "must be at least 1"),
    ],
)
def test_the_command_refuses_in_a_sentence(capsys, arguments, words):
    assert main(["benchmark", "polyphony", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_what_is_shipped_is_whole():
    kept = shipped()
    figures = kept.figures()
    assert figures
    assert {each.system for each in figures} >= set(COUNTED)
    for each in (each for each in figures if each.system not in COUNTED):
        assert each.system in SYSTEMS
        weights = kept.weights(each.dataset, each.system, each.seed)
        assert weights is not None
        assert sum(w.size for w in weights) == each.num_weights
    tables = polyphony.kept_tables()
    assert "jsb" in tables
    files = polyphony.files_of_tables(tables)
    assert set(files) == {"polyphony.md", "polyphony.csv", "polyphony.html"}
    assert "JSB Chorales" in files["polyphony.md"].decode()
    assert "Plotly.newPlot" in files["polyphony.html"].decode()
    json.dumps(kept.samples())
    for dataset in kept.samples():
        assert polyphony.kept_samples(dataset)
