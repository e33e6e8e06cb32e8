"""In Chromium: another language at the foot of the page, notes typed as in the country, and both kept over a reload."""

import pytest

from tests.chromium import settle

pytestmark = [pytest.mark.browser]


def test_the_language_is_chosen_kept_and_its_notes_are_typed(open_page, address):
    page = open_page(address)
    page.wait_for_selector("g.note")
    settle(page)
    page.locator(".st-key-language input").first.click()
    page.get_by_role("option", name="Deutsch").click()
    page.get_by_role("button", name="Tippen").wait_for()
    settle(page)
    page.get_by_role("button", name="Tippen").click()
    box = page.locator(".st-key-seed_text textarea")
    box.fill("H4 B4 fis4 do4")
    box.press("Control+Enter")
    page.get_by_text("ist nicht zu verstehen").wait_for()
    box.fill("H4 B4 fis4 es4")
    box.press("Control+Enter")
    page.get_by_text("Es4 bis H4").first.wait_for()
    assert page.get_by_role("button", name="Pianorolle").count() == 0
    page.reload()
    page.get_by_role("button", name="Tippen").wait_for()
    assert page.evaluate("document.documentElement.lang") == "de"
