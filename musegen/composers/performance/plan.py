"""Composing with a style that plays in real time, as a pianist does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.length import move_to_key, parse_meter, parse_request_key, usual_bars
from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.constraints import PerformanceLimits
from musegen.composers.performance.grid import (
    DURATION,
    DURATION_MS,
    END,
    HIGH_PITCH,
    LOW_PITCH,
    NUM_KEYS,
    STEP,
    STEP_MS,
    VELOCITY,
    WHAT,
    performance_from,
    playable,
    rows_of,
)
from musegen.composers.plan import Plan
from musegen.composers.request import MAX_SECONDS, ComposeRequest, Sampling
from musegen.composers.style import Style
from musegen.constants import MAX_QPM, MIN_QPM
from musegen.engine.codec import Vocabulary
from musegen.engine.loop import Constraints
from musegen.errors import ConstraintError
from musegen.music import KeySignature, Note, Piece, TimeSignature, Track
from musegen.music.beat_map import Heard, going_on, last_bar_ms, on_beats
from musegen.music.performance import Performance, performance_of
from musegen.music.theory import estimate_key, key_name, scale_pitch_classes
from musegen.music.timing import bar_starts, duration_seconds, num_bars, quarter_to_seconds, seconds_to_quarter
from musegen.music.transform import main_key, slice_bars, slice_quarters, transpose
from musegen.music.written_rhythm import is_free
from musegen.remarks import Remark, remark

HEARD_MS = 40_000.0
"""The network hears this much of the end of a seed."""
DENSITY_MS = 8000.0
"""How dense a seed is, is measured over so much of its end."""
SEED_SHARE = 0.75
"""A seed is at most this part of the piece."""
TOLD_MS = 8000.0
"""So near to the end the network is told that it comes: earlier it would play the whole take like a coda, since no
piece it learned from is half a minute long."""

_PIANOS = range(8)
_KEY_NOTES, _KEY_LEAN = 16, -3.0
"""So many notes lean towards a key that was asked for, and by how many nats; then the music goes on in it by itself."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """The seed as it begins a take.

    Args:
        piece: one track with bars; its notes stay as they are.
        events: what the network hears of it.
        num_notes: notes among the events.
        begin_ms: when the first of them is struck.
        shift_ms: from times of the network, whose first note is at 0, to times of the piece.
        seam_ms: when the last chord begins.
        density: notes a second at its end.
    """

    piece: Piece
    events: np.ndarray
    num_notes: int
    begin_ms: float
    shift_ms: float
    seam_ms: float
    density: float


@dataclass(frozen=True, slots=True, eq=False)
class PerformancePlan(Plan[PerformanceCursor]):
    """The making of performances.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        style_title: of the card.
        planned_ms: length that the network works towards.
        meter: of the bars that are found in what is played.
        key: asked for or the seed's; None for the one that is heard.
        opening: the seed, None without one.
        given_until: onset of the seed's last note in quarters, -1 without one.
        bars: how many were asked for, None where a length in seconds was.
        beats: what beat was found in each take that is finished.
    """

    constraints: Constraints[PerformanceCursor]
    messages: tuple[Remark, ...]
    style_title: str
    planned_ms: float
    meter: TimeSignature
    key: KeySignature | None
    opening: _Opening | None
    given_until: float
    bars: int | None = None
    beats: list[Heard] = field(default_factory=list)

    def cursor(self) -> PerformanceCursor:
        """Return a fresh cursor that knows how long it will be."""
        return PerformanceCursor(self.planned_ms, TOLD_MS)

    def finish(self, cursor: PerformanceCursor) -> Piece:
        """Return what was played in bars that are estimated, signed and titled."""
        played = performance_from(cursor.answers[cursor.answers[:, WHAT] != END])
        if self.opening is None:
            piece, beat = on_beats(played, self.meter, bars=self.bars)
        else:
            piece, beat = _joined(self.opening, played, self.bars)
        self.beats.append(beat)
        signed = self.key or heard_key(piece)
        return replace(
            piece,
            key_signatures=(replace(signed, onset_quarter=0.0),),
            title=f"Piano piece in {key_name(signed.tonic, signed.mode)}",
            composer=f"Musegen, style {self.style_title}",
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note begins no later than the seed's last."""
        return note.onset_quarter <= self.given_until

    def remarks(self) -> tuple[Remark, ...]:
        """Return how the sheets came about."""
        return _beat_words(self.beats)


