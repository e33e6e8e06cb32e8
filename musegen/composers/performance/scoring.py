"""A performance as the network is shown it: how likely it is."""

import numpy as np

from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.grid import NUM_KEYS, WHAT, performance_from, rows_of
from musegen.composers.performance.reading import held_keys, read_example
from musegen.composers.reading import Reading, possible_by
from musegen.music import Piece


def read_performance(codec: PerformanceCodec, piece: Piece) -> Reading:
    """Return the notes and the pedal of a piece as they are played in time; how long it will be is not told."""
    adapted, messages = codec.adapt(piece)
    answers = codec.answers(adapted)
    example = read_example(answers, held_keys(rows_of(performance_from(answers[:-1]))))

    return Reading(
        example,
        lambda: possible_by(PerformanceCursor(), example),
        int(np.count_nonzero(answers[:, WHAT] < NUM_KEYS)),
        messages,
    )
