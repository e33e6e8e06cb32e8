"""ABC as musicians write it: voices, keys, ties, overlays, octaves, parts, jumps; values as abc2midi has them.

Where abc2midi (Debian's `abcmidi`) is installed, a part of the corpora is compared with it by
`benchmarks/abc_agreement.py`.
"""

import pytest

from musegen.files.abc import read_abc, read_abc_with_remarks
from musegen.files.abc.fields import read_key, read_meter, read_order, read_tempo, read_voice
from musegen.files.abc.grammar import chord_symbol, jump_of, length_of, numbers_of, tokens, tuplet_of
from musegen.music import Piece
from musegen.music.transform import unfold_repeats
from musegen.services.seeds.seed import seed_from_text

HEAD = "X:1\nT:Test\nM:4/4\nL:1/4\nK:{}\n"


def rows(piece: Piece, track: int = 0) -> list[tuple[float, int, float]]:
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in piece.tracks[track].notes]


def pitches(body: str, key: str = "C") -> list[int]:
    return [n.pitch for n in read_abc(HEAD.format(key) + body + "\n").tracks[0].notes]


def played(body: str, key: str = "C") -> list[int]:
    return [n.pitch for n in unfold_repeats(read_abc(HEAD.format(key) + body + "\n")).tracks[0].notes]


# ------------------------------------------------------------------------------------------------------- voices

DUET = """X:1
T:Two lines
M:3/4
L:1/4
V:1 name="Violin"
V:2 name="Cello" clef=bass
K:D
V:1
d e f | a2 f |
V:2
D, A, A, | D,2 A, |
V:1
g f e | d3 |
V:2
G, A, A, | D,3 |
"""


def test_voices_that_come_back_are_put_together():
    piece = read_abc(DUET)
    assert [(t.name, t.program) for t in piece.tracks] == [("Violin", 40), ("Cello", 42)]
    assert rows(piece)[-4:] == [(6, 79, 1), (7, 78, 1), (8, 76, 1), (9, 74, 3)]
    assert rows(piece, 1)[-4:] == [(6, 55, 1), (7, 57, 1), (8, 57, 1), (9, 50, 3)]


def test_voices_within_lines():
    piece = read_abc("X:1\nM:4/4\nL:1/4\nK:C\n[V:1]C4|[V:2]E4|\n[V:1]D4|[V:2]F4|\n")
    assert [rows(piece, i) for i in (0, 1)] == [[(0, 60, 4), (4, 62, 4)], [(0, 64, 4), (4, 65, 4)]]


def test_a_voice_with_other_bar_lines_of_the_same_time():
    piece = read_abc("X:1\nM:4/4\nL:1/4\nK:C\nV:1\nC4|D4|E4|\nV:2\nC,4|D,4E,4|\n")
    assert rows(piece, 1) == [(0, 48, 4), (4, 50, 4), (8, 52, 4)]


def test_music_before_any_voice_is_of_the_first_one():
    piece = read_abc('X:1\nM:4/4\nL:1/4\nV:T name="Top"\nV:B\nK:C\nC4|\nV:B\nE4|\n')
    assert [(t.name, len(t.notes)) for t in piece.tracks] == [("Top", 1), ("", 1)]


@pytest.mark.parametrize(
    ("setting", "shift"),
    [
        ("octave=-1", -12), ("octave=1", 12), ("transpose=-2", -2), ("t=7", 7), ("clef=treble-8", -12),
        ("treble+8", 12), ("clef=bass", 0), ("clef=bass middle=d", 0), ("bass m=D,", 0), ("octave=-1 transpose=2", -10),
    ],
)  # fmt: skip
def test_sounding_pitch_in_keys_and_voices(setting, shift):
    in_key = read_abc(f"X:1\nM:4/4\nL:1/4\nK:C {setting}\nC D E F|\n")
    in_voice = read_abc(f"X:1\nM:4/4\nL:1/4\nV:1 {setting}\nK:C\nC D E F|\n")
    in_body = read_abc(f"X:1\nM:4/4\nL:1/4\nK:C\nV:1 {setting}\nC D E F|\n")
    for piece in (in_key, in_voice, in_body):
        assert [n.pitch for n in piece.tracks[0].notes] == [p + shift for p in (60, 62, 64, 65)]
        assert piece.key_signatures[0].tonic == shift % 12


def test_midi_directives():
    piece = read_abc("X:1\nM:2/4\nL:1/4\n%%MIDI program 40\n%%MIDI transpose 2\nK:C\nC D|\n")
    assert (piece.tracks[0].program, rows(piece)) == (40, [(0, 62, 1), (1, 64, 1)])
    drums = read_abc("X:1\nM:2/4\nL:1/4\nK:C\n%%MIDI channel 10\n%%MIDI drummap ^g 42\n^g C|\n")
    assert (drums.tracks[0].is_drum, [n.pitch for n in drums.tracks[0].notes]) == (True, [42, 60])


