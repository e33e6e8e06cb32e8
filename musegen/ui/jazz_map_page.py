"""The Jazz map page: the plane, what is chosen for it, the musician's own clips on it, and the card."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import streamlit as st

from musegen.errors import MusegenError
from musegen.files.sound_file import SOUND_EXTENSIONS
from musegen.languages import message, together
from musegen.languages.note_names import NoteName
from musegen.remarks import Remark
from musegen.rendering.audio import clip_bytes
from musegen.services.sound import jazz_map
from musegen.services.sound.jazz_map import Asked
from musegen.ui import clip_to_notes
from musegen.ui.browser import component
from musegen.ui.language import say
from musegen.ui.messages import plain

MOST_OWN = 4
LETTERS = "ABCD"
_ROOTS = tuple(map(NoteName, ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")))
_NETS = {"map": message("Two dimensions"), "wide": message("Wider, with a root"),
         "notebook": message("Convolutional, as in the notebook")}  # fmt: skip
_HOW = {"imagined": message("As imagined"), "grains": message("From real grains")}
_COLOURS = {"instrument": message("Instrument"), "qpm": message("Tempo"), "pitch": message("Register"),
            "quality": message("Chord")}  # fmt: skip
_CUTS = {"qpm": (110, 150, 190, 230), "pitch": (58, 63, 68, 73)}
_INSTRUMENTS = (message("piano"), message("vibraphone"), message("jazz guitar"), message("trumpet"),
                message("trombone"), message("tenor saxophone"), message("clarinet"), message("flute"))  # fmt: skip
_QUALITIES = (message("major"), message("minor"), message("dominant"), message("half-diminished"),
              message("diminished"))  # fmt: skip


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Jazz map"))
    st.caption(say("Each dot is three seconds of jazz, rendered by us. Press or drag anywhere: a network imagines "
"what would sound there. Draw a path and it plays itself."))  # fmt: skip
    try:
        card = jazz_map.card()
        net, how, colour, root = _choices()
        own = _own(net)
        plane = jazz_map.plane_data(net)
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    data = {"plane": plane, "labels": _labels(plane, colour), "how": how, "root": root, "own": own}
    wanted = component("jazz_map")(key="jazz-map", data=data, on_notes_change=lambda: None).notes
    if wanted:
        _to_compose(wanted)
    _about(card)


def _to_compose(wanted: str) -> None:
    """Have the melody of a point or a path taken down.

    Args:
        wanted: the query that its sound was asked for with.
    """
    try:
        # Of real grains whatever is heard: in what is imagined no tune was found.
        clip = jazz_map.map_clip(replace(Asked.of_query(dict(parse_qsl(wanted))), how="grains"))
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    clip_to_notes.take(clip, message("Jazz map"))


def _choices() -> tuple[str, str, str, int]:
    with st.container(horizontal=True):
        net = _choice(say("Network"), _NETS, "net", say("The wider one has 16 dimensions, of which two are the map."))
        how = _choice(say("Sound"), _HOW, "how", say("Real grains are sharper: pieces of the clips near by."))
        colour = _choice(say("Colours"), _COLOURS, "colour", say("What the colours of the dots tell."))
        root = 0
        if net == "wide":
            root = st.selectbox(say("Root"), range(12), format_func=lambda n: say(_ROOTS[n]), key="jazz-map-root",
                                help=say("The pitch class that the network is told sounds most."))  # fmt: skip
    return net, how, colour, root


def _choice(label: str, words: dict[str, Any], key: str, told: str) -> str:
    chosen: str = st.segmented_control(label, list(words), format_func=lambda name: say(words[name]),
                                       default=next(iter(words)), required=True, key=f"jazz-map-{key}", help=told,
                                       persist_state="session")  # fmt: skip
    return chosen


def _labels(plane: dict[str, Any], colour: str) -> dict[str, Any]:
    """Return the class of each clip and what the classes are called."""
    if colour in _CUTS:
        cuts = _CUTS[colour]
        names = [f"< {cuts[0]}", *(f"{a}-{b}" for a, b in zip(cuts[:-1], cuts[1:], strict=True)), f"> {cuts[-1]}"]
        return {"classes": np.digitize(plane[colour], cuts).tolist(), "names": names}
    names = [say(name) for name in (_INSTRUMENTS if colour == "instrument" else _QUALITIES)]
    return {"classes": plane[colour], "names": names}


def _own(net: str) -> list[dict[str, Any]]:
    """Draw where own clips are chosen and heard; return where they lie."""
    landed = []
    with st.expander(say("My own clips"), icon=":material/upload:"):
        files = st.file_uploader(
            say("Up to four sound files; the first three seconds of each count"),
            type=[ending[1:] for ending in SOUND_EXTENSIONS],
            accept_multiple_files=True,
            key="jazz-map-files",
            help=say("They appear on the map as A to D, with lines to the nearest clips. From two on you can play what "
"lies between them."),
        )  # fmt: skip
        for letter, file in zip(LETTERS, files[:MOST_OWN], strict=False):
            try:
                found, wav, remarks = _landed(file.getvalue())
            except MusegenError as error:
                st.error(f"{file.name}: {plain(str(error))}")
                continue
            landed.append({"letter": letter, **found[net]})
            st.markdown(f"**{letter}** {file.name}")
            if remarks:
                st.caption(plain(together(remarks)))
            st.audio(wav, "audio/wav")
            _near(letter, found[net]["near"])
        if len(files) > MOST_OWN:
            st.info(say("Only the first four are on the map."))
    return landed


def _near(letter: str, numbers: list[int]) -> None:
    st.caption(say("The clips nearest to {letter}:", letter=letter))
    labels = jazz_map.load_map().labels
    with st.container(horizontal=True):
        for number in numbers[:3]:
            wav = jazz_map.grain_wav(number)
            kind, qpm = int(labels["instrument"][number]), int(labels["qpm"][number])
            name = say(_INSTRUMENTS[kind])
            with st.container(width=260):
                st.caption(say("{instrument}, {qpm} BPM", instrument=name, qpm=qpm))
                if wav:
                    st.audio(wav, "audio/wav")


@st.cache_data(max_entries=32, show_spinner=False)
def _landed(data: bytes) -> tuple[dict[str, Any], bytes, tuple[Remark, ...]]:
    reading = jazz_map.read_own(data)
    return jazz_map.land(reading.clip), clip_bytes(reading.clip), reading.remarks


def _about(card: dict[str, Any]) -> None:
    with st.expander(say("How the map found its order, and what it learned from")):
        st.image(jazz_map.animation(), caption=say("Clips moving while the network learns"))
        st.markdown(card["made_of"])
        for source in card["data"]:
            st.caption(f"{source['title']}: {source['licence']}")
