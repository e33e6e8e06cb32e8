"""The Evaluate page: takes of styles, or a musician's files, measured beside real music."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from musegen.evaluation.metrics import METRICS
from musegen.evaluation.originality import LEAST
from musegen.evaluation.overlap import TITLES
from musegen.files import READABLE_EXTENSIONS
from musegen.languages import message
from musegen.music import Piece
from musegen.rendering import judging_charts as charts
from musegen.services.judging.evaluate import Evaluation
from musegen.services.judging.jobs import EvaluateJob
from musegen.services.judging.originality import has_references
from musegen.services.styles import StyleCard, list_styles
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.originality_panel import show_run
from musegen.ui.plot import plot
from musegen.ui.program import program
from musegen.ui.state import session
from musegen.ui.uploaded_pieces import read_pieces

TEMPERATURES = (0.5, 0.75, 1.0, 1.25, 1.5)
WHAT = {
    "takes": message("Takes of styles"),
    "temperatures": message("How temperature changes them"),
    "files": message("My files"),
}
HISTOGRAM_WORDS = {
    "melodic_intervals": (message("Steps from note to note"), message("Semitones")),
    "harmonic_intervals": (message("Intervals above the lowest note"), message("Interval")),
    "note_lengths": (message("Lengths of notes"), message("Length")),
    "pitch_and_velocity": (message("Pitch and loudness"), message("Pitch, velocity")),
}
_COLUMNS = (
    message("Figure"),
    message("Judged"),
    message("95 % from"),
    message("to"),
    message("Real music"),
    message("its 10 %"),
    message("its 90 %"),
    message("Share inside"),
)
_COPIED = (message("File"), message("Notes"), message("Where"), message("In"))
_JOB = "evaluate-job"


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Evaluate"))
    st.caption(say("Measure what a style composes, or files of yours, beside real music of that kind "
"that the style never saw. Real music differs too: what counts is whether a figure "
"lies among real music's."))  # fmt: skip
    cards = [card for card in list_styles() if has_references(card.style_id)]
    if not cards:
        st.info(say("No style here has figures of real music to be measured beside."))
        return
    _ask(cards)
    job: EvaluateJob | None = st.session_state.get(_JOB)
    if job is None:
        st.caption(say("The figures appear here."))
        return
    if not job.finished:
        _watch()
        return
    if job.error:
        st.error(plain(job.error))
    elif job.cancelled:
        st.caption(say("Stopped; what was measured before stands below."))
    titles = {card.style_id: card.title for card in cards}
    if job.found:
        _show(job.found, titles, dict(job.pieces))


def _ask(cards: list[StyleCard]) -> None:
    titles = {card.style_id: card.title for card in cards}
    with st.container(border=True, key="evaluate-ask"):
        what = st.segmented_control(
            say("Measure"),
            list(WHAT),
            format_func=lambda name: say(WHAT[name]),
            default="takes",
            required=True,
            key="evaluate-what",
            persist_state="session",
        )
        styles = st.multiselect(
            say("Styles") if what != "files" else say("Beside the music of"),
            list(titles),
            default=list(titles)[:1],
            format_func=lambda name: say(titles[name]),
            key="evaluate-styles",
            persist_state="session",
        )
        files = []
        if what == "files":
            kinds = [ending.lstrip(".") for ending in READABLE_EXTENSIONS]
            files = st.file_uploader(
                say("Files"),
                kinds,
                accept_multiple_files=True,
                key="evaluate-files",
                help=say("MIDI, MusicXML or ABC. They are cut into stretches as long as the ones of real music."),
            )
        count = 16
        if what != "files":
            count = st.slider(say("Takes of each"), 8, 100, 24, 4, key="evaluate-takes", persist_state="session",
                              help=say("More takes make the intervals narrower and take longer."))  # fmt: skip
        ready = bool(styles) and (what != "files" or bool(files))
        if st.button(
            say("Measure"), type="primary", icon=":material/straighten:", key="evaluate-start", disabled=not ready
        ):
            pieces, trouble = read_pieces(files or [])
            for words in trouble:
                st.warning(plain(words))
            if what != "files" or pieces:
                _begin(EvaluateJob(styles, count, TEMPERATURES if what == "temperatures" else (), pieces))


def _begin(job: EvaluateJob) -> None:
    before = st.session_state.get(_JOB)
    if before is not None:
        before.cancel()
    st.session_state[_JOB] = job
    program().measuring.submit(job, session().owner)


@st.fragment(run_every=0.5)
def _watch() -> None:
    job = st.session_state[_JOB]
    if job.finished:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = say("Waiting, {waits} before you", waits=job.waits) if job.waits else say("Composing and measuring")
        st.progress(job.progress, text=words)
        st.button(say("Stop"), icon=":material/stop:", key="evaluate-stop", on_click=job.cancel)


def _show(found: list[Evaluation], titles: dict[str, str], pieces: dict[str, Piece]) -> None:
    kind = st.segmented_control(say("Save pictures as"), ["png", "svg"], default="png", required=True,
                                format_func=str.upper, key="evaluate-pictures", persist_state="session",
                                help=say("The camera above each chart saves it."))  # fmt: skip
    st.download_button(
        say("All figures as CSV"),
        csv_of(found),
        "musegen-evaluation.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="evaluate-csv",
    )
    if len({each.style_id for each in found}) < len(found):
        _by_temperature(found, titles, kind)
        return
    for each in found:
        st.markdown(f"### {plain(each.what)}")
        for words in each.left_out:
            st.warning(plain(words))
        _summary(each)
        _copied(each, pieces)
        left, right = st.columns(2, gap="large")
        with left:
            _standing(each, kind)
        with right:
            titled: dict[str, tuple[float, float]] = {
                message(TITLES[name]): areas for name, areas in each.overlap.items()
            }
            _chart(charts.overlap_chart(titled), say("Overlap of nine features with the music learned from"),
                   f"{each.style_id}-overlap", kind)  # fmt: skip
        st.dataframe(_table(each), hide_index=True, key=f"table-{each.style_id}", column_config={
            say(column): st.column_config.NumberColumn(format="%.3g") for column in _COLUMNS[1:]
        })  # fmt: skip
        for place, (name, (labels, judged, real)) in zip(st.columns(3), _histograms(each), strict=False):
            with place:
                title, axis = HISTOGRAM_WORDS[name]
                _chart(
                    charts.histogram_chart(labels, judged, real, say(axis)), say(title), f"{each.style_id}-{name}", kind
                )
        if "pitch_and_velocity" in each.histograms:
            title, _ = HISTOGRAM_WORDS["pitch_and_velocity"]
            _, judged, real = each.histograms["pitch_and_velocity"]
            _chart(charts.pitch_velocity_map(judged, real), say(title),
                   f"{each.style_id}-pitch-and-velocity", kind)  # fmt: skip


def _histograms(each: Evaluation) -> list:
    return [(name, own) for name, own in each.histograms.items() if name != "pitch_and_velocity"]


def _summary(each: Evaluation) -> None:
    nats, shared = each.likelihood, each.shared
    lines = [
        say(
            "It overlaps with the music learned from by {adherence:.0%} of what held-out music does.",
            adherence=each.adherence,
        ),
        say(
            "The pieces differ from each other {diversity:.0%} as much as pieces of real music do.",
            diversity=each.diversity,
        ),
    ]
    if nats["held_out"] is not None and nats["counting_model"] is not None:
        lines.append(say("Of music it never saw, a note costs the style {nats:.2f} nats, and a counting model "
"{nats_2:.2f}; lower is better.", nats=nats['held_out'], nats_2=nats['counting_model']))  # fmt: skip
    onsets = each.onsets
    if onsets["accuracy"] is not None and onsets["nats"] is not None:
        lines.append(say("Where a note begins, its pitch is the one the style expects most in {share:.0%} of the notes "
"judged ({nats:.2f} nats a pitch).", share=onsets["accuracy"], nats=onsets["nats"]))  # fmt: skip
    if onsets["held_out_accuracy"] is not None and onsets["counting_accuracy"] is not None:
        lines.append(say("In music it never saw that is {share:.0%}, and {share_2:.0%} by a counting model.",
                         share=onsets["held_out_accuracy"], share_2=onsets["counting_accuracy"]))  # fmt: skip
    if shared:
        lines.append(
            say(
                "The longest run shared with the music learned from has {shared:.0f} notes in the "
                "middle and {shared_2:.0f} at most; held-out music's {shared_3:.0f} and "
                "{shared_4:.0f}.",
                shared=shared["median"],
                shared_2=shared["most"],
                shared_3=shared["real_median"],
                shared_4=shared["real_most"],
            )
        )
    if twins := each.twins:
        lines.append(say("A judge that heard {seeds} beginnings go on, each in truth and by the style, told "
"{accuracy:.0%} of them right (95 % from {low:.0%} to {high:.0%}; 50 % is chance).", **twins))  # fmt: skip
    st.markdown(plain(" ".join(lines)))


def _copied(each: Evaluation, pieces: dict[str, Piece]) -> None:
    """Draw what each file shares with the music learned from, and one of the runs to see and hear."""
    if not each.copied:
        return
    rows = []
    for name, found in each.copied:
        count = found.run.num_notes
        notes = str(count) if count else say("under {least}", least=LEAST)
        known = (name, notes, say(found.where) if count else "", say(found.source) if count else "")
        rows.append(dict(zip(map(say, _COPIED), known, strict=True)))
    st.markdown(say("**The longest run that each shares with the music learned from**"))
    st.dataframe(rows, hide_index=True, key=f"copied-{each.style_id}")
    shown = {name: found for name, found in each.copied if found.run.num_notes and name in pieces}
    if shown:
        names = list(shown)
        longest = names.index(max(names, key=lambda name: shown[name].run.num_notes))
        name = st.selectbox(say("See and hear it in"), names, longest, key=f"copied-in-{each.style_id}")
        show_run(pieces[name], shown[name], f"file-{each.style_id}")


def _standing(each: Evaluation, kind: str) -> None:
    titles, places = [], []
    for row in each.rows:
        if row.mean is None or row.low is None or row.high is None:
            continue
        if row.real_low is None or row.real_high is None or row.real_high - row.real_low < 1e-9:
            continue
        middle, half = (row.real_high + row.real_low) / 2, (row.real_high - row.real_low) / 2
        titles.append(say(row.title))
        places.append(((row.mean - middle) / half, (row.low - middle) / half, (row.high - middle) / half))
    _chart(charts.standing_chart(titles, places), say("Where each figure lies among real music"),
           f"{each.style_id}-standing", kind)  # fmt: skip


def _chart(figure: dict, title: str, name: str, kind: str) -> None:
    st.markdown(f"**{title}**")
    plot(figure, key=f"{name}-{kind}", config=charts.picture_config(name, kind), alt=title)


def _by_temperature(found: list[Evaluation], titles: dict[str, str], kind: str) -> None:
    shown = st.multiselect(say("Figures"), list(METRICS), default=["pitch_class_entropy", "scale_consistency",
                           "groove_consistency", "best_earlier_likeness"], key="evaluate-figures",
                           format_func=lambda name: say(METRICS[name].title), persist_state="session")  # fmt: skip
    for style_id in dict.fromkeys(each.style_id for each in found):
        st.markdown(f"### {plain(titles.get(style_id, style_id))}")
        own = [each for each in found if each.style_id == style_id]
        columns = st.columns(2)
        for number, name in enumerate(shown):
            rows = [(each.settings["temperature"], next(r for r in each.rows if r.name == name)) for each in own]
            points = [(temperature, row.mean) for temperature, row in rows if row.mean is not None]
            real = rows[0][1]
            if not points or real.real is None or real.real_low is None or real.real_high is None:
                continue
            title = say(METRICS[name].title)
            figure = charts.temperature_chart(title, {titles[style_id]: points},
                                              (real.real, real.real_low, real.real_high))  # fmt: skip
            with columns[number % 2]:
                _chart(figure, title, f"{style_id}-{name}-by-temperature", kind)


def _table(each: Evaluation) -> list[dict]:
    return [
        dict(zip(map(say, _COLUMNS), (
            say(row.title), row.mean, row.low, row.high, row.real, row.real_low, row.real_high, row.inside,
        ), strict=True))
        for row in each.rows
    ]  # fmt: skip


def csv_of(found: Sequence[Evaluation]) -> str:
    """Return all figures of evaluations as CSV, a line for each figure of each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["style", "judged", "temperature", "figure", "unit", "mean", "low_95", "high_95", "real_mean",
                     "real_10", "real_90", "share_inside"])  # fmt: skip
    for each in found:
        first = [each.style_id, each.what, each.settings.get("temperature", "")]
        for row in each.rows:
            writer.writerow([*first, row.name, row.unit, row.mean, row.low, row.high, row.real, row.real_low,
                             row.real_high, row.inside])  # fmt: skip
        writer.writerow([*first, "adherence", "share", each.adherence, *[""] * 6])
        writer.writerow([*first, "diversity", "ratio", each.diversity, "", "", 1.0, "", "", ""])
        for name in ("median", "p90", "most") if each.shared else ():
            writer.writerow([*first, f"longest_shared_run_{name}", "notes", each.shared[name], "", "",
                             each.shared.get(f"real_{name}", ""), "", "", ""])  # fmt: skip
        for name, own in each.copied:
            writer.writerow([*first, f"longest_shared_run_of {name}", "notes", own.run.num_notes, *[""] * 6])
        if twins := each.twins:
            writer.writerow([*first, "twins_told_apart", "share", twins["accuracy"], twins["low"], twins["high"], 0.5,
                             "", "", ""])  # fmt: skip
        for name, value in each.likelihood.items():
            writer.writerow([*first, f"nats_a_note_{name}", "nats", "" if value is None else value, *[""] * 6])
        for name in ("accuracy", "nats"):
            writer.writerow([*first, f"{name}_at_onsets", "share" if name == "accuracy" else "nats", each.onsets[name],
                             "", "", each.onsets[f"held_out_{name}"], "", "", ""])  # fmt: skip
        for name, (area, real) in each.overlap.items():
            writer.writerow([*first, f"overlap_{name}", "area", area, "", "", real, "", "", ""])
        for name, (labels, judged, real_shares) in each.histograms.items():
            for label, share, real in zip(labels, judged, real_shares, strict=True):
                writer.writerow([*first, f"{name}: {label}", "share", share, "", "", real, "", "", ""])
    return out.getvalue()
