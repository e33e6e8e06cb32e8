"""Text on the page: what came from outside is shown as it is, never as markup."""

import re

from musegen.languages import told
from musegen.ui.language import spoken

_MARKUP = re.compile(r"([\\`*_\[\]{}()<>~$#:|!+.-])")


def plain(text: str) -> str:
    """Return what is said in the language of the visit (see `say`), as text in which Markdown sees no markup."""
    return _MARKUP.sub(r"\\\1", told(text, spoken()))
