"""What can be chosen for several parts."""

from dataclasses import dataclass

from musegen.composers.settings import setting
from musegen.composers.shared_options import instruments_option, memory_option

MOST_BARS_AROUND = 8
"""Bars of a prelude or a postlude."""


@dataclass(frozen=True, slots=True)
class PartsOptions:
    """What can be chosen for several parts.

    Args:
        instruments: which of the parts play, by name; () for all of them.
        memory: whether motifs return: the network sees what was played bars ago at this place.
        prelude_bars: bars before a melody that is accompanied, in which the others play alone.
        postlude_bars: bars after it.
    """

    instruments: tuple[str, ...] = instruments_option()
    memory: bool = memory_option()
    prelude_bars: int = setting(
        0,
        label="Bars of prelude",
        words="The prelude",
        help="Bars in which the piano plays alone before the melody that it accompanies.",
        low=0,
        high=MOST_BARS_AROUND,
        step=1,
        control="slider",
        flag="--prelude",
        metavar="N",
    )
    postlude_bars: int = setting(
        0,
        label="Bars of postlude",
        words="The postlude",
        help="Bars in which the piano plays alone after the melody that it accompanies, and closes.",
        low=0,
        high=MOST_BARS_AROUND,
        step=1,
        control="slider",
        flag="--postlude",
        metavar="N",
    )
