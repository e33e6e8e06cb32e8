"""The polyphonic benchmark for pages and files: tables, samples as pieces, what is written of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from musegen.corpora.poly_benchmark import LOWEST_PITCH, ROLLS
from musegen.evaluation.polyphony.counting import COUNTING
from musegen.evaluation.polyphony.shelf import fitted_here, shipped
from musegen.evaluation.polyphony.systems import FAMILIES, OPENING, SYSTEMS
from musegen.evaluation.polyphony.table import Measured, Row, as_csv, as_markdown, rows_of
from musegen.music import Note, Piece, Tempo, Track
from musegen.rendering.polyphony_chart import Bar, chart_page, polyphony_chart

_QPM = {"jsb": 80.0, "nottingham": 150.0}
_PIANO = 0
_KINDS = {"floor": "floor", "ours": "ours", "published": "published"}


def kept_figures() -> list[Measured]:
    """Return what was measured on this machine, and of all else what is shipped.

    Raises:
        DatasetError: a file of figures is damaged.
    """
    found = {(m.dataset, m.system, m.seed): m for place in (shipped(), fitted_here()) for m in place.figures()}
    return list(found.values())


def kept_tables() -> dict[str, list[Row]]:
    """Return the table of each data set of which something was measured.

    Raises:
        DatasetError: a file of figures is damaged.
    """
    measured = kept_figures()
    names = {each.dataset for each in measured if each.system not in COUNTING}
    return {name: rows_of(name, measured) for name in ROLLS if name in names}


def kept_samples(dataset: str) -> dict[str, Piece]:
    """Return what each system composed from the same opening, by name, in the order of the table.

    Raises:
        DatasetError: the file of samples is damaged.
    """
    frames = shipped().samples().get(dataset, {}) | fitted_here().samples().get(dataset, {})
    return {name: piece_of(frames[name], dataset) for name in SYSTEMS if name in frames}


def piece_of(frames: Sequence[Sequence[int]], dataset: str) -> Piece:
    """Return a piano roll as a piece: a key that sounds in frames that follow each other is one note.

    Args:
        frames: for each frame the keys that sound, 0 to 87.
        dataset: which says how long a frame is.
    """
    step = ROLLS[dataset].frame_quarter
    notes: list[Note] = []
    sounding: dict[int, int] = {}
    for time, keys in enumerate([*frames, ()]):
        for key in [key for key in sounding if key not in keys]:
            start = sounding.pop(key)
            notes.append(Note(start * step, key + LOWEST_PITCH, (time - start) * step))
        for key in keys:
            sounding.setdefault(key, time)
    return Piece((Track(tuple(notes), _PIANO),), tempos=(Tempo(0.0, _QPM.get(dataset, 110.0)),))


def given_of(piece: Piece, dataset: str) -> tuple[frozenset[int], ...]:
    """Return which notes of a sample stand in its opening, for each track."""
    end = len(OPENING) * ROLLS[dataset].frame_quarter
    return tuple(frozenset(n for n, note in enumerate(t.notes) if note.onset_quarter < end) for t in piece.tracks)


def chart_of(rows: Sequence[Row], family: str, kinds: Mapping[str, str], x_title: str) -> dict[str, Any]:
    """Return the chart of the rows of one family; families are never drawn side by side.

    Args:
        rows: of one data set.
        family: of which to draw.
        kinds: what the kinds of rows ("floor", "ours", "published") are called.
        x_title: what the axis says.
    """
    bars = [Bar(r.title, r.kind, r.test, r.deviation or r.spread or 0.0) for r in rows if r.family == family]
    return polyphony_chart(bars, kinds, x_title)


def files_of_tables(tables: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
    """Return the tables as files: Markdown, CSV, and a page of Plotly charts."""
    charts = {
        f"{ROLLS[name].title}, {words}": chart_of(rows, family, _KINDS, "nats a time step")
        for name, rows in tables.items()
        for family, words in FAMILIES.items()
    }
    return {
        "polyphony.md": "\n".join(as_markdown(ROLLS[name].title, rows) for name, rows in tables.items()).encode(),
        "polyphony.csv": as_csv({name: list(rows) for name, rows in tables.items()}).encode(),
        "polyphony.html": chart_page("Polyphonic benchmark", charts).encode(),
    }
