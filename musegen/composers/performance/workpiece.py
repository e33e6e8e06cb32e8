"""Playing parts of a performance again, everything else locked to the millisecond."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale
from musegen.composers.gaps import Gap
from musegen.composers.particles import Stretch, added, fill_stretch
from musegen.composers.performance.codec import PerformanceCodec
from musegen.composers.performance.constraints import PerformanceLimits
from musegen.composers.performance.gap import GapCursor, GapMask, PlayedGaps, RowSlot, Span
from musegen.composers.performance.grid import (
    DURATION_MS,
    END,
    HIGH_PITCH,
    LOW_PITCH,
    NUM_KEYS,
    PEDAL_DOWN,
    PEDAL_UP,
    STEP_MS,
    WHAT,
)
from musegen.composers.performance.plan import TOLD_MS, asks_for_time, heard_key, pitch_range
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.loop import Constraints, TakeTrace
from musegen.errors import CodecError
from musegen.music import Note, Piece, Track, snap
from musegen.music.beat_map import going_on
from musegen.music.performance import Performance, performance_of, without_overlaps
from musegen.music.timing import (
    bar_starts,
    end_of_bars,
    meter_at,
    quarter_to_seconds,
    quarters_to_seconds,
    seconds_to_quarter,
)
from musegen.music.transform import main_key
from musegen.remarks import Remark

CONTEXT_ROWS = 24
"""Rows after a gap by which its candidates are judged."""

_PARTICLES, _WAYS = 4, 8
"""Fillings of a gap at most, and in how many ways each goes through its last part."""
_MILESTONE_MS = 1500.0
_SAME = 1e-3
"""The pull of a note that keeps its pitch and its time: the last of a piece whose pitches are kept."""


class PerformanceWorkpiece(Workpiece):
    """A performance made ready to be played again in parts.

    Attributes:
        piece: one track of a piano with bars; what stays keeps its time to the millisecond.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: that plays in its own time.

    Raises:
        MusegenError: the piece is no music for the style.
    """

    def __init__(self, request: SteerRequest, style: Style[PerformanceCodec]) -> None:
        self._request, self._codec, self._model = request, style.codec, style.player
        self.piece, self.messages = held(request.piece, style.codec)
        last = bar_starts(self.piece)[-1]
        self.end = snap(max(last + meter_at(self.piece, last).bar_quarters, self.piece.end_quarter))
        self._key = main_key(self.piece) or heard_key(self.piece)

    def lengthen(self, num_bars: int) -> None:
        """Let the music be about `num_bars` bars long from now on; what is beyond is dropped when gaps are filled."""
        self.end = end_of_bars(self.piece, num_bars)

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, stretch after stretch.

        Args:
            gaps: sorted, apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        rows = PlayedRows(self.piece, self._codec)
        ground = self._gaps(rows, gaps)
        mask = GapMask(ground, self._codec.vocabulary.in_range(*pitch_range(self._request)))
        constraints = self._constraints(mask)
        cursor = GapCursor(ground, ground.course.planned_ms, TOLD_MS)
        past = Branches(self._model, [cursor])
        trace, joins = TakeTrace(), []
        spans = runs_of([self._span(rows, gap) for gap in gaps], [s.time_ms for s in ground.slots if not s.free])
        for number, (start, end) in enumerate(spans):
            done = past.cursors[0].slots_done
            known = [slot for slot in ground.slots[done:] if slot.time_ms < start - 1e-6]
            past.hear([self._heard(past.cursors[0], known)])
            stop = spans[number + 1][0] if number + 1 < len(spans) else np.inf
            filled = fill_stretch(past, self._stretch(ground, start, end, stop), sampling_settings(self._request),
                                  constraints, (*seed, number), cancelled)  # fmt: skip
            past, trace = filled.branch, added(trace, filled.trace)
            joins.append(filled.joins)
        return Filling(self._written(past.cursors[0], rows, ground, gaps), trace, tuple(joins))

    def _span(self, rows: "PlayedRows", gap: Gap) -> tuple[float, float]:
        """Return the time of a gap, in milliseconds from the first row."""
        start, end = (quarter_to_seconds(self.piece, q) * 1000 - rows.begin_ms for q in (gap.start, gap.end))
        return max(start, 0.0), end

    def _gaps(self, rows: "PlayedRows", gaps: Sequence[Gap]) -> PlayedGaps:
        """Return what must come and what may."""
        notes, end = self.piece.tracks[0].notes, self._ms(self.end) - rows.begin_ms
        times = [(gap, *self._span(rows, gap)) for gap in gaps]
        slots, spans, before, pedal = [], [], False, False
        keys: dict[int, list[int]] = {id(gap): [] for gap in gaps}
        final = max(index for index, note in enumerate(rows.notes) if note is not None)
        for index, (time, row) in enumerate(zip(rows.times, rows.answers, strict=True)):
            note = rows.notes[index]
            if note is not None:
                gap = next((g for g in gaps if g.holds(note, notes[note])), None)
                begun = notes[note].onset_quarter < self.end
            else:
                gap = next((g for g, a, b in times if not g.keep and a <= time < b), None)
                begun = time < end
            last = index == final and gap is not None and gap.keep == "pitches"
            if gap is not None and gap.keep == "pitches" and not last:
                keys[id(gap)].append(int(row[WHAT]))
            stays = begun and (gap is None or gap.keep == "rhythm" or last)
            if stays:
                near = _SAME if last else gap.near_semitones if gap is not None else 0.0
                answers = (int(row[0]), int(row[1]), int(row[2]), int(row[3]))
                slots.append(RowSlot(time, answers, before, pedal, free=gap is not None, near_semitones=near))
            before = stays
            pedal = row[WHAT] == PEDAL_DOWN if row[WHAT] in (PEDAL_DOWN, PEDAL_UP) else pedal
        for gap, start, stop in times:
            if gap.keep == "pitches":
                spans.append(Span(start, stop, tuple(keys[id(gap)])))
            elif not gap.keep:
                spans.append(Span(start, stop))
        closes = any(not gap.keep and gap.end >= self.end for gap in gaps)
        given = sum(slot.time_ms < max((s.start_ms for s in spans), default=0.0) for slot in slots) if closes else 0
        in_range = self._codec.vocabulary.in_range(*pitch_range(self._request))
        course = PerformanceLimits(end, in_range, given, key=(self._key.tonic, self._key.mode))
        return PlayedGaps(slots, spans, course, closes)

    def _ms(self, quarter: float) -> float:
        return quarter_to_seconds(self.piece, quarter) * 1000

    def _constraints(self, mask: GapMask) -> Constraints[GapCursor]:
        in_scale = None
        if self._request.key_strength:
            heard = {(note.pitch - self._key.tonic) % 12 for note in self.piece.tracks[0].notes}
            in_scale = self._codec.vocabulary.in_scale(locked_scale(self._key, heard))
        return Constraints(
            (mask,), (mask.last_chord,), in_scale, logit_bias=mask.logit_bias, as_learned=asks_for_time
        )  # fmt: skip

    def _stretch(self, ground: PlayedGaps, start: float, end: float, stop: float) -> Stretch[GapCursor]:
        """Return a stretch that ends with the first row that stays after it, or with the music."""
        after = next((i for i, s in enumerate(ground.slots) if not s.free and s.time_ms >= end - 1e-6), None)
        places = np.arange(start + _MILESTONE_MS, end - _MILESTONE_MS, _MILESTONE_MS).tolist()
        milestones = [_reached(at) for at in places]
        count = min(self._request.candidates, _PARTICLES)
        if after is None:
            return Stretch([*milestones, lambda c: c.slot is None and not ground.closes], (), 1)
        milestones.append(lambda c: c.slots_done > after)
        future = [slot for slot in ground.slots[after + 1 :][:CONTEXT_ROWS] if slot.time_ms < stop and slot.follows]
        events = PerformanceCodec.to_events(np.array([slot.row for slot in future]).reshape(-1, 4)).tolist()
        return Stretch(milestones, events, count, _WAYS if count > 1 else 1)

    def _heard(self, cursor: GapCursor, slots: Sequence[RowSlot]) -> list[int]:
        """Return the events of rows that stay, as they are heard after what a cursor has heard."""
        trial, events = cursor.copy(), []
        for slot in slots:
            row = (trial.slot_step(), *slot.row[1:])
            for event in PerformanceCodec.to_events(np.array([row])).tolist():
                trial.push(event)
                events.append(event)
        return events

    # -------------------------------------------------------------------------------------- the result

    def _written(self, cursor: GapCursor, rows: "PlayedRows", ground: PlayedGaps, gaps: Sequence[Gap]) -> Piece:
        """Return the piece with what is played in the gaps; all other notes are the very same."""
        track, made = self.piece.tracks[0], played_between(cursor)
        kept = [n for i, n in enumerate(track.notes)
                if n.onset_quarter < self.end and not any(gap.holds(i, n) for gap in gaps)]  # fmt: skip
        onset = made.onset_ms + rows.begin_ms
        closing = min((gap.start for gap in gaps if ground.closes and not gap.keep and gap.end >= self.end),
                      default=np.inf)  # fmt: skip
        inside = onset < self._ms(closing) - 1e-6 if closing < np.inf else np.ones(len(onset), bool)
        fresh = self._placed(made, rows.begin_ms, inside, gaps)
        pedals = self._pedals(made.pedal_ms + rows.begin_ms, gaps)
        notes = tuple(sorted(kept + fresh))
        piece = replace(self.piece, tracks=(replace(track, notes=notes, pedals=pedals),),
                        barlines=barlines_to(self.piece, self.end))  # fmt: skip
        if inside.all():
            return piece
        return self._gone_on(piece, made, ~inside, rows.begin_ms)

    def _placed(self, made: Performance, begin_ms: float, which: np.ndarray, gaps: Sequence[Gap]) -> list[Note]:
        """Return what was played as notes of the piece, in the bars that are there."""
        fresh = []
        for time, length, pitch, velocity in zip(
            made.onset_ms[which], made.duration_ms[which], made.pitch[which], made.velocity[which], strict=True
        ):
            start = seconds_to_quarter(self.piece, (time + begin_ms) / 1000)
            stop = seconds_to_quarter(self.piece, (time + begin_ms + length) / 1000)
            gap = min(
                gaps, key=lambda g: 0.0 if g.start <= start < g.end else min(abs(g.start - start), abs(g.end - start))
            )
            start = min(max(start, gap.start), np.nextafter(gap.end, 0.0))
            fresh.append(Note(float(start), int(pitch), float(max(stop - start, 1e-3)), int(velocity)))
        kept = [(g.start, g.end) for g in gaps if g.keep == "rhythm"]
        if not kept:
            return fresh
        rhythm = [n for i, n in enumerate(self.piece.tracks[0].notes)
                  if any(g.keep == "rhythm" and g.holds(i, n) for g in gaps)]  # fmt: skip
        others = [n for n in fresh if not any(a <= n.onset_quarter < b for a, b in kept)]
        again = [n for n in fresh if any(a <= n.onset_quarter < b for a, b in kept)]
        return others + _in_rhythm(again, rhythm)

    def _pedals(self, made_ms: np.ndarray, gaps: Sequence[Gap]) -> tuple[tuple[float, float], ...]:
        """Return the pedal: as it was outside what was played freely, as it is played inside."""
        free = [(self._ms(g.start), self._ms(g.end)) for g in gaps if not g.keep]
        if not free:
            return self.piece.tracks[0].pedals
        old = self.piece.tracks[0].pedals
        old_ms = quarters_to_seconds(self.piece, np.array(old).reshape(-1)).reshape(-1, 2) * 1000
        kept = [press for press, (a, b) in zip(old, old_ms, strict=True)
                if not any(a < end and b > start for start, end in free)]  # fmt: skip
        fresh = [(down, up) for down, up in made_ms if any(down < end and up > start for start, end in free)]
        placed = [(seconds_to_quarter(self.piece, down / 1000), seconds_to_quarter(self.piece, up / 1000))
                  for down, up in without_overlaps(np.array(fresh).reshape(-1, 2)).tolist()]  # fmt: skip
        clear = [press for press in placed if press[1] > press[0]]
        return tuple(sorted([*kept, *clear]))

    def _gone_on(self, piece: Piece, made: Performance, which: np.ndarray, begin_ms: float) -> Piece:
        """Return a piece that goes on with what was played after all that stays; new bars follow its beat."""
        played = performance_of(piece)
        seam = float(played.onset_ms[-1])
        pedals = made.pedal_ms + begin_ms
        fresh = Performance(
            np.maximum(made.onset_ms[which] + begin_ms, seam + 20.0),
            made.duration_ms[which],
            made.pitch[which],
            made.velocity[which],
            pedals[pedals[:, 1] > seam],
        )
        cut = tuple(press for press in piece.tracks[0].pedals if self._ms(press[1]) <= seam + 1)
        given = replace(piece, tracks=(replace(piece.tracks[0], pedals=cut),), barlines=())
        return going_on(given, fresh, seam)[0]


class PlayedRows:
    """A performance as rows, each with the note that it is.

    Attributes:
        answers: (R, 4), the end left out.
        times: milliseconds from the first row, as the rows count them.
        begin_ms: of the first row.
        notes: index of the note of each row in the track, None for the pedal.

    Args:
        piece: one track.
        codec: of the style.
    """

    def __init__(self, piece: Piece, codec: PerformanceCodec) -> None:
        answers = codec.answers(piece).astype(int)
        self.answers = answers[answers[:, WHAT] != END]
        steps = STEP_MS[self.answers[:, 0]]
        steps[0] = 0.0
        self.times = np.cumsum(steps).tolist()
        own = piece.tracks[0].notes
        onset = np.round(quarters_to_seconds(piece, np.array([n.onset_quarter for n in own])) * 1000)
        pedals = np.round(
            quarters_to_seconds(piece, np.array([p[0] for p in piece.tracks[0].pedals] or [np.inf])) * 1000
        )
        first = float(onset.min())
        self.begin_ms = min(first, float(pedals.min())) if self.answers[0, WHAT] == PEDAL_DOWN else first
        by_key: dict[int, list[int]] = {}
        for index, note in enumerate(own):
            by_key.setdefault(note.pitch - LOW_PITCH, []).append(index)
        self.notes: list[int | None] = []
        for time, what in zip(self.times, self.answers[:, WHAT].tolist(), strict=True):
            mine = by_key.get(what, [])
            if what >= NUM_KEYS or not mine:
                self.notes.append(None)
                continue
            best = min(mine, key=lambda i: abs(onset[i] - self.begin_ms - time))
            mine.remove(best)
            self.notes.append(best)


def played_between(cursor: GapCursor) -> Performance:
    """Return what was played beside the slots, in milliseconds from the first row, with the whole pedal.

    Slots that got another key are among it.
    """
    trial = GapCursor(cursor.gaps, cursor.length_ms or 0.0, cursor.told_ms)
    notes, presses, down = [], [], None
    for row in cursor.answers.tolist():
        slot, was = trial.slot, trial.slots_done
        for event in PerformanceCodec.to_events(np.array([row])).tolist():
            trial.push(event)
        filled = slot if trial.slots_done > was else None
        time = trial.time_ms if filled is None else filled.time_ms
        if row[WHAT] < NUM_KEYS and (filled is None or filled.free):
            notes.append((time, float(DURATION_MS[row[2]]), row[WHAT] + LOW_PITCH, row[3] * 4 + 2))
        elif row[WHAT] == PEDAL_DOWN:
            down = time
        elif row[WHAT] == PEDAL_UP and down is not None:
            presses.append((down, time))
            down = None
    if down is not None:
        presses.append((down, trial.time_ms + 400.0))
    table = np.array(notes, float).reshape(-1, 4)
    return Performance(table[:, 0], table[:, 1], table[:, 2].astype(int), table[:, 3].astype(int),
                       np.array(presses, float).reshape(-1, 2))  # fmt: skip


def held(piece: Piece, codec: PerformanceCodec) -> tuple[Piece, tuple[Remark, ...]]:
    """Return (the piece as one pianist plays it, what was changed); one track of a piano is the very same.

    Raises:
        CodecError: it has no notes that a piano has.
    """
    tracks = [track for track in piece.tracks if track.notes and not track.is_drum]
    inside = all(LOW_PITCH <= n.pitch <= HIGH_PITCH for track in tracks for n in track.notes)
    if len(tracks) == len(piece.tracks) == 1 and inside:
        return piece, ()
    messages = codec.adapt(piece)[1]
    notes = sorted({n for track in tracks for n in track.notes if LOW_PITCH <= n.pitch <= HIGH_PITCH})
    if not notes:
        raise CodecError("There are no notes of a piano in this music; this style needs at least one.")
    pedals = tuple(sorted({press for track in tracks for press in track.pedals}))
    return replace(piece, tracks=(Track(tuple(notes), 0, False, "Piano", pedals=pedals),)), messages


def runs_of(gaps: Sequence[tuple[float, float]], stays: Sequence[float]) -> list[tuple[float, float]]:
    """Return the stretches that are filled as one: those with nothing that stays between them are joined."""
    runs: list[list[float]] = []
    for start, end in sorted(gaps):
        if runs and not any(runs[-1][1] - 1e-6 <= time < start for time in stays):
            runs[-1][1] = max(runs[-1][1], end)
        else:
            runs.append([start, end])
    return [(start, end) for start, end in runs]


def _in_rhythm(fresh: Sequence[Note], old: Sequence[Note]) -> list[Note]:
    """Return the old notes with the pitches of new ones, in their order in time."""
    new = sorted(fresh, key=lambda n: n.onset_quarter)
    return [replace(before, pitch=note.pitch) for before, note in zip(sorted(old), new, strict=False)]


def _reached(time_ms: float) -> Callable[[GapCursor], bool]:
    """Return the milestone that is reached at a time."""
    return lambda cursor: cursor.time_ms >= time_ms
