"""How much of a take its style's music has already: on the card, in words, and marked in the notes."""

from functools import lru_cache

import streamlit as st

from musegen.composers.request import Take
from musegen.errors import MusegenError
from musegen.evaluation.originality import LEAST
from musegen.services.judging.originality import Originality, originality_of
from musegen.ui.messages import plain

LEGEND = ("shared", "not shared")
MEANING = "The longest run of notes that the music it learned from has too, at any pitch level and speed."
_SHOWN = "show_shared"


def shared(take: Take) -> Originality | None:
    """Return what a take shares with the music that its style learned from; None where that cannot be told."""
    try:
        return _shared(take.style_id, take)
    except MusegenError:
        return None


@lru_cache(maxsize=256)
def _shared(style_id: str, take: Take) -> Originality | None:
    return originality_of(style_id, take.piece, take.given)


def card_row(take: Take) -> list | None:
    """Return the row of a take's card: label, words, length of its bar (full: twice what is seldom), name."""
    found = shared(take)
    if found is None:
        return None
    count = found.run.num_notes
    words = f"{count} notes" if count else f"under {LEAST}"
    return ["shared", words, min(count / max(2 * found.seldom, 2 * LEAST), 1.0), "shared"]


def tell(take: Take) -> tuple[frozenset[int], ...] | None:
    """Say what a take shares; return which notes of each track are to be marked, None while that is not asked."""
    found = shared(take)
    if found is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", key="originality"):
        words = plain(" ".join(found.sentences()))
        st.caption(words if found.is_usual else f":material/warning: {words}")
        if not found.run.num_notes:
            return None
        asked = st.toggle("Mark these notes", key=_SHOWN, persist_state="session",
                          help="Mark in sheet and roll the notes that the style learned elsewhere, in place of those "
                          "of your seed.")  # fmt: skip
    if not asked:
        return None
    tracks = [{i for t, i in found.run.notes if t == track} for track in range(len(take.piece.tracks))]
    return tuple(frozenset(notes) for notes in tracks)
