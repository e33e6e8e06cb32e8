"""Counts what basses play beside drums: ``python -m musegen.training.bass_groove_table assets/bass.npz``.

No chords are named in the corpus, so the root of each half bar is the pitch class on which the bass is longest in it.
Of the basses that are held out it prints the nats a note of the model and of its widest contexts alone.
"""

import argparse
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from musegen.band.bass_model import (
    STEPS,
    BassTables,
    empty_tables,
    interval_chances,
    onset_chance,
    onset_contexts,
)
from musegen.corpora.freedoom import BassTrack, read_basses

_HALF = STEPS // 2
_log = logging.getLogger(__name__)


def roots_of(pitch: np.ndarray) -> np.ndarray:
    """Return the root of each half bar, -1 where nothing begins in it, shape (T / 8,)."""
    roots = np.full(len(pitch) // _HALF, -1)
    for half in range(len(roots)):
        inside = pitch[half * _HALF : (half + 1) * _HALF]
        steps = np.flatnonzero(inside)
        if len(steps):
            lengths = np.diff(np.append(steps, _HALF))
            weight = np.bincount(inside[steps] % 12, lengths + 0.5 * (steps == 0), minlength=12)
            roots[half] = int(weight.argmax())
    return roots


def notes_of(bass: BassTrack) -> Iterator[tuple[int, bool, int, int]]:
    """Yield (step, whether it is the first on its root, interval, interval before) of each note."""
    roots, before, last_root = roots_of(bass.pitch), 12, -1
    for step in np.flatnonzero(bass.pitch).tolist():
        root = int(roots[step // _HALF])
        interval = (int(bass.pitch[step]) - root) % 12
        yield step, root != last_root, interval, before
        before, last_root = interval, root


def count(basses: Iterable[BassTrack]) -> BassTables:
    """Return what is counted in basses."""
    tables = empty_tables()
    for bass in basses:
        onsets = (bass.pitch > 0).astype(np.int8)
        for step in range(len(onsets)):
            for begun, asked, context in zip(
                tables.begun, tables.asked, onset_contexts(onsets, bass.kick, step), strict=True
            ):
                asked[context] += 1
                begun[context] += onsets[step]
        for step, first, interval, before in notes_of(bass):
            tables.intervals[0][int(first), interval] += 1
            tables.intervals[1][int(first), step % STEPS, interval] += 1
            tables.intervals[2][int(first), step % STEPS, before, interval] += 1
    return tables


def nats_a_note(tables: BassTables, basses: Iterable[BassTrack], order: int) -> tuple[float, float]:
    """Return the mean nats a note of when notes begin, by the first `order` contexts, and of their intervals."""
    when = what = notes = 0.0
    for bass in basses:
        onsets = (bass.pitch > 0).astype(np.int8)
        for step in range(len(onsets)):
            likely = onset_chance(tables, onset_contexts(onsets, bass.kick, step)[:order])
            when -= np.log(likely if onsets[step] else 1 - likely)
        for step, first, interval, before in notes_of(bass):
            what -= np.log(interval_chances(tables, first, step, before)[interval])
            notes += 1
    return when / max(notes, 1), what / max(notes, 1)


def main() -> None:
    """Count, write the tables, and log how well they tell held-out basses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the tables go (.npz)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train, test = read_basses("train"), read_basses("test") + read_basses("valid")
    tables = count(train)
    arrays = {f"{name}_{n}": each.astype(np.uint16) for name in ("begun", "asked", "intervals")
              for n, each in enumerate(getattr(tables, name))}  # fmt: skip
    np.savez_compressed(arguments.path, **arrays)
    _log.info("%d basses learned from, %d held out", len(train), len(test))
    for order, words in ((1, "by place alone"), (2, "and bass drum"), (3, "the model")):
        _log.info("%s: %.4f nats a note for when, %.4f for what", words, *nats_a_note(tables, test, order))


if __name__ == "__main__":
    main()
