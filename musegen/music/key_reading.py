"""Keys that files declare, judged by the notes."""

from collections.abc import Sequence

import numpy as np

from musegen.music.piece import Note
from musegen.music.theory import estimate_key, tonic_from_fifths


def mode_of_signature(fifths: int, notes: Sequence[Note]) -> str:
    """Return "major" or "minor" for a key signature whose file gives no mode.

    Args:
        fifths: sharps, negative for flats.
        notes: what is played under it.
    """
    if not notes:
        return "major"
    pitches = np.array([n.pitch for n in notes])
    tonic, mode = estimate_key(pitches, np.array([n.duration_quarter for n in notes]))
    return "minor" if mode == "minor" and tonic == tonic_from_fifths(fifths, "minor") else "major"
