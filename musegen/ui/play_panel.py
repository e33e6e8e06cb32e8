"""Play a seed: the keys and the recorder of web/play/play.js, how a recording is taken down, and its correction.

played_seed, recordings, bring_back. The recordings themselves are kept as they were played (the last five of a
session); taking one down in another way, a rerun or a change of page loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import streamlit as st

from musegen.errors import MusegenError
from musegen.languages import message, together
from musegen.music.instruments import program_name
from musegen.music.timing import num_bars
from musegen.music.transform import slice_bars
from musegen.remarks import remark
from musegen.services.seeds import playing
from musegen.services.seeds.playing import GRIDS, PEDALS, Playing, Reading
from musegen.services.seeds.seed import Seed
from musegen.ui.browser import component
from musegen.ui.editor import edit_notes
from musegen.ui.language import say
from musegen.ui.messages import plain

KEY = "play"
_KEPT = "musegen_played"
MAX_KEPT = 5
MAX_BARS = 64
"""Bars that are shown for correction and used; more than a seed needs."""
PROGRAMS = (0, 4, 6, 11, 19, 21, 24, 40, 42, 48, 52, 56, 71, 73)

WRITE, READ = playing.playing_text, playing.read_playing_text
"""A recording as text, and back."""

_GRID_WORDS = {
    "find": message("Find it"),
    "1/4": message("Quarters"),
    "1/8": message("Eighths"),
    "1/16": message("Sixteenths"),
    "1/8 triplets": message("Triplets"),
    "1/16 triplets": message("Sixteenth triplets"),
}
_PEDAL_WORDS = {"join": message("joins notes"), "ring": message("lets them ring"), "ignore": message("is left out")}
_PACE_WORDS = {0.5: message("Half as fast"), 1.0: message("As heard"), 2.0: message("Twice as fast")}


@dataclass(slots=True)
class _Kept:
    """A recording of this session, when it came, and its number."""

    playing: Playing
    number: int
    came_at: datetime = field(default_factory=datetime.now)


@dataclass(slots=True)
class _Played:
    """The recordings of this session, oldest first; `shown` is the number of the one in use."""

    kept: list[_Kept] = field(default_factory=list)
    shown: int = 0
    count: int = 0
    error: str | None = None

    def add(self, data: Any) -> None:
        """Take over a recording that the page sent; one that cannot be read leaves those before in place."""
        self.error = None
        try:
            made = playing.read_playing(data)
        except MusegenError as error:
            self.error = str(error)
            return
        if any(one.playing.recording_id == made.recording_id for one in self.kept):
            return
        self.count += 1
        self.kept.append(_Kept(made, self.count))
        del self.kept[:-MAX_KEPT]
        self.shown = self.count

    @property
    def current(self) -> _Kept | None:
        """The recording in use."""
        return next((one for one in self.kept if one.number == self.shown), self.kept[-1] if self.kept else None)


def played_seed() -> Seed | None:
    """Show keys and recorder; return the seed that the chosen recording makes, None where there is none."""
    played = _played()
    _recorder(played)
    if played.error:
        st.error(plain(played.error))
    current = played.current
    if current is None:
        return None
    if len(played.kept) > 1:
        current = _choose(played)
    try:
        seed = playing.take_down_playing(current.playing, _reading(current.playing))
    except MusegenError as error:
        st.error(plain(str(error)))
        return None
    seed = _shortened(seed)
    title = message("Recording {number}", number=current.number)
    if seed.messages:
        st.caption(plain(together(seed.messages)))
    name = f"play_edit_{current.playing.recording_id}"  # each keeps its own corrections
    piece = edit_notes(name, seed.piece, title=message("What you played, {title}", title=title), max_bars=MAX_BARS)
    if not piece.num_notes:
        st.info(say("There are no notes left: record again, or undo in the editor."))
        return None
    return replace(seed, piece=piece, title=title, messages=())


def recordings() -> tuple[dict[int, Playing], int]:
    """Return the recordings of this session by their numbers, oldest first, and the number of the one in use."""
    played = st.session_state.get(_KEPT, _Played())
    return {one.number: one.playing for one in played.kept}, played.shown


def bring_back(playings: dict[int, Playing], shown: int) -> None:
    """Give a new session what `recordings` returned."""
    kept = [_Kept(made, number) for number, made in playings.items()]
    st.session_state[_KEPT] = _Played(kept, shown, max(playings, default=0))


def _played() -> _Played:
    return st.session_state.setdefault(_KEPT, _Played())


def _recorder(played: _Played) -> None:
    current = played.current
    component(KEY)(
        key=KEY,
        data={
            "programs": [[program, program_name(program)] for program in PROGRAMS],
            "base": playing.to_data(current.playing) if current else None,
            "known": [one.playing.recording_id for one in played.kept],
        },
        on_recording_change=_take_recording,
        on_restored_change=_take_restored,
    )


def _take_recording() -> None:
    data = _sent("recording")
    if data is not None:
        _played().add(data)


def _take_restored() -> None:
    """Take over the recordings that the browser kept over a reload."""
    rows = _sent("restored")
    for data in rows if isinstance(rows, list) else ():
        _played().add(data)


def _sent(name: str) -> Any:
    state = st.session_state.get(KEY)
    return state.get(name) if isinstance(state, Mapping) else getattr(state, name, None)


def _choose(played: _Played) -> _Kept:
    """Let one of the recordings be chosen; a new one is chosen by itself."""
    chosen = {one.number: one for one in played.kept}
    current = played.current
    assert current is not None  # there are several
    st.session_state["play_shown"] = current.number

    def label(number: int) -> str:
        one = chosen[number]
        return say(
            "{number}: {count:# note|# notes}, {time}",
            number=number,
            count=len(one.playing.notes),
            time=f"{one.came_at:%H:%M}",
        )

    def take() -> None:
        played.shown = st.session_state["play_shown"] or played.shown

    st.segmented_control(
        say("Your recordings"),
        list(chosen),
        format_func=label,
        key="play_shown",
        required=True,
        wrap=True,
        on_change=take,
        help=say("The last five are kept, each with what you corrected in it."),
    )
    return played.current or current


def _reading(made: Playing) -> Reading:
    """Draw how the recording is taken down."""
    grids = [g for g in GRIDS if not (made.compound and (g == "1/4" or "triplets" in g))]
    # Of two meters that offer other grids, each remembers its own choice
    kind = "compound" if made.compound else "simple"
    with st.container(horizontal=True, vertical_alignment="bottom", key="play-reading"):
        grid = st.selectbox(
            say("Notes go onto"),
            grids,
            format_func=lambda name: say(_GRID_WORDS[name]),
            key=f"play_grid_{kind}",
            persist_state="session",
            width=190,
            help=say("Which notes there can be. Find it listens for what you meant; swing is written as even eighths."),
        )
        strength = st.slider(
            say("How strictly"),
            0,
            100,
            100,
            format="%d %%",
            key="play_strength",
            persist_state="session",
            width=200,
            help=say("100 puts every note onto the grid, 0 leaves all as played."),
        )
        pedal = PEDALS[0]
        if any(note.pedal_sec > note.end_sec for note in made.notes):
            pedal = st.selectbox(
                say("The pedal"),
                PEDALS,
                format_func=lambda name: say(_PEDAL_WORDS[name]),
                key="play_pedal",
                persist_state="session",
                width=190,
                help=say("Joined notes last until the next one; ringing notes until the pedal came up."),
            )
        pace, first = (1.0, 1) if made.bpm is not None else _free(made)
    return Reading(grid, strength / 100, pedal, pace, first)


def _free(made: Playing) -> tuple[float, int]:
    """Draw what cannot be heard for certain in free playing."""
    pace = st.selectbox(
        say("Tempo"), list(_PACE_WORDS), index=1, format_func=lambda name: say(_PACE_WORDS[name]), key="play_pace",
        persist_state="session", width=170, help=say("Eighths at one tempo sound like sixteenths at half of it."),
    )  # fmt: skip
    beats = made.meter[0] // 3 if made.compound else made.meter[0]
    first = st.selectbox(
        say("Begins on beat"), range(1, beats + 1), key=f"play_first_{beats}", persist_state="session", width=150,
        help=say("Choose the last beat of the bar if the music begins with a pickup."),
    )  # fmt: skip
    return pace, first


def _shortened(seed: Seed) -> Seed:
    total = num_bars(seed.piece)
    if total <= MAX_BARS:
        return seed
    piece = slice_bars(seed.piece, 0, MAX_BARS + (1 if seed.piece.pickup_quarter else 0))
    words = remark("first_bars_used", used=MAX_BARS, bars=total)
    return replace(seed, piece=piece, messages=(*seed.messages, words))
