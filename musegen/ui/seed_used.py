"""What was understood of a seed, which of its tracks and bars are used, and how it looks and sounds."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import together
from musegen.music import Piece
from musegen.music.transposing import TRANSPOSING, written
from musegen.services.seeds import seed as seeds
from musegen.services.seeds.overview import offers, overview
from musegen.services.seeds.seed import Seed
from musegen.services.showing.stage import score_data
from musegen.services.styles import StyleCard
from musegen.ui import seed_panel
from musegen.ui.browser import component
from musegen.ui.downloads import instrument_choice
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.program import program
from musegen.ui.sheet import show_sheet
from musegen.ui.words_panel import words_panel, words_place


def understood(seed: Seed, card: StyleCard, mode: str, beside: Callable[[], None]) -> Seed | None:
    """Say what was understood of a seed, let tracks and bars be chosen, and return what is used of it.

    What is not understood or cannot be used is said beneath it, and None is returned.

    Args:
        seed: all of it.
        card: the style that it is used in.
        mode: how.
        beside: draws what else can be done with it, at the end of its line.
    """
    piece = seed.piece
    where = _where(seed)
    tracks, bars = _chosen("tracks", where), _chosen("bars", where)
    if tracks is None:
        tracks = seeds.suggest_tracks(piece, seeds.voices_taken(card, mode))
    if bars is None:
        bars = seeds.suggest_bars(piece, mode, tracks)
    with st.container(horizontal=True, vertical_alignment="center", key="seed-line"):
        player_place = st.container(width=230, key="seed-picture")
        opened = st.expander(
            f"**{plain(seed.title)}**: {plain(seeds.describe_seed(piece))}",
            key="understood",
            type="compact",
            on_change="rerun",
        )
        if st.session_state.get("seed_source") != "Draw" and seed_panel.can_be_edited():
            st.button(
                say("Edit the notes"),
                icon=":material/edit:",
                key="edit-seed",
                on_click=seed_panel.edit,
                args=(seed,),
                help=say("Take these notes into the piano roll and change them there."),
            )
        words = words_place()
        beside()
    if seed.source != "example" and (len(piece.tracks) > 1 or seeds.count_bars(piece) > seeds.LONGEST_SUGGESTED_BARS):
        _strip(piece, tracks, bars, where)
    if seed.declared is not None:
        seed = _choose_key(seed)
    with opened:
        if len(piece.tracks) > 1:
            tracks = _choose_tracks(seed, tracks, where)
        bars = _choose_bars(seed, bars, where)
    if not tracks:
        st.warning(say("No track is chosen; choose at least one to start from."))
        return None
    try:
        chosen = seeds.excerpt(seed, tracks, *bars)
    except MusegenError as error:
        st.error(plain(str(error)))
        return None
    with player_place:
        _player(chosen)
    if chosen.messages:
        st.caption(plain(together(chosen.messages)))
    chosen = words_panel(chosen, words)
    if opened.open:
        with opened:
            _show(chosen)
    return chosen


def show_fixed(seed: Seed) -> None:
    """Show a seed that may not be changed: what it is, how it looks and sounds."""
    with st.container(horizontal=True, vertical_alignment="center", key="step-seed"):
        st.subheader(say("1 Your music"), anchor=False, width="content")
        st.caption(say("It is set for this task."), width="content")
    with st.container(horizontal=True, vertical_alignment="center", key="seed-line"):
        with st.container(width=230, key="seed-picture"):
            _player(seed)
        st.markdown(f"**{plain(say(seed.title))}**: {plain(say(seeds.describe_seed(seed.piece)))}", width="stretch")


def use_whole(seed: Seed) -> None:
    """Choose all tracks and bars of a seed; before they are drawn."""
    where = _where(seed)
    st.session_state[f"tracks-used-{where}"] = list(range(len(seed.piece.tracks)))
    st.session_state[f"bars-used-{where}"] = [1, max(seeds.count_bars(seed.piece), 1)]


def chosen_bars(seed: Seed) -> tuple[int, int] | None:
    """Return the first and last bar that were chosen of a seed; None where they are as suggested."""
    bars = _chosen("bars", _where(seed))
    return None if bars is None else (bars[0], bars[1])


def _where(seed: Seed) -> str:
    """Return what the choice of tracks and bars goes with: the music, whatever the style."""
    piece = seed.piece
    return f"{seed.title}-{len(piece.tracks)}-{piece.num_notes}-{seeds.count_bars(piece)}"


def _chosen(what: str, where: str) -> tuple[int, ...] | None:
    """Return the tracks or bars that the musician chose, None where they are as suggested."""
    chosen = st.session_state.get(f"{what}-used-{where}")
    return None if chosen is None else tuple(chosen)


def _take_over(what: str, where: str) -> None:
    """Keep what was chosen in a widget, for every style."""
    st.session_state[f"{what}-used-{where}"] = sorted(st.session_state[f"{what}-{where}"])


def _strip(piece: Piece, tracks: tuple[int, ...], bars: tuple[int, ...], where: str) -> None:
    """Draw the whole file, where each track sounds; what is used of it is dragged there."""
    key = f"strip-{where.replace('_', '.')}"  # "__" in a component's key is a mark of Streamlit's own
    data = overview(piece) | {"offers": {name: list(range_) for name, range_ in offers(piece, tracks).items()}}

    def take_over() -> None:
        told = st.session_state[key].get("chosen") or {}
        chosen = [part for part in told.get("tracks", ()) if part in range(len(piece.tracks))]
        first, last = (int(bar) for bar in told.get("bars", bars))
        if chosen and 1 <= first <= last <= data["bars"]:
            if tuple(chosen) != tracks:
                st.session_state[f"tracks-used-{where}"] = sorted(chosen)
            if (first, last) != bars:
                st.session_state[f"bars-used-{where}"] = [first, last]

    component("strip")(
        key=key, data=data | {"chosen": {"tracks": list(tracks), "bars": list(bars)}}, on_chosen_change=take_over
    )


def _choose_tracks(seed: Seed, chosen: tuple[int, ...], where: str) -> tuple[int, ...]:
    lines = seeds.describe_tracks(seed.piece)
    key = f"tracks-{where}"
    st.session_state[key] = list(chosen)
    return tuple(sorted(st.multiselect(
        say("Tracks used"),
        range(len(lines)),
        format_func=lambda index: say(lines[index]),
        key=key,
        on_change=_take_over,
        args=("tracks", where),
        help=say("Which instruments of your file to start from. For a tune, choose the one that has the "
"melody."),
    )))  # fmt: skip


def _choose_bars(seed: Seed, chosen: tuple[int, ...], where: str) -> tuple[int, int]:
    total = max(seeds.count_bars(seed.piece), 1)
    if total == 1:
        return 1, 1
    key = f"bars-{where}"
    st.session_state[key] = (chosen[0], chosen[1])
    bars = st.slider(
        say("Bars used"),
        1,
        total,
        key=key,
        on_change=_take_over,
        args=("bars", where),
        help=say("Which of its bars to start from. Composing goes on after the last of them."),
    )
    return cast("tuple[int, int]", bars)  # two handles, since two bars stand under its key


def _choose_key(seed: Seed) -> Seed:
    """Let the musician go back to the key that the file says, where its notes say another."""
    assert seed.declared is not None  # asked only where the file says a key
    key = seeds.name_of_key(seed.declared)
    believed = st.toggle(
        say("Believe the file: {key}", key=key), key=f"declared-{seed.title}-{key}", persist_state="session",
        help=say("Programs often write a key that the music is not in. Here the key of the notes is "
"taken instead; switch this on to take the key that the file says."),
    )  # fmt: skip
    return seeds.in_declared_key(seed) if believed else seed


def _player(seed: Seed) -> None:
    """Show the notes used as a little roll with a button that plays them."""
    score = score_data(seed.piece) | {"wav": program().sounds.offer(seed.piece)}
    component("seed")(key="seed-player", data={"score": score})


def _show(seed: Seed) -> None:
    """Show the sheet music of what is used of the seed."""
    piece = replace(seed.piece, title="", composer="" if seed.piece.composer == seeds.OURS else seed.piece.composer)
    code = instrument_choice("seed-sheet-for")
    try:
        piece = written(piece, TRANSPOSING[code]) if code else piece
        show_sheet(piece, (), say("Your music: {piece}", piece=seeds.describe_seed(piece)), key="seed_sheet")
    except MusegenError as error:
        st.warning(plain(str(error)))
