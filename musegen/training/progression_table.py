"""Counts chord progressions of pop songs: ``python -m musegen.training.progression_table assets/progressions.json``.

Counted are the charts of McGill Billboard and the chords of POP909. Of the songs of each that are held out it prints
the nats a half bar of the model and of its narrower contexts alone.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from musegen.band.progressions import NONE, chances, contexts, symbol_of
from musegen.corpora.chord_songs import ChordSong, read_pop_chords, read_songs

_LEAST = 2
"""Narrow contexts that were met less often are left out."""
_log = logging.getLogger(__name__)


def mode_of(song: ChordSong) -> str:
    """Return "minor" where the tonic's chord is more often minor than major."""
    kinds = Counter(c.family for _, chords in song.sections for c in chords if c.root == song.tonic)
    return "minor" if kinds["minor"] > kinds["major"] + kinds["dominant"] else "major"


def questions(song: ChordSong) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the contexts of each chord of a song, and the chord."""
    for name, chords in song.sections:
        before: list[int] = []
        for place, chord in enumerate(chords):
            symbol = symbol_of(chord, song.tonic)
            if symbol != NONE:
                yield contexts(before, name, place), symbol
            before.append(symbol)


def count(songs: Iterable[ChordSong]) -> dict[str, dict[str, dict[int, int]]]:
    """Return what is counted, by mode and context."""
    counts: dict[str, dict[str, Counter[int]]] = {"major": {}, "minor": {}}
    for song in songs:
        own = counts[mode_of(song)]
        for met, symbol in questions(song):
            for context in met:
                own.setdefault(context, Counter())[symbol] += 1
    return {
        mode: {c: dict(row) for c, row in rows.items() if c[:1] != "a" or row.total() >= _LEAST}
        for mode, rows in counts.items()
    }


def nats(counts: dict[str, dict[str, dict[int, int]]], songs: Iterable[ChordSong], order: int) -> float:
    """Return the mean nats of a chord of songs, by the first `order` contexts."""
    found = [
        -np.log(chances(counts[mode_of(song)], met[:order])[symbol])
        for song in songs
        for met, symbol in questions(song)
    ]
    return float(np.mean(found))


def main() -> None:
    """Count, write the tables, and log how well they tell held-out songs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the tables go (.json)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    counts = count([*read_songs("train"), *read_pop_chords("train")])
    arguments.path.write_text(json.dumps(counts, separators=(",", ":")), encoding="utf-8")
    for name, test in (("Billboard", read_songs("test")), ("POP909", read_pop_chords("test"))):
        _log.info("%d songs of %s held out", len(test), name)
        for order, words in ((1, "how often alone"), (2, "after the chord before"), (4, "the model")):
            _log.info("%s: %.4f nats a half bar", words, nats(counts, test, order))


if __name__ == "__main__":
    main()
