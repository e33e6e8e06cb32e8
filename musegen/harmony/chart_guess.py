"""A chart for a seed: the chords that stand in it, or those guessed from its melody, for the musician to correct."""

from dataclasses import dataclass

import numpy as np

from musegen.errors import ChartError, ConstraintError
from musegen.harmony.frames import segment_weights
from musegen.harmony.segments import segments_of
from musegen.harmony.tables import GuessTables, guess_chords, load_tables
from musegen.harmony.vocabulary import GUESSED, chord_of
from musegen.music import Piece
from musegen.music.chart import Chart
from musegen.music.chart_text import Bar
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.piece import snap
from musegen.music.theory import estimate_key, key_fifths
from musegen.music.timing import bar_starts
from musegen.music.transform import melody_of
from musegen.remarks import Remark, remark

_LEAST_BARS, _LEAST_CHORDS, _MOST_OF_ONE = 4, 3, 0.6
"""Bars from which on chords must move, how many there are at least, and the largest share of one of them."""
_LEADS = 0.4
"""Share of the melody in tones of the dominant from which on it may stand before the last bar."""
_ONE_CHORD = 0.9
"""Share of the melody in tones of one chord from which on that chord is all there is."""
_SHARES = (0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99, 0.997, 0.999, 0.9997)
_MINOR_MODES = ("minor", "dorian", "phrygian", "locrian")


@dataclass(frozen=True, slots=True)
class SeedChart:
    """A chart of a seed.

    Args:
        chart: a bar for each whole bar of the seed.
        written: True where the chords stood in the seed, False where they were guessed.
        words: what was done.
    """

    chart: Chart
    written: bool
    words: Remark


def chart_of_seed(piece: Piece, *, manner: str = "jazz") -> SeedChart:
    """Return the chart that stands in a seed, or one guessed from its melody.

    Args:
        piece: the seed.
        manner: see `guess_chart`.

    Raises:
        ConstraintError: the seed has no chords and no notes to guess from, or its meter changes.
    """
    found = written_chart(piece)
    if found is not None:
        return SeedChart(found, True, remark("chords_of_seed"))
    chart = guess_chart(piece, manner=manner)
    return SeedChart(chart, False, remark("chords_guessed", bars=chart.num_bars, key=_key_of(piece)))


