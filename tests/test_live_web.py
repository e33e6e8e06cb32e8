"""The live loop in Chromium: a slider let go of shows its take by the app's own route; the page's run takes it over."""

import json

import pytest

from tests.chromium import settle

pytestmark = [pytest.mark.browser]

KEY = "window.musegen.transport.score.key"
NOTES = "() => [...document.querySelectorAll('.pages g.note')].length"


@pytest.fixture
def page(open_page, address):
    """The Compose page with its first take, and what it asks the live loop for."""
    page = open_page(address, viewport={"width": 1280, "height": 900})
    page.wait_for_selector(".pages svg g.note")
    settle(page)
    page.asked = []
    page.on("request", lambda request: request.url.endswith("/live") and page.asked.append(request))
    page.evaluate(
        "() => { const { stage } = window.musegen, { live } = stage; window.parts = [];"
        "stage.live = (part) => { if (!('progress' in part)) window.parts.push(part); live(part); }; }"
    )
    return page


def shown_key(page):
    return page.evaluate(KEY)


def move(page, key, name="emperature"):
    before = shown_key(page)
    page.get_by_role("slider", name=name).first.press(key)
    page.wait_for_function(f"before => {KEY} !== before", arg=before)
    settle(page)


def test_a_slider_shows_its_take_by_the_route_and_the_run_takes_over_the_very_same(page):
    move(page, "End")
    heard, drawn = page.evaluate("parts")
    assert heard["score"]["key"] == shown_key(page)
    assert drawn["pages"] and drawn["width"] > 0
    assert page.locator(".pages .page").count() == len(drawn["pages"])
    assert "temperature 2" in page.locator(".st-key-takes-row").inner_text()  # the script's own words for it
    assert page.locator(".card").count() == 4
    move(page, "ArrowRight", "ength in bars")  # a newer wish has the newer number
    numbers = [json.loads(request.post_data)["number"] for request in page.asked]
    assert numbers == sorted(set(numbers)) and len(numbers) == 2
    answered = page.evaluate("parts.at(-2).score.key")
    page.reload()
    page.wait_for_selector(".pages svg g.note")
    settle(page)
    assert shown_key(page) == answered  # kept on the desk


def test_without_the_route_the_run_shows_the_take(page):
    page.route("**/musegen/live", lambda route: route.fulfill(status=204))
    move(page, "Home")
    assert "temperature 0.1" in page.locator(".st-key-takes-row").inner_text()


def test_nothing_is_asked_with_live_off(page):
    page.locator(".st-key-live label").first.click()
    settle(page)
    before = shown_key(page)
    page.get_by_role("slider", name="emperature").first.press("End")
    settle(page)
    assert page.asked == [] and shown_key(page) == before
