"""What the network sees of a chorale: columns for a whole piece at once, and one by one for a piece being made."""

from dataclasses import dataclass

import numpy as np

from musegen.codecs.chorale import (
    FIRST_PITCH,
    HOLD,
    METERS,
    NUM_KEYS,
    NUM_VOICE_EVENTS,
    REST,
    VOICE_RANGES,
    ChoraleGrid,
    merge_repeats,
    pitch_event,
    sounding,
)
from musegen.codecs.codec import Column, Cursor, Example
from musegen.errors import CodecError

NUM_VOICES = 4
START = NUM_VOICE_EVENTS
"""Stands for "before the beginning" in the columns of events."""

LOOK_AHEAD_STEPS = (0, 4, 8, 12, 16)
"""Sixteenths ahead at which the network sees a given voice."""

MAX_COUNT = 16
_PITCH = NUM_VOICE_EVENTS  # 0: nothing yet, 1: rest, 2..: pitch
_WIDEST = 24
_INTERVALS = 2 * _WIDEST + 2  # 0: unknown, else 1 + semitones, cut to two octaves either way

TRUNK_COLUMNS = (
    *(Column(f"event_{v}", START + 1, 12, "event") for v in range(NUM_VOICES)),
    *(Column(f"sounding_{v}", _PITCH, 24, "pitch") for v in range(NUM_VOICES)),
    Column("position", 24, 12),
    Column("meter", len(METERS) + 1, 4),
    Column("key", NUM_KEYS, 12),
    Column("fermata", 3, 4),
    Column("quarters_to_fermata", MAX_COUNT + 2, 8),
    Column("quarters_to_end", MAX_COUNT + 2, 8),
    *(Column(f"given_{v}_{s}", _PITCH, 8, "given") for v in range(NUM_VOICES) for s in LOOK_AHEAD_STEPS),
)
NUM_PLAN_COLUMNS = 6 + NUM_VOICES * len(LOOK_AHEAD_STEPS)
HEAD_COLUMNS = (
    Column("voice", NUM_VOICES, 12),
    *(Column(f"now_{v}", _PITCH, 24, "pitch") for v in range(NUM_VOICES - 1)),
    *(Column(f"struck_{v}", 3, 4, "struck") for v in range(NUM_VOICES - 1)),
    Column("own_sounding", _PITCH, 24, "pitch"),
    Column("own_previous", _PITCH, 24, "pitch"),
    Column("own_held_steps", MAX_COUNT + 1, 8),
    *(Column(f"above_now_{v}", _INTERVALS, 16, "interval") for v in range(NUM_VOICES - 1)),
    *(Column(f"above_before_{v}", _INTERVALS, 16, "interval") for v in range(NUM_VOICES)),
    *(Column(f"motion_{v}", _INTERVALS, 8, "motion") for v in range(NUM_VOICES - 1)),
)


@dataclass(frozen=True, slots=True)
class ChoralePlan:
    """What is known of a chorale before its notes.

    Args:
        num_steps: its length T in sixteenths.
        known: False reads it as the JSB files are read (see chorale.py).
        fermata: shape (T,), True where a note under a fermata starts.
        meter: index into METERS.
        pickup: sixteenths of the incomplete first bar.
        key: key index, 0 unknown.
        given: events (T, 4) of the voices that are given, -1 elsewhere; None where nothing is.
    """

    num_steps: int
    known: bool = True
    fermata: np.ndarray | None = None
    meter: int = 0
    pickup: int = 0
    key: int = 0
    given: np.ndarray | None = None


def plan_of(grid: ChoraleGrid, *, known: bool = True, given: np.ndarray | None = None) -> ChoralePlan:
    """Return the plan of an existing chorale."""
    return ChoralePlan(len(grid.voices), known, grid.fermata, grid.meter, grid.pickup, grid.key, given)


