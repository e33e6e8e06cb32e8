"""Steering: the row that changes the take looked at; all of it makes a new result and loses nothing.

can_be_steered, marks, steer_row.
"""

from typing import Any

import streamlit as st

from musegen.composers.request import MAX_BARS, MAX_TAKES, Take
from musegen.composers.steer_request import SteerRequest, SteerResult, check_steering
from musegen.errors import ConstraintError, MusegenError
from musegen.languages import Message, message, together
from musegen.music.theory import pitch_name
from musegen.music.timing import bar_and_beat
from musegen.services.styles import abilities_of, get_style
from musegen.ui import curve_panel, progress, stage
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.stage import Selection
from musegen.ui.state import Batch, new_random_seed, session

KEEPS = {"": message("new notes"), "pitches": message("keep the pitches"), "rhythm": message("keep the rhythm")}
"""What composing a selection again keeps of it, in words."""

_TROUBLE = "steer_trouble"
_SEED_WORDS, _KEPT_WORDS = (message("your music"), message("new")), (message("kept"), message("new"))


def can_be_steered(style_id: str) -> bool:
    """Return whether takes of a style can be changed in parts and explained."""
    try:
        return bool(abilities_of(get_style(style_id)).actions)
    except MusegenError:
        return False


def marks(batch: Batch, place: int) -> tuple[tuple[frozenset[int], ...] | None, tuple[str, str]]:
    """Return which notes of a take to mark, and what those and the others are called.

    Of a changed take the notes that stayed are marked, where there are any; None for the musician's own.

    Args:
        batch: the result.
        place: of the take in `batch.result.takes`; where a kept take is opened it stands alone, whatever its number.
    """
    result = batch.result
    if not isinstance(result, SteerResult):
        return None, _SEED_WORDS
    changed = result.changed[place]
    if not any(changed):
        return None, _SEED_WORDS
    kept = tuple(
        frozenset(range(len(track.notes))) - new
        for track, new in zip(result.takes[place].piece.tracks, changed, strict=True)
    )
    return kept, _KEPT_WORDS


def steer_row(batch: Batch, take: Take, score: dict[str, Any]) -> None:
    """Draw the row below the player.

    Args:
        batch: the result looked at.
        take: its take, as composed.
        score: the take as the stage shows it.
    """
    if not can_be_steered(take.style_id):
        st.caption(say("Takes of this style can be composed anew, not changed in parts."))
        return
    chosen = stage.selection(score)
    swap = stage.take_swap(score)
    with st.container(horizontal=True, vertical_alignment="bottom", key="steer"):
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-redo"):
            redo = st.button(
                say("Redo {what}", what=_what(chosen)),
                icon=":material/ink_eraser:",
                key="redo",
                help=say(
                    "Compose again what is selected; all else stays. Select bars by dragging over the "
                    "sheet or over the numbers above the roll, notes by Choose notes."
                ),
            )
            keep = st.selectbox(
                say("What stays of it"),
                list(KEEPS),
                format_func=lambda name: say(KEEPS[name]),
                key="steer-keep",
                persist_state="session",
                label_visibility="collapsed",
                width=170,
                help=say("Pitches kept: another rhythm for them. Rhythm kept: other notes in it."),
            )
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-vary"):
            selected = chosen.bars or chosen.notes
            vary = st.button(
                say("Vary"),
                icon=":material/shuffle:",
                key="vary",
                help=say(
                    "Change some of {what} and leave the rest.", what=_what(chosen) if selected else message("the take")
                ),
            )
            strength = st.slider(
                say("How much to vary"),
                0,
                100,
                50,
                5,
                "%d %%",
                key="steer-strength",
                width=150,
                persist_state="session",
                help=say("A little changes a few half bars nearby, a lot changes all of them."),
            )
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-on"):
            from_bar = chosen.bars[0] if chosen.bars and chosen.bars[0] > 1 else None
            go_on = st.button(
                say("Go on from bar {from_bar}", from_bar=from_bar) if from_bar else say("Go on"),
                icon=":material/arrow_forward:",
                key="go-on",
                help=say(
                    "Compose more: from the end, or from the first selected bar on, which then is the "
                    "first new one; what followed it makes room."
                ),
            )
            more = st.number_input(
                say("New bars"),
                1,
                MAX_BARS,
                8,
                key="steer-bars",
                persist_state="session",
                width=130,
                help=say("How many bars are composed."),
            )
        with st.popover(
            say("How"), icon=":material/tune:", help=say("Takes, temperature and key lock of what is changed.")
        ):
            how = _how(batch, take)
    trouble = st.empty()
    if swap:
        _swap(batch, take, swap, how)
    elif redo:
        words = message("{what} again", what=_what(chosen, take))
        if keep:
            words = together((words, KEEPS[keep]), ", ")
        _start(batch, take, "regenerate", words, how, bars=chosen.bars, notes=chosen.notes, keep=keep)
    elif vary:
        what = _what(chosen, take) if selected else message("Take {number}", number=take.index + 1)
        words = message("{what} varied by {strength} %", what=what, strength=strength)
        _start(batch, take, "vary", words, how, bars=chosen.bars, notes=chosen.notes, strength=strength / 100)
    elif go_on:
        bars = (from_bar - 1 if from_bar else take.num_bars) + more
        if from_bar:
            words = message(
                "On from bar {bar} of take {number}, to {bars} bars", bar=from_bar, number=take.index + 1, bars=bars
            )
        else:
            words = message("On from take {number}, to {bars} bars", number=take.index + 1, bars=bars)
        said = _left_behind(take, from_bar) if from_bar else ()
        _start(batch, take, "extend", words, how, said, from_bar=from_bar, num_bars=bars)
    _say(trouble)


