"""Chords guessed by counted tables, as before there was a network: what the network is compared with.

The tables were counted from solos of the Weimar database ("jazz") and tunes of the Nottingham collection ("plain"),
its training parts as they were split then; some of those tunes are held out today, which favours the tables.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from musegen.corpora.jazz_timing import TICKS_PER_BEAT
from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS
from musegen.training.chord_rows import WEIMAR, Row

NOTHING: Mapping[int, int] = MappingProxyType({})
_NEVER = 1e6
_TABLES = Path(__file__).with_name("chord_tables.json")


@dataclass(frozen=True, eq=False)
class GuessTables:
    """Logarithms of how often things happen, each row a distribution.

    Args:
        tone: pitch class above the root, under each family, weighted by length, shape (5, 12).
        degree: chord above the tonic, in major and minor, at each change, shape (2, 60).
        step: root above the root before and family, after each family, at each change, shape (5, 60).
        change: share of changes where a bar begins and in its middle, shape (2,), no logarithm.
        weights: of tone, degree and step in the sum, chosen on the music that was counted.
    """

    tone: np.ndarray
    degree: np.ndarray
    step: np.ndarray
    change: np.ndarray
    weights: tuple[float, float, float]


@lru_cache(maxsize=2)
def load_tables(manner: str) -> GuessTables:
    """Return the tables of a manner: of jazz (the Weimar database), else of folk tunes with chords."""
    table = json.loads(_TABLES.read_text(encoding="utf-8"))["jazz" if manner == "jazz" else "plain"]
    arrays = {name: np.array(table[name]) for name in ("tone", "degree", "step", "change")}
    return GuessTables(**arrays, weights=tuple(table["weights"]))


def guess_chords(
    weights: np.ndarray,
    in_middle: np.ndarray,
    key: tuple[int, str],
    tables: GuessTables,
    *,
    change: tuple[float, float] | None = None,
    certain: Mapping[int, int] = NOTHING,
) -> np.ndarray:
    """Return the likeliest chord of each segment, shape (S,), as root * 5 + family.

    The search of Viterbi (1967) over the sum of: the notes under each chord; at each change how usual the chord is in
    the key and after the chord before; and how usual a change is there at all.

    Args:
        weights: of `segment_weights`, in quarters, shape (S, 12).
        in_middle: True for segments that begin in the middle of a bar, shape (S,).
        key: tonic and "major" or "minor".
        tables: what is usual.
        change: share of changes where a bar begins and in its middle, instead of that of the tables.
        certain: chords that are known, by segment.
    """
    of_tone, of_degree, of_step = tables.weights
    fits = of_tone * chord_fits(weights, tables)
    for segment, chord in certain.items():
        fits[segment, np.arange(NUM_CHORDS) != chord] -= _NEVER
    tonic, mode = key
    degree = of_degree * np.roll(tables.degree[0 if mode == "major" else 1].reshape(12, 5), tonic, axis=0).ravel()
    moves = _moves(of_step * tables.step) + degree[None, :]
    score, back = fits[0] + degree, []
    for row, middle in zip(fits[1:], in_middle[1:], strict=True):
        share = (change or tables.change)[int(middle)]
        options = score[:, None] + moves + np.log(share)
        stay = score + np.log1p(-share)
        np.fill_diagonal(options, stay)
        back.append(options.argmax(axis=0))
        score = options.max(axis=0) + row
    path = [int(score.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return np.array(path[::-1])


def chord_fits(weights: np.ndarray, tables: GuessTables) -> np.ndarray:
    """Return the sum of the logarithms of the notes under every chord, shape (S, 60)."""
    above = np.stack([np.roll(weights, -root, axis=1) for root in range(12)], axis=1)  # (S, root, above)
    return (above @ tables.tone.T).reshape(len(weights), NUM_CHORDS)


def _moves(step: np.ndarray) -> np.ndarray:
    """Return the table of steps for every pair of chords, shape (60, 60)."""
    by_family = step.reshape(len(GUESSED), 12, len(GUESSED))
    rows = [np.roll(by_family[family], root, axis=0).ravel() for root in range(12) for family in range(len(GUESSED))]
    return np.array(rows)


def guess_by_tables(row: Row) -> np.ndarray:
    """Return the likeliest chord of each segment of a melody, shape (S,)."""
    quarter = TICKS_PER_BEAT if row.corpus == WEIMAR else 1
    weights = row.frames.weights * (np.diff(row.segments.edges) / quarter)[:, None]
    return guess_chords(weights, row.segments.in_middle, row.key, load_tables(row.manner or "plain"))
