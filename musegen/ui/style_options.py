"""What only some styles take, drawn from the settings that their composers describe.

style_options, style_option_values. A kind of control stands once, for both directions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from musegen.composers.request import ComposeRequest
from musegen.composers.settings import Setting
from musegen.languages import message
from musegen.services.styles import StyleCard, abilities_of, defaults_of, options_of
from musegen.ui.language import say

_USUAL = message("As usual")


@dataclass(frozen=True, slots=True)
class _Control:
    """A kind of control.

    Args:
        draw: draws it for (name, setting, card) and returns the value of the option.
        widgets: returns the values of its widgets, by key, for (name, setting, card, value).
    """

    draw: Callable[[str, Setting, StyleCard], Any]
    widgets: Callable[[str, Setting, StyleCard, Any], dict[str, Any]]


def style_options(card: StyleCard) -> dict[str, Any]:
    """Draw the controls that a style has beyond those of all; return what was chosen by name, defaults left out."""
    values = {
        name: _CONTROLS[described.control].draw(name, described, card)
        for name, described in options_of(card).items()
        if described.control in _CONTROLS
    }
    usual = defaults_of(card)
    return {name: value for name, value in values.items() if value != usual[name]}


def style_option_values(request: ComposeRequest, card: StyleCard) -> dict[str, Any]:
    """Return the values of the widgets, by key, that make `style_options` return what a request has."""
    usual = defaults_of(card)
    values: dict[str, Any] = {}
    for name, described in options_of(card).items():
        if described.control in _CONTROLS:
            value = request.options.get(name, usual[name])
            values |= _CONTROLS[described.control].widgets(name, described, card, value)
    return values


_LONGEST_TEXT = 200


def _key(name: str, card: StyleCard) -> str:
    return f"{name}-{card.style_id}"


# ------------------------------------------------------------------------------------------------ kinds of controls


def _toggle(name: str, described: Setting, card: StyleCard) -> bool:
    return st.toggle(
        say(described.label), value=True, key=_key(name, card), persist_state="session", help=say(described.help)
    )


def _choice(name: str, described: Setting, card: StyleCard) -> str:
    chosen = st.selectbox(
        say(described.label),
        [_USUAL, *filter(None, described.choices)],
        format_func=say,
        key=_key(name, card),
        persist_state="session",
        help=say(described.help),
    )
    return "" if chosen == _USUAL else chosen


def _parts(name: str, described: Setting, card: StyleCard) -> tuple[str, ...]:
    key, parts = _key(name, card), abilities_of(card).parts
    st.session_state.setdefault(key, list(parts))
    chosen = st.pills(
        say(described.label),
        parts,
        format_func=say,
        selection_mode="multi",
        key=key,
        persist_state="session",
        help=say(described.help),
    )
    if not chosen:
        st.caption(say("Nobody is chosen, so all of them play."))
    kept = tuple(part for part in parts if part in (chosen or parts))
    return () if kept == parts else kept


def _slider(name: str, described: Setting, card: StyleCard) -> float:
    assert described.low is not None and described.high is not None  # the control is for a range
    return st.slider(
        say(described.label),
        described.low,
        described.high,
        step=described.step,
        key=_key(name, card),
        persist_state="session",
        help=say(described.help),
    )


def _text(name: str, described: Setting, card: StyleCard) -> str:
    return st.text_input(
        say(described.label),
        key=_key(name, card),
        persist_state="session",
        help=say(described.help),
        max_chars=_LONGEST_TEXT,
    ).strip()


def _swing(name: str, described: Setting, card: StyleCard) -> float | None:
    usual = st.toggle(
        say("Swing as usual at the tempo"),
        value=True,
        key=f"{name}-usual-{card.style_id}",
        persist_state="session",
        help=say("Slow pieces swing hard, fast ones hardly. Off: choose how much."),
    )
    if usual:
        return None
    st.session_state.setdefault(_key(name, card), 62)
    assert described.low is not None and described.high is not None  # the control is for a range
    percent = st.slider(
        say(described.label),
        round(100 * described.low),
        round(100 * described.high),
        format="%d %%",
        key=_key(name, card),
        persist_state="session",
        help=say(described.help),
    )
    return percent / 100


def _swing_widgets(name: str, described: Setting, card: StyleCard, value: float | None) -> dict[str, Any]:
    usual = {f"{name}-usual-{card.style_id}": value is None}
    return usual if value is None else usual | {_key(name, card): round(100 * value)}


_CONTROLS = {
    "toggle": _Control(_toggle, lambda name, described, card, value: {_key(name, card): value}),
    "slider": _Control(_slider, lambda name, described, card, value: {_key(name, card): value}),
    "choice": _Control(
        _choice,
        lambda name, described, card, value: {_key(name, card): value if value in described.choices[1:] else _USUAL},
    ),
    "parts": _Control(
        _parts, lambda name, described, card, value: {_key(name, card): list(value or abilities_of(card).parts)}
    ),
    "text": _Control(_text, lambda name, described, card, value: {_key(name, card): value}),
    "swing": _Control(_swing, _swing_widgets),
}
