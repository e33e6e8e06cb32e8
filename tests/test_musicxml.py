"""MusicXML: what is written adds up and comes back; what is harmful or damaged is refused in one sentence."""

import io
import zipfile
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from music21 import converter

from musegen.errors import FileFormatError
from musegen.files.musicxml import (
    musicxml_text,
    read_musicxml,
    read_musicxml_with_remarks,
    read_recipe,
    write_musicxml,
)
from musegen.files.musicxml.harmony import harmony_xml
from musegen.music import Barline, ChordSymbol, Piece, TimeSignature, Track
from musegen.music.notation import notatable
from musegen.music.theory import MODES
from musegen.music.timing import bar_starts
from musegen.rendering.engraving import engrave
from tests.builders import piece, track
from tests.music21_stream import piece_from_stream

GRIDS = (Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), Fraction(1))
METERS = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4", "7/8", "2/2", "3/8")


def sounding(music):
    """Every note of a piece, tracks aside."""
    return Counter((n.onset_quarter, n.duration_quarter, n.pitch) for t in music.tracks for n in t.notes)


def by_music21(text):
    return piece_from_stream(converter.parseData(text, format="musicxml"))


def voice_lengths(measure, divisions):
    """Quarters that each voice of a measure fills, gaps included; also checks that no voice overlaps itself."""
    position, ends = 0, {}
    for element in measure:
        duration = int(element.findtext("duration") or 0)
        if element.tag == "backup":
            position -= duration
        elif element.tag in ("note", "forward"):
            if element.find("chord") is not None:
                continue
            voice = element.findtext("voice")
            assert ends.get(voice, 0) == position, "a voice has a gap or an overlap"
            position += duration
            ends[voice] = position
    return {voice: Fraction(end, divisions) for voice, end in ends.items()}


def check_bars(text, music):
    """Every voice of every bar fills the bar."""
    starts = bar_starts(music)
    for part in ElementTree.fromstring(text).findall("part"):
        divisions = int(part.findtext("measure/attributes/divisions"))
        measures = part.findall("measure")
        assert len(measures) == len(starts)
        for index, measure in enumerate(measures):
            meter = music.time_signatures[0].bar_quarters
            wanted = music.pickup_quarter if index == 0 and music.pickup_quarter else meter
            lengths = voice_lengths(measure, divisions)
            assert lengths
            assert set(lengths.values()) == {Fraction(wanted)}


@st.composite
def grid_tracks(draw):
    grid = draw(st.sampled_from(GRIDS))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(36, 90), st.integers(1, 127)),
            min_size=1,
            max_size=14,
            unique_by=lambda row: (row[0], row[2]),
        )
    )
    notes, last_end = [], {}
    for onset, length, pitch, velocity in sorted(rows):
        if onset >= last_end.get(pitch, 0):  # the same pitch twice at once in one track has no single notation
            notes.append((pitch, float(onset * grid), float(length * grid), velocity))
            last_end[pitch] = onset + length
    return track(notes, program=draw(st.sampled_from((0, 24, 40, 41, 42, 73))))


@st.composite
def grid_pieces(draw):
    meter = draw(st.sampled_from(METERS))
    pickup = draw(st.sampled_from((0.0, 0.0, 0.5, 1.0)))
    tracks = draw(st.lists(grid_tracks(), min_size=1, max_size=4))
    key = draw(st.sampled_from(("C major", "D minor", "F# minor", "Eb major", "A dorian", "E mixolydian")))
    return piece(*tracks, meter=meter, key=key, pickup=pickup)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(grid_pieces())
def test_law_bars_add_up_and_everything_comes_back(music):
    text = musicxml_text(music)
    check_bars(text, music)
    for again in (by_music21(text), read_musicxml(text.encode())):
        assert sounding(again) == sounding(music)
        assert again.time_signatures == music.time_signatures
        assert again.key_signatures == music.key_signatures
        if music.end_quarter > music.pickup_quarter:  # one short bar alone is no pickup to anything
            assert again.pickup_quarter == music.pickup_quarter
    assert read_musicxml(text.encode()).tracks == music.tracks


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12), st.integers(50, 80)), min_size=1, max_size=8))
def test_law_16ths_and_triplets_mixed_in_one_beat(rows):
    times = sorted({Fraction(k, 3) for k in range(13)} | {Fraction(k, 4) for k in range(17)})
    notes = {(pitch, float(times[a])): (pitch, float(times[a]), float(times[a + b] - times[a])) for a, b, pitch in rows}
    music = piece(list(notes.values()), meter="4/4")
    text = musicxml_text(music)
    check_bars(text, music)
    assert read_musicxml(text.encode()).tracks == music.tracks


