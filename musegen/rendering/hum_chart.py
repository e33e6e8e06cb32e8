"""What was heard in a hum, as plain Plotly data: the pitch of the voice and the notes found in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from musegen.languages import message
from musegen.music.theory import pitch_name

VOICE_HUE = "#3f8fdb"
NOTE_HUE = "#d9622b"
UNSURE = 0.6
"""Notes of less confidence are drawn pale and hatched."""

MAX_POINTS = 2_400
_GRID = "rgba(128,128,128,0.25)"


def hum_chart(
    seconds: np.ndarray, pitch: np.ndarray, notes: Sequence[tuple[float, float, int, float]], fifths: int = 0
) -> dict[str, Any]:
    """Return a chart of a voice: its pitch as a line, the notes found as bars behind it.

    Args:
        seconds: times, shape (T,).
        pitch: MIDI pitch with fraction in the singer's own tuning, NaN without a voice, shape (T,).
        notes: rows (onset, end, MIDI pitch, confidence), seconds and 0 to 1.
        fifths: of the key, for the names of the notes.

    Returns:
        a figure as plain data, for `st.plotly_chart`.
    """
    every = max(-(-len(seconds) // MAX_POINTS), 1)
    line = [None if np.isnan(value) else round(float(value), 2) for value in pitch[::every]]
    pitches = [row[2] for row in notes] or [60, 72]
    low, high = min(pitches) - 2, max(pitches) + 2
    named = sorted(set(pitches))
    if len(named) > 14:
        named = [p for p in range(low, high + 1) if p % 12 == 0]
    return {
        "data": [
            _bars([row for row in notes if row[3] >= UNSURE], message("notes found"), fifths, pale=False),
            _bars([row for row in notes if row[3] < UNSURE], message("unsure"), fifths, pale=True),
            {
                "type": "scatter",
                "mode": "lines",
                "name": message("your voice"),
                "x": [round(float(t), 3) for t in seconds[::every]],
                "y": line,
                "connectgaps": False,
                "line": {"color": VOICE_HUE, "width": 2},
                "hoverinfo": "skip",
            },
        ],
        "layout": {
            "height": 240,
            "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "barmode": "overlay",
            "hovermode": "closest",
            "dragmode": "pan",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
            "xaxis": {"title": {"text": message("Seconds"), "standoff": 4}, "gridcolor": _GRID, "zeroline": False},
            "yaxis": {
                "range": [low - 0.5, high + 0.5],
                "tickvals": named,
                "ticktext": [pitch_name(p, fifths) for p in named],
                "gridcolor": _GRID,
                "zeroline": False,
                "fixedrange": True,
            },
        },
    }


def _bars(rows: Sequence[tuple[float, float, int, float]], name: str, fifths: int, *, pale: bool) -> dict[str, Any]:
    marker: dict[str, Any] = {"color": NOTE_HUE, "opacity": 0.55, "line": {"width": 1, "color": NOTE_HUE}}
    if pale:
        marker["opacity"] = 0.35
        marker["pattern"] = {"shape": "/", "fgcolor": NOTE_HUE, "size": 6, "bgcolor": "rgba(0,0,0,0)"}
    words = [
        message(
            "{note}, {start:.2f} to {end:.2f} s, {sure} % sure",
            note=pitch_name(p, fifths),
            start=a,
            end=b,
            sure=round(100 * sure),
        )
        for a, b, p, sure in rows
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [round(row[0], 3) for row in rows],
        "x": [round(row[1] - row[0], 3) for row in rows],
        "y": [row[2] for row in rows],
        "width": 0.84,
        "marker": marker,
        "hovertext": words,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "visible": bool(rows),
    }
