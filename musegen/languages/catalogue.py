"""The languages there are and their catalogues: LANGUAGES, ENGLISH, Language, language, preferred.

A catalogue is a gettext file, `catalogues/<code>.po`, whose messages are the English sentences as they stand in the
code. It is read once in a process. English needs none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from musegen.languages.note_names import NAMINGS

CATALOGUES = Path(__file__).parent / "catalogues"

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "it": "Italiano"}
"""The languages by code, each called as it calls itself."""

USUAL_NAMES = {"en": "english", "de": "german", "es": "italian", "fr": "french", "it": "italian"}
"""What notes are called where a language is spoken; one of `NAMINGS`."""

_DECIMAL = {"en": ("", "."), "de": (".", ","), "es": ("\u202f", ","), "fr": ("\u202f", ","), "it": (".", ",")}
_PLURAL = re.compile(r"plural=([n0-9 ()!=><]+);?")


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and what notes are called in it.

    Args:
        code: of `LANGUAGES`.
        names: one of `NAMINGS`.
        chords: whether chord symbols are written with these names too; else with the letters of jazz, C7 and Bb.
        catalogue: its sentences by the English ones.
        plural: the form that a count takes: 0 for one, 1 for many.
    """

    code: str = "en"
    names: str = "english"
    chords: bool = False
    catalogue: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)
    plural: Callable[[int], int] = field(default=lambda n: int(n != 1), compare=False, repr=False)

    def of(self, english: str) -> str:
        """Return a sentence in this language; the English one where it has none."""
        return self.catalogue.get(english, english)

    def number(self, text: str) -> str:
        """Return a number that is written as in English ("1,200.5") as it is written in this language."""
        if self.code == "en":
            return text
        thousands, decimal = _DECIMAL[self.code]
        return "".join({",": thousands, ".": decimal}.get(sign, sign) for sign in text)


ENGLISH = Language()


@cache
def language(code: str, names: str = "", chords: bool = False) -> Language:
    """Return a language; its catalogue is read at the first call.

    Args:
        code: of `LANGUAGES`; English where it is none of them.
        names: one of `NAMINGS`; "" for what is usual in the language.
        chords: see `Language`.
    """
    code = code if code in LANGUAGES else "en"
    names = names if names in NAMINGS else USUAL_NAMES[code]
    catalogue, plural = _read(code)
    return Language(code, names, chords, catalogue, plural)


@cache
def _read(code: str) -> tuple[Mapping[str, str], Callable[[int], int]]:
    if code == "en":
        return ENGLISH.catalogue, ENGLISH.plural
    from babel.messages.pofile import read_po

    with (CATALOGUES / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code)
    sentences = {str(m.id): str(m.string) for m in found if m.id and m.string and not m.fuzzy}
    return MappingProxyType(sentences), _plural(found.plural_forms)


def _plural(forms: str) -> Callable[[int], int]:
    """Return the rule of a catalogue's header, "nplurals=2; plural=(n > 1);"."""
    rule = _PLURAL.search(forms)
    more_than_one = rule is not None and re.sub(r"[ ()]", "", rule[1]) == "n>1"
    return (lambda n: int(n > 1)) if more_than_one else (lambda n: int(n != 1))


def preferred(accepted: str) -> str:
    """Return the language of a browser's Accept-Language ("de-AT,de;q=0.9,en;q=0.8") that is liked most and is here.

    English where there is none.
    """
    wishes = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            liked = float(weight or 1)
        except ValueError:
            continue
        wishes.append((-liked, place, tag.strip().lower().split("-")[0].split("_")[0]))
    return next((code for liked, _, code in sorted(wishes) if liked < 0 and code in LANGUAGES), "en")
