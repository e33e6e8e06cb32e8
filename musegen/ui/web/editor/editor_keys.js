// The editor by keyboard alone. A cell moves over the grid; Enter draws there. Chosen notes follow the arrows.

import { worded } from "../page/words.js";
import { SNAPS } from "./editor_grid.js";

/** What the "?" panel says: [keys, what they do]. */
export const KEYS = [
  [worded("Arrow keys"), worded("move the cell; with Ctrl by a bar or an octave")],
  [worded("Enter"), worded("draw a note at the cell, or choose the note that is there")],
  [worded("Shift + arrows"), worded("choose notes with a box from the cell")],
  [worded("With notes chosen: arrows"), worded("move them in time, transpose them; Shift + up or down by an octave")],
  [worded("With notes chosen: Shift + left, right"), worded("make them shorter or longer; with Ctrl at their start")],
  [worded("+  and  -"), worded("louder and softer")],
  [worded(",  and  ."), worded("go to the note before and after")],
  [worded("Delete"), worded("delete the chosen notes, or the one at the cell")],
  [worded("Escape"), worded("let go of what is chosen")],
  [worded("Ctrl + C, X, V, D, A"), worded("copy, cut, paste at the cell, double, choose all")],
  [worded("Ctrl + Z, Ctrl + Y"), worded("undo, redo")],
  [worded("Space"), worded("play from the cell, stop")],
  [worded("1 to 6"), worded("snap to quarters, eighths, sixteenths, triplets of eighths and sixteenths, off")],
  ["T", worded("next track")],
  [worded("Home, End"), worded("first and last bar")],
  [worded("Ctrl + plus, minus, 0"), worded("zoom in, out, show all")],
];

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Do what a key means; returns whether it meant anything. */
export function pressKey(editor, event) {
  const { key } = event;
  const control = event.ctrlKey || event.metaKey;
  if (ARROWS[key]) return arrow(editor, event, ...ARROWS[key]);
  const action = control ? CONTROL[key.toLowerCase()] : PLAIN[key.length === 1 ? key.toLowerCase() : key];
  if (!action || event.altKey) return false;
  action(editor, event);
  return true;
}

const edit = (name) => (editor) => editor.perform(editor.model[name]());

const CONTROL = {
  z: (editor, event) => editor.perform(event.shiftKey ? editor.model.redo() : editor.model.undo()),
  y: edit("redo"),
  c: (editor) => editor.copy(),
  x: (editor) => editor.cut(),
  v: (editor) => editor.paste(),
  d: edit("duplicate"),
  a: (editor) => editor.perform(editor.model.selectAll()),
  "+": (editor) => editor.view.zoom(1.25, 1),
  "=": (editor) => editor.view.zoom(1.25, 1),
  "-": (editor) => editor.view.zoom(0.8, 1),
  0: (editor) => editor.view.fit(),
  home: (editor) => editor.setCell(0, editor.cell.pitch),
  end: (editor) => editor.setCell(editor.model.end, editor.cell.pitch),
};

const PLAIN = {
  Enter: (editor) => enter(editor),
  " ": (editor) => editor.togglePlay(),
  Delete: (editor) => remove(editor),
  Backspace: (editor) => remove(editor),
  Escape: (editor) => editor.perform(editor.model.select([])),
  Home: (editor) => editor.setCell(0, editor.cell.pitch),
  End: (editor) => editor.setCell(editor.model.grid.snap(editor.model.end - 1e-3, 64, "floor"), editor.cell.pitch),
  PageUp: (editor) => editor.setCell(editor.cell.quarter, editor.cell.pitch + 12),
  PageDown: (editor) => editor.setCell(editor.cell.quarter, editor.cell.pitch - 12),
  "+": (editor) => louder(editor, 8),
  "=": (editor) => louder(editor, 8),
  "-": (editor) => louder(editor, -8),
  ",": (editor) => neighbour(editor, -1),
  ".": (editor) => neighbour(editor, 1),
  t: (editor) => editor.nextTrack(),
  "?": (editor) => editor.bar.toggleHelp(),
  ...Object.fromEntries(SNAPS.map((_, i) => [String(i + 1), (editor) => editor.setSnap(i)])),
};

