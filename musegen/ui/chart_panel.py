"""The chart that a style plays over: typed, filled from a common form, or guessed from the seed; shown bar by bar.

chart_panel, chart_values, grid_html. What was typed stays as it is, through errors and pages.
"""

import html
import re
import zlib
from functools import lru_cache

import streamlit as st

from musegen.errors import ChartError, MusegenError
from musegen.harmony.chart_guess import SeedChart, chart_of_seed
from musegen.languages import NoteName, message
from musegen.languages.note_names import chords_as_named, chords_in_letters, named_chord
from musegen.music import Piece
from musegen.music.chart import Chart, parse_chart
from musegen.music.common_forms import COMMON_FORMS, common_form
from musegen.music.theory import key_name
from musegen.services.styles import StyleCard, abilities_of, options_of
from musegen.ui.language import say, spoken
from musegen.ui.messages import plain
from musegen.ui.state import session

FIRST_FORM, FIRST_TONIC = "jazz-blues", 5
_TEXT, _FORM, _TONIC = "chart-text", "chart-form", "chart-tonic"
_FILLED, _BEFORE, _GOOD, _SAID, _HOME = "chart-filled", "chart-before", "chart-good", "chart-said", "chart-home"
_OWN, _OF = "chart-own", "chart-of"
_FIRST_OWN = "C | Am | F | G"
"""What stands there where choosing the chords is turned on and there is no music to guess from."""
_HELP = message(
    "A bar line | between bars, or a new line. Two chords in a bar share it: Dm7 G7 | "
    "Cmaj7. A stroke is one more beat of the chord before it: Cm7 / / F7. % is the bar "
    "before again. |: and :| repeat, with endings [1 and [2, or x3. A: begins a section, "
    "meter: 3/4 at the top sets the meter, N.C. is no chord."
)


def chart_panel(card: StyleCard, seed: Piece | None, mode: str = "") -> dict[str, str]:
    """Draw the chart of a style that plays over one; return `chart` as the options of a request have it.

    Where what is typed cannot be read, the chart before goes on being played over.

    Args:
        card: the style; for one that takes no chart nothing is drawn and nothing returned.
        seed: the music that the chords may be guessed from, None for none.
        mode: what the style does; inventing, it has no seed.
    """
    if "chart" not in options_of(card):
        return {}
    manner = _manner(card)
    if abilities_of(card).own_chords:
        with st.container(key="step-own-chart"):
            own = st.toggle(say("Choose the chords"), key=_OWN, persist_state="session", on_change=_begin_own,
                            args=(seed, manner), help=say("Off: the chords are up to the style. On: those that you "
"type, or that are guessed from your music and corrected by you, are followed."))  # fmt: skip
            if not own:
                if seed is not None and mode != "invent":
                    _show_guess(seed, manner)
                return {}
        if seed is not None and mode != "invent":
            _follow_seed(seed, manner)
    if _TEXT not in st.session_state:
        _fill_form(FIRST_FORM, FIRST_TONIC)
        st.session_state.pop(_BEFORE, None)
    with st.container(key="step-chart"):
        st.subheader(say("Chords"), anchor=False, width="content")
        chart = _read(st.session_state[_TEXT])
        _draw_choices(chart if isinstance(chart, Chart) else None, seed, manner)
        typed, shown = st.columns([2, 3], gap="medium")
        with typed:
            st.text_area(say("Chords, bar by bar"), key=_TEXT, height=150, persist_state="session", help=say(_HELP),
                         placeholder="Dm7 | G7 | Cmaj7 | %")  # fmt: skip
            st.caption(say("For example Dm7 G7 | Cmaj7 | %. Ctrl+Enter takes it over."), help=say(_HELP))
            if isinstance(chart, ChartError):
                _say_error(chart)
            elif said := st.session_state.get(_SAID):
                st.caption(plain(said))
        if isinstance(chart, Chart):
            st.session_state[_GOOD] = st.session_state[_TEXT]
        with shown:
            good = chart if isinstance(chart, Chart) else _read(st.session_state.get(_GOOD, ""))
            if isinstance(good, Chart):
                st.html(grid_html(good))
                st.caption(_about(good))
    return {"chart": _in_letters(st.session_state.get(_GOOD, ""))}


