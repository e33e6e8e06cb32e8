"""Solos over charts: what is asked for is what comes, in every mode, and what cannot be is said."""

from dataclasses import replace
from itertools import groupby

import pytest

from musegen.composers.request import ComposeRequest
from musegen.composers.solo.charts import chart_context, with_end
from musegen.composers.solo.loudness import accented
from musegen.composers.steer_request import SteerRequest
from musegen.errors import ConstraintError, MusegenError
from musegen.music import Note, Piece, TimeSignature, Track
from musegen.music.chart import parse_chart
from musegen.music.common_forms import common_form
from musegen.music.lead_instruments import LEADS, lead_of_program
from musegen.music.notation import notatable
from musegen.music.swing import usual_swing
from musegen.music.timing import num_bars
from musegen.paths import checkpoints_dir
from musegen.remarks import code_of
from musegen.services.judging.score import score_piece
from musegen.services.making.compose import compose
from musegen.services.making.steer import steer
from musegen.services.seeds.seed import seed_from_text

STYLE = "jazz"
published = pytest.mark.skipif(not (checkpoints_dir() / STYLE / "card.json").exists(), reason="not published yet")
TWO_FIVE = "Dm7 | G7 | Cmaj7 | %"
PHRASE = Piece(
    tracks=(Track((Note(0.5, 62, 0.5), Note(1, 65, 0.5), Note(1.5, 69, 0.5), Note(2, 72, 1.5), Note(4, 71, 1.0))),)
)


def ask(mode="invent", primer=None, **values):
    return compose(ComposeRequest.of(STYLE, mode, primer, **({"num_bars": 8, "chart": TWO_FIVE} | values)))


def solo_of(result, index=0):
    return result.takes[index].piece.tracks[0]


# ------------------------------------------------------------------------------------------------- without the network


def test_the_chart_is_read_round_and_round_with_its_form():
    context = chart_context(
        parse_chart("A: C6 | % | Dm7 | G7 \n B: E7 | % | A7 | % \n B: Dm7 | G7 | C6 | %"), 24, 120.0
    )
    assert context.chorus_bars == 12
    assert context.bar_of_section[:13] == (0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0)
    assert context.chorus[11:13] == (0, 1)
    assert context.root[4 * 12] == 0
    short = chart_context(parse_chart(TWO_FIVE), 12, 120.0, pickup_frames=1)
    assert short.chorus_bars == 8
    assert short.root[:5] == (-1, -1, -1, -1, 2)
    assert short.num_bars == 13


def test_tops_of_a_line_stand_out_and_low_short_notes_are_swallowed():
    notes = (Note(0, 60, 0.5), Note(0.5, 67, 0.5), Note(1, 62, 0.5), Note(1.5, 64, 0.5), Note(3, 60, 2.0))
    loud = [note.velocity for note in accented(notes)]
    assert loud[1] == max(loud)
    assert loud[2] == min(loud)
    assert [n.pitch for n in accented(notes)] == [n.pitch for n in notes]


def test_instruments_have_ranges_of_an_octave_and_more():
    assert all(lead.high - lead.low >= 24 for lead in LEADS.values())
    assert lead_of_program(56).name == "Trumpet"
    assert lead_of_program(120) is None


# ------------------------------------------------------------------------------------------------- with it


@published
def test_a_solo_fills_the_chart_and_ends_on_a_tone_of_its_last_chord():
    result = ask(num_takes=3, random_seed=5)
    for take in result.takes:
        piece = take.piece
        assert [track.name for track in piece.tracks] == ["Tenor saxophone", "Bass", "Piano", "Drums"]
        assert (take.num_bars, num_bars(piece)) == (8, 8)
        line = piece.tracks[0].notes
        assert all(a.end_quarter <= b.onset_quarter for a, b in zip(line, line[1:], strict=False))
        assert line[-1].pitch % 12 in {0, 4, 7, 11}
        assert 27.5 <= line[-1].onset_quarter <= 29
        assert line[-1].end_quarter <= 32
        assert line[0].onset_quarter < 4
        assert LEADS["Tenor saxophone"].low <= min(n.pitch for n in line)
        assert max(n.pitch for n in line) <= LEADS["Tenor saxophone"].high
        assert [symbol.text for symbol in piece.chord_symbols[:3]] == ["Dm7", "G7", "Cmaj7"]
        assert piece.swing == usual_swing(piece.tempos[0].qpm)
        assert not any(take.given)
    assert len({take.piece for take in result.takes}) == 3
    again = ask(num_takes=3, random_seed=5)
    assert [take.piece for take in again.takes] == [take.piece for take in result.takes]


