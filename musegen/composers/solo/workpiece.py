"""Composing parts of a solo again over its chart, and bars of its band, everything else locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musegen.band.rhythm_section import accompany
from musegen.composers.gaps import Gap
from musegen.composers.new_band import played_again
from musegen.composers.particles import Stretch, added, fill_stretch
from musegen.composers.solo.charts import METERS, chart_context, frames, with_end
from musegen.composers.solo.codec import SoloCodec
from musegen.composers.solo.constraints import SoloLimits, TidyBeats, WithinScales
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.gap import SPACINGS, LineGaps, LineMask, LineSlot, Unit, rows_between
from musegen.composers.solo.grid import (
    BEATS_PER_BAR,
    FIRST_PITCH,
    HIGH_PITCH,
    LOW_PITCH,
    NONE,
    NUM_EVENTS,
    PLACES,
    TICKS_PER_BAR,
    TICKS_PER_BEAT,
)
from musegen.composers.solo.loudness import accented
from musegen.composers.solo.plan import ChartScales
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.loop import Constraints, TakeTrace
from musegen.errors import CodecError, ConstraintError
from musegen.harmony.chart_guess import chart_of_seed, written_chart
from musegen.music import Piece, Track, snap
from musegen.music.chart import Chart
from musegen.music.lead_instruments import lead_of_program
from musegen.music.swing import usual_swing
from musegen.music.timing import bar_starts
from musegen.remarks import Remark

CONTEXT_NOTES = 12
"""Notes after a gap by which its candidates are judged."""

BAND = ("Bass", "Piano", "Drums")
"""Who accompanies, as `accompany` returns them."""

_PARTICLES, _WAYS, _RUNS = 6, 8, 4
"""Fillings of a gap at most, in how many ways each goes through its last bar, and how often the band plays."""
_ROOM = 5
_SLOW, _EVEN = 76, 0.53
_OUTSIDE = -14.0


class SoloWorkpiece(Workpiece):
    """A solo over a chart, with or without its band, made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: that improvises.

    Raises:
        MusegenError: the piece is no music for the style.
    """

    def __init__(self, request: SteerRequest, style: Style[SoloCodec]) -> None:
        codec: SoloCodec = style.codec
        self._request, self._codec, self._model = request, codec, style.player
        self.piece, self._solo, self.messages = held(request.piece, codec)
        meter = self.piece.time_signatures[0]
        if len(self.piece.time_signatures) > 1 or (meter.numerator, meter.denominator) not in METERS:
            raise CodecError("This style changes parts of music in 4/4, 3/4 or 5/4 throughout; this has other bars.")
        self._bar = meter.bar_quarters
        starts = bar_starts(self.piece)
        last = starts[-1] if starts[-1] >= self.piece.pickup_quarter else self.piece.pickup_quarter
        self.end = snap(last + self._bar)
        self._chart = chart_of(self.piece)

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on, its chart played on; what is beyond is dropped."""
        self.end = snap(self.piece.pickup_quarter + num_bars * self._bar)
        self._chart = with_end(chart_of(self.piece, but_the_end=True), num_bars)
        symbols = self._chart.chord_symbols(self.piece.pickup_quarter)
        self.piece = replace(self.piece, chord_symbols=symbols)

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled: of the solo first, then of the band, which listens to it.

        Args:
            gaps: sorted; those of one track apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        line = [gap for gap in gaps if gap.track == self._solo]
        trace, tracks = TakeTrace(), list(self.piece.tracks)
        joins: tuple[tuple[float, ...], ...] = ()
        if line:
            tracks[self._solo], trace, joins = self._line(line, seed, cancelled)
        kept = [note for note in tracks[self._solo].notes if note.onset_quarter < self.end]
        tracks[self._solo] = replace(tracks[self._solo], notes=tuple(kept))
        again = {index for index in (gap.track for gap in gaps) if index != self._solo}
        runs = self._runs(tracks[self._solo], seed) if again else []
        for index, track in enumerate(tracks):
            if index in again:
                own = [gap for gap in gaps if gap.track == index]
                mine = [run[BAND.index(_player(track))] for run in runs]
                track = played_again(track, own, bar_starts(self.piece, self.end), mine)
            tracks[index] = replace(track, notes=tuple(n for n in track.notes if n.onset_quarter < self.end))
        made = replace(self.piece, tracks=tuple(tracks), barlines=barlines_to(self.piece, self.end))
        return Filling(made, trace, joins)

    # -------------------------------------------------------------------------------------- the solo

    def _line(
        self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None
    ) -> tuple[Track, TakeTrace, tuple[tuple[float, ...], ...]]:
        """Return the solo with its gaps filled."""
        ground = self._gaps(gaps)
        constraints = self._constraints(ground)
        stays = [slot for slot in ground.slots if not slot.free]
        ticks = [slot.tick for slot in stays]
        past = Branches(self._model, [self._cursor()])
        trace, joins, heard = TakeTrace(), [], 0
        runs = _runs([(self._tick(gap.start), self._tick(gap.end)) for gap in gaps], ticks)
        for number, (start, end) in enumerate(runs):
            known = [slot for slot in stays[heard:] if slot.tick < start]
            before = stays[heard - 1] if heard else None
            past.hear([rows_between(past.cursors[0].beat, before, known)])
            after = next((i for i, tick in enumerate(ticks) if tick >= end), None)
            stop = runs[number + 1][0] if number + 1 < len(runs) else self._tick(self.end)
            stretch, settings = self._stretch(stays, start, end, after, stop), sampling_settings(self._request)
            filled = fill_stretch(past, stretch, settings, constraints, (*seed, number), cancelled)
            past, trace = filled.branch, added(trace, filled.trace)
            joins.append(filled.joins)
            heard = len(stays) if after is None else after + 1
        return self._written(past.cursors[0], stays, gaps), trace, tuple(joins)

    def _stretch(
        self, stays: Sequence[LineSlot], start: int, end: int, after: int | None, stop: int
    ) -> Stretch[SoloCursor]:
        half = TICKS_PER_BAR // 2
        milestones = [_reached(at) for at in range(start + half, end - half, half)]
        if after is None:
            return Stretch([*milestones, lambda c: False], (), 1)
        first = stays[after]
        future = [slot for slot in stays[after + 1 :][:CONTEXT_NOTES] if slot.tick < stop]
        events = rows_between(first.tick // TICKS_PER_BEAT, first, future)
        count = min(self._request.candidates, _PARTICLES)
        milestones.append(_reached(first.tick))
        return Stretch(milestones, events, count, _WAYS if count > 1 else 1)

    def _cursor(self) -> SoloCursor:
        bars, pickup = self._bars()
        context = chart_context(self._chart, bars, self.piece.tempos[0].qpm, pickup)
        return SoloCursor(context, total_bars=context.num_bars)

    def _bars(self) -> tuple[int, int]:
        """Return how many whole bars there are, and how many frames of four beats before them."""
        pickup = self.piece.pickup_quarter
        return max(round((self.end - pickup) / self._bar), 1), frames(pickup)

    def _tick(self, quarter: float) -> int:
        return tick_of(self.piece, quarter)

    def _gaps(self, gaps: Sequence[Gap]) -> LineGaps:
        """Return what must come and what may."""
        slots, units, spans, end = [], [], [], self._tick(self.end)
        notes = self.piece.tracks[self._solo].notes
        for index, note in enumerate(notes):
            gap = next((gap for gap in gaps if gap.holds(index, note)), None)
            tick, ticks = self._tick(note.onset_quarter), max(round(note.duration_quarter * TICKS_PER_BEAT), 1)
            if tick < end and (gap is None or gap.keep == "rhythm"):
                free = gap is not None
                near = gap.near_semitones if gap else 0.0
                slots.append(LineSlot(tick, note.pitch, ticks, free=free, near_semitones=near))
        for gap in gaps:
            start, stop = self._tick(gap.start), self._tick(gap.end)
            if gap.keep == "pitches":
                inside = [(self._tick(n.onset_quarter), n.pitch) for n in notes]
                units += _units(start, stop, [each for each in inside if start <= each[0] < stop])
            elif not gap.keep:
                spans.append((start, stop))
        closes = [span for span in spans if span[1] >= end]
        return LineGaps(slots, units, spans, self._closing(slots, closes[0][0]) if closes else None)

    def _closing(self, slots: Sequence[LineSlot], start: int) -> SoloLimits:
        """Return the course of the end, which comes on a tone of the last chord."""
        bars, pickup = self._bars()
        tones = self._chart.at((bars - 1) * self._bar).pitch_classes
        given, before = sum(slot.tick < start for slot in slots), pickup * BEATS_PER_BAR
        last_bar = (before + (bars - 1) * self._bar, before + bars * self._bar)
        count = frames(bars * self._bar) + pickup
        return SoloLimits(count, tones, self._in_range(), given, start, last_bar=last_bar)

    def _in_range(self) -> np.ndarray:
        """Return what may be played: where the instrument is comfortable and the solo has been, or as was asked."""
        track = self.piece.tracks[self._solo]
        pitches = [note.pitch for note in track.notes]
        lead = lead_of_program(track.program)
        low = min([*pitches, lead.low]) if lead else min(pitches) - _ROOM
        high = max([*pitches, lead.high]) if lead else max(pitches) + _ROOM
        low = low if self._request.low_pitch is None else self._request.low_pitch
        high = high if self._request.high_pitch is None else self._request.high_pitch
        if high < LOW_PITCH or low > HIGH_PITCH or high < low:
            raise ConstraintError("The range leaves no note to choose; widen it.")
        return self._codec.vocabulary.in_range(max(low, LOW_PITCH), min(high, HIGH_PITCH))

    def _constraints(self, ground: LineGaps) -> Constraints[SoloCursor]:
        mask = LineMask(ground, self._in_range())
        qpm = self.piece.tempos[0].qpm
        tidy = (TidyBeats(qpm),)
        strength = self._request.key_strength
        if not strength:
            return Constraints((mask,), tidy, logit_bias=mask.logit_bias)
        inside = WithinScales(ChartScales(self._chart, self._bars()[1]))
        if strength >= 1:
            return Constraints((mask,), (*tidy, inside), logit_bias=mask.logit_bias)
        nats = max(np.log1p(-strength), _OUTSIDE)

        def lean(cursor: SoloCursor) -> np.ndarray | None:
            own, table = mask.logit_bias(cursor), inside(cursor)
            if table is None:
                return own
            away = np.zeros(NUM_EVENTS)
            away[FIRST_PITCH:NONE] = np.where(table[FIRST_PITCH:NONE], 0.0, nats)
            return away if own is None else away + own

        return Constraints((mask,), tidy, logit_bias=lean)

    def _written(self, cursor: SoloCursor, stays: Sequence[LineSlot], gaps: Sequence[Gap]) -> Track:
        """Return the solo with the notes of the gaps replaced; all others are the very same."""
        track, locked = self.piece.tracks[self._solo], {slot.tick for slot in stays}
        begin = tick_of(self.piece, 0.0) / TICKS_PER_BEAT
        kept = [n for i, n in enumerate(track.notes) if not any(gap.holds(i, n) for gap in gaps)]
        fresh = []
        for note in cursor.notes():
            if round(note.onset_quarter * TICKS_PER_BEAT) in locked:
                continue
            onset = note.onset_quarter - begin
            gap = next((g for g in gaps if g.start - 1e-6 <= onset < g.end), None)
            until = gap.end if gap is not None else self.end
            fresh.append(replace(note, onset_quarter=onset, duration_quarter=min(note.duration_quarter, until - onset)))
        loud = {n.onset_quarter: n.velocity for n in accented(tuple(sorted(kept + fresh)))}
        fresh = [replace(note, velocity=loud[note.onset_quarter]) for note in fresh]
        before = {note.onset_quarter: note for note in track.notes}
        same = [before[n.onset_quarter] if any(g.keep == "rhythm" for g in gaps) and n.onset_quarter in before else None
                for n in fresh]  # fmt: skip
        fresh = [n if old is None else replace(old, pitch=n.pitch) for n, old in zip(fresh, same, strict=True)]
        return replace(track, notes=tuple(kept + fresh))

    # -------------------------------------------------------------------------------------- the band

    def _runs(self, solo: Track, seed: tuple[int, ...]) -> list[tuple[Track, ...]]:
        """Return what the band plays behind the solo, several times by chance."""
        bars, qpm = self._bars()[0], self.piece.tempos[0].qpm
        chances = np.random.default_rng((*seed, 3)).integers(2**30, size=min(self._request.candidates, _RUNS)).tolist()
        behind = (self._feel(qpm), solo, self.piece.pickup_quarter)
        return [accompany(self._chart, bars, qpm, behind[0], chance, *behind[1:]) for chance in chances]

    def _feel(self, qpm: float) -> str:
        swing = self.piece.swing
        if swing < _EVEN and abs(swing - usual_swing(qpm)) > 0.01:
            return "even"
        return "ballad" if qpm < _SLOW else "swing"


def held(piece: Piece, codec: SoloCodec) -> tuple[Piece, int, tuple[Remark, ...]]:
    """Return (the piece as the style holds it, the track of the solo, what was changed).

    Where the line is one that the style can play it is the very same; tracks that are no band's are left out.

    Raises:
        CodecError: there is no note of a melody.
    """
    found = [i for i, t in enumerate(piece.tracks) if t.notes and not t.is_drum and t.name not in BAND]
    solo = found[0] if found else next((i for i, t in enumerate(piece.tracks) if t.notes and not t.is_drum), None)
    if solo is None:
        raise CodecError("There are no notes of a melody in this music; this style needs at least one.")
    notes = piece.tracks[solo].notes
    ticks = [(n.onset_quarter + (-piece.pickup_quarter) % BEATS_PER_BAR) * TICKS_PER_BEAT for n in notes]
    fits = all(abs(t - round(t)) < 1e-3 and round(t) % TICKS_PER_BEAT in PLACES for t in ticks)
    fits = fits and all(LOW_PITCH <= n.pitch <= HIGH_PITCH for n in notes)
    fits = fits and all(a.end_quarter <= b.onset_quarter + 1e-6 for a, b in zip(notes, notes[1:], strict=False))
    others = all(i == solo or t.name in BAND for i, t in enumerate(piece.tracks))
    if fits and others:
        return piece, solo, ()
    line = replace(piece, tracks=(piece.tracks[solo],))
    adapted, messages = codec.adapt(line)
    begin = (-piece.pickup_quarter) % BEATS_PER_BAR
    moved = tuple(replace(n, onset_quarter=max(snap(n.onset_quarter - begin), 0.0)) for n in adapted.tracks[0].notes)
    tracks = [t for i, t in enumerate(piece.tracks) if i != solo and t.name in BAND]
    return replace(piece, tracks=(replace(piece.tracks[solo], notes=moved), *tracks)), 0, messages


def chart_of(piece: Piece, *, but_the_end: bool = False) -> Chart:
    """Return one chorus of the chords of a piece: as they stand in it, else as they are guessed from its melody.

    Args:
        piece: with choruses apart by double bar lines; where they differ, all are one.
        but_the_end: True where the last bar may differ, as it does in a piece that ends on its tonic.
    """
    chart = written_chart(piece) or chart_of_seed(piece).chart
    double = [b.onset_quarter - piece.pickup_quarter for b in piece.barlines if b.kind == "double"]
    if not double or double[0] % chart.bar_quarters:
        return chart
    bars = round(double[0] / chart.bar_quarters)
    again = chart.bars[:bars]
    same = [bar == again[index % bars] for index, bar in enumerate(chart.bars)] if bars else [False]
    whole = all(same[:-1] if but_the_end else same)
    return replace(chart, bars=again) if whole else chart


def tick_of(piece: Piece, quarter: float) -> int:
    """Return the tick of a time of a piece: an incomplete first bar is counted as a whole one."""
    return round((quarter + (-piece.pickup_quarter) % BEATS_PER_BAR) * TICKS_PER_BEAT)


def _player(track: Track) -> str:
    return track.name if track.name in BAND else "Drums" if track.is_drum else "Bass"


def _runs(gaps: Sequence[tuple[int, int]], stays: Sequence[int]) -> list[tuple[int, int]]:
    """Return the stretches that are filled as one: those with no note that stays between them are joined."""
    runs: list[list[int]] = []
    for start, end in sorted(gaps):
        if runs and not any(runs[-1][1] <= tick < start for tick in stays):
            runs[-1][1] = max(runs[-1][1], end)
        else:
            runs.append([start, end])
    return [(start, end) for start, end in runs]


def _units(start: int, end: int, notes: Sequence[tuple[int, int]]) -> list[Unit]:
    """Return the notes of a gap whose pitches are kept, bar by bar."""
    units = []
    for bar in sorted({tick // TICKS_PER_BAR for tick, _ in notes}):
        begin, until = max(start, bar * TICKS_PER_BAR), min(end, (bar + 1) * TICKS_PER_BAR)
        own = [note for note in notes if note[0] // TICKS_PER_BAR == bar]
        room = min(np.diff([tick for tick, _ in own] + [until]).tolist())
        spacing = next((s for s in SPACINGS if s <= room), SPACINGS[-1])
        units.append(Unit(begin, until, tuple(pitch for _, pitch in own), spacing))
    return units


def _reached(tick: int) -> Callable[[SoloCursor], bool]:
    """Return the milestone that is reached at a time."""
    return lambda cursor: cursor.tick >= tick
