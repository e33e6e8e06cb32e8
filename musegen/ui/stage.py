"""The stage on the page: the take as it is heard and seen, and what is chosen there.

VIEWS, Tools, Selection, stage_view, chosen_programs, choose_programs, page_width, manner, stage_key, show_stage,
selection, take_swap, why_is_asked.
The component (web/stage/stage.js) keeps what changes by the second; what must outlast it (view, width of the sheet,
instruments, what is selected) is kept here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from musegen.composers.request import Take
from musegen.errors import MusegenError
from musegen.languages import message
from musegen.music.instruments import program_name
from musegen.services.showing.shown import Manner, drawn, heard, own_notes
from musegen.services.showing.stage import score_data
from musegen.ui.browser import component
from musegen.ui.messages import plain
from musegen.ui.program import program
from musegen.ui.sheet import DEFAULT_WIDTH, WIDTHS

VIEWS = ("Sheet", "Roll", "Both", "Numbers")
_WITH_SHEET = ("Sheet", "Both")
KEY = "player"

INSTRUMENTS = (0, 6, 19, 21, 24, 46, 40, 42, 48, 52, 56, 60, 65, 68, 70, 71, 73, 11)
_VIEW, _WIDTH, _PROGRAMS = "view", "sheet_width", "instruments"
_SELECTION, _WHY, _SWAP = "selection", "why", "swap"
_NOTE = re.compile(r"n(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the stage of the Compose page has besides the player.

    Args:
        marked: for each track, the indices of the notes to mark; None for those that the musician gave.
        legend: what marked notes are called, and the others.
        instruments: whose choice in the mixer it is; "" for that of the take's style.
        why: {"notes": {id: reason}} or {"said": a sentence} where it is asked why these notes (`Why` in
            web/score/shapes.js).
    """

    marked: tuple[frozenset[int], ...] | None = None
    legend: tuple[str, str] = (message("your music"), message("new"))
    why: Mapping[str, Any] | None = None
    instruments: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected in the stage: bars or notes.

    Args:
        bars: printed numbers of the first and the last bar, None where notes are selected.
        notes: (track, index) of single notes.
    """

    bars: tuple[int, int] | None = None
    notes: tuple[tuple[int, int], ...] = ()


def stage_view() -> str:
    """Return which of `VIEWS` is looked at."""
    view = st.session_state.get(_VIEW)
    return view if view in VIEWS else "Both"


def chosen_programs(whose: str) -> dict[int, int]:
    """Return the General MIDI programs chosen in the mixer, by index of the track.

    Args:
        whose: the id of a style, or the name of instruments of their own (see `Batch.instruments`).
    """
    return dict(st.session_state.get(_PROGRAMS, {}).get(whose, {}))


def choose_programs(whose: str, programs: Mapping[int, int]) -> None:
    """Choose instruments as `chosen_programs` returns them, in place of those before; before the stage is drawn."""
    st.session_state.setdefault(_PROGRAMS, {})[whose] = dict(programs)


def page_width() -> float:
    """Return how wide the pages of the sheet are, in CSS pixels."""
    return st.session_state.setdefault(_WIDTH, DEFAULT_WIDTH)


def manner(whose: str, title: str = "", composer: str = "") -> Manner:
    """Return how takes are shown now.

    Args:
        whose: see `chosen_programs`.
        title: of the take.
        composer: who it is by, "" for its own.
    """
    return Manner(
        title,
        composer,
        bool(st.session_state.get("sheet-chords")),
        bool(st.session_state.get("sheet-tablature")),
        chosen_programs(whose),
        stage_view() in _WITH_SHEET,
        page_width(),
    )


def stage_key(composed: Take) -> str:
    """Return the key of the score that `show_stage` lets the browser play."""
    return score_data(composed.piece, own_notes(composed))["key"]


def show_stage(take: Take, composed: Take, tools: Tools | None = None) -> dict[str, Any]:
    """Show the player with the views of a take; return its score (see `score_data`).

    Args:
        take: what is heard and seen, with the instruments that were chosen.
        composed: the same take with the instruments that the style gave it.
        tools: what else there is to do; None for a player alone.
    """
    view, given = stage_view(), own_notes(take)
    if tools is not None and tools.marked is not None:
        given = tools.marked
    width = page_width()
    whose = (tools.instruments if tools else "") or take.style_id
    pages: list[str] = []
    trouble = ""
    if view in _WITH_SHEET:
        try:
            pages = drawn(take.piece, given, width)
        except MusegenError as error:
            trouble = str(error)
    data = heard(take, composed, given, (tools or Tools()).legend, program().sounds) | {
        "pages": pages,
        "width": width,
        "widths": list(WIDTHS),
        "view": view,
        "instruments": [[program, program_name(program)] for program in INSTRUMENTS],
        "programs": {str(track): program for track, program in chosen_programs(whose).items()},
        "tools": tools is not None,
        "why": tools.why if tools else None,
        "selection": st.session_state.get(_SELECTION) if tools else None,
    }
    component("stage")(
        key=KEY,
        data=data,
        default={"view": view, "width": width, "programs": {}, "selection": None, "why": False},
        on_view_change=lambda: _keep_view(),
        on_width_change=lambda: _keep_width(),
        on_programs_change=lambda: _keep_programs(whose),
        on_selection_change=lambda: _keep(_SELECTION),
        on_why_change=lambda: _keep(_WHY),
        on_swap_change=lambda: _keep(_SWAP),
    )
    if trouble:
        st.warning(plain(trouble))
    return data["score"]


def why_is_asked() -> bool:
    """Return whether the musician wants to know why these notes."""
    return bool(st.session_state.get(_WHY))


def selection(score: Mapping[str, Any]) -> Selection:
    """Return what is selected of the score that is shown; bars stay selected from take to take where they fit."""
    told = st.session_state.get(_SELECTION) or {}
    if told.get("notes"):
        found = [_NOTE.fullmatch(str(name)) for name in told["notes"]] if told.get("key") == score["key"] else []
        return Selection(notes=tuple(sorted((int(m[1]), int(m[2])) for m in found if m)))
    if not isinstance(told.get("from"), int | float) or not isinstance(told.get("to"), int | float):
        return Selection()
    lines = [*(bar[0] for bar in score["bars"]), score["end"]]
    first, after = _line(lines, told["from"]), _line(lines, told["to"])
    if first is None or after is None or first >= after:
        return Selection()
    return Selection(bars=(max(score["bars"][first][1], 1), max(score["bars"][after - 1][1], 1)))


def _line(lines: Sequence[float], quarter: float) -> int | None:
    return next((i for i, line in enumerate(lines) if abs(line - quarter) < 1e-4), None)


def take_swap(score: Mapping[str, Any]) -> tuple[tuple[int, int], int] | None:
    """Return the note that is to be another and its new pitch, once; None where none of this score is."""
    told = st.session_state.pop(_SWAP, None) or {}
    found = _NOTE.fullmatch(str(told.get("id"))) if told.get("key") == score["key"] else None
    return ((int(found[1]), int(found[2])), int(told["pitch"])) if found else None


def _keep(name: str) -> None:
    st.session_state[name] = _told(name)


def _told(name: str) -> Any:
    return st.session_state[KEY][name]


def _keep_view() -> None:
    st.session_state[_VIEW] = _told("view")


def _keep_width() -> None:
    if _told("width") in WIDTHS:
        st.session_state[_WIDTH] = _told("width")


def _keep_programs(whose: str) -> None:
    """Keep the instruments that the mixer tells, as far as they are any."""
    told = {int(track): int(program) for track, program in (_told("programs") or {}).items()}
    valid = {track: program for track, program in told.items() if 0 <= program <= 127}
    st.session_state.setdefault(_PROGRAMS, {})[whose] = valid
