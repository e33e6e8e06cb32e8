"""In Chromium: another language at the foot of the page, notes typed as in the country, all choices kept."""

import pytest

from tests.chromium import settle

pytestmark = [pytest.mark.browser]


def _choose(page, key, option):
    box = page.locator(f".st-key-{key} input").first
    box.scroll_into_view_if_needed()
    settle(page)  # a list that is opened closes when the page scrolls
    box.click()
    page.get_by_role("option", name=option).click()
    settle(page)


def _type(page, notes, told):
    box = page.locator(".st-key-seed_text textarea")
    box.fill(notes)
    box.press("Control+Enter")
    page.get_by_text(told).first.wait_for()


def test_the_language_is_chosen_kept_and_its_notes_are_typed(open_page, address):
    page = open_page(address)
    page.wait_for_selector("g.note")
    settle(page)
    _choose(page, "steer-keep", "keep the rhythm")
    _choose(page, "language", "Deutsch")
    kept = page.locator(".st-key-steer-keep input").first
    assert kept.input_value() == "Rhythmus bleibt"
    page.get_by_text("sind gemeinfrei").wait_for()
    page.get_by_role("radio", name="Tippen").click()
    _type(page, "H4 B4 fis4 do4", "ist nicht zu verstehen")
    _type(page, "H4 B4 fis4 es4", "Es4 bis H4")
    assert kept.input_value() == "Rhythmus bleibt"

    language = page.locator(".st-key-language input").first
    language.focus()
    settle(page)
    language.press("ArrowUp")
    page.get_by_role("option", name="Italiano").wait_for()
    language.press("End")
    language.press("Enter")
    page.get_by_role("radio", name="Scrivi").wait_for()
    settle(page)
    _type(page, "do4 re4 mi4 sib4", "da do4 a si♭4")
    settle(page)
    page.reload()
    page.get_by_role("radio", name="Scrivi").wait_for()
    settle(page)
    assert page.evaluate("document.documentElement.lang") == "it"
    assert language.input_value() == "Italiano"
    page.get_by_text("da do4 a si♭4").first.wait_for()
