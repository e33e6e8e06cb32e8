// The notes as a list: seen when it has the focus, read by a screen reader, and it can be worked with.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { countWords } from "./editor_words.js";

const SHOWN = 80;

/** The list of the notes of an editor, in the order of time. */
export class NoteList {
  constructor(host, editor) {
    this.editor = editor;
    this.active = null;
    this.drawn = -1;
    this.caption = make("span", { class: "caption", id: "notes-caption" });
    this.box = make("div", {
      role: "listbox", tabindex: "0", class: "notes",
      "aria-multiselectable": "true", "aria-labelledby": "notes-caption",
      keydown: (event) => this.key(event), focus: () => this.enter(), click: (event) => this.click(event),
    });
    host.append(this.caption, this.box);
  }

  get order() {
    return [...this.editor.model.notes].sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
  }

  enter() {
    const { model } = this.editor;
    const [first] = this.order.filter((note) => model.selection.has(note.id));
    this.active = (first || model.find(this.active) || this.order[0])?.id ?? null;
    this.draw(true);
  }

  /** Write the list again where it has changed; only notes near the active one are written. */
  draw(always = false) {
    const { model } = this.editor;
    const many = model.tracks.length > 1;
    this.caption.textContent = worded("Notes, a list: {notes}", { notes: countWords(model.notes.length) });
    const focused = this.box.getRootNode().activeElement === this.box;
    if (!focused && !always && this.drawn === model.version) return;
    this.drawn = model.version;
    const order = this.order;
    const at = Math.max(order.findIndex((note) => note.id === this.active), 0);
    const from = Math.max(at - SHOWN / 2, 0);
    const rows = order.slice(from, from + SHOWN).map((note, i) =>
      make(
        "div",
        {
          role: "option", id: `note-${note.id}`, "data-id": note.id,
          class: note.id === this.active ? "active" : null,
          "aria-selected": String(model.selection.has(note.id)),
          "aria-setsize": order.length, "aria-posinset": from + i + 1,
        },
        this.editor.words(note) + (many ? `, ${this.editor.trackName(note.track)}` : ""),
      ),
    );
    this.box.replaceChildren(...rows);
    const active = this.box.querySelector(".active");
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
    if (focused) active?.scrollIntoView({ block: "nearest" });
  }

  go(index) {
    const order = this.order;
    const note = order[Math.min(Math.max(index, 0), order.length - 1)];
    if (!note) return;
    this.active = note.id;
    this.editor.choose(note, false);
    this.draw(true);
  }

  key(event) {
    const at = this.order.findIndex((note) => note.id === this.active);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.order.length - 1 };
    if (event.key in steps && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      this.go(steps[event.key]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      const { model } = this.editor;
      const gone = model.remove(new Set([this.active]));
      this.editor.perform(gone);
      const next = this.order[Math.min(at, this.order.length - 1)];
      this.active = next?.id ?? null;
      this.draw(true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  click(event) {
    const id = event.target.closest("[data-id]")?.dataset.id;
    if (id) this.go(this.order.findIndex((note) => note.id === id));
  }
}
