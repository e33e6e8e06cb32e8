"""A sentence that knows what it is about: Remark, remark, code_of, as_rows, of_rows.

Code asks for the code and the values, never for the words: those stand in `words` alone, so that they can be changed,
or said in another language.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from musegen.languages import Message
from musegen.remarks.words import TERMS, WORDS


class Remark(Message):
    """A sentence for the musician that knows its code and its values; see `remark`.

    Attributes:
        code: of the catalogue.
        values: by name; numbers, text, None, and tuples of these: keys are (tonic, mode), meters (3, 4).
    """

    __slots__ = ("code",)

    terms = TERMS
    code: str

    def __new__(cls, code: str, values: Mapping[str, Any]) -> "Remark":
        """Return the sentence of a code.

        Raises:
            KeyError: there is no such code, or one of its values is missing.
            TypeError: a value is no plain data.
        """
        plain = {name: _plain(value) for name, value in values.items()}
        made = cls._made(WORDS[code], plain)
        made.code = code
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Remark, (self.code, dict(self.values))


def remark(code: str, **values: Any) -> Remark:
    """Return the remark of a code with its values."""
    return Remark(code, values)


def code_of(message: str) -> str:
    """Return the code of a remark, "" of a plain sentence."""
    return message.code if isinstance(message, Remark) else ""


def as_rows(remarks: Iterable[str]) -> list[list[Any]]:
    """Return remarks as JSON holds them, [code, values] each; sentences that are none are left out."""
    return [[said.code, dict(said.values)] for said in remarks if isinstance(said, Remark)]


def of_rows(rows: Iterable[Any]) -> tuple[Remark, ...]:
    """Return the remarks of `as_rows`; those whose code is known no more are left out.

    Raises:
        TypeError, ValueError, KeyError: they are none.
    """
    return tuple(Remark(code, values) for code, values in rows if code in WORDS)


def _plain(value: Any) -> Any:
    """Return a value as what any process and any language can read; numbers of numpy become those of Python."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return tuple(_plain(each) for each in value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"a remark holds numbers, text and tuples of these, not {type(value).__name__}")
