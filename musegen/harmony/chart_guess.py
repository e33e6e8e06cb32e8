"""A chart for a seed: the chords that stand or sound in it, or those guessed from it, for the musician to correct."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.errors import ChartError, ConstraintError
from musegen.harmony.chain import Chain
from musegen.harmony.frames import melody_frames, silent_frames
from musegen.harmony.heard import heard_symbols, is_one_voice, key_of
from musegen.harmony.model import load_model, model_for
from musegen.harmony.segments import Segments, has_halves, segments_of, segments_of_bars
from musegen.harmony.vocabulary import GUESSED, check_manner, chord_of
from musegen.music import Piece
from musegen.music.chart import Chart
from musegen.music.chart_text import Bar
from musegen.music.chord import NO_CHORD, Chord, parse_chord
from musegen.music.piece import TimeSignature, snap
from musegen.music.theory import key_fifths
from musegen.music.timing import bar_starts
from musegen.music.transform import melody_of
from musegen.remarks import Remark, remark

_LEAST_BARS, _LEAST_CHORDS, _MOST_OF_ONE = 4, 3, 0.6
"""Bars from which on chords must move, how many there are at least, and the largest share of one of them."""
_LEADS = 0.4
"""Share of the melody in tones of the dominant from which on it may stand before the last bar."""
_ONE_CHORD = 0.9
"""Share of the melody in tones of one chord from which on that chord is all there is."""
_RESTLESS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
"""Tried one after the other: how much likelier changes are taken to be, where chords hardly move."""
_TRIADS = ((0, 4, 7), (0, 3, 7), (0, 4, 7), (0, 3, 6), (0, 3, 6))


@dataclass(frozen=True, slots=True)
class SeedChart:
    """A chart of a seed.

    Args:
        chart: a bar for each whole bar of the seed.
        written: True where the chords stood in the seed, False where they were heard or guessed.
        words: what was done.
    """

    chart: Chart
    written: bool
    words: Remark


def chart_of_seed(piece: Piece, *, manner: str = "jazz") -> SeedChart:
    """Return the chart that stands in a seed, that of what sounds in it, or where it is one voice one guessed from it.

    Args:
        piece: the seed.
        manner: see `guess_chart`.

    Raises:
        ConstraintError: the seed has no chords and no notes to guess from, or its meter changes.
    """
    found = written_chart(piece)
    if found is not None:
        return SeedChart(found, True, remark("chords_of_seed"))
    if not is_one_voice(piece):
        heard = written_chart(replace(piece, chord_symbols=heard_symbols(piece, manner)))
        if heard is not None:
            return SeedChart(heard, False, remark("chords_heard"))
    chart = guess_chart(piece, manner=manner)
    return SeedChart(chart, False, remark("chords_guessed", bars=chart.num_bars, key=key_of(piece)))


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
    """Return chords guessed from the melody of a piece, the highest voice, by the network of `harmony.model`.

    Args:
        piece: the music; its key signature is believed, else the key is estimated.
        manner: of `vocabulary.MANNERS`: seventh chords that move as in jazz, or triads and sevenths as in folk tunes,
            pop songs or old songs.

    Raises:
        ConstraintError: there are no pitched notes, or the meter changes.
        StyleError: the network is missing or damaged.
    """
    check_manner(manner)
    meter = _only_meter(piece)
    notes = melody_of(piece).notes
    if not notes:
        raise ConstraintError(
            "There are no notes with pitches to guess chords from; write the chords, or give a melody."
        )
    cut, key = segments_of(piece), key_of(piece)
    frames = melody_frames(
        np.array([note.onset_quarter for note in notes]),
        np.array([note.end_quarter for note in notes]),
        np.array([note.pitch for note in notes]),
        cut,
    )
    chain = load_model(model_for(manner)).chain(frames, key, manner)
    found = _moving_chords(frames.weights, cut.in_middle, key, chain)
    return _chart_of(found, cut, meter, key, manner, piece.title)


def propose_chart(
    num_bars: int,
    *,
    key: tuple[int, str] = (0, "major"),
    meter: tuple[int, int] = (4, 4),
    manner: str = "popular",
    random_seed: int = 0,
    temperature: float = 0.8,
) -> Chart:
    """Return chords for music that is not there yet, drawn by how likely whole courses are, ending on the tonic.

    Args:
        num_bars: at least 1.
        key: tonic and "major" or "minor".
        meter: (beats, beat type).
        manner: of `vocabulary.MANNERS`.
        random_seed: the same number gives the same chords.
        temperature: above 0; below 1 the likelier courses more often.

    Raises:
        StyleError: the network is missing or damaged.
    """
    check_manner(manner)
    bar = 4 * meter[0] / meter[1]
    cut = segments_of_bars([i * bar for i in range(num_bars + 1)], halved=has_halves(TimeSignature(0, *meter)))
    chain = load_model(model_for(manner)).chain(silent_frames(cut), key, manner)
    home = key[0] * len(GUESSED) + GUESSED.index(key[1])
    last = np.flatnonzero(cut.bar == num_bars - 1)
    found = chain.drawn(np.random.default_rng(random_seed), temperature, dict.fromkeys(last.tolist(), home))
    return _chart_of(found, cut, meter, key, manner, "")


def _chart_of(
    found: np.ndarray, cut: Segments, meter: tuple[int, int], key: tuple[int, str], manner: str, title: str
) -> Chart:
    """Return the chart of a chord for each segment."""
    fifths = key_fifths(*key)
    bars: list[list[tuple[float, Chord]]] = []
    for start, middle, index in zip(cut.edges, cut.in_middle, found, strict=False):
        chord = chord_of(index, manner, fifths)
        if not middle:
            bars.append([(0.0, chord)])
            bar_start = start
        else:
            bars[-1].append((snap(float(start - bar_start)), chord))  # a rounding error beside the beat is none
    return Chart(tuple(map(tuple, bars)), meter, title)


def _moving_chords(weights: np.ndarray, in_middle: np.ndarray, key: tuple[int, str], chain: Chain) -> np.ndarray:
    """Return the likeliest chord of each segment, at least so many that one can play over them.

    A melody alone leaves it open whether its harmony moves at all, and then the likeliest is that it does not. Where
    one chord lies under most of it, changes are taken for usual; and four bars or more end with dominant and tonic,
    unless the melody says otherwise.
    """
    bars = np.flatnonzero(~in_middle)
    tonic, mode = key
    found = chain.likeliest()
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
        found = chain.likeliest(certain)
    if _inside(weights, int(np.bincount(found).argmax())) > _ONE_CHORD:
        return found
    for by in _RESTLESS:
        counts = np.unique(found, return_counts=True)[1]
        if len(counts) >= _LEAST_CHORDS and counts.max() <= _MOST_OF_ONE * len(found):
            break
        found = chain.restless(by).likeliest(certain)
    return found


def _inside(weights: np.ndarray, chord: int) -> float:
    """Return the share of a melody in the triad of a chord."""
    root, family = divmod(chord, len(GUESSED))
    tones = (np.array(_TRIADS[family]) + root) % 12
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
