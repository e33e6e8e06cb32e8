"""What is said to the musician of a take, as data: Remark, remark, WORDS.

A remark is a sentence that knows what it is about: its code and values. Code asks for the code, never for the words;
the words stand here once, so that they can be changed, or translated, in one place.
"""

from collections.abc import Mapping
from typing import Any

_CUT = "The seed has {whole} bars and {asked_of} to have {asked}; the last {used} of the seed {were} used."


def _cut(asked_of: str, used: str, were: str) -> str:
    return _CUT.replace("{asked_of}", asked_of).replace("{used}", used).replace("{were}", were)


WORDS = {
    "key_moved": "The seed was moved from {own} to {wanted}.",
    "tempo_changes": "The tempo of the seed changes; its first, {qpm:.0f}, was used throughout.",
    "too_many_seconds": "{seconds:g} seconds would be {bars} bars at this tempo; the piece has {most}, the most there "
    "may be, and lasts {lasts:.0f} seconds.",
    "seed_cut": _cut("the piece is", "{used} bars", "were"),
    "seed_cut_to_one": _cut("the piece is", "bar", "was"),
    "seed_cut_for_section": _cut("each section is", "{used} bars", "were"),
    "seed_cut_to_one_for_section": _cut("each section is", "bar", "was"),
    "no_raised_notes": "The key lock keeps to {key} without raised notes.",
    "raised_as_in_seed": "The key lock keeps to {key}, with {notes} as in the seed.",
    "raised_for_cadences": "The key lock keeps to {key}, with {notes} for its cadences.",
    "one_moved_by_octaves": "1 note lies beyond what this style plays and was moved by octaves.",
    "composed_again": "So that no run of more than {most} notes is one that the style learned, {count} of the takes "
    "were composed again.",
    "still_shared": "Of {count} of the takes every attempt shared more than {most} notes; the one that shares least is "
    "here.",
    "moved_by_octaves": "{count} notes lie beyond what this style plays and were moved by octaves.",
}
"""The sentence of each code; names in braces are its values."""


class Remark(str):
    """A sentence for the musician that knows its code and its values; see `remark`."""

    __slots__ = ("code", "values")

    code: str
    values: Mapping[str, Any]

    def __new__(cls, code: str, values: Mapping[str, Any]) -> "Remark":
        """Return the sentence of a code.

        Raises:
            KeyError: there is no such code, or one of its values is missing.
        """
        made = super().__new__(cls, WORDS[code].format(**values))
        made.code, made.values = code, dict(values)
        return made

    def __reduce__(self) -> tuple[type["Remark"], tuple[str, Mapping[str, Any]]]:
        return Remark, (self.code, self.values)


def remark(code: str, **values: Any) -> Remark:
    """Return the remark of a code with its values."""
    return Remark(code, values)


def code_of(message: str) -> str:
    """Return the code of a remark, "" of a plain sentence."""
    return message.code if isinstance(message, Remark) else ""
