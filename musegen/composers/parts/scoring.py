"""Parts in bars as the network is shown them: how likely they are, and why each note."""

from dataclasses import replace

import numpy as np

from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.seed_key import key_of
from musegen.composers.parts.chords import ChordTrack
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import ScoreFrame, frame_of
from musegen.composers.parts.grid import PITCH, TICKS
from musegen.composers.parts.rows import ScoreRows
from musegen.composers.parts.workpiece import held
from musegen.composers.reading import Explanation, NoteReason, Reading, named, possible_by, reasons_of_rows
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
from musegen.music import Piece


def read_parts(codec: ScoreCodec, piece: Piece, chords: ChordTrack | None = None) -> Reading:
    """Return the parts of a piece in its bars, keys and chords; how long it will be is not told."""
    adapted, messages = codec.adapt(piece)
    rows = codec.rows(adapted)
    frame = replace(frame_of(adapted, codec.layout.num_parts, int(rows.end_tick.max())), last_bar=None, chords=chords)
    example = codec.reading.read(rows, frame)

    return Reading(
        example, lambda: possible_by(codec.cursor(frame), example), int(np.count_nonzero(rows.pitch >= 0)), messages
    )


def reasons_of_parts(
    codec: ScoreCodec,
    piece: Piece,
    player: Player,
    given_voices: tuple[int, ...],
    chords: ChordTrack | None = None,
) -> Explanation:
    """Return why each note, but for tracks that were given: the network looks ahead at the highest part given."""
    own, parts, messages = held(piece, codec)
    rows = codec.rows(own)
    given = {parts[voice] for voice in given_voices if 0 <= voice < len(parts)}
    frame = replace(_frame(codec, own, parts, rows), chords=chords)
    if int(np.argmax(frame.present)) in given and len(parts) > 1:
        frame = replace(frame, lead=rows.take(rows.part == int(np.argmax(frame.present))))
    example = codec.reading.read(rows, frame)
    allowed = possible_by(codec.cursor(frame), example)
    table = log_probabilities(player, example, allowed)
    index = {(t, round(note.onset_quarter * TICKS), note.pitch): i
             for t, track in enumerate(own.tracks) for i, note in enumerate(track.notes)}  # fmt: skip
    places = []
    for tick, part, pitch in zip(rows.tick.tolist(), rows.part.tolist(), rows.pitch.tolist(), strict=True):
        track = parts.index(part) if pitch >= 0 else -1
        known = index.get((track, tick, pitch))
        places.append(None if known is None or part in given else (track, known))
    reasons = reasons_of_rows(table, example, PITCH, codec.vocabulary.pitch, places)
    return Explanation(own, tuple(named(reason, own) for reason in sorted(reasons, key=_place)), messages)


def _frame(codec: ScoreCodec, piece: Piece, parts: tuple[int, ...], rows: ScoreRows) -> ScoreFrame:
    """Return what the network knows when it composes."""
    frame = frame_of(piece, codec.layout.num_parts, int(rows.end_tick.max()))
    if not piece.key_signatures:
        frame = replace(frame, key=np.array([key_index(key_of(piece))]))
    return replace(frame, present=np.isin(np.arange(codec.layout.num_parts), parts))


def _place(reason: NoteReason) -> tuple[int, int]:
    return reason.track, reason.index
