"""Chords guessed from a melody beside those that were written: tunes and solos that no table was counted from.

A segment is right where root and family (major, minor, dominant, half-diminished, diminished) are. Beside the guess
stand: always the tonic chord of the key; and in each bar the chord of the key that holds most of its notes, which knows
no table. The key is known to all three, as it is where a seed has a key signature; "own key" estimates it.
"""

import time
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.report import Figures, run, table
from musegen.corpora.nottingham import read_chorded_tunes
from musegen.corpora.weimar_jazz import read_solos
from musegen.harmony.tables import guess_chords, load_tables
from musegen.harmony.vocabulary import GUESSED
from musegen.music.theory import estimate_key
from musegen.training.chart_table import Harmonised, of_solo, of_tune

_TUNES = 150
_SIZE = len(GUESSED)
_IN_KEY = {
    "major": ((0, "major"), (2, "minor"), (4, "minor"), (5, "major"), (7, "dominant"), (9, "minor")),
    "minor": ((0, "minor"), (3, "major"), (5, "minor"), (7, "dominant"), (8, "major"), (10, "dominant")),
}
_TONES = {
    "major": (0, 4, 7), "minor": (0, 3, 7), "dominant": (0, 4, 7, 10), "half-diminished": (0, 3, 6, 10),
    "diminished": (0, 3, 6, 9),
}  # fmt: skip


def always_tonic(music: Harmonised) -> np.ndarray:
    """Return the tonic chord of the key everywhere."""
    tonic, mode = music.key
    return np.full(len(music.chords), tonic * _SIZE + GUESSED.index(mode))


def most_notes(music: Harmonised) -> np.ndarray:
    """Return for each segment the chord of the key that holds most of its notes, in a tie or in silence the first."""
    tonic, mode = music.key
    chords = [((tonic + step) % 12, family) for step, family in _IN_KEY[mode]]
    masks = np.zeros((len(chords), 12))
    for row, (root, family) in zip(masks, chords, strict=True):
        row[[(root + tone) % 12 for tone in _TONES[family]]] = 1 / np.sqrt(len(_TONES[family]))
    best = (music.weights @ masks.T).argmax(axis=1)
    indices = np.array([root * _SIZE + GUESSED.index(family) for root, family in chords])
    return indices[best]


def guessed(manner: str, *, own_key: bool = False) -> Callable[[Harmonised], np.ndarray]:
    """Return the guess by the tables of a manner, in the key that is known or an estimated one."""
    tables = load_tables(manner)

    def guess(music: Harmonised) -> np.ndarray:
        key = music.key
        if own_key:
            key = estimate_key(np.arange(12), music.weights.sum(axis=0))
        return guess_chords(music.weights, music.in_middle, key, tables)

    return guess


def shares(music: Iterable[Harmonised], guess: Callable[[Harmonised], np.ndarray]) -> dict[str, float]:
    """Return the percentages of segments with the right root and family, and with the right root."""
    right = roots = total = 0
    for one in music:
        known = one.chords >= 0
        found, chords = guess(one)[known], one.chords[known]
        right, total = right + int((found == chords).sum()), total + len(chords)
        roots += int((found // _SIZE == chords // _SIZE).sum())
    return {"percent": 100 * right / total, "root_percent": 100 * roots / total, "segments": total}


def measured(small: bool) -> Figures:
    """Return the percentages for both corpora."""
    folk = [of_tune(tune) for tune in read_chorded_tunes("test", _TUNES)]
    solos = [found for s in read_solos("test") + read_solos("valid") if (found := of_solo(s)) is not None]
    figures: Figures = {}
    for corpus, music, manner in (("Nottingham tunes", folk, "plain"), ("Weimar solos", solos, "jazz")):
        some = music[:10] if small else music
        begun = time.perf_counter()
        ours = shares(some, guessed(manner))
        seconds = time.perf_counter() - begun
        other = "jazz" if manner == "plain" else "plain"
        figures[corpus] = {
            "pieces": len(some),
            "always the tonic": shares(some, always_tonic),
            "most notes, no table": shares(some, most_notes),
            f"the other manner ({other})": shares(some, guessed(other)),
            f"guessed ({manner})": ours,
            f"guessed ({manner}), own key": shares(some, guessed(manner, own_key=True)),
            "milliseconds_a_piece": 1e3 * seconds / len(some),
        }
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as a table for each corpus."""
    parts = []
    for corpus, found in figures.items():
        rows = [[name, row["percent"], row["root_percent"]] for name, row in found.items() if isinstance(row, dict)]
        segments = next(row["segments"] for row in found.values() if isinstance(row, dict))
        parts.append(
            f"{corpus}: {found['pieces']} pieces, {segments} segments, {found['milliseconds_a_piece']:.1f} ms a piece"
        )
        parts.append(table(("% of segments right", "root and family", "root"), rows, 1))
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
