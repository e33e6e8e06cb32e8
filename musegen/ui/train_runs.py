"""The trainings on the Train page: where each stands, what it sounds like so far, and how it ends."""

import json
from collections.abc import Callable

import streamlit as st

from musegen.errors import MusegenError
from musegen.music.plain import piece_from_plain
from musegen.rendering.judging_charts import picture_config
from musegen.rendering.training_chart import training_chart
from musegen.services.showing.downloads import wav
from musegen.services.styles import get_style, list_styles
from musegen.services.training import runs
from musegen.services.training.told import done_sentences, progress_words
from musegen.styles.runs import DONE, FAILED, FINISHING, LEARNING, PAUSE, PAUSED, PREPARING, STOP, WAITING, TrainingRun
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.plot import plot
from musegen.ui.program import program

_ON_ITS_WAY = (WAITING, PREPARING, LEARNING, FINISHING)


def draw() -> None:
    """Draw the trainings of this musician, the newest first."""
    own = runs.runs_of(owner())
    for run in reversed(own):
        with st.container(border=True, key=f"training-{run.order.run_id}"):
            if program().trainings.state_of(run) in _ON_ITS_WAY:
                _watch(run)
            else:
                _standing(run)


@st.fragment(run_every=1.0)
def _watch(run: TrainingRun) -> None:
    """Draw a training that is on its way, again every second; when it has ended, the page is drawn anew."""
    if program().trainings.state_of(run) not in _ON_ITS_WAY:
        st.rerun()
    _standing(run)


def _standing(run: TrainingRun) -> None:
    order, standing, state = run.order, run.standing, program().trainings.state_of(run)
    base = _title_of(order.base)
    st.markdown(f"#### {plain(order.title)}")
    history = run.history()
    untouched = next((line["valid_nll"] for line in history if not line["epoch"]), None)
    if state == DONE:
        st.success(plain(" ".join(say(words) for words in done_sentences(order, standing, untouched, base))))
    elif state == FAILED:
        st.error(plain(standing.words))
    elif state == PAUSED:
        st.info(
            say(
                "It rests {epoch:before its first round|after its first round|after # rounds}. Nothing is lost; it "
                "goes on when you press Resume.",
                epoch=standing.epoch,
            )
        )
    elif state == runs.INTERRUPTED:
        st.warning(plain(say(program().trainings.trouble_of(run))))
    else:
        _on_its_way(run, state)
    _buttons(run, state)
    if history:
        left, right = st.columns([3, 2], gap="large")
        with left:
            lines = {say("a counting model"): standing.counting_nll, say("{style} untouched", style=base): untouched}
            plot(training_chart(history, lines), key=f"curve-{order.run_id}",
                            config=picture_config(f"{order.style_id}-training", "png"),
                            alt=say("Learning curves of {title}", title=order.title))  # fmt: skip
        with right:
            if standing.best_nll is not None:
                st.caption(
                    say(
                        "Best so far: round {best_epoch}, {best_nll:.3f} nats an event on "
                        "{num_held_out:# held-out piece|# held-out pieces}; learned from {num_train}.",
                        best_epoch=standing.best_epoch,
                        best_nll=standing.best_nll,
                        num_held_out=standing.num_held_out,
                        num_train=standing.num_train,
                    )
                )
            _sample(run)


def _on_its_way(run: TrainingRun, state: str) -> None:
    """Draw where a training stands that somebody is at, or that waits."""
    standing, wanted = run.standing, run.wanted
    if wanted in (PAUSE, STOP) and state in (PREPARING, LEARNING):
        st.progress(1.0, text=say("Resting in a moment") if wanted == PAUSE else say("Ending with the best so far"))
        return
    if state == WAITING:
        before = program().trainings.place_of(run)
        words = say("It begins in a moment")
        if before:
            words = say("It waits: {count:# training|# trainings} on this machine before yours", count=before)
        st.progress(0.0, text=words)
    elif state == PREPARING:
        st.progress(0.0, text=say("Reading the files and making the network"))
    elif state == FINISHING:
        st.progress(1.0, text=say("Learned; making it ready to be played"))
    else:
        share = standing.seconds / max(run.order.minutes * 60, 1.0)
        if standing.seconds_left:
            share = standing.seconds / (standing.seconds + standing.seconds_left)
        st.progress(min(max(share, 0.0), 1.0), text="; ".join(say(words) for words in progress_words(standing)))


def _buttons(run: TrainingRun, state: str) -> None:
    run_id, trainings = run.order.run_id, program().trainings
    with st.container(horizontal=True):
        if state in (WAITING, PREPARING, LEARNING):
            st.button(say("Pause"), key=f"pause-{run_id}", icon=":material/pause:", on_click=_do,
                      args=(trainings.pause, run_id))  # fmt: skip
        if state in (PAUSED, runs.INTERRUPTED, FAILED):
            st.button(say("Resume"), key=f"resume-{run_id}", icon=":material/play_arrow:", type="primary", on_click=_do,
                      args=(trainings.go_on, run_id))  # fmt: skip
        if state in (LEARNING, PAUSED, runs.INTERRUPTED) and run.standing.best_epoch:
            st.button(say("Stop here and keep the best"), key=f"stop-{run_id}", icon=":material/stop:", on_click=_do,
                      args=(trainings.stop, run_id))  # fmt: skip
        playable = state == DONE and _is_there(run.order.style_id)
        if playable and st.button(say("Compose with it"), key=f"compose-{run_id}", icon=":material/music_note:",
                                  type="primary"):  # fmt: skip
            st.session_state["style"] = run.order.style_id
            st.switch_page("pages/compose.py")
        with st.popover(say("Throw away") if state != DONE else say("Clear from this list"), icon=":material/delete:"):
            if state == DONE:
                st.markdown(say("The copies of your files and the curves are removed; the style stays."))
            else:
                st.markdown(
                    say("The copies of your files and the curves are removed, and nothing is kept of what was learned.")
                )
            st.button(say("Yes, remove"), key=f"throw-{run_id}", on_click=_do, args=(trainings.throw_away, run_id))


def _do(action: Callable[[str], None], run_id: str) -> None:
    try:
        action(run_id)
    except MusegenError as error:
        st.toast(plain(str(error)), icon=":material/error:")
    except OSError:
        st.toast(say("The disk is full or cannot be written; make room and try again."), icon=":material/error:")


def _sample(run: TrainingRun) -> None:
    """Draw the samples of rounds, of which one can be heard."""
    samples = run.samples()
    if not samples:
        return
    rounds = sorted(samples)
    chosen = st.select_slider(say("A sample of round"), rounds, value=rounds[-1], key=f"round-{run.order.run_id}",
                              format_func=lambda n: say("0, untouched") if n == 0 else str(n)
                              ) if len(rounds) > 1 else rounds[0]  # fmt: skip
    if st.toggle(say("Hear it"), key=f"hear-{run.order.run_id}"):
        try:
            piece = piece_from_plain(json.loads(samples[chosen].read_text(encoding="utf-8")))
            st.audio(wav(piece), "audio/wav")
        except (OSError, ValueError, MusegenError):
            st.caption(say("This sample cannot be played."))


def _is_there(style_id: str) -> bool:
    return any(card.style_id == style_id for card in list_styles())


def _title_of(style_id: str) -> str:
    try:
        return get_style(style_id).title
    except MusegenError:
        return style_id
