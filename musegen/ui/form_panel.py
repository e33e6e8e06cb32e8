"""The form of a piece: sections that return, as they were or varied. form_panel, form_values."""

from typing import Any

import streamlit as st

from musegen.composers.modes import FROM_MELODY
from musegen.errors import ConstraintError
from musegen.languages import message
from musegen.services.making.form import parse_form
from musegen.ui.language import say
from musegen.ui.messages import plain

NO_FORM = message("No form")
FORMS = ("A A B B", "A A B A", "A A' B A", "A B A", "A B A C A")
_FORM, _VARIATION = "form", "form-variation"


def form_panel(mode: str) -> dict[str, Any]:
    """Draw the choice of a form; return `form` and `form_variation` as `ComposeRequest` has them."""
    if mode in FROM_MELODY:  # it has the form of its melody
        return {"form": "", "form_variation": 0.0}
    st.session_state.setdefault(_FORM, NO_FORM)
    known = (NO_FORM, *FORMS)
    own = st.session_state[_FORM]
    forms = known if own in (None, *known) else (*known, own)
    chosen = st.selectbox(
        say("Form"),
        forms,
        format_func=say,
        key=_FORM,
        persist_state="session",
        accept_new_options=True,
        help=say(
            "Sections of equal length: letters that return are the same music, A' is A varied. "
            "Choose one or type your own. The length is that of the whole."
        ),
    )
    form = "" if chosen in (None, NO_FORM) else chosen
    if not form:
        return {"form": "", "form_variation": 0.0}
    try:
        parse_form(form)
    except ConstraintError as error:
        st.error(plain(str(error)))
        return {"form": "", "form_variation": 0.0}
    variation = st.slider(
        say("Vary what returns"),
        0,
        100,
        0,
        5,
        "%d %%",
        key=_VARIATION,
        persist_state="session",
        help=say("0: sections return note for note. More: each return is a little different."),
    )
    return {"form": form, "form_variation": variation / 100}


def form_values(form: str, variation: float) -> dict[str, Any]:
    """Return the values of the widgets, by key, that make `form_panel` return this form."""
    return {_FORM: form or NO_FORM, _VARIATION: round(100 * variation)}
