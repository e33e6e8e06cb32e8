"""String quartets as movements: where one ends, its bars and keys, and a file of arrays that reads in seconds.

Functions: movements_of, to_piece, save_movements, load_movements, split_of.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.errors import DatasetError
from musegen.files.partwise import Measure, PartwiseScore
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.theory import estimate_key, tonic_from_fifths

SPLITS = ("train", "valid", "test")
MIN_BARS = 6
"""Movements of fewer bars are left out: introductions to the next one, mostly."""

_MODES = ("major", "minor")
_TITLE = re.compile(r"(I{1,3}|IV|VI{0,3}|Trio)\b[.:]?(\s|$)")
_TABLES = {"notes": 4, "meters": 3, "keys": 3, "tempos": 2}

QUARTET = (("Violin I", 40), ("Violin II", 40), ("Viola", 41), ("Cello", 42))
"""Names and General MIDI programs of the four parts."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement as arrays, times in ticks (10080 a quarter) from its beginning.

    A menuet and its trio are two movements: each begins and ends as a piece does.

    Args:
        title: number and name where they are printed, "III. Menuetto".
        notes: onset, duration, pitch, part; shape (N, 4).
        meters: onset, numerator, denominator; given again after every irregular bar; shape (M, 3).
        keys: onset, tonic, mode (0 major, 1 minor); shape (K, 3).
        tempos: onset, quarters a minute times 100; shape (Q, 2).
        pickup: ticks of an incomplete first bar, else 0.
    """

    title: str
    notes: np.ndarray
    meters: np.ndarray
    keys: np.ndarray
    tempos: np.ndarray
    pickup: int


def split_of(group: str) -> str:
    """Return the split of a work, by its name alone, so that more works change nothing; a tenth each is held out."""
    number = int(hashlib.sha256(f"quartet/{group}".encode()).hexdigest(), 16) % 10
    return {0: "valid", 1: "test"}.get(number, "train")


def movements_of(score: PartwiseScore, starts: Collection[str] = ()) -> list[Movement]:
    """Return the movements of a score in order.

    A movement begins where the measures are counted from 0 or 1 again, or where a Roman number or "Trio" is printed
    in large letters.

    Args:
        score: a file, which may hold several movements.
        starts: printed numbers of measures where movements begin besides, for scores that are numbered throughout.

    Raises:
        DatasetError: the score has not the four parts of a quartet.
    """
    notes = _four_parts(score)
    measures = known_meters(score.measures)
    borders = [
        number
        for number, measure in enumerate(measures)
        if number == 0 or measure.number in starts or _begins(measures, number)
    ]
    movements = []
    for first, last in pairwise([*borders, len(measures)]):
        part = measures[first:last]
        start, stop = part[0].tick, part[-1].tick + part[-1].length
        inside = notes[(notes[:, 0] >= start) & (notes[:, 0] < stop)] - [start, 0, 0, 0]
        if len(part) >= MIN_BARS and len(inside):
            meters, pickup = meters_of(part)
            title = next((word for word in part[0].words if _TITLE.match(word)), "")
            tempos = [(m.tick - start, round(m.qpm * 100)) for m in part if m.qpm]
            tempo_rows = np.array(tempos, np.int64).reshape(-1, 2)
            movements.append(Movement(title, inside, meters, keys_of(part, inside), tempo_rows, pickup))
    return movements


def to_piece(movement: Movement, composer: str = "") -> Piece:
    """Return a movement as a piece of four tracks."""
    quarters = movement.notes[:, :2] / TICKS_PER_QUARTER
    pitches, parts = movement.notes[:, 2].tolist(), movement.notes[:, 3]
    everything = [
        Note(onset, pitch, duration) for (onset, duration), pitch in zip(quarters.tolist(), pitches, strict=True)
    ]
    tracks = tuple(
        Track(tuple(everything[n] for n in np.flatnonzero(parts == number)), program, name=name)
        for number, (name, program) in enumerate(QUARTET)
    )
    return Piece(
        tracks=tracks,
        tempos=tuple(Tempo(t / TICKS_PER_QUARTER, value / 100) for t, value in movement.tempos.tolist()),
        time_signatures=tuple(TimeSignature(t / TICKS_PER_QUARTER, n, d) for t, n, d in movement.meters.tolist()),
        key_signatures=tuple(KeySignature(t / TICKS_PER_QUARTER, k, _MODES[m]) for t, k, m in movement.keys.tolist()),
        pickup_quarter=movement.pickup / TICKS_PER_QUARTER,
        title=movement.title,
        composer=composer,
    )


def save_movements(path: Path, files: Sequence[Sequence[Movement]]) -> None:
    """Write the movements of some files as arrays (numpy, compressed)."""
    movements = [movement for movements in files for movement in movements]
    arrays = {
        "files": np.array([len(movements) for movements in files], np.int64),
        "titles": np.array([movement.title for movement in movements], str),
        "pickups": np.array([movement.pickup for movement in movements], np.int64),
    }
    for name in _TABLES:
        tables = [getattr(movement, name) for movement in movements]
        arrays[name] = np.concatenate(tables).astype(np.int32)
        arrays[f"{name}_count"] = np.array([len(table) for table in tables], np.int64)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    np.savez_compressed(partial, allow_pickle=False, **arrays)
    partial.replace(path)


def load_movements(path: Path) -> list[list[Movement]]:
    """Return what `save_movements` wrote: the movements of each file."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    columns = [
        np.split(arrays[name].reshape(-1, width), np.cumsum(arrays[f"{name}_count"])[:-1])
        for name, width in _TABLES.items()
    ]
    rows = zip(arrays["titles"].tolist(), *columns, arrays["pickups"].tolist(), strict=True)
    movements = iter([Movement(*row) for row in rows])
    return [[next(movements) for _ in range(count)] for count in arrays["files"].tolist()]


