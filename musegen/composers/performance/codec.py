"""Piano performances as notes in real time: step, what, duration and velocity of each, and the pedal.

An array of R rows is `4 R` events, the answers of `performance_grid.QUESTIONS` in turn; the last row is the end. Times
are milliseconds: bars, beats and tempo changes of a piece are played, not kept.
"""

import math

import numpy as np

from musegen.composers.performance.grid import (
    DURATION_MS,
    END,
    FIRST_DURATION,
    FIRST_STEP,
    FIRST_VELOCITY,
    FIRST_WHAT,
    HIGH_PITCH,
    LOW_PITCH,
    NONE,
    NUM_DURATIONS,
    NUM_EVENTS,
    NUM_KEYS,
    NUM_STEPS,
    NUM_VELOCITIES,
    NUM_WHATS,
    PEDAL_DOWN,
    PEDAL_UP,
    STEP,
    STEP_MS,
    WHAT,
    performance_from,
    playable,
    rank,
    rows_of,
)
from musegen.composers.performance.reading import HEAD_COLUMNS, MAX_HELD, TRUNK_COLUMNS, left_class
from musegen.engine.codec import CodecWithoutSettings, Column, Cursor, Vocabulary
from musegen.errors import CodecError
from musegen.music import Piece
from musegen.music.performance import performance_of, piece_of_performance
from musegen.remarks import Remark, remark

_FIRST = np.array([FIRST_STEP, FIRST_WHAT, FIRST_DURATION, FIRST_VELOCITY])
_SIZE = np.array([NUM_STEPS, NUM_WHATS, NUM_DURATIONS, NUM_VELOCITIES])
_RANKS = rank(np.arange(NUM_WHATS))


def _vocabulary() -> Vocabulary:
    kinds = ("step", "pitch", "pedal", "end", "duration", "velocity", "none")
    kind = np.zeros(NUM_EVENTS, int)
    kind[FIRST_WHAT : FIRST_WHAT + NUM_KEYS] = 1
    kind[FIRST_WHAT + PEDAL_DOWN : FIRST_WHAT + END] = 2
    kind[FIRST_WHAT + END] = 3
    kind[FIRST_DURATION:FIRST_VELOCITY] = 4
    kind[FIRST_VELOCITY:NONE] = 5
    kind[NONE] = 6
    pitch = np.where(kind == 1, np.arange(NUM_EVENTS) - FIRST_WHAT + LOW_PITCH, -1)
    return Vocabulary(kinds, kind, pitch, np.zeros(NUM_EVENTS, int))


