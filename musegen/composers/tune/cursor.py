"""Events and grammar of folk tunes: the vocabulary, the cursor, and how a tune is brought to an end.

A tune is: meter, mode, perhaps a pickup length, then durations, pitches, rests, ties and bar lines, then the end.
A duration event stands exactly where the length changes; a bar line event at every bar line; a double bar or repeat
sign replaces it there, or stands alone inside a bar. Each piece of music has one spelling only: a length that is no
duration event is spelled largest first, by ties for notes and further rests for silence. Time is in ticks of 1/24
quarter. Pitches are in the codec's own key, the tonic being C.
"""

from copy import copy
from functools import cache
from typing import NamedTuple

import numpy as np

from musegen.engine.codec import Column, Cursor, Vocabulary
from musegen.errors import CodecError

TICKS_PER_QUARTER = 24
METERS = ((2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8), (3, 8))
MODES = ("major", "minor", "dorian", "mixolydian")
DURATIONS = (3, 4, 6, 8, 9, 12, 18, 24, 36, 48, 72, 96)
PICKUPS = (6, 9, 12, 18, 24, 30, 36, 42, 48, 60, 72)
LOW, HIGH = 55, 88
SIGNS = ("|", "||", "|:", ":|", "::")
LOOKBACK_BARS = (1, 2, 4, 8)
BAR_TICKS = tuple(n * 4 * TICKS_PER_QUARTER // d for n, d in METERS)
MAX_BAR = max(BAR_TICKS)
DEFAULT_DURATION = DURATIONS.index(12)
MAX_REMAINING = 32
WINDOW = 12
"""Ticks in which times are either thirty-seconds or sixteenth triplets."""

_NUM_PITCHES = HIGH - LOW + 1
END = 0
METER = 1
MODE = METER + len(METERS)
PICKUP = MODE + len(MODES)
DURATION = PICKUP + len(PICKUPS)
REST = DURATION + len(DURATIONS)
TIE = REST + 1
SIGN = TIE + 1
PITCH = SIGN + len(SIGNS)
SIZE = PITCH + _NUM_PITCHES
BAR, DOUBLE, REPEAT_START, REPEAT_END, REPEAT_BOTH = range(SIGN, SIGN + 5)

KINDS = ("end", "meter", "mode", "pickup", "duration", "rest", "tie", "bar", "double", "repeat", "pitch")
_COUNTS = (1, len(METERS), len(MODES), len(PICKUPS), len(DURATIONS), 1, 1, 1, 1, 3, _NUM_PITCHES)


def build_vocabulary() -> Vocabulary:
    """Return the events with their kinds, pitches and lengths in ticks."""
    pitch, steps = np.full(SIZE, -1), np.zeros(SIZE, int)
    pitch[PITCH:] = np.arange(LOW, HIGH + 1)
    steps[PICKUP:DURATION] = PICKUPS
    steps[DURATION:REST] = DURATIONS
    return Vocabulary(KINDS, np.repeat(np.arange(len(KINDS)), _COUNTS), pitch, steps)


def may_step(position: int, ticks: int) -> bool:
    """True where a boundary may follow `ticks` after one at `position`, both counted from a bar line.

    In each window of half a quarter all boundaries are thirty-seconds (multiples of 3) or all are sixteenth triplets
    (multiples of 4), so that a triplet is never left half way.
    """
    end = position + ticks
    start, place = position % WINDOW, end % WINDOW
    if place % 3 and place % 4:
        return False
    if position // WINDOW != end // WINDOW or not start or not place:
        return True
    return (start % 3 == 0) == (place % 3 == 0)


@cache
def _spell(start: int, ticks: int) -> tuple[int, ...] | None:
    if not ticks:
        return ()
    for part in reversed(DURATIONS):
        if part <= ticks and may_step(start, part):
            rest = _spell((start + part) % WINDOW, ticks - part)
            if rest is not None:
                return (part, *rest)
    return None


def spell_length(position: int, ticks: int) -> tuple[int, ...]:
    """Return the durations, the largest possible first, that lead from `position` to `ticks` later within a bar.

    Every beginning of such a spelling is the spelling of its own length: so a cursor can tell, part by part,
    whether a chain of ties or rests is the one spelling.

    Raises:
        ValueError: there are none.
    """
    parts = _spell(position % WINDOW, ticks)
    if parts is None:
        raise ValueError(f"no durations make {ticks} ticks from {position}")
    return parts


def fits(position: int, end: int) -> bool:
    """True where durations lead from one place in a bar to another, or both are the same."""
    return end >= position and _spell(position % WINDOW, end - position) is not None


def columns() -> tuple[Column, ...]:
    """Return what the network sees before each event."""
    pitch, back = _NUM_PITCHES + 2, 2 + 2 * _NUM_PITCHES
    durations = len(DURATIONS) + 1
    return (
        Column("event", SIZE, 64),
        Column("position", MAX_BAR + 1, 24),
        Column("bar_left", MAX_BAR + 1, 16),
        Column("meter", len(METERS) + 1, 8),
        Column("mode", len(MODES) + 1, 4),
        Column("duration", durations, 8, "duration"),
        Column("bar_in_section", 8, 8),
        Column("section", 8, 4),
        Column("pitch", pitch, 32, "pitch"),
        Column("strong_pitch", pitch, 32, "pitch"),
        *(Column(f"pitch_{bars}_bars_ago", back, 16, "lookback") for bars in LOOKBACK_BARS),
        *(Column(f"duration_{bars}_bars_ago", durations, 8, "duration") for bars in LOOKBACK_BARS),
        Column("bars_remaining", MAX_REMAINING + 2, 16),
    )


class Segment(NamedTuple):
    """A sounded stretch: onset and length in ticks, pitch or None for a rest, tied to the one before."""

    onset: int
    ticks: int
    pitch: int | None
    tied: bool


_MASKS: dict[tuple, np.ndarray] = {}


class FolkTuneCursor(Cursor):
    """Where a tune being made stands.

    Attributes:
        meter: index into METERS, -1 before it is known; mode: index into MODES, -1 before.
        bar_ticks: length of a bar; pickup: length of the pickup, both in ticks.
        position: ticks since the bar line; in a pickup, counted as if the bar were whole.
        now: ticks since the start.
        bar_index: 0 in the first whole bar, -1 in a pickup.
        duration: index into DURATIONS of the current length; pending: it has just been set.
        pitch: the last pitch, -1 before the first; sounding: the last stretch was a note, not a rest.
        segments: what was played; signs: (tick, event) of double bars and repeat signs.

    Args:
        num_bars: planned whole bars of the tune, as told to the network; None where there is no plan.
    """

    def __init__(self, num_bars: int | None = None) -> None:
        self.num_bars = num_bars
        self.meter = self.mode = -1
        self.bar_ticks = self.pickup = self.position = self.now = self.bar_index = 0
        self.duration, self.pending = DEFAULT_DURATION, False
        self.pitch, self.strong, self.sounding = -1, -1, False
        self.segments: list[Segment] = []
        self.signs: list[tuple[int, int]] = []
        self._events: list[int] = []
        self._allowed: np.ndarray | None = None  # kept until the next event
        self._phase = 0  # 0 meter, 1 mode, 2 pickup or music, 3 music, 4 done
        self._chain = 0  # ticks of the running note or rest within this bar
        self._running = ""  # "note" or "rest" that may be prolonged
        self._after_sign = True  # no sign may follow
        self._open_start = False  # a sign that needs music after it
        self._note_end = self._repeat_end = 0
        self._sound_at: list[int] = []  # segment of each tick
        self._duration_at: list[int] = []  # duration index + 1 of each segment
        self._section, self._bar_in_section = 0, 0

    def copy(self) -> "FolkTuneCursor":
        """Return a cursor at the same place that goes on by itself."""
        other = copy(self)
        for name in ("segments", "signs", "_events", "_sound_at", "_duration_at"):
            setattr(other, name, getattr(self, name).copy())
        return other

    @property
    def num_events(self) -> int:
        """How many events there are so far."""
        return len(self._events)

    @property
    def done(self) -> bool:
        """True after the end event."""
        return self._phase == 4

    def share_done(self) -> float:
        """Return the share of the planned bars that are made, 0 without a plan."""
        return max(self.bar_index, 0) / self.num_bars if self.num_bars else 0.0

    def bar_place(self) -> tuple[int, int]:
        """Return the bar, from 0, and how many are planned."""
        return max(self.bar_index, 0), self.num_bars or 1

    @property
    def events(self) -> np.ndarray:
        """The events so far, shape (T,)."""
        return np.array(self._events, np.int32)

    # What the network sees

    def trunk(self) -> np.ndarray:
        """Return the inputs before the coming event, int16 of shape (columns,)."""
        return np.array(self.row(), np.int16)

    def head(self) -> np.ndarray:
        """Return the inputs of the coming event: none, shape (0,)."""
        return np.zeros(0, np.int16)

    def row(self) -> list[int]:
        """Return the inputs before the coming event as a list."""
        pitches, durations = [], []
        for bars in LOOKBACK_BARS:
            tick = self.now - bars * self.bar_ticks
            if tick < 0 or not self.bar_ticks or tick >= len(self._sound_at):
                pitches.append(0)
                durations.append(0)
                continue
            index = self._sound_at[tick]
            segment = self.segments[index]
            begins = segment.onset == tick and not segment.tied
            pitches.append(1 if segment.pitch is None else 2 + segment.pitch - LOW + (_NUM_PITCHES if begins else 0))
            durations.append(self._duration_at[index])
        return [
            self._events[-1] if self._events else END,  # nothing yet looks like the end of the tune before
            self.position,
            self.bar_ticks - self.position,
            self.meter + 1,
            self.mode + 1,
            self.duration + 1,
            self._bar_in_section % 8,
            min(self._section, 7),
            0 if self.pitch < 0 else 2 + self.pitch - LOW if self.sounding else 1,
            0 if self.strong < 0 else 2 + self.strong - LOW,
            *pitches,
            *durations,
            self._remaining(),
        ]

    def _remaining(self) -> int:
        if self.num_bars is None:
            return 0
        left = self.num_bars - self.bar_index
        return min(left, MAX_REMAINING) if left > 0 else MAX_REMAINING + 1

    # The grammar

    def can_end(self) -> bool:
        """True where the end event may come."""
        if self._phase < 3 or self.pending or self._open_start or not self._note_end:
            return False
        at_line = self.position == 0 and self._after_sign
        if not at_line and not (self.pickup and self.position == self.bar_ticks - self.pickup and self.bar_index >= 0):
            return False
        return end_tick(max(self._note_end, self._repeat_end), self.bar_ticks, self.pickup) == self.now

    def allowed(self) -> np.ndarray:
        """Return which events may come next, boolean, shape (V,), read-only."""
        if self._allowed is None:
            key = self._mask_key()
            if key not in _MASKS:
                _MASKS[key] = _build_mask(key)
            self._allowed = _MASKS[key]
        return self._allowed

    def _mask_key(self) -> tuple:
        if self._phase in (0, 1, 4):
            return (self._phase,)
        ticks = DURATIONS[self.duration]
        canonical = not self._chain or self._continues_spelling(ticks)
        tie = self._running == "note" and canonical
        rest = self._running != "rest" or canonical
        return (
            self._phase, self.bar_ticks, self.position, self.duration, self.pending, tie, rest,
            self._after_sign, self.now == 0 and not self.signs, self.can_end(),
        )  # fmt: skip

    def _continues_spelling(self, ticks: int) -> bool:
        start, end = self.position - self._chain, self.position + ticks
        return may_step(self.position, ticks) and spell_length(start, end - start)[-1] == ticks

    def push(self, event: int) -> None:
        """Append an event.

        Raises:
            CodecError: the event may not come here.
        """
        event = int(event)
        if not 0 <= event < SIZE or not self.allowed()[event]:
            raise CodecError(
                "Event {event} may not stand at place {num_events} of a tune.",
                event=event,
                num_events=len(self._events),
            )
        self._events.append(event)
        self._allowed = None
        if event == END:
            self._phase = 4
        elif event < MODE:
            self.meter, self._phase = event - METER, 1
            self.bar_ticks = BAR_TICKS[self.meter]
        elif event < PICKUP:
            self.mode, self._phase = event - MODE, 2
        elif event < DURATION:
            self.pickup, self._phase = PICKUPS[event - PICKUP], 3
            self.position, self.bar_index, self._bar_in_section = self.bar_ticks - self.pickup, -1, -1
        else:
            self._phase = 3
            if event < REST:
                self.duration, self.pending = event - DURATION, True
            elif SIGN <= event < PITCH:
                self._push_sign(event)
            else:
                self._push_sound(event)

    def _push_sign(self, event: int) -> None:
        self._after_sign = True
        if self.position == self.bar_ticks:
            self.position = self._chain = 0
            self.bar_index += 1
            self._bar_in_section += 1
        else:
            self._running, self._chain = "", 0
        if event == BAR:
            return
        self.signs.append((self.now, event))
        if event == REPEAT_END:
            self._repeat_end = self.now
        else:
            self._open_start = True
        if self.now:
            self._section += 1
        self._bar_in_section = 0 if self.position == 0 else -1

    def _push_sound(self, event: int) -> None:
        ticks = DURATIONS[self.duration]
        kind = "rest" if event == REST else "note"
        self._chain = ticks if kind != self._running or event >= PITCH else self._chain + ticks
        self._running, self.pending, self._after_sign = kind, False, False
        self.sounding = kind == "note"
        if event >= PITCH:
            self.pitch = LOW + event - PITCH
            self._open_start = False
        if self.sounding and (self.position == 0 or 2 * self.position == self.bar_ticks):
            self.strong = self.pitch
        self._sound_at.extend([len(self.segments)] * ticks)
        self._duration_at.append(self.duration + 1)
        self.segments.append(Segment(self.now, ticks, self.pitch if self.sounding else None, event == TIE))
        self.now += ticks
        self.position += ticks
        if self.sounding:
            self._note_end = self.now
            self._open_start = False


def end_tick(end: int, bar_ticks: int, pickup: int) -> int:
    """Return where a tune ends whose last note or sign is at `end`: a bar line, or a bar less the pickup."""
    if end <= pickup:
        return pickup
    over = (end - pickup) % bar_ticks
    if not over:
        return end
    return end - over + (bar_ticks - pickup if fits(over, bar_ticks - pickup) else bar_ticks)


def _leads_on(position: int, duration: int, bar_ticks: int) -> bool:
    """True where a duration may come at a position: within the bar, on the grid, and the bar can still be filled."""
    end = position + DURATIONS[duration]
    return end <= bar_ticks and may_step(position, DURATIONS[duration]) and fits(end, bar_ticks)


def _build_mask(key: tuple) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    phase = key[0]
    if phase == 0:
        mask[METER:MODE] = True
    elif phase == 1:
        mask[MODE:PICKUP] = True
    elif phase < 4:
        _, bar_ticks, position, duration, pending, tie, rest, after_sign, at_start, can_end = key
        mask[END] = can_end
        left = bar_ticks - position
        if phase == 2:
            mask[PICKUP:DURATION] = [ticks < bar_ticks for ticks in PICKUPS]
        if left == 0:
            mask[SIGN:PITCH] = True
        elif _leads_on(position, duration, bar_ticks):
            mask[PITCH:] = True
            mask[TIE], mask[REST] = tie, rest
        if not pending and left:
            mask[DURATION:REST] = [i != duration and _leads_on(position, i, bar_ticks) for i in range(len(DURATIONS))]
            mask[DOUBLE:PITCH] = not after_sign
        if at_start and not pending and (phase == 2 or after_sign):
            mask[REPEAT_START] = True
    mask.setflags(write=False)
    return mask


# Ends

TONICS = np.array([event for event in range(PITCH, SIZE) if (LOW + event - PITCH) % 12 == 0])


def _can_close(position: int, end: int, least: int) -> bool:
    """True where the way to `end` can be filled so that the last note is one duration of at least `least` ticks."""
    return any(d >= least and fits(position, end - d) and may_step(end - d, d) for d in DURATIONS)


@cache
def _closing_durations(position: int, end: int) -> np.ndarray:
    """Return which durations may come on the way to the end of the tune, shape (durations,).

    The last note has at least a quarter where that is possible, else as much as can be.
    """
    lengths = [d for d in DURATIONS if _can_close(position, end, d)]
    least = min(TICKS_PER_QUARTER, max(lengths, default=MAX_BAR))
    return np.array([
        may_step(position, d)
        and ((position + d == end and d >= least) or _can_close(position + d, end, least))
        for d in DURATIONS
    ])  # fmt: skip


def ending_mask(cursor: FolkTuneCursor, num_bars: int, *, complement_pickup: bool = False) -> np.ndarray:
    """Return which events may come next so that the tune ends on the tonic after exactly `num_bars` bars.

    The last note is a struck C of at least a quarter (or as long as the place allows) that reaches the end. Some
    event is always allowed, whatever was drawn before under this mask, as long as a C is left in the range.

    Args:
        cursor: where the tune stands, in the last bar or before it.
        num_bars: whole bars, a pickup not counted, at least 1.
        complement_pickup: leave the length of the pickup out of the last bar, as printed tunes do.

    Raises:
        ValueError: the tune is already longer, or its last bar is already too full.
    """
    allowed = cursor.allowed()
    if cursor.done or cursor.meter < 0 or cursor.mode < 0:
        return allowed
    size = cursor.bar_ticks - (cursor.pickup if complement_pickup else 0)
    if cursor.bar_index >= num_bars:
        if cursor.bar_index > num_bars or cursor.position or not cursor.can_end():
            raise ValueError(f"the tune already has more than {num_bars} bars")
        return _only(allowed, END)
    mask = allowed.copy()
    mask[END] = False
    if cursor.bar_index < num_bars - 1:
        return mask
    mask[PICKUP:DURATION] = False
    left = size - cursor.position
    if left == 0:
        if cursor.bar_ticks > size:
            return _only(allowed, END, REPEAT_END)
        return _only(allowed, BAR, REPEAT_END)
    return closing_mask(cursor, mask, left)


def _only(allowed: np.ndarray, *events: int) -> np.ndarray:
    mask = np.zeros_like(allowed)
    mask[list(events)] = allowed[list(events)]
    return mask


def closing_mask(cursor: FolkTuneCursor, mask: np.ndarray, left: int) -> np.ndarray:
    """Narrow a mask, in place, so that a close on the tonic is reached in `left` ticks, within this bar; return it.

    Raises:
        ValueError: no close is left.
    """
    if left < min(DURATIONS):
        raise ValueError("the last bar is already too full to close in it")
    table = _closing_durations(cursor.position, cursor.position + left)
    mask[DURATION:REST] &= table
    mask[DOUBLE:PITCH] = False
    sounds = mask[PITCH:].copy()
    if not table[cursor.duration]:
        mask[PITCH:] = mask[REST] = mask[TIE] = False
    elif DURATIONS[cursor.duration] == left:
        mask[PITCH:] = mask[REST] = mask[TIE] = False
        mask[TONICS] = sounds[TONICS - PITCH]
    if not mask.any():
        raise ValueError("the last bar can no longer close on the tonic")
    return mask
