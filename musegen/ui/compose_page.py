"""The Compose page: seed, style and settings make a request; its takes are shown below."""

import streamlit as st

from musegen.errors import MusegenError
from musegen.services.request import ComposeRequest
from musegen.services.seeds import Seed
from musegen.services.styles import StyleCard, list_styles
from musegen.ui import progress, results, seed_panel, settings_panel
from musegen.ui.messages import plain
from musegen.ui.state import session


def draw() -> None:
    """Draw the page."""
    try:
        cards = list_styles()
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    if not cards:
        st.info("There are no styles yet; run: python -m musegen train folk")
        return
    seed_place, style_place = st.container(), st.container()
    with style_place:
        card, mode = settings_panel.style_panel(cards)
    with seed_place:
        seed = _seed(card, mode)
        if mode == "invent":
            st.caption("Inventing starts from nothing, so the seed waits.")
    settings, pressed = settings_panel.settings_panel(card, mode)
    request = settings_panel.build_request(card, mode, seed, settings)
    if request is not None:
        _compose(request, card, seed, pressed, settings.keep_random_seed)
    elif pressed:
        st.warning("There is no seed to start from: choose an example, type some notes or upload a file.")
    progress.wait_for_result()
    results.results_panel()


def _seed(card: StyleCard, mode: str) -> Seed | None:
    whole = seed_panel.seed_panel()
    return seed_panel.understood(whole, card, mode) if whole else None


def _compose(request: ComposeRequest, card: StyleCard, seed: Seed | None, pressed: bool, keep: bool) -> None:
    """Start composing where it was asked for, or where something changed while "live" is on."""
    state = session()
    again = pressed and state.requested == request and not state.job
    if again and settings_panel.ask_for_other_takes(keep):
        st.session_state["compose_now"] = True
        st.rerun()
    asked = pressed or st.session_state.pop("compose_now", False)
    if asked or state.requested is None or (settings_panel.live() and state.requested != request):
        title = seed.title if seed and request.mode != "invent" else card.title
        source = seed.title if seed and request.mode != "invent" else None
        state.start(request, title, results.made_from(card.title, request.mode, source))
