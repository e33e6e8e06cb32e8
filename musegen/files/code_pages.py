"""Text of files that do not say how it is written: UTF-8 and UTF-16, else the code page in which it reads as words.

A name is a few bytes, too few to count letters in. So musical words are looked for first ("钢琴", "Скрипка"), then what
only one script can be, and the code page of western Europe is what is left.
"""

import re

_KANA, _HALF_KANA = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\uff66-\uff9f]")
_WIDE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uff9f]")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_QUOTES = frozenset(b"\x85\x91\x92\x93\x94\x96\x97")
"""Quotation marks, dashes and dots of western text, which begin a Japanese letter in the other code page."""

_WORDS = {
    "gbk": "钢琴 吉他 提琴 贝斯 贝司 鼓 笛 旋律 人声 伴奏 弦乐 二胡 古筝 琵琶 低音 和弦 曲",
    "big5": "鋼琴 吉他 提琴 貝斯 鼓 笛 旋律 人聲 伴奏 弦樂 二胡 古箏 低音 和弦 曲",
    "euc_kr": "피아노 기타 바이올린 비올라 첼로 베이스 드럼 플루트 멜로디 보컬 노래 반주 현악 화음 악기 트랙",
    "euc_jp": "ピアノ ギター バイオリン ビオラ チェロ ベース ドラム フルート メロディ ボーカル 歌 伴奏 旋律 和音",
    "cp1251": "скрипк альт виолончел фортепиан рояль гитар бас флейт голос мелоди хор ударн баян труб кларнет партия",
    "koi8_r": "скрипк альт виолончел фортепиан рояль гитар бас флейт голос мелоди хор ударн баян труб кларнет партия",
    "cp1253": "βιολί πιάνο κιθάρα μπουζούκι φωνή μελωδία φλάουτο μπάσο τύμπανα κλαρίνο",
    "cp1250": "skrzypce altówka wiolonczela fortepian głos perkusja housle klavír kytara zpěv flétna hegedű zongora "
    "gitár ének",
}
"""Words of music by the code page that they may be written in, small letters."""
_WIDE_PAGES = ("gbk", "big5", "euc_kr", "euc_jp")
_CYRILLIC = re.compile(r"[А-ЯЁ]?[а-яё]+|[А-ЯЁ]{4,}")
_LEAST_RUN = re.compile(rb"[\xa8\xb8\xc0-\xff]{4}")
_HIGH = re.compile(rb"[\x80-\xff]+")


def text_of(data: bytes) -> str:
    """Return text: UTF-16 or UTF-8 where it is that, else that of the code page in which it reads as words.

    Args:
        data: bytes of a name or title.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and len(data) % 2 == 0:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = _musical(data) or _japanese(data) or _cyrillic(data) or _korean(data)
    if text:
        return text
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _musical(data: bytes) -> str:
    """Return the text of the code page in which the bytes hold a word of music, "" where none does."""
    for page, words in _WORDS.items():
        try:
            text = data.decode(page)
        except UnicodeDecodeError:
            continue
        small = text.casefold()
        least = 1 if page in _WIDE_PAGES else 3
        if any(len(word) >= least and word in small and not word.isascii() for word in words.split()):
            return text
        if page == "cp1250" and any(word in small for word in words.split()):
            return text
    return ""


def _cyrillic(data: bytes) -> str:
    """Return the text of a Russian code page where all its words are cased as words are, "" else."""
    if not _LEAST_RUN.search(data):
        return ""
    for page in ("cp1251", "koi8_r"):
        try:
            words = re.findall(r"[^\W\d_]+", data.decode(page))
        except UnicodeDecodeError:
            continue
        if words and all(word.isascii() or _CYRILLIC.fullmatch(word) for word in words):
            return data.decode(page)
    return ""


def _korean(data: bytes) -> str:
    """Return the text of the Korean code page where all that is not ASCII is Hangul, of several syllables, else ""."""
    runs = _HIGH.findall(data)
    if not runs or any(len(run) % 2 for run in runs) or max(map(len, runs)) < 4:
        return ""
    if all(0xB0 <= run[i] <= 0xC8 and run[i + 1] >= 0xA1 for run in runs for i in range(0, len(run), 2)):
        return data.decode("euc_kr", "replace")
    return ""


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
    if _KANA.search(text) or (not latin and len(_HALF_KANA.findall(text)) > 1 and not _is_cased(data)):
        return text
    if not any(0x81 <= byte <= 0x9F and byte not in _QUOTES for byte in data):
        return ""  # letters with accents alone
    return text if wide >= max(min(2, latin), 1) else ""


def _is_cased(data: bytes) -> bool:
    """Return whether bytes are Russian words; in the Japanese page they would be half-width signs."""
    return bool(_cyrillic(data))