def chart_bars(card: StyleCard) -> int:
    """Return the bars of the chart that is played over, 1 for a style that takes none or before there is one."""
    played = "chart" in options_of(card) and (not abilities_of(card).own_chords or st.session_state.get(_OWN))
    chart = _read(st.session_state.get(_GOOD, "")) if played else None
    return chart.num_bars if isinstance(chart, Chart) else 1


def chart_values(chart: str) -> dict[str, str | bool]:
    """Return the values of the session, by key, that make `chart_panel` return this chart; none for no chart."""
    own: dict[str, str | bool] = {_OWN: bool(chart.strip())}
    return {_TEXT: chart, _GOOD: chart, _SAID: "", **own} if chart.strip() else own


def title_of(text: str) -> str:
    """Return the title that a musician gave a chart, "" for none: that of a form is not theirs."""
    chart = _read(text) if text.strip() else None
    forms = {form.title for form in COMMON_FORMS.values()}
    return chart.title if isinstance(chart, Chart) and not any(chart.title.startswith(form) for form in forms) else ""


def _in_letters(text: str) -> str:
    """Return chords with the letters of jazz, where they are typed with German H and B."""
    return chords_in_letters(text, spoken().names) if spoken().chords else text


def _named(text: str) -> str:
    """Return a chord symbol as it is written where the musician is."""
    return named_chord(text, spoken().names) if spoken().chords else text


def _read(text: str) -> Chart | ChartError:
    try:
        return parse_chart(_in_letters(text))
    except ChartError as error:
        return error


# --------------------------------------------------------------------------------------------------- filling it in


def _draw_choices(chart: Chart | None, seed: Piece | None, manner: str) -> None:
    """Draw what fills the chart in: a form, another key, the seed's melody, the chart before."""
    if st.session_state.get(_FILLED) != st.session_state[_TEXT]:
        st.session_state[_FORM] = None  # it has been changed by hand since
    form_id = st.session_state.get(_FORM)
    tonic, mode = chart.key if chart else (None, "major")
    if form_id is not None:  # its key is known, where chords alone may leave it open
        tonic, mode = st.session_state[_HOME], COMMON_FORMS[form_id].mode
    st.session_state[_TONIC] = tonic
    with st.container(horizontal=True, vertical_alignment="bottom", key="chart-choices"):
        st.selectbox(
            say("A common form"),
            list(COMMON_FORMS),
            index=None,
            key=_FORM,
            on_change=_take_form,
            format_func=lambda name: say(COMMON_FORMS[name].title),
            placeholder=say("Choose one"),
            help=say("Fills in the chords of a form that everybody plays over, in the key beside it."),
        )
        st.selectbox(say("In the key of"), range(12), index=None, key=_TONIC, on_change=_take_tonic,
                     format_func=lambda tonic: _tonic_name(tonic, mode), disabled=chart is None,
                     help=say("Moves all chords to another key. The key is worked out from the chords."))  # fmt: skip
        st.button(say("Guess from your music"), icon=":material/hearing:", key="chart-guess", disabled=seed is None,
                  on_click=_take_guess, args=(seed, manner),
                  help=say("Takes the chords that stand in your music, or guesses some from its melody, to be "
"corrected."))  # fmt: skip
        take = _take_shown()
        st.button(say("From the take"), icon=":material/library_music:", key="chart-take", disabled=take is None,
                  on_click=_take_guess, args=(take, manner, True),
                  help=say("Takes the chords of the take that is shown, to be corrected and composed over "
"again."))  # fmt: skip
        before = st.session_state.get(_BEFORE)
        if before and before != st.session_state[_TEXT]:
            st.button(say("Chords before"), icon=":material/undo:", key="chart-back", on_click=_take_back,
                      help=say("Brings back what stood here before it was filled in."))  # fmt: skip


