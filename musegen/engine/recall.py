"""What a piece has done already as a guess at what it does next, mixed with what the network expects.

The longest run of events that the piece ends with, and that stood in it before, tells what followed it then. How far to
trust that depends on how long the run is, how far back it stood, and how often the piece has already gone round in that
circle, so that no take goes round for ever; the shares are learned from music that the network did not learn from
(`RecallTable`). In the field's words a *short-term model* beside the network as long-term model
(Conklin and Witten 1995; Pearce 2005, IDyOM), mixed as a cache language model is (Kuhn and De Mori 1990; Grave et al.,
arXiv:1612.04426). Nothing in it knows music: K events of a frame stand one after the other, and a run may begin
anywhere.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from musegen.engine.draw import log_softmax

LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64)
"""Lengths of the runs that are looked for, in events."""

MOST_ROUNDS = 3
"""Who has gone round so often counts as one who has gone round more often."""

NEAR_FRAMES = 12
"""A run that stood fewer frames back is a figure or a trill, one farther back a phrase."""

MOST_STRENGTH = 10.0

NUM_CASES = 2 * (MOST_ROUNDS + 1)
"""Near or far, times the rounds: 0 where the run is shorter than how far back it stood."""


_ROOM = 512
"""Events for which there is room at first."""

_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class RecallTable:
    """How far to trust what followed a run: the share of the guess in what is drawn from.

    Args:
        shares: 0 to below 1, shape (K, `len(LENGTHS)`, `NUM_CASES`): for each question of a frame, by the length of the
            longest run that was met, and by its case (see `Met`).
        strength: by how much the odds of each share are multiplied in composing, so that takes go back as often as
            real music does: what a take has played is less worth going back to than what a composer has.
    """

    shares: np.ndarray
    strength: float = 1.0
    _scaled: dict[float, "RecallTable"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.shares.ndim != 3 or self.shares.shape[1:] != (len(LENGTHS), NUM_CASES):
            raise ValueError(f"shares have shape {self.shares.shape}, not (K, {len(LENGTHS)}, {NUM_CASES})")
        if not ((self.shares >= 0) & (self.shares < 1)).all():
            raise ValueError("a share is not from 0 to below 1")
        if not 0 < self.strength <= MOST_STRENGTH:
            raise ValueError(f"a strength of {self.strength} is not above 0 and at most {MOST_STRENGTH}")

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        values = {"lengths": list(LENGTHS), "shares": np.round(self.shares, 4).tolist()}
        return values if self.strength == 1 else values | {"strength": self.strength}

    @classmethod
    def from_json(cls, values: Any) -> "RecallTable":
        """Return the table of plain data.

        Raises:
            ValueError: it is no table, or one of other lengths.
        """
        if not isinstance(values, dict) or values.get("lengths") != list(LENGTHS):
            raise ValueError("these are no shares of runs of the lengths that this program looks for")
        return cls(np.asarray(values.get("shares"), float), float(values.get("strength", 1.0)))

    def composing(self, wanted: float) -> "RecallTable":
        """Return the table to compose with; `wanted` 1 goes back as often as real music does, 2 is twice as likely."""
        return self.scaled(self.strength * wanted)

    def scaled(self, strength: float) -> "RecallTable":
        """Return the table with the odds of each share multiplied: 0 never recalls, 1 as learned, 2 twice as likely.

        Each strength is worked out once.
        """
        if strength not in self._scaled:
            odds = strength * self.shares / (1 - self.shares)
            self._scaled[strength] = RecallTable(odds / (1 + odds))
        return self._scaled[strength]


@dataclass(frozen=True, slots=True)
class Met:
    """The longest run that a piece ends with and that stood in it before.

    Args:
        index: of its length in `LENGTHS`.
        case: 0 up to below `NUM_CASES`: the rounds it has gone, from `MOST_ROUNDS` + 1 on of what stood far back.
        following: what followed it, and how often.
    """

    index: int
    case: int
    following: Counter[int]


class Recall:
    """What one piece has done so far.

    For every place it is known how many events before it are those before the coming event, which one comparison an
    event keeps so: a run that goes on is longer by one, all others are over.

    Args:
        num_heads: K, events of a frame.
    """

    def __init__(self, num_heads: int) -> None:
        self._num_heads = num_heads
        self._num_events = 0
        self._events = np.zeros(_ROOM, np.int64)
        self._alike = np.zeros(_ROOM + 1, np.int64)

    @property
    def question(self) -> int:
        """Which event of its frame is due, from 0."""
        return self._num_events % self._num_heads

    def push(self, event: int) -> None:
        """Hear the next event."""
        here = self._num_events
        if here == len(self._events):
            self._events = np.concatenate([self._events, np.zeros_like(self._events)])
            self._alike = np.concatenate([self._alike, np.zeros_like(self._events[here:])])
        self._alike[1 : here + 1] = (self._alike[:here] + 1) * (self._events[:here] == event)
        self._events[here] = event
        self._num_events = here + 1

    def met(self) -> Met | None:
        """Return the longest run met before, None for none."""
        here, question = self._num_events, self.question
        alike = self._alike[question : here : self._num_heads]  # a run is met at the same question of a frame only
        longest = int(alike.max(initial=0))
        if not longest:
            return None
        index = bisect_right(LENGTHS, longest) - 1
        places = np.flatnonzero(alike >= LENGTHS[index]) * self._num_heads + question
        back = here - int(places[-1])
        rounds = min(int(self._alike[here - back]) // back, MOST_ROUNDS)
        far = back >= NEAR_FRAMES * self._num_heads
        return Met(index, rounds + (MOST_ROUNDS + 1) * far, Counter(self._events[places].tolist()))


def mixed(recalls: Sequence[Recall], logits: np.ndarray, table: RecallTable) -> np.ndarray:
    """Return the log probabilities of the coming event of each piece, shape (B, V), the guesses mixed into them.

    Args:
        recalls: of the pieces, B.
        logits: of the network, shape (B, V).
        table: how far to trust the guesses.
    """
    known = log_softmax(logits)
    for row, recall in enumerate(recalls):
        found = recall.met()
        if found is None:
            continue
        share = float(table.shares[recall.question, found.index, found.case])
        if not share:
            continue
        mixture, times = np.exp(known[row]) * (1 - share), found.following.total()
        for event, count in found.following.items():
            mixture[event] += share * count / times
        known[row] = np.log(np.maximum(mixture, _TINY))
    return known


def fit_shares(rows: np.ndarray, num_heads: int, least: int = 30, rounds: int = 40) -> RecallTable:
    """Return the shares that make held-out music likeliest, by expectation and maximisation.

    Args:
        rows: one an event, (N, 5): its probability under the network, its share of what followed the longest run (0
            where it did not follow), the index of that run's length (-1 for none), its case, its question.
        num_heads: K.
        least: events from which a share is learned; rarer cases take that of the nearest shorter run.
        rounds: of expectation and maximisation.
    """
    shares = np.zeros((num_heads, len(LENGTHS), NUM_CASES))
    for question in range(num_heads):
        for index in range(len(LENGTHS)):
            for case in range(NUM_CASES):
                chosen = rows[(rows[:, 4] == question) & (rows[:, 2] == index) & (rows[:, 3] == case)]
                if len(chosen) >= least:
                    shares[question, index, case] = _share(chosen[:, 0], chosen[:, 1], rounds)
                elif index:
                    shares[question, index, case] = shares[question, index - 1, case]
    return RecallTable(shares)


_MOST_SHARE = 0.98
"""No run, however long, leaves the network less than this leaves it: music stops repeating itself."""


def _share(expected: np.ndarray, followed: np.ndarray, rounds: int) -> float:
    share = 0.1
    for _ in range(rounds):
        guessed = share * followed
        share = float((guessed / np.maximum(guessed + (1 - share) * expected, 1e-30)).mean())
    return min(share, _MOST_SHARE) if share > 1e-3 else 0.0
