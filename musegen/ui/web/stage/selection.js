// What is selected in the stage: whole bars, which repeat, or single notes, never both.

import { NoteChooser } from "./stage_notes.js";

/** The selection, and the hands that make it in sheet and roll. */
export class Selection {
  /**
   * @param {import("./playback.js").Playback} playback
   * @param {import("./views.js").Views} views
   * @param {object} calls
   * @param {(range: {from: number, to: number}|null) => void} calls.shown bars are selected, perhaps still being dragged
   * @param {(selection: object|null) => void} calls.tell Python is to know it
   * @param {(id: string) => void} calls.ask a note was clicked on where it is asked why; without it it plays from there
   * @param {() => boolean} calls.asking whether it is asked why
   */
  constructor(playback, views, calls) {
    this.playback = playback;
    this.views = views;
    this.calls = calls;
    /** @type {{from: number, to: number}|null} */
    this.range = null;
    this.picking = false;
    this.dragged = null;
    this.chooser = new NoteChooser(views.roll, (ids) => this.notesChosen(ids));
  }

  get index() {
    return this.playback.index;
  }

  /** Another score is shown. Bars stay selected from take to take, as long as they are bars of the new one too. */
  scoreChanged() {
    this.chooser.setNotes(this.index.score.notes);
    this.views.sheet.setChosen(new Set());
    if (this.range && !this.index.isBars(this.range)) this.range = null;
  }

  /** Take over what Python remembers to be selected, when the stage comes back to the page. */
  adopt(selection) {
    if (selection?.notes && selection.key === this.index.score.key) this.setChosen(selection.notes);
    const { from, to } = selection || {};
    if (Number.isFinite(from) && this.index.isBars({ from, to })) this.range = { from, to };
  }

  pointAt(quarter, extend) {
    if (quarter === null) return;
    if (!extend) {
      this.playback.seek(quarter);
      this.calls.shown(this.range);
      return;
    }
    const { range } = this;
    const from = range ? (quarter < range.from ? range.to - 0.01 : range.from) : this.playback.position;
    this.select(this.index.bars(from, quarter), true);
  }

  /** A note was clicked on: it is chosen, asked about, or played from. */
  notePointed(id, event) {
    if (this.picking || event.ctrlKey || event.metaKey) this.chooser.toggle(id);
    else if (this.calls.asking()) this.calls.ask(id);
    else this.playback.playFrom(this.index.byId.get(id)?.[3]);
  }

  rollPointed(told) {
    if (!this.index) return;
    const { type, area, quarter, note, event } = told;
    const at = Math.min(Math.max(quarter, 0), this.index.score.end - 0.01);
    if (this.chooser.dragged(told)) return;
    if (type === "tap" && note && !event.shiftKey) this.notePointed(note.id, event);
    else if (type === "tap" && this.picking && area === "grid") this.chooser.clear();
    else if (type === "tap") this.pointAt(event.shiftKey ? at : Math.max(quarter, 0), event.shiftKey);
    else if (area === "ruler") this.rulerDragged(type, at, event.clientX);
  }

  rulerDragged(type, at, x) {
    if (type === "down") this.dragged = { from: at, moved: false, x };
    if (!this.dragged || !["move", "up"].includes(type)) return;
    this.dragged.moved ||= Math.abs(x - this.dragged.x) > 6;
    if (this.dragged.moved) this.select(this.index.bars(this.dragged.from, at), type === "up");
    if (type === "up") this.dragged = null;
  }

  /** Select bars by their printed numbers {from, to}, or none. */
  selectBars(bars) {
    this.select(bars && this.index.bars(this.index.ofNumber(bars.from), this.index.ofNumber(bars.to)), true);
  }

  /** Select the whole piece, or nothing where something is. */
  toggleAll() {
    if (this.range) this.select(null, true);
    else if (this.index) this.select({ from: 0, to: this.index.score.end }, true);
  }

  /** Select a stretch {from, to} in quarters, or nothing; while it is still being dragged it is only shown. */
  select(range, done) {
    this.range = range;
    if (range) this.setChosen([]);
    this.calls.shown(range);
    if (!done) return;
    this.playback.repeat(range);
    const { position } = this.playback;
    if (range && (position < range.from || position >= range.to)) this.playback.seek(range.from);
    this.calls.tell(range && { from: range.from, to: range.to });
  }

  setChosen(ids) {
    this.chooser.set(ids);
    this.views.sheet.setChosen(this.chooser.ids);
  }

  notesChosen(ids) {
    this.views.sheet.setChosen(ids);
    if (ids.size && this.range) {
      this.range = null;
      this.playback.repeat(null);
    }
    this.calls.tell(ids.size ? { notes: [...ids], key: this.index.score.key } : null);
    this.calls.shown(this.range);
  }

  /** While notes are picked, a click chooses and a drag over the roll draws a box. */
  pick(on) {
    this.picking = on;
    this.views.setPicking(on);
  }
}