def plan_performance(request: ComposeRequest, style: Style[PerformanceCodec]) -> Plan[PerformanceCursor]:
    """Return how to make the takes of a request with a style that plays in real time.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    messages: list[Remark] = []
    wanted = parse_request_key(request.key, style.card.keys) if request.key else None
    meter = parse_meter(request.meter, style.card.meters) if request.meter else TimeSignature(0.0, 4, 4)
    opening, heard = None, None
    if request.mode == "invent" or request.primer is None:
        key, length_ms = wanted, _invented_ms(request, style, meter, messages)
        if key is None and request.key_strength:
            key = _usual_key(request)
    else:
        seed = _with_bars(_one_track(request, style.codec, messages), meter, request, messages)
        own = main_key(seed) or heard_key(seed)
        key, seed = _moved(seed, own, wanted, messages)
        length_ms = _wanted_ms(request, style, seed, messages)
        opening = _opening(_fitting(seed, length_ms, messages))
        heard = {(note.pitch - key.tonic) % 12 for note in opening.piece.tracks[0].notes}
        length_ms -= opening.begin_ms
    vocabulary = style.codec.vocabulary
    in_scale = None
    if key is not None:
        in_scale = vocabulary.in_scale(locked_scale(key, heard))
        messages += scale_words(key, heard) if request.key_strength else []
    given_rows = len(opening.events) // 4 if opening else 0
    density, ending = opening.density if opening else 0.0, (key.tonic, key.mode) if key else None
    bars = None if request.seconds is not None else _bars_asked(request, style, opening)
    heard_bars = None if bars is None or opening else _LastBar(meter, bars)
    in_range = vocabulary.in_range(*pitch_range(request))
    course = PerformanceLimits(length_ms, in_range, given_rows, density, ending, heard_bars)
    constraints = Constraints(
        hard=(course.mask,),
        soft=(course.last_chord,),
        in_scale=in_scale,
        primer=None if opening is None else opening.events,
        logit_bias=_leaning(course, vocabulary, wanted if opening is None else None),
        as_learned=asks_for_time,
    )
    last = opening.piece.tracks[0].notes[-1].onset_quarter if opening else -1.0
    return PerformancePlan(
        constraints, tuple(messages), style.card.title, course.planned_ms, meter, key, opening, last, bars
    )


# ------------------------------------------------------------------------------------------------- the seed


def _one_track(request: ComposeRequest, codec: PerformanceCodec, messages: list[Remark]) -> Piece:
    """Return the seed as one track of a piano, at the tempo wanted.

    Raises:
        CodecError: it has no notes that a piano has.
    """
    piece = request.primer
    assert piece is not None
    messages += codec.adapt(piece)[1]
    tracks = [track for track in piece.tracks if not track.is_drum and track.notes]
    notes = [n for track in tracks for n in track.notes if LOW_PITCH <= n.pitch <= HIGH_PITCH]
    pedals = [pedal for track in tracks for pedal in track.pedals]
    program = next((track.program for track in tracks if track.program in _PIANOS), 0)
    tempos = piece.tempos
    if request.qpm:
        tempos = tuple(replace(t, qpm=_clipped(t.qpm * request.qpm / tempos[0].qpm)) for t in tempos)
    return replace(
        piece,
        tracks=(Track(tuple(notes), program, False, "Piano", pedals=tuple(pedals)),),
        tempos=tempos,
        chord_symbols=(),
        barlines=(),
        fermatas=(),
    )


def _clipped(qpm: float) -> float:
    return min(max(qpm, MIN_QPM), MAX_QPM)


def _with_bars(piece: Piece, meter: TimeSignature, request: ComposeRequest, messages: list[Remark]) -> Piece:
    """Return the seed with the bars it has, or with those that are heard in it where it was played freely."""
    if not is_free(piece.tracks[0].notes) or len(piece.tempos) > num_bars(piece):  # its tempo follows a player
        return piece
    made, beat = on_beats(performance_of(piece), meter, piece.tracks[0].program)
    if request.qpm:
        faster = request.qpm / beat.bpm
        made = replace(made, tempos=tuple(replace(t, qpm=_clipped(t.qpm * faster)) for t in made.tempos))
        messages.append(remark("beat_heard_played_at", bpm=beat.bpm, qpm=request.qpm))
    elif beat.steady:
        messages.append(remark("beat_heard", bpm=beat.bpm))
    else:
        messages.append(remark("no_beat_in_seed"))
    return replace(made, key_signatures=piece.key_signatures[:1])


def heard_key(piece: Piece) -> KeySignature:
    """Return the key that is heard in a piece."""
    notes = [note for track in piece.tracks for note in track.notes]
    weights = np.array([min(note.duration_quarter, 4.0) for note in notes])
    return KeySignature(0.0, *estimate_key(np.array([note.pitch for note in notes]), weights))


def _usual_key(request: ComposeRequest) -> KeySignature:
    """Return a key for the key lock to keep to where none was asked for."""
    random = np.random.default_rng([request.random_seed, 77])
    return KeySignature(0.0, int(random.integers(12)), str(random.choice(["major", "minor"])))


def _moved(
    seed: Piece, own: KeySignature, wanted: KeySignature | None, messages: list[Remark]
) -> tuple[KeySignature, Piece]:
    """Return the key of the takes and the seed moved to it, within the piano."""
    if wanted is None:
        return replace(own, onset_quarter=0.0), seed
    move = move_to_key(own, wanted, messages)
    pitches = [note.pitch for note in seed.tracks[0].notes]
    if max(pitches) + move > HIGH_PITCH and min(pitches) + move - 12 >= LOW_PITCH:
        move -= 12
    if min(pitches) + move < LOW_PITCH and max(pitches) + move + 12 <= HIGH_PITCH:
        move += 12
    if not LOW_PITCH <= min(pitches) + move <= max(pitches) + move <= HIGH_PITCH:
        raise ConstraintError(
            "Your music fills the whole piano, so it cannot be moved to another key; leave the key open."
        )
    if wanted.mode != own.mode:
        messages.append(remark("goes_on_in_key", mode=own.mode, key=(wanted.tonic, wanted.mode)))
    return wanted, transpose(seed, move)


def _fitting(seed: Piece, length_ms: float, messages: list[Remark]) -> Piece:
    """Return as much of the seed's end as leaves room to compose, from a bar line where one serves."""
    whole, most = duration_seconds(seed), SEED_SHARE * length_ms / 1000
    if whole <= most:
        return seed
    starts = bar_starts(seed)
    room = [i for i, start in enumerate(starts) if whole - quarter_to_seconds(seed, start) <= most]
    notes = seed.tracks[0].notes
    if room and notes[-1].onset_quarter >= starts[room[0]]:
        used = slice_bars(seed, room[0], len(starts) - room[0])
    else:
        begin = min(seconds_to_quarter(seed, whole - most), notes[-1].onset_quarter)
        used = slice_quarters(seed, begin, seed.end_quarter)
    seconds = {"whole": whole, "asked": length_ms / 1000, "used": duration_seconds(used)}
    messages.append(remark("seed_cut_in_seconds", **seconds))
    return used


