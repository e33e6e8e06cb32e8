// The tools over the roll of the editor, and the panel of its keys.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { SNAPS } from "./editor_grid.js";
import { KEYS } from "./editor_keys.js";

const SVG = "http://www.w3.org/2000/svg";
/** What the grids of `SNAPS` are called. */
export const SNAP_WORDS = [
  worded("quarters"), worded("eighths"), worded("sixteenths"), worded("eighth triplets"), worded("sixteenth triplets"), worded("off"),
];
const BAR_COUNTS = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const SIGNS = {
  play: "M7 4.5v15l12.5-7.5z",
  stop: "M6 6h12v12H6z",
  draw: "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
  select: "M4 8V4h4M12 4h2M18 4h2v4M20 12v2M20 18v2h-4M12 20h-2M6 20H4v-4M4 12v-2",
  erase: "M9 19l-5-5L14 4l6 6-9 9zM9 9l6 6M9 19h11",
  undo: "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12H9",
  redo: "M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  cut: "M8 8l11 9M8 16l11-9M6 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 20a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  paste: "M9 4h6v3H9zM9 5H5v15h14V5h-4M9 12h6M9 16h6",
  duplicate: "M4 7h7v10H4zM13 7h7v10h-7M16.5 10v4M14.5 12h4",
  remove: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  clear: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 10.5v6M13.5 10.5v6",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.5",
  more: "M5 12h.5M12 12h.5M19 12h.5",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
};

function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[name]);
  path.setAttribute("class", name === "play" || name === "stop" ? "filled" : "lined");
  svg.append(path);
  return svg;
}

/** The tool bar of an editor. */
export class EditorBar {
  constructor(host, editor) {
    this.host = host;
    this.editor = editor;
    this.buttons = {};
    this.drawnTracks = "";
    const edit = (name) => () => editor.perform(editor.model[name]());
    const group = (label, ...children) =>
      make("div", { class: "group", role: "group", "aria-label": label }, ...children);
    host.append(
      group(worded("Play"), this.button("play", worded("Play from the cursor (Space)"), () => editor.togglePlay())),
      group(
        worded("Tools"),
        this.button("draw", worded("Draw: click for a note, drag for a longer one"), () => editor.setTool("draw")),
        this.button("select", worded("Choose: drag a box over notes"), () => editor.setTool("select")),
        this.button("erase", worded("Erase: click or drag over notes"), () => editor.setTool("erase")),
      ),
      group(
        worded("Undo"),
        this.button("undo", worded("Undo (Ctrl+Z)"), edit("undo")),
        this.button("redo", worded("Redo (Ctrl+Y)"), edit("redo")),
      ),
      group(
        worded("Chosen notes"),
        this.button("copy", worded("Copy (Ctrl+C)"), () => editor.copy()),
        this.button("cut", worded("Cut (Ctrl+X)"), () => editor.cut()),
        this.button("paste", worded("Paste at the cursor (Ctrl+V)"), () => editor.paste()),
        this.button("duplicate", worded("Double: put the chosen notes in once more (Ctrl+D)"), edit("duplicate")),
        this.button("remove", worded("Delete the chosen notes (Delete)"), () =>
          editor.perform(editor.model.remove(new Set(editor.model.selection)))),
      ),
      group(
        worded("View"),
        this.button("fit", worded("Show all (Ctrl+0)"), () => editor.view.fit()),
        this.button("clear", worded("Clear: delete all notes"), () => editor.clear(), worded("Clear")),
        this.button("help", worded("Keys of the editor (?)"), () => this.toggleHelp()),
      ),
      group(worded("Grid"), this.labelled(worded("Snap to"), (this.snap = this.select(worded("Snap to"), (i) => editor.setSnap(i)))),
        this.labelled(worded("Bars"), (this.bars = this.select(worded("Bars"), (n) => editor.perform(editor.model.setBars(n)))))),
      this.trackGroup(),
    );
    this.snap.append(...SNAPS.map((_, i) => make("option", { value: i }, SNAP_WORDS[i])));
    this.help = this.helpPanel();
    host.after(this.help);
  }

