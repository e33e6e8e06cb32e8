"""What the network sees of a lattice, event after event: LatticeCursor, read_example, events_of, keys_from.

In each sixteenth the keys that sound are named from the lowest up, held or struck; NEXT ends the sixteenth. So a chord
of four notes is five events, not 88, and the likelihood is that of all 88 keys: naming a key says that those passed
over are silent (`engine.players.lattice`).
"""

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from musegen.composers.lattice.grid import (
    CLOCK,
    CLOCK_SIZES,
    HELD,
    LOW_PITCH,
    NUM_KEYS,
    SILENT,
    STRUCK,
    LatticeGrid,
    regular_clock,
)
from musegen.engine.codec import Column, Cursor, Example
from musegen.errors import CodecError

FIRST_HOLD, FIRST_STRIKE, NEXT = 0, NUM_KEYS, 2 * NUM_KEYS
NUM_EVENTS = NEXT + 1
START = NUM_EVENTS
"""What stands for the event before the first."""

_WIDTHS = (12, 8, 6, 4, 8, 6, 0)
TRUNK_COLUMNS = (
    Column("last", NUM_EVENTS + 1, 0),
    *(Column(name, size, width) for name, size, width in zip(CLOCK, CLOCK_SIZES, _WIDTHS, strict=True)),
)

_KEY = np.concatenate([np.arange(NUM_KEYS), np.arange(NUM_KEYS), [NUM_KEYS]])
"""The key of each event; NEXT is above all."""
_ABOVE = _KEY[None, :] > np.arange(-1, NUM_KEYS)[:, None]
"""Which events lie above a key; row k + 1 is key k."""
EVENT_PITCH = np.where((np.arange(NUM_EVENTS) >= FIRST_STRIKE) & (np.arange(NUM_EVENTS) < NEXT), _KEY + LOW_PITCH, -1)
"""The pitch that each event strikes, -1 for none."""


def strike_event(pitch: int) -> int:
    """Return the event that strikes a pitch."""
    return FIRST_STRIKE + pitch - LOW_PITCH


def hold_event(pitch: int) -> int:
    """Return the event that holds a pitch."""
    return FIRST_HOLD + pitch - LOW_PITCH


def events_of(keys: np.ndarray) -> np.ndarray:
    """Return the events of a lattice, ints (N,)."""
    step, key = np.nonzero(keys)
    events = np.where(keys[step, key] == STRUCK, FIRST_STRIKE, FIRST_HOLD) + key
    order = np.lexsort(
        (np.concatenate([key, np.full(len(keys), NUM_KEYS)]), np.concatenate([step, np.arange(len(keys))]))
    )
    return np.concatenate([events, np.full(len(keys), NEXT)])[order].astype(np.int64)


def keys_from(events: np.ndarray) -> np.ndarray:
    """Return the lattice of events, (T, 88).

    Raises:
        CodecError: they are in no order in which keys can be pressed.
    """
    rows, row, lowest = [], np.zeros(NUM_KEYS, np.int8), -1
    before = row
    for event in np.asarray(events).tolist():
        if not 0 <= event < NUM_EVENTS:
            raise CodecError("The events of the keys are not in their places.")
        if event == NEXT:
            rows.append(row)
            before, row, lowest = row, np.zeros(NUM_KEYS, np.int8), -1
            continue
        key = int(_KEY[event])
        if key <= lowest:
            raise CodecError("The keys of a sixteenth are not named from the lowest up.")
        if event < FIRST_STRIKE and before[key] == SILENT:
            raise CodecError("A key is held that was never struck.")
        row[key], lowest = (HELD if event < FIRST_STRIKE else STRUCK), key
    if lowest >= 0:
        raise CodecError("The last sixteenth has no end.")
    return np.array(rows, np.int8).reshape(-1, NUM_KEYS)


@dataclass(frozen=True, slots=True, eq=False)
class LatticePlan:
    """What is known of a piece before it is composed.

    Args:
        grid: whose meter, pickup and key hold; its keys are not looked at.
        num_steps: sixteenths of the whole.
        last: bars of the whole as the network is told, a pickup not counted; None where it is not told.
        open_end: whether the last sixteenth may be silent.
    """

    grid: LatticeGrid
    num_steps: int
    last: int | None
    open_end: bool = False


