"""Composing parts of a one-voice tune again, everything else locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musegen.composers.fitting.key_lock import locked_scale
from musegen.composers.gaps import Gap
from musegen.composers.particles import Candidates, Filled, added, fill_best
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.temperature_curve import sampling_settings
from musegen.composers.tune.codec import MODES, TICKS_PER_QUARTER, FolkTuneCodec
from musegen.composers.tune.cursor import DOUBLE, END, HIGH, LOW, REPEAT_END, FolkTuneCursor, end_tick
from musegen.composers.tune.gap import TuneGap, gap_mask, pull, without_gap
from musegen.composers.tune.line import Line, line_of_cursor, line_of_piece, spell_line
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.branches import Branches
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import Constraints, TakeTrace
from musegen.errors import ConstraintError
from musegen.music import Barline, KeySignature, Note, Piece, snap
from musegen.music.transform import accent, main_key, transpose
from musegen.remarks import Remark

CONTEXT_NOTES = 12
"""Notes after a gap by which its candidates are judged."""

_ROOM = 5
"""Semitones that new notes may go beyond those of the piece."""


class TuneWorkpiece(Workpiece):
    """A tune made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it, in its own key.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: of the tune's kind.

    Raises:
        MusegenError: the piece is no music for the style, or the range is empty.
    """

    def __init__(self, request: SteerRequest, style: Style[FolkTuneCodec]) -> None:
        codec: FolkTuneCodec = style.codec
        self._request, self._codec, self._model = request, codec, style.player
        adapted = codec.normalize_with_notes(request.piece)
        self._shift = -adapted.semitones
        self._line = line_of_piece(adapted.piece)
        self.piece, self.messages = _in_own_key(request.piece, adapted.piece, self._shift, adapted.messages)
        repeats = [tick for tick, sign in self._line.signs.items() if sign == REPEAT_END]
        self._end = end_tick(max([self._line.notes[-1][1], *repeats]), self._line.bar, self._line.pickup)
        self.end = snap(self._end / TICKS_PER_QUARTER)
        self._closes = self._line.notes[-1][2] % 12 == 0

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on; what is beyond is dropped when gaps are filled."""
        old, self._end = self._end, self._line.pickup + num_bars * self._line.bar
        self._closes = True
        self._line.notes = [note for note in self._line.notes if note[0] < self._end]
        self._line.signs = {tick: sign for tick, sign in self._line.signs.items() if tick < self._end}
        self.end = snap(self._end / TICKS_PER_QUARTER)
        if old < self._end and self._line.is_line(old):  # what follows the old end is a part of its own
            self._line.signs.setdefault(old, DOUBLE)
            lines = {*self.piece.barlines, Barline(snap(old / TICKS_PER_QUARTER), "double")}
            self.piece = replace(self.piece, barlines=tuple(lines))

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled, one after the other.

        Args:
            gaps: sorted, apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: the range leaves no note to choose.
        """
        line = Line(self._line.meter, self._line.mode, self._line.pickup, self._line.notes, dict(self._line.signs))
        ticks = [self._ticks(gap) for gap in gaps]
        past = Branches(self._model, [self._codec.cursor(self._num_bars())])
        trace, joins = TakeTrace(), []
        for number, gap in enumerate(ticks):
            following = ticks[number + 1].start if number + 1 < len(ticks) else self._end
            past = self._heard(past, line, gap.start)
            filled = self._filled(past, line, gap, following, (*seed, number), cancelled)
            past, trace = filled.branch, added(trace, filled.trace)
            new = [note for note in line_of_cursor(past.cursors[0]).notes if note[0] >= gap.start]
            line.notes = sorted(without_gap(line, gap).notes + new)
            joins.append(filled.joins)
        return Filling(self._written(line, ticks), trace, tuple(joins))

    def _ticks(self, gap: Gap) -> TuneGap:
        start, end = round(gap.start * TICKS_PER_QUARTER), round(gap.end * TICKS_PER_QUARTER)
        return TuneGap(start, end, gap.keep, end == self._end and self._closes, gap.near_semitones)

    def _num_bars(self) -> int:
        return max(-(-(self._end - self._line.pickup) // self._line.bar), 1)

    def _heard(self, past: Branches[FolkTuneCursor], line: Line, tick: int) -> Branches[FolkTuneCursor]:
        """Return one branch that has heard the line up to a tick."""
        before = [note for note in line.notes if note[0] < tick]
        events = spell_line(Line(line.meter, line.mode, line.pickup, before, line.signs), tick)
        heard = past.cursors[0].events.tolist()
        if events[: len(heard)] != heard:  # another spelling, since silences met: begin again
            past, heard = Branches(self._model, [self._codec.cursor(self._num_bars())]), []
        past.hear([events[len(heard) :]])
        return past

    def _filled(
        self,
        past: Branches[FolkTuneCursor],
        line: Line,
        gap: TuneGap,
        following: int,
        seed: tuple[int, ...],
        cancelled: Callable[[], bool] | None,
    ) -> Filled[FolkTuneCursor]:
        """Return the best of many fillings of the gap by what follows it."""
        after = [note for note in line.notes if gap.end <= note[0] < following]
        count = self._request.candidates if after else 1
        constraints = Constraints(
            hard=(gap_mask(line, gap, self._always()),), in_scale=self._in_scale(), logit_bias=pull(line, gap)
        )
        candidates: Candidates[FolkTuneCursor] = Candidates(
            lambda cursor: cursor.now >= gap.end,
            count,
            lambda branches: self._join(branches.copy(), line, gap, after[:CONTEXT_NOTES], following),
        )
        try:
            return fill_best(past, candidates, self._settings(), constraints, seed, cancelled)
        except ValueError as error:
            raise ConstraintError("The range leaves no tonic to end on; widen it.") from error

    def _join(
        self, branches: Branches[FolkTuneCursor], line: Line, gap: TuneGap, after: list[list[int]], following: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the nats of the notes after the gap, given each candidate, moved on; nothing counts before."""
        whole = after[-1] == line.notes[-1] and following == self._end
        futures = []
        for cursor in branches.cursors:
            notes = [*line_of_cursor(cursor).notes, *after]
            filled = Line(line.meter, line.mode, line.pickup, notes, line.signs)
            events = [*spell_line(filled), END] if whole else spell_line(filled, after[-1][1])
            heard = cursor.num_events
            same = events[:heard] == cursor.events.tolist()
            futures.append(events[heard:] if same else None)
        nats = branches.hear([future or [] for future in futures], scored=True)
        judged = [float(n.sum()) if f is not None else np.inf for n, f in zip(nats, futures, strict=True)]
        return np.array(judged), np.zeros(len(judged))

    def _written(self, line: Line, gaps: Sequence[TuneGap]) -> Piece:
        """Return the piece with the notes that begin in gaps replaced; all others are the very same."""
        quarters = [(snap(g.start / TICKS_PER_QUARTER), snap(g.end / TICKS_PER_QUARTER)) for g in gaps]

        def is_new(onset: float) -> bool:
            return any(start <= onset < end for start, end in quarters)

        new = tuple(
            Note(snap(a / TICKS_PER_QUARTER), pitch + self._shift, snap((b - a) / TICKS_PER_QUARTER))
            for a, b, pitch in line.notes
            if is_new(snap(a / TICKS_PER_QUARTER))
        )
        track = self.piece.tracks[0]
        locked = tuple(n for n in track.notes if not is_new(n.onset_quarter) and n.onset_quarter < self.end)
        played = accent(replace(self.piece, tracks=(replace(track, notes=new),))).tracks[0].notes
        return replace(
            self.piece, tracks=(replace(track, notes=locked + played),), barlines=barlines_to(self.piece, self.end)
        )

    def _settings(self) -> SamplingSettings:
        return sampling_settings(self._request)

    def _always(self) -> np.ndarray:
        pitches = [note[2] + self._shift for note in self._line.notes]
        low = min(pitches) - _ROOM if self._request.low_pitch is None else self._request.low_pitch
        high = max(pitches) + _ROOM if self._request.high_pitch is None else self._request.high_pitch
        low, high = max(low - self._shift, LOW), min(high - self._shift, HIGH)
        if not any(pitch % 12 == 0 for pitch in range(low, high + 1)):
            raise ConstraintError("The range leaves no tonic to end on; widen it.")
        return self._codec.vocabulary.in_range(low, high)

    def _in_scale(self) -> np.ndarray:
        heard = {note[2] % 12 for note in self._line.notes}
        key = KeySignature(0.0, 0, MODES[self._line.mode])
        return self._codec.vocabulary.in_scale(locked_scale(key, heard))


def _in_own_key(
    piece: Piece, adapted: Piece, shift: int, changed: tuple[Remark, ...]
) -> tuple[Piece, tuple[Remark, ...]]:
    """Return the piece as it is where the style can hold it so, else as it was adapted, and what was changed."""
    back = transpose(adapted, shift)
    tracks = [track for track in piece.tracks if track.notes]
    same = len(tracks) == 1 and len(piece.time_signatures) == 1 and main_key(piece) is not None
    same = same and piece.pickup_quarter == back.pickup_quarter
    same = same and piece.time_signatures == back.time_signatures
    if same and [_plain(n) for n in tracks[0].notes] == [_plain(n) for n in back.tracks[0].notes]:
        return replace(piece, tracks=(tracks[0],)), ()
    program = next((t.program for t in piece.tracks if t.notes and not t.is_drum), 73)
    track = replace(accent(back).tracks[0], program=program)
    return replace(back, tracks=(track,), tempos=piece.tempos, title=piece.title, composer=piece.composer), changed


def _plain(note: Note) -> tuple[float, int, float]:
    return note.onset_quarter, note.pitch, note.duration_quarter
