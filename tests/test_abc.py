"""ABC tunes and music21 streams: meters, keys, repeats, endings, pickups, tuplets."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import FileFormatError, MusegenError
from musegen.files.abc import list_abc_titles, read_abc
from musegen.files.score.measures import Measure, meter_for, meters_of, pickup_of, play_order
from musegen.music import Barline, ChordSymbol, KeySignature, Piece, Tempo, TimeSignature
from musegen.music.timing import bar_starts, num_bars
from musegen.music.transform import unfold_repeats
from tests.music21_stream import piece_from_stream

HEAD = "X:1\nT:Test\nM:4/4\nL:1/8\nK:C\n"


def rows(piece: Piece, track: int = 0) -> list[tuple[float, int, float]]:
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in piece.tracks[track].notes]


def tune(body: str, head: str = HEAD) -> Piece:
    return read_abc(head + body + "\n")


def pitches(body: str, head: str = HEAD) -> list[int]:
    return [n.pitch for n in tune(body, head).tracks[0].notes]


def lines(piece: Piece) -> list[tuple[float, str]]:
    return [(b.onset_quarter, b.kind) for b in piece.barlines]


JIG = """X:7
T:The Test Jig
T:Another name
C:Trad.
M:6/8
L:1/8
Q:3/8=100
K:Ador
E|"Am"A2B c2d|e2f (3gfe d|A3 A2E|A3 A2:|
|:g|{a}e2f g2a|~e3 A2:|
"""


def test_a_whole_jig():
    piece = read_abc(JIG)
    assert (piece.title, piece.composer) == ("The Test Jig", "Trad.")
    assert piece.time_signatures == (TimeSignature(0, 6, 8),)
    assert piece.key_signatures == (KeySignature(0, 9, "dorian"),)
    assert piece.tempos == (Tempo(0, 150),)
    assert piece.chord_symbols == (ChordSymbol(0.5, "Am"),)
    assert piece.pickup_quarter == 0.5
    assert lines(piece) == [(12.0, "repeat-both"), (18.0, "repeat-end")]
    assert bar_starts(piece) == [0, 0.5, 3.5, 6.5, 9.5, 12.5, 15.5]
    assert num_bars(piece) == 6
    third = 1 / 3
    assert rows(piece)[5:11] == [
        (3.5, 76, 1), (4.5, 78, 0.5), (5, 79, third), (5 + third, 78, third), (5 + 2 * third, 76, third), (6, 74, 0.5)
    ]  # fmt: skip
    played = unfold_repeats(piece)
    assert played.end_quarter == 36
    assert bar_starts(played)[:3] == [0, 0.5, 3.5]


@pytest.mark.parametrize(
    ("key", "tonic", "mode", "c_is"),
    [
        ("D", 2, "major", 61), ("Am", 9, "minor", 60), ("A minor", 9, "minor", 60), ("Gmix", 7, "mixolydian", 60),
        ("Dphr", 2, "phrygian", 60), ("Clyd", 0, "lydian", 60), ("Edor", 4, "dorian", 61), ("F#m", 6, "minor", 61),
        ("Eaeo", 4, "minor", 60), ("Cb", 11, "major", 59), ("Bb", 10, "major", 60),
    ],
)  # fmt: skip
def test_keys_and_modes(key, tonic, mode, c_is):
    piece = tune("C8|D8|", HEAD.replace("K:C", f"K:{key}"))
    assert piece.key_signatures == (KeySignature(0, tonic, mode),)
    assert rows(piece)[0][1] == c_is


def test_locrian_has_the_right_notes():
    assert pitches("C8|F8|", HEAD.replace("K:C", "K:Bloc")) == [60, 65]


@pytest.mark.parametrize(
    ("meter", "result"),
    [("C", (4, 4)), ("C|", (2, 2)), ("6/8", (6, 8)), ("9/8", (9, 8)), ("2/4", (2, 4)), ("none", (3, 8))],
)
def test_meters(meter, result):
    body = "CDE|GAB|" if meter == "none" else "C4|D4|"
    piece = tune(body, HEAD.replace("4/4", meter))
    assert (piece.time_signatures[0].numerator, piece.time_signatures[0].denominator) == result


def test_default_unit_length():
    assert tune("C|D|", "X:1\nM:2/4\nK:C\n").tracks[0].notes[0].duration_quarter == 0.25
    assert tune("C|D|", "X:1\nM:3/4\nK:C\n").tracks[0].notes[0].duration_quarter == 0.5
    assert tune("CDEF|GABc|", "X:1\nK:C\n").tracks[0].notes[0].duration_quarter == 0.5


def test_accidentals_last_to_the_bar_line():
    assert pitches("^F F =F F F4|F8|") == [66, 66, 65, 65, 65, 65]
    assert pitches("=F2 F2 ^C4|F8|", HEAD.replace("K:C", "K:D")) == [65, 65, 61, 66]


def test_lengths_and_broken_rhythm():
    durations = [n.duration_quarter for n in tune("C/ D/2 E// F3/2 G>A B<c|C8|").tracks[0].notes]
    assert durations == [0.25, 0.25, 0.125, 0.75, 0.75, 0.25, 0.25, 0.75, 4]


def test_tuplets():
    durations = [n.duration_quarter for n in tune("(3CDE (3:2:2C2D C (5CDEFG|C8|").tracks[0].notes]
    fifth = float(Fraction(1, 5))
    expected = [1 / 3] * 3 + [2 / 3, 1 / 3, 0.5] + [fifth] * 5 + [4]
    assert durations == pytest.approx(expected, abs=1e-9)


def test_ties_over_the_bar_line():
    assert rows(tune("C4 D4-|D4 E4-|E8|")) == [(0, 60, 2), (2, 62, 4), (6, 64, 6)]


def test_fields_between_and_inside_lines():
    piece = tune("C8|D8|\nK:D\nF8|[M:3/4]F6|[K:Gmix][M:6/8]F6|\nQ:1/4=90\nF6|")
    assert [n.pitch for n in piece.tracks[0].notes] == [60, 62, 66, 66, 65, 65]
    assert piece.key_signatures == (KeySignature(0, 0), KeySignature(8, 2), KeySignature(15, 7, "mixolydian"))
    assert piece.time_signatures == (TimeSignature(0, 4, 4), TimeSignature(12, 3, 4), TimeSignature(15, 6, 8))
    assert piece.tempos == (Tempo(0, 120), Tempo(18, 90))


def test_old_tempo_counts_unit_lengths():
    assert tune("C8|D8|", HEAD.replace("K:C", "Q:120\nK:C")).tempos == (Tempo(0, 60),)


def test_a_tempo_of_nothing_is_ignored():
    assert tune("C8|D8|", HEAD.replace("K:C", "Q:1/4=0\nK:C")).tempos == (Tempo(0, 120),)


def test_rests_hidden_and_of_whole_bars():
    assert rows(tune("z4 x4|Z2|C8|")) == [(12, 60, 4)]


def test_what_is_not_a_note_is_left_out():
    plain = pitches("C4D4|E8|")
    bodies = ["!trill!C4+accent+D4|HE8|", "{cd}C4 {/e}~D4|.E8|", '"^slow"C4 (D4|E8)|', "C4`D4|E8| % and c d e"]
    bodies += ["%%MIDI program 40\nC4D4|\nw:do re mi\nE8|", "C4 y2 D4|\\\nE8|", "uC4vD4|TE8|"]
    for body in bodies:
        assert pitches(body) == plain, body


def test_chords_and_symbols():
    piece = tune('"Bb7"[CEG]4 "F#m7b5"+CE+4|"G/B"C8|"N.C."C8|')
    assert rows(piece)[:5] == [(0, 60, 2), (0, 64, 2), (0, 67, 2), (2, 60, 2), (2, 64, 2)]
    assert [c.text for c in piece.chord_symbols] == ["Bb7", "F#m7b5", "G/B", "N.C."]


def test_voices_become_tracks_with_names():
    piece = tune("V:1\nC8|D8|\nV:2\nC,8|D,8|", HEAD.replace("K:C", 'V:1 name="High"\nV:2 nm=Low clef=bass\nK:C'))
    assert [(t.name, [n.pitch for n in t.notes]) for t in piece.tracks] == [("High", [60, 62]), ("Low", [48, 50])]


# ---------------------------------------------------------------------------------------- repeats and endings


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("|:C8|D8::E8|F8:|", [(0, "repeat-start"), (8, "repeat-both"), (16, "repeat-end")]),
        ("C8|D8:|:E8|F8:|]", [(8, "repeat-end"), (16, "repeat-end")]),
        ("C8|D8||E8|F8|]", [(8, "double"), (16, "final")]),
        ("C8|D8:||:E8|F8:|", [(8, "repeat-both"), (16, "repeat-end")]),
    ],
)
def test_bar_lines_are_kept(body, expected):
    kept = lines(tune(body))
    assert [q for q, _ in kept] == [q for q, _ in expected]
    assert kept[-1] == expected[-1]


ENDINGS = "|:C8|D8|1E8:|2F8||G8|A8:|"


def test_endings_written_out():
    piece = tune(ENDINGS)
    assert [n.pitch for n in piece.tracks[0].notes] == [60, 62, 64, 60, 62, 65, 67, 69]
    assert lines(piece) == [(24, "repeat-start"), (32, "repeat-end")]


def test_endings_of_two_bars_with_pickup():
    piece = tune("G2|C8|D8|1E8|E6:|2F8|F6|]")
    assert [n.pitch for n in piece.tracks[0].notes] == [67, 60, 62, 64, 64, 67, 60, 62, 65, 65]
    assert bar_starts(piece) == [0, 1, 5, 9, 13, 17, 21, 25, 29]
    assert piece.time_signatures == (TimeSignature(0, 4, 4),)


def test_short_bars_around_a_repeat_are_one_bar():
    piece = tune("G2|C8|D6:|:G2|E8|C6:|")
    assert piece.time_signatures == (TimeSignature(0, 4, 4),)
    assert bar_starts(piece) == [0, 1, 5, 9, 13]
    assert piece.end_quarter == 16


def test_bars_of_wrong_length_keep_the_bars_after_them():
    assert bar_starts(tune("C8|D6|E8|F8|")) == [0, 4, 7, 11]
    assert bar_starts(tune("C8|D8 D2|E8|F8|"))[-2:] == [9, 13]


def measures(*lengths: float, meter: tuple[int, int] = (4, 4), **last) -> list[Measure]:
    out, start = [], 0.0
    for length in lengths:
        out.append(Measure(start, length, TimeSignature(0, *meter)))
        start += length
    return out


def test_meter_for():
    assert [meter_for(q) for q in (4, 2, 0.5, 1.5, 0.25, 1 / 3, 0)] == [
        (4, 4), (2, 4), (1, 8), (3, 8), (1, 16), None, None
    ]  # fmt: skip


def test_meters_from_measures():
    assert pickup_of(measures(1, 4, 4)) == 1
    assert pickup_of(measures(1)) == 0
    assert meters_of(measures(1, 4, 3)) == (TimeSignature(0, 4, 4),)
    assert meters_of(measures(4, 3, 1, 4)) == (TimeSignature(0, 4, 4),)
    assert meters_of(measures(4, 5, 4)) == (TimeSignature(0, 4, 4), TimeSignature(4, 5, 4), TimeSignature(9, 4, 4))
    assert meters_of([]) == ()


def test_play_order_without_endings_changes_nothing():
    segments, barlines = play_order(measures(4, 4))
    assert [(s.begin_quarter, s.shift_quarter) for s in segments] == [(0, 0)]
    assert barlines == ()


def test_three_endings():
    ms = measures(4, 4, 4, 4)
    ms = [ms[0], *(Measure(m.start_quarter, 4, m.meter, None, "repeat-end" if i < 2 else "final", (i + 1,))
                   for i, m in enumerate(ms[1:]))]  # fmt: skip
    segments, barlines = play_order(ms)
    order = [m.start_quarter for s in segments for m in ms if s.begin_quarter <= m.start_quarter < s.end_quarter]
    assert order == [0, 4, 0, 8, 0, 12]
    assert barlines == (Barline(24, "final"),)


# -------------------------------------------------------------------------------------------- music21 streams


def test_stream_with_drums_grace_notes_fermata_and_transposing_instrument():
    from music21 import duration, expressions, instrument, meter, note, stream

    clarinet = stream.Part([instrument.Clarinet(), meter.TimeSignature("3/4")])
    held = note.Note("D4", quarterLength=2)
    held.expressions.append(expressions.Fermata())
    grace = note.Note("E4", duration=duration.GraceDuration("eighth"))
    clarinet.append([held, grace, note.Note("E4", quarterLength=1)])
    drums = stream.Part([instrument.UnpitchedPercussion()])
    drums.append(note.Unpitched(quarterLength=1))
    score = stream.Score([clarinet, drums])
    score.atSoundingPitch = False
    piece = piece_from_stream(score)
    assert rows(piece) == [(0, 60, 2), (2, 62, 1)]
    assert (piece.tracks[0].program, piece.tracks[0].is_drum, piece.tracks[1].is_drum) == (71, False, True)
    assert piece.fermatas == (0,)
    assert piece.time_signatures == (TimeSignature(0, 3, 4),)


def test_a_bach_chorale():
    from music21 import corpus

    piece = piece_from_stream(corpus.parse("bach/bwv66.6"))
    assert [t.name for t in piece.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert piece.key_signatures == (KeySignature(0, 6, "minor"),)
    assert (piece.pickup_quarter, piece.end_quarter) == (1, 36)
    assert piece.fermatas == (3, 7, 11, 19, 27, 35)


# ------------------------------------------------------------------------------------------------- bad input


def test_several_tunes_the_first_is_read():
    text = JIG + "\nX:8\nT:Second\nM:C\nL:1/8\nK:G\nG8|A8|\n"
    assert list_abc_titles(text) == ["The Test Jig", "Second"]
    assert read_abc(text).title == "The Test Jig"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not an ABC tune"),
        ("hello world", "not an ABC tune"),
        ("X:1\nM:4/4\nK:C\n", "no notes"),
        ("X:1\nM:4/4\nL:1/8\nK:C\nz8|z8|", "no notes"),
        ("X:1\nM:4/4\nL:1/8\nK:C\n" + "C8 | " * 100_000, "at most 400,000"),
        ("X:1\nM:4/4\nL:1/8\nK:C\n" + "C8|" * 5_001, "at most 5,000 bars"),
        ("X:1\nM:4/4\nL:1/8\nK:C\n" + "Z200|" * 100, "at most 5,000 bars"),
        ("X:1\nM:999999/1\nL:1/8\nK:C\nC8|", "not a meter"),
        ("X:1\nM:4/0\nL:1/8\nK:C\nC8|", "not a meter"),
    ],
)
def test_bad_tunes_say_what_is_wrong(text, words):
    with pytest.raises(FileFormatError, match=words) as caught:
        read_abc(text)
    assert str(caught.value).endswith(".")


@given(st.text(alphabet=st.sampled_from("ABCcdezxZ|:[]()12348/'\",>-^_=~{}!+ \nKMLV&%"), max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_body_reads_or_is_refused(body):
    try:
        piece = tune("C4|" + body)
    except MusegenError as error:
        assert str(error).endswith(".")
    else:
        assert piece.num_notes >= 1
