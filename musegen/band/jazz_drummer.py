"""What a drummer of jazz plays next in swing: counted from real ones, on triplets of eighths, and drawn from.

At each triplet the drums of `drum_model.DRUMS` are asked for one after the other, each yes or no. How likely a stroke
is was counted in three contexts, from place in the bar alone to place, the same place one and two bars ago, the triplet
before and what is struck at the same time; each wider context is the prior of the next. Counts:
`musegen.training.jazz_drum_table`, from the swing of the Groove MIDI Dataset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.band.drum_model import DECILES, DRUMS, NOT_YET, PRIOR, one_pair_of_hands
from musegen.paths import assets_dir

SLOTS = 3
"""Triplets of eighths in a quarter."""

STEPS = 4 * SLOTS
"""Triplets in a bar of four."""

_SHAPES = ((len(DRUMS), STEPS), (len(DRUMS), STEPS, 3, 3), (len(DRUMS), STEPS, 3, 3, 2, 8))


@dataclass(frozen=True, slots=True, eq=False)
class SwingCounts:
    """What was counted.

    Args:
        struck: strokes in each context, one array a context.
        asked: how often each context was met.
    """

    struck: tuple[np.ndarray, ...]
    asked: tuple[np.ndarray, ...]

    def __add__(self, other: "SwingCounts") -> "SwingCounts":
        return SwingCounts(
            tuple(a + b for a, b in zip(self.struck, other.struck, strict=True)),
            tuple(a + b for a, b in zip(self.asked, other.asked, strict=True)),
        )


def contexts(hits: np.ndarray, step: int, drum: int) -> tuple[tuple[int, ...], ...]:
    """Return the three contexts of a question, the widest first.

    Args:
        hits: of the whole music so far, 0 or 1, shape (T, 10); at `step` those of the drums before `drum`.
        step: which triplet is asked about.
        drum: which drum.
    """
    place = step % STEPS
    one = int(hits[step - STEPS, drum]) if step >= STEPS else NOT_YET
    two = int(hits[step - 2 * STEPS, drum]) if step >= 2 * STEPS else NOT_YET
    before = int(hits[step - 1, drum]) if step else 0
    now = hits[step]
    together = int(drum > 0 and now[0]) + 2 * int(drum > 1 and now[1]) + 4 * int(now[2 : max(drum, 2)][:5].any())
    return (drum, place), (drum, place, one, two), (drum, place, one, two, before, together)


def count(plays: Sequence[np.ndarray]) -> SwingCounts:
    """Return the counts of some music, strokes as 0 or 1, shape (T, 10) each."""
    struck, asked = [np.zeros(shape) for shape in _SHAPES], [np.zeros(shape) for shape in _SHAPES]
    for hits in plays:
        for step in range(len(hits)):
            for drum in range(len(DRUMS)):
                for order, context in enumerate(contexts(hits, step, drum)):
                    asked[order][context] += 1
                    struck[order][context] += hits[step, drum]
    return SwingCounts(tuple(struck), tuple(asked))


def chance(counts: SwingCounts, met: Sequence[tuple[int, ...]]) -> float:
    """Return how likely a stroke is, by contexts as `contexts` returns them, the widest alone or more of them."""
    likely = 0.05
    for struck, asked, context in zip(counts.struck, counts.asked, met, strict=False):
        likely = (struck[context] + PRIOR * likely) / (asked[context] + PRIOR)
    return min(max(likely, 1e-4), 1 - 1e-4)


def draw_swing(
    counts: SwingCounts, num_bars: int, rng: np.random.Generator, comments: np.ndarray | None = None
) -> np.ndarray:
    """Return strokes, 0 or 1, shape (12 * num_bars, 10).

    Drawn as likely as counted: preferring the likelier was tried and is further from real drummers
    (`benchmarks.jazz_drums`).

    Args:
        counts: what is drawn from.
        num_bars: how many.
        rng: where chance comes from.
        comments: for each bar the nats towards snare and kick off the beat, below 0 away from them; None for none.
    """
    hits = np.zeros((num_bars * STEPS, len(DRUMS)), np.int8)
    for step in range(len(hits)):
        lean = float(comments[step // STEPS]) if comments is not None and step % SLOTS else 0.0
        for drum in range(len(DRUMS)):
            likely = chance(counts, contexts(hits, step, drum))
            odds = likely / (1 - likely) * (np.exp(lean) if drum < 2 else 1.0)
            hits[step, drum] = rng.random() < odds / (1 + odds)
        one_pair_of_hands(hits[step])
    return hits


@lru_cache(maxsize=1)
def load_swing() -> tuple[SwingCounts, np.ndarray]:
    """Return what was counted in the corpus, and velocities at the deciles of each drum and triplet, (10, 12, 11)."""
    with np.load(assets_dir() / "jazz_drums.npz", allow_pickle=False) as stored:
        orders = range(len(_SHAPES))
        counts = SwingCounts(
            tuple(stored[f"struck_{n}"].astype(float) for n in orders),
            tuple(stored[f"asked_{n}"].astype(float) for n in orders),
        )
        return counts, stored["loudness"].astype(float)


def drawn_velocity(loudness: np.ndarray, drum: int, step: int, rng: np.random.Generator) -> float:
    """Return how hard a drum is struck, as in the corpus at its place in the bar."""
    return float(np.interp(rng.random(), DECILES, loudness[drum, step % STEPS]))
