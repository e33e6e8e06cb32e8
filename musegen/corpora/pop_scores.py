"""POP909 as scores: pop songs for melody, counter-melody and the two hands of a piano, with chord symbols.

read_pop. Read are songs in fours: four tracks (the piano dealt out to two hands) and a chord symbol at every change.
The data were played: what lies a twelfth of a beat off is moved onto sixteenths and triplets, an end onto triplets only
where something begins on one in that beat, chords are let go of together, and little silences before the next note are
closed. Bars are as the corpus estimates them; a bar of another
length is one of another meter, and songs with many of those are left out. Songs in copyright: nothing of them may be
shipped or quoted. Split as `pop909` splits them.
"""

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from musegen.constants import DEFAULT_VELOCITY
from musegen.corpora.base import fetch
from musegen.corpora.listed_scores import Entry, check_split, read_listed, split_of
from musegen.corpora.pop909 import POP909, TWELFTHS, rows_of_pop, works_of_pop
from musegen.corpora.score_piece import POP, ScorePiece
from musegen.errors import DatasetError
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.chord import NO_CHORD, Chord
from musegen.music.hands import Key, split_keys
from musegen.music.piece import ChordSymbol
from musegen.music.theory import key_fifths

CACHE_VERSION = 2
_INDEX = "index.csv"

_PLACES = np.array([0, 0, 3, 3, 4, 6, 6, 6, 8, 9, 9, 12])
"""Where in a beat what begins at each twelfth is written: on sixteenths, or on triplets of eighths."""
_ON_TRIPLETS = {4: -1, 8: 1}
"""Twelfths of a beat of triplets, and how far the nearest sixteenth is."""
_LEAST_ON_GRID, _LEAST_REGULAR = 0.9, 0.93
_GAP = 3
"""Twelfths of silence before the next note that are closed."""
_TOGETHER = 6
"""Twelfths by which the notes of a chord may end apart and still be let go of together."""
_QUALITIES = {
    "maj": "maj", "min": "min", "7": "7", "maj7": "maj7", "min7": "min7", "hdim7": "m7b5", "dim7": "dim7", "dim": "dim",
    "aug": "aug", "sus4(b7)": "7sus", "sus4": "sus", "sus2": "sus2", "maj6": "6", "min6": "m6", "minmaj7": "mmaj7",
}  # fmt: skip
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DEGREES = {"2": 2, "b3": 3, "3": 4, "4": 5, "b5": 6, "5": 7, "6": 9, "b7": 10, "7": 11}


def read_pop(split: str | None = None) -> list[ScorePiece]:
    """Return the songs of a split, or all; the first call reads for some minutes, since hands are found.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus is not there.
    """
    check_split(split)
    entries = _entries()
    found = read_listed(
        f"pop909-v{CACHE_VERSION}", entries, _pieces, POP, lambda e: split in (None, split_of("pop909", e.work))
    )
    return [ScorePiece(piece, entry.composer, entry.title, f"pop909/{entry.work}", True) for entry, piece in found]


@lru_cache(maxsize=1)
def _entries() -> list[Entry]:
    """Return the songs that are read; what shares an artist or a work is one work."""
    index = fetch(POP909) / _INDEX
    if not index.is_file():
        raise DatasetError(f"Beside the songs of POP909 {_INDEX} is missing; put it into the same folder.")
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    works = works_of_pop()
    return [
        Entry(row["id"], works[row["id"]], row["artist"], row["title"], "", 0)
        for row in rows
        if (row["beats_per_bar"], row["index_beats_per_measure"], row["index_quavers_per_beat"]) == ("4", "2", "2")
        and float(row["on_grid"]) >= _LEAST_ON_GRID
        and float(row["bar_regularity"]) >= _LEAST_REGULAR
    ]


def _pieces() -> Iterator[Piece]:
    wanted = {entry.path for entry in _entries()}
    for song in rows_of_pop():
        if song["id"] in wanted:
            yield pop_song(song)


