"""A take that somebody shares by a link: heard, seen, downloaded and copied by anyone, changed by nobody."""

import streamlit as st

from musegen.errors import MusegenError
from musegen.library import library
from musegen.library.takes import OpenedTake
from musegen.services.keeping import listing as kept
from musegen.ui import keep_panel
from musegen.ui.downloads import download_buttons
from musegen.ui.keep_panel import tell_trouble
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.open_kept_take import show_in_compose
from musegen.ui.owner import owner
from musegen.ui.stage import show_stage

_COPIED = "shared-copied"


def from_address() -> None:
    """Go to the take that the app's address names, from whatever page."""
    if share_key := st.query_params.get("take"):
        st.switch_page("pages/takes.py", query_params={"take": share_key})


def draw(share_key: str) -> None:
    """Draw the take that is shared under a key."""
    try:
        opened = library.get_shared_take(share_key)
    except MusegenError as error:
        st.error(plain(str(error)))
        _to_own()
        return
    heard, take, trouble = kept.readable(opened)
    listed = opened.listed
    st.markdown(f"## {plain(listed.name)}")
    if trouble:
        st.warning(plain(trouble))
    bars = say("{count:# bar|# bars}", count=listed.num_bars)
    st.caption(
        plain(" · ".join([say("A shared take"), listed.made_from or listed.style_id, bars, f"{listed.seconds:.0f} s"]))
    )
    keep_panel.say_trouble()
    show_stage(take, take)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="downloads"):
        if st.session_state.get(_COPIED) == share_key:
            st.markdown(f":material/star: {say('A copy is kept.')}", width="content")
        else:
            st.button(say("Keep a copy"), icon=":material/star:", key="shared-keep", on_click=_copy, args=(opened,),
                      help=say("Put a copy of it into your own library."))  # fmt: skip
        if st.button(say("Open in Compose"), icon=":material/open_in_new:", key="shared-open",
                     help=say("Show it on the Compose page, with its settings, to go on from there.")):  # fmt: skip
            show_in_compose(opened, mine=False)
            st.switch_page("pages/compose.py")
        download_buttons(take, heard.recipe)
    keep_panel.about_memory()
    _to_own()


def _copy(opened: OpenedTake) -> None:
    try:
        kept.keep_copy(owner(), opened)
    except MusegenError as error:
        tell_trouble(say("The copy is not kept: {error}", error=error))
        return
    st.session_state[_COPIED] = opened.listed.share_key


def _to_own() -> None:
    if st.button(say("Your own takes"), icon=":material/bookmarks:", key="shared-back", type="tertiary"):
        st.query_params.clear()
        st.rerun()
