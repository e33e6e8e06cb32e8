"""Where one guitarist plays notes: a string and a fret for each, what a hand holds, what must be left out.

TUNINGS, Fingering, can_hold, held_with, tuning_of, finger, as_held, is_guitar, with_tablature.

All notes of a moment lie on strings of their own; the fretted ones lie within
four frets beyond the lowest and take four fingers, of which the first may lie across several strings (a barre). The
hand's way through the piece is found by dynamic programming over its places, kept to the likeliest few at each
moment, as in models of fingering (Sayegh, "Fingering for string instruments with the optimum path paradigm", Computer
Music Journal 13, 1989): it moves little, stays low, and likes open strings.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import numpy as np

from musegen.music.piece import Note, Piece, Track

TUNINGS = {"standard": (64, 59, 55, 50, 45, 40), "drop-D": (64, 59, 55, 50, 45, 38)}
"""Pitches of the open strings, from the first, the highest."""

GUITARS = (24, 25)
"""General MIDI programs of guitars with six strings, of nylon and of steel."""

STANDARD = "standard"

FRETS = 19
_SPAN, _FINGERS = 4, 4
_BEAM, _SHAPES = 12, 24
_HIGH, _MOVE, _FRETTED, _CUT, _BARRE = 0.12, 0.6, 0.15, 3.0, 0.8
_NEAR = 1e-6

Shape = tuple[tuple[int, int], ...]
"""(string from 0, fret) of each note of a chord, in the order of its pitches."""


@dataclass(frozen=True, slots=True)
class Fingering:
    """Where one note is played.

    Args:
        index: of the note among those that were given.
        string: 1 (the highest) to 6.
        fret: 0 for the open string.
        end_quarter: when it ends: as written, or earlier where its finger or string is needed.
    """

    index: int
    string: int
    fret: int
    end_quarter: float


@lru_cache(maxsize=65536)
def shapes(pitches: tuple[int, ...], tuning: str) -> tuple[Shape, ...]:
    """Return the ways in which pitches, from low to high, are held together, the easiest first.

    Args:
        pitches: MIDI numbers, ascending.
        tuning: of `TUNINGS`.
    """
    strings = TUNINGS[tuning]
    found: list[Shape] = []

    def go_on(done: Shape) -> None:
        if len(done) == len(pitches):
            if is_held(done):
                found.append(done)
            return
        pitch = pitches[len(done)]
        for string, low in enumerate(strings):
            fret = pitch - low
            if not 0 <= fret <= FRETS or any(string == other for other, _ in done):
                continue
            fretted = [f for _, f in done if f] + ([fret] if fret else [])
            if not fretted or max(fretted) - min(fretted) <= _SPAN:
                go_on((*done, (string, fret)))

    go_on(())
    return tuple(sorted(found, key=_difficulty)[:_SHAPES])


def is_held(shape: Shape) -> bool:
    """Return whether four fingers hold a shape; at its lowest fret one finger may lie across several strings."""
    fretted = [(string, fret) for string, fret in shape if fret]
    if not fretted:
        return True
    lowest = min(fret for _, fret in fretted)
    if max(fret for _, fret in fretted) - lowest > _SPAN:
        return False
    if len(fretted) <= _FINGERS:
        return True
    barred = [string for string, fret in fretted if fret == lowest]
    under = any(fret == 0 and string <= max(barred) for string, fret in shape)
    return len(fretted) - len(barred) + 1 <= _FINGERS and not under


def _difficulty(shape: Shape) -> float:
    fretted = [fret for _, fret in shape if fret]
    if not fretted:
        return 0.0
    span = max(fretted) - min(fretted)
    return _FRETTED * len(fretted) + _HIGH * min(fretted) + 0.3 * span + _BARRE * (len(fretted) > _FINGERS)


def can_hold(pitches: Sequence[int], tuning: str = "standard") -> bool:
    """Return whether one guitarist can sound pitches together."""
    distinct = tuple(sorted(set(pitches)))
    return len(distinct) == len(pitches) <= len(TUNINGS[tuning]) and bool(shapes(distinct, tuning))


@lru_cache(maxsize=65536)
def held_with(pitches: tuple[int, ...], tuning: str) -> np.ndarray:
    """Return which one more pitch can sound together with others, boolean (128,); read only.

    Args:
        pitches: MIDI numbers that sound, ascending.
        tuning: of `TUNINGS`.
    """
    table = np.zeros(128, bool)
    for shape in shapes(pitches, tuning):
        fretted = [fret for _, fret in shape if fret]
        first, last = (max(fretted) - _SPAN, min(fretted) + _SPAN) if fretted else (1, FRETS)
        for string, low in enumerate(TUNINGS[tuning]):
            if any(string == other for other, _ in shape):
                continue
            for fret in (0, *range(max(first, 1), min(last, FRETS) + 1)):
                table[low + fret] = table[low + fret] or is_held((*shape, (string, fret)))
    table[list(pitches)] = False
    table.flags.writeable = False
    return table


def tuning_of(notes: Sequence[Note]) -> str:
    """Return the tuning that notes of a guitar ask for: the usual one, unless they go below its lowest string."""
    return "drop-D" if any(note.pitch < min(TUNINGS["standard"]) for note in notes) else "standard"


def is_guitar(track: Track) -> bool:
    """Return whether a track is a guitar's with six strings, for which strings and frets can be found."""
    return track.program in GUITARS and not track.is_drum


def with_tablature(piece: Piece) -> Piece:
    """Return a piece whose guitars are printed with tablature; without a guitar it stays as it is."""
    tracks = tuple(replace(track, tablature=True) if is_guitar(track) else track for track in piece.tracks)
    return replace(piece, tracks=tracks)


