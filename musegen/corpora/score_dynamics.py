"""How loud the notes of a score are played: learned from performances of it.

A printed score says *piano* over a whole line; a pianist plays the melody louder than what goes with it, shapes each
phrase, and differs from the next pianist. So each performance is aligned with the score, its velocities are
brought to mean 0 and deviation 1, and averaged over the performances; the mean and the deviation of the performances
are then put back. Notes that nobody plays where the score has them get what their neighbours have.

The alignment is in two passes. First the notes of each moment are taken as sets of pitches, and the pairs of sets are
chosen in order, by dynamic programming, whose common pitches weigh most; trills, wrong notes and chords played one
note after the other find no pair and do no harm. Between these anchors time is interpolated; then each note of the
score takes the note of its pitch that was played nearest to where it is expected. (The two passes are those of
Nakamura and others, "Performance error detection and post-processing for fast and accurate symbolic music alignment",
ISMIR 2017, with pitch sets in place of their hidden Markov model.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.music.performance import Performance

CHORD_MS = 35.0
"""Keys struck within this time of the first are one moment."""

WIDEST_MS = 400.0
"""Notes played further from where they are expected are not taken."""

LEAST_MATCHED = 0.5
"""A performance in which less of the score is found (another version, other repeats) tells nothing."""


@dataclass(frozen=True, slots=True)
class Dynamics:
    """What performances tell about the notes of a score.

    Args:
        velocity: of each note, 1 to 127, shape (N,).
        matched: share of the notes found, the mean over the performances that were used.
        num_performances: how many those are.
        qpm: quarters a minute, the median over performances of the median over the piece.
    """

    velocity: np.ndarray
    matched: float
    num_performances: int
    qpm: float


def align(onset_quarter: np.ndarray, pitch: np.ndarray, performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """Return which note of a performance each note of a score is, and where its moments fall.

    Args:
        onset_quarter: of the notes of the score, ascending, shape (N,).
        pitch: MIDI numbers, shape (N,).
        performance: of the same music.

    Returns:
        indices (N,) into the performance's notes, -1 where there is none, and anchors (A, 2): quarter, millisecond.
    """
    quarters, score = _moments(onset_quarter, np.unique(onset_quarter, return_inverse=True)[1], pitch)
    times, played = _moments(performance.onset_ms, _chords(performance.onset_ms), performance.pitch)
    pairs = _best_pairs(score, played)
    found = np.full(len(pitch), -1)
    anchors = np.column_stack([quarters[pairs[:, 0]], times[pairs[:, 1]]])
    if len(anchors) < 2:
        return found, anchors
    expected = _interpolated(onset_quarter, anchors)
    for key in np.unique(pitch):
        written, struck = np.flatnonzero(pitch == key), np.flatnonzero(performance.pitch == key)
        _pair_nearest(expected[written], performance.onset_ms[struck], written, struck, found)
    return found, anchors


def learned_dynamics(
    onset_quarter: np.ndarray, pitch: np.ndarray, hand: np.ndarray, performances: Sequence[Performance]
) -> Dynamics | None:
    """Return how loud the notes are played on average; None where no performance fits the score.

    Args:
        onset_quarter: of the notes, ascending, shape (N,).
        pitch: MIDI numbers, shape (N,).
        hand: which hand plays each, shape (N,); notes not found follow their own hand.
        performances: of the same piece.
    """
    loudness, counts = np.zeros(len(pitch)), np.zeros(len(pitch))
    shares, tempos, means, deviations = [], [], [], []
    for performance in performances:
        found, anchors = align(onset_quarter, pitch, performance)
        hit = found >= 0
        if hit.mean() < LEAST_MATCHED:
            continue
        velocity = performance.velocity[found[hit]].astype(float)
        shares.append(hit.mean())
        means.append(velocity.mean())
        deviations.append(max(velocity.std(), 1.0))
        tempos.append(_median_qpm(anchors))
        loudness[hit] += (velocity - means[-1]) / deviations[-1]
        counts[hit] += 1
    if not shares:
        return None
    known = counts > 0
    loudness[known] /= counts[known]
    spread = max(loudness[known].std(), 1e-6)
    for side in np.unique(hand):
        own = hand == side
        if (own & known).any():
            loudness[own & ~known] = np.interp(
                onset_quarter[own & ~known], onset_quarter[own & known], loudness[own & known]
            )
    velocity = np.mean(means) + np.mean(deviations) * loudness / spread
    return Dynamics(
        np.clip(np.round(velocity), 1, 127).astype(int), float(np.mean(shares)), len(shares), float(np.median(tempos))
    )


def _chords(onset_ms: np.ndarray) -> np.ndarray:
    """Return the number of the moment of each note: a new one begins `CHORD_MS` after the first note of the last."""
    moment, first, number = [], -np.inf, -1
    for time in onset_ms.tolist():
        if time - first > CHORD_MS:
            first, number = time, number + 1
        moment.append(number)
    return np.array(moment, int)


def _moments(time: np.ndarray, moment: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the time (M,) of each moment and its pitches as two words of 64 bits, (M, 2)."""
    count = int(moment.max(initial=-1)) + 1
    start = np.full(count, np.inf)
    np.minimum.at(start, moment, time)
    words = np.zeros((count, 2), np.uint64)
    np.bitwise_or.at(words, (moment, pitch // 64), np.uint64(1) << (pitch % 64).astype(np.uint64))
    return start, words


def _best_pairs(score: np.ndarray, played: np.ndarray) -> np.ndarray:
    """Return pairs (moment of the score, moment played), both ascending, of the greatest sum of weights.

    The weight of a pair is twice the square of its common pitches over the pitches of both, so that a chord found whole
    weighs as many as it has notes, and one note of a chord little.
    """
    best = np.zeros((len(score) + 1, len(played) + 1), np.float32)
    sizes = np.bitwise_count(played).sum(1).astype(np.float32)
    for row, words in enumerate(score):
        common = np.bitwise_count(played & words).sum(1).astype(np.float32)
        weight = 2 * common**2 / (sizes + np.bitwise_count(words).sum())
        before = best[row]
        np.maximum.accumulate(np.maximum(before[1:], before[:-1] + weight), out=best[row + 1, 1:])
    pairs, row, column = [], len(score), len(played)
    while row and column:
        value = best[row, column]
        if value == best[row - 1, column]:
            row -= 1
        elif value == best[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            pairs.append((row, column))
    return np.array(pairs[::-1], int).reshape(-1, 2)


def _interpolated(quarter: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Return the milliseconds of times of the score; before the first anchor and after the last at the mean tempo."""
    slope = (anchors[-1, 1] - anchors[0, 1]) / max(anchors[-1, 0] - anchors[0, 0], 1e-9)
    outside = np.minimum(quarter - anchors[0, 0], 0) + np.maximum(quarter - anchors[-1, 0], 0)
    return np.interp(quarter, anchors[:, 0], anchors[:, 1]) + slope * outside


def _pair_nearest(
    expected: np.ndarray, onset_ms: np.ndarray, written: np.ndarray, struck: np.ndarray, found: np.ndarray
) -> None:
    """Give each written note of one pitch the nearest struck one, the nearest pairs first, each once."""
    distance = np.abs(expected[:, None] - onset_ms[None, :])
    rows, columns = np.nonzero(distance <= WIDEST_MS)
    taken: set[int] = set()
    for index in np.argsort(distance[rows, columns], kind="stable").tolist():
        note, key = written[rows[index]], int(struck[columns[index]])
        if found[note] < 0 and key not in taken:
            found[note] = key
            taken.add(key)


def _median_qpm(anchors: np.ndarray) -> float:
    """Return the median tempo over stretches of two quarters."""
    grid = np.arange(anchors[0, 0], anchors[-1, 0], 2.0)
    steps = np.diff(np.interp(grid, anchors[:, 0], anchors[:, 1]))
    steps = steps[steps > 0]
    return 120_000 / float(np.median(steps)) if len(steps) else 120.0
