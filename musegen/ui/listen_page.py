"""The Listen page: a blind test that anyone can take, and what its listeners found."""

import base64

import streamlit as st

from musegen.errors import MusegenError
from musegen.evaluation.listening import NEITHER, PRACTICE, REAL, Result
from musegen.languages import message
from musegen.library.trials import Dealt
from musegen.services.judging.originality import has_references
from musegen.services.listening import excerpts
from musegen.services.listening.taking import (
    QUESTIONS,
    MakeTestJob,
    answer,
    answers_csv,
    listener_of,
    result,
    trials,
)
from musegen.services.styles import StyleCard, list_styles
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.program import program
from musegen.ui.state import session

NAMES = ("A", "B")
_JOB = "listen-job"
_KEY = "listen-trial"


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Listen"))
    st.caption(say("Two stretches of music go on from the same beginning: one a person wrote, one a "
"style composed. Which is which is decided by chance, and nobody is told before the "
"end. Nothing about you is kept but your answers."))  # fmt: skip
    cards = {card.style_id: card for card in list_styles() if card.held_out and has_references(card.style_id)}
    if not cards:
        st.info(say("No style here has music held out to be compared with."))
        return
    style_id, question = _which(cards)
    if not excerpts.has_test(style_id):
        _make(cards[style_id])
        return
    try:
        asked = trials(style_id, question, listener_of(owner()))
    except (MusegenError, ValueError) as error:
        st.error(plain(str(error)))
        return
    _take(style_id, question, asked)
    with st.expander(say("What all listeners found"), icon=":material/bar_chart:", key="listen-found",
                     on_change="rerun") as opened:  # fmt: skip
        if opened.open:
            _found(style_id, question, hidden=any(trial.choice is None for trial in asked))


def _which(cards: dict[str, StyleCard]) -> tuple[str, str]:
    """Draw the choice of a test; an address may name one: ?style=folk&question=human."""
    wanted, asked = st.query_params.get("style"), st.query_params.get("question")
    ready = [style_id for style_id in cards if excerpts.has_test(style_id)]
    usual = next(iter(ready), min(cards, key=lambda style_id: cards[style_id].num_bars))
    st.session_state.setdefault("listen-style", wanted if wanted in cards else usual)
    st.session_state.setdefault("listen-question", asked if asked in QUESTIONS else "human")
    with st.container(horizontal=True, vertical_alignment="bottom", key="listen-which"):
        style_id = st.selectbox(say("Music"), list(cards), format_func=lambda s: say(cards[s].title),
                                key="listen-style", width=260, persist_state="session")  # fmt: skip
        question = st.selectbox(
            say("Question"),
            list(QUESTIONS),
            format_func=lambda name: say(QUESTIONS[name]),
            key="listen-question",
            width=330,
            persist_state="session",
        )
    return style_id, question


def _make(card: StyleCard) -> None:
    job: MakeTestJob | None = st.session_state.get(_JOB)
    if job is not None and job.style_id == card.style_id and job.error:
        st.error(plain(job.error))
    elif job is not None and job.style_id == card.style_id and not job.finished:
        _watch()
        return
    st.markdown(say("The excerpts of **{title}** are made here once, from music that the style never saw. "
"It takes about a minute.", title=card.title))  # fmt: skip
    if st.button(say("Make the excerpts"), type="primary", icon=":material/music_note:", key="listen-make"):
        st.session_state[_JOB] = job = MakeTestJob(card.style_id)
        program().excerpting.submit(job, session().owner)
        st.rerun()


@st.fragment(run_every=0.5)
def _watch() -> None:
    job = st.session_state[_JOB]
    if job.finished:
        st.rerun()
    st.progress(job.progress, text=say("Reading real music and composing beside it"))


