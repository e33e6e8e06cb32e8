"""Which ways of composing there are: each package here that has a module `composer`. list_composers, get_composer."""

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musegen import composers
from musegen.errors import StyleError

if TYPE_CHECKING:
    from musegen.composers.contract import Composer


@lru_cache(maxsize=1)
def list_composers() -> tuple[str, ...]:
    """Return the names of all composers, sorted."""
    found = {path.parent.name for folder in composers.__path__ for path in Path(folder).glob("*/composer.py")}
    return tuple(sorted(found))


@lru_cache(maxsize=32)
def get_composer(name: str) -> "Composer[Any]":
    """Return a composer by its name.

    Raises:
        StyleError: there is none of that name; nothing but the packages of this program is ever imported.
    """
    if name not in list_composers():
        raise StyleError(
            'This program has no way of composing called "{name:.40}"; the style is of another version.', name=name
        )
    return import_module(f"musegen.composers.{name}.composer").COMPOSER
