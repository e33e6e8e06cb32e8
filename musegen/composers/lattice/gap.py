"""What must come and what may where stretches of a lattice are composed again: GapRules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np

from musegen.composers.gaps import Gap
from musegen.composers.lattice.grid import HELD, LOW_PITCH, NUM_KEYS, STRUCK
from musegen.composers.lattice.reading import EVENT_PITCH, FIRST_STRIKE, NEXT, NUM_EVENTS, LatticeCursor
from musegen.composers.slots import Slot, pull_towards

RIGHT, LEFT = 0, 1
_RIGHT_FROM, _LEFT_TO = 55 - LOW_PITCH, 67 - LOW_PITCH
"""Keys that a hand keeps to where the other one is silent."""
_KEYS = np.concatenate([np.arange(NUM_KEYS)] * 2)


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """A note of the piece.

    Args:
        start: sixteenth.
        end: exclusive.
        key: 0 to 87.
        hand: RIGHT or LEFT.
        gap: in which it is composed again, None where it stays.
    """

    start: int
    end: int
    key: int
    hand: int
    gap: Gap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySlot(Slot):
    """A note that comes at its time with another pitch.

    Args:
        hand: that plays it.
        end: sixteenth at which it ends.
        key: that it had.
    """

    hand: int
    end: int
    key: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Chords that come in their order, within a bar, in a new rhythm.

    Args:
        hand: that plays them.
        begin: first sixteenth.
        end: exclusive.
        chords: keys of each, ascending.
    """

    hand: int
    begin: int
    end: int
    chords: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Frame:
    """What is worked out once a sixteenth.

    Args:
        must: event of each key that has one to come.
        may_hold: keys that may be held on, boolean (88,).
        zone: keys that may be struck, boolean (88,).
        free: whether any number of notes may be struck.
        slots: notes that must be struck, from the lowest up.
        chords: (keys of a unit's chord that may be struck here, whether they must be) of each hand that has one.
    """

    must: dict[int, int]
    may_hold: np.ndarray
    zone: np.ndarray
    free: bool
    slots: tuple[KeySlot, ...]
    chords: tuple[tuple[tuple[int, ...], bool], ...]


