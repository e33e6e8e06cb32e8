"""Step 1: the musician's seed: drawn, typed, uploaded, played or hummed, or an example.

seed_panel, SOURCES. Each source keeps what was given to it while another one is used.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import streamlit as st

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import MusegenError, SeedSyntaxError
from musegen.files import READABLE_EXTENSIONS
from musegen.languages import message, msgid
from musegen.music import Piece
from musegen.services.making.recipe import recipe_of_file
from musegen.services.seeds import seed as seeds
from musegen.services.seeds.seed import Seed
from musegen.ui.language import say, spoken
from musegen.ui.messages import plain
from musegen.ui.program import program
from musegen.ui.state import session

SOURCES = {
    msgid("Draw"): ":material/edit:",
    msgid("Type"): ":material/keyboard:",
    msgid("Upload"): ":material/upload_file:",
    msgid("Play"): ":material/piano:",
    msgid("Hum"): ":material/mic:",
}
SOUNDS = (".mp3", ".wav", ".flac", ".ogg", ".m4a", ".aac", ".opus", ".wma", ".aif", ".aiff")
"""Endings of recordings, which another source listens to."""

FIRST_EXAMPLE = "reel"
FIRST_TEXT = "key: G major\nG4 B4 D5:2 E5 D5 B4:2 | C5 A4 F#4:2"
STYLE_CHOSEN = "style_chosen"
"""Where the session's state says that the musician has chosen a style, which no example changes then."""

_PANELS = {
    "Draw": ("musegen.ui.draw_panel", "drawn_seed"),
    "Play": ("musegen.ui.play_panel", "played_seed"),
    "Hum": ("musegen.ui.hum_panel", "hummed_seed"),
}
"""Where the panels of the larger sources are; imported when they are first used, so that the page starts fast."""

_UPLOAD_MB = MAX_UPLOAD_BYTES // 2**20
_TEXT_HELP = message(
    "Letters are notes, with # or b and an octave: C4 is middle C. A quarter note unless "
    "a length follows: C4:2 is two quarters, C4:1/8 or C4e an eighth, C4q. a dotted "
    "quarter. R is a rest, [C4 E4 G4] a chord, (3 C4 D4 E4) a triplet. Begin with key: G "
    "major, meter: 6/8 or tempo: 96 if you like."
)


def seed_panel() -> Seed | None:
    """Draw where the seed comes from; return the seed as given, or None where there is none yet."""
    with st.container(horizontal=True, vertical_alignment="center", key="step-seed"):
        st.subheader(say("1 Your music"), anchor=False, width="content")
        source = st.segmented_control(
            say("Where your music comes from"),
            _sources(),
            format_func=lambda name: f"{SOURCES[name]} {say(name)}",
            key="seed_source",
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
            on_change=_source_chosen,
            help=say(
                "The music to start from: draw it, type it, upload a file, play it or hum it. What "
                "you gave one of them is kept while you use another."
            ),
        )
        example = _choose_example(source)
    if source is None:
        return seeds.load_example(example)
    if source in _PANELS:
        with st.container(key="wide-source"):
            seed = _panel(source)()
        if seed is None:
            _say_what_stays()
        return seed
    return _typed() if source == "Type" else _uploaded()


def _sources() -> list[str]:
    return [name for name in SOURCES if name not in _PANELS or find_spec(_PANELS[name][0])]


def _panel(source: str) -> Callable[[], Seed | None]:
    module, function = _PANELS[source]
    return getattr(import_module(module), function)


def _choose_example(source: str | None) -> str:
    """Draw the examples; one is chosen where no source is."""
    examples = {example.example_id: example for example in seeds.list_examples()}
    last = st.session_state.setdefault("last_example", FIRST_EXAMPLE)
    if source is None and st.session_state.get("example") not in examples:
        st.session_state["example"] = last
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="examples"):
        st.markdown(say("or try"), width="content")
        chosen = st.pills(
            say("Examples to try"),
            list(examples),
            format_func=lambda name: say(examples[name].title),
            key="example",
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
            on_change=_example_chosen,
            help=say("Short openings to try. Each brings the style that suits it best, unless you have chosen one."),
        )
    return chosen or last


def _source_chosen() -> None:
    """Let go of the example; a second press on the same source goes back to it."""
    source = st.session_state.get("seed_source")
    st.session_state["example"] = None if source else st.session_state["last_example"]


def _example_chosen() -> None:
    """Choose the style and the way of composing that an example is meant for."""
    chosen = st.session_state.get("example")
    if chosen is None:  # a second press on the same example keeps it
        st.session_state["example"] = st.session_state["last_example"]
        return
    st.session_state["seed_source"] = None
    st.session_state["last_example"] = chosen
    example = next(e for e in seeds.list_examples() if e.example_id == chosen)
    if not st.session_state.get(STYLE_CHOSEN) and st.session_state.get("style") not in example.styles:
        st.session_state["style"] = example.styles[0]
    if st.session_state.get("style") in example.styles:
        st.session_state["mode-" + st.session_state["style"]] = example.mode


