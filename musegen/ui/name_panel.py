"""The name of a take: the title and who it is by, typed by the musician. name_button, named, names, kept_name."""

import streamlit as st

from musegen.composers.request import Take
from musegen.errors import LibraryError, MusegenError
from musegen.library import library
from musegen.library.takes import MAX_NAME
from musegen.services.showing import downloads as studio
from musegen.services.styles import get_style
from musegen.ui.language import say
from musegen.ui.owner import owner
from musegen.ui.state import Batch


def named(batch: Batch, take: Take) -> Take:
    """Return a take of a result with its title and who it is by, as every sheet and file has them."""
    return studio.titled(take, *names(batch, take))


def names(batch: Batch, take: Take) -> tuple[str, str]:
    """Return the title of a take of a result and who it is by, "" for the take's own."""
    return batch.name_of(take.index), batch.composers.get(take.index, "")


def kept_name(batch: Batch, take: Take) -> str:
    """Return the name under which a take is kept: what was typed, else one that says its style and its number too."""
    if take.index in batch.names:
        return batch.names[take.index]
    try:
        style = get_style(take.style_id).title
    except MusegenError:
        style = take.style_id
    several = batch.result.request.num_takes > 1
    return ", ".join([batch.title, *([style] if style != batch.title else []),
                      *([f"take {take.index + 1}"] if several else [])])  # fmt: skip


def name_button(batch: Batch, take: Take) -> None:
    """Draw where the title of a take and who it is by are typed.

    Args:
        batch: the result.
        take: its take that is looked at, with its title.
    """
    which = f"{batch.number}-{take.index}"
    title, composer = f"title-of-{which}", f"composer-of-{which}"
    with st.popover(say("Title"), icon=":material/title:", key=f"title-{which}",
                    help=say("What it is called and who it is by, on the sheet and in all files.")):  # fmt: skip
        for key, value in ((title, take.piece.title), (composer, take.piece.composer)):
            if st.session_state.get(key) != value:
                st.session_state[key] = value
        st.text_input(say("Title"), max_chars=MAX_NAME, key=title, on_change=_rename, args=(batch, take.index, title))
        st.text_input(say("By"), max_chars=MAX_NAME, key=composer, on_change=_sign, args=(batch, take.index, composer),
                      help=say("Who composed it: you, perhaps, with the style."))  # fmt: skip


def _rename(batch: Batch, index: int, key: str) -> None:
    name = " ".join(str(st.session_state.get(key) or "").split())
    if not name:
        batch.names.pop(index, None)
        return
    batch.names[index] = name
    if index in batch.kept:
        try:
            library.change_take(owner(), batch.kept[index], name=name)
        except LibraryError:
            return  # it was deleted there; here it has its name


def _sign(batch: Batch, index: int, key: str) -> None:
    batch.composers[index] = " ".join(str(st.session_state.get(key) or "").split())
