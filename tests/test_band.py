"""A band: what drums and bass play, chords proposed or told, a song whose chorus returns, drums played anew."""

from dataclasses import replace
from itertools import groupby
from unittest.mock import patch

import numpy as np
import pytest

from musegen.band.bass_model import HIGH, LOW, draw_bass, load_bass
from musegen.band.drum_model import (
    DRUMS,
    GENRES,
    NOT_YET,
    STEPS,
    chance,
    contexts,
    draw_strokes,
    likelihoods,
    load_drums,
)
from musegen.band.pop_band import Playing, play_along
from musegen.band.progressions import chances as chord_chances
from musegen.band.progressions import chords_after, load_progressions, section_chords, symbol_of
from musegen.composers.parts.band_plan import sections_of
from musegen.composers.parts.chords import ChordTrack, chord_track, number_of
from musegen.composers.parts.frame import frame_of
from musegen.composers.parts.rows import answers_of, notes_of, whole_rows
from musegen.composers.registry import get_composer
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.corpora.billboard import ChordChart, ChordedBar
from musegen.corpora.chord_songs import song_of, song_of_score
from musegen.corpora.freedoom import basses_of
from musegen.corpora.groove import DrumClip, strokes_of
from musegen.corpora.mutopia import as_it_sounds
from musegen.corpora.pop_scores import chord_of_label, pop_song
from musegen.corpora.score_piece import ScorePiece
from musegen.errors import ConstraintError
from musegen.music import Note, Piece, TimeSignature, Track
from musegen.music.chart import parse_chart
from musegen.music.chord import parse_chord
from musegen.paths import PROJECT_DIR
from musegen.services.making import steer as steering
from musegen.services.making import whole
from musegen.training import bass_groove_table, drum_table
from musegen.training.recipe import load_recipe
from tests.builders import piece, track
from tests.stub_network import StubNetwork

CHART = parse_chart("Verse:\n| C | Am | F | G |\nChorus:\n| F | G | C | C |")
TUNE = piece([(pitch, n, 1) for n, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 62] * 4)])
SONG = {
    "id": "1", "bpm": 90.0, "key": [[0.5, "Gb:maj"]], "downbeats": [2, 6, 10],
    "chords": [[0, 2, "N"], [2, 4, "B:maj"], [4, 6, "C#:maj/3"], [6, 10, "F#:min7/b7"]],
    "melody": [[25, 5, 66, 90], [31, 2, 68, 90], [36, 12, 70, 90]],
    "bridge": [[72, 24, 78, 80]],
    "piano": [[24, 20, 35, 60], [24, 23, 63, 60], [24, 21, 66, 60], [48, 12, 37, 60]],
}  # fmt: skip


@pytest.fixture(scope="module")
def band():
    """A style of the band's recipe that plays a network of no worth."""
    path = next(p for p in (PROJECT_DIR / "recipes" / "pop.toml", PROJECT_DIR / "recipes" / "next" / "pop.toml")
                if p.exists())  # fmt: skip
    recipe, composer = load_recipe(path), get_composer("parts")
    style = Style(recipe.card, composer, composer.open(recipe.card.composer["config"]), path.parent)
    network = StubNetwork(style.codec.num_events)
    with (
        patch.object(Style, "player", property(lambda style: network)),
        patch.object(whole, "load_style", lambda name: style),
        patch.object(steering, "load_style", lambda name: style),
    ):
        yield style


def composed(**asked):
    return whole.compose_whole(ComposeRequest(style_id="pop", **asked))


def in_bars(track, first, last):
    return [
        (round(n.onset_quarter - 4 * first, 6), n.pitch) for n in track.notes if 4 * first <= n.onset_quarter < 4 * last
    ]


# ------------------------------------------------------------------------------------------------- corpora


