"""The Listen page: a blind test that anyone can take, and what its listeners found."""

import base64
from urllib.parse import urlencode

import streamlit as st

from musegen.errors import MusegenError
from musegen.evaluation.listening import LEFT, NEITHER, PAIR, PRACTICE, RATE, REAL, RIGHT
from musegen.languages import message
from musegen.library.trials import Dealt
from musegen.services.judging.originality import has_references
from musegen.services.listening import excerpts
from musegen.services.listening.making import MakeTestJob, own_tests, style_test_job
from musegen.services.listening.taking import QUESTIONS, answer, choices, listener_of, questions_of, trials
from musegen.services.styles import StyleCard, list_styles
from musegen.ui import listen_found, listen_tests, public_address
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.program import program
from musegen.ui.state import session

NAMES = ("A", "B")
_JOB = "listen-job"
_KEY = "listen-trial"
_LOST = "listen-lost"
"""Why an answer could not be kept, and how often one could not."""
_ANSWERS = {LEFT: NAMES[0], NEITHER: message("No difference"), RIGHT: NAMES[1]}


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Listen"))
    st.caption(say("Two stretches of music go on from the same beginning: one a person wrote, one a "
"style composed. Which is which is decided by chance, and nobody is told before the "
"end. Nothing about you is kept but your answers."))  # fmt: skip
    cards = {card.style_id: card for card in list_styles() if _can_be_tested(card)}
    titles = {style_id: say(card.title) for style_id, card in cards.items()}
    titles |= {test.test_id: test.title for test in own_tests(owner())}
    asked_test = st.query_params.get("test", "")
    if asked_test not in titles and excerpts.has_test(asked_test):
        titles |= _title_of(asked_test)
    if not titles:
        st.info(say("No style here has music held out to be compared with."))
    else:
        _draw_test(cards, titles)
    listen_tests.draw()


def _can_be_tested(card: StyleCard) -> bool:
    return excerpts.has_test(card.style_id) or bool(card.held_out and has_references(card.style_id))


def _title_of(test_id: str) -> dict[str, str]:
    """Return the title of somebody else's test, which a link named; nothing where it cannot be read."""
    try:
        return {test_id: excerpts.load_test(test_id).title or test_id}
    except MusegenError:
        return {}


def _draw_test(cards: dict[str, StyleCard], titles: dict[str, str]) -> None:
    test_id, question = _which(cards, titles)
    if not excerpts.has_test(test_id):
        _make(cards[test_id])
        return
    try:
        asked = trials(test_id, question, listener_of(owner()))
    except (MusegenError, ValueError) as error:
        st.error(plain(str(error)))
        return
    _take(test_id, question, asked)
    with st.expander(say("What all listeners found"), icon=":material/bar_chart:", key="listen-found",
                     on_change="rerun") as opened:  # fmt: skip
        if opened.open:
            listen_found.draw(test_id, question, hidden=any(trial.choice is None for trial in asked))


def _which(cards: dict[str, StyleCard], titles: dict[str, str]) -> tuple[str, str]:
    """Draw the choice of a test; an address may name one: ?test=folk&question=human."""
    wanted = st.query_params.get("test") or st.query_params.get("style")
    asked = st.query_params.get("question")
    ready = [test_id for test_id in titles if excerpts.has_test(test_id)]
    usual = next(iter(ready), min(cards, key=lambda style_id: cards[style_id].num_bars) if cards else "")
    if st.session_state.get("listen-style") not in titles:
        st.session_state["listen-style"] = wanted if wanted in titles else usual
    with st.container(horizontal=True, vertical_alignment="bottom", key="listen-which"):
        test_id = st.selectbox(say("Music"), list(titles), format_func=lambda each: titles[each],
                               key="listen-style", width=260, persist_state="session")  # fmt: skip
        known = _questions(test_id)
        if st.session_state.get("listen-question") not in known:
            st.session_state["listen-question"] = asked if asked in known else known[0]
        question = st.selectbox(say("Question"), known, format_func=lambda name: say(QUESTIONS[name]),
                                key="listen-question", width=380, persist_state="session")  # fmt: skip
        with st.popover(say("Send by link"), icon=":material/link:", key="listen-link"):
            st.markdown(say("Whoever opens it in your network hears this test, with no account."))
            root, asks = public_address.root() or public_address.own(), {"test": test_id, "question": question}
            st.code(f"{root}listen?{urlencode(asks)}", language=None, wrap_lines=True)
    return test_id, question


