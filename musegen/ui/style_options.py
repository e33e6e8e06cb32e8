"""What only some styles take: swing, who plays, melodic memory. style_options, style_option_values."""

from typing import Any

import streamlit as st

from musegen.composers.options import options_of, parts_of
from musegen.composers.request import ComposeRequest
from musegen.music.lead_instruments import LEADS
from musegen.music.piece import MOST_SWING, STRAIGHT
from musegen.services.styles import StyleCard

_USUAL_LEAD = "As the seed, or as usual"


def style_options(card: StyleCard) -> dict[str, Any]:
    """Draw the controls that a style has beyond those of all; return them as `ComposeRequest` has them."""
    options, style = options_of(card), card.style_id
    values: dict[str, Any] = {}
    if "swing" in options:
        values["swing"] = _swing(style)
    if "lead" in options:
        lead = st.selectbox(
            "Who plays the solo",
            [_USUAL_LEAD, *LEADS],
            key=f"lead-{style}",
            persist_state="session",
            help="The solo stays where this instrument is comfortable.",
        )
        values["lead"] = "" if lead == _USUAL_LEAD else lead
    if "instruments" in options:
        values["instruments"] = _instruments(style, parts_of(card))
    if "memory" in options:
        values["memory"] = st.toggle(
            "Let motifs return",
            value=True,
            key=f"memory-{style}",
            persist_state="session",
            help="On: it listens back to what was played one, two and four bars ago, so that ideas come again. Off: it "
            "goes by the last notes alone.",
        )
    return values


def _swing(style: str) -> float | None:
    usual = st.toggle(
        "Swing as usual at the tempo",
        value=True,
        key=f"swing-usual-{style}",
        persist_state="session",
        help="Slow pieces swing hard, fast ones hardly. Off: choose how much.",
    )
    if usual:
        return None
    st.session_state.setdefault(f"swing-{style}", 62)
    percent = st.slider(
        "Swing",
        round(100 * STRAIGHT),
        round(100 * MOST_SWING),
        format="%d %%",
        key=f"swing-{style}",
        persist_state="session",
        help="How much of the beat the first of two eighths takes: 50 is even, 67 a triplet. The sheet stays in even "
        "eighths.",
    )
    return percent / 100


def _instruments(style: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    key = f"instruments-{style}"
    st.session_state.setdefault(key, list(parts))
    chosen = st.pills(
        "Instruments",
        parts,
        selection_mode="multi",
        key=key,
        persist_state="session",
        help="Who plays. A part that is left out is silent, and the others are composed without it.",
    )
    if not chosen:
        st.caption("Nobody is chosen, so all of them play.")
    kept = tuple(part for part in parts if part in (chosen or parts))
    return () if kept == parts else kept


def style_option_values(request: ComposeRequest, card: StyleCard) -> dict[str, Any]:
    """Return the values of the widgets, by key, that make `style_options` return what a request has."""
    options, style = options_of(card), request.style_id
    values: dict[str, Any] = {}
    if "swing" in options:
        values[f"swing-usual-{style}"] = request.swing is None
        if request.swing is not None:
            values[f"swing-{style}"] = round(100 * request.swing)
    if "lead" in options:
        values[f"lead-{style}"] = request.lead if request.lead in LEADS else _USUAL_LEAD
    if "instruments" in options:
        values[f"instruments-{style}"] = list(request.instruments or parts_of(card))
    if "memory" in options:
        values[f"memory-{style}"] = request.memory
    return values
