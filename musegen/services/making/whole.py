"""A request without a form in, takes out: compose_whole. See `compose` for requests of any kind."""

import time
from collections.abc import Callable
from dataclasses import replace

from musegen.composers.fitting.length import check_request
from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.style import Style, blended, load_style
from musegen.composers.temperature_curve import sampling_settings
from musegen.engine.loop import sample
from musegen.engine.recall import RecallTable
from musegen.errors import StyleError
from musegen.music import Piece
from musegen.music.pickup import with_counted_pickup
from musegen.music.timing import duration_seconds, num_bars
from musegen.remarks import Remark, remark
from musegen.services.making.words import sung_again

_UNHEARD_QUARTER = 1e-3
"""A pickup that is moved by less is one of a file's rounding."""


def _credited(piece: Piece, request: ComposeRequest) -> Piece:
    """Return the piece with whoever made the seed, or the example of ours that it is, named beside the style."""
    if request.primer is None:
        return piece
    author, title = request.primer.composer.strip(), request.primer.title.strip()
    seed = f"theme by {author}" if author else f"after {title}" if title else "theme by you"
    if author.startswith("Musegen"):  # an example of ours, or what was composed before
        seed = f"after {title}" if title else ""
    return replace(piece, composer=", ".join(filter(None, (piece.composer, seed))))


def style_of(request: ComposeRequest) -> Style:
    """Return the style of a request, blended with another one where that is asked for.

    Raises:
        StyleError: there is no such style, or the two cannot be blended.
    """
    style = load_style(request.style_id)
    return blended(style, request.blend_with, request.blend) if request.blend_with else style


def _recall_of(style: Style, request: ComposeRequest) -> RecallTable | None:
    """Return how far takes go on as they went on before.

    Raises:
        StyleError: more or less of it is asked for than is usual, and the style has not learned when it is due.
    """
    if style.recall is None:
        if request.recall not in (0.0, 1.0):
            raise StyleError(
                "{title} has not learned how often music takes up what it has done.", title=style.card.title
            )
        return None
    return style.recall.composing(request.recall) if request.recall else None


def compose_whole(
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
    begun, asked = time.perf_counter(), request
    check_request(request)
    style = style_of(request)
    abilities = style.composer.abilities(style.card)
    if request.mode not in abilities.modes:
        raise StyleError(
            "{title} cannot {mode}; it can {modes}.",
            title=style.card.title,
            mode=request.mode,
            modes=" and ".join(abilities.modes),
        )
    style.composer.options(request, style.card)  # refuses what the style does not take
    if request.temperature_curve and not abilities.curve:
        raise style.composer.refusal("curve", style.card)
    player = style.player
    loaded = time.perf_counter()
    said: tuple[Remark, ...] = ()
    if request.primer is not None:
        primer = with_counted_pickup(request.primer)
        far = abs(primer.pickup_quarter - request.primer.pickup_quarter) > _UNHEARD_QUARTER
        said = (remark("pickup_moved"),) if far else ()
        request = replace(request, primer=primer)
    plan = style.composer.plan(request, style)
    cursors = [plan.cursor() for _ in range(request.num_takes)]
    traces = sample(
        player,
        cursors,
        sampling_settings(request),
        replace(plan.constraints, recall=_recall_of(style, request)),
        [(request.random_seed, index) for index in range(request.num_takes)],
        progress=progress,
        cancelled=cancelled,
    )
    takes, num_lost = [], 0
    for index, (cursor, trace) in enumerate(zip(cursors, traces, strict=True)):
        piece = plan.finish(cursor)
        given = tuple(
            frozenset(i for i, note in enumerate(track.notes) if plan.is_given(t, note))
            for t, track in enumerate(piece.tracks)
        )
        if request.primer is not None and request.primer.words:
            piece, lost = sung_again(piece, request.primer, given)
            num_lost = max(num_lost, lost)
        takes.append(
            Take(
                piece=_credited(piece, request) if any(given) else piece,
                index=index,
                given=given,
                num_bars=num_bars(piece),
                seconds=duration_seconds(piece),
                notes_changed=trace.notes_changed,
                log_likelihood=trace.log_likelihood,
                random_seed=request.random_seed,
                style_id=request.style_id,
                style_sha256=style.card.sha256,
            )
        )
    timings = {"load": (loaded - begun) * 1e3, "sample": (time.perf_counter() - loaded) * 1e3}
    same = (remark("takes_the_same"),)
    words = (remark("words_moved", count=num_lost),) if num_lost else ()
    messages = (
        said + plan.messages + plan.remarks() + words + (same if request.top_k == 1 and request.num_takes > 1 else ())
    )
    return ComposeResult(asked, tuple(takes), messages, timings)
