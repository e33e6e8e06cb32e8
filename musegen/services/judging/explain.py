"""Why this note: what the network thought of every note of a piece, and what else it had in mind, from one pass."""

from musegen.composers.reading import (
    LEAST_PROBABILITY,
    MOST_ALTERNATIVES,
    Alternative,
    Explanation,
    NoteReason,
)
from musegen.composers.style import load_style
from musegen.errors import ConstraintError
from musegen.music import Piece

__all__ = ["LEAST_PROBABILITY", "MOST_ALTERNATIVES", "Alternative", "Explanation", "NoteReason", "explain"]


def explain(style_id: str, piece: Piece, given_voices: tuple[int, ...] = ()) -> Explanation:
    """Return how likely each note was to the network of a style, and what else it had in mind.

    The network knows what it knows when it composes: key, meter, length, and of chorales where phrases end.

    Args:
        style_id: the style.
        piece: the music.
        given_voices: of a harmonised chorale, the voices that were given: the network looks ahead at them, and they
            have no reasons.

    Raises:
        MusegenError: there is no such style, it does not say why, the piece is not music for it, or lacks a voice that
            is said to be given.
    """
    style = load_style(style_id)
    if not style.composer.abilities(style.card).why:
        raise style.composer.refusal("why", style.card)
    missing = [voice for voice in given_voices if not 0 <= voice < len(piece.tracks)]
    if missing:
        raise ConstraintError(
            "Voice {missing} is said to be given, but the piece has {num_tracks}.",
            missing=missing[0] + 1,
            num_tracks=len(piece.tracks),
        )
    return style.composer.explain(piece, style, given_voices)
