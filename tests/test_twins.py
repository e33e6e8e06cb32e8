"""Twins: features of a page counted by hand, a judge that is right where it can be and at a loss where it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from musegen.composers.held_out import HeldOut
from musegen.composers.registry import get_composer
from musegen.corpora.asap import Recording
from musegen.corpora.registry import CORPORA
from musegen.corpora.score_piece import ScorePiece
from musegen.errors import StyleError
from musegen.evaluation.twins.features import describe
from musegen.evaluation.twins.judge import judge
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.performance import Performance
from musegen.services.judging import twins
from musegen.services.judging.held_out import chart_of, held_out_pieces
from musegen.services.styles import get_style, list_styles


def features(*voices, bars=1, tonic=0):
    return {name: value for name, _, value in describe(voices, 0.0, 4.0, bars, tonic)}


def test_a_bar_of_two_voices_counted_by_hand():
    melody = [Note(0.0, 72, 1.0), Note(1.0, 74, 0.5), Note(1.5, 74, 0.5), Note(2.0, 79, 1.0)]
    bass = [Note(0.0, 48, 2.0), Note(2.0, 55, 2.0)]
    found = features(melody, bass)
    assert found["notes"] == 6 / 4
    assert found["onsets"] == 4 / 4
    assert found["chord_size"] == 1.5
    assert found["on_beat"] == 0.75
    assert found["off_beat"] == 0.25
    assert found["melody_alone"] == 0.5
    assert found["together"] == 0.5
    assert (
        found["melody_seconds"]
        == found["melody_repeated notes"]
        == found["melody_fourths and fifths"]
        == pytest.approx(1 / 3)
    )
    assert found["degree_0"] == found["degree_2"] == found["degree_7"] == pytest.approx(1 / 3)
    assert found["sounding"] == 7 / 4
    assert found["silence"] == 0.0
    assert found["span"] == 24.0


def test_what_lies_outside_the_stretch_is_not_counted_and_nothing_is_not_a_number():
    assert features([Note(4.0, 60, 1.0)])["notes"] == 0.0
    assert np.isnan(features([Note(4.0, 60, 1.0)])["pitch_mean"])
    assert features([Note(0.0, 60, 1.0)], bars=2)["bars_empty"] == 0.5


def test_returning_bars_are_heard():
    bar = [(0.0, 60), (1.0, 62), (2.0, 64), (3.0, 62)]
    same = [Note(4 * i + at, pitch, 1.0) for i in range(4) for at, pitch in bar]
    other = [Note(4 * i + at, pitch + 3 * i * (1 if at else -1), 1.0) for i in range(4) for at, pitch in bar]
    assert features(same, bars=4)["bar_1"] == 1.0 > features(other, bars=4)["bar_1"]
    assert features(same, bars=4)["motifs"] > features(other, bars=4)["motifs"]


@pytest.fixture
def noise():
    return np.random.default_rng(1).normal(size=(2, 60, 6))


def test_the_judge_cannot_tell_what_is_alike_and_tells_what_is_not(noise):
    groups = [str(i // 3) for i in range(60)]
    words = [f"feature {i}" for i in range(6)]
    alike = judge(noise[0], noise[1], groups, words, num_seeds=1)
    assert 0.3 < alike.accuracy < 0.7
    moved = noise[1] + [0, 0, 4, 0, 0, 0]
    told = judge(noise[0], moved, groups, words, num_seeds=1)
    assert told.accuracy > 0.9
    assert told.pairs > 0.95
    assert told.differences[0].words == "feature 2"
    assert told.differences[0].size > 1
    assert told.sentences(2)[2].startswith("more: feature 2")
    assert told == judge(noise[0], moved, groups, words, num_seeds=1)


def test_what_is_not_defined_is_no_clue_by_itself_and_one_piece_is_refused(noise):
    noise[:, :, 0] = np.nan
    assert judge(noise[0], noise[1], [str(i) for i in range(60)], ["f"] * 6, num_seeds=1).accuracy < 0.75
    with pytest.raises(ValueError, match="two pieces"):
        judge(noise[0], noise[1], ["a"] * 60, ["f"] * 6)


def tune(start):
    notes = tuple(Note(float(i), 60 + (start + i * (3 + start % 3)) % 12, 1.0) for i in range(64))
    return Piece(
        (Track(notes),), time_signatures=(TimeSignature(0.0, 4, 4),), key_signatures=(KeySignature(0.0, 0, "major"),)
    )


def test_twins_have_the_same_seed_meter_and_length(monkeypatch):
    pieces = [HeldOut(str(i), tune(i)) for i in range(3)]
    monkeypatch.setattr(twins, "held_out_pieces", lambda style, split: pieces)
    made = twins.make_twins("folk", most=2, settings={"temperature": 1.0})
    assert [twin.group for twin in made] == ["0", "1"]
    for twin in made:
        seed = [
            [n.pitch for n in piece.tracks[0].notes if n.onset_quarter < 16] for piece in (twin.real, twin.composed)
        ]
        assert seed[0] == seed[1]
        assert twin.composed.end_quarter <= 64 + 1e-6
    real, composed, words = twins.table_of(made)
    assert real.shape == composed.shape == (2, len(words))
    assert (real[:, words.index("notes a quarter")] == 1.0).all()
    with pytest.raises(StyleError, match="3 held-out pieces|2 held-out pieces"):
        twins.judged("folk", most=2)


def test_the_judge_hears_the_parts_of_the_real_music_alone():
    def parts(*names):
        return Piece(tuple(Track((Note(0.0, 60, 1.0),), 0, name == "Drums", name) for name in names))

    real = parts("Melody", "Right hand", "Left hand")
    heard = twins._as_in(real, parts("Right hand", "Left hand", "Bass", "Drums"))
    assert [track.name for track in heard] == ["Right hand", "Left hand"]
    assert [track.name for track in twins._as_in(parts("", ""), parts("Solo", "Drums", "Bass"))] == ["Solo", "Bass"]


def test_chords_of_beats_become_a_chart():
    assert chart_of(("C", "", "", "", "D-7", "", "G7", "", "A", "B", "C", "D")) == "C | D-7 G7 | A B C D"


def test_what_is_judged_beside_a_style_is_what_its_composer_makes_of_a_corpus():
    score = ScorePiece(tune(0), "Haydn", "Quartet", "op. 1")
    assert get_composer("parts").held_out([score, replace(score, own=False)]) == [
        HeldOut("op. 1", tune(0), name="Haydn, Quartet")
    ]
    assert get_composer("chorale").held_out([tune(0), tune(1)]) == [HeldOut("0", tune(0)), HeldOut("1", tune(1))]
    onsets = np.arange(500.0, 500.0 + 250)
    played = Performance(
        onsets, np.full(250, 90.0), np.full(250, 60), np.full(250, 70), np.array([[100, 400], [510, 600]])
    )
    recordings = [Recording("Liszt", "Étude", str(n), played) for n in range(2)]
    (held,) = get_composer("performance").held_out(recordings)
    assert held.group == "Liszt/Étude"
    assert held.piece.tracks[0].notes[0].onset_quarter == 0.0 and len(held.piece.tracks[0].pedals) == 1


@pytest.mark.parametrize("card", list_styles(), ids=lambda card: card.style_id)
def test_every_style_says_what_it_is_judged_by(card):
    assert set(card.held_out["corpora"]) <= set(CORPORA)
    assert card.held_out.get("num_bars", twins.NUM_BARS) > twins.SEED_BARS


def test_a_style_that_says_nothing_has_nothing_held_out(monkeypatch):
    nothing = replace(get_style("folk"), held_out={})
    monkeypatch.setattr("musegen.services.judging.held_out.get_style", lambda style_id: nothing)
    with pytest.raises(StyleError, match='held out from "Folk tunes"'):
        held_out_pieces("folk", "valid")


def test_an_unknown_style_has_nothing_held_out():
    with pytest.raises(StyleError, match="tango"):
        held_out_pieces("tango", "valid")
