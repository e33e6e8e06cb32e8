"""Which ways of composing there are: each package here that has a module `composer`. list_composers, get_composer."""

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from musegen.errors import StyleError

if TYPE_CHECKING:
    from musegen.composers.contract import Composer

_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def list_composers() -> tuple[str, ...]:
    """Return the names of all composers, sorted."""
    return tuple(sorted(path.parent.name for path in _HERE.glob("*/composer.py")))


@lru_cache(maxsize=32)
def get_composer(name: str) -> "Composer":
    """Return a composer by its name.

    Raises:
        StyleError: there is none of that name; nothing but the packages of this program is ever imported.
    """
    if name not in list_composers():
        raise StyleError(
            'This program has no way of composing called "{name:.40}"; the style is of another version.', name=name
        )
    return import_module(f"musegen.composers.{name}.composer").COMPOSER
