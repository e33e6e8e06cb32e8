"""What the stage is given: times, bars, beats, ids, computed by hand."""

import json
import re
from dataclasses import replace

import pytest

from musegen.composers.request import Take
from musegen.languages import language
from musegen.music import Barline, ChordSymbol, Tempo, TimeSignature
from musegen.rendering.engraving import engrave
from musegen.services.showing.downloads import with_programs
from musegen.services.showing.spoken_bars import bar_words
from musegen.services.showing.stage import score_data
from tests.builders import piece, track


def strengths(meter):
    return [strength for _, strength in score_data(piece([(60, 0, 1)], meter=meter))["beats"]]


@pytest.mark.parametrize(
    ("meter", "wanted"),
    [
        ("4/4", [0, 2, 1, 2]),
        ("3/4", [0, 2, 2]),
        ("2/2", [0, 2]),
        ("5/4", [0, 2, 2, 1, 2]),
        ("6/8", [0, 2, 2, 1, 2, 2]),
        ("9/8", [0, 2, 2, 1, 2, 2, 1, 2, 2]),
        ("12/8", [0, 2, 2, 1, 2, 2, 1, 2, 2, 1, 2, 2]),
        ("7/8", [0, 2, 1, 2, 1, 2, 2]),
        ("3/8", [0, 2, 2]),
    ],
)
def test_beats_have_the_strength_of_their_meter(meter, wanted):
    assert strengths(meter) == wanted


def test_a_score_by_hand():
    music = piece(
        track([(67, 0, 1.5, 90), (64, 2, 3)], 73, name="Flute"), track([(36, 1, 1)], is_drum=True), qpm=90, title="Air"
    )
    score = score_data(music, (frozenset({1}),))
    assert json.loads(json.dumps(score)) == score
    key = score.pop("key")
    assert re.fullmatch("[0-9a-f]{24}", key)
    assert score == {
        "title": "Air",
        "end": 8.0,
        "tempos": [[0.0, 90]],
        "bars": [[0.0, 1], [4.0, 2]],
        "beats": [[0.0, 0], [1.0, 2], [2.0, 1], [3.0, 2], [4.0, 0], [5.0, 2], [6.0, 1], [7.0, 2]],
        "tracks": [
            {"name": "Flute", "program": 73, "drum": False},
            {"name": "", "program": 0, "drum": True},
        ],
        "notes": [
            ["n0-0", 0, 67, 0.0, 1.5, 90, 0],
            ["n1-0", 1, 36, 1.0, 1.0, 80, 0],
            ["n0-1", 0, 64, 2.0, 3.0, 80, 1],
        ],
        "wav": None,
    }


def test_a_pickup_is_bar_0_and_its_beats_are_the_last_of_a_bar():
    score = score_data(piece([(60, 0, 1), (62, 1, 4), (64, 5, 3)], pickup=1.0))
    assert score["bars"] == [[0.0, 0], [1.0, 1], [5.0, 2]]
    assert score["beats"][:4] == [[0.0, 2], [1.0, 0], [2.0, 2], [3.0, 1]]
    assert score["end"] == 9.0


def test_a_pickup_of_an_eighth_in_six_eight_is_the_last_eighth():
    score = score_data(piece([(60, 0, 0.5), (62, 0.5, 3)], meter="6/8", pickup=0.5))
    assert score["bars"] == [[0.0, 0], [0.5, 1]]
    assert score["beats"] == [[0.0, 2], [0.5, 0], [1.0, 2], [1.5, 2], [2.0, 1], [2.5, 2], [3.0, 2]]


def test_tempo_and_meter_change():
    music = piece(
        [(60, 0, 4), (62, 4, 3)],
        tempos=(Tempo(0.0, 120), Tempo(4.0, 66.6)),
        time_signatures=(TimeSignature(0.0, 4, 4), TimeSignature(4.0, 6, 8)),
    )
    score = score_data(music)
    assert score["tempos"] == [[0.0, 120], [4.0, 66.6]]
    assert score["bars"] == [[0.0, 1], [4.0, 2]]
    assert [b for b in score["beats"] if b[0] >= 4] == [
        [4.0, 0], [4.5, 2], [5.0, 2], [5.5, 1], [6.0, 2], [6.5, 2],
    ]  # fmt: skip


