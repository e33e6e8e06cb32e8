"""Draw a seed: the piano-roll editor with a short example to change, and the meter, tempo and key of its music.

drawn_seed, open_in_editor.
"""

import json
from dataclasses import replace

import streamlit as st

from musegen.constants import MAX_QPM, MIN_QPM
from musegen.languages import message
from musegen.music import Piece
from musegen.music.plain import piece_from_plain, to_plain
from musegen.music.theory import key_name, parse_key
from musegen.music.timing import num_bars
from musegen.music.transform import main_key, slice_bars
from musegen.remarks import Remark, remark
from musegen.services.seeds import drawing
from musegen.services.seeds.seed import OURS, Seed, seed_from_text
from musegen.ui.editor import edit_notes, held, put_back, replace_notes
from musegen.ui.language import say

KEY = "draw"
MAX_BARS = 32
MIN_BARS = 4
EXAMPLE = "tempo: 100\nE4e G4e A4q G4e E4e D4q | C4e D4e E4q D4h | E4e G4e A4q C5e A4e G4q | E4e D4e C4h."
"""What a first visitor finds to change: four bars in C major, written as typed text."""
EXAMPLE_TITLE = message("Short example")

METERS = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "3/8", "5/4", "7/8")
AS_IS, FIND = message("as it is"), message("find it for me")
_KEYS = tuple(key_name(tonic, mode) for mode in ("major", "minor") for tonic in range(12))
_METER, _TEMPO, _WHICH_KEY, _OPENED = "draw_meter", "draw_tempo", "draw_key", "draw_opened"
_FRAME = (_OPENED, _METER, _TEMPO, _WHICH_KEY)
_EARLIER = "draw_earlier"
"""What was drawn before other notes came into the editor, with its meter, tempo and key."""


def drawn_seed() -> Seed | None:
    """Show the editor; return what is drawn, None where there are no notes."""
    first, title = _first()
    meter, qpm, key = _frame(first)
    piece = drawing.set_frame(first, meter, qpm, key)
    edited = edit_notes(
        KEY,
        piece,
        title=title,
        max_bars=MAX_BARS,
        min_bars=MIN_BARS,
        keep=(_METER, _TEMPO, _WHICH_KEY, _OPENED),
    )
    if not any(track.notes for track in edited.tracks):
        st.info(say("There are no notes yet: click into the grid to draw one."))
        return None
    if all(track.is_drum for track in edited.tracks):
        st.info(say("There are drums alone; draw at least one note of an instrument."))
        return None
    if st.session_state[_WHICH_KEY] == FIND:
        edited = drawing.set_frame(edited, None, None, drawing.find_key(edited))
    if not _is_changed() and _OPENED not in st.session_state:
        st.caption(say("This is a short example: change its notes, or clear it and draw your own."))
        return Seed(replace(edited, title=EXAMPLE_TITLE, composer=OURS), EXAMPLE_TITLE, "drawn")
    return Seed(edited, title, "drawn")


def open_in_editor(piece: Piece, title: str) -> tuple[str, ...]:
    """Put a piece into the editor of drawn seeds; call it before `drawn_seed`, best in a callback.

    Args:
        piece: the music; its first `MAX_BARS` bars are taken.
        title: of what will be drawn.

    Returns:
        what was left out, one sentence each.

    Raises:
        FileFormatError: it has more notes or tracks than the editor takes; what was drawn stays.
    """
    messages: tuple[Remark, ...] = ()
    total = num_bars(piece)
    if total > MAX_BARS:
        piece = slice_bars(piece, 0, MAX_BARS + (1 if piece.pickup_quarter else 0))
        messages = (remark("first_bars_in_editor", used=MAX_BARS, bars=total),)
    drawing.drawing_of(piece)
    _set_aside()
    replace_notes(KEY, piece, MIN_BARS)
    _forget()
    st.session_state[_OPENED] = json.dumps([to_plain(replace(piece, title="", composer="")), title[:60]])
    return messages


def _forget() -> None:
    for name in _FRAME:
        st.session_state.pop(name, None)


def _is_changed() -> bool:
    """Return whether the editor holds other notes than it was given to begin with."""
    now = held(KEY)
    if now is None or not now.notes:
        return False
    return drawing.content_key(now) != drawing.content_key(drawing.drawing_of(_first()[0], MIN_BARS))


def _set_aside() -> None:
    """Keep what was drawn, if anything was, before other notes take its place."""
    if _is_changed():
        state = st.session_state
        state[_EARLIER] = (held(KEY), {name: state[name] for name in _FRAME if name in state})


def _bring_back() -> None:
    """Put what was drawn before into the editor again; what was drawn since takes its place aside."""
    earlier, frame = st.session_state.pop(_EARLIER)
    _set_aside()
    _forget()
    st.session_state.update(frame)
    put_back(KEY, earlier)


def _start_over() -> None:
    _set_aside()
    _forget()
    replace_notes(KEY, seed_from_text(EXAMPLE).piece, MIN_BARS)


def _first() -> tuple[Piece, str]:
    """Return the piece that was opened, with its title, else the example."""
    try:
        plain_piece, title = json.loads(st.session_state[_OPENED])
        return piece_from_plain(plain_piece), str(title)[:60]
    except (KeyError, TypeError, ValueError):
        # Nothing was opened, or what the browser gave back after a reload is no piece.
        st.session_state.pop(_OPENED, None)
        return seed_from_text(EXAMPLE).piece, message("Your drawing")


def _frame(first: Piece) -> tuple[tuple[int, int] | None, float | None, tuple[int, str] | None]:
    """Let meter, tempo and key be chosen; None for what stays as it is in the piece."""
    opened = _OPENED in st.session_state
    meters, keys = list(METERS), [FIND, *_KEYS]
    if opened:
        meters.insert(0, AS_IS)
        if main_key(first):
            keys.insert(0, AS_IS)
    slow, fast = int(MIN_QPM), int(MAX_QPM)
    own_tempo = min(max(round(first.tempos[0].qpm), slow), fast)
    # What came back from the browser after a reload is looked at before a widget takes it.
    for name, fits in ((_METER, meters.__contains__), (_WHICH_KEY, keys.__contains__), (_TEMPO, _is_tempo)):
        if name in st.session_state and not fits(st.session_state[name]):
            del st.session_state[name]
    with st.container(horizontal=True, vertical_alignment="bottom", key="draw-frame"):
        meter = st.selectbox(say("Meter"), meters, format_func=say, key=_METER, persist_state="session", width=120)
        qpm = st.number_input(
            say("Tempo"), slow, fast, own_tempo, 2, key=_TEMPO, persist_state="session", width=150,
            help=say("BPM, in quarter notes."),
        )  # fmt: skip
        key = st.selectbox(say("Key"), keys, format_func=say, key=_WHICH_KEY, persist_state="session", width=190)
        st.button(say("Start over"), icon=":material/restart_alt:", on_click=_start_over, key="draw_start_over",
                  help=say("Puts the short example back; undo in the editor brings yours back."))  # fmt: skip
        if _EARLIER in st.session_state:
            st.button(say("Back to your drawing"), icon=":material/undo:", on_click=_bring_back, key="draw_bring_back",
                      help=say("What you drew before other notes came into the editor."))  # fmt: skip
    numerator, _, denominator = meter.partition("/")
    numbers = None if meter == AS_IS else (int(numerator), int(denominator))
    return numbers, None if opened and qpm == own_tempo else qpm, None if key in (AS_IS, FIND) else parse_key(key)


def _is_tempo(value: object) -> bool:
    return isinstance(value, int) and MIN_QPM <= value <= MAX_QPM
