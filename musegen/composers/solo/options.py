"""What can be chosen for a solo."""

from dataclasses import dataclass

from musegen.composers.settings import setting
from musegen.composers.shared_options import chart_option, instruments_option, memory_option
from musegen.music.lead_instruments import LEADS
from musegen.music.piece import MOST_SWING, STRAIGHT


@dataclass(frozen=True, slots=True)
class SoloOptions:
    """What can be chosen for a solo.

    Args:
        chart: the chords to play over, as typed ("Dm7 | G7 | Cmaj7 | %", see `music.chart_text`); "" for those of the
            seed, or a blues.
        swing: part of a beat that the first of two eighths takes; None for what is usual at the tempo.
        lead: who plays the solo, by name (see `music.lead_instruments`); "" for the seed's instrument or the usual one.
        instruments: who plays, by name; () for all.
        memory: whether motifs return: the network sees what was played bars ago at this place.
    """

    chart: str = chart_option()
    swing: float | None = setting(
        None,
        label="Swing",
        words="The swing",
        help="How much of the beat the first of two eighths takes: 50 is even, 67 a triplet. The sheet stays in even "
        "eighths.",
        low=STRAIGHT,
        high=MOST_SWING,
        control="swing",
        flag="--swing",
        metavar="S",
    )
    lead: str = setting(
        "",
        label="Who plays the solo",
        words="The instrument of the solo",
        help="The solo stays where this instrument is comfortable.",
        choices=("", *LEADS),
        control="choice",
        flag="--lead",
        metavar="NAME",
    )
    instruments: tuple[str, ...] = instruments_option()
    memory: bool = memory_option()
