"""What every style is measured by: METRICS, a function of a Piece each, with its meaning and whose definition it is.

The functions live in `statistics`, `structure` and `intervals`; here stands what they are called.
"""

from collections.abc import Callable
from dataclasses import dataclass

from musegen.evaluation.intervals import (
    motif_return,
    note_repetition,
    pitch_velocity_correlation,
    stepwise_motion,
)
from musegen.evaluation.statistics import (
    groove_consistency,
    mean_note_quarters,
    note_density,
    pitch_class_entropy,
    pitch_range,
    polyphony,
    scale_consistency,
)
from musegen.evaluation.structure import best_earlier_likeness, groove_similarity, returning_bars, windowed_entropy
from musegen.evaluation.structureness import LONG, MIDDLE, SHORT, structureness
from musegen.music import Piece


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a piece.

    Args:
        title: for a table.
        meaning: one sentence for a musician.
        unit: "share" (0 to 1), "bits", "semitones", "quarters", "notes a quarter", "notes" or "correlation".
        source: whose definition it is.
        function: of a piece; NaN where it is not defined.
    """

    title: str
    meaning: str
    unit: str
    source: str
    function: Callable[[Piece], float]


_MUSPY, _WU, _OURS = "MusPy 0.5", "Wu and Yang, ISMIR 2020", "Musegen"

METRICS = {
    "pitch_class_entropy": Metric(
        "Variety of pitch classes", "How evenly the twelve notes are used: 0 is one note, 3.58 all alike.", "bits",
        _MUSPY, pitch_class_entropy),
    "entropy_of_a_bar": Metric(
        "The same within a bar", "How many different notes a bar uses, and how evenly.", "bits", _WU,
        lambda piece: windowed_entropy(piece, 1)),
    "scale_consistency": Metric(
        "Scale consistency", "Share of the notes in the major or natural minor scale that fits best.", "share", _MUSPY,
        scale_consistency),
    "groove_consistency": Metric(
        "Groove from bar to bar", "How alike the rhythm of each bar and the next is; 1 is the same.", "share", _MUSPY,
        groove_consistency),
    "groove_similarity": Metric(
        "Groove over the piece", "How alike the rhythms of all pairs of bars are; 1 is the same.", "share", _WU,
        groove_similarity),
    "note_repetition": Metric(
        "Repeated notes", "Share of the notes that have the pitch of the note before.", "share", _OURS,
        note_repetition),
    "stepwise_motion": Metric(
        "Moves by step", "Share of the moves from note to note that are seconds.", "share", _OURS, stepwise_motion),
    "motif_return": Metric(
        "Motifs that return", "Share of the groups of four notes whose intervals were heard before.", "share", _OURS,
        motif_return),
    "returning_bars": Metric(
        "Bars that return", "Share of the bars that repeat an earlier bar note for note.", "share", _OURS,
        lambda piece: returning_bars(piece, "pitches")),
    "best_earlier_likeness": Metric(
        "Coherence", "How like each bar is to that earlier bar which is most like it; 1 is the same.", "share", _OURS,
        best_earlier_likeness),
    "structureness_short": Metric(
        "Structureness, 3 to 8 s", "How well the stretch of that length which returns best does, and "
        "how much of the music its returns cover; 0 is never.", "share", _WU,
        lambda piece: structureness(piece, SHORT)),
    "structureness_middle": Metric(
        "Structureness, 8 to 15 s", "The same of stretches of 8 to 15 seconds.", "share", _WU,
        lambda piece: structureness(piece, MIDDLE)),
    "structureness_long": Metric(
        "Structureness, from 15 s", "The same of stretches of 15 seconds and more.", "share", _WU,
        lambda piece: structureness(piece, LONG)),
    "pitch_range": Metric("Range", "From the lowest note to the highest.", "semitones", _MUSPY, pitch_range),
    "polyphony": Metric("Notes at a time", "How many notes sound together where any do.", "notes", _MUSPY, polyphony),
    "note_density": Metric("Density", "Notes in a quarter, all voices together.", "notes a quarter", _OURS,
                           note_density),
    "mean_note_quarters": Metric("Length of a note", "In the mean.", "quarters", _OURS, mean_note_quarters),
    "pitch_velocity_correlation": Metric(
        "Higher is louder", "Whether loudness follows pitch: 1 always, 0 not at all, -1 the other way round.",
        "correlation", "Pearson", pitch_velocity_correlation),
}  # fmt: skip
"""By name, in the order of tables."""


def measure_piece(piece: Piece) -> dict[str, float]:
    """Return every figure of `METRICS` for a piece, by name; what is not defined is NaN."""
    return {name: metric.function(piece) for name, metric in METRICS.items()}
