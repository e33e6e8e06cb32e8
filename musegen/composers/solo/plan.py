"""Composing with the style that improvises over a chart: the solo, and the rhythm section behind it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from musegen.band.rhythm_section import accompany
from musegen.composers.fitting.length import (
    fit_primer,
    parse_meter,
    parse_request_key,
    usual_bars,
    wanted_bars,
    wanted_qpm,
)
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest
from musegen.composers.shared_options import read_chart
from musegen.composers.solo.charts import (
    chart_context,
    frames,
    in_key,
    playable,
    say_key,
    say_rounds,
    solo_bars,
    usual_chart,
    with_end,
)
from musegen.composers.solo.codec import SoloCodec
from musegen.composers.solo.constraints import SoloLimits, TidyBeats, WithinScales
from musegen.composers.solo.context import SoloContext
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
    FIRST_PITCH,
    HIGH_PITCH,
    LENGTH,
    LOW_PITCH,
    NONE,
    NUM_EVENTS,
    PITCH,
    TICKS_PER_BAR,
    TICKS_PER_BEAT,
)
from musegen.composers.solo.loudness import accented
from musegen.composers.solo.options import SoloOptions
from musegen.composers.style import Style
from musegen.engine.loop import Constraints, Mask
from musegen.errors import ConstraintError
from musegen.harmony.chart_guess import chart_of_seed
from musegen.music import Barline, KeySignature, Note, Piece, Tempo, TimeSignature, Track
from musegen.music.chart import Chart
from musegen.music.lead_instruments import LEADS, Lead, lead_of_program
from musegen.music.swing import usual_swing
from musegen.music.theory import estimate_key, key_name, pitch_name, scale_pitch_classes
from musegen.music.timing import num_bars as count_bars
from musegen.music.transform import melody_of, transpose
from musegen.remarks import Remark, code_of, remark

_KEY_NOTES = 8
"""In fewer notes no key is heard."""
_SLOW, _EVEN = 76, 0.53
_OUTSIDE = -14.0
"""Nats by which a note outside the scale of its chord is made less likely at the full strength of the lock, but for
one: at full strength there is none."""
_ANTICIPATED = 12
"""Ticks before a change within which the next chord may be heard already."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """The seed as it begins a take.

    Args:
        piece: its melody, in 4/4, where it will be played.
        rows: its answers, without the end, shape (R, 3).
        pickup: quarters of its incomplete first bar.
        last_length: class of the length of its last note.
        end_tick: end of its last note.
    """

    piece: Piece
    rows: np.ndarray
    pickup: float
    last_length: int
    end_tick: int


@dataclass(frozen=True, slots=True, eq=False)
class SoloPlan(Plan[SoloCursor]):
    """The making of solos.

    Args:
        constraints: what every take satisfies.
        messages: what was taken from the seed and changed.
        context: the chart as the network reads it.
        memory: whether the network sees what was played bars ago.
        total_bars: bars with the pickup's.
        band: what is put around a solo.
        opening: the seed, None without one.
        given_until: onset of the seed's last note in quarters, -1 without one.
    """

    constraints: Constraints[SoloCursor]
    messages: tuple[Remark, ...]
    context: SoloContext
    memory: bool
    total_bars: int
    band: "_Band"
    opening: _Opening | None
    given_until: float

    def cursor(self) -> SoloCursor:
        """Return a fresh cursor over the chart."""
        return SoloCursor(self.context, memory=self.memory, total_bars=self.total_bars)

    def finish(self, cursor: SoloCursor) -> Piece:
        """Return the solo with its band."""
        return self.band.piece(cursor.notes(), self.opening)

    def is_given(self, track: int, note: Note) -> bool:
        """Return whether a note of the solo begins no later than the seed's last."""
        return track == 0 and note.onset_quarter <= self.given_until


