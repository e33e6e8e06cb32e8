"""The polyphonic benchmark as a chart, as plain Plotly data: Bar, polyphony_chart, chart_page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musegen.rendering.charts import HELD_OUT_HUE, LEARNED_HUE, layout_of
from musegen.rendering.piano_roll import plotly_script

_HUES = ("#7189a8", HELD_OUT_HUE, LEARNED_HUE)


@dataclass(frozen=True, slots=True)
class Bar:
    """A model's bar.

    Args:
        title: of the model.
        kind: what it belongs to, one of the kinds given to `polyphony_chart`.
        nats: its length.
        error: to both sides of its end, 0.0 for none.
    """

    title: str
    kind: str
    nats: float
    error: float = 0.0


def polyphony_chart(bars: Sequence[Bar], kinds: Mapping[str, str], x_title: str) -> dict[str, Any]:
    """Return the models of one family as bars, the best at the top.

    Args:
        bars: of one data set and one family.
        kinds: what the kinds of bars are called, in the order of their hues.
        x_title: what the axis says.
    """
    shown = sorted(bars, key=lambda bar: -bar.nats)
    # A model of ours and a published one may have the same name: spaces at the end tell them apart unseen.
    places = {bar: bar.title + " " * (2 * list(kinds).index(bar.kind)) for bar in shown}
    data = []
    for (kind, words), hue in zip(kinds.items(), _HUES, strict=True):
        own = [bar for bar in shown if bar.kind == kind]
        if own:
            data.append({
                "type": "bar", "orientation": "h", "name": words, "marker": {"color": hue},
                "y": [places[bar] for bar in own], "x": [bar.nats for bar in own],
                "error_x": {"type": "data", "visible": any(bar.error for bar in own),
                            "array": [bar.error for bar in own]},
                "text": [f"{bar.nats:.2f}" for bar in own], "textposition": "auto",
                "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
            })  # fmt: skip
    layout = layout_of(x_title, "")
    layout["yaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": list(places.values()),
                        "automargin": True}  # fmt: skip
    layout["height"] = 120 + 28 * len(shown)
    return {"data": data, "layout": layout}


def chart_page(title: str, figures: Mapping[str, dict[str, Any]]) -> str:
    """Return a web page with charts, each below its heading; it holds all that it needs."""
    parts = [
        f'<h2>{name}</h2><div id="c{number}"></div><script>Plotly.newPlot("c{number}", '
        f"{json.dumps(figure['data'])}, {json.dumps(figure['layout'])})</script>"
        for number, (name, figure) in enumerate(figures.items())
    ]
    return (
        f'<!doctype html><meta charset="utf-8"><title>{title}</title><script>{plotly_script()}</script>'
        f'<body style="font-family:sans-serif;max-width:60em;margin:auto"><h1>{title}</h1>{"".join(parts)}</body>\n'
    )
