"""Recipes on the page: a take made again from a file or a link, the controls set as it was made, a link to copy.

recipe_of, text_of, make_again, set_all, from_address, offer, copy_link.
"""

from functools import lru_cache

import streamlit as st

from musegen.composers.request import ComposeRequest, Take
from musegen.composers.steer_request import SteerRequest
from musegen.errors import FileFormatError, MusegenError
from musegen.remarks import remark
from musegen.services.making.recipe import (
    Recipe,
    changed_style,
    from_link,
    read_recipe_text,
    recipe_text,
    to_link,
)
from musegen.services.styles import StyleCard, get_style
from musegen.ui import public_address, seed_panel, seed_used, stage
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.results_words import made_from, steered_from
from musegen.ui.settings_panel import set_controls
from musegen.ui.state import Batch, session

LONGEST_LINK = 6000
"""Characters of a link; some programs cut longer ones."""


def recipe_of(batch: Batch, take: Take) -> Recipe | None:
    """Return how a take of a result was made, None where nobody knows."""
    if not batch.recipe:
        return None
    return Recipe(batch.result.request, take.index, take.style_sha256, batch.name_of(take.index))


@lru_cache(maxsize=64)
def text_of(recipe: Recipe) -> str:
    """Return the recipe as text; the last ones are remembered."""
    return recipe_text(recipe)


# ---------------------------------------------------------------------------------------------------- made again


def make_again(text: str, programs: dict[int, int] | None = None) -> None:
    """Compose the take of a recipe and set the controls as it was made; what is wrong is kept to be said.

    Args:
        text: of the recipe.
        programs: instruments to hear it with, by index of the track; None for the style's own.
    """
    state = session()
    try:
        recipe, found = read_recipe_text(text)
        card = get_style(recipe.request.style_id)
        if not 0 <= recipe.index < recipe.request.num_takes:
            raise FileFormatError(
                "The recipe asks for take {index} of {num_takes}.",
                index=recipe.index + 1,
                num_takes=recipe.request.num_takes,
            )
    except MusegenError as error:
        state.recipe_error = str(error)
        return
    changed = changed_style(recipe, card)
    said = (*found, remark("made_from_recipe"), *((changed,) if changed else ()))
    words: tuple[str, ...] = (*said, *set_all(recipe.request, card))
    stage.choose_programs(card.style_id, programs or {})
    origin, seed_title = origin_of(recipe.request, card)
    title = recipe.title or seed_title or card.title
    state.start(recipe.request, title, origin, seed_title, chosen=recipe.index, words=words)


def set_all(request: ComposeRequest | SteerRequest, card: StyleCard) -> tuple[str, ...]:
    """Set all controls as for this request, so that the Compose page goes on from there and composes nothing yet.

    Returns:
        what to say where a control cannot be so, one sentence each.
    """
    session().adopt = True
    st.session_state["style"] = card.style_id
    if isinstance(request, SteerRequest):
        st.session_state[f"temperature-{card.style_id}"] = min(max(request.temperature, 0.1), 2.0)
        return ()
    missing = set_controls(request, card)
    if request.primer is not None:
        seed_used.use_whole(seed_panel.use_primer(request.primer))
    if not missing:
        return ()
    return (remark("controls_lack", names=missing),)


def origin_of(request: ComposeRequest | SteerRequest, card: StyleCard) -> tuple[str, str | None]:
    """Return what a request makes its takes of, in words, and the title of its seed."""
    if isinstance(request, SteerRequest):
        return steered_from(card.title, request.action, request.piece.title), request.piece.title or None
    seed_title = request.primer.title or None if request.primer else None
    return made_from(card.title, request.mode, seed_title), seed_title


# ---------------------------------------------------------------------------------------------- where it comes from


def from_address() -> None:
    """Make the take again whose recipe stands in the page's address, once; before the controls are drawn."""
    letters, state = st.query_params.get("recipe"), session()
    if not letters or letters == state.link_used:
        return
    state.link_used = letters
    try:
        text = from_link(letters)
    except MusegenError as error:
        state.recipe_error = str(error)
        return
    make_again(text)


def offer() -> None:
    """Offer to make the take again whose recipe is in the uploaded file; say what is wrong with the last recipe."""
    state = session()
    if state.upload_recipe and st.session_state.get("seed_source") == "Upload":
        with st.container(horizontal=True, vertical_alignment="center", key="recipe-offer"):
            st.markdown(say("This file carries the recipe of a take."), width="content")
            st.button(
                say("Make this take again"),
                icon=":material/replay:",
                key="make-again",
                on_click=_make_uploaded_again,
                help=say(
                    "Set all controls as they were and compose the very same take. Otherwise the file is "
                    "music to go on from."
                ),
            )
    if state.recipe_error:
        st.error(plain(state.recipe_error))


def _make_uploaded_again() -> None:
    state = session()
    tracks = state.upload.piece.tracks if state.upload else ()
    text, state.upload_recipe = state.upload_recipe or "", None
    make_again(text, {index: track.program for index, track in enumerate(tracks)})


def copy_link(recipe: Recipe) -> None:
    """Draw the button that copies the address under which a take is made again."""
    link = f"?recipe={to_link(text_of(recipe))}"
    short = len(link) <= LONGEST_LINK
    too_long = say(
        "Your music is too long for a link ({num_link:,} characters). The MIDI and MusicXML "
        "files carry the recipe too, and a kept take can be shared.",
        num_link=len(link),
    )
    show_copy("copy-recipe", say("Copy link"), link if short else None, too_long)


def show_copy(key: str, label: str, link: str | None, words: str = "") -> None:
    """Draw a button that copies an address.

    Args:
        key: of the component.
        label: of the button.
        link: the address, relative to the app's own; None where there is none.
        words: why there is none.
    """
    component("copy")(key=key, data={"label": label, "link": link, "words": words, "root": public_address.root()})