def plan_jazz(request: ComposeRequest, options: SoloOptions, style: Style[SoloCodec]) -> Plan[SoloCursor]:
    """Return how to make the takes of a request with a style that improvises.

    Raises:
        MusegenError: the request cannot be satisfied; the message says why.
    """
    messages: list[Remark] = []
    meter = parse_meter(request.meter, style.card.meters) if request.meter else None
    wanted = parse_request_key(request.key, style.card.keys) if request.key else None
    chart = playable(read_chart(options.chart)) if options.chart.strip() else None
    if chart is not None and meter is not None and meter.bar_quarters != chart.bar_quarters:
        raise ConstraintError(
            "The chart is in {meter}/{meter_2} and {asked} was asked for; leave the meter open, or write the chart in "
            "it.",
            meter=chart.meter[0],
            meter_2=chart.meter[1],
            asked=request.meter,
        )
    seed = request.primer if request.mode == "continue" else None
    primer = _in_bars(seed, chart, meter, messages) if seed is not None else None
    lead = _lead(options.lead, primer)
    qpm = wanted_qpm(replace(request, primer=primer), messages) if primer else request.qpm or style.card.qpm
    opening = None
    if primer is None:
        if chart is None:
            chart = usual_chart(request, wanted, meter, messages)
        num_bars = solo_bars(request, chart, qpm, style.card.num_bars, messages)
        chart, _ = in_key(chart, wanted, messages)
    else:
        usual = usual_bars(style.card.num_bars, count_bars(primer))
        num_bars = wanted_bars(request, primer.time_signatures[0].bar_quarters, qpm, usual, messages)
        primer = fit_primer(primer, num_bars, messages)
        if chart is None:
            found = chart_of_seed(primer)
            chart = playable(found.chart)
            messages.append(found.words)
        elif wanted is None:
            say_key(chart, _key_of(primer), messages)
        chart, move = in_key(chart, wanted, messages)
        opening = _opening(primer, move, lead, style.codec, messages)
    say_rounds(chart, num_bars, messages)
    form, chart = chart, with_end(chart, num_bars)
    low, high = _range(request, lead, opening)
    pickup_frames = frames(opening.pickup) if opening else 0
    context = chart_context(chart, num_bars, qpm, pickup_frames)
    context = replace(context, chorus_bars=chart_context(form, num_bars, qpm).chorus_bars)
    bar, before = chart.bar_quarters, pickup_frames * BEATS_PER_BAR
    course = SoloLimits(
        frames(num_bars * bar) + pickup_frames,
        chart.at((num_bars - 1) * bar).pitch_classes,
        style.codec.vocabulary.in_range(low, high),
        *((0, 0, None) if opening is None else (_num_notes(opening), opening.end_tick, opening.last_length)),
        last_bar=(before + (num_bars - 1) * bar, before + num_bars * bar),
    )
    hard: list[Mask[SoloCursor]] = [course.mask]
    lean: Mask[SoloCursor] = course.logit_bias
    if request.key_strength:
        lock, lean = _chord_lock(chart, request.key_strength, pickup_frames, course)
        hard += [lock] if lock else []
        messages.append(remark("locked_to_chords"))
    constraints = Constraints(
        hard=tuple(hard),
        soft=(TidyBeats(qpm),),
        primer=None if opening is None else SoloCodec.to_events(opening.rows),
        logit_bias=lean,
        as_learned=_asks_for_rhythm,
    )
    swing = usual_swing(qpm) if options.swing is None else options.swing
    band = _Band(chart, form, num_bars, qpm, swing, lead, request.random_seed, options, style.card.title)
    given_until = -1.0 if opening is None else opening.piece.tracks[0].notes[-1].onset_quarter
    return SoloPlan(constraints, tuple(messages), context, options.memory, context.num_bars, band, opening, given_until)


def _asks_for_rhythm(cursor: SoloCursor) -> bool:
    """Return whether a time or a length is drawn: the calm end of their distributions never rests."""
    return cursor.question != PITCH


# ------------------------------------------------------------------------------------------------- the seed


def _in_bars(primer: Piece, chart: Chart | None, meter: TimeSignature | None, messages: list[Remark]) -> Piece:
    """Return the seed in the bars of its chart, of the meter asked for, or its own where the style plays them."""
    own = primer.time_signatures[0]
    beats = {2.0: 4.0}.get(own.bar_quarters, own.bar_quarters)
    if chart is not None:
        beats = chart.bar_quarters
    elif meter is not None:
        beats = meter.bar_quarters
    elif len(primer.time_signatures) > 1 or beats not in (3.0, 4.0, 5.0) or own.denominator > 4:
        beats = 4.0
    other = [m for m in primer.time_signatures if m.bar_quarters not in (beats, beats / 2) or m.denominator > 4]
    pickup = primer.pickup_quarter if not other else 0.0
    if other:
        meter_of_it = (other[0].numerator, other[0].denominator)
        said = remark("put_in_bars", meter=meter_of_it, beats=round(beats))
        messages.append(remark("put_in_fours", meter=meter_of_it) if beats == 4 else said)
    signed = TimeSignature(0.0, round(beats), 4)
    return replace(primer, time_signatures=(signed,), pickup_quarter=pickup, barlines=())