def test_a_pop_song_is_read_on_its_grid_and_bars_with_its_chords():
    song = pop_song(SONG)
    assert [track.name for track in song.tracks] == ["Melody", "Counter-melody", "Right hand", "Left hand"]
    assert [(n.onset_quarter, n.duration_quarter, n.pitch) for n in song.tracks[0].notes] == [
        (0.0, 0.5, 66), (0.5, 0.5, 68), (1.0, 1.0, 70),
    ]  # fmt: skip
    assert [n.pitch for n in song.tracks[2].notes] == [63, 66] and [n.pitch for n in song.tracks[3].notes] == [35, 37]
    assert len({n.end_quarter for n in song.tracks[2].notes}) == 1  # let go of together
    assert [(s.onset_quarter, parse_chord(s.text)) for s in song.chord_symbols] == [
        (0.0, parse_chord("B")), (2.0, parse_chord("C#/E#")), (4.0, parse_chord("F#m7/E")),
    ]  # fmt: skip
    assert song.time_signatures == (TimeSignature(0.0, 4, 4),) and song.key_signatures[0].tonic == 6


def test_an_end_lies_on_a_triplet_only_where_something_begins_on_one():
    played = {**SONG, "melody": [[24, 8, 66, 90], [36, 4, 68, 90], [40, 4, 69, 90], [44, 4, 71, 90]], "bridge": []}
    assert [(n.onset_quarter * 12, round(n.duration_quarter * 12)) for n in pop_song(played).tracks[0].notes] == [
        (0, 12), (12, 4), (16, 4), (20, 4),
    ]  # fmt: skip
    alone = {**played, "melody": [[24, 8, 66, 90], [60, 12, 68, 90]]}
    assert round(pop_song(alone).tracks[0].notes[0].duration_quarter * 12) == 9


def test_the_chords_of_a_score_are_two_a_bar_from_the_first_on():
    song = song_of_score(ScorePiece(pop_song(SONG), "A singer", "A song", "1", True))
    assert song is not None and song.tonic == 6
    assert [chord.text for chord in song.sections[0][1][:4]] == ["B", "C#/E#", "F#m7/E", "F#m7/E"]


def test_a_label_of_a_chord_is_read():
    assert chord_of_label("Bb:sus4(b7)/5").text == "Bb7sus4/F"
    assert chord_of_label("N").is_no_chord


def test_a_guitar_that_is_written_an_octave_too_high_is_read_as_it_sounds():
    high = piece([(64, 0, 1), (88, 1, 1), (76, 2, 2)])
    assert [n.pitch for n in as_it_sounds(high).tracks[0].notes] == [52, 76, 64]
    low = piece([(40, 0, 1), (64, 1, 1), (76, 2, 2)])
    assert [n.pitch for n in as_it_sounds(low).tracks[0].notes] == [40, 64, 76]


def test_strokes_are_folded_to_the_drums_that_are_told_apart():
    kit = Track(
        (Note(0.02, 22, 0.1, 50), Note(0.98, 40, 0.1, 90), Note(1.01, 38, 0.1, 60), Note(4.0, 36, 0.1, 99)), 0, True
    )
    velocity, offset = strokes_of(Piece((kit,)))
    assert velocity.shape == (32, 10)
    assert {(int(t), int(d)): int(velocity[t, d]) for t, d in zip(*np.nonzero(velocity), strict=True)} == {
        (0, 2): 50, (4, 1): 90, (16, 0): 99,
    }  # fmt: skip
    assert offset[4, 1] == pytest.approx(-0.08, abs=0.01)


def test_a_bass_is_read_beside_its_bass_drum():
    bass = Track(tuple(Note(n / 2, 40 + n % 2, 0.5, 80) for n in range(64)), 33, False, "Bass")
    kit = Track((Note(0.0, 36, 0.1, 90), Note(2.0, 35, 0.1, 90)), 0, True)
    ((pitch, kick),) = basses_of(Piece((bass, kit)))
    assert pitch[:5].tolist() == [40, 0, 41, 0, 40] and np.flatnonzero(kick).tolist() == [0, 8]


