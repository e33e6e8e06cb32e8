"""Why this note: what the network thought of every note of a piece, and what else it had in mind, from one pass.

Explanation, NoteReason, Alternative, explain.
"""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.chorale.codec import ChoraleCodec, estimated_key
from musegen.composers.chorale.grid import FIRST_PITCH, HOLD
from musegen.composers.chorale.reading import NUM_VOICES, read_example
from musegen.composers.chorale.workpiece import ChoraleGround
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.performance.codec import PerformanceCodec
from musegen.composers.steer_request import SteerRequest
from musegen.composers.tune.codec import FolkTuneCodec
from musegen.composers.tune.cursor import PITCH
from musegen.composers.tune.workpiece import TuneGround
from musegen.engine.loop import log_probabilities
from musegen.errors import StyleError
from musegen.music import Piece
from musegen.music.theory import key_fifths, pitch_name
from musegen.music.transform import main_key
from musegen.services.making.compose import model_of
from musegen.styles import load_style

MOST_ALTERNATIVES = 5
LEAST_PROBABILITY = 0.01


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
        messages: what was changed to fit the style, one sentence each.
    """

    piece: Piece
    notes: tuple[NoteReason, ...]
    messages: tuple[str, ...] = ()


def explain(style_id: str, piece: Piece, given_voices: tuple[int, ...] = ()) -> Explanation:
    """Return how likely each note was to the network of a style, and what else it had in mind.

    The network knows what it knows when it composes: key, meter, length, and of chorales where phrases end.

    Args:
        style_id: the style.
        piece: the music.
        given_voices: of a harmonised chorale, the voices that were given: the network looks ahead at them, and they
            have no reasons.

    Raises:
        MusegenError: there is no such style, or the piece is not music for it.
    """
    style = load_style(style_id)
    if isinstance(style.codec, PerformanceCodec):
        raise StyleError(f"{style.card.title} does not say why: it plays in its own time, not in bars.")
    if isinstance(style.codec, ScoreCodec):
        raise StyleError(f"{style.card.title} does not say why it chose a note.")
    request = SteerRequest(style_id, "vary", piece)
    if isinstance(style.codec, FolkTuneCodec):
        ground = TuneGround(request, style.codec, model_of(style))
        notes = _tune_reasons(style.codec, ground.piece, model_of(style))
    else:
        ground = ChoraleGround(request, style.codec, model_of(style))
        notes = _chorale_reasons(style.codec, ground.piece, model_of(style), given_voices)
    return Explanation(ground.piece, tuple(notes), ground.messages)


def _tune_reasons(codec: FolkTuneCodec, piece: Piece, model: object) -> list[NoteReason]:
    adapted = codec.normalize_with_notes(piece)
    events = codec.encode(adapted.piece)
    cursor, allowed = codec.cursor(), []
    for event in events.tolist():
        allowed.append(cursor.allowed())
        cursor.push(event)
    table = log_probabilities(model, codec.example(events), np.array(allowed)[:, None])[:, 0]
    pitches = np.where(codec.vocabulary.is_kind("pitch"), codec.vocabulary.pitch - adapted.semitones, -1)
    reasons, before = [], 2  # meter and mode belong to no note
    for place in np.flatnonzero(events >= PITCH).tolist():
        heard = -sum(float(table[i, events[i]]) for i in range(before, place))
        reasons.append(_reason((0, len(reasons)), table[place], int(events[place]), heard, pitches))
        before = place + 1
    return [_named(reason, piece) for reason in reasons]


def _chorale_reasons(
    codec: ChoraleCodec, piece: Piece, model: object, given_voices: tuple[int, ...]
) -> list[NoteReason]:
    grid = codec.to_grid(replace(piece, key_signatures=(estimated_key(piece),)))
    given = None
    if 0 < len(given_voices) < NUM_VOICES:
        given = np.full(grid.voices.shape, -1, np.int16)
        given[:, list(given_voices)] = grid.voices[:, list(given_voices)]
    example = read_example(grid, known=True, given=given)
    allowed = np.ones((*example.target.shape, FIRST_PITCH + codec.vocabulary.is_kind("pitch").sum()), bool)
    allowed[..., HOLD] = example.trunk[:, NUM_VOICES : 2 * NUM_VOICES] >= FIRST_PITCH
    table = log_probabilities(model, example, allowed)
    pitches = np.where(codec.vocabulary.is_kind("pitch"), codec.vocabulary.pitch, -1)[: allowed.shape[-1]]
    reasons = []
    for voice in range(NUM_VOICES):
        if given is not None and voice in given_voices:
            continue
        index, before = 0, 0
        for step in np.flatnonzero(example.target[:, voice] >= FIRST_PITCH).tolist():
            heard = -sum(float(table[t, voice, example.target[t, voice]]) for t in range(before, step))
            event = int(example.target[step, voice])
            reasons.append(_reason((voice, index), table[step, voice], event, heard, pitches))
            index, before = index + 1, step + 1
    return [_named(reason, piece) for reason in reasons]


def _reason(place: tuple[int, int], row: np.ndarray, event: int, heard: float, pitches: np.ndarray) -> NoteReason:
    """Return the reason of one note.

    Args:
        place: (track, index).
        row: log probabilities of the events at its place, shape (V,).
        event: that strikes it.
        heard: nats of the events between the note before and it.
        pitches: MIDI pitch of each event, -1 for those that strike none, shape (V,).
    """
    mass = np.logaddexp.reduce(row[pitches >= 0])
    shares = np.where(pitches >= 0, np.exp(row - mass), 0.0)
    others = [e for e in np.argsort(-shares, kind="stable").tolist() if e != event][:MOST_ALTERNATIVES]
    alternatives = tuple(
        Alternative(int(pitches[e]), "", float(shares[e])) for e in others if shares[e] >= LEAST_PROBABILITY
    )
    surprise, timing = float((mass - row[event]) / np.log(2)), float((heard - mass) / np.log(2))
    return NoteReason(*place, float(shares[event]), max(surprise, 0.0), max(timing, 0.0), alternatives)


def _named(reason: NoteReason, piece: Piece) -> NoteReason:
    key = main_key(piece)
    fifths = key_fifths(key.tonic, key.mode) if key else 0
    return replace(
        reason, alternatives=tuple(replace(a, name=pitch_name(a.pitch, fifths)) for a in reason.alternatives)
    )
