// The piano roll: what player and editor share. It draws a score and says where it is pointed at.
//
// Times are in quarters, pitches are MIDI numbers, x and y are CSS pixels from the corner of the roll.
// `on("pointer", fn)` gets {type, area, x, y, quarter, pitch, note, event}: type "down", "move", "up", "cancel" (of
// a drag), "hover", "tap" (pressed and let go on one spot) or "leave"; area "grid" or "ruler". Where the roll is not
// editable, dragging the grid moves the view (see `setBoxing`), and only its taps are told. `on("key", fn)` gets (pitch, down) of the
// piano keys, `on("view", fn)` nothing: the view has moved.

import { NoteIndex } from "./roll_notes.js";
import { HUES, Palette } from "./roll_colours.js";
import { paintBase, paintOverlay } from "./roll_paint.js";
import { RollInput } from "./roll_input.js";

/** Hues of new notes by track, {light, dark}; given notes are darker, bluer and outlined. */
export const TRACK_COLOURS = HUES;

const RULER = 26;
const KEYS = 46;
const BAR = 8;
const NARROW = 640; // CSS pixels of a telephone's screen
const PX = { min: 1.5, max: 480, fit: 9, edit: 26 };
const ROW = { min: 3, max: 34, fit: 13, edit: 17 };
const EMPTY = { notes: [], bars: [[0, 1]], beats: [], end: 4, tracks: [] };

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

function layer(host, order) {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `position:absolute;inset:0;width:100%;height:100%;pointer-events:none;z-index:${order}`;
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  return canvas;
}

