"""A chain of chords: how well each fits each segment and how one follows another; its likeliest course, and draws.

The scores are those of a linear-chain conditional random field (Lafferty, McCallum and Pereira, ICML 2001) that
`networks.chord_chain` learns; the search is that of Viterbi (1967).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS

NOTHING: Mapping[int, int] = MappingProxyType({})
_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Chain:
    """Scores of chords over S segments, logarithms up to a constant.

    Args:
        fits: of each chord in each segment, shape (S, 60), by pitch class of the root.
        stays: of the chord before going on into each segment, shape (S,).
        moves: of each change from chord to chord, shape (60, 60); the diagonal is not read.
    """

    fits: np.ndarray
    stays: np.ndarray
    moves: np.ndarray

    def restless(self, by: float) -> "Chain":
        """Return the chain with changes likelier by a factor of e to the power of `by`."""
        return replace(self, stays=self.stays - by)

    def likeliest(self, certain: Mapping[int, int] = NOTHING) -> np.ndarray:
        """Return the likeliest chord of each segment, shape (S,), as root * 5 + family.

        Args:
            certain: chords that are known, by segment.
        """
        fits = self._held(certain)
        changes = self.moves.copy()
        np.fill_diagonal(changes, -_NEVER)
        score, back = fits[0], []
        here = np.arange(NUM_CHORDS)
        for row, stay in zip(fits[1:], self.stays[1:], strict=True):
            options = score[:, None] + changes
            came = options.argmax(axis=0)
            best = options[came, here]
            goes_on = score + stay >= best
            back.append(np.where(goes_on, here, came))
            score = np.where(goes_on, score + stay, best) + row
        path = [int(score.argmax())]
        for pointers in reversed(back):
            path.append(int(pointers[path[-1]]))
        return np.array(path[::-1])

    def drawn(
        self, random: np.random.Generator, temperature: float = 1.0, certain: Mapping[int, int] = NOTHING
    ) -> np.ndarray:
        """Return chords drawn by how likely whole courses are, shape (S,): forwards summed, backwards drawn.

        Args:
            random: numbers to draw with.
            temperature: above 0; below 1 the likelier more often.
            certain: chords that are known, by segment.
        """
        fits, stays = self._held(certain) / temperature, self.stays / temperature
        changes = np.exp((self.moves - self.moves.max()) / temperature)
        np.fill_diagonal(changes, 0)
        raised = self.moves.max() / temperature
        sums = [fits[0]]
        for row, stay in zip(fits[1:], stays[1:], strict=True):
            top = sums[-1].max()
            came = np.log(np.exp(sums[-1] - top) @ changes + 1e-300) + top + raised
            sums.append(np.logaddexp(came, sums[-1] + stay) + row)
        path = [_draw(random, sums[-1])]
        for before, stay in zip(reversed(sums[:-1]), reversed(stays[1:]), strict=True):
            step = np.log(changes[:, path[-1]] + 1e-300) + raised
            step[path[-1]] = stay
            path.append(_draw(random, before + step))
        return np.array(path[::-1])

    def _held(self, certain: Mapping[int, int]) -> np.ndarray:
        fits = self.fits.astype(float)
        for segment, chord in certain.items():
            fits[segment, np.arange(NUM_CHORDS) != chord] -= _NEVER
        return fits


def _draw(random: np.random.Generator, scores: np.ndarray) -> int:
    chances = np.exp(scores - scores.max())
    return int(random.choice(NUM_CHORDS, p=chances / chances.sum()))


def all_moves(step: np.ndarray) -> np.ndarray:
    """Return the scores of moves for every pair of chords, shape (60, 60).

    Args:
        step: by the family before, the root's interval upwards and the family after, shape (5, 12, 5).
    """
    rows = [np.roll(step[family], root, axis=0).ravel() for root in range(12) for family in range(len(GUESSED))]
    return np.array(rows, float)
