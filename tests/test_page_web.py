"""The page in Chromium: small and large screens, touch, dark, keyboard alone, the seed alone, the start page."""

import re

import pytest

from tests.chromium import settle

pytestmark = [pytest.mark.browser]
PLAYING = "() => { const t = window.musegen?.transport; return t && t.playing && !t.loading; }"
POSITION = "() => window.musegen.transport.position"


def ready(page):
    page.wait_for_selector("g.note")
    settle(page)
    return page


def active(page):
    """Return what a key press would reach: its tag, its words and whether it shows that it has the focus."""
    return page.evaluate(
        """() => {
          let e = document.activeElement;
          while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
          const style = getComputedStyle(e);
          const label = e.getAttribute("aria-label") || e.innerText || "";
          const inside = (name) => Boolean(e.closest(name));
          return { words: label.trim(), outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            place: ["step-seed", "seed-line", "step-style", "settings", "takes-row"]
              .find((key) => inside(`.st-key-${key}`)) || "" };
        }"""
    )


def test_by_keyboard_alone_from_the_seed_to_another_take(open_page, address):
    page = ready(open_page(address, viewport={"width": 1280, "height": 800}))
    places, hidden = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        page.wait_for_timeout(30)
        now = active(page)
        if now["place"] and (not places or places[-1] != now["place"]):
            places.append(now["place"])
        if now["place"] and not now["outline"]:
            hidden.append(now["words"])
        if now["place"] == "takes-row":
            break
    assert places == ["step-seed", "seed-line", "step-style", "settings", "takes-row"]
    assert hidden == []
    asked = page.locator("text=/random number \\d+/").first.inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "before => { const e = [...document.querySelectorAll('p')].find(p => /random number \\d+/.test(p.innerText));"
        "return e && e.innerText !== before; }",
        arg=asked,
    )
    settle(page)
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert active(page)["place"] == "takes-row"


