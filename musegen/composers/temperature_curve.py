"""How notes are drawn, a temperature for each bar: sampling_settings, check_curve, curve_at, temperature_of."""

from collections.abc import Callable

from musegen.composers.request import MAX_BARS, Sampling
from musegen.engine.codec import Cursor
from musegen.engine.draw import SamplingSettings
from musegen.errors import ConstraintError


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
        raise ConstraintError("A temperature of the curve is {wrong:g}; each must be 0.1 to 2.", wrong=wrong[0])
    if len(curve) > MAX_BARS:
        raise ConstraintError(
            "The temperature curve has {num_curve} points; it may have {max_bars}.",
            num_curve=len(curve),
            max_bars=MAX_BARS,
        )


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
        return curve_at(curve, *cursor.bar_place())

    return temperature
