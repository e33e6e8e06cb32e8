"""Steps 2 and 3: the style and how it composes. Widgets in, a ComposeRequest out."""

from collections.abc import Collection
from dataclasses import dataclass, field

import streamlit as st

from musegen.composers.fitting.length import usual_bars
from musegen.composers.modes import FROM_MELODY, KNOWN
from musegen.composers.request import ComposeRequest
from musegen.languages import message, msgid
from musegen.services.seeds.seed import Seed, list_examples
from musegen.services.styles import StyleCard, abilities_of, options_of
from musegen.ui import chart_panel, curve_panel, form_panel, seed_panel, shared_controls, style_options
from musegen.ui.language import say
from musegen.ui.state import session

MODE_WORDS = {mode.name: mode.label for mode in KNOWN.values()}
_CURVE = "compose"
_FEWEST_BARS, _MOST_BARS = 2, 64
_SECONDS = (5, 180)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ComposeRequest that the musician chose, by name."""

    values: dict = field(default_factory=dict)


def style_panel(cards: list[StyleCard], fixed: tuple[str, str] | None = None) -> tuple[StyleCard, str]:
    """Draw the choice of a style and of what it does; return its card and the mode.

    Args:
        cards: the styles.
        fixed: id of the style and mode where these may not be chosen.
    """
    by_id = {card.style_id: card for card in cards}
    if fixed is not None and fixed[0] in by_id:
        return _fixed_style(by_id[fixed[0]], fixed[1])
    if st.session_state.get("style") not in by_id:
        first = list_examples()[0].styles[0]  # the style that the first music of all suits best
        st.session_state["style"] = first if first in by_id else cards[0].style_id
    with st.container(horizontal=True, vertical_alignment="center", key="step-style"):
        st.subheader(say("2 Style"), anchor=False, width="content")
        style_id = st.segmented_control(
            say("Style"),
            list(by_id),
            required=True,
            format_func=lambda name: say(by_id[name].title),
            key="style",
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
            on_change=lambda: st.session_state.__setitem__(seed_panel.STYLE_CHOSEN, True),
            help=say("What the music should sound like. Each style has learned from a collection of pieces."),
        )
        card = by_id[style_id or st.session_state["style"]]
        mode = _mode(card)
        with st.container(key="style-words"):
            st.caption(
                say(card.description),
                help=say("Give it: {what}", what=message(f"{card.feed_it[0].lower()}{card.feed_it[1:]}")),
            )
    return card, mode


def _fixed_style(card: StyleCard, mode: str) -> tuple[StyleCard, str]:
    st.session_state["style"], st.session_state[f"mode-{card.style_id}"] = card.style_id, mode
    with st.container(horizontal=True, vertical_alignment="center", key="step-style"):
        st.subheader(say("2 Style"), anchor=False, width="content")
        st.markdown(f"**{say(card.title)}**: {say(MODE_WORDS[mode])}", width="content")
        with st.container(key="style-words"):
            st.caption(say(card.description))
    return card, mode


def _mode(card: StyleCard) -> str:
    key = f"mode-{card.style_id}"
    if len(abilities_of(card).modes) == 1:
        return abilities_of(card).modes[0]
    if st.session_state.get(key) not in abilities_of(card).modes:
        st.session_state[key] = abilities_of(card).modes[0]
    mode = st.segmented_control(
        say("What it does"),
        abilities_of(card).modes,
        required=True,
        format_func=lambda name: say(MODE_WORDS[name]),
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
        help=say(
            "Go on from your music; invent without it; or keep your melody and write the other voices or parts to it."
        ),
    )
    return mode or abilities_of(card).modes[0]


def settings_panel(
    card: StyleCard,
    mode: str,
    seed_bars: int,
    chart: dict[str, str] | None = None,
    held: Collection[str] = (),
) -> tuple[Settings, bool]:
    """Draw the sliders, "More" and Compose; return the settings, and whether Compose was pressed.

    Args:
        card: the style.
        mode: what it does.
        seed_bars: bars of the seed that is used, 0 for none.
        chart: of `chart_panel`, drawn before; None for a style without one.
        held: "sliders", "more" where these may not be changed; what is not drawn is as `ComposeRequest` has it.
    """
    where = shared_controls.Where(card, mode, "sliders" in held)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="settings")
    with row:
        temperature = shared_controls.TEMPERATURE.draw(where)
        length = _length(card, mode, seed_bars, "sliders" in held)
    go = row.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="right", width="content", key="go"
    )
    with go:
        st.toggle(
            say("Live"),
            True,
            key="live",
            persist_state="session",
            help=say("On: whatever you change is heard at once. Off: nothing is composed until you press Compose."),
        )
        with st.popover(
            say("More"),
            icon=":material/tune:",
            help=say("Takes, key, tempo, meter, range, form and the finer settings."),
        ):
            if "more" in held:
                more = _random_seed(where)
            else:
                more = _more(where)
                if abilities_of(card).form:
                    more |= form_panel.form_panel(mode)
                more["options"] = style_options.style_options(card) | {k: v for k, v in (chart or {}).items() if v}
                more["temperature_curve"] = curve_panel.curve(_CURVE, temperature["temperature"])
        pressed = st.button(
            say("Compose"),
            type="primary",
            icon=":material/music_note:",
            key="compose",
            shortcut="Ctrl+Enter",
            on_click=_press,
            help=say("Compose with these settings; press again for other takes. Earlier takes stay."),
        )
    return Settings(temperature | length | more), pressed


def live() -> bool:
    """Return whether a change is to be composed at once."""
    return bool(st.session_state.get("live", True))


def _length(card: StyleCard, mode: str, seed_bars: int, held: bool) -> dict:
    if mode in FROM_MELODY:
        st.slider(say("Length"), 1, 2, 1, key="length-harmonise", disabled=True, format=say("as long as the melody"),
                  help=say("What is written to a melody is as long as the melody."))  # fmt: skip
        return {"num_bars": None, "seconds": None}
    style, unit = card.style_id, st.session_state.get("length_unit", "bars")
    if unit == "seconds":
        seconds = st.slider(
            say("Length in seconds") if mode == "invent" else say("Length in seconds, your music included"),
            *_SECONDS,
            30,
            5,
            key=f"seconds-{style}",
            persist_state="session",
            format="%d s",
            disabled=held,
            help=say("How long the piece lasts at its tempo. {ending}", ending=message(abilities_of(card).ending)),
        )
        return {"num_bars": None, "seconds": float(seconds)}
    key = f"bars-{style}"
    if not st.session_state.get(f"{key}-chosen"):  # until it is moved, it leaves room beyond the seed
        usual = usual_bars(max(card.num_bars, 8), 0 if mode == "invent" else seed_bars)
        form = chart_panel.chart_bars(card)  # a piece over chords has whole choruses
        usual = -(-usual // form) * form if form <= _MOST_BARS else usual
        st.session_state[key] = min(usual, _MOST_BARS)
    bars = st.slider(
        say("Length in bars") if mode == "invent" else say("Length in bars, your music included"),
        _FEWEST_BARS,
        _MOST_BARS,
        key=key,
        persist_state="session",
        format=say("%d bars"),
        disabled=held,
        on_change=lambda: st.session_state.__setitem__(f"{key}-chosen", True),
        help=say(
            "How many bars the piece has. {ending} Seconds can be chosen under More.",
            ending=message(abilities_of(card).ending),
        ),
    )
    return {"num_bars": bars, "seconds": None}


def _more(where: shared_controls.Where) -> dict:
    values: dict = {}
    left, right = st.columns(2)
    with left:
        values |= shared_controls.TAKES.draw(where)
        st.session_state.setdefault("length_unit", "bars")
        st.segmented_control(
            say("Length in"),
            [msgid("bars"), msgid("seconds")],
            required=True,
            key="length_unit",
            format_func=say,
            persist_state="session",
            disabled=where.mode in FROM_MELODY,
            help=say("Whether the length is counted in bars or in seconds."),
        )
        for control in (shared_controls.KEY, shared_controls.KEY_LOCK, shared_controls.TEMPO,
                        shared_controls.LONGEST_COPY, shared_controls.METER):  # fmt: skip
            values |= control.draw(where)
    with right:
        taken_up = (shared_controls.RECALL,) if where.card.recalls else ()
        for control in (shared_controls.RANGE, shared_controls.TOP_P, shared_controls.TOP_K, *taken_up):
            values |= control.draw(where)
        values |= shared_controls.BLEND.draw(where)
        if values["top_k"] == 1:
            st.caption(say("Always the likeliest note: there is one such take, and composing again gives the same."))
            values["num_takes"] = 1
        values |= _random_seed(where)
    return values


def _random_seed(where: shared_controls.Where) -> dict:
    values = shared_controls.RANDOM_SEED.draw(where)
    st.checkbox(
        say("Keep this number"),
        key="keep_seed",
        persist_state="session",
        help=say("Compose then gives the same takes for the same settings, every time."),
    )
    return values


def build_request(card: StyleCard, mode: str, seed: Seed | None, settings: Settings) -> ComposeRequest | None:
    """Return the request of all that was chosen; None where a seed is needed and there is none."""
    if seed is None and mode != "invent":
        return None
    primer = None if mode == "invent" or seed is None else seed.piece
    return ComposeRequest(style_id=card.style_id, mode=mode, primer=primer, **settings.values)


def set_controls(request: ComposeRequest, card: StyleCard) -> tuple[str, ...]:
    """Set the controls to what makes `build_request` return this request, its seed aside; before they are drawn.

    Returns:
        what no control holds as it is asked for: "the range", ...; empty where the request comes back.
    """
    style, mode = request.style_id, request.mode
    values, missing = shared_controls.widgets_of(shared_controls.Where(card, mode), request)
    values |= {"style": style, f"mode-{style}": mode}
    if request.seconds is not None and mode not in FROM_MELODY:
        values |= {
            "length_unit": "seconds",
            f"seconds-{style}": int(min(max(request.seconds, _SECONDS[0]), _SECONDS[1])),
        }
        if values[f"seconds-{style}"] != request.seconds:
            missing.append(message("the length"))
    elif mode not in FROM_MELODY:
        asked = request.num_bars or card.num_bars
        bars = min(max(asked, _FEWEST_BARS), _MOST_BARS)
        missing += [message("the length")] * (bars != asked)
        values |= {"length_unit": "bars", f"bars-{style}": bars, f"bars-{style}-chosen": True}
    values |= form_panel.form_values(request.form, request.form_variation)
    values |= chart_panel.chart_values(request.options.get("chart", "")) | style_options.style_option_values(
        request, card
    )
    for name, value in values.items():
        st.session_state[name] = value
    curve_panel.set_curve(_CURVE, request.temperature_curve)
    missing += [message("the open chart")] * (
        "chart" in options_of(card)
        and not abilities_of(card).own_chords
        and not request.options.get("chart", "").strip()
    )
    missing += [message("the variation of the form")] * (
        round(100 * request.form_variation) / 100 != request.form_variation
    )
    return tuple(dict.fromkeys(missing))


def _press() -> None:
    """Have other takes of what stands on the page, where it is composed already, unless the number is to be kept.

    Before the page is drawn, so that it need not be drawn twice.
    """
    state, kept = session(), st.session_state
    if state.standing is None or state.standing != state.requested or state.job or kept.get("keep_seed"):
        return
    if kept.get("random_seed") == state.standing.random_seed:  # else it was typed in this very moment
        kept["new_seed"] = True
