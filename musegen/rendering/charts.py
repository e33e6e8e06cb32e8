"""Charts as plain Plotly data, readable in the light and in the dark theme; they need no import of Plotly.

Their texts are messages: what draws them words them (`ui/plot.py`).

loss_chart, duration_chart, pitch_velocity_chart.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from musegen.languages import Message, message, together
from musegen.music import Piece
from musegen.music.note_value import note_value_name
from musegen.music.theory import pitch_name

LEARNED_HUE = "#3f8fdb"
HELD_OUT_HUE = "#d9622b"
_TRACK_HUES = ("#d9622b", "#1f9e89", "#8f6fd6", "#b3850a", "#3f8fdb", "#d4588a", "#7f9a2f", "#8c6d5a")
_GRID = "rgba(128,128,128,0.25)"


def loss_chart(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the learning curves of a style: two lines over the rounds of training, lower is better.

    Args:
        history: one dict an epoch with epoch, train_nll and valid_nll, in nats an event.

    Returns:
        a figure as plain data, for `st.plotly_chart`.
    """
    lines = [
        _line(history, "train_nll", message("pieces it learns from"), LEARNED_HUE, "dot"),
        _line(history, "valid_nll", message("pieces it has never seen"), HELD_OUT_HUE, "solid"),
    ]
    learned = [row for row in history if row.get("valid_nll") is not None and row["epoch"]]  # 0 is before any learning
    best = min(learned, key=lambda r: r["valid_nll"], default=None)
    if best:
        lines.append({
            "type": "scatter", "mode": "markers", "name": message("the version that plays"), "x": [best["epoch"]],
            "y": [best["valid_nll"]], "marker": {"size": 11, "color": HELD_OUT_HUE, "symbol": "diamond"},
            "hovertemplate": hover(message("round {x}: {y}", x="%{x}", y="%{y:.3f}")),
        })  # fmt: skip
    return {
        "data": lines,
        "layout": layout_of(message("Round of training"), message("Surprise (nats an event)")) | {"height": 280},
    }


def duration_chart(piece: Piece) -> dict[str, Any]:
    """Return how many notes there are of each length, shortest first, as a figure for `st.plotly_chart`.

    Args:
        piece: the music; lengths are as written, rounded to 1/1000 quarter.
    """
    counts = Counter(round(note.duration_quarter, 3) for track in piece.tracks for note in track.notes)
    lengths = sorted(counts)
    names = [note_value_name(length) for length in lengths]
    bars = {
        "type": "bar", "x": names, "y": [counts[length] for length in lengths], "marker": {"color": LEARNED_HUE},
        "hovertemplate": hover(message("{x}: {y} notes", x="%{x}", y="%{y}")),
    }  # fmt: skip
    return {"data": [bars], "layout": layout_of(message("Length"), message("Notes")) | {"bargap": 0.25}}


def pitch_velocity_chart(piece: Piece) -> dict[str, Any]:
    """Return pitch against loudness of every note, a colour and a sign for each track, as a figure.

    Args:
        piece: the music; drums are left out, since their numbers are no pitches.
    """
    signs = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
    dots: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers",
            "name": message(track.name) if track.name else message("Track {number}", number=index + 1),
            "x": [note.pitch for note in track.notes], "y": [note.velocity for note in track.notes],
            "marker": {"color": _TRACK_HUES[index % 8], "symbol": signs[index % 8], "size": 8, "opacity": 0.6},
            "text": [pitch_name(note.pitch) for note in track.notes],
            "hovertemplate": hover(message("{note}, velocity {y}", note="%{text}", y="%{y}")),
        }
        for index, track in enumerate(piece.tracks) if track.notes and not track.is_drum
    ]  # fmt: skip
    pitches = [pitch for trace in dots for pitch in trace["x"]]
    octaves = [pitch for pitch in range(0, 128, 12) if pitches and min(pitches) - 12 <= pitch <= max(pitches) + 12]
    layout = layout_of(message("Pitch"), message("Velocity"))
    layout["xaxis"] |= {"tickvals": octaves, "ticktext": [pitch_name(pitch) for pitch in octaves]}
    layout["yaxis"] |= {"range": [0, 130]}
    return {"data": dots, "layout": layout | {"showlegend": len(dots) > 1}}


def layout_of(x_title: str, y_title: str) -> dict[str, Any]:
    """Return the layout of a small chart with these titles of its axes."""
    return {
        "height": 260,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "xaxis": {"title": {"text": x_title}, "gridcolor": _GRID, "zeroline": False},
        "yaxis": {"title": {"text": y_title}, "gridcolor": _GRID, "zeroline": False},
    }


def hover(words: str) -> Message:
    """Return what stands beside the pointer, without the name of the line."""
    return together((words, "<extra></extra>"), between="")


def _line(history: Sequence[dict[str, Any]], column: str, name: str, hue: str, dash: str) -> dict[str, Any]:
    rows = [row for row in history if row.get(column) is not None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [row["epoch"] for row in rows],
        "y": [row[column] for row in rows],
        "line": {"color": hue, "width": 2.2, "dash": dash},
        "hovertemplate": hover(message("round {x}: {y}", x="%{x}", y="%{y:.3f}")),
    }
