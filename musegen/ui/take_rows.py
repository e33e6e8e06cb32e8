"""Kept takes as rows: a small roll that plays, what there is to know, and what can be done with one.

arranged, show_rows, show_player, when.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from musegen.errors import MusegenError
from musegen.library import library
from musegen.library.takes import KeptTake
from musegen.services.keeping import listing as kept
from musegen.ui import keep_panel
from musegen.ui.browser import component, component_id
from musegen.ui.downloads import download_buttons
from musegen.ui.keep_panel import tell_trouble
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.open_kept_take import show_in_compose
from musegen.ui.owner import owner
from musegen.ui.recipe_panel import show_copy

CHOSEN, DELETED = "takes-chosen", "takes-deleted"
MOST_INDENTED = 4


def arranged(takes: Sequence[KeptTake]) -> list[tuple[KeptTake, int]]:
    """Return takes with how deep they stand: what was made from a take comes below it, otherwise the order stays."""
    ids = {take.take_id for take in takes}
    children: dict[str | None, list[KeptTake]] = {}
    for take in takes:
        parent = take.parent_id if take.parent_id in ids and take.parent_id != take.take_id else None
        children.setdefault(parent, []).append(take)
    rows: list[tuple[KeptTake, int]] = []

    def add(parent: str | None, depth: int) -> None:
        for take in children.pop(parent, ()):
            rows.append((take, depth))
            add(take.take_id, depth + 1)

    add(None, 0)
    for parent in list(children):  # takes made from one another in a circle, which a zip made by hand may bring
        add(parent, 0)
    return rows


def show_rows(takes: Sequence[KeptTake]) -> None:
    """Draw a row for each take."""
    rows = arranged(takes)
    names = {take.take_id: take.name for take in takes}
    try:
        names |= library.take_names(owner(), {take.parent_id for take in takes if take.parent_id} - set(names))
    except MusegenError as error:
        st.error(plain(str(error)))
    for take, depth in rows:
        _row(take, min(depth, MOST_INDENTED), names)


def _row(take: KeptTake, depth: int, names: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small",
                      key=f"kept-row-{depth}-{take.take_id}"):  # fmt: skip
        chosen = f"choose-{take.take_id}"
        st.session_state[chosen] = take.take_id in st.session_state.setdefault(CHOSEN, {})
        st.checkbox(
            say("Choose {name}", name=plain(take.name)),
            key=chosen,
            label_visibility="collapsed",
            width="content",
            on_change=_choose,
            args=(take.take_id, take.name),
        )
        with st.container(key=f"kept-picture-{take.take_id}", width=260):
            show_player(take, "row")
        with st.container(key=f"kept-words-{take.take_id}", gap=None):
            tags = "".join(f" :gray-badge[{plain(tag)}]" for tag in take.tags)
            st.markdown(f"**{plain(take.name)}**{tags}")
            st.caption(plain(_line(take, names)))
            if take.remark:
                st.caption(f"_{plain(_first(take.remark))}_")
        keep_panel.stars(take, "row")
        if st.button(say("Open"), icon=":material/open_in_new:", key=f"open-{take.take_id}",
                     help=say("Show it on the Compose page, with its settings, to go on from there.")):  # fmt: skip
            _open(take)
        more = st.popover(say("More"), key=f"more-{take.take_id}", on_change="rerun",
                          help=say("Name, tags, remark, files, link, delete."))  # fmt: skip
        if more.open:
            with more:
                _more(take)


def _line(take: KeptTake, names: dict[str, str]) -> str:
    bars = say("{count:# bar|# bars}", count=take.num_bars)
    parts = [take.made_from or take.style_id, bars, f"{take.seconds:.0f} s", when(take.kept_at)]
    if take.parent_id:
        parent = names.get(take.parent_id)
        parts.append(
            say('made from "{parent}"', parent=parent) if parent else say("made from a take that is not here any more")
        )
    return " · ".join(parts + [say("shared")] * bool(take.share_key))


def when(kept_at: datetime) -> str:
    """Return when it was kept, in the musician's own time."""
    minutes = st.context.timezone_offset  # minutes behind UTC
    moment = kept_at.timestamp() - 60 * (minutes if isinstance(minutes, int) else 0)
    local = datetime.fromtimestamp(moment, UTC)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _first(remark: str) -> str:
    line = " ".join(remark.split())
    return line if len(line) <= 160 else line[:159] + "…"