@dataclass(eq=False)
class GapRules:
    """Masks for a lattice of which stretches are composed again.

    Args:
        notes: of the piece, by start.
        gaps: that are filled; the track is the hand.
        num_steps: sixteenths of the whole.
        bar: bar of each sixteenth, shape (T,).
        low: lowest key that may be struck anew.
        high: highest.
    """

    notes: Sequence[PlacedNote]
    gaps: Sequence[Gap]
    num_steps: int
    bar: np.ndarray
    low: int = 0
    high: int = NUM_KEYS - 1
    fixed: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.fixed = lattice_of([note for note in self.notes if note.gap is None], self.num_steps)
        self._until = np.zeros((self.num_steps, 2), int)
        self._slots: dict[int, list[KeySlot]] = {}
        self._units: list[Unit] = []
        for gap in self.gaps:
            start, end = round(gap.start * 4), min(round(gap.end * 4), self.num_steps)
            again = [note for note in self.notes if note.gap is gap]
            if gap.keep == "rhythm":
                for note in again:
                    slot = KeySlot(
                        free=True, near_semitones=gap.near_semitones, hand=note.hand, end=note.end, key=note.key
                    )
                    self._slots.setdefault(note.start, []).append(slot)
            elif gap.keep == "pitches":
                self._units += self._in_bars(again, start, end)
            else:
                self._until[start:end, gap.track] = end
        for slots in self._slots.values():
            slots.sort(key=lambda slot: (slot.hand != LEFT, slot.key))

    def _in_bars(self, notes: Sequence[PlacedNote], start: int, end: int) -> list[Unit]:
        """Return the chords of a gap whose pitches are kept, bar by bar."""
        units = []
        for bar, group in groupby(notes, key=lambda note: int(self.bar[note.start])):
            own = list(group)
            inside = np.flatnonzero(self.bar == bar)
            begin, until = max(start, int(inside[0])), min(end, int(inside[-1]) + 1)
            chords = tuple(tuple(sorted(n.key for n in chord)) for _, chord in groupby(own, key=lambda n: n.start))
            units.append(Unit(own[0].hand, begin, until, chords))
        return units

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """The stretches [start, end) in which something is composed again, from the first to the last."""
        covered = np.zeros(self.num_steps + 1, bool)
        for gap in self.gaps:
            covered[round(gap.start * 4) : min(round(gap.end * 4), self.num_steps)] = True
        for note in self.notes:
            if note.gap is not None:
                covered[note.start : note.end] = True
        covered[-1] = False
        edges = np.flatnonzero(np.diff(np.concatenate([[False], covered]).astype(int)))
        return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    # ------------------------------------------------------------------------------------------------ the masks

    def mask(self, cursor: LatticeCursor) -> np.ndarray:
        """Return which events may come next, boolean (V,); there is always one."""
        frame = self._frame(cursor)
        allowed = np.zeros(NUM_EVENTS, bool)
        struck = self._struck(cursor.keys[cursor.step], cursor.step)
        ahead = sorted(key for key in frame.must if key > cursor.key)
        limit = ahead[0] if ahead else NUM_KEYS
        for key in np.flatnonzero(frame.may_hold).tolist():
            allowed[key] = cursor.key < key < limit
        lacking = max(len(frame.slots) - len(struck), 0)
        candidates = [k for k in np.flatnonzero(frame.zone).tolist() if k > cursor.key and k not in frame.must]
        open_ = candidates[: len(candidates) - lacking + 1] if lacking else candidates if frame.free else []
        for key in open_:
            allowed[FIRST_STRIKE + key] |= key < limit
        room = sum(key > limit for key in candidates) >= lacking
        owed: list[int] = []
        for chord, due in frame.chords:
            begun = any(cursor.keys[cursor.step, key] == STRUCK for key in chord)
            left = [key for key in chord if key > cursor.key and cursor.keys[cursor.step, key] != STRUCK]
            if begun or due:
                owed += left
            if left and (begun or due or left == list(chord)) and left[0] < limit:
                allowed[FIRST_STRIKE + left[0]] = True
        if owed:
            allowed[:NEXT][_KEYS > min(owed)] = False
            allowed[min(owed)] = False  # it is struck, not held on
        if ahead and room and not (owed and min(owed) < limit):
            allowed[frame.must[limit]] = True
        allowed[NEXT] = not ahead and not lacking and not owed
        allowed &= cursor.allowed()
        if not allowed.any():
            allowed[frame.must[limit] if ahead else NEXT] = True
        return allowed

    def leaning(self, cursor: LatticeCursor) -> np.ndarray | None:
        """Return nats towards the old pitch of the note that comes next, where that was asked for."""
        slots = self._slots.get(cursor.step)
        if not slots:
            return None
        count = len(self._struck(cursor.keys[cursor.step], cursor.step))
        if count >= len(slots) or not slots[count].pulls:
            return None
        nats = np.zeros(NUM_EVENTS)
        pitches = EVENT_PITCH[FIRST_STRIKE:NEXT]
        slot = slots[count]
        nats[FIRST_STRIKE:NEXT] = pull_towards(slot.key + LOW_PITCH, pitches, slot.near_semitones)
        return nats

    def hands(self, keys: np.ndarray) -> dict[tuple[int, int], int]:
        """Return which hand plays new notes where the gaps decide it, by sixteenth and MIDI pitch."""
        found = {}
        for start, end in self.runs:
            for step in range(start, min(end, len(keys))):
                struck = self._struck(keys[step], step)
                hands = [hand for hand in (RIGHT, LEFT) if self._until[step, hand]]
                slots = self._slots.get(step, [])
                units = [unit.hand for unit in self._units if unit.begin <= step < unit.end]
                for place, key in enumerate(struck):
                    if len(slots) == len(struck):
                        found[step, key + LOW_PITCH] = slots[place].hand
                    elif len({*hands, *units, *(s.hand for s in slots)}) == 1:
                        found[step, key + LOW_PITCH] = [*hands, *units, *(s.hand for s in slots)][0]
                    else:
                        in_unit = [u.hand for u in self._units
                                   if u.begin <= step < u.end and any(key in chord for chord in u.chords)]  # fmt: skip
                        if in_unit:
                            found[step, key + LOW_PITCH] = in_unit[0]
        return found

    # ------------------------------------------------------------------------------------------------ a sixteenth

    def _struck(self, row: np.ndarray, step: int) -> list[int]:
        """Return the keys that were struck anew in a sixteenth, ascending."""
        return np.flatnonzero((row == STRUCK) & (self.fixed[step] == 0)).tolist()

    def _frame(self, cursor: LatticeCursor) -> _Frame:
        if cursor.memo is not None and cursor.memo[0] == (id(self), cursor.step):
            return cursor.memo[1]
        frame = self._made(cursor)
        cursor.memo = ((id(self), cursor.step), frame)
        return frame

    def _made(self, cursor: LatticeCursor) -> _Frame:
        step, fixed = cursor.step, self.fixed[cursor.step]
        must = {key: FIRST_STRIKE + key if fixed[key] == STRUCK else key for key in np.flatnonzero(fixed).tolist()}
        may_hold = np.zeros(NUM_KEYS, bool)
        for key in np.flatnonzero(cursor.before).tolist():
            if key in must:
                continue
            start = self._start(cursor, key)
            slot = self._slot_of(cursor, start, key)
            if slot is not None:
                if slot.end > step:
                    must[key] = key
            elif any(key in chord for unit in self._units for chord in unit.chords if unit.begin <= start < unit.end):
                may_hold[key] = any(u.begin <= start < u.end and step < u.end for u in self._units)
            else:
                may_hold[key] = step < self._until[start].max()
        slots = tuple(self._slots.get(step, ()))
        hands = {hand for hand in (RIGHT, LEFT) if self._until[step, hand]} | {slot.hand for slot in slots}
        zone = self._zone(step, hands)
        zone[[key for key in must]] = False
        if slots and np.count_nonzero(zone) < len(slots):
            zone = np.array([key not in must for key in range(NUM_KEYS)])
        return _Frame(must, may_hold, zone, bool(self._until[step].any()), slots, self._chords(cursor))

    def _start(self, cursor: LatticeCursor, key: int) -> int:
        """Return where what a key sounds began."""
        struck = np.flatnonzero(cursor.keys[: cursor.step, key] == STRUCK)
        return int(struck[-1]) if len(struck) else 0

    def _slot_of(self, cursor: LatticeCursor, start: int, key: int) -> KeySlot | None:
        """Return the slot that a new note fills: the left hand's are the lowest, the right hand's the highest."""
        slots = self._slots.get(start)
        if not slots:
            return None
        struck = self._struck(cursor.keys[start], start)
        if key not in struck:
            return None
        place, left = struck.index(key), sum(slot.hand == LEFT for slot in slots)
        if place < left:
            return slots[place]
        from_top = len(struck) - place
        return slots[-from_top] if from_top <= len(slots) - left else None

    def _chords(self, cursor: LatticeCursor) -> tuple[tuple[tuple[int, ...], bool], ...]:
        """Return the chords of units that may be struck in this sixteenth, and whether they must."""
        found = []
        for unit in self._units:
            if not unit.begin <= cursor.step < unit.end:
                continue
            done = 0
            for step in range(unit.begin, cursor.step):
                if done < len(unit.chords) and self._has_struck(cursor, step, unit.chords[done]):
                    done += 1
            if done < len(unit.chords):
                chord = tuple(key for key in unit.chords[done] if self.fixed[cursor.step, key] == 0)
                if chord:
                    found.append((chord, len(unit.chords) - done >= unit.end - cursor.step))
        return tuple(found)

    def _has_struck(self, cursor: LatticeCursor, step: int, chord: tuple[int, ...]) -> bool:
        """Return whether a chord was struck in a sixteenth, but for what stays there anyhow."""
        own = [key for key in chord if self.fixed[step, key] == 0]
        return bool(own) and all(cursor.keys[step, key] == STRUCK for key in own)

    def _zone(self, step: int, hands: set[int]) -> np.ndarray:
        """Return the keys at which hands may strike new notes: above or below what the other one holds."""
        zone = np.zeros(NUM_KEYS, bool)
        if hands:
            zone[self.low : self.high + 1] = True
        if len(hands) == 1:
            other = [n.key for n in self.notes
                     if n.gap is None and n.hand not in hands and n.start <= step < n.end]  # fmt: skip
            narrowed = zone.copy()
            if RIGHT in hands:
                narrowed[: max(other) + 1 if other else _RIGHT_FROM] = False
            else:
                narrowed[min(other) if other else _LEFT_TO :] = False
            zone = narrowed if narrowed.any() else zone
        return zone


def lattice_of(notes: Sequence[PlacedNote], num_steps: int) -> np.ndarray:
    """Return the lattice of notes, (T, 88)."""
    keys = np.zeros((num_steps, NUM_KEYS), np.int8)
    for note in notes:
        keys[note.start : note.end, note.key] = np.maximum(keys[note.start : note.end, note.key], HELD)
    for note in notes:
        if note.start < num_steps:
            keys[note.start, note.key] = STRUCK
    return keys
