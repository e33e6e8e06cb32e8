// A temperature for each part of the piece: a line whose points are dragged, or moved by arrows.

import { make } from "./elements.js";
import { worded } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, PAD] = [320, 150, 14];
const STEP = 0.05;
const WAIT = 350;
const SHAPES = {
  Level: () => 0.5, Rising: (x) => x, Falling: (x) => 1 - x, Arch: (x) => 1 - Math.abs(2 * x - 1),
};

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class Curve {
  constructor(host) {
    this.picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "group" });
    this.picture.setAttribute("aria-label", worded("Temperature over the piece"));
    this.area = svg("path", { class: "area" });
    this.line = svg("path", { class: "line" });
    this.grid = svg("g", { class: "grid" });
    this.points = svg("g", {});
    this.picture.append(this.grid, this.area, this.line, this.points);
    const shapes = make("div", { class: "shapes" }, ...Object.entries(SHAPES).map(([name, shape]) =>
      make("button", { type: "button", click: () => this.shape(shape) }, name)));
    const ends = make("div", { class: "ends" }, make("span", {}, "beginning"), make("span", {}, "end"));
    host.replaceChildren(make("div", { class: "curve-box" }, this.picture, ends, shapes));
    this.picture.addEventListener("pointerdown", (event) => this.down(event));
    this.picture.addEventListener("pointermove", (event) => this.held !== null && this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.picture.addEventListener(name, () => (this.held = null));
    this.held = null;
    this.values = [];
    this.timer = 0;
    this.rev = null;
  }

  /** Take over values from Python, but not those that a hand has moved since. */
  update(data, set) {
    this.set = set;
    this.limits = [data.low, data.high];
    this.middle = data.middle;
    if (data.rev === this.rev && this.values.length === data.values.length) return;
    this.rev = data.rev;
    this.values = [...data.values];
    this.build();
  }

  build() {
    this.points.replaceChildren(...this.values.map((_, i) => {
      const point = svg("circle", { r: 9, tabindex: 0, role: "slider", "aria-valuemin": this.limits[0],
        "aria-valuemax": this.limits[1], "aria-label": worded("Temperature at point {number} of {count}", { number: i + 1, count: this.values.length }) });
      point.addEventListener("keydown", (event) => this.key(event, i));
      return point;
    }));
    const marks = [0.5, 1, 1.5, 2].map((value) => {
      const text = svg("text", { x: WIDTH - 2, y: this.y(value) - 3, "text-anchor": "end" });
      text.textContent = value;
      return [svg("line", { x1: 0, x2: WIDTH, y1: this.y(value), y2: this.y(value) }), text];
    });
    this.grid.replaceChildren(...marks.flat());
    this.draw();
  }

  x(i) {
    return PAD + (i * (WIDTH - 2 * PAD)) / Math.max(this.values.length - 1, 1);
  }

  y(value) {
    const [low, high] = this.limits;
    return HEIGHT - PAD - ((value - low) / (high - low)) * (HEIGHT - 2 * PAD);
  }

  draw() {
    const path = this.values.map((value, i) => `${i ? "L" : "M"}${this.x(i).toFixed(1)} ${this.y(value).toFixed(1)}`);
    this.line.setAttribute("d", path.join(""));
    this.area.setAttribute("d", `${path.join("")}L${WIDTH - PAD} ${HEIGHT}L${PAD} ${HEIGHT}Z`);
    [...this.points.children].forEach((point, i) => {
      point.setAttribute("cx", this.x(i));
      point.setAttribute("cy", this.y(this.values[i]));
      point.setAttribute("aria-valuenow", this.values[i]);
    });
  }

  change(i, value) {
    const [low, high] = this.limits;
    const tidy = Math.min(Math.max(Math.round(value / STEP) * STEP, low), high);
    this.values[i] = Number(tidy.toFixed(2));
    this.draw();
    this.tell();
  }

  /** Python hears of it when the hand rests. */
  tell() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.set("values", [...this.values]), WAIT);
  }

  at(event) {
    const box = this.picture.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
    const [low, high] = this.limits;
    const i = Math.round(((x - PAD) / (WIDTH - 2 * PAD)) * (this.values.length - 1));
    const value = low + ((HEIGHT - PAD - y) / (HEIGHT - 2 * PAD)) * (high - low);
    return { i: Math.min(Math.max(i, 0), this.values.length - 1), value };
  }

  down(event) {
    this.picture.setPointerCapture(event.pointerId);
    this.held = this.at(event).i;
    this.drag(event);
  }

  /** A drag draws the whole line. */
  drag(event) {
    const { i, value } = this.at(event);
    this.held = i;
    this.change(i, value);
  }

  key(event, i) {
    const way = { ArrowUp: STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowLeft: -STEP }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    this.change(i, this.values[i] + way);
  }

  shape(shape) {
    const [low, high] = this.limits;
    const reach = Math.min(this.middle - low, high - this.middle, 0.5);
    const last = Math.max(this.values.length - 1, 1);
    this.values.forEach((_, i) => this.change(i, this.middle + (2 * shape(i / last) - 1) * reach));
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

const curves = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let curve = curves.get(parentElement);
  if (!curve) curves.set(parentElement, (curve = new Curve(parentElement.querySelector(".musegen"))));
  curve.update(data, setStateValue);
  return () => {
    curve.destroy();
    curves.delete(parentElement);
  };
}
