// The sheet: Verovio's pages with a cursor, lit notes, a marked range; it says where it is pointed at.
//
// Where things stand is read from the drawing itself: notes have the ids of the score, and the measures of the
// drawing are the bars of the score in their order.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { lastAt } from "../score/score_index.js";

const HANDS_OFF = 3000;
const MARGIN = 28;
const REACH = 26;
const NOTE_ID = /^(n\d+-\d+)(?:-\d+)?$/;

/** Return the greatest of some widths that fits a room, the least where none does; all in CSS pixels. */
export function widthFor(room, widths) {
  const fits = widths.filter((width) => width <= room + 24);
  return fits.length ? fits[fits.length - 1] : widths[0];
}

/**
 * Sheet music in a host element; `listener` has note(id, event), place(quarter, event) and range({from, to}, done), or
 * is null for a sheet that is only looked at.
 */
export class SheetView {
  constructor(host, listener = null) {
    this.host = host;
    this.listener = listener;
    this.score = null;
    this.systems = [];
    this.bars = [];
    this.parts = new Map();
    this.lit = new Set();
    this.quarter = null;
    this.range = null;
    this.drawn = null;
    this.touched = -Infinity;
    this.drag = null;
    this.chosen = new Set();
    /** @type {Map<string, string>|null} colours behind notes, by id */
    this.shade = null;
    this.shades = make("div", { class: "marks", "aria-hidden": "true" });
    this.pages = make("div", { class: "pages" });
    this.marks = make("div", { class: "marks", "aria-hidden": "true" });
    this.line = make("div", { class: "cursor", "aria-hidden": "true", hidden: true });
    this.paper = make("div", { class: "paper", role: "img", "aria-label": worded("Sheet music") });
    this.paper.append(this.marks, this.shades, this.pages, this.line);
    this.host.append(this.paper);
    if (listener) this.listen();
    this.observer = new ResizeObserver(() => this.place());
    this.observer.observe(this.paper);
    this.observer.observe(host);
  }

  listen() {
    const { host } = this;
    // A hand that scrolls keeps the page for a while; the page turns again when it has been left alone.
    const hand = () => (this.touched = performance.now());
    for (const name of ["wheel", "touchmove"]) host.addEventListener(name, hand, { passive: true });
    host.addEventListener("scroll", () => this.look(), { passive: true });
    host.addEventListener("keydown", (event) => /^(Arrow|Page|Home|End)/.test(event.key) && hand());
    host.addEventListener("pointerdown", (event) => (event.target === host ? hand() : this.down(event)));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", (event) => this.up(event));
    host.addEventListener("pointercancel", () => (this.drag = null));
  }

  /** Show pages of SVG; equal pages are left as they are. */
  setPages(pages, label) {
    this.paper.setAttribute("aria-label", label);
    const text = pages.join("");
    if (this.drawn === text) return false;
    this.drawn = text;
    this.pages.innerHTML = pages.map((page) => `<div class="page">${page}</div>`).join("");
    this.pages.querySelectorAll(".page > svg").forEach((svg, index) =>
      svg.setAttribute("aria-label", worded("Sheet music, page {page}", { page: index + 1 })));
    this.parts = new Map();
    for (const part of this.pages.querySelectorAll("g.note[id]")) {
      const id = NOTE_ID.exec(part.id)?.[1];
      if (!id) continue;
      if (!this.parts.has(id)) this.parts.set(id, []);
      this.parts.get(id).push(part);
    }
    this.lit = new Set();
    this.setChosen(this.chosen);
    this.read();
    return true;
  }

  /** Tell which score the pages show: what is where follows from both. */
  setScore(score) {
    this.score = score;
    this.read();
  }

  /** Read systems, bars and the places of times out of the drawing. */
  read() {
    this.systems = [];
    this.bars = [];
    if (!this.score) return;
    const onsets = new Map(this.score.notes.map((note) => [note[0], note[3]]));
    for (const page of this.pages.children) {
      const frame = frameOf(page);
      if (frame) page.querySelectorAll("g.system").forEach((system) => this.readSystem(system, page, frame, onsets));
    }
    this.place();
  }

