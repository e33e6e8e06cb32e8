"""The sustain pedal as MusicXML: a line below the lowest staff of a part for each time the foot is down.

Verovio 6.4 loses lines that begin where another ends: for it `music.pedalling.releases_apart` ends them sooner.
"""

from musegen.music import Piece
from musegen.music.meter import QUARTER
from musegen.music.score import Part, to_ticks

_GRID = QUARTER // 12
"""Pedals are printed on 16ths and triplets; a foot is not more exact."""


def printed_pedals(piece: Piece, parts: tuple[Part, ...], end: int) -> list[list[tuple[int, str]]]:
    """Return for each part (tick, "start" | "stop") of its pedal marks, in order.

    Two parts in one brace that share their pedal have its marks under the lower one.

    Args:
        piece: the music.
        parts: as laid out.
        end: tick after the last bar.
    """
    tracks = dict(enumerate(piece.tracks))
    presses = [
        () if part.is_drum else tuple(press for t in part.tracks if t in tracks for press in tracks[t].pedals)
        for part in parts
    ]
    for index, (part, own) in enumerate(zip(parts[:-1], presses, strict=False)):
        if part.group == "brace" and own == presses[index + 1]:
            presses[index] = ()
    return [_marks(own, end) for own in presses]


def _marks(pedals: tuple[tuple[float, float], ...], end: int) -> list[tuple[int, str]]:
    marks: list[tuple[int, str]] = []
    for onset, release in pedals:
        down, up = (min(round(to_ticks(q) / _GRID) * _GRID, end) for q in (onset, release))
        if down >= up:
            continue
        if marks and marks[-1][0] > down:
            continue
        marks += [(down, "start"), (up, "stop")]
    return marks


def pedal_xml(kind: str, offset: int, staff: str) -> str:
    """Return one pedal mark.

    Args:
        kind: "start" or "stop".
        offset: divisions after the present place in the measure.
        staff: the <staff> element, "" where a part has one staff.
    """
    place = f"<offset>{offset}</offset>" if offset else ""
    return (
        f'<direction placement="below"><direction-type><pedal type="{kind}" line="yes" sign="no"/></direction-type>'
        f"{place}{staff}</direction>\n"
    )
