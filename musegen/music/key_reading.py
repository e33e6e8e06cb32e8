"""Keys that files declare, judged by the notes.

Every DAW writes "C major" into its MIDI files, notation programs leave the mode away or write major over minor music.
A declaration of minor is never doubted: nobody gets it by default.
"""

from collections.abc import Sequence

import numpy as np

from musegen.music.piece import KeySignature, Note, Piece
from musegen.music.theory import key_profile_fits, tonic_from_fifths

_LAST_BASS, _FIRST_BASS = 0.2, 0.05
"""How much it speaks for a key that the last or first bass note is its tonic, beside a correlation of at most 1."""
_OPENING, _CLOSE, _EDGE_QUARTERS = 0.15, 0.2, 16.0
"""What the fit of the first and of the last quarters weighs beside that of the whole."""
_MARGIN, _C_MARGIN = 0.4, 0.7
"""By how much another key must fit better: the relative minor, and any other key where the file says C major.

Chosen on 975 files of Mutopia with one key, each declared major. Many are signed in major by their editors though they
are in minor (Moment musical 3 "in F minor", BWV 942, Vivaldi's RV 540): 47 that the repertoire knows as minor were
counted as minor. Of 262 in minor 221 are righted, of 713 in major 8 (1.1 %) are taken for their relative minor. Of 747
in other keys, declared C major, 575 are righted, 52 get a third key and 120 stay; of 169 in C 10 are overruled, most of
them modal music that ends on another note."""
_LEAST_NOTES, _LEAST_EDGE = 16, 4
_LONGEST_QUARTERS = 4.0
_END_QUARTER = 0.25


def mode_of_signature(fifths: int, notes: Sequence[Note]) -> str:
    """Return "major" or "minor" for a key signature whose file gives no mode.

    Args:
        fifths: sharps, negative for flats.
        notes: what is played under it.
    """
    if not notes:
        return "major"
    fits = _fits(notes)
    minor, major = ((tonic_from_fifths(fifths, mode), mode) for mode in ("minor", "major"))
    return "minor" if fits[minor] > fits[major] else "major"


def doubted_key(piece: Piece) -> KeySignature | None:
    """Return the key that the notes are in where the one key a piece declares is plainly another, else None.

    Args:
        piece: the whole of a file; an excerpt tells too little.
    """
    declared = {(key.tonic, key.mode) for key in piece.key_signatures}
    notes = [note for track in piece.tracks if not track.is_drum for note in track.notes]
    if len(declared) != 1 or len(notes) < _LEAST_NOTES:
        return None
    tonic, mode = next(iter(declared))
    if mode != "major":
        return None
    fits = _fits(notes)
    if _last_bass(notes) == tonic:
        return None
    relative = ((tonic + 9) % 12, "minor")
    best = max(fits, key=lambda key: (round(fits[key], 9), -key[0]))
    if tonic == 0 and best != relative:  # what is written where nobody chose: any key may be meant
        return KeySignature(0.0, *best) if fits[best] > fits[tonic, mode] + _C_MARGIN else None
    return KeySignature(0.0, *relative) if fits[relative] > fits[tonic, mode] + _MARGIN else None


def _fits(notes: Sequence[Note]) -> dict[tuple[int, str], float]:
    """Return how well each key in major and minor fits: the profiles', and where the music begins and ends."""
    pitches = np.array([n.pitch for n in notes])
    weights = np.array([min(n.duration_quarter, _LONGEST_QUARTERS) for n in notes])
    onsets = np.array([n.onset_quarter for n in notes])
    edges = (
        (_OPENING, onsets < onsets.min() + _EDGE_QUARTERS),
        (_CLOSE, onsets >= max(n.end_quarter for n in notes) - _EDGE_QUARTERS),
    )
    fits = key_profile_fits(pitches, weights)
    for share, part in edges:
        if part.sum() >= _LEAST_EDGE:
            there = key_profile_fits(pitches[part], weights[part])
            fits = {key: fit + share * there[key] for key, fit in fits.items()}
    first, last = int(pitches[onsets <= onsets.min()].min()) % 12, _last_bass(notes)
    return {k: fit + _LAST_BASS * (k[0] == last) + _FIRST_BASS * (k[0] == first) for k, fit in fits.items()}


def _last_bass(notes: Sequence[Note]) -> int:
    """Return the pitch class of the lowest note at the end."""
    end = max(n.end_quarter for n in notes)
    return min(n.pitch for n in notes if n.end_quarter >= end - _END_QUARTER) % 12
