"""Piano music as the network is shown it: how likely it is, and why each note."""

from dataclasses import replace

import numpy as np

from musegen.composers.fitting.seed_key import key_of
from musegen.composers.lattice.codec import LatticeCodec
from musegen.composers.lattice.reading import (
    EVENT_PITCH,
    FIRST_STRIKE,
    NEXT,
    LatticeCursor,
    LatticePlan,
    events_of,
    read_example,
)
from musegen.composers.reading import NoteReason, Reading, named, possible_by, reason_of
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
from musegen.engine.recall import RecallTable
from musegen.music import Piece


def read_lattice(codec: LatticeCodec, piece: Piece) -> Reading:
    """Return the piece in its meter and key; how long it will be is not told."""
    adapted, messages = codec.adapt(replace(piece, key_signatures=piece.key_signatures or (key_of(piece),)))
    grid = codec.to_grid(adapted)
    example = read_example(grid, None)
    plan = LatticePlan(grid, len(grid.keys), None)
    notes = int(np.count_nonzero((events_of(grid.keys) >= FIRST_STRIKE) & (events_of(grid.keys) < NEXT)))
    return Reading(example, lambda: possible_by(LatticeCursor(plan), example), notes, messages)


def reasons_of_lattice(
    codec: LatticeCodec,
    piece: Piece,
    player: Player,
    given_voices: tuple[int, ...],
    recall: RecallTable | None = None,
) -> tuple[NoteReason, ...]:
    """Return why each note of a piece on the grid, but for the hands that were given.

    What comes before a note of its own, on which its timing hangs, are the events since the note before it.
    """
    grid = codec.to_grid(replace(piece, key_signatures=(key_of(piece),)))
    bars = -(-(len(grid.keys) - grid.pickup) // grid.bar_steps)
    example = read_example(grid, bars)
    allowed = possible_by(LatticeCursor(LatticePlan(grid, len(grid.keys), bars)), example)
    table = log_probabilities(player, example, allowed, recall)
    index = {(round(note.onset_quarter * 4), note.pitch): (t, i)
             for t, track in enumerate(piece.tracks) for i, note in enumerate(track.notes)}  # fmt: skip
    reasons, step, before = [], 0, 0.0
    for row, event in enumerate(example.target[:, 0].tolist()):
        if event >= FIRST_STRIKE and event < NEXT:
            place = index.get((step, int(EVENT_PITCH[event])))
            if place is not None and place[0] not in given_voices:
                reasons.append(reason_of(place, table[row, 0], event, before, EVENT_PITCH))
            before = 0.0
        else:
            before -= float(table[row, 0, event])
            step += event == NEXT
    return tuple(named(reason, piece) for reason in sorted(reasons, key=lambda r: (r.track, r.index)))
