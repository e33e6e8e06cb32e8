"""How long a reload takes until everything is back, in Chromium: seed, settings, history of results, the take chosen.

The page is opened and other takes are composed until there are so many results; then it is reloaded again and again. A
reload ends when the sheet of the take that was chosen is drawn, the settings stand as they stood and the history has
all results. Beside it stands the first visit of a new browser, which composes its first takes.
"""

import statistics
import time
from typing import Any

from benchmarks.report import Figures, run, table
from benchmarks.server import served

_BACK = """([made, results, temperature]) => {
  const texts = [...document.querySelectorAll('p')].map((e) => e.innerText);
  const slider = [...document.querySelectorAll('input[type=range]')]
    .find((e) => /emperature/.test(e.getAttribute('aria-label') || ''));
  const host = [...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.stage'));
  return texts.includes(made) && document.body.innerText.includes(results) && host?.shadowRoot.querySelector('g.note')
    && (!slider || slider.value === temperature);
}"""


def _open(browser: Any, address: str) -> Any:
    from tests.chromium import PATIENCE

    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_selector("g.note")
    return page


def _seen(page: Any) -> list[str]:
    """Return how the shown take was made, the place in the history and the temperature."""
    return [page.locator("text=/random number \\d+/").first.inner_text(),
            page.locator("text=/^\\d+ of \\d+$/").first.inner_text(),
            page.get_by_role("slider", name="emperature").first.input_value()]  # fmt: skip


def _reload(page: Any, seen: list[str]) -> float:
    from tests.chromium import settle

    began = time.perf_counter()
    page.reload(wait_until="commit")
    page.wait_for_function(_BACK, arg=seen)
    took = 1000 * (time.perf_counter() - began)
    settle(page)
    return took


def measured(small: bool) -> Figures:
    """Return the figures in milliseconds."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import CHROMIUM, FLAGS, settle

    results, runs = (3, 2) if small else (12, 10)
    with sync_playwright() as playwright, served() as (address, _):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        settle(_open(browser, address))  # a rehearsal: the server imports what it needs
        began = time.perf_counter()
        page = _open(browser, address)
        first = 1000 * (time.perf_counter() - began)
        settle(page)
        for number in range(results - 1):
            page.get_by_role("slider", name="emperature").first.press("ArrowRight" if number % 8 < 4 else "ArrowLeft")
            settle(page)
        page.get_by_role("radiogroup", name="Takes").get_by_role("radio").nth(1).click()
        settle(page)
        seen = _seen(page)
        times = [_reload(page, seen) for _ in range(runs)]
        version = browser.version
        browser.close()
    return {"chromium": version, "results": seen[1], "runs": runs, "first_visit_ms": first,
            "median_ms": statistics.median(times), "max_ms": max(times)}  # fmt: skip


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    header = ("results", "reloads", "median ms", "worst ms", "first visit ms")
    row = [figures["results"], figures["runs"], *(round(figures[n]) for n in ("median_ms", "max_ms", "first_visit_ms"))]
    return table(header, [row], 0)


if __name__ == "__main__":
    run(measured, rendered)
