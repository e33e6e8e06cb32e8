"""A score being made, row by row: what the network sees, and which events may come next."""

from bisect import bisect_left, bisect_right
from copy import copy

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
from musegen.composers.parts.grid import DURATION, DURATIONS, MAX_STEP, NUM_STEPS, PART, PITCH, STEP, TICKS, ScoreLayout
from musegen.composers.parts.rows import ScoreRows
from musegen.engine.codec import Cursor
from musegen.errors import CodecError

_HELD, _RUNS, _LENGTHS = HELD_TICKS.tolist(), RUNS.tolist(), DURATIONS.tolist()


class _Player:
    """What one part did and does.

    Attributes:
        notes: (pitch from 1, end tick) of the last notes, those before are not looked at.
        ends: end tick of each pitch (MIDI) that may still sound.
        last, before: its last pitch and the one before, from 1, 0 for none.
        duration: 1 + class of its last duration, 0 for none.
        until: tick at which the last of its notes ended or will end.
        since: tick from which on it has struck its last pitch alone.
    """

    __slots__ = ("before", "duration", "ends", "last", "notes", "since", "until")

    def __init__(self) -> None:
        self.notes: list[tuple[int, int]] = []
        self.ends: dict[int, int] = {}
        self.last = self.before = self.duration = self.until = self.since = 0


