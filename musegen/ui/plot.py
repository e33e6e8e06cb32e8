"""A chart on a page, its texts and decimal signs in the language of the visit: plot."""

from typing import Any

import streamlit as st

from musegen.ui.language import spoken, spoken_data


def plot(figure: dict[str, Any], *, key: str, config: dict[str, Any], alt: str) -> None:
    """Draw a chart.

    Args:
        figure: plain Plotly data, its texts messages, such as those of `rendering.charts`.
        key: of the element.
        config: buttons, and what the wheel does.
        alt: what it shows, for who does not see it.
    """
    said = spoken_data(figure)
    if spoken().code != "en":
        said["layout"] = said["layout"] | {"separators": ",."}
    st.plotly_chart(said, key=key, config=config, alt=alt)
