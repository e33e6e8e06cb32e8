"""Swing in MusicXML: the word above the first bar, and how long the first of two eighths is for programs that play."""

import contextlib
from xml.etree.ElementTree import Element

from musegen.music import MOST_SWING, STRAIGHT

_PARTS = 10_000


def swing_xml(swing: float) -> str:
    """Return the <direction> that says how a piece swings (see `Piece.swing`), the notes being written straight."""
    first = round(swing * _PARTS)
    return (
        '<direction placement="above"><direction-type><words font-weight="bold">Swing</words></direction-type>'
        f"<staff>1</staff><sound><swing><first>{first}</first><second>{_PARTS - first}</second>"
        "<swing-type>eighth</swing-type></swing></sound></direction>"
    )


def read_swing(root: Element) -> float:
    """Return the swing that a score begins with, at most `MOST_SWING`; that of straight eighths where it tells none.

    Args:
        root: <score-partwise>.
    """
    mark = root.find("part/measure//swing")
    if mark is None or mark.findtext("swing-type", "eighth") != "eighth":
        return STRAIGHT
    with contextlib.suppress(ValueError, ZeroDivisionError):
        first, second = int(mark.findtext("first") or ""), int(mark.findtext("second") or "")
        return min(max(first / (first + second), STRAIGHT), MOST_SWING)
    return STRAIGHT
