"""Charts of music that is measured beside real music, as plain Plotly data: see `charts`.

histogram_chart, standing_chart, overlap_chart, temperature_chart, picture_config.
"""

from collections.abc import Sequence
from typing import Any

from musegen.languages import message, together
from musegen.rendering.charts import HELD_OUT_HUE, LEARNED_HUE, hover, layout_of

REAL_HUE = "#7189a8"
_HUES = (HELD_OUT_HUE, "#1f9e89", "#8f6fd6", "#b3850a", LEARNED_HUE, "#d4588a")


def picture_config(name: str, kind: str) -> dict[str, Any]:
    """Return the `config` of `st.plotly_chart` with a button that saves the chart as a picture.

    Args:
        name: of the file, without its ending.
        kind: "png" or "svg".
    """
    options = {"format": kind, "filename": name, "width": 1200, "height": 600, "scale": 2}
    return {"displaylogo": False, "displayModeBar": True, "scrollZoom": False, "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": options}  # fmt: skip


def histogram_chart(labels: Sequence[str], judged: Sequence[float], real: Sequence[float], x_title: str
                    ) -> dict[str, Any]:  # fmt: skip
    """Return the shares of classes in what was judged and in real music, side by side; classes of neither left out."""
    rows = [row for row in zip(labels, judged, real, strict=True) if row[1] > 5e-4 or row[2] > 5e-4]
    bars = [_bars(message("real music"), rows, 2, REAL_HUE), _bars(message("judged"), rows, 1, HELD_OUT_HUE)]
    layout = layout_of(x_title, message("Share of the notes"))
    layout["yaxis"] |= {"tickformat": ".0%"}
    layout["xaxis"] |= {"type": "category"}
    return {"data": bars, "layout": layout | {"barmode": "group", "bargap": 0.25}}


def _bars(name: str, rows: Sequence[tuple], place: int, hue: str) -> dict[str, Any]:
    return {"type": "bar", "name": name, "x": [row[0] for row in rows], "y": [row[place] for row in rows],
            "marker": {"color": hue}, "hovertemplate": "%{x}: %{y:.1%}<extra></extra>"}  # fmt: skip


def pitch_velocity_map(judged: Sequence[float], real: Sequence[float]) -> dict[str, Any]:
    """Return how many notes lie in each cell of pitch and loudness, what was judged beside real music.

    Args:
        judged: share of the notes in each cell of 16 pitches by 16 velocities, low and soft first, 64 of them.
        real: the same of real music.
    """
    words = [f"{16 * n}-{16 * n + 15}" for n in range(8)]
    most = max([*judged, *real]) or 1.0
    maps = [
        {
            "type": "heatmap", "z": [[side[8 * pitch + velocity] for pitch in range(8)] for velocity in range(8)],
            "x": words, "y": words, "zmin": 0, "zmax": most, "showscale": False, "xaxis": axis,
            "colorscale": [[0, "rgba(128,128,128,0.08)"], [1, hue]],
            "hovertemplate": hover(message("{whose}, pitch {x}, velocity {y}: {z}", whose=name,
                                           x="%{x}", y="%{y}", z="%{z:.1%}")),
        }
        for name, side, hue, axis in (
            (message("judged"), judged, HELD_OUT_HUE, "x"), (message("real music"), real, REAL_HUE, "x2"),
        )
    ]  # fmt: skip
    layout = layout_of(message("Pitch, judged"), message("Velocity"))
    layout["xaxis"] |= {"domain": [0, 0.48], "type": "category"}
    layout["xaxis2"] = {**layout["xaxis"], "domain": [0.52, 1], "title": {"text": message("Pitch, real music")}}
    layout["yaxis"] |= {"type": "category"}
    return {"data": maps, "layout": layout}


def standing_chart(titles: Sequence[str], places: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    """Return where each figure lies beside real music, -1 and 1 being where its middle 80 % ends.

    Args:
        titles: of the figures.
        places: mean, lower and upper end of its interval, in that measure.
    """
    middle = [place[0] for place in places]
    dots = {
        "type": "scatter", "mode": "markers", "y": list(titles), "x": middle,
        "marker": {"size": 10, "color": HELD_OUT_HUE},
        "error_x": {"type": "data", "symmetric": False, "color": HELD_OUT_HUE,
                    "array": [high - m for m, (_, _, high) in zip(middle, places, strict=True)],
                    "arrayminus": [m - low for m, (_, low, _) in zip(middle, places, strict=True)]},
        "hovertemplate": "%{y}: %{x:.2f}<extra></extra>",
    }  # fmt: skip
    layout = layout_of(message("Real music lies between -1 and 1 in eight cases of ten"), "")
    layout["yaxis"] |= {"autorange": "reversed", "automargin": True, "title": None}
    layout["xaxis"] |= {"zeroline": True, "zerolinecolor": "rgba(128,128,128,0.6)"}
    band = {"type": "rect", "xref": "x", "yref": "paper", "x0": -1, "x1": 1, "y0": 0, "y1": 1, "line": {"width": 0},
            "fillcolor": "rgba(113,137,168,0.18)", "layer": "below"}  # fmt: skip
    return {"data": [dots], "layout": layout | {"height": 90 + 26 * len(titles), "shapes": [band]}}


def overlap_chart(areas: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Return the overlap areas of what was judged, and of held-out music, by the feature's title."""
    rows = [(name, *pair) for name, pair in areas.items()]
    bars = [
        _bars(name, rows, place, hue) | {"orientation": "h", "x": [row[place] for row in rows],
                                         "y": [row[0] for row in rows],
                                         "hovertemplate": "%{y}: %{x:.2f}<extra></extra>"}
        for name, place, hue in ((message("held-out music"), 2, REAL_HUE), (message("judged"), 1, HELD_OUT_HUE))
    ]  # fmt: skip
    layout = layout_of(message("Overlap area; 1 is the same"), "")
    layout["xaxis"] |= {"range": [0, 1]}
    layout["yaxis"] |= {"automargin": True, "autorange": "reversed", "title": None}
    return {"data": bars, "layout": layout | {"barmode": "group", "bargap": 0.25, "height": 450}}


def temperature_chart(title: str, lines: dict[str, Sequence[tuple[float, float]]], real: tuple[float, float, float]
                      ) -> dict[str, Any]:  # fmt: skip
    """Return how a figure changes with the temperature, a line for each style, the band of real music behind.

    Args:
        title: of the figure.
        lines: (temperature, mean) by style.
        real: mean, and the ends of the middle 80 %, of real music.
    """
    data = [
        {"type": "scatter", "mode": "lines+markers", "name": name, "x": [x for x, _ in points],
         "y": [y for _, y in points], "line": {"color": _HUES[index % len(_HUES)]},
         "hovertemplate": together((message("temperature {x}: {y}", x="%{x:g}", y="%{y:.3f}"),
                                    f"<extra>{name}</extra>"), between="")}
        for index, (name, points) in enumerate(lines.items())
    ]  # fmt: skip
    layout = layout_of(message("Temperature"), title)
    shared = {"xref": "paper", "yref": "y", "x0": 0, "x1": 1, "layer": "below"}
    band = shared | {"type": "rect", "y0": real[1], "y1": real[2], "line": {"width": 0},
                     "fillcolor": "rgba(113,137,168,0.18)"}  # fmt: skip
    mean = shared | {"type": "line", "y0": real[0], "y1": real[0], "line": {"color": REAL_HUE, "dash": "dot"}}
    return {"data": data, "layout": layout | {"shapes": [band, mean], "showlegend": len(lines) > 1}}
