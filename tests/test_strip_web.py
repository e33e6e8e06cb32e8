"""The strip of a file's tracks and bars in Chromium, alone: drags, edges, keys, and a drag that is broken off."""

import pytest

from musegen.rendering.web_modules import bundle, web_file
from musegen.services.seeds.overview import offers, overview
from tests.builders import piece, track

pytestmark = [pytest.mark.browser]

BAND = piece(
    track([(72, q, 1) for q in range(16, 64)], name="Lead"),
    track([(60, 4 * b, 4) for b in range(16)], name="Pad"),
    track([(40, q, 1) for q in range(64)], name="Bass"),
)
SHOW = """async ([code, css, data]) => {
  const url = URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
  const mount = (await import(url)).default;
  const host = document.createElement("div");
  host.innerHTML = `<style>${css}</style><div class="musegen" style="width: 800px"></div>`;
  document.body.append(host);
  window.told = [];
  mount({data, parentElement: host, setStateValue: (name, value) => window.told.push([name, value])});
}"""


@pytest.fixture
def strip(open_page):
    page = open_page("about:blank")
    css = web_file("strip", "css").read_text(encoding="utf-8")
    data = overview(BAND) | {"offers": offers(BAND), "chosen": {"tracks": [0], "bars": [1, 16]}}
    page.evaluate(SHOW, [bundle("strip"), css, data])
    return page


def told(page):
    return [value for name, value in page.evaluate("window.told") if name == "chosen"]


def drag(page, start, stop, *, release=True):
    """Drag from one (bar, track) to another, both from 0, held in their middle."""
    box = page.locator(".field").bounding_box()
    places = [(box["x"] + (bar + 0.5) / 16 * box["width"], box["y"] + (row + 0.5) / 3 * box["height"])
              for bar, row in (start, stop)]  # fmt: skip
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=3)
    if release:
        page.mouse.up()


def test_what_is_dragged_is_chosen_and_a_drag_broken_off_is_not(strip):
    drag(strip, (4, 1), (7, 2))
    assert told(strip)[-1] == {"tracks": [1, 2], "bars": [5, 8]}
    drag(strip, (1, 1), (2, 1))
    assert told(strip)[-1] == {"tracks": [1, 2], "bars": [2, 3]}  # within a chosen track the tracks stay
    drag(strip, (9, 0), (12, 0), release=False)
    assert strip.locator(".said").inner_text() == "Bars 10 to 13 of 16, 1 of 3 tracks"
    strip.keyboard.press("Escape")
    strip.mouse.up()
    assert strip.locator(".said").inner_text() == "Bars 2 to 3 of 16, 2 of 3 tracks"
    assert len(told(strip)) == 2
    strip.get_by_role("slider", name="Last bar used").focus()
    strip.keyboard.press("ArrowRight")
    assert told(strip)[-1]["bars"] == [2, 4]
    strip.get_by_role("button", name="End").click()
    assert told(strip)[-1]["bars"] == [9, 16]
    strip.get_by_role("button", name="Lead").click()
    assert told(strip)[-1]["tracks"] == [0, 1, 2]
