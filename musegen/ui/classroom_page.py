"""The Class page: the address for telephones, tables that are set by a link, and the gallery of one."""

from base64 import b64encode
from html import escape

import streamlit as st

from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.languages import msgid
from musegen.library import tables
from musegen.library.table_store import Table
from musegen.services.serving.addresses import qr_svg
from musegen.services.styles import get_style
from musegen.services.tables.setting import (
    MAX_TASK,
    MAX_TITLE,
    OPEN,
    USUALLY_OPEN,
    Setting,
    set_table,
    title_of,
)
from musegen.ui import gallery, public_address
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.recipe_panel import show_copy
from musegen.ui.results_words import made_from
from musegen.ui.state import session

_NEW, _TROUBLE = "table-new", "table-trouble"
_NO_NETWORK = msgid(
    "Only this computer can open the app now: it is in no network, or the app was started for this computer alone."
)
_SAFE = msgid(
    "Browsers give the microphone and MIDI keyboards to pages of https alone, and to the computer itself. Start with "
    "`python3 run.py --https` for that: it makes a certificate on the spot, and each device asks once whether to go on."
)


def draw() -> None:
    """Draw the page: a gallery where the address names one."""
    if gallery_key := st.query_params.get("gallery"):
        gallery.draw(gallery_key)
        return
    st.markdown(say("## Class"))
    root = public_address.root()
    _address(root)
    _set(root)
    _own(root)


def _address(root: str | None) -> None:
    if root is None:
        st.info(say(_NO_NETWORK))
        return
    st.caption(say("Telephones and tablets in the same network open"))
    _large(root, "app")
    if not root.startswith("https:"):
        st.caption(say(_SAFE))


def _large(address: str, key: str) -> None:
    """Draw an address so that it is read from the back of a room, with its QR code."""
    words = address.removeprefix("http://")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"address-{key}"):
        picture = b64encode(qr_svg(address).encode()).decode()
        label = escape(say("QR code of this address"))
        st.html(f'<img class="qr" alt="{label}" src="data:image/svg+xml;base64,{picture}">', width="content")
        with st.container(width="stretch", key=f"address-words-{key}"):
            st.html(f'<p class="address">{escape(words)}</p>')


# ------------------------------------------------------------------------------------------------------- setting one


def _set(root: str | None) -> None:
    st.markdown(say("### Set a table"))
    request = _request()
    if request is None:
        st.caption(
            say("Compose something first: its music to start from, style and settings are what everybody will find.")
        )
        st.page_link("pages/compose.py", label=say("Compose"), icon=":material/music_note:")
        return
    batch = session().batch
    seed = request.primer.title if request.primer else None
    try:
        style = get_style(request.style_id).title
    except MusegenError:
        style = request.style_id
    what = made_from(style, request.mode, seed)
    st.caption(say("A link puts on every desk what Compose shows now: {what}, temperature {temperature:g}.",
                   what=plain(say(what)), temperature=request.temperature))  # fmt: skip
    with st.form("set-table", border=False):
        title = st.text_input(say("Title"), max_chars=MAX_TITLE, placeholder=say("Chorale in G"), key="table-title")
        task = st.text_area(say("Task"), max_chars=MAX_TASK, height=80, placeholder=say("Harmonise this; stay in G."),
                            key="table-text")  # fmt: skip
        may = st.pills(say("What may be changed"), list(OPEN), selection_mode="multi", default=USUALLY_OPEN, wrap=True,
                       format_func=lambda name: say(OPEN[name]), key="table-may",
                       help=say("All else is held as it is now. Other takes can always be asked for."))  # fmt: skip
        pressed = st.form_submit_button(say("Make the link"), type="primary", icon=":material/add_link:")
    if pressed:
        new = Setting(title.strip() or (batch.title if batch else say("Table")), task, request, frozenset(may or ()))
        try:
            st.session_state[_NEW] = set_table(owner(), new).table_id
        except MusegenError as error:
            st.error(plain(str(error)))


def _request() -> ComposeRequest | None:
    """Return what the Compose page shows, or the last request that it asked."""
    state = session()
    batch = state.batch
    for request in (batch.result.request if batch else None, state.requested):
        if isinstance(request, ComposeRequest):
            return request
    return None


# -------------------------------------------------------------------------------------------------------- one's own


def _own(root: str | None) -> None:
    try:
        own = tables.list_tables(owner())
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(plain(trouble))
    if not own:
        return
    st.markdown(say("### Your tables"))
    for table in own:
        _one(table, root, table.table_id == st.session_state.get(_NEW))


def _one(table: Table, root: str | None, is_new: bool) -> None:
    link = f"?table={table.table_id}"
    title = plain(say(title_of(table))) + (f" · {say('withdrawn')}" if table.withdrawn else "")
    with st.expander(title, expanded=is_new, icon=":material/groups:", key=f"table-{table.table_id}"):
        if root is not None and not table.withdrawn:
            _large(root + link, table.table_id)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"table-row-{table.table_id}"):
            if not table.withdrawn:
                show_copy(f"copy-table-{_id(table)}", say("Copy link"), link)
            show_copy(f"copy-gallery-{_id(table)}", say("Copy the gallery's link"), f"?gallery={table.gallery_key}")
            st.page_link("pages/classroom.py", label=say("Gallery"), icon=":material/collections:",
                         query_params={"gallery": table.gallery_key})  # fmt: skip
            st.button(
                say("Let it be used again") if table.withdrawn else say("Withdraw"),
                key=f"withdraw-{table.table_id}",
                on_click=_withdraw,
                args=(table.gallery_key, not table.withdrawn),
                help=say("A withdrawn table takes nobody in; its gallery stays."),
            )
        st.caption(say("The first link is for everybody, the gallery's for you: who has it sees what was handed in."))


def _id(table: Table) -> str:
    """Return the id as part of a component's key, where Streamlit takes "__" for a mark of its own."""
    return table.table_id.replace("_", ".")


def _withdraw(gallery_key: str, withdrawn: bool) -> None:
    try:
        tables.withdraw(gallery_key, withdrawn)
    except MusegenError as error:
        st.session_state[_TROUBLE] = str(error)
