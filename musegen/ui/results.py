"""The takes: listen, look, choose, go back, download."""

import streamlit as st

from musegen.composers.request import Take
from musegen.languages import message, together
from musegen.remarks import remark
from musegen.services.showing import downloads as studio
from musegen.services.showing.shown import presented
from musegen.ui import (
    desk,
    history,
    keep_panel,
    live_loop,
    name_panel,
    originality_panel,
    recipe_panel,
    stage,
    steer_panel,
    table_panel,
    take_cards,
    why_panel,
)
from musegen.ui.downloads import download_buttons
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.name_panel import names
from musegen.ui.plot import plot
from musegen.ui.state import Batch, session


@st.fragment
def results_panel() -> None:
    """Show the result of the session that is looked at; reruns on its own."""
    state = session()
    batch = state.batch
    if batch is None:
        st.caption(say("The takes appear here."))
        return
    words, player = st.container(), st.container()  # whatever words there are, the player stays where it is and plays
    with words:
        chosen = _choose_take(batch)
    take, composed = presented(chosen, stage.manner(batch.instruments or chosen.style_id, *names(batch, chosen)))
    with player:
        marked, legend = steer_panel.marks(batch, batch.chosen)
        copied = originality_panel.marks(batch.result.takes[batch.chosen])
        if copied is not None:
            marked, legend = copied, originality_panel.LEGEND
        tools = stage.Tools(marked, legend, why_panel.reasons(composed), batch.instruments)
        score = stage.show_stage(take, composed, tools)
    live_loop.shown(composed.style_id, plain_view=copied is None and tools.why is None)
    if "steer" not in table_panel.held(composed.style_id):
        steer_panel.steer_row(batch, composed, score)
    if stage.stage_view() == "Numbers":
        _numbers(take)
    _downloads(take, batch)
    desk.save()


def _choose_take(batch: Batch) -> Take:
    """Draw the row of takes and the way back; return the take that is chosen."""
    takes = batch.result.takes
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="takes-row"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(say("#### Takes"), width="content")
            sort = take_cards.choose_order(batch)
        made_with = st.container(width="stretch")
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            originality_panel.tell(takes[batch.chosen])
            _history()
            desk.offer_afresh()
    take_cards.show_takes(batch, sort)
    take = takes[batch.chosen]
    made_with.caption(plain(_made_with(batch, take)))
    about_seed = () if session().said_beside_seed == batch.number else batch.result.messages
    messages = [*batch.words, *about_seed, *_take_messages(batch, take)]
    if messages:
        st.caption(plain(together(messages)))
    return take


def _take_messages(batch: Batch, take: Take) -> list[str]:
    if batch.result.request.key_strength <= 0:
        return []
    notes = take.notes_changed
    return [remark("lock_changed", count=notes)]


def _made_with(batch: Batch, take: Take) -> str:
    request = batch.result.request
    curve = request.temperature_curve
    temperature = (
        message("{first:g} to {last:g}", first=curve[0], last=curve[-1])
        if curve
        else message("{value:g}", value=request.temperature)
    )
    form = getattr(request, "form", "")
    parts = [
        batch.made_from,
        message("{count:# bar|# bars}", count=take.num_bars),
        f"{take.seconds:.0f} s",
        message("form {form}", form=form) if form else "",
        message("temperature {temperature}", temperature=temperature),
        message("random number {number}", number=request.random_seed),
    ]
    return together(parts, " · ")


def _history() -> None:
    """Draw the way back and forth through all results."""
    state = session()
    count = len(state.batches)
    if count < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        st.button(
            say("Back"),
            icon=":material/undo:",
            key="back",
            disabled=state.position == 0,
            on_click=state.show,
            args=(state.position - 1,),
            help=say("Show the result before this one; nothing is lost."),
        )
        st.button(
            say("Forward"),
            icon=":material/redo:",
            key="forward",
            disabled=state.position == count - 1,
            on_click=state.show,
            args=(state.position + 1,),
            help=say("Show the result after this one."),
        )
        with st.popover(
            say("{position} of {count}", position=state.position + 1, count=count),
            help=say("All results of this visit."),
        ):
            for index, depth in history.tree(state.batches):
                batch = state.batches[index]
                st.button(
                    "\u2003" * (depth - 1) + "\u2003↳ " * (depth > 0) + plain(history.entry(state.batches, index)),
                    key=f"result-{batch.number}",
                    type="tertiary",
                    disabled=index == state.position,
                    on_click=state.show,
                    args=(index,),
                )


def _numbers(take: Take) -> None:
    rows = [{say(name): say(value) for name, value in row.items()} for row in studio.note_rows(take)]
    st.dataframe(rows, hide_index=True, height=min(460, 36 * (len(rows) + 1)), alt=say("All notes of the take"))
    charts = studio.number_charts(take)
    for place, (title, figure) in zip(st.columns(len(charts)), charts.items(), strict=True):
        with place:
            st.markdown(f"**{say(title)}**")
            plot(figure, key=f"chart-{title}", config=studio.roll_config(), alt=say(title))
    st.plotly_chart(
        studio.roll_figure(take, say), key="roll", config=studio.roll_config(), alt=say("Piano roll, note by note")
    )


def _downloads(take: Take, batch: Batch) -> None:
    recipe = recipe_panel.recipe_of(batch, take)
    text = recipe_panel.text_of(recipe) if recipe else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="downloads"):
        name_panel.name_button(batch, take)
        table_panel.hand_in_button(batch, take, recipe)
        keep_panel.keep_button(batch, take, recipe)
        download_buttons(take, text)
        if recipe is not None:
            recipe_panel.copy_link(recipe)
