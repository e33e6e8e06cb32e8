"""From a selection to stretches of time in which each track is composed again: Gap, and one function an action.

A note belongs to where it begins: selecting a bar selects the notes that begin in it, with their whole length, and a
note that sounds into it from before stays. So the notes that are not selected are the same before and after.

Where a track has one voice at the border, what is new begins when the note from before ends, and lasts as long as the
last old one. Where other notes of the track begin meanwhile (a hand of a pianist), it begins at the bar line itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.steer_request import SteerRequest
from musegen.errors import ConstraintError
from musegen.music import Note, Piece
from musegen.music.timing import bar_starts, num_bars

_NEAR, _FAR = 2.0, 10.0
"""Semitones that a variation's pitches go at strength 0 and 1."""


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A stretch [start, end) of one track, in quarters, that is composed again.

    Args:
        start: in quarters.
        end: exclusive.
        track: index.
        keep: "" (nothing), "rhythm" or "pitches".
        near_semitones: how far most new pitches stay from the old ones where the rhythm is kept; 0 for no pull.
        notes: indices of the notes that are composed again, where others that begin in the stretch stay (a note of a
            chord): these keep their rhythm. Empty for all that begin in it.
    """

    start: float
    end: float
    track: int = 0
    keep: str = ""
    near_semitones: float = 0.0
    notes: tuple[int, ...] = ()

    def holds(self, index: int, note: Note) -> bool:
        """Return whether a note of the gap's track is composed again."""
        return self.start <= note.onset_quarter < self.end and (not self.notes or index in self.notes)


def selected_gaps(request: SteerRequest, piece: Piece, end: float) -> list[Gap]:
    """Return the gaps of "regenerate".

    Args:
        request: with bars or notes.
        piece: as the style holds it.
        end: of the music in quarters, the last bar filled.

    Raises:
        ConstraintError: nothing, everything, or what is not there is selected.
    """
    tracks = _tracks(request.voices, piece)
    if request.bars is not None:
        start, stop = bar_span(piece, request.bars, end)
        gaps = [gap for t in tracks for gap in [_bars_gap(piece.tracks[t].notes, t, start, stop)] if gap is not None]
    else:
        gaps = _note_gaps(request.notes, piece)
    if not gaps:
        raise ConstraintError("Nothing begins in these bars, so there is nothing to compose again; choose others.")
    stays = any(
        not any(g.track == t and g.holds(i, n) for g in gaps)
        for t, track in enumerate(piece.tracks)
        for i, n in enumerate(track.notes)
    )
    if not stays and not request.keep:
        raise ConstraintError("Everything is selected, so nothing would stay; compose a new take instead.")
    if request.keep == "pitches" and any(gap.notes for gap in gaps):
        raise ConstraintError(
            "Notes among others that stay keep their rhythm; choose whole chords or bars for another."
        )
    return [replace(g, keep="rhythm" if g.notes else request.keep) for g in sorted(gaps)]


def following_gaps(piece: Piece, start: float, end: float) -> list[Gap]:
    """Return the gaps that compose everything again that begins at a time or later, up to the end.

    There is none where the music ends before.
    """
    gaps = []
    for index, track in enumerate(piece.tracks):
        begin = _free_from(track.notes, start)
        if begin < end:
            gaps.append(Gap(begin, end, index))
    return sorted(gaps)


def varied_gaps(request: SteerRequest, piece: Piece, end: float, random: np.random.Generator) -> list[Gap]:
    """Return the gaps of "vary": a share of the half bars of each track, near ones with their rhythm kept.

    Raises:
        ConstraintError: the selection is not in the piece.
    """
    start, stop = bar_span(piece, request.bars, end) if request.bars else (0.0, end)
    edges = [q for q in _half_bars(piece, end) if start < q < stop]
    units = []
    for begin, until in zip([start, *edges], [*edges, stop], strict=True):
        for track in _tracks(request.voices, piece):
            gap = _bars_gap(piece.tracks[track].notes, track, begin, until)
            if gap is not None and any(gap.holds(i, n) for i, n in enumerate(piece.tracks[track].notes)):
                units.append(gap)
    count = round(request.strength * len(units))
    if request.strength and units:
        count = max(count, 1)
    chosen = sorted(random.permutation(len(units))[:count].tolist())
    near_semitones = _NEAR + (_FAR - _NEAR) * request.strength if request.strength < 1 else 0.0
    gaps = []
    for index, chance in zip(chosen, random.random(len(chosen)), strict=True):
        keep = request.keep or ("rhythm" if chance >= request.strength else "")
        unit = units[index]
        gaps.append(Gap(unit.start, unit.end, unit.track, keep, near_semitones if keep == "rhythm" else 0.0))
    return sorted(gaps)


