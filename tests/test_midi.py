"""MIDI in and out: round trips, hand-made bytes, hostile files."""

import io
import struct
from dataclasses import replace

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.constants import MAX_NOTES, MAX_UPLOAD_BYTES
from musegen.errors import FileFormatError, MusegenError
from musegen.files.midi import midi_bytes, read_midi, read_recipe, write_midi
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.timing import bar_starts


def smf(*tracks: bytes, midi_format: int = 1, division: int = 480) -> bytes:
    header = b"MThd" + struct.pack(">LHHH", 6, midi_format, len(tracks), division)
    return header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def delta(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def events(*rows: tuple[int, bytes]) -> bytes:
    return b"".join(delta(time) + data for time, data in rows) + b"\x00\xff\x2f\x00"


def on(pitch: int, velocity: int = 80, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, pitch, velocity))


def off(pitch: int, channel: int = 0) -> bytes:
    return bytes((0x80 | channel, pitch, 0))


def notes_of(piece: Piece, track: int = 0) -> list[tuple[float, int, float]]:
    return [(n.onset_quarter, n.pitch, n.duration_quarter) for n in piece.tracks[track].notes]


FULL = Piece(
    tracks=(
        Track((Note(0, 60, 1.0, 90), Note(1, 64, 1 / 3, 70), Note(4 / 3, 65, 1 / 3), Note(5 / 3, 67, 1 / 3)), 73, False,
              "Flöte"),
        Track((Note(0, 48, 2.0), Note(0, 52, 2.0), Note(2, 48, 2.0)), 32, False, "Bass"),
        Track((Note(0, 36, 0.25), Note(1, 38, 0.25)), 0, True, "Drums"),
    ),
    tempos=(Tempo(0, 90), Tempo(2, 66.5)),
    time_signatures=(TimeSignature(0, 3, 4), TimeSignature(3, 6, 8)),
    key_signatures=(KeySignature(0, 9, "minor"), KeySignature(3, 4, "dorian")),
    title="Über allen Gipfeln",
)  # fmt: skip


def test_round_trip_keeps_everything():
    assert read_midi(midi_bytes(FULL)) == FULL


def test_file_round_trip_and_recipe(tmp_path):
    path = tmp_path / "a.mid"
    write_midi(FULL, path, recipe='{"style": "folk", "wörter": "é 日本"}')
    assert read_midi(path) == FULL
    assert read_recipe(path) == '{"style": "folk", "wörter": "é 日本"}'
    assert read_recipe(midi_bytes(FULL)) is None


def test_written_with_480_ticks_and_exact_tempo():
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(FULL)))
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 4)
    assert [m.tempo for m in file.tracks[0] if m.type == "set_tempo"] == [666667, 902256]


@pytest.mark.parametrize("pickup", [0.5, 1.0, 0.25, 1.5])
def test_pickup_round_trip(pickup):
    notes = (Note(0, 62, pickup), Note(pickup, 67, 3.0), Note(pickup + 3, 69, 3.0))
    piece = Piece((Track(notes),), time_signatures=(TimeSignature(0, 3, 4),), pickup_quarter=pickup)
    back = read_midi(midi_bytes(piece))
    assert back == piece
    assert bar_starts(back) == [0.0, pickup, pickup + 3]


def test_pickup_then_new_meter():
    meters = (TimeSignature(0, 4, 4), TimeSignature(5, 3, 4))
    piece = Piece((Track((Note(0, 60, 1), Note(7, 60, 1))),), time_signatures=meters, pickup_quarter=1)
    assert read_midi(midi_bytes(piece)) == piece


def test_control_characters_in_names_are_no_part_of_them():
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(FULL)))
    file.tracks[0].insert(0, mido.MetaMessage("track_name", name="\x01Air\x1fin G\x00"))
    out = io.BytesIO()
    file.save(file=out)
    assert read_midi(out.getvalue()).title == "Air in G"


def test_same_pitch_restarting_ends_the_note_before():
    piece = Piece((Track((Note(0, 60, 2.0), Note(1, 60, 1.0))),))
    assert notes_of(read_midi(midi_bytes(piece))) == [(0, 60, 1), (1, 60, 1)]
    legato = smf(events((0, on(60)), (240, on(60)), (60, off(60)), (240, off(60))), midi_format=0)
    assert notes_of(read_midi(legato)) == [(0, 60, 0.5), (0.5, 60, 0.625)]


