"""While a job runs: how far it is, and a way to stop it."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from musegen.services.making.background import Job
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.state import session

PATIENCE_SECONDS = 0.4
"""A job that is done by then shows no progress at all."""


def wait_for_result(beside_seed: DeltaGenerator | None = None) -> None:
    """Take over a result that is there soon; otherwise show progress and Cancel until it is.

    Args:
        beside_seed: where to say that it is the seed that cannot be used; None for here.
    """
    state = session()
    if state.job:
        state.job.wait(PATIENCE_SECONDS)
        state.collect()
    here = st.container()  # there even when empty, so that what comes below it keeps its place and plays on
    if state.steering:
        return  # said beside what was asked for
    if state.job:
        with here:
            watch()
    if state.error:
        place = beside_seed if beside_seed is not None and state.error_is_about_seed else here
        place.error(plain(state.error))


@st.fragment(run_every=0.25)
def watch() -> None:
    """Show how far the job is, and Cancel; when it has ended the page is drawn again."""
    state = session()
    job = state.job
    if job is None or job.finished:
        st.rerun()
    row(job, say("Composing"), state.stop, "cancel", say("Stop composing; the takes you have stay."), shortcut="Esc")


def row(job: Job, doing: str, stop: Callable[[], None], key: str, help: str, *, shortcut: str | None = None) -> None:
    """Show how far a job is, or how many are before it, and Cancel.

    Args:
        job: that runs or waits.
        doing: what it does, worded.
        stop: called where Cancel is pressed.
        key: of the button.
        help: what Cancel does, worded.
        shortcut: of the button.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        waits = job.waits
        st.progress(job.progress, text=say("Waiting, {waits} before you", waits=waits) if waits else doing)
        st.button(say("Cancel"), icon=":material/stop:", key=key, on_click=stop, shortcut=shortcut, help=help)