def _four_parts(score: PartwiseScore) -> np.ndarray:
    """Return the notes; parts beyond the fourth are played by the fourth (a second staff for the cello)."""
    if len(score.part_names) < len(QUARTET):
        raise DatasetError(f"A quartet has four parts, this score has {', '.join(score.part_names)}.")
    notes = score.notes.copy()
    notes[:, 3] = np.minimum(notes[:, 3], len(QUARTET) - 1)
    return notes


def _begins(measures: Sequence[Measure], number: int) -> bool:
    now, before = measures[number], measures[number - 1]
    again = now.number in ("0", "1") and not (before.number == "0" and now.number == "1")
    return again or any(_TITLE.match(word) for word in now.words)


def known_meters(measures: Sequence[Measure]) -> list[Measure]:
    """Return the measures; those before the first written meter have that of the commonest length among them."""
    lengths = Counter(measure.length for measure in measures if measure.meter is None)
    if not lengths:
        return list(measures)
    quarters = lengths.most_common(1)[0][0] / TICKS_PER_QUARTER
    meter = (round(quarters), 4) if quarters == int(quarters) else (max(round(quarters * 2), 1), 8)
    return [
        Measure(m.tick, m.length, m.number, m.meter or meter, m.fifths, m.words, m.qpm) for m in measures
    ]  # fmt: skip


def meters_of(measures: Sequence[Measure]) -> tuple[np.ndarray, int]:
    """Return the meters of a movement and the length of its pickup.

    Two measures that fill one bar together (a repeat in the middle of a bar) are one bar. After any other bar that is
    not as long as its meter says, the meter is given again, so that bars are counted from there.
    """
    start, pickup = measures[0].tick, 0
    rows: list[tuple[int, int, int]] = []
    again, skip = True, False
    for number, measure in enumerate(measures):
        meter, bar = _meter(measure), _bar_ticks(measure)
        if again or meter != tuple(rows[-1][1:]):
            rows.append((measure.tick - start, *meter))
        again = False
        if skip or measure.length == bar:
            skip = False
        elif number == 0 and measure.length < bar:
            pickup = measure.length
        else:
            after = measures[number + 1] if number + 1 < len(measures) else None
            skip = after is not None and after.meter == meter and measure.length + after.length == bar
            again = not skip
    return np.array(rows, np.int64).reshape(-1, 3), pickup


def _meter(measure: Measure) -> tuple[int, int]:
    assert measure.meter is not None  # `known_meters` gave each one
    return measure.meter


def _bar_ticks(measure: Measure) -> int:
    numerator, denominator = _meter(measure)
    return numerator * 4 * TICKS_PER_QUARTER // denominator


def keys_of(measures: Sequence[Measure], notes: np.ndarray) -> np.ndarray:
    """Return the keys of a movement, (K, 3): what is signed, major or minor as its notes say (see `Movement`)."""
    start = measures[0].tick
    changes = [measures[0]] + [now for before, now in pairwise(measures) if now.fifths != before.fifths]
    stops = [measure.tick - start for measure in changes[1:]] + [measures[-1].tick + measures[-1].length - start]
    rows = []
    for measure, stop in zip(changes, stops, strict=True):
        onset = measure.tick - start
        inside = notes[(notes[:, 0] >= onset) & (notes[:, 0] < stop)]
        mode = _mode(inside, measure.fifths, measure is changes[-1])
        rows.append((onset, tonic_from_fifths(measure.fifths, mode), _MODES.index(mode)))
    return np.array(rows, np.int64).reshape(-1, 3)


def _mode(notes: np.ndarray, fifths: int, is_last: bool) -> str:
    """Return the mode of a stretch: which of the two tonics of its signature a movement ends on, or else fits it."""
    tonics = {tonic_from_fifths(fifths, mode): mode for mode in _MODES}
    if not len(notes):
        return "major"
    final = int(notes[notes[:, 0] == notes[:, 0].max(), 2].min()) % 12
    estimated, mode = estimate_key(notes[:, 2], notes[:, 1].astype(float))
    if tonics.get(estimated) == mode and not (is_last and final in tonics):
        return mode
    return tonics.get(final, "major")