def use_primer(piece: Piece) -> Seed:
    """Make a piece the seed, before anything is drawn: as the example that it is, or like a file; return the seed."""
    examples = [example.example_id for example in seeds.list_examples()]
    ours = replace(piece, composer=seeds.OURS)  # recipes of earlier versions do not name who made the examples
    example = next((name for name in examples if seeds.load_example(name).piece == ours), None)
    if example is not None:
        st.session_state.update(seed_source=None, example=example, last_example=example)
        return seeds.load_example(example)
    st.session_state["seed-words"] = ""
    state = session()
    state.upload, state.upload_error = Seed(piece, piece.title or message("The music of the recipe"), "file"), None
    st.session_state.update(seed_source="Upload", example=None)
    return state.upload


def can_be_edited() -> bool:
    """Return whether there is an editor to take a seed into."""
    return "Draw" in _sources()


def edit(seed: Seed) -> None:
    """Go to the piano roll with the notes of a seed; for a button's `on_click`."""
    import_module(_PANELS["Draw"][0]).open_in_editor(seed.piece, seed.title)
    st.session_state["seed_source"] = "Draw"
    st.session_state["example"] = None


def _typed() -> Seed | None:
    text = st.text_area(
        say("Notes"),
        FIRST_TEXT,
        height=92,
        key="seed_text",
        persist_state="session",
        placeholder="C4 D4 E4:2 R G4:1/8",
        label_visibility="collapsed",
        help=say(_TEXT_HELP),
    )
    st.caption(say("For example C4 D4 E4:2 F#4:1/8 R [C4 E4 G4]:4. Ctrl+Enter takes it over."), help=say(_TEXT_HELP))
    if not (text or "").strip():
        st.info(say("Type some notes, for example C4 D4 E4 C4."))
        return None
    try:
        return seeds.seed_from_text(text, spoken().names)
    except SeedSyntaxError as error:
        st.error(plain(str(error)))
        st.code(_pointed(text, error.position), language=None)
    except MusegenError as error:
        st.error(plain(str(error)))
    _say_what_stays()
    return None


def _pointed(text: str, position: int) -> str:
    """Return the line of the text with a mark beneath the place that is not understood."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0]
    column = position - start
    cut = max(column - 40, 0)
    return f"{line[cut : cut + 80]}\n{' ' * (column - cut)}↑"


def _uploaded() -> Seed | None:
    st.file_uploader(
        say("A MIDI, MusicXML or ABC file, up to {upload_mb} MB", upload_mb=_UPLOAD_MB),
        max_upload_size=_UPLOAD_MB,
        key="seed_file",
        on_change=_take_file,
        help=say("Drag a file here. It is read on this computer and not kept."),
    )
    state = session()
    if state.upload_error:
        st.error(plain(state.upload_error))
    if state.upload is None:
        if not state.upload_error:
            st.caption(say("No file yet."))
        _say_what_stays()
    return state.upload


def _say_what_stays() -> None:
    """Say of which seed the takes below are, where there is no newer one."""
    batch = session().batch
    if batch is not None:
        if batch.seed_title:
            said = message('The takes shown are still those from "{title}".', title=batch.seed_title)
        else:
            said = message("The takes shown are still those invented from nothing.")
        st.caption(plain(said))


def _take_file() -> None:
    """Read the file that was just uploaded; one that cannot be read leaves the seed before it in place."""
    state, file = session(), st.session_state.get("seed_file")
    state.upload_error = state.upload_recipe = None
    if file is None:
        state.upload = None
        return
    ending = Path(file.name).suffix.lower()
    if ending not in READABLE_EXTENSIONS:  # what Streamlit refuses by itself would pile up beneath the field
        other = (
            message("is a recording: choose Hum above, which listens to a sound file of one voice")
            if ending in SOUNDS
            else message(
                "cannot be read; choose one of {readable_extensions}",
                readable_extensions=", ".join(READABLE_EXTENSIONS),
            )
        )
        state.upload_error = message("{name} {other}.{kept}", name=file.name, other=other, kept=_kept_seed())
        return
    state.upload_recipe = recipe_of_file(file.name, file.getvalue())
    try:
        state.upload = seeds.seed_from_file(file.name, file.getvalue(), program().read)
    except MusegenError as error:
        state.upload_error = message("{name}: {error}{kept}", name=file.name, error=error, kept=_kept_seed())


def _kept_seed() -> str:
    upload = session().upload
    return message(' Your music is still "{title}".', title=upload.title) if upload else ""
