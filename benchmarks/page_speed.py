"""How fast the page is, measured in Chromium: slider to new take, a 600-note take, scrolling, cursor against sound.

- slider: from the release of the temperature slider (the key that moves it goes up) while a take plays, to the new
  take drawn in the sheet ("visible") and heard ("audible": the transport's position, output latency taken off, has
  passed the place at which the new take began), for folk with four takes and with eight, and for chorales. In turn with
  it the same by Streamlit's rerun alone, as where the page cannot ask the app's own route ("by rerun"), and with "Live"
  off, until the page is at rest: that rerun without anything composed ("rerun").
- notes_600: a page with nothing but the stage; from the press of a button to another take of 600 notes in the sheet,
  in the roll, and ready to play; every take is new, so that nothing is known beforehand.
- scroll: the roll of 5,000 notes moved a little in every frame for some seconds, and a roll of none beside it.
- cursor: how far the music is past the onset of a note, by the transport's clock, when the frame that lights it is
  drawn; the screen shows that frame up to one refresh later.
"""

import math
import statistics
from typing import Any

from benchmarks.report import Figures, run, table
from benchmarks.server import served
from benchmarks.stage_page import take_of
from musegen.rendering.web_modules import bundle
from musegen.services.showing.stage import score_data

PLAYER = "window.musegen.transport"

_SEEN = ("taken over", "visible", "audible")

_MARKS = """() => {
  const shadow = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
  const pages = shadow.querySelector('.pages');
  const player = window.musegen.transport;
  window.marks = {};
  window.stamp = (name) => { window.marks[name] ??= performance.now(); };
  window.begin = () => { window.marks = {}; window.wanted = player.score.key; window.began = null; };
  // drawn: the frame after the one in which the pages were put in
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => {
    if (player.score.key !== window.wanted) stamp('visible');
  }))).observe(pages, {childList: true});
  const watch = () => {
    if (window.wanted && player.score.key !== window.wanted) {
      if (window.began === null) { window.began = player.position; stamp('taken over'); }
      if (player.playing && !player.loading && player.position > window.began) stamp('audible');
    }
    requestAnimationFrame(watch);
  };
  player.on('load', () => player.score.key !== window.wanted && stamp('sounds'));
  window.addEventListener('keyup', () => stamp('released'), true);
  window.addEventListener('click', () => stamp('released'), true);
  const app = document.querySelector('[data-testid=stApp]');
  const running = () => app.getAttribute('data-test-script-state') === 'running';
  new MutationObserver(() => { if (window.marks.released) {
    if (running()) window.marks.running = performance.now();
    else if (window.marks.running) window.marks.rest = performance.now();
  }}).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
  watch();
}"""

_SCROLL = """async ([score, seconds]) => {
  const host = document.body.appendChild(document.createElement('div'));
  host.style.cssText = 'position:relative;width:1200px;height:400px';
  const view = new roll_view.RollView(host, {keys: true, editable: false});
  view.setScore(score);
  view.zoom(3, 1);
  view.scrollTo(0);
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  const times = [await frame()];
  let way = 1;
  while (times.at(-1) - times[0] < seconds * 1000) {
    if (!view.pan(12 * way, 0)) way = -way;
    times.push(await frame());
  }
  view.destroy();
  host.remove();
  const steps = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b);
  return {frames_a_second: 1000 * steps.length / (times.at(-1) - times[0]),
          p95_frame_ms: steps[Math.floor(0.95 * (steps.length - 1))], worst_frame_ms: steps.at(-1)};
}"""

_CURSOR = """async (seconds) => {
  const shadow = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
  const player = window.musegen.transport;
  const onsets = new Map(player.score.notes.map((note) => [note[0], note[3]]));
  const late = [], shown = new Set();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);  // asked for after the stage's own, so it comes after it
    const now = player.seconds(player.position) / player.rate;
    for (const part of shadow.querySelectorAll('.pages g.note.lit')) {
      const id = part.id.split('-').slice(0, 2).join('-');
      if (shown.has(id)) continue;
      shown.add(id);
      late.push(1000 * (now - player.seconds(onsets.get(id)) / player.rate));
    }
  }
  return late;
}"""