  readSystem(element, page, frame, onsets) {
    const system = { page, anchors: [], top: 1, bottom: 0, left: 1, right: 0 };
    const { bars, end } = this.score;
    for (const measure of element.querySelectorAll("g.measure")) {
      const index = this.bars.length;
      const lines = [...measure.querySelectorAll(":scope > g.staff > path")].map((path) => lineOf(path, frame));
      const straight = lines.filter(Boolean);
      if (!straight.length || index >= bars.length) continue;
      const [left, right] = [Math.min(...straight.map((l) => l.left)), Math.max(...straight.map((l) => l.right))];
      system.top = Math.min(system.top, ...straight.map((l) => l.y));
      system.bottom = Math.max(system.bottom, ...straight.map((l) => l.y));
      const [from, to] = [bars[index][0], index + 1 < bars.length ? bars[index + 1][0] : end];
      const bar = { from, to, left, right, system };
      system.anchors.push(...anchorsOf(measure, bar, frame, onsets));
      this.bars.push(bar);
      system.left = Math.min(system.left, left);
      system.right = Math.max(system.right, right);
    }
    if (!system.anchors.length) return;
    system.anchors.sort((a, b) => a.quarter - b.quarter || a.x - b.x);
    let reached = 0;
    for (const anchor of system.anchors) anchor.x = reached = Math.max(anchor.x, reached);
    this.systems.push(system);
  }

  /** Put systems, cursor and range where they belong at the present size. */
  place() {
    for (const system of this.systems) {
      const { page } = system;
      const [width, height] = [page.clientWidth, page.firstElementChild?.clientHeight || page.clientHeight];
      const pad = Math.max((system.bottom - system.top) * height * 0.12, 10);
      Object.assign(system, { width, y: page.offsetTop + system.top * height - pad });
      system.tall = (system.bottom - system.top) * height + 2 * pad;
    }
    this.look();
    this.drawCursor(false);
    this.drawRange();
    this.drawShade();
  }

  /** Keep what is in sight: asking for it in every frame would lay the page out in every frame. */
  look() {
    this.window = { top: this.host.scrollTop, height: this.host.clientHeight };
  }

  /** Put the cursor at a quarter, or away with null; `follow` turns the page unless a hand scrolls. */
  setCursor(quarter, follow = false) {
    if (quarter === this.quarter && !follow) return;
    this.quarter = quarter;
    this.drawCursor(follow);
  }

  drawCursor(follow) {
    const spot = this.quarter === null ? null : this.spot(this.quarter);
    this.line.hidden = !spot;
    if (!spot) return;
    const { system, x } = spot;
    this.line.style.height = `${system.tall}px`;
    this.line.style.transform = `translate(${x * system.width}px, ${system.y}px)`;
    if (follow && performance.now() - this.touched > HANDS_OFF) this.turn(system);
  }

  /** Scroll so that a system is seen, if it is not. */
  turn(system) {
    const { host, window: sight } = this;
    const seen = system.y >= sight.top - 2 && system.y + system.tall <= sight.top + sight.height + 2;
    if (seen || system === this.turned) return;
    this.turned = system;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    host.scrollTo({ top: Math.max(system.y - MARGIN, 0), behavior: calm ? "instant" : "smooth" });
    setTimeout(() => (this.turned = null), 700);
  }

  /** Return {system, x} of a quarter, x as a share of the page's width; null where nothing is drawn. */
  spot(quarter) {
    const index = lastAt(this.bars, quarter, (bar) => bar.from);
    const bar = this.bars[Math.max(index, 0)];
    if (!bar || !bar.system.width) return null;
    const { anchors } = bar.system;
    const place = Math.max(lastAt(anchors, quarter, (anchor) => anchor.quarter), 0);
    const [before, after] = [anchors[place], anchors[place + 1]];
    if (!after || after.quarter <= before.quarter) return { system: bar.system, x: before.x };
    const share = Math.min(Math.max((quarter - before.quarter) / (after.quarter - before.quarter), 0), 1);
    return { system: bar.system, x: before.x + share * (after.x - before.x) };
  }