class LatticeCursor(Cursor):
    """A lattice being filled, sixteenth by sixteenth and in each from the lowest key up.

    Attributes:
        plan: what is known.
        keys: the lattice, (T, 88); what is not filled yet is silent.
        step: the sixteenth being filled.
        key: the highest key that was named in it, -1 for none.
        before: the keys of the sixteenth before, (88,).
        memo: what a mask has worked out of this sixteenth.
    """

    def __init__(self, plan: LatticePlan) -> None:
        self.plan = plan
        self.keys = np.zeros((plan.num_steps, NUM_KEYS), np.int8)
        self.step, self.key = 0, -1
        self.before = np.zeros(NUM_KEYS, np.int8)
        self._clock = regular_clock(plan.num_steps, plan.grid, plan.last).columns().tolist()
        self.memo: tuple[tuple[int, int], Any] | None = None
        self._events: list[int] = []
        self._base = self._allowed_holds()

    def _allowed_holds(self) -> np.ndarray:
        """Return which events this sixteenth may have at all: what does not sound cannot be held."""
        base = np.ones(NUM_EVENTS, bool)
        base[:FIRST_STRIKE] = self.before > SILENT
        return base

    def trunk(self) -> np.ndarray:
        """Return the inputs of the coming event."""
        last = self._events[-1] if self._events else START
        return np.array([last, *self._clock[min(self.step, len(self._clock) - 1)]], np.int16)

    def head(self) -> np.ndarray:
        """Return nothing: an event has no inputs but those of its moment."""
        return np.zeros(0, np.int16)

    @property
    def now(self) -> np.ndarray:
        """The keys of the sixteenth being filled, (88,)."""
        return self.keys[self.step]

    def allowed(self) -> np.ndarray:
        """Return which events may come next, boolean (V,); the last sixteenth is not silent."""
        allowed = self._base & _ABOVE[self.key + 1]
        if self.step == self.plan.num_steps - 1 and self.key < 0 and not self.plan.open_end:
            allowed[NEXT] = False
        return allowed

    def push(self, event: int) -> None:
        """Name the next key that sounds, or end the sixteenth."""
        if self.done or not 0 <= event < NUM_EVENTS:
            raise CodecError("event {event} cannot come here", event=event)
        self._events.append(event)
        if event == NEXT:
            self.before, self.key, self.step = self.keys[self.step], -1, self.step + 1
            self._base = self._allowed_holds()
            return
        self.key = int(_KEY[event])
        self.keys[self.step, self.key] = HELD if event < FIRST_STRIKE else STRUCK

    def copy(self) -> "LatticeCursor":
        """Return a cursor at the same place that goes on by itself; what is planned is shared."""
        other = copy(self)
        other.keys, other._events = self.keys.copy(), self._events.copy()
        return other

    @property
    def done(self) -> bool:
        """True when every sixteenth is filled."""
        return self.step >= self.plan.num_steps

    def share_done(self) -> float:
        """Return the share of the sixteenths that are filled."""
        return self.step / self.plan.num_steps

    def bar_place(self) -> tuple[int, int]:
        """Return the bar, from 0, and how many there are."""
        grid = self.plan.grid
        total = max(-(-(self.plan.num_steps - grid.pickup) // grid.bar_steps), 1)
        return min(max(self.step - grid.pickup, 0) // grid.bar_steps, total - 1), total

    @property
    def events(self) -> np.ndarray:
        """The events so far."""
        return np.array(self._events, np.int64)

    def grid(self) -> LatticeGrid:
        """Return the finished lattice."""
        plan = self.plan.grid
        return LatticeGrid(self.keys.copy(), plan.meter, plan.pickup, plan.key)


def read_example(grid: LatticeGrid, last: int | None) -> Example:
    """Return a whole piece as the network is shown it, N events; what a cursor shows it.

    Args:
        grid: the piece.
        last: its bars, where they are told.
    """
    events = events_of(grid.keys)
    clock = regular_clock(len(grid.keys), grid, last).columns()
    step = np.concatenate([[0], np.cumsum(events == NEXT)[:-1]])
    trunk = np.column_stack([np.concatenate([[START], events[:-1]]), clock[step]]).astype(np.int16)
    count = len(events)
    return Example(trunk, np.zeros((count, 1, 0), np.int16), events[:, None], np.ones((count, 1), np.float32))
