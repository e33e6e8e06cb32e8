r"""Letters with accents as ABC texts write them: \'e, &eacute; and \u00e9. plain_letters.

Source: the ABC music standard 2.1, section 8.2.
"""

import html
import re
import unicodedata

_MARKS = {
    "`": 0x300, "'": 0x301, "^": 0x302, "~": 0x303, "=": 0x304, "u": 0x306, ".": 0x307, '"': 0x308, "r": 0x30A,
    "H": 0x30B, "v": 0x30C, "c": 0x327, ";": 0x328,
}  # fmt: skip
"""Unicode's combining mark of each sign."""
_LETTERS = {
    "/O": "Ø", "/o": "ø", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "ss": "ß", "AA": "Å", "aa": "å", "TH": "Þ",
    "th": "þ", "DH": "Ð", "dh": "ð",
}  # fmt: skip
_ESCAPE = re.compile(
    r"""\\(?:u([0-9A-Fa-f]{4})|(/[Oo]|AE|ae|OE|oe|ss|AA|aa|TH|th|DH|dh)"""
    r"""|([`'^~=.";uvcrH])([A-Za-z])|([\\%&]))"""
)


def plain_letters(text: str) -> str:
    """Return a text with its escapes as the letters that they mean; what is no escape stays."""

    def letter(match: re.Match[str]) -> str:
        number, name, mark, base, sign = match.groups()
        if number:
            return chr(int(number, 16)) if not 0xD800 <= int(number, 16) <= 0xDFFF else match[0]
        if name:
            return _LETTERS[name]
        if sign:
            return sign
        return unicodedata.normalize("NFC", base + chr(_MARKS[mark]))

    return html.unescape(_ESCAPE.sub(letter, text))
