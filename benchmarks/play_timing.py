"""How exactly playing is recorded: from the moment of a key to the onset in the recording, by the audio clock.

The recorder of the page runs in Chromium with a real audio context and its metronome. Keys of a (mocked) MIDI keyboard
and of the computer keyboard come at random moments. Where the browser says that a second of the audio clock left the
loudspeaker at a moment of the page (`getOutputTimestamp`), read afresh around each key, the true onset is known:
- `recorded`: what the recorder wrote;
- `handled`: what it would have written by the audio clock when its handler ran (`currentTime`), the simple way.

The errors are differences from their own median too, since a delay that is always the same is one a musician plays
around. In `busy` the page is kept from answering for up to 60 ms around each key, as drawing or a slow machine does.
"""

import statistics
from pathlib import Path

from benchmarks.report import Figures, run, table
from musegen.rendering.web_modules import bundle

_FAKE_SOUND = """() => {
  const context = new AudioContext({latencyHint: "interactive"});
  const master = new GainNode(context, {gain: 0});
  master.connect(context.destination);
  window.audio = context;
  window.musegen = { sound: {
    graph: { context, master, room: new GainNode(context) }, get unlocked() { return context.state === "running"; },
    resume: () => context.resume(), now: () => context.currentTime, load: () => Promise.resolve(),
    press: () => ({}), release() {}, voice: () => null,
    tick(strength, when) { const o = new OscillatorNode(context); o.connect(master); o.start(when); o.stop(when + 0.03);
      return o; },
  } };
  document.body.innerHTML = '<div style="width:900px"><div class="musegen"></div></div>';
  window.sent = [];
  window.addEventListener("keydown", (event) => {
    if (event.code === "KeyG" && !event.repeat) window.note(event.timeStamp);
  }, true);
  const send = (name, value) => window.sent.push(value);
  window.panel = new window.play.PlayPanel(document.querySelector(".musegen"), send);
  window.panel.update({programs: [[0, "Piano"]], base: null, known: []});
  window.truth = [];
  window.note = (stamp) => {
    const heard = () => { const s = context.getOutputTimestamp(); return s.contextTime - s.performanceTime / 1000; };
    const readings = Array.from({length: 9}, heard).sort((a, b) => a - b);
    window.truth.push([stamp / 1000 + readings[4] - window.panel.recorder.origin,
                       context.currentTime - window.panel.recorder.origin]);
  };
}"""
_MIDI_KEYS = """async ([count, busy]) => {
  const panel = window.panel;
  for (let i = 0; i < count; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 80));
    const stamp = performance.now();
    // the key is pressed now; a busy page hears of it later
    for (const until = stamp + (busy ? Math.random() * 60 : 0); performance.now() < until;);
    window.note(stamp);
    panel.midi.play({type: "down", pitch: 40 + (i % 40), velocity: 80}, {timeStamp: stamp}, "m");
    panel.midi.play({type: "up", pitch: 40 + (i % 40)}, {timeStamp: stamp + 1}, "m");
  }
}"""


def _errors(truth: list[list[float]], onsets: list[float]) -> dict[str, Figures]:
    found = {}
    for name, values in (("recorded", onsets), ("handled", [row[1] for row in truth])):
        errors = [1e3 * (value - row[0]) for value, row in zip(values, truth, strict=True)]
        middle = statistics.median(errors)
        spread = sorted(abs(e - middle) for e in errors)
        found[name] = {
            "median_ms": middle,
            "mean_abs_ms": statistics.fmean(map(abs, errors)),
            "worst_abs_ms": max(map(abs, errors)),
            "spread_p95_ms": spread[int(0.95 * (len(spread) - 1))],
        }
    return found


def measured(small: bool) -> Figures:
    """Return the figures."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import CHROMIUM, FLAGS

    count, figures = 20 if small else 120, {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for way in ("midi", "midi_busy", "letters"):
            page = browser.new_page()
            page.set_content("<!doctype html><body></body>")
            code = f"window.play = (() => {{\n{bundle('play', exports=True)}\n}})();"
            page.evaluate("code => new Function(code)()", code)
            page.evaluate(_FAKE_SOUND)
            page.locator(".record").click()
            page.wait_for_function("document.querySelector('.play').dataset.state === 'recording'")
            page.wait_for_timeout(500)
            if way == "letters":
                for _ in range(count):
                    page.keyboard.press("g", delay=20)
                    page.wait_for_timeout(47)
            else:
                page.evaluate(_MIDI_KEYS, [count, way == "midi_busy"])
            truth = page.evaluate("window.truth")
            page.locator(".record").click()
            rows = page.evaluate("window.sent[0].notes")
            page.close()
            figures[way] = {"keys": count, **_errors(truth, [row[0] for row in rows])}
        browser.close()
    return figures


def rendered(figures: Figures) -> str:
    """Return the figures as text."""
    columns = ("median_ms", "mean_abs_ms", "worst_abs_ms", "spread_p95_ms")
    rows = [[f"{way}, {kind}", own["keys"], *(own[kind][c] for c in columns)]
            for way, own in figures.items() for kind in ("recorded", "handled")]  # fmt: skip
    header = ("error in milliseconds", "keys", "median", "mean of |error|", "worst", "95 % from median")
    return f"Onset in the recording against the audio clock at the key ({Path(__file__).stem}).\n\n" + table(
        header, rows, 2
    )


if __name__ == "__main__":
    run(measured, rendered)