def bar_span(piece: Piece, bars: tuple[int, int], end: float) -> tuple[float, float]:
    """Return the start and end in quarters of bars, counted from 1, both included; a pickup goes with bar 1.

    Raises:
        ConstraintError: there are no such bars.
    """
    first, last = bars
    total = num_bars(piece)
    if first > last:
        raise ConstraintError("Bar {first} comes after bar {last}; give the first bar first.", first=first, last=last)
    if first < 1 or last > total:
        raise ConstraintError(
            "{count:Bar {first} was|Bars {first} to {last} were} selected, but the piece has bars 1 to {total}.",
            count=last - first + 1,
            first=first,
            last=last,
            total=total,
        )
    starts = bar_starts(piece, end)
    shift = 1 if piece.pickup_quarter else 0
    stop = last + shift
    return 0.0 if first == 1 else starts[first - 1 + shift], starts[stop] if stop < len(starts) else end


def _tracks(voices: tuple[int, ...], piece: Piece) -> tuple[int, ...]:
    wrong = [v for v in voices if not 0 <= v < len(piece.tracks)]
    if wrong:
        raise ConstraintError(
            "Voice {wrong} was selected, but the piece has {num_tracks}.",
            wrong=wrong[0] + 1,
            num_tracks=len(piece.tracks),
        )
    return tuple(sorted(set(voices))) or tuple(range(len(piece.tracks)))


def _free_from(notes: Sequence[Note], start: float) -> float:
    """Return when what is new may begin: after a note that sounds over the start, unless others begin meanwhile."""
    held = max([start, *(n.end_quarter for n in notes if n.onset_quarter < start)])
    return start if any(start <= n.onset_quarter < held for n in notes) else held


def _bars_gap(notes: tuple[Note, ...], track: int, start: float, stop: float) -> Gap | None:
    """Return what a track has for the notes that begin in a stretch, None where a note from before fills it."""
    begin = _free_from(notes, start)
    until = max([stop, *(n.end_quarter for n in notes if start <= n.onset_quarter < stop)])
    until = min([until, *(n.onset_quarter for n in notes if n.onset_quarter >= stop)])
    return Gap(begin, until, track) if begin < until else None


def _note_gaps(notes: tuple[tuple[int, int], ...], piece: Piece) -> list[Gap]:
    """Return the time of single notes, those that touch or sound together joined."""
    gaps: list[Gap] = []
    for track, index in sorted(set(notes)):
        if not (0 <= track < len(piece.tracks) and 0 <= index < len(piece.tracks[track].notes)):
            raise ConstraintError(
                "Note {index} of voice {track} was selected, but it is not there.", index=index + 1, track=track + 1
            )
        note = piece.tracks[track].notes[index]
        if gaps and gaps[-1].track == track and gaps[-1].end >= note.onset_quarter:
            last = gaps[-1]
            gaps[-1] = Gap(last.start, max(last.end, note.end_quarter), track, notes=(*last.notes, index))
        else:
            gaps.append(Gap(note.onset_quarter, note.end_quarter, track, notes=(index,)))
    return [gap if _is_among_others(gap, piece.tracks[gap.track].notes) else replace(gap, notes=()) for gap in gaps]


def _is_among_others(gap: Gap, notes: tuple[Note, ...]) -> bool:
    """Return whether notes that stay begin while those of a gap sound."""
    return any(gap.start <= note.onset_quarter < gap.end and i not in gap.notes for i, note in enumerate(notes))


def _half_bars(piece: Piece, end: float) -> list[float]:
    """Return where bars and, in even meters of four quarters and 6/8, their halves begin."""
    starts = bar_starts(piece, end)
    bar = piece.time_signatures[0].bar_quarters
    halves = bar >= 3 and piece.time_signatures[0].numerator % 2 == 0
    return sorted({*starts, *(q + bar / 2 for q in starts if halves and (q or not piece.pickup_quarter))})
