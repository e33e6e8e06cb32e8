// A take in a file of its own: sheet, sound and cursor, without a server and without a network.

import { button, clock, make, sign } from "../page/elements.js";
import { worded } from "../page/words.js";
import { mapOf } from "../score/tempo_map.js";
import { SheetView, widthFor } from "../sheet/sheet_view.js";

const RATES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25];

/** Return a recording in base 64 as an address within the page, in which any browser can seek. */
function addressOf(base64, type) {
  const bytes = Uint8Array.from(atob(base64), (sign_) => sign_.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type }));
}

/** Sheet, sound and cursor in a host element. */
export class TakeFile {
  /**
   * @param {HTMLElement} host
   * @param {{score: Score, sheets: [number, string[]][], sound: string, type: string}} take
   */
  constructor(host, { score, sheets, sound, type }) {
    this.score = score;
    this.sheets = new Map(sheets);
    this.map = mapOf(score);
    this.range = null;
    this.audio = /** @type {HTMLAudioElement} */ (make("audio", { src: addressOf(sound, type), preload: "auto" }));
    this.playButton = button("play", worded("Play"), () => this.toggle(), { class: "play" });
    this.time = make("span", { class: "time" });
    this.rate = make("select", { "aria-label": worded("Tempo"), change: () => (this.audio.playbackRate = Number(this.rate.value)) },
      ...RATES.map((rate) => make("option", { value: rate, selected: rate === 1 }, `${Math.round(rate * 100)} %`)));
    this.loopButton = button("loop", worded("Repeat the marked bars"), () => this.select(null), { "aria-pressed": "false" });
    const sheet = make("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": worded("Sheet music") });
    this.hint = make("p", { class: "hint" }, worded("Click on a note to play from there; drag over bars to repeat them."));
    host.replaceChildren(make("div", { class: "bar" }, this.playButton, this.time, this.rate, this.loopButton), this.hint, sheet);
    this.sheet = new SheetView(sheet, {
      note: (id) => this.playFrom(score.notes.find((note) => note[0] === id)?.[3]),
      place: (quarter) => this.playFrom(quarter),
      range: (range) => this.select(range),
    });
    new ResizeObserver(() => this.draw()).observe(sheet);
    this.draw();
    for (const name of ["play", "pause", "ended", "seeked", "loadedmetadata"]) {
      this.audio.addEventListener(name, () => this.refresh());
    }
    document.addEventListener("keydown", (event) => this.key(event));
    this.refresh();
  }

  /** Show the pages of the width that fits. */
  draw() {
    const width = widthFor(this.sheet.host.clientWidth, [...this.sheets.keys()]);
    if (this.sheet.setPages(this.sheets.get(width), worded("Sheet music of {name}", { name: this.score.title || worded("this take") }))) {
      this.sheet.setScore(this.score);
    }
  }

  key(event) {
    if (event.key !== " " || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    this.toggle();
  }

  toggle() {
    if (this.audio.paused) this.audio.play();
    else this.audio.pause();
  }

  playFrom(quarter) {
    if (quarter === undefined || quarter === null) return;
    if (this.range && (quarter < this.range.from || quarter >= this.range.to)) this.select(null);
    this.audio.currentTime = this.map.seconds(quarter);
    this.audio.play();
  }

  /** Repeat a stretch {from, to} in quarters; null for none. */
  select(range) {
    this.range = range;
    this.sheet.setRange(range);
    this.loopButton.setAttribute("aria-pressed", String(Boolean(range)));
  }

  refresh() {
    const { audio, range } = this;
    if (range && !audio.paused && audio.currentTime >= this.map.seconds(range.to)) {
      audio.currentTime = this.map.seconds(range.from);
    }
    const quarter = this.map.quarter(audio.currentTime);
    const name = audio.paused ? worded("Play") : worded("Pause");
    if (this.playButton.title !== name) {
      this.playButton.replaceChildren(sign(audio.paused ? "play" : "pause"));
      this.playButton.title = name;
      this.playButton.setAttribute("aria-label", name);
    }
    this.time.textContent = `${clock(audio.currentTime)} / ${clock(audio.duration || 0)}`;
    const playing = !audio.paused;
    this.sheet.setCursor(playing || quarter > 0 ? Math.min(quarter, this.score.end) : null, playing);
    const lit = this.score.notes.filter(([, , , onset, long]) => playing && onset <= quarter && onset + long > quarter);
    this.sheet.setLit(new Set(lit.map((note) => note[0])));
    if (playing) requestAnimationFrame(() => this.refresh());
  }
}

/** Open the take that the file holds, in its element `main`. */
export function openTake() {
  const take = JSON.parse(document.getElementById("take").textContent);
  return new TakeFile(document.querySelector("main"), take);
}
