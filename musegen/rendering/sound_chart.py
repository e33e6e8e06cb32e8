"""Sound as a picture, as plain Plotly data: waveform_chart, spectrogram_chart."""

from typing import Any

import numpy as np

from musegen.languages import message
from musegen.music.clip import Clip
from musegen.sound.spectrum import SAMPLE_RATE, WINDOW, stft

GIVEN_HUE = "#7189a8"
NEW_HUE = "#d9622b"
MAX_COLUMNS = 600
"""Columns of a picture; a stretch of sound between two is drawn by its lowest and highest sample."""

SHOWN_DB = 70.0
"""Decibels below the loudest that are shown."""

MAX_HERTZ = 4_000
_ROWS = 128
_LEFT, _RIGHT = 64, 8  # of all pictures, so that their seconds stand below each other
_GRID = "rgba(128,128,128,0.25)"


def waveform_chart(clip: Clip, given_sec: float = 0.0) -> dict[str, Any]:
    """Return the samples of a clip over time.

    Args:
        clip: the sound.
        given_sec: before this it was given, after it is new; each has its colour.
    """
    count = min(MAX_COLUMNS, len(clip))
    starts = np.linspace(0, len(clip), count, endpoint=False).astype(int)
    low, high = np.minimum.reduceat(clip.samples, starts), np.maximum.reduceat(clip.samples, starts)
    seconds = starts / clip.sample_rate
    parts = [(seconds < given_sec, message("given"), GIVEN_HUE), (seconds >= given_sec, message("new"), NEW_HUE)]
    data = [_outline(seconds[here], low[here], high[here], name, hue) for here, name, hue in parts if here.any()]
    layout = _layout(clip, 150)
    layout["yaxis"] |= {"range": [-1.05, 1.05], "showticklabels": False}
    layout["showlegend"] = len(data) > 1
    return {"data": data, "layout": layout}


def _outline(seconds: np.ndarray, low: np.ndarray, high: np.ndarray, name: str, hue: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": np.round(np.concatenate([seconds, seconds[::-1]]), 4).tolist(),
        "y": np.round(np.concatenate([high, low[::-1]]), 3).tolist(),
        "fill": "toself",
        "line": {"color": hue, "width": 0.5},
        "hoverinfo": "skip",
    }


def spectrogram_chart(clip: Clip, given_sec: float = 0.0) -> dict[str, Any]:
    """Return how loud each frequency up to `MAX_HERTZ` is over time.

    Args:
        clip: the sound.
        given_sec: where a line stands, 0 for none.
    """
    heard = clip.resampled(SAMPLE_RATE)
    hop = 128
    power = np.abs(stft(heard.samples, hop)[:, : WINDOW * MAX_HERTZ // SAMPLE_RATE]) ** 2
    power = power[:, : power.shape[1] // _ROWS * _ROWS].reshape(len(power), _ROWS, -1).mean(axis=2)
    every = -(-len(power) // MAX_COLUMNS)
    decibels = 10 * np.log10(power[::every] + 1e-9)
    shown = np.clip(decibels - decibels.max(), -SHOWN_DB, 0)
    layout = _layout(clip, 220)
    layout["yaxis"] |= {"title": {"text": message("Hertz")}, "range": [0, MAX_HERTZ]}
    if 0 < given_sec < clip.duration_sec:
        layout["shapes"] = [{"type": "line", "x0": given_sec, "x1": given_sec, "yref": "paper", "y0": 0, "y1": 1,
                             "line": {"color": NEW_HUE, "width": 2, "dash": "dot"}}]  # fmt: skip
    return {
        "data": [
            {
                "type": "heatmap",
                "z": np.rint(shown).astype(int).T.tolist(),
                "x0": round(hop / 2 / SAMPLE_RATE, 5),
                "dx": hop * every / SAMPLE_RATE,
                "y0": MAX_HERTZ / _ROWS / 2,
                "dy": MAX_HERTZ / _ROWS,
                "zmin": -SHOWN_DB,
                "zmax": 0,
                "colorscale": "Viridis",
                "showscale": False,
                "hoverinfo": "skip",
            }
        ],
        "layout": layout,
    }


def _layout(clip: Clip, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": _LEFT, "r": _RIGHT, "t": 24, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": message("Seconds"), "standoff": 4},
            "range": [0, clip.duration_sec],
            "gridcolor": _GRID,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {"gridcolor": _GRID, "zeroline": False, "fixedrange": True, "automargin": False},
    }