def test_the_first_screen_has_the_player_and_the_top_of_the_sheet(open_page, address):
    page = ready(open_page(address, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"))
    note = page.locator("g.note").first.bounding_box()
    assert note["y"] + note["height"] < 800
    play = page.get_by_role("button", name=re.compile("^Play$|^Play ")).last.bounding_box()
    assert play["y"] + play["height"] < 800
    moving = page.locator(".st-key-compose button:visible").evaluate("e => getComputedStyle(e).transitionDuration")
    assert all(float(part.strip().rstrip("s")) <= 0.01 for part in moving.split(","))


def test_the_seed_is_heard_alone_and_one_thing_plays_at_a_time(open_page, address):
    page = ready(open_page(address))
    page.get_by_role("button", name="Play your music alone").click()
    page.wait_for_function(PLAYING)
    assert page.evaluate("window.musegen.transport.owner") == "seed"
    assert page.evaluate("window.musegen.transport.score.notes.length") == 32
    page.get_by_role("button", name="Pause your music").click()
    page.wait_for_function("!window.musegen.transport.playing")
    page.get_by_role("button", name="Play your music alone").click()
    page.wait_for_function(PLAYING)
    page.locator(".stage button.play").click()
    page.wait_for_function("window.musegen.transport.owner === 'stage'")
    page.get_by_role("button", name="Play your music alone").wait_for()


def test_a_wide_screen_shows_choices_and_music_side_by_side_in_larger_type(open_page, address):
    page = ready(open_page(address, viewport={"width": 1920, "height": 1080}, color_scheme="dark"))
    left, right = (page.locator(f".st-key-{name}").bounding_box() for name in ("controls", "stage"))
    assert left["x"] + left["width"] <= right["x"]
    assert right["width"] > 1150 and abs(left["y"] - right["y"]) < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 1920
    assert page.locator(".st-key-compose button:visible p").first.evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize)") >= 16  # fmt: skip
    ink = page.locator(".st-key-step-seed h3").evaluate("e => getComputedStyle(e).color")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 180
    page.locator(".st-key-seed_source").get_by_text("Draw", exact=True).click()
    settle(page)
    assert page.locator(".st-key-wide-source").bounding_box()["width"] > 1500  # the editor has all the room


def test_by_touch_on_a_telephone(open_page, address):
    page = ready(open_page(address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    for name in ("Start", "Compose", "Styles"):
        link = page.locator(".st-key-narrow-nav").get_by_role("link", name=name)
        box = link.bounding_box()
        assert box["height"] >= 43.5 and 0 <= box["x"] and box["x"] + box["width"] <= 390
    for source in ("Draw", "Type", "Play", "Hum", "Upload"):
        page.locator(".st-key-seed_source").get_by_text(source, exact=True).tap()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, source
    page.locator(".st-key-example").get_by_text("Jig", exact=True).tap()
    page.locator(".st-key-understood").get_by_text("Jig of the Two Ferries").wait_for()
    settle(page)
    page.get_by_role("button", name="Play your music alone").tap()
    page.wait_for_function(PLAYING)
    page.locator(".st-key-narrow-nav").get_by_role("link", name="Styles").tap()
    page.get_by_role("heading", name="Bach chorales").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_demo_of_three_minutes(open_page, address):
    """What docs/demo.md says, press by press."""
    page = ready(open_page(address))
    page.get_by_role("link", name="Start").first.click()
    page.locator(".st-key-demo-make button:visible").wait_for()
    page.locator(".st-key-demo-make button:visible").click()
    page.wait_for_function(PLAYING)
    words = page.locator(".st-key-demo-words").inner_text()
    assert re.search(r"\d+ bars?, composed in [\d.]+ s on this computer\.", words)
    first = page.evaluate("window.musegen.transport.score.key")
    page.wait_for_function(f"({POSITION})() > 1")
    page.locator(".st-key-demo-make button:visible").click()
    page.wait_for_function("before => window.musegen.transport.score.key !== before", arg=first)
    page.wait_for_function(PLAYING)
    page.locator(".st-key-demo-calmer button:visible").click()
    page.get_by_text("calmer than before").wait_for()
    page.wait_for_function(PLAYING)
    settle(page)
    played = page.evaluate("window.musegen.transport.score.key")
    page.locator(".st-key-demo-compose button:visible").click()
    page.locator(".st-key-takes-row").wait_for()
    settle(page)
    assert page.evaluate("window.musegen.transport.score.key") == played
    takes = page.get_by_role("radiogroup", name="Takes").get_by_role("radio")
    assert takes.count() == 1  # the one take of the start page
    for choice in ("Ode to Joy", "Bach chorales", "Harmonise your melody"):
        before = page.evaluate("window.musegen.transport.score.key")
        choices = page.locator("[data-testid=stButtonGroup]").get_by_role("radio", name=choice)
        if choices.get_attribute("aria-checked") != "true":  # the start page may have left it chosen
            choices.click()
            page.wait_for_function("before => window.musegen.transport.score.key !== before", arg=before)
            settle(page)
    marked = page.locator(".sheet svg g.note.given").evaluate_all("notes => notes.map(note => note.id)")
    assert marked and {name[:3] for name in marked} == {"n0-"}  # the tune is yours, the three other voices are new
    page.get_by_role("radiogroup", name="Takes").get_by_role("radio").nth(1).click()
    settle(page)
    page.locator(".st-key-keep button:visible").click()
    page.locator("[class*='st-key-kept-'] button:visible", has_text="Kept").wait_for()
    page.get_by_role("link", name="Takes", exact=True).first.click()
    page.locator(".st-key-kept-rows [class*='st-key-kept-words-'] strong", has_text="Ode to Joy").first.wait_for()


def test_places_of_the_little_roll(blank):
    page = blank("seed")
    place = "notes => window.seed.places(notes, 8).map(p => [p.left, p.width, Math.round(p.bottom)])"
    assert page.evaluate(place, [["n0-0", 0, 60, 0, 4, 80, 0], ["n0-1", 0, 72, 4, 4, 80, 0]]) == [
        [0, 50, 7], [50, 50, 85]]  # fmt: skip
    assert page.evaluate(place, [["n0-0", 0, 60, 6, 2, 80, 0]]) == [[75, 25, 46]]
    many = [[f"n0-{i}", 0, 60 + i % 5, i, 1, 80, 0] for i in range(1000)]
    assert len(page.evaluate(place, many)) == 300


def test_a_blend_of_two_styles_changes_the_take_and_nothing_else_does(open_page, address):
    page = ready(open_page(address, viewport={"width": 1280, "height": 1400}))
    page.get_by_role("radio", name="Bach chorales").click()
    settle(page)
    page.get_by_role("button", name="More").click()
    page.get_by_text("Keep this number").click()
    settle(page)
    own = notes(page)
    choose(page, "Blend with", "Hymns")
    page.get_by_role("slider", name="Share of the other style").wait_for()
    settle(page)
    half = notes(page)
    assert half != own
    page.get_by_role("slider", name="Share of the other style").press("End")
    page.wait_for_function(f"half => JSON.stringify({NOTES}) !== JSON.stringify(half)", arg=half)
    settle(page)
    assert notes(page) not in (own, half)
    choose(page, "Blend with", "Nothing")
    page.get_by_role("slider", name="Share of the other style").wait_for(state="detached")
    settle(page)
    assert notes(page) == own


NOTES = "window.musegen.transport.score.notes.map(note => note.slice(1, 5))"


def notes(page):
    """Return track, pitch, onset and duration of each note of the take that is shown."""
    return page.evaluate(NOTES)


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
