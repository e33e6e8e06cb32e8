"""What must hold before a MIDI file is parsed: the chunks, the number of events, the length.

`checked` walks the bytes once, in time proportional to at most `MAX_EVENTS` events, refuses with one sentence what
cannot be read, and returns a file that any reader takes: the tracks alone, each event with its own status byte, events
that are not understood left out. Files that players read are read, whatever the standard says of them: running status
goes on over meta and system events, real-time bytes are passed over, wrappings (RIFF, MacBinary) are taken off, and
time in film frames is counted in seconds.
"""

import struct
from dataclasses import dataclass

from musegen.errors import FileFormatError
from musegen.files.limits import check_end, check_num_notes
from musegen.languages import message, msgid

MAX_EVENTS = 150_000
MAX_TRACKS = 256
MAX_MARKS = 10_000
"""Changes of tempo, meter and key."""
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_META_LENGTHS = {0x51: (3,), 0x58: (4,), 0x59: (2,)}
_PLAIN_META = (0x01, 0x03, 0x05)
"""Texts, names of tracks, words."""
_PORT, _TEMPO, _END = 0x21, 0x51, 0x2F
_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
"""Data bytes of system messages that have no place in a file and are passed over."""
_REAL_TIME = 0xF8
_FRAMES = {24: 24.0, 25: 25.0, 29: 29.97, 30: 30.0}
_MAX_WRAPPING = 4096
_DAMAGED = msgid("This MIDI file is damaged ({what}); save it again in your music program, or choose another file.")

_END_OF_TRACK = b"\xff\x2f\x00"


