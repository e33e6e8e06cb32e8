"""The curves of a training that is going on, beside what they are measured against: training_chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from musegen.rendering.charts import loss_chart

_HUES = ("#8c6d5a", "#1f9e89", "#8f6fd6")


def training_chart(history: Sequence[dict[str, Any]], levels: Mapping[str, float | None]) -> dict[str, Any]:
    """Return the learning curves with straight lines at what others reach on the same pieces, for `st.plotly_chart`.

    Args:
        history: one dict an epoch with epoch, train_nll and valid_nll; epoch 0 is before any learning.
        levels: nats an event on the held-out pieces by what reaches them; None where it was not measured.
    """
    figure = loss_chart([row for row in history if row["epoch"]])
    figure["data"] = [line for line in figure["data"] if line["x"]]
    last = max([row["epoch"] for row in history] or [1]) or 1
    for (name, value), hue in zip(levels.items(), _HUES, strict=False):
        if value is not None:
            figure["data"].append({
                "type": "scatter", "mode": "lines", "name": name, "x": [0, last], "y": [value, value],
                "line": {"color": hue, "width": 1.6, "dash": "dash"},
                "hovertemplate": f"{name}: %{{y:.3f}}<extra></extra>",
            })  # fmt: skip
    return figure
