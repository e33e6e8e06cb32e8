"""The piano-roll editor on the page: a Piece is shown, changed by hand, and comes back.

edit_notes, replace_notes, held, put_back, all_held, bring_back. Python owns the revision: the browser takes on Python's
notes only when that has gone up, so that no rerun writes over what was drawn meanwhile. What is held here outlives page
changes; what the browser keeps outlives a reload and is newer than what the desk kept (web/editor/editor_store.js).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import together
from musegen.music import Piece
from musegen.music.instruments import program_name
from musegen.music.theory import key_fifths
from musegen.music.transform import main_key
from musegen.services.seeds import drawing
from musegen.services.seeds.drawing import Drawing
from musegen.ui.browser import component
from musegen.ui.messages import plain

INSTRUMENTS = (0, 6, 11, 19, 21, 24, 32, 40, 41, 42, 46, 48, 52, 56, 60, 65, 68, 70, 71, 73)
"""General MIDI programs to choose from, besides what a track has."""


AFRESH = "editors_afresh"
"""Where the session's state says that editors begin without what the browser kept."""

_PREFIX = "editing-"


@dataclass(slots=True)
class _Editing:
    """What one editor of a session holds.

    Attributes:
        session: names the session to the browser, which so knows a new one after a reload.
        given: content of the piece that was last given to be edited; None where the next one belongs to what is drawn.
        drawing: what is in the editor.
        rev: how often Python has changed the notes.
        num_edits: edits of the browser that have arrived.
        error: why the last edit was not taken over.
    """

    session: str
    given: str | None
    drawing: Drawing
    rev: int = 0
    num_edits: int = 0
    error: str | None = None


def edit_notes(
    key: str, piece: Piece, *, title: str, max_bars: int, min_bars: int = 1, keep: Sequence[str] = ()
) -> Piece:
    """Show an editor of a piece's notes; return what the piece is now.

    The notes of `piece` go into the editor at first and whenever they are others than before; its tempo, meter and
    key may change freely. A change of the notes by Python is one step that the musician can undo.

    Args:
        key: names the editor.
        piece: the music; more notes or tracks than the editor takes are refused in a sentence, and it is returned as
            it is.
        title: what a screen reader calls it.
        max_bars: bars there can be.
        min_bars: bars shown at least.
        keep: names in the session's state that belong to the music (its meter, say), of text or numbers: they come back
            with it after a reload. Without any, what was drawn comes back only where the piece is the same again.
    """
    try:
        given = drawing.drawing_of(piece, min(min_bars, max_bars))
    except MusegenError as error:
        st.error(plain(str(error)))
        return piece
    editing = _editing(key, given)
    signature = main_key(piece)
    component("editor")(
        key=key,
        data={
            "key": key,
            "title": title,
            "session": editing.session,
            "rev": editing.rev,
            "n": editing.num_edits,
            "base": key if keep else f"{key}-{editing.given}",
            "doc": editing.drawing.to_data(),
            "grid": drawing.grid_of(piece, max_bars),
            "tempos": [[tempo.onset_quarter, tempo.qpm] for tempo in piece.tempos],
            "fifths": key_fifths(signature.tonic, signature.mode) if signature else 0,
            "instruments": [[program, program_name(program)] for program in INSTRUMENTS],
            "extra": {name: st.session_state.get(name) for name in keep},
        },
        default={"edit": None},
        on_edit_change=lambda: _take(key, keep),
    )
    if editing.error:
        st.error(plain(editing.error))
    edited, messages = drawing.piece_of(editing.drawing, piece, max_bars)
    if messages:
        st.caption(plain(together(messages)))
    return edited


def replace_notes(key: str, piece: Piece, min_bars: int = 1) -> None:
    """Put other notes into an editor, whatever was drawn there; the musician can undo it.

    Args:
        key: names the editor.
        piece: gives the notes; pass it to `edit_notes` from now on.
        min_bars: bars shown at least.

    Raises:
        FileFormatError: they are more than the editor takes.
    """
    given = drawing.drawing_of(piece, min_bars)
    editing = st.session_state.get(_name(key))
    if editing is not None:
        editing.given, editing.drawing, editing.error = drawing.content_key(given), given, None
        editing.rev += 1


def held(key: str) -> Drawing | None:
    """Return what an editor holds now, None before it was first shown."""
    editing = st.session_state.get(_name(key))
    return editing.drawing if editing else None


def put_back(key: str, drawn: Drawing) -> None:
    """Put an earlier drawing (see `held`) into an editor; whatever piece it is given next is the frame of it alone."""
    editing = st.session_state.get(_name(key))
    if editing is not None:
        editing.given, editing.drawing, editing.error = None, drawn, None
        editing.rev += 1


def all_held() -> dict[str, Any]:
    """Return what all editors of this session hold, as plain data by their keys; `bring_back` is the way back."""
    found = {}
    for name, editing in st.session_state.items():
        if isinstance(editing, _Editing):
            found[str(name).removeprefix(_PREFIX)] = [editing.given, editing.drawing.to_data()]
    return found


def bring_back(held_before: dict[str, Any]) -> None:
    """Give the editors of a new session what `all_held` returned; what the browser kept itself is newer and goes first.

    Raises:
        FileFormatError: a drawing cannot be read; those before it are there.
    """
    for key, (given, data) in held_before.items():
        drawn = drawing.read_drawing(data)
        st.session_state[_name(key)] = _Editing(secrets.token_hex(6), given, drawn)


def _name(key: str) -> str:
    return f"{_PREFIX}{key}"


def _editing(key: str, given: Drawing) -> _Editing:
    content = drawing.content_key(given)
    editing = st.session_state.get(_name(key))
    if editing is None:
        editing = st.session_state[_name(key)] = _Editing(secrets.token_hex(6), content, given)
        editing.rev = int(bool(st.session_state.get(AFRESH)))
    elif editing.given is None:
        editing.given = content
    elif editing.given != content:
        editing.given, editing.drawing, editing.error = content, given, None
        editing.rev += 1
    return editing


def _take(key: str, keep: Sequence[str]) -> None:
    """Take over what the browser has sent, unless it was drawn on notes that Python has replaced since."""
    state = st.session_state.get(key)
    sent: Any = state.get("edit") if state else None
    editing: _Editing | None = st.session_state.get(_name(key))
    if editing is None or not isinstance(sent, dict):
        return
    number = sent.get("n")
    if sent.get("session") != editing.session or sent.get("rev") != editing.rev or not isinstance(number, int):
        return
    try:
        editing.drawing = drawing.read_drawing(sent)
        editing.error = None
    except MusegenError as error:
        editing.error = str(error)
    editing.num_edits = max(editing.num_edits, number)
    extra = sent.get("extra")
    if not keep or not isinstance(extra, dict):
        return
    editing.given = None
    for name in keep:
        if isinstance(extra.get(name), str | int | float):
            st.session_state[name] = extra[name]
