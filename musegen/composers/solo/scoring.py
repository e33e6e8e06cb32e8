"""A solo as the network is shown it: how likely it is, and why each note."""

from dataclasses import replace

from musegen.composers.reading import Explanation, Reading, named, possible_by, reasons_of_rows
from musegen.composers.solo.charts import METERS, chart_context, frames
from musegen.composers.solo.codec import SoloCodec, read_example
from musegen.composers.solo.cursor import SoloCursor
from musegen.composers.solo.grid import PITCH
from musegen.composers.solo.workpiece import chart_of, held
from musegen.engine.loop import log_probabilities
from musegen.engine.players import Player
from musegen.harmony.chart_guess import written_chart
from musegen.music import Piece, Track
from musegen.music.timing import num_bars
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
    if chart is not None and chart.meter in METERS:
        context = chart_context(chart, chart.num_bars, piece.tempos[0].qpm, frames(piece.pickup_quarter))
    else:
        messages = (*messages, remark("read_without_chords"))
    example = read_example(rows, context)

    return Reading(
        example, lambda: possible_by(SoloCursor(context), example), int((rows[:, PITCH] >= 0).sum()), messages
    )


def reasons_of_solo(codec: SoloCodec, piece: Piece, player: Player) -> Explanation:
    """Return why each note of the solo, over the chords that stand in the piece or are guessed, its length told."""
    own, solo, messages = held(piece, codec)
    line = replace(own, tracks=(own.tracks[solo],))
    rows = codec.answers(line)
    chart, pickup = chart_of(own), frames(own.pickup_quarter)
    bars = num_bars(own)
    context = chart_context(chart, bars, own.tempos[0].qpm, pickup)
    example = read_example(rows, context, context.num_bars)
    table = log_probabilities(player, example, possible_by(SoloCursor(context, total_bars=context.num_bars), example))
    places, index = [], 0
    for pitch in rows[:, PITCH].tolist():
        places.append((solo, index) if pitch >= 0 else None)
        index += pitch >= 0
    reasons = reasons_of_rows(table, example, PITCH, codec.vocabulary.pitch, places)
    return Explanation(own, tuple(named(reason, own) for reason in reasons), messages)
