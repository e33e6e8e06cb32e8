"""What was understood of a seed, which of its tracks and bars are used, and how it looks and sounds."""

from dataclasses import replace

import streamlit as st

from musegen.errors import MusegenError
from musegen.services.seeds import seed as seeds
from musegen.services.seeds.seed import Seed
from musegen.services.showing import sounds
from musegen.services.showing.stage import score_data
from musegen.services.styles import StyleCard
from musegen.ui import seed_panel
from musegen.ui.browser import component
from musegen.ui.messages import plain
from musegen.ui.sheet import show_sheet


def understood(seed: Seed, card: StyleCard, mode: str) -> Seed | None:
    """Say what was understood of a seed, let tracks and bars be chosen, and return what is used of it.

    What is not understood or cannot be used is said beneath it, and None is returned.
    """
    piece = seed.piece
    tracks = seeds.suggest_tracks(piece, seeds.voices_taken(card, mode))
    with st.container(horizontal=True, vertical_alignment="center", key="seed-line"):
        player_place = st.container(width=230, key="seed-picture")
        opened = st.expander(
            f"**{plain(seed.title)}**: {plain(seeds.describe_seed(piece))}",
            key="understood",
            type="compact",
            on_change="rerun",
        )
        if st.session_state.get("seed_source") != "Draw" and seed_panel.can_be_edited():
            st.button("Edit the notes", icon=":material/edit:", key="edit-seed", on_click=seed_panel.edit, args=(seed,),
                      help="Take these notes into the piano roll and change them there.")  # fmt: skip
    with opened:
        where = _where(seed, card.style_id, mode)
        if len(piece.tracks) > 1:
            tracks = _choose_tracks(seed, tracks, where)
        bars = _choose_bars(seed, seeds.suggest_bars(piece, mode, tracks), where)
        if seed.declared is not None:
            seed = _choose_key(seed)
    if not tracks:
        st.warning("No track is chosen; choose at least one to have a seed.")
        return None
    try:
        chosen = seeds.excerpt(seed, tracks, *bars)
    except MusegenError as error:
        st.error(plain(str(error)))
        return None
    with player_place:
        _player(chosen)
    if chosen.messages:
        st.caption(plain(" ".join(chosen.messages)))
    if opened.open:
        with opened:
            _show(chosen)
    return chosen


def use_whole(seed: Seed, style_id: str, mode: str) -> None:
    """Choose all tracks and bars of a seed; before they are drawn."""
    where = _where(seed, style_id, mode)
    st.session_state[f"tracks-{where}"] = list(range(len(seed.piece.tracks)))
    st.session_state[f"bars-{where}"] = (1, max(seeds.count_bars(seed.piece), 1))


def chosen_bars(seed: Seed, style_id: str, mode: str) -> tuple[int, int] | None:
    """Return the first and last bar that were chosen of a seed; None where they are as suggested."""
    where = _where(seed, style_id, mode)
    bars, tracks = (st.session_state.get(f"{what}-{where}") for what in ("bars", "tracks"))
    return (
        None
        if bars is None or tuple(bars) == seeds.suggest_bars(seed.piece, mode, tuple(tracks or ()))
        else tuple(bars)
    )


def _where(seed: Seed, style_id: str, mode: str) -> str:
    """Return what the choice of tracks and bars goes with."""
    piece = seed.piece
    return f"{seed.title}-{len(piece.tracks)}-{piece.num_notes}-{seeds.count_bars(piece)}-{style_id}-{mode}"


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


def _choose_key(seed: Seed) -> Seed:
    """Let the musician go back to the key that the file says, where its notes say another."""
    key = seeds.name_of_key(seed.declared)
    believed = st.toggle(
        f"Believe the file: {key}", key=f"declared-{seed.title}-{key}", persist_state="session",
        help="Programs often write a key that the music is not in. Here the key of the notes is taken instead; "
        "switch this on to take the key that the file says.",
    )  # fmt: skip
    return seeds.in_declared_key(seed) if believed else seed


def _player(seed: Seed) -> None:
    """Show the notes used as a little roll with a button that plays them."""
    score = score_data(seed.piece) | {"wav": sounds.offer_wav(seed.piece)}
    component("seed")(key="seed-player", data={"score": score})


def _show(seed: Seed) -> None:
    """Show the sheet music of what is used of the seed."""
    piece = replace(seed.piece, title="", composer="" if seed.piece.composer == seeds.OURS else seed.piece.composer)
    try:
        show_sheet(piece, (), f"Your seed: {seeds.describe_seed(piece)}", key="seed_sheet")
    except MusegenError as error:
        st.warning(plain(str(error)))
