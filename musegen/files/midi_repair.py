"""Repairs of a parsed MIDI file (mido) before pretty_midi reads it.

pretty_midi looks for tempo, meter and key on the first track alone, closes all notes of a pitch with one note-off,
and keeps a table with a row for every tick. So marks move to the first track, every note gets its own end, of
controllers only the sustain pedal stays, and nothing but the end of a pedal comes after the last note.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mido import MetaMessage, MidiFile

MAX_TICKS = 4_000_000
"""More than this many ticks, and the file is counted in `COARSE_DIVISION` ticks to the quarter."""
COARSE_DIVISION = 480

_Row = tuple[int, int, int, int, int, int]
"""A note: start and end in ticks, pitch, velocity, channel, program."""

_Presses = dict[int, list[tuple[int, int]]]
"""Of each channel when the sustain pedal goes down and up, in ticks."""

SUSTAIN, HALF_DOWN = 64, 64
"""Number of the controller, and the value from which on its pedal is down."""
_PEDAL_AFTER_LAST_NOTE = 16
"""Quarters that a pedal may stay down after the last note."""
_DRUM_CHANNEL = 9

_MARKS = ("set_tempo", "time_signature", "key_signature", "text")


def repaired(source: "MidiFile") -> "MidiFile":
    """Return a new file: marks on track 0, then the notes of each track, one start and one end each.

    Args:
        source: as parsed, with times relative to the event before.
    """
    from mido import MetaMessage, MidiFile, MidiTrack

    marks: list[MetaMessage] = []
    names: list[str] = []
    notes: list[list[_Row]] = []
    pedals: list[_Presses] = []
    for track in source.tracks:
        name, rows, own_marks, presses = _events_of(track)
        pedals.append(presses)
        names.append(name)
        notes.append(rows)
        marks += own_marks
    last = max((row[1] for rows in notes for row in rows), default=0)
    scale = 1.0
    division = source.ticks_per_beat
    if last > MAX_TICKS:
        scale, division = COARSE_DIVISION / division, COARSE_DIVISION
    result = MidiFile(type=1, ticks_per_beat=division, charset=source.charset)
    first = MidiTrack(m.copy(time=round(m.time * scale)) for m in marks if m.time <= last)
    first.sort(key=lambda m: m.time)
    until = last + _PEDAL_AFTER_LAST_NOTE * source.ticks_per_beat
    instruments = [
        (name, group, _pedal_rows(presses, pedals, group[0][4], until))
        for name, rows, presses in zip(names, notes, pedals, strict=True)
        for group in _instruments(rows)
    ]
    if len(source.tracks) == 1 and len(instruments) > 1:  # format 0: the one name is that of the piece
        instruments = [("", *rest) for _, *rest in instruments]
        notes = [[]]
    title = names[0] if not notes[0] else ""
    first.insert(0, MetaMessage("track_name", name=title, time=0))
    result.tracks.append(_relative(first))
    result.tracks += [_relative(_note_track(*instrument, scale)) for instrument in instruments]
    return result


def _pedal_rows(own: _Presses, all_tracks: list[_Presses], channel: int, until: int) -> list[tuple[int, int]]:
    """Return when the pedal of a channel is down, as its own track says or, where it says nothing, another."""
    if channel == _DRUM_CHANNEL:
        return []
    found = own.get(channel) or next((presses[channel] for presses in all_tracks if channel in presses), [])
    return [(down, min(up, until)) for down, up in found if down < min(up, until)]


def _instruments(rows: list[_Row]) -> list[list[_Row]]:
    """Return the notes of a track apart by channel and program, in the order of their first notes."""
    groups: dict[tuple[int, int], list[_Row]] = {}
    for row in rows:
        groups.setdefault(row[4:], []).append(row)
    return list(groups.values())


def _events_of(track: list) -> tuple[str, list[_Row], list["MetaMessage"], _Presses]:
    """Return the track's name, its notes (start, end, pitch, velocity, channel, program), its marks and pedals."""
    name, tick = "", 0
    programs = [0] * 16
    marks = []
    down: dict[int, int] = {}
    presses: _Presses = defaultdict(list)
    starts: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    stops: dict[tuple[int, int], list[int]] = defaultdict(list)
    order: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for message in track:
        tick += message.time
        kind = message.type
        if kind == "track_name":
            name = name or message.name
        elif kind in _MARKS:
            marks.append(message.copy(time=tick))
        elif kind == "program_change":
            programs[message.channel] = message.program
        elif kind == "control_change" and message.control == SUSTAIN:
            if message.value >= HALF_DOWN:
                down.setdefault(message.channel, tick)
            elif message.channel in down:
                presses[message.channel].append((down.pop(message.channel), tick))
        elif kind == "note_on" and message.velocity > 0:
            key = (message.channel, message.note)
            order[key].append((tick, len(starts[key])))
            starts[key].append((tick, message.velocity, programs[message.channel]))
        elif kind in ("note_on", "note_off"):
            key = (message.channel, message.note)
            order[key].append((tick, -1))
            stops[key].append(tick)
    rows = []
    for key, begun in starts.items():
        ends = _ends([s[0] for s in begun], stops[key], order[key], tick)
        for (start, velocity, program), end in zip(begun, ends, strict=True):
            if end > start:
                rows.append((start, end, key[1], velocity, key[0], program))
    for channel, begun in down.items():
        presses[channel].append((begun, max((row[1] for row in rows), default=tick)))
    return name, sorted(rows), marks, dict(presses)


def _ends(starts: list[int], stops: list[int], order: list[tuple[int, int]], track_end: int) -> list[int]:
    """Return the end of each note of one pitch; a note ends at the latest where the next one starts.

    Where every start has its stop, the first stop belongs to the first start, which also settles stops written after
    a start at the same tick. Otherwise a stop ends the note that sounds, and a note without any lasts to the end.
    """
    if len(starts) == len(stops) and all(b >= a for a, b in zip(starts, stops, strict=True)):
        ends = list(stops)
    else:
        ends = [track_end] * len(starts)
        sounding: int | None = None
        for tick, index in order:
            if index >= 0:
                sounding = index
            elif sounding is not None and tick > starts[sounding]:
                ends[sounding], sounding = tick, None
    following = [*starts[1:], max(track_end, *starts) + 1]
    return [min(end, nxt) for end, nxt in zip(ends, following, strict=True)]


def _note_track(name: str, rows: list[_Row], pedals: list[tuple[int, int]], scale: float) -> list:
    from mido import Message, MetaMessage

    channel, program = rows[0][4:]
    events: list[tuple[int, int, Message]] = []
    for start, end, pitch, velocity, _, _ in rows:
        begin = round(start * scale)
        stop = max(round(end * scale), begin + 1)
        events.append((begin, 1, Message("note_on", channel=channel, note=pitch, velocity=velocity, time=begin)))
        events.append((stop, 0, Message("note_off", channel=channel, note=pitch, time=stop)))
    for down, up in pedals:
        for tick, value in ((down, 127), (up, 0)):
            message = Message("control_change", channel=channel, control=SUSTAIN, value=value, time=round(tick * scale))
            events.append((message.time, value, message))
    events.sort(key=lambda e: e[:2])
    head = [MetaMessage("track_name", name=name, time=0), Message("program_change", channel=channel, program=program)]
    return head + [message for _, _, message in events]


def _relative(messages: list) -> list:
    from mido import MidiTrack

    track, tick = MidiTrack(), 0
    for message in messages:
        track.append(message.copy(time=message.time - tick))
        tick = message.time
    return track