  /** Light the notes with these ids, the parts tied to them too. */
  setLit(ids) {
    for (const id of this.lit) if (!ids.has(id)) this.mark(id, false);
    for (const id of ids) if (!this.lit.has(id)) this.mark(id, true);
    this.lit = ids;
  }

  /** Mark the notes with these ids as chosen. */
  setChosen(ids) {
    this.chosen = ids;
    for (const [id, parts] of this.parts) for (const part of parts) part.classList.toggle("chosen", ids.has(id));
  }

  /** Put a colour behind each note that has one (a Map of id to colour); null for none. */
  setShade(shade) {
    this.shade = shade;
    this.drawShade();
  }

  drawShade() {
    this.shades.replaceChildren();
    if (!this.shade) return;
    const paper = this.paper.getBoundingClientRect();
    for (const [id, colour] of this.shade) {
      for (const part of this.parts.get(id) || []) {
        const box = (part.querySelector("g.notehead") || part).getBoundingClientRect();
        const [x, y] = [box.left - paper.left, box.top - paper.top];
        const spot = make("i", { class: "shade", "data-note": id });
        spot.style.cssText = `left:${x - 4}px;top:${y - 4}px;width:${box.width + 8}px;height:${box.height + 8}px;background:${colour}`;
        this.shades.append(spot);
      }
    }
  }

  mark(id, on) {
    for (const part of this.parts.get(id) || []) part.classList.toggle("lit", on);
  }

  /** Tint the stretch {from, to} in quarters; null for none. */
  setRange(range) {
    this.range = range;
    this.drawRange();
  }

  drawRange() {
    this.marks.replaceChildren();
    if (!this.range) return;
    const { from, to } = this.range;
    for (const system of this.systems) {
      const bars = this.bars.filter((bar) => bar.system === system && bar.to > from + 1e-6 && bar.from < to - 1e-6);
      if (!bars.length) continue;
      const left = Math.min(...bars.map((bar) => bar.left)) * system.width;
      const right = Math.max(...bars.map((bar) => bar.right)) * system.width;
      const mark = make("div", { class: "range" });
      mark.style.cssText = `left:${left}px;width:${right - left}px;top:${system.y}px;height:${system.tall}px`;
      this.marks.append(mark);
    }
  }

  // ------------------------------------------------------------------------------------------------- pointed at

  /** Return the bar at a place on the screen, the nearest system's where it lies between two; null for none. */
  barAt(x, y) {
    const box = this.paper.getBoundingClientRect();
    const away = (system) => Math.abs(y - box.top - system.y - system.tall / 2);
    const system = this.systems.reduce((best, one) => (!best || away(one) < away(best) ? one : best), null);
    if (!system) return null;
    const share = (x - box.left) / system.width;
    const bars = this.bars.filter((bar) => bar.system === system);
    return bars.find((bar) => share < bar.right) || bars[bars.length - 1];
  }

  /** Return the quarter at a place on the screen. */
  quarterAt(x, y) {
    const bar = this.barAt(x, y);
    if (!bar) return null;
    const share = (x - this.paper.getBoundingClientRect().left) / bar.system.width;
    const inside = bar.system.anchors.filter((a) => a.quarter >= bar.from - 1e-6 && a.quarter < bar.to - 1e-6);
    const before = inside.filter((anchor) => anchor.x <= share + 0.004);
    return (before[before.length - 1] || inside[0] || { quarter: bar.from }).quarter;
  }

