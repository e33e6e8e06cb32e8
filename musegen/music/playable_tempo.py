"""How fast music of so many notes can be played."""

import numpy as np

from musegen.music.piece import Piece

FASTEST_ONSETS = 9.0
"""Moments a second at which a hand strikes in what is busy; Chopin's studies are played at 9 to 11."""

_BUSY_SHARE = 90
"""Percentile of the beats that is taken as busy: a run of small notes slows nothing down."""


def playable_qpm(piece: Piece, qpm: float) -> float:
    """Return the tempo in quarters a minute, or a slower one where the notes of a hand are too many for it.

    Args:
        piece: the music.
        qpm: the tempo that is wanted.
    """
    busy = max((_onsets_per_quarter([n.onset_quarter for n in track.notes]) for track in piece.tracks), default=0.0)
    return qpm if not busy else min(qpm, float(round(FASTEST_ONSETS * 60 / busy)))


def _onsets_per_quarter(onsets: list[float]) -> float:
    """Return the different onsets in a busy quarter; 0 without notes."""
    if not onsets:
        return 0.0
    counts = np.bincount(np.floor(np.unique(onsets)).astype(int))
    return float(np.percentile(counts[counts > 0], _BUSY_SHARE))
