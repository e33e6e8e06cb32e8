// Excerpts to judge: two that run together, one of them heard, switched at the same place of the music; or one to rate.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";

const SIDES = ["left", "right"];
const HEARD_SECONDS = 2; // of each, before an answer is taken

export class Listening {
  constructor(host) {
    this.host = host;
    this.key = "";
  }

  /**
   * @param {{key: string, sounds: string[], question: string, names: string[], answers: [string, string][]}} data
   *   `sounds` and `names` of each excerpt, `answers` as what is told and its words
   */
  update({ key, sounds, question, names, answers }, trigger) {
    this.trigger = trigger;
    if (key === this.key) return;
    const wanted = this.early ? this.side : null;
    this.stop();
    Object.assign(this, { key, side: null, sent: false, early: false });
    this.sides = SIDES.slice(0, sounds.length);
    this.players = sounds.map((src) => {
      const player = /** @type {HTMLAudioElement} */ (make("audio", { src, preload: "auto" }));
      player.addEventListener("timeupdate", () => this.mark());
      player.addEventListener("ended", () => this.ended());
      return player;
    });
    this.buttons = this.sides.map((side, index) => make("button", {
      type: "button", class: "side", "aria-pressed": "false", click: () => this.play(side),
    }, make("b", {}, names[index]), make("span", { class: "state" }, worded("not heard yet"))));
    this.answers = answers.map(([choice, words]) =>
      make("button", { type: "button", class: "answer", disabled: true, click: () => this.answer(choice) }, words));
    this.host.replaceChildren(make("div", { class: `listening ${answers.length > 3 ? "rating" : ""}` },
      make("div", { class: "sides" }, ...this.buttons), make("p", { class: "question" }, question),
      make("div", { class: "answers" }, ...this.answers), ...this.players));
    if (this.sides.includes(wanted)) this.play(wanted);
  }

  /**
   * Play a side; where the other one plays, go on at the same place. A second press stops.
   *
   * A press while the page draws may come before the excerpts that it is meant for: if others come, it counts for them.
   */
  play(side) {
    this.early = this.sent || isDrawing();
    if (this.sent) { // the next ones are on their way, and these are judged
      this.side = side;
      this.mark();
      return;
    }
    const index = SIDES.indexOf(side);
    const [one, other] = [this.players[index], this.players[1 - index]];
    if (this.side === side && !one.paused) {
      this.stop();
      return;
    }
    if (other && !other.paused) {
      one.currentTime = other.currentTime;
      other.pause();
    } else if (one.ended) one.currentTime = 0;
    this.side = side;
    this.mark();
    one.play().catch(() => {
      if (this.side === side && this.players.includes(one)) this.stop(); // else another press ended it
    });
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
    this.sides.forEach((side, index) => {
      const plays = this.side === side;
      this.buttons[index].setAttribute("aria-pressed", String(plays));
      const words = plays ? worded("plays") : this.enough(side) ? worded("heard") : worded("not heard yet");
      this.buttons[index].querySelector(".state").textContent = words;
    });
    const ready = this.sides.every((side) => this.enough(side)) && !this.sent;
    for (const button of this.answers) button.disabled = !ready;
  }

  answer(choice) {
    this.sent = true;
    this.stop();
    this.trigger("answered", { key: this.key, choice });
  }
}

/** Whether Streamlit is at drawing the page, or about to. */
function isDrawing() {
  const state = document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state");
  return Boolean(state) && state !== "notRunning";
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let one = shown.get(parentElement);
  if (!one) shown.set(parentElement, (one = new Listening(parentElement.querySelector(".musegen"))));
  one.update(data, setTriggerValue);
}
