"""Musical statistics of a Piece, one number each, with MusPy's names.

Definitions follow MusPy 0.5.0 (Dong et al., ISMIR 2020) and the papers it cites; where ours differ the docstring says
so. Times are exact, not sampled, and intervals half open. Drums count only where the docstring says so. A statistic
that is not defined for a piece (an empty one, say) is NaN, never a made-up zero.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from musegen.evaluation.bars import bars_of
from musegen.music import Note, Piece, snap
from musegen.music.theory import MODES


def _pitched(piece: Piece) -> list[Note]:
    return [note for track in piece.tracks if not track.is_drum for note in track.notes]


def _pitch_classes(piece: Piece) -> np.ndarray:
    """Return the number of notes of each pitch class, shape (12,)."""
    return np.bincount([note.pitch % 12 for note in _pitched(piece)], minlength=12)


def entropy_bits(counts: np.ndarray) -> float:
    """Return the entropy in bits of a histogram, NaN where it is empty."""
    total = counts.sum()
    if total == 0:
        return math.nan
    shares = counts[counts > 0] / total
    return float(max(-(shares * np.log2(shares)).sum(), 0.0))


def _covered(spans: list[tuple[float, float]]) -> float:
    """Return the length of the union of intervals."""
    length, reached = 0.0, -math.inf
    for start, stop in sorted(spans):
        length += max(stop - max(start, reached), 0.0)
        reached = max(reached, stop)
    return length


def n_pitches_used(piece: Piece) -> float:
    """Number of different MIDI pitches; 0 where there is no pitched note."""
    return float(len({note.pitch for note in _pitched(piece)}))


def n_pitch_classes_used(piece: Piece) -> float:
    """Number of different pitch classes, 0 to 12."""
    return float(np.count_nonzero(_pitch_classes(piece)))


def pitch_range(piece: Piece) -> float:
    """Highest less lowest pitch in semitones; 0 where there is no pitched note."""
    pitches = [note.pitch for note in _pitched(piece)]
    return float(max(pitches) - min(pitches)) if pitches else 0.0


def pitch_entropy(piece: Piece) -> float:
    """Entropy in bits of the histogram of MIDI pitches over notes; NaN without pitched notes."""
    return entropy_bits(np.bincount([note.pitch for note in _pitched(piece)], minlength=128))


def pitch_class_entropy(piece: Piece) -> float:
    """Entropy in bits of the histogram of pitch classes over notes, 0 to log2(12); NaN without pitched notes.

    Wu and Yang, The Jazz Transformer on the Front Line, ISMIR 2020. Notes count once each, however long.
    """
    return entropy_bits(_pitch_classes(piece))


def pitch_in_scale_rate(piece: Piece, tonic: int, mode: str) -> float:
    """Share of notes whose pitch class lies in a scale (minor is natural minor); NaN without pitched notes.

    Args:
        piece: the music.
        tonic: pitch class of the scale's first degree, 0 to 11.
        mode: a key of `musegen.music.theory.MODES`.
    """
    counts = _pitch_classes(piece)
    if counts.sum() == 0:
        return math.nan
    return float(counts[[(tonic + step) % 12 for step in MODES[mode]]].sum() / counts.sum())


def scale_consistency(piece: Piece) -> float:
    """Largest `pitch_in_scale_rate` over the 24 major and natural minor scales; NaN without pitched notes.

    Mogren, C-RNN-GAN, 2016.
    """
    return max(pitch_in_scale_rate(piece, tonic, mode) for tonic in range(12) for mode in ("major", "minor"))


def polyphony(piece: Piece) -> float:
    """Mean number of different pitches sounding together, over the time in which any sounds; NaN without notes.

    The same pitch in two tracks at once counts once, as in a piano roll.
    """
    spans: dict[int, list[tuple[float, float]]] = {}
    for note in _pitched(piece):
        spans.setdefault(note.pitch, []).append((note.onset_quarter, note.end_quarter))
    sounding = _covered([span for each in spans.values() for span in each])
    return sum(_covered(each) for each in spans.values()) / sounding if spans else math.nan


def empty_beat_rate(piece: Piece) -> float:
    """Share of quarters, up to the end of the last note, in which nothing sounds (drums sound); NaN if empty.

    Unlike MusPy's, a note that ends where a beat begins does not touch that beat.
    """
    num_beats = math.ceil(piece.end_quarter - 1e-9)
    if num_beats == 0:
        return math.nan
    touched = np.zeros(num_beats, bool)
    for track in piece.tracks:
        for note in track.notes:
            touched[math.floor(note.onset_quarter) : math.ceil(note.end_quarter - 1e-9)] = True
    return float(1 - touched.mean())


def groove_consistency(piece: Piece, steps_per_quarter: int = 4) -> float:
    """One less the mean Hamming distance of the onset patterns of neighbouring bars; NaN with fewer than two bars.

    Each bar is a vector of bits, one for each step: does a note (drums too) begin there. The distance of two bars is
    the share of steps that differ (Wu and Yang, ISMIR 2020, with neighbours as in MusPy). Pairs of bars of different
    length and an incomplete first bar are left out. The value depends on the grid: compare only equal grids.
    """
    bars = [(bar.places(steps_per_quarter), bar.num_steps(steps_per_quarter)) for bar in bars_of(piece) if bar.is_whole]
    distances = [
        len(pattern ^ after) / steps
        for (pattern, steps), (after, steps_after) in pairwise(bars)
        if steps == steps_after > 0
    ]
    return 1 - float(np.mean(distances)) if distances else math.nan


def note_density(piece: Piece) -> float:
    """Notes (drums too) per quarter from 0 to the end of the last note; NaN for an empty piece."""
    return piece.num_notes / piece.end_quarter if piece.num_notes else math.nan


def mean_note_quarters(piece: Piece) -> float:
    """Mean length of the pitched notes in quarters; NaN without pitched notes."""
    notes = _pitched(piece)
    return float(np.mean([note.duration_quarter for note in notes])) if notes else math.nan


def bar_repetition_rate(piece: Piece) -> float:
    """Share of the bars in which a note begins that repeat an earlier bar exactly; NaN for an empty piece.

    Bars are the same where the notes beginning in them have the same track, pitch, length and place in the bar.
    """
    filled = [
        frozenset(
            (track, snap(n.onset_quarter - bar.start_quarter), n.pitch, n.duration_quarter) for track, n in bar.notes
        )
        for bar in bars_of(piece)
        if bar.notes
    ]
    return 1 - len(set(filled)) / len(filled) if filled else math.nan


STATISTICS: dict[str, Callable[[Piece], float]] = {
    function.__name__: function
    for function in (
        n_pitches_used,
        n_pitch_classes_used,
        pitch_range,
        pitch_entropy,
        pitch_class_entropy,
        scale_consistency,
        polyphony,
        empty_beat_rate,
        groove_consistency,
        note_density,
        mean_note_quarters,
        bar_repetition_rate,
    )
}
"""All statistics that need nothing but the piece, by name."""


def describe(piece: Piece) -> dict[str, float]:
    """Return every statistic of `STATISTICS` for a piece, by name."""
    return {name: function(piece) for name, function in STATISTICS.items()}
