// A whole file as a strip of tracks and bars: what is used of it is dragged, by its edges, by presses, or by keys.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { barAt, dragged, edged, levelPaths, toggled } from "./strip_model.js";

const SVG = "http://www.w3.org/2000/svg";
const OFFERS = { theme: worded("Theme"), beginning: worded("Beginning"), end: worded("End"), all: worded("All") };
const EDGES = [worded("First bar used"), worded("Last bar used")];

function picture(levels) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${levels.length} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [level, d] of levelPaths(levels)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("opacity", String(0.25 + (0.75 * level) / 9));
    svg.append(path);
  }
  return svg;
}

class Strip {
  constructor(host) {
    this.names = make("div", { class: "names" });
    this.rows = make("div", { class: "rows" });
    this.band = make("div", { class: "band" });
    this.edges = EDGES.map((label, edge) => make("b", { class: "edge", role: "slider", tabindex: 0, "aria-label": label,
      "aria-valuemin": 1, keydown: (event) => this.key(event, edge) }));
    this.field = make("div", { class: "field" }, this.rows, this.band, ...this.edges);
    this.said = make("span", { class: "said", role: "status" });
    this.offers = make("div", { class: "offers" });
    host.replaceChildren(make("div", { class: "strip" }, this.names, this.field), make("div", { class: "below" },
      this.offers, this.said));
    this.field.addEventListener("pointerdown", (event) => this.down(event));
    this.field.addEventListener("pointermove", (event) => this.held && this.move(event));
    this.field.addEventListener("pointerup", () => this.up());
    this.field.addEventListener("pointercancel", () => this.cancel());
    this.field.addEventListener("lostpointercapture", () => this.held && this.cancel());
    this.cancelled = (event) => event.key === "Escape" && this.held && this.cancel();
    window.addEventListener("keydown", this.cancelled);
    this.held = null;
    this.text = "";
    this.chosen = { tracks: [], bars: [1, 1] };
  }

  update({ bars, tracks, offers, chosen }, set) {
    this.set = set;
    this.bars = bars;
    const text = JSON.stringify([bars, tracks, offers]);
    if (text !== this.text) {
      this.text = text;
      this.tracks = tracks;
      this.names.replaceChildren(...tracks.map(({ label, notes }, index) => make("button", { type: "button",
        title: worded("{track}, {notes:# note|# notes}", { track: label, notes }),
        click: () => this.choose({ ...this.chosen, tracks: toggled(index, this.chosen.tracks) }) }, label)));
      this.rows.replaceChildren(...tracks.map(({ levels }) => make("div", { class: "row" }, picture(levels))));
      this.offers.replaceChildren(...Object.entries(offers).map(([name, range]) => make("button", { type: "button",
        "data-bars": range.join(), click: () => this.choose({ ...this.chosen, bars: range }) }, OFFERS[name])));
      for (const edge of this.edges) edge.setAttribute("aria-valuemax", bars);
    }
    if (!this.held) this.show(chosen);
  }

  show(chosen) {
    this.chosen = chosen;
    const [first, last] = chosen.bars;
    const [left, right] = [(100 * (first - 1)) / this.bars, (100 * last) / this.bars];
    Object.assign(this.band.style, { left: `${left}%`, width: `${right - left}%` });
    this.edges.forEach((edge, index) => {
      edge.style.left = `${index ? right : left}%`;
      edge.setAttribute("aria-valuenow", chosen.bars[index]);
    });
    [...this.names.children].forEach((name, index) => name.setAttribute("aria-pressed", chosen.tracks.includes(index)));
    [...this.rows.children].forEach((row, index) => row.classList.toggle("used", chosen.tracks.includes(index)));
    for (const offer of this.offers.children) {
      offer.setAttribute("aria-pressed", offer.dataset.bars === chosen.bars.join());
    }
    const what = first === last ? worded("Bar {bar} of {bars}", { bar: first, bars: this.bars })
      : worded("Bars {first} to {last} of {bars}", { first, last, bars: this.bars });
    this.said.textContent = this.tracks.length < 2 ? what
      : worded("{bars}, {used} of {tracks} tracks", { bars: what, used: chosen.tracks.length, tracks: this.tracks.length });
  }

  /** Take over a choice and tell Python. */
  choose(chosen) {
    this.show(chosen);
    this.set("chosen", { tracks: [...chosen.tracks], bars: [...chosen.bars] });
  }

  at(event) {
    const box = this.field.getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    const track = Math.min(Math.max(Math.floor(share * this.tracks.length), 0), this.tracks.length - 1);
    return { track, bar: barAt((event.clientX - box.left) / box.width, this.bars) };
  }

  down(event) {
    if (event.button) return;
    this.field.setPointerCapture(event.pointerId);
    const edge = this.edges.indexOf(event.target);
    this.held = { from: this.at(event), before: this.chosen, edge };
    if (edge < 0) this.move(event);
  }

  move(event) {
    const { from, before, edge } = this.held;
    const to = this.at(event);
    this.show(edge < 0 ? dragged(from, to, before.tracks)
      : { ...before, bars: edged(edge, to.bar, before.bars, this.bars) });
  }

  up() {
    if (!this.held) return;
    const { before } = this.held;
    this.held = null;
    if (JSON.stringify(before) !== JSON.stringify(this.chosen)) this.choose(this.chosen);
  }

  /** A drag that is broken off chooses nothing. */
  cancel() {
    const { before } = this.held;
    this.held = null;
    this.show(before);
  }

  key(event, edge) {
    const now = this.chosen.bars[edge];
    const to = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, PageDown: now - 4,
      PageUp: now + 4, Home: 1, End: this.bars }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose({ ...this.chosen, bars: edged(edge, to, this.chosen.bars, this.bars) });
  }

  destroy() {
    window.removeEventListener("keydown", this.cancelled);
  }
}

const strips = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let strip = strips.get(parentElement);
  if (!strip) strips.set(parentElement, (strip = new Strip(parentElement.querySelector(".musegen"))));
  strip.update(data, setStateValue);
  return () => {
    strip.destroy();
    strips.delete(parentElement);
  };
}
