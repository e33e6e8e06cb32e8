"""Swing: pairs of eighths played long and short, though they are written equal.

A Piece holds its notes as written and the swing beside them (`Piece.swing`); `swung` returns them as they sound, for
sound and MIDI. What moves is the eighth between two beats, and the last sixteenth before a beat. Beats that a track
divides otherwise, in triplets or in runs of sixteenths, are played as written: in the swinging solos of the Weimar Jazz
Database the four sixteenths of a beat lie at 0.02, 0.28, 0.52 and 0.78 of it, a lone last sixteenth at 0.80.
"""

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise

from musegen.music.piece import MOST_SWING, STRAIGHT, Note, Piece, Track, snap
from musegen.music.timing import bar_starts, meter_at

OFF_BEATS = (
    (127.9, 0.644),
    (156.3, 0.655),
    (184.1, 0.641),
    (211.6, 0.616),
    (243.4, 0.588),
    (282.3, 0.556),
    (311.3, 0.531),
)
"""(qpm, part of the beat that has passed at the off-beat eighth), medians over 34,269 off-beats of the swinging solos
of the Weimar Jazz Database between two beats as annotated. Below 110 there are too few to tell.

This is where the band's off-beats lie. The soloists' own long and short differ less (medians 0.58 from 110 to 140, 0.56
from 200 to 230, 0.53 from 300), since they begin the long one about 0.06 of a beat late; our takes begin on the beat.
"""

_HALF, _LATE = 0.5, 0.75
_FILE_TICK = 1 / 480
_PLACES = 48


def usual_swing(qpm: float) -> float:
    """Return the swing that is usual at a tempo: strongest at about 150, almost none at 300 (see `OFF_BEATS`)."""
    if qpm <= OFF_BEATS[0][0]:
        return OFF_BEATS[0][1]
    for (slow, before), (fast, after) in pairwise(OFF_BEATS):
        if qpm <= fast:
            return round(before + (after - before) * (qpm - slow) / (fast - slow), 3)
    return OFF_BEATS[-1][1]


def swung(piece: Piece, ratio: float | None = None) -> Piece:
    """Return the piece with its notes at the times at which they sound, itself straight.

    Args:
        piece: the music as written.
        ratio: part of a beat that its first eighth takes, 0.5 to 0.8; that of the piece by default.
    """
    ratio = _checked(piece.swing if ratio is None else ratio)
    if ratio == STRAIGHT:
        return replace(piece, swing=STRAIGHT)
    starts = swinging_beats(piece)

    def moved(track: Track) -> Track:
        straight = _divided_otherwise(track, starts)

        def time(quarter: float) -> float:
            return _bent(quarter, ratio, starts, straight)

        notes = tuple(_between(note, time(note.onset_quarter), time(note.end_quarter)) for note in track.notes)
        return replace(track, notes=notes, pedals=tuple((time(down), time(up)) for down, up in track.pedals))

    return replace(piece, tracks=tuple(map(moved, piece.tracks)), swing=STRAIGHT)


def unswung(piece: Piece, ratio: float) -> Piece:
    """Return the piece as written of one as it sounds, its times rounded to 1/480 quarter: the inverse of `swung`.

    Ends within a beat come back on 1/48 quarter where they are near it. A note alone in its beat that the swing would
    have put there is taken for a swung one.
    """
    ratio = _checked(ratio)
    if ratio == STRAIGHT:
        return piece
    starts = swinging_beats(piece)
    marks = {_HALF: ratio, _LATE: ratio + (1 - ratio) / 2}

    def back(track: Track) -> Track:
        offsets = _offsets(track, starts)
        onsets = {}  # as written, by time as it sounds
        straight = set()
        for start, found in offsets.items():
            written = [place for place, mark in marks.items() if len(found) == 1 and abs(min(found) - mark) < 1.5e-3]
            if written:
                onsets[snap(start + min(found))] = snap(start + written[0])
            else:
                straight.add(start)

        def time(quarter: float) -> float:
            if quarter in onsets:
                return onsets[quarter]
            written = _unbent(quarter, ratio, starts, straight)
            return quarter if written == quarter else _on_grid(written)

        notes = tuple(_between(note, time(note.onset_quarter), time(note.end_quarter)) for note in track.notes)
        return replace(track, notes=notes, pedals=tuple((time(down), time(up)) for down, up in track.pedals))

    return replace(piece, tracks=tuple(map(back, piece.tracks)), swing=ratio)


