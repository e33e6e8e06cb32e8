"""A chart for styles that learned no chords: how long and in which key a piece over it is, its chords bar by bar.

sized_by, chords_over.
"""

from dataclasses import replace

from musegen.composers.fitting.chord_course import Changes, ChordCourse, chords_of_seed, closing_chart, laid_over
from musegen.composers.fitting.length import parse_request_key
from musegen.composers.modes import FROM_MELODY
from musegen.composers.request import MAX_BARS, ComposeRequest
from musegen.music import KeySignature, Piece
from musegen.music.chart import Chart
from musegen.music.theory import key_name
from musegen.music.timing import bar_starts, meter_at
from musegen.remarks import Remark, remark
from musegen.styles.card import StyleCard


def sized_by(chart: Chart, request: ComposeRequest, card: StyleCard) -> tuple[ComposeRequest, Chart]:
    """Return (the request of a piece invented over a chart, with key, meter and length; the chart in its key)."""
    key = parse_request_key(request.key or key_name(*chart.key), card.keys)
    move = (key.tonic - chart.key[0]) % 12
    meter = request.meter
    if not meter and f"{chart.meter[0]}/{chart.meter[1]}" in card.meters:
        meter = f"{chart.meter[0]}/{chart.meter[1]}"
    bars = request.num_bars
    if not bars and request.seconds is None:
        bars = min(chart.num_bars * max(-(-card.num_bars // chart.num_bars), 1), MAX_BARS)
    sized = replace(request, key=key_name(key.tonic, key.mode), meter=meter, num_bars=bars)
    return sized, chart.transposed(move) if move else chart


def chords_over(
    piece: Piece,
    num_bars: int,
    key: KeySignature,
    request: ComposeRequest,
    typed: Chart | None,
    messages: list[Remark],
    around: tuple[int, int] = (0, 0),
) -> ChordCourse | None:
    """Return the chords of a take: those typed, or to a melody those that stand in it; None where there are none.

    Args:
        piece: whose bars the take has.
        num_bars: of the take, a pickup not counted.
        key: of the take; a chart that is gone round and round closes in it.
        request: what is asked for.
        typed: the chart, None for none.
        messages: what is to be said is added.
        around: bars before a melody and after it.
    """
    to_melody = request.mode in FROM_MELODY and request.primer is not None
    if typed is None:
        return ChordCourse(found) if to_melody and (found := _of_melody(piece, request, around[0], messages)) else None
    inside = num_bars - sum(around)
    if typed.num_bars > inside:
        messages.append(remark("chart_cut", bars=typed.num_bars, used=inside))
    whole = typed.repeated(inside)
    if not to_melody:
        whole = closing_chart(whole, key.tonic, key.mode)
    first, last = whole.bars[: around[0]], ((0.0, whole.bars[-1][-1][1]),)
    first += (first or ()) * (-(-around[0] // len(whole.bars)))
    whole = replace(whole, bars=(*first[: around[0]], *whole.bars, *(last,) * around[1]), sections=())
    pickup = 1 if piece.pickup_quarter else 0
    size = meter_at(piece, piece.end_quarter).bar_quarters
    starts = bar_starts(piece, piece.end_quarter + (num_bars + 2) * size)[pickup : pickup + num_bars]
    return ChordCourse(laid_over(whole, starts, [meter_at(piece, start) for start in starts], messages))


def _of_melody(piece: Piece, request: ComposeRequest, before: int, messages: list[Remark]) -> Changes:
    """Return the chords that stand in a melody, where it has kept its key and its place."""
    seed = request.primer
    if seed is None or request.key or not seed.chord_symbols:
        return ()
    later = before * seed.time_signatures[0].bar_quarters - seed.pickup_quarter if before else 0.0
    found = chords_of_seed(seed, later)
    if found:
        messages.append(remark("chords_of_seed"))
    return found
