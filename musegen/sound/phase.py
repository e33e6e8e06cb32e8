"""From magnitudes to sound: phase by gradient integration, then a few fast Griffin-Lim steps.

For a Gaussian window the gradient of the phase follows from that of the log-magnitude (Prusa, Balazs and Sondergaard,
A Noniterative Method for Reconstruction of Phase From STFT Magnitude, IEEE/ACM TASLP 25(5), 2017). The phase is
integrated along it from loud to soft. `order="heap"` does this as published: always on from the loudest place that is
reached. `order="tree"` integrates along the maximum spanning tree of the picture, which also reaches each place by the
loudest way there is, and is several times faster in Python. Griffin-Lim with momentum: Perraudin, Balazs and
Sondergaard 2013.
"""

import heapq

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from musegen.sound.spectrum import GAMMA, HOP, WINDOW, istft, stft

SOFTEST = 1e-4
"""Below this share of the loudest magnitude a phase cannot be heard and is drawn by chance."""
STEPS = 12
_MOMENTUM = 0.99


def sound_of(magnitude: np.ndarray, *, hop: int = HOP, steps: int = STEPS, order: str = "tree") -> np.ndarray:
    """Return a sound with these magnitudes.

    Args:
        magnitude: shape (T, BINS), frames `hop` apart.
        hop: samples between frames.
        steps: of fast Griffin-Lim after the phase is found, 0 for none.
        order: "tree", "heap", or "none" to begin Griffin-Lim from chance.

    Returns:
        float32, shape (T * hop,). The same magnitudes give the same sound.
    """
    if not magnitude.any():
        return np.zeros(len(magnitude) * hop, np.float32)
    if order == "none":
        phase = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitude.shape)
    else:
        phase = integrated_phase(magnitude, hop, order)
    return refined(magnitude, np.exp(1j * phase).astype(np.complex64), hop, steps)


def refined(magnitude: np.ndarray, turn: np.ndarray, hop: int, steps: int) -> np.ndarray:
    """Return the sound after steps of fast Griffin-Lim.

    Args:
        magnitude: shape (T, BINS).
        turn: complex numbers of size 1 to begin with, shape (T, BINS).
        hop: samples between frames.
        steps: 0 or more.
    """
    before = None
    for _ in range(steps):
        found = stft(istft(magnitude * turn, hop), hop)
        ahead = found if before is None else found + _MOMENTUM * (found - before)
        before = found
        turn = ahead / np.maximum(np.abs(ahead), 1e-12)
    return istft(magnitude * turn, hop)


def phase_gradients(magnitude: np.ndarray, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much the phase, as seen from the middle of each window, changes.

    Args:
        magnitude: shape (T, BINS).
        hop: samples between frames.

    Returns:
        radians a frame, and radians a bin, shape (T, BINS) each.
    """
    log = np.log(np.maximum(magnitude, SOFTEST * 1e-3 * magnitude.max()))
    bins = np.arange(log.shape[1])
    in_time = hop * WINDOW / GAMMA * np.gradient(log, axis=1) + 2 * np.pi * hop * bins / WINDOW
    in_frequency = -GAMMA / (hop * WINDOW) * np.gradient(log, axis=0)
    return in_time, in_frequency


def integrated_phase(magnitude: np.ndarray, hop: int = HOP, order: str = "tree") -> np.ndarray:
    """Return phases that fit magnitudes, as `stft` has them, in radians, shape (T, BINS)."""
    in_time, in_frequency = phase_gradients(magnitude, hop)
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitude.shape).ravel()
    loud = np.flatnonzero(magnitude.ravel() > SOFTEST * magnitude.max())
    walk = {"tree": _tree, "heap": _heap}[order]
    places, came_from = walk(magnitude, loud)
    steps = places - came_from
    half = 0.5 * (in_time.ravel()[places] + in_time.ravel()[came_from])
    beside = 0.5 * (in_frequency.ravel()[places] + in_frequency.ravel()[came_from])
    change = np.where(np.abs(steps) == 1, beside, half) * np.sign(steps)
    values = phase.tolist()
    for place, before, turn in zip(places.tolist(), came_from.tolist(), change.tolist(), strict=True):
        values[place] = values[before] + turn
    middle = 2 * np.pi * (WINDOW - 1) / 2 / WINDOW * np.arange(magnitude.shape[1])
    return np.asarray(values).reshape(magnitude.shape) - middle


def _tree(magnitude: np.ndarray, loud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places in an order in which each comes after the one it is reached from, and those; flat indices."""
    log, width = np.log(magnitude.ravel()[loud]), magnitude.shape[1]
    number = np.full(magnitude.size, -1)
    number[loud] = np.arange(len(loud))
    top, count = log.max() + 1, len(loud)
    ends, costs = [], []
    for step in (1, width):
        before = loud[(loud % width < width - 1) if step == 1 else (loud < magnitude.size - width)]
        pair = np.stack([number[before], number[before + step]])
        pair = pair[:, pair[1] >= 0]
        ends.append(pair)
        costs.append(top - np.minimum(log[pair[0]], log[pair[1]]))
    ends.append(
        np.stack([np.full(count, count), np.arange(count)])
    )  # a root from which the loudest of each island hangs
    costs.append(2 * (top - log.min()) + 1 + top - log)
    row, column = np.concatenate(ends, axis=1)
    graph = coo_array((np.concatenate(costs), (row, column)), shape=(count + 1, count + 1)).tocsr()
    found, before = breadth_first_order(minimum_spanning_tree(graph), count, directed=False)
    found = found[1:]
    held = before[found] != count
    return loud[found[held]], loud[before[found[held]]]


def _heap(magnitude: np.ndarray, loud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what `_tree` returns, as published: always on from the loudest place that is reached."""
    width, flat = magnitude.shape[1], magnitude.ravel().tolist()
    waiting = np.zeros(magnitude.size, bool)
    waiting[loud] = True
    left, places, came_from = waiting.tolist(), [], []
    for start in loud[np.argsort(-magnitude.ravel()[loud], kind="stable")].tolist():
        if not left[start]:
            continue
        left[start] = False
        heap = [(-flat[start], start)]
        while heap:
            _, place = heapq.heappop(heap)
            column = place % width
            for step, inside in ((1, column < width - 1), (-1, column > 0), (width, True), (-width, True)):
                other = place + step
                if inside and 0 <= other < len(flat) and left[other]:
                    left[other] = False
                    places.append(other)
                    came_from.append(place)
                    heapq.heappush(heap, (-flat[other], other))
    return np.array(places, int), np.array(came_from, int)
