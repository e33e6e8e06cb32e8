"""A counting model to measure networks against: the interpolated Kneser-Ney n-gram.

Definition (Kneser and Ney, 1995; Chen and Goodman, 1999). For a context h and event w at the highest order, with c the
count in the training sequences, N(h) the number of different events after h, and h' the context without its oldest
event:

    P(w | h) = max(c(h w) - d, 0) / c(h)  +  d N(h) / c(h) * P(w | h')

Below the highest order c(h w) is replaced by the number of different events seen before h w. Below one event stands
the uniform distribution. Where h was never seen, P(w | h) = P(w | h'). Sequences start after order - 1 start
marks, which are never predicted.
"""

from collections.abc import Iterable, Sequence

import numpy as np

DISCOUNTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Discounts tried on the validation sequences."""

Context = tuple[int, ...]


class KneserNeyNgram:
    """Interpolated Kneser-Ney n-gram over integer events.

    Args:
        vocab_size: events are in [0, vocab_size).
        order: events seen at once, the predicted one included; 5 by default.
        discount: what is taken from each count, between 0 and 1.
    """

    def __init__(self, vocab_size: int, order: int = 5, discount: float = 0.75) -> None:
        if vocab_size < 1 or order < 1 or not 0 < discount < 1:
            raise ValueError(
                f"vocab_size and order must be >= 1 and discount between 0 and 1, got {vocab_size}, {order}, {discount}"
            )
        self.vocab_size, self.order, self.discount = vocab_size, order, discount
        # One table for each length of context: context -> event -> count.
        self._counts: list[dict[Context, dict[int, int]]] = [{} for _ in range(order)]
        self._totals: list[dict[Context, int]] = [{} for _ in range(order)]

    def _padded(self, sequence: Sequence[int] | np.ndarray) -> list[int]:
        events = np.asarray(sequence, dtype=np.int64).tolist()
        if events and not 0 <= min(events) <= max(events) < self.vocab_size:
            raise ValueError(f"events must be in [0, {self.vocab_size}), got {min(events)} to {max(events)}")
        return [self.vocab_size] * (self.order - 1) + events

    def fit(self, sequences: Iterable[Sequence[int] | np.ndarray]) -> "KneserNeyNgram":
        """Count the sequences, in place of what was counted before, and return the model."""
        grams: dict[Context, int] = {}
        for sequence in sequences:
            events = self._padded(sequence)
            for stop in range(self.order, len(events) + 1):
                gram = tuple(events[stop - self.order : stop])
                grams[gram] = grams.get(gram, 0) + 1
        for length in range(self.order - 1, -1, -1):
            table: dict[Context, dict[int, int]] = {}
            for gram, count in grams.items():
                table.setdefault(gram[:-1], {})[gram[-1]] = count
            self._counts[length] = table
            self._totals[length] = {context: sum(after.values()) for context, after in table.items()}
            shorter: dict[Context, int] = {}
            for gram in grams:  # each gram is one event seen before its tail
                shorter[gram[1:]] = shorter.get(gram[1:], 0) + 1
            grams = shorter
        return self

    def _probability(self, context: Context, event: int) -> float:
        probability = 1.0 / self.vocab_size
        for length in range(self.order):
            tail = context[len(context) - length :]
            total = self._totals[length].get(tail)
            if total is None:
                break  # a longer context holds this one, so it was not seen either
            after = self._counts[length][tail]
            own = max(after.get(event, 0) - self.discount, 0.0)
            probability = (own + self.discount * len(after) * probability) / total
        return probability

    def probabilities(self, context: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the probability of every event after a context, shape (vocab_size,), which adds up to 1.

        Args:
            context: the events before, of any length; the start of a sequence where it is shorter than order - 1.
        """
        events = self._padded(context)
        tail = tuple(events[len(events) - self.order + 1 :])
        return np.array([self._probability(tail, event) for event in range(self.vocab_size)])

    def nll(self, sequence: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the negative log-likelihood of each event in nats, shape (T,)."""
        events = self._padded(sequence)
        width = self.order - 1
        values = [self._probability(tuple(events[i - width : i]), events[i]) for i in range(width, len(events))]
        return -np.log(np.array(values, dtype=float))

    def mean_nll(self, sequences: Iterable[Sequence[int] | np.ndarray]) -> float:
        """Return the nats per event over all sequences; NaN where there is none."""
        values = [self.nll(sequence) for sequence in sequences]
        joined = np.concatenate(values) if values else np.zeros(0)
        return float(joined.mean()) if len(joined) else float("nan")


def fit_ngram(
    train: Sequence[Sequence[int] | np.ndarray],
    valid: Sequence[Sequence[int] | np.ndarray],
    vocab_size: int,
    order: int = 5,
    discounts: Sequence[float] = DISCOUNTS,
) -> KneserNeyNgram:
    """Return the n-gram fitted to `train` with the discount that gives `valid` the fewest nats."""
    model = KneserNeyNgram(vocab_size, order).fit(train)
    scores = {}
    for discount in discounts:
        model.discount = discount
        scores[discount] = model.mean_nll(valid)
    model.discount = min(scores, key=scores.__getitem__)
    return model
