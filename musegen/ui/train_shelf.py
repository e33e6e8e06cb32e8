"""A musician's own styles on the Train page: shown, given away as a file, taken in, removed after a question."""

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message
from musegen.services.styles import StyleCard
from musegen.services.training import shelf
from musegen.ui.language import say
from musegen.ui.messages import plain

_FIGURES = {
    "validation_nats_per_event": message("nats an event on pieces held out"),
    "untouched_style_nats_per_event": message("of the style untouched"),
    "counting_model_nats_per_event": message("of a counting model"),
    "longest_shared_run_of_takes_median": message("notes of the longest run its takes share with what it learned from"),
}


def draw() -> None:
    """Draw the styles, and a place to drop one that comes as a file."""
    cards = shelf.own_styles()
    st.markdown(say("#### Your styles"))
    if not cards:
        st.caption(say("What you train stands here, and beside the others on every page."))
    for card in cards:
        with st.container(border=True, key=f"own-{card.style_id}"):
            _card(card)
    _take_in()


def _card(card: StyleCard) -> None:
    left, right = st.columns([1, 3], gap="medium")
    picture = shelf.picture_of(card.style_id)
    if picture:
        left.image(picture, width=240)
    with right:
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.description)}")
        known = [f"{card.quality[name]:.3g} {say(words)}" for name, words in _FIGURES.items() if name in card.quality]
        if known:
            st.caption(plain("; ".join(known) + "."))
        st.caption(plain(card.licence))
        with st.container(horizontal=True):
            if st.button(say("Compose with it"), key=f"own-use-{card.style_id}", icon=":material/music_note:"):
                st.session_state["style"] = card.style_id
                st.switch_page("pages/compose.py")
            _give(card)
            with st.popover(say("Delete"), icon=":material/delete:"):
                st.markdown(say("**{title}** will be gone. Takes made with it stay and can be heard, but not composed "
"again.", title=plain(card.title)))  # fmt: skip
                st.button(
                    say("Yes, delete it"), key=f"own-delete-{card.style_id}", on_click=_delete, args=(card.style_id,)
                )


def _give(card: StyleCard) -> None:
    try:
        name, data = shelf.export(card.style_id)
    except MusegenError as error:
        st.caption(plain(str(error)))
        return
    st.download_button(say("Save as a file"), data, name, "application/octet-stream", on_click="ignore",
                       icon=":material/download:", key=f"own-file-{card.style_id}",
                       help=say("The whole style in one file, to keep or to give away; it holds none of your music, "
"but hashes of it by which copies are found."))  # fmt: skip


def _delete(style_id: str) -> None:
    st.session_state.pop("own-said", None)
    try:
        shelf.remove(style_id)
    except MusegenError as error:
        st.toast(plain(str(error)), icon=":material/error:")


def _take_in() -> None:
    """Draw where a style is dropped; the place is empty again once it was looked at, so that it can be dropped anew."""
    generation = st.session_state.setdefault("own-generation", 0)
    file = st.file_uploader(
        say("A style that came as a file"),  # of any ending: the browser would take none with a hyphen in it
        key=f"own-dropped-{generation}",
        help=say("It is data alone; one that holds anything else, or was changed on its way, is refused."),
    )
    if file is not None:
        try:
            card = shelf.take_in(file.getvalue())
            said = True, message("{title} stands beside the others now.", title=card.title)
        except MusegenError as error:
            said = False, error.args[0]
        st.session_state["own-said"], st.session_state["own-generation"] = said, generation + 1
        st.rerun()
    if "own-said" in st.session_state:
        good, words = st.session_state["own-said"]
        (st.success if good else st.error)(plain(say(words)))