@pytest.mark.parametrize("program", [0, 73])
def test_a_beat_of_five_against_three_in_one_track(program):
    rows = [*((76 + i % 3, i / 3, 1 / 3) for i in range(6)), *((48 + i % 5, i / 5, 1 / 5) for i in range(10))]
    music = piece(track([*rows, (72, 2, 2), (48, 2, 2)], program=program))
    assert notatable(music) is music
    text = musicxml_text(music)
    check_bars(text, music)
    actual = Counter(a.text for a in ElementTree.fromstring(text).iter("actual-notes"))
    assert actual == {"3": 6, "5": 10}
    assert read_musicxml(text.encode()).tracks == music.tracks


def test_beats_that_no_voice_can_be_written_in_still_move_onto_a_grid():
    rows = [(60, 0, 1 / 5), (62, 1 / 5, 2 / 3 - 1 / 5), (64, 2 / 3, 1 / 3), (65, 1, 1)]
    text = musicxml_text(piece(track(rows)))
    check_bars(text, piece(track(rows)))
    assert [n.pitch for n in read_musicxml(text.encode()).tracks[0].notes] == [60, 62, 64, 65]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from((3, 4, 5, 7)), st.integers(0, 6), st.integers(40, 80)),
        min_size=1, max_size=14,
    )
)  # fmt: skip
def test_law_any_mixture_of_tuplets_adds_up(rows):
    notes = {(p, b + Fraction(k % d, d)): Fraction(1, d) for b, d, k, p in rows}
    music = piece(track([(p, float(a), float(length)) for (p, a), length in sorted(notes.items())]))
    text = musicxml_text(music)
    check_bars(text, music)
    assert read_musicxml(text.encode()).num_notes == music.num_notes
    again = notatable(music)
    assert notatable(again) is again


def test_of_three_lengths_at_once_single_notes_of_a_chord_are_tied():
    music = piece(track([(76, 0, 1), (77, 1, 1), (79, 2, 2), (60, 0, 4), (67, 0, 2), (65, 2, 2)], program=73))
    text = musicxml_text(music)
    notes = {n.get("id"): n for n in ElementTree.fromstring(text).iter("note")}
    ties = {key: [t.get("type") for t in n.findall("tie")] for key, n in notes.items() if n.find("tie") is not None}
    bass = next(i for i, n in enumerate(music.tracks[0].notes) if n.pitch == 60)
    assert ties == {f"n0-{bass}": ["start"], f"n0-{bass}-1": ["stop"]}
    for again in (by_music21(text), read_musicxml(text.encode())):
        assert sounding(again) == sounding(music)


def test_a_triplet_is_a_tuplet_of_three_in_the_time_of_two():
    text = musicxml_text(piece([(60, 0, 1 / 3), (62, 1 / 3, 1 / 3), (64, 2 / 3, 1 / 3), (65, 1, 3)]))
    notes = ElementTree.fromstring(text).findall(".//note")
    assert [n.findtext("type") for n in notes] == ["eighth"] * 3 + ["half"]
    assert [len(n.findall("dot")) for n in notes] == [0, 0, 0, 1]
    assert [n.findtext("time-modification/actual-notes") for n in notes[:3]] == ["3"] * 3
    assert [n.findtext("time-modification/normal-notes") for n in notes[:3]] == ["2"] * 3
    edges = [[t.get("type") for t in n.iter("tuplet")] for n in notes[:3]]
    assert edges == [["start"], [], ["stop"]]
    assert [n.findtext("beam") for n in notes[:3]] == ["begin", "continue", "end"]


def test_ids_name_the_note_and_its_tied_continuations():
    music = piece([(60, 0, 1), (64, 3, 2)], [(48, 0, 8)])
    ids = [n.get("id") for n in ElementTree.fromstring(musicxml_text(music)).iter("note") if n.get("id")]
    assert ids == ["n0-0", "n0-1", "n0-1-1", "n1-0", "n1-0-1"]


def test_pickup_is_bar_0_and_the_last_bar_completes_it():
    music = piece([(60, 0, 1), (62, 1, 2), (64, 3, 2)], meter="3/4", pickup=1.0, barlines=(Barline(6.0, "final"),))
    root = ElementTree.fromstring(musicxml_text(music))
    assert [(m.get("number"), m.get("implicit")) for m in root.iter("measure")] == [
        ("0", "yes"), ("1", None), ("2", None)
    ]  # fmt: skip
    assert [list(voice_lengths(m, int(root.findtext(".//divisions"))).values()) for m in root.iter("measure")] == [
        [1], [3], [2]
    ]  # fmt: skip
    assert read_musicxml(musicxml_text(music).encode()).pickup_quarter == 1.0


