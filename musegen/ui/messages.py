"""Text on the page: what came from outside is shown as it is, never as markup."""

import re

_MARKUP = re.compile(r"([\\`*_\[\]{}()<>~$#:|!+.-])")


def plain(text: str) -> str:
    """Return text in which Streamlit's Markdown sees no markup."""
    return _MARKUP.sub(r"\\\1", text)
