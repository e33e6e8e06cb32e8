"""What lies on a desk: settings, seeds, recordings, drawings and results, collected as plain data and laid out again.

collect, lay_out, forget_settings, begin_afresh, is_remembered.
"""

import re
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

import streamlit as st

from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.languages import Message
from musegen.remarks import Remark, of_rows
from musegen.services.keeping.desk_parts import read_seed, seed_text
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.styles import list_styles, options_of
from musegen.ui import table_panel
from musegen.ui.state import Batch, session

VERSION = 1
Part = Callable[[Any, Callable[[Any], str]], str]
Read = Callable[[str, Callable[[str], Any]], Any]

_SETTINGS = (
    "style", "live", "takes", "length_unit", "random_seed", "keep_seed", "form", "form-variation", "takes-sort",
    "view", "sheet_width", "instruments", "selection", "why", "steer-keep", "steer-strength", "steer-bars",
    "steer-takes", "style_chosen", "show_shared", "longest_copy", "seed_source", "example", "last_example", "seed_text",
    "editors_afresh", "sheet-chords", "sheet-tablature", "seed-words", "seed-words-language",
    r"(mode|temperature|bars|seconds|key|lock|tempo|meter|range|top_p|top_k|tracks|declared)-.+",
    r"(curve-on|steer-temperature|steer-lock)-.+", r"curve-(compose|steer-\w+)",
    r"for-(instrument|part)-.+", "seed-sheet-for", "benchmark-dataset", "benchmark-sample",
    r"chart-(own|of|text|form|tonic|filled|before|good|said|home)", r"draw_(meter|tempo|key|opened)",
    r"play_(grid_\w+|strength|pedal|pace|first_\w+)", r"hum_(key|range|meter|grid|to_tempo|bpm|pace|first_\w+)",
)  # fmt: skip
"""Names of the session's state that are remembered besides the options of styles; each a regular expression."""

_OF_RESULTS = ("title", "made_from", "number", "seed_title", "chosen", "words", "recipe", "parent", "instruments")
_SAID = ("title", "made_from", "seed_title", "words")
"""Those that are said, and come back as messages."""
_KNOWN_OF_RESULTS = ("num_takes", "composed")
_OF_TAKES = ("kept", "names", "composers")
_EDITOR, _PLAY, _HUM = (f"musegen.ui.{name}" for name in ("editor", "play_panel", "hum_panel"))
"""Imported only where they are used, so that the page starts fast."""


@cache
def _pattern() -> re.Pattern[str]:
    options = {name for card in list_styles() for name in options_of(card)}
    own = [rf"({'|'.join(map(re.escape, sorted(options)))})(-usual)?-.+"] if options else []
    return re.compile("|".join(f"(?:{name})" for name in (*_SETTINGS, *own)))


def is_remembered(name: str) -> bool:
    """Return whether what stands in the session under a name comes back after a reload."""
    return bool(_pattern().fullmatch(name))


def collect(part: Part) -> dict[str, Any]:
    """Return what lies on the desk, as JSON can hold it.

    Args:
        part: returns the id under which a thing that never changes is kept, given what writes it as text.
    """
    state = session()
    settings = {}
    for name, value in st.session_state.items():
        if isinstance(name, str) and is_remembered(name):
            settings[name] = _plain(value)
    body = {
        "version": VERSION,
        "settings": settings,
        "results": [_collect_result(batch) for batch in state.batches],
        "position": state.position,
        "upload": part(state.upload, seed_text) if state.upload else None,
        "upload_recipe": state.upload_recipe,
        "link_used": state.link_used,
        "table": state.table_id,
        "pending": _collect_job(),
    }
    if _EDITOR in sys.modules:
        body["editors"] = import_module(_EDITOR).all_held()
    for module in (_PLAY, _HUM):
        if module in sys.modules:
            panel = import_module(module)
            recordings, shown = panel.recordings()
            if recordings:
                body[module] = [[[number, part(made, panel.WRITE)] for number, made in recordings.items()], shown]
    return body