# --------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("key", "body", "expected"),
    [
        ("HP", "F C f c G", [66, 61, 78, 73, 67]), ("Hp", "F C G", [66, 61, 67]), ("none", "F B", [65, 71]),
        ("D exp _b _e ^f", "C B E F", [60, 70, 63, 66]), ("D phr ^f", "F B E C", [66, 70, 63, 60]),
        ("A =c", "C F G", [60, 66, 68]), ("Am ^g", "G F", [68, 65]), ("C#", "C E B", [61, 65, 72]),
        ("EMin", "F", [66]), ("F# Minor", "G", [68]), ("G Dorian", "B", [70]), ("Dmixm", "F C", [66, 60]),
    ],
)  # fmt: skip
def test_key_signatures(key, body, expected):
    assert pitches(body + "|", key) == expected


def test_keys_as_values():
    assert (read_key("HP").fifths, read_key("HP").mode) == (2, "mixolydian")
    assert read_key("D exp _b _e ^f").alters == {"B": -1, "E": -1, "F": 1}
    assert read_key("E ^g").mode == "major"  # written out, but E major
    assert (read_key("D exp ^f ^c").fifths, read_key("D exp ^f ^c").mode) == (2, "major")
    assert read_key("Am clef=bass middle=d").mode == "minor"
    assert read_key("C m=D").mode == "major"
    assert read_key("clef=bass") is None


# ------------------------------------------------------------------------------------------- accidentals and ties


def test_accidentals_hold_in_all_octaves_of_their_bar():
    assert pitches("^C c C c|C c2 z|") == [61, 73, 61, 73, 60, 72]
    assert pitches("[^CE] C c =c|") == [61, 64, 61, 73, 72]
    octave = HEAD.format("C").replace("K:", "%%propagate-accidentals octave\nK:")
    assert [n.pitch for n in read_abc(octave + "^C c C c|\n").tracks[0].notes] == [61, 72, 61, 72]
    alone = octave.replace("octave", "not")
    assert [n.pitch for n in read_abc(alone + "^C C C C|\n").tracks[0].notes] == [61, 60, 60, 60]


def test_a_tie_carries_its_accidental_over_the_bar_line_and_no_farther():
    piece = read_abc(HEAD.format("C") + "G A B ^c- | c d c2 | ^g4- | g4 | _B2 A2- | A4 |\n")
    assert rows(piece)[3:7] == [(3, 73, 2), (5, 74, 1), (6, 72, 2), (8, 80, 8)]
    assert len(piece.tracks[0].notes) == 9


def test_ties_of_chords_and_of_one_note_of_a_chord():
    assert rows(read_abc(HEAD.format("C") + "[CE]4-|[C-E]4|C4|\n")) == [(0, 60, 12), (0, 64, 8)]
    assert rows(read_abc(HEAD.format("C") + "[C-E]2 C2|\n")) == [(0, 60, 4), (0, 64, 2)]


def test_a_tie_to_another_pitch_ties_nothing():
    assert rows(read_abc(HEAD.format("C") + "^c4-|=c4|\n")) == [(0, 73, 4), (4, 72, 4)]
    assert rows(read_abc(HEAD.format("C") + "^c4-|_d4|\n")) == [(0, 73, 8)]


def test_quarter_tones_go_to_the_nearest_semitone():
    assert pitches("^/c _/d ^3/2c c|") == [72, 74, 73, 73]


# -------------------------------------------------------------------------------------------------------- rhythm


def test_overlays():
    piece = read_abc(HEAD.format("G") + "d e d B & G2 D2 | G4 & B,2 D2 |\n")
    assert len(piece.tracks[0].notes) == 9
    assert [(n.onset_quarter, n.pitch) for n in piece.tracks[0].notes if n.onset_quarter >= 4] == [
        (4, 59), (4, 67), (6, 62)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "compound", "result"),
    [
        ("3", False, (2 / 3, 3)), ("2", True, (3 / 2, 2)), ("4", True, (3 / 4, 4)), ("5", False, (2 / 5, 5)),
        ("5", True, (3 / 5, 5)), ("6", False, (1 / 3, 6)), ("7", False, (2 / 7, 7)), ("8", False, (3 / 8, 8)),
        ("3::4", False, (2 / 3, 4)), ("3:2:2", False, (2 / 3, 2)), ("5:4:5", False, (4 / 5, 5)), ("0", False, (1, 0)),
    ],
)  # fmt: skip
def test_tuplets(text, compound, result):
    factor, count = tuplet_of(text, compound=compound)
    assert (float(factor), count) == pytest.approx(result)


