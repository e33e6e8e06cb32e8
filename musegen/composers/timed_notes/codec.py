"""Music as the TensorFlow tutorial on MAESTRO has it: of each note its pitch, its step and its duration.

The step is the time since the note before began, the duration how long it is held, both in seconds; neither loudness
nor pedal nor bars are kept. An array of N notes is `3 N` events, pitch, step and duration in turn. The tutorial's times
are any numbers; here they lie on a grid of 10 ms, so that they can be drawn like all else.

Notes of one moment are written from the lowest up, each pitch once, and the first note begins at 0.
"""

import numpy as np

from musegen.constants import DEFAULT_VELOCITY
from musegen.engine.codec import CodecWithoutSettings, Column, Cursor, Example, Vocabulary
from musegen.errors import CodecError
from musegen.music import Piece
from musegen.music.performance import Performance, performance_of, piece_of_performance
from musegen.remarks import Remark, remark

GRID_MS = 10
NUM_PITCHES, NUM_TIMES = 128, 300
FIRST_STEP = NUM_PITCHES
FIRST_DURATION = FIRST_STEP + NUM_TIMES
NUM_EVENTS = FIRST_DURATION + NUM_TIMES
PITCH, STEP, DURATION = range(3)
_FIRST = np.array([0, FIRST_STEP, FIRST_DURATION])
_MOST_NOTES_A_SECOND = 40.0
"""A take ends at so many: a network that learned little may take every step for none."""


def _vocabulary() -> Vocabulary:
    kind = np.repeat([PITCH, STEP, DURATION], [NUM_PITCHES, NUM_TIMES, NUM_TIMES])
    pitch = np.where(kind == PITCH, np.arange(NUM_EVENTS), -1)
    return Vocabulary(("pitch", "step", "duration"), kind, pitch, np.zeros(NUM_EVENTS, int))