/** A piano roll that fills its host element, which must have a height. */
export class RollView {
  /** @param {HTMLElement} host @param {{keys?: boolean, editable?: boolean}} options */
  constructor(host, { keys = true, editable = false } = {}) {
    this.host = host;
    this.editable = editable;
    this.ruler = RULER;
    this.keysWidth = keys ? KEYS : 0;
    this.width = 0;
    this.ratio = 1;
    this.height = 0;
    this.left = 0;
    this.top = 72;
    this.px = 40;
    this.row = 12;
    this.end = 4;
    this.step = 0;
    this.low = 48;
    this.high = 72;
    this.fitted = true;
    this.cursor = null;
    this.range = null;
    this.shade = null;
    this.marks = {};
    this.lit = new Set();
    this.selected = new Set();
    this.boxing = false;
    this.held = new Set();
    this.pressed = new Set();
    this.listeners = { pointer: new Set(), key: new Set(), view: new Set() };
    this.score = EMPTY;
    this.index = new NoteIndex([]);
    host.style.position ||= "relative";
    host.style.overflow = "hidden";
    this.canvases = [layer(host, 0), layer(host, 1)];
    this.contexts = this.canvases.map((canvas) => canvas.getContext("2d"));
    this.palette = new Palette(host);
    this.frame = 0;
    this.dirty = 0;
    this.drawn = { base: 0, overlay: 0 };
    this.input = new RollInput(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(host);
    // Streamlit changes the theme by custom properties on the page's elements, which nothing announces.
    this.watch = setInterval(() => this.readTheme(), 1000);
    this.resize();
  }

  get gridWidth() {
    return Math.max(this.width - this.keysWidth, 1);
  }

  get gridHeight() {
    return Math.max(this.height - this.ruler, 1);
  }

  /** Show a score ({notes, bars, beats, end, tracks}); the view stays unless nothing has been moved by hand. */
  setScore(score) {
    this.score = { ...EMPTY, ...score };
    this.index = new NoteIndex(this.score.notes);
    this.end = Math.max(this.score.end, 0.25);
    this.setBounds();
    // While notes are being edited the view stays still under the hand; other bars are fitted in anew.
    if (this.fitted && (!this.editable || this.fittedEnd !== this.end)) this.fit();
    else this.moved();
  }

  setBounds() {
    const range = this.index.range() || { low: 60, high: 72 };
    const [low, high] = this.editable ? [21, 108] : [range.low - 2, range.high + 2];
    this.low = clamp(Math.min(low, range.low), 0, 127);
    this.high = clamp(Math.max(high, range.high), this.low + 6, 127);
  }

  /** Put the cursor at a quarter, or away with null; `follow` turns the page when it leaves the view. */
  setCursor(quarter, follow = false) {
    if (quarter === this.cursor) return;
    this.cursor = quarter;
    if (quarter !== null && follow && !this.input.busy) {
      const x = this.xOf(quarter);
      if (x < this.keysWidth - 1 || x > this.width - this.gridWidth * 0.06) {
        this.left = quarter - (this.gridWidth * 0.08) / this.px;
        this.moved();
      }
    }
    this.draw(2);
  }

  /** Light the notes with these ids and their keys. */
  setLit(ids) {
    if (ids.size === this.lit.size && [...ids].every((id) => this.lit.has(id))) return;
    this.lit = new Set(ids);
    this.refreshHeld();
  }

  refreshHeld() {
    const held = new Set(this.pressed);
    for (const id of this.lit) {
      const note = this.index.byId.get(id);
      if (note) held.add(note[2]);
    }
    const same = held.size === this.held.size && [...held].every((pitch) => this.held.has(pitch));
    this.held = held;
    this.draw(same || !this.keysWidth ? 2 : 3);
  }

  /** Mark the notes with these ids as chosen. */
  setSelected(ids) {
    this.selected = new Set(ids);
    this.draw(1);
  }

  /** Tint the stretch {from, to} in quarters; null for none. */
  setRange(range) {
    this.range = range && range.to > range.from ? { ...range } : null;
    this.draw(2);
  }

  /** Colour notes by a value of 0 to 1 (a Map of ids; others stay hollow) instead of loudness; null for loudness. */
  setShade(shade) {
    this.shade = shade;
    this.draw(1);
  }

  /** Let drags over the grid draw boxes (they are told) instead of moving the view; with shift they always do. */
  setBoxing(on) {
    this.boxing = on;
    this.host.style.touchAction = on || this.editable ? "none" : "pan-y";
  }

  /** Draw lines every `step` quarters besides the beats; 0 for none. */
  setStep(step) {
    this.step = step;
    this.draw(1);
  }

  /** Show a selection box {from, to, low, high}, a cell {quarter, pitch, length}, a note to come {ghost}. */
  setMarks(marks) {
    this.marks = { ...marks };
    this.draw(2);
  }

  /** Return {id, part} of the note at a place, "start" and "end" being its edges; null where there is none. */
  noteAt(x, y, slack = 0) {
    if (x < this.keysWidth || y < this.ruler) return null;
    const [quarter, pitch] = [this.quarterAt(x), this.pitchAt(y)];
    let found = null;
    let best = Infinity;
    this.index.within(quarter - slack / this.px - 1e-9, quarter + slack / this.px + 1e-9, (note) => {
      const away = Math.max(note[3] - quarter, quarter - note[3] - note[4], 0) * this.px;
      const rows = Math.max(Math.abs(note[2] - pitch) * this.row - (note[2] === pitch ? 0 : this.row / 2), 0);
      if (note[2] !== pitch && rows > slack) return;
      // Later notes lie on top.
      if (away + rows <= best) [found, best] = [note, away + rows];
    });
    if (!found) return null;
    const [from, to] = [this.xOf(found[3]), this.xOf(found[3] + found[4])];
    const edge = Math.min(Math.max((to - from) * 0.28, 2), 9 + slack / 2);
    return { id: found[0], part: x >= to - edge ? "end" : x < from + edge ? "start" : "body" };
  }

  quarterAt(x) {
    return this.left + (x - this.keysWidth) / this.px;
  }

  pitchAt(y) {
    return Math.ceil(this.top - (y - this.ruler) / this.row);
  }

  xOf(quarter) {
    return this.keysWidth + (quarter - this.left) * this.px;
  }

  /** Return the upper edge of a pitch's row. */
  yOf(pitch) {
    return this.ruler + (this.top - pitch) * this.row;
  }

  /** Return {low, high} of the rows in sight. */
  visiblePitches() {
    return {
      low: Math.max(this.pitchAt(this.height), 0),
      high: Math.min(Math.ceil(this.top), 127),
    };
  }

  /** Show the whole music where it is readable so, its beginning where it is not. */
  fit() {
    const touch = this.editable && window.innerWidth <= NARROW;
    const floor = touch ? this.gridWidth / Math.min(this.secondBar(), this.end) : this.editable ? PX.edit : PX.fit;
    this.px = clamp(this.gridWidth / this.end, Math.min(floor, 160), this.editable ? 160 : PX.max);
    this.left = 0;
    this.fittedEnd = this.end;
    const range = this.index.range() || { low: 60, high: 72 };
    const spare = this.editable ? 5 : 2;
    const rows = Math.max(range.high - range.low + 1 + 2 * spare, this.editable ? 24 : 12);
    this.row = clamp(this.gridHeight / rows, this.editable ? ROW.fit - 2 : 4, this.editable ? ROW.edit : 18);
    this.top = (range.high + range.low + 1 + this.gridHeight / this.row) / 2 - 0.5;
    this.fitted = true;
    this.moved();
  }

  /** Return where the second whole bar ends, in quarters: as much as a telephone shows for drawing. */
  secondBar() {
    const whole = this.score.bars.filter(([, number]) => number > 0);
    return whole[2]?.[0] || this.end;
  }

  /** Zoom by fx in time and fy in pitch; what is at (x, y) stays there. */
  zoom(fx, fy, x = this.keysWidth + this.gridWidth / 2, y = this.ruler + this.gridHeight / 2) {
    const quarter = this.quarterAt(x);
    const pitch = this.top - (y - this.ruler) / this.row;
    this.px = clamp(this.px * fx, PX.min, PX.max);
    this.row = clamp(this.row * fy, ROW.min, ROW.max);
    this.left = quarter - (x - this.keysWidth) / this.px;
    this.top = pitch + (y - this.ruler) / this.row;
    this.fitted = false;
    this.moved();
  }

  /** Move the view by pixels; returns whether it could. */
  pan(dx, dy) {
    const [left, top] = [this.left, this.top];
    this.left += dx / this.px;
    this.top -= dy / this.row;
    this.limit();
    const could = Math.abs(this.left - left) * this.px > 0.5 || Math.abs(this.top - top) * this.row > 0.5;
    if (could) this.fitted = false;
    if (this.left !== left || this.top !== top) this.moved();
    return could;
  }

  /** Bring a quarter (at the left) and a pitch (in the middle) into view; undefined or null leaves one alone. */
  scrollTo(quarter, pitch) {
    if (Number.isFinite(quarter)) this.left = quarter;
    if (Number.isFinite(pitch)) this.top = pitch + this.gridHeight / this.row / 2;
    this.fitted = false;
    this.moved();
  }

  /** Move the view as little as is needed to see a place. */
  reveal(quarter, pitch) {
    const margin = 24;
    const x = this.xOf(quarter);
    const y = this.yOf(pitch);
    const dx = x < this.keysWidth + margin ? x - this.keysWidth - margin : Math.max(x - this.width + margin * 2, 0);
    const dy = y < this.ruler + margin ? y - this.ruler - margin : Math.max(y - this.height + margin * 2, 0);
    if (dx || dy) this.pan(dx, dy);
  }

  limit() {
    const spare = this.editable ? 1 : 0;
    this.left = clamp(this.left, 0, this.end + spare - this.gridWidth / this.px);
    const seen = this.gridHeight / this.row;
    const all = this.high - this.low + 1;
    this.top = seen >= all ? this.high + (seen - all) / 2 : clamp(this.top, this.low - 1 + seen, this.high);
  }

  moved() {
    this.limit();
    this.draw(3);
    this.tell("view");
  }

  /** Return the bars that show where the view is: {x, y, width, height, axis}; none where all is seen. */
  scrollBars() {
    const found = [];
    const seen = this.gridWidth / this.px / this.end;
    if (seen < 0.995) {
      const width = Math.max(this.gridWidth * seen, 30);
      const share = this.left / Math.max(this.end - this.gridWidth / this.px, 1e-6);
      const x = this.keysWidth + clamp(share, 0, 1) * (this.gridWidth - width);
      found.push({ x, y: this.height - BAR, width, height: BAR - 2, axis: "x" });
    }
    const all = this.high - this.low + 1;
    const rows = this.gridHeight / this.row;
    if (rows < all - 0.01) {
      const height = Math.max((this.gridHeight * rows) / all, 30);
      const share = (this.high - this.top) / (all - rows);
      const y = this.ruler + clamp(share, 0, 1) * (this.gridHeight - height);
      found.push({ x: this.width - BAR, y, width: BAR - 2, height, axis: "y" });
    }
    return found;
  }

  /** Listen to "pointer", "key" or "view"; returns a function that ends it. */
  on(event, fn) {
    this.listeners[event].add(fn);
    return () => this.listeners[event].delete(fn);
  }

  tell(event, ...values) {
    for (const fn of [...this.listeners[event]]) fn(...values);
  }

  /** Press or let go a piano key as if by hand. */
  pressKey(pitch, down) {
    if (this.pressed.has(pitch) === down) return;
    if (down) this.pressed.add(pitch);
    else this.pressed.delete(pitch);
    this.refreshHeld();
    this.tell("key", pitch, down);
  }

  readTheme() {
    const palette = new Palette(this.host);
    if (palette.name === this.palette.name) return;
    this.palette = palette;
    this.draw(3);
  }

  /** Take on the size of the host; called by itself when that changes. */
  resize() {
    const { clientWidth, clientHeight } = this.host;
    const ratio = window.devicePixelRatio || 1;
    if (!clientWidth || !clientHeight) return;
    if (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio) return;
    Object.assign(this, { width: clientWidth, height: clientHeight, ratio });
    for (const canvas of this.canvases) {
      canvas.width = Math.round(clientWidth * ratio);
      canvas.height = Math.round(clientHeight * ratio);
    }
    this.palette = new Palette(this.host);
    if (this.fitted) this.fit();
    else this.moved();
    this.paint();
  }

  /** Draw at the next frame: 1 the notes, 2 what moves over them, 3 both. */
  draw(which) {
    this.dirty |= which;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.width) return;
    const dirty = this.dirty;
    this.dirty = 0;
    [paintBase, paintOverlay].forEach((paint, i) => {
      if (!(dirty & (i + 1))) return;
      const context = this.contexts[i];
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      paint(context, this);
      this.drawn[i ? "overlay" : "base"] += 1;
    });
  }

  /** Let go of everything. */
  destroy() {
    cancelAnimationFrame(this.frame);
    clearInterval(this.watch);
    this.observer.disconnect();
    this.input.destroy();
    this.canvases.forEach((canvas) => canvas.remove());
  }
}
