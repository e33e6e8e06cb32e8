// A play button beside a little roll with a cursor: the seed, a kept take, a take of another style.

import { button, make, sign } from "../page/elements.js";
import { worded } from "../page/words.js";
import { sound } from "../sound/sound.js";
import { transport } from "../sound/transport.js";

/**
 * The button and the roll; what is drawn in the roll, and where the score comes from, is in classes made from it.
 * They have `owner` (of the score in the transport), `words` (its labels), `length` (quarters) and `fetched()`.
 */
export class LittlePlayer {
  constructor() {
    this.player = transport();
    this.score = null;
    this.frame = 0;
    this.ready = false;
    this.owner = "";
    this.length = 0;
    /** @type {string[]} to play, to pause */
    this.words = [];
    this.button = button("play", worded("Play"), () => this.toggle(), { class: "play" });
    this.cursor = make("b", { class: "cursor", hidden: true });
    this.roll = make("div", { class: "roll", "aria-hidden": "true", click: (event) => this.seek(event) });
    this.end = this.player.on("state", () => this.refresh());
  }

  /** Whether the transport holds this music. */
  get mine() {
    return Boolean(this.score) && this.player.owner === this.owner && this.player.score?.key === this.score.key;
  }

  /** Fetch the score where it is not here yet; whether it is here now. @returns {boolean|Promise<boolean>} */
  fetched() {
    return this.ready;
  }

  async toggle() {
    if (this.mine) return this.player.toggle();
    if (this.player.playing) this.player.pause();
    await this.play(0);
  }

  /** A click into the roll plays from there. */
  async seek(event) {
    const box = this.roll.getBoundingClientRect();
    await this.play(((event.clientX - box.left) / box.width) * this.length);
  }

  async play(quarter) {
    sound().resume().catch(() => {}); // in the click itself; the score may come later
    if (!this.mine) {
      if (!(await this.fetched())) return;
      this.player.load(this.score, { owner: this.owner });
    }
    this.player.play(quarter);
  }

  refresh() {
    if (!this.ready) return;
    const playing = this.mine && this.player.playing;
    const label = this.words[playing ? 1 : 0];
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
    this.cursor.style.left = `${Math.min((100 * this.player.position) / this.length, 100)}%`;
    this.frame = requestAnimationFrame(() => this.move());
  }

  /** Let go; what plays and cannot be seen any more is stopped where `quiet` says so. */
  destroy(quiet) {
    cancelAnimationFrame(this.frame);
    this.end();
    if (quiet && this.mine && this.player.playing) this.player.pause();
  }
}

/** Return the function that Streamlit calls for a component of one little player. */
export function component(Kind, quiet) {
  const shown = new WeakMap();
  return ({ data, parentElement }) => {
    let one = shown.get(parentElement);
    if (!one) shown.set(parentElement, (one = new Kind(parentElement.querySelector(".musegen"))));
    one.update(data);
    return () => {
      one.destroy(quiet);
      shown.delete(parentElement);
    };
  };
}
