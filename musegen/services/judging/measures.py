"""Measures of a take, to compare and to rank takes by: MEASURES, measure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegen.composers.request import Take
from musegen.evaluation.statistics import pitch_in_scale_rate, pitch_range
from musegen.evaluation.structure import RUN, note_runs, run_repetition
from musegen.music import Piece
from musegen.music.theory import estimate_key, scale_pitch_classes
from musegen.music.transform import main_key


@dataclass(frozen=True, slots=True)
class Measure:
    """What one measure is called and means.

    Args:
        title: for a table.
        meaning: one sentence.
        unit: "share" (0 to 1), "semitones", "notes a quarter" or "nats".
    """

    title: str
    meaning: str
    unit: str


MEASURES = {
    "in_key": Measure("In key", "Share of the notes that belong to the key; minor may raise its 6th and 7th.", "share"),
    "range": Measure("Range", "From the lowest note to the highest.", "semitones"),
    "repetition": Measure(
        "Repetition", f"Share of the notes that begin a run of {RUN} heard before, at any pitch level.", "share"
    ),
    "likeness": Measure(
        "Like your music",
        f"Share of the new notes that lie in a run of {RUN} of your music, at any pitch level.",
        "share",
    ),
    "density": Measure("Density", "Notes in a quarter, all voices together.", "notes a quarter"),
    "surprise": Measure("Surprise", "Nats a new note cost the network: low is expected, high unusual.", "nats"),
}
"""What `measure` returns, by name."""


def measure(take: Take) -> dict[str, float]:
    """Return the measures of a take by the names of `MEASURES`; one that it does not have is NaN.

    "Like your music" needs a seed, "surprise" new notes.
    """
    piece = take.piece
    voices = [list(track.notes) for track in piece.tracks if not track.is_drum]
    notes = sum(map(len, voices))
    given = [take.given[t] if t < len(take.given) else frozenset() for t in range(len(piece.tracks))]
    new = piece.num_notes - sum(map(len, given))
    return {
        "in_key": in_key(piece),
        "range": pitch_range(piece),
        "repetition": run_repetition(voices),
        "likeness": likeness(piece, given),
        "density": notes / piece.end_quarter if notes else math.nan,
        "surprise": -take.log_likelihood / new if new else math.nan,
    }


def in_key(piece: Piece) -> float:
    """Return the share of the notes in the key of the piece, or in the likeliest one; NaN without notes."""
    notes = [n for track in piece.tracks if not track.is_drum for n in track.notes]
    if not notes:
        return math.nan
    key = main_key(piece)
    if key is None:
        tonic, mode = estimate_key(np.array([n.pitch for n in notes]), np.array([n.duration_quarter for n in notes]))
    else:
        tonic, mode = key.tonic, key.mode
    if mode != "minor":
        return pitch_in_scale_rate(piece, tonic, mode)
    scale = scale_pitch_classes(tonic, mode)
    return sum(n.pitch % 12 in scale for n in notes) / len(notes)


def likeness(piece: Piece, given: Sequence[frozenset[int]]) -> float:
    """Return the share of the new notes that lie in a run of the given ones; NaN without either.

    Args:
        piece: the music.
        given: for each track, the indices of the notes of the seed.
    """
    known, total, alike = set(), 0, 0
    for track, own in zip(piece.tracks, given, strict=True):
        known |= set(note_runs([n for i, n in enumerate(track.notes) if i in own]))
    for track, own in zip(piece.tracks, given, strict=True):
        notes = [n for i, n in enumerate(track.notes) if i not in own]
        inside = np.zeros(len(notes), bool)
        for start, run in enumerate(note_runs(notes)):
            if run in known:
                inside[start : start + RUN] = True
        total, alike = total + len(notes), alike + int(inside.sum())
    return alike / total if known and total else math.nan
