"""Two hands, staves and clefs: who plays what, one staff where one is enough, clefs that change where it pays."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music.hands import Key, split_keys
from musegen.music.score import layout
from tests.builders import piece, track

Q = 480


def hands(notes):
    """(left, right) pitches in order of time, of (pitch, quarter, length) rows."""
    keys = [Key(round(q * Q), round((q + d) * Q), p) for p, q, d in notes]
    keys = sorted(keys, key=lambda k: (k.start, k.pitch))
    is_left = split_keys(keys, Q)
    return tuple([k.pitch for k, left in zip(keys, is_left, strict=True) if left is wanted] for wanted in (True, False))


def staves(notes, program=0, **fields):
    return layout(piece(track(notes, program), **fields))[0].staves


def test_an_accompaniment_above_middle_c_stays_with_the_left_hand():
    melody = [(84, 0, 2), (83, 2, 2), (86, 4, 4)]
    figure = [(p, i / 2, 0.5) for i, p in enumerate([60, 67, 64, 67] * 4)]
    left, right = hands(melody + figure)
    assert right == [84, 83, 86]
    assert left == [60, 67, 64, 67] * 4


def test_a_melody_below_middle_c_stays_with_the_right_hand():
    melody = [(57, 0, 1), (59, 1, 1), (60, 2, 1), (55, 3, 1)]
    bass = [(36, 0, 2), (43, 0, 2), (31, 2, 2), (43, 2, 2)]
    assert hands(melody + bass) == ([36, 43, 31, 43], [57, 59, 60, 55])


def test_an_arpeggio_is_not_taken_over_by_a_hand_that_holds_a_note():
    held = [(77, 0, 4), (80, 0, 4)]
    arpeggio = [(p, i / 2, 0.5) for i, p in enumerate([41, 53, 56, 60, 65, 60, 56, 53])]
    assert hands(held + arpeggio) == ([41, 53, 56, 60, 65, 60, 56, 53], [77, 80])


def test_no_hand_spans_more_than_a_tenth_where_two_can_avoid_it():
    chord = [(43, 0, 1), (50, 0, 1), (59, 0, 1), (67, 0, 1)]  # between 50 and 59: G to B is a tenth
    left, right = hands(chord)
    assert max(left) - min(left) <= 16
    assert max(right) - min(right) <= 16


def test_held_keys_count_for_the_reach():
    left, right = hands([(48, 0, 4), (60, 1, 1), (67, 2, 1), (72, 3, 1)])
    assert left == [48]
    assert right == [60, 67, 72]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(21, 108), st.integers(0, 16), st.integers(1, 8)), min_size=1, max_size=40))
def test_each_note_has_one_hand_and_hands_do_not_cross_in_one_stroke(rows):
    keys = sorted({Key(q * Q, (q + d) * Q, p) for p, q, d in rows}, key=lambda k: (k.start, k.pitch))
    is_left = split_keys(keys, Q)
    assert len(is_left) == len(keys)
    for a, left_a in zip(keys, is_left, strict=True):
        for b, left_b in zip(keys, is_left, strict=True):
            if a.start == b.start and left_a and not left_b:
                assert a.pitch <= b.pitch


@pytest.mark.parametrize(
    ("pitches", "clefs"),
    [
        ([45, 48, 52, 57, 64, 60, 57, 45], ["bass"]),  # a low tune typed in
        ([60, 64, 67, 72], ["treble"]),
        ([52, 60, 67, 72], ["treble"]),
        ([36, 43, 40, 36], ["bass"]),
        ([96, 100, 103, 98], ["treble-8va"]),
        ([28, 31, 26, 28], ["bass-8vb"]),
        ([30, 48, 66, 84], ["treble", "bass"]),  # too wide for one
    ],
)
def test_one_voice_has_one_staff_in_the_fitting_clef(pitches, clefs):
    assert [s.clef for s in staves([(p, i, 1) for i, p in enumerate(pitches)])] == clefs


def test_several_voices_below_and_above_have_two():
    assert [s.clef for s in staves([(72, 0, 2), (48, 0, 1), (50, 1, 1)])] == ["treble", "bass"]
    assert len(staves([(72, 0, 2), (48, 0, 1), (50, 1, 1)], program=40)) == 1  # a violin


def test_a_clef_changes_where_a_hand_moves_for_bars_and_not_for_a_note():
    right = [(95, q, 1) for q in range(24)]
    left = [(48 if q < 8 else 74, q, 1) for q in range(24)]
    lower = staves(right + left)[1]
    assert lower.clef == "bass"
    assert [(tick // 10080, clef) for tick, clef in lower.changes] == [(8, "treble")]
    jump = [(48 if q != 9 else 66, q, 1) for q in range(24)]
    assert staves(right + jump)[1].changes == ()
    music = piece(track(right + left))
    text = musicxml_text(music)
    assert len(re.findall(r'<clef number="2">', text)) == 2
    assert read_musicxml(text.encode()).tracks == music.tracks


def test_tracks_named_after_the_hands_have_a_staff_each_however_far_they_reach():
    right = [(52, 0, 4), (76, 0, 2), (79, 0, 1), (84, 4, 4), (72, 5, 1)]
    left = [(40, 0, 2), (67, 0, 4), (50, 4, 4), (36, 5, 1)]
    named = piece(track(right, name="Right hand"), track(left, name="Left hand"))
    parts = layout(named)
    assert [(len(part.staves), part.staves[0].clef, part.group) for part in parts] == [
        (1, "treble", "brace"),
        (1, "bass", "brace"),
    ]
    assert {m.pitch for v in parts[0].staves[0].voices for c in v for m in c.members} == {52, 72, 76, 79, 84}
    assert [len(p.staves) for p in layout(piece(track(right, name="Organ"), track(left, name="Left hand")))] == [2, 2]
    read = read_musicxml(musicxml_text(named).encode())
    assert [[n.pitch for n in t.notes] for t in read.tracks] == [[n.pitch for n in t.notes] for t in named.tracks]
