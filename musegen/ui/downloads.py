"""Files of a take: DOWNLOADS, download_buttons."""

from functools import partial

import streamlit as st

from musegen.composers.request import Take
from musegen.services.showing import downloads as studio
from musegen.ui.messages import plain

DOWNLOADS = {
    "mid": ("MIDI", "For a sequencer, a keyboard or a notation program."),
    "musicxml": ("MusicXML", "The sheet, to go on with in MuseScore, Sibelius, Finale or Dorico."),
    "wav": ("WAV", "The sound: 44.1 kHz, 16 bit, stereo."),
    "pdf": ("PDF", "The sheet, to print on A4 paper."),
    "parts": ("Parts", "A PDF of the score and of the part of each player, each on pages of its own."),
    "html": ("Web page", "One file that plays anywhere, with sheet, sound and cursor: to send, to embed, to keep."),
}


def download_buttons(take: Take, recipe: str | None, where: str = "") -> None:
    """Draw a button for each format; a file is made when its button is pressed.

    Args:
        take: the music.
        recipe: how it was made, carried by MIDI and MusicXML.
        where: tells several takes on one page apart.
    """
    for file_format, (label, words) in DOWNLOADS.items():
        if file_format == "parts" and len(take.piece.tracks) < 2:
            continue
        st.download_button(
            label,
            data=partial(_file, take, file_format, recipe),
            file_name=studio.file_name(take, file_format),
            mime=studio.FORMATS[file_format],
            on_click="ignore",
            icon=":material/download:",
            key=f"download-{where}{file_format}",
            help=words,
        )
    if rights := studio.rights_of(take.style_id):
        st.caption(f"**May I sell it?** {plain(rights)}")


def _file(take: Take, file_format: str, recipe: str | None) -> bytes:
    return studio.download(take, file_format, recipe).data
