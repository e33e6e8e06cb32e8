"""A piece as a style reads it: how likely it is, and why each note. Reading, NoteReason, Explanation, reason_of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.engine.codec import Cursor, Example
from musegen.music import Piece
from musegen.music.theory import key_fifths, pitch_name
from musegen.music.transform import main_key
from musegen.remarks import Remark

MOST_ALTERNATIVES = 5
LEAST_PROBABILITY = 0.01


@dataclass(frozen=True, slots=True)
class Reading:
    """A piece as the network of a style is shown it.

    Args:
        example: T frames of K events.
        possible: returns which events could have come, boolean (T, K, V).
        num_notes: notes as the style reads them.
        messages: what was changed to read the piece.
    """

    example: Example
    possible: Callable[[], np.ndarray]
    num_notes: int
    messages: tuple[Remark, ...]


def possible_by(cursor: Cursor, example: Example) -> np.ndarray:
    """Return which events could have come at each place of an example, boolean (T, K, V), as a fresh cursor says."""
    rows = []
    for event in example.target.reshape(-1).tolist():
        rows.append(cursor.allowed())
        cursor.push(event)
    return np.array(rows).reshape(*example.target.shape, -1)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another pitch at the place of a note.

    Args:
        pitch: MIDI number.
        name: "F#4", as written in the key.
        probability: among all pitches at this place, 0 to 1.
    """

    pitch: int
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class NoteReason:
    """What the network thought of one note, having heard all that comes before it.

    Args:
        track: index of its track.
        index: of the note in the track.
        probability: of its pitch among all pitches, given that a note begins here; 0 to 1.
        surprise_bits: -log2 of that.
        timing_bits: -log2 of the probability that the note begins just then, its voice's last note and silence before
            it being so long.
        alternatives: other pitches, the likeliest first, at most `MOST_ALTERNATIVES`, none below 1 in 100.
    """

    track: int
    index: int
    probability: float
    surprise_bits: float
    timing_bits: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the network thought of a piece.

    Args:
        piece: the music as the style holds it; indices of notes are of this piece.
        notes: a reason for each note that the network had to find, by track and index.
        messages: what was changed to fit the style.
    """

    piece: Piece
    notes: tuple[NoteReason, ...]
    messages: tuple[Remark, ...] = ()


def reason_of(
    place: tuple[int, int], row: np.ndarray, event: int, nats_before: float, pitches: np.ndarray
) -> NoteReason:
    """Return the reason of one note, its alternatives without names (see `named`).

    Args:
        place: (track, index).
        row: log probabilities of the events at its place, shape (V,).
        event: that strikes it.
        nats_before: nats of the events between the note before and it.
        pitches: MIDI pitch of each event, -1 for those that strike none, shape (V,).
    """
    mass = np.logaddexp.reduce(row[pitches >= 0])
    shares = np.where(pitches >= 0, np.exp(row - mass), 0.0)
    others = [e for e in np.argsort(-shares, kind="stable").tolist() if e != event][:MOST_ALTERNATIVES]
    alternatives = tuple(
        Alternative(int(pitches[e]), "", float(shares[e])) for e in others if shares[e] >= LEAST_PROBABILITY
    )
    surprise, timing = float((mass - row[event]) / np.log(2)), float((nats_before - mass) / np.log(2))
    return NoteReason(*place, float(shares[event]), max(surprise, 0.0), max(timing, 0.0), alternatives)


def reasons_of_rows(
    table: np.ndarray, example: Example, asked: int, pitches: np.ndarray, places: Sequence[tuple[int, int] | None]
) -> tuple[NoteReason, ...]:
    """Return the reasons of music whose frames are rows, a note each: of those that have a place.

    Args:
        table: log probabilities (T, K, V), as `log_probabilities` returns them.
        example: the rows, T of K questions.
        asked: the question that is answered by the pitch; those before it say when the note comes.
        pitches: MIDI pitch of each event, -1 for those that strike none, shape (V,).
        places: (track, index) of the note of each row, None where it is no note or was given.
    """
    reasons, before = [], 0.0
    for row, place in enumerate(places):
        before -= sum(float(table[row, k, example.target[row, k]]) * example.weight[row, k] for k in range(asked))
        if place is not None:
            reasons.append(reason_of(place, table[row, asked], int(example.target[row, asked]), before, pitches))
        if place is not None or example.weight[row, asked]:
            before = 0.0
    return tuple(reasons)


def named(reason: NoteReason, piece: Piece) -> NoteReason:
    """Return a reason whose alternatives are named as they are written in the key of a piece."""
    key = main_key(piece)
    fifths = key_fifths(key.tonic, key.mode) if key else 0
    return replace(
        reason, alternatives=tuple(replace(a, name=pitch_name(a.pitch, fifths)) for a in reason.alternatives)
    )
