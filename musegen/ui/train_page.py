"""The Train page: a style from files of one's own, checked, trained in the background, kept beside the others."""

import hashlib

import streamlit as st

from musegen.errors import MusegenError
from musegen.files import READABLE_EXTENSIONS
from musegen.languages import message, msgid
from musegen.services.styles import StyleCard, get_style
from musegen.services.training import runs
from musegen.services.training.check import Check, CheckJob
from musegen.services.training.estimate import expected_seconds
from musegen.services.training.kinds import teaching, trainable
from musegen.services.training.told import span
from musegen.services.training.uploads import MOST_FILES
from musegen.styles.runs import CELLS
from musegen.styles.shelf import is_teaching
from musegen.ui import train_runs, train_shelf
from musegen.ui.language import say, spoken_data
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.program import program

WAYS = {
    "on": message("On from a style: all of its network learns"),
    "quick": message("The quick way: a few thousand of its numbers learn"),
    "new": message("From nothing: its network begins empty"),
}
_WAY_HELP = message(
    "On from a style suits ten files and more. The quick way changes less, so it copies less where there are few. From "
    "nothing needs hundreds."
)
_TEACHING = msgid("A network as a notebook describes it, to hear beside our styles. It begins from nothing. {cannot}")
_CELL_HELP = message("The two kinds of memory that recurrent networks are taught with; LSTM is what our styles have.")
PASSES = {"on": 12, "quick": 12, "new": 60}
"""How often each note is learned from before a run usually ends, for the estimate of its time."""
_JOB, _ASKED, _WAITED = "train-check-job", "train-asked", "train-waited"
_SETTINGS = ("train-base", "train-way", "train-cell", "train-name", "train-note", "train-minutes")


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Train"))
    st.caption(say("Give files of yours, and a style learns from them: it stands beside the others then "
"and composes, continues and changes music as they do. The files stay on this "
"machine."))  # fmt: skip
    train_runs.draw()
    with st.container(border=True, key="train-new"):
        _new()
    train_shelf.draw()


def _new() -> None:
    """Draw what is asked for a new training, from the files on."""
    st.markdown(say("#### A new style"))
    kinds = [*(ending.lstrip(".") for ending in READABLE_EXTENSIONS), "zip"]
    generation = st.session_state.setdefault("train-generation", 0)
    place = st.container()
    whole = st.toggle(say("A whole folder"), key="train-folder", persist_state="session",
                      help=say("A press on the field asks for a folder then, and all music in it is taken, that of "
"folders in it too."))  # fmt: skip
    files = place.file_uploader(
        say("Files: MIDI, MusicXML or ABC, up to {most_files}, or a zip archive of them", most_files=MOST_FILES),
        kinds,
        accept_multiple_files="directory" if whole else True,
        key=f"train-files-{generation}-{whole}",
    )
    if not files:
        st.session_state.pop(_JOB, None)
        return
    content = [(file.name, file.getvalue()) for file in files]
    cards = {card.style_id: card for card in (*trainable(), *teaching())}
    job = _job(content, st.session_state.get("train-base", ""))
    if not job.finished:
        for key in _SETTINGS:  # what is not drawn is forgotten, unless it is set
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
        st.session_state[_WAITED] = True
        _watch_check()
        return
    if job.error or job.found is None:
        st.error(plain(say(job.error or "The files could not be looked at; drop them again.")))
        return
    check = job.found
    _show(check)
    if check.is_enough:
        _settings(check, cards)


def _job(content: list[tuple[str, bytes]], base: str) -> CheckJob:
    """Return the job that looks at these files for a style, begun where they are new."""
    digest = hashlib.sha256()
    for name, data in content:
        digest.update(name.encode() + data)
    job, (files, asked) = st.session_state.get(_JOB), st.session_state.get(_ASKED, ("", ""))
    known = (asked, job.found.base) if job is not None and job.found is not None else (asked,)
    if job is None or files != digest.hexdigest() or base not in known:
        if job is not None:
            job.cancel()
        job = CheckJob(content, base, program().read)
        program().checking.submit(job, owner())
        st.session_state[_JOB], st.session_state[_ASKED] = job, (digest.hexdigest(), base)
        job.wait(0.5)  # a few small files are looked at before anybody sees a bar of progress
    return job


