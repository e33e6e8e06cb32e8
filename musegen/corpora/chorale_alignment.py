"""Matching two editions of a chorale, step by step, and telling near duplicates.

Functions: melody_runs, common_transposition, align, agreement, onsets_from_changes, transfer_attacks, harmony_runs,
shared_runs.
Frames are integer arrays of shape (T, 4): MIDI pitches of soprano, alto, tenor and bass, -1 for silence.
"""

import numpy as np

_GAP = 1.5
"""Cost of a step without a partner; a pair of steps scores -2 (no voice agrees) to 2 (all four do)."""

Run = tuple[int, ...]


def melody_runs(frames: np.ndarray, length: int = 8) -> set[Run]:
    """Return all runs of `length` successive intervals of the soprano, holds and rests left out."""
    soprano = frames[:, 0]
    line = soprano[np.flatnonzero(np.diff(soprano, prepend=-2) != 0)]
    intervals = np.diff(line[line >= 0])
    return {tuple(intervals[i : i + length].tolist()) for i in range(len(intervals) - length + 1)}


def common_transposition(frames: np.ndarray, other: np.ndarray) -> int:
    """Return the semitones to add to `other` that make most of the sopranos' first steps agree."""
    count = min(len(frames), len(other))
    both = (frames[:count, 0] >= 0) & (other[:count, 0] >= 0)
    difference = (frames[:count, 0] - other[:count, 0])[both]
    values, counts = np.unique(difference, return_counts=True)
    return int(values[counts.argmax()]) if len(values) else 0


def align(frames: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return for each step of `frames` its partner in `other`, -1 where it has none.

    Global alignment with a linear cost for gaps (Needleman and Wunsch, 1970). Voices agree where the pitches are
    equal up to octaves: editions differ in the octave of the bass. Transpose `other` beforehand.

    Args:
        frames: shape (T, 4).
        other: shape (U, 4).

    Returns:
        Steps of `other`, increasing, shape (T,).
    """
    rows, columns = len(frames), len(other)
    equal = _equal(frames[:, None, :], other[None, :, :]).sum(axis=2) - 2.0
    slope = np.arange(columns + 1) * _GAP
    best = -slope
    moves = np.zeros((rows + 1, columns + 1), np.int8)  # 0 pair, 1 step of frames alone, 2 step of other alone
    for row in range(1, rows + 1):
        pair, alone = best[:-1] + equal[row - 1], best - _GAP
        candidate = alone.copy()
        candidate[1:] = np.maximum(pair, alone[1:])
        moves[row, 0] = 1
        moves[row, 1:] = pair <= alone[1:]  # on a tie the gap comes as late as it can: the last chord is the longer one
        # A run of steps of `other` alone: the best earlier cell of the row less its distance.
        best = np.maximum.accumulate(candidate + slope) - slope
        moves[row, best > candidate + 1e-9] = 2
    partner = np.full(rows, -1)
    row, column = rows, columns
    while row > 0:
        move = moves[row, column]
        if move == 0:
            row, column = row - 1, column - 1
            partner[row] = column
        elif move == 1:
            row -= 1
        else:
            column -= 1
    return partner


def _equal(frames: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return where both are silent, or both sound the same pitch class."""
    silent = (frames < 0) | (other < 0)
    return np.where(silent, (frames < 0) & (other < 0), (frames - other) % 12 == 0)


def agreement(frames: np.ndarray, other: np.ndarray, partner: np.ndarray) -> float:
    """Return the share of the cells of `frames` that agree up to octaves with their partners, 0 to 1."""
    paired = partner >= 0
    return float(_equal(frames[paired], other[partner[paired]]).sum() / max(frames.size, 1))


def onsets_from_changes(frames: np.ndarray) -> np.ndarray:
    """Return where a voice's pitch differs from the step before (and sounds), shape (T, 4)."""
    return (np.diff(frames, axis=0, prepend=-2) != 0) & (frames >= 0)


def transfer_attacks(
    frames: np.ndarray, other: np.ndarray, other_attacks: np.ndarray, partner: np.ndarray
) -> np.ndarray:
    """Return where notes of `frames` start: at each change of pitch, and where `other` repeats the same note.

    A repetition is taken over only where the pitches before and after it agree in both editions.

    Returns:
        Booleans, shape (T, 4).
    """
    attacks = onsets_from_changes(frames)
    for step in range(1, len(frames)):
        here, before = partner[step], partner[step - 1]
        if here < 0 or before < 0:
            continue
        same = _equal(frames[step], other[here]) & _equal(frames[step - 1], other[before])
        struck = other_attacks[before + 1 : here + 1].any(axis=0)
        attacks[step] |= same & struck & (frames[step] >= 0)
    return attacks


def harmony_runs(frames: np.ndarray, length: int = 8) -> set[Run]:
    """Return all runs of `length` soprano notes with one lower voice under them, whatever the key and note values.

    Each note (a change of the soprano's pitch; rests left out) gives its interval to the next one, and the interval
    modulo 12 from the lower voice where it starts, 12 where that is silent. A run begins with the lower voice's index.
    """
    soprano = frames[:, 0]
    starts = np.flatnonzero((np.diff(soprano, prepend=-2) != 0) & (soprano >= 0))
    line = soprano[starts]
    runs: set[Run] = set()
    for voice in range(1, frames.shape[1]):
        lower = frames[starts, voice]
        between = np.where(lower < 0, 12, (line - lower) % 12)
        symbols: list[Run] = list(zip(between[:-1].tolist(), np.diff(line).tolist(), strict=True))
        runs |= {sum(symbols[i : i + length], (voice,)) for i in range(len(symbols) - length + 1)}
    return runs


def shared_runs(runs: set[Run], other: set[Run]) -> float:
    """Return the largest share, over the lower voices, of the smaller set of runs that is in both, 0 to 1."""
    shares = [0.0]
    for voice in {run[0] for run in runs & other}:
        sizes = [sum(run[0] == voice for run in each) for each in (runs & other, runs, other)]
        shares.append(sizes[0] / min(sizes[1:]))
    return max(shares)
