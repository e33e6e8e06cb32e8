"""The page around everything: width, spacing, headings, the way around by keyboard. Colours come from the theme."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from musegen.paths import assets_dir


def open_every_page_through_the_app() -> None:
    """Have the address of a page run the app from the first visit on.

    Until `st.navigation` is called once, Streamlit takes a folder "pages" for scripts to be run by themselves, so that
    the first visitor of /styles would see it without its surroundings.
    """
    PagesManager.uses_pages_directory = False


def set_look(title: str) -> None:
    """Set up the page; call it first."""
    st.set_page_config(page_title=title, page_icon=str(assets_dir() / "favicon.svg"), layout="wide")
    st.logo(str(assets_dir() / "logo.svg"), size="large")
    st.html(Path(__file__).with_name("look.css"))


def narrow_navigation(pages: list) -> None:
    """Draw the pages' links in a row, for screens on which the navigation at the top hides behind an arrow.

    Args:
        pages: the `st.Page`s, in order.
    """
    with st.container(horizontal=True, gap="xsmall", key="narrow-nav"):
        for page in pages:
            st.page_link(page)


def skip_link(target_id: str, words: str) -> None:
    """Draw a link, seen when the keyboard reaches it, that jumps to a `target`."""
    st.html(f'<a class="skip" href="#{target_id}">{words}</a>')


def target(target_id: str) -> None:
    """Mark the place that a skip link jumps to."""
    st.html(f'<div id="{target_id}" class="skip-target" tabindex="-1"></div>')