def _opening(piece: Piece) -> _Opening:
    whole = performance_of(piece)
    last = whole.onset_ms[-1]
    near = whole.onset_ms >= last - HEARD_MS
    pedals = whole.pedal_ms[(whole.pedal_ms[:, 0] >= last - HEARD_MS) & (whole.pedal_ms[:, 0] < last)]
    heard = Performance(whole.onset_ms[near], whole.duration_ms[near], whole.pitch[near], whole.velocity[near], pedals)
    answers = playable(rows_of(heard))
    keys = np.flatnonzero(answers[:, WHAT] < NUM_KEYS)
    answers = answers[: keys[-1] + 1]  # what comes after the last note is the network's
    events = PerformanceCodec.to_events(answers)
    time = float(STEP_MS[answers[:, 0]].sum())
    chord = whole.onset_ms[whole.onset_ms >= last - 60.0]
    begin = float(heard.onset_ms[0])
    if len(pedals):
        begin = min(begin, float(pedals[0, 0]))
    span = min(max(last - begin, 1000.0), DENSITY_MS)
    density = np.count_nonzero(whole.onset_ms >= last - span) / span * 1000
    return _Opening(piece, events, len(keys), begin, float(last) - time, float(chord.mean()), density)


def _bars_asked(request: ComposeRequest, style: Style, opening: _Opening | None) -> int | None:
    """Return the bars of the take; None where the seed leaves none, or was cut in the middle of its bars."""
    if opening is None:
        return request.num_bars or style.card.num_bars
    bars = num_bars(opening.piece)
    wanted = request.num_bars or usual_bars(style.card.num_bars, bars)
    return wanted if wanted > bars else None


def _joined(opening: _Opening, played: Performance, bars: int | None) -> tuple[Piece, Heard]:
    """Return the seed and what was played after it."""
    new, shift = slice(opening.num_notes, None), opening.shift_ms
    pedals = played.pedal_ms + shift
    fresh = Performance(
        played.onset_ms[new] + shift,
        played.duration_ms[new],
        played.pitch[new],
        played.velocity[new],
        pedals[pedals[:, 1] > opening.seam_ms],
    )
    return going_on(opening.piece, fresh, opening.seam_ms, bars)


# ------------------------------------------------------------------------------------------------- length, range, words


