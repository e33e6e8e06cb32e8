"""Composing with a network of the notebooks: as many symbols as there are beats, then it stops."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.length import (
    fit_primer,
    move_to_key,
    parse_meter,
    parse_request_key,
    sign_as,
    usual_bars,
    wanted_bars,
    wanted_qpm,
)
from musegen.composers.notebook.codec import BEATS_PER_BAR, NoteChordCodec, NoteChordCursor
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.engine.loop import Constraints
from musegen.errors import ConstraintError
from musegen.music import Barline, KeySignature, Note, Piece, Tempo
from musegen.music.theory import key_name
from musegen.music.timing import num_bars as count_bars
from musegen.music.transform import known_key, transpose
from musegen.remarks import Remark, remark


@dataclass(frozen=True, slots=True)
class InRange:
    """The constraint that no symbol has a pitch outside a range; `table` is boolean (V,)."""

    table: np.ndarray

    def __call__(self, cursor: NoteChordCursor) -> np.ndarray:
        """Return the same table everywhere."""
        return self.table


@dataclass(frozen=True, slots=True, eq=False)
class NotebookPlan(Plan[NoteChordCursor]):
    """The making of takes.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        codec: the representation.
        num_bars: of a take.
        key: that is written; None for the one that is heard.
        qpm: quarters a minute.
        primer_end: where the musician's own notes end, in quarters.
        style_title: of the card.
    """

    constraints: Constraints[NoteChordCursor]
    messages: tuple[Remark, ...]
    codec: NoteChordCodec
    num_bars: int
    key: KeySignature | None
    qpm: float
    primer_end: int
    style_title: str

    def cursor(self) -> NoteChordCursor:
        """Return a fresh cursor that knows how many symbols there will be."""
        return NoteChordCursor(self.codec.num_events, self.num_bars * BEATS_PER_BAR)

    def finish(self, cursor: NoteChordCursor) -> Piece:
        """Return the piece, in the key that was asked for or that is heard."""
        piece = self.codec.decode(cursor.events)
        key = self.key or heard_key(piece)
        return replace(
            piece,
            tempos=(Tempo(0.0, self.qpm),),
            key_signatures=(KeySignature(0.0, key.tonic, key.mode),),
            barlines=(Barline(piece.end_quarter, "final"),),
            title=f"Notes and chords in {key_name(key.tonic, key.mode)}",
            composer=f"Musegen, style {self.style_title}",
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note begins before the seed ends."""
        return note.onset_quarter < self.primer_end


def heard_key(piece: Piece) -> KeySignature:
    """Return the key of a piece, the likeliest where it has none; C major for silence."""
    return known_key(piece) or KeySignature(0.0, 0, "major")


def plan_notes(request: ComposeRequest, style: Style[NoteChordCodec]) -> NotebookPlan:
    """Return how to make the takes of a request.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec, card = style.codec, style.card
    messages: list[Remark] = []
    key = parse_request_key(request.key, card.keys) if request.key else None
    if request.meter:
        parse_meter(request.meter, card.meters)
    events, heard = np.zeros(0, np.int32), None
    if request.mode == "invent" or request.primer is None:
        qpm = request.qpm or card.qpm
        num_bars = wanted_bars(request, BEATS_PER_BAR, qpm, card.num_bars, messages)
    else:
        primer = sign_as(request.primer, key)
        own = heard_key(primer)
        key = key or own
        moved = transpose(primer, move_to_key(own, key, messages))
        if key.mode != own.mode:
            messages.append(remark("goes_on_in_key", mode=own.mode, key=(key.tonic, key.mode)))
        adapted, changed = codec.adapt(moved)
        messages += changed
        qpm = wanted_qpm(request, messages)
        num_bars = wanted_bars(request, BEATS_PER_BAR, qpm, usual_bars(card.num_bars, count_bars(adapted)), messages)
        opening = fit_primer(adapted, num_bars, messages)
        events = codec.encode(opening)
        heard = {(note.pitch - key.tonic) % 12 for note in opening.tracks[0].notes} if key.mode == own.mode else None
    if request.key_strength:
        key = key or KeySignature(0.0, 0, card.keys[0])
        messages += scale_words(key, heard)
    constraints = Constraints(
        hard=(InRange(_in_range(codec, request.low_pitch, request.high_pitch)),),
        in_scale=_in_scale(codec, locked_scale(key, heard)) if key is not None else None,
        primer=events if len(events) else None,
    )
    return NotebookPlan(constraints, tuple(messages), codec, num_bars, key, qpm, len(events), card.title)


def _in_range(codec: NoteChordCodec, low: int | None, high: int | None) -> np.ndarray:
    """Return which symbols lie within a range, boolean (V,).

    Raises:
        ConstraintError: none does.
    """
    low, high = low or 0, 127 if high is None else high
    table = np.array([low <= min(each) and max(each) <= high for each in codec.pitches], bool)
    if not table.any():
        raise ConstraintError("This style has no note or chord in that range; widen it.")
    return table


def _in_scale(codec: NoteChordCodec, scale: frozenset[int]) -> np.ndarray:
    return np.array([all(pitch % 12 in scale for pitch in each) for each in codec.pitches], bool)