@published
def test_a_phrase_opens_the_solo_as_it_is():
    result = ask("continue", PHRASE, lead="Alto saxophone", random_seed=2)
    take = result.takes[0]
    line = take.piece.tracks[0].notes
    assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in line[:5]] == [
        (n.onset_quarter, n.pitch, n.duration_quarter) for n in PHRASE.tracks[0].notes
    ]
    assert take.given[0] == frozenset(range(5))
    assert line[5].onset_quarter >= 5
    assert take.piece.tracks[0].program == 65
    assert not any(take.given[1:])


@published
def test_a_pickup_stays_before_the_first_bar():
    pickup = replace(PHRASE, pickup_quarter=1.0)
    piece = ask("continue", pickup).takes[0].piece
    assert piece.pickup_quarter == 1.0
    assert piece.chord_symbols[0].onset_quarter == 1.0
    assert [n.onset_quarter for n in piece.tracks[0].notes[:5]] == [n.onset_quarter for n in PHRASE.tracks[0].notes]
    assert num_bars(piece) == 8
    assert min(n.onset_quarter for n in piece.tracks[1].notes) >= 1.0


@published
def test_chords_come_from_the_seed_where_none_are_given():
    result = ask("continue", PHRASE, chart="")
    assert any("guessed" in message for message in result.messages)
    assert result.takes[0].piece.chord_symbols


@published
def test_without_a_chart_it_is_a_blues_in_the_key_asked_for():
    result = ask(chart="", key="Eb major", num_bars=12)
    assert any("blues in Eb major" in message for message in result.messages)
    assert result.takes[0].piece.chord_symbols[0].text == "Eb7"
    minor = ask(chart="", key="A minor", num_bars=12)
    assert minor.takes[0].piece.chord_symbols[0].text == "Am7"


@published
def test_key_tempo_swing_instruments_and_lead_are_as_asked():
    result = ask(key="Eb major", qpm=200.0, swing=0.6, lead="Trumpet", instruments=("Solo", "Bass"))
    piece = result.takes[0].piece
    assert [track.name for track in piece.tracks] == ["Trumpet", "Bass"]
    assert piece.chord_symbols[0].text == "Fm7"
    assert piece.tempos[0].qpm == 200.0
    assert piece.swing == 0.6
    assert any("moved from C major to Eb major" in message for message in result.messages)


@published
def test_the_lock_keeps_notes_in_the_scales_of_their_chords():
    chart = parse_chart(TWO_FIVE)
    for note in solo_of(ask(key_strength=1.0, temperature=1.6, top_p=1.0, num_bars=16)).notes:
        change, following = chart.next_after(note.onset_quarter)
        scale = chart.at(note.onset_quarter).scale
        if change - note.onset_quarter <= 0.5:
            scale |= following.scale
        assert note.pitch % 12 in scale


@published
@pytest.mark.parametrize("qpm", [70.0, 160.0])
def test_each_beat_is_divided_one_way(qpm):
    beats = {}
    for note in solo_of(ask(num_bars=24, qpm=qpm, temperature=1.3, top_p=1.0)).notes:
        beats.setdefault(int(note.onset_quarter), []).append(round(note.onset_quarter % 1 * 24))
    finest = (3, 4) if qpm < 100 else (6, 8)
    for places in list(beats.values())[:-1]:
        assert any(all(place % step == 0 for place in places) for step in finest), places


@published
def test_no_note_is_played_for_bars():
    for seed in range(4):
        line = solo_of(ask(chart="Dm7", num_bars=32, random_seed=seed, temperature=0.7)).notes
        runs = [len(list(group)) for _, group in groupby(note.pitch for note in line)]
        assert max(runs) <= 12


@published
def test_memory_can_be_left_out():
    assert solo_of(ask(memory=False)).notes != solo_of(ask()).notes


@published
def test_bars_that_are_no_whole_choruses_are_told():
    assert any("played twice" in m or "played 2 times" in m for m in ask(num_bars=10).messages)
    assert any("its first 3 bars" in m for m in ask(num_bars=3).messages)


@published
def test_what_does_not_fit_is_adapted_and_said():
    five = replace(PHRASE, time_signatures=(TimeSignature(0.0, 5, 8),))
    assert any("5/8" in message for message in ask("continue", five).messages)
    low = replace(PHRASE, tracks=(Track(tuple(replace(n, pitch=n.pitch - 36) for n in PHRASE.tracks[0].notes)),))
    assert any("octave" in message for message in ask("continue", low).messages)
    fast = Piece(tracks=(Track(tuple(Note(i / 32, 60 + i % 5, 1 / 32) for i in range(40))),))
    assert any("faster than thirty-seconds" in message for message in ask("continue", fast).messages)


