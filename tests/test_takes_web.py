"""Keeping and recipes in Chromium: found again, seen by nobody else, shared, handed on, made again to the note."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from musegen.files import read
from tests.chromium import settle

pytestmark = [pytest.mark.browser]
PLAYING = "() => { const t = window.musegen?.transport; return t && t.playing && !t.loading; }"
NOTES = "() => window.musegen.transport.score.notes.map(note => note.slice(1, 5))"  # track, pitch, onset, duration


def ready(page):
    page.wait_for_selector("g.note")
    settle(page)
    return page


def press(page, key):
    page.locator(f".st-key-{key} button:visible").first.click()
    settle(page)


def choose(page, number):
    page.get_by_role("radiogroup", name="Takes").get_by_role("radio").nth(number).click()
    settle(page)


def keep(page):
    press(page, "keep")
    page.locator("[class*='st-key-kept-'] button:visible", has_text="Kept").wait_for()


def to_takes(page):
    page.get_by_role("link", name="Takes", exact=True).first.click()
    page.get_by_role("heading", name="Takes").wait_for()
    settle(page)
    return page


def rows(page):
    return page.locator(".st-key-kept-rows [class*='st-key-kept-words-'] strong").all_inner_texts()


def more(page, name):
    """Open "More" of the row of a take."""
    row = page.locator("[class*='st-key-kept-row-']", has_text=name).first
    row.get_by_role("button", name="More").click()
    page.locator("[data-testid=stPopoverBody]").wait_for()
    settle(page)
    return page.locator("[data-testid=stPopoverBody]")


def downloaded(page, press_):
    with page.expect_download() as waiting:
        press_()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def notes_of(piece):
    return [
        [index, note.pitch, round(note.onset_quarter, 6), round(note.duration_quarter, 6)]
        for index, track in enumerate(piece.tracks)
        for note in track.notes
    ]


def in_order(notes):
    return sorted(map(tuple, notes))


def test_kept_takes_are_the_browsers_own_and_found_again(open_page, address):
    page = ready(open_page(address))
    context = page.context
    cookie = next(c for c in context.cookies() if c["name"] == "musegen_owner")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and len(cookie["value"]) == 32
    keep(page)
    other_tab = context.new_page()
    other_tab.goto(address)
    ready(other_tab)
    choose(other_tab, 1)
    other_tab.locator(".st-key-keep button:visible").first.click(no_wait_after=True)  # both at once
    choose(page, 2)
    keep(page)
    settle(other_tab)
    other_tab.close()
    page.reload()
    ready(page)
    to_takes(page)
    assert sorted(rows(page)) == [f"Lamplighter's Reel, Folk tunes, take {number}" for number in (1, 2, 3)]
    assert page.get_by_text("refuses cookies").count() == 0

    stranger = ready(open_page(address))
    assert to_takes(stranger).get_by_text("Nothing is kept yet.").is_visible()

    row = page.locator("[class*='st-key-kept-row-']", has_text="take 2")
    row.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function(PLAYING)
    page.locator("[class*='st-key-kept-row-']", has_text="take 3").get_by_role(
        "button", name=re.compile("^Play")).click()  # fmt: skip
    row.get_by_role("button", name=re.compile("^Play")).wait_for()  # one thing plays at a time
    page.wait_for_function(PLAYING)
    page.get_by_role("button", name=re.compile("^Pause")).click()

    body = more(page, "take 2")
    body.get_by_label("Name").fill("Evening tune")
    body.get_by_label("Name").press("Enter")
    page.locator(".st-key-kept-rows strong", has_text="Evening tune").wait_for()
    settle(page)
    body.get_by_role("button", name="Share by link").click()
    body.get_by_role("button", name="Copy link").wait_for()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    body.get_by_role("button", name="Copy link").click()
    body.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{address}/?take=") and len(link.split("=")[1]) >= 32
    page.keyboard.press("Escape")

    stranger.goto(link)
    stranger.get_by_role("heading", name="Evening tune", exact=True).first.wait_for()
    ready(stranger)
    stranger.locator(".stage button.play").click()
    stranger.wait_for_function(PLAYING)
    stranger.locator(".stage button.play").click()
    press(stranger, "shared-keep")
    stranger.get_by_text("A copy is kept.").wait_for()
    press(stranger, "shared-back")
    stranger.get_by_role("heading", name="Takes").wait_for()
    settle(stranger)
    assert rows(stranger) == ["Evening tune"]

    more(page, "Evening tune").get_by_role("button", name="Delete").click()
    page.get_by_text('"Evening tune" is deleted.').wait_for()
    settle(page)
    assert len(rows(page)) == 2
    press(page, "takes-undo")
    assert len(rows(page)) == 3


def test_compare_and_a_zip_that_another_browser_takes_in(open_page, address):
    page = ready(open_page(address))
    for number in range(2):
        choose(page, number)
        keep(page)
    to_takes(page)
    boxes = page.locator(".st-key-kept-rows [data-testid=stCheckbox]")
    for number in range(boxes.count()):
        boxes.nth(number).locator("label").click()
        boxes.nth(number).locator("input:checked").wait_for(state="attached")
        settle(page)
    press(page, "takes-compare-button")
    box = page.locator(".st-key-takes-compared-box")
    page.wait_for_function("() => [...document.querySelectorAll('.st-key-takes-compared-box *')].filter("
                           "e => e.shadowRoot?.querySelector('g.note')).length === 2")  # fmt: skip
    for measure in ("In key", "Like your music"):
        box.get_by_text(measure).first.wait_for()
    name, data = downloaded(page, lambda: page.locator(".st-key-takes-export-chosen button:visible").click())
    assert name == "musegen-takes.zip"
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = json.loads(archive.read("takes.json"))["takes"]
    assert len(archive.namelist()) == 5 and len(entries) == 2

    stranger = ready(open_page(address))
    to_takes(stranger)
    stranger.get_by_role("button", name="Import").click()
    stranger.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": data})  # fmt: skip
    stranger.get_by_text("2 takes are imported.").wait_for()
    settle(stranger)
    assert sorted(rows(stranger)) == sorted(entry["name"] for entry in entries)
    stranger.keyboard.press("Escape")
    stranger.locator("[class*='st-key-open-'] button:visible").first.click()
    stranger.locator(".st-key-takes-row").wait_for()
    ready(stranger)
    assert stranger.locator("[class*='st-key-kept-'] button:visible", has_text="Kept").count() == 1


def test_an_exported_file_and_a_link_make_the_very_same_take(open_page, address):
    page = ready(open_page(address))
    page.get_by_role("slider", name="emperature").first.press("ArrowRight")
    settle(page)
    choose(page, 1)
    wanted = in_order(page.evaluate(NOTES))
    name, data = downloaded(
        page, lambda: page.locator("[class*=st-key-files-]").get_by_role("link", name="MIDI").click()
    )
    assert in_order(notes_of(read(name, data))) == wanted
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert len(link) < 6000

    other = ready(open_page(address))
    other.locator(".st-key-seed_source").get_by_text("Upload", exact=True).click()
    settle(other)
    other.locator(".st-key-seed_file input[type=file]").set_input_files(
        {"name": name, "mimeType": "audio/midi", "buffer": data})  # fmt: skip
    other.get_by_role("button", name="Make this take again").click()
    other.get_by_text("Made again from its recipe.").wait_for()
    ready(other)
    assert in_order(other.evaluate(NOTES)) == wanted
    assert other.get_by_role("slider", name="emperature").first.input_value() == "0.95"

    other.goto(link)
    other.get_by_text("Made again from its recipe.").wait_for()
    ready(other)
    assert in_order(other.evaluate(NOTES)) == wanted


def test_takes_on_a_telephone_and_without_cookies(open_page, address):
    page = ready(open_page(address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    page.locator(".st-key-keep button:visible").tap()
    page.locator("[class*='st-key-kept-'] button:visible", has_text="Kept").wait_for()
    page.locator(".st-key-narrow-nav").get_by_role("link", name="Takes").tap()
    page.get_by_role("heading", name="Takes").wait_for()
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for target in page.locator("[class*='st-key-kept-row-'] :is(button, label):visible").all():
        assert target.bounding_box()["height"] >= 43.5

    # a browser that refuses cookies keeps within the visit, and is told so
    careful = open_page("about:blank")
    anything = {"accept": "*/*"}  # what the cookie does not come with
    careful.route(f"{address}/", lambda route: route.continue_(headers={**route.request.headers, **anything}))
    careful.goto(address)
    assert "musegen_owner" not in [cookie["name"] for cookie in careful.context.cookies()]
    ready(careful)
    keep(careful)
    to_takes(careful)
    assert rows(careful) and careful.get_by_text("This browser refuses cookies").is_visible()
