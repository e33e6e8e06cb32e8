"""Composing with a style of several parts in bars: string quartets, Chopin's piano music."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musegen.composers.fitting.chart_plan import chords_over, sized_by
from musegen.composers.fitting.chord_course import ChordCourse
from musegen.composers.fitting.key_lock import locked_scale, scale_words
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.length import (
    fit_primer,
    parse_meter,
    parse_request_key,
    usual_bars,
    wanted_bars,
    wanted_qpm,
)
from musegen.composers.modes import FROM_MELODY
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.constraints import ScoreMasks
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.frame import ScoreFrame, bars_of
from musegen.composers.parts.grid import TICKS, ScoreLayout, guitars_of
from musegen.composers.parts.leanings import LEAST_HEARD
from musegen.composers.parts.limits import PartsLimits
from musegen.composers.parts.options import PartsOptions
from musegen.composers.parts.rows import ScoreRows, answers_of, notes_of, whole_rows
from musegen.composers.parts.seed import chosen_parts, first_bars, low_and_high, read_seed, with_bars_before
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest
from musegen.composers.shared_options import read_chart
from musegen.composers.style import Style
from musegen.engine.loop import Constraints
from musegen.music import Barline, ChordSymbol, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.fretboard import GUITARS, STANDARD, as_held, tuning_of, without_unheld
from musegen.music.pedalling import pedalled
from musegen.music.playable_tempo import playable_qpm
from musegen.music.theory import MODES, key_name, scale_pitch_classes
from musegen.music.timing import bar_starts, meter_at
from musegen.remarks import Remark, remark

_USUAL_KEYS = ("C major", "G major", "D major", "F major", "Bb major", "Eb major", "A major", "D minor", "G minor",
               "C minor", "A minor", "E minor")  # fmt: skip
_GUITAR_KEYS = ("C major", "G major", "D major", "A major", "E major", "A minor", "E minor", "D minor")
"""Keys of the open strings, in which most music for the guitar is."""
_STRONG, _BEAT, _WEAK = 80, 74, 70
MOST_UNCHANGED_BARS = 2.0
"""Once the music has been the same for so many bars, the network no longer sees what it was: else it goes round."""
_GAP_TICKS = 5
"""A seed that ends so little before an eighth ends there."""
_ENSEMBLES = {1: "Solo", 2: "Duo", 3: "Trio", 4: "Quartet"}


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What a take stands on.

    Args:
        bars: a piece that holds the meters, the pickup and the notes of the seed, in all parts.
        key: of the take.
        present: which parts play.
        num_bars: of the take, a pickup not counted.
        lead: part of a melody that the others are composed to, None for none.
        arranged: whether the take is as long as that melody.
        goes_on: whether the others play on after it.
    """

    bars: Piece
    key: KeySignature
    present: tuple[bool, ...]
    num_bars: int
    lead: int | None = None
    arranged: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PartsPlan(Plan[ScoreCursor]):
    """The making of pieces for several parts.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        style_title: of the card.
        codec: the representation.
        frame: what the network is told.
        ground: what the takes stand on.
        own: the musician's own notes, by part, onset in quarters and pitch.
        qpm: quarters a minute.
        playable: whether a take that would be too fast to play at that tempo is slower.
        tuning: of the guitars among the parts.
        symbols: chords that stand over the takes.
    """

    constraints: Constraints[ScoreCursor]
    messages: tuple[Remark, ...]
    style_title: str
    codec: ScoreCodec
    frame: ScoreFrame
    ground: _Ground
    own: dict[tuple[int, float, int], Note]
    qpm: float
    playable: bool
    tuning: str
    symbols: tuple[ChordSymbol, ...] = ()

    def cursor(self) -> ScoreCursor:
        """Return a fresh cursor over the bars."""
        return self.codec.cursor(self.frame)

    def finish(self, cursor: ScoreCursor) -> Piece:
        """Return the parts that play, signed and titled."""
        made = self.codec.piece_of(cursor.rows(), self.ground.bars)
        qpm = playable_qpm(made, self.qpm) if self.playable else self.qpm
        done = _finished(made, self.ground, self.own, qpm, self.codec, self.style_title, self.tuning)
        return replace(done, chord_symbols=self.symbols)

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note stands in the seed; tracks are counted among the parts that play."""
        playing = [part for part, plays in enumerate(self.ground.present) if plays]
        return (playing[track], note.onset_quarter, note.pitch) in self.own


def plan_score(request: ComposeRequest, options: PartsOptions, style: Style[ScoreCodec]) -> Plan[ScoreCursor]:
    """Return how to make the takes of a request with a style of several parts.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    codec: ScoreCodec = style.codec
    messages: list[Remark] = []
    inventing = request.mode == "invent" or request.primer is None
    typed = read_chart(options.chart) if options.chart.strip() else None
    if typed is not None and inventing:
        request, typed = sized_by(typed, request, style.card)
    qpm = (request.qpm or style.card.qpm) if inventing else wanted_qpm(request, messages)
    ground = (
        _empty(request, options, style, qpm, messages)
        if inventing
        else _from_seed(request, options, style, qpm, messages)
    )
    if (options.prelude_bars or options.postlude_bars) and not ground.arranged:
        messages.append(remark("around_melody_only"))
    ground, tuning = _in_hand(ground, codec, options.tuning or STANDARD, messages)
    given, _ = notes_of(ground.bars, codec.layout)
    frame, course, primer = _course(request, options, codec, ground, given)
    playing = [part for part, plays in enumerate(ground.present) if plays]
    if len(playing) == 1 and playing[0] in guitars_of(codec.layout):
        third = (ground.key.tonic + MODES[ground.key.mode][2]) % 12
        course = replace(course, guitar_close=(ground.key.tonic, third))
    around = (options.prelude_bars, options.postlude_bars) if ground.arranged else (0, 0)
    chords = chords_over(ground.bars, ground.num_bars, ground.key, request, typed, messages, around)
    if chords is not None:
        course = replace(course, chords=chords)
        if ground.arranged:
            course = replace(course, closing=closing_over(chords, course.close_tick / TICKS, ground))
    heard = {int(pitch - ground.key.tonic) % 12 for pitch in given.pitch} if len(given) else None
    if request.key_strength:
        messages += scale_words(ground.key, heard, leading=True)
    vocabulary = codec.vocabulary
    scale = locked_scale(ground.key, heard, leading=True)
    locked = scale if request.key_strength == 1 else frozenset()
    masks = ScoreMasks(codec.layout, replace(course, locked=locked, tuning=tuning))
    soft = [masks.below_lead, masks.no_waiting, masks.no_drone]
    if inventing or ground.lead is not None:
        soft.insert(0, masks.opening)
    constraints = Constraints(
        hard=(masks.mask,),
        soft=tuple(soft),
        in_scale=vocabulary.in_scale(scale) if request.key_strength else None,
        primer=primer,
        logit_bias=masks.leaning,
    )
    own = {(part, note.onset_quarter, note.pitch): note for part, track in enumerate(ground.bars.tracks)
           for note in track.notes}  # fmt: skip
    free = inventing and not request.qpm and request.seconds is None
    symbols = () if chords is None else chords.symbols()
    return PartsPlan(
        constraints, tuple(messages), style.card.title, codec, frame, ground, own, qpm, free, tuning, symbols
    )


