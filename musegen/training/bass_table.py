"""Fits the tables of `music.bass_line` to the bass under real solos: ``python -m musegen.training.bass_table``.

The corpus estimates the bass automatically and is often wrong: over all solos four in ten of the notes on the first
beat of a chord lie on any pitch class alike. So only solos in which the root is heard on most first beats are taken,
and a note may be an error, drawn from how often each pitch is heard at all. How often that is, is told by the pitch
classes that are heard least on first beats (`share_of_errors`). The tables make the notes likeliest under this mixture,
by expectation and maximisation, the maximising by steps of Adam. Lines with many repeated notes are left out, too: most
are basses in two, whose long notes are heard twice.
"""

import argparse
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from musegen.band.bass_line import HIGH, LOW, PITCHES, TABLE_SHAPES, Slots, Tables, slots_of, step_index, step_kind
from musegen.corpora.weimar_jazz import BassLine, read_bass_lines
from musegen.errors import ChartError
from musegen.music.chord import NO_CHORD, Chord, parse_chord

LEAST_ROOTS = 0.5
"""Share of first beats of chords on which the root is heard in a solo that is learned from."""
MOST_REPEATS = 0.15
"""Share of beats on which the note before is heard again in a line that is learned from."""
SLOWEST = 100.0
_RATE, _ROUNDS, _WEIGHT = 0.08, 160, 1e-3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class BassRows:
    """Notes with what stands around them, shape (N,) each: slots, and the two pitches before."""

    slots: Slots
    pitch: np.ndarray
    last: np.ndarray
    second_last: np.ndarray

    def __len__(self) -> int:
        return len(self.pitch)


@lru_cache(maxsize=1024)
def _chord(label: str) -> Chord:
    try:
        return parse_chord(label)
    except ChartError:
        return NO_CHORD


def share_of_roots(line: BassLine) -> float:
    """Return the share of the chords' first beats, where they open a bar, on which the root is heard; nan for none."""
    chords = [_chord(label) for label in line.chords]
    firsts = [
        i for i in range(1, len(chords))
        if line.beat[i] == 0 and chords[i] != chords[i - 1] and not chords[i].is_no_chord and line.pitch[i]
    ]  # fmt: skip
    hits = [line.pitch[i] % 12 == chords[i].bass_pitch_class for i in firsts]
    return float(np.mean(hits)) if len(firsts) >= 8 else float("nan")


def share_of_repeats(line: BassLine) -> float:
    """Return the share of beats on which the note before is heard again, among those where both are known."""
    pitch = np.asarray(line.pitch, int)
    known = (pitch[1:] > 0) & (pitch[:-1] > 0)
    return float((pitch[1:] == pitch[:-1])[known].mean()) if known.any() else 1.0


def walking_lines(split: str) -> list[BassLine]:
    """Return the swinging lines of a split that are heard well enough (see `LEAST_ROOTS`) and fast enough to walk."""
    return [
        line
        for line in read_bass_lines(split)
        if line.feel == "SWING"
        and line.qpm >= SLOWEST
        and share_of_roots(line) >= LEAST_ROOTS
        and share_of_repeats(line) <= MOST_REPEATS
    ]


def rows_of(lines: Iterable[BassLine]) -> BassRows:
    """Return the notes of lines that have a chord and two notes before them."""
    columns: list[list[np.ndarray]] = [[] for _ in range(9)]
    for line in lines:
        chords = [_chord(label) for label in line.chords]
        slots = slots_of(chords, line.beat.tolist())
        pitch = np.asarray(line.pitch, int)
        good = (pitch >= LOW) & (pitch <= HIGH)
        told = np.array([not chord.is_no_chord for chord in chords])
        use = np.flatnonzero(good[2:] & good[1:-1] & good[:-2] & told[2:]) + 2
        each = (slots.kind, slots.root, slots.coming, slots.place, slots.left, slots.beat)
        for column, values in zip(
            columns, (*(a[use] for a in each), pitch[use], pitch[use - 1], pitch[use - 2]), strict=True
        ):
            column.append(values)
    arrays = [np.concatenate(column) for column in columns]
    return BassRows(Slots(*arrays[:6]), *arrays[6:])


