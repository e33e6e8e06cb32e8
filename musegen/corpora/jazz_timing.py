"""From what an improviser played to what a musician would write: beats divided, swing removed.

The corpus gives the time of every beat and of every note. Jazz musicians play a little behind the beat and write a
long and a short note as two equal eighths, so a note at 0.62 of a beat is neither a triplet nor a sixteenth on paper.
The rule, for each beat:

1. *Lateness*: the typical phase of notes near the beat (of the solo, leaning towards the sixteen beats around) is
   taken away.
2. Every way to put the beat's notes, in order and each in a place of its own, on 1, 2, 3, 4, 6, 8 or 12 equal parts is
   priced: squared distances over the variance of playing (0.03 of a beat and 16 ms for each note, twice as much for
   the beat as a whole, so that even notes stay even), plus a price of the division. In a solo that swings, halves are
   also compared with the beat bent so that its middle is where that solo puts its off-beats: a pair at 0 and 0.62 is
   two eighths; three notes at 0, 0.34 and 0.66 stay a triplet.
3. A note may be written on the next beat; the best sequence of beats is found by dynamic programming, since two notes
   never share a place.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

TICKS_PER_BEAT = 24
DIVISIONS = {1: 0.0, 2: 0.7, 3: 1.2, 4: 1.6, 6: 4.0, 8: 4.5, 12: 7.0}
"""Equal parts of a beat, and the price of each."""

PLACES = tuple(sorted({TICKS_PER_BEAT * k // parts for parts in DIVISIONS for k in range(parts)}))
"""Ticks of a beat on which a note can be written; at most so many are written in one."""

MIN_SWING = 0.53
"""A solo whose eighths are less uneven is taken as straight."""
MIN_TRIPLES = 12
"""Pairs of eighths that a solo's own swing ratio is taken from, at least."""

_BEND_PRICE = 0.2
_LATE_WINDOW, _LATE_WEIGHT = 8, 6.0
_PHASE_SPREAD, _TIME_SPREAD = 0.03, 0.016
_SHARED = 2.0
"""Variance that the notes of a beat share, over that of each."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a solo stands to the beat.

    Args:
        swing: part of a pair of eighths that the first one takes: 0.5 straight, 0.67 a triplet's; nan where too few
            pairs were played to tell.
        lateness: phase of notes on the beat, in beats.
        middle: phase of the off-beats, lateness taken away.
    """

    swing: float
    lateness: float
    middle: float


def measure(beat: np.ndarray, phase: np.ndarray) -> Timing:
    """Return how notes stand to the beat.

    Args:
        beat: index of the beat of each note, shape (N,), ascending.
        phase: its time after that beat, in beats, shape (N,).
    """
    near = phase[(phase > -0.15) & (phase < 0.2)]
    lateness = float(np.median(near)) if len(near) else 0.0
    first = np.flatnonzero(np.diff(beat, prepend=-(10**6)))
    count = np.diff(np.append(first, len(beat)))
    pairs = [
        (i, i + 1, i + 2)
        for i, n in zip(first.tolist(), count.tolist(), strict=True)
        if n == 2 and i + 2 < len(beat) and beat[i + 2] == beat[i] + 1
    ]
    index = np.array(pairs, int).reshape(-1, 3)
    on, off, after = (phase[index[:, k]] - lateness for k in range(3))
    good = (abs(on) < 0.2) & (off > 0.4) & (off < 0.85) & (abs(after) < 0.2)
    on, off, after = on[good], off[good], after[good] + 1
    if len(on) < MIN_TRIPLES:
        return Timing(float("nan"), lateness, 0.5)
    return Timing(float(np.median((off - on) / (after - on))), lateness, float(np.median(off)))


