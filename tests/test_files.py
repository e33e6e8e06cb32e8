"""Reading and writing by extension, and by content where the extension lies."""

import subprocess
import sys

import pytest

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError
from musegen.files import READABLE_EXTENSIONS, decode_text, read, sniff, write
from musegen.files.midi import midi_bytes
from musegen.music import Note, Piece, Track

PIECE = Piece((Track((Note(0, 60), Note(1, 62), Note(2, 64, 2))),))
ABC = b"X:1\nT:T\nM:4/4\nL:1/4\nK:C\nC D E2|C4|\n"
XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>A</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats>
<beat-type>4</beat-type></time></attributes><note><pitch><step>C</step><octave>4</octave></pitch>
<duration>4</duration><type>whole</type></note></measure></part></score-partwise>"""


def pitches(piece: Piece) -> list[int]:
    return [n.pitch for n in piece.tracks[0].notes]


@pytest.mark.parametrize("name", ["a.mid", "b.MIDI", "c.abc", "d.txt", "e", "f.xml"])
def test_midi_is_recognised_under_any_name(name):
    assert read(name, midi_bytes(PIECE)) == PIECE


def test_abc_and_text():
    assert pitches(read("a.abc", ABC)) == [60, 62, 64, 60]
    assert pitches(read("a.txt", ABC)) == [60, 62, 64, 60]
    assert pitches(read("a.txt", b"C4 D4 E4")) == [60, 62, 64]
    assert pitches(read("a.txt", "\ufeffC\u266f4 D4".encode())) == [61, 62]
    assert pitches(read("a.txt", "C4 D4".encode("utf-16"))) == [60, 62]


def test_file_round_trip(tmp_path):
    path = tmp_path / "piece.mid"
    write(PIECE, path)
    assert read(path) == PIECE
    assert read(str(path)) == PIECE


def test_musicxml_round_trip(tmp_path):
    pytest.importorskip("musegen.files.musicxml")
    assert pitches(read("a.xml", XML)) == [60]
    assert pitches(read("wrong.mid", XML)) == [60]
    path = tmp_path / "piece.musicxml"
    write(PIECE, path)
    assert pitches(read(path)) == [60, 62, 64]


def test_sniff():
    assert sniff(midi_bytes(PIECE)) == "midi"
    assert sniff(ABC) == "abc"
    assert sniff(XML) == "musicxml"
    assert sniff(b"\xef\xbb\xbf" + XML) == "musicxml"
    assert sniff(XML.decode().encode("utf-16")) == "musicxml"
    assert sniff(b"PK\x03\x04rest") == "musicxml"
    assert sniff(b"C4 D4 E4") is None
    assert sniff(b"key: C\nX marks the spot") is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("song.mp3", b"ID3\x00", r"choose one of \.mid"),
        ("song", b"\x00\x01", "not a music file"),
        ("song.mid", b"", "empty"),
        ("song.mid", b"C4 D4", "not a MIDI file"),
        ("song.abc", b"nothing", "not an ABC tune"),
        ("song.txt", b"\x00\x01\x02", "not a text file"),
        ("song.txt", b"blah", "not understood"),
        ("song.mid", bytes(MAX_UPLOAD_BYTES + 1), "5 MB"),
    ],
)
def test_bad_files(name, data, words):
    with pytest.raises(FileFormatError, match=words):
        read(name, data)


def test_missing_folder_and_big_file(tmp_path):
    with pytest.raises(FileFormatError, match="no file"):
        read(tmp_path / "a.mid")
    with pytest.raises(FileFormatError, match="cannot be read"):
        read(tmp_path)
    big = tmp_path / "big.mid"
    big.write_bytes(bytes(MAX_UPLOAD_BYTES + 1))
    with pytest.raises(FileFormatError, match="5 MB"):
        read(big)


def test_write_refuses_other_endings_and_places(tmp_path):
    with pytest.raises(FileFormatError, match="musicxml"):
        write(PIECE, tmp_path / "a.mp3")
    with pytest.raises(FileFormatError, match="cannot be written"):
        write(PIECE, tmp_path / "none" / "a.mid")


def test_extensions_and_text():
    assert ".mid" in READABLE_EXTENSIONS
    assert decode_text("Größe".encode("latin-1")) == "Größe"


def test_importing_files_loads_no_heavy_library():
    heavy = "('music21', 'pretty_midi', 'mido')"
    names = "musegen.files, musegen.files.midi, musegen.files.abc, musegen.files.typed"
    code = f"import sys, {names}; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