class ScoreCursor(Cursor):
    """A score being made.

    Args:
        layout: of the codec.
        frame: bars, keys, length, which parts play, a melody that is given.

    Attributes:
        layout: of the codec.
        frame: as given.
        now: tick of the last whole row, 0 at the beginning.
    """

    def __init__(self, layout: ScoreLayout, frame: ScoreFrame) -> None:
        self.layout, self.frame = layout, frame
        self.num_heads = layout.num_questions
        self.now = 0
        self._row: list[int] = []
        self._answers: list[list[int]] = []
        self._ticks: list[int] = []
        self._keys: list[int] = []
        self._own_before: list[int] = []
        self._players = [_Player() for _ in layout.parts]
        self._runs = [0] * len(LAGS)
        self._notes = self._lead_notes = 0
        self._unit = (layout.num_parts + 2) * 128
        self._bar_starts = frame.bars.start.tolist()
        self._bar_lengths = frame.bars.length.tolist()
        masks = column_masks(layout)
        self._asked = masks.asked.astype(np.int32)
        self._asked[:, 0] = 1
        self._trunk_kept, self._asked_kept = ~masks.trunk_memory, self._asked & ~masks.head_memory
        self._first = layout.first.tolist()
        self._present = sum(1 << index for index, plays in enumerate(frame.present) if plays)
        self._moment: list[int] = []  # head columns of the moment of this row
        self._moment_chords: list[int] = []
        self._moment_lags: list[int] = []
        self._moment_parts: list[int] = []
        self._allowed: np.ndarray | None = None
        self._nothing = [0] * (2 * len(LAGS) + SEQUENCE_LAGS)

    # ------------------------------------------------------------------------------------------------ what it knows

    @property
    def question(self) -> int:
        """Which answer is due: STEP, PART, PITCH, DURATION or VELOCITY."""
        return len(self._row)

    @property
    def row(self) -> tuple[int, ...]:
        """The answers of the row being made."""
        return tuple(self._row)

    @property
    def moment(self) -> int:
        """Tick of the row being made; of the last row before its step is known."""
        return self.now + self._row[STEP] if self._row else self.now

    @property
    def num_rows(self) -> int:
        """Whole rows so far."""
        return len(self._answers)

    @property
    def num_notes(self) -> int:
        """Notes so far."""
        return self._notes

    @property
    def answers(self) -> np.ndarray:
        """The whole rows so far, shape (R, K)."""
        return np.array(self._answers, np.int64).reshape(-1, self.num_heads)

    def recent(self, question: int, count: int) -> list[int]:
        """Return the answers to a question in the last whole rows, at most `count`; rows that are no note left out."""
        return [row[question] for row in self._answers[-count:] if row[question] >= 0]

    @property
    def last_part(self) -> int:
        """Part of the last whole row, WAIT or END included; -1 before the first."""
        return self._answers[-1][PART] if self._answers else -1

    @property
    def place(self) -> tuple[int, int, int]:
        """Tick, part and -pitch of the last whole row, which order rows; before all others at the beginning."""
        if not self._answers:
            return (-1, -1, 0)
        pitch = self._answers[-1][PITCH]
        return (self.now, self.last_part, -(pitch + self.layout.low) if pitch >= 0 else 0)

    def struck_now(self, part: int) -> list[int]:
        """Return the pitches (MIDI) that a part began at the tick of the last whole row, from the top."""
        found: list[int] = []
        for tick, answers in zip(reversed(self._ticks), reversed(self._answers), strict=True):
            if tick != self.now or answers[PART] < part:
                break
            if answers[PART] == part:
                found.append(answers[PITCH] + self.layout.low)
        return found[::-1]

    def doubled(self, part: int, count: int) -> float:
        """Return the share of a part's last notes before now, at most `count`, that others struck too; 0.5 for none."""
        own: list[bool] = []
        others: set[tuple[int, int]] = set()
        for tick, answers in zip(reversed(self._ticks), reversed(self._answers), strict=True):
            if answers[PART] == part and tick < self.now:
                own.append((tick, answers[PITCH]) in others)
            else:
                others.add((tick, answers[PITCH]))
            if len(own) == count:
                break
        return sum(own) / len(own) if own else 0.5

    def onsets(self, part: int, since: int) -> list[int]:
        """Return the ticks at which a part began its notes from a tick on, the last one first, one for each note."""
        found: list[int] = []
        for tick, answers in zip(reversed(self._ticks), reversed(self._answers), strict=True):
            if tick < since:
                break
            if answers[PART] == part:
                found.append(tick)
        return found

    @property
    def done(self) -> bool:
        """True after the end."""
        return self.last_part == self.layout.end

    @property
    def events(self) -> np.ndarray:
        """The events so far."""
        flat = [a for row in self._answers for a in row] + self._row
        first = self._first * (len(self._answers) + 1)
        return np.array([self.layout.none if a < 0 else a + first[i] for i, a in enumerate(flat)], np.int64)

    def rows(self) -> ScoreRows:
        """Return the whole rows so far."""
        table = self.answers
        pitch = np.where(table[:, PITCH] >= 0, table[:, PITCH] + self.layout.low, -1)
        velocity = table[:, 4] if self.layout.dynamics else np.where(table[:, PITCH] >= 0, 0, -1)
        return ScoreRows(np.array(self._ticks, np.int64), table[:, PART], pitch, table[:, DURATION], velocity)

    def ends(self, part: int, time: int) -> list[int]:
        """Return when the notes of a part end that still sound at a tick, ascending."""
        return sorted(end for end in self._players[part].ends.values() if end > time)

    def sounding(self, part: int, time: int) -> list[int]:
        """Return the pitches (MIDI) of a part that still sound at a tick, from those begun so far."""
        return [pitch for pitch, end in self._players[part].ends.items() if end > time]

    def has_played(self, part: int) -> bool:
        """Return whether a part has begun a note yet."""
        return self._players[part].last > 0

    def silence(self, part: int, time: int) -> int:
        """Return for how many ticks a part has been silent at a tick, 0 or less while it plays."""
        return time - self._players[part].until

    def staying(self, part: int, pitch: int, time: int) -> int:
        """Return for how many ticks a part will have struck one pitch (MIDI) alone if it strikes it at a tick."""
        player = self._players[part]
        goes_on = player.last == pitch - self.layout.low + 1 and 2 * (time - player.until) <= self._bar_lengths[0]
        return time - player.since if goes_on else 0

    def last_pitch(self, part: int) -> int | None:
        """Return the pitch (MIDI) that a part struck last, None where it has not played."""
        last = self._players[part].last
        return last - 1 + self.layout.low if last else None

    def bar_of(self, tick: int) -> int:
        """Return the index of the bar of a tick."""
        return bisect_right(self._bar_starts, tick) - 1

    def bar_place(self) -> tuple[int, int]:
        """Return the bar, from 0, and how many are planned; a pickup counts to the first."""
        pickup = int(len(self._bar_lengths) > 1 and self._bar_lengths[0] < self._bar_lengths[1])
        last = self.frame.last_bar
        return max(self.bar_of(self.now) - pickup, 0), 1 if last is None else last + 1 - pickup

    def share_done(self) -> float:
        """Return how much of the planned bars has passed."""
        if self.done:
            return 1.0
        last = self.frame.last_bar
        if last is None:
            return 0.0
        return min(self.now / max(self._bar_starts[last] + self._bar_lengths[last], 1), 1.0)

    def copy(self) -> "ScoreCursor":
        """Return a cursor at the same place that goes on by itself."""
        new = copy(self)
        new._row, new._runs = list(self._row), list(self._runs)
        new._answers, new._ticks, new._keys = list(self._answers), list(self._ticks), list(self._keys)
        new._own_before = list(self._own_before)
        new._players = []
        for player in self._players:
            other = copy(player)
            other.notes, other.ends = list(player.notes), dict(player.ends)
            new._players.append(other)
        return new

    # ------------------------------------------------------------------------------------------------ what comes next

    def allowed(self) -> np.ndarray:
        """Return which events may come next."""
        if self._allowed is None:  # asked before each event and again when it is pushed
            self._allowed = self._find_allowed()
        return self._allowed.copy()

    def _find_allowed(self) -> np.ndarray:
        layout, question = self.layout, len(self._row)
        allowed = np.zeros(layout.num_events, bool)
        first = self._first[question]
        if question == STEP:
            allowed[:NUM_STEPS] = self.steps()
        elif question == PART:
            allowed[first : first + layout.num_parts + 2] = self.parts(self._row[STEP])
        elif self._row[PART] >= layout.num_parts:
            allowed[layout.none] = True
        elif question == PITCH:
            allowed[first : first + layout.num_pitches] = self.pitches(self._row[PART])
        else:
            allowed[first : first + int(layout.size[question])] = True
        return allowed

    def steps(self) -> np.ndarray:
        """Return which steps may come, boolean (NUM_STEPS,): those after which somebody can play."""
        allowed = np.ones(NUM_STEPS, bool)
        allowed[1:] = np.arange(1, NUM_STEPS) >= self._free_from() - self.now
        allowed[0] = self.parts(0).any()
        allowed[MAX_STEP] = True  # at least WAIT
        return allowed

    def _free_from(self) -> int:
        """Return the tick from which on some part can play one more note."""
        best = None
        for index, part in enumerate(self.layout.parts):
            if self.frame.present[index]:
                ends = self.ends(index, self.now)
                free = ends[len(ends) - part.most] if len(ends) >= part.most else self.now
                best = free if best is None else min(best, free)
        return self.now if best is None else best

    def parts(self, step: int) -> np.ndarray:
        """Return which answers there are to who plays after a step, boolean (P + 2,)."""
        layout = self.layout
        possible = np.zeros(layout.num_parts + 2, bool)
        time, last = self.now + step, self.last_part
        if step == 0 and last == layout.wait:
            return possible
        for index, part in enumerate(layout.parts):
            if not self.frame.present[index] or (step == 0 and index < last):
                continue
            sounding = self.sounding(index, time)
            if len(sounding) >= part.most:
                continue
            if step == 0 and index == last:
                below = self._answers[-1][PITCH] + layout.low
                possible[index] = below - part.low > sum(pitch < below for pitch in sounding)
            else:
                possible[index] = True
        possible[layout.wait] = step == MAX_STEP
        possible[layout.end] = step == 0 and 0 <= last < layout.num_parts
        return possible

    def pitches(self, part: int) -> np.ndarray:
        """Return which pitches a part may begin in the row being made, boolean (num_pitches,)."""
        layout, player = self.layout, self.layout.parts[part]
        possible = np.zeros(layout.num_pitches, bool)
        high = player.high
        if self._row[STEP] == 0 and part == self.last_part:
            high = self._answers[-1][PITCH] + layout.low - 1
        possible[player.low - layout.low : max(high - layout.low + 1, 0)] = True
        for pitch in self.sounding(part, self.moment):
            possible[pitch - layout.low] = False
        return possible

    def push(self, event: int) -> None:
        """Append an event."""
        if self.done:
            raise CodecError("The music has ended.")
        if not 0 <= event < self.layout.num_events or not self.allowed()[event]:
            raise CodecError(
                "What is played here (event {event}) cannot be, after {num_answers} rows.",
                event=event,
                num_answers=len(self._answers),
            )
        question, self._allowed = len(self._row), None
        self._row.append(-1 if event == self.layout.none else int(event) - self._first[question])
        if question == STEP:
            self._moment = []
        if len(self._row) == self.num_heads:
            self._finish_row()

    def _finish_row(self) -> None:
        step, part, pitch, duration = self._row[:4]
        self.now += step
        key = self._key(self.now, part, pitch + self.layout.low if pitch >= 0 else -1)
        length = self._bar_lengths[self.bar_of(self.now)]
        for nth, lag in enumerate(LAGS):
            wanted = key - lag * length * self._unit
            found = bisect_left(self._keys, wanted)
            same = found < len(self._keys) and self._keys[found] == wanted
            self._runs[nth] = self._runs[nth] + 1 if same else 0
        self._own_before.append(self._players[part].last if part < self.layout.num_parts else 0)
        if pitch >= 0:
            player, end = self._players[part], self.now + _LENGTHS[duration]
            player.ends = {p: e for p, e in player.ends.items() if e > self.now}
            if pitch + 1 != player.last or 2 * (self.now - player.until) > length:
                player.since = self.now
            player.ends[pitch + self.layout.low] = end
            player.notes = [*player.notes[1 - looked_at(self.layout.parts[part]) :], (pitch + 1, end)]
            player.before, player.last, player.duration = player.last, pitch + 1, duration + 1
            player.until = max(player.until, end)
            self._notes += 1
            self._lead_notes += not self._present & ((1 << part) - 1)
        self._keys.append(key)
        self._ticks.append(self.now)
        self._answers.append(self._row)
        self._row, self._moment = [], []

    def _key(self, tick: int, part: int, pitch: int) -> int:
        return tick * self._unit + part * 128 + (127 - pitch if pitch >= 0 else 0)

    # ------------------------------------------------------------------------------------------------ what is seen

    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming row."""
        rows = self._answers
        columns = [answer + 1 for answer in rows[-1]] if rows else [0] * self.num_heads
        columns += [rows[-n][PITCH] + 1 if len(rows) >= n else 0 for n in (2, 3, 4)]
        bar, now = self.bar_of(self.now), self.now
        place, length = now - self._bar_starts[bar], self._bar_lengths[bar]
        columns += [
            min(place // SIXTEENTH, MAX_SIXTEENTH),
            place % TICKS,
            int(self.frame.bars.meter[bar]),
            int(self.frame.key_at(now)),
        ]
        for index, player in enumerate(self._players):
            notes, until = self._shown(index, now)
            held = 1 + bisect_right(_HELD, until - now) if notes[0] else 0
            columns += [*notes, held, player.last]
        for nth, lag in enumerate(LAGS):
            columns += [*self._back(lag * length), bisect_right(_RUNS, self._runs[nth])]
        left = 0 if self.frame.last_bar is None else int(left_class(self.frame.last_bar - bar))
        columns += [left, int(self.frame.own), self._present, *self._lead()]
        if self.layout.chords:
            chords = self.frame.chords
            columns += [0, 0] if chords is None else [int(chords.number[chords.index(now)]), int(chords.following(now))]
        result = np.array(columns, np.int32)
        return result if self._remembers() else result * self._trunk_kept

    def _remembers(self) -> bool:
        """Return whether memory is shown: not where the music is the same for `frame.most_unchanged_bars`."""
        if not self.frame.memory or self.frame.most_unchanged_bars is None:
            return self.frame.memory
        length = self._bar_lengths[self.bar_of(self.now)]
        return not any(
            run and self.now - self._ticks[-run] >= max(self.frame.most_unchanged_bars, lag) * length
            for lag, run in zip(LAGS, self._runs, strict=True)
        )

    def _shown(self, part: int, time: int) -> tuple[list[int], int]:
        """Return the pitches that are shown of a part at a tick, and when the highest ends."""
        active = sorted((note for note in self._players[part].notes if note[1] > time), reverse=True)
        if shown(self.layout.parts[part]) == 1:
            return ([active[0][0]], active[0][1]) if active else ([0], 0)
        notes = [active[0][0] if active else 0, active[1][0] if len(active) > 1 else 0]
        return [*notes, active[-1][0] if len(active) > 2 else 0], active[0][1] if active else 0

    def _back(self, lag: int) -> list[int]:
        before = self._keys[-1] - lag * self._unit if self._keys else -1
        found = bisect_right(self._keys, before)
        if before < 0 or found >= len(self._keys):
            return [0, 0, 0]
        step = self._ticks[found] - (self.now - lag)
        return [min(max(step, 0), MAX_STEP) + 1, self._answers[found][PART] + 1, self._answers[found][PITCH] + 1]

    def _lead(self) -> list[int]:
        lead, nth = self.frame.lead, self._lead_notes
        if lead is None or nth >= len(lead):
            return [0, 0, 0]
        low = self.layout.low - 1
        following = int(lead.pitch[nth + 1]) - low if nth + 1 < len(lead) else 0
        return [int(lead.pitch[nth]) - low, min(max(int(lead.tick[nth]) - self.now, 0), MAX_STEP) + 1, following]

    def head(self) -> np.ndarray:
        """Return the inputs of the coming answer."""
        question = len(self._row)
        if question == STEP:
            return np.zeros(self._asked.shape[1], np.int32)
        if not self._moment:
            self._see_moment()
        row = self._row
        columns = [question, row[STEP] + 1]
        columns += [row[PART] + 1 if question > PART else 0, row[PITCH] + 1 if question > PITCH else 0]
        if self.layout.dynamics:
            columns.append(row[DURATION] + 1 if question > DURATION else 0)
        columns += self._moment
        if question > PART and row[PART] < self.layout.num_parts:
            columns += self._own(row[PART])
        else:
            columns += [0, 0, 0, *self._moment_parts, *self._nothing]
        columns += self._moment_chords
        return np.array(columns, np.int32) * (self._asked if self._remembers() else self._asked_kept)[question]

    def _see_moment(self) -> None:
        """Find the columns of the moment of this row."""
        time = self.moment
        bar = self.bar_of(time)
        place, length = time - self._bar_starts[bar], self._bar_lengths[bar]
        columns = [1 + min(place // SIXTEENTH, MAX_SIXTEENTH), 1 + place % TICKS]
        for index in range(self.layout.num_parts):
            columns += self._shown(index, time)[0]
        self._moment = columns
        if self.layout.chords:
            chords = self.frame.chords
            index = 0 if chords is None else int(chords.index(time))
            self._moment_chords = [0, 0] if chords is None else [int(chords.number[index]), int(chords.bass[index])]
        self._moment_lags = [time - lag * length for lag in LAGS]
        self._moment_parts = [self._parts_at(then) for then in self._moment_lags]

    def _parts_at(self, then: int) -> int:
        """Return 1 + the set of parts (bits) that began a note at a tick; 0 before the beginning."""
        if then < 0:
            return 0
        began, found = 0, bisect_left(self._ticks, then)
        while found < len(self._ticks) and self._ticks[found] == then:
            if self._answers[found][PART] < self.layout.num_parts:
                began |= 1 << self._answers[found][PART]
            found += 1
        return 1 + began

    def _own(self, part: int) -> list[int]:
        """Return the columns of the part that plays: what it did, and what it did at this place bars ago."""
        player = self._players[part]
        below = 127
        if self._row[STEP] == 0 and part == self.last_part:
            below = self._answers[-1][PITCH] + self.layout.low - 1
        pitches, sequences, durations = [], [], []
        for nth, then in enumerate(self._moment_lags):
            found = bisect_left(self._keys, self._key(then, part, below))
            there = found < len(self._keys) and self._ticks[found] == then and self._answers[found][PART] == part
            pitch = self._answers[found][PITCH] + 1 if there else 0
            pitches.append(pitch)
            durations.append(self._answers[found][DURATION] + 1 if there else 0)
            if nth < SEQUENCE_LAGS:
                before = self._own_before[found] if there else 0
                moved = player.last + pitch - before if before and player.last else 0
                sequences.append(moved if 0 < moved <= self.layout.num_pitches else 0)
        own = [player.last, player.before, player.duration]
        return [*own, *self._moment_parts, *pitches, *sequences, *durations]