def percentile(values: list[float], share: float) -> float:
    """Return the value that at least `share` (0 to 1) of the values do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def spread(values: list[float]) -> Figures:
    """Return number, median, 95th percentile and worst of values in milliseconds."""
    return {"runs": len(values), "median_ms": statistics.median(values), "p95_ms": percentile(values, 0.95),
            "max_ms": max(values)}  # fmt: skip


def _open(browser: Any, url: str) -> Any:
    from tests.chromium import PATIENCE, settle

    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector(".pages svg g.note")
    settle(page)
    return page


def _slider(browser: Any, runs: int, style: str = "", takes: int = 4) -> Figures:
    """Move the temperature with the live loop, by the rerun alone, and with Live off, in turn."""
    from tests.chromium import settle

    with served() as (address, _):
        page = _open(browser, address)
        if style:
            page.get_by_role("radio", name=style, exact=True).click()
            settle(page)
        if takes == 8:
            page.get_by_role("button", name="More").first.click()
            page.get_by_role("slider", name="Takes").press("End")
            page.keyboard.press("Escape")
            settle(page)
        slider = page.get_by_role("slider", name="emperature").first
        live = page.locator(".st-key-live label").first
        page.locator(".stage button.play").click()
        page.wait_for_function(f"{PLAYER}.playing && !{PLAYER}.loading")
        page.evaluate(f"() => {{ {PLAYER}.loop = null; {PLAYER}.rate = 0.25; }}")  # so that no take ends meanwhile
        page.evaluate(_MARKS)
        ways = ("live", "by rerun", "rerun")
        found: dict[str, list[float]] = {f"{way} {mark}": [] for way in ways[:2] for mark in (*_SEEN, "both")}
        found["rerun"] = []
        for number in range(3 * (runs + 1)):
            way = ways[number % 3]
            if way != "rerun":  # other takes, so that no sheet is known from before
                page.keyboard.press("Control+Enter")
                settle(page)
            page.evaluate("off => { (window.musegen.live ||= { number: 0 }).off = off; }", way != "live")
            page.evaluate(f"{PLAYER}.play(0)")
            page.evaluate("begin()")
            wild = number % 2 == 0  # from end to end: a small step may leave the very same notes
            slider.press("End" if wild else "Home")
            if way == "rerun":
                page.wait_for_function("marks.rest && performance.now() - marks.rest > 700 "
                                       "&& marks.rest > marks.running")  # fmt: skip
            else:
                page.wait_for_function("marks.visible && marks.audible")
                settle(page)
            marks = page.evaluate("marks")
            if number >= 3:  # the first of each is a rehearsal
                if way == "rerun":
                    found[way].append(marks["rest"] - marks["released"])
                else:
                    for name in _SEEN:
                        found[f"{way} {name}"].append(marks[name] - marks["released"])
                    found[f"{way} both"].append(max(marks["visible"], marks["audible"]) - marks["released"])
            if way != "live":  # Live is off for the third way alone, whose take is composed when it is on again
                live.click()
                settle(page)
        page.context.close()
    figures = {name.replace(" ", "_"): spread(values) for name, values in found.items()}
    share = statistics.median(found["live both"]) / statistics.median(found["by rerun both"])
    return figures | {"of_rerun": share}


def _long_take(browser: Any, runs: int, cursor_seconds: float) -> tuple[Figures, Figures]:
    from tests.chromium import settle

    with served("benchmarks/stage_page.py") as (address, _):
        page = _open(browser, f"{address}/?notes=600")
        page.evaluate(_MARKS)
        found: dict[str, list[float]] = {"taken over": [], "visible": [], "sounds": []}
        for number in range(runs + 1):
            page.evaluate("begin()")
            page.get_by_role("button", name="Another").click()
            page.wait_for_function("marks.visible && marks.sounds")
            marks = page.evaluate("marks")
            settle(page)
            if number:
                for name, values in found.items():
                    values.append(marks[name] - marks["released"])
        page.locator(".stage button.play").click()
        page.wait_for_function(f"{PLAYER}.playing && !{PLAYER}.loading && {PLAYER}.position > 0.5")
        late = page.evaluate(_CURSOR, cursor_seconds)[4:]  # what was lit already does not count
        page.context.close()
    names = {"taken over": "roll", "visible": "sheet", "sounds": "player"}
    ready = [max(values) for values in zip(*found.values(), strict=True)]
    take = {names[name]: spread(values) for name, values in found.items()} | {"all": spread(ready)}
    cursor = {"notes": len(late), "mean_ms": statistics.fmean(late), "p95_ms": percentile(late, 0.95),
              "worst_ms": max(late), "earliest_ms": min(late)}  # fmt: skip
    return take, cursor


def _scroll(browser: Any, seconds: float) -> Figures:
    page = browser.new_page()
    page.set_content("<!doctype html><html><body></body></html>")
    page.evaluate("code => { window.roll_view = new Function(code)(); }", bundle("roll_view", exports=True))
    figures = {}
    for name, notes in (("notes_5000", 5000), ("notes_none", 0), ("notes_5000_again", 5000)):
        score = score_data(take_of(5000, 1).piece)
        figures[name] = page.evaluate(_SCROLL, [score | {"notes": score["notes"][:notes]}, seconds])
    page.close()
    return figures


def measured(small: bool) -> Figures:
    """Return the figures."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import CHROMIUM, FLAGS

    runs, seconds = (2, 1.0) if small else (20, 5.0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        version = browser.version
        sliders = {
            "folk": _slider(browser, runs),
            "folk, eight takes": _slider(browser, max(runs // 2, 2), takes=8),
            "chorales": _slider(browser, max(runs // 2, 2), "Bach chorales"),
        }
        take, cursor = _long_take(browser, runs, 4 * seconds)
        scroll = _scroll(browser, seconds)
        browser.close()
    return {"chromium": version, "slider": sliders, "notes_600": take, "cursor": cursor, "scroll": scroll}


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    take = figures["notes_600"]
    columns = ("runs", "median_ms", "p95_ms", "max_ms")
    header = ("milliseconds", "runs", "median", "95 %", "max")
    cursor = figures["cursor"]
    parts = ["slider released, a take playing (by rerun: without the live loop; rerun: the same with Live off)"]
    for kind, found in figures["slider"].items():
        rows = [
            [name.replace("_", " "), *(row[c] for c in columns)] for name, row in found.items() if name != "of_rerun"
        ]
        parts += [table((f"{kind}, milliseconds", *header[1:]), rows, 0),
                  f"The live loop takes {100 * found['of_rerun']:.0f} % of the time by rerun."]  # fmt: skip
    parts += [
        "a take of 600 notes, from the press of a button",
        table(header, [[name, *(take[name][c] for c in columns)] for name in take], 0),
        (f"cursor late by {cursor['mean_ms']:.1f} ms in the mean, {cursor['p95_ms']:.1f} (95 %), "
        f"{cursor['worst_ms']:.1f} at worst, over {cursor['notes']} notes"),
        table(("scrolling the roll", "frames a second", "frame ms, 95 %", "worst"),
              [[name.replace("_", " "), *scroll.values()] for name, scroll in figures["scroll"].items()], 1),
    ]  # fmt: skip
    return "\n\n".join(parts)


if __name__ == "__main__":
    run(measured, rendered)