def _invented_ms(
    request: ComposeRequest, style: Style[PerformanceCodec], meter: TimeSignature, messages: list[Remark]
) -> float:
    if request.seconds is not None:
        return request.seconds * 1000
    bars = request.num_bars or style.card.num_bars
    qpm = request.qpm or style.card.qpm
    seconds = min(bars * meter.bar_quarters * 60 / qpm, MAX_SECONDS)
    code = "own_tempo_asked" if request.qpm else "own_tempo_usual"
    messages.append(remark(code, bars=bars, qpm=qpm, seconds=seconds))
    return seconds * 1000


def _wanted_ms(request: ComposeRequest, style: Style[PerformanceCodec], seed: Piece, messages: list[Remark]) -> float:
    """Return how long the piece is to be, the seed included: bars beyond the seed count at its last tempo."""
    if request.seconds is not None:
        return request.seconds * 1000
    bars = num_bars(seed)
    wanted = request.num_bars or usual_bars(style.card.num_bars, bars)
    end = bar_starts(seed)[-1] + seed.time_signatures[-1].bar_quarters
    bar = seed.time_signatures[-1].bar_quarters * 60 / seed.tempos[-1].qpm
    seconds = quarter_to_seconds(seed, end) * min(wanted / bars, 1.0) + max(wanted - bars, 0) * bar
    if seconds > MAX_SECONDS:
        messages.append(remark("more_than_ten_minutes", bars=wanted))
    return min(max(seconds, 1.0), MAX_SECONDS) * 1000


def pitch_range(request: Sampling) -> tuple[int, int]:
    """Return the lowest and highest pitch that may be played.

    Raises:
        ConstraintError: a piano has none of them.
    """
    low = LOW_PITCH if request.low_pitch is None else request.low_pitch
    high = HIGH_PITCH if request.high_pitch is None else request.high_pitch
    if low > HIGH_PITCH or high < LOW_PITCH:
        raise ConstraintError(
            "A piano plays the pitches {low_pitch} to {high_pitch}; choose a range among them.",
            low_pitch=LOW_PITCH,
            high_pitch=HIGH_PITCH,
        )
    return low, high


@dataclass(frozen=True, slots=True)
class _LastBar:
    """Says when the last of the bars asked for begins, by the beat of what has been played.

    Args:
        meter: of the piece.
        bars: asked for.
    """

    meter: TimeSignature
    bars: int

    def __call__(self, cursor: PerformanceCursor) -> float | None:
        """Return milliseconds from the first note; None where no beat can be heard yet."""
        answers = cursor.answers
        pedals = answers[:, WHAT] >= NUM_KEYS  # a pedal that is down still has no end
        times = np.cumsum(STEP_MS[answers[:, STEP]])
        keys = ~pedals
        played = Performance(
            times[keys],
            DURATION_MS[answers[keys, DURATION]],
            answers[keys, WHAT].astype(int) + LOW_PITCH,
            answers[keys, VELOCITY].astype(int) * 4 + 2,
            np.zeros((0, 2)),
        )
        return last_bar_ms(played, self.meter, self.bars)


def asks_for_time(cursor: PerformanceCursor) -> bool:
    """Return whether a time is drawn: the calm end of its distribution is not calm but hasty."""
    return cursor.question in (STEP, DURATION)


@dataclass(frozen=True, slots=True, eq=False)
class KeyLean:
    """The leaning away from too many notes, and of the first notes towards a key that was asked for.

    Args:
        course: leans away from too many notes.
        nats: of each event towards the key, (V,).
    """

    course: PerformanceLimits
    nats: np.ndarray

    def __call__(self, cursor: PerformanceCursor) -> np.ndarray | None:
        """Return nats to add to the logits, (V,)."""
        if cursor.question == WHAT and cursor.num_notes < _KEY_NOTES:
            return self.nats
        return self.course.logit_bias(cursor)


def _leaning(
    course: PerformanceLimits, vocabulary: Vocabulary, key: KeySignature | None
) -> Callable[[PerformanceCursor], np.ndarray | None]:
    if key is None:
        return course.logit_bias
    outside = ~vocabulary.in_scale(scale_pitch_classes(key.tonic, key.mode))
    return KeyLean(course, np.where(outside, _KEY_LEAN, 0.0))


def _beat_words(beats: list[Heard]) -> tuple[Remark, ...]:
    """Return how the sheet came about: it is estimated from what was played."""
    lost = [index + 1 for index, beat in enumerate(beats) if not beat.steady]
    first = remark("sheet_estimated")
    if not lost:
        return (first,)
    if len(lost) == len(beats):
        return first, remark("no_beat_in_any", count=len(beats))
    return first, remark("no_beat_in_some", count=len(lost), takes=lost)
