"""Composing parts of a band's song again: the parts over their chords, bass and drums played anew in gaps."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musegen.band.pop_band import Playing, play_along
from musegen.composers.gaps import Gap
from musegen.composers.new_band import played_again
from musegen.composers.parts.band_tracks import BASS, is_band, without_band
from musegen.composers.parts.chords import chords_written
from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.workpiece import PartsWorkpiece
from musegen.composers.steer_request import SteerRequest
from musegen.composers.style import Style
from musegen.composers.workpiece import Filling, Workpiece, barlines_to
from musegen.engine.loop import TakeTrace
from musegen.errors import ConstraintError
from musegen.harmony.chart_guess import written_chart
from musegen.music import Piece, Track
from musegen.music.chart import Chart
from musegen.music.chord import NO_CHORD
from musegen.music.timing import bar_starts

_RUNS = 4
"""How often bass and drums play; the bass that leads best over the borders of a gap is taken."""


class BandWorkpiece(Workpiece):
    """A song for a band made ready to be composed again in parts.

    Attributes:
        piece: the music as the style holds it.
        messages: what was changed to fit the style.
        end: of the music in quarters, the last bar filled.

    Args:
        request: what is asked for.
        style: of a band.

    Raises:
        MusegenError: the piece is no music for the style.
    """

    def __init__(self, request: SteerRequest, style: Style[ScoreCodec]) -> None:
        given = request.piece
        alone = without_band(given)
        self._inner = PartsWorkpiece(replace(request, piece=alone), style, chords=chords_written(given))
        self._band = tuple(track for track in given.tracks if is_band(track)) if alone is not given else ()
        self._request, self._chart = request, _chart_of(given)
        self.messages = self._inner.messages
        self.end = self._inner.end
        self.piece = self._whole(self._inner.piece, self._band)

    def _whole(self, parts: Piece, band: Sequence[Track]) -> Piece:
        given = self._request.piece
        return replace(parts, tracks=(*parts.tracks, *band), chord_symbols=given.chord_symbols, sections=given.sections)

    def lengthen(self, num_bars: int) -> None:
        """Let the music be `num_bars` bars long from now on, its chords played on."""
        self._inner.lengthen(num_bars)
        self.end = self._inner.end
        if self._chart is not None:
            self._chart = self._chart.repeated(num_bars)

    def fill(self, gaps: Sequence[Gap], seed: tuple[int, ...], cancelled: Callable[[], bool] | None = None) -> Filling:
        """Return the piece with its gaps filled: of the parts first, then of bass and drums.

        Args:
            gaps: sorted; those of one track apart from each other.
            seed: of the random numbers.
            cancelled: polled often.

        Raises:
            CancelledError: `cancelled` returned True.
            ConstraintError: there are no chords to play bass and drums over.
        """
        count = len(self._inner.piece.tracks)
        own = [gap for gap in gaps if gap.track < count]
        parts, trace = self._inner.piece, TakeTrace()
        joins: tuple[tuple[float, ...], ...] = ()
        if own:
            filled = self._inner.fill(own, seed, cancelled)
            parts, trace, joins = filled.piece, filled.trace, filled.joins
        tracks = []
        runs = self._runs(seed) if len(own) < len(gaps) else []
        for index, track in enumerate(self._band, count):
            mine = [gap for gap in gaps if gap.track == index]
            if mine:
                which = 0 if not track.is_drum else 1
                track = played_again(track, mine, bar_starts(parts, self.end), [run[which] for run in runs])
            tracks.append(replace(track, notes=tuple(n for n in track.notes if n.onset_quarter < self.end)))
        made = self._whole(parts, tracks)
        return Filling(replace(made, barlines=barlines_to(self.piece, self.end)), trace, joins)

    def _runs(self, seed: tuple[int, ...]) -> list[tuple[Track, Track]]:
        """Return bass and drums over the whole music, several times."""
        if self._chart is None:
            raise ConstraintError(
                "There are no chords over this music that a {part} could be played to; write them, or compose it anew.",
                part=BASS.lower(),
            )
        start = self.piece.pickup_quarter
        chances = np.random.default_rng((*seed, 3)).integers(2**30, size=_RUNS).tolist()
        return [play_along(self._chart, Playing(), chance, start) for chance in chances]


def _chart_of(piece: Piece) -> Chart | None:
    """Return the chart that stands in a piece in 4/4, a bar for each whole bar; None where there is none."""
    if {meter.bar_quarters for meter in piece.time_signatures} != {4.0}:
        return None
    found = written_chart(piece)
    if found is None:
        return None
    start = piece.pickup_quarter
    names = tuple((round((at - start) / 4), name) for at, name in piece.sections)
    bars = found.bars or (((0.0, NO_CHORD),),)
    return replace(found, bars=bars, sections=tuple(s for s in names if 0 <= s[0] < len(bars)))
