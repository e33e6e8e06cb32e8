"""The sheet on the page: SVG drawn in the colours of the theme, engraved for the width there is."""

from functools import lru_cache

import streamlit as st

from musegen.music import Piece
from musegen.services import studio

DEFAULT_WIDTH = 1160
_WIDTHS = (330, 440, 560, 700, 860, DEFAULT_WIDTH)

_CSS = """
.sheet {
  --musegen-ink: var(--st-text-color);
  --musegen-given: color-mix(in srgb, #1f6fc0 72%, var(--st-text-color));
  color: var(--st-text-color); overflow-x: auto;
}
.sheet svg { display: block; width: 100%; height: auto; }
.legend { display: flex; gap: 1.2rem; font: 0.85rem var(--st-font); color: var(--st-text-color); opacity: 0.9; }
.legend b { font-weight: 400; }
.legend b::before { content: "\\25CF"; margin-right: 0.35rem; color: var(--st-text-color); }
.legend b.given::before { color: color-mix(in srgb, #1f6fc0 72%, var(--st-text-color)); }
"""

_JS = """
const seen = new WeakMap();
export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".sheet");
  let one = seen.get(parentElement);
  if (!one) { one = { drawn: null, asked: null, observer: null }; seen.set(parentElement, one); }
  one.set = setStateValue; one.data = data;
  const svg = data.pages.join("");
  if (one.drawn !== svg) {
    box.innerHTML = svg;
    one.drawn = svg;
    box.setAttribute("aria-label", data.label);
    parentElement.querySelector(".legend").style.display = data.legend ? "flex" : "none";
  }
  if (!one.observer) {
    one.observer = new ResizeObserver(() => {
      const room = box.clientWidth;
      if (!room) return;
      const fits = one.data.widths.filter((w) => w <= room + 24);
      const width = fits.length ? fits[fits.length - 1] : one.data.widths[0];
      if (width !== one.data.width && width !== one.asked) { one.asked = width; one.set("width", width); }
      if (width === one.data.width) one.asked = null;
    });
    one.observer.observe(box);
  }
  return () => { one.observer.disconnect(); seen.delete(parentElement); };
}
"""

_HTML = """
<div class="legend"><b class="given">your seed</b><b>new</b></div>
<div class="sheet" role="img" aria-label="Sheet music"></div>
"""


@lru_cache(maxsize=1)
def _component() -> object:
    return st.components.v2.component("musegen_sheet", html=_HTML, css=_CSS, js=_JS)


def show_sheet(piece: Piece, given: tuple[frozenset[int], ...], label: str, key: str = "sheet") -> None:
    """Show the sheet music of a piece, the musician's own notes in another colour.

    Args:
        piece: the music.
        given: for each track, the indices of the musician's own notes.
        label: what a screen reader says.
        key: of the widget.
    """
    state = st.session_state.get(key)
    width = (state.get("width") if state else None) or st.session_state.get("sheet_width", DEFAULT_WIDTH)
    st.session_state["sheet_width"] = width
    pages = studio.sheet_pages(piece, given, width)
    data = {
        "pages": list(pages),
        "label": label,
        "legend": any(given),
        "width": width,
        "widths": list(_WIDTHS),
    }
    _component()(key=key, data=data, default={"width": width}, on_width_change=lambda: None)
