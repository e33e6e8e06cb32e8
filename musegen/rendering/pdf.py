"""Sheet music as PDF: systems engraved by `rendering.engraving`, set on A4 pages by Typst."""

import json
import re
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from musegen.errors import RenderingError
from musegen.music import Piece
from musegen.music.instruments import program_name
from musegen.music.notation import barlines_to_end, bars_of, notatable
from musegen.music.score import to_ticks
from musegen.music.transform import transpose
from musegen.rendering.engraving import Sheet, engrave

_STAFF_MM = (6.6, 6.0, 5.5, 5.0)
"""Heights of five lines, the first under which pages fill; scores of many staves begin with the second."""
_FILLED = 0.78
"""Share of a page, the last one apart, from which on it is full."""
_TEXT_WIDTH_MM, _TEXT_HEIGHT_MM = 180.0, 263.0
_PIXELS_PER_MM = 5.0
_GAP_MM, _WIDEST_GAP_MM = 7.0, 13.0
"""Between systems, and where a page has room to spare."""
_TITLE_MM, _COMPOSER_MM = 13.0, 8.0
_TURN, _EMPTY, _LONELY = 1.0, 3.0, 2.0
"""Costs of pages: notes across the turn, the empty part of a page (squared), one system alone at the end."""
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')

_PRINTED_IN = {56: ("B♭", 2), 59: ("B♭", 2), 60: ("F", 7), 64: ("B♭", 2), 65: ("E♭", 9), 66: ("B♭", 14),
               67: ("E♭", 21), 69: ("F", 7), 71: ("B♭", 2)}  # fmt: skip
"""Of instruments that transpose in print the key, and how many semitones above the sound they are written."""

