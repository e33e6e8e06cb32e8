"""MIDI files as programs and people write them: what every player reads is read, and what is left out is said."""

import io

import mido
import pytest

from musegen.files import read
from musegen.files.midi import midi_bytes, read_midi, read_midi_with_remarks
from musegen.music import Note, Piece, Track


def chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "big") + body


def smf(*tracks: bytes, division: bytes = b"\x01\xe0") -> bytes:
    """A MIDI file of raw tracks, 480 ticks to the quarter."""
    head = (1 if len(tracks) > 1 else 0).to_bytes(2, "big") + len(tracks).to_bytes(2, "big") + division
    return chunk(b"MThd", head) + b"".join(chunk(b"MTrk", t + b"\x00\xff\x2f\x00") for t in tracks)


def notes_of(data: bytes, track: int = 0) -> list[tuple[float, int, float]]:
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in read_midi(data).tracks[track].notes]


QUARTER = b"\x83\x60"
TWO = [(0, 60, 1), (1, 62, 1)]


@pytest.mark.parametrize(
    "between",
    [
        b"\x00\xff\x05\x02la", b"\x00\xf0\x03\x7e\x7f\xf7", b"\x00\xf8", b"\x00\xfe\x00\xfa", b"\x00\xf6",
        b"\x00\xf2\x01\x02", b"\x00\xff\x7f\x01\x00",
    ],
)  # fmt: skip
def test_running_status_goes_on_over_meta_and_system_events(between):
    """A lyric, a system exclusive message, clocks, a tune request, a song position, a sequencer's own event."""
    track = b"\x00\x90\x3c\x40" + QUARTER + b"\x3c\x00" + between + b"\x00\x3e\x40" + QUARTER + b"\x3e\x00"
    assert notes_of(smf(track)) == TWO


def test_real_time_bytes_within_an_event():
    track = b"\x00\x90\x3c\xf8\x40" + QUARTER + b"\x3c\x00" + b"\x00\x90\xfe\x3e\x40" + QUARTER + b"\x3e\x00"
    assert notes_of(smf(track)) == TWO


def test_time_is_kept_where_an_event_is_left_out():
    track = b"\x00\x90\x3c\x40" + QUARTER + b"\xf0\x01\xf7" + QUARTER + b"\x3c\x00"
    assert notes_of(smf(track)) == [(0, 60, 2)]


def test_syllables_are_read():
    track = b"\x00\xff\x05\x02la\x00\x90\x3c\x40" + QUARTER + b"\x3c\x00"
    read, remarks = read_midi_with_remarks(smf(track))
    assert [word.text for word in read.words] == ["la"] and not remarks


NOTE = b"\x00\x90\x3c\x40" + QUARTER + b"\x80\x3c\x40"


def test_a_program_is_of_the_channel_whatever_track_sets_it():
    set_up = b"\x00\xc0\x49\x00\xc1\x2a"
    low = b"\x00\x91\x24\x40" + QUARTER + b"\x81\x24\x40"
    assert [t.program for t in read_midi(smf(set_up, NOTE, low)).tracks] == [73, 42]
    own = b"\x00\xc0\x28" + NOTE
    assert [t.program for t in read_midi(smf(set_up, own)).tracks] == [40]
    later = set_up + QUARTER + b"\xc0\x38"
    two = read_midi(smf(later, own + NOTE.replace(b"\x3c", b"\x3e"))).tracks
    assert [(t.program, [n.pitch for n in t.notes]) for t in two] == [(40, [60]), (56, [62])]


def test_tracks_with_notes_that_share_a_channel_keep_their_own_programs():
    first, second = b"\x00\xc0\x28" + NOTE, b"\x00\xc0\x2a" + NOTE.replace(b"\x3c", b"\x30")
    assert [t.program for t in read_midi(smf(first, second)).tracks] == [40, 42]


def test_ports_have_channels_of_their_own():
    first = b"\x00\xff\x21\x01\x00\x00\xc0\x28"
    assert [t.program for t in read_midi(smf(first, b"\x00\xff\x21\x01\x01" + NOTE, NOTE)).tracks] == [0, 40]
    second = b"\x00\xff\x21\x01\x01\x00\xc0\x2a"
    tracks = read_midi(smf(first, second, b"\x00\xff\x21\x01\x01" + NOTE, NOTE)).tracks
    assert [t.program for t in tracks] == [42, 40]


