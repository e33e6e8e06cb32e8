"""Words for the seed: typed or pasted, divided into syllables, set under its melody."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from musegen.languages import message, together
from musegen.languages.hyphens import LANGUAGES
from musegen.music.words import words_text
from musegen.services.making.words import set_words
from musegen.services.seeds.seed import Seed
from musegen.ui.language import say
from musegen.ui.messages import plain

TEXT, LANGUAGE = "seed-words", "seed-words-language"
_NAMES = {
    "": message("only by my hyphens"), "english": message("as in English"), "german": message("as in German"),
    "spanish": message("as in Spanish"), "french": message("as in French"), "italian": message("as in Italian"),
}  # fmt: skip


def words_place() -> DeltaGenerator:
    """Draw what opens the words; `words_panel` fills it."""
    return st.popover(say("Words"), icon=":material/lyrics:", key="words-opened")


def words_panel(seed: Seed, place: DeltaGenerator) -> Seed:
    """Let words be typed for a seed; return it with them, or with its own where none are typed."""
    own = words_text(seed.piece)
    with place:
        text = st.text_area(
            say("Words"),
            key=TEXT,
            persist_state="session",
            height=92,
            placeholder=own or say("A-ma-zing grace, how sweet_ the sound"),
            label_visibility="collapsed",
            help=say(
                "A hyphen parts the syllables of a word, _ holds one over one more note, * leaves a note without, ~ "
                "joins two words on a note, an empty line begins the next verse."
            ),
        )
        language = st.selectbox(
            say("Divide words"),
            ["", *LANGUAGES],
            format_func=lambda name: say(_NAMES[name]),
            key=LANGUAGE,
            persist_state="session",
            help=say("How words without hyphens are divided into syllables; a proposal, which your hyphens overrule."),
        )
        if not (text or "").strip():
            return seed
        piece, said = set_words(seed.piece, text, language or None)
        st.code(words_text(piece), language=None, wrap_lines=True)
        if said:
            st.caption(plain(together(said)))
    return replace(seed, piece=piece)
