"""How long a piece gets, what of a seed is used, and what the key lock admits."""

import pytest

from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.length import NEW_BARS, usual_bars
from musegen.composers.request import MAX_BARS, ComposeRequest
from musegen.files.typed import read_typed
from musegen.music import KeySignature
from musegen.services.making.compose import compose
from musegen.services.seeds.seed import load_example
from tests.builders import piece

STYLES = ("folk", "bach-chorales")
A_MINOR = KeySignature(0.0, 9, "minor")


@pytest.mark.parametrize("style_bars", [8, 16])
@pytest.mark.parametrize("seed_bars", [1, 4, 6, 7, 8, 9, 40])
def test_the_usual_length_leaves_eight_new_bars(style_bars, seed_bars):
    bars = usual_bars(style_bars, seed_bars)
    assert bars >= max(style_bars, seed_bars + NEW_BARS)
    assert bars == style_bars or bars % 4 == 0


def test_the_usual_length_is_the_styles_without_a_seed_and_never_beyond_the_most():
    assert usual_bars(8, 0) == 8
    assert usual_bars(16, 200) == MAX_BARS


@pytest.mark.parametrize("style_id", STYLES)
def test_a_seed_of_six_bars_goes_on_for_eight_where_no_length_is_asked_for(style_id):
    seed = piece([(67 + [0, 2, 4, 2][i % 4], i, 1) for i in range(24)], key="G major")
    take = compose(ComposeRequest(style_id, "continue", seed, num_bars=None, random_seed=1)).takes[0]
    assert take.num_bars >= 14


@pytest.mark.parametrize("style_id", STYLES)
def test_seconds_beyond_the_most_bars_are_said(style_id):
    result = compose(ComposeRequest(style_id, "invent", num_bars=None, seconds=600, qpm=160, meter="4/4"))
    assert result.takes[0].num_bars == MAX_BARS
    said = [m for m in result.messages if "400 bars" in m]
    assert said == [
        "600 seconds would be 400 bars at this tempo; the piece has 128, the most there may be, and lasts 192 seconds."
    ]
    short = compose(ComposeRequest(style_id, "invent", num_bars=None, seconds=20, qpm=160, meter="4/4"))
    assert not any("would be" in m for m in short.messages)


def test_minor_has_the_raised_notes_of_the_seed_and_no_others():
    natural = {9, 11, 0, 2, 4, 5, 7}
    assert locked_scale(A_MINOR, {0, 2, 3}) == natural
    assert locked_scale(A_MINOR, {0, 11}) == natural | {8}
    assert locked_scale(A_MINOR, {0, 9, 11}) == natural | {6, 8}
    assert locked_scale(A_MINOR, None) == natural
    assert locked_scale(A_MINOR, {0, 3}, leading=True) == natural | {8}
    assert locked_scale(KeySignature(0.0, 0, "major"), {9, 11, 10}) == {0, 2, 4, 5, 7, 9, 11}


def test_what_the_lock_does_in_minor_is_said():
    assert scale_words(A_MINOR, {0}) == ["The key lock keeps to A minor without raised notes."]
    assert scale_words(A_MINOR, {9, 11}) == ["The key lock keeps to A minor, with F# and G# as in your music."]
    assert scale_words(A_MINOR, {0}, leading=True) == ["The key lock keeps to A minor, with G# for its cadences."]
    assert scale_words(KeySignature(0.0, 0, "major"), {11}) == []


@pytest.mark.parametrize(
    ("text", "admitted"),
    [("A4 C5 E5 D5 | C5 B4 A4:2", set()), ("A4 C5 E5 D5 | C5 G#4 A4:2", {8}), ("A4 F#5 G#5 A5 | E5:4", {6, 8})],
)
def test_locked_folk_takes_in_minor_have_no_raised_note_that_the_seed_has_not(text, admitted):
    seed = read_typed(f"key: A minor\n{text}")
    request = ComposeRequest("folk", "continue", seed, num_bars=16, key_strength=1.0, temperature=1.6, num_takes=4)
    result = compose(request)
    found = {n.pitch % 12 for take in result.takes for n in take.piece.tracks[0].notes}
    assert found <= {9, 11, 0, 2, 4, 5, 7} | admitted
    assert any(m.startswith("The key lock keeps to A minor") for m in result.messages)


def test_a_locked_chorale_in_minor_has_its_leading_note_and_no_raised_sixth():
    seed = read_typed("key: A minor\nA4 C5 B4 A4 | E5 D5 C5:2")
    result = compose(ComposeRequest("bach-chorales", "continue", seed, num_bars=8, key_strength=1.0, num_takes=4))
    found = {n.pitch % 12 for take in result.takes for track in take.piece.tracks for n in track.notes}
    assert 6 not in found and 8 in found


@pytest.mark.parametrize("style_id", STYLES)
def test_takes_with_top_k_1_are_all_the_same_and_it_is_said(style_id):
    request = ComposeRequest(style_id, "continue", load_example("ode").piece, num_bars=8, top_k=1, num_takes=3)
    result = compose(request)
    assert len({take.piece for take in result.takes}) == 1
    assert "With top-k 1 the likeliest note is always taken, so all takes are the same." in result.messages


def test_fermatas_put_on_a_plain_melody_are_explained_and_those_of_a_marked_one_are_its_own():
    plain = read_typed("key: F major\nF4 G4 A4 Bb4 | C5:4 | A4 G4 F4 G4 | F4:4")
    result = compose(ComposeRequest("bach-chorales", "harmonise", plain, num_bars=None))
    assert result.takes[0].piece.fermatas == (4.0, 12.0)
    assert any("ends of phrases" in message for message in result.messages)
    hymn = load_example("hymn").piece
    marked = compose(ComposeRequest("bach-chorales", "harmonise", hymn, num_bars=None))
    assert not any("ends of phrases" in message for message in marked.messages)
