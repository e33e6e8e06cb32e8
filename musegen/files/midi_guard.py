"""What must hold before a MIDI file is parsed: the chunks, the number of events, the length.

`checked` walks the bytes once, in time proportional to at most `MAX_EVENTS` events, refuses with one sentence what
cannot be read, and returns a file that any reader takes: the tracks alone, events that are not understood made
harmless text.
"""

import struct
from dataclasses import dataclass

from musegen.errors import FileFormatError
from musegen.files.limits import check_end, check_num_notes

MAX_EVENTS = 150_000
MAX_TRACKS = 256
MAX_MARKS = 10_000
"""Changes of tempo, meter and key."""
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_META_LENGTHS = {0x51: (3,), 0x58: (4,), 0x59: (2,), 0x2F: (0,)}
_PLAIN_META = (0x01, 0x03)
_DAMAGED = "This MIDI file is damaged ({}); save it again in your music program, or choose another file."


@dataclass(slots=True)
class _Totals:
    events: int = 0
    notes: int = 0
    marks: int = 0
    last_note_tick: int = 0


def checked(data: bytes) -> bytes:
    """Return a MIDI file with the same music that is safe to parse.

    Args:
        data: the content of the file.

    Raises:
        FileFormatError: not a MIDI file, truncated, format 2, no usable time base, no notes, too many, too long.
    """
    if data[:4] == b"RIFF" and b"MThd" in data[:64]:
        data = data[data.index(b"MThd") :]
    if data[:4] != b"MThd":
        raise FileFormatError("This is not a MIDI file (it does not begin as one); choose a .mid file.")
    if len(data) < 14:
        raise FileFormatError(_DAMAGED.format("it ends inside its header"))
    header_length, midi_format, _, division = struct.unpack(">LHHH", data[4:14])
    if midi_format == 2:
        raise FileFormatError(
            "This MIDI file is of format 2 (separate patterns); save it as format 0 or 1 in your music program."
        )
    if midi_format > 2 or header_length < 6:
        raise FileFormatError(_DAMAGED.format("its header is not valid"))
    if division == 0:
        raise FileFormatError(
            "This MIDI file gives 0 ticks to the quarter note, so its notes have no lengths; save it again."
        )
    if division & 0x8000:
        raise FileFormatError(
            "This MIDI file counts time in film frames (SMPTE), not in beats; save it with ticks per quarter note."
        )
    totals = _Totals()
    tracks = [_checked_track(chunk, totals) for chunk in _track_chunks(data, 8 + header_length)]
    check_num_notes(totals.notes)
    check_end(totals.last_note_tick / division)
    header = b"MThd" + struct.pack(">LHHH", 6, 0 if len(tracks) == 1 else 1, len(tracks), division)
    return header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def _track_chunks(data: bytes, position: int) -> list[bytes]:
    chunks = []
    while position + 8 <= len(data):
        name, length = struct.unpack(">4sL", data[position : position + 8])
        if name == b"MTrk":
            if position + 8 + length > len(data):
                raise FileFormatError(_DAMAGED.format("it ends in the middle of a track"))
            chunks.append(data[position + 8 : position + 8 + length])
        position += 8 + length
    if len(chunks) > MAX_TRACKS:
        raise FileFormatError(f"This MIDI file has {len(chunks)} tracks, and at most {MAX_TRACKS} are read.")
    if not chunks:
        raise FileFormatError(_DAMAGED.format("there is no track in it"))
    return chunks


def _length(data: bytearray, position: int) -> tuple[int, int]:
    """Return (value, next position) of a variable-length number of at most four bytes."""
    value = 0
    for _ in range(4):
        byte = data[position]
        position += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position
    raise FileFormatError(_DAMAGED.format("a time in it is not valid"))


def _checked_track(chunk: bytes, totals: _Totals) -> bytes:
    """Return the events of a track up to its end mark; count notes and events."""
    data = bytearray(chunk)
    position, tick, status, end = 0, 0, 0, len(data)
    try:
        while position < end:
            totals.events += 1
            if totals.events > MAX_EVENTS:
                raise FileFormatError(
                    f"This MIDI file holds more than {MAX_EVENTS:,} events; export less of it, without controllers."
                )
            delta, position = _length(data, position)
            tick += delta
            byte = data[position]
            if byte == 0xFF:
                kind = data[position + 1]
                size, content = _length(data, position + 2)
                if kind == 0x2F:
                    return bytes(data[:position]) + b"\xff\x2f\x00"
                totals.marks += kind in _META_LENGTHS
                if totals.marks > MAX_MARKS:
                    raise FileFormatError(
                        f"This MIDI file changes tempo, meter or key more than {MAX_MARKS:,} times; export it again."
                    )
                if not _meta_is_sound(kind, data[content : content + size]):
                    data[position + 1] = 0x06  # a marker: text that nothing here reads
                position, status = content + size, 0
            elif byte in (0xF0, 0xF7):
                size, content = _length(data, position + 1)
                data[content : content + size] = bytes(b & 0x7F for b in data[content : content + size])
                position, status = content + size, 0
            else:
                if byte & 0x80:
                    status, position = byte, position + 1
                if status >> 4 not in _DATA_BYTES:
                    raise FileFormatError(_DAMAGED.format("an event in it is not valid"))
                size = _DATA_BYTES[status >> 4]
                if position + size > end:
                    raise IndexError
                for index in range(position, position + size):
                    data[index] &= 0x7F
                if status >> 4 in (0x8, 0x9):
                    is_start = status >> 4 == 0x9 and data[position + 1] > 0
                    totals.notes += is_start
                    totals.last_note_tick = max(totals.last_note_tick, tick)
                position += size
            if position > end:
                raise IndexError
    except IndexError:
        raise FileFormatError(_DAMAGED.format("a track ends in the middle of an event")) from None
    return bytes(data)


def _meta_is_sound(kind: int, content: bytearray) -> bool:
    """Return whether a meta event is one that is read and has a value that makes sense."""
    if kind in _PLAIN_META:
        return True
    if len(content) not in _META_LENGTHS.get(kind, ()):
        return False
    if kind == 0x51:
        return any(content)
    if kind == 0x58:
        return content[0] > 0 and content[1] <= 6
    sharps = content[0] - 256 if content[0] > 127 else content[0]
    return -7 <= sharps <= 7 and content[1] <= 1
