"""Parts in bars as the network is shown them: how likely they are."""

from dataclasses import replace

import numpy as np

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.frame import frame_of
from musegen.composers.reading import Reading, possible_by
from musegen.music import Piece


def read_parts(codec: ScoreCodec, piece: Piece) -> Reading:
    """Return the parts of a piece in its bars and keys; how long it will be is not told."""
    adapted, messages = codec.adapt(piece)
    rows = codec.rows(adapted)
    frame = replace(frame_of(adapted, codec.layout.num_parts, int(rows.end_tick.max())), last_bar=None)
    example = codec.reading.read(rows, frame)

    return Reading(
        example, lambda: possible_by(codec.cursor(frame), example), int(np.count_nonzero(rows.pitch >= 0)), messages
    )