@published
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"chart": "7/4 \n C6 | G7"}, "7/4"),
        ({"chart": "3/4 \n C6 | G7", "meter": "4/4"}, "leave the meter open"),
        ({"lead": "Bagpipe"}, "Trumpet"),
        ({"low_pitch": 60, "high_pitch": 66}, "octave"),
        ({"meter": "5/8"}, "5/8"),
        ({"form": "A A"}, "chart"),
        ({"swing": 0.9}, "swing"),
        ({"chart": "Dm7 | H7"}, "B7"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(values, words):
    with pytest.raises(ConstraintError, match=words):
        ask(**values)


@published
def test_percussion_alone_is_no_seed():
    drums = Piece(tracks=(Track((Note(0, 40, 1.0),), 0, True),))
    with pytest.raises(MusegenError):
        ask("continue", drums)


@published
def test_every_take_can_be_scored_and_long_forms_are_played_to_the_end():
    chart = common_form("rhythm-changes", 10)
    result = ask(chart=chart.to_text(), num_bars=32, qpm=240.0)
    piece = result.takes[0].piece
    assert result.takes[0].num_bars == 32
    assert 0 < score_piece(STYLE, piece).nats_per_note < 12


@pytest.mark.parametrize("meter", ["3/4", "5/4"])
def test_waltzes_and_fives_are_played_to_the_last_bar_and_changed_in_parts(meter):
    beats = int(meter[0])
    take = compose(ComposeRequest("jazz", "invent", num_bars=8, key="D minor", meter=meter, random_seed=2)).takes[0]
    piece = take.piece
    assert (piece.time_signatures[0].numerator, take.num_bars) == (beats, 8)
    last = (8 - 1) * beats
    assert last - 0.5 <= piece.tracks[0].notes[-1].onset_quarter <= last + 1
    assert all(track.notes[-1].end_quarter <= 8 * beats for track in piece.tracks)
    assert [s.text for s in piece.chord_symbols if s.onset_quarter <= last][-1] == "Dm7"
    again = steer(SteerRequest("jazz", "regenerate", piece, bars=(3, 4), num_takes=1, candidates=2)).takes[0].piece
    held = [n.end_quarter for n in piece.tracks[0].notes if 2 * beats <= n.onset_quarter < 4 * beats]
    stop = max(4 * beats, *held)  # what was held over the bar line is composed again to its end
    stays = [n for n in piece.tracks[0].notes if not 2 * beats <= n.onset_quarter < stop]
    assert [n for n in again.tracks[0].notes if not 2 * beats <= n.onset_quarter < stop] == stays


def test_a_form_ends_on_its_tonic_and_not_on_what_leads_back():
    blues = common_form("jazz-blues", 5)
    assert blues.bars[-1][0][1].text == "Gm7"
    ended = with_end(blues, 24)
    assert [chord.text for _, chord in ended.bars[-1]] == ["F7"]
    assert ended.bars[:12] == blues.bars
    assert with_end(common_form("ii-v-i", 0), 8).bars[-1][0][1].text == "Cmaj7"


def test_chords_in_another_key_than_the_seed_are_not_played_without_a_word():
    seed = seed_from_text("key: A minor\nA4 B4 C5 D5 | E5:2 C5:2 | D5 C5 B4 G#4 | A4:4").piece
    blues = common_form("blues", 5).to_text()
    said = compose(ComposeRequest.of("jazz", "continue", seed, num_bars=8, chart=blues)).messages
    assert "chords_in_other_key" in [code_of(each) for each in said]
    said = compose(ComposeRequest.of("jazz", "continue", seed, num_bars=8, chart="Am7 | Dm7 | E7 | Am7")).messages
    assert "chords_in_other_key" not in [code_of(each) for each in said]


def test_notes_of_a_fast_solo_are_written_to_eighths_or_in_their_triplets():
    solo = compose(ComposeRequest("jazz", "invent", num_bars=24, qpm=160.0, random_seed=7)).takes[0].piece
    notes = notatable(solo).tracks[0].notes
    assert [n.onset_quarter for n in notes] == [n.onset_quarter for n in solo.tracks[0].notes]
    assert notes != solo.tracks[0].notes  # they sound as long as they were played
    rests = [b.onset_quarter - a.end_quarter for a, b in zip(notes, notes[1:], strict=False)]
    assert min(rest for rest in rests if rest > 1e-6) >= 1 / 4 - 1e-6
    assert all(abs(n.duration_quarter * 12 - round(n.duration_quarter * 12)) < 1e-3 for n in notes)
