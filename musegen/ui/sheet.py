"""A sheet on the page: SVG drawn in the colours of the theme, engraved for the width there is."""

import streamlit as st

from musegen.music import Piece
from musegen.services.showing import downloads as studio
from musegen.ui.browser import component

DEFAULT_WIDTH = 1160
WIDTHS = (330, 440, 560, 700, 860, DEFAULT_WIDTH, 1400)
"""Widths that sheets are engraved for, in CSS pixels; few, so that their pages are often there already."""


def show_sheet(piece: Piece, given: tuple[frozenset[int], ...], label: str, key: str = "sheet") -> None:
    """Show the sheet music of a piece, the musician's own notes in another colour.

    Args:
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        label: what a screen reader says.
        key: of the widget.
    """
    state = st.session_state.get(key)
    width = (state.get("width") if state else None) or st.session_state.get("sheet_width", DEFAULT_WIDTH)
    pages = studio.sheet_pages(piece, given, width)
    data = {"pages": list(pages), "label": label, "width": width, "widths": list(WIDTHS)}
    component("sheet")(key=key, data=data, default={"width": width}, on_width_change=lambda: None)
