"""How well pitches are foreseen where notes begin, and nowhere else: OnsetFigures, at_onsets, counted_at_onsets.

On a fixed grid most places only hold what sounds, so that accuracy over all places is high for nothing. Here a place
counts where a note begins, and that it begins there is given: of all pitches, is the likeliest the one that comes, and
how many nats does the one that comes cost. Chance is 1 in as many pitches as the style has.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from musegen.evaluation.ngram import fit_ngram
from musegen.music import Piece

NUM_PITCHES = 128


@dataclass(frozen=True, slots=True)
class OnsetFigures:
    """How well pitches are foreseen.

    Args:
        num_notes: that were judged.
        accuracy: share of them whose pitch was the likeliest, 0 to 1; NaN without notes.
        nats: mean of -log of the probability of the pitch that came, given that a note begins; NaN without notes.
    """

    num_notes: int
    accuracy: float
    nats: float


def at_onsets(notes: Iterable[tuple[float, float]]) -> OnsetFigures:
    """Return the figures of notes.

    Args:
        notes: of each, the probability of its pitch and that of the likeliest other pitch, given that a note begins.
            Where both are alike the other one counts as foreseen with it, by half.
    """
    own, other = np.array(list(notes), float).reshape(-1, 2).T
    if not len(own):
        return OnsetFigures(0, math.nan, math.nan)
    right = np.where(own > other, 1.0, np.where(own == other, 0.5, 0.0))
    return OnsetFigures(len(own), float(right.mean()), float(-np.log(np.maximum(own, 1e-12)).mean()))


def pitch_lines(piece: Piece) -> list[list[int]]:
    """Return the pitches of each pitched track in the order of their notes."""
    return [[note.pitch for note in track.notes] for track in piece.tracks if track.notes and not track.is_drum]


def counted_at_onsets(
    train: Sequence[Sequence[int]], held_out: Sequence[Sequence[int]], order: int = 5
) -> OnsetFigures:  # fmt: skip
    """Return the figures of a counting model: an n-gram over the pitches of each track.

    Args:
        train: pitches in a row that it counts, see `pitch_lines`.
        held_out: pitches that it is asked about.
        order: pitches seen at once, the one asked about included.
    """
    model = fit_ngram(train, train[: max(len(train) // 10, 1)], NUM_PITCHES, order, discounts=(0.75,))
    used = sorted({pitch for line in train for pitch in line})
    notes, known = [], {}
    for line in held_out:
        for place, pitch in enumerate(line):
            context = tuple(line[max(place - order + 1, 0) : place])
            if context not in known:
                known[context] = model.probabilities(context)
            row = known[context]
            others = [row[other] for other in used if other != pitch]
            notes.append((row[pitch], max(others, default=0.0)))
    return at_onsets(notes)
