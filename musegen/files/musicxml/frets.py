"""String and fret of each note of a guitar, as <technical> of MusicXML: frets_by_note."""

from functools import lru_cache

from musegen.music import Note, Piece
from musegen.music.fretboard import GUITARS, Fingering, finger, tuning_of


@lru_cache(maxsize=64)
def _fingered(notes: tuple[Note, ...]) -> tuple[Fingering, ...]:
    return finger(notes, tuning_of(notes))[0]


def frets_by_note(piece: Piece) -> dict[tuple[int, int], str]:
    """Return <technical> by (track, index of the note); notes that no hand holds on a guitar have none.

    Args:
        piece: at the pitch at which it sounds; tracks that are no guitar's are left out.
    """
    return {
        (index, place.index): f"<technical><string>{place.string}</string><fret>{place.fret}</fret></technical>"
        for index, track in enumerate(piece.tracks)
        if track.program in GUITARS and not track.is_drum
        for place in _fingered(track.notes)
    }
