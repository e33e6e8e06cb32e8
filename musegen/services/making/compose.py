"""The main job: a request in, takes out."""

from collections.abc import Callable
from dataclasses import replace

from musegen.composers.fitting.length import check_request
from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.services.judging.originality import has_index
from musegen.services.making.form import compose_form
from musegen.services.making.original import compose_original
from musegen.services.making.whole import compose_whole
from musegen.services.styles import abilities_of, get_style


def compose(
    request: ComposeRequest,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ComposeResult:
    """Compose the takes of a request. The same request and style give the same takes.

    Args:
        request: what the musician asks for.
        progress: called now and then with the share done, 0 to 1.
        cancelled: polled often; composing stops when it returns True.

    Raises:
        MusegenError: the request cannot be satisfied, the seed cannot be used, or the style is damaged; the message
            is a sentence for the musician.
        CancelledError: `cancelled` returned True.
    """
    make = compose_form if request.form else compose_whole
    asked = request if request.longest_copy else _as_usual(request)
    if asked.longest_copy:
        check_request(request)
        result = compose_original(asked, lambda each: make(each, progress=progress, cancelled=cancelled))
        return replace(result, request=request)
    return make(request, progress=progress, cancelled=cancelled)


def _as_usual(request: ComposeRequest) -> ComposeRequest:
    """Return a request with the longest run that takes of its style may share where none is asked for.

    Raises:
        StyleError: there is no such style.
    """
    card = get_style(request.style_id)
    usual = abilities_of(card).longest_copy
    return replace(request, longest_copy=usual) if usual and has_index(card.style_id) else request
