"""Which hand of a keyboard player takes which note, by what two hands can do.

At each onset the lowest notes go to the left hand and the others to the right. Where to divide is chosen for all onsets
together by dynamic programming over what the hands hold and where they lie, kept to the likeliest few at each onset (a
beam): a hand reaches a tenth at most and an octave with ease, has five fingers, moves little and the less the less
time it has, would rather not play on under notes that it holds or press notes of several lengths, does not cross the
other, and keeps to its side of the keyboard where nothing else decides. Such costs of span and movement are those of
models of fingering (Parncutt and others, "An ergonomic model of keyboard fingering for melodic fragments", Music
Perception 14, 1997); here they choose hands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

_EASY_SPAN, _WIDEST_SPAN = 12, 16
"""Semitones: an octave, and a tenth."""
_FINGERS = 5
_HALF_HAND = 6.0
"""Semitones that a hand reaches to each side without moving."""
_MIDDLE = 62.0
_BEAM = 6
_TOO_WIDE, _WIDE, _TOO_MANY, _CROSSED = 6.0, 0.4, 12.0, 1.2
_MOVE, _NEAR, _SIDE, _LET_GO, _BUSY, _MIXED = 0.2, 0.04, 0.06, 4.0, 1.8, 2.2
_PLACES = (50.0, 70.0)
"""Pitches over which the hands lie before they play, left and right."""


@dataclass(frozen=True, slots=True)
class Key:
    """One note to be played: ticks of start and end, MIDI pitch."""

    start: int
    end: int
    pitch: int


@dataclass(frozen=True, slots=True)
class _Hand:
    """Where a hand lies, since when, and what it holds (end tick, pitch)."""

    place: float
    time: int
    held: tuple[tuple[int, int], ...] = ()


_State = tuple[float, _Hand, _Hand, tuple]
"""Cost, left hand, right hand, and how many notes went left at each onset so far, as a chain."""


def split_keys(keys: Sequence[Key], quarter: int) -> list[bool]:
    """Return for each note whether the left hand plays it.

    Args:
        keys: in order of start.
        quarter: ticks of a quarter note.
    """
    slices: list[list[int]] = []
    for index, key in enumerate(keys):
        if not slices or keys[slices[-1][0]].start != key.start:
            slices.append([])
        slices[-1].append(index)
    states: list[_State] = [(0.0, _Hand(_PLACES[0], -4 * quarter), _Hand(_PLACES[1], -4 * quarter), ())]
    for members in slices:
        members.sort(key=lambda i: keys[i].pitch)
        notes = [keys[i] for i in members]
        following: dict[tuple, _State] = {}
        for state in states:
            for count in range(len(notes) + 1):
                new = _play(state, notes, count, quarter)
                position = (new[1], new[2])
                if position not in following or new[0] < following[position][0]:
                    following[position] = new
        states = sorted(following.values(), key=lambda s: s[0])[:_BEAM]
    chain = states[0][3]
    is_left = [False] * len(keys)
    for members in reversed(slices):
        chain, count = chain
        for index in members[:count]:
            is_left[index] = True
    return is_left


def _play(state: _State, notes: list[Key], count: int, quarter: int) -> _State:
    """Return the state after the lowest `count` notes were played by the left hand and the others by the right."""
    cost, left, right, chain = state
    start = notes[0].start
    low, high = notes[:count], notes[count:]
    left, left_cost = _take(left, low, start, quarter)
    right, right_cost = _take(right, high, start, quarter)
    cost += left_cost + right_cost
    if low:
        cost += _SIDE * sum(max(0.0, n.pitch - _MIDDLE) for n in low)
    if high:
        cost += _SIDE * sum(max(0.0, _MIDDLE - n.pitch) for n in high)
    if left.held and right.held:
        cost += _CROSSED * (max(p for _, p in left.held) > min(p for _, p in right.held))
    return cost, left, right, (chain, count)


def _take(hand: _Hand, notes: list[Key], start: int, quarter: int) -> tuple[_Hand, float]:
    """Return a hand after it has pressed notes, and what that costs."""
    held = tuple(h for h in hand.held if h[0] > start)
    if not notes:
        return (hand if len(held) == len(hand.held) else replace(hand, held=held)), 0.0
    pitches = [n.pitch for n in notes]
    cost = _BUSY * bool(held) + _MIXED * (len({n.end for n in notes}) - 1)
    together = [*pitches, *(p for _, p in held)]
    if max(together) - min(together) > _WIDEST_SPAN and held:  # what cannot be held any more is let go
        cost += _LET_GO
        held = ()
        together = pitches
    span = max(together) - min(together)
    cost += _WIDE * max(0, min(span, _WIDEST_SPAN) - _EASY_SPAN) + _TOO_WIDE * max(0, span - _WIDEST_SPAN)
    cost += _TOO_MANY * max(0, len(together) - _FINGERS)
    lowest, highest = min(together), max(together)
    place = min(max(hand.place, highest - _HALF_HAND), lowest + _HALF_HAND)
    if highest - lowest > 2 * _HALF_HAND:
        place = (lowest + highest) / 2
    quarters = max(start - hand.time, quarter / 8) / quarter
    cost += _MOVE * abs(place - hand.place) / min(max(quarters, 0.25), 2.0) ** 0.5
    cost += _NEAR * abs(sum(pitches) / len(pitches) - hand.place)
    place += 0.2 * (sum(together) / len(together) - place)  # and it settles over what it plays
    return _Hand(place, start, held + tuple((n.end, n.pitch) for n in notes)), cost
