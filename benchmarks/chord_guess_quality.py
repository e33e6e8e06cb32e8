"""Chords guessed from melodies and heard in all that sounds, beside those that were written, on music held out.

A segment (half a bar or a bar of a melody, a beat of all that sounds) is right where its root is, or root and family
(major, minor, dominant, half-diminished, diminished). Beside the network stand: in each segment the chord of the key
that holds most of its notes, which knows no table; the search by counted tables that came before the network
(`benchmarks/chord_tables.py`); of all that sounds the chord whose tones fit it best. Intervals are of 95 %, drawn by
work. "Own key" estimates the key where the others know the written one.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.chord_tables import guess_by_tables
from benchmarks.report import Figures, run, table
from musegen.harmony.frames import silent_frames
from musegen.harmony.model import load_model, model_for
from musegen.harmony.vocabulary import GUESSED
from musegen.music.theory import estimate_key
from musegen.training.chord_rows import (
    BILLBOARD,
    NOTTINGHAM,
    OPENEWLD,
    POP909,
    WEIMAR,
    Row,
    melody_rows,
    mozart_rows,
    sounding_rows,
)

_SIZE = len(GUESSED)
_IN_KEY = {
    "major": ((0, "major"), (2, "minor"), (4, "minor"), (5, "major"), (7, "dominant"), (9, "minor")),
    "minor": ((0, "minor"), (3, "major"), (5, "minor"), (7, "dominant"), (8, "major"), (10, "dominant")),
}
_TONES = {
    "major": (0, 4, 7), "minor": (0, 3, 7), "dominant": (0, 4, 7, 10), "half-diminished": (0, 3, 6, 10),
    "diminished": (0, 3, 6, 9),
}  # fmt: skip
_DRAWS = 400
Guess = Callable[[Row], np.ndarray]


def always_tonic(row: Row) -> np.ndarray:
    """Return the tonic chord of the key everywhere."""
    tonic, mode = row.key
    return np.full(len(row.chords), tonic * _SIZE + GUESSED.index(mode))


def most_notes(row: Row) -> np.ndarray:
    """Return for each segment the chord of the key that holds most of its notes, in a tie or in silence the first."""
    tonic, mode = row.key
    return _fitting(row, [((tonic + step) % 12, family) for step, family in _IN_KEY[mode]])


def best_template(row: Row) -> np.ndarray:
    """Return for each segment the chord of all whose tones hold most of what sounds, the bass counted twice."""
    return _fitting(row, [(root, family) for root in range(12) for family in GUESSED], bass=True)


def _fitting(row: Row, chords: Sequence[tuple[int, str]], *, bass: bool = False) -> np.ndarray:
    masks = np.zeros((len(chords), 12))
    for mask, (root, family) in zip(masks, chords, strict=True):
        mask[[(root + tone) % 12 for tone in _TONES[family]]] = 1 / np.sqrt(len(_TONES[family]))
    fits = row.frames.weights @ masks.T
    if bass:
        fits += row.frames.second @ np.array([np.eye(12)[root] for root, _ in chords]).T
    return np.array([root * _SIZE + GUESSED.index(family) for root, family in chords])[fits.argmax(axis=1)]


def by_network(name: str, *, own_key: bool = False, deaf: bool = False) -> Guess:
    """Return the guess of a network: in the written key or an estimated one, with the notes or without them."""
    model = load_model(name)

    def guess(row: Row) -> np.ndarray:
        key = row.key
        if own_key and row.frames.weights.any():
            key = estimate_key(np.arange(12), row.frames.weights.sum(axis=0))
        frames = silent_frames(row.segments) if deaf else row.frames
        return model.chain(frames, key, row.manner).likeliest()

    return guess


def shares(rows: Sequence[Row], guess: Guess) -> dict[str, float]:
    """Return the percentages of segments with the right root, and with the right root and family, with intervals."""
    counts = []
    for row in rows:
        known = row.chords >= 0
        found, chords = guess(row)[known], row.chords[known]
        counts.append(((found // _SIZE == chords // _SIZE).sum(), (found == chords).sum(), len(chords)))
    table_of = np.array(counts, float)
    drawn = np.random.default_rng(0).integers(0, len(rows), (_DRAWS, len(rows)))
    sums = table_of[drawn].sum(axis=1)
    low, high = np.percentile(100 * sums[:, :2] / sums[:, 2:], [2.5, 97.5], axis=0)
    root, both, total = table_of.sum(axis=0)
    return {
        "root": 100 * root / total, "root_low": low[0], "root_high": high[0],
        "both": 100 * both / total, "both_low": low[1], "both_high": high[1], "segments": int(total),
    }  # fmt: skip


def measured(small: bool) -> Figures:
    """Return the percentages for all corpora that can be had."""
    figures: Figures = {}
    for corpus in (NOTTINGHAM, OPENEWLD, WEIMAR, POP909, BILLBOARD):
        rows = melody_rows("test", [corpus])
        some = rows[:6] if small else rows
        name = model_for(rows[0].manner or "")
        guesses: dict[str, Guess] = {"always the tonic": always_tonic}
        if corpus != BILLBOARD:
            guesses |= {
                "most notes in the key": most_notes, "counted tables": guess_by_tables,
                "network": by_network(name), "network, own key": by_network(name, own_key=True),
            }  # fmt: skip
        if corpus == POP909:
            guesses["network that knows no song of POP909"] = by_network("melody")
        guesses["network without the notes"] = by_network(name, deaf=True)
        figures[f"{corpus}, melody"] = _compared(some, guesses)
    for name, rows in (("pop909", sounding_rows("test")), ("dcml-mozart-sonatas", mozart_rows())):
        some = rows[:3] if small else rows
        guesses = {"best template": best_template, "network": by_network("sounding"),
                   "network, own key": by_network("sounding", own_key=True)}  # fmt: skip
        figures[f"{name}, all that sounds"] = _compared(some, guesses)
    return figures


def _compared(rows: Sequence[Row], guesses: dict[str, Guess]) -> dict[str, object]:
    begun = time.perf_counter()
    found = {name: shares(rows, guess) for name, guess in guesses.items()}
    return {"pieces": len(rows), "seconds": time.perf_counter() - begun} | found


def rendered(figures: Figures) -> str:
    """Return the figures as a table for each corpus."""
    parts = []
    for corpus, found in figures.items():
        rows = [
            [name, row["root"], f"{row['root_low']:.1f} to {row['root_high']:.1f}", row["both"],
             f"{row['both_low']:.1f} to {row['both_high']:.1f}"]
            for name, row in found.items() if isinstance(row, dict)
        ]  # fmt: skip
        segments = next(row["segments"] for row in found.values() if isinstance(row, dict))
        parts.append(f"{corpus}: {found['pieces']} works, {segments} segments")
        parts.append(table(("% of segments right", "root", "95 %", "root and family", "95 %"), rows, 1))
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
