"""Sharper sound from real grains: a picture that a network imagined is laid out with pieces of real clips. laid_out.

Each stretch of `BLOCK` frames takes the piece of a clip that looks most like it, and goes on in the same clip unless
another is better by `JUMP`: the cheapest course over all stretches, found by dynamic programming as in unit selection
(Hunt and Black 1996). Where the course jumps, sounds are cross-faded.
"""

import numpy as np

from musegen.sound.spectrum import HOP

BLOCK = 8
"""Frames of a grain, 128 ms."""
STEP = 2
"""Frames between two places at which a grain may begin."""
JUMP = 6.0
"""What leaving a clip costs, in decibels squared of a whole grain's mean difference."""
_FADE = 512


def laid_out(drawn: np.ndarray, pictures: np.ndarray, sounds: np.ndarray) -> np.ndarray:
    """Return real sound that looks like a picture.

    Args:
        drawn: decibels, shape (T, BANDS), T a multiple of `BLOCK`.
        pictures: of the clips to take from, decibels, shape (K, FRAMES, BANDS), K at least 1.
        sounds: of the same clips, shape (K, FRAMES * HOP).

    Returns:
        float32, shape (T * HOP,).
    """
    course = chosen_grains(drawn, pictures)
    size = BLOCK * HOP
    sound = np.zeros(len(drawn) * HOP + _FADE, np.float32)
    rise = np.sin(np.linspace(0, np.pi / 2, _FADE, dtype=np.float32))
    begin = 0
    for block in range(1, len(course) + 1):
        if block < len(course) and _goes_on(course[block - 1], course[block]):
            continue
        clip, first = course[begin]
        length = (block - begin) * size
        piece = np.zeros(length + _FADE, np.float32)
        source = sounds[clip, first * HOP : first * HOP + length + _FADE]
        piece[: len(source)] = source
        if begin:
            piece[:_FADE] *= rise
        piece[length:] *= rise[::-1]
        sound[begin * size : begin * size + len(piece)] += piece
        begin = block
    return sound[: len(drawn) * HOP]


def _goes_on(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return other == (one[0], one[1] + BLOCK)


def chosen_grains(drawn: np.ndarray, pictures: np.ndarray) -> list[tuple[int, int]]:
    """Return for each stretch of a picture the clip and its first frame that are taken; see `laid_out`."""
    clips, frames, bands = pictures.shape
    starts = np.arange(0, frames - BLOCK + 1, STEP)
    rows = pictures[:, starts[:, None] + np.arange(BLOCK)].reshape(clips * len(starts), BLOCK * bands)
    wanted = drawn.reshape(len(drawn) // BLOCK, BLOCK * bands)
    away = ((wanted**2).sum(axis=1)[:, None] + (rows**2).sum(axis=1) - 2 * wanted @ rows.T) / (BLOCK * bands)
    number = np.arange(len(rows))
    ahead = BLOCK // STEP
    before = np.where(number % len(starts) >= ahead, number - ahead, -1)  # the grain that this one goes on from
    total, came = away[0], np.zeros((len(wanted), len(rows)), int)
    for block in range(1, len(wanted)):
        cheapest = int(total.argmin())
        jumped = total[cheapest] + JUMP
        stayed = np.where(before >= 0, total[before], np.inf)
        came[block] = np.where(stayed <= jumped, before, cheapest)
        total = np.minimum(stayed, jumped) + away[block]
    place = int(total.argmin())
    course = [place]
    for block in range(len(wanted) - 1, 0, -1):
        place = int(came[block, place])
        course.append(place)
    return [(int(p // len(starts)), int(starts[p % len(starts)])) for p in reversed(course)]