def test_characters_that_no_xml_may_hold_are_left_out():
    music = piece(track([(60, 0, 1)], name="Vio\x02lin"), title="a\x01 <b>\ufffe", composer="\x0b& co")
    music = replace(music, chord_symbols=(ChordSymbol(0.0, "odd\x03"),))
    again = read_musicxml(musicxml_text(music).encode())
    assert (again.title, again.composer, again.tracks[0].name) == ("a <b>", "& co", "Vio\x02lin")
    ElementTree.fromstring(engrave(music).pages[0])


def test_bar_lines_come_back_and_the_last_is_final():
    marks = (Barline(4.0, "repeat-start"), Barline(8.0, "repeat-both"), Barline(12.0, "repeat-end"))
    music = piece([(60 + i, i * 2.0, 2) for i in range(8)], barlines=marks)
    text = musicxml_text(music)
    styles = [b.findtext("bar-style") for b in ElementTree.fromstring(text).iter("barline")]
    assert styles[-1] == "light-heavy"
    assert read_musicxml(text.encode()).barlines[:3] == (
        Barline(4.0, "repeat-start"), Barline(8.0, "repeat-both"), Barline(12.0, "repeat-end")
    )  # fmt: skip


def test_a_repeat_within_a_bar_cuts_it():
    music = piece([(60 + i, i, 1) for i in range(8)], meter="4/4", barlines=(Barline(3.0, "repeat-end"),))
    root = ElementTree.fromstring(musicxml_text(music))
    lengths = [next(iter(voice_lengths(m, int(root.findtext(".//divisions"))).values())) for m in root.iter("measure")]
    assert lengths == [3, 1, 4]


def test_four_part_chorale_stands_on_two_staves_and_comes_back_as_four_tracks():
    voices = [track([(p, 0, 1), (p + 2, 1, 1), (p, 2, 2)], 52, name=name)
              for p, name in ((72, "Soprano"), (67, "Alto"), (60, "Tenor"), (48, "Bass"))]  # fmt: skip
    music = piece(*voices, key="C major", fermatas=(2.0,))
    text = musicxml_text(music)
    parts = ElementTree.fromstring(text).findall("part")
    assert len(parts) == 2
    stems = [[n.findtext("stem") for n in part.iter("note")] for part in parts]
    assert stems == [["up"] * 3 + ["down"] * 3] * 2
    assert [len(list(part.iter("fermata"))) for part in parts] == [1, 1]
    again = read_musicxml(text.encode())
    assert again.tracks == music.tracks
    assert again.fermatas == (2.0,)


def test_piano_track_of_wide_range_has_two_staves():
    music = piece([(40, 0, 4), (72, 0, 1), (74, 1, 1), (76, 2, 2)])
    root = ElementTree.fromstring(musicxml_text(music))
    assert root.findtext(".//staves") == "2"
    assert [c.findtext("sign") for c in root.iter("clef")] == ["G", "F"]
    staff = {n.get("id"): n.findtext("staff") for n in root.iter("note") if n.get("id")}
    assert staff == {"n0-0": "2", "n0-1": "1", "n0-2": "1", "n0-3": "1"}


def test_names_programs_titles_tempo_and_chords_come_back():
    music = piece(
        track([(60, 0, 4), (62, 4, 4)], 41, name="Viola"), qpm=93.0, key="G minor",
        chord_symbols=(ChordSymbol(0.0, "Gm"), ChordSymbol(5.0, "D7")), title="A & B < C", composer="Ann",
    )  # fmt: skip
    again = by_music21(musicxml_text(music))
    assert (again.title, again.composer) == ("A & B < C", "Ann")
    assert (again.tracks[0].name, again.tracks[0].program) == ("Viola", 41)
    assert again.tempos[0].qpm == 93.0
    assert [(c.onset_quarter, c.text) for c in again.chord_symbols] == [(0.0, "Gm"), (5.0, "D7")]
    assert '<sign>C</sign>' in musicxml_text(music)  # fmt: skip


def test_drums_are_unpitched_and_come_back():
    kit = track([(36, 0, 1), (42, 0, 0.5), (42, 0.5, 0.5), (38, 1, 1)], is_drum=True, name="Drums")
    text = musicxml_text(piece(kit))
    assert "<sign>percussion</sign>" in text
    assert "<pitch>" not in text
    assert by_music21(text).tracks[0].is_drum
    assert read_musicxml(text.encode()).tracks == (kit,)


def test_meter_change_is_written_once():
    music = replace(
        piece([(60, 0, 4), (62, 4, 3), (64, 7, 3)]),
        time_signatures=(TimeSignature(0.0, 4, 4), TimeSignature(4.0, 3, 4), TimeSignature(7.0, 3, 4)),
    )
    root = ElementTree.fromstring(musicxml_text(music))
    assert [t.findtext("beats") for t in root.iter("time")] == ["4", "3"]


