"""An improvised line over chords: one voice, the chart seen but not written.

An array of R rows is `3 R` events, the answers of `solo_grid.QUESTIONS` in turn; the last row is the end. The chart
(`SoloContext`) is what the network sees beside them; it is given to the cursor and is not part of the array.
"""

import numpy as np

from musegen.composers.solo.context import SoloContext
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
    END,
    FIRST,
    FIRST_LENGTH,
    FIRST_PITCH,
    HIGH_PITCH,
    LOW_PITCH,
    NONE,
    NUM_EVENTS,
    TICKS_PER_BEAT,
    WAIT,
    nearest_length,
    nearest_place,
    rows_of,
)
from musegen.composers.solo.reading import HEAD_COLUMNS, SHIFTS, TRUNK_COLUMNS, targets
from musegen.engine.codec import CodecWithoutSettings, Column, Example, Vocabulary
from musegen.errors import CodecError
from musegen.music import Note, Piece
from musegen.music.transform import melody_of
from musegen.remarks import Remark, remark


def _vocabulary() -> Vocabulary:
    kinds = ("step", "wait", "end", "length", "pitch", "none")
    kind = np.zeros(NUM_EVENTS, int)
    kind[WAIT], kind[END] = 1, 2
    kind[FIRST_LENGTH:FIRST_PITCH] = 3
    kind[FIRST_PITCH:NONE] = 4
    kind[NONE] = 5
    pitch = np.where(kind == 4, np.arange(NUM_EVENTS) - FIRST_PITCH + LOW_PITCH, -1)
    return Vocabulary(kinds, kind, pitch, np.zeros(NUM_EVENTS, int))


class SoloCodec(CodecWithoutSettings):
    """See the module's docstring. It has no settings."""

    name = "solo"
    shifts = SHIFTS
    num_heads = 3

    def __init__(self) -> None:
        self.vocabulary = _vocabulary()
        self.trunk_columns: tuple[Column, ...] = TRUNK_COLUMNS
        self.head_columns: tuple[Column, ...] = HEAD_COLUMNS

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the melody of the piece as one line of this grid, and what was changed."""
        rows, messages = self._read(piece)
        return self.decode(self.to_events(rows)), messages

    def answers(self, piece: Piece) -> np.ndarray:
        """Return the answers of a piece, shape (R, 3).

        Raises:
            CodecError: it has no notes.
        """
        return self._read(piece)[0]

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (3 R,)."""
        return self.to_events(self.answers(piece))

    @staticmethod
    def to_events(rows: np.ndarray) -> np.ndarray:
        """Return the events of answers (R, 3), shape (3 R,)."""
        rows = rows.astype(np.int64)
        return np.where(rows < 0, NONE, rows + FIRST).reshape(-1)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (3 R,): one track, its first bar at 0."""
        events = np.asarray(events).astype(np.int64)
        if events.ndim != 1 or len(events) % 3 or not len(events):
            raise CodecError("This is not a whole number of notes.")
        cursor = SoloCursor()
        for event in events.tolist():
            cursor.push(event)
        if not cursor.done:
            raise CodecError("The line does not end.")
        return cursor.piece()

    def _read(self, piece: Piece) -> tuple[np.ndarray, tuple[Remark, ...]]:
        notes = melody_of(piece).notes
        if not notes:
            raise CodecError("There are no notes of a melody in this music; this style needs at least one.")
        begin = (-piece.pickup_quarter) % BEATS_PER_BAR
        taken: dict[int, Note] = {}
        crowded = moved = 0
        for note in notes:
            tick = nearest_place((note.onset_quarter + begin) * TICKS_PER_BEAT)
            if tick in taken:
                crowded += 1
            else:
                taken[tick] = note
        onsets = sorted(taken)
        pitches, lengths = [], []
        for index, onset in enumerate(onsets):
            note = taken[onset]
            pitch = _in_range(note.pitch)
            moved += pitch != note.pitch
            following = onsets[index + 1] if index + 1 < len(onsets) else None
            pitches.append(pitch)
            lengths.append(nearest_length(note.duration_quarter * TICKS_PER_BEAT, onset, following))
        messages = []
        if sum(len(track.notes) for track in piece.tracks if not track.is_drum) > len(notes):
            messages.append(remark("one_line_used"))
        if crowded:
            messages.append(remark("too_fast_left_out", count=crowded))
        if moved:
            messages.append(remark("moved_by_octaves", count=moved))
        return rows_of(onsets, pitches, lengths), tuple(messages)


def read_example(rows: np.ndarray, context: SoloContext | None, total_bars: int | None = None) -> Example:
    """Return a solo as the network reads it.

    Args:
        rows: answers, shape (R, 3).
        context: its chart.
        total_bars: its length, for the column of what is left; None where it is not told.
    """
    events, weight = targets(rows)
    cursor = SoloCursor(context, total_bars=total_bars)
    trunk = np.zeros((len(rows), len(TRUNK_COLUMNS)), np.int16)
    head = np.zeros((len(rows), 3, len(HEAD_COLUMNS)), np.int16)
    for index, row in enumerate(events.tolist()):
        trunk[index] = cursor.trunk_values()
        for question, event in enumerate(row):
            head[index, question] = cursor.head_values()
            cursor.put(event)
    return Example(trunk, head, events, weight)


def _in_range(pitch: int) -> int:
    while pitch < LOW_PITCH:
        pitch += 12
    while pitch > HIGH_PITCH:
        pitch -= 12
    return pitch