def _say(trouble: Any) -> None:
    """Show how far a change is, or why there was none."""
    state = session()
    if state.steering and state.job:
        with trouble.container():
            progress.watch()
    words = st.session_state.pop(_TROUBLE, None) or (state.error if state.steering else None)
    if words:
        trouble.error(plain(words))


def _what(chosen: Selection, take: Take | None = None) -> Message:
    """Return what is selected, in words: "bars 5 to 8"; with a take as the beginning of a sentence on it."""
    number = take.index + 1 if take else 0
    if chosen.notes:
        count = len(chosen.notes)
        if take is None:
            return message("{count:# note|# notes}", count=count)
        return message("{count:# note|# notes} of take {number}", count=count, number=number)
    if not chosen.bars:
        return message("selection") if take is None else message("Selection of take {number}", number=number)
    first, last = chosen.bars
    if take is None:
        return (
            message("bar {bar}", bar=first)
            if first == last
            else message("bars {first} to {last}", first=first, last=last)
        )
    if first == last:
        return message("Bar {bar} of take {number}", bar=first, number=number)
    return message("Bars {first} to {last} of take {number}", first=first, last=last, number=number)


def _how(batch: Batch, take: Take) -> dict[str, Any]:
    """Draw the settings of changes; return them by the names of `SteerRequest`. They begin as the take was made."""
    made = batch.result.request
    number = batch.number
    takes = st.slider(say("Takes"), 1, MAX_TAKES, 4, key="steer-takes", persist_state="session",
                      help=say("How many versions of the change to compose at once."))  # fmt: skip
    temperature = st.slider(
        say("Temperature: calm to wild"),
        0.1,
        2.0,
        min(max(made.temperature, 0.1), 2.0),
        0.05,
        key=f"steer-temperature-{number}",
        persist_state="session",
        help=say("Of what is composed now. Low: the most expected notes. High: surprising turns."),
    )
    lock = st.slider(
        say("Key lock"),
        0.0,
        1.0,
        min(max(made.key_strength, 0.0), 1.0),
        0.05,
        key=f"steer-lock-{number}",
        persist_state="session",
        help=say("1: no new note leaves the scale. 0: the key is a suggestion."),
    )
    curve = curve_panel.curve(f"steer-{number}", temperature, made.temperature_curve)
    return {
        "num_takes": takes,
        "temperature": temperature,
        "temperature_curve": curve,
        "key_strength": lock,
        "top_k": made.top_k,
        "top_p": made.top_p,
        "low_pitch": made.low_pitch,
        "high_pitch": made.high_pitch,
    }


def _swap(batch: Batch, take: Take, swap: tuple[tuple[int, int], int], how: dict[str, Any]) -> None:
    (track, index), pitch = swap
    tracks = take.piece.tracks
    if track >= len(tracks) or index >= len(tracks[track].notes):
        return
    note = tracks[track].notes[index]
    bar, _ = bar_and_beat(take.piece, note.onset_quarter)
    words = message(
        "{new} for {old} in bar {bar} of take {number}, and on from there",
        new=pitch_name(pitch),
        old=pitch_name(note.pitch),
        bar=bar,
        number=take.index + 1,
    )
    _start(batch, take, "swap", words, how, notes=((track, index),), pitch=pitch)


def _left_behind(take: Take, from_bar: int) -> tuple[str, ...]:
    """Return what to say where a take is gone on with before its end."""
    last = take.num_bars
    said = message(
        "{count:Bar {last}|Bars {first} to {last}} of take {number} made room for what is new; Back shows them again.",
        count=last - from_bar + 1,
        first=from_bar,
        last=last,
        number=take.index + 1,
    )
    return (said,)


def _start(
    batch: Batch, take: Take, action: str, words: str, how: dict[str, Any], said: tuple[str, ...] = (), **what: Any
) -> None:
    """Start a change; what cannot be is said beside the row, and `said` with its takes."""
    request = SteerRequest(
        take.style_id, action, take.piece, given=take.given, random_seed=new_random_seed(), **(how | what)
    )
    state = session()
    try:
        check_steering(request)
    except ConstraintError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    composed = state.requested  # a change of a take is no change of the controls
    state.start(request, take.piece.title, words, batch.seed_title, parent=(batch.number, take.index),
                instruments=batch.instruments, words=said)  # fmt: skip
    state.requested = composed
    st.rerun()
