"""Benchmarks that are quick to run, their arithmetic on cases worked out by hand, and originality."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import imports
from benchmarks.chorale_counts import ChoraleCounts
from benchmarks.chorale_quality import example_of
from benchmarks.report import measure, plain, table
from benchmarks.takes_quality import check, fills_bars, summary, voice_ranges
from benchmarks.update_cards import between_markers
from musegen.composers.chorale.reading import possible_events
from musegen.evaluation.originality import OriginalityIndex, SharedRun
from tests.builders import piece, track

ROOT = Path(__file__).resolve().parent.parent


def line(*pitches, length=1.0, start=0.0):
    return [(pitch, start + index * length, length) for index, pitch in enumerate(pitches)]


# --- the longest run shared with a corpus ----------------------------------------------------------------------

SCALE = piece(line(60, 62, 64, 65, 67, 69, 71, 72))
LEAPS = piece(line(60, 67, 60, 48, 50))
INDEX = OriginalityIndex(["scale", "leaps"], [SCALE, LEAPS])


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        (line(62, 64, 65, 67), SharedRun(4, 0, 0, "scale", 1)),
        (line(50, 52, 53, 55), SharedRun(4, 0, 0, "scale", 1)),  # an octave lower
        (line(67, 60, 48, 50, 51), SharedRun(4, 0, 0, "leaps", 1)),
        (line(80, 62, 64, 65, 67, 40), SharedRun(4, 0, 1, "scale", 1)),
        (line(60, 62, 64, 65, 67, 69, 71, 72, length=0.5), SharedRun()),  # other lengths: not one note is shared
        ([(62, 0, 1), (64, 2, 1), (65, 3, 1)], SharedRun(3, 0, 0, "scale", 1)),  # the rest does not matter
        (line(60, 75, 50), SharedRun(1, 0, 0, "scale", 0)),
    ],
)  # fmt: skip
def test_the_longest_shared_run(notes, expected):
    assert INDEX.longest(piece(notes)) == expected


def test_a_run_stays_within_one_track_and_one_piece():
    halves = OriginalityIndex(["a"], [piece(line(60, 62), line(64, 65))])
    assert halves.longest(piece(line(60, 62, 64, 65))).num_notes == 2
    assert OriginalityIndex(["a", "b"], [piece(line(60, 62)), piece(line(64, 65))]).longest(SCALE).num_notes == 2


def test_what_is_skipped_is_not_found():
    assert INDEX.longest(SCALE).source == "scale"
    assert INDEX.longest(SCALE, skip=["scale"]) == SharedRun(2, 0, 0, "leaps", 3)  # a whole tone up


def test_drums_and_empty_pieces_share_nothing():
    drums = piece(track([(36, 0, 1), (38, 1, 1)], is_drum=True))
    assert INDEX.longest(drums) == SharedRun() == INDEX.longest(piece())
    assert OriginalityIndex(["d"], [drums]).longest(SCALE) == SharedRun() == OriginalityIndex([], []).longest(SCALE)


def test_names_must_fit_the_pieces():
    with pytest.raises(ValueError, match="1 names for 2 pieces"):
        OriginalityIndex(["one"], [SCALE, LEAPS])


def shared_by_brute_force(first, second):
    """The longest run by comparing every pair of places."""
    best = 0
    for i in range(len(first)):
        for j in range(len(second)):
            n = 0
            while i + n < len(first) and j + n < len(second):
                (p, _, d), (q, _, e) = first[i + n], second[j + n]
                if d != e or (n and p - first[i + n - 1][0] != q - second[j + n - 1][0]):
                    break
                n += 1
            best = max(best, n)
    return best


melodies = st.lists(st.tuples(st.sampled_from([60, 62, 64]), st.sampled_from([0.5, 1.0])), max_size=14).map(
    lambda notes: [(p, sum(d for _, d in notes[:i]), d) for i, (p, d) in enumerate(notes)]
)


@given(st.lists(melodies, max_size=3), melodies)
@settings(max_examples=150, deadline=None)
def test_the_longest_run_is_the_one_found_by_trying_all(corpus, notes):
    index = OriginalityIndex([str(i) for i in range(len(corpus))], [piece(m) for m in corpus])
    found = index.longest(piece(notes))
    assert found.num_notes == max((shared_by_brute_force(notes, m) for m in corpus), default=0)
    if found.num_notes:
        source = corpus[int(found.source)][found.source_note :][: found.num_notes]
        assert shared_by_brute_force(notes[found.first_note :][: found.num_notes], source) == found.num_notes


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
    assert set(figures) >= {"folk", "bach-chorales"}
    for own in figures.values():
        assert own["num_bars"] == 4 and own["mean_notes"] > 4
        for name in ("load", "one_take", "eight_takes", "sheet", "wav", "download_mid", "download_musicxml"):
            assert 0 < own[name]["min_ms"] <= own[name]["median_ms"] <= own[name]["max_ms"]
        assert own["ratio_eight_to_one"] < 8  # together they cost less than one after the other
