"""Text as XML can hold it: titles and names come from files and fields that may hold anything."""

import re
from xml.sax.saxutils import escape, quoteattr

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return text for the inside of an element; characters that no XML may hold are left out."""
    return escape(FORBIDDEN.sub("", text))


def xml_attribute(text: str) -> str:
    """Return text as the value of an attribute, in quotes."""
    return quoteattr(FORBIDDEN.sub("", text))
