"""Steps 2 and 3: the style and how it composes. Widgets in, a ComposeRequest out."""

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from musegen.composers.fitting.length import MAX_NOTES_SHARED, usual_bars
from musegen.composers.modes import FROM_MELODY, KNOWN
from musegen.composers.request import MAX_TAKES, ComposeRequest
from musegen.constants import MAX_QPM, MIN_QPM
from musegen.evaluation.originality import LEAST
from musegen.music.theory import key_name, pitch_name
from musegen.services.seeds.seed import Seed
from musegen.services.styles import StyleCard, abilities_of
from musegen.ui import chart_panel, curve_panel, form_panel, seed_panel, style_options
from musegen.ui.state import MAX_RANDOM_SEED, new_random_seed

MODE_WORDS = {mode.name: mode.label for mode in KNOWN.values()}
_SEED_DECIDES = "As the seed"
_PITCHES = tuple(range(21, 109))
_FIRST_SEED = 7
_CURVE = "compose"
_MOST_BARS = 64
_TONICS = (0, 7, 2, 9, 4, 11, 5, 10, 3, 8, 1, 6)  # C G D A E B F Bb Eb Ab Db F#


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ComposeRequest that the musician chose, by name."""

    values: dict = field(default_factory=dict)
    keep_random_seed: bool = False


def style_panel(cards: list[StyleCard], beside: Callable[[], None] | None = None) -> tuple[StyleCard, str]:
    """Draw the choice of a style and of what it does; return its card and the mode.

    Args:
        cards: the styles.
        beside: draws what stands at the end of the row.
    """
    by_id = {card.style_id: card for card in cards}
    if st.session_state.get("style") not in by_id:
        st.session_state["style"] = "folk" if "folk" in by_id else cards[0].style_id
    with st.container(horizontal=True, vertical_alignment="center", key="step-style"):
        st.subheader("2 Style", anchor=False, width="content")
        style_id = st.segmented_control(
            "Style",
            list(by_id),
            required=True,
            format_func=lambda name: by_id[name].title,
            key="style",
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
            on_change=lambda: st.session_state.__setitem__(seed_panel.STYLE_CHOSEN, True),
            help="What the music should sound like. Each style has learned from a collection of pieces.",
        )
        card = by_id[style_id]
        mode = _mode(card)
        with st.container(key="style-words"):
            st.caption(card.description, help=f"Give it: {card.feed_it[0].lower()}{card.feed_it[1:]}")
        if beside is not None:
            beside()
    return card, mode


def _mode(card: StyleCard) -> str:
    key = f"mode-{card.style_id}"
    if len(abilities_of(card).modes) == 1:
        return abilities_of(card).modes[0]
    if st.session_state.get(key) not in abilities_of(card).modes:
        st.session_state[key] = abilities_of(card).modes[0]
    return st.segmented_control(
        "What it does",
        abilities_of(card).modes,
        required=True,
        format_func=MODE_WORDS.__getitem__,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
        help="Go on from your seed; invent without it; or keep your melody and write the other voices or parts to it.",
    )


def settings_panel(
    card: StyleCard, mode: str, seed_bars: int, chart: dict[str, str] | None = None
) -> tuple[Settings, bool]:
    """Draw the sliders, "More" and Compose; return the settings, and whether Compose was pressed.

    Args:
        card: the style.
        mode: what it does.
        seed_bars: bars of the seed that is used, 0 for none.
        chart: of `chart_panel`, drawn before; None for a style without one.
    """
    style = card.style_id
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="settings")
    st.session_state.setdefault(f"temperature-{style}", float(card.temperature))
    with row:
        temperature = st.slider(
            "3 Temperature: calm to wild",
            0.1,
            2.0,
            step=0.05,
            key=f"temperature-{style}",
            persist_state="session",
            help="Low: the most expected notes, calm and safe. High: surprising turns. "
            f"{card.temperature:g} suits this style.",
        )
        length = _length(card, mode, seed_bars)
    go = row.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="right", width="content", key="go"
    )
    with go:
        st.toggle(
            "Live",
            True,
            key="live",
            persist_state="session",
            help="On: whatever you change is heard at once. Off: nothing is composed until you press Compose.",
        )
        with st.popover(
            "More", icon=":material/tune:", help="Takes, key, tempo, meter, range, form and the finer settings."
        ):
            more, keep = _more(card, mode)
            if abilities_of(card).form:
                more |= form_panel.form_panel(mode)
            more["options"] = style_options.style_options(card) | {k: v for k, v in (chart or {}).items() if v}
            more["temperature_curve"] = curve_panel.curve(_CURVE, temperature)
        pressed = st.button(
            "Compose",
            type="primary",
            icon=":material/music_note:",
            key="compose",
            shortcut="Ctrl+Enter",
            help="Compose with these settings; press again for other takes. Earlier takes stay.",
        )
    return Settings({"temperature": temperature} | length | more, keep), pressed


def live() -> bool:
    """Return whether a change is to be composed at once."""
    return bool(st.session_state.get("live", True))


def _length(card: StyleCard, mode: str, seed_bars: int) -> dict:
    if mode in FROM_MELODY:
        st.slider("Length", 1, 2, 1, key="length-harmonise", disabled=True, format="as long as the melody",
                  help="What is written to a melody is as long as the melody.")  # fmt: skip
        return {"num_bars": None, "seconds": None}
    style, unit = card.style_id, st.session_state.get("length_unit", "bars")
    included = "" if mode == "invent" else ", the seed included"
    if unit == "seconds":
        seconds = st.slider(
            f"Length in seconds{included}",
            5,
            180,
            30,
            5,
            key=f"seconds-{style}",
            persist_state="session",
            format="%d s",
            help=f"How long the piece lasts at its tempo. {abilities_of(card).ending}",
        )
        return {"num_bars": None, "seconds": float(seconds)}
    key = f"bars-{style}"
    if not st.session_state.get(f"{key}-chosen"):  # until it is moved, it leaves room beyond the seed
        usual = usual_bars(max(card.num_bars, 8), 0 if mode == "invent" else seed_bars)
        st.session_state[key] = min(usual, _MOST_BARS)
    bars = st.slider(
        f"Length in bars{included}",
        2,
        _MOST_BARS,
        key=key,
        persist_state="session",
        format="%d bars",
        on_change=lambda: st.session_state.__setitem__(f"{key}-chosen", True),
        help=f"How many bars the piece has. {abilities_of(card).ending} Seconds can be chosen under More.",
    )
    return {"num_bars": bars, "seconds": None}


def _more(card: StyleCard, mode: str) -> tuple[dict, bool]:
    style = card.style_id
    left, right = st.columns(2)
    with left:
        num_takes = st.slider("Takes", 1, MAX_TAKES, 4, key="takes", persist_state="session",
                              help="How many versions to compose at once, to choose from. With top-k 1 there is "
                              "one.")  # fmt: skip
        st.session_state.setdefault("length_unit", "bars")
        st.segmented_control("Length in", ["bars", "seconds"], required=True, key="length_unit",
                             persist_state="session", disabled=mode in FROM_MELODY,
                             help="Whether the length is counted in bars or in seconds.")  # fmt: skip
        key = st.selectbox("Key", _keys(card, mode), key=f"key-{style}-{mode}", persist_state="session",
                           help="The key to compose in. A seed in another key is moved there.")  # fmt: skip
        strength = st.slider("Key lock", 0.0, 1.0, 0.0, 0.05, key=f"lock-{style}", persist_state="session",
                             help="0: the key is only a suggestion. 1: no note leaves its scale; a minor key "
                             "has raised notes only as the seed or its cadences have. The takes say how many notes "
                             "it changed.")  # fmt: skip
        qpm = st.number_input("Tempo (BPM)", MIN_QPM, MAX_QPM, None, 2.0, "%.0f", key=f"tempo-{style}",
                              persist_state="session", placeholder=_unset(mode, f"{card.qpm:.0f}"),
                              help="How fast it is played, in quarter notes a minute. Empty: as your music or the "
                              "style has it.")  # fmt: skip
        copy = st.number_input("Notes in a row it may share", LEAST, MAX_NOTES_SHARED, None, 1, key="longest_copy",
                               persist_state="session", placeholder="any number",
                               help="Takes that have more notes in a row, in any key, with the music that the style "
                               "learned from are composed again. Empty: they are only told.")  # fmt: skip
        meter = st.selectbox("Meter", _meters(card, mode), key=f"meter-{style}-{mode}",
                             persist_state="session", disabled=mode != "invent",
                             help="Beats in a bar. A seed brings its own meter, so this is for inventing.")  # fmt: skip
    with right:
        low, high = st.select_slider("Range", _PITCHES, (_PITCHES[0], _PITCHES[-1]), format_func=pitch_name,
                                     key=f"range-{style}", persist_state="session",
                                     help="Lowest and highest note allowed, for your voice or instrument. "
                                     "C4 is middle C.")  # fmt: skip
        top_p = st.slider("Likely notes only (top-p)", 0.1, 1.0, float(card.sampling.get("top_p", 0.95)), 0.01,
                          key=f"top_p-{style}", persist_state="session",
                          help="Below 1, the least likely notes are left out. Lower is safer, 1 leaves out "
                          "nothing.")  # fmt: skip
        top_k = st.slider("Choices at each note (top-k)", 0, 50, int(card.sampling.get("top_k", 0)),
                          key=f"top_k-{style}", persist_state="session",
                          help="How many of the likeliest notes there are to choose from; 0 for all.")  # fmt: skip
        if top_k == 1:
            st.caption("Always the likeliest note: there is one such take, and composing again gives the same.")
        random_seed = _random_seed()
        keep = st.checkbox("Keep this number", key="keep_seed", persist_state="session",
                           help="Compose then gives the same takes for the same settings, every time.")  # fmt: skip
    values = {
        "num_takes": 1 if top_k == 1 else num_takes,
        "key": None if key in (_SEED_DECIDES, "As the style likes") else key,
        "key_strength": strength,
        "qpm": qpm,
        "longest_copy": copy or 0,
        "meter": meter if mode == "invent" and meter in card.meters else None,
        "low_pitch": None if low == _PITCHES[0] else low,
        "high_pitch": None if high == _PITCHES[-1] else high,
        "top_p": top_p,
        "top_k": top_k,
        "random_seed": random_seed,
    }
    return values, keep


def _random_seed() -> int:
    if st.session_state.pop("new_seed", False):
        st.session_state["random_seed"] = new_random_seed()
    st.session_state.setdefault("random_seed", _FIRST_SEED)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Random seed", 0, MAX_RANDOM_SEED, step=1, key="random_seed", persist_state="session",
                                 help="The number that chance starts from: the same number and settings give the "
                                 "same takes.")  # fmt: skip
        st.button("New", icon=":material/casino:", key="die", on_click=_roll, help="Throw the dice: another number.")
    return number


def _roll() -> None:
    st.session_state["random_seed"] = new_random_seed()


def _unset(mode: str, otherwise: str) -> str:
    return otherwise if mode == "invent" else _SEED_DECIDES


def _keys(card: StyleCard, mode: str) -> list[str]:
    return [_unset(mode, "As the style likes"), *(key_name(tonic, m) for m in card.keys for tonic in _TONICS)]


def _meters(card: StyleCard, mode: str) -> list[str]:
    return [_unset(mode, "As the style likes"), *card.meters]


def build_request(card: StyleCard, mode: str, seed: Seed | None, settings: Settings) -> ComposeRequest | None:
    """Return the request of all that was chosen; None where a seed is needed and there is none."""
    if seed is None and mode != "invent":
        return None
    primer = None if mode == "invent" else seed.piece
    return ComposeRequest(style_id=card.style_id, mode=mode, primer=primer, **settings.values)


def set_controls(request: ComposeRequest, card: StyleCard) -> tuple[str, ...]:
    """Set the controls to what makes `build_request` return this request, its seed aside; before they are drawn.

    Returns:
        what no control holds as it is asked for: "the range", ...; empty where the request comes back.
    """
    style, mode = request.style_id, request.mode
    missing = []

    def within(words: str, value: float, low: float, high: float) -> float:
        if not low <= value <= high:
            missing.append(words)
        return min(max(value, low), high)

    def one_of(words: str, value: str | None, choices: list[str]) -> str:
        if value is not None and value not in choices:
            missing.append(words)
        return value if value in choices else choices[0]

    values = {
        "style": style,
        f"mode-{style}": mode,
        f"temperature-{style}": within("the temperature", request.temperature, 0.1, 2.0),
        "takes": int(within("the number of takes", request.num_takes, 1, MAX_TAKES)),
        f"key-{style}-{mode}": one_of("the key", request.key, _keys(card, mode)),
        f"lock-{style}": within("the key lock", request.key_strength, 0.0, 1.0),
        f"tempo-{style}": None if request.qpm is None else within("the tempo", request.qpm, MIN_QPM, MAX_QPM),
        f"meter-{style}-{mode}": one_of("the meter", request.meter, _meters(card, mode)),
        "longest_copy": int(within("the notes it may share", request.longest_copy, LEAST, MAX_NOTES_SHARED))
        if request.longest_copy
        else None,
        f"range-{style}": tuple(
            edge if pitch is None else int(within("the range", pitch, _PITCHES[0], _PITCHES[-1]))
            for pitch, edge in ((request.low_pitch, _PITCHES[0]), (request.high_pitch, _PITCHES[-1]))
        ),
        f"top_p-{style}": within("top-p", request.top_p, 0.1, 1.0),
        f"top_k-{style}": int(within("top-k", request.top_k, 0, 50)),
        "random_seed": int(within("the random seed", request.random_seed, 0, MAX_RANDOM_SEED)),
    }
    if request.seconds is not None and mode not in FROM_MELODY:
        values |= {"length_unit": "seconds", f"seconds-{style}": int(within("the length", request.seconds, 5, 180))}
        if values[f"seconds-{style}"] != request.seconds:
            missing.append("the length")
    elif mode not in FROM_MELODY:
        bars = int(within("the length", request.num_bars or card.num_bars, 2, _MOST_BARS))
        values |= {"length_unit": "bars", f"bars-{style}": bars, f"bars-{style}-chosen": True}
    values |= form_panel.form_values(request.form, request.form_variation)
    values |= chart_panel.chart_values(request.options.get("chart", "")) | style_options.style_option_values(
        request, card
    )
    for name, value in values.items():
        st.session_state[name] = value
    curve_panel.set_curve(_CURVE, request.temperature_curve)
    missing += ["the meter"] * (request.meter is not None and mode != "invent")
    missing += ["the variation of the form"] * (round(100 * request.form_variation) / 100 != request.form_variation)
    return tuple(dict.fromkeys(missing))


def ask_for_other_takes(keep: bool) -> bool:
    """Prepare a new random seed for the next run, unless the number is to be kept; return whether there is one."""
    if not keep:
        st.session_state["new_seed"] = True
    return not keep
