"""A solo as the network is shown it: how likely it is."""

from dataclasses import replace

from musegen.band.chart_guess import written_chart
from musegen.composers.reading import Reading, possible_by
from musegen.composers.solo.codec import SoloCodec, read_example
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import BEATS_PER_BAR, PITCH
from musegen.composers.solo.plan import chart_context
from musegen.music import Piece, Track
from musegen.remarks import remark


def read_solo(codec: SoloCodec, piece: Piece) -> Reading:
    """Return the line of the first pitched track over the chords that stand in the piece; its end is not told.

    Raises:
        CodecError: there is no note.
    """
    soloist = next((track for track in piece.tracks if track.notes and not track.is_drum), Track())
    line = replace(piece, tracks=(soloist,))
    rows, messages = codec.answers(line), codec.adapt(line)[1]
    chart, context = written_chart(line), None
    if chart is not None and chart.bar_quarters == BEATS_PER_BAR:
        context = chart_context(chart, chart.num_bars, piece.tempos[0].qpm, 1 if piece.pickup_quarter else 0)
    else:
        messages = (*messages, remark("read_without_chords"))
    example = read_example(rows, context)

    return Reading(
        example, lambda: possible_by(SoloCursor(context), example), int((rows[:, PITCH] >= 0).sum()), messages
    )
