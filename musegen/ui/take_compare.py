"""Two kept takes side by side: roll, sheet and measures. compare, show."""

from dataclasses import replace

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message
from musegen.library import library
from musegen.library.takes import OpenedTake
from musegen.services.keeping import listing as kept
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.sheet import show_sheet
from musegen.ui.take_rows import show_player

COMPARED = "takes-compared"


def compare(take_ids: list[str], whose: str = "") -> None:
    """Have two takes, by their ids, shown side by side; `whose` they are, "" for one's own."""
    st.session_state[COMPARED + whose] = take_ids


def show(whose: str = "") -> None:
    """Draw the two takes that are compared, if any; `whose` they are, "" for one's own."""
    take_ids = st.session_state.get(COMPARED + whose)
    if not take_ids:
        return
    try:
        opened = [library.get_take(whose or owner(), take_id) for take_id in take_ids]
    except MusegenError as error:
        st.session_state[COMPARED + whose] = None
        st.warning(plain(str(error)))
        return
    with st.container(border=True, key="takes-compared-box"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(say("### Side by side"), width="content")
            st.button(say("Close"), icon=":material/close:", key="takes-compare-close", on_click=compare,
                      args=([], whose))  # fmt: skip
        for number, (place, take) in enumerate(zip(st.columns(2, gap="medium"), opened, strict=True), 1):
            with place:
                _one(number, take)
        st.table(
            {say(name): [say(value) for value in column] for name, column in kept.compared(opened).items()},
            border="horizontal",
        )


def _one(number: int, opened: OpenedTake) -> None:
    listed = opened.listed
    st.markdown(f"**{number}. {plain(listed.name)}**")
    show_player(listed, f"compare{number}", tall=110)
    st.caption(plain(listed.made_from))
    try:
        show_sheet(
            replace(opened.piece, title=""),
            opened.given,
            message("Sheet music of {name}", name=listed.name),
            f"compare-{number}",
        )
    except MusegenError as error:
        st.warning(plain(str(error)))
