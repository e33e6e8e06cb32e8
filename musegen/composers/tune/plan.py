"""Composing with a one-voice style."""

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
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest
from musegen.composers.style import Style
from musegen.composers.tune.codec import (
    METERS,
    MODES,
    TICKS_PER_QUARTER,
    USUAL_QPM,
    FolkTuneCodec,
    FolkTuneCursor,
    ending_mask,
)
from musegen.composers.tune.cursor import HIGH, LOW, METER, MODE, SIZE, TIE
from musegen.engine.loop import Constraints
from musegen.errors import CodecError, ConstraintError
from musegen.music import Barline, KeySignature, Note, Piece, Tempo, TimeSignature
from musegen.music.theory import key_name, pitch_name
from musegen.music.timing import num_bars as count_bars
from musegen.music.transform import accent, transpose
from musegen.remarks import Remark, remark
from musegen.styles.card import StyleCard

NAMES = {(4, 4): "Reel", (2, 2): "Reel", (6, 8): "Jig", (9, 8): "Slip jig", (12, 8): "Slide", (3, 4): "Waltz",
         (2, 4): "Polka", (3, 8): "Waltz"}  # fmt: skip
_USUAL_KEYS = ("D major", "G major", "A major", "E minor", "A minor", "D dorian", "A mixolydian", "C major")
_USUAL_METERS = ("4/4", "4/4", "6/8", "6/8", "3/4", "2/4")
_PROGRAM = 73
_FIDDLE_RANGE = (55, 86)
_ROOM = 12
"""Semitones that a continuation may go beyond the seed, up and down."""


@dataclass(frozen=True, slots=True, eq=False)
class TunePlan(Plan[FolkTuneCursor]):
    """The making of tunes.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        codec: the representation.
        num_bars: whole bars of a take.
        key: it is in.
        meter: of all its bars.
        shift: semitones from the codec's tonic, C, to that of the take.
        program: General MIDI instrument.
        qpm: quarters a minute.
        primer_end: where the musician's own notes end, in quarters.
        style_title: of the card.
    """

    constraints: Constraints[FolkTuneCursor]
    messages: tuple[Remark, ...]
    codec: FolkTuneCodec
    num_bars: int
    key: KeySignature
    meter: TimeSignature
    shift: int
    program: int
    qpm: float
    primer_end: float
    style_title: str

    def cursor(self) -> FolkTuneCursor:
        """Return a fresh cursor that knows how long the tune will be."""
        return self.codec.cursor(self.num_bars)

    def finish(self, cursor: FolkTuneCursor) -> Piece:
        """Return the tune in its key, accented, its sections marked."""
        piece = transpose(self.codec.piece_so_far(cursor), self.shift)
        name = NAMES[self.meter.numerator, self.meter.denominator]
        return accent(replace(
            piece,
            tracks=(replace(piece.tracks[0], program=self.program, name="Melody"),),
            tempos=(Tempo(0.0, self.qpm),),
            key_signatures=(KeySignature(0.0, self.key.tonic, self.key.mode),),
            barlines=_section_lines(piece),
            title=f"{name} in {key_name(self.key.tonic, self.key.mode)}",
            composer=f"Musegen, style {self.style_title}",
        ))  # fmt: skip

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note begins before the seed ends."""
        return note.onset_quarter < self.primer_end


def plan_tune(request: ComposeRequest, style: Style[FolkTuneCodec]) -> Plan[FolkTuneCursor]:
    """Return how to make the takes of a request with a folk style.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec: FolkTuneCodec = style.codec
    messages: list[Remark] = []
    key = parse_request_key(request.key, style.card.keys) if request.key else None
    meter = parse_meter(request.meter, style.card.meters) if request.meter else None
    if request.mode == "invent" or request.primer is None:
        key, meter = _choose(request, style.card, key, meter)
        index = METERS.index((meter.numerator, meter.denominator))
        primer_events = np.array([METER + index, MODE + MODES.index(key.mode)])
        shift = key.tonic if key.tonic <= 9 else key.tonic - 12
        qpm = request.qpm or USUAL_QPM[METERS[index]]
        num_bars = wanted_bars(request, meter.bar_quarters, qpm, style.card.num_bars, messages)
        program, primer_end = _PROGRAM, 0.0
        usual_range = _FIDDLE_RANGE
        heard = None
    else:
        primer = sign_as(request.primer, key)
        adapted = codec.normalize_with_notes(primer)
        messages += adapted.messages
        meter = adapted.piece.time_signatures[0]
        qpm = wanted_qpm(request, messages)
        usual = usual_bars(style.card.num_bars, count_bars(adapted.piece))
        num_bars = wanted_bars(request, meter.bar_quarters, qpm, usual, messages)
        opening = fit_primer(adapted.piece, num_bars, messages)
        primer_events = codec.encode_open(opening)
        mode = adapted.piece.key_signatures[0].mode
        own = KeySignature(0.0, -adapted.semitones % 12, mode)  # the codec's tonic is C
        key = key or own
        shift = move_to_key(own, key, messages) - adapted.semitones
        if key.mode != mode:
            messages.append(remark("goes_on_in_key", mode=mode, key=(key.tonic, key.mode)))
        primer_events[1] = MODE + MODES.index(key.mode)
        primer_end = opening.end_quarter
        pitches = [note.pitch + shift for note in opening.tracks[0].notes]
        heard = {(pitch - key.tonic) % 12 for pitch in pitches} if key.mode == mode else None
        usual_range = (max(min(pitches) - _ROOM, 0), min(max(pitches) + _ROOM, 127))
        program = next((t.program for t in primer.tracks if t.notes and not t.is_drum), _PROGRAM)
        if request.meter and request.meter != f"{meter.numerator}/{meter.denominator}":
            messages.append(remark("meter_kept", meter=(meter.numerator, meter.denominator)))
    scale = locked_scale(replace(key, tonic=0), heard)
    if request.key_strength:
        messages += scale_words(key, heard)
    constraints = _constraints(_limit(request, *usual_range), codec, key, shift, num_bars)
    constraints = replace(constraints, in_scale=codec.vocabulary.in_scale(scale))
    if primer_end:
        keep_length = NotTiedAt(round(primer_end * TICKS_PER_QUARTER))
        constraints = replace(constraints, hard=(*constraints.hard, keep_length))
    constraints = replace(constraints, primer=primer_events)

    return TunePlan(constraints, tuple(messages), codec, num_bars, key, meter, shift, program, qpm, primer_end,
                    style.card.title)  # fmt: skip