def test_stop_written_after_start_at_the_same_tick():
    data = smf(events((0, on(60)), (480, on(60)), (0, off(60)), (480, off(60))), midi_format=0)
    assert notes_of(read_midi(data)) == [(0, 60, 1), (1, 60, 1)]


def test_zero_length_notes_are_dropped_and_hanging_ones_end_with_the_track():
    data = smf(events((0, on(60)), (0, off(60)), (480, on(62)), (480, on(64)), (480, off(64))), midi_format=0)
    assert notes_of(read_midi(data)) == [(1, 62, 2), (2, 64, 1)]


def test_running_status_velocity_zero_and_format_0_channels():
    track = (
        b"\x00\xff\x03\x04Tune"
        b"\x00\xc0\x28\x00\xc1\x0a"
        b"\x00\x90\x3c\x50\x00\x91\x40\x50"
        b"\x83\x60\x91\x40\x00\x00\x90\x3c\x00\x00\x3e\x50\x83\x60\x3e\x00"
        b"\x00\xff\x2f\x00"
    )
    piece = read_midi(smf(track, midi_format=0))
    assert piece.title == "Tune"
    assert [t.program for t in piece.tracks] == [40, 10]
    assert notes_of(piece) == [(0, 60, 1), (1, 62, 1)]
    assert notes_of(piece, 1) == [(0, 64, 1)]


def test_tempo_meter_and_key_on_a_later_track():
    marks = events(
        (480, b"\xff\x51\x03\x09\x27\xc0"), (0, b"\xff\x58\x04\x03\x02\x18\x08"), (0, b"\xff\x59\x02\xfd\x01")
    )
    piece = read_midi(smf(events((0, b"\xff\x03\x01x")), marks, events((0, on(60)), (1920, off(60)))))
    assert piece.tempos == (Tempo(0, 120), Tempo(1, 100))
    assert piece.time_signatures == (TimeSignature(0, 4, 4), TimeSignature(1, 3, 4))
    assert piece.key_signatures == (KeySignature(1, 0, "minor"),)


def test_program_change_in_the_middle_makes_a_second_track():
    data = smf(events((0, on(60)), (480, off(60)), (0, b"\xc0\x10"), (0, on(62)), (480, off(62))), midi_format=0)
    assert [(t.program, len(t.notes)) for t in read_midi(data).tracks] == [(0, 1), (16, 1)]


def test_drums_alone_are_read():
    piece = read_midi(smf(events((0, on(36, channel=9)), (480, off(36, channel=9))), midi_format=0))
    assert [t.is_drum for t in piece.tracks] == [True]


def test_broken_marks_are_ignored():
    track = events(
        (0, b"\xff\x59\x02\x0a\x05"), (0, b"\xff\x51\x03\x00\x00\x00"), (0, b"\xff\x51\x01\x07"),
        (0, b"\xff\x58\x04\x00\x02\x18\x08"), (0, on(60)), (480, off(60)),
    )  # fmt: skip
    piece = read_midi(smf(track, midi_format=0))
    assert piece.tempos == (Tempo(0, 120),)
    assert piece.key_signatures == ()


def test_unknown_chunks_and_riff_wrapping():
    plain = smf(events((0, on(60)), (480, off(60))), midi_format=0)
    odd = plain[:14] + b"XFIH" + struct.pack(">L", 3) + b"abc" + plain[14:]
    riff = b"RIFF" + struct.pack("<L", len(plain) + 12) + b"RMIDdata" + struct.pack("<L", len(plain)) + plain
    assert read_midi(odd) == read_midi(riff) == read_midi(plain)


