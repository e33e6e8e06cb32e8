"""Spelling: the raised degrees of minor, chromatic neighbours and passing notes by direction, the same everywhere."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegen.files.musicxml.write import musicxml_text
from musegen.files.typed import read_typed
from musegen.files.typed_writing import write_typed
from musegen.music.spelling import spell_piece, spelled_name
from musegen.music.theory import STEP_PITCH_CLASSES
from tests.builders import piece, track


def names(pitches, key, **fields):
    """Names without octaves of quarters one after the other."""
    music = piece(track([(p, i, 1) for i, p in enumerate(pitches)]), key=key, **fields)
    spelled = spell_piece(music)
    return [re.sub(r"-?\d", "", spelled_name(spelled[(0, i)])) for i in range(len(pitches))]


@pytest.mark.parametrize(
    ("key", "pitches", "written"),
    [
        ("D minor", [62, 64, 65, 67, 68, 69], "D E F G G# A"),  # the raised fourth of minor
        ("D minor", [69, 71, 73, 74], "A B C# D"),  # sixth and seventh
        ("C minor", [67, 69, 71, 72], "G A B C"),
        ("C minor", [72, 66, 67, 63, 62, 60], "C F# G Eb D C"),
        ("F minor", [72, 71, 72, 64, 65], "C B C E F"),  # not Cb, not Fb
        ("A minor", [69, 70, 69, 68, 69], "A Bb A G# A"),
        ("G# minor", [68, 79, 68, 78, 68], "G# Fx G# F# G#"),
        ("C major", [67, 68, 69, 70, 71, 72], "G G# A A# B C"),  # passing upwards
        ("C major", [72, 71, 70, 69, 68, 67], "C B Bb A Ab G"),  # and downwards
        ("C major", [60, 61, 62], "C C# D"),  # not B#: notes of the scale stay, however few stand around them
        ("C major", [69, 68, 67], "A Ab G"),  # not Bbb
        ("C major", [64, 63, 62], "E Eb D"),
        ("C major", [67, 66, 67, 68, 67], "G F# G Ab G"),  # neighbours from below and above
        ("Eb major", [63, 66, 67, 62, 63], "Eb F# G D Eb"),
        ("E major", [64, 63, 64, 62, 61], "E D# E D C#"),
        ("F# major", [66, 77, 66, 65], "F# E# F# E#"),
        ("Gb major", [66, 65, 66], "F# E# F#"),  # as the key signature is printed
        ("B dorian", [59, 61, 62, 64, 66, 68, 69, 71], "B C# D E F# G# A B"),
        ("E phrygian", [64, 65, 67, 68, 69], "E F G G# A"),
    ],
)
def test_written_as_a_musician_would(key, pitches, written):
    assert names(pitches, key) == written.replace("Fx", "F##").split()


def test_a_diminished_seventh_over_the_bass_of_its_key():
    chord = [(62, 0, 4), (65, 0, 4), (68, 0, 4), (71, 0, 4), (60, 4, 4), (67, 4, 4), (63, 4, 4), (72, 4, 4)]
    spelled = spell_piece(piece(track(chord), key="C minor"))
    assert [spelled_name(spelled[(0, i)]) for i in range(4)] == ["D4", "F4", "Ab4", "B4"]


def test_each_passage_follows_its_own_key():
    keys = piece([(68, 0, 1), (69, 1, 3)], key="A minor").key_signatures
    later = piece([(68, 0, 1)], key="Ab major").key_signatures[0]
    up = [(68, 0, 1), (69, 1, 3), (68, 40, 2), (67, 42, 2), (63, 44, 2), (68, 46, 2)]
    filler = [(p, 4 + i, 1) for i, p in enumerate([69, 72, 76, 69] * 9)]
    changed = (*keys, type(later)(40.0, later.tonic, later.mode))
    spelled = spell_piece(piece(track(up + filler), key_signatures=changed))
    assert spelled_name(spelled[(0, 0)]) == "G#4"
    assert spelled_name(spelled[(0, 38)]) == "Ab4"


def test_drums_have_no_spelling_and_no_notes_no_key():
    assert spell_piece(piece(track([(38, 0, 1)], is_drum=True))) == {}
    assert spell_piece(piece()) == {}


@given(
    st.lists(st.tuples(st.integers(0, 127), st.integers(0, 20)), min_size=1, max_size=30),
    st.sampled_from(["C major", "F# major", "Db major", "D# minor", "Bb minor", "F# lydian", "G# locrian", None]),
)
def test_a_spelling_is_always_the_pitch_that_sounds(rows, key):
    music = piece([(p, q, 1) for p, q in rows], key=key)
    for (t, i), (step, alter, octave) in spell_piece(music).items():
        assert STEP_PITCH_CLASSES[step] + alter + 12 * (octave + 1) == music.tracks[t].notes[i].pitch
        assert -2 <= alter <= 2


def test_score_numbers_and_typed_text_agree():
    music = piece(track([(62, 0, 1), (68, 1, 1), (69, 2, 1), (73, 3, 1)]), key="D minor")
    notes = ElementTree.fromstring(musicxml_text(music)).iter("pitch")
    alters = [(n.findtext("step"), n.findtext("alter")) for n in notes]
    assert alters == [("D", None), ("G", "1"), ("A", None), ("C", "1")]
    assert write_typed(music).endswith("D4 G#4 A4 C#5")
    assert [n.pitch for n in read_typed(write_typed(music)).tracks[0].notes] == [62, 68, 69, 73]


def test_where_the_key_is_only_heard_no_note_has_two_accidentals():
    from musegen.music.spelling import without_doubles

    spelled = {(0, 0): ("B", -2, 4), (0, 1): ("F", 2, 5), (0, 2): ("C", -1, 5), (0, 3): ("C", -2, 5)}
    assert without_doubles(spelled) == {(0, 0): ("A", 0, 4), (0, 1): ("G", 0, 5), (0, 2): ("C", -1, 5),
                                        (0, 3): ("B", -1, 4)}  # fmt: skip
