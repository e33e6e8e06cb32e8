"""The stage on the page: the take as it is heard and seen, and what is chosen there.

VIEWS, stage_view, chosen_programs, stage_key, show_stage.
The component (web/stage.js) keeps what changes by the second; what must outlast it (view, width of the sheet,
instruments) is kept here.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from musegen.errors import MusegenError
from musegen.music.instruments import program_name
from musegen.services import sounds, studio
from musegen.services.request import Take
from musegen.services.stage import bar_words, score_data
from musegen.ui.browser import component
from musegen.ui.messages import plain
from musegen.ui.sheet import DEFAULT_WIDTH, WIDTHS

VIEWS = ("Sheet", "Roll", "Both", "Numbers")
KEY = "player"

INSTRUMENTS = (0, 6, 19, 21, 24, 46, 40, 42, 48, 52, 56, 60, 65, 68, 70, 71, 73, 11)
_VIEW, _WIDTH, _PROGRAMS = "view", "sheet_width", "instruments"


def stage_view() -> str:
    """Return which of `VIEWS` is looked at."""
    view = st.session_state.get(_VIEW)
    return view if view in VIEWS else "Both"


def chosen_programs(style_id: str) -> dict[int, int]:
    """Return the General MIDI programs chosen in the mixer for a style, by index of the track."""
    return dict(st.session_state.get(_PROGRAMS, {}).get(style_id, {}))


def choose_programs(style_id: str, programs: Mapping[int, int]) -> None:
    """Choose instruments for a style, by index of the track, in place of those before; before the stage is drawn."""
    st.session_state.setdefault(_PROGRAMS, {})[style_id] = dict(programs)


def stage_key(composed: Take) -> str:
    """Return the key of the score that `show_stage` lets the browser play."""
    return score_data(composed.piece, _marked(composed))["key"]


def show_stage(take: Take, composed: Take, shade: Mapping[str, float] | None = None) -> None:
    """Show the player with the views of a take.

    Args:
        take: what is heard and seen, with the instruments that were chosen.
        composed: the same take with the instruments that the style gave it.
        shade: 0 to 1 by id of the note, to colour the roll by; loudness by default.
    """
    view, given = stage_view(), _marked(take)
    width = st.session_state.setdefault(_WIDTH, DEFAULT_WIDTH)
    piece = take.piece
    pages, trouble = (), ""
    if view in ("Sheet", "Both"):
        try:
            pages = studio.sheet_pages(piece, given, width)
        except MusegenError as error:
            trouble = str(error)
    score = score_data(composed.piece, given)  # its key stays when an instrument changes, so that the music goes on
    for row, track in zip(score["tracks"], piece.tracks, strict=True):
        row["program"] = track.program
    data = {
        "score": score | {"wav": sounds.offer_wav(piece)},
        "words": bar_words(piece),
        "pages": list(pages),
        "label": f"Sheet music of take {take.index + 1}",
        "legend": any(given),
        "width": width,
        "widths": list(WIDTHS),
        "view": view,
        "instruments": [[program, program_name(program)] for program in INSTRUMENTS],
        "programs": {str(track): program for track, program in chosen_programs(take.style_id).items()},
        "composed": [track.program for track in composed.piece.tracks],
        "shade": dict(shade) if shade else None,
    }
    component("stage")(
        key=KEY,
        data=data,
        default={"view": view, "width": width, "programs": {}, "selection": None},
        on_view_change=lambda: _keep_view(),
        on_width_change=lambda: _keep_width(),
        on_programs_change=lambda: _keep_programs(take.style_id),
        on_selection_change=lambda: None,
    )
    if trouble:
        st.warning(plain(trouble))


def _marked(take: Take) -> tuple[frozenset[int], ...]:
    """Return which notes to mark: none where all are the musician's."""
    return () if sum(map(len, take.given)) == take.piece.num_notes else take.given


def _told(name: str) -> Any:
    return st.session_state[KEY][name]


def _keep_view() -> None:
    st.session_state[_VIEW] = _told("view")


def _keep_width() -> None:
    if _told("width") in WIDTHS:
        st.session_state[_WIDTH] = _told("width")


def _keep_programs(style_id: str) -> None:
    """Keep the instruments that the mixer tells, as far as they are any."""
    told = {int(track): int(program) for track, program in (_told("programs") or {}).items()}
    valid = {track: program for track, program in told.items() if 0 <= program <= 127}
    st.session_state.setdefault(_PROGRAMS, {})[style_id] = valid
