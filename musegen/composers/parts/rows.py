"""From the notes of a piece to rows of a score that its players can play, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen.composers.parts.grid import DURATIONS, MAX_STEP, TICKS, VELOCITIES, Part, ScoreLayout
from musegen.constants import DEFAULT_VELOCITY
from musegen.music import Note, Piece, Track
from musegen.remarks import Remark, remark

_UNHEARD = 1 / 64
"""Quarters by which onsets of files are off without being meant otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRows:
    """Notes, or whole rows, of a score, in order; integers of shape (R,) each.

    Args:
        tick: when it begins.
        part: which part; `layout.wait` and `layout.end` in rows that are no note.
        pitch: MIDI number, -1 where it is no note.
        duration: index into `DURATIONS`, -1 where it is no note.
        velocity: index into `VELOCITIES`, -1 where it is no note.
    """

    tick: np.ndarray
    part: np.ndarray
    pitch: np.ndarray
    duration: np.ndarray
    velocity: np.ndarray

    def __len__(self) -> int:
        return len(self.tick)

    def take(self, which: np.ndarray | slice) -> "ScoreRows":
        """Return some of the rows: a slice, indices or booleans."""
        return ScoreRows(
            self.tick[which], self.part[which], self.pitch[which], self.duration[which], self.velocity[which]
        )

    @property
    def end_tick(self) -> np.ndarray:
        """When each note ends (its onset where it is no note), shape (R,)."""
        return self.tick + np.where(self.duration >= 0, DURATIONS[self.duration], 0)


@dataclass(slots=True)
class Changes:
    """How many notes were changed so that players can play them.

    Args:
        moved: onsets moved to the grid, farther than a file's rounding.
        octaves: notes moved by octaves into the range.
        left_out: notes that were too many at once.
        cut: notes that end earlier.
    """

    moved: int = 0
    octaves: int = 0
    left_out: int = 0
    cut: int = 0

    def remarks(self) -> tuple[Remark, ...]:
        """Return what was changed."""
        said = (
            remark("moved_onto_grid", count=self.moved),
            remark("folded_for_instruments", count=self.octaves),
            remark("too_many_left_out", count=self.left_out),
            remark("too_many_shortened", count=self.cut),
        )
        return tuple(each for each in said if each.values["count"])


def notes_of(piece: Piece, layout: ScoreLayout) -> tuple[ScoreRows, Changes]:
    """Return the notes of a piece as its players can play them, and what was changed to more than a rounding.

    Onsets and ends are moved to the nearest tick. In each part: notes outside the range move by octaves; of more notes
    at once than `most` the highest and the lowest stay, of a single voice the highest; what still sounds ends where the
    part has no hand free for it, or where its pitch is struck again; lengths that are no class become the next shorter
    one. What results is changed no more when it goes through again.

    Args:
        piece: its tracks are the parts, in order.
        layout: of the codec.

    Raises:
        ValueError: the tracks are not as many as the parts.
    """
    if len(piece.tracks) != layout.num_parts:
        raise ValueError(f"the codec has {layout.num_parts} parts, the piece has {len(piece.tracks)} tracks")
    table: list[list[int]] = []
    changes = Changes()
    for index, (track, part) in enumerate(zip(piece.tracks, layout.parts, strict=True)):
        lines = _playable(track.notes, part, changes)
        table += [[line[0], index, line[1], line[2], line[3]] for line in lines]
    return rows_from(table), changes


def rows_from(table: Iterable[Iterable[int]]) -> ScoreRows:
    """Return notes (tick, part, pitch, end tick, velocity 1 to 127) in order, lengths cut to classes."""
    array = np.array([list(line) for line in table], np.int64).reshape(-1, 5)
    array = array[np.lexsort((-array[:, 2], array[:, 1], array[:, 0]))]
    tick, part, pitch, end, loud = array.T
    duration = np.searchsorted(DURATIONS, end - tick, side="right") - 1
    middle = (VELOCITIES[1:] + VELOCITIES[:-1]) / 2
    return ScoreRows(tick, part, pitch, duration, np.searchsorted(middle, loud))


