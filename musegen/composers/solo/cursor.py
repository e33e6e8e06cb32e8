"""A solo being made: what has been played, what the network sees, what may come next."""

from bisect import bisect_left, bisect_right

import numpy as np

from musegen.composers.solo.context import SoloContext
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
    END,
    FIRST,
    FIRST_LENGTH,
    FIRST_PITCH,
    FIRST_STEP,
    FULL,
    LENGTH,
    LENGTHS,
    LOW_PITCH,
    NONE,
    NUM_BEATS,
    NUM_EVENTS,
    NUM_LENGTHS,
    NUM_PLACES,
    NUM_STEPS,
    PITCH,
    PLACE_OF,
    STEP,
    STEP_BEAT,
    STEP_TICK,
    TICKS_PER_BAR,
    TICKS_PER_BEAT,
    WAIT,
)
from musegen.composers.solo.reading import (
    HEAD,
    HEAD_COLUMNS,
    MATCHES,
    MAX_CHORUS,
    MAX_SECTION,
    above,
    interval_class,
    left_class,
    register_class,
)
from musegen.engine.codec import Cursor
from musegen.errors import CodecError
from musegen.music import Note, Piece, Track

_STEP_TICKS = STEP_BEAT * TICKS_PER_BEAT + STEP_TICK
_AHEAD = _STEP_TICKS.tolist()
_LENGTHS = np.array(LENGTHS)
_FIRST = FIRST.tolist()
_PHRASE_GAP = 30
"""A rest longer than these ticks begins a new phrase."""
_PHRASE_BOUNDS = (1, 2, 3, 5, 8, 12, 18, 28)
_LAST_LENGTH = 6
"""Class of the last note's length where nothing was said of it: a beat."""