def _columns(rows: BassRows) -> dict[str, np.ndarray]:
    """Return for each table the flat index of every pitch's entry, shape (N, 28)."""
    s = rows.slots
    above, to_next = ((PITCHES[None] - root[:, None]) % 12 for root in (s.root, s.coming))
    steps = step_index(PITCHES[None] - rows.last[:, None])
    before = step_kind(rows.last - rows.second_last)
    places = {
        "chord": (s.kind[:, None], s.place[:, None], above),
        "place": (s.place[:, None], s.left[:, None], above),
        "coming": (s.left[:, None], to_next),
        "height": (np.broadcast_to(PITCHES - LOW, above.shape),),
        "step": (before[:, None], s.beat[:, None], steps),
        "skip": (step_index(PITCHES[None] - rows.second_last[:, None]),),
    }
    return {
        name: np.ravel_multi_index(np.broadcast_arrays(*index), TABLE_SHAPES[name]) for name, index in places.items()
    }


def _log_chances(flat: Tables, columns: dict[str, np.ndarray]) -> np.ndarray:
    logits = sum(flat[name][index] for name, index in columns.items())
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def share_of_errors(rows: BassRows) -> float:
    """Return the share of notes that are errors.

    It is twelve times that of the four pitch classes heard least on the first beats of chords, where they belong to
    hardly any line.
    """
    first = (rows.slots.place == 0) & (rows.slots.beat == 0)
    heard = np.bincount((rows.pitch - rows.slots.root)[first] % 12, minlength=12)
    return float(12 * np.sort(heard)[:4].mean() / heard.sum())


def fit(rows: BassRows, rounds: int, errors: float) -> tuple[Tables, np.ndarray]:
    """Return the tables, and how errors are spread over the pitches.

    Args:
        rows: notes to learn from.
        rounds: steps of Adam.
        errors: share of the notes that are errors, 0 to 1.
    """
    columns, at, here = _columns(rows), rows.pitch - LOW, np.arange(len(rows))
    spread = np.bincount(at, minlength=len(PITCHES)) + 1.0
    spread /= spread.sum()
    flat = {name: np.zeros(int(np.prod(shape))) for name, shape in TABLE_SHAPES.items()}
    first = {name: np.zeros_like(table) for name, table in flat.items()}
    second = {name: np.zeros_like(table) for name, table in flat.items()}
    for step in range(1, rounds + 1):
        chances = np.exp(_log_chances(flat, columns))
        played = (1 - errors) * chances[here, at]
        meant = played / (played + errors * spread[at])  # probability that a note is no error
        pull = -chances * meant[:, None]
        pull[here, at] += meant
        for name, index in columns.items():
            gradient = np.bincount(index.ravel(), pull.ravel(), len(flat[name])) / len(rows) - _WEIGHT / 10 * flat[name]
            first[name] += 0.1 * (gradient - first[name])
            second[name] += 0.01 * (gradient**2 - second[name])
            scale = (1 - 0.9**step), (1 - 0.99**step)
            flat[name] += _RATE * (first[name] / scale[0]) / (np.sqrt(second[name] / scale[1]) + 1e-8)
        if step % 20 == 0:
            _log.info("step %d: %.4f nats a note", step, nats(flat, rows, errors, spread, columns))
    return {name: table.reshape(TABLE_SHAPES[name]) for name, table in flat.items()}, spread


def nats(tables: Tables, rows: BassRows, errors: float, spread: np.ndarray,
         columns: dict[str, np.ndarray] | None = None) -> float:  # fmt: skip
    """Return the mean negative log-likelihood of notes, errors included."""
    flat = {name: np.asarray(table, float).ravel() for name, table in tables.items()}
    chances = np.exp(_log_chances(flat, columns or _columns(rows)))[np.arange(len(rows)), rows.pitch - LOW]
    return float(-np.log((1 - errors) * chances + errors * spread[rows.pitch - LOW]).mean())


def main() -> None:
    """Fit and write the tables, and log how well they tell held-out lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="where the tables go (.npz)")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train, valid = (rows_of(walking_lines(split)) for split in ("train", "valid"))
    errors = share_of_errors(train)
    tables, spread = fit(train, arguments.rounds, errors)
    kept = {name: table.astype(np.float16) for name, table in tables.items()}
    counted = -np.log(spread[valid.pitch - LOW]).mean()
    _log.info("%d notes learned from, %d held out, %.3f of them errors", len(train), len(valid), errors)
    _log.info("held out: %.3f nats a note; by height alone %.3f", nats(kept, valid, errors, spread), counted)
    np.savez_compressed(arguments.path, allow_pickle=False, **kept)


if __name__ == "__main__":
    main()
