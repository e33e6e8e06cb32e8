"""Errors a musician should read.

Library code raises them, the command line and the pages turn them into one sentence. A wrong argument
in code is a ``ValueError`` instead. Each is made of a template and its values, so that it can be said in any language
(see `musegen.languages.message`): ``StyleError('There is no style "{name}".', name=name)``; `str` of it is a `Message`.
"""

from typing import Any

from musegen.languages import Message


class MusegenError(Exception):
    """Something in the world is not as needed: the message says what, and what to do.

    Args:
        sentence: the template, or a `Message` that is made.
        values: of the template.
    """

    def __init__(self, sentence: str = "", /, **values: Any) -> None:
        super().__init__(sentence if isinstance(sentence, Message) else Message(sentence, values))

    def __str__(self) -> Message:
        return self.args[0]


class FileFormatError(MusegenError):
    """A file cannot be read as music."""


class SeedSyntaxError(FileFormatError):
    """A typed seed cannot be read.

    Args:
        sentence: for the musician.
        position: index of the offending character in the typed text, 0-based.
        values: of the sentence.
    """

    def __init__(self, sentence: str, position: int, **values: Any) -> None:
        super().__init__(sentence, **values)
        self.position = position


class ChartError(MusegenError):
    """A chord or a chart cannot be read.

    Args:
        sentence: for the musician.
        token: what cannot be read, as it was typed.
        bar: number of its bar in the chart, from 1; None outside a chart.
        meant: the nearest spelling that can be read, empty where nothing is near.
        position: index of the token in the typed text, 0-based.
    """

    def __init__(
        self, sentence: str, token: str = "", bar: int | None = None, meant: str = "", position: int = 0
    ) -> None:
        super().__init__(sentence)
        self.token = token
        self.bar = bar
        self.meant = meant
        self.position = position


class CodecError(MusegenError):
    """Music that a representation cannot hold, or an array that is no music."""


class StyleError(MusegenError):
    """A style is missing, damaged, or does not do what is asked."""


class ConstraintError(MusegenError):
    """What was asked for cannot be satisfied together."""


class DatasetError(MusegenError):
    """A corpus is missing or is not the one expected."""


class RenderingError(MusegenError):
    """Sound or picture could not be made."""


class LibraryError(MusegenError):
    """Kept takes cannot be read or written."""


class CancelledError(MusegenError):
    """The musician pressed stop."""
