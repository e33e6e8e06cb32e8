"""How much of a take its style's music has already: on the card, in words, and marked in the notes."""

from functools import lru_cache

import streamlit as st

from musegen.composers.request import Take
from musegen.errors import MusegenError
from musegen.evaluation.originality import LEAST
from musegen.languages import message
from musegen.music import Piece
from musegen.remarks.words import NAMELESS
from musegen.rendering.shared_run import shared_run_svg
from musegen.services.judging.originality import Originality, originality_of, run_alone
from musegen.services.showing.downloads import wav
from musegen.ui.language import say
from musegen.ui.messages import plain

LEGEND = (message("shared"), message("not shared"))
MEANING = message("The longest run of notes that the music it learned from has too, at any pitch level and speed.")
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
    words = message("{count:# note|# notes}", count=count) if count else message("under {least}", least=LEAST)
    return [message("shared"), words, min(count / max(2 * found.seldom, 2 * LEAST), 1.0), "shared"]


def tell(take: Take) -> None:
    """Draw how many notes a take shares, with where and what is usual behind it."""
    found = shared(take)
    if found is None:
        return
    count = found.run.num_notes
    words = message("Shares {count} notes in a row", count=count) if count else message("Shares no long run")
    icon = ":material/content_copy:" if found.is_usual else ":material/warning:"
    with st.popover(say(words), icon=icon, type="tertiary", key="originality",
                    help=say("With the music that the style learned from, in any key.")):  # fmt: skip
        for sentence in found.sentences():
            st.markdown(plain(sentence))
        if count:
            st.toggle(say("Mark these notes"), key=_SHOWN, persist_state="session",
                      help=say("Mark in sheet and roll the notes that the style learned elsewhere, in place of those "
"of your music."))  # fmt: skip
            show_run(take.piece, found, "take")


def show_run(piece: Piece, found: Originality, name: str) -> None:
    """Draw the notes of a shared run with the bars of both that have it, to be heard.

    Args:
        piece: the music that shares it.
        found: what it shares, a run that there is.
        name: part of the keys of the widgets.
    """
    alone = run_alone(piece, found.run)
    st.image(shared_run_svg(alone, found.note_places), alt=say("The notes that both have"))
    source = say(found.run.source or NAMELESS)
    if found.played:
        st.caption(plain(say("The times above are of this music, those below of {source}.", source=source)))
    else:
        st.caption(plain(say("The bars above are of this music, those below of {source}.", source=source)))
    if st.button(say("Hear these notes"), key=f"hear-run-{name}", icon=":material/volume_up:",
                 help=say("Both have them, at a pitch and a speed of their own.")):  # fmt: skip
        try:
            st.audio(wav(alone), "audio/wav", autoplay=True)
        except MusegenError as error:
            st.caption(plain(str(error)))


def marks(take: Take) -> tuple[frozenset[int], ...] | None:
    """Return which notes of each track are shared; None while they are not to be marked."""
    found = shared(take) if st.session_state.get(_SHOWN) else None
    if found is None or not found.run.num_notes:
        return None
    tracks = [{i for t, i in found.run.notes if t == track} for track in range(len(take.piece.tracks))]
    return tuple(frozenset(notes) for notes in tracks)
