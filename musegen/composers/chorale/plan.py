"""Composing with a four-voice style."""

from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.chorale.chord_lean import ChordLean
from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import (
    FIRST_PITCH,
    METERS,
    REST,
    STEP_QUARTER,
    VOICE_NAMES,
    ChoraleGrid,
    sounding,
)
from musegen.composers.chorale.options import ChoraleOptions
from musegen.composers.chorale.reading import NUM_VOICES, ChoraleCursor, ChoralePlan, given_sounding
from musegen.composers.chorale.rules import (
    cadence_on,
    close_on,
    keep_lengths,
    no_crossing,
    no_parallels,
    no_rests,
    open_on,
)
from musegen.composers.fitting.chart_plan import chords_over, sized_by
from musegen.composers.fitting.chord_course import ChordCourse
from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.length import (
    fit_primer,
    parse_meter,
    parse_request_key,
    sign_as,
    usual_bars,
    wanted_bars,
    wanted_qpm,
)
from musegen.composers.fitting.seed_key import into_key
from musegen.composers.plan import Plan
from musegen.composers.request import MAX_BARS, ComposeRequest
from musegen.composers.shared_options import read_chart
from musegen.composers.style import Style
from musegen.engine.loop import Constraints, Mask
from musegen.errors import CodecError, ConstraintError
from musegen.harmony.heard import is_one_voice
from musegen.music import Barline, ChordSymbol, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.theory import MODES, key_name, pitch_name
from musegen.music.transform import melody_of, transpose
from musegen.remarks import Remark, remark

SINGING_RANGES = ((60, 81), (53, 74), (48, 69), (38, 64))
"""What a choir sings comfortably, soprano to bass; inside what the style has seen."""

_VELOCITIES = (92, 78, 78, 86)
_USUAL_KEYS = ("G major", "D major", "A major", "F major", "Bb major", "C major", "A minor", "E minor", "D minor")
_LONG_QUARTERS, _LONG_DOTTED = 2.0, 1.5
_UPBEAT = 4
"""Sixteenths that may follow a long note within the bar in which it ends a phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class ChoraleTakes(Plan[ChoraleCursor]):
    """The making of chorales.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        codec: the representation.
        plan: what the network is told.
        ranges: lowest and highest pitch of each voice.
        primer: the events that are fixed, (T, 4); -1 elsewhere.
        key: of the takes.
        qpm: quarters a minute.
        given_steps: (voice, sixteenth) of the musician's own notes.
        style_title: of the card.
        piece: what the takes are called.
        fermatas: whether the ends of phrases that were planned are printed.
        symbols: chords that stand over the takes.
    """

    constraints: Constraints[ChoraleCursor]
    messages: tuple[Remark, ...]
    codec: ChoraleCodec
    plan: ChoralePlan
    ranges: tuple[tuple[int, int], ...]
    primer: np.ndarray
    key: KeySignature
    qpm: float
    given_steps: frozenset[tuple[int, int]]
    style_title: str
    piece: str = "Chorale"
    fermatas: bool = True
    symbols: tuple[ChordSymbol, ...] = ()

    def cursor(self) -> ChoraleCursor:
        """Return a fresh cursor over the fixed events."""
        return ChoraleCursor(self.plan, self.ranges, self.primer)

    def finish(self, cursor: ChoraleCursor) -> Piece:
        """Return the four voices, signed and titled."""
        piece = self.codec.from_grid(cursor.grid())
        tracks = tuple(
            replace(track, notes=tuple(replace(n, velocity=_VELOCITIES[v]) for n in track.notes))
            for v, track in enumerate(piece.tracks)
        )
        return replace(
            piece,
            tracks=tracks,
            tempos=(Tempo(0.0, self.qpm),),
            key_signatures=(self.key,),
            barlines=(Barline(piece.end_quarter, "final"),),
            fermatas=piece.fermatas if self.fermatas else (),
            chord_symbols=self.symbols,
            title=f"{self.piece} in {_name(self.key)}",
            composer=f"Musegen, style {self.style_title}",
        )

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note of a voice begins where one of the seed does."""
        return (track, round(note.onset_quarter / STEP_QUARTER)) in self.given_steps