def _choose(
    request: ComposeRequest, card: StyleCard, key: KeySignature | None, meter: TimeSignature | None
) -> tuple[KeySignature, TimeSignature]:
    """Return the key and meter of an invented tune: as asked for, else drawn from the usual ones that the style has."""
    random = np.random.default_rng([request.random_seed, 77])
    keys = [text for text in _USUAL_KEYS if text.split()[1] in card.keys] or [f"D {mode}" for mode in card.keys]
    meters = tuple(text for text in _USUAL_METERS if text in card.meters) or card.meters
    key_text, meter_text = random.choice(keys), random.choice(meters)
    key = key or parse_request_key(str(key_text), MODES)
    return key, meter or parse_meter(str(meter_text), meters)


def _constraints(
    request: ComposeRequest, codec: FolkTuneCodec, key: KeySignature, shift: int, num_bars: int
) -> Constraints[FolkTuneCursor]:
    vocabulary = codec.vocabulary
    assert request.low_pitch is not None and request.high_pitch is not None  # `_limit` said them
    low, high = max(request.low_pitch, LOW + shift, 0), min(request.high_pitch, HIGH + shift, 127)
    in_range = vocabulary.in_range(low - shift, high - shift)
    if low > high:
        raise ConstraintError(
            "In {tonic} this style plays the pitches {low} to {high}, none of them between "
            "{low_pitch} and {high_pitch}; choose another range or key.",
            tonic=key_name(key.tonic, key.mode),
            low=LOW + shift,
            high=HIGH + shift,
            low_pitch=request.low_pitch,
            high_pitch=request.high_pitch,
        )
    if not any(p % 12 == key.tonic for p in range(low, high + 1)):
        raise ConstraintError(
            "Between {low} and {high} there is no {split} to end on; widen the range or choose another key.",
            low=pitch_name(low),
            high=pitch_name(high),
            split=key_name(key.tonic, key.mode).split()[0],
        )
    always = in_range & ~vocabulary.is_kind("pickup")
    return Constraints(hard=(_tune_rules(codec, always, num_bars),))


@dataclass(frozen=True, slots=True, eq=False)
class TuneRules:
    """The constraint that holds for every tune, one look-up an event until the last bar.

    Sections meet at bar lines, or where a pickup leads into them; the tune closes on the tonic after `num_bars`.

    Args:
        always: what may come anywhere, boolean (V,).
        no_section: all but ends of sections, boolean (V,).
        not_end: all but the end, boolean (V,).
        num_bars: whole bars.
    """

    always: np.ndarray
    no_section: np.ndarray
    not_end: np.ndarray
    num_bars: int

    def __call__(self, cursor: FolkTuneCursor) -> np.ndarray:
        """Return which events may come next, boolean (V,).

        Raises:
            CodecError: the seed fills the last bar already.
        """
        meets = cursor.position in (0, cursor.bar_ticks - cursor.pickup)
        if cursor.bar_index < self.num_bars - 1:
            return self.always & self.not_end if meets else self.always & self.not_end & self.no_section
        try:
            table = self.always & ending_mask(cursor, self.num_bars)
        except ValueError as error:
            raise CodecError("Your music fills the last bar already; ask for more bars.") from error
        return table if meets else table & self.no_section


def _tune_rules(codec: FolkTuneCodec, always: np.ndarray, num_bars: int) -> TuneRules:
    kinds = codec.vocabulary.is_kind
    return TuneRules(always, ~(kinds("double") | kinds("repeat")), ~kinds("end"), num_bars)


def _limit(request: ComposeRequest, low: int, high: int) -> ComposeRequest:
    """Return the request with its range filled in: as asked for, else the usual one, never less than an octave."""
    if request.low_pitch is not None:
        low, high = request.low_pitch, max(high, min(request.low_pitch + 12, 127))
    if request.high_pitch is not None:
        low, high = min(low, max(request.high_pitch - 12, 0)), request.high_pitch
    return replace(request, low_pitch=low if request.low_pitch is None else request.low_pitch, high_pitch=high)


_NO_TIE = np.arange(SIZE) != TIE


@dataclass(frozen=True, slots=True)
class NotTiedAt:
    """The constraint that the seed's last note, which ends at a tick, keeps its length."""

    tick: int

    def __call__(self, cursor: FolkTuneCursor) -> np.ndarray | None:
        """Return all but ties where the seed ends."""
        return _NO_TIE if 0 < cursor.now == self.tick else None


def _section_lines(piece: Piece) -> tuple[Barline, ...]:
    """Return double bar lines where sections meet; a take is written out, so nothing is repeated by signs."""
    end = piece.end_quarter
    inner = {b.onset_quarter for b in piece.barlines if 0 < b.onset_quarter < end and b.kind != "final"}
    return (*(Barline(q, "double") for q in sorted(inner)), Barline(end, "final"))
