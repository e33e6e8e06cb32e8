"""Step 1: the musician's seed, by example, typed text or file, and what was understood of it."""

from dataclasses import replace

import streamlit as st

from musegen.constants import MAX_UPLOAD_BYTES
from musegen.errors import MusegenError, SeedSyntaxError
from musegen.files import READABLE_EXTENSIONS
from musegen.services import seeds, studio
from musegen.services.seeds import Seed
from musegen.services.styles import StyleCard
from musegen.ui.messages import plain
from musegen.ui.sheet import show_sheet
from musegen.ui.state import session

SOURCES = {"Try": ":material/library_music:", "Type": ":material/keyboard:", "Upload": ":material/upload_file:"}
FIRST_EXAMPLE = "reel"
FIRST_TEXT = "key: G major\nG4 B4 D5:2 E5 D5 B4:2 | C5 A4 F#4:2"
_UPLOAD_MB = MAX_UPLOAD_BYTES // 2**20
_TEXT_HELP = (
    "Letters are notes, with # or b and an octave: C4 is middle C. A quarter note unless a length follows: "
    "C4:2 is two quarters, C4:1/8 or C4e an eighth, C4q. a dotted quarter. R is a rest, [C4 E4 G4] a chord, "
    "(3 C4 D4 E4) a triplet. Begin with key: G major, meter: 6/8 or tempo: 96 if you like."
)


def seed_panel() -> Seed | None:
    """Draw where the seed comes from; return the seed as given, or None where there is none yet."""
    with st.container(horizontal=True, vertical_alignment="center", key="step-seed"):
        st.markdown("#### 1 Your seed", width="content")
        source = st.segmented_control(
            "Where your seed comes from",
            list(SOURCES),
            default="Try",
            required=True,
            format_func=lambda name: f"{SOURCES[name]} {name}",
            key="seed_source",
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
            help="The music to start from: one of ours, notes you type, or a file of yours.",
        )
        if source == "Try":
            return _example()
    return _typed() if source == "Type" else _uploaded()


def _example() -> Seed:
    examples = {example.example_id: example for example in seeds.list_examples()}
    chosen = st.pills(
        "Examples to try",
        list(examples),
        default=FIRST_EXAMPLE,
        required=True,
        format_func=lambda name: examples[name].title,
        key="example",
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
        on_change=_suit_example,
        help="Short openings to try. Each brings the style that suits it best.",
    )
    return seeds.load_example(chosen)


def _suit_example() -> None:
    """Choose the style and the way of composing that an example is meant for."""
    chosen = next(e for e in seeds.list_examples() if e.example_id == st.session_state["example"])
    if st.session_state.get("style") not in chosen.styles:
        st.session_state["style"] = chosen.styles[0]
    st.session_state["mode-" + st.session_state["style"]] = chosen.mode


def _typed() -> Seed | None:
    text = st.text_area(
        "Notes",
        FIRST_TEXT,
        height=92,
        key="seed_text",
        persist_state="session",
        placeholder="C4 D4 E4:2 R G4:1/8",
        label_visibility="collapsed",
        help=_TEXT_HELP,
    )
    st.caption("For example C4 D4 E4:2 F#4:1/8 R [C4 E4 G4]:4. Ctrl+Enter takes it over.", help=_TEXT_HELP)
    if not (text or "").strip():
        st.info("Type some notes, for example C4 D4 E4 C4.")
        return None
    try:
        return seeds.seed_from_text(text)
    except SeedSyntaxError as error:
        st.error(plain(str(error)))
        st.code(_pointed(text, error.position), language=None)
    except MusegenError as error:
        st.error(plain(str(error)))
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
        f"A MIDI, MusicXML or ABC file, up to {_UPLOAD_MB} MB",
        type=[extension.lstrip(".") for extension in READABLE_EXTENSIONS],
        max_upload_size=_UPLOAD_MB,
        key="seed_file",
        on_change=_take_file,
        help="Drag a file here. It is read on this computer and not kept.",
    )
    state = session()
    if state.upload_error:
        st.error(plain(state.upload_error))
    if state.upload is None and not state.upload_error:
        st.caption("No file yet: the last takes stay until there is one.")
    return state.upload


def _take_file() -> None:
    """Read the file that was just uploaded; one that cannot be read leaves the seed before it in place."""
    state, file = session(), st.session_state.get("seed_file")
    state.upload_error = None
    if file is None:
        state.upload = None
        return
    try:
        state.upload = seeds.seed_from_file(file.name, file.getvalue())
    except MusegenError as error:
        kept = f' The seed is still "{state.upload.title}".' if state.upload else ""
        state.upload_error = f"{file.name}: {error}{kept}"


def understood(seed: Seed, card: StyleCard, mode: str) -> Seed | None:
    """Say what was understood of a seed, let tracks and bars be chosen, and return what is used of it."""
    piece = seed.piece
    tracks = seeds.suggest_tracks(piece, 1 if mode == "harmonise" else len(card.voices))
    bars = seeds.suggest_bars(piece, mode)
    opened = st.expander(
        f"**{plain(seed.title)}**: {plain(seeds.describe_seed(piece))}",
        key="understood",
        type="compact",
        on_change="rerun",
    )
    chosen = seed
    with opened:
        where = f"{seed.title}-{len(piece.tracks)}-{piece.num_notes}-{seeds.count_bars(piece)}-{card.style_id}-{mode}"
        if len(piece.tracks) > 1:
            tracks = _choose_tracks(seed, tracks, where)
        bars = _choose_bars(seed, bars, where)
    try:
        chosen = seeds.excerpt(seed, tracks, *bars) if tracks else None
    except MusegenError as error:
        st.error(plain(str(error)))
        return None
    if chosen is None:
        st.warning("No track is chosen; choose at least one to have a seed.")
        return None
    if chosen.messages:
        st.caption(plain(" ".join(chosen.messages)))
    if opened.open:
        with opened:
            _show(chosen)
    return chosen


def _choose_tracks(seed: Seed, suggested: tuple[int, ...], where: str) -> tuple[int, ...]:
    lines = seeds.describe_tracks(seed.piece)
    chosen = st.multiselect(
        "Tracks used",
        range(len(lines)),
        default=suggested,
        format_func=lambda index: lines[index],
        key=f"tracks-{where}",
        persist_state="session",
        help="Which instruments of your file are the seed. For a tune, choose the one that has the melody.",
    )
    return tuple(sorted(chosen))


def _choose_bars(seed: Seed, suggested: tuple[int, int], where: str) -> tuple[int, int]:
    total = max(seeds.count_bars(seed.piece), 1)
    if total == 1:
        return 1, 1
    return st.slider(
        "Bars used",
        1,
        total,
        suggested,
        key=f"bars-{where}",
        persist_state="session",
        help="Which bars of it are the seed. Composing goes on after the last of them.",
    )


def _show(seed: Seed) -> None:
    """Show and play what is used of the seed."""
    piece = replace(seed.piece, title="")
    try:
        show_sheet(piece, (), f"Your seed: {seeds.describe_seed(piece)}", key="seed_sheet")
        st.audio(studio.wav(piece), format="audio/wav", alt="Your seed")
    except MusegenError as error:
        st.warning(plain(str(error)))