def plan_columns(plan: ChoralePlan) -> np.ndarray:
    """Return the trunk columns that follow from the plan alone, from "position" on, shape (T, columns)."""
    steps = np.arange(plan.num_steps)
    columns = np.zeros((plan.num_steps, NUM_PLAN_COLUMNS), np.int16)
    if not plan.known:
        columns[:, 0] = steps % 16
    else:
        bar_steps = METERS[plan.meter][0] * 16 // METERS[plan.meter][1]
        columns[:, 0] = (steps - plan.pickup) % bar_steps
        columns[:, 1] = 1 + plan.meter
        columns[:, 2] = plan.key
        if plan.fermata is not None and plan.fermata.any():
            marks = np.flatnonzero(plan.fermata)
            following = np.searchsorted(marks, steps)
            ahead = np.append(marks, plan.num_steps + 4 * MAX_COUNT)[following] - steps
            columns[:, 4] = 1 + np.minimum((ahead + 3) // 4, MAX_COUNT)
            last = np.append(-99, marks)[np.searchsorted(marks, steps, side="right")]
            columns[:, 3] = 1 + (steps - last < 4)
        columns[:, 5] = 1 + np.minimum((plan.num_steps - steps + 3) // 4, MAX_COUNT)
    if plan.given is not None:
        known = _given_sounding(plan.given)
        padded = np.concatenate([known, np.zeros((max(LOOK_AHEAD_STEPS), NUM_VOICES), np.int16)])
        for v in range(NUM_VOICES):
            for i, ahead in enumerate(LOOK_AHEAD_STEPS):
                columns[:, 6 + v * len(LOOK_AHEAD_STEPS) + i] = padded[ahead : ahead + plan.num_steps, v]
    return columns


def _interval(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return the interval column between two sounding events, 0 where either does not sound."""
    semitones = np.clip(upper.astype(int) - lower, -_WIDEST, _WIDEST) + _WIDEST + 1
    return np.where((upper >= FIRST_PITCH) & (lower >= FIRST_PITCH), semitones, 0)


def _given_sounding(given: np.ndarray) -> np.ndarray:
    """Return what sounds in the given voices, 0 where nothing is given, shape (T, 4)."""
    result = np.where(given < 0, 0, given).astype(np.int16)
    for t in range(1, len(result)):
        hold = given[t] == HOLD
        result[t, hold] = result[t - 1, hold]
    return result


def read_example(grid: ChoraleGrid, *, known: bool, given: np.ndarray | None = None) -> Example:
    """Return the columns, targets and weights of a whole chorale.

    Args:
        grid: the chorale.
        known: whether the network sees the plan (and repeated notes).
        given: events of given voices, -1 elsewhere, (T, 4); they get weight 0.
    """
    voices = grid.voices if known else merge_repeats(grid.voices)
    num_steps = len(voices)
    now = sounding(voices)
    before = np.concatenate([np.zeros((1, NUM_VOICES), np.int16), now[:-1]])
    events = np.concatenate([np.full((1, NUM_VOICES), START, np.int16), voices[:-1]])
    trunk = np.column_stack([events, before, plan_columns(plan_of(grid, known=known, given=given))])
    head = np.zeros((num_steps, NUM_VOICES, len(HEAD_COLUMNS)), np.int16)
    held, previous = _held_and_previous(voices, now)
    struck = np.where(voices == HOLD, 1, 2)
    for v in range(NUM_VOICES):
        head[:, v, 0] = v
        head[:, v, 1 : 1 + v] = now[:, :v]
        head[:, v, 4 : 4 + v] = struck[:, :v]
        head[:, v, 7] = before[:, v]
        head[:, v, 8] = previous[:, v]
        head[:, v, 9] = held[:, v]
        head[:, v, 10 : 10 + v] = _interval(before[:, v : v + 1], now[:, :v])
        head[:, v, 13:17] = _interval(before[:, v : v + 1], before)
        head[:, v, 17 : 17 + v] = _interval(now[:, :v], before[:, :v])
    weight = np.ones((num_steps, NUM_VOICES), np.float32) if given is None else (given < 0).astype(np.float32)
    return Example(trunk.astype(np.int16), head, voices.astype(np.int16), weight)


def _held_and_previous(voices: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, before each sixteenth, how long each voice has held and what it sounded before that, (T, 4) each."""
    held = np.zeros_like(voices)
    previous = np.zeros_like(voices)
    for t in range(1, len(voices)):
        fresh = voices[t - 1] != HOLD
        resting = (voices[t - 1] == REST) & (now[t - 2] == REST) if t > 1 else np.zeros(NUM_VOICES, bool)
        held[t] = np.where(fresh & ~resting, 1, np.minimum(held[t - 1] + 1, MAX_COUNT))
        before = now[t - 2] if t > 1 else np.zeros(NUM_VOICES, voices.dtype)
        previous[t] = np.where(fresh & ~resting, before, previous[t - 1])
    return held, previous


class ChoraleCursor(Cursor):
    """A chorale being made, voice by voice within each sixteenth.

    Args:
        plan: length, meter, key, fermatas, given voices.
        ranges: (lowest, highest) pitch of each voice that may be struck.
        primer: events (T, 4) the piece must have without the network looking ahead at them, -1 elsewhere.
    """

    num_heads = NUM_VOICES

    def __init__(
        self,
        plan: ChoralePlan,
        ranges: tuple[tuple[int, int], ...] = VOICE_RANGES,
        primer: np.ndarray | None = None,
    ) -> None:
        self.plan = plan
        self.fixed = np.full((plan.num_steps, NUM_VOICES), -1, np.int16)
        for source in (plan.given, primer):
            if source is not None:
                self.fixed[: len(source)] = np.where(source >= 0, source, self.fixed[: len(source)])
        self._columns = plan_columns(plan)
        self.voices = np.full((plan.num_steps, NUM_VOICES), REST, np.int16)
        self.now = np.zeros((plan.num_steps + 1, NUM_VOICES), np.int16)  # row t + 1 sounds in sixteenth t
        self.step, self.voice = 0, 0
        self._held = np.zeros(NUM_VOICES, np.int16)
        self._previous = np.zeros(NUM_VOICES, np.int16)
        self._in_range = np.zeros((NUM_VOICES, NUM_VOICE_EVENTS), bool)
        self._in_range[:, : FIRST_PITCH] = True
        for v, (low, high) in enumerate(ranges):
            self._in_range[v, pitch_event(low) : pitch_event(high) + 1] = True

    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming sixteenth."""
        t = self.step
        events = self.voices[t - 1] if t else np.full(NUM_VOICES, START)
        return np.concatenate([events, self.now[t], self._columns[t]])

    def head(self) -> np.ndarray:
        """Return the inputs of the coming voice."""
        t, v = self.step, self.voice
        row = np.zeros(len(HEAD_COLUMNS), np.int16)
        row[0] = v
        row[1 : 1 + v] = self.now[t + 1, :v]
        row[4 : 4 + v] = np.where(self.voices[t, :v] == HOLD, 1, 2)
        before, now = self.now[t], self.now[t + 1, :v]
        row[7:10] = before[v], self._previous[v], self._held[v]
        row[10 : 10 + v] = _interval(before[v], now)
        row[13:17] = _interval(before[v], before)
        row[17 : 17 + v] = _interval(now, before[:v])
        return row

    def allowed(self) -> np.ndarray:
        """Return which events the coming voice may have, shape (48,)."""
        t, v = self.step, self.voice
        if self.fixed[t, v] >= 0:
            mask = np.zeros(NUM_VOICE_EVENTS, bool)
            mask[self.fixed[t, v]] = True
            return mask
        mask = self._in_range[v].copy()
        before = self.now[t, v]
        if before <= REST:
            mask[HOLD] = False
        elif not self.plan.known:
            mask[before] = False
        return mask

    def push(self, event: int) -> None:
        """Give the coming voice its event."""
        t, v = self.step, self.voice
        if self.done or not 0 <= event < NUM_VOICE_EVENTS:
            raise CodecError(f"event {event} cannot come here")
        before = self.now[t, v]
        if event == HOLD and before <= REST:
            raise CodecError("a voice cannot hold what does not sound")
        self.voices[t, v] = event
        self.now[t + 1, v] = before if event == HOLD else event
        if event == HOLD or (event == REST and before == REST):
            self._held[v] = min(self._held[v] + 1, MAX_COUNT)
        else:
            self._held[v] = 1
            self._previous[v] = before
        self.voice += 1
        if self.voice == NUM_VOICES:
            self.step, self.voice = t + 1, 0

    @property
    def done(self) -> bool:
        """True when every sixteenth is filled."""
        return self.step >= self.plan.num_steps

    def share_done(self) -> float:
        """Return the share of the sixteenths that are filled."""
        return self.step / self.plan.num_steps

    @property
    def events(self) -> np.ndarray:
        """The voice events so far, flat."""
        return self.voices[: self.step + (self.voice > 0)].reshape(-1)[: self.step * NUM_VOICES + self.voice]

    def grid(self) -> ChoraleGrid:
        """Return the finished chorale."""
        fermata = self.plan.fermata if self.plan.fermata is not None else np.zeros(self.plan.num_steps, bool)
        return ChoraleGrid(self.voices.copy(), fermata, self.plan.meter, self.plan.pickup, self.plan.key)
