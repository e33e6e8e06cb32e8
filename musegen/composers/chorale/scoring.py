"""A chorale as the network is shown it: how likely it is, and why each note."""

from dataclasses import replace

import numpy as np

from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, VOICE_NAMES
from musegen.composers.chorale.reading import NUM_VOICES, possible_events, read_example
from musegen.composers.fitting.seed_key import key_of
from musegen.composers.reading import NoteReason, Reading, named, reason_of
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
from musegen.engine.recall import RecallTable
from musegen.errors import CodecError
from musegen.music import Piece, Track


def read_chorale(codec: ChoraleCodec, piece: Piece) -> Reading:
    """Return four tracks as the sixteenth-note files are read: nothing known but the notes before.

    Raises:
        CodecError: there are not four tracks with notes.
    """
    tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
    if len(tracks) != NUM_VOICES:
        raise CodecError(
            "There {count:is # track|are # tracks} with pitched notes; a chorale is scored from "
            "four, soprano, alto, tenor and bass, one voice in each.",
            count=len(tracks),
        )
    adapted, messages = codec.adapt(replace(piece, tracks=_in_order(tracks)))
    example = read_example(codec.to_grid(adapted), known=False)
    num_notes = int(np.count_nonzero(example.target >= FIRST_PITCH))
    return Reading(example, lambda: possible_events(example), num_notes, messages)


def _in_order(tracks: list[Track]) -> tuple[Track, ...]:
    """Return four tracks as soprano, alto, tenor and bass: by their names, else by their mean pitch."""
    names = [track.name.strip().lower() for track in tracks]
    voices = [[i for i, n in enumerate(names) if n == v[0].lower() or n.startswith(v.lower())] for v in VOICE_NAMES]
    if all(len(found) == 1 for found in voices):
        ordered = [tracks[found[0]] for found in voices]
    else:
        ordered = sorted(tracks, key=lambda t: -sum(n.pitch for n in t.notes) / len(t.notes))
    return tuple(replace(track, name=name) for track, name in zip(ordered, VOICE_NAMES, strict=True))


def reasons_of_chorale(
    codec: ChoraleCodec,
    piece: Piece,
    player: Player,
    given_voices: tuple[int, ...],
    recall: RecallTable | None = None,
) -> tuple[NoteReason, ...]:
    """Return why each note of a chorale, but for the voices that were given: the network looks ahead at them."""
    grid = codec.to_grid(replace(piece, key_signatures=(key_of(piece),)))
    given = None
    given_voices = tuple(sorted({voice for voice in given_voices if 0 <= voice < NUM_VOICES}))
    if 0 < len(given_voices) < NUM_VOICES:
        given = np.full(grid.voices.shape, -1, np.int16)
        given[:, list(given_voices)] = grid.voices[:, list(given_voices)]
    example = read_example(grid, known=True, given=given)
    allowed = np.ones((*example.target.shape, FIRST_PITCH + codec.vocabulary.is_kind("pitch").sum()), bool)
    allowed[..., HOLD] = example.trunk[:, NUM_VOICES : 2 * NUM_VOICES] >= FIRST_PITCH
    table = log_probabilities(player, example, allowed, recall)
    pitches = np.where(codec.vocabulary.is_kind("pitch"), codec.vocabulary.pitch, -1)[: allowed.shape[-1]]
    reasons = []
    for voice in range(NUM_VOICES):
        if given is not None and voice in given_voices:
            continue
        index, before = 0, 0
        for step in np.flatnonzero(example.target[:, voice] >= FIRST_PITCH).tolist():
            before_nats = -sum(float(table[t, voice, example.target[t, voice]]) for t in range(before, step))
            event = int(example.target[step, voice])
            reasons.append(reason_of((voice, index), table[step, voice], event, before_nats, pitches))
            index, before = index + 1, step + 1
    return tuple(named(reason, piece) for reason in reasons)
