"""From sound to notes: a clip's melody taken down on the Compose page: button, take."""

import streamlit as st

from musegen.music.clip import Clip
from musegen.ui import hum_panel
from musegen.ui.language import say


def button(clip: Clip, title: str, *, key: str) -> None:
    """Draw the button; pressed, it goes to Compose, where the clip is listened to like a hum and can be corrected.

    Args:
        clip: the sound, of one voice at best.
        title: of the recording.
        key: of the button.
    """
    if st.button(
        say("Its melody to Compose"),
        icon=":material/lyrics:",
        key=key,
        help=say("Takes down the melody that is heard in it, as if it were hummed, and begins a piece with it."),
    ):
        take(clip, title)


def take(clip: Clip, title: str) -> None:
    """Go to Compose, where a clip is listened to like a hum.

    Args:
        clip: the sound, of one voice at best.
        title: of the recording.
    """
    hum_panel.listen_to(clip, title)
    st.session_state.update(seed_source="Hum", example=None)
    st.switch_page("pages/compose.py")