def _questions(test_id: str) -> list[str]:
    try:
        return questions_of(excerpts.load_test(test_id))
    except MusegenError:
        return list(QUESTIONS)


def _make(card: StyleCard) -> None:
    job: MakeTestJob | None = st.session_state.get(_JOB)
    if job is not None and job.key == card.style_id and job.error:
        st.error(plain(job.error))
    elif job is not None and job.key == card.style_id and not job.finished:
        listen_tests.watch(_JOB)
        return
    st.markdown(say("The excerpts of **{title}** are made here once, from music that the style never saw. "
"It takes about a minute.", title=card.title))  # fmt: skip
    if st.button(say("Make the excerpts"), type="primary", icon=":material/music_note:", key="listen-make"):
        st.session_state[_JOB] = job = style_test_job(card.style_id)
        program().excerpting.submit(job, session().owner)
        st.rerun()


def _take(test_id: str, question: str, asked: list[Dealt]) -> None:
    left = [trial for trial in asked if trial.choice is None]
    if not left:
        st.success(_ended(asked, question))
        return
    trial = left[0]
    practice = trial.place < PRACTICE
    words = say("Practice {place} of {practice}", place=trial.place + 1, practice=PRACTICE) if practice else (
        say("{place} of {num_asked}", place=trial.place - PRACTICE + 1, num_asked=len(asked) - PRACTICE))  # fmt: skip
    st.progress((len(asked) - len(left)) / len(asked), text=words)
    try:
        sounds = [_address(test_id, trial.pair, system) for system in (trial.left, trial.right) if system]
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    trouble, times = st.session_state.get(_LOST, ("", 0))
    if trouble:
        st.error(plain(trouble))
    data = {"key": f"{_trial_key(test_id, question, trial)}/{times}", "sounds": sounds,
            "question": say(QUESTIONS[question]),
            "names": list(NAMES) if trial.right else [say("Hear it")],
            "answers": [(each, say(_ANSWERS.get(each, each))) for each in choices(question)]}  # fmt: skip
    component("listen")(key=_KEY, data=data, on_answered_change=lambda: _answered(test_id, question, trial))
    if not trial.right:
        st.caption(say("Hear it for a few seconds at least, then give it a number."))
        return
    st.caption(say("Press A and B as often as you like; a switch goes on at the same place. Both must be "
"heard for a few seconds before you can answer."))  # fmt: skip


def _address(test_id: str, pair: str, system: str) -> str:
    sound = excerpts.sound_of(test_id, pair, system)
    return "data:audio/ogg;base64," + base64.b64encode(sound).decode()


def _answered(test_id: str, question: str, trial: Dealt) -> None:
    told, times = st.session_state[_KEY].answered or {}, st.session_state.get(_LOST, ("", 0))[1]
    if str(told.get("key")).rpartition("/")[0] != _trial_key(test_id, question, trial):
        return
    try:
        answer(test_id, question, listener_of(owner()), trial.place, str(told.get("choice")))
        st.session_state[_LOST] = ("", times)
    except MusegenError as error:  # the same two are asked about again
        st.session_state[_LOST] = (str(error), times + 1)


def _trial_key(test_id: str, question: str, trial: Dealt) -> str:
    return f"{test_id}/{question}/{trial.place}"


def _ended(asked: list[Dealt], question: str) -> str:
    told = [t for t in asked if t.kind == PAIR and t.choice != NEITHER and REAL in (t.left, t.right)]
    if question == RATE or not told:
        return say("That was all, thank you. What everybody found stands below.")
    right = sum({LEFT: t.left, RIGHT: t.right}[t.choice or ""] == REAL for t in told)
    return say(
        "That was all, thank you. Of {num_told} pairs in which you chose one, you chose the real music in {right}.",
        num_told=len(told),
        right=right,
    )
