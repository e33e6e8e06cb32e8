"""What the network sees of a whole score at once: the columns of `score_columns` for every row."""

from typing import Literal

import numpy as np

from musegen.composers.parts.columns import (
    HELD_TICKS,
    LAGS,
    MAX_SIXTEENTH,
    RUNS,
    SEQUENCE_LAGS,
    SIXTEENTH,
    column_masks,
    looked_at,
    shown,
)
from musegen.composers.parts.frame import ScoreFrame, left_class
from musegen.composers.parts.grid import MAX_STEP, TICKS, ScoreLayout
from musegen.composers.parts.rows import ScoreRows, answers_of
from musegen.engine.codec import Example


def order_keys(layout: ScoreLayout, tick: np.ndarray, part: np.ndarray, pitch: np.ndarray | int) -> np.ndarray:
    """Return integers that order rows as the codec does: by tick, then part, then pitch from the top."""
    return (tick * (layout.num_parts + 2) + part) * 128 + np.where(pitch >= 0, 127 - pitch, 0)


class ScoreReading:
    """Reads scores for one layout.

    Args:
        layout: of the codec.
    """

    def __init__(self, layout: ScoreLayout) -> None:
        self._layout = layout
        self._masks = column_masks(layout)

    def read(self, rows: ScoreRows, frame: ScoreFrame, *, first: int = 0, since: int = 0) -> Example:
        """Return the rows as the network reads them.

        Args:
            rows: whole rows, in order.
            frame: what is known beside them; the notes of its `lead` begin with the first of these rows.
            first: rows before this one are only read to know what was before, and left out.
            since: tick of the row before these; 0 at the beginning of a piece.
        """
        answers = answers_of(rows, self._layout, since)
        seen = _Seen(self._layout, rows, frame, answers, since)
        trunk = np.stack(seen.trunk(), 1)[first:]
        head = np.stack(seen.head(), 1)[first:]
        if not frame.memory:
            trunk[:, self._masks.trunk_memory] = 0
            head[:, self._masks.head_memory] = 0
        heads = head[:, None, :] * self._masks.asked
        heads[:, :, 0] = np.arange(self._layout.num_questions)
        kept = answers[first:]
        nothing = kept < 0
        target = np.where(nothing, self._layout.none, kept + self._layout.first)
        return Example(trunk, heads, target, (~nothing).astype(np.float32))


