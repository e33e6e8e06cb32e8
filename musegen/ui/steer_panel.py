"""Steering: the row that changes the take looked at; all of it makes a new result and loses nothing.

can_be_steered, marks, steer_row.
"""

from typing import Any

import streamlit as st

from musegen.composers.request import MAX_BARS, MAX_TAKES, Take
from musegen.composers.steer_request import SteerRequest, SteerResult, check_steering
from musegen.errors import ConstraintError, MusegenError
from musegen.music.theory import pitch_name
from musegen.music.timing import bar_and_beat
from musegen.services.styles import abilities_of, get_style
from musegen.ui import curve_panel, progress, stage
from musegen.ui.messages import plain
from musegen.ui.stage import Selection
from musegen.ui.state import Batch, new_random_seed, session

KEEPS = {"": "new notes", "pitches": "keep the pitches", "rhythm": "keep the rhythm"}
"""What composing a selection again keeps of it, in words."""

_TROUBLE = "steer_trouble"
_SEED_WORDS, _KEPT_WORDS = ("your seed", "new"), ("kept", "new")


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
        st.caption("Takes of this style can be composed anew, not changed in parts.")
        return
    chosen = stage.selection(score)
    swap = stage.take_swap(score)
    with st.container(horizontal=True, vertical_alignment="bottom", key="steer"):
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-redo"):
            redo = st.button(
                f"Redo {_what(chosen)}",
                icon=":material/ink_eraser:",
                key="redo",
                help="Compose again what is selected; all else stays. Select bars by dragging over the sheet or over "
                "the numbers above the roll, notes by Choose notes.",
            )
            keep = st.selectbox("What stays of it", list(KEEPS), format_func=KEEPS.__getitem__, key="steer-keep",
                                persist_state="session", label_visibility="collapsed", width=170,
                                help="Pitches kept: another rhythm for them. Rhythm kept: other notes in "
                                "it.")  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-vary"):
            selected = chosen.bars or chosen.notes
            vary = st.button("Vary", icon=":material/shuffle:", key="vary",
                             help=f"Change some of {_what(chosen) if selected else 'the take'} and leave the "
                             "rest.")  # fmt: skip
            strength = st.slider("How much to vary", 0, 100, 50, 5, "%d %%", key="steer-strength", width=150,
                                 persist_state="session",
                                 help="A little changes a few half bars nearby, a lot changes all of "
                                 "them.")  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="steer-on"):
            from_bar = chosen.bars[0] if chosen.bars and chosen.bars[0] > 1 else None
            go_on = st.button(f"Go on from bar {from_bar}" if from_bar else "Go on", icon=":material/arrow_forward:",
                              key="go-on", help="Compose more: from the end, or from the first selected bar on, which "
                              "then is the first new one; what followed it makes room.")  # fmt: skip
            more = st.number_input("New bars", 1, MAX_BARS, 8, key="steer-bars", persist_state="session", width=130,
                                   help="How many bars are composed.")  # fmt: skip
        with st.popover("How", icon=":material/tune:", help="Takes, temperature and key lock of what is changed."):
            how = _how(batch, take)
    trouble = st.empty()
    if swap:
        _swap(batch, take, swap, how)
    elif redo:
        words = f"{_what(chosen, take)} again" + (f", {KEEPS[keep]}" if keep else "")
        _start(batch, take, "regenerate", words, how, bars=chosen.bars, notes=chosen.notes, keep=keep)
    elif vary:
        what = _what(chosen, take) if selected else f"Take {take.index + 1}"
        words = f"{what} varied by {strength} %"
        _start(batch, take, "vary", words, how, bars=chosen.bars, notes=chosen.notes, strength=strength / 100)
    elif go_on:
        bars = (from_bar - 1 if from_bar else take.num_bars) + more
        words = f"On from {f'bar {from_bar} of ' if from_bar else ''}take {take.index + 1}, to {bars} bars"
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


def _what(chosen: Selection, take: Take | None = None) -> str:
    """Return what is selected, in words: "bars 5 to 8"; with a take as the beginning of a sentence on it."""
    if chosen.notes:
        words = f"{len(chosen.notes)} {'note' if len(chosen.notes) == 1 else 'notes'}"
    elif chosen.bars:
        first, last = chosen.bars
        words = f"bar {first}" if first == last else f"bars {first} to {last}"
    else:
        words = "selection"
    return words if take is None else f"{words[0].upper()}{words[1:]} of take {take.index + 1}"


def _how(batch: Batch, take: Take) -> dict[str, Any]:
    """Draw the settings of changes; return them by the names of `SteerRequest`. They begin as the take was made."""
    made = batch.result.request
    number = batch.number
    takes = st.slider("Takes", 1, MAX_TAKES, 4, key="steer-takes", persist_state="session",
                      help="How many versions of the change to compose at once.")  # fmt: skip
    temperature = st.slider("Temperature: calm to wild", 0.1, 2.0, min(max(made.temperature, 0.1), 2.0), 0.05,
                            key=f"steer-temperature-{number}", persist_state="session",
                            help="Of what is composed now. Low: the most expected notes. High: surprising "
                            "turns.")  # fmt: skip
    lock = st.slider("Key lock", 0.0, 1.0, min(max(made.key_strength, 0.0), 1.0), 0.05, key=f"steer-lock-{number}",
                     persist_state="session", help="1: no new note leaves the scale. 0: the key is a "
                     "suggestion.")  # fmt: skip
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
    words = f"{pitch_name(pitch)} for {pitch_name(note.pitch)} in bar {bar} of take {take.index + 1}, and on from there"
    _start(batch, take, "swap", words, how, notes=((track, index),), pitch=pitch)


def _left_behind(take: Take, from_bar: int) -> tuple[str, ...]:
    """Return what to say where a take is gone on with before its end."""
    last = take.num_bars
    bars = f"Bar {last}" if from_bar == last else f"Bars {from_bar} to {last}"
    return (f"{bars} of take {take.index + 1} made room for what is new; Back shows them again.",)


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