  trackGroup() {
    const { editor } = this;
    this.dot = make("span", { class: "dot", "aria-hidden": "true" });
    this.track = this.select(worded("Track that is drawn"), (i) => editor.setTrack(i));
    this.program = this.select(worded("Instrument of the track"), (program) => editor.setProgram(program));
    this.name = make("input", { type: "text", maxlength: "40", "aria-label": worded("Name of the track"),
      placeholder: worded("Name of the track"), change: (event) => editor.rename(event.target.value) });
    this.trackMenu = make(
      "div", { class: "menu", hidden: true }, this.name,
      make("button", { type: "button", click: () => editor.assign() }, worded("Put the chosen notes on this track")),
      make("button", { type: "button", click: () => editor.removeTrack() }, worded("Take this track away")),
    );
    const more = this.button("more", worded("More about the track"), () => {
      this.trackMenu.hidden = !this.trackMenu.hidden;
      this.buttons.more.setAttribute("aria-expanded", String(!this.trackMenu.hidden));
    });
    more.setAttribute("aria-expanded", "false");
    return make("div", { class: "group track", role: "group", "aria-label": worded("Track") },
      this.dot, this.track, this.program, more, this.trackMenu);
  }

  button(name, label, press, words = null) {
    const one = make("button", { type: "button", class: "tool", "aria-label": label, title: label, click: press,
      "data-tool": name,
      // After the mouse the keys go on at the grid; who walks the bar by keyboard stays on it.
      pointerup: () => name !== "help" && name !== "more" && setTimeout(() => this.editor.focusGrid()) }, sign(name), words);
    this.buttons[name] = one;
    return one;
  }

  select(label, choose) {
    return make("select", { "aria-label": label, title: label, change: (event) => choose(Number(event.target.value)) });
  }

  labelled(text, control) {
    return make("label", { class: "labelled" }, make("span", { "aria-hidden": "true" }, text), control);
  }

  helpPanel() {
    const rows = KEYS.flatMap(([keys, does]) => [make("dt", {}, keys), make("dd", {}, does)]);
    const close = make("button", { type: "button", click: () => this.toggleHelp() }, worded("Close"));
    return make(
      "section", { class: "help", hidden: true, "aria-label": worded("Keys of the editor"), tabindex: "-1",
        keydown: (event) => event.key === "Escape" && this.toggleHelp() },
      make("p", {}, worded("Mouse and touch: click to draw, drag to make longer, drag a note to move it, its ends to resize it; double-click, right-click or the eraser deletes. Two fingers move and stretch the view; Ctrl and the wheel zoom.")),
      make("dl", {}, ...rows), close,
    );
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    this.buttons.help.setAttribute("aria-expanded", String(!this.help.hidden));
    if (this.help.hidden) this.editor.focusGrid();
    else this.help.focus();
  }

  playing(is) {
    const { play } = this.buttons;
    if (play.dataset.playing === String(is)) return;
    play.dataset.playing = String(is);
    play.replaceChildren(sign(is ? "stop" : "play"));
    play.setAttribute("aria-label", is ? worded("Stop (Space)") : worded("Play from the cursor (Space)"));
  }

  /** Show what can be done now. */
  update() {
    const { editor, buttons } = this;
    const { model } = editor;
    const able = (name, can) => (buttons[name].disabled = !can);
    able("undo", model.past.length);
    able("redo", model.future.length);
    for (const name of ["copy", "cut", "duplicate", "remove"]) able(name, model.selection.size);
    able("paste", editor.hasClip);
    able("clear", model.notes.length);
    for (const name of ["draw", "select", "erase"]) {
      buttons[name].setAttribute("aria-pressed", String(editor.tools.tool === name));
    }
    this.snap.value = String(SNAPS.findIndex(([, step]) => step === model.snap));
    const { count } = model.grid;
    const counts = [...new Set([...BAR_COUNTS.filter((n) => n < count), model.state.bars, count])];
    fill(this.bars, counts.sort((a, b) => a - b).map((n) => [n, n]), model.state.bars);
    const tracks = model.tracks.map((_, i) => [i, editor.trackName(i)]);
    fill(this.track, [...tracks, [-1, worded("Add a track")]], model.track);
    const { program, drum, name } = model.tracks[model.track];
    const { instruments } = editor.data;
    const known = instruments.some(([number]) => number === program);
    const pitched = known ? instruments : [[program, worded("Program {program}", { program })], ...instruments];
    fill(this.program, drum ? [[program, worded("Drums")]] : pitched, program);
    this.program.disabled = drum;
    this.dot.style.background = editor.view.palette.hues[model.track % editor.view.palette.hues.length];
    if (this.name !== this.name.getRootNode().activeElement) this.name.value = name;
  }
}

/** Write the options of a select where they have changed, and choose one. */
function fill(select, options, value) {
  const text = JSON.stringify(options);
  if (select.dataset.options !== text) {
    select.dataset.options = text;
    select.replaceChildren(...options.map(([key, label]) => make("option", { value: key }, String(label))));
  }
  select.value = String(value);
}