# ------------------------------------------------------------------------------------------------- the ground


def _empty(
    request: ComposeRequest, options: PartsOptions, style: Style[ScoreCodec], qpm: float, messages: list[Remark]
) -> _Ground:
    """Return bars without notes, in the meter and key asked for, or in usual ones."""
    codec: ScoreCodec = style.codec
    random = np.random.default_rng([request.random_seed, 79])
    keys = _GUITAR_KEYS if len(guitars_of(codec.layout)) == codec.layout.num_parts else _USUAL_KEYS
    usual = parse_request_key(str(random.choice(keys)), tuple(MODES))
    key = parse_request_key(request.key, style.card.keys) if request.key else usual
    meter = parse_meter(request.meter or style.card.meters[0], style.card.meters)
    bars = wanted_bars(request, meter.bar_quarters, qpm, style.card.num_bars, messages)
    present = chosen_parts(options.instruments, codec) or (True,) * codec.layout.num_parts
    tracks = tuple(Track((), part.program, False, part.name) for part in codec.layout.parts)
    return _Ground(Piece(tracks, time_signatures=(meter,)), key, present, bars)


def _from_seed(
    request: ComposeRequest, options: PartsOptions, style: Style[ScoreCodec], qpm: float, messages: list[Remark]
) -> _Ground:
    """Return the seed's bars and notes, as much of its end as leaves room, or the whole melody to arrange."""
    wanted = parse_request_key(request.key, style.card.keys) if request.key else None
    seed = read_seed(request, options.instruments, style, wanted, messages)
    piece = seed.piece
    meter = meter_at(piece, piece.end_quarter - 1e-6)
    name = f"{meter.numerator}/{meter.denominator}"
    if request.meter and request.meter != name:
        messages.append(remark("meter_kept", meter=(meter.numerator, meter.denominator)))
    if name not in style.card.meters:
        messages.append(remark("meter_hardly_met", meter=(meter.numerator, meter.denominator)))
    if request.mode in FROM_MELODY:
        piece = first_bars(piece, messages)
        bars = len(bar_starts(piece)) - (1 if piece.pickup_quarter else 0)
        piece = with_bars_before(piece, options.prelude_bars)
        bars += options.prelude_bars + options.postlude_bars
        after = options.postlude_bars > 0
        return _Ground(piece, seed.key, seed.present, bars, seed.alone, arranged=True, goes_on=after)
    seed_bars = len(bar_starts(piece)) - (1 if piece.pickup_quarter else 0)
    usual = usual_bars(style.card.num_bars, seed_bars)
    bars = wanted_bars(request, meter.bar_quarters, qpm, usual, messages)
    piece = fit_primer(piece, bars, messages)
    if seed.alone is not None and sum(seed.present) > 1:
        messages.append(remark("others_composed"))
        return _Ground(piece, seed.key, seed.present, bars, seed.alone)
    return _Ground(piece, seed.key, seed.present, bars)