class TimedNotesCodec(CodecWithoutSettings):
    """See the module's docstring. It has no settings."""

    name = "timed-notes"
    num_heads = 3

    def __init__(self) -> None:
        self.vocabulary = _vocabulary()
        self.trunk_columns = (
            Column("pitch", NUM_PITCHES, 1),
            Column("step", NUM_TIMES, 1),
            Column("duration", NUM_TIMES + 1, 1),
        )
        self.head_columns = (Column("question", 3, 1),)

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the notes on the grid of times, all equally loud, and what was changed."""
        rows, cut = _rows_of(piece)
        if not len(rows):
            raise CodecError("There are no pitched notes in this music; this style needs at least one.")
        messages = []
        if any(track.is_drum and track.notes for track in piece.tracks):
            messages.append(remark("percussion_left_out"))
        if cut:
            messages.append(remark("times_shortened", count=cut, seconds=NUM_TIMES * GRID_MS / 1000))
        return piece_of_performance(performance_from(rows)), tuple(messages)

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (3 N,)."""
        return (_rows_of(piece)[0] + _FIRST).reshape(-1).astype(np.int32)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (3 N,)."""
        events = np.asarray(events)
        if events.ndim != 1 or not len(events) or len(events) % 3:
            raise CodecError("This is not a whole number of notes.")
        cursor = TimedNotesCursor()
        for event in events.tolist():
            cursor.push(event)
        return piece_of_performance(performance_from(cursor.rows))

    def example(self, events: np.ndarray) -> Example:
        """Return notes (3 N,) as the network is trained on them: it sees the note before each."""
        target = np.asarray(events, np.int32).reshape(-1, 3)
        return Example(shown(target - _FIRST), np.broadcast_to(np.arange(3, dtype=np.int32)[None, :, None],
                       (len(target), 3, 1)), target, np.ones(target.shape, np.float32))  # fmt: skip


def shown(rows: np.ndarray) -> np.ndarray:
    """Return what the network sees before each of some notes: the note before, zeros at the beginning, (N, 3)."""
    before = np.zeros(rows.shape, np.int32)
    before[1:] = rows[:-1] + (0, 0, 1)
    return before


def performance_from(rows: np.ndarray) -> Performance:
    """Return the performance of rows (N, 3): pitch, steps of the grid since the note before, and duration less one."""
    return Performance(
        np.cumsum(rows[:, STEP]) * float(GRID_MS),
        (rows[:, DURATION] + 1) * float(GRID_MS),
        rows[:, PITCH].astype(int),
        np.full(len(rows), DEFAULT_VELOCITY),
        np.zeros((0, 2)),
    )


def _rows_of(piece: Piece) -> tuple[np.ndarray, int]:
    """Return the rows of a piece, (N, 3), and how many times were longer than the longest there is.

    Each step is counted from the time that the steps before it add up to, so that rounding does not add up.
    """
    played = performance_of(piece)
    order = np.lexsort((played.pitch, played.onset_ms))
    rows: list[tuple[int, int, int]] = []
    now, left_out_ms, cut, last = 0, 0.0, 0, -1
    first_ms = played.onset_ms.min(initial=0.0) if not len(order) else played.onset_ms[order[0]]
    for at_ms, held_ms, pitch in zip(
        played.onset_ms[order].tolist(), played.duration_ms[order].tolist(), played.pitch[order].tolist(), strict=True
    ):
        step = max(round((at_ms - first_ms - left_out_ms) / GRID_MS) - now, 0) if rows else 0
        if rows and step == 0 and pitch <= last:
            if pitch == last:
                continue
            step = 1
        if step >= NUM_TIMES:
            left_out_ms += (step - NUM_TIMES + 1) * GRID_MS
            step, cut = NUM_TIMES - 1, cut + 1
        duration = max(round(held_ms / GRID_MS) - 1, 0)
        cut += duration >= NUM_TIMES
        rows.append((pitch, step, min(duration, NUM_TIMES - 1)))
        now, last = now + step, pitch
    return np.array(rows, np.int64).reshape(-1, 3), cut


class TimedNotesCursor(Cursor):
    """Notes being made.

    Args:
        length_ms: it is done with the first note that begins then or later; None for never.
    """

    num_heads = 3

    def __init__(self, length_ms: float | None = None) -> None:
        self._length_ms = length_ms
        self._rows: list[list[int]] = []
        self._row: list[int] = []
        self._now = 0

    @property
    def rows(self) -> np.ndarray:
        """The whole notes so far, shape (N, 3)."""
        return np.array(self._rows, np.int64).reshape(-1, 3)

    @property
    def question(self) -> int:
        """Which is due: PITCH, STEP or DURATION."""
        return len(self._row)

    def trunk(self) -> np.ndarray:
        """Return the note before, zeros at the beginning."""
        if not self._rows:
            return np.zeros(3, np.int32)
        return (np.array(self._rows[-1]) + (0, 0, 1)).astype(np.int32)

    def head(self) -> np.ndarray:
        """Return which of the three is asked for."""
        return np.array([self.question], np.int32)

    def allowed(self) -> np.ndarray:
        """Return which events may come next."""
        table = np.zeros(NUM_EVENTS, bool)
        first = int(_FIRST[self.question])
        if self.question == PITCH:
            table[:NUM_PITCHES] = True
        elif self.question == STEP and not self._rows:
            table[first] = True
        else:
            table[first : first + NUM_TIMES] = True
            if self.question == STEP:
                table[first] = self._row[PITCH] > self._rows[-1][PITCH]
        return table

    def push(self, event: int) -> None:
        """Append an event."""
        if self.done or not 0 <= event < NUM_EVENTS or not self.allowed()[event]:
            raise CodecError("This cannot come after {count} notes.", count=len(self._rows))
        self._row.append(int(event - _FIRST[self.question]))
        if len(self._row) == 3:
            self._now += self._row[STEP]
            self._rows.append(self._row)
            self._row = []

    @property
    def done(self) -> bool:
        """True when the time is over."""
        if self._length_ms is None or self._row:
            return False
        crowded = len(self._rows) >= _MOST_NOTES_A_SECOND * self._length_ms / 1000
        return self._now * GRID_MS >= self._length_ms or crowded

    def share_done(self) -> float:
        """Return how much of the time has passed."""
        return min(self._now * GRID_MS / self._length_ms, 1.0) if self._length_ms else 0.0

    @property
    def events(self) -> np.ndarray:
        """The events so far."""
        part = np.array(self._row, np.int64) + _FIRST[: len(self._row)]
        return np.concatenate([(self.rows + _FIRST).reshape(-1), part])
