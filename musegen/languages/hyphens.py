"""Words divided into syllables, as a proposal: where a hyphen may stand in print (pyphen; Liang, thesis, 1983)."""

import re
from collections.abc import Callable
from functools import lru_cache

LANGUAGES = {"english": "en_US", "german": "de_DE", "spanish": "es", "french": "fr", "italian": "it_IT"}
_LETTERS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=8)
def divider(language: str | None) -> Callable[[str], str]:
    """Return what puts hyphens into a word of a language; None leaves words as they are.

    Raises:
        ValueError: there are no patterns for the language.
    """
    if language is None:
        return str
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    import pyphen

    patterns = pyphen.Pyphen(lang=LANGUAGES[language], left=1, right=2)
    return lambda word: _LETTERS.sub(lambda match: patterns.inserted(match[0]), word)