@dataclass(frozen=True, slots=True)
class _Hand:
    """Cost so far, where the first finger lies, what sounds (end, string, fret, index), and what was chosen."""

    cost: float
    place: float
    time: float
    held: tuple[tuple[float, int, int, int], ...]
    chain: tuple


def without_unheld(notes: Sequence[Note], tuning: str) -> tuple[Note, ...]:
    """Return notes without those that no hand can strike with the others of their moment, their lengths as they are.

    Args:
        notes: of one guitar, in any order.
        tuning: of `TUNINGS`.
    """
    gone: set[int] = set()
    order = sorted(range(len(notes)), key=lambda i: (notes[i].onset_quarter, notes[i].pitch))
    for _, group in groupby(order, key=lambda i: notes[i].onset_quarter):
        gone.update(_reachable(list(group), notes, tuning)[1])
    return tuple(note for index, note in enumerate(notes) if index not in gone)


def as_held(notes: Sequence[Note], tuning: str, kept: Collection[Note] = ()) -> tuple[Note, ...]:
    """Return notes as one guitarist plays them: let go where a string or a finger is needed, what none holds left out.

    Args:
        notes: of one guitar, in any order.
        tuning: of `TUNINGS`.
        kept: those of them that stay as they are.
    """
    places, gone = finger(notes, tuning)
    played = [
        note
        if (note := notes[place.index]) in kept
        else replace(note, duration_quarter=place.end_quarter - note.onset_quarter)
        for place in places
    ]
    return tuple(sorted([*played, *(notes[index] for index in gone if notes[index] in kept)]))


def finger(notes: Sequence[Note], tuning: str = "standard") -> tuple[tuple[Fingering, ...], tuple[int, ...]]:
    """Return (a place for each note that can be played, the indices of the notes that must be left out).

    A note that sounds on is let go where its string or its finger is needed. Of a chord that no hand holds, the inner
    notes are left out first.

    Args:
        notes: of one guitar, in any order.
        tuning: of `TUNINGS`.
    """
    order = sorted(range(len(notes)), key=lambda i: (notes[i].onset_quarter, notes[i].pitch))
    hands = [_Hand(0.0, 1.0, 0.0, (), ())]
    left_out: list[int] = []
    for onset, group in groupby(order, key=lambda i: notes[i].onset_quarter):
        struck, missing = _reachable(list(group), notes, tuning)
        left_out += missing
        if not struck:
            continue
        pitches = tuple(notes[i].pitch for i in struck)
        following: dict[tuple, _Hand] = {}
        for hand in hands:
            for shape in shapes(pitches, tuning):
                new = _played(hand, struck, shape, onset, notes)
                key = (round(new.place), tuple((string, fret) for _, string, fret, _ in new.held))
                if key not in following or new.cost < following[key].cost:
                    following[key] = new
        hands = sorted(following.values(), key=lambda h: h.cost)[:_BEAM]
    chosen: list[Fingering] = []
    cuts: dict[int, float] = {}
    chain = hands[0].chain
    while chain:
        chain, onset, struck, shape, cut = chain
        cuts |= {index: onset for index in cut}
        chosen += [
            Fingering(index, string + 1, fret, notes[index].end_quarter)
            for index, (string, fret) in zip(struck, shape, strict=True)
        ]
    placed = [f if f.index not in cuts else Fingering(f.index, f.string, f.fret, cuts[f.index]) for f in chosen]
    return tuple(sorted(placed, key=lambda f: f.index)), tuple(sorted(left_out))


def _reachable(group: list[int], notes: Sequence[Note], tuning: str) -> tuple[list[int], list[int]]:
    """Return the notes of a moment that can be struck together, and those that cannot."""
    struck: list[int] = []
    missing: list[int] = []
    for index in group:  # a pitch is struck once
        (missing if any(notes[index].pitch == notes[other].pitch for other in struck) else struck).append(index)
    while struck and not shapes(tuple(notes[i].pitch for i in struck), tuning):
        strings = TUNINGS[tuning]
        outside = [i for i in struck if not min(strings) <= notes[i].pitch <= max(strings) + FRETS]
        middle = struck[len(struck) // 2] if len(struck) > 2 else struck[0]
        gone = outside[0] if outside else middle
        struck.remove(gone)
        missing.append(gone)
    return struck, missing


def _played(hand: _Hand, struck: list[int], shape: Shape, onset: float, notes: Sequence[Note]) -> _Hand:
    """Return the hand after it has struck a shape, what is in its way let go."""
    used = {string for string, _ in shape}
    still = [row for row in hand.held if row[0] > onset + _NEAR]
    kept = [row for row in still if row[1] not in used]
    cut = [row[3] for row in still if row[1] in used]
    while kept and not is_held((*shape, *((string, fret) for _, string, fret, _ in kept))):
        gone = max((row for row in kept if row[2]), key=lambda row: abs(row[2] - hand.place))
        kept.remove(gone)
        cut.append(gone[3])
    fretted = [fret for _, fret in shape if fret] + [row[2] for row in kept if row[2]]
    place = hand.place
    if fretted:  # the first finger lies so that all are reached
        place = min(max(hand.place, max(fretted) - _SPAN + 1), min(fretted))
    time = max(onset - hand.time, 0.25)
    cost = hand.cost + _difficulty(shape) + _MOVE * abs(place - hand.place) / time**0.5 + _CUT * len(cut)
    held = (*kept, *((notes[i].end_quarter, string, fret, i) for i, (string, fret) in zip(struck, shape, strict=True)))
    return _Hand(cost, place, onset, tuple(sorted(held)), (hand.chain, onset, struck, shape, cut))
