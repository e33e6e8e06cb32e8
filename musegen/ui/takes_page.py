"""The Takes page: what was kept, found by words and tags, heard, compared, handed on; a shared take for anyone."""

from functools import partial

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message
from musegen.library import library
from musegen.services.keeping import library as keeping
from musegen.ui import keep_panel, shared_take, take_compare, take_import, take_rows
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.take_rows import CHOSEN, DELETED

PAGE_SIZES = (20, 50)
ORDERS = {
    "newest": message("Newest first"),
    "oldest": message("Oldest first"),
    "best": message("Most stars first"),
    "name": message("By name"),
    "longest": message("Longest first"),
}
_PAGE = "takes-page"
_MOST_TAGS = 30
_EVERYTHING = 1_000_000


def draw() -> None:
    """Draw the page."""
    key = st.query_params.get("take")
    if key:
        shared_take.draw(key)
        return
    st.markdown(say("## Takes"))
    keep_panel.about_memory()
    _library()


def _library() -> None:
    # No fragment: under load its redrawing met that of a page still being drawn, and the browser lost its place.
    try:
        total = library.count_takes(owner())
        tags = library.list_tags(owner())
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    _say_deleted()
    keep_panel.say_trouble()
    take_import.say_imported()
    if not total:
        st.markdown(say("Nothing is kept yet. Compose something, and press Keep under a take that you like."))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link("pages/compose.py", label=say("Compose"), icon=":material/music_note:")
            take_import.import_button()
        return
    _actions(total)
    search, wanted, order = _filters(tags)
    try:
        _show(search, wanted, order)
    except MusegenError as error:
        st.error(plain(str(error)))


def _filters(tags: dict[str, int]) -> tuple[str, list[str], str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="takes-find"):
        search = st.text_input(say("Find"), key="takes-search", persist_state="session", on_change=_first_page,
                               placeholder=say("Words of name, remark, style, tags"), label_visibility="collapsed",
                               icon=":material/search:")  # fmt: skip
        order = st.selectbox(
            say("Order"),
            list(ORDERS),
            format_func=lambda name: say(ORDERS[name]),
            key="takes-order",
            width=200,
            persist_state="session",
            on_change=_first_page,
            label_visibility="collapsed",
        )
    shown = list(tags)[:_MOST_TAGS]
    key = "takes-tags"
    if key in st.session_state:  # a tag that nothing has any more cannot be chosen
        st.session_state[key] = [tag for tag in st.session_state[key] or () if tag in shown]
    wanted = []
    if shown:
        wanted = st.pills(
            say("Tags"),
            shown,
            selection_mode="multi",
            key=key,
            persist_state="session",
            wrap=True,
            format_func=lambda tag: f"{plain(tag)} {tags[tag]}",
            on_change=_first_page,
            label_visibility="collapsed",
            help=say("Show takes that have all of these tags."),
        )
    return search or "", list(wanted or ()), order


def _first_page() -> None:
    st.session_state[_PAGE] = 0


def _show(search: str, tags: list[str], order: str) -> None:
    found = library.count_takes(owner(), search=search, tags=tags)
    if not found:
        st.caption(say("No take has all of these words and tags."))
        return
    size = st.session_state.get("takes-size") or PAGE_SIZES[0]
    pages = -(-found // size)
    page = st.session_state[_PAGE] = min(max(st.session_state.get(_PAGE, 0), 0), pages - 1)
    take_compare.show()
    listed = library.list_takes(owner(), search=search, tags=tags, order=order, limit=size, offset=page * size)
    with st.container(key="kept-rows"):
        take_rows.show_rows(listed)
    if found > PAGE_SIZES[0]:
        _paging(page, pages, found, size)


def _paging(page: int, pages: int, found: int, size: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(say("Before"), icon=":material/chevron_left:", key="takes-before", disabled=page == 0, on_click=_turn,
                  args=(-1,), help=say("The takes before these."))  # fmt: skip
        st.markdown(
            say(
                "{page} to {page_2} of {found}", page=page * size + 1, page_2=min((page + 1) * size, found), found=found
            ),
            width="content",
        )
        st.button(
            say("Next"),
            icon=":material/chevron_right:",
            icon_position="right",
            key="takes-next",
            disabled=page == pages - 1,
            on_click=_turn,
            args=(1,),
            help=say("The takes after these."),
        )
        st.session_state.setdefault("takes-size", PAGE_SIZES[0])
        st.segmented_control(say("On a page"), PAGE_SIZES, required=True, key="takes-size", persist_state="session",
                             format_func=lambda number: say("{number} on a page", number=number), on_change=_first_page,
                             label_visibility="collapsed")  # fmt: skip


def _turn(way: int) -> None:
    st.session_state[_PAGE] = st.session_state.get(_PAGE, 0) + way


def _actions(total: int) -> None:
    """Draw what is done with the chosen takes, or with all."""
    chosen = st.session_state.setdefault(CHOSEN, {})
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="takes-actions"):
        if chosen:
            st.markdown(say("{count} chosen", count=len(chosen)), width="content")
            st.button(say("Compare"), icon=":material/compare_arrows:", key="takes-compare-button",
                      disabled=len(chosen) != 2, on_click=take_compare.compare, args=(list(chosen),),
                      help=say("See and hear two takes side by side, with their measures. Choose two."))  # fmt: skip
            _zip_button(say("Export {count}", count=len(chosen)), list(chosen), "takes-export-chosen")
            st.button(
                say("Delete"),
                icon=":material/delete:",
                key="takes-delete-chosen",
                on_click=take_rows.delete,
                args=(dict(chosen),),
                help=say("Take them out of the library; they can be brought back at once."),
            )
            st.button(
                say("Choose none"), key="takes-choose-none", on_click=chosen.clear, help=say("Take the marks away.")
            )
        else:
            words = say("{count:# take|# takes}", count=total)
            st.caption(
                say("{words}. Only this browser sees them, except those you share.", words=words), width="content"
            )
            _zip_button(say("Export all"), None, "takes-export-all")
            take_import.import_button()


def _zip_button(label: str, take_ids: list[str] | None, key: str) -> None:
    st.download_button(label, data=partial(_zip, owner(), take_ids), file_name="musegen-takes.zip",
                       mime="application/zip", on_click="ignore", icon=":material/folder_zip:", key=key,
                       help=say("MIDI and MusicXML of each with its recipe, in a zip that can be imported on any "
"computer. Where it fails because they are too many for one zip, choose fewer."))  # fmt: skip


def _zip(owner_id: str, take_ids: list[str] | None) -> bytes:
    if take_ids is None:
        take_ids = [take.take_id for take in library.list_takes(owner_id, order="oldest", limit=_EVERYTHING)]
    return keeping.export_zip(owner_id, take_ids)


def _say_deleted() -> None:
    gone = st.session_state.get(DELETED)
    if not gone:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="takes-undo-row"):
        words = say('{count:"{name}" is|# takes are} deleted.', count=len(gone), name=next(iter(gone.values())))
        st.markdown(plain(words), width="content")
        st.button(say("Undo"), icon=":material/undo:", key="takes-undo", on_click=take_rows.undo_delete,
                  help=say("Bring it back.") if len(gone) == 1 else say("Bring them back."))  # fmt: skip
