"""Swing in MusicXML: the word above the first bar, and how long the first of two eighths is for programs that play."""

import contextlib
from xml.etree.ElementTree import Element

from musegen.music import MOST_SWING, STRAIGHT

_PARTS = 10_000


def with_swing(tempo_xml: str, swing: float) -> str:
    """Return the <direction> of a tempo that also says how a piece swings, whose notes are written straight.

    Args:
        tempo_xml: a <direction> with one <direction-type> and an empty <sound>.
        swing: see `Piece.swing`.
    """
    first = round(swing * _PARTS)
    words = '<direction-type><words font-weight="bold">Swing</words></direction-type><direction-type>'
    sound = f"<swing><first>{first}</first><second>{_PARTS - first}</second><swing-type>eighth</swing-type></swing>"
    start = tempo_xml.index("<sound ")
    end = tempo_xml.index("/>", start)
    whole = f"{tempo_xml[:end]}>{sound}</sound>{tempo_xml[end + 2 :]}"
    return whole.replace("<direction-type>", words, 1)


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
