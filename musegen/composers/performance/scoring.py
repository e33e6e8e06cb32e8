"""A performance as the network is shown it: how likely it is, and why each note."""

import numpy as np

from musegen.composers.performance.codec import PerformanceCodec, PerformanceCursor
from musegen.composers.performance.grid import NUM_KEYS, WHAT, performance_from, rows_of
from musegen.composers.performance.reading import held_keys, read_example
from musegen.composers.performance.workpiece import PlayedRows, held
from musegen.composers.reading import Explanation, Reading, named, possible_by, reasons_of_rows
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
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


def reasons_of_performance(codec: PerformanceCodec, piece: Piece, player: Player) -> Explanation:
    """Return why each note; what is said of when it comes is of the time since the row before, pedal or key."""
    own, messages = held(piece, codec)
    answers = codec.answers(own)
    example = read_example(answers, held_keys(rows_of(performance_from(answers[:-1]))))
    table = log_probabilities(player, example, possible_by(PerformanceCursor(), example))
    known = PlayedRows(own, codec).notes
    places = [None if index is None else (0, index) for index in [*known, None]]
    reasons = reasons_of_rows(table, example, WHAT, codec.vocabulary.pitch, places)
    return Explanation(own, tuple(named(r, own) for r in sorted(reasons, key=lambda r: r.index)), messages)
