"""Charts as plain Plotly data, readable in the light and in the dark theme; they need no import of Plotly."""

from collections.abc import Sequence
from typing import Any

LEARNED_HUE = "#3f8fdb"
HELD_OUT_HUE = "#d9622b"
_GRID = "rgba(128,128,128,0.25)"


def loss_chart(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the learning curves of a style: two lines over the rounds of training, lower is better.

    Args:
        history: one dict an epoch with epoch, train_nll and valid_nll, in nats an event.

    Returns:
        a figure as plain data, for `st.plotly_chart`.
    """
    lines = [
        _line(history, "train_nll", "pieces it learns from", LEARNED_HUE, "dot"),
        _line(history, "valid_nll", "pieces it has never seen", HELD_OUT_HUE, "solid"),
    ]
    best = min((row for row in history if row.get("valid_nll") is not None), key=lambda r: r["valid_nll"], default=None)
    if best:
        lines.append({
            "type": "scatter", "mode": "markers", "name": "the version that plays", "x": [best["epoch"]],
            "y": [best["valid_nll"]], "marker": {"size": 11, "color": HELD_OUT_HUE, "symbol": "diamond"},
            "hovertemplate": "round %{x}: %{y:.3f}<extra></extra>",
        })  # fmt: skip
    return {
        "data": lines,
        "layout": {
            "height": 280,
            "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hovermode": "closest",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
            "xaxis": {"title": {"text": "Round of training"}, "gridcolor": _GRID, "zeroline": False},
            "yaxis": {"title": {"text": "Surprise (nats an event)"}, "gridcolor": _GRID, "zeroline": False},
        },
    }


def _line(history: Sequence[dict[str, Any]], column: str, name: str, hue: str, dash: str) -> dict[str, Any]:
    rows = [row for row in history if row.get(column) is not None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [row["epoch"] for row in rows],
        "y": [row[column] for row in rows],
        "line": {"color": hue, "width": 2.2, "dash": dash},
        "hovertemplate": "round %{x}: %{y:.3f}<extra></extra>",
    }
