"""What lies on a table: a task in words, a request to begin from, and what may be changed of it.

Setting, OPEN, set_table, read_setting, within. A table is kept as text with a version, its request as a recipe.
"""

import json
from dataclasses import dataclass, fields, replace

from musegen.composers.request import ComposeRequest
from musegen.errors import FileFormatError, MusegenError
from musegen.languages import message, msgid
from musegen.library import tables
from musegen.library.table_store import Table
from musegen.services.making.recipe import Recipe, read_recipe_text, recipe_text
from musegen.services.styles import get_style

VERSION = 1
MAX_TASK, MAX_TITLE = 400, 80

OPEN = {
    "seed": msgid("the music to start from"),
    "style": msgid("the style and what it does"),
    "sliders": msgid("temperature and length"),
    "more": msgid("everything under More"),
    "steer": msgid("parts of a take, afterwards"),
}
"""What may be changed of a table, in words."""

USUALLY_OPEN = ("sliders", "steer")
_FIELDS = {
    "seed": ("primer",),
    "style": ("style_id", "mode"),
    "sliders": ("temperature", "temperature_curve", "num_bars", "seconds"),
}
"""Fields of `ComposeRequest` by what they belong to; all others belong to "more"."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What lies on a table.

    Args:
        title: as it is listed.
        task: what to do, in words.
        request: what everybody begins from.
        may_change: names of `OPEN`.
    """

    title: str
    task: str
    request: ComposeRequest
    may_change: frozenset[str]


def set_table(owner: str, setting: Setting) -> Table:
    """Set a table and return it with its keys.

    Raises:
        LibraryError: it cannot be kept.
    """
    return tables.set_table(owner, setting_text(setting))


def setting_text(setting: Setting) -> str:
    """Return what lies on a table as text."""
    return json.dumps({
        "musegen_table": VERSION,
        "title": " ".join(setting.title.split())[:MAX_TITLE],
        "task": setting.task.strip()[:MAX_TASK],
        "recipe": recipe_text(Recipe(setting.request, 0, "", setting.title)),
        "may_change": sorted(setting.may_change),
    })  # fmt: skip


def read_setting(text: str) -> Setting:
    """Return what `setting_text` wrote.

    Raises:
        FileFormatError: it is of a newer program, or damaged.
        StyleError: its style is not here.
    """
    try:
        body = json.loads(text)
        version = body["musegen_table"]
        if version != VERSION:
            raise FileFormatError(
                "This table was set with another version of Musegen (layout {found}; this one reads {known}). Ask for "
                "it to be set anew.",
                found=f"{version!r:.20}",
                known=VERSION,
            )
        title, task, may_change = str(body["title"]), str(body["task"]), frozenset(map(str, body["may_change"]))
        recipe = str(body["recipe"])
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError("This table is damaged and cannot be opened; ask for it to be set anew.") from error
    request = read_recipe_text(recipe)[0].request
    if not isinstance(request, ComposeRequest):
        raise FileFormatError("This table does not say what to compose; ask for it to be set anew.")
    get_style(request.style_id)
    return Setting(title, task, request, may_change & set(OPEN))


def title_of(table: Table) -> str:
    """Return the title of a table, whatever else of it can be read."""
    try:
        return read_setting(table.body).title
    except MusegenError:
        try:
            return str(json.loads(table.body)["title"])
        except (ValueError, KeyError, TypeError):
            return message("A table that cannot be read")


def within(setting: Setting, request: ComposeRequest) -> ComposeRequest:
    """Return a request with everything that may not be changed as it was set.

    What a change of the style brings with it is free: settings of one style mean nothing in another.
    """
    held = {field.name for field in fields(ComposeRequest) if _belongs_to(field.name) not in setting.may_change}
    held -= {"random_seed"}  # other takes can always be asked for
    if "style" in setting.may_change and request.style_id != setting.request.style_id:
        held &= {"primer"}
    if request.mode == "invent" or setting.request.primer is None:
        held -= {"primer"}
    return replace(request, **{name: getattr(setting.request, name) for name in held})


def _belongs_to(name: str) -> str:
    return next((part for part, names in _FIELDS.items() if name in names), "more")
