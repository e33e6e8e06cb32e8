"""The start page: three sentences, one big button, and what it made, played at once and shown big."""

import secrets

import streamlit as st

from musegen.composers.request import ComposeResult
from musegen.errors import MusegenError
from musegen.languages import message
from musegen.services.making import demo
from musegen.services.making.demo import DemoPiece
from musegen.services.showing import downloads as studio
from musegen.ui import progress, stage
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.results_words import made_from
from musegen.ui.state import Batch, new_random_seed, session

_WORDS = (
    message("This program makes up music that nobody has heard before."),
    message(
        "It has learned from old dance tunes, chorales, piano pieces and much else, and it "
        "works on this computer alone."
    ),
    message("Press the button and listen; every press makes another piece."),
)


def draw() -> None:
    """Draw the page."""
    state = session()
    progress_place = st.container(key="demo-page")
    with progress_place:
        if state.demo is None:
            st.html("".join(f"<p>{say(sentence)}</p>" for sentence in _WORDS))
        _buttons(state.demo)
        progress.wait_for_result()
        batch = _composed(state.demo)
        _starter(batch)
        if batch is not None and state.demo is not None:
            _show(batch, state.demo)


def _buttons(piece: DemoPiece | None) -> None:
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="demo-row"):
        if piece is not None:
            _mood_button(
                piece, "calmer", ":material/bedtime:", say("Compose this piece again with more expected notes.")
            )
        st.button(
            say("Make a piece") if piece is None else say("Make another piece"),
            type="primary",
            icon=":material/play_arrow:",
            key="demo-make",
            on_click=_make,
            shortcut="Ctrl+Enter",
            help=say("Compose a new piece and play it."),
        )
        if piece is not None:
            _mood_button(
                piece, "wilder", ":material/bolt:", say("Compose this piece again with more surprising notes.")
            )


def _mood_button(piece: DemoPiece, mood: str, icon: str, words: str) -> None:
    changed = demo.in_mood(piece, mood)
    st.button(
        say("Make it calmer") if mood == "calmer" else say("Make it wilder"),
        icon=icon,
        key=f"demo-{mood}",
        disabled=changed.request.temperature == piece.request.temperature,
        on_click=_start,
        args=(changed,),
        help=words,
    )


def _make() -> None:
    state = session()
    try:
        _start(demo.new_piece(new_random_seed()))
    except MusegenError as error:
        state.error, state.error_is_about_seed = str(error), False


def _start(piece: DemoPiece) -> None:
    state = session()
    state.demo, state.demo_asked = piece, secrets.token_hex(8)
    origin = made_from(piece.style_title, piece.request.mode, piece.seed_title)
    title = piece.seed_title or piece.style_title
    state.start(piece.request, title, origin, piece.seed_title, demo=state.demo_asked)


def _composed(piece: DemoPiece | None) -> Batch | None:
    """Return the result of what was asked for last here; none while it is being composed."""
    if piece is None:
        return None
    return next((b for b in reversed(session().batches) if b.demo and b.demo == session().demo_asked), None)


def _starter(batch: Batch | None) -> None:
    """Let the browser play a new result from its beginning; here from the first visit on, to hear the first press."""
    key = stage.stage_key(_take(batch)[1]) if batch else ""
    component("demo")(key="demo_starter", data={"number": batch.number if batch else 0, "key": key})


def _take(batch: Batch) -> tuple:
    """Return the take with the instruments chosen, and as it was composed."""
    composed = studio.titled(batch.result.takes[0], batch.title)
    return studio.with_programs(composed, stage.chosen_programs(composed.style_id)), composed


def _show(batch: Batch, piece: DemoPiece) -> None:
    with st.container(key="demo-words"):
        if isinstance(batch.result, ComposeResult):
            st.markdown(plain(demo.what_happened(piece, batch.result)))
    stage.show_stage(*_take(batch))
    if st.button(
        say("Go on with it in Compose"),
        icon=":material/arrow_forward:",
        key="demo-compose",
        help=say("Take this piece, its beginning and settings to the page where everything can be chosen."),
    ):
        adopt(batch, piece)
        st.switch_page("pages/compose.py")


def adopt(batch: Batch, piece: DemoPiece) -> None:
    """Set the Compose page as if the piece had been asked for there."""
    state, request, style = session(), piece.request, piece.request.style_id
    state.show(state.batches.index(batch))
    state.adopt, state.error = True, None
    chosen = {
        "style": style,
        f"mode-{style}": request.mode,
        f"temperature-{style}": request.temperature,
        "random_seed": request.random_seed,
    }
    if request.num_bars is not None:
        chosen |= {f"bars-{style}": request.num_bars, f"bars-{style}-chosen": True, "length_unit": "bars"}
    if piece.example_id is not None:
        chosen |= {"example": piece.example_id, "last_example": piece.example_id, "seed_source": None}
    for name, value in chosen.items():
        st.session_state[name] = value
