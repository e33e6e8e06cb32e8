"""Hymns: voices of ABC lines apart, long note values shortened, phrases marked, works on one side."""

from fractions import Fraction

import pytest

from musegen.composers.chorale.codec import ChoraleCodec
from musegen.corpora.abc_voices import read_voices
from musegen.corpora.hymns import four_voices, hymn
from musegen.corpora.kern import read_kern
from musegen.corpora.listed_scores import listing, split_of
from musegen.errors import FileFormatError

TUNE = """X:1
T:Page
M:4/4 % time signature
L:1/4
V:S1V1 clef=treble
V:S1V2
V:S2V1 clef=bass
V:S2V2
K:Eb
[V: S1V1] [Q:1/4=120] E | =A A (G F) | !fermata!B2 z
[V: S1V2] E | E E E D | D2 z
[V: S2V1] G, | C C B, B, | (3(F,G,)F, x
[V: S2V2] E, | C, C, B,, B,, | B,,2- B,,
[V: S1V1] A | G>F E2- | E3 |]
[V: S1V2] E | [EB,]2 B,2 | B,3 |]
[V: S2V1] C | B, A,/_C/ G,2 | G,3 |]
[V: S2V2] A,, | B,,2 E,,2- | E,,3 |]
"""


def notes(voice):
    return [(float(onset), float(length), pitch) for onset, length, pitch in voice.notes]


def test_a_tune_of_four_voices_as_counted_by_hand():
    tune = read_voices(TUNE)
    soprano, alto, tenor, bass = tune.voices
    assert (tune.meter, tune.fifths, tune.qpm) == ((4, 4), -3, 120.0)
    assert notes(soprano) == [
        (0, 1, 63), (1, 1, 69), (2, 1, 69), (3, 1, 67), (4, 1, 65), (5, 2, 70), (8, 1, 68),
        (9, 1.5, 67), (10.5, 0.5, 65), (11, 5, 63),
    ]  # fmt: skip  # the natural holds in its bar; the tie over the bar line is one note
    assert notes(alto)[6:] == [(8, 1, 63), (9, 2, 63), (9, 2, 58), (11, 2, 58), (13, 3, 58)]
    third = pytest.approx(2 / 3)
    assert [(length, pitch) for _, length, pitch in notes(tenor)[5:8]] == [(third, 53), (third, 55), (third, 53)]
    assert [(length, pitch) for _, length, pitch in notes(tenor)[9:13]] == [(1, 58), (0.5, 56), (0.5, 59), (2, 55)]
    assert notes(bass)[5:8] == [(5, 3, 46), (8, 1, 44), (9, 2, 46)]
    assert {voice.end for voice in tune.voices} == {Fraction(16)}
    assert [float(bar) for bar in soprano.bars] == [0, 1, 5, 9, 13, 16]


def test_a_hymn_has_its_pickup_key_tempo_and_the_ends_of_its_lines():
    piece = hymn(TUNE)
    assert [track.name for track in piece.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert piece.pickup_quarter == 1.0
    assert (piece.key_signatures[0].tonic, piece.key_signatures[0].mode, piece.tempos[0].qpm) == (3, "major", 120.0)
    assert piece.fermatas == (5.0, 11.0)  # the half note at the end of the first line, and the last note
    grid = ChoraleCodec().to_grid(piece)
    assert (grid.pickup, grid.bar_steps, len(grid.voices)) == (4, 16, 64)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TUNE.replace("M:4/4", "M:none"), "no meter"),
        (TUNE.replace("[V: S2V2] A,,", "[V: S2V2] A,,2"), "four of one length"),
        ("X:1\nM:4/4\nK:C\nCDEF|", "0 voices"),
    ],
)
def test_other_tunes_are_refused(text, words):
    with pytest.raises(FileFormatError, match=words):
        hymn(text)


def test_breves_and_halves_become_quarters():
    lines = ["**kern\t**kern\t**kern\t**kern", "*M2/1\t*M2/1\t*M2/1\t*M2/1"]
    lines += ["=1\t=1\t=1\t=1", "1C\t1G\t1e\t1cc", "1C\t1G\t1e\t1cc", "=2\t=2\t=2\t=2", "0C\t0G\t0e\t0cc"]
    piece = four_voices(read_kern("\n".join([*lines, "*-\t*-\t*-\t*-"])), "", "")
    assert [(n.onset_quarter, n.duration_quarter, n.pitch) for n in piece.tracks[0].notes] == [
        (0, 1, 72), (1, 1, 72), (2, 2, 72)]  # fmt: skip
    assert [track.notes[0].pitch for track in piece.tracks] == [72, 64, 55, 48]
    assert (piece.time_signatures[0].numerator, piece.time_signatures[0].denominator) == (2, 4)
    with pytest.raises(FileFormatError, match="2 staves"):
        four_voices(read_kern("**kern\t**kern\n*M2/4\t*M2/4\n2C\t2e\n=\t=\n*-\t*-\n"), "", "")


def test_no_hymn_is_on_two_sides():
    entries = [*listing("open-hymnal"), *listing("polish-choir")]
    sides = {split_of("hymn", entry.work) for entry in entries}
    assert sides == {"train", "valid", "test"}
    assert len({entry.path for entry in entries}) == len(entries) > 500
