"""Text of files that do not say how it is written: UTF-8, the code page of Japan, or that of western Europe."""

import re

_KANA, _HALF_KANA = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\uff66-\uff9f]")
_WIDE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uff9f]")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_QUOTES = frozenset(b"\x85\x91\x92\x93\x94\x96\x97")
"""Quotation marks, dashes and dots of western text, which begin a Japanese letter in the other code page."""


def text_of(data: bytes) -> str:
    """Return text: UTF-8 where it is that, Shift-JIS where it reads as Japanese, else western (Windows-1252, Latin-1).

    Args:
        data: bytes of a name or title.
    """
    for encoding in ("utf-8", "ascii"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    japanese = _japanese(data)
    if japanese:
        return japanese
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _japanese(data: bytes) -> str:
    """Return the text of Shift-JIS, "" where the bytes do not read as Japanese."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return ""
    if _PRIVATE.search(text):
        return ""
    latin = sum(char.isascii() and char.isalpha() for char in text)
    wide = len(_WIDE.findall(text))
    if _KANA.search(text) or (not latin and len(_HALF_KANA.findall(text)) > 1):
        return text
    if not any(0x81 <= byte <= 0x9F and byte not in _QUOTES for byte in data):
        return ""  # letters with accents alone
    return text if wide >= max(min(2, latin), 1) else ""
