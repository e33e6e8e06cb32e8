"""The piano-roll editor in Chromium: a note drawn until it is heard and until Python has it; scrolling 5,000 notes.

- heard: from the press of the mouse in the empty grid to the first sample above -60 dB behind all that plays, which an
  analyser sees every 2 ms; what the loudspeaker adds (the output latency of the browser) is given apart. "first" is the
  first note of a page: a new browser and a server that has made no sounds yet; "later" are all notes after it.
- python: from the release of the mouse to the count of notes on the page having gone up by one: 250 ms that the editor
  waits for more to be drawn, Streamlit's rerun, and the way there and back.
- scroll: the editor's roll moved a little in every frame; 5,000 notes at the size in which one edits, all 5,000 at once
  in sight, and none, in turn. "draw" is the time in which a frame's notes are drawn by the script.
"""

import math
import statistics
from typing import Any

from benchmarks.report import Figures, run, table
from benchmarks.server import served
from musegen.rendering.web_modules import bundle

NOTES, QUARTERS = 5000, 1250

_EDITOR = """[...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.editor .roll')).shadowRoot
  .querySelector('.roll')"""

_LISTEN = f"""() => {{
  const roll = {_EDITOR};
  roll.addEventListener('pointerdown', () => {{
    const begun = performance.now();
    window.heard = null;
    const {{ context, master }} = window.musegen.sound.graph;
    if (!window.ear) {{ window.ear = new AnalyserNode(context, {{ fftSize: 512 }}); master.connect(window.ear); }}
    const wave = new Float32Array(512);
    const timer = setInterval(() => {{
      window.ear.getFloatTimeDomainData(wave);
      if (!wave.some((x) => Math.abs(x) > 0.001)) return;
      clearInterval(timer);
      window.heard = performance.now() - begun;
      window.output = (context.outputLatency || context.baseLatency) * 1000;
    }}, 2);
  }}, true);
  roll.addEventListener('pointerup', () => {{
    const begun = performance.now();
    const before = document.querySelector('.count').textContent;
    window.arrived = null;
    const timer = setInterval(() => {{
      if (document.querySelector('.count').textContent === before) return;
      clearInterval(timer);
      window.arrived = performance.now() - begun;
    }}, 5);
  }}, true);
}}"""

_SCROLL = """async ([notes, seconds, all]) => {
  document.body.innerHTML = '<div id="host" style="width:1192px;height:400px"></div>';
  const view = new roll_view.RollView(document.getElementById("host"), {keys: true, editable: true});
  const bars = Array.from({length: 313}, (_, i) => [4 * i, i + 1]);
  const beats = Array.from({length: 1252}, (_, i) => [i, i % 4 ? 2 : 0]);
  view.setScore({notes, bars, beats, end: 1252, tracks: []});
  view.setStep(0.25);
  if (all) view.zoom(0.04, 0.2); else view.scrollTo(0, 62);
  const frame = () => new Promise(requestAnimationFrame);
  const frames = [], draws = [], span = view.gridWidth / view.px;
  const paint = view.paint.bind(view);
  view.paint = () => { const at = performance.now(); paint(); draws.push(performance.now() - at); };
  await frame(); await frame();
  draws.length = 0;
  let last = performance.now();
  const stop = last + seconds * 1000;
  for (let i = 0; last < stop; i++) {
    if (all) { view.zoom(i % 2 ? 1.001 : 0.999, 1); view.draw(3); }
    else view.pan(9, 0);
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  view.destroy();
  const shown = notes.filter(n => n[3] < view.left + span && n[3] + n[4] > view.left).length;
  return {frames, draws, shown};
}"""


def _spread(values: list[float]) -> Figures:
    ordered = sorted(values)
    high = ordered[max(math.ceil(0.95 * len(ordered)) - 1, 0)]
    return {"runs": len(values), "median_ms": statistics.median(values), "p95_ms": high, "max_ms": ordered[-1]}


def _drawn(browser: Any, runs: int) -> Figures:
    heard, arrived, output = [], [], 0.0
    with served("benchmarks/editor_page.py") as (address, _):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector(".editor .roll canvas")
        page.wait_for_selector(".count", state="attached")
        page.evaluate(_LISTEN)
        box = page.locator(".editor .roll").bounding_box()
        for index in range(runs + 1):
            quarter, pitch = (index * 3) % 16 + 0.05, 73 + index // 16
            x, y = page.evaluate(f"(([q, p]) => {{ const v = ({_EDITOR}).rollView; "
                                 "return [v.xOf(q), v.yOf(p) + v.row / 2]; })", [quarter, pitch])  # fmt: skip
            page.mouse.move(box["x"] + x, box["y"] + y)
            page.wait_for_timeout(700)
            page.mouse.down()
            page.wait_for_function("window.heard !== null && window.heard !== undefined")
            page.mouse.up()
            page.wait_for_function("window.arrived !== null && window.arrived !== undefined")
            heard.append(page.evaluate("window.heard"))
            arrived.append(page.evaluate("window.arrived"))
            output = page.evaluate("window.output")
        page.close()
    return {"heard_first": _spread(heard[:1]), "heard_later": _spread(heard[1:]), "python": _spread(arrived),
            "output_ms": output}  # fmt: skip


def _scrolled(browser: Any, seconds: float) -> Figures:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content("<!doctype html><html><body></body></html>")
    page.evaluate("code => { window.roll_view = new Function(code)(); }", bundle("roll_view", exports=True))
    notes = [[f"n{i}", i % 4, 44 + (i * 7) % 37, i / 4, 0.25 + i % 3 / 4, 40 + i % 80, i % 5 == 0]
             for i in range(NOTES)]  # fmt: skip
    cases = {"notes_5000": (notes, False), "all_5000_in_sight": (notes, True), "no_notes": ([], False)}
    figures = {}
    for name, (shown, everything) in cases.items():
        told = page.evaluate(_SCROLL, [shown, seconds, everything])
        frames, draws = told["frames"][1:], told["draws"][1:]
        figures[name] = {"frames_a_second": 1000 / statistics.fmean(frames), "p95_ms": _spread(frames)["p95_ms"],
                         "draw_ms": statistics.median(draws), "notes_in_sight": told["shown"]}  # fmt: skip
    page.close()
    return figures


def measured(small: bool) -> Figures:
    """Return the figures."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        figures = {"chromium": browser.version, **_drawn(browser, 2 if small else 20),
                   "scroll": _scrolled(browser, 1.0 if small else 5.0)}  # fmt: skip
        browser.close()
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    columns = ("runs", "median_ms", "p95_ms", "max_ms")
    rows = [[name.replace("_", " "), *(figures[name][c] for c in columns)]
            for name in ("heard_first", "heard_later", "python")]  # fmt: skip
    scroll = [[name.replace("_", " "), *case.values()] for name, case in figures["scroll"].items()]
    return "\n\n".join([
        "a note drawn, until it is heard and until Python has it",
        table(("milliseconds", "runs", "median", "95 %", "max"), rows, 1),
        f"output latency of the browser, not included: {figures['output_ms']:.1f} ms",
        table(("scrolling the editor", "frames a second", "frame ms, 95 %", "draw ms", "notes in sight"), scroll, 1),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
