"""The language of the page: say, spoken, spoken_data, speak.

Nothing below this room knows which language is spoken: it gives messages (`musegen.languages`), and `say` words them.
The language is the one chosen on the page, else that of the browser; a cookie keeps the choice.
"""

import re
from typing import Any

import streamlit as st

from musegen.languages import ENGLISH, LANGUAGES, NAMINGS, Language, Message, language, told
from musegen.languages.catalogue import preferred

COOKIE = "musegen_language"
_SPOKEN = "spoken"
_COOKIE_VALUE = re.compile(r"([a-z]{2})\.([a-z]+)\.([01])")


def spoken() -> Language:
    """Return the language of this visit; English outside one."""
    try:
        found = st.session_state.get(_SPOKEN)
    except RuntimeError:
        return ENGLISH
    if found is None:
        found = st.session_state[_SPOKEN] = _first()
    return found


def say(said: Any, /, **values: Any) -> str:
    """Return what is said in the language of this visit.

    Args:
        said: an English text as it stands in the catalogues, with its values by name; or a `Message`, the name of a
            note or of a key, which is worded; other text is returned as it is.
        values: of the text.
    """
    if type(said) is str:
        return Message(said, values).told(spoken()) if said else said
    return told(said, spoken())


def spoken_data(data: Any) -> Any:
    """Return data for a component with all messages in it worded."""
    return told(data, spoken())


def _first() -> Language:
    """Return the language of a browser: the one that was chosen there, else the one that it asks for."""
    kept = st.context.cookies.get(COOKIE)
    chosen = _COOKIE_VALUE.fullmatch(kept) if isinstance(kept, str) else None
    if chosen and chosen[1] in LANGUAGES and chosen[2] in NAMINGS:
        return language(chosen[1], chosen[2], chosen[3] == "1")
    wishes = (st.context.locale, st.context.headers.get("Accept-Language"))  # its own language, then others it takes
    return language(preferred(",".join(wish for wish in wishes if isinstance(wish, str))))


def speak(chosen: Language) -> None:
    """Speak a language from now on."""
    st.session_state[_SPOKEN] = chosen
