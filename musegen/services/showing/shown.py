"""A take as the page's stage shows it, with what the musician chose for it: Manner, presented, heard, drawn.

A run of the page's script and the page that asks by itself (`making/live`) show the same take by these functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from musegen.composers.request import Take
from musegen.harmony.lead_sheet import with_chord_symbols
from musegen.languages import message
from musegen.music import Piece
from musegen.music.fretboard import with_tablature
from musegen.services.showing import downloads as studio
from musegen.services.showing.sounds import Sounds
from musegen.services.showing.spoken_bars import bar_words
from musegen.services.showing.stage import score_data


@dataclass(frozen=True, slots=True)
class Manner:
    """How takes are shown.

    Args:
        title: over the sheet.
        composer: at its right, "" for the take's own.
        chord_symbols: whether chords stand over the sheet.
        tablature: whether strings and frets stand below the staff of a guitar.
        programs: General MIDI programs chosen, by index of the track.
        sheet: whether the sheet is looked at.
        width: of its pages in CSS pixels.
        legend: what marked notes are called, and the others.
    """

    title: str = ""
    composer: str = ""
    chord_symbols: bool = False
    tablature: bool = False
    programs: Mapping[int, int] = field(default_factory=dict)
    sheet: bool = True
    width: float = 1000.0
    legend: tuple[str, str] = (message("your music"), message("new"))


def presented(take: Take, manner: Manner) -> tuple[Take, Take]:
    """Return a take titled and with its chords, with the instruments chosen and with those that the style gave it."""
    composed = studio.titled(take, manner.title, manner.composer)
    if manner.chord_symbols:
        composed = replace(composed, piece=with_chord_symbols(composed.piece))
    played = studio.with_programs(composed, manner.programs)
    if manner.tablature:  # of what it is played on now: a guitar may have been chosen, or another instrument
        played = replace(played, piece=with_tablature(played.piece))
    return played, composed


def own_notes(take: Take) -> tuple[frozenset[int], ...]:
    """Return which notes of each track are marked as the musician's: none where all are."""
    return () if sum(map(len, take.given)) == take.piece.num_notes else take.given


def heard(take: Take, composed: Take, given: Sequence[frozenset[int]], legend: Sequence[str], sounds: Sounds) -> dict:
    """Return what the stage plays and says of a take, all but the pages (`StageData` in web/score/shapes.js).

    Args:
        take: with the instruments that were chosen.
        composed: with those that the style gave it.
        given: for each track, the indices of the notes to mark.
        legend: what these are called, and the others.
        sounds: where the take's own recording is had.
    """
    score: dict[str, Any] = score_data(composed.piece, given)  # its key stays when an instrument changes: it plays on
    for row, track in zip(score["tracks"], take.piece.tracks, strict=True):
        row["program"] = track.program
    return {
        "score": score | {"wav": sounds.offer(take.piece)},
        "words": bar_words(take.piece, own_notes(take)),
        "label": message("Sheet music of take {index}", index=take.index + 1),
        "legend": list(legend) if any(given) else [],
        "composed": [track.program for track in composed.piece.tracks],
    }


def drawn(piece: Piece, given: tuple[frozenset[int], ...], width: float) -> list[str]:
    """Return the pages of the sheet as SVG.

    Raises:
        RenderingError: it cannot be drawn.
    """
    return list(studio.sheet_pages(piece, given, width))
