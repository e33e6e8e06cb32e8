"""A guitarist's left hand: known chords, what cannot be held, strings for a whole piece, what is let go or left out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.music import Note
from musegen.music.fretboard import FRETS, TUNINGS, can_hold, finger, is_held, shapes

E_MAJOR, C_MAJOR, F_BARRE = (40, 47, 52, 56, 59, 64), (48, 52, 55, 60, 64), (41, 48, 53, 57, 60, 65)


def test_chords_that_every_guitarist_knows_are_held():
    assert {(6, 0), (5, 2), (4, 2), (3, 1), (2, 0), (1, 0)} == {(s + 1, f) for s, f in shapes(E_MAJOR, "standard")[0]}
    assert {(5, 3), (4, 2), (3, 0), (2, 1), (1, 0)} == {(s + 1, f) for s, f in shapes(C_MAJOR, "standard")[0]}
    assert can_hold(F_BARRE)


def test_what_no_hand_reaches_is_not_held():
    assert not can_hold((40, 41))  # both on the lowest string alone
    assert not can_hold((38, 45)) and can_hold((38, 45), "drop-D")
    assert not can_hold((40, 45, 50, 55, 59, 64, 69))  # seven notes
    assert not is_held(((0, 1), (1, 7)))
    assert not is_held(((0, 0), (1, 1), (2, 1), (3, 2), (4, 3), (5, 3)))  # an open string under a barre


def test_a_note_that_sounds_is_let_go_where_its_string_is_needed():
    notes = [Note(0.0, 41, 4.0, 80), Note(1.0, 43, 1.0, 80)]  # F, then G on the same string
    places, missing = finger(notes)
    assert not missing and [(p.string, p.fret, p.end_quarter) for p in places] == [(6, 1, 1.0), (6, 3, 2.0)]


def test_what_cannot_be_played_is_left_out_and_the_rest_stays():
    places, missing = finger(
        [Note(0.0, 40, 1.0, 80), Note(0.0, 41, 1.0, 80), Note(1.0, 30, 1.0, 80), Note(2.0, 64, 1.0, 80)]
    )
    assert len(places) == 2 and len(missing) == 2 and 2 in missing


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(36, 86), st.integers(1, 8)), min_size=1, max_size=24),
    st.sampled_from(sorted(TUNINGS)),
)
def test_every_moment_of_a_fingered_piece_can_be_held(rows, tuning):
    notes = [Note(onset / 2, pitch, length / 2, 80) for onset, pitch, length in rows]
    places, missing = finger(notes, tuning)
    assert sorted([p.index for p in places] + list(missing)) == list(range(len(notes)))
    for place in places:
        assert TUNINGS[tuning][place.string - 1] + place.fret == notes[place.index].pitch and 0 <= place.fret <= FRETS
        assert notes[place.index].onset_quarter < place.end_quarter <= notes[place.index].end_quarter
    for moment in {n.onset_quarter for n in notes}:
        sounding = [p for p in places if notes[p.index].onset_quarter <= moment < p.end_quarter]
        assert len({p.string for p in sounding}) == len(sounding)
        assert is_held(tuple((p.string - 1, p.fret) for p in sounding))
