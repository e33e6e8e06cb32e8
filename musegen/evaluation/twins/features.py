"""A few bars of music as some eighty numbers, for a judge: FEATURES, describe.

What is measured is what a listener could: how dense, how even, how connected, which steps of the key, how melody and
bass move, how independent the voices are, how much returns, how loud. All numbers are means or shares, so that their
size does not tell how long the music is; one that is not defined (intervals of a single note) is NaN.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from musegen.evaluation.statistics import entropy_bits
from musegen.evaluation.structure import run_repetition
from musegen.music import Note

_IOI = ((0.3, "up to a sixteenth"), (0.6, "up to an eighth"), (1.1, "up to a quarter"), (2.1, "up to a half"))
_STEPS = ((0, 0, "repeated notes"), (1, 2, "seconds"), (3, 4, "thirds"), (5, 7, "fourths and fifths"),
          (8, 11, "sixths and sevenths"), (12, 12, "octaves"), (13, 127, "leaps beyond an octave"))  # fmt: skip
_DEGREES = ("tonic", "flat 2nd", "2nd", "minor 3rd", "major 3rd", "4th", "tritone", "5th", "flat 6th", "6th",
            "flat 7th", "leading note")  # fmt: skip
_CONSONANT = frozenset((0, 3, 4, 7, 8, 9))
_EPS = 1e-6

Feature = tuple[str, str, float]
"""Name, what it is in words, value."""


def describe(voices: Sequence[Sequence[Note]], start: float, bar_quarters: float, num_bars: int, tonic: int
             ) -> list[Feature]:  # fmt: skip
    """Return the features of a stretch of music, always the same ones in the same order.

    Args:
        voices: notes of each part; what begins outside the stretch is not counted.
        start: quarters, where the first bar begins.
        bar_quarters: length of a bar.
        num_bars: how many.
        tonic: pitch class.
    """
    stop = start + num_bars * bar_quarters
    own = [sorted(n for n in voice if start - _EPS <= n.onset_quarter < stop - _EPS) for voice in voices]
    notes = sorted(note for voice in own for note in voice)
    moments = _moments(notes)
    top = [max(notes, key=lambda n: n.pitch) for notes in moments.values()]
    low = [min(notes, key=lambda n: n.pitch) for notes in moments.values()]
    quarters = stop - start
    found: list[Feature] = []
    for part in (
        _time(notes, list(moments), own, quarters),
        _metre(list(moments), start, bar_quarters, num_bars, notes),
        _pitch(notes, low, tonic),
        _line("melody", top),
        _line("bass", low),
        _texture(moments, own, start, stop),
        _return(top, own, notes, start, bar_quarters, num_bars),
        _loudness(notes),
    ):
        found += part
    return found


def _moments(notes: Sequence[Note]) -> dict[float, list[Note]]:
    moments: dict[float, list[Note]] = {}
    last = -math.inf
    for note in notes:
        if note.onset_quarter - last > 0.05:
            last = note.onset_quarter
        moments.setdefault(last, []).append(note)
    return moments


def _mean(values: Sequence[float] | np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _std(values: Sequence[float] | np.ndarray) -> float:
    return float(np.std(values)) if len(values) else math.nan


def _shares(values: Sequence[float] | np.ndarray, what: str) -> Iterator[Feature]:
    array, low = np.asarray(values, float), 0.0
    for high, words in (*_IOI, (math.inf, "longer than a half")):
        yield f"{what}_{words}", f"{what} {words}", _mean((array > low) & (array <= high))
        low = high


def _time(notes: list[Note], onsets: list[float], voices: list[list[Note]], quarters: float) -> Iterator[Feature]:
    gaps = np.diff(onsets)
    lengths = [n.duration_quarter for n in notes]
    yield "notes", "notes a quarter", len(notes) / quarters
    yield "onsets", "moments at which something begins, a quarter", len(onsets) / quarters
    yield "chord_size", "notes that begin together", len(notes) / len(onsets) if onsets else math.nan
    yield "gap_mean", "mean time between notes", _mean(gaps)
    yield "gap_std", "how much the time between notes varies", _std(gaps)
    yield "gap_longest", "longest time in which nothing begins", float(gaps.max()) if len(gaps) else math.nan
    yield from _shares(gaps, "times between notes")
    yield "gap_kinds", "variety of the times between notes", _entropy(np.round(gaps * 12))
    yield "length_mean", "mean length of the notes", _mean(lengths)
    yield "length_std", "how much the lengths vary", _std(lengths)
    yield from _shares(lengths, "notes")
    yield "length_kinds", "variety of the lengths", _entropy(np.round(np.array(lengths) * 12))
    filled = [min(a.duration_quarter / (b.onset_quarter - a.onset_quarter), 2.0) for voice in voices
              for a, b in pairwise(voice) if b.onset_quarter - a.onset_quarter > 0.05]  # fmt: skip
    yield "connected", "how far notes reach to the next of their part", _mean(filled)


def _entropy(values: np.ndarray) -> float:
    counts = Counter(values.tolist())
    return entropy_bits(np.array(list(counts.values()), float)) if counts else math.nan


def _metre(onsets: list[float], start: float, bar: float, num_bars: int, notes: list[Note]) -> Iterator[Feature]:
    place = (np.array(onsets) - start) % 1.0
    near = [np.minimum(np.abs(place - at), np.abs(place - at - 1)) < 0.04 for at in (0.0, 0.5, 0.25, 0.75)]
    yield "on_beat", "onsets on a quarter", _mean(near[0])
    yield "off_beat", "onsets on the second eighth of a quarter", _mean(near[1])
    yield "sixteenths", "onsets on the sixteenths between", _mean(near[2] | near[3])
    yield "other_places", "onsets elsewhere: triplets and finer", _mean(~(near[0] | near[1] | near[2] | near[3]))
    within = [np.flatnonzero(np.abs(np.array(onsets) - start - i * bar) < 0.05) for i in range(num_bars)]
    yield "downbeats", "bars whose first beat is struck", _mean([len(w) > 0 for w in within])
    counts = np.bincount([min(int((n.onset_quarter - start + _EPS) / bar), num_bars - 1) for n in notes],
                         minlength=num_bars).astype(float)  # fmt: skip
    yield (
        "bars_vary",
        "how much the number of notes varies from bar to bar",
        (float(counts.std() / counts.mean()) if counts.mean() else math.nan),
    )
    change = np.abs(np.diff(counts)) / np.maximum(counts[1:] + counts[:-1], 1)
    yield "bars_change", "how much the number of notes changes to the next bar", _mean(change)
    yield "bars_empty", "bars in which nothing begins", _mean(counts == 0)


def _pitch(notes: list[Note], low: list[Note], tonic: int) -> Iterator[Feature]:
    pitches = np.array([n.pitch for n in notes], int)
    yield "pitch_mean", "mean pitch", _mean(pitches)
    yield "pitch_std", "spread of the pitches", _std(pitches)
    yield "highest", "highest note", float(pitches.max()) if len(pitches) else math.nan
    yield "lowest", "lowest note", float(pitches.min()) if len(pitches) else math.nan
    counts = np.bincount((pitches - tonic) % 12, minlength=12) if len(pitches) else np.zeros(12)
    for degree, words in enumerate(_DEGREES):
        yield f"degree_{degree}", f"notes that are the {words}", float(counts[degree] / max(counts.sum(), 1))
    yield "pitch_classes", "variety of pitch classes", entropy_bits(counts)
    yield "bass_on_tonic", "lowest notes that are the tonic", _mean([(n.pitch - tonic) % 12 == 0 for n in low])
    half = len(pitches) // 2
    first, second = (np.bincount(p % 12, minlength=12) / max(len(p), 1) for p in (pitches[:half], pitches[half:]))
    yield (
        "harmony_moves",
        "difference of pitch classes between first and second half",
        float(np.abs(first - second).sum()),
    )


def _line(name: str, line: list[Note]) -> Iterator[Feature]:
    steps = np.diff([n.pitch for n in line])
    size = np.abs(steps)
    for least, most, words in _STEPS:
        yield f"{name}_{words}", f"{words} in the {name}", _mean((size >= least) & (size <= most))
    yield f"{name}_moves", f"mean interval of the {name}", _mean(size)
    moving = np.sign(steps[steps != 0])
    yield f"{name}_turns", f"changes of direction in the {name}", _mean(moving[1:] != moving[:-1])


def _texture(moments: dict[float, list[Note]], voices: list[list[Note]], start: float, stop: float
             ) -> Iterator[Feature]:  # fmt: skip
    alone = [len(notes) == 1 for notes in moments.values()]
    yield "single", "onsets of a single note", _mean(alone)
    lines = [voice for voice in voices if voice]
    begins = [{round(n.onset_quarter, 2) for n in voice} for voice in lines]
    everywhere = sorted(set().union(*begins)) if begins else []
    yield (
        "melody_alone",
        "onsets that are the first part's alone",
        _mean(
            [at in begins[0] and not any(at in other for other in begins[1:]) for at in everywhere] if begins else []
        ),
    )
    yield (
        "together",
        "onsets at which all parts begin together",
        _mean([all(at in b for b in begins) for at in everywhere]),
    )
    span = [max(n.pitch for n in notes) - min(n.pitch for n in notes) for notes in moments.values() if len(notes) > 1]
    yield "span", "mean interval between the highest and the lowest of a chord", _mean(span)
    above = [
        (n.pitch - min(m.pitch for m in notes)) % 12 for notes in moments.values() if len(notes) > 1 for n in notes
    ]
    yield "consonant", "notes consonant with the lowest that begins with them", _mean([i in _CONSONANT for i in above])
    edges = np.arange(start, stop, 0.25)
    sounding = np.zeros(len(edges))
    for voice in voices:
        for note in voice:
            sounding += (edges >= note.onset_quarter - _EPS) & (edges < note.end_quarter - _EPS)
    yield "sounding", "notes that sound at a time", _mean(sounding)
    yield "sounding_std", "how much that varies", _std(sounding)
    yield "silence", "share of the time in which nothing sounds", _mean(sounding == 0)


def _triples(values: np.ndarray) -> float:
    """Return the share of the triples of values in a row that were there before."""
    if len(values) < 3:
        return math.nan
    rows = list(zip(values, values[1:], values[2:], strict=False))
    return 1 - len(set(rows)) / len(rows)


def _return(top: list[Note], voices: list[list[Note]], notes: list[Note], start: float, bar: float, num_bars: int
            ) -> Iterator[Feature]:  # fmt: skip
    steps = np.diff([n.pitch for n in top])
    gaps = np.round(np.diff([n.onset_quarter for n in top]) * 12)
    yield "motifs", "triples of intervals of the melody heard before", _triples(steps)
    yield "rhythms", "triples of times of the melody heard before", _triples(gaps)
    yield "runs", "runs of four notes heard before", run_repetition(voices)
    bars: list[set] = [set() for _ in range(num_bars)]
    places: list[set] = [set() for _ in range(num_bars)]
    for note in notes:
        index = min(int((note.onset_quarter - start + _EPS) / bar), num_bars - 1)
        at = round((note.onset_quarter - start - index * bar) * 12)
        bars[index].add((at, note.pitch))
        places[index].add(at)
    for lag in (1, 2, 4):
        yield f"bar_{lag}", f"likeness to the bar {lag} before", _likeness(bars, lag)
    yield "groove", "likeness of the rhythm to the bar before", _likeness(places, 1)


def _likeness(bars: list[set], lag: int) -> float:
    return _mean([len(a & b) / len(a | b) for a, b in zip(bars, bars[lag:], strict=False) if a | b])


def _loudness(notes: list[Note]) -> Iterator[Feature]:
    loud = [n.velocity for n in notes]
    yield "loud_mean", "mean loudness", _mean(loud)
    yield "loud_std", "spread of the loudness", _std(loud)
    yield "loud_steps", "difference in loudness from note to note", _mean(np.abs(np.diff(loud)))