def _take(style_id: str, question: str, asked: list[Dealt]) -> None:
    left = [trial for trial in asked if trial.choice is None]
    if not left:
        st.success(_ended(asked))
        return
    trial = left[0]
    practice = trial.place < PRACTICE
    words = say("Practice {place} of {practice}", place=trial.place + 1, practice=PRACTICE) if practice else (
        say("{place} of {num_asked}", place=trial.place - PRACTICE + 1, num_asked=len(asked) - PRACTICE))  # fmt: skip
    st.progress((len(asked) - len(left)) / len(asked), text=words)
    try:
        sounds = [_address(style_id, trial.pair, system) for system in (trial.left, trial.right)]
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    data = {"key": f"{style_id}/{question}/{trial.place}", "sounds": sounds, "question": say(QUESTIONS[question]),
            "names": list(NAMES)}  # fmt: skip
    component("listen")(key=_KEY, data=data, on_answered_change=lambda: _answered(style_id, question, trial))
    st.caption(say("Press A and B as often as you like; a switch goes on at the same place. Both must be "
"heard for a few seconds before you can answer."))  # fmt: skip


def _address(style_id: str, pair: str, system: str) -> str:
    sound = excerpts.sound_of(style_id, pair, system)
    return "data:audio/ogg;base64," + base64.b64encode(sound).decode()


def _answered(style_id: str, question: str, trial: Dealt) -> None:
    told = st.session_state[_KEY].answered or {}
    if told.get("key") == f"{style_id}/{question}/{trial.place}":
        answer(style_id, question, listener_of(owner()), trial.place, str(told.get("choice")))


def _ended(asked: list[Dealt]) -> str:
    told = [t for t in asked if t.kind == "pair" and t.choice != NEITHER]
    right = sum({"left": t.left, "right": t.right}[t.choice or ""] == REAL for t in told)
    return say(
        "That was all, thank you. Of {num_told} pairs in which you chose one, you chose the real music in {right}.",
        num_told=len(told),
        right=right,
    )


def _found(style_id: str, question: str, *, hidden: bool) -> None:
    if hidden:
        st.caption(say("This is told when you have answered all, so that it does not influence you."))
        return
    try:
        found, table = result(style_id, question), answers_csv(style_id, question)
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    st.markdown(plain(" ".join(sentences(found))))
    if found.strengths:
        st.dataframe(
            {
                say("Composed by"): list(found.strengths),
                say("Strength (Bradley-Terry)"): list(found.strengths.values()),
            },
            hide_index=True,
            key="listen-strengths",
        )
    st.download_button(say("All answers as CSV"), table, f"musegen-listening-{style_id}-{question}.csv", "text/csv",
                       on_click="ignore", icon=":material/download:", key="listen-csv")  # fmt: skip


def sentences(found: Result) -> list[str]:
    """Return what listeners found in plain words."""
    if found.share is None:
        return [say("Nobody has chosen between two excerpts yet.")]
    low, high = found.wilson
    lines = [
        say(
            "{listeners:# listener|# listeners} gave {answers:# answer|# answers}; {no_difference} heard no "
            "difference.",
            listeners=found.num_listeners,
            answers=found.num_answers,
            no_difference=found.num_no_difference,
        )
    ]
    lines.append(
        say(
            "Of the other {real_offered} the real music was chosen in {share:.0%} (95 % interval "
            "{low:.0%} to {high:.0%}; 50 % is chance).",
            real_offered=found.real_offered,
            share=found.share,
            low=low,
            high=high,
        )
    )
    if found.bootstrap:
        lines.append(
            say(
                "With whole listeners drawn: {bootstrap:.0%} to {bootstrap_2:.0%}.",
                bootstrap=found.bootstrap[0],
                bootstrap_2=found.bootstrap[1],
            )
        )
    if found.needed:
        lines.append(
            say("About {needed:,} further answers like these would settle whether it is chance.", needed=found.needed)
        )
    elif found.needed == 0:
        lines.append(say("That is no chance."))
    for kind, share in found.catches.items():
        if share is not None:
            what = message("twice the same") if kind == "same" else message("one that is broken")
            lines.append(say("Of pairs with {what}, {share:.0%} were answered right.", what=what, share=share))
    return lines
