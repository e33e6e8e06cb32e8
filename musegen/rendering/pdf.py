"""Sheet music as PDF: systems engraved by `rendering.engraving`, set on A4 pages by Typst."""

from functools import lru_cache
from typing import Any

from musegen.errors import RenderingError
from musegen.music import Piece
from musegen.rendering.engraving import Sheet, engrave

_STAFF_MM = 6.6
"""Height of five lines; scores of many staves are set smaller."""
_SMALL_STAFF_MM = 5.6
_TEXT_WIDTH_MM = 180.0
_PIXELS_PER_MM = 5.0

_PAGE = """
#let (title, composer) = (sys.inputs.title, sys.inputs.composer)
#set document(title: title, author: if composer == "" { () } else { composer }, date: none)
#set page(
  paper: "a4", margin: (x: 15mm, top: 16mm, bottom: 18mm),
  footer: context {
    if counter(page).final().first() > 1 { align(center, text(9pt, counter(page).display())) }
  },
)
#set text(font: "Libertinus Serif", size: 10pt)
#set par(spacing: 0pt)
#if title != "" { align(center, text(21pt, title)); v(4mm) }
#if composer != "" { align(right, text(11pt, style: "italic", composer)); v(2mm) }
#for i in range(int(sys.inputs.count)) {
  block(breakable: false, above: if i == 0 { 4mm } else { 8mm }, image(bytes(sys.inputs.at(str(i))), width: 100%))
}
"""


def pdf_bytes(piece: Piece, *, title: str | None = None, composer: str | None = None) -> bytes:
    """Return the sheet music of a piece as a PDF on A4 paper, fonts embedded.

    Args:
        piece: the music, at least one note.
        title: printed above; the piece's own by default.
        composer: printed at the right; the piece's own by default.

    Raises:
        RenderingError: no notes, or Verovio or Typst is missing or fails.
    """
    staff = _STAFF_MM if len(piece.tracks) <= 4 else _SMALL_STAFF_MM
    sheet = Sheet(_TEXT_WIDTH_MM * _PIXELS_PER_MM, staff * _PIXELS_PER_MM, for_print=True)
    systems = engrave(piece, sheet=sheet).pages
    words = {
        "title": piece.title if title is None else title,
        "composer": piece.composer if composer is None else composer,
        "count": str(len(systems)),
    }
    inputs = words | {str(index): svg for index, svg in enumerate(systems)}
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
