"""Sheets for instruments that are written otherwise than they sound."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from musegen.errors import ConstraintError
from musegen.files.musicxml import musicxml_text, read_musicxml
from musegen.music import ChordSymbol
from musegen.music.transposing import TRANSPOSING, written
from musegen.services.showing.downloads import ending, file_bytes, is_format
from tests.builders import piece, track

TUNE = replace(
    piece([(60, 0, 1), (64, 1, 1), (67, 2, 1), (71, 3, 1), (72, 4, 4)], key="C major"),
    chord_symbols=(ChordSymbol(0.0, "Cmaj7"), ChordSymbol(4.0, "F/C")),
)


@pytest.mark.parametrize(
    ("code", "first", "fifths", "chord"),
    [
        ("bb", "D4", 2, "D"),
        ("bb-low", "D5", 2, "D"),
        ("eb", "A4", 3, "A"),
        ("eb-low", "A5", 3, "A"),
        ("eb-high", "A3", 3, "A"),
        ("f", "G4", 1, "G"),
        ("octave-high", "C5", 0, "C"),
        ("octave-low", "C3", 0, "C"),
    ],
)
def test_what_is_written_and_how_it_sounds(code, first, fifths, chord):
    text = musicxml_text(TUNE, instrument=TRANSPOSING[code])
    root = ElementTree.fromstring(text)
    pitch = root.find(".//note/pitch")
    assert pitch.findtext("step") + pitch.findtext("octave") == first
    assert root.findtext(".//key/fifths") == str(fifths)
    assert root.findtext(".//harmony/root/root-step") == chord
    again = read_musicxml(text.encode())
    assert [n.pitch for n in again.tracks[0].notes] == [60, 64, 67, 71, 72]
    assert (again.key_signatures[0].tonic, again.key_signatures[0].mode) == (0, "major")
    assert [c.text for c in again.chord_symbols] == ["Cmaj7", "F/C"]


def test_drums_stay_and_an_octave_is_said_once():
    drums = track([(38, 0, 1)], is_drum=True, name="Drums")
    bass = track([(40, 0, 1), (43, 1, 1)], 32, name="Bass")
    text = musicxml_text(piece(bass, drums), instrument=TRANSPOSING["octave-high"])
    assert text.count("<transpose>") == 1
    assert "<clef-octave-change>" not in text.split('id="P2"')[0]
    assert [[n.pitch for n in t.notes] for t in read_musicxml(text.encode()).tracks] == [[40, 43], [38]]


def test_formats_name_an_instrument_and_a_part():
    assert [is_format(name) for name in ("pdf@bb", "musicxml@eb.2", "pdf@c.1", "mid@bb", "pdf@h", "pdf@bb.0", "pdf@c",
                                         "pdf@bb.x")] == [True, True, True, *[False] * 5]  # fmt: skip
    assert [ending(name) for name in ("pdf@bb", "musicxml@eb.2", "pdf@c.1", "pdf")] == [
        "-bb.pdf", "-eb-part-2.musicxml", "-part-1.pdf", ".pdf"]  # fmt: skip
    duet = piece(track([(60, 0, 4)], 71, name="Clarinet"), track([(48, 0, 8)], 70, name="Bassoon"), key="C major")
    part = read_musicxml(file_bytes(duet, "musicxml@bb.1"))
    assert [(t.name, [n.pitch for n in t.notes]) for t in part.tracks] == [("Clarinet", [60])]
    with pytest.raises(ConstraintError, match="no part 3"):
        file_bytes(duet, "pdf@bb.3")
    with pytest.raises(ConstraintError, match="beyond all staves"):
        written(piece([(126, 0, 1)]), TRANSPOSING["bb"])


def test_a_sheet_for_an_instrument_is_printed_with_its_name():
    import io

    from pypdf import PdfReader

    words = PdfReader(io.BytesIO(file_bytes(replace(TUNE, title="Blue"), "pdf@eb"))).pages[0].extract_text()
    assert "Blue" in words and re.search(r"in E\s*♭", words)
