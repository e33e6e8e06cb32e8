"""What is printed besides notes: dynamics, hairpins, dots, accents, octave lines, one tempo for rubato."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from musegen.files.musicxml import musicxml_text
from musegen.files.musicxml.read import read_musicxml
from musegen.music import Note, Piece, Tempo, Track
from musegen.music.expression import tempo_words
from musegen.music.note_lengths import hand_ends
from musegen.rendering.engraving import engrave
from tests.builders import piece, track


def marks(music, path):
    return [element.tag for element in ElementTree.fromstring(musicxml_text(music)).iterfind(path)]


def loud(*bars):
    return Piece((Track(tuple(Note(4 * b + i, 72, 1, v) for b, v in enumerate(bars) for i in range(4))),))


def test_dynamics_stand_where_the_loudness_changes_and_hairpins_lead_to_them():
    assert marks(loud(45, 45, 45, 85, 85, 85), ".//dynamics/*") == ["p", "f"]
    rising = musicxml_text(loud(45, 45, 55, 65, 85, 85))
    assert marks(loud(45, 45, 55, 65, 85, 85), ".//dynamics/*") == ["p", "mf", "f"]
    assert rising.count('<wedge type="crescendo"') == rising.count('<wedge type="stop"') == 2
    assert marks(loud(85, 85, 45, 45), ".//dynamics/*") == ["f", "p"]
    assert '<wedge type="diminuendo"' in musicxml_text(loud(85, 85, 45, 45))


@pytest.mark.parametrize("bars", [(80, 80, 80), (76, 84, 80)])
def test_music_that_is_equally_loud_throughout_says_nothing(bars):
    assert marks(loud(*bars), ".//dynamics") == marks(loud(*bars), ".//wedge") == []


def test_one_note_much_louder_than_all_around_has_an_accent():
    notes = [Note(i, 72, 1, 100 if i == 20 else 60) for i in range(40)]
    music = Piece((Track(tuple(notes)),))
    quiet = replace(music, tracks=(Track(tuple(replace(n, velocity=60) for n in notes)),))
    assert (len(marks(music, ".//accent")), len(marks(quiet, ".//accent"))) == (1, 0)


def test_what_lies_high_for_several_notes_stands_under_an_octave_line_and_keeps_its_pitch():
    music = piece([(72, 0, 1), (96, 1, 1), (98, 2, 1), (100, 3, 1), (72, 4, 4)])
    text = musicxml_text(music)
    assert text.count('<octave-shift type="down" size="8"/>') == text.count('<octave-shift type="stop" size="8"/>') == 1
    assert [n.pitch for n in read_musicxml(text.encode()).tracks[0].notes] == [72, 96, 98, 100, 72]
    assert 'class="octave"' in engrave(music).pages[0]
    assert "octave-shift" not in musicxml_text(piece([(72, 0, 1), (96, 1, 1), (72, 2, 2)]))


def rubato():
    notes = tuple(Note(0.5 * i + 0.013 * (i % 7), 60 + i % 12, 0.11, 64) for i in range(64))
    tempos = tuple(Tempo(float(i), 90.0 + 17 * (i % 3)) for i in range(32))
    return Piece((Track(notes, 0, False, "Piano"),), tempos)


def test_rubato_has_one_tempo_mark_with_a_word_and_short_notes_have_dots_instead_of_rests():
    text = musicxml_text(rubato())
    assert text.count("<metronome>") == 1
    assert "rubato</words>" in text
    assert text.count("<staccato/>") > 32
    assert "<type>32nd</type>" not in text
    assert "<type>64th</type>" not in text


def test_music_in_bars_has_no_dots_and_its_words_by_its_beat():
    assert "<staccato/>" not in musicxml_text(piece([(60, i, 0.25) for i in range(16)]))
    hands = piece(track([(72, 0, 4)], name="Right hand"), track([(48, 0, 4)], name="Left hand"), qpm=80)
    assert tempo_words(hands, 80.0, rubato=False) == "Andante"
    assert tempo_words(piece([(72, 0, 4)]), 80.0, rubato=False) == ""


def test_a_hand_is_written_as_chords_that_follow_and_what_is_held_well_beyond_is_a_voice():
    starts = np.array([0.0, 0.5, 1.0, 1.5])
    short = hand_ends(starts, starts, starts + 0.2, starts + 0.2)
    assert short.tolist()[:3] == [0.5, 1.0, 1.5]
    held = hand_ends(starts, starts, np.array([1.9, 0.9, 1.4, 1.9]), starts + 0.4)
    assert held.tolist()[:3] == [1.5, 1.0, 1.5]
