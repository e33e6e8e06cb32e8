"""Click to sound in Chromium on the app's own routes: cold, warm, and what packs and playing cost.

The app is started with an empty home folder. "first page": the first visit of the app's Compose page on a server just
started, which has made no sound yet; Play is clicked as soon as it is drawn, or three seconds later, as one looks at
what was composed. "server cold": the worst that can be, the score is loaded by the click itself, and the server has
made no pack; "browser cold": a new browser page and an empty cache, the score loaded by the click, the server has the
packs; "warm": everything is loaded, play pressed again. Sound is
heard where an analyser behind all that plays sees the first sample above -60 dB; what the loudspeaker adds (the output
latency of the browser) is given apart. CPU is the share of one core that all of Chromium's processes take while a dense
piece plays, beyond what they take while the page rests.
"""

import json
import os
import statistics
import time
import urllib.request
from pathlib import Path

from benchmarks.report import Figures, run, table
from benchmarks.server import served
from musegen.music import Note, Piece, Tempo, Track
from musegen.rendering.web_modules import bundle
from musegen.services.showing.stage import score_data

PACKS = {"piano": "p0-5", "strings": "p48-5", "violin": "p40-5", "organ": "p19-5", "drums": "d0-3", "room": "room"}

CLICK = """() => {
  document.body.innerHTML = "<button id=play style='width:90px;height:44px'>play</button>";
  const player = window.transport.transport();
  document.getElementById("play").onclick = () => {
    const begun = performance.now();
    if (!player.score) player.load(window.score, { owner: "benchmark" });
    player.play(0);
    const { context, master } = window.musegen.sound.graph;
    const ear = (window.ear ??= new AnalyserNode(context, { fftSize: 512 }));
    master.connect(ear);
    const wave = new Float32Array(512);
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      if (!wave.some((x) => Math.abs(x) > 0.001)) return;
      clearInterval(timer);
      window.heard = performance.now() - begun;
      window.output = (context.outputLatency || context.baseLatency) * 1000;
    }, 2);
  };
}"""

LISTEN_TO_PAGE = """() => {
  window.heard = null;
  document.addEventListener("click", (event) => {
    if (!event.composedPath().some((one) => one.getAttribute?.("aria-label") === "Play")) return;
    const begun = performance.now();
    setTimeout(() => {
      const { context, master } = window.musegen.sound.graph;
      const ear = new AnalyserNode(context, { fftSize: 512 });
      master.connect(ear);
      const wave = new Float32Array(512);
      const timer = setInterval(() => {
        ear.getFloatTimeDomainData(wave);
        if (!wave.some((x) => Math.abs(x) > 0.001)) return;
        clearInterval(timer);
        window.heard = performance.now() - begun;
      }, 2);
    });
  }, true);
}"""


def _dense(seconds: float, voices: int) -> Piece:
    """Return sixteenths in several voices at 120 quarters a minute: the voices times eight notes a second."""
    count = int(seconds * 8)
    tracks = [
        Track(tuple(Note(i / 4, 36 + 5 * v + (i * 7 + v * 3) % 12, 1.0, 60 + (i * 5) % 50) for i in range(count)),
              (0, 48, 24, 73)[v % 4])
        for v in range(voices)
    ]  # fmt: skip
    return Piece(tuple(tracks), tempos=(Tempo(0, 120),))


def _tune() -> Piece:
    """Return two hands of piano over three octaves, as a take is."""
    right = tuple(Note(i / 2, 60 + (i * 5) % 17, 0.5, 80) for i in range(64))
    left = tuple(Note(float(i), 48 + (i * 7) % 12, 1.0, 70) for i in range(32))
    return Piece((Track(right), Track(left)), tempos=(Tempo(0, 120),))


def _opened(browser, address: str, piece: Piece):
    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/musegen/nothing")
    for module in ("sound", "transport"):
        code = f"window.{module} = (() => {{\n{bundle(module, exports=True)}\n}})();"
        page.evaluate("code => new Function(code)()", code)
    page.evaluate("score => { window.score = score; }", score_data(piece))
    page.evaluate(CLICK)
    return page


def _first_page(browser, pause: float) -> float:
    """Return milliseconds from the click to the sound on the first page of a new server, `pause` seconds after Play."""
    with served(MUSEGEN_SOUNDS="all") as (address, _):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        try:
            context.set_default_timeout(120_000)
            page = context.new_page()
            page.goto(address)
            play = page.locator(".stage").get_by_role("button", name="Play", exact=True)
            play.wait_for()
            page.evaluate(LISTEN_TO_PAGE)
            page.wait_for_timeout(pause * 1000)
            play.click()
            page.wait_for_function("window.heard !== null")
            return page.evaluate("window.heard")
        finally:
            context.close()


