// The piano-roll editor: one Streamlit component. Python owns `rev` (it counts what Python changes) and gets, after
// each edit, {session, rev, n, tracks, notes, bars, extra}. Grid, tempo and title are its too and never touch notes.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { EditorBar, SNAP_WORDS } from "./editor_bar.js";
import { SNAPS } from "./editor_grid.js";
import { pressKey } from "./editor_keys.js";
import { VelocityLane } from "./editor_lane.js";
import { NoteList } from "./editor_list.js";
import { EditorModel } from "./editor_model.js";
import { Player } from "./editor_play.js";
import { EditorStore } from "./editor_store.js";
import { Tools } from "./editor_tools.js";
import { noteWords } from "./editor_words.js";
import { RollView } from "../roll/roll_view.js";

const DEBOUNCE_MS = 250;
const LEAVING_MS = 2000;
const NARROW = 640; // CSS pixels of a telephone's screen: a finger needs wider steps, and fewer bars in sight
const CLIPBOARD = "musegen.clipboard";

const toDoc = ({ tracks, notes, bars }) => ({
  tracks,
  bars,
  notes: notes.map(([id, track, pitch, onset, duration, velocity]) =>
    ({ id, track, pitch, onset, duration, velocity })),
});
const toRow = (n) => [n.id, n.track, n.pitch, n.onset, n.duration, n.velocity];

/** Editors of the window by key: what they know outlives the component, so that undo goes on after a page change. */
function memories() {
  const home = (window.musegen ??= {});
  return (home.editors ??= {});
}

