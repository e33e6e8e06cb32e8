"""Notes and measures of engraved scores put together as pieces with regular bars: assembled."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musegen.constants import TICKS_PER_QUARTER
from musegen.corpora.quartet_movements import keys_of, known_meters, meters_of
from musegen.corpora.score_bars import regular
from musegen.corpora.score_piece import PartName
from musegen.files.partwise import Measure
from musegen.music import KeySignature, Note, Piece, Tempo, TimeSignature, Track

_MODES = ("major", "minor")


def assembled(
    notes: np.ndarray, measures: Sequence[Measure], parts: Sequence[PartName], title: str, composer: str
) -> Piece:
    """Return a piece of one track a part, its bars regular, at the first tempo that is written.

    Args:
        notes: onset and duration in ticks (10080 a quarter), pitch, part, velocity; shape (N, 5).
        measures: in order.
        parts: from the top.
        title: of the piece.
        composer: of the piece.
    """
    known = known_meters(measures)
    meters, pickup = meters_of(known)
    keys = keys_of(known, notes)
    quarters = notes[:, :2] / TICKS_PER_QUARTER
    tracks = []
    for number, part in enumerate(parts):
        own = np.flatnonzero(notes[:, 3] == number)
        columns = (quarters[own, 0], notes[own, 2], quarters[own, 1], notes[own, 4])
        line = tuple(Note(*values) for values in zip(*(column.tolist() for column in columns), strict=True))
        tracks.append(Track(line, part.program, False, part.name))
    piece = Piece(
        tracks=tuple(tracks),
        time_signatures=tuple(TimeSignature(t / TICKS_PER_QUARTER, n, d) for t, n, d in meters.tolist()),
        key_signatures=tuple(KeySignature(t / TICKS_PER_QUARTER, k, _MODES[m]) for t, k, m in keys.tolist()),
        pickup_quarter=pickup / TICKS_PER_QUARTER,
        title=title,
        composer=composer,
    )
    tempos = [measure.qpm for measure in known if measure.qpm]
    made = regular(piece)
    return replace(made, tempos=(Tempo(0.0, float(tempos[0])),)) if tempos else made
