"""Chords for a seed: those that stand in it, and those guessed from its melody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import ConstraintError
from musegen.harmony.chain import Chain, all_moves
from musegen.harmony.chart_guess import chart_of_seed, guess_chart, propose_chart, written_chart
from musegen.harmony.frames import segment_weights
from musegen.harmony.lead_sheet import chart_text, with_chord_symbols
from musegen.harmony.segments import BAR, BEAT, MIDDLE, beats_of, segments_of
from musegen.harmony.vocabulary import NUM_CHORDS
from musegen.music import ChordSymbol, TimeSignature
from musegen.music.chart import parse_chart
from musegen.music.chord import Chord, parse_chord
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


def test_what_sounds_together_is_heard_and_not_guessed_from_its_top():
    chords = ((48, 64, 67, 72), (45, 60, 64, 72), (41, 60, 65, 72), (43, 59, 62, 74))
    music = piece([(p, 4 * n, 4) for n, pitches in enumerate(chords) for p in pitches], key="C major")
    found = chart_of_seed(music)
    assert [bar[0][1].root for bar in found.chart.bars] == [0, 9, 5, 7] and not found.written
    assert found.words.code == "chords_heard"
    top = piece([(pitches[-1], 4 * n, 4) for n, pitches in enumerate(chords)], key="C major")
    assert chart_of_seed(top).words.code == "chords_guessed"


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
    random = np.random.default_rng(3)
    chain = Chain(random.normal(size=(3, NUM_CHORDS)), random.normal(size=3) * 2, random.normal(size=(60, 60)))
    first = chain.fits[0][:, None, None] + chain.fits[1][None, :, None] + chain.fits[2][None, None, :]
    step = [chain.moves.copy(), chain.moves.copy()]
    for i, table in enumerate(step):
        np.fill_diagonal(table, chain.stays[i + 1])
    total = first + step[0][:, :, None] + step[1][None]
    assert chain.likeliest().tolist() == list(np.unravel_index(total.argmax(), total.shape))
    held = np.where(np.arange(NUM_CHORDS)[None, :, None] == 7, total, -np.inf)
    assert chain.likeliest({1: 7}).tolist() == list(np.unravel_index(held.argmax(), held.shape))
    fixed = Chain(chain.fits, chain.stays + 50, chain.moves)
    assert len(set(fixed.likeliest())) == 1 and len(set(fixed.restless(100).likeliest())) > 1


def test_drawn_courses_come_as_often_as_they_are_likely():
    fits = np.full((2, NUM_CHORDS), -30.0)
    fits[:, [0, 35]] = [[0.0, 0.5], [0.2, 0.0]]
    chain = Chain(fits, np.array([0.0, 0.7]), np.zeros((60, 60)))
    courses = {(0, 0): 0.9, (0, 35): 0.0, (35, 0): 0.7, (35, 35): 1.2}
    chances = np.exp(list(courses.values()))
    drawn = [tuple(chain.drawn(np.random.default_rng(i))) for i in range(1500)]
    for course, chance in zip(courses, chances / chances.sum(), strict=True):
        assert drawn.count(course) / len(drawn) == pytest.approx(chance, abs=0.05)
    assert {tuple(chain.drawn(np.random.default_rng(i), certain={1: 35})) for i in range(50)} == {(0, 35), (35, 35)}
    assert chain.drawn(np.random.default_rng(1), 0.01).tolist() == [35, 35]


def test_moves_are_alike_from_every_root():
    step = np.random.default_rng(1).random((5, 12, 5))
    moves = all_moves(step)
    for before, after in ((0, 1), (7, 3), (59, 0), (30, 44)):
        interval = (after // 5 - before // 5) % 12
        assert moves[before, after] == step[before % 5, interval, after % 5]


def test_proposed_charts_end_at_home_and_are_the_same_again():
    chart = propose_chart(8, key=(2, "major"), random_seed=3)
    assert (
        chart.num_bars == 8
        and chart.bars[-1][0][1] == Chord(2)
        and chart == propose_chart(8, key=(2, "major"), random_seed=3)
    )
    assert len({propose_chart(8, random_seed=i).to_text() for i in range(6)}) > 2
    assert propose_chart(1, key=(9, "minor"), meter=(3, 4)).bars == (((0.0, Chord(9, "min")),),)


def test_beats_are_counted_through_pickups_and_other_meters():
    music = piece([(60, 0, 10)], pickup=1.5)
    music = type(music)(
        music.tracks, time_signatures=(TimeSignature(0, 4, 4), TimeSignature(5.5, 6, 8)), pickup_quarter=1.5
    )
    beats = beats_of(music)
    assert beats.edges.tolist() == [0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 7.0, 8.5, 10.0, 11.5]
    assert beats.kind.tolist() == [BEAT, BEAT, BAR, BEAT, MIDDLE, BEAT, BAR, MIDDLE, BAR, MIDDLE]


def test_what_sounds_is_named_over_the_sheet():
    chords = {0: (48, 64, 67, 72), 4: (53, 60, 65, 69), 8: (43, 59, 65, 74), 12: (48, 60, 64, 67)}
    music = piece([(pitch, start, 4) for start, pitches in chords.items() for pitch in pitches], key="C major")
    named = with_chord_symbols(music)
    assert [(s.onset_quarter, parse_chord(s.text).root) for s in named.chord_symbols] == [
        (0, 0), (4, 5), (8, 7), (12, 0)
    ]  # fmt: skip
    assert parse_chart(chart_text(music)).changes == tuple(
        (s.onset_quarter, parse_chord(s.text)) for s in named.chord_symbols
    )
    assert with_chord_symbols(named) is named and with_chord_symbols(piece([])) == piece([])
    higher = piece([(pitch + 2, start, 4) for start, pitches in chords.items() for pitch in pitches], key="D major")
    assert [parse_chord(s.text).root for s in with_chord_symbols(higher).chord_symbols] == [2, 7, 9, 2]


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