def test_a_song_of_billboard_is_two_chords_a_bar_by_section():
    bars = (
        ChordedBar(("D:maj", "G:maj7"), (4, 4), 2, "A verse"),
        ChordedBar(("A:9(13)",), (4, 4), 2, ""),
        ChordedBar(("N",), (4, 4), 2, "B solo"),
    )
    song = song_of(ChordChart("1", "x", "y", bars))
    assert [(name, [c.text for c in chords]) for name, chords in song.sections] == [
        ("verse", ["D", "Gmaj7", "A7", "A7"]), ("bridge", ["N.C.", "N.C."]),
    ]  # fmt: skip
    assert song_of(ChordChart("1", "x", "y", (*bars, replace(bars[0], meter=(3, 4))))) is None


# ------------------------------------------------------------------------------------------------- drums


def test_what_was_counted_of_drums_is_what_the_counts_say():
    velocity = np.zeros((32, 10), np.uint8)
    velocity[::8, 0], velocity[4::8, 1] = 100, 80
    clip = DrumClip("a", "a", "rock", False, 100.0, velocity, np.zeros((32, 10), np.float32))
    tables = drum_table.count([clip])
    assert tables.struck[0][0, 0] == 2 and tables.asked[0][0, 0] == 2
    assert tables.struck[0][1, 4] == 2 and tables.struck[0][1, 0] == 0
    assert tables.struck[2][0, 0, 0, NOT_YET, NOT_YET] == 1 and tables.struck[2][0, 0, 0, 1, NOT_YET] == 1
    nats = [drum_table.nats_a_hit(tables, [clip], order) for order in (1, 5)]
    assert nats[1] < nats[0]


def test_one_table_of_all_contexts_agrees_with_asking_one_by_one():
    random, tables, likely = np.random.default_rng(0), load_drums(), likelihoods()
    hits = (random.random((48, 10)) < 0.3).astype(np.int8)
    for _ in range(200):
        step, drum, genre, fill = (int(random.integers(n)) for n in (48, 10, len(GENRES), 2))
        met = contexts(hits, step, drum, genre, is_fill=bool(fill))
        one, two, before, together = (*met[3][3:6], met[3][6])
        index = (drum, step % STEPS, genre, fill, one, two, before, together)
        assert likely[index] == pytest.approx(chance(tables, met))


@pytest.mark.parametrize("genre", GENRES)
def test_nobody_strikes_more_than_two_hands_can(genre):
    fills = np.arange(96) >= 80
    hits = draw_strokes(fills, genre, np.random.default_rng(3), density=0.8)
    assert hits.any() and hits[:, [1, 2, 3, 5, 6, 7, 8, 9]].sum(1).max() <= 2
    assert not (hits[:, 2] & hits[:, 3]).any()


def test_few_notes_are_fewer_than_many():
    few, many = (
        sum(len(play_along(CHART, Playing("rock", nats), seed)[1].notes) for seed in range(4)) for nats in (-0.8, 0.8)
    )
    assert few < many


# ------------------------------------------------------------------------------------------------- bass, chords


def test_a_bass_begins_each_chord_on_its_lowest_note_and_keeps_to_it():
    chords = [CHART.at(step / 4) for step in range(7 * STEPS)]
    notes = draw_bass(load_bass(), chords, np.zeros(len(chords), bool), np.random.default_rng(1))
    begins = {step: pitch for step, _, pitch in notes}
    for step, chord in enumerate(chords):
        if step == 0 or chord != chords[step - 1]:
            assert begins[step] % 12 == chord.bass_pitch_class
    assert all(LOW <= pitch <= HIGH for _, _, pitch in notes)
    for (step, length, pitch), (following, _, _) in zip(notes, notes[1:], strict=False):
        assert step + length <= following
        assert step % 4 or pitch % 12 in chords[step].pitch_classes


def test_a_root_is_the_longest_pitch_class_of_half_a_bar():
    assert bass_groove_table.roots_of(np.array([40, 0, 0, 0, 0, 45, 0, 0] + [0] * 8)).tolist() == [4, -1]


