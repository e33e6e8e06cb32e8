"""Composing parts of a score again, any parts at any times, everything else locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from musegen.composers.fitting.chord_course import standing_chords
from musegen.composers.fitting.key_lock import locked_scale
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.seed_key import key_of
from musegen.composers.gaps import Gap
from musegen.composers.particles import Stretch, added, fill_stretch
from musegen.composers.parts.chords import ChordTrack
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.cursor import ScoreCursor
from musegen.composers.parts.frame import ScoreFrame, bars_of
from musegen.composers.parts.gap import SPACING, GapMasks, PartsGaps, PartSlot, Span, Unit
from musegen.composers.parts.grid import DURATIONS, TICKS, guitars_of
from musegen.composers.parts.limits import PartsLimits
from musegen.composers.parts.plan import MOST_UNCHANGED_BARS, closing_tones, written_loudness
from musegen.composers.parts.rows import ScoreRows, answers_of, notes_of, whole_rows
from musegen.composers.parts.seed import low_and_high
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.loop import Constraints, TakeTrace
from musegen.music import Note, Piece, snap
from musegen.music.fretboard import as_held, tuning_of, without_unheld
from musegen.music.pedalling import pedalled
from musegen.music.timing import bar_starts, end_of_bars, meter_at
from musegen.remarks import Remark, remark

CONTEXT_ROWS, CONTEXT_BARS = 10, 2
"""Notes after a gap by which its candidates are judged, and within how many bars."""

_APART = TICKS
"""Stretches nearer than this are filled as one."""
_PARTICLES, _WAYS = 4, 12
"""Fillings of a gap at most, each a whole texture, and in how many ways each goes through the last bar."""


class PartsWorkpiece(Workpiece):
    """A score made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it; a track for each part that plays.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: of several parts.
        chords: that they follow, None for none.

    Raises:
        MusegenError: the piece is no music for the style, or the range is too narrow.
    """

    def __init__(self, request: SteerRequest, style: Style[ScoreCodec], chords: ChordTrack | None = None) -> None:
        self._chords = chords
        codec: ScoreCodec = style.codec
        self._request, self._codec, self._model = request, codec, style.player
        self.piece, self._parts, self.messages = held(request.piece, codec)
        self._tunings = self._guitars_held()
        self._key = key_of(self.piece)
        self._present = tuple(part in self._parts for part in range(codec.layout.num_parts))
        starts = bar_starts(self.piece)
        self.end = snap(max(starts[-1] + meter_at(self.piece, starts[-1]).bar_quarters, self.piece.end_quarter))
        if starts[-1] == 0 and self.piece.pickup_quarter:
            self.end = self.piece.end_quarter
        self._closes = self._ends_on_tonic()
        self._standing = standing_chords(self.piece, self.end)

    def _guitars_held(self) -> dict[int, str]:
        """Leave out what no guitarist can strike together; return the tuning of each track that is a guitar's."""
        tunings, tracks, gone = {}, list(self.piece.tracks), 0
        for index, part in enumerate(self._parts):
            if part in guitars_of(self._codec.layout):
                notes = tracks[index].notes
                tunings[index] = tuning_of(notes)
                kept = without_unheld(notes, tunings[index])
                gone += len(notes) - len(kept)
                tracks[index] = replace(tracks[index], notes=kept)
        if gone:
            self.piece = replace(self.piece, tracks=tuple(tracks))
            self.messages = (*self.messages, remark("unheld_left_out", count=gone))
        return tunings

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on; what is beyond is dropped when gaps are filled."""
        self.end = end_of_bars(self.piece, num_bars)
        self._closes = True

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, stretch after stretch.

        Args:
            gaps: sorted; those of one track apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        frame = self._frame(gaps)
        ground = self._gaps(gaps, frame)
        masks = GapMasks(self._codec.layout, self._limits(frame, gaps), ground)
        stays = rows_of_slots(ground.slots)
        constraints = self._constraints(masks)
        past = Branches(self._model, [self._codec.cursor(frame)])
        trace, joins, heard = TakeTrace(), [], 0
        runs = stretches([(_tick(g.start), _tick(g.end)) for g in gaps], [s.tick for s in ground.slots if not s.free])
        for number, (start, end) in enumerate(runs):
            known = stays.take(slice(heard, int(np.searchsorted(stays.tick, start))))
            past.hear([self._events(known, past.cursors[0].now)])
            stop = runs[number + 1][0] if number + 1 < len(runs) else _tick(self.end)
            stretch = self._stretch(frame, stays, start, end, stop)
            filled = fill_stretch(past, stretch, sampling_settings(self._request), constraints, (*seed, number),
                                  cancelled)  # fmt: skip
            past, trace = filled.branch, added(trace, filled.trace)
            joins.append(filled.joins)
            heard = int(np.searchsorted(stays.tick, end)) + 1
        return Filling(self._written(past.cursors[0], ground, gaps), trace, tuple(joins))

    # -------------------------------------------------------------------------------------- what the network is told

    def _frame(self, gaps: Sequence[Gap]) -> ScoreFrame:
        """Return what the network is told: bars, key, length, and the highest part where it stays as it is."""
        bars = bars_of(self.piece, _tick(self.end) + 4 * TICKS)
        keys = self.piece.key_signatures or (self._key,)
        last = int(bars.index(_tick(self.end) - 1))
        top = self._present.index(True)
        lead = None
        if len(self._parts) > 1 and not any(self._parts[gap.track] == top for gap in gaps):
            rows = self._rows()
            lead = rows.take((rows.part == top) & (rows.tick < _tick(self.end)))
        return ScoreFrame(
            bars,
            np.array([0, *(_tick(key.onset_quarter) for key in keys[1:])]),
            np.array([key_index(key) for key in keys]),
            last,
            own=True,
            memory=True,
            present=np.array(self._present),
            lead=lead if lead is not None and len(lead) else None,
            most_unchanged_bars=MOST_UNCHANGED_BARS,
            chords=self._chords,
        )

    def _rows(self) -> ScoreRows:
        """Return the notes of the piece, all of them, in order."""
        tracks = [replace(self.piece.tracks[0], notes=())] * self._codec.layout.num_parts
        for part, track in zip(self._parts, self.piece.tracks, strict=True):
            tracks[part] = track
        return notes_of(replace(self.piece, tracks=tuple(tracks)), self._codec.layout)[0]

    def _events(self, rows: ScoreRows, since: int) -> list[int]:
        layout = self._codec.layout
        whole = whole_rows(rows, layout, ended=False, since=since)
        return self._codec.to_events(answers_of(whole, layout, since)).tolist() if len(whole) else []

    def _stretch(self, frame: ScoreFrame, stays: ScoreRows, start: int, end: int, stop: int) -> Stretch[ScoreCursor]:
        """Return a stretch that ends with the first note that stays after it, or with the music."""
        after = int(np.searchsorted(stays.tick, end))
        bar = int(frame.bars.length[frame.bars.index(start)])
        half = max(bar // 2, 1)
        milestones = [_reached(at) for at in range(start + half, end - half, half)]
        count = min(self._request.candidates, _PARTICLES)
        if after == len(stays):
            milestones.append(lambda c: False)  # on to the end
            return Stretch(milestones, (), count if np.any(stays.tick >= start) else 1)
        place = (int(stays.tick[after]), int(stays.part[after]))
        milestones.append(lambda c: (c.now, c.last_part) >= place)
        until = min(stop, place[0] + CONTEXT_BARS * bar)
        future = stays.take(slice(after + 1, min(int(np.searchsorted(stays.tick, until)), after + 1 + CONTEXT_ROWS)))
        events = self._events(future, place[0])
        return Stretch(milestones, events, count, _WAYS if count > 1 else 1)

    # -------------------------------------------------------------------------------------- what may be drawn

    def _gaps(self, gaps: Sequence[Gap], frame: ScoreFrame) -> PartsGaps:
        """Return what must come and what may."""
        rows = self._rows()
        rows = rows.take(rows.tick < _tick(self.end))
        ticks = {part: [_tick(n.onset_quarter) for n in self.piece.tracks[t].notes]
                 for t, part in enumerate(self._parts)}  # fmt: skip
        slots, units, spans = [], [], []
        places = list(zip(rows.tick.tolist(), rows.part.tolist(), rows.pitch.tolist(), rows.duration.tolist(),
                          rows.velocity.tolist(), strict=True))  # fmt: skip
        again: dict[int, Gap] = {}
        for gap in gaps:
            part, start, end = self._parts[gap.track], _tick(gap.start), _tick(gap.end)
            among = {(ticks[part][i], self.piece.tracks[gap.track].notes[i].pitch) for i in gap.notes}
            mine = [i for i, (tick, p, pitch, *_) in enumerate(places)
                    if p == part and start <= tick < end and (not among or (tick, pitch) in among)]  # fmt: skip
            again |= dict.fromkeys(mine, gap)
            if gap.keep == "pitches":
                units += _units(part, start, end, [places[i] for i in mine], frame)
            elif not gap.keep:
                most = self._codec.layout.parts[part].most
                spans.append(Span(part, start, end, end if most <= 2 else _tick(self.end)))
        for index, place in enumerate(places):
            anew_in = again.get(index)
            if anew_in is None:
                slots.append(PartSlot(*place))
            elif anew_in.keep == "rhythm":
                slots.append(PartSlot(*place, free=True, near_semitones=anew_in.near_semitones))
        anew = self._all_close_anew(gaps)
        if self._closes and not anew:
            spans = self._closing_alone(slots, spans, places)
        return PartsGaps(sorted(slots, key=lambda s: (s.tick, s.part, -s.pitch)), units, spans, anew)

    def _closing_alone(self, slots: list[PartSlot], spans: Sequence[Span], places: Sequence[tuple]) -> list[Span]:
        """Let parts that are free at the end, others not, hold a note throughout the last bar; return their spans."""
        last, end = _tick(self._last_bar()), _tick(self.end)
        length = int(np.searchsorted(DURATIONS, end - last, side="right")) - 1
        kept = []
        for span in spans:
            if span.start <= last < span.end == end:
                mine = [place for place in places if place[1] == span.part]
                _, _, pitch, _, velocity = mine[-1] if mine else (0, 0, self._codec.layout.parts[span.part].low, 0, 3)
                slots.append(PartSlot(last, span.part, pitch, length, velocity, free=True))
                span = replace(span, end=last)
            kept.append(span)
        return kept

    def _all_close_anew(self, gaps: Sequence[Gap]) -> bool:
        """Return whether the last chord is struck anew by all that play."""
        start = self._last_bar()
        free = {gap.track for gap in gaps if not gap.keep and gap.end >= self.end and gap.start <= start}
        return self._closes and len(free) == len(self.piece.tracks)

    def _last_bar(self) -> float:
        """Return where the last bar begins, in quarters."""
        return bar_starts(self.piece, self.end)[-1]

    def _limits(self, frame: ScoreFrame, gaps: Sequence[Gap]) -> PartsLimits:
        layout, end = self._codec.layout, _tick(self.end)
        close = max([_tick(self._last_bar()), *(_tick(g.start) for g in gaps if g.end >= self.end)])
        closing = closing_tones(self._key, self._present, layout) if self._closes else (frozenset(),) * layout.num_parts
        ranges = tuple(
            (low, high) if self._request.low_pitch is not None and self._request.high_pitch is not None
            else self._as_played(part, low, high)
            for part, (low, high) in enumerate(low_and_high(self._request, layout, self._present))
        )  # fmt: skip
        anew = self._all_close_anew(gaps)
        locked = self._scale() if self._request.key_strength == 1 else frozenset()
        tuning = "drop-D" if "drop-D" in self._tunings.values() else "standard"
        return PartsLimits(ranges, close if anew else 10 * end, end, closing, locked=locked, tuning=tuning,
                           chords=None if layout.chords else self._standing)  # fmt: skip

    def _as_played(self, part: int, low: int, high: int) -> tuple[int, int]:
        """Return a range widened to what a part plays in the piece, where no limit was asked for."""
        pitches = [n.pitch for t, p in enumerate(self._parts) if p == part for n in self.piece.tracks[t].notes]
        own = self._codec.layout.parts[part]
        if self._request.low_pitch is None:
            low = max(min([low, *pitches]), own.low)
        if self._request.high_pitch is None:
            high = min(max([high, *pitches]), own.high)
        return low, high

    def _scale(self) -> frozenset[int]:
        heard = {(n.pitch - self._key.tonic) % 12 for track in self.piece.tracks for n in track.notes}
        return locked_scale(self._key, heard, leading=True)

    def _constraints(self, masks: GapMasks) -> Constraints[ScoreCursor]:
        in_scale = self._codec.vocabulary.in_scale(self._scale()) if self._request.key_strength else None
        return Constraints((masks.mask,), (masks.no_waiting,), in_scale, logit_bias=masks.leaning)

    def _ends_on_tonic(self) -> bool:
        last = [track.notes[-1].pitch for track in self.piece.tracks if track.notes]
        return bool(last) and min(last) % 12 == self._key.tonic

    # -------------------------------------------------------------------------------------- the result

    def _written(self, cursor: ScoreCursor, ground: PartsGaps, gaps: Sequence[Gap]) -> Piece:
        """Return the piece with the notes of the gaps replaced; all others are the very same."""
        stays = {(slot.tick, slot.part, slot.pitch) for slot in ground.slots if not slot.free}
        made = self._codec.piece_of(cursor.rows(), self.piece)
        tracks = []
        for index, (part, track) in enumerate(zip(self._parts, self.piece.tracks, strict=True)):
            own = [gap for gap in gaps if gap.track == index]
            kept = [n for i, n in enumerate(track.notes)
                    if n.onset_quarter < self.end and not any(gap.holds(i, n) for gap in own)]  # fmt: skip
            fresh = [n for n in made.tracks[part].notes if (_tick(n.onset_quarter), part, n.pitch) not in stays]
            notes = tuple(kept + self._loud(fresh, track.notes, own, made))
            if index in self._tunings:
                playable = as_held(notes, self._tunings[index], set(kept))
                if len(playable) < len(notes):
                    self.messages = (*self.messages, remark("unheld_left_out", count=len(notes) - len(playable)))
                notes = playable
            tracks.append(replace(track, notes=notes))
        piece = replace(self.piece, tracks=tuple(tracks), barlines=barlines_to(self.piece, self.end))
        return _with_pedal(piece, self.piece, gaps) if any(track.pedals for track in tracks) else piece

    def _loud(self, fresh: list[Note], old: Sequence[Note], gaps: Sequence[Gap], made: Piece) -> list[Note]:
        """Return new notes as loud as they are played: as the old ones where these keep their rhythm."""
        starts = bar_starts(made)
        before = {note.onset_quarter: note.velocity for note in old}
        kept = [(gap.start, gap.end) for gap in gaps if gap.keep == "rhythm"]
        result = []
        for note in fresh:
            if any(start <= note.onset_quarter < end for start, end in kept):
                result.append(replace(note, velocity=before.get(note.onset_quarter, note.velocity)))
            elif self._codec.layout.dynamics:
                result.append(note)
            else:
                result.append(replace(note, velocity=written_loudness(made, starts, note)))
        return result


def held(piece: Piece, codec: ScoreCodec) -> tuple[Piece, tuple[int, ...], tuple[Remark, ...]]:
    """Return (the piece as the style holds it, the part of each of its tracks, what was changed).

    Where the parts can play the piece as it is, it is the very same.

    Raises:
        CodecError: there are no pitched notes.
    """
    adapted, messages = codec.adapt(piece)
    names = [part.name for part in codec.layout.parts]
    found = [names.index(track.name) if track.name in names else -1 for track in piece.tracks]
    if -1 not in found and len(set(found)) == len(found):
        same = all([_plain(n) for n in adapted.tracks[part].notes] == [_plain(n) for n in track.notes]
                   for part, track in zip(found, piece.tracks, strict=True))  # fmt: skip
        if same:
            return piece, tuple(found), ()
    playing = [part for part, track in enumerate(adapted.tracks) if track.notes]
    pedals = tuple(pedal for track in piece.tracks for pedal in track.pedals)
    tracks = tuple(replace(adapted.tracks[part], pedals=pedals) for part in playing)
    return (
        replace(adapted, tracks=tracks, title=piece.title, composer=piece.composer, barlines=piece.barlines),
        tuple(playing),
        messages,
    )


def stretches(gaps: Sequence[tuple[int, int]], stays: Sequence[int]) -> list[tuple[int, int]]:
    """Return the stretches [start, end) that are filled as one: those that overlap, are near, or with nothing between.

    Args:
        gaps: [start, end) of each, in ticks.
        stays: ticks of the notes that stay as they are, ascending.
    """
    runs: list[list[int]] = []
    for start, end in sorted(gaps):
        if runs:
            between = [tick for tick in stays if runs[-1][1] <= tick < start]
            if start < runs[-1][1] + _APART or not between:
                runs[-1][1] = max(runs[-1][1], end)
                continue
        runs.append([start, end])
    return [(start, end) for start, end in runs]


def rows_of_slots(slots: Sequence[PartSlot]) -> ScoreRows:
    """Return the notes that stay as they are, as rows."""
    fixed = [slot for slot in slots if not slot.free]
    table = np.array([(s.tick, s.part, s.pitch, s.duration, s.velocity) for s in fixed], np.int64).reshape(-1, 5)
    return ScoreRows(*table.T)


def _units(
    part: int, start: int, end: int, notes: Sequence[tuple[int, int, int, int, int]], frame: ScoreFrame
) -> list[Unit]:
    """Return the chords of a gap whose pitches are kept, bar by bar."""
    units = []
    for bar, group in groupby(notes, key=lambda note: int(frame.bars.index(note[0]))):
        own = list(group)
        begin = max(start, int(frame.bars.start[bar]))
        until = min(end, int(frame.bars.start[bar] + frame.bars.length[bar]))
        chords = [tuple(note[2] for note in chord) for _, chord in groupby(own, key=lambda note: note[0])]
        onsets = sorted({note[0] for note in own})
        nearest = min(np.diff([*onsets, until]).tolist())
        spacing = max(min(SPACING, nearest, (until - begin) // len(chords)), 1)
        units.append(Unit(part, begin, until, tuple(chords), spacing))
    return units


def _with_pedal(piece: Piece, before: Piece, gaps: Sequence[Gap]) -> Piece:
    """Return the piece with the pedal of what is new about the gaps; elsewhere it stays as it was."""
    start, end = min(gap.start for gap in gaps), max(gap.end for gap in gaps)
    old = next(track.pedals for track in before.tracks if track.pedals)
    kept = [(down, up) for down, up in old if up <= start or (down >= end and down < piece.end_quarter)]
    new = [(down, up) for down, up in pedalled(piece) if up > start and down < end]
    new = [(down, up) for down, up in new if not any(a < up and down < b for a, b in kept)]
    pedals = tuple(sorted(kept + new))
    return replace(piece, tracks=tuple(replace(track, pedals=pedals) for track in piece.tracks))


def _tick(quarter: float) -> int:
    return round(quarter * TICKS)


def _plain(note: Note) -> tuple[float, int, float]:
    return note.onset_quarter, note.pitch, note.duration_quarter


def _reached(tick: int) -> Callable[[ScoreCursor], bool]:
    """Return the milestone that is reached at a time."""
    return lambda cursor: cursor.now >= tick
