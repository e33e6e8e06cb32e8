// Two excerpts to compare: they run together, one of them heard, and are switched at the same place of the music.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";

const SIDES = ["left", "right"];
const HEARD_SECONDS = 2; // of each, before an answer is taken

class Listening {
  constructor(host) {
    this.host = host;
    this.key = "";
  }

  update({ key, sounds, question, names }, trigger) {
    this.trigger = trigger;
    if (key === this.key) return;
    this.stop();
    Object.assign(this, { key, side: null, sent: false });
    this.players = SIDES.map((_, index) => {
      const player = /** @type {HTMLAudioElement} */ (make("audio", { src: sounds[index], preload: "auto" }));
      player.addEventListener("timeupdate", () => this.mark());
      player.addEventListener("ended", () => this.ended());
      return player;
    });
    this.buttons = SIDES.map((side, index) => make("button", {
      type: "button", class: "side", "aria-pressed": "false", click: () => this.play(side),
    }, make("b", {}, names[index]), make("span", { class: "state" }, worded("not heard yet"))));
    this.answers = [["left", names[0]], ["neither", worded("No difference")], ["right", names[1]]].map(([choice, words]) =>
      make("button", { type: "button", class: "answer", disabled: true, click: () => this.answer(choice) }, words));
    this.host.replaceChildren(make("div", { class: "listening" },
      make("div", { class: "sides" }, ...this.buttons), make("p", { class: "question" }, question),
      make("div", { class: "answers" }, ...this.answers), ...this.players));
  }

  /** Play a side; where the other one plays, go on at the same place. A second press stops. */
  play(side) {
    const index = SIDES.indexOf(side);
    const [one, other] = [this.players[index], this.players[1 - index]];
    if (this.side === side && !one.paused) {
      this.stop();
      return;
    }
    if (!other.paused) {
      one.currentTime = other.currentTime;
      other.pause();
    } else if (one.ended) one.currentTime = 0;
    this.side = side;
    this.mark();
    one.play().catch(() => this.stop());
  }

  ended() {
    this.side = null;
    this.mark();
  }

  stop() {
    for (const player of this.players ?? []) player.pause();
    this.side = null;
    this.mark();
  }

  /** Whether so much of a side was played, wherever in it. */
  enough(side) {
    const { duration, played } = this.players[SIDES.indexOf(side)];
    let heard = 0;
    for (let range = 0; range < played.length; range += 1) heard += played.end(range) - played.start(range);
    return heard >= Math.min(HEARD_SECONDS, 0.8 * (duration || Infinity));
  }

  mark() {
    if (!this.buttons) return;
    SIDES.forEach((side, index) => {
      const plays = this.side === side;
      this.buttons[index].setAttribute("aria-pressed", String(plays));
      const words = plays ? worded("plays") : this.enough(side) ? worded("heard") : worded("not heard yet");
      this.buttons[index].querySelector(".state").textContent = words;
    });
    const ready = SIDES.every((side) => this.enough(side)) && !this.sent;
    for (const button of this.answers) button.disabled = !ready;
  }

  answer(choice) {
    this.sent = true;
    this.stop();
    this.trigger("answered", { key: this.key, choice });
  }
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let one = shown.get(parentElement);
  if (!one) shown.set(parentElement, (one = new Listening(parentElement.querySelector(".musegen"))));
  one.update(data, setTriggerValue);
}