def _tonic_name(tonic: int, mode: str) -> str:
    name = key_name(tonic, mode).partition(" ")[0]
    if spoken().names == "english":
        return name.replace("#", "♯").replace("b", "♭")
    return say(NoteName(name))


def _fill(chart: Chart, form_id: str | None = None, said: str = "") -> None:
    """Write a chart into the text; what stood there can be brought back."""
    st.session_state[_BEFORE] = st.session_state.get(_TEXT, "")
    text = chart.to_text()
    text = chords_as_named(text, spoken().names) if spoken().chords else text
    st.session_state[_TEXT] = st.session_state[_FILLED] = text
    st.session_state[_FORM], st.session_state[_SAID] = form_id, said


def _fill_form(form_id: str, tonic: int) -> None:
    st.session_state[_HOME] = tonic
    _fill(common_form(form_id, tonic), form_id)


def _take_form() -> None:
    form_id, tonic = st.session_state[_FORM], st.session_state.get(_TONIC)
    if form_id is not None:
        _fill_form(form_id, FIRST_TONIC if tonic is None else tonic)


def _take_tonic() -> None:
    chart, tonic = _read(st.session_state[_TEXT]), st.session_state[_TONIC]
    if not isinstance(chart, Chart) or tonic is None:
        return
    form_id = st.session_state.get(_FORM)
    if form_id:
        _fill_form(form_id, tonic)
    else:
        _fill(chart.transposed((tonic - chart.key[0]) % 12))


def _take_guess(music: Piece, manner: str, of_take: bool = False) -> None:
    try:
        found = _guessed(music, manner)
    except MusegenError as error:
        st.session_state[_SAID] = str(error)
        return
    _fill(found.chart, said=found.words)
    st.session_state[_OF] = "" if of_take else _mark(music)


def _mark(music: Piece) -> str:
    """Return what tells one piece of music from another, short enough to be kept."""
    notes = [(n.onset_quarter, n.pitch, n.duration_quarter) for track in music.tracks for n in track.notes]
    return f"{zlib.crc32(repr(notes).encode()):08x}"


def _follow_seed(seed: Piece, manner: str) -> None:
    """Guess anew where the chords are the untouched guess of music that was there before."""
    of, text = st.session_state.get(_OF), st.session_state.get(_TEXT)
    if of and of != _mark(seed) and st.session_state.get(_FILLED) == text:
        _take_guess(seed, manner)


def _manner(card: StyleCard) -> str:
    """Return how the chords of a style are printed where they are guessed, "" for as is usual."""
    can = abilities_of(card)
    return "" if not can.own_chords else "popular" if can.chord_chart else "songbook"


def _begin_own(seed: Piece | None, manner: str) -> None:
    """Have the chords of the seed to correct when choosing them is turned on, unless some were typed before."""
    text = st.session_state.get(_TEXT)
    if not st.session_state.get(_OWN) or (text and not st.session_state.get(_FORM) and text != _FIRST_OWN):
        return
    _fill(parse_chart(_FIRST_OWN))
    if seed is not None:
        _take_guess(seed, manner)
    st.session_state.pop(_BEFORE, None)


def _show_guess(seed: Piece, manner: str) -> None:
    """Show the chords that stand in the seed or are guessed from it."""
    try:
        found = _guessed(seed, manner)
    except MusegenError as error:
        st.caption(plain(str(error)))
        return
    st.html(grid_html(found.chart))
    if found.written:
        st.caption(say("These chords stand in your music. Turn the switch on to correct them."))
    else:
        st.caption(say("These chords are guessed from your music. Turn the switch on to correct them and to have them "
"followed."))  # fmt: skip


@lru_cache(maxsize=16)
def _guessed(music: Piece, manner: str) -> SeedChart:
    return chart_of_seed(music, manner=manner) if manner else chart_of_seed(music)