  /** Return the id of the note at a place on the screen, the nearest within a finger's reach; null for none. */
  noteAt(x, y) {
    let [found, best] = [null, REACH];
    const bar = this.barAt(x, y);
    for (const head of bar ? bar.system.page.querySelectorAll("g.notehead") : []) {
      const box = head.getBoundingClientRect();
      const away = Math.hypot(
        Math.max(box.left - x, x - box.right, 0),
        Math.max(box.top - y, y - box.bottom, 0),
      );
      if (away < best) [found, best] = [head.closest("g.note"), away];
    }
    return found ? (NOTE_ID.exec(found.id)?.[1] ?? null) : null;
  }

  down(event) {
    if (event.button !== 0) return;
    const bar = this.barAt(event.clientX, event.clientY);
    if (!bar) return;
    this.drag = { x: event.clientX, y: event.clientY, bar, moved: false, wide: event.pointerType !== "touch" };
  }

  move(event) {
    const { drag } = this;
    if (!drag || !drag.wide) return;
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 8 && !drag.moved) return;
    if (!drag.moved) this.host.setPointerCapture(event.pointerId);
    drag.moved = true;
    this.listener.range(spanOf(drag.bar, this.barAt(event.clientX, event.clientY)), false);
  }

  up(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const [x, y] = [event.clientX, event.clientY];
    if (drag.moved) return this.listener.range(spanOf(drag.bar, this.barAt(x, y)), true);
    if (Math.hypot(x - drag.x, y - drag.y) > 12) return;
    const id = this.noteAt(x, y);
    if (id && !event.shiftKey) this.listener.note(id, event);
    else this.listener.place(this.quarterAt(x, y), event);
  }

  destroy() {
    this.observer.disconnect();
    this.host.replaceChildren();
  }
}

function spanOf(one, other) {
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

/** Return how the units of a page's drawing become shares of its width and height. */
function frameOf(page) {
  const inner = page.querySelector("svg.definition-scale");
  const numbers = inner?.getAttribute("viewBox")?.split(/[\s,]+/).map(Number);
  if (!numbers || numbers.length !== 4) return null;
  const [left, top, width, height] = numbers;
  const [dx, dy] = shiftOf(inner.querySelector("g.page-margin"));
  return { x: (x) => (x + dx - left) / width, y: (y) => (y + dy - top) / height };
}

function shiftOf(element) {
  const found = /translate\(\s*(-?[\d.]+)[\s,]+(-?[\d.]+)/.exec(element?.getAttribute("transform") || "");
  return found ? [Number(found[1]), Number(found[2])] : [0, 0];
}

/** Return {left, right, y} of a staff line. */
function lineOf(path, frame) {
  const found = /^M(-?[\d.]+) (-?[\d.]+) L(-?[\d.]+) (-?[\d.]+)$/.exec(path.getAttribute("d") || "");
  if (!found) return null;
  const [left, y, right] = found.slice(1, 4).map(Number);
  return { left: frame.x(left), right: frame.x(right), y: frame.y(y) };
}

/** Return [{quarter, x}] of a bar: its first sign, the heads of its notes, its end. */
function anchorsOf(measure, bar, frame, onsets) {
  const places = new Map();
  let start = Infinity;
  for (const use of measure.querySelectorAll(".notehead use, .rest use")) {
    const x = frame.x(shiftOf(use)[0]);
    start = Math.min(start, x);
    const quarter = onsets.get(use.closest("g.note")?.id);
    if (quarter === undefined || quarter < bar.from - 0.25 || quarter > bar.to) continue;
    places.set(quarter, Math.min(places.get(quarter) ?? Infinity, x));
  }
  if (![...places.keys()].some((quarter) => Math.abs(quarter - bar.from) < 1e-4)) {
    places.set(bar.from, start < Infinity ? start : bar.left + (bar.right - bar.left) * 0.08);
  }
  const half = (frame.x(200) - frame.x(0)) / 2;
  const anchors = [...places].map(([quarter, x]) => ({ quarter, x: x + half }));
  return [...anchors, { quarter: bar.to, x: bar.right }];
}
