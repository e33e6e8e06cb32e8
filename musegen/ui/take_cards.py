"""The takes of a result as small rolls with their measures: one is chosen, a click plays it, a choice sorts them."""

import math
from functools import lru_cache
from typing import Any

import streamlit as st

from musegen.composers.request import Take
from musegen.languages import message
from musegen.services.judging.measures import MEASURES, measure
from musegen.services.showing import downloads as studio
from musegen.ui import originality_panel, steer_panel
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.name_panel import named
from musegen.ui.program import program
from musegen.ui.state import Batch

KEY = "take-cards"
SORTS = {
    "made": message("Sorted: as composed"),
    "in_key": message("Sorted: most in key"),
    "range": message("Sorted: widest range"),
    "repetition": message("Sorted: most repetition"),
    "likeness": message("Sorted: most like your music"),
    "surprise": message("Sorted: least surprising"),
}
"""How takes can be sorted, in words."""

_SHOWN = {
    "in_key": message("in key"),
    "range": message("range"),
    "repetition": message("repeats"),
    "likeness": message("like yours"),
}
_WIDTH, _HEIGHT = 100, 36
_OCTAVES_TO_FULL = 3


def choose_order(batch: Batch) -> str:
    """Draw the choice of how the takes are sorted; return one of `SORTS`."""
    if len(batch.result.takes) < 2:
        return "made"
    return st.selectbox(
        say("Sorted by"),
        list(SORTS),
        format_func=lambda name: say(SORTS[name]),
        key="takes-sort",
        width=215,
        persist_state="session",
        label_visibility="collapsed",
        help=say("Which take stands first."),
    )


def show_takes(batch: Batch, sort: str) -> None:
    """Draw the takes of a result; `batch.chosen` follows what is clicked on.

    Args:
        batch: the result.
        sort: one of `SORTS`.
    """
    takes = batch.result.takes
    data = {
        "batch": batch.number,
        "chosen": batch.chosen,
        "sort": sort,
        "takes": [
            _card(takes[place], steer_panel.marks(batch, place)[0], place)
            | {"files": _files(named(batch, takes[place]))}
            for place in order(batch, sort)
        ],
    }
    component("take_cards")(
        key=KEY,
        data=data,
        default={"chosen": None},
        on_chosen_change=lambda: _choose(batch),
    )


def order(batch: Batch, sort: str) -> list[int]:
    """Return the indices of the takes by one of `SORTS`; those without the measure come last."""
    takes = batch.result.takes
    indices = list(range(len(takes)))
    if sort == "made":
        return indices
    sign = 1 if sort == "surprise" else -1

    def rank(index: int) -> tuple[bool, float]:
        value = _measured(takes[index])[sort]
        return (True, 0.0) if math.isnan(value) else (False, sign * value)

    return sorted(indices, key=rank)


@lru_cache(maxsize=256)
def _measured(take: Take) -> dict[str, float]:
    return measure(take)


@lru_cache(maxsize=256)
def _card(take: Take, marked: tuple[frozenset[int], ...] | None, place: int = 0) -> dict[str, Any]:
    measured = _measured(take)
    rows = []
    for name, label in _SHOWN.items():
        value = measured[name]
        if math.isnan(value):
            continue
        semitones = MEASURES[name].unit == "semitones"
        words = _interval(round(value)) if semitones else f"{value:.0%}".replace("%", " %")
        share = min(value / (12 * _OCTAVES_TO_FULL), 1.0) if semitones else value
        rows.append([label, words, share, name, message(MEASURES[name].meaning)])
    if (row := originality_panel.card_row(take)) is not None:
        rows.append([*row, originality_panel.MEANING])
    picture = _picture(take, take.given if marked is None else marked)
    return {"index": place, "number": take.index + 1, "picture": picture, "measures": rows}


def _files(take: Take) -> list[list[str]]:
    """Return [media type, name, address] of the files that can be dragged out of a card: MIDI, then WAV."""
    address = program().sounds.offer(take.piece).removesuffix(".wav")
    return [[studio.FORMATS[form], studio.file_name(take, form), f"{address}.{form}"] for form in ("mid", "wav")]


def _interval(semitones: int) -> str:
    octaves, rest = divmod(semitones, 12)
    if not octaves:
        return message("{semitones} st", semitones=semitones)
    if not rest:
        return message("{octaves} oct", octaves=octaves)
    return message("{octaves} oct + {rest}", octaves=octaves, rest=rest)


def _picture(take: Take, marked: tuple[frozenset[int], ...]) -> dict[str, Any]:
    """Return the notes as two paths of rectangles, marked ones and others, in a box of a fixed size."""
    tracks = take.piece.tracks
    pitches = [note.pitch for track in tracks for note in track.notes] or [60]
    low, rows = min(pitches), max(max(pitches) - min(pitches) + 1, 10)
    end = max(take.piece.end_quarter, 1e-6)
    tall = max(_HEIGHT / rows, 2.4)
    paths: dict[bool, list[str]] = {True: [], False: []}
    for index, track in enumerate(tracks):
        own = marked[index] if index < len(marked) else frozenset()
        for number, note in enumerate(track.notes):
            x = _WIDTH * note.onset_quarter / end
            y = (_HEIGHT - tall) * (1 - (note.pitch - low) / max(rows - 1, 1))
            wide = max(_WIDTH * note.duration_quarter / end - 0.1, 0.8)
            paths[number in own].append(f"M{x:.1f} {y:.1f}h{wide:.1f}v{tall:.1f}h-{wide:.1f}z")
    return {"size": [_WIDTH, _HEIGHT], "marked": "".join(paths[True]), "plain": "".join(paths[False])}


def _choose(batch: Batch) -> None:
    told = st.session_state[KEY]["chosen"] or {}
    if told.get("batch") == batch.number and told.get("take") in range(len(batch.result.takes)):
        batch.chosen = told["take"]