def test_a_bar_cut_in_two_keeps_its_number():
    music = piece([(60 + i, i, 1) for i in range(8)], barlines=(Barline(2.0, "repeat-end"),))
    score = score_data(music)
    assert score["bars"] == [[0.0, 1], [2.0, 1], [4.0, 2]]
    assert [b[1] for b in score["beats"]] == [0, 2, 1, 2, 0, 2, 1, 2]


def test_the_key_follows_the_music_and_nothing_else():
    plain = score_data(piece([(60, 0, 1)], title="One"))["key"]
    assert score_data(piece([(60, 0, 1)], title="Two"))["key"] == plain
    others = [piece([(61, 0, 1)]), piece([(60, 0, 1)], qpm=121), piece(track([(60, 0, 1)], 1)),
              piece([(60, 0, 1)], meter="3/4")]  # fmt: skip
    keys = [score_data(other)["key"] for other in others] + [score_data(piece([(60, 0, 1)]), (frozenset({0}),))["key"]]
    assert len({plain, *keys}) == 6


def test_ids_and_bars_are_those_of_the_sheet():
    music = piece(
        [(72 + i % 5, i * 0.75, 0.75) for i in range(30)], [(48, i * 3, 3) for i in range(8)], pickup=0.75, meter="3/4"
    )
    svg = "".join(engrave(music).pages)
    shown = set(re.findall(r'<g id="(n\d+-\d+)" class="note', svg))
    score = score_data(music)
    assert shown == {note[0] for note in score["notes"]}
    assert len(re.findall('class="measure"', svg)) == len(score["bars"])


def test_what_a_screen_reader_says():
    music = piece(track([(66, 0, 1), (67, 1, 0.5)], name="Soprano"), track([(50, 4, 4)], name="Bass"), key="G major")
    assert bar_words(music) == [
        "Bar 1: Soprano F#4 quarter, G4 eighth, rest half + eighth.",
        "Bar 2: Bass D3 whole.",
    ]
    assert bar_words(piece([(60, 0, 1)])) == ["Bar 1: C4 quarter, rest dotted half."]
    held = piece([(48, 0, 6), (52, 0, 6), (55, 1, 1), (60, 7, 1), (64, 12.37, 0.5), (65, 13, 3)])
    held = replace(held, chord_symbols=(ChordSymbol(0, "C"), ChordSymbol(6, "Am7"), ChordSymbol(7, "G7")))
    assert bar_words(held, (frozenset({0, 1, 2}),)) == [
        "Bar 1, your music and C: chord C3 and E3 dotted whole, G3 quarter.",
        "Bar 2, Am7 and G7: rest quarter, C4 quarter.",
        "Bar 3: rest.",
        "Bar 4: E4 eighth, F4 dotted half.",
    ]
    assert bar_words(piece([(60, 0, 8)])) == ["Bar 1: C4 double whole.", "Bar 2: nothing new."]
    kit = piece(track([(36, 0, 1), (42, 0, 1), (75, 1, 3)], is_drum=True))
    assert bar_words(kit) == ["Bar 1: chord bass drum and closed hi-hat quarter, drum 75 dotted half."]
    assert bar_words(held, (frozenset({0, 1, 2}),))[0].told(language("de")).startswith("Takt 1, deine Vorlage und C: ")
    falling = piece([(69, 0, 1), (68, 1, 1), (67, 2, 2)], key="C major")
    assert bar_words(falling) == ["Bar 1: A4 quarter, Ab4 quarter, G4 half."]


def test_instruments_are_chosen_for_each_track():
    music = piece(track([(60, 0, 1)], 0), track([(62, 0, 1)], 5), track([(36, 0, 1)], is_drum=True))
    take = Take(music, 0, (), 1, 2.0, 0, -1.0, 7, "folk", "0" * 64)
    changed = with_programs(take, {0: 40, 2: 40, 7: 1})
    assert [t.program for t in changed.piece.tracks] == [40, 5, 0]
    assert changed.piece.tracks[0].notes == take.piece.tracks[0].notes
    assert with_programs(take, {}) is take
