"""Repairs of a parsed MIDI file (mido) before pretty_midi reads it.

pretty_midi looks for tempo, meter and key on the first track alone, closes all notes of a pitch with one note-off,
and keeps a table with a row for every tick. So marks move to the first track, every note gets its own end, of
controllers only the sustain pedal stays, and nothing but the end of a pedal comes after the last note. Programs and
pedals are states of a channel, as in every player: a track of set-up may set them for others.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mido import MetaMessage, MidiFile

MAX_TICKS = 4_000_000
"""More than this many ticks, and the file is counted in `COARSE_DIVISION` ticks to the quarter."""
COARSE_DIVISION = 480

_Row = tuple[int, int, int, int, int, int]
"""A note: start and end in ticks, pitch, velocity, channel, program."""

_Channel = tuple[int, int]
"""Port and channel, each with a program and a pedal of its own."""

_Presses = dict[_Channel, list[tuple[int, int]]]
"""Of each channel when the sustain pedal goes down and up, in ticks."""

SUSTAIN, HALF_DOWN = 64, 64
"""Number of the controller, and the value from which on its pedal is down."""
_PEDAL_AFTER_LAST_NOTE = 16
"""Quarters that a pedal may stay down after the last note."""
_DRUM_CHANNEL = 9
_DRUM_PART = 4
"""A stroke of a drum without length gets this part of a quarter."""
_SILENCED = (120, 123, 124, 125, 126, 127)
"""Controllers that end all notes of a channel: all sound off, all notes off, and those that change its mode."""

_MARKS = ("set_tempo", "time_signature", "key_signature", "text", "lyrics")


@dataclass(slots=True)
class _TrackEvents:
    """What a track holds, times in ticks from its start.

    Args:
        name: as written.
        port: of the device that it plays.
        notes: rows of notes, their programs still to be found.
        marks: tempos, meters, keys and texts.
        presses: of each channel when its pedal is down.
        programs: (tick, program) of each channel, in order.
        num_empty: notes with a pitch that have no length.
    """

    name: str = ""
    port: int = 0
    notes: list[_Row] = field(default_factory=list)
    marks: list["MetaMessage"] = field(default_factory=list)
    presses: _Presses = field(default_factory=dict)
    programs: dict[_Channel, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    num_empty: int = 0


def repaired(source: "MidiFile") -> tuple["MidiFile", int]:
    """Return a new file, and how many notes with a pitch had no length and are left out.

    In it the marks stand on track 0; then come the notes of each track, each with one start and one end.

    Args:
        source: as parsed, with times relative to the event before.
    """
    from mido import MetaMessage, MidiFile, MidiTrack

    tracks = [_events_of(track, source.ticks_per_beat) for track in source.tracks]
    notes = _with_programs(tracks)
    marks = [mark for track in tracks for mark in track.marks]
    last = max((row[1] for rows in notes for row in rows), default=0)
    scale = 1.0
    division = source.ticks_per_beat
    if last > MAX_TICKS:
        scale, division = COARSE_DIVISION / division, COARSE_DIVISION
    result = MidiFile(type=1, ticks_per_beat=division, charset=source.charset)
    first = MidiTrack(m.copy(time=round(m.time * scale)) for m in marks if m.time <= last)
    first.sort(key=lambda m: m.time)
    until = last + _PEDAL_AFTER_LAST_NOTE * source.ticks_per_beat
    all_presses = [track.presses for track in tracks]
    instruments = [
        (track.name, group, _pedal_rows(track.presses, all_presses, (track.port, group[0][4]), until))
        for track, rows in zip(tracks, notes, strict=True)
        for group in _instruments(rows)
    ]
    if len(source.tracks) == 1 and len(instruments) > 1:  # format 0: the one name is that of the piece
        instruments = [("", group, pedals) for _, group, pedals in instruments]
        notes = [[]]
    title = tracks[0].name if not notes[0] else ""
    first.insert(0, MetaMessage("track_name", name=title, time=0))
    result.tracks.append(_relative(first))
    result.tracks += [_relative(_note_track(*instrument, scale)) for instrument in instruments]
    return result, sum(track.num_empty for track in tracks)


def _with_programs(tracks: list[_TrackEvents]) -> list[list[_Row]]:
    """Return the notes of each track with the program that its channel has.

    That is what the track itself says, or a track of set-up without notes there, whichever is the later; where neither
    says anything, what any other track says.
    """
    playing = [{(track.port, row[4]) for row in track.notes} for track in tracks]
    found = []
    for index, track in enumerate(tracks):
        rows = []
        sources: dict[_Channel, list[tuple[int, int]]] = {}
        for channel in playing[index]:
            own = list(track.programs.get(channel, ()))
            helpers = [o for o, plays in zip(tracks, playing, strict=True) if o is not track and channel not in plays]
            set_up = [change for helper in helpers for change in helper.programs.get(channel, ())]
            if not own and not set_up:
                own = [change for other in tracks for change in other.programs.get(channel, ())]
            sources[channel] = sorted(set_up + own, key=lambda change: change[0])
        for row in track.notes:
            changes = sources[track.port, row[4]]
            place = bisect_right(changes, row[0], key=lambda change: change[0])
            rows.append((*row[:5], changes[place - 1][1] if place else 0))
        found.append(rows)
    return found


def _pedal_rows(own: _Presses, all_tracks: list[_Presses], channel: _Channel, until: int) -> list[tuple[int, int]]:
    """Return when the pedal of a channel is down, as its own track says or, where it says nothing, another."""
    if channel[1] == _DRUM_CHANNEL:
        return []
    found = own.get(channel) or next((presses[channel] for presses in all_tracks if channel in presses), [])
    return [(down, min(up, until)) for down, up in found if down < min(up, until)]


def _instruments(rows: list[_Row]) -> list[list[_Row]]:
    """Return the notes of a track apart by channel and program, in the order of their first notes."""
    groups: dict[tuple[int, int], list[_Row]] = {}
    for row in rows:
        groups.setdefault(row[4:], []).append(row)
    return list(groups.values())


def _events_of(track: list, division: int) -> _TrackEvents:
    """Return what a track of a file with so many ticks to the quarter holds."""
    found = _TrackEvents()
    tick = 0
    down: dict[_Channel, int] = {}
    presses: _Presses = defaultdict(list)
    starts: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    stops: dict[tuple[int, int], list[int]] = defaultdict(list)
    order: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for message in track:
        tick += message.time
        kind = message.type
        if kind == "track_name":
            found.name = found.name or message.name
        elif kind == "midi_port":
            found.port = message.port
        elif kind in _MARKS:
            found.marks.append(message.copy(time=tick))
        elif kind == "program_change":
            found.programs[found.port, message.channel].append((tick, message.program))
        elif kind == "control_change" and message.control == SUSTAIN:
            channel = (found.port, message.channel)
            if message.value >= HALF_DOWN:
                down.setdefault(channel, tick)
            elif channel in down:
                presses[channel].append((down.pop(channel), tick))
        elif kind == "control_change" and message.control in _SILENCED:
            for key, begun in starts.items():
                if key[0] == message.channel and len(begun) > len(stops[key]):
                    order[key].append((tick, -1))
                    stops[key].append(tick)
        elif kind == "note_on" and message.velocity > 0:
            key = (message.channel, message.note)
            order[key].append((tick, len(starts[key])))
            starts[key].append((tick, message.velocity))
        elif kind in ("note_on", "note_off"):
            key = (message.channel, message.note)
            order[key].append((tick, -1))
            stops[key].append(tick)
    for key, begun in starts.items():
        ends = _ends([s[0] for s in begun], stops[key], order[key], tick)
        if key[0] == _DRUM_CHANNEL:
            ends = _with_length([s[0] for s in begun], ends, max(division // _DRUM_PART, 1))
        for (start, velocity), end, (after, _) in zip(begun, ends, [*begun[1:], (-1, 0)], strict=True):
            if end > start:
                found.notes.append((start, end, key[1], velocity, key[0], 0))
            elif after != start:  # the same note twice at one time is one
                found.num_empty += 1
    for pressed, since in down.items():
        presses[pressed].append((since, max((row[1] for row in found.notes), default=tick)))
    found.notes.sort()
    found.presses = dict(presses)
    return found


def _with_length(starts: list[int], ends: list[int], least: int) -> list[int]:
    """Return the ends of strokes of a drum, those without length made a little longer, up to the next at most."""
    following = [*starts[1:], max(starts) + least]
    return [
        end if end > start else min(start + least, max(after, start))
        for start, end, after in zip(starts, ends, following, strict=True)
    ]


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
