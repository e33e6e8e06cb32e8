"""The Compose page: seed, style and settings make a request; its takes are shown below, or beside on a wide screen."""

import streamlit as st

from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.languages import together
from musegen.services.seeds.seed import Seed, count_bars
from musegen.services.styles import StyleCard, list_styles
from musegen.ui import (
    chart_panel,
    every_style_panel,
    gallery,
    live_loop,
    look,
    progress,
    recipe_panel,
    results,
    seed_panel,
    seed_used,
    settings_panel,
    shared_take,
    table_panel,
)
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.results_words import made_from
from musegen.ui.state import session


def draw() -> None:
    """Draw the page."""
    try:
        cards = list_styles()
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    if not cards:
        st.info(say("There are no styles yet; run: python -m musegen train folk"))
        return
    shared_take.from_address()
    gallery.from_address()
    recipe_panel.from_address()
    table_panel.from_address()
    look.skip_link("takes", say("Skip to the takes"))
    with st.container(key="desk"):
        controls, stage = st.container(key="controls"), st.container(key="stage")
    with controls:
        seed_place, beside_seed, style_place = st.container(), st.container(key="beside-seed"), st.container()
        with style_place:
            card, mode = settings_panel.style_panel(cards, table_panel.fixed_style())
        held = table_panel.held(card.style_id)
        with seed_place:
            table_panel.show()
            whole, seed = _seed(card, mode, 0 if "style" in held else len(cards))
        chart = None if "more" in held else chart_panel.chart_panel(card, whole.piece if whole else None, mode)
        seed_bars = count_bars(seed.piece) if seed else 0
        settings, pressed = settings_panel.settings_panel(card, mode, seed_bars, chart, held)
        if every_style_panel.is_asked():
            bars = seed_used.chosen_bars(whole) if whole else None
            every_style_panel.start(whole, bars, settings.values, len(cards))
        request = table_panel.within_table(settings_panel.build_request(card, mode, seed, settings))
        if pressed and request is None:
            st.warning(say("There is no music to start from: choose an example, or give your own."))
    if request is not None:
        _compose(request, card.title, seed, pressed)
    live_loop.offer(request if settings_panel.live() else None, _title(request, card.title, seed) if request else "")
    with stage:
        look.target("takes")
        every_style_panel.show()
        progress.wait_for_result(beside_seed)
        with beside_seed:
            _say_about_seed(request)
        results.results_panel()


def _seed(card: StyleCard, mode: str, num_styles: int) -> tuple[Seed | None, Seed | None]:
    """Draw the seed; return all of it and what is used of it.

    Args:
        card: the style.
        mode: what it does.
        num_styles: in which it can be tried.
    """
    if (fixed := table_panel.fixed_seed()) is not None:
        if mode != "invent":
            seed_used.show_fixed(fixed)
        return fixed, fixed
    whole = seed_panel.seed_panel()
    recipe_panel.offer()
    seed = None
    if whole is not None:
        seed = seed_used.understood(whole, card, mode, lambda: every_style_panel.offer(num_styles))
    if mode == "invent":
        st.caption(say("Invent freely does not use your music; choose another way of composing to use it."))
    return whole, seed


def _compose(request: ComposeRequest, style_title: str, seed: Seed | None, pressed: bool) -> None:
    """Start composing where it was asked for, or where something changed while "live" is on."""
    state = session()
    if state.adopt or (not pressed and _is_shown(request)):
        state.requested, state.adopt = request, False
    state.standing = request
    if pressed or state.requested is None or (settings_panel.live() and state.requested != request):
        seed_title = seed.title if seed and request.mode != "invent" else None
        origin = made_from(style_title, request.mode, seed_title)
        state.start(request, _title(request, style_title, seed), origin, seed_title)


def _title(request: ComposeRequest, style_title: str, seed: Seed | None) -> str:
    """Return what the takes of a request are called."""
    seed_title = seed.title if seed and request.mode != "invent" else None
    return chart_panel.title_of(request.options.get("chart", "")) or seed_title or style_title


def _is_shown(request: ComposeRequest) -> bool:
    """Return whether the takes of a request are those that are looked at, and nothing else is on its way."""
    state = session()
    return state.job is None and state.batch is not None and state.batch.result.request == request


def _say_about_seed(request: ComposeRequest | None) -> None:
    """Say beside the seed what composing made of it, where the takes shown are of this very seed."""
    state = session()
    batch, state.said_beside_seed = state.batch, 0
    if state.error or batch is None or request is None or request.primer is None:
        return
    composed = batch.result.request
    if isinstance(composed, ComposeRequest) and composed.primer == request.primer:
        state.said_beside_seed = batch.number
        if batch.result.messages:
            st.caption(plain(together(batch.result.messages)))