def _in_hand(ground: _Ground, codec: ScoreCodec, tuning: str, messages: list[Remark]) -> tuple[_Ground, str]:
    """Return (the ground without what no guitarist strikes together, the tuning: lower where the seed goes lower)."""
    tracks = list(ground.bars.tracks)
    left_out = 0
    for part in guitars_of(codec.layout):
        notes = tracks[part].notes
        if tuning_of(notes) != "standard" == tuning:
            tuning = tuning_of(notes)
            messages.append(remark("tuned_lower"))
        kept = without_unheld(notes, tuning)
        left_out += len(notes) - len(kept)
        tracks[part] = replace(tracks[part], notes=kept)
    if left_out:
        messages.append(remark("unheld_left_out", count=left_out))
        ground = replace(ground, bars=replace(ground.bars, tracks=tuple(tracks)))
    return ground, tuning


# ------------------------------------------------------------------------------------------------- the course


def _course(
    request: ComposeRequest, options: PartsOptions, codec: ScoreCodec, ground: _Ground, given: ScoreRows
) -> tuple[ScoreFrame, PartsLimits, np.ndarray | None]:
    """Return what the network is told, what a take must keep to, and the events of the seed that it hears first."""
    layout = codec.layout
    pickup = 1 if ground.bars.pickup_quarter else 0
    last = ground.num_bars - 1 + pickup
    longest = max(meter.bar_quarters for meter in ground.bars.time_signatures)
    bars = bars_of(ground.bars, int((last + 2) * longest * TICKS))
    last_start, end = int(bars.start[last]), int(bars.start[last] + bars.length[last])
    seam = _seam(given)
    close, closing = max(last_start, seam), closing_tones(ground.key, ground.present, layout)
    if ground.arranged and not ground.goes_on:
        close, end = int(given.tick[-1]), int(given.end_tick[-1])
        if ground.lead is not None and closing[ground.lead] and int(given.pitch[-1]) % 12 not in _triad(ground.key):
            closing = _half_close(ground, int(given.pitch[-1]) % 12)
    frame = ScoreFrame(
        bars,
        np.array([0]),
        np.array([key_index(ground.key)]),
        last,
        own=True,
        memory=options.memory,
        present=np.array(ground.present),
        lead=given if ground.lead is not None else None,
        most_unchanged_bars=MOST_UNCHANGED_BARS,
    )
    going_on = len(given) and ground.lead is None
    scale = frozenset() if going_on else scale_pitch_classes(ground.key.tonic, ground.key.mode)
    ranges = low_and_high(request, layout, ground.present)
    course = PartsLimits(ranges, close, end, closing, opening_scale=scale)
    if ground.lead is not None:
        return frame, replace(course, fixed=given, fixed_until=end if ground.arranged else seam), None
    if not len(given):
        return frame, course, None
    rows = whole_rows(given, layout, ended=False)
    events = codec.to_events(answers_of(rows, layout))
    loud = rows.velocity[rows.velocity >= 0]
    usual = float(loud.mean()) if layout.dynamics and len(loud) >= LEAST_HEARD else None
    return frame, replace(course, seam_tick=seam, given_rows=len(rows), usual_velocity=usual), events