def _click(page) -> float:
    page.evaluate("window.heard = null")
    page.click("#play")
    page.wait_for_function("window.heard !== null")
    return page.evaluate("window.heard")


def _rest(page) -> None:
    page.evaluate("window.transport.transport().pause()")
    page.wait_for_timeout(1500)  # the room rings on


def _spread(values: list[float]) -> Figures:
    ordered = sorted(values)
    return {"runs": len(ordered), "min_ms": ordered[0], "median_ms": statistics.median(ordered), "max_ms": ordered[-1]}


def _packs(address: str) -> Figures:
    version = json.loads(urllib.request.urlopen(f"{address}/musegen/sound/index.json").read())["version"]
    figures = {}
    for name, pack in PACKS.items():
        url = f"{address}/musegen/sound/{version}/{pack}.ogg.pack"
        times = []
        for _ in range(2):
            begun = time.perf_counter()
            data = urllib.request.urlopen(url).read()
            times.append(1e3 * (time.perf_counter() - begun))
        figures[name] = {"kilobytes": len(data) / 1000, "made_ms": times[0], "kept_ms": times[1]}
    return figures


def _processes(root: int) -> list[int]:
    """Return a process and all that it has started, by the table of processes."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found = [root]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def _cpu(root: int, wait) -> float:
    """Return the share of one core that a process and those it started take meanwhile, without this one."""

    def seconds() -> float:
        total = 0
        for number in _processes(root):
            try:
                fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if number != os.getpid():
                total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    begun, before = time.perf_counter(), seconds()
    wait()
    return (seconds() - before) / (time.perf_counter() - begun)


def measured(small: bool) -> Figures:
    """Return the figures."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import CHROMIUM, FLAGS

    runs = 3 if small else 10
    figures: Figures = {}
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, pause in (("first_page_at_once", 0), ("first_page_after_3_s", 3)):
            figures[name] = _spread([_first_page(browser, pause) for _ in range(2 if small else 5)])
        with served(MUSEGEN_SOUNDS="asked") as (address, _):
            page = _opened(browser, address, _tune())
            figures["server_cold"] = _spread([_click(page)])
            page.context.close()
            cold = []
            for _ in range(runs):
                page = _opened(browser, address, _tune())
                cold.append(_click(page))
                if len(cold) < runs:
                    page.context.close()
            figures["browser_cold"] = _spread(cold)
            warm = []
            for _ in range(runs):
                _rest(page)
                warm.append(_click(page))
            figures["warm"] = _spread(warm)
            figures["output_latency_ms"] = page.evaluate("window.output")
            page.context.close()
            figures["packs"] = _packs(address)
            page = _opened(browser, address, _dense(30, 8))
            _click(page)
            _rest(page)
            seconds = 4 if small else 10
            page.wait_for_timeout(3000)
            idle = _cpu(os.getpid(), lambda: page.wait_for_timeout(seconds * 1000))
            page.evaluate("window.transport.transport().play(0)")
            busy = _cpu(os.getpid(), lambda: page.wait_for_timeout(seconds * 1000))
            figures["cpu"] = {"notes_per_second": 64, "idle": idle, "playing": busy, "difference": busy - idle,
                              "load_average": os.getloadavg()[0]}  # fmt: skip
        browser.close()
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    names = ("first_page_at_once", "first_page_after_3_s", "server_cold", "browser_cold", "warm")
    rows = [[n.replace("_", " "), *figures[n].values()] for n in names]
    packs = [[name, *values.values()] for name, values in figures["packs"].items()]
    cpu = figures["cpu"]
    return "\n\n".join([
        table(("click to first sample, ms", "runs", "min", "median", "max"), rows, 0),
        f"The browser's output latency adds {figures['output_latency_ms']:.0f} ms.",
        table(("an octave of", "kB", "made in ms", "kept, in ms"), packs, 0),
        (f"{cpu['notes_per_second']} notes a second take {cpu['difference']:.0%} of a core "
         f"({cpu['playing']:.0%} playing, {cpu['idle']:.0%} at rest; load average {cpu['load_average']:.1f})."),
    ])  # fmt: skip


if __name__ == "__main__":
    run(measured, rendered)
