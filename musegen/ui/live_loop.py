"""The live loop on the page: sliders that ask for takes themselves, before Streamlit has run the script again.

offer, shown, settle, answer. The page's own code (`web/page/live.js`) sees a slider being let go of and asks the app's
route; the stage shows what comes. The run of the script, which Streamlit begins meanwhile, finds the same job and takes
it over: history, desk and recipes know no difference, and without JavaScript's help there is that run alone.
"""

import json
from collections.abc import Iterator
from typing import Any

from musegen.composers.request import ComposeRequest
from musegen.errors import MusegenError
from musegen.languages import told
from musegen.services.making.jobs import ComposeJob
from musegen.services.making.live import LiveDesk
from musegen.services.showing import shown as showing
from musegen.ui import shared_controls, stage
from musegen.ui.browser import component
from musegen.ui.language import spoken
from musegen.ui.owner import of_browser
from musegen.ui.program import program
from musegen.ui.state import session

PATIENCE_SECONDS = 0.6
"""For which a run of the script lets the page have its answer first; they would share one processor."""

_SOON_SECONDS, _LOOK_SECONDS = 0.4, 0.25
"""After which the page is told how far it is, the first time and from then on."""


def offer(request: ComposeRequest | None, title: str) -> None:
    """Let the page ask for takes itself, beginning from a request as the page stands; None where it may not.

    Args:
        request: what is asked for now.
        title: of its takes.
    """
    desk = session().live
    desk.stands(request, title, of_browser(), spoken())
    sliders = {} if request is None else _sliders(request)
    values = {name: getattr(request, name) for name in sliders.values()}
    component("live")(
        key="live-loop", data={"token": desk.token if sliders else "", "sliders": sliders, "values": values}
    )


def shown(style_id: str, *, plain_view: bool) -> None:
    """Note how takes are shown; call it wherever the stage is drawn.

    Args:
        style_id: of the takes.
        plain_view: whether notes are marked as always and no reasons are asked for.
    """
    can = plain_view and stage.stage_view() != "Numbers"
    session().live.shown_as(style_id, stage.manner(style_id) if can else None)


def settle() -> None:
    """Let the page have the answer that it waits for before the script does anything else."""
    session().live.settle(PATIENCE_SECONDS)


def answer(desk: LiveDesk, job: ComposeJob, number: int) -> Iterator[str]:
    """Return what the page is answered, in lines of JSON: how far it is, what is heard, what is seen.

    The last line is empty where the run of the script is to say what came of it.
    """
    try:
        patience = _SOON_SECONDS
        while not job.wait(patience):
            patience = _LOOK_SECONDS
            yield _line({"progress": job.progress})
        manner = desk.manner
        if job.result is None or job.cancelled or manner is None:
            return
        take, composed = showing.presented(job.result.takes[0], manner)
        given = showing.own_notes(take)
        yield _line(told(showing.heard(take, composed, given, manner.legend, program().sounds), desk.language))
        if manner.sheet and not job.cancelled:
            yield _line({"pages": showing.drawn(take.piece, given, manner.width), "width": manner.width})
    except MusegenError:
        return
    finally:
        desk.end(number)


def _sliders(request: ComposeRequest) -> dict[str, str]:
    """Return the settings that may be moved, by the key of their slider."""
    found = shared_controls.sliders_of(request.style_id)
    if request.num_bars is not None:
        found[f"bars-{request.style_id}"] = "num_bars"
    if request.seconds is not None:
        found[f"seconds-{request.style_id}"] = "seconds"
    return found


def _line(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n"
