"""A tune as the network is shown it: how likely it is, and why each note."""

import numpy as np

from musegen.composers.reading import NoteReason, Reading, named, possible_by, reason_of
from musegen.composers.tune.codec import FolkTuneCodec
from musegen.composers.tune.cursor import PITCH
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
from musegen.engine.recall import RecallTable
from musegen.music import Piece


def read_tune(codec: FolkTuneCodec, piece: Piece) -> Reading:
    """Return a tune from its meter to its end; how long it will be is not told."""
    adapted = codec.normalize_with_notes(piece)
    example = codec.example(codec.encode(adapted.piece), tell_length=False)
    num_notes = int(np.count_nonzero(codec.vocabulary.is_kind("pitch")[example.target]))
    return Reading(example, lambda: possible_by(codec.cursor(), example), num_notes, adapted.messages)


def reasons_of_tune(
    codec: FolkTuneCodec, piece: Piece, player: Player, recall: RecallTable | None = None
) -> tuple[NoteReason, ...]:
    """Return why each note of a tune."""
    adapted = codec.normalize_with_notes(piece)
    events = codec.encode(adapted.piece)
    cursor, allowed = codec.cursor(), []
    for event in events.tolist():
        allowed.append(cursor.allowed())
        cursor.push(event)
    table = log_probabilities(player, codec.example(events), np.array(allowed)[:, None], recall)[:, 0]
    pitches = np.where(codec.vocabulary.is_kind("pitch"), codec.vocabulary.pitch - adapted.semitones, -1)
    reasons: list[NoteReason] = []
    before = 2  # meter and mode belong to no note
    for place in np.flatnonzero(events >= PITCH).tolist():
        before_nats = -sum(float(table[i, events[i]]) for i in range(before, place))
        reasons.append(reason_of((0, len(reasons)), table[place], int(events[place]), before_nats, pitches))
        before = place + 1
    return tuple(named(reason, piece) for reason in reasons)
