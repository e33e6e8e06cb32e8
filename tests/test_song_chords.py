"""Songs and hymns over chords: laid bar by bar, followed by piano and voices, kept when bars are composed again."""

import pytest

from benchmarks.resting_piano import rests_of
from musegen.composers.fitting.chord_course import ChordCourse, chords_of_seed, laid_over, standing_chords
from musegen.composers.fitting.sixteenths import on_sixteenths
from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.errors import ConstraintError
from musegen.music import ChordSymbol, TimeSignature
from musegen.music.chart import parse_chart
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.making.steer import steer
from musegen.services.seeds.seed import load_example
from tests.builders import piece

TUNE = [(67, 0, 1), (64, 1, 1), (65, 2, 1), (67, 3, 1), (69, 4, 2), (65, 6, 2), (62, 8, 2), (65, 10, 2), (64, 12, 2),
        (60, 14, 2)]  # fmt: skip
MELODY = piece(TUNE, key="C major")
OTHER = "Am | Dm | Bb | C"
"""Chords that nobody would put under the tune unasked."""


def share(made, course, tracks):
    """The share of the time of composed notes that lies on tones of the chords at hand."""
    on = total = 0.0
    for track in tracks:
        for note in made.tracks[track].notes:
            for sixteenth in range(round(4 * note.onset_quarter), round(4 * note.end_quarter)):
                total += 1
                on += note.pitch % 12 in course.tones(sixteenth / 4)
    return on / total


def asked(style, mode="accompany", melody=MELODY, **values):
    return ComposeRequest.of(style, mode, melody, **({"random_seed": 3} | values))


def test_a_chart_is_laid_bar_by_bar_and_moved_to_the_beats_there_are():
    waltz = [TimeSignature(0.0, 3, 4)] * 3
    said = []
    found = laid_over(parse_chart("C | Dm G7"), [1.0, 4.0, 7.0], waltz, said)
    assert [(at, chord.text) for at, chord in found] == [(1.0, "C"), (4.0, "Dm"), (6.0, "G7"), (7.0, "C")]
    assert [each.code for each in said] == ["chart_in_other_bars"]
    jig = [TimeSignature(0.0, 6, 8)] * 2
    found = laid_over(parse_chart("meter: 6/8\nG D | G"), [0.0, 3.0], jig, said)
    assert [(at, chord.text) for at, chord in found] == [(0.0, "G"), (1.5, "D"), (3.0, "G")]
    assert len(said) == 1


def test_a_course_says_its_tones_and_ends_with_the_music():
    music = piece(TUNE, chord_symbols=(ChordSymbol(4.0, "G7/B"), ChordSymbol(6.0, "nothing"), ChordSymbol(8.0, "Cm")))
    course = standing_chords(music, 12.0)
    assert course.tones(0.0) == course.tones(12.0) == frozenset(range(12))
    assert course.tones(4.0) == course.tones(7.9) == {7, 11, 2, 5}
    assert course.chord(5.0).bass_pitch_class == 11 and course.tones(8.0) == {0, 3, 7}
    assert course.begins(4.25, 0.5) and not course.begins(4.5, 0.5) and not course.begins(0.0, 1.0)
    assert standing_chords(piece(TUNE), 16.0) is None


@pytest.mark.parametrize(("style", "mode"), [("song", "accompany"), ("hymn", "harmonise")])
def test_what_is_composed_follows_the_chords_and_leaves_the_melody(style, mode):
    told = compose(asked(style, mode, chart=OTHER)).takes[0].piece
    free = compose(asked(style, mode)).takes[0].piece
    assert [s.text for s in told.chord_symbols] == ["Am", "Dm", "Bb", "C"] and not free.chord_symbols
    assert [n.pitch for n in told.tracks[0].notes] == [n[0] for n in TUNE]
    course = ChordCourse(chords_of_seed(told))
    parts = range(1, len(told.tracks))
    assert share(told, course, parts) > 0.85 > share(free, course, parts)
    last = [n.pitch for t in parts for n in told.tracks[t].notes if n.end_quarter > 15.5]
    assert min(last) % 12 == 0  # it closes as the chart does


def test_chords_that_stand_in_a_melody_are_followed_after_a_prelude():
    signed = piece(TUNE, key="C major", chord_symbols=(ChordSymbol(0.0, "C"), ChordSymbol(4.0, "F"),
                                                       ChordSymbol(8.0, "G7"), ChordSymbol(12.0, "C")))  # fmt: skip
    result = compose(asked("song", melody=signed, prelude_bars=2))
    assert "chords_of_seed" in [said.code for said in result.messages]
    assert [s.onset_quarter for s in result.takes[0].piece.chord_symbols] == [8.0, 12.0, 16.0, 20.0]
    around = {"prelude_bars": 1, "postlude_bars": 1}
    typed = compose(asked("song", melody=signed, chart="C | F | G7 | C", **around)).takes[0].piece
    assert [(s.onset_quarter, s.text) for s in typed.chord_symbols] == [(0, "C"), (8, "F"), (12, "G7"), (16, "C")]