def test_broken_rhythm_between_notes_of_one_length_only():
    lengths = [d for _, _, d in rows(read_abc("X:1\nM:4/4\nL:1/8\nK:C\nC>D E<F G>>A B<<c A3>B G2|\n"))]
    assert lengths == [0.75, 0.25, 0.25, 0.75, 0.875, 0.125, 0.125, 0.875, 1.5, 0.5, 1]
    chord = read_abc('X:1\nM:4/4\nL:1/8\nK:C\n"C"[CE]>{d}D E < F z4|\n')
    assert rows(chord) == [(0, 60, 0.75), (0, 64, 0.75), (0.75, 62, 0.25), (1, 64, 0.25), (1.25, 65, 0.75)]


def test_lengths():
    assert [float(length_of(t)) for t in ("", "2", "/", "//", "/4", "3/2", "3/")] == [1, 2, 0.5, 0.25, 0.25, 1.5, 1.5]
    assert rows(read_abc(HEAD.format("C") + "[CE2]2 [C2E]/ C|\n")) == [
        (0, 60, 2), (0, 64, 2), (2, 60, 1), (2, 64, 1), (3, 60, 1)
    ]  # fmt: skip


def test_meters_and_tempos_as_values():
    assert [read_meter(t) for t in ("C", "C|", "3+2/8", "(2+3)/8", "none", "FREI4/4")] == [
        (4, 4), (2, 2), (5, 8), (5, 8), None, (4, 4)
    ]  # fmt: skip
    unit = read_voice("") and length_of("1/2")
    assert [read_tempo(t, unit) for t in ("1/4=120", '"Allegro" 3/8=60', "1/4 3/8=40", "C3=40", "120", "fast")] == [
        120, 90, 100, 60, 60, None
    ]  # fmt: skip


def test_music_without_bar_lines_gets_some():
    piece = read_abc("X:1\nM:2/2\nL:1/1\n%%MIDI nobarlines\nK:C\n" + "^F F " * 12 + "|]\n")
    assert {(m.numerator, m.denominator) for m in piece.time_signatures} == {(2, 2)}
    assert [n.pitch for n in piece.tracks[0].notes[:3]] == [66, 65, 66]
    assert piece.end_quarter == 96


# ------------------------------------------------------------------------------------------------ the way through


def test_parts_are_played_in_their_order():
    text = "X:1\nM:2/4\nL:1/4\nP:A2BA\nK:G\nP:A\nG A | B G |\nP:B\nd c | B2 |\n"
    piece, remarks = read_abc_with_remarks(text)
    assert [n.pitch for n in piece.tracks[0].notes] == 2 * [67, 69, 71, 67] + [74, 72, 71] + [67, 69, 71, 67]
    assert "A A B A" in remarks[0]
    assert len(read_abc(text, in_order=False).tracks[0].notes) == 7


def test_parts_bring_their_key_back():
    text = "X:1\nM:2/4\nL:1/4\nP:ABA\nK:C\nP:A\nF2 |\nP:B\nK:D\nF2 |\n"
    piece = read_abc(text)
    assert [n.pitch for n in piece.tracks[0].notes] == [65, 66, 65]
    assert [(k.onset_quarter, k.tonic) for k in piece.key_signatures] == [(0, 0), (2, 2), (4, 0)]


@pytest.mark.parametrize(
    ("order", "parts"),
    [("A2BA", "AABA"), ("(AB)3C", "ABABABC"), ("A.B.A", "ABA"), ("(A2B)2", "AABAAB"), ("ABA % da capo", "ABAdacapo")],
)
def test_orders(order, parts):
    assert "".join(read_order(order)) == parts


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C4|!fine!D4|E4!D.C.!|]", [60, 62, 64, 60, 62]),
        ("C4|D4!fine!|E4|!D.C.alfine!", [60, 62, 64, 60, 62]),
        ('C4|D4"Fine"|E4"D.C. al Fine"|', [60, 62, 64, 60, 62]),
        ("C4|!segno!D4|E4|F4!D.S.!|", [60, 62, 64, 65, 62, 64, 65]),
        ("C4|D4!dacoda!|E4!D.C.!|!coda!G4|", [60, 62, 64, 60, 62, 67]),
        ("C4|D4!coda!|E4!D.C.alcoda!|!coda!G4|", [60, 62, 64, 60, 62, 67]),
        ("|:C4|D4:|E4!dacapo!|", [60, 62, 60, 62, 64, 60, 62, 64]),
        ("|:C4|1D4:|2E4||F4!D.C.!|", [60, 62, 60, 64, 65, 60, 64, 65]),
    ],
)
def test_jumps(body, expected):
    assert played(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("|:C4|1,3 D4:|2 E4:|4 F4||G4|", [60, 62, 60, 64, 60, 62, 60, 65, 67]),
        ("|:C4|[1-2 D4:|[3 E4|]", [60, 62, 60, 62, 60, 64]),
        ("|:C4|1D4|E4:|2F4|G4|A4|", [60, 62, 64, 60, 65, 67, 69]),
        ("|::C4::|D4|", [60, 60, 60, 62]),
        ("C4:|D4::E4:||:F4:|]", [60, 60, 62, 62, 64, 64, 65, 65]),
        ("C4|:\n|:D4:|\n", [60, 62, 62]),
        ("C4||D4|E4:|", [60, 62, 64, 62, 64]),
        ("|:C4||D4:|", [60, 62, 60, 62]),
        ("C4:|D4||E4:|", [60, 60, 62, 64, 64]),
        ("|:C4|1D4:|2E4||F4|1G4:|2A4|]", [60, 62, 60, 64, 65, 67, 65, 69]),
    ],
)
def test_repeats_and_endings(body, expected):
    assert played(body) == expected


