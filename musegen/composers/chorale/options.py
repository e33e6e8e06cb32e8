"""What can be chosen for four voices."""

from dataclasses import dataclass

from musegen.composers.shared_options import chart_option


@dataclass(frozen=True, slots=True)
class ChoraleOptions:
    """What can be chosen for four voices.

    Args:
        chart: the chords that they keep to, as typed; "" for the style's own.
    """

    chart: str = chart_option()