def test_bass_and_drums_end_together_with_a_long_chord():
    bass, drums = play_along(CHART, Playing(), 7, 2.0)
    assert drums.is_drum and (bass.name, drums.name) == ("Bass", "Drums")
    assert bass.notes[-1] == Note(30.0, bass.notes[-1].pitch, 4.0, 88) and bass.notes[-1].pitch % 12 == 0
    assert {n.pitch for n in drums.notes if n.onset_quarter >= 30} == {36, 49}
    assert {n.pitch for n in drums.notes} <= set(DRUMS)
    assert all((n.onset_quarter * 4).is_integer() for n in drums.notes)
    assert play_along(CHART, Playing(), 7, 2.0) == (bass, drums)
    by_hand = play_along(CHART, Playing(human=True), 7, 2.0)[1]
    assert not all((n.onset_quarter * 4).is_integer() for n in by_hand.notes)
    with pytest.raises(ValueError, match="4/4"):
        play_along(parse_chart("meter: 3/4\nC | F"), Playing(), 7)


def test_chances_of_chords_are_chances_and_a_progression_closes():
    counts = load_progressions().counts["major"]
    likely = chord_chances(counts, ("", "l0"))
    assert likely.sum() == pytest.approx(1) and likely.argmax() == symbol_of(parse_chord("C"), 0)
    chords = section_chords("chorus", 8, 7, "major", np.random.default_rng(2), closes=True)
    assert len(chords) == 16 and {c.text for c in chords[-2:]} == {"G"} and chords[-3].text != "G"


# ------------------------------------------------------------------------------------------------- chords that are told


def test_chords_as_numbers_move_with_the_music():
    track = chord_track([(0.0, parse_chord("C")), (2.0, parse_chord("G7/B")), (4.0, parse_chord("N.C."))])
    assert track.tick.tolist() == [0, 48, 96] and track.number[2] == 0
    assert (track.number[1], track.bass[1]) == number_of(parse_chord("G7/B"))
    moved = track.transposed(2)
    assert (moved.number[1], moved.bass[1]) == number_of(parse_chord("A7/C#")) and moved.number[2] == 0
    assert track.following(np.array([0, 47, 48, 200])).tolist() == [track.number[1]] * 2 + [0, 0]


def test_a_cursor_shows_the_chords_that_the_whole_reading_shows(band):
    song, codec = pop_song(SONG), band.codec
    notes, _ = notes_of(song, codec.layout)
    rows, frame = whole_rows(notes, codec.layout, ended=True), frame_of(song, 4, 96)
    assert isinstance(frame.chords, ChordTrack)
    example, cursor = codec.reading.read(rows, frame), codec.cursor(frame)
    assert example.trunk[:, -2].any() and example.head[:, 2, -2:].all()
    for index, answers in enumerate(codec.to_events(answers_of(rows, codec.layout)).reshape(-1, 4).tolist()):
        assert (cursor.trunk() == example.trunk[index]).all()
        for question, event in enumerate(answers):
            assert (cursor.head() == example.head[index, question]).all()
            cursor.push(event)


# ------------------------------------------------------------------------------------------------- whole songs


def test_a_chorus_returns_note_for_note_and_the_end_closes(band):
    made = composed(mode="invent", num_bars=16, options={"plan": "verse chorus verse chorus"}).takes[0].piece
    assert [name for _, name in made.sections] == ["Verse", "Chorus", "Verse", "Chorus"]
    assert [t.name for t in made.tracks] == [*(p.name for p in band.codec.layout.parts), "Bass", "Drums"]
    for part in made.tracks[:4]:
        assert in_bars(part, 0, 4) == in_bars(part, 8, 12)
        assert in_bars(part, 4, 7) == in_bars(part, 12, 15)
    assert made.tracks[0].notes[-1].end_quarter == 64


