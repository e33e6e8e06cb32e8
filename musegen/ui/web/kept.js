// A kept take in a row: its small roll, and a button that plays it. Its score is fetched when it is first played.

import { appRoot } from "./address.js";
import { button, make, sign } from "./elements.js";
import { sound } from "./sound.js";
import { transport } from "./transport.js";

const SVG = "http://www.w3.org/2000/svg";

class Kept {
  constructor(host) {
    Object.assign(this, { player: transport(), data: null, score: null, frame: 0 });
    this.button = button("play", "Play", () => this.toggle(), { class: "play" });
    this.cursor = make("b", { class: "cursor", hidden: true });
    this.picture = document.createElementNS(SVG, "svg");
    this.picture.setAttribute("preserveAspectRatio", "none");
    this.paths = ["new", "given"].map((name) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      this.picture.append(path);
      return path;
    });
    this.roll = make("div", { class: "roll", "aria-hidden": "true", click: (event) => this.seek(event) },
      this.picture, this.cursor);
    this.words = make("p", { role: "status" });
    host.replaceChildren(make("div", { class: "kept" }, this.button, this.roll), this.words);
    this.end = this.player.on("state", () => this.refresh());
  }

  update(data) {
    if (data.take !== this.data?.take) this.score = null;
    this.data = data;
    this.picture.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    this.paths[0].setAttribute("d", data.new);
    this.paths[1].setAttribute("d", data.given);
    this.roll.parentElement.style.setProperty("--tall", `${data.tall}px`);
    this.refresh();
  }

  get owner() {
    return `kept ${this.data.take}`;
  }

  /** Whether the transport holds this take. */
  get mine() {
    return Boolean(this.score) && this.player.owner === this.owner;
  }

  async toggle() {
    if (this.mine) return this.player.toggle();
    if (this.player.playing) this.player.pause();
    sound().resume().catch(() => {}); // in the click itself; the score may come later
    if (await this.load()) this.player.play(0);
  }

  /** Give the take to the transport; false where it cannot be had. */
  async load() {
    const { take } = this.data;
    this.words.textContent = "";
    try {
      if (!this.score) {
        const answer = await fetch(`${appRoot()}musegen/kept/${encodeURIComponent(take)}.json`);
        if (!answer.ok) throw new Error(answer.statusText);
        this.score = await answer.json();
      }
    } catch {
      this.words.textContent = "This take is not in the library any more, or the program was ended.";
      return false;
    }
    if (take !== this.data.take) return false;
    this.player.load(this.score, { owner: this.owner });
    return true;
  }

  /** A click into the roll plays from there. */
  async seek(event) {
    const box = this.roll.getBoundingClientRect();
    const quarter = ((event.clientX - box.left) / box.width) * this.data.end;
    sound().resume().catch(() => {});
    if (this.mine || (await this.load())) this.player.play(quarter);
  }

  refresh() {
    if (!this.data) return;
    const playing = this.mine && this.player.playing;
    const label = `${playing ? "Pause" : "Play"} ${this.data.name}`;
    if (this.button.getAttribute("aria-label") !== label) {
      this.button.replaceChildren(sign(playing ? "pause" : "play"));
      this.button.setAttribute("aria-label", label);
      this.button.title = label;
    }
    this.cursor.hidden = !playing;
    if (playing && !this.frame) this.move();
  }

  move() {
    this.frame = 0;
    if (!this.mine || !this.player.playing) return;
    this.cursor.style.left = `${Math.min((100 * this.player.position) / this.data.end, 100)}%`;
    this.frame = requestAnimationFrame(() => this.move());
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.end();
    if (this.mine && this.player.playing) this.player.pause();
  }
}

const rows = new WeakMap();

export default function ({ data, parentElement }) {
  let row = rows.get(parentElement);
  if (!row) {
    row = new Kept(parentElement.querySelector(".musegen"));
    rows.set(parentElement, row);
  }
  row.update(data);
  return () => {
    row.destroy();
    rows.delete(parentElement);
  };
}