@pytest.mark.parametrize("control", [120, 123])
def test_all_notes_off_ends_what_sounds(control):
    track = b"\x00\x90\x3c\x40\x00\x40\x40" + QUARTER + bytes([0xB0, control, 0]) + QUARTER + b"\x90\x3e\x40"
    assert notes_of(smf(track + QUARTER + b"\x3e\x00")) == [(0, 60, 1), (0, 64, 1), (2, 62, 1)]


def test_strokes_of_drums_without_length_sound():
    strokes = b"\x00\x99\x24\x40\x00\x89\x24\x40" + QUARTER + b"\x99\x26\x40\x00\x26\x00"
    piece = read_midi(smf(strokes))
    assert (piece.tracks[0].is_drum, notes_of(smf(strokes))) == (True, [(0, 36, 0.25), (1, 38, 0.25)])
    roll = b"".join(b"\x1e\x99\x24\x40\x00\x24\x00" for _ in range(4))  # nearer to each other than a sixteenth
    assert notes_of(smf(roll))[:2] == [(1 / 16, 36, 1 / 16), (1 / 8, 36, 1 / 16)]


def test_other_notes_without_length_are_left_out_and_said():
    track = b"\x00\x90\x3c\x40\x00\x3c\x00" + NOTE.replace(b"\x3c", b"\x3e")
    piece, said = read_midi_with_remarks(smf(track))
    assert ([n.pitch for n in piece.tracks[0].notes], [r.code for r in said]) == ([62], ["empty_notes_left_out"])
    twice = b"\x00\x90\x3c\x40\x00\x90\x3c\x40" + QUARTER + b"\x3c\x00\x00\x3c\x00"
    assert read_midi_with_remarks(smf(twice))[1] == ()


def test_wrappings_are_taken_off():
    plain = smf(NOTE)
    info = b"LIST\x04\x00\x00\x00INFO"
    riff = b"RIFF\xff\x00\x00\x00RMID" + info + b"data" + len(plain).to_bytes(4, "little") + plain
    for data in (riff, bytes([0]) * 128 + plain):
        assert [n.pitch for n in read("song.rmi", data).tracks[0].notes] == [60]
        assert [n.pitch for n in read("song", data).tracks[0].notes] == [60]
    assert [n.pitch for n in read("song.kar", plain).tracks[0].notes] == [60]


def test_time_in_film_frames_is_counted_in_seconds():
    """25 frames a second, 40 ticks a frame: a thousand ticks a second, two quarters."""
    track = b"\x00\x90\x3c\x40\x87\x68\x80\x3c\x40\x00\xff\x51\x03\x01\x00\x00"
    piece, said = read_midi_with_remarks(smf(track, division=b"\xe7\x28"))
    assert (piece.tracks[0].notes[0].duration_quarter, piece.tempos[0].qpm) == (2, 120)
    assert [r.code for r in said] == ["film_frames"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("はるのうた".encode("cp932"), "はるのうた"), ("Piano右手".encode("cp932"), "Piano右手"),
        ("ﾋﾟｱﾉ".encode("cp932"), "ﾋﾟｱﾉ"), ("Flöte".encode("latin-1"), "Flöte"), ("Flöte".encode(), "Flöte"),
        ("Pièce pour Éric".encode("latin-1"), "Pièce pour Éric"), ("don’t".encode("cp1252"), "don’t"),
        ("“Größe” – Übung".encode("cp1252"), "“Größe” – Übung"), (b"Caf\xe9", "Café"), (b"\x81 A", "A"),
    ],
)  # fmt: skip
def test_names_in_older_code_pages(raw, name):
    track = b"\x00\xff\x03" + bytes([len(raw)]) + raw + NOTE
    assert read_midi(smf(b"\x00\xff\x51\x03\x07\xa1\x20", track)).tracks[0].name == name


def test_more_than_fifteen_instruments_keep_their_sounds_on_further_ports():
    pieces = Piece(tuple(Track((Note(0, 48 + i),), 40 + i, False, f"Part {i}") for i in range(18))
                   + (Track((Note(0, 36),), 0, True),))  # fmt: skip
    written = mido.MidiFile(file=io.BytesIO(midi_bytes(pieces)))
    places = [
        (next(m.port for m in t if m.type == "midi_port"), next(m.channel for m in t if m.type == "note_on"))
        for t in written.tracks[1:]
    ]
    assert len(set(places)) == 19
    assert places[14:17] == [(0, 15), (1, 0), (1, 1)] and places[18] == (0, 9)
    assert read_midi(midi_bytes(pieces)).tracks == pieces.tracks
