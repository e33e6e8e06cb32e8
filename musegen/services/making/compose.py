"""The main job: a request in, takes out."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from musegen.composers.chorale.plan import plan_chorale
from musegen.composers.fitting.length import check_request
from musegen.composers.options import options_of, parts_of
from musegen.composers.parts.plan import plan_score
from musegen.composers.performance.plan import plan_performance
from musegen.composers.plan import Plan
from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.solo.plan import plan_jazz
from musegen.composers.temperature_curve import temperature_of
from musegen.composers.tune.plan import plan_tune
from musegen.engine.draw import SamplingSettings
from musegen.engine.loop import sample
from musegen.engine.players.recurrent import StepModel
from musegen.errors import ConstraintError, StyleError
from musegen.music import Piece
from musegen.music.timing import duration_seconds, num_bars
from musegen.styles import Style, load_style

PLANNERS: dict[str, Callable[[ComposeRequest, Style], Plan]] = {
    "folk-tune": plan_tune,
    "chorale": plan_chorale,
    "performance": plan_performance,
    "solo": plan_jazz,
    "score": plan_score,
}
"""By codec: how a request becomes a plan."""


@lru_cache(maxsize=16)
def _model(folder: Path, style_sha256: str, hidden_index: int) -> StepModel:
    return StepModel(folder, hidden_index)


def model_of(style: Style) -> StepModel:
    """Return the network of a style, loaded once."""
    return _model(style.folder, style.card.sha256, style.hidden_index)


def settings_of(request: ComposeRequest) -> SamplingSettings:
    """Return how the events of a request are drawn."""
    at = temperature_of(request.temperature_curve)
    return SamplingSettings(request.temperature, request.top_k, request.top_p, request.key_strength, at)


def _credited(piece: Piece, request: ComposeRequest) -> Piece:
    """Return the piece with whoever made the seed, or the example of ours that it is, named beside the style."""
    if request.primer is None:
        return piece
    author, title = request.primer.composer.strip(), request.primer.title.strip()
    seed = f"seed by {author or 'you'}"
    if author.startswith("Musegen"):  # an example of ours, or what was composed before
        seed = f"after {title}" if title else ""
    return replace(piece, composer=", ".join(filter(None, (piece.composer, seed))))


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
    begun = time.perf_counter()
    check_request(request)
    style = load_style(request.style_id)
    if request.mode not in style.card.modes:
        raise StyleError(f"{style.card.title} cannot {request.mode}; it can {' and '.join(style.card.modes)}.")
    if request.chart.strip() and "chart" not in options_of(style.card):
        raise ConstraintError(f"{style.card.title} plays over no chart; leave it out, or choose a style that does.")
    if request.instruments and not parts_of(style.card):
        raise ConstraintError(f"{style.card.title} has no instruments to choose from; leave them out.")
    if request.form:
        if style.codec.name == "performance":
            raise ConstraintError(f"{style.card.title} plays freely, so it cannot repeat sections; leave out the form.")
        if style.codec.name == "score":
            raise ConstraintError(f"{style.card.title} cannot repeat sections; leave out the form.")
        if style.codec.name == "solo":
            raise ConstraintError(f"{style.card.title} follows the form of its chart; leave out the form.")
        from musegen.services.making.form import compose_form  # which composes its sections here

        return compose_form(request, progress=progress, cancelled=cancelled)
    model = model_of(style)
    loaded = time.perf_counter()
    plan = PLANNERS[style.codec.name](request, style)
    cursors = [plan.make_cursor() for _ in range(request.num_takes)]
    traces = sample(
        model,
        cursors,
        settings_of(request),
        plan.constraints,
        [(request.random_seed, index) for index in range(request.num_takes)],
        progress=progress,
        cancelled=cancelled,
    )
    takes = []
    for index, (cursor, trace) in enumerate(zip(cursors, traces, strict=True)):
        piece = plan.finish(cursor)
        given = tuple(
            frozenset(i for i, note in enumerate(track.notes) if plan.is_given(t, note))
            for t, track in enumerate(piece.tracks)
        )
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
    same = ("With top-k 1 the likeliest note is always taken, so all takes are the same.",)
    messages = plan.messages + plan.remarks() + (same if request.top_k == 1 and request.num_takes > 1 else ())
    return ComposeResult(request, tuple(takes), messages, timings)
