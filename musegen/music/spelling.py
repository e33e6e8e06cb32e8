"""Which letter a sounding pitch is written with: G sharp or A flat, from the key and what stands around it.

The first step is ps13s1 (Meredith, "The ps13 pitch spelling algorithm", Journal of New Music Research 35, 2006): every
note near by votes, as if it were the tonic, for the spelling that the chromatic scale on it has (C Db D Eb E F F# G Ab
A Bb B). Here the tonics are spelled from the key signature, and the tonic of the key votes along, so that the raised
fourth, sixth and seventh of minor are raised also where little stands around them. The second step is voice leading:
a note foreign to the scale that moves by a semitone is written a letter away from where it goes and comes from (A Ab G,
but G G# A).

Spellings are positions on the line of fifths: F -1, C 0, G 1, ... B 5, F# 6, and Bb -2.
"""

from bisect import bisect_left

import numpy as np

from musegen.languages import NoteName
from musegen.music.piece import KeySignature, Note, Piece, Track
from musegen.music.theory import MODE_FIFTHS, estimate_key, key_fifths, spell_position

Spelled = tuple[str, int, int]
"""Step "C" to "B", alteration -2 to 2 in semitones, octave in scientific pitch notation."""

_BEFORE, _AFTER = 10, 20
"""Notes before and after (the note itself counted) that vote."""
_TONICS = (-4, 8)
"""Spellings of tonics, in fifths from the major tonic of the key signature."""
_CHROMATIC = (-5, 6)
"""Spellings of the chromatic scale on a tonic, in fifths from it."""
_KEY_WEIGHT = 1.0
_RESOLUTION_WEIGHT, _APPROACH_WEIGHT, _PASSING_WEIGHT = 5.0, 1.0, 4.0
_SEMITONE = 5
"""Fifths of a semitone between two letters, downwards on the line where the pitch rises."""
_LOWEST, _HIGHEST = -15, 19
"""Fbb and Bx: no note has three accidentals."""


def spell_piece(piece: Piece) -> dict[tuple[int, int], Spelled]:
    """Return how every pitched note is written, by (track, index of the note)."""
    places = [
        (note, t, i) for t, track in enumerate(piece.tracks) if not track.is_drum for i, note in enumerate(track.notes)
    ]
    if not places:
        return {}
    places.sort(key=lambda place: (place[0].onset_quarter, place[0].pitch, place[1]))
    notes = [note for note, _, _ in places]
    fifths, tonics = _keys_at(piece, notes)
    pitches = np.array([note.pitch for note in notes])
    positions = line_positions(pitches, fifths, tonics, _neighbours(places))
    return {
        (track, index): spell_position(note.pitch, int(position))
        for (note, track, index), position in zip(places, positions, strict=True)
    }


def without_doubles(spelled: dict[tuple[int, int], Spelled]) -> dict[tuple[int, int], Spelled]:
    """Return the same without double sharps and flats, for music whose key is only heard: A, not B double flat."""
    return {place: _plainly(*each) if abs(each[1]) > 1 else each for place, each in spelled.items()}


def _plainly(step: str, alter: int, octave: int) -> Spelled:
    pitch = 12 * (octave + 1) + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[step] + alter
    line = "FCGDAEB".index(step) - 1 + 7 * alter
    return spell_position(pitch, line - 12 if alter > 0 else line + 12)


def spell_track(track: Track, key: KeySignature | None = None) -> list[Spelled]:
    """Return how the notes of one track are written in a key; none where it is not known."""
    spelled = spell_piece(Piece((track,), key_signatures=(key,) if key else ()))
    return [spelled[(0, index)] for index in range(len(track.notes))]


def spelled_name(spelled: Spelled) -> NoteName:
    """Return for example "F#4"."""
    step, alter, octave = spelled
    return NoteName(f"{step}{'#' * alter}{'b' * -alter}{octave}")


