"""Kept takes as the page shows them: their pictures and scores, two side by side, a file taken in, a copy kept.

Picture, picture, kept_score, compared, file_take, readable, keep_copy. Pictures go by the take's id, under which the
music never changes, so that a list costs a look into the library alone.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from musegen.composers.request import Take
from musegen.errors import FileFormatError, LibraryError
from musegen.files import Reading, read_with_remarks
from musegen.languages import msgid
from musegen.library import library
from musegen.library.takes import NewTake, OpenedTake
from musegen.music import Piece
from musegen.remarks import Remark, remark
from musegen.services.judging.measures import MEASURES, measure
from musegen.services.keeping.library import take_of
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_of_file
from musegen.services.making.remake import remake
from musegen.services.seeds import seed as seeds
from musegen.services.showing import downloads as studio
from musegen.services.showing.sounds import Sounds
from musegen.services.showing.stage import score_data

MOST_DRAWN = 500
"""Notes of a picture; of a longer piece every second, third ... is drawn."""

LEAST_RANGE = 12
"""Semitones that the height of a picture stands for at least, so that a narrow melody does not look wild."""

WIDTH, HEIGHT = 1000, 100


@dataclass(frozen=True, slots=True)
class Picture:
    """A small roll, `WIDTH` by `HEIGHT`, as paths of SVG that are drawn as lines.

    Args:
        new: the composed notes.
        given: the musician's own.
        end: quarters from the left to the right edge.
    """

    new: str
    given: str
    end: float


def picture(opened: OpenedTake) -> Picture:
    """Return the small roll of a take."""
    notes = [
        (note.onset_quarter, note.duration_quarter, note.pitch, index < len(opened.given) and i in opened.given[index])
        for index, track in enumerate(opened.piece.tracks)
        for i, note in enumerate(track.notes)
    ]
    notes = notes[:: math.ceil(len(notes) / MOST_DRAWN) or 1]
    end = max((onset + length for onset, length, *_ in notes), default=1.0)
    pitches = [pitch for _, _, pitch, _ in notes] or [60]
    low, high = min(pitches), max(pitches)
    middle, span = (low + high) / 2, max(high - low, LEAST_RANGE)
    paths: dict[bool, list[str]] = {False: [], True: []}
    for onset, length, pitch, given in notes:
        x, width = WIDTH * onset / end, max(WIDTH * length / end - 2, 3)
        paths[given].append(f"M{x:.0f} {HEIGHT * (0.5 - 0.84 * (pitch - middle) / span):.0f}h{width:.0f}")
    return Picture("".join(paths[False]), "".join(paths[True]), end)


@lru_cache(maxsize=4096)
def picture_of(owner: str, take_id: str) -> Picture:
    """Return the small roll of an owner's take.

    Raises:
        LibraryError: the owner has no such take, or it cannot be read.
    """
    return picture(library.get_take(owner, take_id))


def kept_score(take_id: str, sounds: Sounds) -> dict[str, Any] | None:
    """Return a kept take as the transport plays it, its sound offered; None where there is no such take."""
    try:
        piece = library.get_take(None, take_id).piece
    except LibraryError:
        return None
    return score_data(piece) | {"wav": sounds.offer(piece)}


def compared(takes: Sequence[OpenedTake]) -> dict[str, list[str]]:
    """Return the measures of takes as columns: what is measured, what it means, and one for each take, in words.

    What none of them has is left out, and so is the network's surprise, which the library does not keep.
    """
    figures = [measure(readable(opened)[1]) for opened in takes]
    names = [
        name for name in MEASURES if name != "surprise" and not all(math.isnan(column[name]) for column in figures)
    ]
    columns = {
        msgid("Measured"): [msgid("Bars"), msgid("Seconds"), msgid("Notes"), *(MEASURES[name].title for name in names)]
    }
    for number, (opened, values) in enumerate(zip(takes, figures, strict=True), 1):
        listed = opened.listed
        counts = [str(listed.num_bars), f"{listed.seconds:.0f}", str(listed.num_notes)]
        title = f"{number}. {listed.name}"
        columns[title] = [*counts, *(_figure(values[name], MEASURES[name].unit) for name in names)]
    meanings = [MEASURES[name].meaning for name in names]
    counted = (msgid("A pickup is not counted."), msgid("At the tempo of the take."), msgid("All voices together."))
    columns[msgid("Meaning")] = [*counted, *meanings]
    return columns


def _figure(value: float, unit: str) -> str:
    if math.isnan(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.0f} {unit}" if unit == "semitones" else f"{value:.2f} {unit}"


def file_take(
    name: str, data: bytes, read: Callable[[str, bytes], Reading] = read_with_remarks
) -> tuple[Take, Recipe, tuple[Remark, ...]]:
    """Return the take of an exported MIDI or MusicXML file, made again from its recipe, and what should be known of it.

    Args:
        name: of the file.
        data: its content.
        read: reads it, as `files.read_with_remarks`.

    Raises:
        FileFormatError: the file carries no recipe, or one that cannot be read.
        MusegenError: the style of the recipe is not here, or the file is no music.
    """
    text = recipe_of_file(name, data)
    if text is None:
        raise FileFormatError(
            "This file carries no recipe of Musegen; upload it on the Compose page as music to start from."
        )
    recipe, messages = read_recipe_text(text)
    take, said = remake(recipe)
    music = seeds.seed_from_file(name, data, read).piece
    written = studio.file_bytes(
        take.piece, "mid" if data[:4] == b"MThd" else "musicxml"
    )  # rounds times as the file did
    again = seeds.seed_from_file("take.mid" if data[:4] == b"MThd" else "take.musicxml", written).piece
    if _sounds(music) != _sounds(again):
        said = (*said, remark("notes_differ_from_recipe"))
    return with_programs_of(take, music), recipe, (*messages, *said)


def readable(opened: OpenedTake) -> tuple[OpenedTake, Take, str | None]:
    """Return a kept take, the same to be heard and seen, and what is wrong with its recipe, which is left out then."""
    trouble = None
    if opened.recipe:
        try:
            read_recipe_text(opened.recipe)
        except FileFormatError as error:
            opened, trouble = replace(opened, recipe=None), str(error)
    return opened, take_of(opened), trouble


def with_programs_of(take: Take, piece: Piece) -> Take:
    """Return the take with the instruments of a piece that has as many tracks."""
    if len(piece.tracks) != len(take.piece.tracks):
        return take
    pairs = zip(take.piece.tracks, piece.tracks, strict=True)
    tracks = tuple(replace(track, program=other.program) for track, other in pairs)
    return replace(take, piece=replace(take.piece, tracks=tracks))


def keep_copy(owner: str, opened: OpenedTake) -> str:
    """Keep a shared take as one's own and return the copy's id; remark, tags and stars stay with the one who shares.

    Raises:
        LibraryError: the library cannot be written.
    """
    listed = opened.listed
    return library.keep_take(
        owner,
        NewTake(
            piece=opened.piece,
            given=opened.given,
            name=listed.name,
            style_id=listed.style_id,
            made_from=listed.made_from,
            num_bars=listed.num_bars,
            seconds=listed.seconds,
            recipe=opened.recipe,
        ),
    )


def _sounds(piece: Piece) -> Counter[tuple[int, ...]]:
    """Return the notes by pitch, onset and length in 48ths of a quarter, whatever the track."""
    return Counter(
        (note.pitch, round(48 * note.onset_quarter), round(48 * note.duration_quarter))
        for track in piece.tracks
        for note in track.notes
    )
