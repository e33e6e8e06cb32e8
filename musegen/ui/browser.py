"""What runs in the browser: the modules of `musegen/ui/web`, joined for one Streamlit component each."""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from musegen.rendering.web_modules import bundle, web_file


@lru_cache(maxsize=32)
def component(entry: str, html: str = '<div class="musegen"></div>') -> Callable[..., object]:
    """Return a Streamlit component whose code is ``<entry>.js`` and whose style is the ``<entry>.css`` beside it."""
    sheet = web_file(entry).with_suffix(".css")
    css = sheet.read_text(encoding="utf-8") if sheet.exists() else ""
    return st.components.v2.component(f"musegen_{entry}", html=html, css=css, js=bundle(entry))