def swing_clock(piece: Piece) -> list[tuple[float, float]]:
    """Return (quarter as written, quarter as it sounds) where the course of the first pitched track bends.

    Between two of them time goes evenly; a cursor that follows it stands on that track's notes as they sound. Empty
    where the piece is straight.
    """
    if piece.swing == STRAIGHT:
        return []
    starts = swinging_beats(piece)
    first = next((track for track in piece.tracks if not track.is_drum), Track())
    straight = _divided_otherwise(first, starts)
    clock = [(0.0, 0.0)]
    for start in starts:
        if start in straight:
            continue
        for written, sounded in ((start, start), (start + _HALF, start + piece.swing), (start + 1, start + 1)):
            if written >= 0 and (written, sounded) != clock[-1]:
                clock.append((snap(written), snap(sounded)))
    return clock


def swinging_beats(piece: Piece) -> list[float]:
    """Return the starts in quarters of the beats that swing can bend: whole quarters in meters of quarters or halves.

    The first may be negative: that of a pickup which begins within a beat.
    """
    edges = bar_starts(piece)
    end = piece.end_quarter
    starts: list[float] = []
    for index, start in enumerate(edges):
        meter = meter_at(piece, start)
        stop = edges[index + 1] if index + 1 < len(edges) else max(end, start + meter.bar_quarters)
        if meter.denominator not in (2, 4):
            continue
        beat = start
        if index == 0 and piece.pickup_quarter:  # its beats are counted from its end
            beat = stop - -(-snap(stop - start) // 1)
        while beat + 1 <= stop + 1e-9:
            starts.append(snap(beat) if beat >= 0 else beat)
            beat += 1
    return starts


def _checked(ratio: float) -> float:
    if not STRAIGHT <= ratio <= MOST_SWING:
        raise ValueError(f"ratio must be {STRAIGHT} to {MOST_SWING}, got {ratio!r}")
    return ratio


def _beat_of(quarter: float, starts: list[float]) -> float | None:
    """Return the start of the beat within which a time lies, None where none is."""
    index = bisect_right(starts, quarter) - 1
    return starts[index] if index >= 0 and quarter < starts[index] + 1 else None


def _offsets(track: Track, starts: list[float]) -> dict[float, set[float]]:
    """Return how far after their beat the notes of a track begin that begin between beats."""
    offsets: dict[float, set[float]] = {}
    for note in track.notes:
        beat = _beat_of(note.onset_quarter, starts)
        if beat is not None and note.onset_quarter > beat:
            offsets.setdefault(beat, set()).add(snap(note.onset_quarter - beat))
    return offsets


def _divided_otherwise(track: Track, starts: list[float]) -> set[float]:
    """Return the beats within which notes begin elsewhere than on the off-beat, or on the last sixteenth alone."""
    return {beat for beat, found in _offsets(track, starts).items() if found not in ({_HALF}, {_LATE})}


def _bent(quarter: float, ratio: float, starts: list[float], straight: set[float]) -> float:
    beat = _beat_of(quarter, starts)
    if beat is None or beat in straight:
        return quarter
    offset = quarter - beat
    first = offset * ratio / _HALF
    return beat + (first if offset <= _HALF else ratio + (offset - _HALF) * (1 - ratio) / _HALF)


def _unbent(quarter: float, ratio: float, starts: list[float], straight: set[float]) -> float:
    beat = _beat_of(quarter, starts)
    if beat is None or beat in straight:
        return quarter
    offset = quarter - beat
    first = offset * _HALF / ratio
    return beat + (first if offset <= ratio else _HALF + (offset - ratio) * _HALF / (1 - ratio))


def _on_grid(quarter: float) -> float:
    place = round(quarter * _PLACES) / _PLACES
    return place if abs(place - quarter) <= 1.6 * _FILE_TICK else round(quarter / _FILE_TICK) * _FILE_TICK


def _between(note: Note, onset: float, end: float) -> Note:
    return Note(onset, note.pitch, max(end - onset, _FILE_TICK / 21), note.velocity)