@pytest.mark.parametrize("mode", MODES)
def test_modes_keep_their_signature(mode):
    music = piece([(62, 0, 4)], key=f"D {mode}")
    again = by_music21(musicxml_text(music))
    assert (again.key_signatures[0].tonic, again.key_signatures[0].mode) == (2, mode)


def test_no_notes_is_one_bar_of_rest():
    root = ElementTree.fromstring(musicxml_text(Piece()))
    assert [n.find("rest").get("measure") for n in root.iter("note")] == ["yes"]
    assert ElementTree.fromstring(musicxml_text(Piece((Track(), Track())))).find("part") is not None


def test_a_performance_off_every_grid_is_written_on_one():
    music = piece([(60 + i, i * 0.987 + 0.013, 0.93) for i in range(9)])
    text = musicxml_text(music)
    check_bars(text, music)
    assert sum(sounding(by_music21(text)).values()) == 9


def test_recipe_and_compressed_files(tmp_path):
    music = piece([(60, 0, 1), (64, 1, 3)])
    for name in ("a.mxl", "a.musicxml"):
        write_musicxml(music, tmp_path / name, recipe='{"style": "folk & <more>"}')
        assert read_musicxml(tmp_path / name).tracks == music.tracks
        assert read_recipe(tmp_path / name) == '{"style": "folk & <more>"}'
    assert read_recipe(musicxml_text(music).encode()) is None


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Am7", "<kind text=\"m7\">minor-seventh"),
        ("F#/A#", "<root-alter>1</root-alter></root><kind text=\"\">major</kind><bass><bass-step>A"),
        ("Bb7b9", "<degree-value>9</degree-value><degree-alter>-1"),
        ("N.C.", ">none<"),
        ("Tacet", "<words"),
        ("H7", "<words"),
        ("Cwild", "<words"),
    ],
)  # fmt: skip
def test_chord_symbols(text, inside):
    assert inside in harmony_xml(text)


# -------------------------------------------------------------------------------------------------- harmful files

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
SCORE = (
    '<score-partwise><part-list><score-part id="P1"><part-name/></score-part></part-list>'
    '<part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes>{}</measure></part>'
    "</score-partwise>"
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>' + SCORE.format("&c;")
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + SCORE.format(
    "&x;"
)


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(
                zipfile.ZipInfo(name.replace("__", ".")), data, zipfile.ZIP_DEFLATED
            )  # of no day: the test is called after it
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (BOMB.encode(), "entities"),
        (BOMB.encode("utf-16"), "MusicXML|entities"),
        (OUTSIDE.encode(), "entities"),
        (b"<html><body>no music</body></html>", "not MusicXML"),
        (b"MThd\x00\x00\x00\x06", "not MusicXML"),
        (SCORE.format(NOTE)[:-30].encode(), "damaged at line 1"),
        (SCORE.format("").encode(), "no notes"),
        (SCORE.format("<x>" * 100 + "</x>" * 100).encode(), "nests"),
        (SCORE.format(NOTE.replace("<step>C</step>", "<step>Q</step>")).encode(), "damaged"),
        (SCORE.format(NOTE.replace("<duration>1", "<duration>many")).encode(), "damaged"),
        (b"x" * (5 * 2**20 + 1), "MB"),
        (b"", "empty"),
        (archive(score__xml=b" " * (50 * 2**20)), "unpacks"),
        (archive(score__xml=BOMB), "entities"),
        (archive(readme__txt="hello"), "not MusicXML"),
        (archive(score__xml=SCORE)[:60], "damaged"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(data, word, recwarn):
    with pytest.raises(FileFormatError, match=word) as caught:
        read_musicxml(data)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert not recwarn.list


def test_a_score_that_is_too_long_is_read_as_far_as_it_goes(monkeypatch):
    monkeypatch.setattr("musegen.files.score.assembling.MAX_SCORE_NOTES", 5)
    text = SCORE.format(NOTE * 4 + '</measure><measure number="2">' + NOTE * 4)
    piece, remarks = read_musicxml_with_remarks(text.encode())
    assert piece.num_notes == 4
    assert remarks == ("This score is very long; the first 1 of its 2 measures are read.",)


def test_a_plain_file_of_another_program_is_read():
    music = read_musicxml(SCORE.format(NOTE * 4).encode())
    assert sounding(music) == Counter({(float(i), 1.0, 60): 1 for i in range(4)})


def test_the_hidden_rest_of_a_voice_that_is_silent_in_a_pickup_names_no_sign():
    music = piece([(65, 0, 3), (72, 1, 4), (69, 3, 2)], pickup=1, key="Bb major")
    text = musicxml_text(music)
    assert '<note print-object="no"><rest/>' in text
    assert "<type></type>" not in text  # the schema knows no empty one
    assert sounding(read_musicxml(text.encode())) == sounding(music)
