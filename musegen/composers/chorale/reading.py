"""What the network sees of a chorale: columns for a whole piece at once, and one by one for a piece being made."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from musegen.composers.chorale.grid import (
    FIRST_PITCH,
    HOLD,
    METERS,
    NUM_VOICE_EVENTS,
    REST,
    VOICE_RANGES,
    ChoraleGrid,
    merge_repeats,
    pitch_event,
    sounding,
)
from musegen.composers.fitting.key_numbers import NUM_KEYS
from musegen.engine.codec import Column, Cursor, Example
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
            until = np.append(marks, plan.num_steps + 4 * MAX_COUNT)[following] - steps
            columns[:, 4] = 1 + np.minimum((until + 3) // 4, MAX_COUNT)
            last = np.append(-99, marks)[np.searchsorted(marks, steps, side="right")]
            columns[:, 3] = 1 + (steps - last < 4)
        columns[:, 5] = 1 + np.minimum((plan.num_steps - steps + 3) // 4, MAX_COUNT)
    if plan.given is not None:
        known = given_sounding(plan.given)
        padded = np.concatenate([known, np.zeros((max(LOOK_AHEAD_STEPS), NUM_VOICES), np.int16)])
        for v in range(NUM_VOICES):
            for i, ahead in enumerate(LOOK_AHEAD_STEPS):
                columns[:, 6 + v * len(LOOK_AHEAD_STEPS) + i] = padded[ahead : ahead + plan.num_steps, v]
    return columns


def _interval(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return the interval column between two sounding events, 0 where either does not sound."""
    semitones = np.clip(upper.astype(int) - lower, -_WIDEST, _WIDEST) + _WIDEST + 1
    return np.where((upper >= FIRST_PITCH) & (lower >= FIRST_PITCH), semitones, 0)


def given_sounding(given: np.ndarray) -> np.ndarray:
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


def possible_events(example: Example) -> np.ndarray:
    """Return which events could come in a chorale read with its plan unknown, boolean (T, 4, 48).

    In that reading a voice cannot hold silence, nor strike the pitch it sounds, since that reads as held.
    """
    before = example.trunk[:, NUM_VOICES : 2 * NUM_VOICES]
    sounds = before >= FIRST_PITCH
    mask = np.ones((*before.shape, NUM_VOICE_EVENTS), bool)
    mask[..., HOLD] = sounds
    mask[(*np.nonzero(sounds), before[sounds])] = False
    return mask


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


_INTERVAL = _interval(*np.meshgrid(np.arange(_PITCH), np.arange(_PITCH), indexing="ij")).tolist()
"""The interval column of (upper, lower) as nested lists: a cursor asks for one at a time."""

_ONLY = np.eye(NUM_VOICE_EVENTS, dtype=bool)