def show_player(take: KeptTake, where: str, tall: int = 56) -> None:
    """Draw the small roll of a take with a button that plays it.

    Args:
        take: the take.
        where: tells several of the same take on one page apart.
        tall: height of the roll in CSS pixels.
    """
    try:
        picture = kept.picture_of(take.owner, take.take_id)
    except MusegenError as error:
        st.caption(plain(str(error)))
        return
    data = {"take": take.take_id, "name": take.name, "new": picture.new, "given": picture.given, "end": picture.end,
            "width": kept.WIDTH, "height": kept.HEIGHT, "tall": tall}  # fmt: skip
    component("kept")(key=f"{where}-player-{component_id(take.take_id)}", data=data)


# ------------------------------------------------------------------------------------------------- what is done


def _more(take: KeptTake) -> None:
    keep_panel.details(take, "more")
    try:
        opened = library.get_take(owner(), take.take_id)
    except MusegenError as error:
        st.error(plain(str(error)))
    else:
        with st.container(horizontal=True, gap="small"):
            opened, music, trouble = kept.readable(opened)
            download_buttons(music, opened.recipe, f"{take.take_id}-")
        if trouble:
            st.warning(plain(trouble))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if take.share_key:
            show_copy(f"copy-{component_id(take.take_id)}", say("Copy link"), f"?take={take.share_key}")
            st.button(say("Stop sharing"), icon=":material/link_off:", key=f"unshare-{take.take_id}", on_click=_done,
                      args=(library.stop_sharing, take.take_id), help=say("The link leads nowhere then."))  # fmt: skip
        else:
            st.button(say("Share by link"), icon=":material/link:", key=f"share-{take.take_id}", on_click=_done,
                      args=(library.share_take, take.take_id),
                      help=say("Make a link under which anyone who has it hears and sees this take."))  # fmt: skip
        st.button(
            say("Delete"),
            icon=":material/delete:",
            key=f"delete-{take.take_id}",
            on_click=delete,
            args=({take.take_id: take.name},),
            help=say("Take it out of the library; it can be brought back at once."),
        )


def _open(take: KeptTake) -> None:
    try:
        show_in_compose(library.get_take(owner(), take.take_id), mine=True)
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    st.switch_page("pages/compose.py")


def _choose(take_id: str, name: str) -> None:
    chosen = st.session_state[CHOSEN]
    if chosen.pop(take_id, None) is None:
        chosen[take_id] = name


def _done(change: Callable[[str, str], object], take_id: str) -> None:
    try:
        change(owner(), take_id)
    except MusegenError as error:
        tell_trouble(str(error))


def delete(takes: dict[str, str]) -> None:
    """Take takes (names by id) out of the library; `undo_delete` brings them back, for 30 days at most."""
    gone = {}
    try:
        for take_id, name in takes.items():
            library.delete_take(owner(), take_id)
            gone[take_id] = name
            st.session_state.get(CHOSEN, {}).pop(take_id, None)
    except MusegenError as error:
        tell_trouble(str(error))
    st.session_state[DELETED] = gone


def undo_delete() -> None:
    """Bring back what was deleted last."""
    gone = st.session_state.get(DELETED, {})
    try:
        for take_id in list(gone):
            library.restore_take(owner(), take_id)
            del gone[take_id]
    except MusegenError as error:
        tell_trouble(str(error))