class SoloCursor(Cursor):
    """A solo over a chart.

    Args:
        context: the chart; None where none is known.
        memory: whether the network sees what was played before at the same place, and after the same intervals.
        total_bars: length that is planned, None where it is not told.
    """

    num_heads = 3

    def __init__(
        self, context: SoloContext | None = None, *, memory: bool = True, total_bars: int | None = None
    ) -> None:
        self.context, self.memory, self.total_bars = context, memory, total_bars
        self._row: list[int] = []
        self._rows: list[list[int]] = []
        self._beat, self._tick = 0, -1
        self._onsets: list[int] = []
        self._pitches: list[int] = []
        self._lengths: list[int] = []
        self._steps: list[int] = []
        self._intervals: list[int] = []
        self._found: dict[tuple[int, ...], int] = {}
        self._matched: tuple[int, int | None] = (0, None)
        self._phrase = 0
        self._sounding = False
        self._done = False

    # ------------------------------------------------------------------------------------------ what it knows

    @property
    def question(self) -> int:
        """Which answer is due: STEP, LENGTH or PITCH."""
        return len(self._row)

    @property
    def tick(self) -> int:
        """Where the last row stands, -1 at the beginning."""
        return self._tick

    @property
    def coming_tick(self) -> int:
        """Where the note of the row being made begins; where the last row stands before its step is known."""
        return self._at(self._row[STEP]) if self._row and self._row[STEP] < WAIT else self._tick

    @property
    def beat(self) -> int:
        """Beat from which the next step is counted."""
        return self._beat

    @property
    def repeats(self) -> int:
        """How many notes the line has ended with on one pitch: 1 after another pitch, 0 before the first note."""
        count = 0
        for pitch in reversed(self._pitches):
            if pitch != self._pitches[-1]:
                break
            count += 1
        return count

    @property
    def places_in_beat(self) -> list[int]:
        """Ticks, 0 to 23, of the notes in the beat from which the next step is counted, the last one first."""
        begin, places = self._beat * TICKS_PER_BEAT, []
        for onset in reversed(self._onsets):
            if onset < begin:
                break
            places.append(onset - begin)
        return places

    def onsets_from(self, tick: int) -> list[int]:
        """Return the ticks of the notes that began at a tick or later, by time."""
        return self._onsets[bisect_left(self._onsets, tick) :]

    @property
    def row(self) -> tuple[int, ...]:
        """The answers of the row being made."""
        return tuple(self._row)

    @property
    def num_notes(self) -> int:
        """Notes so far."""
        return len(self._onsets)

    @property
    def last_pitch(self) -> int | None:
        """Pitch of the last note, None before the first."""
        return self._pitches[-1] if self._pitches else None

    @property
    def done(self) -> bool:
        """True after the end."""
        return self._done

    @property
    def events(self) -> np.ndarray:
        """The events so far."""
        rows = np.array(self._rows, np.int64).reshape(-1, 3)
        whole = np.where(rows < 0, NONE, rows + FIRST).reshape(-1)
        part = [NONE if answer < 0 else answer + FIRST[k] for k, answer in enumerate(self._row)]
        return np.concatenate([whole, np.array(part, np.int64)])

    def bar_place(self) -> tuple[int, int]:
        """Return the bar, from 0, and how many are planned."""
        return max(self._tick, 0) // TICKS_PER_BAR, self.total_bars or 1

    def share_done(self) -> float:
        """Return how much of the planned length has passed."""
        if self._done:
            return 1.0
        return min(max(self._tick, 0) / (self.total_bars * TICKS_PER_BAR), 1.0) if self.total_bars else 0.0

    def notes(self) -> tuple[Note, ...]:
        """Return the notes so far; the last one, whose length is not known yet, lasts a beat."""
        notes = []
        for index, (onset, pitch) in enumerate(zip(self._onsets, self._pitches, strict=True)):
            length = self._lengths[index] if index < len(self._lengths) else _LAST_LENGTH
            ticks = self._onsets[index + 1] - onset if length == FULL else LENGTHS[length]
            notes.append(Note(onset / TICKS_PER_BEAT, pitch, ticks / TICKS_PER_BEAT))
        return tuple(notes)

    def piece(self) -> Piece:
        """Return the music of the whole rows so far."""
        return Piece(tracks=(Track(self.notes(), 66, False, "Solo"),))

    # ------------------------------------------------------------------------------------------ what the network sees

    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming row: the note before and where it stands."""
        return np.array(self.trunk_values(), np.int32)

    def head(self) -> np.ndarray:
        """Return the inputs of the coming answer."""
        return np.array(self.head_values(), np.int32)

    def trunk_values(self) -> list[int]:
        """Return `trunk` as a list."""
        before = self._rows[-1] if self._rows else (-1, -1, -1)
        last = self.last_pitch
        intervals = self._intervals
        tick = max(self._tick, 0)
        root, quality = self._chord(tick // TICKS_PER_BEAT)
        section, left, chorus = self._form(tick // TICKS_PER_BAR)
        remaining = None if self.total_bars is None else self.total_bars - tick // TICKS_PER_BAR
        return [
            before[STEP] + 1,
            before[LENGTH] + 1,
            *(interval_class(intervals[-k] if len(intervals) >= k else None) for k in (1, 2, 3)),
            above(last, root),
            quality,
            _place(tick) if self._rows else 0,
            register_class(last),
            bisect_right(_PHRASE_BOUNDS, self._phrase),
            section,
            left,
            chorus,
            left_class(remaining),
            0 if self.context is None else self.context.tempo,
        ]

    def head_values(self) -> list[int]:
        """Return `head` as a list."""
        question = self.question
        if question == STEP:
            values = [STEP] + [0] * (len(HEAD_COLUMNS) - 1)
            if self.memory:
                level, match = self._matched
                values[HEAD["step_bar_ago"]] = self._step_bar_ago()
                values[HEAD["match"]] = level
                values[HEAD["match_step"]] = 0 if match is None else self._steps[match] + 1
            return values
        step = self._row[STEP]
        values = [question, step + 1, self._row[LENGTH] + 1 if question == PITCH else 0]
        if step >= WAIT:
            values += [0] * (len(HEAD_COLUMNS) - 3)
            if question == PITCH:  # nothing is asked; `transposed` reads it for the register
                values[HEAD["from_last"]] = self._from_last()
            return values
        tick = self._at(step)
        values.append(_place(tick))
        if question == LENGTH:
            return values + [0] * (len(HEAD_COLUMNS) - 4)
        return values + self._pitch_columns(tick)

    def _pitch_columns(self, tick: int) -> list[int]:
        pitches, last = self._pitches, self.last_pitch
        beat = tick // TICKS_PER_BEAT
        root, quality = self._chord(beat)
        next_root, next_quality, until = self._next(beat)
        columns = [
            quality,
            *(above(pitches[-k] if len(pitches) >= k else None, root) for k in (1, 2, 3)),
            next_quality,
            0 if root < 0 or next_root < 0 else 1 + (next_root - root) % 12,
            until,
            above(last, next_root),
        ]
        columns += self._memories(tick) if self.memory else [0] * 9
        return [*columns, self._from_last(), root + 1, next_root + 1]

    def _from_last(self) -> int:
        return self._pitches[-1] - LOW_PITCH + 1 if self._pitches else 0

    def _memories(self, tick: int) -> list[int]:
        last = self.last_pitch
        bars = (1, 2, 4, self.context.chorus_bars if self.context else 0)
        intervals, began = [], 0
        for bit, num_bars in enumerate(bars):
            index = self._playing_at(tick - num_bars * TICKS_PER_BAR) if num_bars else None
            there = None if index is None or last is None else self._pitches[index] - last
            intervals.append(interval_class(there))
            if index is not None and self._onsets[index] == tick - num_bars * TICKS_PER_BAR:
                began |= 1 << bit
        level, match = self._matched
        following = interval_class(self._intervals[match] if match is not None else None)
        return [*intervals, began, 0, level, following, 0]

    def _playing_at(self, tick: int) -> int | None:
        """Return the index of the last note that began at a time or within a beat before it."""
        index = bisect_right(self._onsets, tick) - 1
        return index if index >= 0 and tick - self._onsets[index] < TICKS_PER_BEAT else None

    def _step_bar_ago(self) -> int:
        """Return 1 + the step that was taken a bar before from where the last note stands, 0 where none was."""
        wanted = self._tick - TICKS_PER_BAR
        index = bisect_right(self._onsets, wanted) - 1
        if index < 0 or self._onsets[index] != wanted or index + 1 >= len(self._onsets):
            return 0
        return self._steps[index] + 1

    def _chord(self, beat: int) -> tuple[int, int]:
        if self.context is None:
            return -1, 0
        beat = min(beat, len(self.context.root) - 1)
        return self.context.root[beat], self.context.quality[beat]

    def _next(self, beat: int) -> tuple[int, int, int]:
        if self.context is None:
            return -1, 0, 0
        beat = min(beat, len(self.context.root) - 1)
        return (
            self.context.next_root[beat],
            self.context.next_quality[beat],
            self.context.until[beat],
        )

    def _form(self, bar: int) -> tuple[int, int, int]:
        if self.context is None:
            return 0, 0, 0
        bar = min(bar, self.context.num_bars - 1)
        return (
            1 + min(self.context.bar_of_section[bar], MAX_SECTION - 1),
            min(self.context.bars_left[bar], MAX_SECTION),
            1 + min(self.context.chorus[bar], MAX_CHORUS),
        )

    # ------------------------------------------------------------------------------------------ what may come

    def _at(self, step: int) -> int:
        return self._beat * TICKS_PER_BEAT + _AHEAD[step]

    def steps(self) -> np.ndarray:
        """Return which steps there are, boolean (NUM_STEPS,)."""
        steps = np.ones(NUM_STEPS, bool)
        steps[:WAIT] = self._beat * TICKS_PER_BEAT + _STEP_TICKS > self._tick
        steps[END] = bool(self._rows) and self._rows[-1][STEP] != WAIT
        return steps

    def allowed(self) -> np.ndarray:
        """Return which events may come next."""
        allowed = np.zeros(NUM_EVENTS, bool)
        question = self.question
        if question == STEP:
            allowed[FIRST_STEP : FIRST_STEP + NUM_STEPS] = self.steps()
        elif question == LENGTH and self._sounding:
            allowed[FIRST_LENGTH : FIRST_LENGTH + NUM_LENGTHS] = self._fitting(self._row[STEP])
        elif question == PITCH and self._row[STEP] < WAIT:
            allowed[FIRST_PITCH:NONE] = True
        else:
            allowed[NONE] = True
        return allowed

    def _fitting(self, step: int) -> np.ndarray:
        """Return which lengths the last note can have before a step, boolean (NUM_LENGTHS,)."""
        if step == END:
            room = LENGTHS[-1] + 1
        elif step == WAIT:
            room = (self._beat + NUM_BEATS) * TICKS_PER_BEAT - self._tick
        else:
            room = self._at(step) - self._tick
        fitting = room > _LENGTHS
        fitting[FULL] = step < WAIT
        return fitting

    def push(self, event: int) -> None:
        """Append an event."""
        if self._done:
            raise CodecError("The line has ended.")
        if not 0 <= event < NUM_EVENTS or not self.allowed()[event]:
            raise CodecError(
                "What is played here (event {event}) cannot be, after {num_rows} notes.",
                event=event,
                num_rows=len(self._rows),
            )
        self.put(event)

    def put(self, event: int) -> None:
        """Append an event that is known to be allowed."""
        self._row.append(-1 if event == NONE else event - _FIRST[len(self._row)])
        if len(self._row) == 3:
            self._finish_row()

    def _finish_row(self) -> None:
        step, length, pitch = self._row
        if length >= 0:
            self._lengths.append(length)
        self._rows.append(self._row)
        self._row = []
        if step == END:
            self._done = True
            return
        if self._onsets and len(self._steps) < len(self._onsets):
            self._steps.append(step)
        if step == WAIT:
            self._beat += NUM_BEATS
            self._tick = self._beat * TICKS_PER_BEAT - 1
            self._sounding, self._phrase = False, 0
            return
        tick = self._at(step)
        played = LENGTHS[length] if length > FULL else tick - self._tick
        rest = tick - self._tick - played if self._sounding else TICKS_PER_BAR
        self._phrase = 1 if rest > _PHRASE_GAP else self._phrase + 1
        if self._pitches:
            self._intervals.append(pitch + LOW_PITCH - self._pitches[-1])
        self._beat, self._tick, self._sounding = tick // TICKS_PER_BEAT, tick, True
        self._onsets.append(tick)
        self._pitches.append(pitch + LOW_PITCH)
        self._remember()

    def _remember(self) -> None:
        """Note where the last intervals end, and find where they were last played before."""
        intervals, here = self._intervals, len(self._intervals)
        self._matched = (0, None)
        for level, order in enumerate(MATCHES):
            if here < order:
                continue
            key = tuple(intervals[-order:])
            if self._matched[1] is None and key in self._found:
                self._matched = (len(MATCHES) - level, self._found[key])
            self._found[key] = here


def _place(tick: int) -> int:
    """Return the class of a place in the bar, from 1."""
    beat, offset = divmod(tick % TICKS_PER_BAR, TICKS_PER_BEAT)
    return 1 + (beat % BEATS_PER_BAR) * NUM_PLACES + PLACE_OF.get(offset, NUM_PLACES - 1)
