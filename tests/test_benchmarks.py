"""Benchmarks that are quick to run, and their arithmetic on cases worked out by hand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import imports
from benchmarks.chorale_counts import ChoraleCounts
from benchmarks.chorale_quality import example_of
from benchmarks.report import measure, plain, table
from benchmarks.takes_quality import check, fills_bars, summary, voice_ranges
from benchmarks.update_cards import between_markers
from musegen.composers.chorale.reading import possible_events
from tests.builders import piece

ROOT = Path(__file__).resolve().parent.parent


def line(*pitches, length=1.0, start=0.0):
    return [(pitch, start + index * length, length) for index, pitch in enumerate(pitches)]


# --- whole takes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notes", "fields", "expected"),
    [
        (line(60, 62, 64, 65, 67, 65, 62, 60), {}, True),
        (line(60, 62, 64, 65, 67, 65, 62), {}, False),  # ends before the bar line
        ([(60, 0, 4), (60, 8, 4)], {}, False),  # an empty bar
        ([(60, 0, 3), (62, 2, 2)], {}, False),  # overlaps itself
        ([(60, 0, 1), (60, 3, 1)], {}, True),  # a rest within a bar
        ([(60, 0, 1), *line(60, 62, 64, 65, start=1)], {"pickup": 1.0}, True),
        ([(60, 0, 8)], {}, True),  # tied over a bar line
    ],
)
def test_whole_bars(notes, fields, expected):
    assert fills_bars(piece(notes, **fields)) is expected


def test_a_take_is_checked_against_its_key_range_and_length():
    take = piece(line(67, 69, 71, 67), key="G major")
    assert check(take, [(60, 72)], 1) == {
        "ends_on_tonic": True, "ends_at_bar_line": True, "ends_on_tonic_at_bar_line": True, "bars_asked_for": True,
        "bars_filled_exactly": True, "in_voice_range": True, "no_rests_within": True,
    }  # fmt: skip
    other = check(piece(line(67, 69, 71), key="D major"), [(68, 72)], 2)
    assert not any(other.values())


def test_voice_ranges_are_taken_voice_by_voice():
    assert voice_ranges([piece(line(60, 72), line(40)), piece(line(58), line(41, 50))]) == [(58, 72), (40, 50)]


def test_summary_leaves_out_what_is_not_defined():
    figures = summary([piece(line(60, 60)), piece(line(60, 64)), piece()])
    assert figures["pitch_range"]["mean"] == pytest.approx(4 / 3)
    assert figures["pitch_class_entropy"]["p50"] == pytest.approx(0.5)  # of 0 and 1 bit; an empty piece has none


# --- counting and reading chorales -----------------------------------------------------------------------------

STILL = np.array([[72, 67, 64, 48]] * 8)


def test_the_counting_model_is_a_distribution():
    random = np.random.default_rng(0)
    train = [random.integers(60, 63, (40, 4)) for _ in range(3)]
    model = ChoraleCounts().fit(train, train[:1])
    total = 0.0
    for bass in [-1, *range(36, 82)]:  # the last symbol of the last sixteenth, over everything it could be
        frames = train[0].copy()
        frames[-1, 3] = bass
        total += float(np.exp(-model.nll(frames)[-1]))
    assert total == pytest.approx(1.0)


def test_the_counting_model_by_hand():
    model = ChoraleCounts(num_contexts=1)  # how often a voice has each symbol, nothing else
    train = np.array([[60, 50, 40, 36], [62, 50, 40, 36]])
    model.fit([train], [train])
    model.discount = 0.5
    # soprano 60: (1 - 0.5) / 2 + 0.5 * 2 / 2 / 47; alto 50: (2 - 0.5) / 2 + 0.5 * 1 / 2 / 47
    expected = [0.25 + 0.5 / 47, 0.75 + 0.25 / 47]
    assert np.exp(-model.nll(train))[:2] == pytest.approx(expected)


def test_every_true_event_of_a_chorale_is_within_the_grammar():
    frames = STILL.copy()
    frames[3:, 0], frames[5, 2], frames[6:, 3] = 74, -1, -1
    example = example_of(frames)
    allowed = possible_events(example)
    steps, voices = np.indices(example.target.shape)
    assert allowed[steps, voices, example.target].all()
    assert (~allowed).sum() == 8 * 4  # one each: silence is not held, or what sounds is not struck again
    assert not allowed[0, :, 0].any() and not allowed[6, 2, 0] and allowed[4, 2, 0]
    assert not allowed[4, 0, 74 - 36 + 2] and allowed[3, 0, 74 - 36 + 2]
    assert example.weight.all()


# --- the report ------------------------------------------------------------------------------------------------


def test_measure_counts_its_calls():
    calls = []
    timing = measure(lambda: calls.append(1), 3, warmup=2, repeats=4)
    assert len(calls) == 2 + 3 * 4
    assert timing.runs == 3 and 0 <= timing.min <= timing.median <= timing.max


def test_table_and_plain():
    assert (
        table(("a", "b"), [["x", 1.23456], ["yy", None]], 2)
        == "| a  |    b |\n|----|-----:|\n| x  | 1.23 |\n| yy |    - |"
    )
    assert plain({"a": (np.float64("nan"), np.int64(3), np.bool_(True))}) == {"a": [None, 3, True]}


def test_markers():
    page = "# T\n<!-- begin a b -->\nold\n<!-- end a b -->\nrest"
    assert between_markers(page, "a b", "new \\1\n") == "# T\n<!-- begin a b -->\nnew \\1\n<!-- end a b -->\nrest"
    with pytest.raises(ValueError, match="no markers for c"):
        between_markers(page, "c", "new")


def test_the_documentation_has_the_markers_that_are_written_to():
    quality = ("folk likelihood", "chorale likelihood", "takes folk", "takes bach-chorales", "regenerate")
    for page, names in (("quality", quality), ("benchmarks", ("step", "compose", "imports"))):
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        for name in names:
            between_markers(text, name, "")


# --- the commands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["import_services", "list_styles", "compose_by_command_line"])
def test_neither_starting_nor_composing_loads_tensorflow(name, tmp_path):
    modules = imports.modules_of(imports.commands(2, str(tmp_path))[name])
    assert "musegen.services.styles" in modules or "musegen.services.making.compose" in modules
    assert imports.heavy(modules) == []


def test_heavy_libraries_are_found():
    assert imports.heavy({"numpy", "keras.src.layers", "tensorflow"}) == ["keras", "tensorflow"]
    assert "json.decoder" in imports.modules_of(["-c", "import json"])


def test_compose_speed_in_small():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.compose_speed", "--small", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    figures = json.loads(done.stdout)
    assert set(figures) == {"folk", "bach-chorales"}
    for own in figures.values():
        assert own["num_bars"] == 4 and own["mean_notes"] > 4
        for name in ("load", "one_take", "eight_takes", "sheet", "wav", "download_mid", "download_musicxml"):
            assert 0 < own[name]["min_ms"] <= own[name]["median_ms"] <= own[name]["max_ms"]
        assert own["ratio_eight_to_one"] > 0  # how large is the benchmark's to say: it follows the machine's load
