"""What runs in the browser: the modules of `musegen/ui/web`, joined for one Streamlit component each."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from musegen.languages import Language
from musegen.rendering.web_modules import bundle, web_file
from musegen.ui.language import spoken, spoken_data


def component(entry: str) -> Callable[..., Any]:
    """Return a Streamlit component whose code is ``<entry>.js`` and whose style is the ``<entry>.css`` beside it.

    It speaks the language of the visit; messages and names of notes in the data that it is given are worded.
    """
    mount = _component(entry, spoken())

    def mounted(*, data: Any = None, **more: Any) -> Any:
        return mount(data=spoken_data(data), **more)

    return mounted


def component_id(text: str) -> str:
    """Return a text as part of a component's key, where Streamlit takes "__" for a mark of its own."""
    return text.replace("_", ".")


@cache
def _component(entry: str, language: Language, html: str = '<div class="musegen"></div>') -> Callable[..., Any]:
    sheet = web_file(entry).with_suffix(".css")
    css = sheet.read_text(encoding="utf-8") if sheet.exists() else ""
    return st.components.v2.component(
        f"musegen_{entry}_{language.code}_{language.names}", html=html, css=css, js=bundle(entry, language=language)
    )
