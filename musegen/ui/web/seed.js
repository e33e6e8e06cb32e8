// The seed: a little roll of it, with a button that plays it alone.

import { button, make, sign } from "./elements.js";
import { transport } from "./transport.js";

const OWNER = "seed";
const MOST_DRAWN = 300;
const LEAST_RANGE = 12; // semitones, so that a narrow melody does not look wild

/** Return where each note [id, track, pitch, onset, duration, ...] lies in a picture, in per cent of it. */
export function places(notes, end) {
  const drawn = notes.slice(0, MOST_DRAWN);
  const last = notes.length > MOST_DRAWN ? Math.max(...drawn.map(([, , , onset, length]) => onset + length)) : end;
  const pitches = drawn.map(([, , pitch]) => pitch);
  const [low, high] = [Math.min(...pitches), Math.max(...pitches)];
  const range = Math.max(high - low, LEAST_RANGE);
  const middle = (low + high) / 2;
  return drawn.map(([, , pitch, onset, length]) => ({
    left: (100 * onset) / last,
    width: (100 * length) / last,
    bottom: 46 + (78 * (pitch - middle)) / range,
  }));
}

class Seed {
  constructor(host) {
    Object.assign(this, { player: transport(), score: null, frame: 0 });
    this.button = button("play", "Play the seed alone", () => this.toggle(), { class: "play" });
    this.cursor = make("b", { class: "cursor", hidden: true });
    this.roll = make("div", { class: "roll", "aria-hidden": "true" });
    host.replaceChildren(make("div", { class: "seed" }, this.button, this.roll));
    this.end = this.player.on("state", () => this.refresh());
  }

  update({ score }) {
    if (score.key === this.score?.key) return;
    if (this.mine && this.player.playing) this.player.pause();
    this.score = score;
    const bars = places(score.notes, score.end).map(({ left, width, bottom }) =>
      make("i", { style: `left:${left}%;width:max(${width}% - 1px, 2px);bottom:${bottom}%` }));
    this.roll.replaceChildren(...bars, this.cursor);
    this.refresh();
  }

  /** Whether the transport holds this seed. */
  get mine() {
    return this.player.owner === OWNER && this.player.score?.key === this.score?.key;
  }

  toggle() {
    if (this.mine) return this.player.toggle();
    if (this.player.playing) this.player.pause();
    this.player.load(this.score, { owner: OWNER });
    this.player.play(0);
  }

  refresh() {
    const playing = this.mine && this.player.playing;
    const label = playing ? "Pause the seed" : "Play the seed alone";
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
    this.cursor.style.left = `${Math.min((100 * this.player.position) / this.score.end, 100)}%`;
    this.frame = requestAnimationFrame(() => this.move());
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.end();
  }
}

const seeds = new WeakMap();

export default function ({ data, parentElement }) {
  let seed = seeds.get(parentElement);
  if (!seed) {
    seed = new Seed(parentElement.querySelector(".musegen"));
    seeds.set(parentElement, seed);
  }
  seed.update(data);
  return () => {
    seed.destroy();
    seeds.delete(parentElement);
  };
}
