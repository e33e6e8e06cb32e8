"""What a drummer plays next: counted from real drummers, and drawn from. contexts, chance, draw_strokes.

Time is cut into sixteenths. At each, the drums are asked for one after the other, each yes or no. How likely a stroke
is was counted in five contexts, from place in the bar alone to place, genre, fill, the same place one and two bars
ago, the sixteenth before and what is struck at the same time; each wider context is the prior of the next
(hierarchical Dirichlet smoothing, as of language models: MacKay and Peto, 1995). Counts:
`musegen.training.drum_table`, from the Groove MIDI Dataset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musegen.paths import assets_dir

STEPS = 16
"""Sixteenths of a bar in four."""

DRUMS = (36, 38, 42, 46, 44, 51, 49, 48, 45, 43)
"""General MIDI numbers, in the order in which they are asked for: kick, snare, hats, ride, crash, toms."""

GENRES = ("popular", "rock", "funk", "soul", "hiphop", "latin", "country", "reggae", "punk")
PRIOR = 6.0
"""Strokes that a wider context counts for."""

DECILES = np.linspace(0, 1, 11)
"""Of the velocities that tables keep."""

NOT_YET = 2
"""In place of yes or no: so many bars ago there was no music."""

_SHAPES = (
    (10, STEPS),
    (10, STEPS, len(GENRES), 2),
    (10, STEPS, 2, 3, 3),
    (10, STEPS, 2, 3, 3, 2, 8),
    (10, STEPS, len(GENRES), 2, 3, 3, 8),
)


@dataclass(frozen=True, slots=True, eq=False)
class DrumTables:
    """What was counted.

    Args:
        struck: strokes in each context, one array a context.
        asked: how often each context was met.
        loudness: velocities at the deciles of each drum and sixteenth, shape (10, 16, 11).
        late: mean of how late strokes are, in sixteenths, shape (10, 16).
        spread: their standard deviation, shape (10, 16).
    """

    struck: tuple[np.ndarray, ...]
    asked: tuple[np.ndarray, ...]
    loudness: np.ndarray
    late: np.ndarray
    spread: np.ndarray


@lru_cache(maxsize=1)
def load_drums() -> DrumTables:
    """Return what was counted in the corpus."""
    with np.load(assets_dir() / "drums.npz", allow_pickle=False) as stored:
        return DrumTables(
            tuple(stored[f"struck_{n}"].astype(float) for n in range(len(_SHAPES))),
            tuple(stored[f"asked_{n}"].astype(float) for n in range(len(_SHAPES))),
            *(stored[name].astype(float) for name in ("loudness", "late", "spread")),
        )


def empty_counts() -> list[np.ndarray]:
    """Return one array of zeros for each context."""
    return [np.zeros(shape, np.int64) for shape in _SHAPES]


def contexts(hits: np.ndarray, step: int, drum: int, genre: int, *, is_fill: bool) -> tuple[tuple[int, ...], ...]:
    """Return the five contexts of a question.

    Args:
        hits: of the whole music so far, 0 or 1, shape (T, 10); at `step` those of the drums before `drum`.
        step: which sixteenth is asked about.
        drum: which drum.
        genre: index into `GENRES`.
        is_fill: whether a fill is played.
    """
    place, fill = step % STEPS, int(is_fill)
    one = int(hits[step - STEPS, drum]) if step >= STEPS else NOT_YET
    two = int(hits[step - 2 * STEPS, drum]) if step >= 2 * STEPS else NOT_YET
    before = int(hits[step - 1, drum]) if step else 0
    now = hits[step]
    together = int(drum > 0 and now[0]) + 2 * int(drum > 1 and now[1]) + 4 * int(now[2 : max(drum, 2)][:5].any())
    return (
        (drum, place),
        (drum, place, genre, fill),
        (drum, place, fill, one, two),
        (drum, place, fill, one, two, before, together),
        (drum, place, genre, fill, one, two, together),
    )


def chance(tables: DrumTables, met: Sequence[tuple[int, ...]], order: int = len(_SHAPES)) -> float:
    """Return how likely a stroke is.

    Args:
        tables: what was counted.
        met: contexts, as `contexts` returns them.
        order: how many of them count.
    """
    likely = 0.05
    for struck, asked, context in zip(tables.struck[:order], tables.asked[:order], met, strict=False):
        likely = (struck[context] + PRIOR * likely) / (asked[context] + PRIOR)
    return min(max(likely, 1e-4), 1 - 1e-4)


@lru_cache(maxsize=1)
def likelihoods() -> np.ndarray:
    """Return how likely a stroke is in all that is asked for, shape (10, 16, genres, 2, 3, 3, 2, 8).

    Indices: drum, place, genre, fill, a bar ago, two bars ago, the sixteenth before, what is struck at the same time.
    """
    tables = load_drums()
    full = (len(DRUMS), STEPS, len(GENRES), 2, 3, 3, 2, 8)
    at = ((0, 1), (0, 1, 2, 3), (0, 1, 3, 4, 5), (0, 1, 3, 4, 5, 6, 7), (0, 1, 2, 3, 4, 5, 7))
    likely = np.full((1,) * len(full), 0.05)
    for struck, asked, axes in zip(tables.struck, tables.asked, at, strict=True):
        shape = [size if axis in axes else 1 for axis, size in enumerate(full)]
        likely = (struck.reshape(shape) + PRIOR * likely) / (asked.reshape(shape) + PRIOR)
    return np.clip(likely, 1e-4, 1 - 1e-4)


def draw_strokes(
    fills: np.ndarray,
    genre: str,
    rng: np.random.Generator,
    *,
    temperature: float = 0.5,
    density: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Return strokes, 0 or 1, shape (T, 10).

    The first bar is drawn several times, and the one is taken that goes on best: a groove is a bar that bears
    repeating.

    Args:
        fills: whether a fill is played at each sixteenth, boolean, shape (T,).
        genre: one of `GENRES`.
        rng: where chance comes from.
        temperature: above 0; below 1 the likelier is preferred.
        density: nats towards more strokes, below 0 towards fewer, one or one a sixteenth; the snare's and the kick's
            main strokes stay.
    """
    likely = likelihoods()[:, :, GENRES.index(genre)]
    nats = np.broadcast_to(density, len(fills)).astype(float)
    hits = np.zeros((len(fills), len(DRUMS)), np.int8)
    if not len(hits):
        return hits
    opening = min(STEPS, len(hits))
    best = -np.inf
    for _ in range(_OPENINGS):
        bar = np.zeros((2 * STEPS, len(DRUMS)), np.int8)
        _play(bar, range(STEPS), likely, np.zeros(STEPS, bool), np.full(STEPS, nats[0]), rng, temperature)
        bar[STEPS:] = bar[:STEPS]
        score = sum(_logit(bar, likely, step, drum, 0) * (2 * bar[step, drum] - 1)
                    for step in range(STEPS, 2 * STEPS) for drum in range(len(DRUMS)))  # fmt: skip
        score += _STRONG * (bar[0, 0] + bar[STEPS // 4, 1] + bar[3 * STEPS // 4, 1])
        if score > best:
            best, hits[:opening] = score, bar[:opening]
    _play(hits, range(STEPS, len(hits)), likely, fills, nats, rng, temperature)
    return hits


_OPENINGS, _STRONG = 40, 4.0


def _logit(hits: np.ndarray, likely: np.ndarray, step: int, drum: int, fill: int) -> float:
    """Return the log-odds of a stroke; see `contexts`."""
    one = hits[step - STEPS, drum] if step >= STEPS else NOT_YET
    two = hits[step - 2 * STEPS, drum] if step >= 2 * STEPS else NOT_YET
    now = hits[step]
    together = (drum > 0 and now[0]) + 2 * (drum > 1 and now[1]) + 4 * bool(now[2 : max(drum, 2)][:5].any())
    chance_of_it = likely[drum, step % STEPS, fill, one, two, hits[step - 1, drum] if step else 0, together]
    return float(np.log(chance_of_it / (1 - chance_of_it)))


def _play(
    hits: np.ndarray,
    steps: range,
    likely: np.ndarray,
    fills: np.ndarray,
    nats: np.ndarray,
    rng: np.random.Generator,
    temperature: float,
) -> None:
    """Draw the strokes of steps into `hits`."""
    for step in steps:
        wanted = np.log(1 / rng.random(len(DRUMS)) - 1)
        for drum in range(len(DRUMS)):
            logit = _logit(hits, likely, step, drum, int(fills[step]))
            lean = nats[step] if logit < 1 else min(nats[step], 0.0) * (0.25 if drum < 2 else 1.0)
            hits[step, drum] = (logit + lean) / temperature > wanted[drum]
        one_pair_of_hands(hits[step])


def one_pair_of_hands(now: np.ndarray) -> None:
    """Leave out what two hands and two feet cannot strike at once, the least first."""
    if now[2] and now[3]:
        now[2] = 0
    if now[4] and now[3]:
        now[4] = 0
    for drum in (7, 8, 9, 2, 5, 3):  # toms, closed hat, ride, open hat
        if now[1] + now[2] + now[3] + now[5] + now[6] + now[7:].sum() <= 2:
            break
        now[drum] = 0
