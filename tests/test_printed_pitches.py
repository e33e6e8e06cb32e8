"""What is printed says every pitch: signature, accidentals and ties read as an eye reads them, by us and by others."""

from xml.etree import ElementTree

import pytest
import verovio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from music21 import converter

from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.files.typed import read_typed
from musegen.music.theory import STEP_PITCH_CLASSES
from tests.builders import piece, track

SHARPS = "FCGDAEB"
SIGNS = {"flat-flat": -2, "flat": -1, "natural": 0, "sharp": 1, "double-sharp": 2}
MEI_SIGNS = {"ff": -2, "f": -1, "n": 0, "s": 1, "ss": 2, "x": 2}
MEI = "{http://www.music-encoding.org/ns/mei}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def usual(step, fifths):
    """What a step is in a signature."""
    place = SHARPS.index(step)
    return 1 if place < fifths else -1 if 6 - place < -fifths else 0


def seen_by_the_eye(text):
    """The MIDI pitch of every note by its id, from lines, signature and signs alone; <alter> is not looked at."""
    heard, pitches = {}, {}
    for part in ElementTree.fromstring(text).findall("part"):
        fifths = 0
        for measure in part.findall("measure"):
            rows, position, onset = [], 0, 0
            for element in measure:
                if element.tag == "attributes":
                    fifths = int(element.findtext("key/fifths") or fifths)
                duration = int(element.findtext("duration") or 0)
                position += {"backup": -duration, "forward": duration}.get(element.tag, 0)
                if element.tag != "note":
                    continue
                if element.find("chord") is None:
                    onset, position = position, position + duration
                if element.find("pitch") is not None:
                    rows.append((onset, element))
            standing = {}
            for _, note in sorted(rows, key=lambda row: row[0]):
                step, octave = note.findtext("pitch/step"), int(note.findtext("pitch/octave"))
                place = (note.findtext("staff"), step, octave)
                head = "-".join(note.get("id").split("-")[:2])
                tied = "stop" in [tie.get("type") for tie in note.findall("tie")]
                sign = note.findtext("accidental")
                if tied:
                    alter = heard[head]
                else:
                    alter = SIGNS[sign] if sign else standing.get(place, usual(step, fifths))
                    standing[place] = alter
                heard[head] = alter
                pitches[note.get("id")] = 12 * (octave + 1) + STEP_PITCH_CLASSES[step] + alter
    return pitches


def seen_by_verovio(text):
    """({id: MIDI pitch}, {id: sign that is drawn}, fifths of the signature) of what Verovio engraves."""
    toolkit = verovio.toolkit()
    assert toolkit.loadData(text)
    root = ElementTree.fromstring(toolkit.getMEI())
    pitches, signs = {}, {}
    for note in root.iter(f"{MEI}note"):
        accid = note.find(f"{MEI}accid")
        drawn = note.get("accid") or (accid.get("accid") if accid is not None else None)
        meant = drawn or note.get("accid.ges") or (accid.get("accid.ges") if accid is not None else None) or "n"
        if drawn:
            signs[note.get(XML_ID)] = MEI_SIGNS[drawn]
        step = STEP_PITCH_CLASSES[note.get("pname").upper()]
        pitches[note.get(XML_ID)] = 12 * (int(note.get("oct")) + 1) + step + MEI_SIGNS[meant]
    keys = {k.get("sig") for k in root.iter(f"{MEI}keySig")} | {s.get("keysig") for s in root.iter(f"{MEI}staffDef")}
    keys -= {None}
    drawn_keys = {int(k[:-1]) * (1 if k[-1] == "s" else -1) if k != "0" else 0 for k in keys} or {0}
    return pitches, signs, drawn_keys


def check(music):
    text = musicxml_text(music)
    wanted = {f"n{t}-{i}": n.pitch for t, tr in enumerate(music.tracks) for i, n in enumerate(tr.notes)}
    eye = seen_by_the_eye(text)
    assert {name: eye[name] for name in wanted} == wanted
    assert all(pitch == wanted["-".join(name.split("-")[:2])] for name, pitch in eye.items())
    pitches, signs, keys = seen_by_verovio(text)
    assert {name: pitches[name] for name in wanted} == wanted
    root = ElementTree.fromstring(text)
    printed = {n.get("id"): SIGNS[n.findtext("accidental")] for n in root.iter("note") if n.findtext("accidental")}
    assert signs == printed
    assert keys == {int(k.text) for k in root.iter("fifths")} or (keys == {0} and not list(root.iter("fifths")))
    score = converter.parseData(text, format="musicxml").flatten()
    heads = (one for n in score.notes for one in (n.notes if n.isChord else [n]))
    by_music21 = sorted(n.pitch.midi for n in heads if n.tie is None or n.tie.type == "start")
    assert by_music21 == sorted(wanted.values())
    again = read_musicxml(text.encode())
    assert again.tracks == music.tracks
    assert again.key_signatures == music.key_signatures
    return text


@st.composite
def coloured_pieces(draw):
    """Chromatic music in eighths for one to three instruments, mostly without a key."""
    tracks = []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(40, 84)), min_size=1, max_size=16)
        )
        notes, onset, ends = [], 0, {}
        for step, length, pitch in rows:
            onset += step
            if ends.get(pitch, 0) <= onset:
                notes.append((pitch, onset / 2, length / 2))
                ends[pitch] = onset + length
        tracks.append(track(notes, program=draw(st.sampled_from((0, 40, 73)))))
    key = draw(st.sampled_from((None, None, "F major", "C# minor", "Gb major", "A dorian")))
    return piece(*tracks, key=key) if key else piece(*tracks)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(coloured_pieces())
def test_law_every_pitch_can_be_read_off_the_page(music):
    check(music)


@pytest.mark.parametrize(
    ("typed", "fifths"),
    [("F4 G4 A4 Bb4 | C5 Bb4 A4 G4 | F4:4", -1), ("D4 E4 F#4 G4 | A4 B4 C#5 D5", 2), ("C4 E4 G4", None)],
)
def test_typed_notes_without_a_key_have_the_signature_that_suits_them(typed, fifths):
    text = check(read_typed(typed))
    assert [int(k.text) for k in ElementTree.fromstring(text).iter("fifths")] == ([] if fifths is None else [fifths])