ONE_NOTE = events((0, on(60)), (480, off(60)))
MANY = b"".join(b"\x00" + on(60) + b"\x01" + off(60) for _ in range(MAX_NOTES + 1)) + b"\x00\xff\x2f\x00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not a MIDI file"),
        (b"MThd\x00\x00", "ends inside its header"),
        (smf(ONE_NOTE, midi_format=2), "format 2"),
        (smf(ONE_NOTE, division=0), "0 ticks"),
        (smf(ONE_NOTE)[:-6], "middle of a track"),
        (smf(ONE_NOTE[:-6]), "middle of an event"),
        (smf(), "no track"),
        (smf(events((0, b"\xc0\x05"))), "no notes"),
        (smf(events((0, on(60)), (0, off(60)))), "no notes"),
        (smf(MANY), "20,001 notes"),
        (smf(events((0, on(60)), (480 * 8001, off(60)))), "quarter notes"),
        (smf(events((0, b"\xff\x51\x03\x2d\xc6\xc0"), (0, on(60)), (480 * 3600, off(60)))), "3.0 hours"),
        (smf(b"\x00\xb0\x07\x40" * 160_000), "events"),
        (smf(b"\x01\xff\x51\x03\x07\xa1\x20" * 10_001), "tempo"),
        (bytes(MAX_UPLOAD_BYTES + 1), "at most 5 MB"),
    ],
)
def test_bad_files_say_what_is_wrong(data, words):
    with pytest.raises(FileFormatError, match=words) as caught:
        read_midi(data)
    assert str(caught.value).endswith(".")


def test_missing_file(tmp_path):
    with pytest.raises(FileFormatError, match="no file"):
        read_midi(tmp_path / "none.mid")


def test_fine_resolution_and_long_piece_is_still_read():
    data = smf(events((0, on(60)), (30_000 * 7000, off(60))), division=30_000)
    assert notes_of(read_midi(data)) == [(0, 60, 7000)]


# ------------------------------------------------------------------------------------------------ properties

ticks = st.integers(0, 480 * 16)
note = st.builds(
    lambda on_tick, length, pitch, velocity: (on_tick, length, pitch, velocity),
    ticks, st.integers(1, 1920), st.integers(0, 127), st.integers(1, 127),
)  # fmt: skip


@st.composite
def pieces(draw):
    tracks = []
    for program, is_drum in draw(st.lists(st.tuples(st.integers(0, 127), st.booleans()), min_size=1, max_size=3)):
        kept: list[Note] = []
        free: dict[int, int] = {}
        for start, length, pitch, velocity in sorted(draw(st.lists(note, min_size=1, max_size=12))):
            if start >= free.get(pitch, 0):
                free[pitch] = start + length
                kept.append(Note(start / 480, pitch, length / 480, velocity))
        tracks.append(Track(tuple(kept), program, is_drum, draw(st.sampled_from(["", "A", "Größe"]))))
    qpms = draw(st.lists(st.tuples(st.integers(1, 8), st.integers(20, 320)), max_size=3, unique_by=lambda t: t[0]))
    tempos = [Tempo(0, 120), *(Tempo(q, qpm) for q, qpm in sorted(qpms))]
    tempos = [t for i, t in enumerate(tempos) if i == 0 or t.qpm != tempos[i - 1].qpm]
    end = max(n.end_quarter for t in tracks for n in t.notes)
    return Piece(tuple(tracks), tuple(t for t in tempos if t.onset_quarter <= end))


@given(pieces())
@settings(max_examples=60, deadline=None)
def test_any_piece_on_the_tick_grid_round_trips(piece):
    assert read_midi(midi_bytes(piece)) == piece


@given(pieces())
@settings(max_examples=20, deadline=None)
def test_notes_off_the_grid_move_less_than_a_tick(piece):
    shifted = replace(
        piece,
        tracks=tuple(
            replace(t, notes=tuple(replace(n, onset_quarter=n.onset_quarter + 1 / 7) for n in t.notes))
            for t in piece.tracks
        ),
    )
    back = read_midi(midi_bytes(shifted))
    for before, after in zip(shifted.tracks, back.tracks, strict=True):
        assert len(before.notes) == len(after.notes)
        for a, b in zip(before.notes, after.notes, strict=True):
            assert a.pitch == b.pitch
            assert abs(a.onset_quarter - b.onset_quarter) <= 0.5 / 480 + 1e-9


def reads_or_refuses(data: bytes) -> None:
    try:
        piece = read_midi(data)
    except MusegenError as error:
        assert str(error).endswith(".")
    else:
        assert 1 <= piece.num_notes <= MAX_NOTES


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes(data):
    reads_or_refuses(data)
    reads_or_refuses(smf(data))


VALID = midi_bytes(FULL, recipe="x" * 20)


@given(
    st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 99)
)
@settings(max_examples=400, deadline=None)
def test_mutated_files(changes, cut):
    data = bytearray(VALID)
    for index, value in changes:
        data[index] = value
    reads_or_refuses(bytes(data[: len(data) - cut] if cut < 20 else data))
