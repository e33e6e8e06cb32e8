"""The Benchmark page: the polyphonic benchmark as a table, as charts, and to hear."""

import streamlit as st

from musegen.corpora.poly_benchmark import ROLLS
from musegen.errors import MusegenError
from musegen.evaluation.polyphony.systems import FAMILIES, FLOOR, OURS, PUBLISHED, SYSTEMS
from musegen.evaluation.polyphony.table import Row
from musegen.languages import message
from musegen.music import Piece
from musegen.rendering import judging_charts as charts
from musegen.rendering.piano_roll import PIANO_ROLL_CONFIG, piano_roll
from musegen.services.judging.polyphony import chart_of, files_of_tables, given_of, kept_samples, kept_tables
from musegen.services.showing.downloads import wav
from musegen.ui.language import say
from musegen.ui.messages import plain

KINDS = {
    FLOOR: message("floor: no memory"),
    OURS: message("ours"),
    PUBLISHED: message("published"),
}


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Benchmark"))
    st.caption(say("How well networks foresee the next chord of music they never saw, on the four sets of piano "
"rolls that papers use. A figure is nats a time step: the fewer, the less surprised. Three ways of writing a chord "
"cannot be compared with each other and stand apart."))  # fmt: skip
    try:
        tables = kept_tables()
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    if not tables:
        st.info(say("Nothing was measured yet: run {command}.", command="`python -m musegen benchmark polyphony`"))
        return
    dataset = st.segmented_control(
        say("Music"),
        list(tables),
        format_func=lambda name: ROLLS[name].title,
        default=next(iter(tables)),
        required=True,
        key="benchmark-dataset",
        persist_state="session",
    )
    rows = tables[dataset]
    for family, words in FAMILIES.items():
        if any(row.family == family for row in rows):
            _family(dataset, rows, family, say(words))
    files = files_of_tables(tables)
    with st.container(horizontal=True):
        for name, kind in (("polyphony.md", "text/markdown"), ("polyphony.csv", "text/csv")):
            st.download_button(name, files[name], name, kind, on_click="ignore", icon=":material/download:",
                               key=f"benchmark-{name}")  # fmt: skip
    _hear(dataset, rows)


def _family(dataset: str, rows: list[Row], family: str, words: str) -> None:
    st.markdown(f"### {words[:1].upper()}{words[1:]}")
    kinds = {kind: say(title) for kind, title in KINDS.items()}
    figure = chart_of(rows, family, kinds, say("nats a time step, test pieces"))
    name = f"benchmark-{dataset}-{family}"
    st.plotly_chart(figure, key=name, config=charts.picture_config(name, "png"), alt=words)
    with st.expander(say("The figures, sources and doubts"), key=f"{name}-table"):
        st.dataframe([_line(row, kinds) for row in rows if row.family == family], hide_index=True,
                     key=f"{name}-figures")  # fmt: skip


def _line(row: Row, kinds: dict[str, str]) -> dict[str, object]:
    return {
        say("Model"): say(row.title),
        say("Kind"): kinds[row.kind],
        say("Test"): round(row.test, 3),
        say("Validation"): None if row.valid is None else round(row.valid, 3),
        say("Standard error"): row.spread,
        say("Seeds"): row.seeds or None,
        say("Weights"): row.num_weights,
        say("Minutes to learn"): None if row.cpu_seconds is None else round(row.cpu_seconds / 60, 1),
        say("Source"): row.source,
        say("Doubts"): "; ".join(say(words) for words in row.doubts),
    }


def _hear(dataset: str, rows: list[Row]) -> None:
    """Draw what each model makes of the same opening."""
    samples = kept_samples(dataset)
    if not samples:
        return
    st.markdown(say("### What these figures sound like"))
    st.caption(say("Each model goes on from the same opening, one draw and no choice among several. "
"Notes that sound on cannot be told from notes struck again in these piano rolls."))  # fmt: skip
    tests = {row.title: row.test for row in rows if row.kind != PUBLISHED}  # a published one may be called alike
    names = sorted(samples, key=lambda name: -tests.get(SYSTEMS[name].title, 0.0))
    chosen = st.selectbox(
        say("Model"),
        names,
        index=len(names) - 1,
        format_func=lambda name: _named(name, tests),
        key="benchmark-sample",
        persist_state="session",
    )
    if chosen in samples:
        _play(samples[chosen], dataset, chosen)


def _named(name: str, tests: dict[str, float]) -> str:
    title = SYSTEMS[name].title
    return f"{say(title)}: {tests[title]:.2f}" if title in tests else say(title)


def _play(piece: Piece, dataset: str, name: str) -> None:
    try:
        st.audio(wav(piece), "audio/wav")
    except MusegenError as error:
        st.caption(plain(str(error)))
    figure = piano_roll(piece, given_of(piece, dataset), say=say)
    st.plotly_chart(figure, key=f"benchmark-roll-{dataset}-{name}", config=PIANO_ROLL_CONFIG, alt=say("Piano roll"))
