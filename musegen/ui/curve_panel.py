"""A temperature for each part of a piece, drawn as a line: curve, set_curve."""

import streamlit as st

from musegen.ui.browser import component
from musegen.ui.language import say

POINTS = 8
LOW, HIGH = 0.1, 2.0


def curve(key: str, temperature: float, made: tuple[float, ...] = ()) -> tuple[float, ...]:
    """Draw the switch and, where it is on, the line; return its values, () where one temperature holds throughout.

    Args:
        key: tells several apart.
        temperature: what the line begins with.
        made: the line that it begins with instead; the switch is on then.
    """
    switch, kept = f"curve-on-{key}", f"curve-{key}"
    st.session_state.setdefault(switch, bool(made))
    on = st.toggle(
        say("Temperature over the piece"),
        key=switch,
        persist_state="session",
        help=say("Calm here, wild there: draw how the temperature goes from the beginning to the end."),
    )
    if not on:
        st.session_state.pop(kept, None)
        return ()
    if kept not in st.session_state:
        _begin(kept, made or (temperature,) * POINTS)
    began, values = st.session_state[kept]
    name = f"curve-line-{key}"

    def take_over() -> None:
        told = st.session_state[name]["values"]
        if isinstance(told, list) and len(told) == len(values):
            st.session_state[kept] = began, tuple(min(max(float(value), LOW), HIGH) for value in told)

    component("curve")(
        key=name,
        data={"values": list(values), "low": LOW, "high": HIGH, "middle": temperature, "rev": repr(began)},
        default={"values": list(values)},
        on_values_change=take_over,
    )
    return values


def set_curve(key: str, made: tuple[float, ...]) -> None:
    """Set the line, before it is drawn; an empty one switches it off."""
    st.session_state[f"curve-on-{key}"] = bool(made)
    st.session_state.pop(f"curve-{key}", None)
    if made:
        _begin(f"curve-{key}", made)


def _begin(kept: str, made: tuple[float, ...]) -> None:
    st.session_state[kept] = made, made  # what the hand began with, by which the page knows a new line; and what it is
