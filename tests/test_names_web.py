"""In Chromium: one title in sheet, files and library; files while something composes; the kept menu is in view."""

from pathlib import Path

import pytest

from musegen.files import read
from tests.chromium import settle

pytestmark = [pytest.mark.browser]


def ready(page):
    page.wait_for_selector("g.note")
    settle(page)
    return page


def saved(page, label):
    with page.expect_download() as waiting:
        page.locator("[class*=st-key-files-]").get_by_role("link", name=label).first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_one_name_in_sheet_files_and_library_and_the_kept_menu_is_in_view(open_page, address):
    page = ready(open_page(address))
    page.locator("[class*=st-key-title-]").get_by_role("button", name="Title").click()
    for label, words in (("Title", "Rain <b>in</b> Köln"), ("By", "Anna & me")):
        box = page.get_by_role("textbox", name=label, exact=True)
        box.fill(words)
        box.press("Enter")
        settle(page)
    page.keyboard.press("Escape")
    page.wait_for_function("() => window.musegen.transport.score.title.startsWith('Rain')")
    for label, ending in (("MIDI", ".mid"), ("MusicXML", ".musicxml")):
        name, data = saved(page, label)
        assert name == f"Rain-b-in-b-Köln-folk-take1{ending}"
        assert read(name, data).title == "Rain <b>in</b> Köln"
    assert b"Anna &amp; me" in data
    page.locator(".st-key-keep button:visible").first.click()
    kept = page.locator("[class*='st-key-kept-'] button:visible", has_text="Kept").first
    kept.wait_for()
    settle(page)
    kept.click()
    name = page.get_by_role("textbox", name="Name")
    name.wait_for()
    settle(page)
    assert name.input_value() == "Rain <b>in</b> Köln"
    box = page.locator("[data-testid=stPopoverBody]").bounding_box()
    assert box["height"] > 300 and box["y"] >= 0 and box["y"] + box["height"] <= 900


def test_files_come_while_something_composes_and_are_those_of_the_take_that_is_shown(open_page, address):
    page = ready(open_page(address))
    shown = page.evaluate("() => window.musegen.transport.score.notes.length")
    link = page.locator("[class*=st-key-files-]").get_by_role("link", name="MIDI").first.get_attribute("href")
    page.locator(".st-key-style").get_by_text("Chopin", exact=True).click()
    for label in ("MIDI", "MusicXML"):
        if page.locator("[data-testid=stProgress]").count():
            assert read(*saved(page, label)).num_notes == shown
    settle(page)
    before = page.request.get(link)  # an address holds whatever has been composed since
    assert before.status == 200 and read("before.mid", before.body()).num_notes == shown
    name, data = saved(page, "MIDI")
    assert read(name, data).num_notes == page.evaluate("() => window.musegen.transport.score.notes.length")