def pop_song(song: dict[str, Any]) -> Piece:
    """Return a song of the corpus, from the bar of its first note on.

    Args:
        song: a line of `pop909.jsonl.gz`; notes are [onset, duration, pitch, velocity] in twelfths of a beat.
    """
    lines = [_written(song[name]) for name in ("melody", "bridge")]
    piano = _written(song["piano"])
    is_left = split_keys([Key(start, end, pitch) for start, end, pitch in piano], TWELFTHS)
    lines += [[note for note, left in zip(piano, is_left, strict=True) if left == hand] for hand in (False, True)]
    lines = [_closed(line) for line in lines]
    bars = _bars(song["downbeats"], max(end for line in lines for _, end, _ in line) / TWELFTHS)
    begin = min(line[0][0] for line in lines if line) / TWELFTHS
    zero = max(bar for bar in bars if bar <= begin)
    bars = [bar - zero for bar in bars if bar >= zero]
    keys = _keys(song, zero, bars)
    return Piece(
        tracks=tuple(
            Track(
                tuple(
                    Note(start / TWELFTHS - zero, pitch, (end - start) / TWELFTHS, DEFAULT_VELOCITY)
                    for start, end, pitch in line
                ),
                part.program,
                False,
                part.name,
            )
            for line, part in zip(lines, POP, strict=True)
        ),
        tempos=(Tempo(0.0, float(song["bpm"])),),
        time_signatures=_meters(bars),
        key_signatures=keys,
        chord_symbols=_symbols(song["chords"], zero, keys[0] if keys else None),
    )


def _written(notes: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """Return (start, end, pitch) of notes as they are written, in twelfths, in order; of two alike the longer."""
    found: dict[tuple[int, int], int] = {}
    triplets = {onset // 12 for onset, *_ in notes if _PLACES[onset % 12] in _ON_TRIPLETS}
    for onset, duration, pitch, _ in notes:
        start, end = (int(12 * (time // 12) + _PLACES[time % 12]) for time in (onset, onset + duration))
        if end % 12 in _ON_TRIPLETS and end // 12 not in triplets:
            end += _ON_TRIPLETS[end % 12]
        end = max(end, start + 3)
        found[start, pitch] = max(found.get((start, pitch), 0), end)
    return sorted((start, end, pitch) for (start, pitch), end in found.items())


def _closed(notes: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the notes of one hand or voice: chords let go of together, little silences closed."""
    starts = sorted({start for start, _, _ in notes})
    following = dict(pairwise(starts))
    longest: dict[int, int] = {}
    for start, end, _ in notes:
        longest[start] = max(longest.get(start, 0), end)
    made = []
    for start, end, pitch in notes:
        together = longest[start] if longest[start] - end <= _TOGETHER else end
        after = following.get(start)
        later = after is not None and 0 < after - together <= _GAP
        made.append((start, after if later and after is not None else together, pitch))
    return made


def _bars(downbeats: Sequence[int], end: float) -> list[int]:
    """Return the beats at which bars begin, from a bar before the first one that is given to the end."""
    bars = sorted(set(downbeats))
    while bars[0] > 0:
        bars.insert(0, bars[0] - 4)
    while bars[-1] < end:
        bars.append(bars[-1] + 4)
    return bars


def _meters(bars: Sequence[int]) -> tuple[TimeSignature, ...]:
    meters: list[TimeSignature] = []
    for start, stop in pairwise(bars):
        if not meters or meters[-1].numerator != stop - start:
            meters.append(TimeSignature(float(start), stop - start, 4))
    return tuple(meters)


def _keys(song: dict[str, Any], zero: int, bars: Sequence[int]) -> tuple[KeySignature, ...]:
    """Return the keys, whose times are seconds, each at the nearest bar line."""
    keys: dict[float, KeySignature] = {}
    for second, name in song["key"]:
        letter, mode = name.split(":")
        beat = second * song["bpm"] / 60 - zero
        onset = float(min(bars, key=lambda bar: abs(bar - beat))) if keys else 0.0
        keys[onset] = KeySignature(onset, _pitch_class(letter), "minor" if mode == "min" else "major")
    return tuple(keys.values())


def _pitch_class(name: str) -> int:
    return (_LETTERS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def _symbols(chords: Sequence[Sequence[Any]], zero: int, key: KeySignature | None) -> tuple[ChordSymbol, ...]:
    fifths = key_fifths(key.tonic, key.mode) if key else 0
    symbols: list[ChordSymbol] = []
    for start, end, label in chords:
        text = chord_of_label(label).spelled(fifths).text
        if end > zero and (not symbols or symbols[-1].text != text):
            symbols.append(ChordSymbol(float(max(start - zero, 0)), text))
    return tuple(symbols)


def chord_of_label(label: str) -> Chord:
    """Return the chord of a label in the syntax of Harte and others (ISMIR 2005): "F#:maj7/5", "N" for none."""
    if label == "N":
        return NO_CHORD
    name, _, rest = label.partition(":")
    quality, _, degree = rest.partition("/")
    root = _pitch_class(name)
    return Chord(root, _QUALITIES[quality], (), (root + _DEGREES[degree]) % 12 if degree else None)
