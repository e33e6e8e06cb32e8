"""Listening tests of one's own on the Listen page: which styles, beside which music; made, listed, thrown away."""

import streamlit as st

from musegen.errors import MusegenError
from musegen.files import READABLE_EXTENSIONS
from musegen.languages import message
from musegen.services.listening.making import MOST_STYLES, MakeTestJob, make_own_test, own_tests, remove_test
from musegen.services.styles import list_styles
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.program import program
from musegen.ui.state import session
from musegen.ui.uploaded_pieces import read_pieces

SOURCES = {"held out": message("Music that the first style never saw"), "files": message("My files")}
_JOB = "listen-own-job"


def draw() -> None:
    """Draw a place to make a test, and the tests that were made."""
    with st.expander(say("Make a test of your own"), icon=":material/add:", key="listen-own"):
        _new()
        for test in own_tests(owner()):
            with st.container(horizontal=True, vertical_alignment="center", key=f"listen-mine-{test.test_id}"):
                st.markdown(f"**{plain(test.title)}**", width="stretch")
                with st.popover(say("Delete"), icon=":material/delete:"):
                    st.markdown(say("The test will be gone, with all answers to it."))
                    st.button(say("Yes, delete it"), key=f"listen-delete-{test.test_id}", on_click=_delete,
                              args=(test.test_id,))  # fmt: skip


def _new() -> None:
    job: MakeTestJob | None = st.session_state.get(_JOB)
    if job is not None and not job.finished:
        watch(_JOB)
        return
    if job is not None and job.error:
        st.error(plain(say(job.error)))
    elif job is not None and job.made is not None:
        st.success(say("The test is ready: choose it above as **Music**, and send its link.", title=job.made.title))
    titles = {card.style_id: card.title for card in list_styles() if "continue" in card.modes}
    styles = st.multiselect(
        say("Styles that go on from the same beginnings"), list(titles), max_selections=MOST_STYLES,
        format_func=lambda name: say(titles[name]), key="listen-own-styles",
        help=say("All with bars, or all that play freely. They are heard with the instruments of the real music."),
    )  # fmt: skip
    source = st.radio(say("Beginnings"), list(SOURCES), format_func=lambda name: say(SOURCES[name]), horizontal=True,
                      key="listen-own-source")  # fmt: skip
    files = []
    if source == "files":
        kinds = [ending.lstrip(".") for ending in READABLE_EXTENSIONS]
        files = st.file_uploader(say("Files"), kinds, accept_multiple_files=True, key="listen-own-files",
                                 help=say("Each stretch of 16 bars gives an excerpt; eight are needed."))  # fmt: skip
    real = st.checkbox(say("Real music is heard besides"), value=True, key="listen-own-real",
                       help=say("How the beginnings go on in truth; without it only styles are compared."))  # fmt: skip
    title = st.text_input(say("Title"), max_chars=60, key="listen-own-title")
    ready = bool(styles) and len(styles) + real > 1 and (source != "files" or bool(files))
    if st.button(say("Make the test"), type="primary", icon=":material/music_note:", key="listen-own-make",
                 disabled=not ready):  # fmt: skip
        pieces, trouble = read_pieces(files or [])
        for words in trouble:
            st.warning(plain(words))
        if source == "files" and not pieces:
            return
        mine = owner()
        st.session_state[_JOB] = job = MakeTestJob(
            "own",
            lambda progress: make_own_test(title, mine, styles, pieces, real=real, progress=progress),
        )
        program().excerpting.submit(job, session().owner)
        st.rerun()


@st.fragment(run_every=0.5)
def watch(name: str) -> None:
    """Show how far the making of a test is; the job stands in the session under `name`."""
    job = st.session_state[name]
    if job.finished:
        st.rerun()
    st.progress(job.progress, text=say("Reading real music and composing beside it"))


def _delete(test_id: str) -> None:
    try:
        remove_test(test_id, owner())
    except MusegenError as error:
        st.error(plain(str(error)))