@dataclass(slots=True)
class _Totals:
    events: int = 0
    notes: int = 0
    marks: int = 0
    last_note_tick: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A MIDI file that is safe to parse.

    Args:
        data: its content.
        in_frames: whether its time was counted in film frames; then a quarter is half a second.
    """

    data: bytes
    in_frames: bool = False


def checked(data: bytes) -> Checked:
    """Return a MIDI file with the same music that is safe to parse.

    Args:
        data: the content of the file.

    Raises:
        FileFormatError: not a MIDI file, truncated, format 2, no usable time base, no notes, too many, too long.
    """
    start = data[:_MAX_WRAPPING].find(b"MThd")
    if start < 0:
        raise FileFormatError("This is not a MIDI file (it does not begin as one); choose a .mid file.")
    data = data[start:]
    if len(data) < 14:
        raise FileFormatError(_DAMAGED, what=message("it ends inside its header"))
    header_length, midi_format, _, division = struct.unpack(">LHHH", data[4:14])
    if midi_format == 2:
        raise FileFormatError(
            "This MIDI file is of format 2 (separate patterns); save it as format 0 or 1 in your music program."
        )
    if midi_format > 2 or header_length < 6:
        raise FileFormatError(_DAMAGED, what=message("its header is not valid"))
    in_frames = bool(division & 0x8000)
    if in_frames:
        division = _division_of_frames(division)
    if division == 0:
        raise FileFormatError(
            "This MIDI file gives 0 ticks to the quarter note, so its notes have no lengths; save it again."
        )
    totals = _Totals()
    tracks = [_checked_track(chunk, totals, in_frames=in_frames) for chunk in _track_chunks(data, 8 + header_length)]
    check_num_notes(totals.notes)
    check_end(totals.last_note_tick / division)
    header = b"MThd" + struct.pack(">LHHH", 6, 0 if len(tracks) == 1 else 1, len(tracks), division)
    body = b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)
    return Checked(header + body, in_frames)


def _division_of_frames(division: int) -> int:
    """Return ticks to half a second, a quarter at the usual tempo, of a division in frames and ticks a frame."""
    frames = _FRAMES.get(256 - (division >> 8), 0.0)
    return min(round(frames * (division & 0xFF) / 2), 0x7FFF)


def _track_chunks(data: bytes, position: int) -> list[bytes]:
    chunks = []
    while position + 8 <= len(data):
        name, length = struct.unpack(">4sL", data[position : position + 8])
        if name == b"MTrk":
            if position + 8 + length > len(data) and data.endswith(_END_OF_TRACK):
                length = len(data) - position - 8  # a wrong number before a track that is whole
            if position + 8 + length > len(data):
                raise FileFormatError(_DAMAGED, what=message("it ends in the middle of a track"))
            chunks.append(data[position + 8 : position + 8 + length])
        position += 8 + length
    if len(chunks) > MAX_TRACKS:
        raise FileFormatError(
            "This MIDI file has {num_chunks} tracks, and at most {max_tracks} are read.",
            num_chunks=len(chunks),
            max_tracks=MAX_TRACKS,
        )
    if not chunks:
        raise FileFormatError(_DAMAGED, what=message("there is no track in it"))
    return chunks


def _length(data: bytes, position: int) -> tuple[int, int]:
    """Return (value, next position) of a variable-length number of at most four bytes."""
    value = 0
    for _ in range(4):
        byte = data[position]
        position += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position
    raise FileFormatError(_DAMAGED, what=message("a time in it is not valid"))


def _checked_track(chunk: bytes, totals: _Totals, *, in_frames: bool) -> bytes:
    """Return the events of a track up to its end mark, each with its status; count notes and events."""
    out = bytearray()
    position, tick, written, status, end = 0, 0, 0, 0, len(chunk)

    def keep(event: bytes) -> None:
        nonlocal written
        out.extend(_delta(tick - written) + event)
        written = tick

    try:
        while position < end:
            totals.events += 1
            if totals.events > MAX_EVENTS:
                raise FileFormatError(
                    "This MIDI file holds more than {max_events:,} events; export less of it, without controllers.",
                    max_events=MAX_EVENTS,
                )
            delta, position = _length(chunk, position)
            tick += delta
            byte = chunk[position]
            if byte == 0xFF:
                kind = chunk[position + 1]
                size, content = _length(chunk, position + 2)
                position = content + size
                if kind == _END:
                    break
                if position > end:
                    raise IndexError
                _count_mark(kind, totals)
                if _meta_is_sound(kind, chunk[content:position]) and not (in_frames and kind == _TEMPO):
                    keep(b"\xff" + bytes([kind]) + _delta(size) + chunk[content:position])
            elif byte in (0xF0, 0xF7):
                size, content = _length(chunk, position + 1)
                position = content + size
            elif byte >= 0xF0:
                position += 1 + _SYSTEM_BYTES.get(byte, 0)
            else:
                if byte & 0x80:
                    status, position = byte, position + 1
                if status >> 4 not in _DATA_BYTES:
                    raise FileFormatError(_DAMAGED, what=message("an event in it is not valid"))
                values, position = _values(chunk, position, _DATA_BYTES[status >> 4])
                if status >> 4 in (0x8, 0x9):
                    totals.notes += status >> 4 == 0x9 and values[1] > 0
                    totals.last_note_tick = max(totals.last_note_tick, tick)
                keep(bytes([status]) + values)
            if position > end:
                raise IndexError
    except IndexError:
        raise FileFormatError(_DAMAGED, what=message("a track ends in the middle of an event")) from None
    keep(b"\xff\x2f\x00")
    return bytes(out)


def _values(chunk: bytes, position: int, count: int) -> tuple[bytes, int]:
    """Return the data bytes of an event and the position behind them; real-time bytes between them are passed over."""
    values = bytearray()
    while len(values) < count:
        if (byte := chunk[position]) < _REAL_TIME:
            values.append(byte & 0x7F)
        position += 1
    return bytes(values), position


def _count_mark(kind: int, totals: _Totals) -> None:
    totals.marks += kind in _META_LENGTHS
    if totals.marks > MAX_MARKS:
        raise FileFormatError(
            "This MIDI file changes tempo, meter or key more than {max_marks:,} times; export it again.",
            max_marks=MAX_MARKS,
        )


def _delta(value: int) -> bytes:
    """Return a number in as many bytes as it needs, seven bits each."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | value & 0x7F)
    return bytes(reversed(found))


def _meta_is_sound(kind: int, content: bytes) -> bool:
    """Return whether a meta event is one that is read and has a value that makes sense."""
    if kind in _PLAIN_META:
        return True
    if kind == _PORT:
        return len(content) == 1
    if len(content) not in _META_LENGTHS.get(kind, ()):
        return False
    if kind == 0x51:
        return any(content)
    if kind == 0x58:
        return content[0] > 0 and content[1] <= 6
    sharps = content[0] - 256 if content[0] > 127 else content[0]
    return -7 <= sharps <= 7 and content[1] <= 1
