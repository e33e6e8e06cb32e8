"""Typed seeds: what is understood, and what is said where it is not."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import FileFormatError, MusegenError, SeedSyntaxError
from musegen.files.typed import parse_typed, read_typed
from musegen.files.typed_writing import write_typed
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.theory import MODES


def rows(text: str) -> list[tuple[float, int, float]]:
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in read_typed(text).tracks[0].notes]


def pitches(text: str) -> list[int]:
    return [n.pitch for n in read_typed(text).tracks[0].notes]


def lengths(text: str) -> list[float]:
    return [n.duration_quarter for n in read_typed(text).tracks[0].notes]


def test_the_simplest_seed():
    assert rows("C4 D4 E4") == [(0, 60, 1), (1, 62, 1), (2, 64, 1)]


@pytest.mark.parametrize(
    "text",
    ["C4, D4, E4", "[C4, D4, E4]", "C4 | D4 | E4 |", "c4 d4 e4", "C4;D4;E4", "['C4', 'D4', 'E4']", '"C4", "D4", "E4"',
     "C4,D4,E4", "  C4\n\tD4\r\nE4 ", "C D E", "[C, D, E]"],
)  # fmt: skip
def test_other_ways_to_write_the_same(text):
    assert pitches(text) == [60, 62, 64]


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("C4", 1), ("C4:1/8", 0.5), ("C4:2", 2), ("C4:0.5", 0.5), ("C4*3", 3), ("C4/8", 0.5), ("C4/1", 4),
        ("C4w", 4), ("C4h", 2), ("C4q", 1), ("C4e", 0.5), ("C4s", 0.25), ("C4t", 0.125), ("C4:e", 0.5), ("Ce", 0.5),
        ("C4.", 1.5), ("C4h.", 3), ("C4:1/8.", 0.75), ("C4q..", 1.75), ("C4:3/8", 1.5), ("C4:1/12", 1 / 3),
    ],
)  # fmt: skip
def test_lengths(text, quarters):
    assert lengths(text) == [pytest.approx(quarters, abs=1e-12)]


@pytest.mark.parametrize(
    ("text", "pitch"),
    [
        ("C#4", 61), ("C♯4", 61), ("Db4", 61), ("D♭4", 61), ("F##4", 67), ("Fx4", 67), ("Bbb3", 57), ("C♮4", 60),
        ("bb3", 58), ("B#3", 60), ("Cb4", 59), ("C-1", 0), ("G9", 127), ("A0", 21), ("Fis4", 66), ("Ges4", 66),
        ("Bes3", 58),
    ],
)  # fmt: skip
def test_pitches(text, pitch):
    assert pitches(text) == [pitch]


def test_rests_move_what_follows():
    assert rows("[C4, D4, E4, Rest]")[-1] == (2, 64, 1)
    assert rows("C4 R D4 Rest:1/8 E4 re F4 REST G4") == [
        (0, 60, 1), (2, 62, 1), (3.5, 64, 1), (5, 65, 1), (7, 67, 1)
    ]  # fmt: skip


def test_chords():
    for text in ("[C4 E4 G4]:2", "C4+E4+G4:2", "[C E G]h", "[C4,E4,G4]:2 "):
        if "," not in text:
            assert rows(text) == [(0, 60, 2), (0, 64, 2), (0, 67, 2)]
    assert rows("[C4 E4 G4], [D4, F4]:1/2") == [(0, 60, 1), (0, 64, 1), (0, 67, 1), (1, 62, 2), (1, 65, 2)]
    assert rows("[[C4 E4], D4]") == [(0, 60, 1), (0, 64, 1), (1, 62, 1)]
    assert pitches("[C4 E4 G4]") == [60, 64, 67]
    assert lengths("[C4, E4, G4]") == [1, 1, 1]


def test_octaves_left_out_are_the_nearest():
    assert pitches("G A B C") == [67, 69, 71, 72]
    assert pitches("C4 G F C") == [60, 55, 53, 48]
    assert pitches("C4 F#") == [60, 66]
    assert pitches("C5 [C E A] D") == [72, 72, 76, 81, 74]


def test_tuplets_are_exact():
    assert rows("(3 C4 D4 E4) F4") == [(0, 60, 2 / 3), (2 / 3, 62, 2 / 3), (4 / 3, 64, 2 / 3), (2, 65, 1)]
    assert rows("3(C4e D4e E4e)")[2] == (2 / 3, 64, 1 / 3)
    assert rows("triplet(C4e R:1/8 E4e) F4")[-1] == (1, 65, 1)
    assert rows("(5 C4e D4e E4e F4e G4e) A4")[-1] == (2, 69, 1)


def test_ties_make_one_note():
    assert rows("C4:2- C4:1/8 D4") == [(0, 60, 2.5), (2.5, 62, 1)]
    assert rows("[C4 E4]~ [C4 E4]") == [(0, 60, 2), (0, 64, 2)]
    assert rows("C4- C4- C4 C4") == [(0, 60, 3), (3, 60, 1)]


def test_headers():
    piece = read_typed("title: A small tune\nkey: G major\nmeter: 6/8\ntempo: 96\npickup: 1/8\nD4e G4q.")
    assert piece.title == "A small tune"
    assert piece.key_signatures == (KeySignature(0, 7, "major"),)
    assert piece.time_signatures == (TimeSignature(0, 6, 8),)
    assert piece.tempos == (Tempo(0, 96),)
    assert piece.pickup_quarter == 0.5
    one_line = read_typed("key: F# minor, meter: 3/4; bpm=80 C4 D4")
    assert one_line.key_signatures == (KeySignature(0, 6, "minor"),)
    assert one_line.num_notes == 2
    assert read_typed("key: C C4").key_signatures == (KeySignature(0, 0, "major"),)
    assert read_typed("key: Em\nE4").key_signatures == (KeySignature(0, 4, "minor"),)


def test_german_names_are_understood_with_a_message():
    seed = parse_typed("A4 H4 C5 Fis4")
    assert [n.pitch for n in seed.piece.tracks[0].notes] == [69, 71, 72, 66]
    assert seed.messages == ("H was read as B natural; for B flat write Bb.", '"Fis" was read as F#.')
    assert parse_typed("A4 B4").messages == ()


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("C4 D4 C12", 6, '"C12" is out of reach: octaves go from -1 to 9'),
        ("C4 G#9", 3, "out of reach"),
        ("C4 c'' D4", 3, "c'' is C5"),
        ("E4 C,, D4", 3, "C,, is C0"),
        ("h' C4", 0, "h' is B4"),
        ("C4 X4", 3, '"X4" is not understood: notes are C D E F G A B'),
        ("C4 do", 3, "write C for do"),
        ("sol4", 0, "write G4 for sol"),
        ("C4 Es D4", 3, "write Eb"),
        ("C4:0", 2, "not a length"),
        ("C4:1/0", 2, "not a length"),
        ("C4:9999", 2, "not a length"),
        ("C4:z", 0, "lengths are"),
        ("C4D4", 0, "put a space"),
        ("C4 [D4 E4", 3, 'close it with "]"'),
        ("C4 []", 3, "chord is empty"),
        ("C4 (3 D4 E4", 3, 'close it with ")"'),
        ("(8 C4)", 0, "group of 8"),
        ("(3 (3 C4 D4 E4) F4 G4)", 3, "inside a tuplet"),
        ("C4) D4", 2, "too many"),
        ("C4- D4", 4, "leads to another note"),
        ("C4 D4-", 3, "leads nowhere"),
        ("key: Q C4", 5, "write for example key: G major"),
        ("meter: 6/7 C4", 7, "no meter"),
        ("tempo: 5000 C4", 7, "out of reach"),
        ("tempo: fast C4", 7, '"fast C4" is not understood'),
        ("pickup: 4 C4", 8, "not shorter than a bar"),
        ("C4 tempo: 90", 3, "before the first note"),
        ("", 0, "no notes"),
        ("R R", 3, "no notes"),
        ("C4:8000 D4", 8, "8,000 quarter notes"),
        ("😀", 0, "not understood"),
    ],
)
def test_nonsense_is_explained_at_its_place(text, position, words):
    with pytest.raises(SeedSyntaxError) as caught:
        read_typed(text)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.position == position


def test_too_many_notes():
    with pytest.raises(FileFormatError, match="20,000"):
        read_typed("C4:1/64 " * 20_002)


grid = st.one_of(
    st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(3, 2), Fraction(4), Fraction(1, 5)]),
    st.builds(Fraction, st.integers(1, 40_320), st.just(10_080)),
)


@st.composite
def melodies(draw):
    position, notes = Fraction(0), []
    for pitch, length, gap in draw(
        st.lists(st.tuples(st.integers(0, 127), grid, st.one_of(st.just(Fraction(0)), grid)), min_size=1, max_size=12)
    ):
        position += gap
        notes.append(Note(float(position), pitch, float(length)))
        position += length
    meter = draw(st.sampled_from([TimeSignature(0, 4, 4), TimeSignature(0, 6, 8), TimeSignature(0, 7, 16)]))
    keys = draw(st.one_of(st.just(()), st.builds(lambda t, m: (KeySignature(0, t, m),), st.integers(0, 11),
                                                 st.sampled_from(list(MODES)))))  # fmt: skip
    return Piece(
        (Track(tuple(notes)),),
        tempos=(Tempo(0, draw(st.sampled_from([120.0, 96.0, 66.5]))),),
        time_signatures=(meter,),
        key_signatures=keys,
        pickup_quarter=draw(st.sampled_from([0.0, 0.5, 1 / 3])),
        title=draw(st.sampled_from(["", "Air", "key: no, 4/4 C4"])),
    )


@given(melodies())
@settings(max_examples=150, deadline=None)
def test_round_trip(piece):
    assert read_typed(write_typed(piece)) == piece


def test_written_text_is_short_and_spelled_in_the_key():
    notes = (Note(0, 66, 1), Note(1, 68, 0.5), Note(2, 70, 2))
    piece = Piece((Track(notes),), key_signatures=(KeySignature(0, 6, "major"),))
    assert write_typed(piece) == "key: F# major\nF#4 G#4:1/8 R:1/8 A#4:2"


def test_several_voices_cannot_be_written():
    with pytest.raises(ValueError, match="single voice"):
        write_typed(Piece((Track((Note(0, 60, 2), Note(1, 62, 1))),)))
    with pytest.raises(ValueError, match="without notes"):
        write_typed(Piece())


@given(st.text(alphabet=st.sampled_from("CDEFGABHRrestceb#♯ 0123456789:/.,[]()|+-~'\"\nkeymtp"), max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_reads_or_is_explained(text):
    try:
        piece = read_typed(text)
    except SeedSyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert str(error)
    except MusegenError as error:
        assert str(error)
    else:
        assert piece.num_notes >= 1
