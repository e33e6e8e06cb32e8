"""A take made again from its recipe."""

from collections.abc import Callable
from dataclasses import replace

from musegen.composers.request import ComposeRequest, ComposeResult, Take
from musegen.composers.steer_request import SteerResult
from musegen.errors import FileFormatError
from musegen.remarks import Remark
from musegen.services.making.compose import compose
from musegen.services.making.recipe import Recipe, changed_style
from musegen.services.making.steer import steer
from musegen.services.styles import get_style


def remake(recipe: Recipe, *, cancelled: Callable[[], bool] | None = None) -> tuple[Take, tuple[Remark, ...]]:
    """Return the take of a recipe, composed again, and what the musician should know of it.

    Raises:
        MusegenError: the style is not here, or the recipe asks for what cannot be.
    """
    card = get_style(recipe.request.style_id)
    if not 0 <= recipe.index < recipe.request.num_takes:
        raise FileFormatError(
            "The recipe asks for take {index} of {num_takes}.",
            index=recipe.index + 1,
            num_takes=recipe.request.num_takes,
        )
    result: ComposeResult | SteerResult
    if isinstance(recipe.request, ComposeRequest):
        result = compose(recipe.request, cancelled=cancelled)
    else:
        result = steer(recipe.request, cancelled=cancelled)
    take = result.takes[recipe.index]
    if recipe.title:
        take = replace(take, piece=replace(take.piece, title=recipe.title))
    changed = changed_style(recipe, card)
    return take, (*((changed,) if changed else ()), *result.messages)
