"""At a table of a class: its task above the page, what of it is held, and a take handed in.

from_address, bring_back, setting, held, within_table, fixed_style, fixed_seed, show, hand_in_button.
"""

import streamlit as st

from musegen.composers.request import ComposeRequest, Take
from musegen.errors import LibraryError, MusegenError
from musegen.library import tables
from musegen.library.table_store import MAX_FIRST_NAME
from musegen.services.keeping.library import new_take
from musegen.services.making.recipe import Recipe
from musegen.services.seeds.seed import Seed
from musegen.services.styles import get_style
from musegen.services.tables.setting import OPEN, Setting, read_setting, within
from musegen.ui import recipe_panel
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.name_panel import kept_name
from musegen.ui.owner import owner
from musegen.ui.state import Batch, session

_NAME, _SAID = "first-name", "handed-in-said"


def from_address() -> None:
    """Sit down at the table that the page's address names, once; before the controls are drawn."""
    table_id, state = st.query_params.get("table"), session()
    if not table_id or state.link_used == f"table {table_id}":
        return
    state.link_used, state.table_error = f"table {table_id}", None
    found = _open(table_id)
    if found is None:
        return
    state.table_id, state.table = table_id, found
    recipe_panel.set_all(found.request, get_style(found.request.style_id))
    state.adopt, state.requested = False, None  # the first takes of the table are made at once


def bring_back(table_id: str | None) -> None:
    """Sit down again at a table, after a reload; its controls are as they were left."""
    state = session()
    if table_id and (found := _open(table_id)) is not None:
        state.table_id, state.table = table_id, found


def _open(table_id: str) -> Setting | None:
    """Return what lies on a table; None where nobody can come to it, which is said."""
    try:
        table = tables.get_table(table_id)
        if table.withdrawn:
            raise LibraryError("This table was withdrawn by who set it. What you have made is still here.")
        return read_setting(table.body)
    except MusegenError as error:
        session().table_error = str(error)
        return None


def setting() -> Setting | None:
    """Return what lies on the table that this visit sits at; None where it sits at none."""
    return session().table


def held(style_id: str) -> frozenset[str]:
    """Return the names of `OPEN` that may not be changed here: none where this visit sits at no table.

    Args:
        style_id: that is chosen; the settings of another style than the table's are free.
    """
    found = setting()
    if found is None:
        return frozenset()
    closed = frozenset(OPEN) - found.may_change
    return closed if style_id == found.request.style_id else closed - {"sliders", "more"}


def within_table(request: ComposeRequest | None) -> ComposeRequest | None:
    """Return a request with all that may not be changed as the table has it."""
    found = setting()
    return request if found is None or request is None else within(found, request)


def fixed_style() -> tuple[str, str] | None:
    """Return the table's style and what it does where these may not be changed, else None."""
    found = setting()
    return None if found is None or "style" in found.may_change else (found.request.style_id, found.request.mode)


def fixed_seed() -> Seed | None:
    """Return the table's seed where it may not be changed, None where everybody brings their own."""
    found = setting()
    if found is None or "seed" in found.may_change or found.request.primer is None:
        return None
    primer = found.request.primer
    return Seed(primer, primer.title or say("The music of this table"), "example")


def show() -> None:
    """Draw the task, and what may be changed; say what is wrong with a table that cannot be opened."""
    state, found = session(), setting()
    if state.table_error:
        st.error(plain(say(state.table_error)))
    if found is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center",
                      horizontal_alignment="distribute", key="table-task"):  # fmt: skip
        with st.container(width="stretch", gap=None, key="table-words"):
            st.markdown(f"**{plain(found.title)}**")
            if found.task:
                st.markdown(plain(found.task))
            st.caption(_may_change(found))
        st.button(say("Leave the table"), icon=":material/logout:", key="table-leave", on_click=_leave, type="tertiary",
                  help=say("Everything can be changed then. What you made stays."))  # fmt: skip
    if words := st.session_state.pop(_SAID, None):
        st.toast(plain(words), duration="long")


def _may_change(found: Setting) -> str:
    words = [say(words) for name, words in OPEN.items() if name in found.may_change]
    if len(words) == len(OPEN):
        return say("You may change everything.")
    if not words:
        return say("Everything is set.")
    return say("You may change {parts}; the rest is set.", parts=", ".join(words))


def _leave() -> None:
    state = session()
    state.table = state.table_id = state.table_error = None


def hand_in_button(batch: Batch, take: Take, recipe: Recipe | None) -> None:
    """Draw where a take is handed in, at a table; nothing elsewhere.

    Args:
        batch: the result.
        take: its take that is looked at, with its title.
        recipe: how it was made.
    """
    state = session()
    if state.table is None or state.table_id is None:
        return
    try:
        mine = tables.handed_by(state.table_id, owner())
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    with st.popover(say("Hand in") + (f" ({len(mine)})" if mine else ""), icon=":material/outbox:", key="hand-in",
                    help=say("Give this take to who set the table.")):  # fmt: skip
        st.caption(say("Only who set the table sees and hears it."))
        st.text_input(say("First name"), max_chars=MAX_FIRST_NAME, key=_NAME, persist_state="session",
                      placeholder=say("or nothing"), help=say("A first name is enough."))  # fmt: skip
        st.button(say("Hand in this take"), type="primary", key="hand-in-now", on_click=_hand_in,
                  args=(batch, take, recipe, state.table_id))  # fmt: skip
        for one in mine:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(plain(one.take.name), width="content")
                st.button(say("Take back"), key=f"take-back-{one.take.take_id}", on_click=_take_back,
                          args=(state.table_id, one.take.take_id))  # fmt: skip
    if words := st.session_state.pop(_SAID, None):
        st.toast(plain(words), duration="long")


def _hand_in(batch: Batch, take: Take, recipe: Recipe | None, table_id: str) -> None:
    name = str(st.session_state.get(_NAME) or "")
    new = new_take(take, recipe, batch.made_from, kept_name(batch, take))
    try:
        tables.hand_in(table_id, owner(), name, new)
    except MusegenError as error:
        st.session_state[_SAID] = say("Not handed in: {why}", why=str(error))
    else:
        st.session_state[_SAID] = say('"{name}" is handed in.', name=new.name)


def _take_back(table_id: str, take_id: str) -> None:
    try:
        tables.take_back(table_id, owner(), take_id)
    except MusegenError as error:
        st.session_state[_SAID] = say("Not taken back: {why}", why=str(error))
