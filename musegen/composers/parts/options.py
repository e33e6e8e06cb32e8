"""What can be chosen for several parts."""

from dataclasses import dataclass

from musegen.composers.settings import setting
from musegen.composers.shared_options import instruments_option, memory_option

MOST_BARS_AROUND = 8
"""Bars of a prelude or a postlude."""


def _bars_around(name: str, where: str) -> int:
    """Return the setting of the bars of a prelude or a postlude."""
    return setting(
        0,
        label=f"Bars of {name}",
        words=f"The {name}",
        help=f"Bars in which the piano plays alone {where}",
        low=0,
        high=MOST_BARS_AROUND,
        step=1,
        control="slider",
        flag=f"--{name}",
        metavar="N",
    )


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
    prelude_bars: int = _bars_around("prelude", "before the melody that it accompanies.")
    postlude_bars: int = _bars_around("postlude", "after the melody that it accompanies, and closes.")