def _key_of(primer: Piece) -> KeySignature | None:
    """Return the key of a seed as it is signed, else as it is heard; None of a few notes."""
    notes = melody_of(primer).notes
    if primer.key_signatures or len(notes) < _KEY_NOTES:
        return primer.key_signatures[0] if primer.key_signatures else None
    lengths = np.array([note.duration_quarter for note in notes])
    return KeySignature(0.0, *estimate_key(np.array([note.pitch for note in notes]), lengths))


def _opening(primer: Piece, move: int, lead: Lead, codec: SoloCodec, messages: list[Remark]) -> _Opening:
    """Return the seed's melody where the instrument plays it."""
    melody = melody_of(primer)
    line = replace(primer, tracks=(melody,)) if melody.notes else primer
    said = codec.adapt(primer)[1]
    moved = transpose(line, move + 12 * _octaves(line, move, lead))
    octaves = _octaves(line, move, lead)
    if octaves:
        code = "moved_up_for" if octaves > 0 else "moved_down_for"
        messages.append(remark(code, octaves=abs(octaves), instrument=lead.name.lower()))
    beyond = sum(not lead.low <= note.pitch <= lead.high for note in moved.tracks[0].notes)
    if beyond:
        usual = {"instrument": lead.name.lower(), "low": lead.low, "high": lead.high}
        messages.append(remark("beyond_usual_kept", count=beyond, **usual))
    messages += [each for each in said if code_of(each) != "moved_by_octaves"]
    rows = codec.answers(moved)
    piece = codec.decode(SoloCodec.to_events(rows))
    begin = -moved.pickup_quarter % BEATS_PER_BAR
    notes = tuple(replace(n, onset_quarter=max(n.onset_quarter - begin, 0.0)) for n in piece.tracks[0].notes)
    last = piece.tracks[0].notes[-1]
    return _Opening(
        replace(piece, tracks=(replace(piece.tracks[0], notes=notes),)),
        rows[:-1],
        moved.pickup_quarter,
        int(rows[-1, LENGTH]),
        round(last.end_quarter * TICKS_PER_BEAT),
    )


def _octaves(line: Piece, move: int, lead: Lead) -> int:
    """Return by how many octaves a moved line lies best in a range."""
    pitches = np.array([note.pitch for track in line.tracks for note in track.notes]) + move

    def beyond(octaves: int) -> tuple[int, int]:
        there = pitches + 12 * octaves
        return int(((there < lead.low) | (there > lead.high)).sum()), abs(octaves)

    return min(range(-4, 5), key=beyond) if len(pitches) else 0


def _num_notes(opening: _Opening) -> int:
    return len(opening.piece.tracks[0].notes)


# ------------------------------------------------------------------------------------------------- who plays, and where


def _lead(wanted: str, primer: Piece | None) -> Lead:
    """Return the instrument of the solo: the one of a name, else the seed's, else a tenor saxophone."""
    if wanted:
        return LEADS[wanted]
    seeds = None if primer is None else lead_of_program(melody_of(primer).program)
    # A seed typed or drawn comes as a piano; then the usual instrument plays.
    return seeds if seeds is not None and seeds.program else next(iter(LEADS.values()))


def _range(request: ComposeRequest, lead: Lead, opening: _Opening | None) -> tuple[int, int]:
    low = lead.low if request.low_pitch is None else max(request.low_pitch, LOW_PITCH)
    high = lead.high if request.high_pitch is None else min(request.high_pitch, HIGH_PITCH)
    if opening is not None and request.low_pitch is None and request.high_pitch is None:
        pitches = [note.pitch for note in opening.piece.tracks[0].notes]
        low, high = min(low, min(pitches)), max(high, max(pitches))
    if high - low < 11:
        raise ConstraintError(
            "A solo needs an octave at least, and {low} to {high} is less; widen the range.",
            low=pitch_name(max(low, 0)),
            high=pitch_name(min(high, 127)),
        )
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class ChartScales:
    """The scales of the chords of a chart, by the tick at which a note begins.

    Args:
        chart: one chorus.
        pickup_frames: frames of four beats before the first bar, in the scale of the key.
    """

    chart: Chart
    pickup_frames: int

    def __call__(self, tick: int) -> frozenset[int]:
        """Return the pitch classes; near a change those of the next chord too."""
        everything = frozenset(range(12))
        tick -= self.pickup_frames * TICKS_PER_BAR
        if tick < 0:
            return scale_pitch_classes(*self.chart.key)
        quarter = tick / TICKS_PER_BEAT
        chord = self.chart.at(quarter)
        scale = everything if chord.is_no_chord else chord.scale
        change, following = self.chart.next_after(quarter)
        if (change - quarter) * TICKS_PER_BEAT <= _ANTICIPATED:
            scale = scale | (everything if following.is_no_chord else following.scale)
        return scale


