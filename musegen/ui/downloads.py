"""Files of a take: DOWNLOADS, download_buttons, instrument_choice.

They are links to addresses of their own (`ui/routes.py`), since what Streamlit hands out by its own buttons is gone as
soon as the page runs again, which it does while something is composed.
"""

import streamlit as st

from musegen.composers.request import Take
from musegen.languages import message
from musegen.music.fretboard import is_guitar
from musegen.music.transposing import TRANSPOSING
from musegen.services.seeds.seed import track_label
from musegen.services.showing import downloads as studio
from musegen.ui.browser import component, component_id
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.program import program

DOWNLOADS = {
    "mid": ("MIDI", message("For a sequencer, a keyboard or a notation program.")),
    "musicxml": ("MusicXML", message("The sheet, to go on with in MuseScore, Sibelius, Finale or Dorico.")),
    "abc": ("ABC", message("The tune as text, for folk sites and ABC programs; it has no loudness and no pedal.")),
    "wav": ("WAV", message("The sound: 44.1 kHz, 16 bit, stereo.")),
    "ogg": ("OGG", message("The sound, about a fifteenth as large.")),
    "mp3": ("MP3", message("The sound, for telephones and messages.")),
    "stems": (
        message("Stems"),
        message("A WAV for each track, all of one length, and all but each one, to play along."),
    ),
    "pdf": ("PDF", message("The sheet, to print on A4 paper.")),
    "parts": (
        message("Parts"),
        message("A PDF of the score and of the part of each player, each on pages of its own."),
    ),
    "chords": (
        message("Chords"),
        message("The chords bar by bar as text: those that stand over the music, else those that are heard in it."),
    ),
    "html": (
        message("Web page"),
        message("One file that plays anywhere, with sheet, sound and cursor: to send, to embed, to keep."),
    ),
}


def download_buttons(take: Take, recipe: str | None, where: str = "") -> None:
    """Draw a link for each format; a file is made when its link is pressed.

    Args:
        take: the music.
        recipe: how it was made, carried by MIDI and MusicXML.
        where: tells several takes on one page apart.
    """
    key = program().files.offer(take, recipe)
    files = [
        {"label": label, "words": words, "name": studio.file_name(take, file_format),
         "address": f"musegen/file/{key}/{file_format}"}
        for file_format, (label, words) in DOWNLOADS.items()
        if file_format not in ("parts", "stems") or len(take.piece.tracks) > 1
    ]  # fmt: skip
    component("downloads")(key=f"files-{component_id(where or 'shown')}", data={"files": files})
    with st.popover(say("Sheet for an instrument"), icon=":material/swap_vert:", key=f"for-{where or 'shown'}",
                    help=say("The whole or one part, written for B♭, E♭, F and octave instruments.")):  # fmt: skip
        if not where:
            st.toggle(
                say("Chord symbols"),
                key="sheet-chords",
                persist_state="session",
                help=say(
                    "Name the chords that sound, over the sheet of any take, on the page and in its files; chords that "
                    "a style plays over stay as they are."
                ),
            )
            if any(is_guitar(track) for track in take.piece.tracks):
                st.toggle(
                    say("Tablature"),
                    key="sheet-tablature",
                    persist_state="session",
                    help=say(
                        "Print string and fret below the staff of a guitar, in standard tuning or, where it goes below "
                        "the lowest string, with that string on D; on the page and in its files."
                    ),
                )
        _for_an_instrument(take, key, where or "shown")
    if rights := studio.rights_of(take.style_id):
        st.caption(say("**May I sell it?** {rights}", rights=plain(say(rights))))


def _for_an_instrument(take: Take, key: str, where: str) -> None:
    """Let an instrument and a part be chosen, and draw the links to their sheets."""
    code = instrument_choice(f"for-instrument-{where}")
    tracks = take.piece.tracks
    sounding = [index for index, track in enumerate(tracks) if track.notes]
    names = {0: message("All parts")} | {index + 1: f"{index + 1} {track_label(tracks[index])}" for index in sounding}
    part = 0
    if len(sounding) > 1:
        part = st.selectbox(
            say("Part"),
            list(names),
            format_func=lambda number: say(names[number]),
            key=f"for-part-{where}",
            persist_state="session",
        )
    rest = f"@{code or studio.SOUNDING}" + (f".{part}" if part else "")
    formats = [f"{base}{rest}" if code or part else base for base in studio.TRANSPOSED]
    files = [
        {"label": DOWNLOADS[base][0], "words": DOWNLOADS[base][1], "name": studio.file_name(take, file_format),
         "address": f"musegen/file/{key}/{file_format}"}
        for base, file_format in zip(studio.TRANSPOSED, formats, strict=True)
    ]  # fmt: skip
    component("downloads")(key=f"sheets-{component_id(where)}", data={"files": files})


def instrument_choice(key: str) -> str:
    """Let an instrument be chosen that sheets are written for; return its code, "" for as it sounds."""
    names = {"": message("As it sounds (in C)")} | {code: one.name for code, one in TRANSPOSING.items()}
    return st.selectbox(say("Written for"), list(names), format_func=lambda code: say(names[code]), key=key,
                        persist_state="session",
                        help=say("The instrument that reads the sheet; it is written in its key."))  # fmt: skip
