"""Takes that share no long run with what their style learned from: those that do are composed again."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.errors import ConstraintError
from musegen.remarks import Remark, remark
from musegen.services.judging.originality import has_index, originality_of
from musegen.services.styles import get_style

MOST_ATTEMPTS = 8
"""Times that a take is composed again at most."""


def compose_original(request: ComposeRequest, compose: Callable[[ComposeRequest], ComposeResult]) -> ComposeResult:
    """Return the takes of a request, those with a run longer than asked for composed again with other random numbers.

    The same request gives the same takes. Where no attempt is short enough the one with the shortest run is kept, and
    that is said.

    Args:
        request: with `longest_copy`.
        compose: makes the takes of a request.

    Raises:
        ConstraintError: what the style learned from cannot be looked up.
        MusegenError: whatever `compose` raises.
    """
    if not has_index(request.style_id):
        title = get_style(request.style_id).title
        raise ConstraintError(
            "What {title} learned from is not kept with it, so copies cannot be told; leave that out.", title=title
        )
    result = compose(request)
    again, still, takes = 0, 0, []
    for take in result.takes:
        best, shared, attempts = take, _shared(take), 0
        while shared > request.longest_copy and attempts < MOST_ATTEMPTS and request.top_k != 1:
            attempts += 1
            number = int(np.random.default_rng([request.random_seed, take.index, attempts, 81]).integers(2**62))
            other = compose(replace(request, random_seed=number, num_takes=1)).takes[0]
            if (found := _shared(other)) < shared:
                best, shared = replace(other, index=take.index, random_seed=request.random_seed), found
        again += bool(attempts)
        still += shared > request.longest_copy
        takes.append(best)
    said: tuple[Remark, ...] = (remark("composed_again", count=again, most=request.longest_copy),) if again else ()
    said += (remark("still_shared", count=still, most=request.longest_copy),) if still else ()
    return replace(result, takes=tuple(takes), messages=(*result.messages, *said))


def _shared(take: Take) -> int:
    found = originality_of(take.style_id, take.piece, take.given)
    return found.run.num_notes if found else 0
