"""A kept take shown on the Compose page, as a result that can be gone on from: show_in_compose."""

from musegen.composers.request import ComposeRequest, ComposeResult
from musegen.composers.steer_request import SteerRequest, SteerResult
from musegen.errors import MusegenError
from musegen.library.takes import OpenedTake
from musegen.services.keeping.listing import readable
from musegen.services.making.recipe import changed_style, read_recipe_text
from musegen.services.styles import get_style
from musegen.ui import recipe_panel, stage
from musegen.ui.keep_panel import notes_of
from musegen.ui.state import session


def show_in_compose(opened: OpenedTake, mine: bool) -> None:
    """Make a kept take the result that the Compose page shows, and set its controls as the take was made.

    Args:
        opened: the take.
        mine: whether it is in the musician's own library.
    """
    state, listed = session(), opened.listed
    opened, take, trouble = readable(opened)
    words: tuple[str, ...] = ()
    request: ComposeRequest | SteerRequest | None = None
    try:
        if opened.recipe:
            recipe, words = read_recipe_text(opened.recipe)
            request = recipe.request
        card = get_style(listed.style_id)
        if request is not None:
            changed = changed_style(recipe, card)
            words += ((changed,) if changed else ()) + recipe_panel.set_all(request, card)
    except MusegenError as error:
        words = (str(error),)
    words = ((trouble,) if trouble else ()) + words
    state.adopt, state.error, state.recipe_error = True, None, None
    instruments = f"take {listed.take_id}"
    stage.choose_programs(instruments, {})  # it sounds as it was kept, and earlier results as before
    known = request is not None
    if request is None:
        request = ComposeRequest(listed.style_id, primer=opened.piece)
    result = (
        SteerResult(request, (take,), ((),)) if isinstance(request, SteerRequest) else ComposeResult(request, (take,))
    )
    kept = {take.index: listed.take_id} if mine else {}
    if mine:
        state.kept_from[notes_of(opened.piece)] = listed.take_id
    state.add(result, listed.name, listed.made_from or listed.name, kept=kept, words=words, recipe=known,
              instruments=instruments)  # fmt: skip
