"""Sheet music as SVG pages: the one place that knows Verovio.

Ink is `currentColor` (or `--musegen-ink`), given notes are `--musegen-given`, so that the page around decides on light
or dark. Notes carry the ids of `files.musicxml.write`.
"""

import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from musegen.errors import RenderingError
from musegen.files.musicxml.colour import blue
from musegen.files.musicxml.frets import without_tab_meters
from musegen.files.musicxml.harmony import printed_harmony
from musegen.files.musicxml.write import musicxml_text
from musegen.files.xml_text import xml_text
from musegen.music import Piece
from musegen.music.pedalling import releases_apart

TEXT_FONTS = "'Times New Roman', Times, 'Liberation Serif', 'DejaVu Serif', serif"
PRINT_FONT = "Libertinus Serif"
INK = "var(--musegen-ink, currentColor)"
GIVEN = "var(--musegen-given, #2f7dc4)"
_HALO = 170
"""Width of the pale ring around the heads of given notes, in units of a glyph: they are known without colour too."""
_FULL_PAGE = 60_000
_ONE_SYSTEM = 100
_MARGIN = 40
_PRINT_MARGINS = (60, 6, 6, 6)
"""Left, right, top and bottom; the brace and bar numbers stand in the left one."""
_PHRASE = 4
_TEMPO_RISE = 80
_WORD_ADVANCE = 215
_TITLE_SIZE, _COMPOSER_SIZE = 820, 460
_OPTIONS = {
    "lyricWordSpace": 3.0, "spacingLinear": 0.3, "spacingNonLinear": 0.58, "spacingStaff": 10, "spacingSystem": 14,
    "spacingBraceGroup": 11, "spacingBracketGroup": 10, "minLastJustification": 0.45,
    "adjustPageHeight": True, "header": "none", "footer": "none", "svgViewBox": True, "smuflTextFont": "none",
    "xmlIdSeed": 1,
}  # fmt: skip
_MUSIC_TEXT = dict(zip("\ue260\ue261\ue262\uea64\uea65\uea66", "♭♮♯♭♮♯", strict=True))
_ACCIDENTAL = re.compile(r'<tspan font-family="Leipzig" font-size="[\d.]+px">([\ue260-\ue262\uea64-\uea66])</tspan>')
_HARMONY = re.compile(r'class="harm">.*?</g>', re.S)
_FLAT_NINE = re.compile(r"(?<=[\dm+(])[b#](?=\d+\)?[<b#(/a])")
_NO_CHORD = re.compile(r">C(N\.?C\.?)<", re.I)
_TEMPO = re.compile(
    r'<g id="[^"]*" class="tempo"[^>]*>\s*<text x="(\d+)" y="(\d+)" font-size="0px">(.*?)</text>\s*</g>', re.S
)
_RUN = re.compile(r'<tspan font-(?:family="Leipzig" font-)?size="([\d.]+)px">([^<]*)</tspan>')
_NOTE = re.compile(r'<g id="n(\d+)-(\d+)(?:-\d+)?" class="note')
_SYSTEM_OR_BAR = re.compile(r'class="(system|measure)"')
_OUTER_BOX = re.compile(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"')
_INNER_BOX = re.compile(r'<svg class="definition-scale"[^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>')
_INDENT = re.compile(r"\n\s+")

# Verovio shares state between toolkits: two threads inside it at once fail to load. So there is one, behind a lock.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Engraving:
    """Engraved music.

    Args:
        pages: one SVG document for each page, or for each system for print.
        systems: number of bars in each system, in order.
    """

    pages: tuple[str, ...]
    systems: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a sheet is laid out.

    Args:
        width: of the page in CSS pixels, 300 to 4000.
        staff_height: of five lines in CSS pixels; 28 is usual on screen.
        title: True to set title and composer above the music.
        for_print: True for one SVG per system in black, for pages that are set elsewhere (`rendering.pdf`).
    """

    width: float = 1000.0
    staff_height: float = 28.0
    title: bool = True
    for_print: bool = False

    def __post_init__(self) -> None:
        if not 300 <= self.width <= 4000 or not 10 <= self.staff_height <= 80:
            raise ValueError(f"width must be 300 to 4000 and staff_height 10 to 80, got {self}")


def engrave(piece: Piece, *, given: Collection[tuple[int, int]] = (), sheet: Sheet | None = None) -> Engraving:
    """Return sheet music.

    Args:
        piece: the music, at least one note.
        given: (track, index) of the notes to be told apart, such as the musician's seed.
        sheet: width, size and what is on the page.

    Raises:
        RenderingError: no notes, or Verovio is missing or cannot draw the piece.
    """
    sheet = sheet or Sheet()
    if piece.num_notes == 0:
        raise RenderingError("There are no notes to engrave; compose or load a piece first.")
    wanted = frozenset(given)
    coloured = wanted if sheet.for_print else ()  # a page on the screen has the theme's colours instead
    text = without_tab_meters(printed_harmony(blue(musicxml_text(releases_apart(piece)), coloured)))
    with _lock:
        try:
            pages, systems = _lay_out(_toolkit(), text, sheet)
        except RenderingError:  # a toolkit that has once gone wrong may refuse all that follows: try a new one
            _toolkit.cache_clear()
            pages, systems = _lay_out(_toolkit(), text, sheet)
    finished = [_finish(svg, wanted, sheet, page) for page, svg in enumerate(pages)]
    if wanted and not sheet.for_print:
        finished = [_above_unisons(svg, piece, wanted) for svg in finished]
    if sheet.title and not sheet.for_print:
        finished[0] = _with_title(finished[0], piece.title, piece.composer)
    return Engraving(tuple(finished), systems)


@lru_cache(maxsize=1)
def _toolkit() -> Any:
    try:
        import verovio
    except ImportError as error:
        raise RenderingError("Sheet music needs the package verovio; run `python3 run.py` to install it.") from error
    verovio.enableLog(verovio.LOG_OFF)
    return verovio.toolkit()


# ------------------------------------------------------------------------------------------------------- layout


def _lay_out(toolkit: Any, text: str, sheet: Sheet) -> tuple[list[str], tuple[int, ...]]:
    """Break the music into systems; return the pages and the number of bars in each system."""
    scale = max(1, round(sheet.staff_height / 72 * 100))  # five lines are 72 pixels high at scale 100
    margins = _PRINT_MARGINS if sheet.for_print else (_MARGIN,) * 4
    sides = dict(zip(("pageMarginLeft", "pageMarginRight", "pageMarginTop", "pageMarginBottom"), margins, strict=True))
    options = _OPTIONS | sides | {
        "scale": scale,
        "pageWidth": round(sheet.width * 100 / scale),
        "pageHeight": _ONE_SYSTEM if sheet.for_print else _FULL_PAGE,
        "breaks": "auto",
    }  # fmt: skip
    toolkit.setOptions(options)
    pages, systems = _load(toolkit, text)
    better = _better_breaks(systems, has_pickup='<measure number="0"' in text)
    if better != systems:
        toolkit.setOptions({"breaks": "line"})
        pages, systems = _load(toolkit, _with_breaks(text, better))
    return pages, systems


def _load(toolkit: Any, text: str) -> tuple[list[str], tuple[int, ...]]:
    toolkit.resetXmlIdSeed(1)
    if not toolkit.loadData(text):
        raise RenderingError(
            "This piece could not be engraved; export it as MusicXML and open it in a notation program."
        )
    pages = [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]
    counts: list[int] = []
    for kind in (kind for page in pages for kind in _SYSTEM_OR_BAR.findall(page)):
        if kind == "system":
            counts.append(0)
        else:
            counts[-1] += 1
    return pages, tuple(counts)


def _better_breaks(systems: tuple[int, ...], *, has_pickup: bool) -> tuple[int, ...]:
    """Return systems of four bars where the music nearly falls so, else without a lone bar at the end."""
    total = sum(systems)
    if len(systems) < 2:
        return systems
    pickup = int(has_pickup)
    widest = min(systems[:-1])
    if widest - pickup >= _PHRASE and max(systems) <= _PHRASE + 2 and (total - pickup) % _PHRASE in (0, 2, 3):
        rest = total - pickup - _PHRASE
        full, left = divmod(rest, _PHRASE)
        return (_PHRASE + pickup, *[_PHRASE] * full, *([left] if left else []))
    last, before = systems[-1], systems[-2]
    if last * 2 < before and before > 2:
        both = last + before
        return (*systems[:-2], both - both // 2, both // 2)
    if last == 1:  # one bar moves down from the nearest system that can spare it
        rich = max((i for i, count in enumerate(systems) if count > 2), default=None)
        if rich is not None:
            return (*systems[:rich], systems[rich] - 1, *systems[rich + 1 : -1], 2)
    return systems


def _with_breaks(text: str, systems: tuple[int, ...]) -> str:
    """Return the MusicXML with a new system before the bars that begin one."""
    begin, end = text.index("<part id="), text.index("</part>")
    measures = re.split(r"(?=<measure )", text[begin:end])
    position = 1
    for count in systems[:-1]:
        position += count
        measures[position] = re.sub(r"(<measure [^>]*>)", r'\1<print new-system="yes"/>', measures[position], count=1)
    return text[:begin] + "".join(measures) + text[end:]


# ---------------------------------------------------------------------------------------------------- finishing


def _finish(svg: str, given: frozenset[tuple[int, int]], sheet: Sheet, page: int) -> str:
    """Return Verovio's SVG with our inks, text in a font everybody has, and music glyphs drawn as shapes."""
    svg = _INDENT.sub("\n", svg)
    svg = _ACCIDENTAL.sub(lambda m: f'<tspan font-size="405px">{_MUSIC_TEXT[m[1]]}</tspan>', svg)
    svg = _HARMONY.sub(_draw_harmony, svg)
    svg = _TEMPO.sub(_draw_tempo, svg)
    svg = svg.replace('font-family="Times, serif"', f'font-family="{PRINT_FONT if sheet.for_print else TEXT_FONTS}"')
    if sheet.for_print:
        return svg
    svg = svg.replace('color="black"', f'fill="currentColor" style="color:{INK}"', 1)
    if given:
        rule = (
            f"</desc><style>.given,.given *{{color:{GIVEN};fill:{GIVEN};stroke-linecap:round}}"
            f".given .notehead *{{stroke:color-mix(in srgb,{GIVEN} 24%,transparent);stroke-width:{_HALO};"
            "paint-order:stroke;stroke-linejoin:round}</style>"
        )
        svg = svg.replace("</desc>", rule, 1)
        svg = _NOTE.sub(lambda m: m[0] + " given" if (int(m[1]), int(m[2])) in given else m[0], svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="Sheet music, page {page + 1}" ', 1)


def _draw_harmony(match: re.Match) -> str:
    """Return a chord symbol with real accidentals, and "N.C." without the root that Verovio puts before it."""
    text = _FLAT_NINE.sub(lambda f: "♭" if f[0] == "b" else "♯", match[0])
    return _NO_CHORD.sub(r">\1<", text)


def _above_unisons(svg: str, piece: Piece, given: frozenset[tuple[int, int]]) -> str:
    """Return the page with given notes once more on top where another voice prints the same note over them."""
    alike: dict[tuple[float, int], list[tuple[int, int]]] = {}
    for t, track in enumerate(piece.tracks):
        for i, note in enumerate(track.notes):
            alike.setdefault((note.onset_quarter, note.pitch), []).append((t, i))
    covered = [place for places in alike.values() if len(places) > 1 for place in places if place in given]
    heads = [f"n{t}-{i}" for t, i in sorted(covered) if f'id="n{t}-{i}"' in svg]
    end = svg.rfind("</g>")
    uses = "".join(f'<use href="#{head}" pointer-events="none" aria-hidden="true"/>' for head in heads)
    return svg[:end] + uses + svg[end:]


def _draw_tempo(match: re.Match) -> str:
    """Return a tempo mark whose note is a drawn shape, so that no music font is needed to read it."""
    x, y = int(match[1]), int(match[2]) - _TEMPO_RISE
    out = []
    runs = _RUN.findall(match[3])
    noted = next((i for i, (_, run) in enumerate(runs) if any("\ue000" <= c <= "\uf8ff" for c in run)), 0)
    words = "".join(run for _, run in runs[:noted]).strip()  # what stands before the note, such as "Swing"
    if words:
        out.append(f'<text x="{x}" y="{y}" font-size="405px">{words}</text>')
        x += _WORD_ADVANCE * len(words) + 150
    for size, run in runs[noted:]:
        for character in run:
            if not "\ue000" <= character <= "\uf8ff":
                continue
            path, advance = _glyph(f"{ord(character):04X}")
            factor = float(size) / 1000
            out.append(f'<g transform="translate({x}, {y}) scale({factor:.3f}, {factor:.3f})">{path}</g>')
            x += round((advance + 40) * factor)
    plain = "".join(run for _, run in runs[noted:] if not any("\ue000" <= c <= "\uf8ff" for c in run)).strip()
    label = f'<text x="{x + 90}" y="{y}" font-size="405px">{plain}</text>' if plain else ""
    return f'<g class="tempo">{"".join(out)}{label}</g>'


@lru_cache(maxsize=64)
def _glyph(code: str) -> tuple[str, float]:
    """Return (path element, advance in 1/1000 em) of a glyph of the music font."""
    import verovio

    folder = Path(verovio.__file__).parent / "data"
    shape = (folder / "Leipzig" / f"{code}.xml").read_text(encoding="utf-8")
    path = re.search(r"<path[^>]*/>", shape)
    metrics = re.search(rf'<g c="{code}"[^>]*h-a-x="([\d.]+)"', (folder / "Leipzig.xml").read_text(encoding="utf-8"))
    return (path[0] if path else "", float(metrics[1]) if metrics else 300.0)


def _with_title(svg: str, title: str, composer: str) -> str:
    """Return the page with the title centred and the composer at the right above the music."""
    outer, inner = _OUTER_BOX.search(svg), _INNER_BOX.search(svg)
    if not (outer and inner and (title or composer)):
        return svg
    width, height = int(inner[1]), int(inner[2])
    extra = (_TITLE_SIZE * 1.7 if title else 0) + (_COMPOSER_SIZE * 1.6 if composer else 0)
    size = min(_TITLE_SIZE, 1.9 * (width - 800) / max(len(title), 1))
    rows = []
    if title:
        place = f'x="{width / 2:.0f}" y="{_TITLE_SIZE * 1.3 - extra:.0f}" text-anchor="middle"'
        rows.append(f'<text class="title" {place} font-size="{size:.0f}px">{xml_text(title)}</text>')
    if composer:
        small = min(_COMPOSER_SIZE, 1.9 * (width - 800) / len(composer))  # all of it fits beside the narrowest page
        place = f'x="{width - 400}" y="{-0.3 * _COMPOSER_SIZE:.0f}" text-anchor="end" font-style="italic"'
        rows.append(f'<text class="composer" {place} font-size="{small:.0f}px">{xml_text(composer)}</text>')
    taller = inner[0].replace(f"0 0 {width} {height}", f"0 {-extra:.0f} {width} {height + extra:.0f}")
    page_width, page_height = float(outer[1]), float(outer[2])
    whole = outer[0].replace(
        f"0 0 {outer[1]} {outer[2]}", f"0 0 {outer[1]} {page_height + extra * page_width / width:.0f}"
    )
    return svg.replace(outer[0], whole, 1).replace(inner[0], taller + "".join(rows), 1)