/** One editor in its shadow root; data as `edit_notes` sends it, and `send(name, value)` reaches Python. */
export class Editor {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.send = null;
    this.timer = 0;
    this.boxFrom = null;
    this.marks = {};
    this.sounded = 0;
    this.offered = null;
    const memory = memories()[data.key];
    const known = memory && memory.session === data.session && memory.rev === data.rev && memory.n >= data.n;
    const { session, rev, n } = data;
    this.memory = known ? memory : { session, rev, n, model: null, cell: null, start: 0 };
    memories()[data.key] = this.memory;
    if (!this.model) this.begin(memory);
    this.model.setGrid(data.grid);
    this.memory.store ||= new EditorStore(data.key);
    this.build();
    this.cell = this.memory.cell || this.firstCell();
    if (!known) this.restore();
    this.refresh();
    this.sendSoon(0);
  }

  get model() {
    return this.memory.model;
  }

  /** Where playing begins, in quarters. */
  get start() {
    return this.memory.start;
  }

  /** Make the model; notes that Python put in the place of others while no editor was shown are a step to undo. */
  begin(memory) {
    const { doc, grid, session } = this.data;
    if (memory?.session === session && memory.model) {
      memory.model.replace(toDoc(doc));
      Object.assign(this.memory, { model: memory.model, store: memory.store });
      return;
    }
    this.memory.model = new EditorModel(toDoc(doc), grid);
    if (window.innerWidth <= NARROW) this.model.setSnap(1 / 2);
  }

  firstCell() {
    const pitches = this.model.notes.map((note) => note.pitch);
    return { quarter: 0, pitch: pitches.length ? pitches[0] : 60 };
  }

  build() {
    this.bars = make("div", { class: "tools", role: "toolbar", "aria-label": worded("Editor") });
    this.offer = make("div", { class: "offer", hidden: true });
    this.grid = make("div", {
      class: "roll", tabindex: "0", role: "application", "aria-roledescription": worded("piano roll"),
      "aria-label": worded("{title}. Arrow keys move, Enter draws; question mark for all keys.", { title: this.data.title || worded("Piano roll") }),
      keydown: (event) => this.key(event), pointerenter: () => this.player.warm(),
      focus: () => { this.player.warm(); this.setMarks({}); }, blur: () => { this.boxFrom = null; this.setMarks({}); },
    });
    this.laneHost = make("div", { class: "lane", title: worded("How loud each note is; drag to change it") });
    this.listHost = make("div", { class: "list" });
    this.live = make("div", { class: "live", role: "status", "aria-live": "polite" });
    this.alert = make("p", { class: "alert", role: "alert", hidden: true });
    const box = make("div", { class: "editor" }, this.offer, this.bars, this.grid, this.laneHost, this.alert, this.live,
      this.listHost);
    this.root.querySelector(".musegen").replaceChildren(box);
    this.view = new RollView(this.grid, { keys: true, editable: true });
    this.grid.rollView = this.view; // tests ask it where things are
    this.bar = new EditorBar(this.bars, this);
    this.tools = new Tools(this);
    this.lane = new VelocityLane(this.laneHost, this);
    this.list = new NoteList(this.listHost, this);
    this.player = new Player(this, `editor-${this.data.key}`);
    // What is pressed next may use what is drawn, so that is sent before. Not so with a link to another page:
    // Streamlit would answer the late message with the page that is being left. What is drawn waits in the memory.
    this.flush = () => this.sendNow();
    this.outside = (event) => {
      const path = event.composedPath();
      if (path.some((one) => one instanceof HTMLAnchorElement)) this.sendSoon(LEAVING_MS);
      else if (!path.includes(box) && event.type === "pointerdown") this.sendNow();
    };
    window.addEventListener("pagehide", this.flush);
    document.addEventListener("visibilitychange", this.flush);
    document.addEventListener("pointerdown", this.outside, true);
    document.addEventListener("click", this.outside, true);
  }

  // ------------------------------------------------------------------------------------------- Python and storage

  /** Take on what Python has: notes only where it has changed them. */
  update(data) {
    const before = this.data;
    this.data = data;
    if (data.session !== this.memory.session) {
      // The server has forgotten (it was started again): it gets what is drawn here.
      Object.assign(this.memory, { session: data.session, rev: data.rev });
      if (this.memory.n > 0) this.changed();
    } else if (data.rev !== this.memory.rev) {
      this.tools.cancel(); // a note in hand is not among the new ones
      this.model.replace(toDoc(data.doc));
      Object.assign(this.memory, { rev: data.rev, n: data.n, version: this.model.version });
      this.sent = null; // edits are counted from here, so a number may come twice
      this.cell = this.firstCell();
      this.keep();
      this.player.follow();
    } else if (JSON.stringify(data.extra) !== JSON.stringify(before.extra)) {
      this.keep();
    }
    if (JSON.stringify(data.grid) !== JSON.stringify(before.grid)) this.model.setGrid(data.grid);
    this.refresh();
    if (JSON.stringify([data.grid, data.tempos]) !== JSON.stringify([before.grid, before.tempos])) this.player.follow();
  }

  restore() {
    const { store } = this.memory;
    const { kind, record } = store.decide({ ...this.data, doc: toDoc(this.data.doc) });
    if (kind === "restore") this.takeBack(record);
    if (kind === "offer") this.showOffer(record);
  }

  takeBack(record) {
    const again = new EditorModel(record.doc, this.data.grid);
    this.model.replace(again.doc());
    this.memory.n = Math.max(record.n, this.data.n) + 1;
    this.restored = record.extra ?? null;
    this.say(worded("{count:# note that was|# notes that were} drawn here before {count:is|are} back.", { count: this.model.notes.length }));
  }

  showOffer(record) {
    this.offer.hidden = false;
    const when = new Date(record.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const close = () => {
      this.offer.hidden = true;
    };
    this.offer.replaceChildren(
      make("span", {}, worded("{count:# note was|# notes were} drawn in another window, {when}.", { count: record.doc.notes.length, when })),
      make("button", { type: "button", click: () => {
        close();
        this.takeBack(record);
        this.edited();
      } }, worded("Open them here")),
      make("button", { type: "button", click: () => {
        close();
        this.memory.store.decline(record);
      } }, worded("Not now")),
    );
  }

  /** Keep what is drawn in the browser. */
  keep() {
    const { store, session, rev, n } = this.memory;
    const { base, extra } = this.data;
    const kept = store.save({ session, rev, n, base, extra: this.restored || extra, doc: this.model.doc() });
    if (!kept) this.complain(worded("This browser has no room to keep what is drawn; the program keeps it."));
  }

  changed() {
    this.memory.n += 1;
    this.keep();
    this.sendSoon();
  }

  sendSoon(wait = DEBOUNCE_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sendNow(), wait);
  }

  /** Send Python what it does not have yet. */
  sendNow() {
    clearTimeout(this.timer);
    const { session, rev, n } = this.memory;
    if (n <= this.data.n || n === this.sent || !this.send || this.data.session !== session) return;
    this.sent = n;
    const { tracks, notes, bars } = this.model.doc();
    const extra = this.restored;
    this.restored = null;
    this.send("edit", { session, rev, n, tracks, bars, notes: notes.map(toRow), extra });
  }

  // ----------------------------------------------------------------------------------------------- what tools use

  /** Show and keep the outcome of an edit. */
  perform(result) {
    if (!result.ok && result.text) this.complain(result.text);
    else if (result.text) this.say(result.text);
    if (result.ok) this.alert.hidden = true;
    this.edited();
  }

  edited() {
    if (this.model.version !== this.memory.version) {
      this.memory.version = this.model.version;
      this.changed();
      this.player.follow();
    }
    this.refresh();
  }

  say(text) {
    this.live.textContent = text;
  }

  complain(text) {
    this.alert.textContent = text;
    this.alert.hidden = false;
  }

  refresh() {
    this.memory.version ??= this.model.version;
    this.preview(this.model.notes);
    this.view.setStep(this.model.snap);
    this.setMarks({});
    this.bar.update();
    this.list.draw();
    this.view.setCursor(this.player.playing ? this.view.cursor : this.start);
  }

  /** Show notes as they would be. */
  preview(notes) {
    const { grid } = this.data;
    this.view.setScore({ notes: notes.map((n) => [...toRow(n), 0]), bars: grid.bars, beats: grid.beats,
      end: this.model.end, tracks: this.model.tracks });
    this.view.setSelected(this.model.selection);
    this.lane.draw();
  }

  setMarks(marks) {
    Object.assign(this.marks, marks);
    const focused = this.root.activeElement === this.grid && this.keyboard;
    const next = this.model.grid.next(this.cell.quarter, this.model.snap, 1);
    const cell = focused ? { ...this.cell, length: Math.max(next - this.cell.quarter, 0.1) } : null;
    this.view.setMarks({ ...this.marks, box: this.marks.box ?? null, cell });
  }

  setCell(quarter, pitch, apart = true) {
    const { model } = this;
    const last = model.grid.next(model.end, model.snap, -1);
    this.cell = { quarter: Math.min(Math.max(quarter, 0), last), pitch: Math.min(Math.max(pitch, 21), 108) };
    this.memory.cell = this.cell;
    if (apart) {
      this.boxFrom = null;
      this.marks.box = null;
      this.seek(this.cell.quarter);
      const here = model.at(this.cell.quarter, this.cell.pitch);
      this.say(here ? this.words(here) : this.words({ ...this.cell, onset: this.cell.quarter }, true));
    }
    this.view.reveal(this.cell.quarter, this.cell.pitch);
    this.setMarks({});
  }

  /** Choose one note, hear it and hear of it. */
  choose(note, focus = true) {
    this.model.select([note.id]);
    this.setCell(note.onset, note.pitch, false);
    this.soundBriefly(note);
    this.say(this.words(note));
    this.refresh();
    if (focus) this.focusGrid();
  }

  words(note, empty = false) {
    const words = noteWords({ duration: 1, ...note }, this.model.grid, this.data.fifths);
    return empty ? `${words.split(",").slice(0, 2).join(",")}, empty` : words;
  }

  chosenWords() {
    const chosen = this.model.chosen();
    if (!chosen.length) return worded("No note is chosen.");
    return chosen.length === 1 ? this.words(chosen[0]) : worded("{count:# note|# notes} chosen.", { count: chosen.length });
  }

  trackName(index) {
    const { name, program, drum } = this.model.tracks[index] || {};
    const instrument = this.data.instruments.find(([number]) => number === program)?.[1];
    return `${index + 1} ${name || (drum ? worded("Drums") : instrument) || worded("Track")}`;
  }

  key(event) {
    this.keyboard = true;
    const box = this.marks.box;
    if (!event.shiftKey && box && !["Control", "Meta", "Shift"].includes(event.key)) {
      this.boxFrom = null;
      this.marks.box = null;
    }
    if (!pressKey(this, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  focusGrid() {
    this.keyboard = false;
    this.grid.focus({ preventScroll: true });
  }

  soundOn(note) {
    this.player.on(note);
  }

  soundOff() {
    this.player.off();
  }

  soundBriefly(note) {
    this.player.on(note);
    this.player.off();
  }

  togglePlay() {
    this.player.toggle(this.start >= this.model.end - 1e-3 ? 0 : this.start);
  }

  seek(quarter) {
    this.memory.start = quarter;
    this.cell = { ...this.cell, quarter };
    this.player.seek(quarter);
    if (!this.player.playing) this.view.setCursor(quarter);
  }

  setTool(tool) {
    this.tools.tool = tool;
    this.refresh();
  }

  setSnap(index) {
    this.model.setSnap(SNAPS[index][1]);
    this.say(worded("Snap to: {what}", { what: SNAP_WORDS[index] }));
    this.refresh();
  }

  setTrack(index) {
    if (index < 0) return this.perform(this.model.addTrack());
    this.model.track = index;
    this.player.warm();
    this.say(this.trackName(index));
    this.refresh();
  }

  nextTrack() {
    this.setTrack((this.model.track + 1) % this.model.tracks.length);
  }

  setProgram(program) {
    this.perform(this.model.setTrack(this.model.track, { program }));
    this.player.warm();
  }

  rename(name) {
    this.perform(this.model.setTrack(this.model.track, { name: name.trim().slice(0, 40) }));
  }

  assign() {
    const { model } = this;
    this.perform(model.selection.size ? model.assign(model.selection, model.track)
      : { ok: false, text: worded("No note is chosen; choose the notes that belong to this track first.") });
  }

  removeTrack() {
    this.perform(this.model.removeTrack(this.model.track));
  }

  clear() {
    const { model } = this;
    this.perform(model.remove(new Set(model.notes.map((note) => note.id))));
  }

  /** What was copied last: here or, just as well, in another window. */
  clip() {
    try {
      return JSON.parse(localStorage.getItem(CLIPBOARD)) || this.model.clipboard;
    } catch {
      return this.model.clipboard;
    }
  }

  get hasClip() {
    try {
      return Boolean(this.model.clipboard || localStorage.getItem(CLIPBOARD));
    } catch {
      return false;
    }
  }

  copy() {
    this.shared(this.model.copy());
  }

  cut() {
    this.shared(this.model.cut());
  }

  shared(result) {
    try {
      if (result.ok) localStorage.removeItem(CLIPBOARD);
      if (result.ok) localStorage.setItem(CLIPBOARD, JSON.stringify(this.model.clipboard));
    } catch {
      // Copied for this window alone.
    }
    this.perform(result);
  }

  paste() {
    this.perform(this.model.paste(this.start, this.clip()));
  }

  destroy() {
    clearTimeout(this.timer);
    window.removeEventListener("pagehide", this.flush);
    document.removeEventListener("visibilitychange", this.flush);
    document.removeEventListener("pointerdown", this.outside, true);
    document.removeEventListener("click", this.outside, true);
    [this.player, this.tools, this.lane, this.view].forEach((part) => part.destroy());
  }
}

const instances = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let editor = instances.get(parentElement);
  if (editor && editor.data.key !== data.key) {
    editor.destroy();
    editor = null;
  }
  if (editor) editor.update(data);
  else instances.set(parentElement, (editor = new Editor(parentElement, data)));
  editor.send = setStateValue;
  return () => {
    editor.destroy();
    instances.delete(parentElement);
  };
}
