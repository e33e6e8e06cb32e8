"""What the server has imported is taken out of the collection of garbage, once, so that reruns do not pay for it.

Streamlit collects garbage after every rerun, and each collection walks every object that an import has made: 120,000 of
them once music21, Plotly and Verovio are there, which is 70 ms of the one interpreter that all people share. So
everything that pages may need is imported in the background when the server starts, and frozen (`gc.freeze`).
"""

import gc
import logging
import os
import threading
from functools import cache
from importlib import import_module

WANTED = (
    "musegen.ui.compose_page",
    "musegen.ui.demo_page",
    "musegen.ui.takes_page",
    "musegen.ui.styles_page",
    "musegen.ui.draw_panel",
    "musegen.ui.play_panel",
    "musegen.ui.hum_panel",
    "musegen.rendering.engraving",
    "musegen.rendering.piano_roll",
    "musegen.rendering.charts",
    "musegen.rendering.audio",
    "musegen.rendering.pdf",
    "musegen.engine.players.recurrent",
    "musegen.files.midi",
    "musegen.files.abc",
    "musegen.files.musicxml",
)
"""Modules that pages import while they are drawn or when something is asked of them."""

_WARM_UPS = ("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n",)
"""Read once, by the process that reads files, so that the first file of a person need not wait until it runs."""

_log = logging.getLogger(__name__)


@cache
def settle_memory() -> None:
    """Import all that is wanted and freeze it; later calls do nothing. A module that is missing is left out."""
    for name in WANTED:
        try:
            import_module(name)
        except ImportError as error:  # what it is needed for says so when it is asked for
            _log.info("%s was not imported: %s", name, error)
    _warm_up()
    freeze()


def freeze() -> None:
    """Take all objects that are alive out of the collection; what is garbage now is freed before."""
    gc.collect()
    gc.freeze()


def settle_in_background() -> None:
    """Settle the memory in a thread of its own, so that the first page need not wait.

    The environment variable MUSEGEN_UNSETTLED leaves it as it was, to measure what it is worth
    (`benchmarks.classroom`).
    """
    if not os.environ.get("MUSEGEN_UNSETTLED"):
        threading.Thread(target=settle_memory, name="settle-memory", daemon=True).start()


def _warm_up() -> None:
    from musegen.composers.style import load_style
    from musegen.errors import MusegenError
    from musegen.services.styles import list_styles
    from musegen.ui.program import program

    try:
        for text in _WARM_UPS:
            program().read("warm-up.abc", text.encode())
        for card in list_styles():
            load_style(card.style_id)
    except MusegenError as error:
        _log.info("not everything could be made ready: %s", error)
