"""Composing parts of a piano piece again, either hand at any times, everything else locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale
from musegen.composers.fitting.key_numbers import key_index
from musegen.composers.fitting.seed_key import key_of
from musegen.composers.gaps import Gap
from musegen.composers.lattice.codec import LatticeCodec
from musegen.composers.lattice.gap import GapRules, PlacedNote
from musegen.composers.lattice.grid import LOW_PITCH, METERS, STEP_QUARTER, LatticeGrid, notes_of
from musegen.composers.lattice.plan import loud, low_and_high, triad_of
from musegen.composers.lattice.reading import NUM_EVENTS, LatticeCursor, LatticePlan, events_of
from musegen.composers.lattice.rules import KINDS, CloseOn, no_drone, playable
from musegen.composers.particles import Stretch, added, fill_stretch
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.loop import Constraints, Mask, TakeTrace
from musegen.music import Note, Piece, snap
from musegen.music.timing import bar_starts, end_of_bars, meter_at

CONTEXT_STEPS = 8
"""Sixteenths after a gap by which its candidates are judged."""
_PARTICLES = 6
"""Fillings of a gap at most."""


class LatticeWorkpiece(Workpiece):
    """A piano piece made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it, a track for each hand.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: of the lattice's kind.

    Raises:
        MusegenError: the piece is no music for the style, or the range is too narrow.
    """

    def __init__(self, request: SteerRequest, style: Style[LatticeCodec]) -> None:
        self._request, self._codec, self._model = request, style.codec, style.player
        held, messages = style.codec.held(request.piece)
        own = request.piece
        if _same(held, own):
            self.piece, self.messages = own, ()
        else:
            self.piece = replace(held, barlines=own.barlines, tempos=own.tempos, title=own.title, composer=own.composer)
            self.messages = messages
        self._key = key_of(self.piece)
        starts = bar_starts(self.piece)
        self.end = snap(max(starts[-1] + meter_at(self.piece, starts[-1]).bar_quarters, self.piece.end_quarter))
        if starts[-1] == 0 and self.piece.pickup_quarter:
            self.end = self.piece.end_quarter
        last = [note.pitch for track in self.piece.tracks for note in track.notes
                if note.end_quarter >= self.piece.end_quarter - 1e-6]  # fmt: skip
        self._closes = bool(last) and min(last) % 12 == self._key.tonic

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on; what is beyond is dropped when gaps are filled."""
        self.end = end_of_bars(self.piece, num_bars)
        self._closes = True

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, stretch after stretch.

        Args:
            gaps: sorted; those of one hand apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        grid, num_steps = self._grid(), _step(self.end)
        rules = self._rules(gaps, grid, num_steps)
        plan = LatticePlan(grid, num_steps, -(-(num_steps - grid.pickup) // grid.bar_steps), open_end=True)
        constraints = self._constraints(rules, gaps, grid, num_steps)
        past = Branches(self._model, [LatticeCursor(plan)])
        trace, joins = TakeTrace(), []
        for number, (start, end) in enumerate(rules.runs):
            past.hear([events_of(rules.fixed[past.cursors[0].step : start]).tolist()])
            stop = rules.runs[number + 1][0] if number + 1 < len(rules.runs) else num_steps
            future = events_of(rules.fixed[end : min(end + CONTEXT_STEPS, stop)]).tolist()
            stretch = self._stretch(start, end, grid.bar_steps, future)
            filled = fill_stretch(past, stretch, sampling_settings(self._request), constraints, (*seed, number),
                                  cancelled)  # fmt: skip
            past, trace = filled.branch, added(trace, filled.trace)
            joins.append(filled.joins)
        keys = rules.fixed.copy()
        keys[: past.cursors[0].step] = past.cursors[0].keys[: past.cursors[0].step]
        return Filling(self._written(keys, rules, gaps), trace, tuple(joins))

    # -------------------------------------------------------------------------------------- what is asked

    def _grid(self) -> LatticeGrid:
        """Return the meter, pickup and key of the piece; no sixteenths."""
        meter = self.piece.time_signatures[0]
        index = METERS.index((meter.numerator, meter.denominator))
        return LatticeGrid(np.zeros((0, 88), np.int8), index, _step(self.piece.pickup_quarter), key_index(self._key))

    def _rules(self, gaps: Sequence[Gap], grid: LatticeGrid, num_steps: int) -> GapRules:
        notes = []
        for hand, track in enumerate(self.piece.tracks):
            for index, note in enumerate(track.notes):
                start, end = _step(note.onset_quarter), min(_step(note.end_quarter), num_steps)
                if start < num_steps:
                    gap = next((g for g in gaps if g.track == hand and g.holds(index, note)), None)
                    notes.append(PlacedNote(start, end, note.pitch - LOW_PITCH, hand, gap))
        bar = np.maximum(np.arange(num_steps) - grid.pickup, -1) // grid.bar_steps
        low, high = low_and_high(self._request.low_pitch, self._request.high_pitch)
        return GapRules(sorted(notes, key=lambda n: (n.start, n.key)), list(gaps), num_steps, bar,
                        low - LOW_PITCH, high - LOW_PITCH)  # fmt: skip

    def _constraints(
        self, rules: GapRules, gaps: Sequence[Gap], grid: LatticeGrid, num_steps: int
    ) -> Constraints[LatticeCursor]:
        hard: list[Mask[LatticeCursor]] = [rules.mask]
        soft: list[Mask[LatticeCursor]] = [playable, no_drone]
        last = _step(bar_starts(self.piece, self.end)[-1])
        free = {gap.track for gap in gaps if not gap.keep and _step(gap.end) >= num_steps and _step(gap.start) <= last}
        if self._closes and free and not rules.fixed[last:].any():
            close = CloseOn(self._key.tonic, triad_of(self._key), last, rules.low + LOW_PITCH, rules.high + LOW_PITCH)
            soft.append(close)
        heard = {(note.pitch - self._key.tonic) % 12 for track in self.piece.tracks for note in track.notes}
        in_scale = self._codec.vocabulary.in_scale(locked_scale(self._key, heard, leading=True))[:NUM_EVENTS]
        return Constraints(
            hard=tuple(hard),
            soft=tuple(soft),
            in_scale=in_scale if self._request.key_strength else None,
            logit_bias=rules.leaning,
            kinds=KINDS,
        )

    def _stretch(self, start: int, end: int, bar_steps: int, future: list[int]) -> Stretch[LatticeCursor]:
        half = max(bar_steps // 2, 1)
        milestones = [_reached(at) for at in (*range(start + half, end - half + 1, half), end)]
        return Stretch(milestones, future, min(self._request.candidates, _PARTICLES) if future else 1)

    # -------------------------------------------------------------------------------------- the result

    def _written(self, keys: np.ndarray, rules: GapRules, gaps: Sequence[Gap]) -> Piece:
        """Return the piece with the notes that begin in gaps replaced; all others are the very same."""
        stays: list[list[Note]] = []
        for hand, track in enumerate(self.piece.tracks):
            own = [gap for gap in gaps if gap.track == hand]
            stays.append([n for i, n in enumerate(track.notes)
                          if n.onset_quarter < self.end and not any(gap.holds(i, n) for gap in own)])  # fmt: skip
        locked = {(_step(n.onset_quarter), n.pitch): hand for hand, notes in enumerate(stays) for n in notes}
        fresh = [note for note in notes_of(keys) if (note[0], note[2]) not in locked]
        decided = locked | rules.hands(keys)
        dealt = self._dealt(keys, decided)
        tracks = []
        for hand, track in enumerate(self.piece.tracks):
            mine = [Note(s * STEP_QUARTER, pitch, (e - s) * STEP_QUARTER) for s, e, pitch in fresh
                    if dealt.get((s, pitch), 0) == hand]  # fmt: skip
            mine = _apart(mine, [gap for gap in gaps if gap.track == hand and gap.keep == "pitches"])
            new = loud(mine, hand, self._grid())
            tracks.append(replace(track, notes=tuple(stays[hand]) + new))
        return replace(self.piece, tracks=tuple(tracks), barlines=barlines_to(self.piece, self.end))

    def _dealt(self, keys: np.ndarray, decided: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
        """Return the hand of every note, by sixteenth and pitch."""
        sounding = np.flatnonzero(keys.any(1))
        if not len(sounding):
            return decided
        grid = replace(self._grid(), keys=keys[: sounding[-1] + 1])
        piece = self._codec.from_grid(grid, decided)
        return {(_step(n.onset_quarter), n.pitch): hand for hand, track in enumerate(piece.tracks)
                for n in track.notes}  # fmt: skip


def _apart(notes: list[Note], gaps: Sequence[Gap]) -> list[Note]:
    """Return notes of a hand of which those of a kept order end at the latest where the next chord begins."""
    onsets = sorted({note.onset_quarter for note in notes})
    result = []
    for note in notes:
        later = [q for q in onsets if q > note.onset_quarter]
        inside = any(gap.start <= note.onset_quarter < gap.end for gap in gaps)
        if inside and later and note.end_quarter > later[0]:
            note = replace(note, duration_quarter=later[0] - note.onset_quarter)
        result.append(note)
    return result


def _same(held: Piece, own: Piece) -> bool:
    """Return whether a piece has the two hands, and just the notes, that the style holds of it."""
    return (
        len(own.tracks) == len(held.tracks)
        and own.time_signatures == held.time_signatures
        and all(
            sorted(_plain(n) for n in a.notes) == sorted(_plain(n) for n in b.notes) and not b.is_drum
            for a, b in zip(held.tracks, own.tracks, strict=True)
        )
    )


def _plain(note: Note) -> tuple[float, int, float]:
    return note.onset_quarter, note.pitch, note.duration_quarter


def _step(quarter: float) -> int:
    return round(quarter / STEP_QUARTER)


def _reached(step: int) -> Callable[[LatticeCursor], bool]:
    """Return the milestone that is reached at a step."""
    return lambda cursor: cursor.step >= step
