"""Chords: what is in them, how they are read and printed."""

import csv
import gzip
import os
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from musegen.errors import ChartError
from musegen.files.musicxml import read_musicxml, write_musicxml
from musegen.files.musicxml.harmony import harmony_xml
from musegen.files.musicxml.harmony_text import chord_text
from musegen.music import ChordSymbol, Note, Piece, Track
from musegen.music.chord import FAMILIES, NO_CHORD, QUALITIES, Chord, parse_chord
from musegen.music.chord_tones import EXTENSIONS
from musegen.rendering.engraving import engrave

DATA = Path(os.environ.get("MUSEGEN_DATA", "/nonexistent")) / "weimar-jazz" / "beats.csv.gz"

SPELLINGS = {
    "Cmaj7": "Cmaj7 CM7 CΔ CΔ7 C∆7 Cj7 C^7 C^ CMaj7 CMAJ7 Cma7 C7M Cmaj⁷",
    "Dm7": "Dm7 D-7 Dmin7 Dmi7 DMIN7 D−7 dm7 Dminor7 Dm⁷",
    "Bm7b5": "Bm7b5 Bø Bø7 BØ B-7b5 Bm7(b5) Bm7-5 B-7-5 Bhalfdim Bh7 Bmin7b5 Bm7♭5",
    "Cdim7": "Cdim7 Co7 C°7 C07 Cº7",
    "Cdim": "Cdim Co C° C0",
    "C7alt": "C7alt Calt C7ALT",
    "C7sus4": "C7sus4 C7sus Csus7",
    "C9sus4": "C9sus C9sus4 Csus9",
    "Csus4": "Csus Csus4 C4",
    "C6/9": "C6/9 C69 C6(9) C6add9",
    "Caug": "Caug C+ C(#5)",
    "C7#5": "C+7 C7+ C7#5 Caug7 C7aug C7+5 C7(#5)",
    "C7b9": "C7b9 C7-9 C7(b9) C7♭9 C7(♭9)",
    "C7b9b13": "C7b9b13 C7(b9,b13) C7(b9)(b13) C7b13b9",
    "CmMaj7": "CmM7 Cm(maj7) C-Δ7 C-Δ Cm/maj7 CminMaj7 C-^7 C-j7 CmMaj7 Cm#7",
    "C13#11": "C13#11 C13(#11)",
    "C13b9": "C13b9 C79b13 C7b9add13",
    "C9#11": "C9#11 C7911#",
    "Cmaj9#11": "Cmaj9#11 Cj7911# CΔ9#11",
    "Cm6/9": "Cm6/9 C-69 Cm69",
    "Cadd9": "Cadd9 C(add9) C2",
    "N.C.": "N.C. NC n.c. N.C nc",
}


@pytest.mark.parametrize(("printed", "spelling"), [(p, s) for p, many in SPELLINGS.items() for s in many.split()])
def test_usual_spellings(printed, spelling):
    chord = parse_chord(spelling)
    assert chord.text == printed
    assert chord == parse_chord(printed)
    assert parse_chord("C7 (b9 b13)") == parse_chord("C7b9b13")


