"""Which tracks of a piece are the band's: bass and drums. own_band, without_band, is_band."""

from dataclasses import replace

from musegen.music import Piece, Track

BASS, DRUMS = "Bass", "Drums"
_BASSES = range(32, 40)


def is_band(track: Track) -> bool:
    """Return whether a track is drums, or a bass by its name or its instrument."""
    return track.is_drum or track.name.strip().casefold() == BASS.casefold() or track.program in _BASSES


def without_band(piece: Piece) -> Piece:
    """Return a piece without bass and drums; where nothing else sounds, as it is."""
    kept = tuple(track for track in piece.tracks if not is_band(track))
    return replace(piece, tracks=kept) if any(track.notes for track in kept) else piece


def own_band(piece: Piece, later: float = 0.0) -> tuple[Track, ...]:
    """Return the bass and the drums that a piece has beside other tracks, called "Bass" and "Drums".

    Args:
        piece: the music.
        later: quarters by which they begin later.
    """
    if without_band(piece) is piece:
        return ()
    found: dict[str, Track] = {}
    for track in piece.tracks:
        if is_band(track) and track.notes:
            name = DRUMS if track.is_drum else BASS
            notes = tuple(replace(n, onset_quarter=n.onset_quarter + later) for n in track.notes)
            found.setdefault(name, replace(track, name=name, notes=notes))
    return tuple(found.values())
