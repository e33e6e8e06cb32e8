"""A sentence that can be said in any language: Message, message, told, together, msgid.

A `Message` is its English text, and knows what it was made of: a template and values. Names in braces are values, as in
`str.format`. After a colon may stand, besides what `format` knows:

- `one|many` or `none|one|many`, words for a count, by the plural rule of the language: "{count:# note was|# notes
  were} moved"; # is the number, ## the number in words;
- `list` of several texts or numbers, `quoted` of several titles;
- what a subclass knows (`terms`).

Values that are messages or names of notes are worded in the language too.
"""

import string
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

from musegen.languages.catalogue import ENGLISH, Language
from musegen.languages.note_names import KeyName, NoteName, named_key, named_note

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
MODES = ("major", "minor", "dorian", "mixolydian", "phrygian", "lydian", "locrian")
AND, QUOTED, COMMA = "{several} and {last}", '"{text}"', ", "
Term = Callable[[Any], Any]


class Message(str):
    """An English sentence that can be worded in another language.

    Attributes:
        template: the sentence with its values' names, the message of the catalogues.
        values: by name.
    """

    __slots__ = ("template", "values")

    terms: Mapping[str, Term] = MappingProxyType({})
    """What else may stand after the colon, besides what is listed above: makes the value that is said."""

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Self:
        """Return the sentence of a template.

        Raises:
            KeyError: one of its values is missing.
        """
        return cls._made(template, values)

    @classmethod
    def _made(cls, template: str, values: Mapping[str, Any]) -> Self:
        plain = {name: _plain(value) for name, value in values.items()}
        made = str.__new__(cls, worded(template, plain, ENGLISH, cls.terms))
        made.template, made.values = template, plain
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.template, dict(self.values))

    def told(self, language: Language) -> str:
        """Return the sentence in a language."""
        if language == ENGLISH:
            return str.__str__(self)
        return worded(language.of(self.template), self.values, language, self.terms)


def _plain(value: Any) -> Any:
    """Return a value as any process can read it: numbers, text and tuples of these; what is none is its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return tuple(_plain(each) for each in value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of numpy
        return value.item()
    return str(value)


def message(template: str, **values: Any) -> Message:
    """Return a sentence with its values; its template is a message of the catalogues."""
    return Message(template, values)


def together(sentences: Iterable[str], between: str = " ") -> Message:
    """Return several sentences as one that can still be worded in another language."""
    said = [sentence for sentence in sentences if sentence]
    names = [f"s{index}" for index in range(len(said))]
    return Message(between.join(f"{{{name}}}" for name in names), dict(zip(names, said, strict=True)))


def msgid(english: str) -> str:
    """Return a text as it is; it marks one that is worded later for the catalogues."""
    return english


def told(said: Any, language: Language) -> Any:
    """Return what is said in a language: messages, names of notes and keys, and lists, tuples and dicts of these.

    Anything else is returned as it is.
    """
    if isinstance(said, Message):
        return said.told(language)
    if isinstance(said, NoteName):
        return named_note(said, language.names)
    if isinstance(said, KeyName):
        return named_key(said, language.names, {mode: language.of(mode) for mode in MODES})
    if type(said) is dict:
        return {name: told(value, language) for name, value in said.items()}
    if type(said) in (list, tuple):
        return type(said)(told(value, language) for value in said)
    return said


class _Worder(string.Formatter):
    def __init__(self, language: Language, terms: Mapping[str, Term]) -> None:
        self.language, self.terms = language, terms

    def format_field(self, value: Any, spec: str) -> str:
        if spec in self.terms:
            value, spec = self.terms[spec](value), ""
        if spec == "list":
            return self._listed([str(self._said(each)) for each in value])
        if spec == "quoted":
            return self.language.of(COMMA).join(
                self.language.of(QUOTED).format(text=self._said(each)) for each in value
            )
        if "|" in spec:
            return self._counted(value, spec)
        if isinstance(value, float) or (spec and isinstance(value, int)):
            return self.language.number(format(value, spec))
        return format(self._said(value), spec)

    def _said(self, value: Any) -> Any:
        return told(value, self.language) if isinstance(value, str) else value

    def _counted(self, value: Any, spec: str) -> str:
        *none, one, many = spec.split("|")
        if none and not value:
            return none[0]
        in_words = self.language.of(NUMBERS[value]) if 0 <= value < len(NUMBERS) else str(value)
        form = many if self.language.plural(value) else one
        return form.replace("##", in_words).replace("#", str(value))

    def _listed(self, words: list[str]) -> str:
        if len(words) < 2:
            return "".join(words)
        several = self.language.of(COMMA).join(words[:-1])
        return self.language.of(AND).format(several=several, last=words[-1])


def worded(
    template: str, values: Mapping[str, Any], language: Language = ENGLISH, terms: Mapping[str, Term] | None = None
) -> str:
    """Return a template with its values in a language; the template is in that language already, without any a text.

    Raises:
        KeyError: a value is missing.
    """
    if not values and not terms:
        return template
    return _Worder(language, terms or {}).vformat(template, (), values)
