"""In Chromium: words typed for the seed stand under the take's sheet, chords that sound over it, both in its files."""

import pytest

from musegen.files import read
from tests.chromium import settle
from tests.test_names_web import ready, saved

pytestmark = [pytest.mark.browser]


def test_words_stand_under_the_sheet_and_chords_over_it(open_page, address):
    page = ready(open_page(address))
    page.locator(".st-key-words-opened button").click()
    box = page.get_by_role("textbox", name="Words")
    box.fill("Ring out the bells")
    box.press("Control+Enter")
    settle(page)
    page.keyboard.press("Escape")
    page.locator(".st-key-compose button").first.click()
    page.wait_for_selector(".sheet g.verse")
    assert "bells" in "".join(page.locator(".sheet g.verse").all_text_contents())
    page.locator("[class*=st-key-for-shown] button").first.click()
    page.locator(".st-key-sheet-chords label").click()
    page.wait_for_selector(".sheet g.harm")
    settle(page)
    page.keyboard.press("Escape")
    music = read(*saved(page, "MusicXML"))
    assert [word.text for word in music.words] == ["Ring", "out", "the", "bells"] and music.chord_symbols
    assert saved(page, "Chords")[1].decode().count("|") > 4