@lru_cache(maxsize=32)
def _ways(num_notes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all ways to put notes on a beat: places in ticks (C, n), prices (C,), whether they may be bent (C,)."""
    places, prices, bendable = [], [], []
    if num_notes > 12:
        crowded = np.array(list(combinations(PLACES, num_notes)))
        return crowded, np.zeros(len(crowded)), np.zeros(len(crowded), bool)
    for parts, price in DIVISIONS.items():
        if parts + 1 < num_notes or (parts == 12 and num_notes < 6):
            continue
        tick = TICKS_PER_BEAT // parts
        for chosen in combinations(range(parts + 1), num_notes):
            places.append([tick * c for c in chosen])
            prices.append(price)
            bendable.append(parts == 2)
    return np.array(places), np.array(prices), np.array(bendable)


def _straightened(phase: np.ndarray, middle: float) -> np.ndarray:
    """Return phases of a beat bent so that its middle is at one half."""
    before = phase * 0.5 / middle
    return np.where(phase < middle, before, 0.5 + (phase - middle) * 0.5 / (1 - middle))


def _local_lateness(beat: np.ndarray, phase: np.ndarray, lateness: float) -> np.ndarray:
    near = np.flatnonzero((phase > -0.15) & (phase < 0.2))
    total = np.concatenate([[0.0], np.cumsum(phase[near])])
    begin = np.searchsorted(beat[near], beat - _LATE_WINDOW, side="left")
    end = np.searchsorted(beat[near], beat + _LATE_WINDOW, side="right")
    return (total[end] - total[begin] + _LATE_WEIGHT * lateness) / (end - begin + _LATE_WEIGHT)


def written_ticks(beat: np.ndarray, phase: np.ndarray, beat_seconds: np.ndarray, timing: Timing) -> np.ndarray:
    """Return where each note is written, in ticks of 1/24 beat from beat 0, strictly ascending, shape (N,).

    Args:
        beat: index of the beat of each note, ascending, shape (N,).
        phase: time after that beat in beats, shape (N,).
        beat_seconds: length of the beat of each note, shape (N,).
        timing: of the solo.

    Raises:
        ValueError: more notes lie in a beat than it has places.
    """
    if np.bincount(beat - beat.min()).max() > len(PLACES):
        raise ValueError(f"more than {len(PLACES)} notes in one beat")
    straight = phase - _local_lateness(beat, phase, timing.lateness)
    swings = timing.swing >= MIN_SWING
    groups = np.split(np.arange(len(beat)), np.flatnonzero(np.diff(beat)) + 1)
    options = [_options(straight[g], float(beat_seconds[g[0]]), timing.middle if swings else None) for g in groups]
    chosen = _cheapest(options, [int(beat[g[0]]) for g in groups])
    return np.concatenate([int(beat[g[0]]) * TICKS_PER_BEAT + places for g, places in zip(groups, chosen, strict=True)])


def _options(phase: np.ndarray, seconds: float, middle: float | None) -> dict[tuple[bool, bool], tuple]:
    """Return the cheapest (price, places) of a beat by (first place taken, next beat's first place taken)."""
    places, prices, bendable = _ways(len(phase))
    variance = _PHASE_SPREAD**2 + (_TIME_SPREAD / seconds) ** 2
    wanted = places / TICKS_PER_BEAT
    cost = _distance(phase - wanted) / variance
    if middle is not None:
        bent = _distance(_straightened(phase, middle) - wanted) / variance
        cost = np.where(bendable, np.minimum(cost + _BEND_PRICE, bent), cost)
    cost = cost + prices
    found = {}
    for begins in (False, True):
        for ends in (False, True):
            fits = np.flatnonzero(((places[:, 0] == 0) == begins) & ((places[:, -1] == TICKS_PER_BEAT) == ends))
            if len(fits):
                best = fits[cost[fits].argmin()]
                found[begins, ends] = (float(cost[best]), places[best])
    return found


def _distance(errors: np.ndarray) -> np.ndarray:
    """Return half the squared lengths of errors (C, n), of variance 1 each and `_SHARED` together."""
    together = errors.sum(1) ** 2 * _SHARED / (1 + errors.shape[1] * _SHARED)
    return ((errors**2).sum(1) - together) / 2


def _cheapest(options: list[dict[tuple[bool, bool], tuple]], beats: list[int]) -> list[np.ndarray]:
    """Return the places of every beat, no two notes in one place, at the lowest price."""
    paths: dict[bool, tuple[float, tuple | None]] = {False: (0.0, None)}
    previous = -2
    for beat, option in zip(beats, options, strict=True):
        if beat != previous + 1:
            paths = {False: min(paths.values(), key=lambda path: path[0])}
        fresh: dict[bool, tuple[float, tuple | None]] = {}
        for taken, (price, path) in paths.items():
            for (begins, ends), (cost, places) in option.items():
                if not (taken and begins) and (ends not in fresh or price + cost < fresh[ends][0]):
                    fresh[ends] = (price + cost, (places, path))
        paths, previous = fresh, beat
    path = min(paths.values(), key=lambda each: each[0])[1]
    chosen = []
    while path is not None:
        chosen.append(path[0])
        path = path[1]
    return chosen[::-1]