def line_positions(
    pitches: np.ndarray, fifths: np.ndarray, tonics: np.ndarray, neighbours: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the position of each note on the line of fifths.

    Args:
        pitches: MIDI numbers in order of onset and height, shape (N,).
        fifths: sharps of the key signature at each note, negative for flats, shape (N,).
        tonics: position of the tonic of the key at each note, shape (N,).
        neighbours: index of the note that each note comes from, and of the one it goes to, -1 for none, each (N,).

    Returns:
        Positions, shape (N,), -15 (Fbb) to 19 (Bx).
    """
    count = len(pitches)
    classes = pitches % 12
    seen = np.zeros((count + 1, 12))
    seen[np.arange(1, count + 1), classes] = 1
    seen = seen.cumsum(axis=0)
    here = np.arange(count)
    votes = seen[np.minimum(here + _AFTER, count)] - seen[np.maximum(here - _BEFORE, 0)]
    home = (classes * 7 - (fifths - 6)) % 12 + fifths - 6  # within six fifths of the key's major tonic
    candidates = home[:, None] + np.array([-12, 0, 12])
    strength = np.zeros((count, 3))
    for offset in range(_TONICS[0], _TONICS[1] + 1):
        tonic = fifths + offset
        weight = votes[here, tonic * 7 % 12] + _KEY_WEIGHT * (tonics == tonic)
        distance = candidates - tonic[:, None]
        strength += weight[:, None] * ((distance >= _CHROMATIC[0]) & (distance <= _CHROMATIC[1]))
    strength[(candidates < _LOWEST) | (candidates > _HIGHEST)] = -1
    # Where all is equal, the spelling nearest to the middle of the scale's own notes.
    strength -= np.abs(candidates - fifths[:, None] - 2) * 1e-6
    first = candidates[here, strength.argmax(axis=1)]
    before, after = (np.where(other >= 0, pitches[other] - pitches, 0) for other in neighbours)
    foreign = (classes * 7 - fifths + 1) % 12 > 6  # not of the scale in the signature
    passing = foreign & (np.abs(after) == 1) & (before == -after)
    for other, step, weight in zip(neighbours, (before, after), (_APPROACH_WEIGHT, _RESOLUTION_WEIGHT), strict=True):
        letter_away = candidates - (step * _SEMITONE)[:, None] == first[other][:, None]
        strength += (weight * (foreign & (np.abs(step) == 1)))[:, None] * letter_away
        if other is neighbours[1]:
            strength += (_PASSING_WEIGHT * passing)[:, None] * letter_away
    return candidates[here, strength.argmax(axis=1)]


def _keys_at(piece: Piece, notes: list[Note]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sharps of the key signature and the position of the tonic at each note."""
    keys = piece.key_signatures
    if not keys:
        weights = np.array([note.duration_quarter for note in notes])
        keys = (KeySignature(0.0, *estimate_key(np.array([note.pitch for note in notes]), weights)),)
    signatures = np.array([key_fifths(key.tonic, key.mode) for key in keys])
    tonics = signatures - np.array([MODE_FIFTHS[key.mode] for key in keys])
    onsets = np.array([note.onset_quarter for note in notes])
    index = np.maximum(np.searchsorted([key.onset_quarter for key in keys], onsets, "right") - 1, 0)
    return signatures[index], tonics[index]


def _neighbours(places: list[tuple[Note, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each note the one before and after it in its track, of those together the nearest in pitch."""
    before, after = np.full(len(places), -1), np.full(len(places), -1)
    by_track: dict[int, list[int]] = {}
    for place, (_, track, _) in enumerate(places):
        by_track.setdefault(track, []).append(place)
    for members in by_track.values():
        onsets = [places[m][0].onset_quarter for m in members]
        edges = sorted({bisect_left(onsets, q) for q in onsets}) + [len(members)]
        groups = [members[a:b] for a, b in zip(edges, edges[1:], strict=False)]
        for group, following in zip(groups, groups[1:], strict=False):
            for one, other, index in ((group, following, after), (following, group, before)):
                for m in one:
                    index[m] = min(other, key=lambda o: abs(places[o][0].pitch - places[m][0].pitch))
    return before, after