def _seam(given: ScoreRows) -> int:
    """Return the tick at which what is new begins: at the end of the seed, a little gap before an eighth closed."""
    if not len(given):
        return 0
    end = int(given.end_tick.max())
    gap = -end % (TICKS // 2)
    return end + gap if gap <= _GAP_TICKS else end


def _triad(key: KeySignature) -> frozenset[int]:
    return frozenset((key.tonic + step) % 12 for step in (0, MODES[key.mode][2], 7))


def closing_tones(key: KeySignature, present: Sequence[bool], layout: ScoreLayout) -> tuple[frozenset[int], ...]:
    """Return the pitch classes of the last chord: the tonic below, the tonic or its third above, the triad between.

    In an ensemble of three and more the part under the highest has the third, so that the chord is whole.
    """
    tonic, triad = key.tonic, _triad(key)
    playing = [part for part, plays in enumerate(present) if plays]
    sets = [triad] * len(present)
    sets[playing[0]] = frozenset({tonic, (tonic + MODES[key.mode][2]) % 12})
    sets[playing[-1]] = frozenset({tonic})
    if len(playing) > 2 and not layout.keyboard:
        sets[playing[1]] = frozenset({(tonic + MODES[key.mode][2]) % 12})
    return tuple(sets)


def closing_over(chords: ChordCourse, quarter: float, ground: _Ground) -> tuple[frozenset[int], ...]:
    """Return the last chord as the chart has it: its bass below, its tones in the others, the melody as it is."""
    chord = chords.chord(quarter)
    if chord is None:
        return (frozenset(),) * len(ground.present)
    sets = [chords.tones(quarter)] * len(ground.present)
    sets[max(part for part, plays in enumerate(ground.present) if plays)] = frozenset({chord.bass_pitch_class})
    sets[ground.lead or 0] = frozenset()
    return tuple(sets)


def _half_close(ground: _Ground, last: int) -> tuple[frozenset[int], ...]:
    """Return the last chord of a melody that ends on no note of the tonic's: the dominant's or the subdominant's.

    The melody is left as it is; where its last note is in neither, all parts are free.
    """
    tonic, third = ground.key.tonic, MODES[ground.key.mode][2]
    for root, chord in ((7, (7, 11, 2)), (5, (5, 5 + third, 0))):
        if (last - tonic) % 12 in [step % 12 for step in chord]:
            sets = [frozenset((tonic + step) % 12 for step in chord)] * len(ground.present)
            sets[max(part for part, plays in enumerate(ground.present) if plays)] = frozenset({(tonic + root) % 12})
            sets[ground.lead or 0] = frozenset()
            return tuple(sets)
    return (frozenset(),) * len(ground.present)


# ------------------------------------------------------------------------------------------------- the take


def _finished(
    piece: Piece,
    ground: _Ground,
    own: dict[tuple[int, float, int], Note],
    qpm: float,
    codec: ScoreCodec,
    style_title: str,
    tuning: str,
) -> Piece:
    """Return the take: the parts that play, loud and soft, signed and titled."""
    starts = bar_starts(piece)
    tracks = []
    for part, track in enumerate(piece.tracks):
        if not ground.present[part]:
            continue
        notes = tuple(
            own.get((part, note.onset_quarter, note.pitch))
            or (note if codec.layout.dynamics else replace(note, velocity=written_loudness(piece, starts, note)))
            for note in track.notes
        )
        if part in guitars_of(codec.layout):
            notes = as_held(notes, tuning, set(own.values()))
        tracks.append(replace(track, notes=notes))
    end = max(piece.end_quarter, starts[-1])
    guitars = [track.notes for track in tracks if track.program in GUITARS]
    lowered = ", drop-D tuning" if any(tuning_of(notes) != "standard" for notes in guitars) else ""
    made = replace(
        piece,
        tracks=tuple(tracks),
        tempos=(Tempo(0.0, qpm),),
        key_signatures=(replace(ground.key, onset_quarter=0.0),),
        barlines=(Barline(end, "final"),),
        title=f"{_what(codec, ground)} in {key_name(ground.key.tonic, ground.key.mode)}{lowered}",
        composer=f"Musegen, style {style_title}",
    )
    if not codec.layout.dynamics:
        return made
    pedals = pedalled(made)  # as it is played; a seed without pedal gets one too
    return replace(made, tracks=tuple(replace(track, pedals=pedals) for track in made.tracks))


def written_loudness(piece: Piece, starts: list[float], note: Note) -> int:
    """Return the loudness of a note where none was learned: a little more on the first beat and on beats."""
    meter: TimeSignature = meter_at(piece, note.onset_quarter)
    start = max((s for s in starts if s <= note.onset_quarter), default=0.0)
    offset = note.onset_quarter - start
    if start == 0 and piece.pickup_quarter:
        offset += meter.bar_quarters - piece.pickup_quarter
    beat = 1.5 if meter.denominator == 8 and meter.numerator % 3 == 0 else 4 / meter.denominator
    return _STRONG if offset == 0 else _BEAT if (offset / beat).is_integer() else _WEAK


def _what(codec: ScoreCodec, ground: _Ground) -> str:
    beside = [ground.present[part] for part in range(codec.layout.num_parts) if part not in codec.layout.keyboard]
    playing = [part for part, plays in enumerate(ground.present) if plays]
    if set(playing) <= set(guitars_of(codec.layout)):
        return "Guitar piece"
    if codec.layout.keyboard and not any(beside):
        return "Piano piece"
    if codec.layout.keyboard:
        return "Song" if sum(ground.present) > 1 else "Melody"
    ensemble = _ENSEMBLES.get(len(playing), "Piece")
    return f"String {ensemble.lower()}" if len(playing) > 1 else f"{ensemble} for {_only(codec, ground)}"


def _only(codec: ScoreCodec, ground: _Ground) -> str:
    name = codec.layout.parts[ground.present.index(True)].name.split()[0]
    return name.lower()