@st.fragment(run_every=0.4)
def _watch_check() -> None:
    job = st.session_state[_JOB]
    if job.finished:
        st.rerun()
    words = say("Waiting, {waits} before you", waits=job.waits) if job.waits else say("Reading the files")
    st.progress(job.progress, text=words)


def _show(check: Check) -> None:
    """Draw what is in the files."""
    (st.info if check.is_enough else st.warning)(plain(" ".join(say(words) for words in check.sentences())))
    for words in check.trouble:
        st.warning(plain(say(words)))
    rows = {
        say("File"): [file.name for file in check.files],
        say("Learned from"): [file.used for file in check.files],
        say("Holds"): [spoken_data(file.holds) for file in check.files],
        say("Known already"): [spoken_data(file.known) for file in check.files],
        say("To be said"): [spoken_data(file.why) for file in check.files],
    }
    title = say("What {count:the file|each of the # files} holds", count=len(check.files))
    left_out = len(check.used) < len(check.files)
    with st.expander(title, icon=":material/description:", expanded=left_out, key="train-table-open"):
        st.dataframe(rows, hide_index=True, key="train-table",
                     column_config={say("To be said"): st.column_config.TextColumn(width="large")})  # fmt: skip


def _settings(check: Check, cards: dict[str, StyleCard]) -> None:
    """Draw what is chosen for the training, and begin it."""
    order = [style_id for style_id in check.proposals if style_id in cards]

    def named(style_id: str) -> str:
        if is_teaching(style_id):
            return say("{style}, to learn from", style=say(cards[style_id].title))
        words = f"{say(cards[style_id].title)}: {', '.join(map(say, cards[style_id].voices[:4]))}"
        return say("{style}, nearest to your files", style=words) if style_id == order[0] else words

    for key, value in (("train-base", check.base), ("train-cell", CELLS[0]), ("train-minutes", 5)):
        st.session_state.setdefault(key, value)
    if st.session_state.pop(_WAITED, False):  # widgets that were not drawn for a while show their defaults else
        for key in _SETTINGS:
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
    left, right = st.columns(2, gap="large")
    with left:
        st.selectbox(
            say("It writes as this style does"),
            order,
            format_func=named,
            key="train-base",
            help=say("Its way of composing, its voices and, unless you begin from nothing, what it has learned."),
        )
        teaches = is_teaching(check.base)
        if teaches:
            st.caption(plain(say(_TEACHING, cannot=say(cards[check.base].cannot))))
            way = "new"
        else:
            way = st.radio(
                say("How it learns"),
                list(WAYS),
                format_func=lambda name: say(WAYS[name]),
                key="train-way",
                help=say(_WAY_HELP),
            )
        cell = CELLS[0]
        if way == "new" and not teaches:
            picked = st.segmented_control(say("Cells of its network"), CELLS, required=True,
                                          format_func=str.upper, key="train-cell", help=say(_CELL_HELP))  # fmt: skip
            cell = picked or CELLS[0]
    with right:
        title = st.text_input(say("Name of the style"), key="train-name", max_chars=runs.MOST_TITLE,
                              placeholder=say("My tunes"))  # fmt: skip
        note = st.text_input(say("Rights in the files, for its card"), key="train-note", max_chars=300,
                             placeholder=say("My own compositions"))  # fmt: skip
        minutes = st.slider(say("Minutes of learning at most"), 1, 60, key="train-minutes")
    seconds = expected_seconds(get_style(check.base), check.num_notes, PASSES[way], minutes)
    said = say(
        "On this machine it will take about {time} in all, more while others use it. It usually ends by itself before "
        "its time is over.",
        time=span(seconds),
    )
    st.caption(plain(said))
    if st.button(say("Start"), type="primary", icon=":material/school:", key="train-start", disabled=not title.strip()):
        trainings = program().trainings
        try:
            trainings.begin_once(check, title, way, minutes=minutes, owner=owner(), note=note, cell=cell)
        except MusegenError as error:
            st.error(plain(say(error.args[0])))
            return
        st.session_state["train-generation"] += 1  # empties the uploader: what was dropped is on its way
        st.session_state.pop("train-base", None)
        st.session_state.pop(_JOB, None)
        st.rerun()
    if not title.strip():
        st.caption(say("Give the style a name, then press Start."))
