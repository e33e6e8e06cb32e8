"""A counting model of chorales on the sixteenth grid: the floor a network has to clear.

Each voice's symbol (46 pitches or rest) is predicted from its own last symbol, the sixteenth's place in the beat, and
the voices already chosen in the same sixteenth, by interpolated absolute discounting along a chain of contexts, each
more exact than the one before:

    voice < + own last symbol < + place in the beat < + which chosen voices moved < + all chosen voices

The discount is chosen on the validation split. The first sixteenth of a piece and rests count like all others.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

NUM_SYMBOLS = 47
DISCOUNTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_START = -2
CHAIN = ("voice", "own last symbol", "place in the beat", "chosen voices moved", "chosen voices")


def _events(frames: np.ndarray, order: Sequence[int], num_contexts: int) -> Iterator[tuple[list[tuple], int]]:
    """Yield (contexts, most general first, symbol) of every voice and sixteenth."""
    before = [_START] * 4
    for step, row in enumerate(frames.tolist()):
        for place, voice in enumerate(order):
            chosen = order[:place]
            moved = tuple(row[u] != before[u] for u in chosen)
            parts = [voice, before[voice], step % 4, moved, tuple(row[u] for u in chosen)]
            yield [tuple(parts[: k + 1]) for k in range(num_contexts)], row[voice]
        before = row


class ChoraleCounts:
    """The counting model.

    Args:
        order: in which the voices of a sixteenth are chosen.
        num_contexts: how much of the chain is used, 1 to 5.
    """

    def __init__(self, order: Sequence[int] = (0, 1, 2, 3), num_contexts: int = len(CHAIN)) -> None:
        self.order, self.num_contexts, self.discount = tuple(order), num_contexts, 0.6
        self._counts: dict[tuple, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._totals: dict[tuple, int] = defaultdict(int)

    def fit(self, train: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> "ChoraleCounts":
        """Count pieces, arrays (T, 4) of pitches with -1 for silence, and choose the discount; return the model."""
        for frames in train:
            for contexts, symbol in _events(frames, self.order, self.num_contexts):
                for context in contexts:
                    self._counts[context][symbol] += 1
                    self._totals[context] += 1
        scores = {}
        for self.discount in DISCOUNTS:
            scores[self.discount] = np.mean(np.concatenate([self.nll(frames) for frames in valid]))
        self.discount = min(scores, key=scores.__getitem__)
        return self

    def nll(self, frames: np.ndarray) -> np.ndarray:
        """Return the nats of every voice and sixteenth, shape (T * 4,), in the order chosen."""
        result = []
        for contexts, symbol in _events(frames, self.order, self.num_contexts):
            probability = 1 / NUM_SYMBOLS
            for context in contexts:
                total = self._totals.get(context)
                if not total:
                    break
                after = self._counts[context]
                own = max(after.get(symbol, 0) - self.discount, 0.0)
                probability = (own + self.discount * len(after) * probability) / total
            result.append(probability)
        return -np.log(np.array(result))
