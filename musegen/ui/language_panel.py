"""The choice of the language and of the names of notes, at the foot of each page: choose."""

from typing import Any

import streamlit as st

from musegen.languages import LANGUAGES, NAMINGS, language, msgid
from musegen.languages.catalogue import USUAL_NAMES
from musegen.ui.browser import component
from musegen.ui.language import COOKIE, say, speak, spoken

_LANGUAGE, _NAMES, _CHORDS, _CHOSEN = "language", "note_names", "chord_names", "language_chosen"
NAMING_WORDS = {
    "english": msgid("C D E F G A B"),
    "german": msgid("C D E F G A H"),
    "italian": msgid("do re mi fa sol la si"),
    "french": msgid("do ré mi fa sol la si"),
}
"""What the ways of naming notes are called on the page."""


def choose() -> None:
    """Draw the choice of the language and of the names of notes, and tell the browser what is spoken."""
    now = spoken()
    st.session_state.setdefault(_LANGUAGE, now.code)
    st.session_state.setdefault(_NAMES, now.names)
    st.session_state.setdefault(_CHORDS, now.chords)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="language-row"):
        st.selectbox(
            say("Language"), list(LANGUAGES), format_func=lambda name: say(LANGUAGES[name]), key=_LANGUAGE, width=150,
            on_change=_language_chosen, label_visibility="collapsed", help=say("The language of these pages."),
        )  # fmt: skip
        st.selectbox(
            say("Names of notes"),
            list(NAMINGS),
            format_func=lambda name: say(NAMING_WORDS[name]),
            key=_NAMES,
            width=210,
            on_change=_take_over,
            label_visibility="collapsed",
            help=say(
                "What notes are called where they are typed, drawn, played and listed. 4 is the octave of middle C."
            ),
        )
        if now.names == "german":
            st.checkbox(
                say("H and B in chords too"), key=_CHORDS, on_change=_take_over,
                help=say("On: H7 and B7 are the chords on H and B. Off: chords are written with the letters of jazz, "
                         "B7 and Bb7."),
            )  # fmt: skip
    chosen = st.session_state.get(_CHOSEN, False)
    cookie = f"{now.code}.{now.names}.{int(now.chords)}" if chosen else ""
    component("language")(key="language-spoken", data={"code": now.code, "cookie": cookie, "name": COOKIE})


def _language_chosen() -> None:
    """Take over a language with the names of notes that are usual in it."""
    code = st.session_state[_LANGUAGE]
    st.session_state[_NAMES], st.session_state[_CHORDS] = USUAL_NAMES[code], False
    _take_over()


def _take_over() -> None:
    """Speak what was chosen; what is chosen elsewhere stays.

    Streamlit's browser side answers with the words of an option: it would send those of the language before, which no
    option has any more, and the choice would fall back. A value that is set is sent to it in the words of now.
    """
    state = st.session_state
    for name, value in list(state.items()):
        if _can_be_worded(value):
            state[name] = value
    speak(language(state[_LANGUAGE], state[_NAMES], bool(state.get(_CHORDS)) and state[_NAMES] == "german"))
    state[_CHOSEN] = True


def _can_be_worded(value: Any) -> bool:
    """Return whether a value may be that of a choice; those of buttons and uploads may not be set."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_can_be_worded, value))
    return isinstance(value, str | int | float) and not isinstance(value, bool)
