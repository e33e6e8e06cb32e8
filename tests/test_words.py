"""Words under a melody: set, kept in every format, and still there after composing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.composers.request import ComposeRequest
from musegen.composers.steer_request import SteerRequest
from musegen.files.abc import read_abc
from musegen.files.abc.lyrics import syllables_of_line
from musegen.files.abc.write import abc_text
from musegen.files.midi import midi_bytes, read_midi
from musegen.files.midi_words import read_words
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.languages.hyphens import divider
from musegen.music import Note, Piece, Track
from musegen.music.piece import Syllable
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.transform import slice_quarters
from musegen.music.words import resung, verses_of, with_words, words_text
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.making.steer import steer
from musegen.services.making.words import set_words
from musegen.services.seeds.seed import seed_from_text
from tests.builders import piece

TUNE = piece([(60, 0, 1), (62, 1, 1), (64, 2, 1), (65, 3, 1), (67, 4, 2), (65, 6, 1), (64, 7, 1)], key="C major")
SUNG = with_words(TUNE, verses_of("Glo-ri-a in ex_ -cel sis\n\n2. Sing to the Lord * now, all~ye")).piece


def rows(music):
    return sorted(((w.onset_quarter, w.text, w.verse) for w in music.words), key=lambda row: (row[0], row[2]))


def test_syllables_fall_on_notes():
    assert [row for row in rows(SUNG) if row[2] == 1] == [
        (0, "Glo-", 1), (1, "ri-", 1), (2, "a", 1), (3, "in", 1), (4, "ex", 1), (7, "cel", 1)
    ]  # fmt: skip
    assert [row for row in rows(SUNG) if row[2] == 2] == [
        (0, "Sing", 2), (1, "to", 2), (2, "the", 2), (3, "Lord", 2), (6, "now,", 2), (7, "all ye", 2)
    ]  # fmt: skip


def test_what_does_not_fit_is_said():
    music, said = set_words(TUNE, "one two three four five six seven eight nine")
    assert [remark.code for remark in said] == ["words_too_many"] and said[0].values["count"] == 2
    assert len(music.words) == 7
    assert [(r.code, r.values["count"]) for r in set_words(TUNE, "la la")[1]] == [("words_too_few", 5)]
    assert set_words(SUNG, "") == (TUNE, ())
    assert set_words(Piece(), "la")[1][0].values["count"] == 1


@pytest.mark.parametrize(
    ("language", "word", "parts"),
    [("english", "beautiful", "beau-ti-ful"), ("german", "Morgen", "Mor-gen"), ("spanish", "corazones", "co-ra-zo-nes"),
     ("french", "chanter", "chan-ter"), ("italian", "cantare", "can-ta-re")],
)  # fmt: skip
def test_words_without_hyphens_are_divided_where_that_is_asked(language, word, parts):
    assert divider(language)(word) == parts
    assert verses_of(f"{word}, a-men", divider(language))[0] == [
        *(f"{part}-" for part in parts.split("-")[:-1]), f"{parts.split('-')[-1]},", "a-", "men"
    ]  # fmt: skip
    assert verses_of(word) == [[word]]


@pytest.mark.parametrize("way", ["musicxml", "abc", "plain"])
def test_words_are_kept_in_files(way):
    back = {
        "musicxml": lambda: read_musicxml(musicxml_text(SUNG).encode()),
        "abc": lambda: read_abc(abc_text(SUNG)),
        "plain": lambda: piece_from_plain(to_plain(SUNG)),
    }[way]()
    assert rows(back) == rows(SUNG)


def test_midi_keeps_the_first_verse():
    assert rows(read_midi(midi_bytes(SUNG))) == [row for row in rows(SUNG) if row[2] == 1]


def test_words_of_karaoke_files_end_at_spaces_and_lines():
    words = read_words([(0, "\\Twin"), (1, "kle "), (2, "lit"), (3, "tle "), (4, "star"), (5, "/How"), (6, " I")])
    assert [word.text for word in words] == ["Twin-", "kle", "lit-", "tle", "star", "How", "I"]
    assert [word.text for word in read_words([(0, "la"), (1, "la-"), (2, "la")])] == ["la", "la-", "la"]


def test_words_of_abc_are_held_left_out_and_aligned_by_bars():
    assert list(syllables_of_line(r"of~the day _ a\-b * time--ly | x")) == [
        "of the", "day", "_", "a-b", "*", "time-", "_", "ly", "|", "x"
    ]  # fmt: skip
    tune = read_abc("X:1\nM:4/4\nL:1/4\nK:C\nCDEF | GABc |\nw: one | two-fold three\nw: eins\nedcB |\nw: last\n")
    assert rows(tune) == [
        (0, "one", 1),
        (0, "eins", 2),
        (4, "two-", 1),
        (5, "fold", 1),
        (6, "three", 1),
        (8, "last", 1),
    ]


def test_notes_tied_over_a_bar_carry_one_syllable():
    tied = with_words(piece([(60, 0, 3), (62, 3, 2), (64, 5, 3)], key="C major"), verses_of("a b c")).piece
    assert rows(read_musicxml(musicxml_text(tied).encode())) == rows(read_abc(abc_text(tied))) == rows(tied)


syllable = st.text(st.characters(categories=("Ll", "Lu"), include_characters="'"), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(syllable, st.booleans()), min_size=1, max_size=7))
def test_typed_words_come_back_as_they_were(parts):
    text = "".join(part + ("-" if goes_on else " ") for part, goes_on in parts).strip(" -")
    set_once = with_words(TUNE, verses_of(text)).piece
    assert with_words(TUNE, verses_of(words_text(set_once))).piece == set_once
    assert rows(read_musicxml(musicxml_text(set_once).encode())) == rows(set_once)


def test_a_cut_takes_its_own_words_along():
    assert rows(slice_quarters(SUNG, 3, 7)) == [(0, "in", 1), (0, "Lord", 2), (1, "ex", 1), (3, "now,", 2)]


def test_words_move_to_the_next_note_that_is_there():
    words = (Syllable(0, "a-"), Syllable(1, "men"), Syllable(2, "now"))
    notes = [Note(10, 60), Note(11.5, 62), Note(12, 64)]
    assert [(w.onset_quarter, w.text) for w in resung(words, notes, 10)] == [(10, "a-"), (11.5, "men"), (12, "now")]
    assert [w.text for w in resung(words, notes[:1], 10)] == ["a-"]
    assert [w.text for w in resung(words, [Note(20, 60)], 10)] == []


def test_words_survive_composing_changing_and_recipes():
    seed = seed_from_text("key: D major\nD4 E4 F#4 G4 | A4:2 F#4:2").piece
    primer, _ = set_words(seed, "Low-ly the bells are ring-ing")
    request = ComposeRequest("folk", "continue", primer, num_bars=6)
    take = compose(request).takes[0]
    assert words_text(take.piece) == words_text(primer) == "Low-ly the bells are ring-ing"[: len(words_text(primer))]
    recipe, _ = read_recipe_text(recipe_text(Recipe(request, 0, take.style_sha256, "")))
    assert recipe.request.primer.words == primer.words
    changed = steer(SteerRequest("folk", "regenerate", take.piece, bars=(3, 4))).takes[0]
    assert words_text(changed.piece) == words_text(take.piece)
    sung = replace(take.piece, tracks=(*take.piece.tracks, Track((Note(0, 40, 4),))))
    assert "<text>Low</text>" in musicxml_text(sung)
