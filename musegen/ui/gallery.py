"""The gallery of a table, for who has its link: what was handed in is listed, played, compared and saved as a zip."""

from functools import partial

import streamlit as st

from musegen.errors import MusegenError
from musegen.library import library, tables
from musegen.library.table_store import HandedIn, Table
from musegen.services.tables.gallery import gallery_zip, notes_of_each
from musegen.services.tables.setting import read_setting
from musegen.ui import keep_panel, take_compare
from musegen.ui.keep_panel import tell_trouble
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.open_kept_take import show_in_compose
from musegen.ui.take_rows import show_player, when

_CHOSEN = "gallery-chosen"


def from_address() -> None:
    """Go to the gallery that the app's address names, from whatever page."""
    if gallery_key := st.query_params.get("gallery"):
        st.switch_page("pages/classroom.py", query_params={"gallery": gallery_key})


def draw(gallery_key: str) -> None:
    """Draw the gallery that a key leads to."""
    try:
        table = tables.get_by_gallery(gallery_key)
        handed = tables.handed_in(gallery_key)
    except MusegenError as error:
        st.error(plain(str(error)))
        st.page_link("pages/classroom.py", label=say("Class"), icon=":material/groups:")
        return
    _head(table, len(handed))
    keep_panel.say_trouble()
    if not handed:
        st.caption(say("Nothing is handed in yet."))
    chosen = [take_id for take_id in st.session_state.get(_CHOSEN, ())
              if any(one.take.take_id == take_id for one in handed)]  # fmt: skip
    st.session_state[_CHOSEN] = chosen
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery-actions"):
        if handed:
            st.download_button(
                say("All as a zip"),
                data=partial(gallery_zip, gallery_key),
                on_click="ignore",
                file_name="musegen-gallery.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                key="gallery-zip",
                help=say(
                    "MIDI, MusicXML and PDF of each, the pupil's notes in blue, and a table of whose each note is."
                ),
            )
            st.button(
                say("Compare"),
                icon=":material/compare_arrows:",
                key="gallery-compare",
                disabled=len(chosen) != 2,
                on_click=take_compare.compare,
                args=(chosen, table.gallery),
                help=say("See and hear two takes side by side, with their measures. Choose two."),
            )
        st.button(
            say("Look again"), icon=":material/refresh:", key="gallery-refresh", help=say("See what has come since.")
        )
        st.button(say("Your tables"), icon=":material/groups:", key="gallery-tables", on_click=st.query_params.clear,
                  help=say("All tables that you set."))  # fmt: skip
        with st.popover(say("Delete"), icon=":material/delete:", key="gallery-delete"):
            st.markdown(say("The table goes with all that was handed in, for good."))
            if st.button(say("Delete all of it"), key="gallery-delete-now"):
                _delete(table)
    take_compare.show(table.gallery)
    with st.container(key="kept-rows"):
        for one in handed:
            _row(table, one)


def _head(table: Table, count: int) -> None:
    try:
        found = read_setting(table.body)
        st.markdown(f"## {plain(found.title)}")
        if found.task:
            st.markdown(plain(found.task))
    except MusegenError as error:
        st.markdown(say("## Gallery"))
        st.warning(plain(str(error)))
    words = say(
        "{count:# take is|# takes are} handed in. Who has this page's address sees them, nobody else.", count=count
    )
    st.caption(words + (" " + say("The table is withdrawn: nobody can hand in more.") if table.withdrawn else ""))


def _row(table: Table, one: HandedIn) -> None:
    take = one.take
    with st.container(horizontal=True, vertical_alignment="center", gap="small",
                      key=f"kept-row-0-{take.take_id}-{one.handed_at:%H%M%S%f}"):  # fmt: skip
        place = f"gallery-choose-{take.take_id}-{one.handed_at:%H%M%S%f}"
        st.session_state[place] = take.take_id in st.session_state[_CHOSEN]
        st.checkbox(say("Choose {title}", title=plain(f"{take.name} {one.name}")), key=place, width="content",
                    label_visibility="collapsed", on_change=_choose, args=(take.take_id,))  # fmt: skip
        with st.container(key=f"kept-picture-{place}", width=260):
            show_player(take, f"gallery-{one.handed_at:%H%M%S%f}")
        with st.container(key=f"kept-words-{place}", gap=None):
            st.markdown(f"**{plain(one.name or say('Without a name'))}**: {plain(take.name)}")
            st.caption(plain(_line(table, one)))
        if st.button(say("Open"), icon=":material/open_in_new:", key=f"open-{place}",
                     help=say("Show it on the Compose page, to go on from there.")):  # fmt: skip
            _show(table, one)


def _line(table: Table, one: HandedIn) -> str:
    bars = say("{count:# bar|# bars}", count=one.take.num_bars)
    parts = [bars, f"{one.take.seconds:.0f} s", when(one.handed_at)]
    try:
        own, composed = notes_of_each(library.get_take(table.gallery, one.take.take_id))
    except MusegenError as error:
        return str(error)
    return " · ".join(
        [*parts, say("{own:# note|# notes} of the pupil, {composed} of the network", own=own, composed=composed)]
    )


def _show(table: Table, one: HandedIn) -> None:
    try:
        show_in_compose(library.get_take(table.gallery, one.take.take_id), mine=False)
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    st.query_params.clear()
    st.switch_page("pages/compose.py")


def _choose(take_id: str) -> None:
    chosen = st.session_state[_CHOSEN]
    if take_id in chosen:
        chosen.remove(take_id)
    else:
        chosen.append(take_id)


def _delete(table: Table) -> None:
    try:
        tables.delete_table(table.gallery_key)
    except MusegenError as error:
        tell_trouble(str(error))
        st.rerun()
    st.query_params.clear()
    st.switch_page("pages/classroom.py")