def _playable(notes: Iterable[Note], part: Part, changes: Changes) -> list[list[int]]:
    """Return [tick, pitch, end tick, velocity] of the notes that one part plays, counting what is changed."""
    moments: dict[int, dict[int, list[int]]] = {}
    for note in notes:
        pitch = note.pitch
        while pitch < part.low:
            pitch += 12
        while pitch > part.high:
            pitch -= 12
        changes.octaves += pitch != note.pitch
        tick = round(note.onset_quarter * TICKS)
        changes.moved += abs(note.onset_quarter - tick / TICKS) > _UNHEARD
        end = max(round(note.end_quarter * TICKS), tick + 1)
        chord = moments.setdefault(tick, {})
        if pitch not in chord or chord[pitch][2] < end:
            chord[pitch] = [tick, pitch, end, note.velocity]
    lines: list[list[int]] = []
    sounding: list[list[int]] = []
    for tick in sorted(moments):
        struck = sorted(moments[tick].values(), key=lambda line: -line[1])
        if len(struck) > part.most:
            changes.left_out += len(struck) - part.most
            struck = struck[: part.most - 1] + struck[-1:] if part.most > 1 else struck[:1]
        again = {line[1] for line in struck}
        for line in sounding:
            if line[2] > tick and line[1] in again:
                line[2] = tick
        sounding = sorted((line for line in sounding if line[2] > tick), key=lambda line: line[2])
        for line in sounding[: max(len(sounding) + len(struck) - part.most, 0)]:
            line[2] = tick
            changes.cut += 1
        sounding = [line for line in sounding if line[2] > tick] + struck
        lines += struck
    return lines


def whole_rows(notes: ScoreRows, layout: ScoreLayout, *, ended: bool, since: int = 0) -> ScoreRows:
    """Return the notes with rows of WAIT where nobody begins a note for long, and END at the end.

    Args:
        notes: in order.
        layout: of the codec.
        ended: whether the last note is the last of the piece.
        since: tick of what came before the first note; 0 at the beginning of a piece.
    """
    gap = np.diff(notes.tick, prepend=since)
    waits = np.maximum(gap - 1, 0) // MAX_STEP
    rows = notes
    if waits.any():
        index = np.repeat(np.arange(len(notes)), waits + 1)
        nth = np.arange(len(index)) - np.repeat(np.cumsum(waits + 1) - waits - 1, waits + 1)
        waiting = nth < waits[index]
        taken = notes.take(index)
        rows = ScoreRows(
            np.where(waiting, taken.tick - gap[index] + (nth + 1) * MAX_STEP, taken.tick),
            np.where(waiting, layout.wait, taken.part),
            *(np.where(waiting, -1, column) for column in (taken.pitch, taken.duration, taken.velocity)),
        )
    if not ended or not len(rows):
        return rows
    last = (rows.tick[-1], layout.end, -1, -1, -1)
    columns = (rows.tick, rows.part, rows.pitch, rows.duration, rows.velocity)
    return ScoreRows(*(np.append(column, value) for column, value in zip(columns, last, strict=True)))


def answers_of(rows: ScoreRows, layout: ScoreLayout, since: int = 0) -> np.ndarray:
    """Return the answers of whole rows, integers (R, K); -1 where there is nothing to ask."""
    step = np.diff(rows.tick, prepend=since)
    pitch = np.where(rows.pitch >= 0, rows.pitch - layout.low, -1)
    columns = [step, rows.part, pitch, rows.duration, rows.velocity]
    return np.column_stack(columns[: layout.num_questions])


def piece_from(rows: ScoreRows, layout: ScoreLayout, **fields: Any) -> Piece:
    """Return the piece of rows or notes; `fields` are those of Piece beside the tracks."""
    tracks = []
    ends = rows.end_tick
    for index, part in enumerate(layout.parts):
        mine = np.flatnonzero(rows.part == index).tolist()
        loud = VELOCITIES[rows.velocity] if layout.dynamics else np.full(len(rows), DEFAULT_VELOCITY)
        notes = tuple(
            Note(
                int(rows.tick[i]) / TICKS,
                int(rows.pitch[i]),
                int(ends[i] - rows.tick[i]) / TICKS,
                int(loud[i]),
            )
            for i in mine
        )
        tracks.append(Track(notes, part.program, False, part.name))
    return Piece(tuple(tracks), **fields)
