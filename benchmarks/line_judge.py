"""A judge of joins that chose nothing: counts of how the lines of real music move, the same for every style.

Each track is read as one line, its highest notes; where a hand plays chords, its lowest notes are a second one. A line
is a row of tokens, one a note: the interval from the note before, and how long that was ago on a scale of logarithms.
An interpolated Kneser-Ney 5-gram of the training music says how likely the tokens after a gap are, the first of which
leads over its border.
"""

import numpy as np

from musegen.evaluation.ngram import KneserNeyNgram, fit_ngram
from musegen.music import Note, Piece

ORDER, DISCOUNTS = 5, (0.7, 0.8, 0.85, 0.9, 0.93)
_MOST, _STEPS, _SLOWEST = 12, 13, 8
"""Semitones and halves of a doubling that have tokens of their own."""
_TOGETHER = 1 / 16
"""Notes nearer than these quarters are struck together."""
NUM_TOKENS = (2 * _MOST + 1) * _STEPS


def lines(piece: Piece) -> list[list[Note]]:
    """Return the lines of a piece: of each pitched track its highest notes, and its lowest where it plays chords."""
    found = []
    for track in piece.tracks:
        if track.is_drum or not track.notes:
            continue
        chords: list[list[Note]] = []
        for note in track.notes:
            if chords and note.onset_quarter - chords[-1][0].onset_quarter < _TOGETHER:
                chords[-1].append(note)
            else:
                chords.append([note])
        found.append([max(chord, key=lambda note: note.pitch) for chord in chords])
        if sum(len(chord) > 1 for chord in chords) > len(chords) / 8:
            found.append([min(chord, key=lambda note: note.pitch) for chord in chords])
    return found


def tokens(line: list[Note]) -> np.ndarray:
    """Return the tokens of a line, one for each note but the first."""
    pitch = np.array([note.pitch for note in line])
    onset = np.array([note.onset_quarter for note in line])
    steps = np.clip(np.round(2 * np.log2(np.maximum(np.diff(onset), 1e-3) / 0.25)), -4, _SLOWEST).astype(int) + 4
    return (np.clip(np.diff(pitch), -_MOST, _MOST) + _MOST) * _STEPS + steps


class LineJudge:
    """Says how likely notes after a time are.

    Args:
        train: music to count.
        valid: music that the discount is chosen by.
    """

    def __init__(self, train: list[Piece], valid: list[Piece]) -> None:
        read = [[tokens(line) for piece in side for line in lines(piece)] for side in (train, valid)]
        self._model: KneserNeyNgram = fit_ngram(read[0], read[1], NUM_TOKENS, ORDER, DISCOUNTS)

    def nats(self, piece: Piece, after: float, count: int) -> float:
        """Return the nats of the first notes of each line from a time on, `count` of all lines together at least."""
        found = lines(piece)
        each = max(-(-count // max(len(found), 1)), 2)
        total = 0.0
        for line in found:
            first = next((i for i, note in enumerate(line) if note.onset_quarter >= after - 1e-6), len(line))
            values = self._model.nll(tokens(line)) if len(line) > 1 else np.zeros(0)
            total += float(values[max(first - 1, 0) :][:each].sum())
        return total
