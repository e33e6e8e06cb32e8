"""Composing with notes in seconds: pitches are drawn, times are what the network expects, until the time is over."""

from dataclasses import dataclass, field, replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.length import (
    fit_primer,
    move_to_key,
    parse_meter,
    parse_request_key,
    sign_as,
    usual_bars,
    wanted_qpm,
)
from musegen.composers.plan import Plan
from musegen.composers.request import MAX_SECONDS, ComposeRequest
from musegen.composers.style import Style
from musegen.composers.timed_notes.codec import (
    GRID_MS,
    NUM_PITCHES,
    PITCH,
    STEP,
    TimedNotesCodec,
    TimedNotesCursor,
    performance_from,
)
from musegen.engine.loop import Constraints
from musegen.errors import ConstraintError
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.beat_map import Heard, going_on, on_beats
from musegen.music.performance import Performance, performance_of
from musegen.music.theory import key_name
from musegen.music.timing import num_bars, quarter_to_seconds
from musegen.music.transform import known_key, transpose
from musegen.remarks import Remark, remark

HEARD_NOTES = 25
"""Notes of the end of a seed that the network hears: the window of the tutorial."""
_SHORTEST_MS = 10.0


@dataclass(frozen=True, slots=True)
class _Opening:
    """A seed: the piece with its bars, what the network hears of it, when that begins and when its last note does."""

    piece: Piece
    events: np.ndarray
    begin_ms: float
    seam_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class TimedNotesPlan(Plan[TimedNotesCursor]):
    """The making of takes.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        style_title: of the card.
        length_ms: from the first note that the network hears or makes to the end.
        meter: of the bars that are looked for in what is made.
        bars: of them that were asked for; None where a length in seconds was.
        key: that is written; None for the one that is heard.
        opening: the seed, None without one.
        beats: what beat was found in each take that is finished.
    """

    constraints: Constraints[TimedNotesCursor]
    messages: tuple[Remark, ...]
    style_title: str
    length_ms: float
    meter: TimeSignature
    bars: int | None
    key: KeySignature | None
    opening: _Opening | None
    beats: list[Heard] = field(default_factory=list)

    def cursor(self) -> TimedNotesCursor:
        """Return a fresh cursor that knows when the time is over."""
        return TimedNotesCursor(self.length_ms)

    def finish(self, cursor: TimedNotesCursor) -> Piece:
        """Return the piece in bars that are estimated, signed and titled."""
        rows = cursor.rows
        given = 0 if self.opening is None else len(self.opening.events) // 3
        kept = np.cumsum(rows[:, STEP]) * GRID_MS < self.length_ms
        kept[: given + 1] = True
        played = _one_key_at_a_time(performance_from(rows[kept]))
        if self.opening is None:
            piece, beat = on_beats(played, self.meter, bars=self.bars)
        else:
            fresh = _later(played, given, self.opening.begin_ms)
            piece, beat = going_on(self.opening.piece, fresh, self.opening.seam_ms, self.bars)
        self.beats.append(beat)
        key = self.key or heard_key(piece)
        return replace(
            piece,
            key_signatures=(replace(key, onset_quarter=0.0),),
            title=f"Notes in {key_name(key.tonic, key.mode)}",
            composer=f"Musegen, style {self.style_title}",
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note begins no later than the seed's last."""
        return self.opening is not None and note.onset_quarter <= self.opening.piece.tracks[0].notes[-1].onset_quarter

    def remarks(self) -> tuple[Remark, ...]:
        """Return that the sheet is estimated."""
        return (remark("sheet_estimated"),) if self.beats else ()


def heard_key(piece: Piece) -> KeySignature:
    """Return the key of a piece, the likeliest where it has none; C major for silence."""
    return known_key(piece) or KeySignature(0.0, 0, "major")


def _one_key_at_a_time(played: Performance) -> Performance:
    """Return a performance in which a key that is struck again is let go before."""
    durations = played.duration_ms.copy()
    last: dict[int, int] = {}
    for index, pitch in enumerate(played.pitch.tolist()):
        if pitch in last:
            room = played.onset_ms[index] - played.onset_ms[last[pitch]]
            durations[last[pitch]] = min(durations[last[pitch]], max(room, _SHORTEST_MS))
        last[pitch] = index
    return replace(played, duration_ms=durations)


def _later(played: Performance, first: int, shift_ms: float) -> Performance:
    return Performance(
        played.onset_ms[first:] + shift_ms,
        played.duration_ms[first:],
        played.pitch[first:],
        played.velocity[first:],
        np.zeros((0, 2)),
    )


def asks_for_time(cursor: TimedNotesCursor) -> bool:
    """Return whether a time comes next: the tutorial takes it as the network expects it, and draws pitches alone."""
    return cursor.question != PITCH


def plan_notes(request: ComposeRequest, style: Style[TimedNotesCodec]) -> TimedNotesPlan:
    """Return how to make the takes of a request.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec, card = style.codec, style.card
    messages: list[Remark] = []
    key = parse_request_key(request.key, card.keys) if request.key else None
    meter = parse_meter(request.meter, card.meters) if request.meter else TimeSignature(0.0, 4, 4)
    opening, heard = None, None
    if request.mode == "invent" or request.primer is None:
        bars = None if request.seconds is not None else request.num_bars or card.num_bars
        length_ms = _invented_ms(request, bars, meter, request.qpm or card.qpm, messages)
    else:
        seed = sign_as(request.primer, key)
        own = heard_key(seed)
        key = key or own
        messages += codec.adapt(seed)[1]
        seed = _one_track(transpose(seed, move_to_key(own, key, messages)), wanted_qpm(request, messages))
        if key.mode != own.mode:
            messages.append(remark("goes_on_in_key", mode=own.mode, key=(key.tonic, key.mode)))
        opening, bars, length_ms = _opened(request, seed, codec, card.num_bars, messages)
        heard = {(n.pitch - key.tonic) % 12 for n in opening.piece.tracks[0].notes} if key.mode == own.mode else None
    if request.key_strength:
        key = key or KeySignature(0.0, 0, card.keys[0])
        messages += scale_words(key, heard)
    vocabulary = codec.vocabulary
    in_range = vocabulary.in_range(request.low_pitch, request.high_pitch)
    if not in_range[:NUM_PITCHES].any():
        raise ConstraintError("This style has no note or chord in that range; widen it.")
    constraints = Constraints(
        hard=(InRange(in_range),),
        in_scale=vocabulary.in_scale(locked_scale(key, heard)) if key is not None else None,
        primer=None if opening is None else opening.events,
        as_expected=asks_for_time,
    )
    return TimedNotesPlan(constraints, tuple(messages), card.title, length_ms, meter, bars, key, opening)


@dataclass(frozen=True, slots=True)
class InRange:
    """The constraint that no pitch lies outside a range; `table` is boolean (V,)."""

    table: np.ndarray

    def __call__(self, cursor: TimedNotesCursor) -> np.ndarray:
        """Return the same table everywhere."""
        return self.table


def _one_track(piece: Piece, qpm: float) -> Piece:
    """Return the pitched notes of a seed as one track at one tempo; what it is besides notes and bars is left out."""
    notes = tuple(sorted(note for track in piece.tracks if not track.is_drum for note in track.notes))
    return replace(
        piece,
        tracks=(Track(notes, 0, False, "Piano"),),
        tempos=(replace(piece.tempos[0], onset_quarter=0.0, qpm=qpm),),
        chord_symbols=(),
        barlines=(),
        fermatas=(),
    )


def _invented_ms(
    request: ComposeRequest, bars: int | None, meter: TimeSignature, qpm: float, messages: list[Remark]
) -> float:
    if bars is None:
        assert request.seconds is not None
        return request.seconds * 1000
    seconds = min(bars * meter.bar_quarters * 60 / qpm, MAX_SECONDS)
    messages.append(
        remark("own_tempo_asked" if request.qpm else "own_tempo_usual", bars=bars, qpm=qpm, seconds=seconds)
    )
    return seconds * 1000


def _opened(
    request: ComposeRequest, seed: Piece, codec: TimedNotesCodec, style_bars: int, messages: list[Remark]
) -> tuple[_Opening, int | None, float]:
    """Return the seed as it begins a take, the bars of the take, and the time from what is heard of it to the end."""
    bar = seed.time_signatures[-1].bar_quarters
    bar_seconds = bar * 60 / seed.tempos[0].qpm
    if request.seconds is None:
        bars = request.num_bars or usual_bars(style_bars, num_bars(seed))
    else:
        bars = max(round(request.seconds / bar_seconds), 1)
    seed = fit_primer(seed, bars, messages)
    seconds = request.seconds if request.seconds is not None else bars * bar_seconds
    played = performance_of(seed)
    begin_ms = float(played.onset_ms[-HEARD_NOTES:][0])
    heard = replace(seed, tracks=(replace(seed.tracks[0], notes=seed.tracks[0].notes[-HEARD_NOTES:]),))
    last = quarter_to_seconds(seed, seed.tracks[0].notes[-1].onset_quarter)
    length_ms = min(max(seconds, last + bar_seconds), MAX_SECONDS) * 1000 - begin_ms
    opening = _Opening(seed, codec.encode(heard), begin_ms, last * 1000)
    return opening, bars if request.seconds is None and bars > num_bars(seed) else None, length_ms
