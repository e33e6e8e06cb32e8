"""The main job: a request in, takes out."""

from collections.abc import Callable

from musegen.composers.fitting.length import check_request
from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.services.making.form import compose_form
from musegen.services.making.original import compose_original
from musegen.services.making.whole import compose_whole


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
    if request.longest_copy:
        check_request(request)
        return compose_original(request, lambda each: make(each, progress=progress, cancelled=cancelled))
    return make(request, progress=progress, cancelled=cancelled)
