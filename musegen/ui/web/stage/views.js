// The views of the stage: sheet, roll, both, or the page's numbers; their size, and the cursor in them.

import { button, make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { RollView } from "../roll/roll_view.js";
import { SheetView, widthFor } from "../sheet/sheet_view.js";
import { kept } from "./stage_memory.js";

const VIEWS = ["Sheet", "Roll", "Both", "Numbers"];
const VIEW_WORDS = { Sheet: worded("Sheet"), Roll: worded("Roll"), Both: worded("Both"), Numbers: worded("Numbers") };
const SIZES = [0.7, 0.85, 1, 1.2, 1.45, 1.75, 2.1];
const WIDE_SCREEN = 1700;
const SMALL_SCREEN = 640; // a telephone, upright by its width, on its side by its height

/** Sheet and roll of one score under one cursor. */
export class Views {
  /**
   * @param {HTMLElement} element of the stage; its data-view says what is seen
   * @param {object} calls
   * @param {(name: string, value: any) => void} calls.set Python is to know the "view" or the "width"
   * @param {(sentence: string) => void} calls.say
   * @param {(id: string, event: PointerEvent) => void} calls.note a note of the sheet was clicked on
   * @param {(quarter: number, event: PointerEvent) => void} calls.place a place in the sheet was clicked on
   * @param {(range: {from: number, to: number}, done: boolean) => void} calls.range bars were dragged over
   * @param {(told: object) => void} calls.roll a pointer was used in the roll
   */
  constructor(element, calls) {
    this.element = element;
    this.calls = calls;
    this.view = null;
    this.moment = -1;
    /** @type {StageData|null} */
    this.data = null;
    /** @type {number|null} width that Python was asked for */
    this.asked = null;
    this.choices = make("div", { class: "views", role: "radiogroup", "aria-label": worded("View") },
      ...VIEWS.map((view) => make("button", { type: "button", role: "radio", click: () => this.show(view, true),
        "data-view": view }, VIEW_WORDS[view])));
    this.choices.addEventListener("keydown", (event) => this.viewKey(event));
    this.sizes = make("div", { class: "sizes", role: "group", "aria-label": worded("Size of the notes") },
      button("smaller", worded("Smaller notes"), () => this.resize(-1)), button("larger", worded("Larger notes"), () => this.resize(1)),
      (this.fullButton = button("full", worded("Full screen"), () => this.fullScreen(), { "aria-pressed": "false" })));
    this.sheetHost = make("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": worded("Sheet music") });
    this.rollHost = make("div", { class: "roll", role: "img", "aria-label": worded("Piano roll; its notes follow as a list") });
    this.list = make("ol", { class: "spoken", "aria-label": worded("The notes, bar by bar") });
  }

  /** Make sheet and roll, when their hosts are on the page. */
  open() {
    const { calls } = this;
    this.sheet = new SheetView(this.sheetHost, {
      note: (id, event) => calls.note(id, event),
      place: (quarter, event) => calls.place(quarter, event),
      range: (range, done) => calls.range(range, done),
    });
    this.roll = new RollView(this.rollHost, { keys: true, editable: false });
    this.roll.on("pointer", (told) => calls.roll(told));
    this.screenChanged = () => this.setWhole(Boolean(document.fullscreenElement));
    document.addEventListener("fullscreenchange", this.screenChanged);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.whole && !document.fullscreenElement) this.setWhole(false);
    });
    this.observer = new ResizeObserver(() => this.askWidth());
    this.observer.observe(this.element);
  }

  /** Show what Python has; `other` where it is another score. @param {StageData} data */
  update(data, other, atStart) {
    this.data = data;
    if (data.width === this.asked) this.asked = null;
    this.show(data.view, false);
    if (other) {
      this.moment = -1;
      this.roll.setScore(data.score);
      this.list.replaceChildren(...data.words.map((words) => make("li", {}, words)));
    }
    this.showPages(data, other);
    if (other && atStart) this.sheetHost.scrollTop = 0;
    this.askWidth();
  }

  /** Show the pages; where they are still to come (null), those of before stay, with nothing marked in them. */
  showPages({ pages, label, score }, other) {
    if (!pages) {
      this.sheet.setLit(new Set());
      return this.sheet.setScore(null);
    }
    const drawn = this.sheet.setPages(pages, label);
    if (other || drawn || !this.sheet.score) this.sheet.setScore(score);
    this.sheetHost.classList.toggle("stale", pages.length === 0);
  }

  viewKey(event) {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const view = VIEWS[(VIEWS.indexOf(this.view) + way + VIEWS.length) % VIEWS.length];
    this.show(view, true);
    this.choices.querySelector(`[data-view=${view}]`).focus();
  }

  show(view, tell) {
    if (view !== this.view) {
      this.view = view;
      this.element.dataset.view = view;
      for (const one of this.choices.children) {
        one.setAttribute("aria-checked", String(one.dataset.view === view));
        one.tabIndex = one.dataset.view === view ? 0 : -1;
      }
    }
    // The numbers are the page's own and not within the stage, so a full screen would be empty.
    if (view === "Numbers" && this.whole) this.fullScreen();
    if (tell) this.calls.set("view", view);
  }

  get size() {
    if (kept().size) return kept().size;
    if (Math.min(window.innerWidth, window.innerHeight) < SMALL_SCREEN) return 1;
    // A wide screen is seen from afar.
    return this.whole ? 1.75 : window.innerWidth >= WIDE_SCREEN ? 1.2 : 1;
  }

  resize(way) {
    const place = SIZES.findIndex((size) => size >= this.size - 0.01);
    kept().size = SIZES[Math.min(Math.max(place + way, 0), SIZES.length - 1)];
    this.askWidth();
  }

  /** Ask Python for pages of the width that fits; they are shown as wide as there is room. */
  askWidth() {
    const room = this.sheetHost.clientWidth;
    if (!room || !this.data) return;
    const { widths, width } = this.data;
    const wanted = widthFor(room / this.size, widths);
    if (wanted === width || wanted === this.asked) return;
    this.asked = wanted;
    this.calls.set("width", wanted);
  }

  /** Fill the screen, or go back; where a browser keeps the page in its window, as telephones do, fill the window. */
  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.whole) this.setWhole(false);
    else {
      const filled = this.element.requestFullscreen?.() ?? Promise.reject(new Error("no full screen"));
      filled.catch(() => this.setWhole(true));
    }
  }

  get whole() {
    return this.element.classList.contains("whole");
  }

  setWhole(on) {
    if (on === this.whole) return;
    this.element.classList.toggle("whole", on);
    this.fullButton.setAttribute("aria-pressed", String(on));
    this.askWidth();
  }

  /** Say in the legend's colours how the roll paints given and new notes of so many tracks. */
  setLegend(tracks) {
    const { palette } = this.roll;
    for (const name of ["--roll-given", "--roll-new"]) {
      const fills = Array.from({ length: tracks }, (_, track) => palette.fill(track, name === "--roll-given", 1));
      const stripes = fills.map((fill, i) => `${fill} ${(100 * i) / tracks}% ${(100 * (i + 1)) / tracks}%`);
      this.element.style.setProperty(name, `linear-gradient(90deg, ${stripes.join(", ")})`);
    }
  }

  setPicking(on) {
    this.roll.setBoxing(on);
    this.element.classList.toggle("picking", on);
  }

  setRange(range) {
    this.sheet.setRange(range);
    this.roll.setRange(range);
  }

  /** Shade the notes (a Map of id to 0 to 1), or none. */
  setShade(shade) {
    this.roll.setShade(shade);
    const { palette } = this.roll;
    this.sheet.setShade(shade && new Map([...shade].map(([id, value]) => [id, palette.surprise(value)])));
  }

  /** Put the cursor at a quarter, or nowhere; `follow` keeps it in sight. */
  setCursor(quarter, follow) {
    this.sheet.setCursor(quarter, follow);
    this.roll.setCursor(quarter, follow);
  }

  /** Light what sounds from a moment of a `ScoreIndex` on. */
  setMoment(moment, index) {
    if (moment === this.moment) return;
    this.moment = moment;
    const lit = index.sounding(moment);
    this.sheet.setLit(lit);
    this.roll.setLit(lit);
  }

  destroy() {
    this.observer.disconnect();
    document.removeEventListener("fullscreenchange", this.screenChanged);
    this.sheet.destroy();
    this.roll.destroy();
  }
}