@pytest.mark.parametrize("style", ["song", "hymn"])
def test_inventing_over_a_chart_takes_its_key_its_meter_and_goes_round(style):
    result = compose(asked(style, "invent", None, chart="meter: 3/4\nD | G | A7 | D", num_bars=8))
    made = result.takes[0].piece
    assert (made.key_signatures[0].tonic, made.time_signatures[0].numerator) == (2, 3)
    assert [s.text for s in made.chord_symbols] == ["D", "G", "A7", "D", "G", "A7", "D"]
    assert share(made, ChordCourse(chords_of_seed(made)), range(1, len(made.tracks))) > 0.8
    moved = compose(asked(style, "invent", None, chart="D | A7", key="F major", num_bars=4)).takes[0].piece
    assert [s.text for s in moved.chord_symbols] == ["F", "C7", "F"]


@pytest.mark.parametrize(("style", "mode"), [("song", "accompany"), ("hymn", "harmonise")])
def test_bars_composed_again_keep_to_the_chords(style, mode):
    first = compose(asked(style, mode, chart=OTHER)).takes[0].piece
    again = steer(SteerRequest(style, "regenerate", first, voices=(1, 2), bars=(2, 3), random_seed=5)).takes[0].piece
    assert again.chord_symbols == first.chord_symbols
    assert again.tracks[1].notes != first.tracks[1].notes
    assert share(again, ChordCourse(chords_of_seed(again)), (1, 2)) > 0.8


def test_a_chart_longer_than_the_melody_is_cut_and_said_and_a_form_beside_it_refused():
    result = compose(asked("song", chart="C | F | G7 | C | Am | F"))
    assert "chart_cut" in [said.code for said in result.messages]
    with pytest.raises(ConstraintError, match="the form or the chords"):
        compose(asked("song", "invent", None, chart="C | G", form="A A B A", num_bars=8))


def test_a_recipe_makes_the_take_again_to_the_note():
    request = asked("hymn", "harmonise", chart=OTHER)
    first = compose(request).takes[0].piece
    back, _ = read_recipe_text(recipe_text(Recipe(request, 0, "0" * 64)))
    assert compose(back.request).takes[0].piece == first


@pytest.mark.parametrize(("style", "mode"), [("song", "accompany"), ("hymn", "harmonise"), ("pop", "accompany")])
def test_of_a_melody_with_two_voices_the_upper_is_kept_and_it_is_said(style, mode):
    two = piece([(67, 0, 2), (64, 0, 2), (69, 2, 2), (65, 2, 2), (67, 4, 4), (60, 4, 4)], key="C major")
    result = compose(asked(style, mode, two))
    assert [n.pitch for n in result.takes[0].piece.tracks[0].notes] == [67, 69, 67]
    assert "highest_notes_kept" in [said.code for said in result.messages]


def fast_run(count=96, size=1 / 24):
    return piece([(60 + i % 8, i * size, size) for i in range(count)], key="C major")


def test_notes_faster_than_the_grid_of_a_hymn_are_left_out_and_counted():
    result = compose(ComposeRequest.of("hymn", "harmonise", fast_run(), random_seed=1))
    said = {m.code: m.values for m in result.messages}
    sung = result.takes[0].piece.tracks[0].notes
    assert said["faster_than_sixteenths"]["count"] == 96 - len(sung) == 79
    steps = [note.onset_quarter for note in sung]
    assert steps == [i / 4 for i in range(17)]


def test_notes_struck_nearly_together_are_still_a_chord_on_sixteenths():
    messages = []
    rolled = piece([(60, 0, 1), (64, 0.02, 1), (67, 0.04, 1), (72, 1, 0.11), (74, 1.11, 0.11)])
    made = on_sixteenths(rolled, messages).tracks[0].notes
    assert [(n.pitch, n.onset_quarter) for n in made] == [(60, 0), (64, 0), (67, 0), (72, 1)]
    assert [m.values["count"] for m in messages if m.code == "faster_than_sixteenths"] == [1]


@pytest.mark.parametrize(
    ("octaves", "code"), [(3, "melody_moved_down_to_sopranos"), (-3, "melody_moved_up_to_sopranos")]
)
def test_a_melody_no_soprano_reaches_is_moved_as_a_whole(octaves, code):
    line = [60, 62, 67, 64, 72, 60]
    music = piece([(pitch + 12 * octaves, i, 1) for i, pitch in enumerate(line)], key="C major")
    result = compose(ComposeRequest.of("hymn", "harmonise", music, random_seed=1))
    assert [n.pitch for n in result.takes[0].piece.tracks[0].notes] == line
    assert [m.code for m in result.messages if m.code in (code, "folded_for_singers")] == [code]


def test_the_piano_does_not_wait_for_bars_under_a_fast_melody():
    reel = load_example("reel").piece
    takes = compose(ComposeRequest.of("song", "accompany", reel, random_seed=7, num_takes=4)).takes
    assert max(rests_of(take.piece)[3] for take in takes) < 2  # bars running in which no hand sounds: three were
