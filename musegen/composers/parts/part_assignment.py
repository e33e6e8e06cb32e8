"""Which part plays which track of somebody else's music."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np

from musegen.composers.parts.grid import Part, ScoreLayout
from musegen.errors import CodecError
from musegen.music import Note, Piece, Track
from musegen.music.hands import Key, split_keys
from musegen.remarks import Remark, remark

_TICKS = 48
_SINGERS = ("voice", "vocal", "sing", "gesang", "stimme", "chant", "canto", "voix", "soprano", "tenor", "melod")
"""A track whose name has one of these is sung."""
_BASS = 55
"""The lowest track, if it lies below this in the mean, is no melody."""
_DOUBLED = 0.8
"""Share of a track's notes that another plays at the same time, in any octave, where it doubles that one."""
_CHORDAL = 2 / 3
"""Onsets for each note, at most, where a track holds several voices."""
_OVERLAP = 1 / 8
"""Quarters that notes of one voice may overlap."""


def assigned_to_parts(piece: Piece, layout: ScoreLayout) -> tuple[Piece, tuple[Remark, ...]]:
    """Return the piece with one track for each part, in order, and what was done to it, a plain sentence each.

    Tracks that bear the parts' names keep them; else the tracks go to the parts by how high they lie. One track of one
    voice goes to the highest part; one of several voices is dealt out: to two hands as a pianist would play it, to
    other parts by pitch; so are a few tracks that hold several voices each. Of more tracks than parts those that double
    others are left out, then those with fewest notes.

    Raises:
        CodecError: there are no pitched notes.
    """
    messages: list[Remark] = []
    if any(track.is_drum and track.notes for track in piece.tracks):
        messages.append(remark("percussion_left_out"))
    tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
    if not tracks:
        raise CodecError("There are no pitched notes in this music; this style needs at least one.")
    if len(tracks) > layout.num_parts:
        tracks = _without_doubles(tracks, layout.num_parts, messages)
    if len(tracks) > layout.num_parts:
        tracks = _fewer(tracks, layout, messages)
    tracks = _beside_a_piano(tracks, layout)
    places = _named(tracks, layout)
    if places is None and _holds_more_voices(tracks, layout):
        lines = _dealt(sorted(note for track in tracks for note in track.notes), layout)
        places = [index for index, line in enumerate(lines) if line]
        tracks = [Track(tuple(lines[index])) for index in places]
    if places is None:
        tracks = sorted(tracks, key=_height, reverse=True)
        places = _by_height(tracks, layout)
    notes: list[tuple[Note, ...]] = [()] * layout.num_parts
    for place, track in zip(places, tracks, strict=True):
        notes[place] = track.notes
    seats = tuple(Track(n, part.program, False, part.name) for n, part in zip(notes, layout.parts, strict=True))
    return replace(piece, tracks=seats, chord_symbols=(), barlines=(), fermatas=()), tuple(messages)


def _holds_more_voices(tracks: list[Track], layout: ScoreLayout) -> bool:
    """Return whether tracks are fewer than the parts and hold several voices each, as the two staves of a hymn do."""
    if len(tracks) == 1:
        return layout.num_parts > 1 and _voices(tracks[0]) > 1
    return len(tracks) < layout.num_parts and not layout.keyboard and all(_is_chordal(track) for track in tracks)


def _is_chordal(track: Track) -> bool:
    onsets = [note.onset_quarter for note in track.notes]
    return len(set(onsets)) <= _CHORDAL * len(onsets)


def _without_doubles(tracks: list[Track], wanted: int, messages: list[Remark]) -> list[Track]:
    """Return tracks without those that double another, as a double bass the cello, as long as there are too many."""
    kept = list(tracks)
    for track in reversed(tracks):
        if len(kept) > wanted and any(_doubles(track, other) for other in kept if other is not track):
            kept.remove(track)
    if len(kept) < len(tracks):
        messages.append(remark("doubles_left_out", count=len(tracks) - len(kept)))
    return kept


def _doubles(track: Track, other: Track) -> bool:
    there = {(note.onset_quarter, note.pitch % 12) for note in other.notes}
    return sum((n.onset_quarter, n.pitch % 12) in there for n in track.notes) >= _DOUBLED * len(track.notes)


def _fewer(tracks: list[Track], layout: ScoreLayout, messages: list[Remark]) -> list[Track]:
    """Return as many tracks as there are parts: those with most notes, in their order."""
    order = sorted(range(len(tracks)), key=lambda i: (-len(tracks[i].notes), i))[: layout.num_parts]
    left = len(tracks) - layout.num_parts
    messages.append(remark("instruments_left_out", instruments=len(tracks), used=layout.num_parts, count=left))
    return [tracks[i] for i in sorted(order)]


