"""How a piece holds together: entropy of pitch classes over bars, likeness of rhythm, and what returns.

H and GS follow Wu and Yang, The Jazz Transformer on the Front Line, ISMIR 2020. Repetition is counted here on the
notes themselves; their structureness indicator stands in `structureness`. All values depend on how long a piece is, so
compare pieces of as many bars; a value that is not defined is NaN.
"""

import math
from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np

from musegen.evaluation.bars import Bar, bars_of
from musegen.evaluation.statistics import entropy_bits
from musegen.music import Note, Piece, snap

LAGS = (1, 2, 4, 8)
"""Bars back that melodies commonly take up again."""

RUN = 4
"""Notes of a run that counts as heard before."""


def windowed_entropy(piece: Piece, num_bars: int) -> float:
    """Mean entropy in bits of the pitch classes in every window of so many bars in a row (H1 and H4 of the paper).

    Windows begin at every bar, so they overlap; those without pitched notes are left out, drums never count. A piece
    of fewer bars is one window. NaN without pitched notes.
    """
    drums = {index for index, track in enumerate(piece.tracks) if track.is_drum}
    counts = np.zeros((len(bars := bars_of(piece)), 12))
    for row, bar in zip(counts, bars, strict=True):
        row += np.bincount([note.pitch % 12 for track, note in bar.notes if track not in drums], minlength=12)
    width = min(num_bars, len(counts))
    windows = [counts[first : first + width].sum(0) for first in range(len(counts) - width + 1)]
    values = [entropy_bits(window) for window in windows if window.any()]
    return float(np.mean(values)) if values else math.nan


def groove_similarity(piece: Piece, steps_per_quarter: int = 4) -> float:
    """One less the mean Hamming distance of the onset patterns of all pairs of bars (GS); NaN with fewer than two.

    `musegen.evaluation.statistics.groove_consistency` compares neighbours alone. Pairs of bars of different length,
    an incomplete first bar and bars in which nothing begins are left out. The value depends on the grid.
    """
    bars = [bar for bar in bars_of(piece) if bar.is_whole and bar.notes]
    patterns = [(bar.places(steps_per_quarter), bar.num_steps(steps_per_quarter)) for bar in bars]
    distances = [len(a ^ b) / steps for (a, steps), (b, other) in combinations(patterns, 2) if steps == other]
    return 1 - float(np.mean(distances)) if distances else math.nan


def lag_similarity(piece: Piece, lag: int) -> float:
    """Mean likeness of each bar and the bar `lag` bars before it, 0 to 1; NaN where no bar has one.

    Two bars are as like as the share of their notes (track, place in the bar, pitch; lengths aside) that both have:
    the Jaccard index. Pairs without notes are left out.
    """
    bars = [_content(bar) for bar in bars_of(piece) if bar.is_whole]
    pairs = [(a, b) for a, b in zip(bars, bars[lag:], strict=False) if a | b]
    return float(np.mean([len(a & b) / len(a | b) for a, b in pairs])) if pairs else math.nan


def best_earlier_likeness(piece: Piece) -> float:
    """Mean over bars of the likeness to that earlier bar which is most like it, 0 to 1; NaN with fewer than two bars.

    Likeness is that of `lag_similarity`. It tells how far the music is made of what was there before, whatever the
    form, as the structureness indicator of Wu and Yang does on rendered sound. Bars without notes are left out.
    """
    bars = [content for bar in bars_of(piece) if bar.is_whole and (content := _content(bar))]
    best = [max(len(bar & old) / len(bar | old) for old in bars[:index]) for index, bar in enumerate(bars) if index]
    return float(np.mean(best)) if best else math.nan


def _content(bar: Bar) -> frozenset[tuple[int, float, int]]:
    return frozenset((track, snap(n.onset_quarter - bar.start_quarter), n.pitch) for track, n in bar.notes)


def returning_bars(piece: Piece, kind: str) -> float:
    """Share of the bars with at least two notes that repeat an earlier bar; NaN where there is no such bar.

    Args:
        piece: the music.
        kind: "pitches": the same places, pitches and lengths; "intervals": the same at any pitch level;
            "rhythm": the same places and lengths.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in ("pitches", "intervals", "rhythm"):
        raise ValueError(f'kind must be "pitches", "intervals" or "rhythm", got {kind!r}')
    bars = [_picture(bar, kind) for bar in bars_of(piece) if len(bar.notes) > 1]
    return 1 - len(set(bars)) / len(bars) if bars else math.nan


def _picture(bar: Bar, kind: str) -> Hashable:
    first = {"pitches": 0, "intervals": min(bar.notes, key=lambda n: (n[1].onset_quarter, n[0], n[1].pitch))[1].pitch}
    return frozenset(
        (track, snap(n.onset_quarter - bar.start_quarter), n.duration_quarter)
        + (() if kind == "rhythm" else (n.pitch - first[kind],))
        for track, n in bar.notes
    )


def note_runs(notes: Sequence[Note], num_notes: int = RUN) -> list[tuple]:
    """Return the run that each note but the last few begins: steps in semitones and times in quarters between."""
    return [
        tuple(
            (b.pitch - a.pitch, round(b.onset_quarter - a.onset_quarter, 6))
            for a, b in zip(notes[i : i + num_notes], notes[i + 1 : i + num_notes], strict=False)
        )
        for i in range(len(notes) - num_notes + 1)
    ]


def run_repetition(voices: Sequence[Sequence[Note]], num_notes: int = RUN) -> float:
    """Return the share of the notes, where runs can begin, that begin a run heard before in any voice.

    A run is `num_notes` notes in a row with the same steps and times from each to the next, at any pitch level. NaN
    where none fits.
    """
    seen: set[tuple] = set()
    begun = [
        (n.onset_quarter, run) for voice in voices for n, run in zip(voice, note_runs(voice, num_notes), strict=False)
    ]
    repeated = 0
    for _, run in sorted(begun, key=lambda pair: pair[0]):
        repeated += run in seen
        seen.add(run)
    return repeated / len(begun) if begun else math.nan


def repetition(piece: Piece) -> dict[str, float]:
    """Return what returns in a piece: likeness to bars before, bars and runs of notes heard before, by name."""
    voices = [track.notes for track in piece.tracks if not track.is_drum]
    return {
        **{f"like_the_bar_{lag}_before": lag_similarity(piece, lag) for lag in LAGS},
        "bars_returning": returning_bars(piece, "pitches"),
        "bars_returning_at_any_pitch": returning_bars(piece, "intervals"),
        "rhythms_returning": returning_bars(piece, "rhythm"),
        "runs_of_4_notes_returning": run_repetition(voices),
        "runs_of_8_notes_returning": run_repetition(voices, 8),
    }