def lay_out(body: dict[str, Any], owner: str, part: Read, there: Callable[[str], bool]) -> None:
    """Put on an empty desk what `collect` returned; composing that was under way begins again.

    Args:
        body: what `collect` returned.
        owner: whose desk it is.
        there: whether the result of an id is there.
        part: returns the thing of an id, given what reads it, or None where it is not there.
    """
    state = session()
    for name, value in body["settings"].items():
        if is_remembered(name):
            st.session_state[name] = _back(value)
    for row in body["results"]:
        if there(row["part"]):
            state.batches.append(_result(row, owner))
    state.position = min(max(int(body["position"]), 0), len(state.batches) - 1)
    state.upload = part(body["upload"], read_seed) if body["upload"] else None
    state.upload_recipe, state.link_used = body["upload_recipe"], body["link_used"]
    table_panel.bring_back(body.get("table"))
    state.adopt = bool(state.batches)
    if body.get("editors"):
        import_module(_EDITOR).bring_back(body["editors"])
    for module in (_PLAY, _HUM):
        if module in body:
            panel, (rows, shown) = import_module(module), body[module]
            found = {number: part(part_id, panel.READ) for number, part_id in rows}
            panel.bring_back({number: made for number, made in found.items() if made}, shown)
    if body.get("pending"):
        _begin_again(body["pending"])


def forget_settings() -> None:
    """Let every setting be as it is at first; results and seeds stay."""
    for name in [name for name in st.session_state if isinstance(name, str) and is_remembered(name)]:
        del st.session_state[name]


def begin_afresh() -> None:
    """Have editors begin empty, whatever the browser still knows of an earlier drawing."""
    st.session_state["editors_afresh"] = True


# ----------------------------------------------------------------------------------------------------------- results


def _collect_result(batch: Batch) -> dict[str, Any]:
    names = (*_OF_RESULTS, *_KNOWN_OF_RESULTS)
    row = {name: _plain(getattr(batch, name)) if name in _SAID else getattr(batch, name) for name in names}
    said = {name: {str(index): text for index, text in getattr(batch, name).items()} for name in _OF_TAKES}
    return row | said | {"part": batch.part_id, "made_at": batch.made_at.isoformat()}


def _result(row: dict[str, Any], owner: str) -> Batch:
    values: dict[str, Any] = {name: _back(row[name]) if name in _SAID else row[name] for name in _OF_RESULTS}
    values["words"] = tuple(values["words"])
    values["parent"] = tuple(values["parent"]) if values["parent"] else None
    values |= {name: {int(index): text for index, text in row.get(name, {}).items()} for name in _OF_TAKES}
    batch = Batch(None, made_at=datetime.fromisoformat(row["made_at"]), part_id=row["part"], owner=owner, **values)
    if "num_takes" in row:
        batch.num_takes, batch.composed = (row[name] for name in _KNOWN_OF_RESULTS)
    else:  # a desk that was saved before these were
        batch.num_takes, batch.composed = len(batch.result.takes), isinstance(batch.result.request, ComposeRequest)
    batch.chosen = min(max(int(batch.chosen), 0), batch.num_takes - 1)
    return batch


def _collect_job() -> list[Any] | None:
    state = session()
    if state.job is None or state.job.finished:
        return None
    more = {
        name: _plain(value) if name in _SAID else value for name, value in state.job_more.items() if name in _OF_RESULTS
    }
    return [recipe_text(Recipe(state.job.request, 0, "")), _plain(list(state.job_title)), more]


def _begin_again(pending: list[Any]) -> None:
    text, title, more = pending
    try:
        request = read_recipe_text(text)[0].request
    except MusegenError:
        return  # what it would have made was never there
    more |= {name: tuple(_back(more[name])) for name in ("words", "parent") if more.get(name)}
    state = session()
    state.start(request, *_back(title), **more)
    if isinstance(request, ComposeRequest):
        state.adopt = True


# -------------------------------------------------------------------------------------------------------- plain data


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: tuples, messages, and dicts whose names are no texts, are marked."""
    if isinstance(value, Remark):
        return {"remark": [value.code, _plain(dict(value.values))]}
    if isinstance(value, Message):
        return {"message": [value.template, _plain(dict(value.values))]}
    if isinstance(value, tuple):
        return {"tuple": [_plain(part) for part in value]}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {"dict": [[_plain(name), _plain(part)] for name, part in value.items()]}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _back(value: Any) -> Any:
    if isinstance(value, list):
        return [_back(part) for part in value]
    if isinstance(value, dict):
        if "tuple" in value:
            return tuple(_back(part) for part in value["tuple"])
        if "remark" in value:
            return next(iter(of_rows([[value["remark"][0], _back(value["remark"][1])]])), "")
        if "message" in value:
            return Message(value["message"][0], _back(value["message"][1]))
        return {_back(name): _back(part) for name, part in value["dict"]}
    return value
