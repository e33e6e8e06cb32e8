"""What the network sees of a whole score at once: the columns of `score_columns` for every row."""

import numpy as np

from musegen.codecs.codec import Example
from musegen.codecs.score_columns import (
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
from musegen.codecs.score_frame import ScoreFrame, left_class
from musegen.codecs.score_grid import MAX_STEP, TICKS, ScoreLayout
from musegen.codecs.score_rows import ScoreRows, answers_of


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
        now = np.concatenate([[since], rows.tick[:-1]])
        answers = answers_of(rows, self._layout, since)
        trunk = np.column_stack(self._trunk(rows, frame, now, answers))[first:]
        head = np.column_stack(self._head(rows, frame, answers))[first:]
        if not frame.memory:
            trunk[:, self._masks.trunk_memory] = 0
            head[:, self._masks.head_memory] = 0
        heads = head[:, None, :] * self._masks.asked
        heads[:, :, 0] = np.arange(self._layout.num_questions)
        kept = answers[first:]
        nothing = kept < 0
        target = np.where(nothing, self._layout.none, kept + self._layout.first)
        return Example(trunk, heads, target, (~nothing).astype(np.float32))

    # ------------------------------------------------------------------------------------------------ before a row

    def _trunk(self, rows: ScoreRows, frame: ScoreFrame, now: np.ndarray, answers: np.ndarray) -> list[np.ndarray]:
        layout = self._layout
        pitch = np.where(rows.pitch >= 0, rows.pitch - layout.low + 1, 0)
        before = [_later(answers[:, 0] + 1), _later(rows.part + 1), _later(pitch), _later(rows.duration + 1)]
        if layout.dynamics:
            before.append(_later(rows.velocity + 1))
        before += [_later(pitch, 2), _later(pitch, 3), _later(pitch, 4)]
        bar = frame.bars.index(now)
        place = now - frame.bars.start[bar]
        columns = [
            *before,
            np.minimum(place // SIXTEENTH, MAX_SIXTEENTH),
            place % TICKS,
            frame.bars.meter[bar],
            frame.key_at(now),
        ]
        for index in range(layout.num_parts):
            sounding, held, last = self._sounding(rows, index, now)
            columns += [*sounding, held, last]
        for lag in LAGS:
            columns += self._back(rows, now, lag * frame.bars.length[bar])
            columns.append(self._runs(rows, frame, lag))
        left = np.zeros(len(rows), int) if frame.last_bar is None else left_class(frame.last_bar - bar)
        present = int(sum(1 << index for index, plays in enumerate(frame.present) if plays))
        columns += [left, np.full(len(rows), int(frame.own)), np.full(len(rows), present)]
        return columns + self._lead(rows, frame, now)

    def _sounding(
        self, rows: ScoreRows, part: int, time: np.ndarray
    ) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """Return (pitches that sound, how long the highest still does, the last pitch) before each row at a time."""
        layout = self._layout
        mine = np.flatnonzero(rows.part == part)
        zeros = np.zeros(len(rows), int)
        if not len(mine):
            return [zeros] * shown(layout.parts[part]), zeros, zeros
        count = np.searchsorted(mine, np.arange(len(rows)))
        place = count[:, None] - 1 - np.arange(looked_at(layout.parts[part]))
        there = mine[np.maximum(place, 0)]
        pitch, end = rows.pitch[there] - layout.low + 1, rows.end_tick[there]
        active = (place >= 0) & (end > time[:, None])
        pitch = np.where(active, pitch, 0)
        last = np.where(count > 0, rows.pitch[mine][np.maximum(count - 1, 0)] - layout.low + 1, 0)
        top = pitch.max(1)
        until = np.where(active & (pitch == top[:, None]), end, 0).max(1)
        held = np.where(top > 0, 1 + np.searchsorted(HELD_TICKS, until - time, side="right"), 0)
        if shown(layout.parts[part]) == 1:
            return [top], held, last
        ranked = np.sort(pitch, 1)[:, ::-1]
        sounding = np.count_nonzero(pitch, 1)
        lowest = np.where(sounding > 2, np.take_along_axis(ranked, np.maximum(sounding - 1, 0)[:, None], 1)[:, 0], 0)
        return [top, ranked[:, 1], lowest], held, last

    def _keys(self, rows: ScoreRows) -> np.ndarray:
        return order_keys(self._layout, rows.tick, rows.part, rows.pitch)

    def _back(self, rows: ScoreRows, now: np.ndarray, lag: np.ndarray) -> list[np.ndarray]:
        """Return [step, part, pitch] of the row that followed at the same place `lag` ticks ago, 0 where none did."""
        keys, unit = self._keys(rows), (self._layout.num_parts + 2) * 128
        before = np.concatenate([[-1], keys[:-1]]) - lag * unit
        found = np.searchsorted(keys, before, side="right")
        valid = (before >= 0) & (found < np.arange(len(rows)))
        found = np.minimum(found, len(rows) - 1)
        step = np.clip(rows.tick[found] - (now - lag), 0, MAX_STEP) + 1
        pitch = np.where(rows.pitch[found] >= 0, rows.pitch[found] - self._layout.low + 1, 0)
        return [np.where(valid, column, 0) for column in (step, rows.part[found] + 1, pitch)]

    def _runs(self, rows: ScoreRows, frame: ScoreFrame, lag: int) -> np.ndarray:
        """Return the class of how many rows in a row, up to the one before, were the same `lag` bars ago."""
        keys, unit = self._keys(rows), (self._layout.num_parts + 2) * 128
        length = frame.bars.length[frame.bars.index(rows.tick)]
        wanted = keys - lag * length * unit
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        same = keys[found] == wanted
        index = np.arange(1, len(keys) + 1)
        run = index - np.maximum.accumulate(np.where(same, 0, index))
        return _later(np.searchsorted(RUNS, run, side="right"))

    def _lead(self, rows: ScoreRows, frame: ScoreFrame, now: np.ndarray) -> list[np.ndarray]:
        """Return [next pitch, ticks to it, the pitch after it] of the melody that is given."""
        if frame.lead is None:
            return [np.zeros(len(rows), int)] * 3
        part = int(np.flatnonzero(frame.present)[0])
        played = np.cumsum(rows.part == part) - (rows.part == part)
        tick = np.concatenate([frame.lead.tick, [0, 0]])
        pitch = np.concatenate([frame.lead.pitch - self._layout.low + 1, [0, 0]])
        place = np.minimum(played, len(frame.lead))
        step = np.where(place < len(frame.lead), np.clip(tick[place] - now, 0, MAX_STEP) + 1, 0)
        return [pitch[place], step, pitch[np.minimum(place + 1, len(frame.lead))]]

    # ------------------------------------------------------------------------------------------------ within a row

    def _head(self, rows: ScoreRows, frame: ScoreFrame, answers: np.ndarray) -> list[np.ndarray]:
        layout = self._layout
        bar = frame.bars.index(rows.tick)
        place = rows.tick - frame.bars.start[bar]
        columns = [np.zeros(len(rows), int), answers[:, 0] + 1, rows.part + 1, answers[:, 2] + 1]
        if layout.dynamics:
            columns.append(rows.duration + 1)
        columns += [1 + np.minimum(place // SIXTEENTH, MAX_SIXTEENTH), 1 + place % TICKS]
        for index in range(layout.num_parts):
            columns += self._sounding(rows, index, rows.tick)[0]
        own_1, own_2, own_duration = self._own(rows)
        columns += [own_1, own_2, own_duration]
        parts, pitches, sequences, durations = [], [], [], []
        for nth, lag in enumerate(LAGS):
            then = rows.tick - lag * frame.bars.length[bar]
            parts.append(self._parts_at(rows, then))
            found = self._same_place(rows, then, answers)
            pitch = np.where(found >= 0, rows.pitch[found] - layout.low + 1, 0)
            pitches.append(pitch)
            durations.append(np.where(found >= 0, rows.duration[found] + 1, 0))
            if nth < SEQUENCE_LAGS:
                moved = own_1 + pitch - own_1[found]
                known = (found >= 0) & (own_1 > 0) & (own_1[found] > 0)
                sequences.append(np.where(known & (moved > 0) & (moved <= layout.num_pitches), moved, 0))
        return [*columns, *parts, *pitches, *sequences, *durations]

    def _own(self, rows: ScoreRows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (last pitch, the one before, last duration) of the part of each row, before the row; 0 for none."""
        result = tuple(np.zeros(len(rows), int) for _ in range(3))
        for part in range(self._layout.num_parts):
            mine = np.flatnonzero(rows.part == part)
            pitch = rows.pitch[mine] - self._layout.low + 1
            for column, values in zip(result, (_later(pitch), _later(pitch, 2), _later(rows.duration[mine] + 1)),
                                      strict=True):  # fmt: skip
                column[mine] = values
        return result

    def _parts_at(self, rows: ScoreRows, then: np.ndarray) -> np.ndarray:
        """Return 1 + the set of parts (bits) that began a note at each tick; 0 before the beginning."""
        keys = self._keys(rows)
        result = np.where(then >= 0, 1, 0)
        for part in range(self._layout.num_parts):
            found = np.minimum(np.searchsorted(keys, order_keys(self._layout, then, part, 127)), len(keys) - 1)
            result += ((rows.tick[found] == then) & (rows.part[found] == part)) << part
        return result

    def _same_place(self, rows: ScoreRows, then: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return the index of the note of the same part at a tick, -1 for none: within a chord the next one down."""
        keys = self._keys(rows)
        again = (answers[:, 0] == 0) & (_later(rows.part + 1) == rows.part + 1)
        above = np.where(again, _later(rows.pitch + 1) - 2, 127)  # the pitch before, less one
        wanted = (then * (self._layout.num_parts + 2) + rows.part) * 128 + 127 - above
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        valid = (rows.tick[found] == then) & (rows.part[found] == rows.part) & (rows.pitch >= 0)
        return np.where(valid, found, -1)


def _later(column: np.ndarray, rows: int = 1) -> np.ndarray:
    """Return a column so many rows later, 0 before its beginning."""
    result = np.zeros(len(column), np.int64)
    result[rows:] = column[:-rows] if rows < len(column) else column[:0]
    return result