function arrow(editor, event, dx, dy) {
  const { model, cell } = editor;
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (model.selection.size && !editor.boxFrom) return arrowOnNotes(editor, event, dx, dy);
  const grid = model.grid;
  const jump = (q) => (dx > 0 ? grid.barEnd(grid.barAt(q)) : grid.starts[grid.barAt(Math.max(q - 1e-3, 0))]);
  const quarter = dx ? (control ? jump(cell.quarter) : grid.next(cell.quarter, model.snap, dx)) : cell.quarter;
  const pitch = cell.pitch + dy * (control ? 12 : 1);
  const from = event.shiftKey ? editor.boxFrom || { ...cell } : null;
  editor.setCell(quarter, pitch, !event.shiftKey);
  if (!from) return true;
  editor.boxFrom = from;
  const length = (q) => grid.next(q, model.snap, 1);
  const [a, b] = [from.quarter, editor.cell.quarter];
  const box = { from: Math.min(a, b), to: length(Math.max(a, b)), low: from.pitch, high: editor.cell.pitch };
  model.select(model.inBox({ ...box, from: box.from + 1e-6 }));
  editor.setMarks({ box });
  editor.perform({ ok: true, text: editor.chosenWords() });
  return true;
}

function arrowOnNotes(editor, event, dx, dy) {
  const { model } = editor;
  const ids = model.selection;
  const by = model.snap || model.step;
  if (dx && event.shiftKey) {
    const control = event.ctrlKey || event.metaKey;
    const done = model.resize(ids, control ? "start" : "end", dx * by);
    if (done.ok && ids.size === 1) model.lastLength = model.chosen()[0].duration;
    editor.perform({ ...done, text: editor.chosenWords() });
    return true;
  }
  const first = model.chosen().reduce((a, b) => (b.onset < a.onset ? b : a));
  const quarters = dx ? model.grid.next(first.onset, model.snap, dx) - first.onset : 0;
  const done = model.move(ids, quarters, dy * (event.shiftKey ? 12 : 1));
  const now = model.chosen()[0];
  if (now) {
    editor.setCell(now.onset, now.pitch, false);
    if (dy) editor.soundBriefly(now);
  }
  editor.perform({ ...done, text: editor.chosenWords() });
  return true;
}

function enter(editor) {
  const { model, cell } = editor;
  const here = model.at(cell.quarter, cell.pitch);
  if (here) {
    model.toggle(here.id);
    editor.soundBriefly(here);
    editor.perform({ ok: true, text: `${editor.words(here)}, ${model.selection.has(here.id) ? worded("chosen") : worded("let go")}` });
    return;
  }
  model.selection = new Set();
  const drawn = model.add({ onset: cell.quarter, pitch: cell.pitch });
  const note = drawn.ok ? model.find(drawn.ids[0]) : null;
  if (note) editor.soundBriefly(note);
  editor.perform(note ? { ...drawn, text: `${editor.words(note)}, drawn` } : drawn);
}

function remove(editor) {
  const { model, cell } = editor;
  const here = model.at(cell.quarter, cell.pitch);
  const ids = model.selection.size ? model.selection : new Set(here ? [here.id] : []);
  const words = ids.size === 1 ? `${editor.words(model.chosen(ids)[0])}, deleted` : null;
  const gone = model.remove(new Set(ids));
  editor.perform(gone.ok && words ? { ...gone, text: words } : gone);
}

function louder(editor, by) {
  const { model, cell } = editor;
  const here = model.at(cell.quarter, cell.pitch);
  const ids = model.selection.size ? model.selection : new Set(here ? [here.id] : []);
  const done = model.setVelocity(ids, (note) => note.velocity + by);
  const [first] = model.chosen(ids);
  if (first) editor.soundBriefly(first);
  editor.perform(done);
}

/** Choose the next or last note in time from the cell. */
export function neighbour(editor, direction) {
  const { model, cell } = editor;
  const order = [...model.notes].sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
  if (!order.length) return editor.perform({ ok: true, text: worded("There are no notes.") });
  const now = order.findIndex((note) => model.selection.has(note.id));
  const after = order.findIndex((note) => note.onset >= cell.quarter - 1e-6);
  const start = direction > 0 ? (after < 0 ? order.length - 1 : after) : (after < 0 ? order.length : after) - 1;
  const index = now >= 0 ? now + direction : start;
  const note = order[Math.min(Math.max(index, 0), order.length - 1)];
  editor.choose(note);
}
