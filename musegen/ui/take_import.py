"""Takes taken in: zips that were exported, and MIDI or MusicXML files that carry a recipe.

import_button, say_imported.
"""

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message, together
from musegen.library import library
from musegen.remarks import remark
from musegen.services.keeping import library as keeping
from musegen.services.keeping import listing as kept
from musegen.services.styles import get_style
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.owner import owner
from musegen.ui.program import program
from musegen.ui.recipe_panel import origin_of

EXTENSIONS = ("zip", "mid", "midi", "musicxml", "xml", "mxl")
_TURN, _SAID = "takes-import-turn", "takes-imported"
_MEGABYTES = 200


def import_button() -> None:
    """Draw where files are given."""
    popover = st.popover(say("Import"), icon=":material/upload:", key="takes-import", on_change="rerun",
                         help=say("Bring back takes that were exported."))  # fmt: skip
    if popover.open:
        with popover:
            turn = st.session_state.setdefault(_TURN, 0)
            key = f"takes-import-files-{turn}"
            st.file_uploader(
                say("A zip of takes, or MIDI or MusicXML files with a recipe"),
                type=EXTENSIONS,
                accept_multiple_files=True,
                max_upload_size=_MEGABYTES,
                key=key,
                on_change=_take_in,
                args=(key,),
            )


def _take_in(key: str) -> None:
    """Keep what the files hold; what one of them lacks is said and keeps no other out."""
    files = st.session_state.get(key) or ()
    if not files:
        return
    said, faults, ids = [], [], []
    before = 0
    try:
        before = library.count_takes(owner())
    except MusegenError as error:
        faults.append(str(error))
    for file in files if not faults else ():
        try:
            taken, words = _from_file(file.name, file.getvalue())
            ids += taken
            said += words
        except MusegenError as error:
            faults.append(message("{name}: {error}", name=file.name, error=error))
    try:
        said[:0] = _counted(ids, before)
    except MusegenError as error:
        faults.append(str(error))
    st.session_state[_SAID] = (said, faults)
    st.session_state[_TURN] += 1  # an empty place for the next files


def _counted(ids: list[str], before: int) -> list[str]:
    """Return how many takes are new, of which there were so many before, and how many are not."""
    if not ids:
        return []
    new = library.count_takes(owner()) - before
    known = len(set(ids)) - new
    said = remark("takes_imported", count=new), remark("takes_known", count=known)
    return [each for each in said if each.values["count"]]


def _from_file(name: str, data: bytes) -> tuple[list[str], list[str]]:
    if name.lower().endswith(".zip"):
        return keeping.import_zip(owner(), data), []
    take, recipe, words = kept.file_take(name, data, program().read)
    made_from, _ = origin_of(recipe.request, get_style(recipe.request.style_id))
    return [keeping.keep(owner(), take, recipe, made_from=made_from)], [
        message("{name}: {word}", name=name, word=word) for word in words
    ]


def say_imported() -> None:
    """Say what became of the last files, once."""
    said, faults = st.session_state.pop(_SAID, ((), ()))
    if any(said):
        st.success(plain(together(said)))
    for fault in faults:
        st.error(plain(fault))