@pytest.mark.parametrize(
    ("text", "pitch_classes"),
    [
        ("Cmaj7", {0, 4, 7, 11}), ("Dm7", {2, 5, 9, 0}), ("G7", {7, 11, 2, 5}), ("Bm7b5", {11, 2, 5, 9}),
        ("F#dim7", {6, 9, 0, 3}), ("Ab7#5", {8, 0, 4, 6}), ("Ebmaj7#11", {3, 7, 10, 2, 9}), ("C7alt", {0, 4, 10, 3, 8}),
        ("E7#9", {4, 8, 11, 2, 7}), ("Gsus4", {7, 0, 2}), ("C13", {0, 4, 7, 10, 2, 9}), ("Am6", {9, 0, 4, 6}),
        ("C7b5", {0, 4, 6, 10}), ("C5", {0, 7}), ("N.C.", set()), ("D/C", {2, 6, 9}),
    ],
)  # fmt: skip
def test_pitch_classes(text, pitch_classes):
    assert parse_chord(text).pitch_classes == pitch_classes


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("C", {0, 2, 4, 5, 7, 9, 11}), ("Cmaj7#11", {0, 2, 4, 6, 7, 9, 11}), ("Dm7", {2, 4, 5, 7, 9, 11, 0}),
        ("G7", {7, 9, 11, 0, 2, 4, 5}), ("G7alt", {7, 8, 10, 11, 1, 3, 5}), ("G7b9", {7, 8, 10, 11, 1, 2, 4, 5}),
        ("G7#11", {7, 9, 11, 1, 2, 4, 5}), ("G7b9b13", {7, 8, 11, 0, 2, 3, 5}), ("G7#5", {7, 9, 11, 1, 3, 5}),
        ("Bm7b5", {11, 0, 2, 4, 5, 7, 9}), ("Cdim7", {0, 2, 3, 5, 6, 8, 9, 11}), ("CmMaj7", {0, 2, 3, 5, 7, 9, 11}),
        ("N.C.", set(range(12))),
    ],
)  # fmt: skip
def test_scales(text, scale):
    assert parse_chord(text).scale == scale


def test_guide_tones_and_bass():
    assert parse_chord("G7").guide_tones == (11, 5)
    assert parse_chord("Dm7").guide_tones == (5, 0)
    assert parse_chord("C6").guide_tones == (4, 9)
    assert parse_chord("F7sus").guide_tones == (10, 3)
    assert parse_chord("Am").guide_tones == (0,)
    assert NO_CHORD.guide_tones == ()
    assert parse_chord("A/C#").bass_pitch_class == 1
    assert parse_chord("A").bass_pitch_class == 9


def test_equal_chords_may_be_spelled_apart():
    sharp, flat = parse_chord("C#m7"), parse_chord("Dbm7")
    assert sharp == flat and hash(sharp) == hash(flat)
    assert (sharp.text, flat.text) == ("C#m7", "Dbm7")
    assert parse_chord("C/C") == parse_chord("C")
    assert parse_chord("Cm7b5") == Chord(0, "min7", ("b5",))
    assert parse_chord("Bbb5").text == "Bb(b5)"  # B flat with a low fifth, not B double flat
    assert parse_chord("Ebb7").text == "D7"


def test_transposed_is_spelled_for_the_key():
    chord = parse_chord("D7/F#")
    assert chord.transposed(1).text == "Eb7/G"
    assert chord.transposed(4, fifths=6).text == "F#7/A#"
    assert chord.transposed(4, fifths=-6).text == "Gb7/Bb"
    assert parse_chord("Am7b5").transposed(-1).text == "G#m7b5"
    assert NO_CHORD.transposed(5) is NO_CHORD


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Cmaj77", "Cmaj7"), ("Hm7", "Bm7"), ("Gsuz", "Gsus"), ("Dmoll", "Dm"), ("c", "C"), ("F#m7b55", "F#m7b5"),
        ("C/H", "C/B"), ("G77/B", "G7/B"), ("Cfoo", ""), ("xyz", ""), ("ii7", ""), ("", ""), ("7", ""),
    ],
)  # fmt: skip
def test_what_is_no_chord_is_said_with_what_was_meant(text, meant):
    with pytest.raises(ChartError) as caught:
        parse_chord(text)
    error = caught.value
    assert (error.token, error.meant) == (text, meant)
    assert text in str(error) and str(error)[-1] in ".?"
    if meant:
        assert meant in str(error)
        parse_chord(meant)


def test_wrong_parts_are_refused():
    for parts in ((12, "7"), (0, "major"), (0, "7", ("b7",)), (0, "7", (), 12)):
        with pytest.raises(ValueError, match=r"chord|quality"):
            Chord(*parts)


