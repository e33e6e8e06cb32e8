"""A piece bar by bar in words, as a screen reader says it: bar_words."""

from bisect import bisect_right
from collections.abc import Sequence

from musegen.languages import Message, message, together
from musegen.music import Note, Piece
from musegen.music.instruments import drum_name
from musegen.music.notation import Bar, bars_of
from musegen.music.note_value import note_value_name
from musegen.music.score import to_ticks
from musegen.music.spelling import spell_piece, spelled_name

_QUARTER = to_ticks(1)
_RESTS = (_QUARTER // 4, _QUARTER // 3)
"""Ticks of which a silence is a multiple where it is a rest; others are gaps between notes as they are played."""


def bar_words(piece: Piece, given: Sequence[frozenset[int]] = ()) -> list[Message]:
    """Return a line for each bar, such as "Bar 2, your music and Am7: Alto rest quarter, G4 half; Bass D3 whole".

    Args:
        piece: the music.
        given: for each track, the indices of the notes that the musician gave; of a bar in which all notes are, it is
            said.
    """
    bars = bars_of(piece)
    names = spell_piece(piece)
    told: list[list[Message]] = [[] for _ in bars]
    own = [True] * len(bars)
    for index, track in enumerate(piece.tracks):
        by_bar: list[list[tuple[Note, str]]] = [[] for _ in bars]
        for number, note in enumerate(track.notes):
            place = _place(bars, note.onset_quarter)
            name = drum_name(note.pitch) if track.is_drum else spelled_name(names[index, number])
            by_bar[place].append((note, name))
            own[place] &= index < len(given) and number in given[index]
        voice = message(track.name) if track.name else message("track {number}", number=index + 1)
        sounding = 0
        for place, (bar, notes) in enumerate(zip(bars, by_bar, strict=True)):
            if notes:
                said = together(_moments(bar, notes, sounding), ", ")
                told[place].append(together((voice, said)) if len(piece.tracks) > 1 else said)
            sounding = max([sounding, *(to_ticks(note.end_quarter) for note, _ in notes)])
    chords: list[list[str]] = [[] for _ in bars]
    for symbol in piece.chord_symbols:
        chords[_place(bars, symbol.onset_quarter)].append(symbol.text)
    lines = []
    for bar, words, symbols, is_own in zip(bars, told, chords, own, strict=True):
        about = [*([message("your music")] if words and is_own else []), *symbols]
        said = (
            together(words, "; ") if words else message("rest") if not _sounds(piece, bar) else message("nothing new")
        )
        number = int(bar.number.removeprefix("X"))
        lines.append(
            message("Bar {bar}, {about:list}: {words}.", bar=number, about=about, words=said)
            if about
            else message("Bar {bar}: {words}.", bar=number, words=said)
        )
    return lines


def _sounds(piece: Piece, bar: Bar) -> bool:
    end = bar.start + bar.length
    return any(
        to_ticks(note.onset_quarter) < end and bar.start < to_ticks(note.end_quarter)
        for track in piece.tracks
        for note in track.notes
    )


def _place(bars: Sequence[Bar], quarter: float) -> int:
    return max(bisect_right(bars, to_ticks(quarter), key=lambda bar: bar.start) - 1, 0)


def _moments(bar: Bar, notes: Sequence[tuple[Note, str]], sounding: int) -> list[Message]:
    """Return what a track begins in a bar, one moment after the other, with the rests between.

    Args:
        bar: the bar.
        notes: that begin in it, in order, and their names.
        sounding: tick at which all notes of the bars before have ended.
    """
    said: list[Message] = []
    now = max(bar.start, sounding)
    for onset in dict.fromkeys(note.onset_quarter for note, _ in notes):
        said += _rest(to_ticks(onset) - now)
        lengths: dict[float, list[str]] = {}
        for note, name in notes:
            if note.onset_quarter == onset:
                lengths.setdefault(note.duration_quarter, []).append(name)
                now = max(now, to_ticks(note.end_quarter))
        for length, names in lengths.items():
            what = message("chord {notes:list}", notes=names) if len(names) > 1 else names[0]
            said.append(together((what, note_value_name(length))))
    return said + _rest(bar.start + bar.length - now)


def _rest(ticks: int) -> list[Message]:
    if ticks <= 0 or all(ticks % grid for grid in _RESTS):
        return []
    return [together((message("rest"), note_value_name(ticks / _QUARTER)))]
