"""Counts the tables of `harmony.tables`: ``python -m musegen.training.chart_table``.

From the training parts alone: solos of the Weimar database over their annotated chords ("jazz"), and melodies of the
Nottingham collection under theirs ("plain"). The three weights of the search are chosen on the same music.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from musegen.corpora.chorded_tunes import ChordedTune
from musegen.corpora.nottingham import read_chorded_tunes
from musegen.corpora.weimar_jazz import Solo, read_solos
from musegen.errors import ChartError
from musegen.harmony import tables as table_file
from musegen.harmony.frames import segment_weights
from musegen.harmony.segments import Segments, segments_of
from musegen.harmony.tables import GuessTables, guess_chords
from musegen.harmony.vocabulary import GUESSED, NUM_CHORDS, chord_index
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.theory import parse_key
from musegen.music.transform import melody_of

FOLK_TUNES = 300
_WEIGHTS = ((0.4, 0.8, 1.4), (0.6, 1.0, 1.5), (0.3, 0.6, 1.0))
"""Tried for tone, degree and step. Solos alone would have 0.1 for the notes, so much do they play around their chords;
but a seed is a tune, and its notes are to be heard."""
_TUNED_ON = 40
_PRIOR = 0.5
_TICKS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Harmonised:
    """A melody cut into segments, with the chord that stands there: root * 5 + family, -1 for none, shape (S,)."""

    weights: np.ndarray
    in_middle: np.ndarray
    chords: np.ndarray
    key: tuple[int, str]


def of_solo(solo: Solo) -> Harmonised | None:
    """Return a solo in half bars, None where its key is neither major nor minor."""
    name, _, mode = solo.key.rpartition("-")
    if mode not in ("maj", "min"):
        return None
    labels = [chord_index(_read(label)) for label in solo.chords[::2]]
    edges = np.arange(len(labels) + 1) * 2 * _TICKS
    weights = segment_weights(solo.onset_tick, solo.onset_tick + solo.length_tick, solo.pitch, edges) / _TICKS
    key = parse_key(f"{name} {'major' if mode == 'maj' else 'minor'}")
    return Harmonised(weights, np.arange(len(labels)) % 2 == 1, np.array(labels), key)


def of_tune(tune: ChordedTune) -> Harmonised:
    """Return a tune in its segments (see `harmony.segments`), each with the chord that begins or goes on."""
    piece = tune.piece
    cut: Segments = segments_of(piece)
    notes = melody_of(piece).notes
    weights = segment_weights(
        np.array([n.onset_quarter for n in notes]),
        np.array([n.end_quarter for n in notes]),
        np.array([n.pitch for n in notes]),
        cut.edges,
    )
    symbols = [(s.onset_quarter, chord_index(_read(s.text))) for s in piece.chord_symbols]
    chords = [next((c for q, c in reversed(symbols) if q <= start + 1e-6), -1) for start in cut.edges[:-1]]
    key = piece.key_signatures[0]
    mode = "minor" if key.mode in ("minor", "dorian", "phrygian", "locrian") else "major"
    return Harmonised(weights, cut.in_middle, np.array(chords), (key.tonic, mode))


def _read(label: str) -> Chord:
    text, slash, _ = label.partition("/")  # these tunes write a bass of C sharp as "c+"
    try:
        return parse_chord(label if not slash else text)
    except ChartError:
        return NO_CHORD


def count(music: Iterable[Harmonised]) -> GuessTables:
    """Return the tables of some music, with weights of 1."""
    size = len(GUESSED)
    tone, degree = np.full((size, 12), _PRIOR), np.full((2, NUM_CHORDS), _PRIOR)
    step, change = np.full((size, NUM_CHORDS), _PRIOR / 2), np.full((2, 2), _PRIOR)
    for one in music:
        tonic, minor = one.key[0], int(one.key[1] == "minor")
        before = -1
        for weights, chord, middle in zip(one.weights, one.chords, one.in_middle, strict=True):
            if chord >= 0:
                root, family = divmod(int(chord), size)
                tone[family] += np.roll(weights, -root)
                if chord != before:
                    degree[minor, (root - tonic) % 12 * size + family] += 1
                if before >= 0:
                    change[int(middle), int(chord != before)] += 1
                    if chord != before:
                        step[before % size, (root - before // size) % 12 * size + family] += 1
            before = int(chord)
    share = change[:, 1] / change.sum(axis=1)
    tone, degree, step = (np.log(table / table.sum(axis=1, keepdims=True)) for table in (tone, degree, step))
    return GuessTables(tone, degree, step, np.clip(share, 0.01, 0.9), (1.0, 1.0, 1.0))


def share_right(music: Iterable[Harmonised], tables: GuessTables) -> float:
    """Return the share of segments with chords whose root and family are guessed, the key known."""
    right = total = 0
    for one in music:
        found = guess_chords(one.weights, one.in_middle, one.key, tables)
        known = one.chords >= 0
        right, total = right + int((found == one.chords)[known].sum()), total + int(known.sum())
    return right / max(total, 1)


def tuned(music: list[Harmonised], tables: GuessTables) -> GuessTables:
    """Return the tables with the weights that guess most of the music right."""
    some = music[:: max(len(music) // _TUNED_ON, 1)][:_TUNED_ON]
    some = [Harmonised(m.weights[:64], m.in_middle[:64], m.chords[:64], m.key) for m in some]
    options = [
        GuessTables(tables.tone, tables.degree, tables.step, tables.change, weights) for weights in product(*_WEIGHTS)
    ]
    return max(options, key=lambda option: share_right(some, option))


def main() -> None:
    """Count both manners and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(table_file.__file__).with_name("tables.json")
    parser.add_argument("--out", type=Path, default=default, help="where to write the tables")
    out = parser.parse_args().out
    solos = [found for solo in read_solos("train") if (found := of_solo(solo)) is not None]
    folk = [of_tune(tune) for tune in read_chorded_tunes("train", FOLK_TUNES)]
    written = {}
    for manner, music in (("jazz", solos), ("plain", folk)):
        tables = tuned(music, count(music))
        written[manner] = {
            name: getattr(tables, name).round(3).tolist() for name in ("tone", "degree", "step", "change")
        } | {"weights": tables.weights}
    out.write_text(json.dumps(written, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
