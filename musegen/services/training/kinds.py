"""Which style a musician's files are nearest to, to be proposed to go on from: likeness, proposed, trainable.

Nothing is learned here: tracks are counted, whether they hold lines or chords, whether the notes keep to a grid, and
which instruments play.
"""

from collections.abc import Sequence

import numpy as np

from musegen.music import Piece, Track
from musegen.services.styles import StyleCard, abilities_of, list_styles
from musegen.styles.shelf import list_teaching

_GRID = 12
"""Parts of a quarter that written notes begin at."""
_PLAYED_SHARE = 0.3
"""Share of the notes off the grid from which music was played and not written."""
_TOGETHER = 0.25
"""Share of a track's notes that begin while another sounds, from which it holds more than a line."""
_FAMILY = 8
"""General MIDI programs of a family of instruments."""

_SINGABLE = {0, 2, 6}
"""Families that music for voices is played by: pianos, organs, ensembles and choirs."""


def trainable() -> list[StyleCard]:
    """Return the cards of the styles that can learn from files, by title."""
    return [card for card in list_styles() if abilities_of(card).own_files]


def teaching() -> list[StyleCard]:
    """Return the cards of the notebooks' networks, which can be trained from nothing alone."""
    return list_teaching()


def likeness(piece: Piece, card: StyleCard) -> float:
    """Return how much a piece is of the kind that a style writes, 0 to 1.

    Args:
        piece: the music.
        card: of the style.
    """
    tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
    if not tracks:
        return 0.0
    if is_played(tracks) != (not abilities_of(card).bars):
        return 0.1
    if not abilities_of(card).bars:
        return 1.0 if {track.program // _FAMILY for track in tracks} == {0} else 0.4
    parts = card.composer.get("config", {}).get("parts", ())
    keyboard = sum(part.get("most", 1) > 2 for part in parts)
    lines = [track for track in tracks if not holds_chords(track)]
    if len(lines) < len(tracks) <= 2 and {track.program // _FAMILY for track in tracks} == {0}:
        lines = []  # the two hands of one piano
    chords = len(tracks) - len(lines)
    fits = not chords or (keyboard and len(lines) <= len(parts) - keyboard)
    near = 1.0 if fits else 0.3
    wanted = len(card.voices)
    have = len(lines) + (2 if chords else 0)
    near *= min(have, wanted) / max(have, wanted)
    if parts and not keyboard:
        families = {part["program"] // _FAMILY for part in parts}
        near *= 1.0 if {track.program // _FAMILY for track in tracks} <= families else 0.7
    elif parts:
        near *= 1.0 if chords or wanted > 2 else 0.9
    elif wanted > 1 and not {track.program // _FAMILY for track in tracks} <= _SINGABLE:
        near *= 0.9
    return near


def proposed(pieces: Sequence[Piece], cards: Sequence[StyleCard]) -> list[StyleCard]:
    """Return the cards by how near their music is to pieces, nearest first.

    Args:
        pieces: of the musician.
        cards: of the styles to choose among.
    """
    mean = {card.style_id: float(np.mean([likeness(piece, card) for piece in pieces] or [0.0])) for card in cards}
    return sorted(cards, key=lambda card: -mean[card.style_id])


def is_played(tracks: Sequence[Track]) -> bool:
    """Return whether the notes of tracks were played freely, and not written in bars."""
    onsets = np.array([note.onset_quarter for track in tracks for note in track.notes]) * _GRID
    return bool((np.abs(onsets - np.round(onsets)) > 0.05).mean() > _PLAYED_SHARE)


def holds_chords(track: Track) -> bool:
    """Return whether a track holds more than one line."""
    together, latest = 0, -1.0
    for note in sorted(track.notes, key=lambda n: n.onset_quarter):
        together += note.onset_quarter < latest - 0.05
        latest = max(latest, note.end_quarter)
    return together > _TOGETHER * len(track.notes)