def _take_shown() -> Piece | None:
    """Return the take that is shown, None where there is none."""
    batch = session().batch
    if batch is None or not 0 <= batch.chosen < len(batch.result.takes):
        return None
    return batch.result.takes[batch.chosen].piece


def _take_back() -> None:
    before, now = st.session_state[_BEFORE], st.session_state[_TEXT]
    st.session_state.update({_TEXT: before, _BEFORE: now, _FORM: None, _SAID: ""})


def _say_error(error: ChartError) -> None:
    """Say what cannot be read, and offer to write what was meant perhaps."""
    st.error(plain(str(error)))
    if error.meant:
        st.button(
            say("Write {meant} there", meant=plain(error.meant)),
            key="chart-meant",
            icon=":material/edit:",
            on_click=_write_meant,
            args=(error.position, error.token, error.meant),
            help=say("Puts the suggestion into the chart."),
        )
    if st.session_state.get(_GOOD):
        st.caption(say("Until then the chords shown here are played."))


def _write_meant(position: int, token: str, meant: str) -> None:
    text = st.session_state[_TEXT]
    if text[position:].startswith(token):
        st.session_state[_TEXT] = text[:position] + meant + text[position + len(token) :]


# ------------------------------------------------------------------------------------------------------ showing it


def _about(chart: Chart) -> str:
    said = say(
        "{bars:# bar|# bars} of {meter} in {key}, played round and round.",
        bars=chart.num_bars,
        meter=f"{chart.meter[0]}/{chart.meter[1]}",
        key=key_name(*chart.key),
    )
    return plain(said)


def grid_html(chart: Chart) -> str:
    """Return a chart as HTML: four bars a row, chords where they stand in their bar, section letters before the row."""
    begins = dict(chart.sections)
    rows: list[str] = []
    cells: list[str] = []
    label = ""
    for index in range(chart.num_bars):
        if cells and (index in begins or len(cells) == 4):
            rows.append(_row(label, cells))
            cells, label = [], ""
        label = begins.get(index, label)
        same = bool(index) and chart.bars[index] == chart.bars[index - 1] and bool(cells)
        cells.append(_cell(chart, index, same))
    rows.append(_row(label, cells))
    bars = ", ".join(chart.bar_text(i) for i in range(chart.num_bars))
    words = say("{count:# bar|# bars}: {bars}", count=chart.num_bars, bars=bars)
    return f'<div class="chart-grid" role="img" aria-label="{html.escape(words, quote=True)}">{"".join(rows)}</div>'


def _row(label: str, cells: list[str]) -> str:
    return f'<div class="chart-row"><b>{html.escape(label)}</b>{"".join(cells)}</div>'


def _cell(chart: Chart, index: int, same: bool) -> str:
    if same:
        return '<div class="chart-bar"><i>%</i></div>'
    bar = chart.bars[index]
    ends = [onset for onset, _ in bar[1:]] + [chart.bar_quarters]
    columns = " ".join(f"{end - onset:g}fr" for (onset, _), end in zip(bar, ends, strict=True))
    chords = "".join(f"<span>{_pretty(_named(chord.text))}</span>" for _, chord in bar)
    small = " chart-small" if len(bar) > 2 else ""
    return f'<div class="chart-bar{small}" style="grid-template-columns:{columns}">{chords}</div>'


def _pretty(text: str) -> str:
    """Return a chord symbol with real accidentals, what stands behind its root smaller."""
    match = re.fullmatch(r"([A-H][b#]?)(.*?)(?:/([A-H][b#]?))?", text)
    if match is None:
        return html.escape(text)
    root, suffix, bass = match.groups()
    signs = str.maketrans({"b": "♭", "#": "♯"})
    suffix = re.sub(r"b(?=\d)", "♭", suffix).replace("#", "♯")
    below = f"/{bass.translate(signs)}" if bass else ""
    root = root[0] + root[1:].translate(signs)
    return f"{root}<small>{html.escape(suffix)}</small>{below}"
