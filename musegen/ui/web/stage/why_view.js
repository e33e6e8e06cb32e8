// Why this note: what the style thought of a note that was clicked on, and what else it had in mind.

import { button, make, sign } from "../page/elements.js";
import { worded } from "../page/words.js";
import { sound } from "../sound/sound.js";

const HEARD = 700;

/** The panel below the roll; `actions` has swap(id, pitch). */
export class WhyView {
  constructor(host, actions) {
    this.host = host;
    this.actions = actions;
    this.data = null;
    this.id = null;
    this.held = null;
    this.score = null;
    this.legend = make("div", { class: "why-legend" },
      make("span", {}, worded("expected")), make("i", { "aria-hidden": "true" }), make("span", {}, worded("surprising")));
    this.words = make("p", { class: "why-words", role: "status" });
    this.list = make("ul", { class: "others", "aria-label": worded("What else the style had in mind") });
    host.append(this.legend, this.words, this.list);
  }

  /** Show what Python says: null hides it, {said} is a sentence, {notes} the reasons by id. */
  update(data, score, colours) {
    const other = score.key !== this.score?.key || !data;
    Object.assign(this, { data, score });
    this.host.hidden = !data;
    if (!data) return this.release();
    this.legend.hidden = !data.notes;
    this.legend.querySelector("i").style.background = `linear-gradient(90deg, ${colours.join(", ")})`;
    if (other) this.id = null;
    this.draw();
  }

  /** Show the reasons of a note. */
  show(id) {
    this.id = id;
    this.draw();
    this.play(this.noteOf(id)?.[2]);
  }

  noteOf(id) {
    return this.score?.notes.find((note) => note[0] === id);
  }

  draw() {
    const { data, id } = this;
    const reason = data?.notes?.[id];
    this.list.replaceChildren();
    if (!data) return;
    if (!data.notes) this.words.textContent = data.said;
    else if (!id) this.words.textContent = worded("Click on a note to see what else the style had in mind there.");
    else if (!reason) this.words.textContent = worded("This note was given to the style, so it had no choice.");
    else this.words.textContent = reason.words;
    for (const other of reason?.others || []) this.list.append(this.row(id, other));
  }

  row(id, [pitch, name, share]) {
    const percent = `${Math.round(share * 100)} %`;
    const hear = make("button", {
      type: "button", class: "hear", "aria-label": worded("Hear {name}, {percent}", { name, percent }),
      click: () => this.play(pitch), pointerenter: (event) => event.pointerType === "mouse" && this.play(pitch),
    }, sign("play"), make("b", {}, name), make("span", {}, percent));
    hear.style.setProperty("--share", `${Math.round(share * 100)}%`);
    const take = button("", worded("Take this one and go on from there"), () => this.actions.swap(id, pitch), { words: true });
    take.setAttribute("aria-label", worded("Take {name} and go on from there", { name }));
    return make("li", {}, hear, take);
  }

  /** Sound a pitch on the instrument of the note, as soon as there was a click on the page. */
  play(pitch) {
    const note = this.noteOf(this.id);
    const engine = sound();
    if (pitch === undefined || !note) return;
    const { program, drum } = this.score.tracks[note[1]];
    const start = () => {
      this.release();
      this.held = engine.press(program, drum, pitch, 84);
      this.timer = setTimeout(() => this.release(), HEARD);
    };
    if (engine.unlocked && engine.has(program, drum, pitch)) return start();
    const asked = (this.asked = Symbol());
    engine.resume()
      .then(() => engine.load([{ program, drum, pitches: [pitch] }]))
      .then(() => asked === this.asked && start())
      .catch(() => {}); // without sounds the words are still there
  }

  release() {
    clearTimeout(this.timer);
    if (this.held !== null) sound().release(this.held);
    this.held = null;
  }
}
