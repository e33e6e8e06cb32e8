// The takes of a result in a row: each a small roll with its measures. A click shows a take and plays it.

import { appRoot } from "../page/address.js";
import { make } from "../page/elements.js";
import { worded } from "../page/words.js";

const SVG = "http://www.w3.org/2000/svg";
const MOVES = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function picture({ size, marked, plain }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, path] of [["plain", plain], ["marked", marked]]) {
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("class", name);
    shape.setAttribute("d", path);
    svg.append(shape);
  }
  return svg;
}

class TakeRow {
  constructor(host) {
    this.cards = make("div", { class: "cards", role: "radiogroup", "aria-label": worded("Takes") });
    this.cards.addEventListener("keydown", (event) => this.key(event));
    this.line = make("p", { class: "measures" });
    host.replaceChildren(make("div", { class: "take-row" }, this.cards, this.line));
    this.told = "";
  }

  /** Show the takes that Python has, in its order. */
  update(data, set) {
    this.set = set;
    this.data = data;
    const told = JSON.stringify([data.batch, data.takes, data.sort]); // files too: their addresses may change
    if (told !== this.told) this.build(told);
    this.mark(data.chosen);
  }

  build(told) {
    const { takes } = this.data;
    const focused = this.cards.getRootNode().activeElement?.dataset?.take;
    this.told = told;
    this.cards.replaceChildren(...takes.map((take) => this.card(take)));
    if (focused) this.cards.querySelector(`[data-take="${focused}"]`)?.focus();
  }

  card(take) {
    const spoken = take.measures.map(([label, words]) => `${label} ${words}`).join(", ");
    const rows = take.measures.map(([label, words, share, kind, meaning]) => {
      const bar = make("i", { "aria-hidden": "true" });
      bar.style.setProperty("--share", `${Math.round(share * 100)}%`);
      return make("span", { class: kind === this.data.sort ? "measure by" : "measure", title: meaning },
        make("span", { class: "label" }, label), bar, make("b", {}, words));
    });
    return make("button", {
      type: "button", role: "radio", "data-take": take.index, class: "card", draggable: "true",
      title: worded("Play take {number}; drag it into another program as MIDI, with Alt as WAV", { number: take.number }),
      dragstart: (event) => this.drag(take, event),
      "aria-label": worded("Take {number}: {spoken}", { number: take.number, spoken }), click: () => this.press(take.index),
    }, make("span", { class: "top" }, make("b", { class: "number" }, String(take.number)), picture(take.picture)),
    make("span", { class: "all" }, ...rows));
  }

  /** Chromium makes a file of what is dragged out; elsewhere its address is dragged. A drag that is cancelled does nothing. */
  drag(take, event) {
    const [type, name, address] = take.files[event.altKey ? 1 : 0];
    const url = new URL(address, appRoot()).href;
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData("DownloadURL", `${type}:${name}:${url}`);
    event.dataTransfer.setData("text/uri-list", url);
  }

  mark(chosen) {
    this.chosen = chosen;
    for (const card of this.cards.children) {
      const on = Number(card.dataset.take) === chosen;
      card.setAttribute("aria-checked", String(on));
      card.tabIndex = on ? 0 : -1;
    }
    const take = this.data.takes.find((one) => one.index === chosen);
    this.line.textContent = (take?.measures || []).map(([label, words]) => `${label} ${words}`).join(" · ");
  }

  /** Show a take; the stage plays it. */
  press(index) {
    window.musegen?.stage?.playTake?.(index === this.chosen);
    this.choose(index);
  }

  choose(index) {
    if (index === this.chosen) return;
    this.mark(index);
    this.set("chosen", { batch: this.data.batch, take: index });
  }

  /** Arrows go from take to take without playing. */
  key(event) {
    const way = MOVES[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const order = this.data.takes.map((take) => take.index);
    const next = order[(order.indexOf(this.chosen) + way + order.length) % order.length];
    this.choose(next);
    this.cards.querySelector(`[data-take="${next}"]`).focus();
  }
}

const rows = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let row = rows.get(parentElement);
  if (!row) rows.set(parentElement, (row = new TakeRow(parentElement.querySelector(".musegen"))));
  row.update(data, setStateValue);
  return () => rows.delete(parentElement);
}