def test_rests_of_bars_and_spaces():
    assert rows(read_abc("X:1\nM:3/4\nL:1/4\nK:C\nZ2|C3|X|y D3|\n")) == [(6, 60, 3), (12, 62, 3)]


# --------------------------------------------------------------------------------------------------- books and words


def test_fields_before_the_first_tune_count_for_all():
    piece = read_abc("M:3/4\nL:1/4\n%%MIDI program 73\n\nX:1\nT:A\nK:C\nCDE|\n\nX:2\nT:B\nM:2/4\nK:C\nCD|\n")
    assert (piece.time_signatures[0].numerator, piece.tracks[0].program) == (3, 73)


def test_what_is_left_out_is_said():
    text = "X:1\nT:First\nM:4/4\nL:1/4\nK:C\n{cd}C4|@D4|\nw:one two\nW:below\n\nX:2\nT:Second\nK:C\nC|\n"
    said = read_abc_with_remarks(text)[1]
    assert said == (
        'This file holds 2 tunes; the first, "First", is read.', "The words printed below the music are left out.",
        "2 grace notes are left out.", "A sign that is no ABC is left out.",
    )  # fmt: skip


def test_a_tune_without_notes_is_passed_over():
    assert read_abc("X:1\nT:Only words\nK:C\nw:la la\n\nX:2\nT:Music\nL:1/4\nK:C\nC D|\n").title == "Music"


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("Am7", "Am7"), ("B♭7", "Bb7"), ("G/B", "G/B"), ("Dm(Bb)", "Dm"), ("N.C.", "N.C."), ("Chorus", ""), ("^slow", ""),
     ("Fine", ""), ("1st time", ""), ("A/c+", "A/C#"), ("Do re mi", "")],
)  # fmt: skip
def test_chord_symbols_and_other_texts(text, symbol):
    assert chord_symbol(text) == symbol


def test_words_of_navigation():
    words = {"^D.C. al Fine": "dacapo", "D.S.": "dalsegno", "To Coda": "tocoda", "Coda": "coda", "FINE": "fine"}
    assert {text: jump_of(text) for text in words} == words
    assert [jump_of(t) for t in ("Allegro", "Finer", "encoda", "")] == ["", "", "", ""]


def test_numbers_of_endings():
    assert [numbers_of(t) for t in ("1", "1,3", "1-3", "2.")] == [(1,), (1, 3), (1, 2, 3), (2,)]


def test_signs_of_a_line():
    kinds = [t.kind for t in tokens('"Am"!p!~[^CE]2- (3ABc|1 {g}z2 [K:D] :|2 C>D & Z4 "^hi"')]
    assert kinds == ["string", "decoration", "symbol", "chord", "tie", "tuplet", "note", "note", "note", "bar", "grace",
                     "rest", "field", "bar", "note", "broken", "note", "overlay", "bars", "string"]  # fmt: skip


def test_dynamics_and_fermatas():
    piece = read_abc(HEAD.format("C") + "!p!C !ff!D HE !fermata!F|\n")
    assert [n.velocity for n in piece.tracks[0].notes] == [52, 104, 104, 104]
    assert piece.fermatas == (2, 3)


def test_typed_abc_is_read_as_abc():
    seed = seed_from_text("X:1\nT:Typed\nL:1/4\nK:D\nD F A d|\n")
    assert (seed.title, [n.pitch for n in seed.piece.tracks[0].notes]) == ("Typed", [62, 66, 69, 74])
