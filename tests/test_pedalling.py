"""The pedal put to music that has none."""

from hypothesis import given
from hypothesis import strategies as st

from musegen.music import Note, Piece, TimeSignature, Track
from musegen.music.pedalling import pedalled, releases_apart


def hands(right: list[tuple], left: list[tuple], meter: tuple[int, int] = (4, 4)) -> Piece:
    tracks = tuple(Track(tuple(Note(float(q), p, float(d)) for q, p, d in notes)) for notes in (right, left))
    return Piece(tracks, time_signatures=(TimeSignature(0, *meter),))


def test_a_broken_chord_is_one_pedal_and_the_next_bass_changes_it() -> None:
    left = [(i / 2, p, 0.5) for i, p in enumerate([48, 55, 64, 55] * 2 + [43, 50, 59, 50] * 2)]
    assert pedalled(hands([(0, 76, 4), (4, 74, 4)], left)) == ((0, 4), (4, 8))


def test_a_waltz_changes_at_each_bar() -> None:
    left = [(0, 48, 1), (1, 64, 1), (2, 64, 1), (3, 48, 1), (4, 64, 1), (5, 64, 1)]
    assert pedalled(hands([(0, 76, 3), (3, 79, 3)], left, (3, 4))) == ((0, 3), (3, 6))


def test_a_second_bass_in_a_bar_changes_the_pedal() -> None:
    left = [(0, 48, 2), (2, 43, 2)]
    assert pedalled(hands([(0, 76, 4)], left)) == ((0, 2), (2, 4))


def test_steps_in_the_middle_change_it_and_high_ones_do_not() -> None:
    left = [(0, 48, 4)]
    high = [(0, 76, 1), (1, 77, 1), (2, 79, 1), (3, 81, 1)]
    assert pedalled(hands(high, left)) == ((0, 4),)
    middle = [(q, p - 24, d) for q, p, d in high]  # 52 53 55 57, each a second from the one before
    assert [down for down, _ in pedalled(hands(middle, [*left, (1, 48, 1), (2, 48, 1), (3, 48, 1)]))] == [0, 1, 2, 3]


def test_low_runs_and_rests_of_the_left_hand_have_none() -> None:
    run = [(i / 4, 40 + p, 0.25) for i, p in enumerate([0, 2, 4, 5, 7, 5, 4, 2])]
    assert pedalled(hands([(0, 76, 2)], run)) == ()
    assert pedalled(hands([(0, 76, 1), (1, 77, 1), (2, 79, 2)], [(0, 48, 1)])) == ((0, 1),)
    assert pedalled(Piece()) == ()


def test_beats_of_six_eighths_are_three_eighths_long() -> None:
    left = [(0, 48, 0.5), (0.5, 55, 0.5), (1, 60, 0.5), (1.5, 41, 0.5), (2, 53, 0.5), (2.5, 57, 0.5)]
    assert pedalled(hands([(0, 76, 3)], left, (6, 8))) == ((0, 1.5), (1.5, 3))


def test_on_the_sheet_a_release_does_not_lie_on_the_next_press() -> None:
    piece = Piece((Track((Note(0, 60, 8.0),), pedals=((0, 4), (4, 4.5), (4.5, 6), (7, 8))),))
    assert releases_apart(piece).tracks[0].pedals == ((0, 3.75), (4, 4.25), (4.5, 6), (7, 8))
    assert releases_apart(Piece((Track((Note(0, 60),)),))) == Piece((Track((Note(0, 60),)),))


notes = st.lists(st.tuples(st.integers(0, 64), st.integers(30, 90), st.integers(1, 16)), max_size=30)


@given(notes, notes, st.sampled_from([(4, 4), (3, 4), (6, 8), (5, 8)]))
def test_pedals_come_in_order_within_the_music(right: list, left: list, meter: tuple[int, int]) -> None:
    piece = hands([(q / 4, p, d / 4) for q, p, d in right], [(q / 4, p, d / 4) for q, p, d in left], meter)
    found = pedalled(piece)
    assert all(up - down >= 0.5 for down, up in found)
    assert all(a[1] <= b[0] for a, b in zip(found, found[1:], strict=False))
    assert all(0 <= down and up <= piece.end_quarter for down, up in found)
    put = [Track(track.notes, pedals=found) for track in piece.tracks]
    assert put[0].pedals == found
