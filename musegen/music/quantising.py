"""Onsets as played onto a grid: which grid it is, and where on it each onset belongs.

A grid divides the beat. Finding it weighs how near the onsets lie against how fine the grid is: under a grid of d
places in a beat, an onset has the likelihood of one of d places chosen blindly and missed by a normal error, so a
finer grid must earn log d nats on each onset (the code-length view of Cemgil, Desain and Kappen, 2000).
"""

import math
from dataclasses import dataclass

import numpy as np

SIMPLE_DIVISIONS, COMPOUND_DIVISIONS = (1, 2, 4, 3), (1, 3, 6, 2, 4)
"""Parts of a beat that are looked for: a beat of two (quarter) and of three (dotted quarter)."""
FINER_DIVISIONS = (1, 2, 4, 3, 6, 8)
"""Parts of a beat of two where runs are fast, as on the piano."""
_CROWDED = {8: 6, 6: 5}
"""Fine grids are believed only where a beat holds so many onsets: elsewhere an unsteady hand played a coarser one."""

_EARLY_SHARE = 0.1
"""Share of a beat by which an onset may come before the beat it is judged with."""
_CHORD_GAP_SEC, _CHORD_SPAN_SEC = 0.035, 0.08
_LEAST_SPREAD_SEC, _FIRST_SPREAD_SEC, _MOST_SPREAD_BEAT = 0.008, 0.025, 0.09
_COLLISION = 7.0
"""Nats for two onsets on one place: they were played one after the other."""
_SWING_LOW, _SWING_HIGH, _SWING_SHARE, _SWING_LEAST = 0.57, 0.72, 0.8, 4


def chords(onsets: np.ndarray) -> np.ndarray:
    """Return for each onset the number of the chord it belongs to, shape (N,), from 0.

    Notes are one chord where each comes within 35 ms of the one before and all within 80 ms.

    Args:
        onsets: seconds, rising, shape (N,).
    """
    labels = np.zeros(len(onsets), int)
    first = 0
    for i in range(1, len(onsets)):
        together = onsets[i] - onsets[i - 1] <= _CHORD_GAP_SEC and onsets[i] - onsets[first] <= _CHORD_SPAN_SEC
        if not together:
            first = i
        labels[i] = labels[i - 1] + (not together)
    return labels


@dataclass(frozen=True, slots=True)
class Placed:
    """Onsets on a grid.

    Args:
        beats: where each belongs, in beats, shape (N,).
        steps: beats of one place of the grid at each, shape (N,).
        divisions: parts of a beat used, with the number of beats that use each.
        swing: True where the second of two notes in a beat came late throughout and is placed at the half.
    """

    beats: np.ndarray
    steps: np.ndarray
    divisions: dict[int, int]
    swing: bool = False


def place_on(beats: np.ndarray, step: float) -> Placed:
    """Return onsets on a grid of one step.

    Args:
        beats: onsets in beats, shape (N,).
        step: of the grid, in beats, > 0.
    """
    nearest = np.floor(np.asarray(beats) / step + 0.5) * step
    return Placed(nearest, np.full(len(nearest), step), {})


def find_places(beats: np.ndarray, beat_sec: float, compound: bool = False, *, finer: bool = False) -> Placed:
    """Return onsets on the grid that suits them, found anew for each beat in view of all others.

    Args:
        beats: onsets in beats, rising, one for each chord, shape (N,), N >= 1.
        beat_sec: seconds of a beat.
        compound: True where a beat divides into three.
        finer: True to look for 32nds and sextuplets too; swing is not looked for then.
    """
    beats = np.asarray(beats, float)
    swing = not compound and not finer and _swings(beats)
    if swing:
        share = beats - np.floor(beats)
        late = (share > _SWING_LOW - 0.02) & (share < _SWING_HIGH)
        beats = np.where(late, np.floor(beats) + 0.5 + (share - np.median(share[late])) / 2, beats)
    windows = np.floor(beats + _EARLY_SHARE).astype(int)
    inside = [beats[windows == w] - w for w in np.unique(windows)]
    simple = FINER_DIVISIONS if finer else SIMPLE_DIVISIONS[:3] if swing else SIMPLE_DIVISIONS
    allowed = COMPOUND_DIVISIONS if compound else simple
    chosen = _divisions(inside, beat_sec, allowed, compound)
    placed, steps = [], []
    for onsets, window, division in zip(inside, np.unique(windows), chosen, strict=True):
        placed.append(window + np.rint(onsets * division) / division)
        steps.append(np.full(len(onsets), 1 / division))
    counts = {d: chosen.count(d) for d in allowed if d in chosen}
    return Placed(np.concatenate(placed), np.concatenate(steps), counts, swing)


def _divisions(inside: list[np.ndarray], beat_sec: float, allowed: tuple[int, ...], compound: bool) -> list[int]:
    """Return the division of each beat: three rounds of choosing, then counting what was chosen."""
    foreign = {2, 4} if compound else {3, 6}
    shares = {d: 0.04 if d in foreign else 0.3 for d in allowed}
    spread = min(_FIRST_SPREAD_SEC / beat_sec, _MOST_SPREAD_BEAT)
    chosen: list[int] = []
    for _ in range(4):
        costs = [{d: _cost(onsets, d, spread) - math.log(shares[d]) for d in allowed} for onsets in inside]
        chosen = [
            min((d for d in allowed if len(onsets) >= _CROWDED.get(d, 0) or compound), key=cost.__getitem__)
            for onsets, cost in zip(inside, costs, strict=True)
        ]
        if not _has_whole(inside, chosen, foreign):
            natural = [d for d in allowed if d not in foreign]
            chosen = [min(natural, key=cost.__getitem__) for cost in costs]
        missed = np.concatenate([o - np.rint(o * d) / d for o, d in zip(inside, chosen, strict=True)])
        count = len(missed)
        measured = math.sqrt((np.sum(missed**2) + 4 * spread**2) / (count + 4))
        spread = min(max(measured, _LEAST_SPREAD_SEC / beat_sec), _MOST_SPREAD_BEAT)
        for d in allowed:
            prior = 0.04 if d in foreign else 0.3
            shares[d] = (chosen.count(d) + 2 * prior) / (len(chosen) + 2)
    return chosen


def _cost(onsets: np.ndarray, division: int, spread: float) -> float:
    """Return the cost in nats of the onsets of a beat (0 to 1) under a division."""
    places = np.rint(onsets * division)
    missed = (onsets - places / division) / spread
    collisions = len(places) - len(np.unique(places))
    return float(np.sum(missed**2) / 2 + len(onsets) * math.log(division) + _COLLISION * collisions)


def _has_whole(inside: list[np.ndarray], chosen: list[int], foreign: set[int]) -> bool:
    """Return whether a beat divided against the meter has all its places filled, without which none is believed."""
    for onsets, division in zip(inside, chosen, strict=True):
        if division in foreign and len(set(np.rint(onsets * division)) - {division}) == division:
            return True
    return False


def _swings(beats: np.ndarray) -> bool:
    """Return whether the notes between the beats come late, about two thirds of the beat, and none come at a third."""
    share = beats - np.floor(beats)
    between = share[(share > 0.15) & (share < 0.85)]
    late = between[(between > _SWING_LOW) & (between < _SWING_HIGH)]
    return len(late) >= _SWING_LEAST and len(late) >= _SWING_SHARE * len(between) and not np.any(
        (between > 0.15) & (between < 0.44)
    )  # fmt: skip
