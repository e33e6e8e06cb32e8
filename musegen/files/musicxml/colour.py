"""Whose a note is, in MusicXML: a musician's own notes are blue. blue."""

import re
from collections.abc import Collection

_NOTE = re.compile(r'<note id="n(\d+)-(\d+)[^"]*"')
_BLUE = ' color="#1F6FC0"'


def blue(text: str, given: Collection[tuple[int, int]]) -> str:
    """Return MusicXML that `musicxml_text` wrote with some notes blue.

    Args:
        text: the MusicXML.
        given: (track, index) of the notes.
    """
    if not given:
        return text
    return _NOTE.sub(lambda m: m[0] + _BLUE if (int(m[1]), int(m[2])) in given else m[0], text)
