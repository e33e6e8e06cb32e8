"""How well a style foresees which notes come, in pieces that it is given: foreseen."""

import logging
from collections.abc import Callable, Sequence

from musegen.errors import MusegenError
from musegen.evaluation.onsets import OnsetFigures, at_onsets
from musegen.music import Piece
from musegen.services.judging.explain import explain
from musegen.services.styles import abilities_of, get_style

MOST_PIECES = 4
"""That are looked at where somebody waits."""
_log = logging.getLogger(__name__)


def foreseen(
    style_id: str, pieces: Sequence[Piece], most: int = MOST_PIECES, cancelled: Callable[[], bool] | None = None
) -> OnsetFigures | None:
    """Return how well a style foresees the notes of pieces, each from all that is before it in its piece.

    Args:
        style_id: the style.
        pieces: of which those are left out that the style cannot read.
        most: of them that are looked at, spread evenly over all.
        cancelled: polled between pieces; what was looked at by then counts.

    Returns:
        None where the style does not say why it writes a note, or none of the pieces can be read.

    Raises:
        StyleError: there is no such style.
    """
    if not abilities_of(get_style(style_id)).why or not pieces:
        return None
    notes: list[tuple[float, float]] = []
    for number in range(min(most, len(pieces))):
        if cancelled is not None and cancelled():
            break
        piece = pieces[number * len(pieces) // min(most, len(pieces))]
        try:
            reasons = explain(style_id, piece).notes
        except MusegenError as error:
            _log.info("not foreseen: %s", error)
            continue
        for reason in reasons:
            others = [each.probability for each in reason.alternatives]
            # Only alternatives of 1 in 100 and more are listed; the likeliest of a style's pitches, fewer than a
            # hundred, is always among them unless it is the note itself.
            notes.append((reason.probability, max(others, default=0.0)))
    return at_onsets(notes) if notes else None