class PerformanceCodec(CodecWithoutSettings):
    """See the module's docstring. It has no settings."""

    name = "performance"
    num_heads = 4

    def __init__(self) -> None:
        self.vocabulary = _vocabulary()
        self.trunk_columns: tuple[Column, ...] = TRUNK_COLUMNS
        self.head_columns: tuple[Column, ...] = HEAD_COLUMNS

    def adapt(self, piece: Piece) -> tuple[Piece, tuple[Remark, ...]]:
        """Return the piece as one pianist plays it, and what was changed."""
        messages = []
        if any(track.is_drum and track.notes for track in piece.tracks):
            messages.append(remark("percussion_left_out"))
        pitches = [note.pitch for track in piece.tracks if not track.is_drum for note in track.notes]
        beyond = sum(not LOW_PITCH <= pitch <= HIGH_PITCH for pitch in pitches)
        if beyond:
            messages.append(remark("beyond_piano_left_out", count=beyond))
        answers = playable(rows_of(performance_of(piece)))
        if not len(answers):
            raise CodecError("There are no notes of a piano in this music; this style needs at least one.")
        return piece_of_performance(performance_from(answers)), tuple(messages)

    def answers(self, piece: Piece) -> np.ndarray:
        """Return the answers of a piece, shape (R, 4); see `performance_grid.playable`."""
        return playable(rows_of(performance_of(piece)))

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the events of a piece, shape (4 R,)."""
        return self.to_events(self.answers(piece))

    @staticmethod
    def to_events(answers: np.ndarray) -> np.ndarray:
        """Return the events of answers (R, 4), shape (4 R,)."""
        answers = answers.astype(np.int64)
        return np.where(answers < 0, NONE, answers + _FIRST).reshape(-1).astype(np.int16)

    def decode(self, events: np.ndarray) -> Piece:
        """Return the piece of an array of shape (4 R,)."""
        events = np.asarray(events).astype(np.int64)
        if events.ndim != 1 or len(events) % 4 or not len(events):
            raise CodecError("This is not a whole number of notes.")
        cursor = PerformanceCursor()
        for event in events.tolist():
            cursor.push(event)
        if not cursor.done:
            raise CodecError("The music does not end.")
        return cursor.piece()


class PerformanceCursor(Cursor):
    """A performance being made.

    Args:
        length_ms: time from the first note to the end that is planned, None where none is.
        told_ms: the network is told how much time is left only when it is less than this.
    """

    num_heads = 4

    def __init__(self, length_ms: float | None = None, told_ms: float = math.inf) -> None:
        self.length_ms, self.told_ms = length_ms, told_ms
        self.heard_length_ms: float | None = None  # what a limit made of the beat that it heard
        self._answers: list[list[int]] = []
        self._row: list[int] = []
        self._now = 0.0
        self._held: dict[int, float] = {}
        self._pedal = False
        self._last_rank = -1
        self._last_key = -1.0
        self._notes = 0

    # ------------------------------------------------------------------------------------- what it knows

    @property
    def now_ms(self) -> float:
        """Time of the last whole row."""
        return self._now

    @property
    def pedal(self) -> bool:
        """Whether the pedal is down."""
        return self._pedal

    @property
    def question(self) -> int:
        """Which answer is due: STEP, WHAT, DURATION or VELOCITY."""
        return len(self._row)

    @property
    def num_notes(self) -> int:
        """Notes so far."""
        return self._notes

    @property
    def answers(self) -> np.ndarray:
        """The whole rows so far, shape (R, 4)."""
        return np.array(self._answers, np.int64).reshape(-1, 4)

    @property
    def num_rows(self) -> int:
        """Whole rows so far."""
        return len(self._answers)

    @property
    def held(self) -> dict[int, float]:
        """Keys above the lowest that were held at the last row, with the times at which they are let go."""
        return self._held

    @property
    def last_key_ms(self) -> float:
        """When the last key was struck, -1 where none was."""
        return self._last_key

    def struck_from(self, time_ms: float) -> list[tuple[float, int]]:
        """Return (time, key above the lowest) of the keys struck at a time or later, the last one first."""
        found, now = [], self._now
        for step, what, _, _ in reversed(self._answers):
            if now < time_ms:
                break
            if what < NUM_KEYS:
                found.append((now, what))
            now -= float(STEP_MS[step])
        return found

    def whats(self, step: int) -> np.ndarray:
        """Return which answers there are to what comes after a step, boolean (NUM_WHATS,)."""
        return self._whats(step)

    @property
    def row(self) -> tuple[int, ...]:
        """The answers of the row being made."""
        return tuple(self._row)

    @property
    def done(self) -> bool:
        """True after the end."""
        return bool(self._answers) and self._answers[-1][WHAT] == END

    @property
    def events(self) -> np.ndarray:
        """The events so far."""
        rows = np.array(self._answers, np.int64).reshape(-1, 4)
        whole = np.where(rows < 0, NONE, rows + _FIRST).reshape(-1)
        part = [NONE if a < 0 else a + _FIRST[k] for k, a in enumerate(self._row)]
        return np.concatenate([whole, np.array(part, np.int64)])

    def share_done(self) -> float:
        """Return how much of the planned time has passed."""
        if self.done:
            return 1.0
        return min(self._now / self.length_ms, 1.0) if self.length_ms else 0.0

    def piece(self) -> Piece:
        """Return the music of the whole rows so far."""
        rows = [row for row in self._answers if row[WHAT] != END]
        if self._pedal:
            rows.append([1, PEDAL_UP, -1, -1])
        return piece_of_performance(performance_from(np.array(rows, np.int64).reshape(-1, 4)))

    # ------------------------------------------------------------------------------------- what comes next

    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming row."""
        rows = self._answers
        last = [answer + 1 for answer in rows[-1]] if rows else [0, 0, 0, 0]
        what = rows[-1][WHAT] if rows else NUM_KEYS
        held = self._held_at(self._now)
        left_ms = math.inf if self.length_ms is None else self.length_ms - self._now
        return np.array(
            [
                *last,
                1 + (what + 9) % 12 if what < NUM_KEYS else 0,
                rows[-2][WHAT] + 1 if len(rows) > 1 else 0,
                rows[-3][WHAT] + 1 if len(rows) > 2 else 0,
                int(self._pedal),
                min(held[0], MAX_HELD),
                held[1] + 1,
                held[2] + 1,
                int(left_class(left_ms)) if left_ms < self.told_ms else 0,
            ],
            np.int32,
        )

    def head(self) -> np.ndarray:
        """Return the inputs of the coming answer."""
        row = self._row
        given = [answer + 1 for answer in row[:3]] + [0] * (3 - len(row[:3]))
        if not row:
            return np.array([STEP, 0, 0, 0, 0, 0, 0], np.int32)
        held = self._held_at(self._now + STEP_MS[row[STEP]])
        return np.array([len(row), *given, 1 + min(held[0], MAX_HELD), held[1] + 1, held[2] + 1], np.int32)

    def allowed(self) -> np.ndarray:
        """Return which events may come next."""
        allowed = np.zeros(NUM_EVENTS, bool)
        question = self.question
        if question == STEP:
            allowed[FIRST_STEP : FIRST_STEP + (NUM_STEPS if self._answers else 1)] = True
            allowed[FIRST_STEP] = self._whats(0).any()
        elif question == WHAT:
            allowed[FIRST_WHAT : FIRST_WHAT + NUM_WHATS] = self._whats(self._row[STEP])
        elif self._row[WHAT] >= NUM_KEYS:
            allowed[NONE] = True
        else:
            allowed[_FIRST[question] : _FIRST[question] + _SIZE[question]] = True
        return allowed

    def _whats(self, step: int) -> np.ndarray:
        possible = np.ones(NUM_WHATS, bool)
        possible[PEDAL_UP if not self._pedal else PEDAL_DOWN] = False
        possible[END] = step == 0 and self._notes > 0 and not self._pedal
        if step == 0:
            possible &= self._last_rank < _RANKS
        struck = self._now + STEP_MS[step]
        possible[[key for key, end in self._held.items() if end > struck]] = False
        return possible

    def push(self, event: int) -> None:
        """Append an event."""
        if self.done:
            raise CodecError("The music has ended.")
        if not 0 <= event < NUM_EVENTS or not self.allowed()[event]:
            raise CodecError(
                "What is played here (event {event}) cannot be, after {num_answers} rows.",
                event=event,
                num_answers=len(self._answers),
            )
        self._row.append(-1 if event == NONE else int(event - _FIRST[self.question]))
        if len(self._row) == 4:
            self._finish_row()

    def _finish_row(self) -> None:
        step, what, duration, _ = self._row
        self._now += float(STEP_MS[step])
        self._held = {key: end for key, end in self._held.items() if end > self._now}
        if what < NUM_KEYS:
            self._held[what] = self._now + float(DURATION_MS[duration])
            self._notes += 1
            self._last_key = self._now
        elif what != END:
            self._pedal = what == PEDAL_DOWN
        self._last_rank = int(_RANKS[what])
        self._answers.append(self._row)
        self._row = []

    def _held_at(self, time: float) -> tuple[int, int, int]:
        held = [key for key, end in self._held.items() if end > time]
        return (len(held), min(held), max(held)) if held else (0, -1, -1)