def chords():
    return st.builds(
        Chord,
        st.integers(0, 11),
        st.sampled_from(QUALITIES),
        st.lists(st.sampled_from(list(EXTENSIONS)), max_size=4).map(tuple),
        st.none() | st.integers(0, 11),
    )


@given(chords(), st.integers(-7, 7), st.integers(-30, 30))
def test_every_chord_prints_and_reads(chord, fifths, semitones):
    spelled = chord.spelled(fifths)
    for printed in (chord, spelled):
        again = parse_chord(printed.text)
        assert again == chord and again.text == printed.text
    moved = chord.transposed(semitones)
    assert moved.pitch_classes == {(pitch_class + semitones) % 12 for pitch_class in chord.pitch_classes}
    assert moved.transposed(-semitones) == chord


@given(chords())
def test_what_is_in_a_chord_agrees(chord):
    assert chord.root in chord.pitch_classes <= chord.scale
    assert set(chord.guide_tones) <= chord.pitch_classes
    assert 4 <= len(chord.scale) <= 12
    assert chord.family in FAMILIES.values()


@given(st.text(max_size=12))
def test_any_text_is_a_chord_or_a_sentence(text):
    try:
        chord = parse_chord(text)
    except ChartError as error:
        assert str(error)[-1] in ".?"
    else:
        assert parse_chord(chord.text) == chord


@example("A 6,")
@given(st.from_regex(r"[A-G][b#]?[majinsudbM#579136+(),\-Δø/ ]{0,8}", fullmatch=True))
def test_near_chords_are_read_or_said(text):
    try:
        chord = parse_chord(text)
    except ChartError as error:
        if error.meant:
            parse_chord(error.meant)
    else:
        again = parse_chord(chord.text)
        assert again == chord and again.text == chord.text


@pytest.mark.skipif(not DATA.exists(), reason="needs the Weimar Jazz Database")
def test_every_label_of_the_weimar_jazz_database_is_read():
    with gzip.open(DATA, "rt") as file:
        labels = {row["chord"] for row in csv.DictReader(file)}
    assert len(labels) > 400
    for label in labels:
        chord = parse_chord(label)
        again = parse_chord(chord.text)
        assert again == chord and again.text == chord.text
    assert parse_chord("Bb79b13b") == Chord(10, "7", ("b9", "b13"))
    assert parse_chord("D79#11#") == Chord(2, "7", ("#9", "#11"))
    assert parse_chord("Fsus7913") == Chord(5, "7sus", ("9", "13"))
    assert parse_chord("Db-69/Ab") == Chord(1, "m6", ("9",), 8)


SYMBOLS = (
    "C Cm C7 Cmaj7 Cm7 Cm7b5 Cdim7 Cdim Caug C7alt C7sus4 Csus4 C6 Cm6 CmMaj7 Csus2 C5 C9 C13 C13#11 C13b9 C7b9b13 "
    "C7#5 C7#5#9 Cmaj9#11 Cmaj7#5 Cm11 CmMaj9 C6/9 Cadd9 C9sus4 C13sus4b9 Cm9b5 C(b5) Cm7add11 F#m7b5/C Bb13#11/D "
    "C6/9(#11) N.C. Am7/G Abm6/9/Eb Ebmaj7#5/B"
)
JAZZ = SYMBOLS.split()


def lead_sheet():
    notes = tuple(Note(4.0 * index, 60, 4.0) for index in range(len(JAZZ)))
    symbols = tuple(ChordSymbol(4.0 * index, text) for index, text in enumerate(JAZZ))
    return Piece((Track(notes, name="Melody"),), chord_symbols=symbols)


def test_jazz_symbols_come_back_from_musicxml(tmp_path):
    path = tmp_path / "lead.musicxml"
    write_musicxml(lead_sheet(), path)
    assert path.read_text().count("<harmony>") == len(JAZZ)
    assert [symbol.text for symbol in read_musicxml(path).chord_symbols] == JAZZ