@dataclass(frozen=True, slots=True, eq=False)
class ChordLean:
    """What draws lean towards where the key lock is not at its full strength.

    Args:
        course: leans of itself.
        inside: the mask of the scales.
        outside_nats: of a note outside the scale of its chord.
    """

    course: SoloLimits
    inside: WithinScales
    outside_nats: float

    def __call__(self, cursor: SoloCursor) -> np.ndarray | None:
        """Return nats to add to the logits, (V,)."""
        nats, table = self.course.logit_bias(cursor), self.inside(cursor)
        if table is None:
            return nats
        away = np.zeros(NUM_EVENTS)
        away[FIRST_PITCH:NONE] = np.where(table[FIRST_PITCH:NONE], 0.0, self.outside_nats)
        return away if nats is None else away + nats


def _chord_lock(
    chart: Chart, strength: float, pickup_frames: int, course: SoloLimits
) -> tuple[WithinScales | None, Callable[[SoloCursor], np.ndarray | None]]:
    """Return what keeps notes in the scales of their chords: a mask at full strength, and what draws lean towards."""
    inside = WithinScales(ChartScales(chart, pickup_frames))
    if strength >= 1:
        return inside, course.logit_bias
    return None, ChordLean(course, inside, max(np.log1p(-strength), _OUTSIDE))


@dataclass(frozen=True, slots=True)
class _Band:
    """What is put around a solo.

    Args:
        chart: of the whole piece.
        form: one chorus of it.
        num_bars: whole bars.
        qpm: tempo.
        swing: part of a beat that its first eighth takes.
        lead: instrument of the solo.
        random_seed: that chance starts from.
        options: what was chosen.
        style_title: of the card.
    """

    chart: Chart
    form: Chart
    num_bars: int
    qpm: float
    swing: float
    lead: Lead
    random_seed: int
    options: SoloOptions
    style_title: str

    def piece(self, notes: tuple[Note, ...], opening: _Opening | None) -> Piece:
        """Return the whole music of a finished solo."""
        pickup = opening.pickup if opening else 0.0
        begin = -pickup % 4.0
        line = accented(tuple(replace(note, onset_quarter=note.onset_quarter - begin) for note in notes))
        solo = Track(line, self.lead.program, False, self.lead.name)
        seed = (self.random_seed * 1009 + sum(note.pitch for note in notes)) % 2**31
        band = accompany(self.chart, self.num_bars, self.qpm, self._feel, seed, solo, pickup)
        chosen = self.options.instruments
        tracks = [track for track in band if not chosen or track.name in chosen]
        tonic, mode = self.form.key
        bar_quarters = self.chart.bar_quarters
        end = pickup + self.num_bars * bar_quarters
        rounds = range(self.form.num_bars, self.num_bars, self.form.num_bars) if self.form.num_bars > 4 else ()
        doubles = tuple(Barline(pickup + bar * bar_quarters, "double") for bar in rounds)
        name = self.form.title or "Jazz solo"
        return Piece(
            tracks=(solo, *tracks),
            tempos=(Tempo(0.0, self.qpm),),
            time_signatures=(TimeSignature(0.0, *self.chart.meter),),
            key_signatures=(KeySignature(0.0, tonic, mode),),
            chord_symbols=self.chart.chord_symbols(pickup),
            sections=tuple((pickup + bar * bar_quarters, name) for bar, name in self.chart.sections if name),
            barlines=(*doubles, Barline(end, "final")),
            pickup_quarter=pickup,
            title=f"{name} in {key_name(tonic, mode)}",
            composer=f"Musegen, style {self.style_title}",
            swing=self.swing,
        )

    @property
    def _feel(self) -> str:
        if self.swing < _EVEN and self.options.swing is not None:
            return "even"
        return "ballad" if self.qpm < _SLOW else "swing"
