"""Chords for a seed: those that stand in it, and those guessed from its melody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import ConstraintError
from musegen.harmony.chart_guess import chart_of_seed, guess_chart, written_chart
from musegen.harmony.frames import segment_weights
from musegen.harmony.segments import segments_of
from musegen.harmony.tables import chord_fits, guess_chords, load_tables
from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS
from musegen.music import ChordSymbol, TimeSignature
from musegen.music.chart import parse_chart
from musegen.services.seeds.seed import seed_from_text
from tests.builders import piece

ARPEGGIOS = {"C": (60, 64, 67, 72), "F": (65, 69, 72, 65), "G": (67, 71, 74, 67), "Am": (69, 72, 76, 69)}


def arpeggios(names, **fields):
    notes = [(pitch, 4 * i + j, 1) for i, name in enumerate(names) for j, pitch in enumerate(ARPEGGIOS[name])]
    return piece(notes, **fields)


def families(chart):
    return [(chord.root, chord.family) for bar in chart.bars for _, chord in bar]


@pytest.mark.parametrize("manner", ["jazz", "plain"])
def test_the_chords_of_plain_arpeggios_are_found(manner):
    chart = guess_chart(arpeggios(("C", "F", "G", "C"), key="C major"), manner=manner)
    assert chart.num_bars == 4
    roots = [bar[0][1].root for bar in chart.bars]
    assert roots[0] == roots[3] == 0
    assert [bar[0][1].family for bar in (chart.bars[0], chart.bars[3])] == ["major", "major"]
    if manner == "plain":
        assert roots == [0, 5, 7, 0]


def test_what_is_guessed_moves_with_the_music():
    music = arpeggios(("C", "Am", "F", "G", "C"), key="C major")
    higher = piece([(n.pitch + 3, n.onset_quarter, 1) for n in music.tracks[0].notes], key="Eb major")
    before, after = guess_chart(music), guess_chart(higher)
    assert [((root + 3) % 12, family) for root, family in families(before)] == families(after)
    assert after.bars[0][0][1].text.startswith("Eb")


def test_jazz_has_seventh_chords_and_folk_has_triads():
    music = arpeggios(("C", "F", "G", "C"), key="C major")
    assert all("7" in chord.text for _, chord in guess_chart(music, manner="jazz").changes)
    assert guess_chart(music, manner="plain").bars[0][0][1].text == "C"


def test_a_pickup_is_in_no_bar_and_waltzes_change_once_a_bar():
    waltz = [(67, 0, 1), *[(p, 1 + 3 * i + j, 1) for i in range(4) for j, p in enumerate((60, 64, 67))]]
    chart = guess_chart(piece(waltz, meter="3/4", pickup=1.0, key="C major"), manner="plain")
    assert (chart.num_bars, chart.meter) == (4, (3, 4))
    assert all(len(bar) == 1 for bar in chart.bars)
    assert families(chart) == [(0, "major")] * 4


def test_segments_of_bars():
    halves = segments_of(piece([(60, 0, 8)]))
    assert halves.edges.tolist() == [0, 2, 4, 6, 8]
    assert halves.in_middle.tolist() == [False, True, False, True]
    whole = segments_of(piece([(60, 0, 7)], meter="3/4", pickup=1.0))
    assert whole.edges.tolist() == [1, 4, 7]
    assert not whole.in_middle.any()


def test_weights_count_what_sounds_and_what_begins():
    weights = segment_weights(
        np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 5.0]), np.array([60, 64, 67]), np.array([0, 2, 4, 6])
    )
    assert weights.shape == (3, 12)
    assert weights[0, 0] == 2.0  # a quarter, and the same again since the segment begins with it
    assert weights[0, 4] == 1.0
    assert weights[1, 7] == 1.0
    assert weights[2, 7] == 2.0  # tied over: it sounds where the segment begins


@pytest.mark.parametrize("manner", ["jazz", "plain"])
def test_tables_are_distributions(manner):
    tables = load_tables(manner)
    assert tables.tone.shape == (5, 12) and tables.degree.shape == (2, NUM_CHORDS)
    assert tables.step.shape == (5, NUM_CHORDS) and tables.change.shape == (2,)
    for table in (tables.tone, tables.degree, tables.step):
        assert np.exp(table).sum(axis=1) == pytest.approx(np.ones(len(table)), abs=0.02)
    dominant = GUESSED.index("dominant")
    falls = tables.step[dominant].reshape(12, 5).max(axis=1)
    assert falls.argmax() == 5  # a dominant falls a fifth


def test_every_chord_of_every_key_fits_alike():
    tables = load_tables("jazz")
    weights = np.zeros((1, 12))
    weights[0, [0, 4, 7]] = 1
    fits = chord_fits(weights, tables).reshape(12, 5)
    higher = chord_fits(np.roll(weights, 5, axis=1), tables).reshape(12, 5)
    assert np.roll(fits, 5, axis=0) == pytest.approx(higher)


def test_written_chords_are_taken_as_they_stand():
    music = piece(
        [(60, 0, 16)], chord_symbols=tuple(ChordSymbol(*row) for row in [(0, "Dm7"), (6, "G7"), (8, "CΔ"), (9.3, "?")])
    )
    found = chart_of_seed(music)
    assert found.written and "stand in your music" in found.words
    assert found.chart.to_text() == "| Dm7 | Dm7 G7 | Cmaj7 | % |"
    pickup = piece([(60, 0, 9)], pickup=1.0, chord_symbols=(ChordSymbol(0, "G7"), ChordSymbol(5, "C")))
    assert written_chart(pickup) == parse_chart("G7 | C")
    assert written_chart(piece([(60, 0, 4)])) is None
    guessed = chart_of_seed(piece([(60, 0, 4)], key="C major"))
    assert not guessed.written and "chords of 1 bar were guessed" in guessed.words


def test_what_no_chart_can_be_made_of():
    with pytest.raises(ConstraintError, match="no notes"):
        guess_chart(piece([]))
    changing = piece([(60, 0, 9)])
    changing = type(changing)(changing.tracks, time_signatures=(TimeSignature(0, 4, 4), TimeSignature(4, 3, 4)))
    with pytest.raises(ConstraintError, match="meter of your music changes"):
        guess_chart(changing)
    with pytest.raises(ValueError, match="manner"):
        guess_chart(piece([(60, 0, 4)]), manner="rock")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(36, 96), st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=30),
    st.sampled_from(["4/4", "3/4", "6/8", "5/4", "2/4", "7/8"]),
)
def test_any_melody_has_a_chart_of_its_bars(rows, meter):
    music = piece([(pitch, onset / 2, length / 2) for pitch, onset, length in rows], meter=meter)
    chart = guess_chart(music)
    assert chart.end_quarter >= music.end_quarter - 1e-6
    assert parse_chart(chart.to_text()) == chart


def test_the_search_finds_the_best_of_all_courses():
    tables = load_tables("plain")
    weights = np.random.default_rng(3).random((2, 12)) * 3
    found = guess_chords(weights, np.array([False, True]), (0, "major"), tables)
    tone, degree_weight, step_weight = tables.weights
    fits, degree = tone * chord_fits(weights, tables), degree_weight * tables.degree[0]

    def value(a, b):
        total = fits[0, a] + degree[a] + fits[1, b]
        share = tables.change[1]
        if a == b:
            return total + np.log(1 - share)
        step = tables.step[a % 5, (b // 5 - a // 5) % 12 * 5 + b % 5]
        return total + np.log(share) + degree[b] + step_weight * step

    best = max(((a, b) for a in range(NUM_CHORDS) for b in range(NUM_CHORDS)), key=lambda pair: value(*pair))
    assert value(*found) == pytest.approx(value(*best))


def test_chords_of_a_melody_with_thirds_stand_on_beats():
    for pickup in (0.1, 1 / 3, 1 / 7):
        melody = piece(
            [(73, 0, 4 / 3), (71, 4 / 3, 1), (64, 10 / 3, 1 / 3), (50, 11 / 3, 9)], meter="6/8", pickup=pickup
        )
        onsets = {onset for bar in guess_chart(melody).bars for onset, _ in bar}
        assert onsets <= {0.0, 1.5}


@pytest.mark.parametrize(
    "text",
    [
        "key: A minor\nA4 B4 C5 D5 | E5:2 C5:2 | D5 C5 B4 G#4 | A4:4",
        "key: C major\nC4 E4 G4 E4 | D4 F4 A4 F4 | G4 B4 D5 B4 | C5:4",
        "key: G major\nG4 A4 B4 C5 | D5:2 B4:2 | C5 B4 A4 F#4 | G4:4",
    ],
)
def test_a_melody_gets_chords_of_its_key_with_a_cadence(text):
    chart = guess_chart(seed_from_text(text).piece)
    tonic = {"A": 9, "C": 0, "G": 7}[text[5]]
    chords = [bar[-1][1] for bar in chart.bars]
    assert len(set(chords)) >= 3 or len(set(chords)) == 2 and chords[-1] != chords[-2]
    assert [chord.root for chord in chords[-2:]] == [(tonic + 7) % 12, tonic]
    assert chords[-2].family == "dominant"
