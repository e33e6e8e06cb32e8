"""Names in the code pages that files are written in without saying so."""

import pytest

from musegen.files.abc import read_abc
from musegen.files.code_pages import text_of


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("ピアノ", "shift_jis"), ("ﾋﾟｱﾉ", "shift_jis"), ("さくら", "shift_jis"), ("ピアノ", "euc_jp"),
        ("ピアノ", "utf-8"),
        ("Geige Ä", "latin-1"), ("Größe", "latin-1"), ("Café – l’été", "cp1252"), ("Élève", "latin-1"),
        ("Trompete (hoch) für Günther", "latin-1"),
        ("Скрипка", "cp1251"), ("Моя песня 1", "cp1251"), ("Виолончель", "koi8_r"), ("Песня", "koi8_r"),
        ("钢琴 1", "gbk"), ("鋼琴", "big5"), ("피아노", "euc_kr"), ("아리랑", "euc_kr"), ("Viola", "utf-16"),
        ("βιολί", "iso-8859-7"), ("Skrzypce ąę", "cp1250"),
    ],
)  # fmt: skip
def test_a_name_is_read_in_the_page_in_which_it_is_words(text, page):
    assert text_of(text.encode(page)) == text


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"Caf\'e", "Café"), ("Caf&eacute;", "Café"), (r"Caf\u00e9", "Café"), (r"Fran\ccois", "François"),
        (r"\AAse og \/orn", "Åse og ørn"), (r"100 \% \& more", "100 % & more"), (r"a\x", r"a\x"),
    ],
)  # fmt: skip
def test_letters_with_accents_in_abc(written, title):
    assert read_abc(f"X:1\nT:{written}\nL:1/4\nK:C\nCDEF|\n").title == title
