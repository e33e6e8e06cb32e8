"""How notes are drawn, a temperature for each bar: sampling_settings, check_curve, curve_at, temperature_of."""

from collections.abc import Callable

from musegen.composers.chorale.grid import METERS
from musegen.composers.chorale.reading import ChoraleCursor
from musegen.composers.performance.codec import PerformanceCursor
from musegen.composers.request import MAX_BARS, Sampling
from musegen.engine.codec import Cursor
from musegen.engine.draw import SamplingSettings
from musegen.errors import ConstraintError

_FINE = 1000


def sampling_settings(request: Sampling) -> SamplingSettings:
    """Return how the events of a request are drawn."""
    at = temperature_of(request.temperature_curve)
    return SamplingSettings(request.temperature, request.top_k, request.top_p, request.key_strength, at)


def check_curve(curve: tuple[float, ...]) -> None:
    """Refuse temperatures outside 0.1 to 2.

    Raises:
        ConstraintError: one is; the message names it.
    """
    wrong = [value for value in curve if not 0.1 <= value <= 2.0]
    if wrong:
        raise ConstraintError(f"A temperature of the curve is {wrong[0]:g}; each must be 0.1 to 2.")
    if len(curve) > MAX_BARS:
        raise ConstraintError(f"The temperature curve has {len(curve)} points; it may have {MAX_BARS}.")


def curve_at(curve: tuple[float, ...], bar: int, num_bars: int) -> float:
    """Return the temperature of a bar.

    Args:
        curve: at least one temperature, spread evenly from the first bar to the last, straight lines between them.
        bar: from 0.
        num_bars: of the piece.
    """
    place = min(max(bar / max(num_bars - 1, 1), 0.0), 1.0) * (len(curve) - 1)
    left = min(int(place), len(curve) - 1)
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (place - left) * (curve[right] - curve[left])


def temperature_of(curve: tuple[float, ...]) -> Callable[[Cursor], float] | None:
    """Return what tells the temperature of the bar in which a cursor stands; None for an empty curve."""
    if not curve:
        return None

    def temperature(cursor: Cursor) -> float:
        return curve_at(curve, *_bar_of(cursor))

    return temperature


def _bar_of(cursor: Cursor) -> tuple[int, int]:
    """Return the bar of a cursor, from 0, and how many there are; a pickup counts to the first."""
    if isinstance(cursor, ChoraleCursor):
        plan = cursor.plan
        size = METERS[plan.meter][0] * 16 // METERS[plan.meter][1]
        return (cursor.step - plan.pickup) // size, -(-(plan.num_steps - plan.pickup) // size)
    if isinstance(cursor, PerformanceCursor):  # it has no bars, so that its time counts
        return round(_FINE * cursor.share_done()), _FINE + 1
    return cursor.bar_index, cursor.num_bars or 1
