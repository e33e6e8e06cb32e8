"""MusicXML as other programs write it: encodings, tuplets rounded to divisions, silent notes, jumps, drums, keys."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.errors import FileFormatError
from musegen.files.musicxml import musicxml_text, read_musicxml, read_musicxml_with_remarks
from musegen.files.score.playing_order import Signs, performed
from musegen.music import ChordSymbol

C_MINOR = "<numeral-key><numeral-fifths>-3</numeral-fifths><numeral-mode>natural minor</numeral-mode></numeral-key>"
CASES = Path(__file__).parent / "cases"


def rows(piece, track=0):
    return [(round(n.onset_quarter, 4), n.pitch, round(n.duration_quarter, 4)) for n in piece.tracks[track].notes]


def note(step="C", octave=4, duration=1, extra="", before=""):
    return (
        f"<note>{before}<pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{duration}</duration>"
        f"{extra}</note>"
    )


def score(*measures, divisions=1, attributes="", part="", time=(4, 4)):
    meter = f"<time><beats>{time[0]}</beats><beat-type>{time[1]}</beat-type></time>"
    head = f"<attributes><divisions>{divisions}</divisions>{attributes}{meter}</attributes>"
    body = "".join(
        f'<measure number="{n}">{head if n == 1 else ""}{inner}</measure>' for n, inner in enumerate(measures, 1)
    )
    return (
        f'<score-partwise><part-list><score-part id="P1"><part-name>Part</part-name>{part}</score-part></part-list>'
        f'<part id="P1">{body}</part></score-partwise>'
    ).encode()


@pytest.mark.parametrize("name", ["latin1.xml", "utf16.xml"])
def test_the_encoding_that_is_declared_is_read(name):
    piece = read_musicxml(CASES / name)
    assert piece.tracks[0].name == "Flöte"
    assert [n.pitch for n in piece.tracks[0].notes] == [64, 67, 69, 71, 76]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("cp1252", "windows-1252"), ("utf-8", "UTF-16"),
     ("latin-1", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-32", "UTF-32"), ("shift-jis", "Shift_JIS")],
)  # fmt: skip
def test_encodings_with_and_without_marks_and_wrongly_declared(encoding, declared):
    name = "フルート" if encoding == "shift-jis" else "Flöte"
    text = f'<?xml version="1.0" encoding="{declared}"?>' + score(note()).decode().replace(">Part<", f">{name}<")
    piece = read_musicxml(text.encode(encoding))
    assert piece.tracks[0].name == name


def archive(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in members:
            out.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "container",
    [
        b"<container><rootfiles><rootfile full-path='./Lead%20Sheet.XML'/></rootfiles></container>",
        b"<container><rootfiles><rootfile full-path='elsewhere.xml'/></rootfiles></container>",
        b"<container><rootfiles><rootfile full-",
        b"<container xmlns='urn:x'><rootfiles><rootfile full-path='\\lead sheet.xml'/></rootfiles></container>",
        b"",
    ],
)
def test_an_odd_or_damaged_container_does_not_hide_the_score(container):
    data = archive([("META-INF/container.xml", container), ("page.pdf", b"%PDF"), ("other.xml", b"<html/>"),
                    ("lead sheet.xml", score(note()))])  # fmt: skip
    assert read_musicxml(data).num_notes == 1


def test_scores_ordered_by_measures_are_read_as_those_by_parts():
    by_parts = (CASES / "implicit-pickup.musicxml").read_bytes()
    root = ElementTree.fromstring(by_parts)
    timewise = ElementTree.Element("score-timewise")
    timewise.append(root.find("part-list"))
    for measure in root.find("part"):
        column = ElementTree.SubElement(timewise, "measure", measure.attrib)
        part = ElementTree.SubElement(column, "part", {"id": "P1"})
        part.extend(list(measure))
    assert read_musicxml(ElementTree.tostring(timewise)) == read_musicxml(by_parts)


# ------------------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("name", "parts"), [("septuplet-tie-by-musescore", 7), ("tie", 7), ("nonuplet-by-musescore", 9)]
)
def test_tuplets_are_exact_and_a_tied_note_is_struck_once(name, parts):
    piece = read_musicxml(CASES / f"{name}.musicxml")
    assert piece.pickup_quarter == 0
    assert [r[0] for r in rows(piece)[:parts]] == [round(i / parts, 4) for i in range(parts)]
    assert rows(piece)[parts:] == [(1.0, 84, 1.0), (2.0, 79, 3.0), (5.0, 76, 1.0), (6.0, 72, 3.0)]


def test_a_backup_that_mends_rounding_leads_back_to_the_beat():
    piece = read_musicxml(CASES / "sept.musicxml")
    assert rows(piece)[8] == (2.0, 84, 1.0)
    assert rows(piece)[9][0] == 3.0
    actual = {a.text for a in ElementTree.fromstring(musicxml_text(piece)).iter("actual-notes")}
    assert actual == {"7"}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from((3, 5, 6, 7, 9)), st.sampled_from((8, 16, 96, 160, 480)), st.booleans())
def test_law_of_tuplets_rounded_to_any_divisions(parts, divisions, early):
    normal = {3: 2, 5: 4, 6: 4, 7: 4, 9: 8}[parts]
    kind = {2: "eighth", 4: "16th", 8: "32nd"}[normal]
    edges = [(divisions * i + (parts // 2 if early else 0)) // parts for i in range(parts)] + [divisions]
    change = f"<actual-notes>{parts}</actual-notes><normal-notes>{normal}</normal-notes>"
    tail = f"<type>{kind}</type><time-modification>{change}</time-modification>"
    inner = "".join(note("E", 5, b - a, tail) for a, b in zip(edges, edges[1:], strict=False))
    inner += note("G", 4, 3 * divisions, "<type>half</type><dot/>")
    piece = read_musicxml(score(inner, note("C", 4, 4 * divisions), divisions=divisions))
    assert [r[0] for r in rows(piece)] == [*(round(i / parts, 4) for i in range(parts)), 1.0, 4.0]


def test_pickups_and_what_goes_past_the_bar_line():
    piece = read_musicxml(CASES / "implicit-pickup.musicxml")
    assert piece.pickup_quarter == 1.0
    assert [(m.numerator, m.denominator) for m in piece.time_signatures] == [(3, 4)]
    assert [b.kind for b in piece.barlines] == ["repeat-both", "repeat-end"]
    assert rows(read_musicxml(CASES / "trailing-forward.musicxml")) == [(0.0, 60, 3.0), (3.0, 62, 3.0)]
    assert read_musicxml(CASES / "triplet-pickup.musicxml").pickup_quarter == pytest.approx(1 / 3, abs=1e-4)


def test_notes_of_one_chord_last_as_long_as_each_says():
    piece = read_musicxml(
        score(note("C", 4, 4) + note("E", 4, 2, before="<chord/>") + note("G", 4, 1, before="<chord/>"))
    )
    assert rows(piece) == [(0.0, 60, 4.0), (0.0, 64, 2.0), (0.0, 67, 1.0)]


def test_ties_lead_from_voice_to_voice_and_need_both_ends():
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    first = note("C", 4, 4, start + "<voice>1</voice>")
    second = note("C", 4, 4, stop + "<voice>2</voice>")
    assert rows(read_musicxml(score(first, second))) == [(0.0, 60, 8.0)]
    assert len(rows(read_musicxml(score(first, note("C", 4, 4))))) == 2


# ----------------------------------------------------------------------------------------- what sounds, and what not


def test_cue_notes_and_slashes_are_silent_and_said():
    piece, remarks = read_musicxml_with_remarks(CASES / "cue-slashes.musicxml")
    assert rows(piece) == [(4.0, 69, 1.0), (5.0, 72, 1.0), (6.0, 76, 1.0), (7.0, 74, 1.0), (10.0, 67, 2.0)]
    assert piece.chord_symbols == (ChordSymbol(0.0, "Dm7"),)
    assert len(remarks) == 2
    assert "cue note" in remarks[0]
    assert "4 slashes" in remarks[1]


def test_slash_notation_by_measure_style_is_silent_too():
    begin = '<attributes><measure-style><slash type="start"/></measure-style></attributes>'
    end = '<attributes><measure-style><slash type="stop"/></measure-style></attributes>'
    piece, remarks = read_musicxml_with_remarks(score(begin + note() * 4, end + note("D") * 4))
    assert {n.pitch for n in piece.tracks[0].notes} == {62}
    assert remarks == ("4 slashes without pitches are left out.",)


def test_grace_notes_are_said_and_hidden_notes_sound():
    text = score(
        note("D", 4, 1, before="<grace/>") + note().replace("<note>", '<note print-object="no">') + note("E", 4, 3)
    )
    piece, remarks = read_musicxml_with_remarks(text)
    assert rows(piece) == [(0.0, 60, 1.0), (1.0, 64, 3.0)]
    assert remarks == ("The grace note is left out.", "A note that is not printed is played.")


def test_each_drum_is_found_by_its_instrument_and_else_by_its_place():
    kit = (
        '<midi-instrument id="I1"><midi-channel>10</midi-channel><midi-unpitched>43</midi-unpitched></midi-instrument>'
        '<midi-instrument id="I2"><midi-channel>10</midi-channel><midi-unpitched>52</midi-unpitched></midi-instrument>'
    )
    place = "<unpitched><display-step>{}</display-step><display-octave>{}</display-octave></unpitched>"
    one = "<note>{}<duration>1</duration>{}</note>"
    text = score(
        one.format(place.format("G", 5), '<instrument id="I1"/>')
        + one.format(place.format("F", 5), '<instrument id="I2"/>')
        + one.format(place.format("F", 4), "") + one.format(place.format("C", 5), ""), part=kit,
    )  # fmt: skip
    piece = read_musicxml(text)
    assert piece.tracks[0].is_drum
    assert [n.pitch for n in piece.tracks[0].notes] == [42, 51, 36, 38]


@pytest.mark.parametrize(
    ("harmony", "text"),
    [
        ("<root><root-step>F</root-step><root-alter>1</root-alter></root><kind>half-diminished</kind>", "F#m7b5"),
        ('<numeral><numeral-root>5</numeral-root></numeral><kind text="7">dominant</kind>', "A7"),
        ("<numeral><numeral-root>2</numeral-root></numeral><kind>minor-seventh</kind>", "Em7"),
        (f"<numeral><numeral-root>1</numeral-root>{C_MINOR}</numeral><kind>minor</kind>", "Cm"),
        ("<function>V7</function><kind>dominant</kind>", "A7"),
        ("<function>ii</function><kind>minor</kind>", "Em"),
        ("<root><root-step>C</root-step></root><kind>none</kind>", "N.C."),
        ("<root><root-step>B</root-step></root><kind>minor</kind><bass><bass-step>D</bass-step></bass>", "Bm/D"),
    ],
)  # fmt: skip
def test_chords_by_root_numeral_and_function(harmony, text):
    key = "<key><fifths>2</fifths><mode>major</mode></key>"
    piece = read_musicxml(score(f"<harmony>{harmony}</harmony>" + note(), attributes=key))
    assert [c.text for c in piece.chord_symbols] == [text]


def test_transposing_instruments_sound_where_they_sound_and_so_does_their_key():
    extra = "<transpose><chromatic>-2</chromatic></transpose>"
    key = "<key><fifths>2</fifths><mode>major</mode></key>"
    piece = read_musicxml(score(note("D", 5, 4), attributes=key + extra))
    assert rows(piece) == [(0.0, 72, 4.0)]
    assert (piece.key_signatures[0].tonic, piece.key_signatures[0].mode) == (0, "major")


@pytest.mark.parametrize(
    ("mark", "qpm"),
    [
        ("<metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>80</per-minute></metronome>", 120.0),
        ("<metronome><beat-unit>half</beat-unit><per-minute>c. 60</per-minute></metronome>", 120.0),
        ("<metronome><beat-unit>quarter</beat-unit><per-minute></per-minute></metronome>", 120.0),
        ("<metronome><beat-unit/><per-minute>fast</per-minute></metronome>", 120.0),
    ],
)
def test_tempo_marks_with_dots_and_empty_ones(mark, qpm):
    direction = f"<direction><direction-type>{mark}</direction-type></direction>"
    piece = read_musicxml(score(direction + '<sound tempo=""/><sound tempo="1e400"/>' + note()))
    assert piece.tempos[0].qpm == qpm


def test_parts_agree_on_a_key_by_most_of_them_and_a_key_without_mode_is_judged_by_the_notes():
    def part(number, fifths):
        notes = "".join(note(s, 4, 1) for s in "AECAEABA" if s)
        return (
            f'<part id="P{number}"><measure number="1"><attributes><divisions>2</divisions>'
            f"<key><fifths>{fifths}</fifths></key></attributes>{notes}</measure></part>"
        )

    text = "<score-partwise><part-list/>" + part(1, 4) + part(2, 0) + part(3, 0) + "</score-partwise>"
    assert [(k.tonic, k.mode) for k in read_musicxml(text.encode()).key_signatures] == [(9, "minor")]


def test_two_voices_of_a_hymn_are_two_tracks_and_keep_their_unisons():
    upper = "".join(note(s, 4, 1, "<voice>1</voice>") for s in "GAGEGAGE")
    lower = "".join(note(s, 4, 1, "<voice>2</voice>") for s in "EEDEEECE")
    first = upper[: len(upper) // 2] + "<backup><duration>4</duration></backup>" + lower[: len(lower) // 2]
    second = upper[len(upper) // 2 :] + "<backup><duration>4</duration></backup>" + lower[len(lower) // 2 :]
    piece = read_musicxml(score(first, second))
    assert [len(t.notes) for t in piece.tracks] == [8, 8]
    assert rows(piece, 0)[3] == rows(piece, 1)[3] == (3.0, 64, 1.0)


# -------------------------------------------------------------------------------------------------- playing order


@pytest.mark.parametrize(
    ("signs", "order"),
    [
        ([Signs(), Signs(repeat_end=True), Signs()], [0, 1, 0, 1, 2]),
        ([Signs(repeat_start=True), Signs(repeat_end=True, times=3)], [0, 1, 0, 1, 0, 1]),
        ([Signs(), Signs(ending=(1,), repeat_end=True), Signs(ending=(2,)), Signs()], [0, 1, 0, 2, 3]),
        ([Signs(), Signs(ending=(1, 2), repeat_end=True), Signs(ending=(3,))], [0, 1, 0, 1, 0, 2]),
        ([Signs(), Signs(jumps=frozenset({"fine"})), Signs(jumps=frozenset({"dacapo"}))], [0, 1, 2, 0, 1]),
        ([Signs(), Signs(jumps=frozenset({"segno"})), Signs(jumps=frozenset({"tocoda"})), Signs(),
          Signs(jumps=frozenset({"dalsegno"})), Signs(jumps=frozenset({"coda"}))], [0, 1, 2, 3, 4, 1, 2, 5]),
        ([Signs(), Signs(ending=(1,), repeat_end=True), Signs(ending=(2,)), Signs(jumps=frozenset({"dacapo"}))],
         [0, 1, 0, 2, 3, 0, 2, 3]),
    ],
)  # fmt: skip
def test_playing_order(signs, order):
    assert performed(signs) == order


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Signs, st.booleans(), st.booleans(), st.integers(2, 16), st.sampled_from(((), (), (1,), (2,), (1, 3))),
            st.frozensets(st.sampled_from(("dacapo", "dalsegno", "tocoda", "fine", "segno", "coda"))),
        ),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_law_any_signs_end(signs):
    order = performed(signs)
    assert len(order) <= 12 * len(signs)
    assert all(0 <= i < len(signs) for i in order)


def test_da_capo_is_played_out_and_said():
    words = "<direction><direction-type><words>{}</words></direction-type></direction>"
    text = score(
        note("C", 4, 4), note("D", 4, 4) + words.format("Fine"), note("E", 4, 4) + words.format("D.C. al Fine")
    )
    piece, remarks = read_musicxml_with_remarks(text)
    assert [r[1] for r in rows(piece)] == [60, 62, 64, 60, 62]
    assert remarks == ("D.C. al Fine is played out: 3 measures are written, 5 played.",)


# ----------------------------------------------------------------------------------------------------------- damage


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(CASES.glob("*.musicxml"))), st.data())
def test_law_damage_is_read_or_refused_in_one_sentence(path, data):
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    junk = data.draw(st.sampled_from((b"", b"0", b"-1", b"1e309", b"</note>", b"\x00", b"999999999999", b"<!--")))
    cut = data.draw(st.integers(0, 12))
    try:
        piece = read_musicxml(content[:at] + junk + content[at + cut :])
    except FileFormatError as error:
        assert str(error).endswith(".")
        assert "\n" not in str(error)
    else:
        assert piece.num_notes > 0


def test_two_voices_in_unison_stay_two_notes_and_one_voice_has_a_note_once():
    note = "<note>{}<pitch><step>C</step><octave>4</octave></pitch><duration>4</duration><voice>{}</voice></note>"
    music = (
        '<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>Piano</part-name></score-part>'
        '</part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes>'
        f"{note.format('', 1)}{note.format('<chord/>', 1)}<backup><duration>4</duration></backup>{note.format('', 2)}"
        "</measure></part></score-partwise>"
    )
    (only,) = read_musicxml(music.encode()).tracks
    assert [(n.pitch, n.duration_quarter) for n in only.notes] == [(60, 4.0), (60, 4.0)]