class ChoraleCursor(Cursor):
    """A chorale being made, voice by voice within each sixteenth.

    Attributes:
        step: the sixteenth being filled; voice: the voice that comes next.
        before: what each voice sounded in the sixteenth before, now: what those voices that have their event sound in
            this one (0 for the others); lists of four events.
        fixed: events (T, 4) that are not drawn, -1 elsewhere.

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
        fixed = np.full((plan.num_steps, NUM_VOICES), -1, np.int16)
        for source in (plan.given, primer):
            if source is not None:
                fixed[: len(source)] = np.where(source >= 0, source, fixed[: len(source)])
        self.fixed: list[list[int]] = fixed.tolist()
        self._columns = plan_columns(plan).tolist()
        self.voices = np.full((plan.num_steps, NUM_VOICES), REST, np.int16)
        self.step, self.voice = 0, 0
        self.before, self.now = [0] * NUM_VOICES, [0] * NUM_VOICES
        self._last = [START] * NUM_VOICES
        self._struck = [0] * NUM_VOICES
        self._held, self._previous = [0] * NUM_VOICES, [0] * NUM_VOICES
        in_range = np.zeros((2, NUM_VOICES, NUM_VOICE_EVENTS), bool)  # without and with HOLD
        in_range[:, :, REST] = True
        for v, (low, high) in enumerate(ranges):
            in_range[:, v, pitch_event(low) : pitch_event(high) + 1] = True
        in_range[1, :, HOLD] = True
        self._in_range = in_range

    def trunk(self) -> np.ndarray:
        """Return the recurrent inputs of the coming sixteenth."""
        return np.array([*self._last, *self.before, *self._columns[self.step]], np.int16)

    def head(self) -> np.ndarray:
        """Return the inputs of the coming voice."""
        v, before = self.voice, self.before
        own = before[v]
        now, above = self.now[:v], _INTERVAL[own]
        unknown = [0] * (NUM_VOICES - 1 - v)
        row = [
            v,
            *now, *unknown,
            *self._struck[:v], *unknown,
            own, self._previous[v], self._held[v],
            *[above[p] for p in now], *unknown,
            *[above[p] for p in before],
            *[_INTERVAL[p][before[u]] for u, p in enumerate(now)], *unknown,
        ]  # fmt: skip
        return np.array(row, np.int16)

    def copy(self) -> "ChoraleCursor":
        """Return a cursor at the same place that goes on by itself; what is fixed is shared."""
        other = copy(self)
        for name in ("voices", "before", "now", "_last", "_struck", "_held", "_previous"):
            setattr(other, name, getattr(self, name).copy())
        return other

    @property
    def is_fixed(self) -> bool:
        """True where the coming event is given."""
        return self.fixed[self.step][self.voice] >= 0

    def allowed(self) -> np.ndarray:
        """Return which events the coming voice may have, shape (48,), not to be written to."""
        v = self.voice
        fixed, before = self.fixed[self.step][v], self.before[v]
        if fixed >= 0:
            return _ONLY[fixed]
        if before <= REST:
            return self._in_range[0, v]
        if self.plan.known:
            return self._in_range[1, v]
        return self._in_range[1, v] & ~_ONLY[before]

    def push(self, event: int) -> None:
        """Give the coming voice its event."""
        v = self.voice
        if self.done or not 0 <= event < NUM_VOICE_EVENTS:
            raise CodecError("event {event} cannot come here", event=event)
        before = self.before[v]
        if event == HOLD and before <= REST:
            raise CodecError("a voice cannot hold what does not sound")
        self.voices[self.step, v] = event
        self._last[v] = event
        self.now[v] = before if event == HOLD else event
        self._struck[v] = 1 if event == HOLD else 2
        if event == HOLD or (event == REST and before == REST):
            self._held[v] = min(self._held[v] + 1, MAX_COUNT)
        else:
            self._held[v] = 1
            self._previous[v] = before
        self.voice += 1
        if self.voice == NUM_VOICES:
            self.step, self.voice = self.step + 1, 0
            self.before, self.now = self.now, [0] * NUM_VOICES

    @property
    def done(self) -> bool:
        """True when every sixteenth is filled."""
        return self.step >= self.plan.num_steps

    def share_done(self) -> float:
        """Return the share of the sixteenths that are filled."""
        return self.step / self.plan.num_steps

    def bar_place(self) -> tuple[int, int]:
        """Return the bar, from 0, and how many there are."""
        plan = self.plan
        size = METERS[plan.meter][0] * 16 // METERS[plan.meter][1]
        return max(self.step - plan.pickup, 0) // size, -(-(plan.num_steps - plan.pickup) // size)

    @property
    def events(self) -> np.ndarray:
        """The voice events so far, flat."""
        return self.voices[: self.step + (self.voice > 0)].reshape(-1)[: self.step * NUM_VOICES + self.voice]

    def grid(self) -> ChoraleGrid:
        """Return the finished chorale."""
        fermata = self.plan.fermata if self.plan.fermata is not None else np.zeros(self.plan.num_steps, bool)
        return ChoraleGrid(self.voices.copy(), fermata, self.plan.meter, self.plan.pickup, self.plan.key)