def written_chart(piece: Piece) -> Chart | None:
    """Return the chart of the chord symbols that a piece holds, None where there are none that can be read.

    Symbols between beats move to the beat before; a symbol that is no chord is left out.

    Raises:
        ConstraintError: there are some, and the meter changes.
    """
    symbols: list[tuple[float, Chord]] = []
    for symbol in piece.chord_symbols:
        try:
            symbols.append((symbol.onset_quarter, parse_chord(symbol.text)))
        except ChartError:
            continue
    if not any(not chord.is_no_chord for _, chord in symbols):
        return None
    meter = _only_meter(piece)
    unit = 4 / meter[1]
    starts = _whole_bars(piece)
    bars: list[Bar] = []
    before = next((c for q, c in reversed(symbols) if q < starts[0] - 1e-9), NO_CHORD)
    for start in starts:
        end = start + meter[0] * unit
        inside = {0.0: before}
        for onset, chord in symbols:
            if start - 1e-9 <= onset < end - 1e-9:
                inside[(onset - start + 1e-9) // unit * unit] = before = chord
        bars.append(tuple(sorted(inside.items(), key=lambda row: row[0])))
    return Chart(tuple(bars), meter, piece.title)


def guess_chart(piece: Piece, *, manner: str = "jazz") -> Chart:
    """Return chords guessed from the melody of a piece, the highest voice (see `harmony.tables`).

    Args:
        piece: the music; its key signature is believed, else the key is estimated.
        manner: of `vocabulary.MANNERS`: seventh chords that move as in jazz, or triads and sevenths as in folk tunes,
            pop songs or old songs.

    Raises:
        ConstraintError: there are no pitched notes, or the meter changes.
    """
    meter = _only_meter(piece)
    notes = melody_of(piece).notes
    if not notes:
        raise ConstraintError(
            "There are no notes with pitches to guess chords from; write the chords, or give a melody."
        )
    tables = load_tables(manner)
    cut, key = segments_of(piece), _key_of(piece)
    weights = segment_weights(
        np.array([note.onset_quarter for note in notes]),
        np.array([note.end_quarter for note in notes]),
        np.array([note.pitch for note in notes]),
        cut.edges,
    )
    found = _moving_chords(weights, cut.in_middle, key, tables)
    fifths = key_fifths(*key)
    chords = [chord_of(index, manner, fifths) for index in found]
    bars: list[list[tuple[float, Chord]]] = []
    for start, middle, chord in zip(cut.edges, cut.in_middle, chords, strict=False):
        if not middle:
            bars.append([(0.0, chord)])
            bar_start = start
        else:
            bars[-1].append((snap(float(start - bar_start)), chord))  # a rounding error beside the beat is none
    return Chart(tuple(map(tuple, bars)), meter, piece.title)


def _moving_chords(weights: np.ndarray, in_middle: np.ndarray, key: tuple[int, str], tables: GuessTables) -> np.ndarray:
    """Return the likeliest chord of each segment, at least so many that one can play over them.

    A melody alone leaves it open whether its harmony moves at all, and then the likeliest is that it does not. Where
    one chord lies under most of it, changes are taken for usual; and four bars or more end with dominant and tonic,
    unless the melody says otherwise.
    """
    bars = np.flatnonzero(~in_middle)
    tonic, mode = key
    found = guess_chords(weights, in_middle, key, tables)
    if len(bars) < _LEAST_BARS:
        return found
    last, before = int(bars[-1]), int(bars[-1]) - 1
    home = tonic * len(GUESSED) + GUESSED.index("major" if mode == "major" else "minor")
    fifth = (tonic + 7) % 12
    certain = {0: int(found[0])} if found[0] // len(GUESSED) == tonic else {}
    above = [(fifth + step) % 12 for step in (0, 2, 4, 7, 10)]
    led = found[before] // len(GUESSED) == fifth
    if not led and weights[before, above].sum() >= _LEADS * weights[before].sum():
        certain[before] = fifth * len(GUESSED) + GUESSED.index("dominant")
        led = True
    if led:
        certain |= dict.fromkeys(range(last, len(found)), home)
        found = guess_chords(weights, in_middle, key, tables, certain=certain)
    if _inside(weights, int(np.bincount(found).argmax()), tables) > _ONE_CHORD:
        return found
    for share in _SHARES:
        counts = np.unique(found, return_counts=True)[1]
        if len(counts) >= _LEAST_CHORDS and counts.max() <= _MOST_OF_ONE * len(found):
            break
        change = (share, max(share / 4, tables.change[1]))
        found = guess_chords(weights, in_middle, key, tables, change=change, certain=certain)
    return found


def _inside(weights: np.ndarray, chord: int, tables: GuessTables) -> float:
    """Return the share of a melody in the three likeliest tones of a chord."""
    root, family = divmod(chord, len(GUESSED))
    tones = (np.argsort(-tables.tone[family])[:3] + root) % 12
    return float(weights[:, tones].sum() / max(weights.sum(), 1e-9))


def _only_meter(piece: Piece) -> tuple[int, int]:
    meters = {(meter.numerator, meter.denominator) for meter in piece.time_signatures}
    if len(meters) > 1:
        raise ConstraintError("The meter of your music changes, and a chart has one meter; write the chords yourself.")
    return meters.pop()


def _whole_bars(piece: Piece) -> list[float]:
    end = max(piece.end_quarter, max((s.onset_quarter for s in piece.chord_symbols), default=0.0) + 1e-6)
    starts = [start for start in bar_starts(piece, end) if start >= piece.pickup_quarter - 1e-9]
    return starts or [piece.pickup_quarter]


def _key_of(piece: Piece) -> tuple[int, str]:
    """Return the key as written, its mode taken as major or minor; else as estimated from the melody."""
    if piece.key_signatures:
        key = piece.key_signatures[0]
        return key.tonic, "minor" if key.mode in _MINOR_MODES else "major"
    notes = melody_of(piece).notes
    durations = np.array([note.duration_quarter for note in notes])
    return estimate_key(np.array([note.pitch for note in notes]), durations)
