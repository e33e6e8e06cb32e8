"""The Styles page: each style for a musician first, then its data, its licence and how well it has learned."""

from typing import Any

import streamlit as st

from musegen.errors import MusegenError
from musegen.rendering.charts import loss_chart
from musegen.services.styles import StyleCard, list_styles, style_history
from musegen.ui.messages import plain
from musegen.ui.settings_panel import MODE_WORDS


def draw() -> None:
    """Draw the page."""
    st.markdown("## Styles")
    st.caption(
        "A style is a small network that has read one collection of music and writes more of its kind, note by note. "
        "It knows that music and no other."
    )
    try:
        cards = list_styles()
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    for card in cards:
        with st.container(border=True):
            _draw_card(card)


def _draw_card(card: StyleCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"### {card.title}", width="content")
        if st.button(
            "Compose with it",
            key=f"use-{card.style_id}",
            icon=":material/music_note:",
            help="Choose this style and go to the Compose page.",
        ):
            st.session_state["style"] = card.style_id
            st.switch_page("pages/compose.py")
    st.markdown(card.description)
    left, right = st.columns(2, gap="large")
    left.markdown(f"**Give it.** {card.feed_it}\n\n**Its limits.** {card.cannot}")
    right.markdown(
        f"**It can** {_joined([MODE_WORDS[mode].lower() for mode in card.modes])}.  \n"
        f"**Voices** {', '.join(card.voices)}  \n"
        f"**Meters** {', '.join(card.meters)}  \n"
        f"**Keys** {', '.join(card.keys)}  \n"
        f"**Unless you say otherwise** {card.num_bars} bars, {card.qpm:.0f} BPM (quarter notes), "
        f"temperature {card.temperature:g}"
    )
    st.markdown(f"**Your music.** {card.licence}")
    if card.quality:
        with st.expander("How good it is, measured", icon=":material/straighten:"):
            st.table(_rows(card.quality), border="horizontal")
    with st.expander("What it has learned from", icon=":material/library_books:"):
        for source in card.data:
            st.markdown(_source(source))
    with st.expander(
        "How it learned", icon=":material/show_chart:", key=f"curves-{card.style_id}", on_change="rerun"
    ) as e:
        if e.open:
            _learning(card)


def _learning(card: StyleCard) -> None:
    try:
        history = style_history(card.style_id)
    except MusegenError as error:
        st.warning(plain(str(error)))
        return
    if not history:
        st.caption("No record of the training is kept for this style.")
        return
    st.caption(
        "How surprised the style is by each next note, lower is better. Where the lines part it would begin to "
        "learn by heart; the version that plays is the one least surprised by pieces it has never seen."
    )
    st.plotly_chart(
        loss_chart(history),
        key=f"loss-{card.style_id}",
        config={"displayModeBar": False},
        alt=f"Learning curves of {card.title}",
    )
    seconds = card.training.get("seconds")
    if seconds:
        st.caption(f"Trained for {seconds / 60:.0f} minutes in {len(history)} rounds.")


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _source(source: dict[str, Any]) -> str:
    name = f"[{source['name']}]({source['url']})" if source.get("url") else source["name"]
    pieces = f", {source['pieces']} pieces" if str(source.get("pieces", "")).isdigit() else ""
    return f"- **{name}**{pieces}. {source.get('licence', '')}  \n  {source.get('citation', '')}"


def _rows(quality: dict[str, Any]) -> dict[str, list[str]]:
    """Return the measured figures as two columns, nested ones flattened."""
    names, values = [], []

    def add(prefix: str, figures: dict[str, Any]) -> None:
        for name, value in figures.items():
            words = f"{prefix} {name}".replace("_", " ").strip()
            if isinstance(value, dict):
                add(words, value)
            elif value is not None:
                names.append(words[0].upper() + words[1:])
                values.append(f"{value:.4g}" if isinstance(value, float) else str(value))

    add("", quality)
    return {"Measured": names, "Value": values}
