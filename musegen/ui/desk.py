"""The desk of a tab: what is worked on there comes back after a reload, a dropped tab, a crash, or the next day.

bring_back, save, name_in_address, page_failed, offer_afresh. A tab's address names its desk (`web/page/desk.js`); a tab
that names none begins with a copy of the desk that the person changed last.
"""

import html
import json
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from musegen.errors import LibraryError, MusegenError
from musegen.languages import message
from musegen.library import desks
from musegen.library.desks import GUEST, StoredDesk, new_desk_id
from musegen.services.keeping.desk_parts import result_text
from musegen.ui import desk_contents
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.state import session

_KEY, _NAMED = "musegen_desk", "desk"
_EMPTY = "new"
"""Names a desk with nothing on it in an address."""

_FEW = 3
"""Results after which the desk before is offered no more."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Desk:
    """Which desk this visit works on.

    Attributes:
        desk_id: its id.
        holder: names this visit to the library.
        saved: the body that was saved last.
        written: what lies on it and is saved, with the id of its part, by the `id` of the thing.
        fresh: whether the page has not been drawn since it was brought back.
        aside: the desk that this one was started instead of.
        said: what to say of it, once.
    """

    desk_id: str = field(default_factory=new_desk_id)
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    saved: str = ""
    written: dict[int, tuple[Any, str]] = field(default_factory=dict)
    fresh: bool = False
    aside: str | None = None
    said: str = ""


def bring_back() -> None:
    """Lay out what this tab was working on, at the first run of a visit; before anything is drawn."""
    if _KEY in st.session_state:
        return
    desk = st.session_state[_KEY] = _Desk()
    named = st.query_params.get(_NAMED)
    try:
        stored = desks.take(owner(), named, desk.holder) if named else None
        if stored is not None:
            desk.desk_id, desk.saved = stored.desk_id, stored.body
        else:
            stored = desks.latest(owner())
        if stored is not None and named == _EMPTY:
            desk.aside = stored.desk_id
            desk_contents.begin_afresh()
            return
    except MusegenError as error:
        desk.said = message("What you had before cannot be brought back now: {error}", error=error)
        return
    if stored is not None:
        _lay_out(desk, stored)


def save() -> None:
    """Save what has changed since it was saved last; call it when the page, or a part of it, has been drawn."""
    desk: _Desk | None = st.session_state.get(_KEY)
    if desk is None:
        return
    desk.fresh = False
    texts: dict[str, str] = {}
    used: dict[int, tuple[Any, str]] = {}

    def part(thing: Any, write: Callable[[Any], str]) -> str:
        known = desk.written.get(id(thing))
        if known is None:
            known = thing, secrets.token_hex(8)
            texts[known[1]] = write(thing)
        used[id(thing)] = known
        return known[1]

    body = desk_contents.collect(part)  # Streamlit may end this run in the midst of it, so nothing is noted before
    batches, mine = session().batches, owner()
    for batch in batches:
        if batch.owner != mine:  # not kept yet, or with the desk of a visit that had no cookies yet
            with suppress(LibraryError):
                texts[batch.part_id] = result_text(batch.result)
    parts = [part_id for _, part_id in used.values()] + [batch.part_id for batch in batches]
    text = json.dumps(body | {"parts": parts, "aside": desk.aside}, separators=(",", ":"))
    if text == desk.saved:
        return
    try:
        desk_id = desks.save(mine, desk.desk_id, desk.holder, text, texts)
    except MusegenError as error:
        if not desk.saved:
            desk.said = message("A reload would lose what you do here: {error}", error=error)
        return
    desk.desk_id, desk.saved, desk.written = desk_id, text, used
    for batch in batches:
        batch.kept_with_desk(mine)


def name_in_address() -> None:
    """Have the tab's address name its desk, whatever page is shown; say once what is to be said of it."""
    desk: _Desk | None = st.session_state.get(_KEY)
    if desk is None:
        return
    if desk.said:
        st.toast(plain(desk.said), duration="long")
        desk.said = ""
    component("desk")(key="desk-address", data={"id": desk.desk_id if desk.saved else ""})


def page_failed() -> bool:
    """Return whether a page that could not be drawn can be tried again without the settings that were brought back."""
    desk: _Desk | None = st.session_state.get(_KEY)
    if desk is None or not desk.fresh:
        return False
    _log.exception("the page cannot be drawn with the settings that were brought back")
    desk.fresh = False
    desk.said = message(
        "Your settings could not be brought back after this program changed; your results are all here."
    )
    desk_contents.forget_settings()
    return True


def offer_afresh() -> None:
    """Draw the link to an empty desk, and the one back to the desk before it.

    They are links, for a new visit is what begins with nothing: no widget in the browser remembers anything.
    """
    desk: _Desk | None = st.session_state.get(_KEY)
    if desk is None:
        return
    num_results = len(session().batches)
    if desk.aside and num_results <= _FEW:
        _link(desk.aside, say("Bring all back"), say("Go back to everything that was here before you started afresh."))
    elif num_results > 1:
        _link(
            _EMPTY,
            say("Start afresh"),
            say(
                "Clear your music, the settings and the results. One click brings them back, and what you have kept "
                "stays on the page Takes."
            ),
        )


def _link(desk_id: str, label: str, words: str) -> None:
    st.html(f'<a class="desk-link" href="?{_NAMED}={desk_id}" target="_self" title="{html.escape(words)}">{label}</a>')


def _lay_out(desk: _Desk, stored: StoredDesk) -> None:
    """Put on the desk what was stored; what cannot be read is left out and said."""
    if stored.owner.startswith(GUEST):
        session().owner = stored.owner.removeprefix(GUEST)
    missing = 0

    def there(part_id: str) -> bool:
        nonlocal missing
        missing += part_id not in stored.parts
        return part_id in stored.parts

    def part(part_id: str, read: Callable[[str], Any]) -> Any | None:
        nonlocal missing
        try:
            thing = read(stored.parts[part_id])
        except (KeyError, MusegenError):
            missing += 1
            return None
        desk.written[id(thing)] = thing, part_id
        return thing

    try:
        body = json.loads(stored.body)
        desk.aside = body.get("aside")
        desk_contents.lay_out(body, stored.owner, part, there)
        desk.fresh = True
    except (ValueError, KeyError, TypeError, AttributeError, MusegenError):
        _log.exception("a desk could not be laid out")
        missing += 1
    if missing:
        desk.said = message("Something of what was here before could not be brought back.")