def test_chords_go_on_from_those_that_sound_in_the_music_and_all_play_on(band):
    chords = ((48, 64, 67), (45, 60, 64), (41, 57, 60), (43, 59, 62))
    piano = [track([(p, 4.0 * n, 4.0) for n, pitches in enumerate(chords) for p in pitches[low:high]], name=name)
             for name, low, high in (("Right hand", 1, 3), ("Left hand", 0, 1))]  # fmt: skip
    result = composed(mode="continue", primer=piece(*piano, key="C major"), num_bars=16, random_seed=3)
    made = result.takes[0].piece
    symbols = [(s.onset_quarter, parse_chord(s.text).root) for s in made.chord_symbols]
    assert symbols[:4] == [(0.0, 0), (4.0, 9), (8.0, 5), (12.0, 7)]
    assert [root for onset, root in symbols if onset >= 16] != [root for _ in range(3) for _, root in symbols[:4]]
    assert {"chords_heard", "chords_go_on"} <= {remark.code for remark in result.messages}
    assert made.tracks[0].name == "Melody" and made.tracks[0].notes  # after an introduction the singer comes in


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_chords_after_others_are_two_a_bar_and_rest_on_none_for_more_than_four_bars(mode):
    tonic = parse_chord("D" if mode == "major" else "Dm")
    for seed in range(20):
        found = chords_after([tonic] * 8, 12, 2, mode, np.random.default_rng(seed))
        assert len(found) == 24 and found[0] != tonic
        assert found == chords_after([tonic] * 8, 12, 2, mode, np.random.default_rng(seed))


def test_chords_that_are_typed_are_played_and_moved_into_the_key(band):
    result = composed(mode="invent", num_bars=8, key="D minor", options={"chart": "Am | F | C | G"})
    made = result.takes[0].piece
    assert [s.text for s in made.chord_symbols] == ["Dm", "Bb", "F", "C", "Dm", "Bb", "F", "Dm"]
    assert {n.pitch % 12 for n in made.tracks[4].notes if n.onset_quarter % 4 == 0} <= {2, 10, 5, 0}


def test_a_melody_is_kept_and_its_own_drums_are_played(band):
    own = Track(tuple(Note(float(n), 38, 0.5, 80) for n in range(32)), 0, True, "My kit")
    made = composed(mode="accompany", primer=replace(TUNE, tracks=(*TUNE.tracks, own)), options={"prelude_bars": 1})
    take = made.takes[0]
    melody = take.piece.tracks[0]
    assert [(n.onset_quarter, n.pitch) for n in melody.notes] == [
        (n.onset_quarter + 4, n.pitch) for n in TUNE.tracks[0].notes
    ]
    drums = take.piece.tracks[-1]
    assert [(n.onset_quarter, n.pitch) for n in drums.notes] == [(n + 4.0, 38) for n in range(32)]
    assert len(take.given[0]) == 32 and len(take.given[-1]) == 32 and not any(take.given[1:-1])


def test_new_drums_to_the_same_song(band):
    made = composed(mode="invent", num_bars=8).takes[0].piece
    again = steering.steer(SteerRequest(style_id="pop", action="regenerate", piece=made, bars=(2, 5), voices=(5,)))
    other = again.takes[0].piece
    assert other.tracks[:5] == made.tracks[:5] and other.chord_symbols == made.chord_symbols
    assert in_bars(other.tracks[5], 0, 1) == in_bars(made.tracks[5], 0, 1)
    assert in_bars(other.tracks[5], 1, 5) != in_bars(made.tracks[5], 1, 5)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"options": {"chart": "meter: 3/4\nC | F"}}, "plays in 4/4 and the chart is in 3/4"),
        ({"options": {"plan": "verse rap"}}, '"rap" is no section'),
        ({"options": {"plan": "v c v c"}, "num_bars": 3}, "has 4 sections and the piece 3 bars"),
        (
            {"mode": "accompany", "primer": replace(TUNE, time_signatures=(TimeSignature(0.0, 7, 8),))},
            "your music is in 7/8",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(band, asked, words):
    with pytest.raises(ConstraintError, match=words):
        composed(**{"mode": "invent", **asked})


def test_sections_are_named_in_words_or_letters():
    assert sections_of("I, V-c B") == ("intro", "verse", "chorus", "bridge") and sections_of("") == ()


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_no_proposed_chord_stands_for_more_than_four_bars(mode):
    for seed in range(30):
        chords = section_chords("verse", 16, 2, mode, np.random.default_rng(seed))
        longest = max(len(list(same)) for _, same in groupby(symbol_of(chord, 2) for chord in chords))
        assert longest <= 8  # half bars