_PAGE = """
#let sections = json(bytes(sys.inputs.sections))
#let first = sections.first()
#set document(title: first.title, author: if first.composer == "" { () } else { first.composer }, date: none)
#set page(paper: "a4", margin: (x: 15mm, top: 16mm, bottom: 18mm))
#set text(font: "Libertinus Serif", size: 10pt)
#set par(spacing: 0pt)
#for section in sections {
  set page(footer: if section.pages.len() > 1 {
    context align(center, text(9pt, counter(page).display()))
  })
  counter(page).update(1)
  if section.title != "" { align(center, text(21pt, section.title)); v(4mm) }
  if section.composer != "" or section.label != "" {
    grid(columns: (1fr, auto), text(12pt, section.label), text(11pt, style: "italic", section.composer))
    v(2mm)
  }
  for (number, page) in section.pages.enumerate() {
    if number > 0 { pagebreak() }
    for (place, index) in page.systems.enumerate() {
      block(breakable: false, above: if place > 0 { page.gap * 1mm } else if number == 0 { 4mm } else { 0mm },
        image(bytes(sys.inputs.at(str(index))), width: 100%))
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class _Section:
    """Music that begins on a page of its own: systems as SVG, millimetres high, silence in quarters after each."""

    title: str
    composer: str
    label: str
    systems: tuple[str, ...]
    heights: tuple[float, ...]
    rests: tuple[float, ...]


def pdf_bytes(
    piece: Piece,
    *,
    title: str | None = None,
    composer: str | None = None,
    label: str = "",
    given: Collection[tuple[int, int]] = (),
) -> bytes:
    """Return the sheet music of a piece as a PDF on A4 paper, fonts embedded.

    Args:
        piece: the music, at least one note.
        title: printed above; the piece's own by default.
        composer: printed at the right; the piece's own by default.
        label: printed at the left, such as who it is for.
        given: (track, index) of the notes that are to be blue: a musician's own.

    Raises:
        RenderingError: no notes, or Verovio or Typst is missing or fails.
    """
    title = piece.title if title is None else title
    composer = piece.composer if composer is None else composer
    return _set([_section(replace(piece, title=title, composer=composer), label, given)])


def parts_pdf(piece: Piece) -> bytes:
    """Return a PDF with the score and then the part of each player, each on pages of its own.

    Parts of instruments that transpose in print (a clarinet in B flat) are transposed, the score is not.

    Args:
        piece: the music, at least one note.

    Raises:
        RenderingError: as `pdf_bytes`.
    """
    sections = [_section(piece)]
    for number, track in enumerate(piece.tracks, start=1):
        if track.notes:
            name = track.name.strip() or ("Drums" if track.is_drum else program_name(track.program))
            same = [t.name.strip() for t in piece.tracks].count(name) > 1 or not track.name.strip()
            label = f"{name} ({number})" if same and len(piece.tracks) > 1 else name
            part = replace(piece, tracks=(track,), barlines=barlines_to_end(piece))
            if track.program in _PRINTED_IN and not track.is_drum:
                key, semitones = _PRINTED_IN[track.program]
                if max(n.pitch for n in track.notes) + semitones <= 127:
                    part, label = transpose(part, semitones), f"{label} in {key}"
            sections.append(_section(part, label))
    return _set(sections)


def _section(piece: Piece, label: str = "", given: Collection[tuple[int, int]] = ()) -> _Section:
    found: list[tuple[float, _Section]] = []
    for staff in _STAFF_MM if len(piece.tracks) <= 4 else _STAFF_MM[1:]:
        section = _engraved(piece, label, given, staff)
        found.append((_fill(section), section))
        if found[-1][0] >= _FILLED:
            break
    best = max(fill for fill, _ in found)
    return next(section for fill, section in found if fill >= best - 1e-9)


def _engraved(piece: Piece, label: str, given: Collection[tuple[int, int]], staff_mm: float) -> _Section:
    sheet = Sheet(_TEXT_WIDTH_MM * _PIXELS_PER_MM, staff_mm * _PIXELS_PER_MM, for_print=True)
    engraving = engrave(piece, given=given, sheet=sheet)
    heights = tuple(map(_height_mm, engraving.pages))
    rests = _rests_after(piece, engraving.systems)
    return _Section(piece.title, piece.composer, label, engraving.pages, heights, rests)


def _fill(section: _Section) -> float:
    """Return how full the emptiest page but the last one is, 1 where there is one page."""
    pages = _pages(section)
    return min((_filled(section, page["systems"], number) for number, page in enumerate(pages[:-1])), default=1.0)


def _filled(section: _Section, systems: list[int], number: int) -> float:
    used = sum(section.heights[i] for i in systems) + _WIDEST_GAP_MM * (len(systems) - 1)
    return used / (_TEXT_HEIGHT_MM - (_head_mm(section) if number == 0 else 0.0))


def _height_mm(svg: str) -> float:
    """Return how high a page is when it is as wide as the text."""
    box = _BOX.search(svg)
    if box is None:
        raise RenderingError("A page of the sheet has no size and cannot be printed.")
    return _TEXT_WIDTH_MM * float(box[2]) / float(box[1])


def _rests_after(piece: Piece, systems: tuple[int, ...]) -> tuple[float, ...]:
    """Return for how many quarters nothing sounds around the end of each system."""
    bars = bars_of(notatable(piece))
    notes = [n for track in piece.tracks for n in track.notes]
    onsets = sorted(n.onset_quarter for n in notes)
    rests = []
    for count in accumulate(systems):
        edge = bars[min(count, len(bars)) - 1].end / to_ticks(1)
        before = max((min(n.end_quarter, edge + 1e-9) for n in notes if n.onset_quarter < edge - 1e-9), default=0.0)
        index = bisect_left(onsets, edge - 1e-9)
        after = onsets[index] if index < len(onsets) else edge
        rests.append(0.0 if before > edge else after - before)
    return tuple(rests)


def page_breaks(heights: tuple[float, ...], rests: tuple[float, ...], first_room: float) -> list[list[int]]:
    """Return which systems stand on which page: full pages, turned where the players rest, none nearly empty.

    Args:
        heights: of the systems in millimetres.
        rests: quarters of silence after each.
        first_room: millimetres for music on the first page.
    """
    count = len(heights)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * count
    for start in range(count):
        room = first_room if start == 0 else _TEXT_HEIGHT_MM
        used = -_GAP_MM
        for stop in range(start + 1, count + 1):
            used += heights[stop - 1] + _GAP_MM
            if used > room and stop > start + 1:
                break
            if stop == count:
                cost = _LONELY * (start > 0 and stop - start == 1)
            else:
                cost = _TURN * (rests[stop - 1] < 1) + _EMPTY * max(0.0, 1 - used / room) ** 2
            if best[start][0] + cost < best[stop][0]:
                best[stop] = (best[start][0] + cost, start)
    pages: list[list[int]] = []
    stop = count
    while stop:
        start = best[stop][1]
        pages.insert(0, list(range(start, stop)))
        stop = start
    return pages


def _head_mm(section: _Section) -> float:
    return 4.0 + _TITLE_MM * bool(section.title) + _COMPOSER_MM * bool(section.composer or section.label)


def _pages(section: _Section) -> list[dict[str, Any]]:
    head = _head_mm(section)
    pages = page_breaks(section.heights, section.rests, _TEXT_HEIGHT_MM - head)
    result = []
    for number, systems in enumerate(pages):
        room = _TEXT_HEIGHT_MM - (head if number == 0 else 0)
        spare = room - sum(section.heights[i] for i in systems)
        gap = spare / (len(systems) - 1) if len(systems) > 1 and number + 1 < len(pages) else _GAP_MM + 1
        result.append({"systems": systems, "gap": round(min(max(gap, _GAP_MM), _WIDEST_GAP_MM), 2)})
    return result


def _set(sections: list[_Section]) -> bytes:
    inputs: dict[str, str] = {}
    described = []
    for section in sections:
        pages = _pages(section)
        for page in pages:
            page["systems"] = [index + len(inputs) for index in page["systems"]]
        inputs |= {str(index): svg for index, svg in enumerate(section.systems, start=len(inputs))}
        described.append({"title": section.title, "composer": section.composer, "label": section.label, "pages": pages})
    inputs["sections"] = json.dumps(described)
    typst, fonts = _typst()
    try:
        return typst.Compiler(_PAGE.encode(), font_paths=fonts, sys_inputs=inputs).compile(format="pdf")
    except RuntimeError as error:  # TypstError
        raise RenderingError("The PDF could not be set; download MusicXML and print it from there.") from error


@lru_cache(maxsize=1)
def _typst() -> tuple[Any, Any]:
    """Return the module and its fonts; the system's fonts serve titles in other scripts."""
    try:
        import typst
    except ImportError as error:
        raise RenderingError("A PDF needs the package typst; run `python3 run.py` to install it.") from error
    return typst, typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)