def plan_chorale(request: ComposeRequest, options: ChoraleOptions, style: Style[ChoraleCodec]) -> Plan[ChoraleCursor]:
    """Return how to make the takes of a request with a chorale style.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec: ChoraleCodec = style.codec
    messages: list[Remark] = []
    typed = read_chart(options.chart) if options.chart.strip() else None
    if typed is not None and (request.mode == "invent" or request.primer is None):
        request, typed = sized_by(typed, request, style.card)
    wanted_key = parse_request_key(request.key, style.card.keys) if request.key else None
    inventing = request.mode == "invent" or request.primer is None
    if inventing:
        grid, key = _empty(request, style, wanted_key)
    else:
        grid, key = _adapt(request, codec, wanted_key, messages)
    if not inventing and request.meter and request.meter != _meter_name(grid):
        messages.append(remark("meter_kept", meter=METERS[grid.meter]))
    qpm = (request.qpm or style.card.qpm) if inventing else wanted_qpm(request, messages)
    bar_quarters = grid.bar_steps * STEP_QUARTER
    if request.mode == "harmonise":
        grid = _harmonised_part(grid, messages)
        num_steps = len(grid.voices)
    else:
        seed_bars = -(-(len(grid.voices) - grid.pickup) // grid.bar_steps)
        usual = usual_bars(style.card.num_bars, seed_bars)
        num_bars = wanted_bars(request, bar_quarters, qpm, usual, messages)
        if not inventing:
            whole = codec.from_grid(grid)
            used = fit_primer(whole, num_bars, messages)
            grid = grid if used is whole else codec.to_grid(used)
        num_steps = grid.pickup + num_bars * grid.bar_steps
    plan, primer, last_step = _chorale_plan(request, grid, key, num_steps)
    if request.mode == "harmonise" and not grid.fermata.any() and plan.fermata is not None and plan.fermata.any():
        messages.append(remark("fermatas_guessed"))
    meters = (TimeSignature(0.0, *METERS[grid.meter]),)
    ground = Piece((), time_signatures=meters, pickup_quarter=grid.pickup * STEP_QUARTER)
    bars = -(-(num_steps - grid.pickup) // grid.bar_steps)
    chords = chords_over(ground, bars, key, request, typed, messages)
    struck = primer[primer >= FIRST_PITCH]
    heard = {int(pitch - key.tonic) % 12 for pitch in codec.vocabulary.pitch[struck]}
    if request.key_strength:
        messages += scale_words(key, heard, leading=True)
    constraints = _constraints(request, codec, locked_scale(key, heard, leading=True), key, plan, last_step, chords)
    constraints = replace(constraints, hard=(*constraints.hard, keep_lengths(primer)))
    ranges = _ranges(request)
    given_steps = {(v, t) for t, v in zip(*np.nonzero(_struck(grid)), strict=True)}

    shown = style.card.composer.get("config", {})
    return ChoraleTakes(
        constraints, tuple(messages), codec, plan, ranges, primer, key, qpm, frozenset(given_steps), style.card.title,
        shown.get("piece", "Chorale"), shown.get("fermatas", True),
        () if chords is None else chords.symbols(),
    )  # fmt: skip


def _meter_name(grid: ChoraleGrid) -> str:
    return "/".join(str(n) for n in METERS[grid.meter])


def _empty(
    request: ComposeRequest, style: Style[ChoraleCodec], key: KeySignature | None
) -> tuple[ChoraleGrid, KeySignature]:
    """Return a chorale without notes, in the meter and key asked for, or in usual ones."""
    random = np.random.default_rng([request.random_seed, 78])
    key = key or parse_request_key(str(random.choice(_USUAL_KEYS)), tuple(MODES))
    meter = parse_meter(request.meter, style.card.meters) if request.meter else None
    index = METERS.index((meter.numerator, meter.denominator)) if meter else 0
    return ChoraleGrid(np.zeros((0, NUM_VOICES), np.int16), np.zeros(0, bool), index, 0, key_index(key)), key


def _adapt(
    request: ComposeRequest, codec: ChoraleCodec, wanted_key: KeySignature | None, messages: list[Remark]
) -> tuple[ChoraleGrid, KeySignature]:
    """Return the seed as four voices (those it has), in the key wanted."""
    assert request.primer is not None
    primer = sign_as(request.primer, wanted_key)
    if not any(t.notes and not t.is_drum for t in primer.tracks):
        raise CodecError("There are no pitched notes in your music; this style needs at least a melody.")
    if request.mode == "harmonise":
        named = [t for t in primer.tracks if t.name == VOICE_NAMES[0] and t.notes]
        melody = named[0] if len(named) == 1 else melody_of(primer)
        played = [t for t in primer.tracks if t.notes and not t.is_drum]
        if len(played) > 1 or len(melody.notes) < len(played[0].notes):
            messages.append(remark("highest_notes_kept"))
        primer = replace(primer, tracks=(Track(melody.notes, name=VOICE_NAMES[0]),))
    primer = into_key(primer, wanted_key, messages)
    single = sum(bool(t.notes) and not t.is_drum for t in primer.tracks) == 1
    if single and is_one_voice(primer):  # moved as a whole, before its notes would be one by one
        primer = _into_soprano(primer, messages)
    adapted, changed = codec.adapt(primer)
    messages += changed
    if single and not any(t.notes for t in adapted.tracks[1:]):
        adapted = _into_soprano(adapted, messages)
        if request.mode == "continue":
            messages.append(remark("three_composed"))
    return codec.to_grid(adapted), primer.key_signatures[0]


def _name(key: KeySignature) -> str:
    return key_name(key.tonic, key.mode)


def _into_soprano(piece: Piece, messages: list[Remark]) -> Piece:
    """Return a one-voice piece with its melody moved by octaves to where sopranos sing."""
    low, high = SINGING_RANGES[0]
    pitches = [n.pitch for n in piece.tracks[0].notes]
    shifts = [12 * k for k in range(-4, 5)]
    outside = {s: sum(max(low - p - s, p + s - high, 0) for p in pitches) for s in shifts}
    best = min(shifts, key=lambda s: (outside[s], abs(s)))
    if best:
        code = "melody_moved_up_to_sopranos" if best > 0 else "melody_moved_down_to_sopranos"
        messages.append(remark(code, octaves=abs(best) // 12))
    tracks = (transpose(replace(piece, tracks=piece.tracks[:1]), best).tracks[0], *piece.tracks[1:])
    return replace(piece, tracks=tracks)


def _cut(grid: ChoraleGrid, num_steps: int) -> ChoraleGrid:
    return replace(grid, voices=grid.voices[:num_steps], fermata=grid.fermata[:num_steps])


def _harmonised_part(grid: ChoraleGrid, messages: list[Remark]) -> ChoraleGrid:
    """Return the melody up to the greatest length that is composed.

    Raises:
        ConstraintError: there is no note in it.
    """
    num_bars = -(-(len(grid.voices) - grid.pickup) // grid.bar_steps)
    if num_bars <= MAX_BARS:
        return grid
    grid = _cut(grid, grid.pickup + MAX_BARS * grid.bar_steps)
    if not _struck(grid).any():
        raise ConstraintError("The melody begins with {max_bars} silent bars; leave them out.", max_bars=MAX_BARS)
    messages.append(remark("melody_cut_to_harmonise", bars=num_bars, used=MAX_BARS))
    return grid


def _struck(grid: ChoraleGrid) -> np.ndarray:
    return grid.voices >= FIRST_PITCH


def _chorale_plan(
    request: ComposeRequest, grid: ChoraleGrid, key: KeySignature, num_steps: int
) -> tuple[ChoralePlan, np.ndarray, int]:
    """Return the plan, the events that are fixed (T, 4; -1 elsewhere) and the sixteenth of the last chord."""
    seed_steps = min(len(grid.voices), num_steps)
    voices_given = (sounding(grid.voices) >= FIRST_PITCH).any(0) if seed_steps else np.zeros(NUM_VOICES, bool)
    fixed = np.full((num_steps, NUM_VOICES), -1, np.int16)
    for v in np.flatnonzero(voices_given):
        fixed[:seed_steps, v] = grid.voices[:seed_steps, v]
    given = None
    if 0 < voices_given.sum() < NUM_VOICES:
        given = fixed  # the network sees where the given voices go
    fermata = np.zeros(num_steps, bool)
    fermata[:seed_steps] = grid.fermata[:seed_steps]
    if request.mode == "harmonise":
        last_step = _last_chord_step(fixed)
        if not fermata.any():
            fermata[phrase_ends(fixed, grid.pickup, grid.bar_steps, compound=METERS[grid.meter][1] == 8)] = True
    else:
        last_step = _closing_step(grid, num_steps)
        for step in range(grid.pickup, num_steps, 2 * grid.bar_steps):
            mark = step + 2 * grid.bar_steps - (grid.bar_steps - _beat_of_close(grid))
            if seed_steps <= mark < last_step - 4:
                fermata[mark] = True
    fermata[last_step] = True
    plan = ChoralePlan(num_steps, True, fermata, grid.meter, grid.pickup, key_index(key), given)
    return plan, fixed, last_step


def _beat_of_close(grid: ChoraleGrid) -> int:
    """Return the sixteenth of the bar where phrases close: the half bar of even meters, the first beat of others."""
    return grid.bar_steps // 2 if METERS[grid.meter] in ((4, 4), (2, 2)) else 0


def _closing_step(grid: ChoraleGrid, num_steps: int) -> int:
    return max(num_steps - grid.bar_steps + _beat_of_close(grid), 0)


def _last_chord_step(fixed: np.ndarray) -> int:
    """Return the sixteenth where the last given note begins."""
    return int(np.flatnonzero((fixed >= FIRST_PITCH).any(1))[-1])


def phrase_ends(fixed: np.ndarray, pickup: int, bar_steps: int, *, compound: bool = False) -> list[int]:
    """Return where phrases of the uppermost given voice seem to end: at long notes before a rest or at a close.

    A close is the last bar of each two, or of each four where more than half of the bars have long notes. A long note
    there ends a phrase if nothing more than an upbeat follows it in its bar.

    Args:
        fixed: events of the given voices, -1 elsewhere, shape (T, 4).
        pickup: sixteenths before the first bar line.
        bar_steps: sixteenths of a bar.
        compound: True where a dotted quarter is a beat, and long.
    """
    voice = fixed[:, int(np.flatnonzero((fixed >= FIRST_PITCH).any(0))[0])]
    marks = _long_notes(fixed, _LONG_DOTTED if compound else _LONG_QUARTERS)
    last_of_bar = {(mark - pickup) // bar_steps: mark for mark in marks}
    group = 4 if 2 * bar_steps * len(last_of_bar) > len(voice) - pickup else 2
    rests = set(np.flatnonzero(voice == REST).tolist())
    starts = [*np.flatnonzero(voice > 0).tolist(), len(voice)]  # of notes and rests
    closing = set()
    for bar, mark in last_of_bar.items():
        left = pickup + (bar + 1) * bar_steps - starts[starts.index(mark) + 1]
        if (bar + 1) % group == 0 and left <= max(pickup, _UPBEAT):
            closing.add(mark)
    return [mark for mark in marks if mark in closing or starts[starts.index(mark) + 1] in rests]


def _long_notes(fixed: np.ndarray, quarters: float) -> list[int]:
    """Return where notes of so many quarters or more begin in the uppermost given voice."""
    voice = fixed[:, int(np.flatnonzero((fixed >= FIRST_PITCH).any(0))[0])]
    marks, start = [], None
    for t, event in enumerate([*voice.tolist(), REST]):
        if event > 0:  # struck or rest
            if start is not None and (t - start) * STEP_QUARTER >= quarters:
                marks.append(start)
            start = t if event >= FIRST_PITCH else None
    return marks


def _ranges(request: ComposeRequest) -> tuple[tuple[int, int], ...]:
    """Return the voices' ranges within the limits asked for.

    Raises:
        ConstraintError: a voice has less than a fifth left.
    """
    low, high = request.low_pitch or 0, 127 if request.high_pitch is None else request.high_pitch
    ranges = []
    for name, (lowest, highest) in zip(VOICE_NAMES, SINGING_RANGES, strict=True):
        pair = (max(lowest, low), min(highest, high))
        if pair[1] - pair[0] < 7:
            raise ConstraintError(
                "Between {low} and {high} the {name} ({lowest} to {highest}) has less than a fifth; widen the range.",
                low=pitch_name(low),
                high=pitch_name(high),
                name=name.lower(),
                lowest=pitch_name(lowest),
                highest=pitch_name(highest),
            )
        ranges.append(pair)
    return tuple(ranges)


def _constraints(
    request: ComposeRequest,
    codec: ChoraleCodec,
    scale: frozenset[int],
    key: KeySignature,
    plan: ChoralePlan,
    last_step: int,
    chords: ChordCourse | None,
) -> Constraints[ChoraleCursor]:
    picardy = request.random_seed % 3 == 0 and request.key_strength < 1  # now and then; it leaves the scale
    third = 4 if picardy else MODES[key.mode][2]
    hard: list[Mask[ChoraleCursor]] = [no_rests]
    melody_end = plan.given[last_step] if plan.given is not None else None
    fits = True
    if request.mode == "harmonise" and melody_end is not None:
        struck = melody_end[melody_end >= FIRST_PITCH]
        pitch_classes = {int(codec.vocabulary.pitch[e]) % 12 for e in struck}
        fits = pitch_classes <= {key.tonic, (key.tonic + third) % 12, (key.tonic + 7) % 12}
    if fits:
        fits = chords is None or _is_home(chords, last_step, key)
    if fits:
        hard.append(close_on(key.tonic, third=third, from_step=last_step))
    soft: list[Mask[ChoraleCursor] | None] = []
    if fits and ((key.tonic - 1) % 12 in scale or request.key_strength < 1) and chords is None:
        heard = None if plan.given is None else given_sounding(plan.given)
        soft.append(cadence_on(key.tonic, close_step=last_step, given=heard))
    if request.mode == "invent" and (chords is None or _is_home(chords, 0, key)):
        soft.append(open_on(key.tonic, third=MODES[key.mode][2]))
    soft += [no_crossing, no_parallels]
    in_scale = codec.vocabulary.in_scale(scale)
    size = sum(codec.vocabulary.is_kind(kind).sum() for kind in ("hold", "rest", "pitch"))
    return Constraints(
        hard=tuple(hard),
        soft=tuple(mask for mask in soft if mask is not None),
        in_scale=in_scale[:size] if request.key_strength else None,
        logit_bias=None if chords is None else ChordLean(chords, plan.pickup),
    )


def _is_home(chords: ChordCourse, step: int, key: KeySignature) -> bool:
    """Return whether the chord at a sixteenth is the tonic's, in its root position, or there is none."""
    chord = chords.chord(step * STEP_QUARTER)
    return chord is None or (chord.root == chord.bass_pitch_class == key.tonic)