def _beside_a_piano(tracks: list[Track], layout: ScoreLayout) -> list[Track]:
    """Return a line and a piano as the part beside the piano and two hands, where that is what the style writes for."""
    names = [part.name for part in layout.parts]
    others = [index for index in range(layout.num_parts) if index not in layout.keyboard]
    named = {track.name.strip().casefold() for track in tracks} <= {name.casefold() for name in names}
    if named or len(others) != 1 or len(layout.keyboard) != 2 or not 2 <= len(tracks) <= layout.num_parts:
        return tracks
    line = _singer(tracks)
    if line is None and len(tracks) > len(layout.keyboard):
        return tracks
    rest = [track for track in tracks if track is not line]
    hands = [track.notes for track in sorted(rest, key=_height, reverse=True)]
    if len(rest) == 1:
        hands = [tuple(hand) for hand in _two_hands(rest[0].notes)]
    found = dict(zip(layout.keyboard, hands, strict=True)) | ({} if line is None else {others[0]: line.notes})
    return [Track(notes, 0, False, names[index]) for index, notes in sorted(found.items()) if notes]


def _singer(tracks: list[Track]) -> Track | None:
    """Return the track that is sung: the one whose name says so, else a single line that is not the bass."""
    lines = [track for track in tracks if _voices(track) == 1]
    for track in lines:
        if any(word in track.name.casefold() for word in _SINGERS):
            return track
    lowest = min(tracks, key=_height)
    lines = [track for track in lines if track is not lowest or _height(track) > _BASS]
    return max(lines, key=_height, default=None)


def _height(track: Track) -> float:
    return float(np.mean([note.pitch for note in track.notes]))


def _named(tracks: list[Track], layout: ScoreLayout) -> list[int] | None:
    """Return the part of each track where names or instruments tell it and no part is taken twice, else None."""
    names = [part.name.casefold() for part in layout.parts]
    given = [track.name.strip().casefold() for track in tracks]
    if len(set(given)) == len(given) and set(given) <= set(names):
        return [names.index(name) for name in given]
    programs = [part.program for part in layout.parts]
    if len(set(programs)) < 2 or layout.keyboard:
        return None
    places: list[int] = []
    for track in tracks:
        free = [i for i, program in enumerate(programs) if program == _string_program(track) and i not in places]
        if not free:
            return None
        places.append(free[0])
    return places


def _string_program(track: Track) -> int:
    """Return the program that the name of a track means, else its own."""
    name = track.name.casefold()
    for words, program in ((("violoncello", "cello"), 42), (("viola", "bratsche"), 41), (("violin", "violine"), 40)):
        if any(word in name for word in words):
            return program
    return track.program


def _by_height(tracks: list[Track], layout: ScoreLayout) -> list[int]:
    """Return the parts of tracks from high to low, each the free part in whose range most of its notes lie."""
    places: list[int] = []
    for number, track in enumerate(tracks):
        first = places[-1] + 1 if places else 0
        last = layout.num_parts - (len(tracks) - number)
        outside = [_outside(track, layout.parts[place]) for place in range(first, last + 1)]
        places.append(first + outside.index(min(outside)))
    return places


def _outside(track: Track, part: Part) -> int:
    return sum(not part.low <= note.pitch <= part.high for note in track.notes)


def _voices(track: Track) -> int:
    """Return how many notes sound at once at most in a track, short overlaps not counted."""
    most = 0
    sounding: list[float] = []
    for note in track.notes:
        sounding = [end for end in sounding if end > note.onset_quarter + _OVERLAP] + [note.end_quarter]
        most = max(most, len(sounding))
    return most


def _dealt(notes: Iterable[Note], layout: ScoreLayout) -> list[list[Note]]:
    """Return the notes of each part: two hands of a pianist, or else one voice each."""
    lines: list[list[Note]] = [[] for _ in layout.parts]
    if len(layout.keyboard) == 2:
        for place, line in zip(layout.keyboard, _two_hands(notes), strict=True):
            lines[place] = line
        return lines
    chords: dict[float, list[Note]] = {}
    for note in notes:
        chords.setdefault(note.onset_quarter, []).append(note)
    for onset in sorted(chords):
        chord = sorted(chords[onset], key=lambda n: -n.pitch)
        if len(chord) > len(lines):
            chord = [*chord[: len(lines) - 1], chord[-1]]
        busy = [bool(line) and line[-1].end_quarter > onset for line in lines]
        for place, note in zip(_free_places(chord, lines, busy), chord, strict=True):
            lines[place].append(note)
    return lines


def _two_hands(notes: Iterable[Note]) -> list[list[Note]]:
    ordered = sorted(notes)
    keys = [Key(round(n.onset_quarter * _TICKS), round(n.end_quarter * _TICKS), n.pitch) for n in ordered]
    is_left = split_keys(keys, _TICKS)
    return [[n for n, left in zip(ordered, is_left, strict=True) if left == hand] for hand in (False, True)]


def _free_places(chord: list[Note], lines: list[list[Note]], busy: list[bool]) -> list[int]:
    """Return the parts of the notes of a chord, from high to low: near to what each part played last, held parts last.

    All increasing choices are compared; there are at most twenty.
    """

    def cost(places: tuple[int, ...]) -> float:
        total = 0.0
        for place, note in zip(places, chord, strict=True):
            line = lines[place]
            total += 20.0 * busy[place] + (abs(line[-1].pitch - note.pitch) if line else 4.0 * place)
        return total

    best = min(combinations(range(len(lines)), len(chord)), key=cost)
    return list(best)