@pytest.mark.parametrize(
    ("kind", "degrees", "text"),
    [
        ('<kind text="7">dominant</kind>', ((9, -1, "add"), (13, -1, "add")), "C7b9b13"),
        ("<kind>dominant</kind>", ((4, 0, "add"), (3, 0, "subtract")), "C7sus4"),
        ("<kind>dominant-13th</kind>", ((11, 1, "add"),), "C13#11"),
        ('<kind text="7(b9)">dominant</kind>', ((9, -1, "add"),), "C7(b9)"),
        ('<kind text="7alt">dominant</kind>', ((9, -1, "add"), (5, 1, "alter")), "C7alt"),
        ("<kind>half-diminished</kind>", (), "Cm7b5"),
    ],
)
def test_symbols_of_other_programs(tmp_path, kind, degrees, text):
    path = tmp_path / "lead.musicxml"
    write_musicxml(replace(lead_sheet(), chord_symbols=(ChordSymbol(0.0, "C"),)), path)
    rows = "".join(
        f"<degree><degree-value>{n}</degree-value><degree-alter>{a}</degree-alter><degree-type>{t}</degree-type></degree>"
        for n, a, t in degrees
    )
    written = path.read_text().replace('<kind text="">major</kind>', f"{kind}{rows}")
    path.write_text(written)
    found = read_musicxml(path).chord_symbols[0].text
    assert (found, parse_chord(found)) == (text, parse_chord(text))


def test_jazz_symbols_are_printed_with_real_accidentals():
    page = "".join(engrave(lead_sheet()).pages)
    printed = [re.sub(r"<[^>]+>|\n", "", group) for group in re.findall(r'class="harm".*?</g>', page, re.S)]
    expected = [re.sub(r"(?<=[A-G])b|b(?=\d)", "♭", text).replace("#", "♯") for text in JAZZ]
    assert [text.split(">")[-1].strip() for text in printed] == expected


@pytest.mark.parametrize(
    ("written", "printed", "intervals"),
    [
        ("C(no3)", "C5", (0, 7)), ("Fmaj7sus4", "Fmaj7sus4", (0, 5, 7, 11)), ("Dm7/11", "Dm7add11", (0, 3, 5, 7, 10)),
        ("G7(no5)", "G7(no5)", (0, 4, 10)), ("C7sus2", "C7sus2", (0, 2, 7, 10)), ("C7no3", "C7(no3)", (0, 7, 10)),
        ("C(omit5)", "C(no5)", (0, 4)), ("Am(no5)", "Am(no5)", (0, 3)), ("Cadd9(no3)", "Cadd9(no3)", (0, 2, 7)),
        ("C7/9", "C9", (0, 2, 4, 7, 10)), ("F9(no5)", "F9(no5)", (0, 2, 4, 10)), ("Cno3rd", "C5", (0, 7)),
        ("C7sus4(no5)", "C7sus4(no5)", (0, 5, 10)), ("Cmaj7sus2", "Cmaj7sus2", (0, 2, 7, 11)),
        ("Eb13sus4", "Eb13sus4", (0, 2, 5, 7, 9, 10)), ("C7sus", "C7sus4", (0, 5, 7, 10)),
    ],
)  # fmt: skip
def test_chords_that_leave_tones_out(written, printed, intervals):
    chord = parse_chord(written)
    assert (chord.text, chord.intervals) == (printed, intervals)
    assert parse_chord(printed) == chord
    assert parse_chord(chord.transposed(5).text).intervals == intervals


def test_the_french_c_is_asked_about():
    with pytest.raises(ChartError, match="C or Ddim"):
        parse_chord("Do")
    assert parse_chord("D\N{DEGREE SIGN}").quality == parse_chord("Co").quality == "dim"


@pytest.mark.parametrize("text", ["Eb13sus4", "C7sus2", "Fmaj7sus4", "G7(no5)", "C(omit5)", "Am7", "F#m7b5/E"])
def test_chords_come_back_from_musicxml_as_they_were_written(text):
    assert chord_text(ElementTree.fromstring(harmony_xml(text))) == text