class _Seen:
    """The columns of one score, each of shape (R,).

    Args:
        layout: of the codec.
        rows: as `ScoreReading.read`.
        frame: as there.
        answers: of the rows, (R, K).
        since: as there.
    """

    def __init__(
        self, layout: ScoreLayout, rows: ScoreRows, frame: ScoreFrame, answers: np.ndarray, since: int
    ) -> None:
        self._layout, self._rows, self._frame, self._answers = layout, rows, frame, answers
        self._tick, self._part = rows.tick, rows.part
        self._now = np.concatenate([[since], rows.tick[:-1]])
        self._end = rows.end_tick
        self._pitch = np.where(rows.pitch >= 0, rows.pitch - layout.low + 1, 0)
        self._unit = (layout.num_parts + 2) * 128
        self._keys = order_keys(layout, rows.tick, rows.part, rows.pitch)
        self._bar = frame.bars.index(rows.tick)
        self._length = frame.bars.length[self._bar]
        self._mine = [np.flatnonzero(rows.part == part) for part in range(layout.num_parts)]
        self._active = [self._notes_before(part) for part in range(layout.num_parts)]

    def _at(self, wanted: np.ndarray, side: Literal["left", "right"] = "left") -> np.ndarray:
        """Return the index of the row at or after each key, within the rows."""
        return np.minimum(self._keys.searchsorted(wanted, side), len(self._keys) - 1)

    # ------------------------------------------------------------------------------------------------ before a row

    def trunk(self) -> list[np.ndarray]:
        """Return the columns of `trunk_columns`."""
        rows, frame, layout, now, pitch = self._rows, self._frame, self._layout, self._now, self._pitch
        columns = [_later(self._answers[:, 0] + 1), _later(rows.part + 1), _later(pitch), _later(rows.duration + 1)]
        if layout.dynamics:
            columns.append(_later(rows.velocity + 1))
        bar = frame.bars.index(now)
        place = now - frame.bars.start[bar]
        columns += [
            _later(pitch, 2),
            _later(pitch, 3),
            _later(pitch, 4),
            np.minimum(place // SIXTEENTH, MAX_SIXTEENTH),
            place % TICKS,
            frame.bars.meter[bar],
            frame.key_at(now),
        ]
        for part in range(layout.num_parts):
            sounding, until = self._sounding(part, now)
            held = np.where(sounding[0] > 0, 1 + HELD_TICKS.searchsorted(until - now, "right"), 0)
            columns += [*sounding, held, self._last(part)]
        for lag in LAGS:
            columns += [*self._back(lag * frame.bars.length[bar]), self._runs(lag)]
        left = np.zeros(len(rows), int) if frame.last_bar is None else left_class(frame.last_bar - bar)
        present = int(sum(1 << index for index, plays in enumerate(frame.present) if plays))
        columns += [left, np.full(len(rows), int(frame.own)), np.full(len(rows), present)]
        columns += self._lead()
        if layout.chords:
            chords = frame.chords
            none = [np.zeros(len(rows), int)] * 2
            columns += none if chords is None else [chords.number[chords.index(now)], chords.following(now)]
        return columns

    def _notes_before(self, part: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (pitch, end tick) of the last notes of a part before each row, (R, notes looked at); 0 for none."""
        mine = self._mine[part]
        if not len(mine):
            return np.zeros((len(self._rows), 1), int), np.zeros((len(self._rows), 1), int)
        count = mine.searchsorted(np.arange(len(self._rows)))
        place = count[:, None] - 1 - np.arange(looked_at(self._layout.parts[part]))
        there = mine[np.maximum(place, 0)]
        return np.where(place >= 0, self._pitch[there], 0), self._end[there]

    def _sounding(self, part: int, time: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Return (pitches that sound, when the highest ends) in a part before each row at a time."""
        pitch, end = self._active[part]
        pitch = np.where(end > time[:, None], pitch, 0)
        top = pitch.max(1)
        until = np.where((pitch == top[:, None]), end, 0).max(1)
        if shown(self._layout.parts[part]) == 1:
            return [top], until
        ranked = np.sort(pitch, 1)[:, ::-1]
        if ranked.shape[1] < 2:
            return [top, np.zeros_like(top), np.zeros_like(top)], until
        sounding = np.count_nonzero(pitch, 1)
        lowest = np.where(sounding > 2, np.take_along_axis(ranked, np.maximum(sounding - 1, 0)[:, None], 1)[:, 0], 0)
        return [top, ranked[:, 1], lowest], until

    def _last(self, part: int) -> np.ndarray:
        """Return the last pitch of a part before each row."""
        return self._active[part][0][:, 0]

    def _back(self, lag: np.ndarray) -> list[np.ndarray]:
        """Return [step, part, pitch] of the row that followed at the same place `lag` ticks ago, 0 where none did."""
        before = np.concatenate([[-1], self._keys[:-1]]) - lag * self._unit
        found = self._keys.searchsorted(before, "right")
        valid = (before >= 0) & (found < np.arange(len(found)))
        found = np.minimum(found, len(found) - 1)
        step = np.clip(self._tick[found] - (self._now - lag), 0, MAX_STEP) + 1
        return [np.where(valid, column, 0) for column in (step, self._part[found] + 1, self._pitch[found])]

    def _runs(self, lag: int) -> np.ndarray:
        """Return the class of how many rows in a row, up to the one before, were the same `lag` bars ago."""
        wanted = self._keys - lag * self._length * self._unit
        same = self._keys[self._at(wanted)] == wanted
        index = np.arange(1, len(same) + 1)
        run = index - np.maximum.accumulate(np.where(same, 0, index))
        return _later(RUNS.searchsorted(run, "right"))

    def _lead(self) -> list[np.ndarray]:
        """Return [next pitch, ticks to it, the pitch after it] of the melody that is given."""
        lead = self._frame.lead
        if lead is None:
            return [np.zeros(len(self._rows), int)] * 3
        mine = self._part == int(np.flatnonzero(self._frame.present)[0])
        tick = np.concatenate([lead.tick, [0, 0]])
        pitch = np.concatenate([lead.pitch - self._layout.low + 1, [0, 0]])
        place = np.minimum(np.cumsum(mine) - mine, len(lead))
        step = np.where(place < len(lead), np.clip(tick[place] - self._now, 0, MAX_STEP) + 1, 0)
        return [pitch[place], step, pitch[np.minimum(place + 1, len(lead))]]

    # ------------------------------------------------------------------------------------------------ within a row

    def head(self) -> list[np.ndarray]:
        """Return the columns of `head_columns`, as of the last question."""
        rows, layout, answers = self._rows, self._layout, self._answers
        place = self._tick - self._frame.bars.start[self._bar]
        columns = [np.zeros(len(rows), int), answers[:, 0] + 1, rows.part + 1, self._pitch]
        if layout.dynamics:
            columns.append(rows.duration + 1)
        columns += [1 + np.minimum(place // SIXTEENTH, MAX_SIXTEENTH), 1 + place % TICKS]
        for part in range(layout.num_parts):
            columns += self._sounding(part, self._tick)[0]
        own_1, own_2, own_duration = self._own()
        columns += [own_1, own_2, own_duration]
        parts, pitches, sequences, durations = [], [], [], []
        for nth, lag in enumerate(LAGS):
            then = self._tick - lag * self._length
            parts.append(self._parts_at(then))
            found, there = self._same_place(then)
            pitch = np.where(there, self._pitch[found], 0)
            pitches.append(pitch)
            durations.append(np.where(there, rows.duration[found] + 1, 0))
            if nth < SEQUENCE_LAGS:
                moved = own_1 + pitch - own_1[found]
                known = there & (own_1 > 0) & (own_1[found] > 0)
                sequences.append(np.where(known & (moved > 0) & (moved <= layout.num_pitches), moved, 0))
        return [*columns, *parts, *pitches, *sequences, *durations, *self._chords()]

    def _chords(self) -> list[np.ndarray]:
        """Return [chord, bass] at each row, nothing where the codec tells none."""
        if not self._layout.chords:
            return []
        chords = self._frame.chords
        if chords is None:
            return [np.zeros(len(self._rows), int)] * 2
        index = chords.index(self._tick)
        return [chords.number[index], chords.bass[index]]

    def _own(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (last pitch, the one before, last duration) of the part of each row, before the row; 0 for none."""
        first, second, duration = (np.zeros(len(self._rows), np.int64) for _ in range(3))
        for mine in self._mine:
            first[mine[1:]] = self._pitch[mine[:-1]]
            second[mine[2:]] = self._pitch[mine[:-2]]
            duration[mine[1:]] = self._rows.duration[mine[:-1]] + 1
        return first, second, duration

    def _parts_at(self, then: np.ndarray) -> np.ndarray:
        """Return 1 + the set of parts (bits) that began a note at each tick; 0 before the beginning."""
        result = (then >= 0).astype(np.int64)
        for part in range(self._layout.num_parts):
            found = self._at(then * self._unit + part * 128)
            result += ((self._tick[found] == then) & (self._part[found] == part)) << part
        return result

    def _same_place(self, then: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (index, whether there is one) of the note of the same part at a tick: in a chord the next one down."""
        again = (self._answers[:, 0] == 0) & (_later(self._part + 1) == self._part + 1)
        above = np.where(again, _later(self._rows.pitch + 1) - 2, 127)  # the pitch before, less one
        found = self._at(then * self._unit + self._part * 128 + 127 - above)
        there = (self._tick[found] == then) & (self._part[found] == self._part) & (self._pitch > 0)
        return found, there


def _later(column: np.ndarray, rows: int = 1) -> np.ndarray:
    """Return a column so many rows later, 0 before its beginning."""
    result = np.zeros(len(column), np.int64)
    result[rows:] = column[: max(len(column) - rows, 0)]
    return result
