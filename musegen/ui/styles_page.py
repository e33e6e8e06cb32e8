"""The Styles page: each style for a musician first, then its data, its licence and how well it has learned."""

import csv
import io
from typing import Any

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message
from musegen.rendering.charts import loss_chart
from musegen.rendering.judging_charts import picture_config
from musegen.services.showing.sample import sample_of
from musegen.services.styles import StyleCard, list_styles, style_history
from musegen.services.training.shelf import picture_of
from musegen.styles.comparison import COMPARED, compared, may_be_sold
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.plot import plot
from musegen.ui.settings_panel import MODE_WORDS


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Styles"))
    st.caption(
        say(
            "A style is a small network that has read one collection of music and writes more of "
            "its kind, note by note. It knows that music and no other."
        )
    )
    try:
        cards = list_styles()
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    _table(cards)
    for card in cards:
        with st.container(border=True):
            _draw_card(card)


def _table(cards: list[StyleCard]) -> None:
    """Draw all styles in one table, which a click on a heading sorts."""
    st.markdown(say("#### All styles side by side"))
    columns: dict[str, list] = {say("Style"): [say(card.title) for card in cards]}
    columns[say("May I sell it?")] = [say("yes") if may_be_sold(card) else say("not without asking") for card in cards]
    config: dict[str, Any] = {say("Style"): st.column_config.TextColumn(pinned=True)}
    for name, figure in COMPARED.items():
        title = _begun(say(figure.title))
        if title in columns:
            title = f"{title} ({say(COMPARED[name.removesuffix('_held_out')].title)})"
        columns[title] = [compared(card)[name] for card in cards]
        config[title] = st.column_config.NumberColumn(format="%.3g", help=say(_BETTER[figure.better]))
    columns[say("Minutes of training")] = [round(card.training.get("seconds", 0) / 60) or None for card in cards]
    columns[say("Learned from")] = ["; ".join(source["name"] for source in card.data) for card in cards]
    st.dataframe(columns, hide_index=True, column_config=config, key="styles-table")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("A click on a heading sorts. Where a figure has real music's beside it, nearer to "
"that is better."),
                   width="stretch")  # fmt: skip
        st.download_button(say("Table as CSV"), out.getvalue(), "musegen-styles.csv", "text/csv", on_click="ignore",
                           icon=":material/download:", key="styles-csv")  # fmt: skip


_BETTER = {"lower": message("Lower is better."), "higher": message("Higher is better."),
           "nearer": message("Nearer to the figure of held-out music is better.")}  # fmt: skip


def _draw_card(card: StyleCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"### {say(card.title)}", width="content")
        if st.button(
            say("Compose with it"),
            key=f"use-{card.style_id}",
            icon=":material/music_note:",
            help=say("Choose this style and go to the Compose page."),
        ):
            st.session_state["style"] = card.style_id
            st.switch_page("pages/compose.py")
    if picture := picture_of(card.style_id):
        st.image(picture, width=240)
    st.markdown(say(card.description))
    left, right = st.columns(2, gap="large")
    left.markdown(
        say("**Give it.** {feed_it}\n\n**Its limits.** {cannot}", feed_it=say(card.feed_it), cannot=say(card.cannot))
    )
    right.markdown(
        say(
            "**It can** {modes}.  \n**Voices** {voices}  \n**Meters** {meters}  \n**Keys** {keys}  \n"
            "**Unless you say otherwise** {num_bars} bars, {qpm:.0f} BPM (quarter notes), "
            "temperature {temperature:g}",
            modes=_joined([say(MODE_WORDS[mode]) for mode in card.modes]),
            voices=", ".join(map(say, card.voices)),
            meters=", ".join(card.meters),
            keys=", ".join(map(say, card.keys)),
            num_bars=card.num_bars,
            qpm=card.qpm,
            temperature=card.temperature,
        )
    )
    st.markdown(say("**May I sell it?** {licence}", licence=say(card.licence)))
    _sample(card)
    if card.quality:
        with st.expander(say("How good it is, measured"), icon=":material/straighten:"):
            st.table(_rows(card.quality), border="horizontal")
    with st.expander(say("What it has learned from"), icon=":material/library_books:"):
        for source in card.data:
            st.markdown(_source(source))
    with st.expander(
        say("How it learned"), icon=":material/show_chart:", key=f"curves-{card.style_id}", on_change="rerun"
    ) as e:
        if e.open:
            _learning(card)


def _sample(card: StyleCard) -> None:
    """Draw a button that composes a short piece to hear, and what came of it."""
    key = f"sample-{card.style_id}"
    number = st.session_state.get(key)
    words = say("Hear a sample") if number is None else say("Another")
    st.button(words, key=f"hear-{card.style_id}", icon=":material/volume_up:", on_click=_next_sample, args=(key,),
              help=say("Composes a few bars with the settings of the style and plays them."))  # fmt: skip
    if number is None:
        return
    try:
        take, sound = sample_of(card.style_id, number)
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    st.audio(sound, "audio/wav", autoplay=st.session_state.pop(f"{key}-new", False))
    st.caption(
        say(
            "Random number {number}, {num_notes} notes, {seconds:.0f} s, nothing chosen by hand.",
            number=number,
            num_notes=take.piece.num_notes,
            seconds=take.seconds,
        )
    )


def _next_sample(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, -1) + 1
    st.session_state[f"{key}-new"] = True


def _learning(card: StyleCard) -> None:
    try:
        history = style_history(card.style_id)
    except MusegenError as error:
        st.warning(plain(str(error)))
        return
    if not history:
        st.caption(say("No record of the training is kept for this style."))
        return
    st.caption(
        say(
            "How surprised the style is by each next note, lower is better. Where the lines part "
            "it would begin to learn by heart; the version that plays is the one least surprised "
            "by pieces it has never seen."
        )
    )
    plot(
        loss_chart(history),
        key=f"loss-{card.style_id}",
        config=picture_config(f"{card.style_id}-learning", "png"),
        alt=say("Learning curves of {title}", title=say(card.title)),
    )
    seconds = card.training.get("seconds")
    if seconds:
        st.caption(
            say(
                "Trained for {minutes:# minute|# minutes} in {num_history:# round|# rounds}.",
                minutes=max(round(seconds / 60), 1),
                num_history=len(history),
            )
        )


def _joined(words: list[str]) -> str:
    return " · ".join(words)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _source(source: dict[str, Any]) -> str:
    name = f"[{source['name']}]({source['url']})" if source.get("url") else source["name"]
    pieces = (
        say(", {count:# piece|# pieces}", count=int(source["pieces"]))
        if str(source.get("pieces", "")).isdigit()
        else ""
    )
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
    return {say("Measured"): names, say("Value"): values}
