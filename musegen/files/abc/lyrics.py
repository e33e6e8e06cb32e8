"""Words of ABC: a line w: to syllables, and the words of a piece to lines (standard 2.1, section 5)."""

import re
from collections.abc import Iterator

from musegen.files.abc.letters import plain_letters
from musegen.music.words import HELD, NOTHING

MAX_SUNG = 2_000
"""Notes of a line of music that words are set under."""
_MOST_CHARACTERS = 80
_HYPHEN = "\x00"


def syllables_of_line(text: str) -> Iterator[str]:
    """Yield the syllables of a line, those whose word goes on with "-" at the end; `HELD`, `NOTHING`, "|" for a bar."""
    text = re.sub(r"([_*|])", r" \1 ", text.replace("\\-", _HYPHEN))
    text = re.sub(r"\s+-", "-", text)
    for word in text.split():
        if word in (HELD, NOTHING, "|"):
            yield word
            continue
        parts = re.split(r"(-)", word)
        for index in range(0, len(parts), 2):
            part = plain_letters(parts[index].replace("~", " ").replace(_HYPHEN, "-"))[:_MOST_CHARACTERS].strip()
            goes_on = index + 1 < len(parts)
            if part:
                yield part + "-" if goes_on else part
            elif goes_on and index:
                yield HELD  # "time--ly": the syllable before is sung on


def printed(text: str) -> str:
    """Return a syllable as a line of words has it."""
    goes_on = text.endswith("-")
    plain = re.sub(r"([-_*|~])", r"\\\1", text.removesuffix("-") if goes_on else text).replace(" ", "~")
    return plain.replace("%", "\\%") + ("-" if goes_on else " ")
