"""Keeping a take from the results, and what is said of a kept one: its name, stars, tags, a remark.

keep_button, details, stars, notes_of, say_trouble, tell_trouble, about_memory.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any

import streamlit as st

from musegen.composers.request import ComposeRequest, Take
from musegen.errors import LibraryError
from musegen.library import library
from musegen.library.takes import MAX_NAME, MAX_REMARK, MAX_TAGS, KeptTake
from musegen.music import Piece
from musegen.services.keeping.library import keep
from musegen.services.making.recipe import Recipe
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.name_panel import kept_name
from musegen.ui.owner import is_remembered, owner
from musegen.ui.state import Batch, session

_TROUBLE, _UNSAVED = "keep_trouble", "keep_unsaved"


def keep_button(batch: Batch, take: Take, recipe: Recipe | None) -> None:
    """Draw Keep, or what is said of the take where it is kept already.

    Args:
        batch: the result.
        take: its take that is looked at, with the instruments that were chosen.
        recipe: how it was made.
    """
    take_id = batch.kept.get(take.index)
    listed = _listed(take_id, take.piece) if take_id else None
    if listed is None:
        st.button(
            say("Keep"),
            icon=":material/star:",
            key="keep",
            on_click=_keep,
            args=(batch, take, recipe),
            help=say("Put this take into your library, with its recipe; it is found on the page Takes."),
        )
    else:
        popover = st.popover(
            say("Kept"),
            icon=":material/star:",
            key=f"kept-{take_id}",
            on_change="rerun",
            help=say("Name, stars, tags, remark."),
        )
        with popover:  # as high as what will be in it, so that it opens where there is room
            place = st.container(key="kept-details")
        if popover.open:
            with place:
                about_memory()
                details(listed, "result")
                st.page_link("pages/takes.py", label=say("All takes"), icon=":material/bookmarks:")
    say_trouble()


def _listed(take_id: str, piece: Piece) -> KeptTake | None:
    """Return the kept take; None where it is not there, or has other instruments."""
    try:
        same = _kept_programs(owner(), take_id) == _programs(piece)
        return library.get_listed(owner(), take_id) if same else None
    except LibraryError as error:
        st.session_state[_TROUBLE] = str(error)
        return None


@lru_cache(maxsize=256)
def _kept_programs(whose: str, take_id: str) -> tuple[int, ...]:
    """Return the instruments of a kept take, which never change."""
    return _programs(library.get_take(whose, take_id).piece)


def _programs(piece: Piece) -> tuple[int, ...]:
    return tuple(track.program for track in piece.tracks)


def _keep(batch: Batch, take: Take, recipe: Recipe | None) -> None:
    state = session()
    st.session_state.pop(_TROUBLE, None)
    try:
        parent_id = _parent(batch, take)
        take_id = keep(
            owner(), take, recipe, made_from=batch.made_from, name=kept_name(batch, take), parent_id=parent_id
        )
    except LibraryError as error:
        st.session_state[_TROUBLE] = say("The take is not kept: {error}", error=error)
        return
    batch.kept[take.index] = state.kept_from[notes_of(take.piece)] = take_id


def _parent(batch: Batch, take: Take) -> str | None:
    """Return the kept take that this one was made from, over others that are not kept, or whose notes were its seed."""
    by_number = {other.number: other for other in session().batches}
    origin = batch.parent
    while origin and origin[0] in by_number:
        source_batch, index = by_number[origin[0]], origin[1]
        if index in source_batch.kept:
            return source_batch.kept[index]
        origin = source_batch.parent
    request = batch.result.request
    source = request.primer if isinstance(request, ComposeRequest) else request.piece
    parent = session().kept_from.get(notes_of(source)) if source else None
    return parent if parent != session().kept_from.get(notes_of(take.piece)) else None


def notes_of(piece: Piece) -> str:
    """Return what tells a piece from other music, whatever plays it: the checksum of its notes."""
    notes = [[(n.onset_quarter, n.duration_quarter, n.pitch, n.velocity) for n in t.notes] for t in piece.tracks]
    return sha256(repr(notes).encode()).hexdigest()


def details(listed: KeptTake, where: str) -> None:
    """Draw name, stars, tags and remark of a kept take to be changed; every change is kept at once.

    Args:
        listed: the take.
        where: tells several of the same take on one page apart.
    """
    try:
        known = sorted({*library.list_tags(owner()), *listed.tags})
    except LibraryError as error:
        st.error(plain(str(error)))
        return
    values = {"name": listed.name, "tags": list(listed.tags), "remark": listed.remark}
    keys = {name: f"{where}-{name}-{listed.take_id}" for name in values}
    unsaved = st.session_state.get(_UNSAVED, set())
    for name, key in keys.items():
        if key in unsaved and key in st.session_state:
            continue  # what was typed stays until it can be kept
        if st.session_state.get(key) != values[name]:  # another tab may have changed it
            st.session_state[key] = values[name]
    change: dict[str, dict[str, Any]] = {
        name: {"on_change": _change, "args": (listed.take_id, name, key)} for name, key in keys.items()
    }
    st.text_input(say("Name"), max_chars=MAX_NAME, key=keys["name"], **change["name"])
    stars(listed, where)
    st.multiselect(say("Tags"), known, accept_new_options=True, max_selections=MAX_TAGS, key=keys["tags"],
                   placeholder=say("Choose, or type a new one"), help=say("Words to find it by."),
                   **change["tags"])  # fmt: skip
    st.text_area(
        say("Remark"),
        max_chars=MAX_REMARK,
        height=90,
        key=keys["remark"],
        placeholder=say("What to remember of it"),
        **change["remark"],
    )


def stars(listed: KeptTake, where: str) -> None:
    """Draw the stars of a kept take, to be changed by a click; a click on the last one again takes them away."""
    key = f"{where}-stars-{listed.take_id}"
    st.session_state[key] = listed.rating - 1 if listed.rating else None
    st.feedback("stars", key=key, on_change=_change, args=(listed.take_id, "rating", key))


def _change(take_id: str, what: str, key: str) -> None:
    value = st.session_state.get(key)
    if what == "rating":
        value = 0 if value is None else value + 1
    try:
        library.change_take(owner(), take_id, **{what: value})
    except LibraryError as error:
        st.session_state[_TROUBLE] = str(error)
        st.session_state.setdefault(_UNSAVED, set()).add(key)
    else:
        st.session_state.get(_UNSAVED, set()).discard(key)
        if what == "name":
            _name_results(take_id, str(value))


def _name_results(take_id: str, name: str) -> None:
    """Give a take that is kept the same name among the results."""
    for batch in session().batches:
        for index, kept_id in batch.kept.items():
            if kept_id == take_id and name.strip():
                batch.names[index] = name.strip()


def tell_trouble(words: str) -> None:
    """Keep what went wrong to be said by `say_trouble` when the page is drawn."""
    st.session_state[_TROUBLE] = words


def say_trouble() -> None:
    """Say what went wrong with the library last, once."""
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(plain(trouble))


def about_memory() -> None:
    """Say where kept takes will not be found again."""
    if not is_remembered():
        st.caption(say("This browser refuses cookies, so what you keep is found in this tab alone. Export "
"it, or allow cookies for this address."))  # fmt: skip
