"""The seed in every style: a button, and what came of it side by side, each to be heard and opened.

offer, is_asked, start, show.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import streamlit as st

from musegen.composers.request import Take
from musegen.languages import together
from musegen.services.making.every_style import EveryStyleJob, EveryStyleRequest, StyleOutcome
from musegen.services.seeds.seed import Seed
from musegen.services.showing.stage import score_data
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.program import program
from musegen.ui.progress import PATIENCE_SECONDS
from musegen.ui.results_words import made_from
from musegen.ui.state import session

_KEY, _ASKED = "every_style", "every_style_asked"
_CARD_WIDTH = 250


@dataclass(slots=True)
class _Board:
    """What is shown: the job, the title of its seed, and by style the number of the result that was opened."""

    job: EveryStyleJob
    title: str
    num_styles: int
    opened: dict[str, int] = field(default_factory=dict)


def offer(num_styles: int) -> None:
    """Draw the button that asks for the seed in every style; `is_asked` tells when it was pressed."""
    if num_styles < 2:
        return
    st.button(
        say("Try in every style"),
        icon=":material/apps:",
        key="every-style",
        on_click=lambda: st.session_state.__setitem__(_ASKED, True),
        help=say(
            "Each style makes one take of your music, as long as is chosen below and at its usual "
            "temperature, to be heard side by side."
        ),
    )


def is_asked() -> bool:
    """Return whether the button was pressed, once for each press."""
    return st.session_state.pop(_ASKED, False)


def start(seed: Seed | None, bars: tuple[int, int] | None, settings: dict[str, Any], num_styles: int) -> None:
    """Start composing the seed in every style.

    Args:
        seed: all of it; None where there is none, which is said.
        bars: which of its bars were chosen, None where nobody chose.
        settings: of `ComposeRequest`; length and random seed go for every style, chords for those that take them.
        num_styles: how many there are.
    """
    if seed is None:
        st.warning(say("There is no music to try: choose an example, or give some of your own."))
        return
    names = ("num_bars", "seconds", "random_seed")
    shared = {name: settings[name] for name in names if name in settings}
    request = EveryStyleRequest(seed, bars, **shared, chart=settings.get("options", {}).get("chart", ""))
    job = EveryStyleJob(request)
    program().composing.submit(job, session().owner, "every style")
    st.session_state[_KEY] = _Board(job, request.seed.title, num_styles)


def show() -> None:
    """Show what the styles made of the seed, or how far they are; nothing where nobody asked."""
    place = st.container(key="every-style-board")  # there even when empty, so that what comes below keeps its place
    board: _Board | None = st.session_state.get(_KEY)
    if board is None:
        return
    with place:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute",
                          key="every-style-row"):  # fmt: skip
            st.markdown(say("#### {title} in every style", title=plain(board.title)), width="content")
            st.button(say("Close"), icon=":material/close:", key="every-style-close", on_click=_close, type="tertiary",
                      help=say("Put these away; what you opened stays among the results."))  # fmt: skip
        board.job.wait(PATIENCE_SECONDS)
        if board.job.finished:
            _cards(board)
        else:
            _watch()


def _close() -> None:
    board: _Board | None = st.session_state.pop(_KEY, None)
    if board is not None:
        board.job.cancel()


@st.fragment(run_every=0.25)
def _watch() -> None:
    """Show how far the styles are, and Stop; when they have ended the page is drawn again."""
    board: _Board | None = st.session_state.get(_KEY)
    if board is None or board.job.finished:
        st.rerun()
    done = len(board.job.outcomes)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(
            board.job.progress, text=say("{done} of {num_styles} styles", done=done, num_styles=board.num_styles)
        )
        st.button(say("Stop"), icon=":material/stop:", key="every-style-stop", on_click=board.job.cancel,
                  help=say("Stop composing; the styles that are done stay."))  # fmt: skip


def _cards(board: _Board) -> None:
    job = board.job
    if job.error:
        st.error(plain(job.error))
    left = board.num_styles - len(job.outcomes)
    if job.cancelled and left > 0:
        st.caption(say("Stopped before {count:# style was|# styles were} reached.", count=left))
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="every-style-cards"):
        for outcome in job.outcomes:
            with st.container(border=True, width=_CARD_WIDTH, key=f"every-style-card-{outcome.style_id}"):
                _card(board, outcome)


def _card(board: _Board, outcome: StyleOutcome) -> None:
    if outcome.result is None:
        st.markdown(f"**{plain(say(outcome.title))}**")
        st.caption(plain(outcome.trouble))
        return
    take = outcome.result.takes[0]
    bars = say("{count:# bar|# bars}", count=take.num_bars)
    st.markdown(f"**{plain(say(outcome.title))}**", help=plain(together(outcome.result.messages)) or None)
    data = {"score": _score(take) | {"wav": program().sounds.offer(take.piece)}, "owner": f"every {outcome.style_id}",
            "name": say(outcome.title)}  # fmt: skip
    component("seed")(key=f"every-style-player-{outcome.style_id}", data=data)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{bars} · {take.seconds:.0f} s", width="content")
        st.button(say("Open"), icon=":material/open_in_full:", key=f"every-style-open-{outcome.style_id}",
                  on_click=_open, args=(board, outcome),
                  help=say("Show this take below, to see its sheet, change it, keep it or download it."))  # fmt: skip


@lru_cache(maxsize=64)
def _score(take: Take) -> dict[str, Any]:
    return score_data(take.piece, take.given)


def _open(board: _Board, outcome: StyleOutcome) -> None:
    """Make a style's take the result that is looked at; one that was opened before is gone back to."""
    state = session()
    numbers = [batch.number for batch in state.batches]
    number = board.opened.get(outcome.style_id)
    if number in numbers:
        state.show(numbers.index(number))
        return
    origin = made_from(outcome.title, outcome.mode, board.title)
    if outcome.result is not None:
        state.add(outcome.result, board.title, origin, seed_title=board.title)
        board.opened[outcome.style_id] = state.batches[-1].number
