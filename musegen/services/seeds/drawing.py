"""Music under the pencil: a Piece as the editor's plain notes, and what the browser sends back as a Piece.

Drawing, drawing_of, read_drawing, piece_of, grid_of, set_frame, find_key, content_key, MAX_DRAWN_NOTES, MAX_TRACKS.
"""

import hashlib
import json
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musegen.constants import MAX_QPM, MIN_QPM
from musegen.errors import FileFormatError
from musegen.languages import message
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.piece import snap
from musegen.music.theory import estimate_key
from musegen.music.timing import bar_starts, meter_at, num_bars
from musegen.remarks import Remark, remark
from musegen.services.showing.stage import score_data

MAX_DRAWN_NOTES = 4_000
MAX_TRACKS = 8
_MAX_NAME = 40
_MAX_ID = 24
_SHORTEST = 1 / 64
_FAR = 8_000.0

Row = tuple[str, int, int, float, float, int]
"""A note: id, track, pitch, onset and duration in quarters, velocity."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the editor holds.

    Args:
        tracks: (name, program, is_drum) of each.
        notes: rows (id, track, pitch, onset_quarter, duration_quarter, velocity).
        num_bars: bars that are shown, a pickup not counted.
    """

    tracks: tuple[tuple[str, int, bool], ...]
    notes: tuple[Row, ...]
    num_bars: int

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data, as `read_drawing` reads it."""
        return {
            "tracks": [{"name": name, "program": program, "drum": drum} for name, program, drum in self.tracks],
            "notes": [list(row) for row in self.notes],
            "bars": self.num_bars,
        }


def drawing_of(piece: Piece, min_bars: int = 1) -> Drawing:
    """Return the notes of a piece for the editor; two on one spot are made one after the other.

    Args:
        piece: the music, at most `MAX_DRAWN_NOTES` notes and `MAX_TRACKS` tracks.
        min_bars: bars shown where the piece has fewer.

    Raises:
        FileFormatError: there are more notes or tracks.
    """
    if piece.num_notes > MAX_DRAWN_NOTES:
        raise FileFormatError(_too_many(piece.num_notes))
    if len(piece.tracks) > MAX_TRACKS:
        raise FileFormatError(
            "This music has {num_tracks} tracks, and at most {max_tracks} can be edited together; choose some.",
            num_tracks=len(piece.tracks),
            max_tracks=MAX_TRACKS,
        )
    rows = [
        (f"n{index}-{number}", index, note.pitch, note.onset_quarter, note.duration_quarter, note.velocity)
        for index, track in enumerate(piece.tracks)
        for number, note in enumerate(track.notes)
    ]
    tracks = tuple((track.name, track.program, track.is_drum) for track in piece.tracks) or (("", 0, False),)
    bars = max(num_bars(piece) if piece.num_notes else 1, min_bars)
    return Drawing(tracks, _apart(rows), bars)


def read_drawing(data: Any) -> Drawing:
    """Return what the browser sends, every value looked at.

    Rows of notes later in the list cut those before them where both stand on one spot of one track.

    Args:
        data: {tracks: [{name, program, drum}], notes: [[id, track, pitch, onset, duration, velocity]], bars}.

    Raises:
        FileFormatError: it is no such thing, or too much; what was there before stays.
    """
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("notes"), list)
        or not isinstance(data.get("tracks"), list)
    ):
        raise FileFormatError("The editor sent something that is not music; the notes before it stay.")
    if len(data["notes"]) > MAX_DRAWN_NOTES:
        raise FileFormatError(_too_many(len(data["notes"])))
    if not 1 <= len(data["tracks"]) <= MAX_TRACKS:
        raise FileFormatError(
            "There can be 1 to {max_tracks} tracks, not {num_data}.",
            max_tracks=MAX_TRACKS,
            num_data=len(data["tracks"]),
        )
    tracks = tuple(_read_track(track) for track in data["tracks"])
    rows = [_read_row(row, len(tracks)) for row in data["notes"]]
    names = [row[0] for row in rows]
    if len(set(names)) < len(names):
        raise FileFormatError("Two notes came from the editor under one name; the notes before them stay.")
    bars = _whole(data.get("bars"))
    if bars is None or not 1 <= bars <= _FAR:
        raise FileFormatError("The editor sent no number of bars; the notes before it stay.")
    return Drawing(tracks, _apart(rows), bars)


def _too_many(count: int) -> str:
    return message(
        "That would be {count:,} notes, and at most {max_drawn_notes:,} can be edited; nothing was changed.",
        count=count,
        max_drawn_notes=MAX_DRAWN_NOTES,
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(value: Any) -> int | None:
    return value if _is_whole(value) else None


def _read_track(track: Any) -> tuple[str, int, bool]:
    name, program = (track.get("name"), track.get("program")) if isinstance(track, dict) else (None, None)
    program = _whole(program)
    if not isinstance(name, str) or program is None or not 0 <= program <= 127:
        raise FileFormatError("The editor sent a track without a name or an instrument; the notes before it stay.")
    return "".join(c for c in name if c.isprintable())[:_MAX_NAME], program, track.get("drum") is True


def _read_row(row: Any, num_tracks: int) -> Row:
    if isinstance(row, list | tuple) and len(row) == 6:
        name, track, pitch, onset, duration, velocity = row
        times = all(isinstance(t, int | float) and not isinstance(t, bool) and math.isfinite(t) for t in row[3:5])
        whole = all(map(_is_whole, (track, pitch, velocity)))
        if isinstance(name, str) and 0 < len(name) <= _MAX_ID and times and whole:
            ranges = 0 <= track < num_tracks and 0 <= pitch <= 127 and 1 <= velocity <= 127
            if ranges and 0 <= onset < _FAR and 0 < duration <= _FAR:
                return name, track, pitch, snap(onset), max(snap(duration), snap(_SHORTEST)), velocity
    raise FileFormatError("The editor sent a note that cannot be one; the notes before it stay.")


def _apart(rows: list[Row]) -> tuple[Row, ...]:
    """Return the notes of each track and pitch without overlap: the later in the list cuts what was there."""
    lanes: dict[tuple[int, int], list[Row]] = {}
    order = {row[0]: index for index, row in enumerate(rows)}
    for row in rows:
        lane = lanes.setdefault((row[1], row[2]), [])  # sorted, without overlap
        first = max(bisect_right(lane, row[3], key=_onset) - 1, 0)
        last = bisect_left(lane, snap(row[3] + row[4]), key=_onset)
        kept = [part for old in lane[first:last] for part in _cut(old, row)]
        lane[first:last] = sorted([*kept, row], key=_onset)
    return tuple(sorted((row for lane in lanes.values() for row in lane), key=lambda row: order[row[0]]))


def _onset(row: Row) -> float:
    return row[3]


def _cut(old: Row, new: Row) -> list[Row]:
    start, end, begins, ends = old[3], snap(old[3] + old[4]), new[3], snap(new[3] + new[4])
    if end <= begins or start >= ends:
        return [old]
    if start < begins:
        return [(*old[:4], snap(begins - start), old[5])]
    return [(*old[:3], ends, snap(end - ends), old[5])] if end > ends else []


def piece_of(drawing: Drawing, frame: Piece, max_bars: int) -> tuple[Piece, tuple[Remark, ...]]:
    """Return the drawn music in the frame of a piece, and what was left out of it, one sentence each.

    Args:
        drawing: the notes.
        frame: gives tempo, meter, key, pickup, chords, pedals, title; its own notes do not count.
        max_bars: notes that begin after so many bars are left out, notes that last longer are shortened.
    """
    limit = grid_of(frame, max_bars)["limit"]
    voices: list[list[Note]] = [[] for _ in drawing.tracks]
    late = 0
    for _, track, pitch, onset, duration, velocity in drawing.notes:
        if onset >= limit:
            late += 1
        else:
            voices[track].append(Note(onset, pitch, min(duration, limit - onset), velocity))
    tracks = tuple(
        Track(tuple(notes), program, drum, name, _pedals(frame, index, program, limit))
        for index, (notes, (name, program, drum)) in enumerate(zip(voices, drawing.tracks, strict=True))
        if notes or len(drawing.tracks) == 1
    )
    said: tuple[Remark, ...] = ()
    if late:
        said = (remark("late_notes_left_out", count=late, bars=max_bars),)
    return replace(frame, tracks=tracks), said


def _pedals(frame: Piece, index: int, program: int, limit: float) -> tuple[tuple[float, float], ...]:
    """Return the sustain pedal of the track that stood here before, where it still is that instrument."""
    if index >= len(frame.tracks) or frame.tracks[index].program != program:
        return ()
    return tuple((down, min(up, limit)) for down, up in frame.tracks[index].pedals if down < limit)


def grid_of(frame: Piece, max_bars: int) -> dict[str, Any]:
    """Return {bars, beats, limit} of the first `max_bars` bars of a piece, as the editor and the score have them.

    bars are [quarter, number], beats [quarter, strength], limit is the end of the last bar in quarters.
    """
    pickup = 1 if frame.pickup_quarter else 0
    longest = max(meter.bar_quarters for meter in frame.time_signatures)
    starts = bar_starts(
        frame, frame.pickup_quarter + longest * (max_bars + 1) + frame.time_signatures[-1].onset_quarter
    )
    wanted = max_bars + pickup
    last = starts[min(wanted, len(starts)) - 1]
    limit = starts[wanted] if wanted < len(starts) else snap(last + meter_at(frame, last).bar_quarters)
    whole = replace(frame, tracks=(Track((Note(0.0, 60, limit),)),))
    score = score_data(whole)
    return {
        "bars": [bar for bar in score["bars"] if bar[0] < limit],
        "beats": [beat for beat in score["beats"] if beat[0] < limit],
        "limit": limit,
    }


def set_frame(piece: Piece, meter: tuple[int, int] | None, qpm: float | None, key: tuple[int, str] | None) -> Piece:
    """Return a piece in one meter, tempo and key from its start on; None leaves what it has.

    Args:
        piece: the music; its notes stay where they are.
        meter: (numerator, denominator); a pickup then is none any more.
        qpm: quarters a minute, `MIN_QPM` to `MAX_QPM`.
        key: (tonic, mode).

    Raises:
        ValueError: the tempo is out of range.
    """
    if qpm is not None and not MIN_QPM <= qpm <= MAX_QPM:
        raise ValueError(f"qpm must be {MIN_QPM} to {MAX_QPM}, got {qpm}")
    if meter:
        piece = replace(piece, time_signatures=(TimeSignature(0.0, *meter),), pickup_quarter=0.0)
    if qpm:
        piece = replace(piece, tempos=(Tempo(0.0, qpm),))
    return replace(piece, key_signatures=(KeySignature(0.0, *key),)) if key else piece


def find_key(piece: Piece) -> tuple[int, str] | None:
    """Return the key (tonic, mode) that fits the notes best, longer notes counting more; None without notes."""
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    if not notes:
        return None
    return estimate_key(np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes]))


def content_key(drawing: Drawing) -> str:
    """Return a hash of the notes and tracks: equal drawings have equal keys."""
    text = json.dumps([drawing.tracks, [row[1:] for row in drawing.notes]], separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
