"""The settings that every style takes, as controls: what each is called, its range, its default and its place, once.

Where, Control, and the controls themselves. A control draws itself and gives values of `ComposeRequest`; the same
control says which values its widgets have for a request, so that a recipe sets all as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from musegen.composers.fitting.length import MAX_NOTES_SHARED
from musegen.composers.request import ComposeRequest
from musegen.composers.settings import settings_of
from musegen.constants import MAX_QPM, MIN_QPM
from musegen.evaluation.originality import LEAST
from musegen.languages import message
from musegen.music.theory import key_name, pitch_name
from musegen.services.styles import StyleCard, blends_of
from musegen.ui.language import say
from musegen.ui.state import MAX_RANDOM_SEED, new_random_seed

_SETTINGS = settings_of(ComposeRequest)
_SEED_DECIDES = message("As in your music")
_PITCHES = tuple(range(21, 109))
_FIRST_SEED = 7
_FIRST_TAKES = 4
_TONICS = (0, 7, 2, 9, 4, 11, 5, 10, 3, 8, 1, 6)  # C G D A E B F Bb Eb Ab Db F#


class Where(NamedTuple):
    """Where a control stands: the card of its style, what the style does, and whether it may not be changed."""

    card: StyleCard
    mode: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """One setting, for both directions.

    Args:
        words: how a sentence lists it: "the key lock".
        draw: draws it and returns what a request takes, by name.
        widgets: returns the values of its widgets by key for a request, and whether they hold what it asks for.
        slider: name of the setting and key of the slider that moves it, where it has one.
    """

    words: str
    draw: Callable[[Where], dict[str, Any]]
    widgets: Callable[[Where, ComposeRequest], tuple[dict[str, Any], bool]]
    slider: tuple[str, str] | None = None


class _Range(NamedTuple):
    low: float
    high: float

    def nearest(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def _slider(
    name: str,
    words: str,
    key: str,
    *,
    usual: Callable[[StyleCard], float] = lambda card: 0,
    limits: tuple[float, float] | None = None,
    more_help: Callable[[StyleCard], str] = lambda card: "",
) -> Control:
    """Return the slider of a setting that has a range; a key with {style} is another one for each style."""
    described = _SETTINGS[name]
    low, high = limits or (described.low, described.high)
    assert low is not None and high is not None, f"{name} has no range"
    kind = type(low)
    reach = _Range(low, high)

    def draw(where: Where) -> dict[str, Any]:
        place = key.format(style=where.card.style_id)
        st.session_state.setdefault(place, kind(usual(where.card)))
        text = say(described.help) + more_help(where.card)
        value = st.slider(say(described.label), low, high, step=described.step, key=place, persist_state="session",
                          help=text, disabled=where.held)  # fmt: skip
        return {name: value}

    def widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
        value = reach.nearest(getattr(request, name))
        return {key.format(style=where.card.style_id): kind(value)}, value == getattr(request, name)

    return Control(words, draw, widgets, (name, key))


TEMPERATURE = _slider(
    "temperature", message("the temperature"), "temperature-{style}", usual=lambda card: card.temperature,
    more_help=lambda card: say(" {temperature:g} suits this style.", temperature=card.temperature),
)  # fmt: skip
TAKES = _slider("num_takes", message("the number of takes"), "takes", usual=lambda card: _FIRST_TAKES)
KEY_LOCK = _slider("key_strength", message("the key lock"), "lock-{style}")
TOP_P = _slider("top_p", "top-p", "top_p-{style}", usual=lambda card: card.sampling.get("top_p", 0.95),
                limits=(0.1, 1.0))  # fmt: skip
TOP_K = _slider("top_k", "top-k", "top_k-{style}", usual=lambda card: card.sampling.get("top_k", 0), limits=(0, 50))
RECALL = _slider("recall", message("how much is taken up"), "recall-{style}", usual=lambda card: 1.0)


# ------------------------------------------------------------------------------------------------- numbers, or none


def _number(name: str, words: str, key: str, reach: _Range, none: float | None, **drawn: Any) -> Control:
    """Return the field of a number that may be empty; `none` is what a request has then."""

    def draw(where: Where) -> dict[str, Any]:
        placeholder, label, words = drawn["placeholder"](where), drawn["label"], drawn["help"]
        value = st.number_input(say(label), reach.low, reach.high, None, drawn["step"], drawn.get("format"),
                                key=key.format(style=where.card.style_id), persist_state="session",
                                placeholder=say(placeholder), help=say(words))  # fmt: skip
        return {name: none if value is None else value}

    def widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
        value = getattr(request, name)
        place = key.format(style=where.card.style_id)
        if value == none:
            return {place: None}, True
        return {place: type(reach.low)(reach.nearest(value))}, reach.nearest(value) == value

    return Control(words, draw, widgets)


TEMPO = _number(
    "qpm", message("the tempo"), "tempo-{style}", _Range(MIN_QPM, MAX_QPM), None,
    label=message("Tempo (BPM)"), step=2.0, format="%.0f",
    placeholder=lambda where: _unset(where.mode, f"{where.card.qpm:.0f}"),
    help=message("How fast it is played, in BPM (quarter notes). Empty: as your music or the style "
"has it."),
)  # fmt: skip
LONGEST_COPY = _number(
    "longest_copy", message("the notes it may share"), "longest_copy", _Range(LEAST, MAX_NOTES_SHARED), 0,
    label=message("Notes in a row it may share"), step=1, placeholder=lambda where: message("any number"),
    help=message("Takes that have more notes in a row, in any key, with the music that the style "
"learned from are composed again. Empty: they are only told."),
)  # fmt: skip


def _draw_random_seed(where: Where) -> dict[str, Any]:
    if st.session_state.pop("new_seed", False):
        st.session_state["random_seed"] = new_random_seed()
    st.session_state.setdefault("random_seed", _FIRST_SEED)
    described = _SETTINGS["random_seed"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(say(described.label), 0, MAX_RANDOM_SEED, step=1, key="random_seed",
                                 persist_state="session", help=say(described.help))  # fmt: skip
        st.button(
            say("New"), icon=":material/casino:", key="die", on_click=_roll, help=say("Throw the dice: another number.")
        )
    return {"random_seed": number}


def _roll() -> None:
    st.session_state["random_seed"] = new_random_seed()


def _random_seed_widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
    value = int(_Range(0, MAX_RANDOM_SEED).nearest(request.random_seed))
    return {"random_seed": value}, value == request.random_seed


RANDOM_SEED = Control(message("the random number"), _draw_random_seed, _random_seed_widgets)


# ---------------------------------------------------------------------------------------------------------- choices


def _unset(mode: str, otherwise: str) -> str:
    return otherwise if mode == "invent" else _SEED_DECIDES


def _keys(card: StyleCard) -> list[str]:
    return [key_name(tonic, mode) for mode in card.keys for tonic in _TONICS]


def _choice(
    name: str, words: str, choices: Callable[[StyleCard], list[str]], text: str, *, inventing_only: bool = False
) -> Control:
    """Return the choice of a text or of none; one for inventing alone is shown, and not used, otherwise."""

    def key(where: Where) -> str:
        return f"{name}-{where.card.style_id}-{where.mode}"

    def all_of(where: Where) -> list[str]:
        return [_unset(where.mode, message("As the style likes")), *choices(where.card)]

    def unused(where: Where) -> bool:
        return inventing_only and where.mode != "invent"

    def draw(where: Where) -> dict[str, Any]:
        chosen = st.selectbox(
            say(name.capitalize()),
            all_of(where),
            format_func=say,
            key=key(where),
            persist_state="session",
            disabled=unused(where),
            help=say(text),
        )
        return {name: None if unused(where) or chosen == all_of(where)[0] else chosen}

    def widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
        wanted, known = getattr(request, name), choices(where.card)
        held = wanted is None or (wanted in known and not unused(where))
        return {key(where): wanted if wanted in known else all_of(where)[0]}, held

    return Control(words, draw, widgets)


KEY = _choice("key", message("the key"), _keys, message("The key to compose in. Music in another key is moved there."))
METER = _choice(
    "meter", message("the meter"), lambda card: list(card.meters),
    message("Beats in a bar. Your music brings its own meter, so this is for inventing."), inventing_only=True,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ blend


def _blend_keys(where: Where) -> tuple[str, str]:
    return f"blend_with-{where.card.style_id}", f"blend-{where.card.style_id}"


def _draw_blend(where: Where) -> dict[str, Any]:
    """Draw the other style and its share; nothing where there is no other of the same kind."""
    others = {card.style_id: card.title for card in blends_of(where.card)}
    if not others:
        return {}
    key, share_key = _blend_keys(where)
    other, share = _SETTINGS["blend_with"], _SETTINGS["blend"]
    if st.session_state.get(key, "") not in ("", *others):  # it was deleted
        st.session_state[key] = ""
    chosen = st.selectbox(
        say(other.label), ["", *others], format_func=lambda name: say(others[name]) if name else say("Nothing"),
        key=key, persist_state="session", help=say(other.help),
    )  # fmt: skip
    if not chosen:
        return {}
    st.session_state.setdefault(share_key, 0.5)
    value = st.slider(say(share.label), share.low, share.high, step=share.step, key=share_key, persist_state="session",
                      help=say(share.help))  # fmt: skip
    return {"blend_with": chosen, "blend": value}


def _blend_widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
    key, share_key = _blend_keys(where)
    held = request.blend_with in ("", *(card.style_id for card in blends_of(where.card)))
    values = {key: request.blend_with if held else ""}
    return values | ({share_key: request.blend} if request.blend_with and held else {}), held


BLEND = Control(message("the blend of two styles"), _draw_blend, _blend_widgets)


# ------------------------------------------------------------------------------------------------------------ range


def _draw_range(where: Where) -> dict[str, Any]:
    low, high = st.select_slider(
        say("Range"),
        _PITCHES,
        (_PITCHES[0], _PITCHES[-1]),
        format_func=lambda pitch: say(pitch_name(pitch)),
        key=f"range-{where.card.style_id}",
        persist_state="session",
        help=say("Lowest and highest note allowed, for your voice or instrument. C4 is middle C."),
    )
    return {"low_pitch": None if low == _PITCHES[0] else low, "high_pitch": None if high == _PITCHES[-1] else high}


def _range_widgets(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], bool]:
    reach, wanted = _Range(_PITCHES[0], _PITCHES[-1]), (request.low_pitch, request.high_pitch)
    pair = tuple(
        edge if pitch is None else int(reach.nearest(pitch))
        for pitch, edge in zip(wanted, (reach.low, reach.high), strict=True)
    )
    held = all(pitch is None or reach.low <= pitch <= reach.high for pitch in wanted)
    return {f"range-{where.card.style_id}": pair}, held


RANGE = Control(message("the range"), _draw_range, _range_widgets)

CONTROLS = (
    TEMPERATURE,
    TAKES,
    KEY,
    KEY_LOCK,
    TEMPO,
    METER,
    LONGEST_COPY,
    RANGE,
    TOP_P,
    TOP_K,
    RECALL,
    BLEND,
    RANDOM_SEED,
)
"""All but the length, which is counted in bars or in seconds (`length_panel`)."""


def sliders_of(style_id: str) -> dict[str, str]:
    """Return the names of the settings that a slider moves, by the key of the slider of a style."""
    found = [control.slider for control in CONTROLS if control.slider]
    return {key.format(style=style_id): name for name, key in found}


def widgets_of(where: Where, request: ComposeRequest) -> tuple[dict[str, Any], list[str]]:
    """Return the values of all widgets by key for a request, and the words of what no control holds as asked for."""
    values: dict[str, Any] = {}
    missing = []
    for control in CONTROLS:
        found, held = control.widgets(where, request)
        values |= found
        missing += [] if held else [control.words]
    return values, missing
