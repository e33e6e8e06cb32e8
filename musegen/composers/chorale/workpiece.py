"""Composing parts of a chorale again, any voices at any times, everything else locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from musegen.composers.chorale.chord_lean import ChordLean
from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.gap import ChoraleGap, GapRules, above_fixed, parallels_into, pitch_of, runs_of
from musegen.composers.chorale.grid import (
    FIRST_PITCH,
    METERS,
    REST,
    STEP_QUARTER,
    VOICE_NAMES,
    ChoraleGrid,
    sounding,
)
from musegen.composers.chorale.plan import SINGING_RANGES
from musegen.composers.chorale.reading import NUM_VOICES, ChoraleCursor, plan_of
from musegen.composers.chorale.rules import cadence_on, close_on, no_crossing, no_parallels, no_rests
from musegen.composers.fitting.chord_course import standing_chords
from musegen.composers.fitting.key_lock import locked_scale
from musegen.composers.fitting.seed_key import key_of
from musegen.composers.gaps import Gap
from musegen.composers.particles import Candidates, added, fill_best
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import Constraints, Mask, TakeTrace
from musegen.errors import ConstraintError
from musegen.music import Note, Piece, snap
from musegen.music.theory import MODES

CONTEXT_STEPS = 16
"""Sixteenths after a gap by which its candidates are judged."""

_APART = 4
_VELOCITIES = (92, 78, 78, 86)


class ChoraleWorkpiece(Workpiece):
    """A chorale made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it.
        messages: what was changed to fit the style.
        end: of the music in quarters.

    Args:
        request: what is asked for.
        style: of the chorales' kind.

    Raises:
        MusegenError: the piece is no music for the style, or the range is too narrow.
    """

    def __init__(self, request: SteerRequest, style: Style[ChoraleCodec]) -> None:
        codec: ChoraleCodec = style.codec
        self._request, self._codec, self._model = request, codec, style.player
        self._key = key_of(request.piece)
        adapted, changed = codec.adapt(replace(request.piece, key_signatures=(self._key,)))
        same = len(request.piece.tracks) == NUM_VOICES and all(
            [_plain(n) for n in a.notes] == [_plain(n) for n in b.notes]
            for a, b in zip(adapted.tracks, request.piece.tracks, strict=True)
        )
        own = request.piece
        self.piece = (
            own
            if same
            else replace(adapted, barlines=own.barlines, tempos=own.tempos, title=own.title, composer=own.composer)
        )
        self.messages = changed
        self._grid = codec.to_grid(adapted)
        self.end = snap(len(self._grid.voices) * STEP_QUARTER)
        self._close_step, self._third = self._close()
        standing = standing_chords(request.piece, self.end)
        self._over = None if standing is None else ChordLean(standing, self._grid.pickup)

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on; phrases of two bars follow what is there."""
        grid, old = self._grid, len(self._grid.voices)
        steps = grid.pickup + num_bars * grid.bar_steps
        half = grid.bar_steps // 2 if METERS[grid.meter] in ((4, 4), (2, 2)) else 0
        self._close_step, self._third = max(steps - grid.bar_steps + half, 0), MODES[self._key.mode][2]
        fermata = np.zeros(steps, bool)
        kept = min(old, steps)
        fermata[:kept] = grid.fermata[:kept]
        for start in range(grid.pickup, steps, 2 * grid.bar_steps):
            mark = start + grid.bar_steps + half
            if old <= mark < self._close_step - 4:
                fermata[mark] = True
        fermata[self._close_step] = True
        voices = np.full((steps, NUM_VOICES), REST, np.int16)
        voices[:kept] = grid.voices[:kept]
        self._grid = replace(grid, voices=voices, fermata=fermata)
        self.end = snap(steps * STEP_QUARTER)

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, stretch after stretch.

        Args:
            gaps: sorted; those of one voice apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        grid = self._grid
        own = [ChoraleGap(g.track, round(g.start * 4), round(g.end * 4), g.keep, g.near_semitones) for g in gaps]
        rules = GapRules(grid.voices, own, grid.bar_steps, grid.pickup)
        fixed = np.where(rules.free, -1, grid.voices).astype(np.int16)
        given = self._given(rules.free, fixed)
        heard = [v for v in range(NUM_VOICES) if given is None or given[0, v] < 0]
        plan = plan_of(grid, given=given)
        past = Branches(self._model, [ChoraleCursor(plan, self._ranges(), fixed)])
        constraints = self._constraints(rules, fixed)
        runs = runs_of(rules.free, _APART)
        trace, joins = TakeTrace(), []
        for number, (start, end) in enumerate(runs):
            past.hear([fixed[past.cursors[0].step : start].reshape(-1).tolist()])
            stop = runs[number + 1][0] if number + 1 < len(runs) else len(fixed)
            future = fixed[end : min(end + CONTEXT_STEPS, stop)]
            count = self._request.candidates if len(future) else 1
            candidates = Candidates(_reached(end), count, partial(_judged, future=future, heard=heard))
            filled = fill_best(past, candidates, self._settings(), constraints, (*seed, number), cancelled)
            past, trace = filled.branch, added(trace, filled.trace)
            joins.append(filled.joins)
        voices = np.where(rules.free, 0, fixed)
        done = past.cursors[0].step
        voices[:done] = past.cursors[0].voices[:done]
        return Filling(self._written(replace(grid, voices=voices), gaps), trace, tuple(joins))

    def _given(self, free: np.ndarray, fixed: np.ndarray) -> np.ndarray | None:
        """Return the voices that stay whole, which the network may look ahead at, None where there are none or all."""
        whole = ~free.any(0)
        if not whole.any() or whole.all():
            return None
        return np.where(whole, fixed, -1).astype(np.int16)

    def _close(self) -> tuple[int | None, int]:
        """Return where the last chord begins and the semitones of its third, None where it is not on the tonic."""
        struck = np.flatnonzero((self._grid.voices >= FIRST_PITCH).any(1))
        last = int(struck[-1])
        marks = np.flatnonzero(self._grid.fermata)
        if len(marks) and last - 2 * self._grid.bar_steps < marks[-1] <= last:
            last = int(marks[-1])
        chord = [pitch_of(int(e)) for e in sounding(self._grid.voices)[-1] if e >= FIRST_PITCH]
        degrees = {(pitch - self._key.tonic) % 12 for pitch in chord}
        if not chord or (min(chord) - self._key.tonic) % 12 or not degrees <= {0, 3, 4, 7}:
            return None, 0
        return last, 4 if 4 in degrees or (3 not in degrees and self._key.mode == "major") else 3

    def _ranges(self) -> tuple[tuple[int, int], ...]:
        """Return what each voice may sing: what is usual, as far as the piece goes, within the limits asked for."""
        low = 0 if self._request.low_pitch is None else self._request.low_pitch
        high = 127 if self._request.high_pitch is None else self._request.high_pitch
        ranges = []
        for v, (lowest, highest) in enumerate(SINGING_RANGES):
            sung = [pitch_of(int(e)) for e in self._grid.voices[:, v] if e >= FIRST_PITCH]
            lowest, highest = max(min([lowest, *sung]), low), min(max([highest, *sung]), high)
            if highest - lowest < 7:
                raise ConstraintError(
                    "The range leaves the {voice_names} less than a fifth; widen it.",
                    voice_names=VOICE_NAMES[v].lower(),
                )
            ranges.append((lowest, highest))
        return tuple(ranges)

    def _constraints(self, rules: GapRules, fixed: np.ndarray) -> Constraints[ChoraleCursor]:
        key = self._key
        hard: list[Mask[ChoraleCursor]] = [no_rests, rules.mask]
        soft: list[Mask[ChoraleCursor] | None] = []
        close = self._close_step
        if close is not None and rules.free[close].any():
            hard.append(rules.close(close_on(key.tonic, third=self._third, from_step=close), close))
            if close >= 4 and rules.free[close - 4 : close].all():
                soft.append(cadence_on(key.tonic, close_step=close, given=None))
        soft += [no_crossing, above_fixed(fixed), no_parallels]
        heard = {(pitch_of(int(e)) - key.tonic) % 12 for e in np.unique(self._grid.voices) if e >= FIRST_PITCH}
        in_scale = self._codec.vocabulary.in_scale(locked_scale(key, heard, leading=True))
        size = int(sum(self._codec.vocabulary.is_kind(kind).sum() for kind in ("hold", "rest", "pitch")))
        return Constraints(
            hard=tuple(hard),
            soft=tuple(mask for mask in soft if mask is not None),
            in_scale=in_scale[:size] if self._request.key_strength else None,
            logit_bias=partial(_leaning, rules, self._over),
        )

    def _settings(self) -> SamplingSettings:
        return sampling_settings(self._request)

    def _written(self, grid: ChoraleGrid, gaps: Sequence[Gap]) -> Piece:
        """Return the piece with the notes that begin in gaps replaced; all others are the very same."""
        made = self._codec.from_grid(grid)
        tracks = []
        for v, (track, new) in enumerate(zip(self.piece.tracks, made.tracks, strict=True)):
            spans = [(g.start, g.end) for g in gaps if g.track == v]

            def is_new(note: Note, spans: list = spans) -> bool:
                return any(start <= note.onset_quarter < end for start, end in spans)

            locked = tuple(n for n in track.notes if not is_new(n) and n.onset_quarter < self.end)
            fresh = tuple(replace(n, velocity=_VELOCITIES[v]) for n in new.notes if is_new(n))
            tracks.append(replace(track, notes=locked + fresh))
        fermatas = tuple(np.flatnonzero(grid.fermata) * STEP_QUARTER)
        return replace(self.piece, tracks=tuple(tracks), barlines=barlines_to(self.piece, self.end), fermatas=fermatas)


def _leaning(rules: GapRules, over: ChordLean | None, cursor: ChoraleCursor) -> np.ndarray | None:
    """Return nats towards old pitches, or towards the tones of the chords that stand there."""
    pull = rules.logit_bias(cursor)
    return pull if pull is not None or over is None else over(cursor)


def _plain(note: Note) -> tuple[float, int, float]:
    return note.onset_quarter, note.pitch, note.duration_quarter


def _reached(step: int) -> Callable[[ChoraleCursor], bool]:
    """Return whether a chorale has come to a step."""
    return lambda cursor: cursor.step >= step


def _judged(
    branches: Branches[ChoraleCursor], future: np.ndarray, heard: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nats of what follows each filling, and the parallels into it, which count first."""
    count = len(branches.cursors)
    scored = branches.copy().hear([future.reshape(-1).tolist()] * count, scored=True)
    nats = np.array(scored).reshape(count, -1, NUM_VOICES)[:, :, list(heard)].sum((1, 2))
    return nats, np.array([parallels_into(cursor.before, future[0].tolist()) for cursor in branches.cursors])
