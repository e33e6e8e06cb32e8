"""Files of a take: DOWNLOADS, download_buttons.

They are links to addresses of their own (`ui/routes.py`), since what Streamlit hands out by its own buttons is gone as
soon as the page runs again, which it does while something is composed.
"""

import streamlit as st

from musegen.composers.request import Take
from musegen.services.showing import downloads as studio
from musegen.services.showing.files_offered import offer_files
from musegen.ui.browser import component
from musegen.ui.messages import plain

DOWNLOADS = {
    "mid": ("MIDI", "For a sequencer, a keyboard or a notation program."),
    "musicxml": ("MusicXML", "The sheet, to go on with in MuseScore, Sibelius, Finale or Dorico."),
    "abc": ("ABC", "The tune as text, for folk sites and ABC programs; it has no loudness and no pedal."),
    "wav": ("WAV", "The sound: 44.1 kHz, 16 bit, stereo."),
    "ogg": ("OGG", "The sound, about a fifteenth as large."),
    "mp3": ("MP3", "The sound, for telephones and messages."),
    "stems": ("Stems", "A WAV for each track, all of one length, and all but each one, to play along."),
    "pdf": ("PDF", "The sheet, to print on A4 paper."),
    "parts": ("Parts", "A PDF of the score and of the part of each player, each on pages of its own."),
    "html": ("Web page", "One file that plays anywhere, with sheet, sound and cursor: to send, to embed, to keep."),
}


def download_buttons(take: Take, recipe: str | None, where: str = "") -> None:
    """Draw a link for each format; a file is made when its link is pressed.

    Args:
        take: the music.
        recipe: how it was made, carried by MIDI and MusicXML.
        where: tells several takes on one page apart.
    """
    key = offer_files(take, recipe)
    files = [
        {"label": label, "words": words, "name": studio.file_name(take, file_format),
         "address": f"musegen/file/{key}/{file_format}"}
        for file_format, (label, words) in DOWNLOADS.items()
        if file_format not in ("parts", "stems") or len(take.piece.tracks) > 1
    ]  # fmt: skip
    component("downloads")(key=f"files-{where or 'shown'}", data={"files": files})
    if rights := studio.rights_of(take.style_id):
        st.caption(f"**May I sell it?** {plain(rights)}")
