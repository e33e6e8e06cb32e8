// What the editor knows, without a page: notes, tracks, selection, clipboard, undo. Every edit is one step to undo.
//
// A note is {id, track, pitch (MIDI), onset, duration (quarters), velocity (1 to 127)}. Notes and states are never
// changed in place, so that a state of the past is simply kept. Edits return {ok, text, ids}: what was done, or a
// sentence why not.

import { languageCode, worded } from "../page/words.js";
import { Grid, tick } from "./editor_grid.js";

/** The most notes and tracks that the editor takes. */
export const MAX_NOTES = 4000;
export const MAX_TRACKS = 8;
const MAX_STEPS = 400;
const [LOWEST, HIGHEST] = [21, 108];
const SHORTEST = 1 / 32;

const end = (note) => tick(note.onset + note.duration);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const done = (text, ids = []) => ({ ok: true, text, ids });
const refused = (text) => ({ ok: false, text, ids: [] });

function cut(old, fresh) {
  if (end(old) <= fresh.onset || old.onset >= end(fresh)) return [old];
  if (old.onset < fresh.onset) return [{ ...old, duration: tick(fresh.onset - old.onset) }];
  if (end(old) > end(fresh)) return [{ ...old, onset: end(fresh), duration: tick(end(old) - end(fresh)) }];
  return [];
}

/** Return the notes with those in the way of the fresh ones (a Set of ids) cut or gone. */
export function settle(notes, fresh) {
  const name = (note) => note.track * 128 + note.pitch;
  const rows = new Map();
  for (const note of notes) if (fresh.has(note.id)) rows.set(name(note), []);
  const rest = [];
  for (const note of notes) {
    const row = rows.get(name(note));
    if (!row) rest.push(note);
    else if (!fresh.has(note.id)) row.push(note);
  }
  for (const note of notes) {
    if (!fresh.has(note.id)) continue;
    const row = rows.get(name(note)).flatMap((old) => cut(old, note));
    rows.set(name(note), [...row, note]);
  }
  return [...rest, ...[...rows.values()].flat()];
}

/** Return notes of a clipboard that may come from anywhere: whatever is no note is left out. */
export function readClip(raw) {
  const notes = Array.isArray(raw?.notes) ? raw.notes : [];
  const within = (value, low, high) => Number.isFinite(value) && value >= low && value <= high;
  return notes
    .filter((n) => n && within(n.onset, 0, 8000) && within(n.duration, 1e-4, 8000) && within(n.pitch, 0, 127))
    .map((n) => ({
      onset: tick(n.onset),
      duration: Math.max(tick(n.duration), SHORTEST),
      pitch: Math.round(n.pitch),
      velocity: clamp(Math.round(n.velocity) || 80, 1, 127),
      track: within(n.track, 0, MAX_TRACKS - 1) ? Math.round(n.track) : 0,
    }));
}

/** Notes under edit. */
export class EditorModel {
  /**
   * @param {{tracks: ScoreTrack[], notes: EditorNote[], bars: number}} doc
   * @param {{bars: any, beats: any, limit: any}} grid
   */
  constructor(doc, grid) {
    this.grid = new Grid(grid);
    this.state = { tracks: doc.tracks, notes: doc.notes, bars: doc.bars };
    this.past = [];
    this.future = [];
    this.selection = new Set();
    this.clipboard = null;
    this.snap = 1 / 4;
    this.track = 0;
    this.lastLength = 1 / 4;
    this.lastVelocity = 80;
    this.version = 0;
    this.counter = 0;
  }

  get notes() {
    return this.state.notes;
  }

  get tracks() {
    return this.state.tracks;
  }

  /** End of the bars that are shown, in quarters. */
  get end() {
    return this.grid.endOf(this.state.bars);
  }

  /** Snap to a grid of `step` quarters, 0 for none; what is drawn next is as long as a step. */
  setSnap(step) {
    this.snap = step;
    if (step) this.lastLength = step;
  }

  get step() {
    return this.snap || SHORTEST;
  }

  /** The notes chosen, or those of the ids given. */
  chosen(ids = this.selection) {
    return this.notes.filter((note) => ids.has(note.id));
  }

  find(id) {
    return this.notes.find((note) => note.id === id);
  }

  /** Return the topmost note that sounds at a quarter on a pitch, the current track's first. */
  at(quarter, pitch) {
    const here = this.notes.filter((n) => n.pitch === pitch && n.onset <= quarter + 1e-6 && end(n) > quarter + 1e-6);
    return here.find((note) => note.track === this.track) || here[here.length - 1];
  }

  newIds(count) {
    const taken = new Set(this.notes.map((note) => note.id));
    return Array.from({ length: count }, () => {
      do this.counter += 1;
      while (taken.has(`e${this.counter}`));
      return `e${this.counter}`;
    });
  }

  commit(change) {
    this.past.push(this.state);
    if (this.past.length > MAX_STEPS) this.past.shift();
    this.future = [];
    this.put({ ...this.state, ...change });
  }

  put(state) {
    this.state = state;
    this.version += 1;
    const ids = new Set(state.notes.map((note) => note.id));
    this.selection = new Set([...this.selection].filter((id) => ids.has(id)));
    this.track = clamp(this.track, 0, state.tracks.length - 1);
  }

  /** Take on other notes as one step that can be undone. */
  replace(doc) {
    this.commit({ tracks: doc.tracks, notes: doc.notes, bars: doc.bars });
    this.selection = new Set();
  }

  /** Take on other bars and beats; notes stay where they are. */
  setGrid(grid) {
    this.grid = new Grid(grid);
    const count = clamp(this.state.bars, 1, this.grid.count);
    const needed = this.grid.countFor(Math.max(...this.notes.map(end), 0));
    this.state = { ...this.state, bars: Math.max(count, needed) };
  }

  /** Go back one edit. */
  undo() {
    return this.travel(this.past, this.future, worded("Undone."), worded("There is nothing to undo."));
  }

  /** Go forward again. */
  redo() {
    return this.travel(this.future, this.past, worded("Done again."), worded("There is nothing to do again."));
  }

  travel(from, to, text, none) {
    if (!from.length) return refused(none);
    to.push(this.state);
    this.put(from.pop());
    return done(text);
  }

  select(ids, more = false) {
    this.selection = new Set(more ? [...this.selection, ...ids] : ids);
    return done(this.selection.size ? worded("{count:# note|# notes} chosen.", { count: this.selection.size }) : worded("No note is chosen."));
  }

  toggle(id) {
    if (!this.selection.delete(id)) this.selection.add(id);
  }

  selectAll() {
    return this.select(this.notes.map((note) => note.id));
  }

  /** Return the ids of the notes that a box {from, to, low, high} touches. */
  inBox({ from, to, low, high }) {
    const [a, b] = [Math.min(from, to), Math.max(from, to)];
    const [c, d] = [Math.min(low, high), Math.max(low, high)];
    return this.notes.filter((n) => n.pitch >= c && n.pitch <= d && n.onset < b && end(n) > a).map((n) => n.id);
  }

  /** Draw a note; duration defaults to the last one drawn. */
  add({ onset, pitch, duration = this.lastLength, velocity = this.lastVelocity, track = this.track }) {
    if (this.notes.length >= MAX_NOTES) return refused(tooMany(this.notes.length + 1));
    if (onset < 0 || onset >= this.grid.limit - SHORTEST) return refused(this.beyond());
    const [id] = this.newIds(1);
    const length = tick(Math.min(Math.max(duration, SHORTEST), this.grid.limit - onset));
    const note = { id, track, pitch: clamp(pitch, 0, 127), onset: tick(onset), duration: length, velocity };
    const bars = Math.max(this.state.bars, this.grid.countFor(end(note)));
    this.commit({ notes: settle([...this.notes, note], new Set([id])), bars });
    return done("", [id]);
  }

  beyond() {
    return worded("The music ends with bar {bar} here; nothing was drawn beyond it.", { bar: this.grid.bars[this.grid.bars.length - 1][1] });
  }

  /** Return the notes moved by quarters and semitones, all of them as far as all can go; nothing is kept yet. */
  moved(ids, quarters, semitones) {
    const notes = this.chosen(ids);
    if (!notes.length) return [];
    const low = Math.min(...notes.map((n) => n.pitch));
    const high = Math.max(...notes.map((n) => n.pitch));
    const first = Math.min(...notes.map((n) => n.onset));
    const last = Math.max(...notes.map(end));
    const up = clamp(semitones, Math.min(LOWEST - low, 0), Math.max(HIGHEST - high, 0));
    const on = clamp(quarters, -first, Math.max(this.grid.limit - last, 0));
    return notes.map((n) => ({ ...n, pitch: n.pitch + up, onset: tick(n.onset + on) }));
  }

  /** Return the notes with their starts or ends moved by quarters; nothing is kept yet. */
  resized(ids, edge, quarters) {
    return this.chosen(ids).map((n) => {
      const shortest = Math.min(this.step, n.duration);
      if (edge === "start") {
        const onset = tick(clamp(n.onset + quarters, 0, end(n) - shortest));
        return { ...n, onset, duration: tick(end(n) - onset) };
      }
      return { ...n, duration: tick(clamp(n.duration + quarters, shortest, this.grid.limit - n.onset)) };
    });
  }

  /** Keep changed notes (same ids) as one edit. */
  change(changed, text = "") {
    const byId = new Map(changed.map((note) => [note.id, note]));
    const fields = ["onset", "duration", "pitch", "velocity", "track"];
    const differs = (old) => fields.some((field) => old[field] !== byId.get(old.id)[field]);
    if (!this.notes.some((old) => byId.has(old.id) && differs(old))) return refused("");
    // The latest touched lie last: where two come on one spot they cut those that were there.
    const notes = [...this.notes.filter((n) => !byId.has(n.id)), ...changed];
    const bars = Math.max(this.state.bars, this.grid.countFor(Math.max(...changed.map(end))));
    this.commit({ notes: settle(notes, new Set(byId.keys())), bars });
    return done(text, [...byId.keys()]);
  }

  move(ids, quarters, semitones) {
    return this.change(this.moved(ids, quarters, semitones));
  }

  resize(ids, edge, quarters) {
    return this.change(this.resized(ids, edge, quarters));
  }

  /** Set the loudness by a function of each note. */
  setVelocity(ids, of) {
    const changed = this.chosen(ids).map((n) => ({ ...n, velocity: clamp(Math.round(of(n)), 1, 127) }));
    if (changed.length === 1) this.lastVelocity = changed[0].velocity;
    return this.change(changed, changed.length ? worded("Loudness {value} of 127.", { value: changed[0].velocity }) : "");
  }

  remove(ids) {
    const gone = this.chosen(ids).length;
    if (!gone) return refused(worded("No note is chosen."));
    this.commit({ notes: this.notes.filter((note) => !ids.has(note.id)) });
    return done(worded("{count:# note|# notes} deleted.", { count: gone }));
  }

  copy() {
    const notes = this.chosen();
    if (!notes.length) return refused(worded("No note is chosen, so nothing was copied."));
    const first = Math.min(...notes.map((n) => n.onset));
    this.clipboard = { notes: notes.map(({ id: _id, ...n }) => ({ ...n, onset: tick(n.onset - first) })) };
    return done(worded("{count:# note|# notes} copied.", { count: notes.length }));
  }

  cut() {
    const copied = this.copy();
    if (!copied.ok) return copied;
    const count = this.chosen(this.selection).length;
    this.remove(this.selection);
    return done(worded("{count:# note|# notes} cut.", { count }));
  }

  /** Put the clipboard (or other notes) in at a quarter; they become the selection. */
  paste(quarter, clip = this.clipboard) {
    const notes = readClip(clip);
    if (!notes.length) return refused(worded("There is nothing to paste; copy some notes first."));
    if (this.notes.length + notes.length > MAX_NOTES) return refused(tooMany(this.notes.length + notes.length));
    const inside = notes.filter((n) => n.onset + quarter < this.grid.limit - 1e-6);
    if (!inside.length) return refused(this.beyond());
    const ids = this.newIds(inside.length);
    const fresh = inside.map((n, i) => {
      const onset = tick(n.onset + quarter);
      const duration = tick(Math.min(n.duration, this.grid.limit - onset));
      return { id: ids[i], ...n, onset, duration, track: n.track < this.tracks.length ? n.track : this.track };
    });
    const bars = Math.max(this.state.bars, this.grid.countFor(Math.max(...fresh.map(end))));
    this.commit({ notes: settle([...this.notes, ...fresh], new Set(ids)), bars });
    this.select(ids);
    const left = notes.length - inside.length;
    const beyond = left ? worded(" {count:# note|# notes} beyond the last bar {count:was|were} left out.", { count: left }) : "";
    return done(worded("{count:# note|# notes} pasted.{beyond}", { count: fresh.length, beyond }), ids);
  }

  /** Put the chosen notes in once more, right after themselves. */
  duplicate() {
    const notes = this.chosen();
    if (!notes.length) return refused(worded("No note is chosen, so nothing was doubled."));
    const first = Math.min(...notes.map((n) => n.onset));
    const clip = { notes: notes.map(({ id: _id, ...n }) => ({ ...n, onset: tick(n.onset - first) })) };
    return this.paste(this.grid.snap(Math.max(...notes.map(end)), this.snap, "ceil"), clip);
  }

  /** Show `count` bars; notes beyond them go. */
  setBars(count) {
    const bars = clamp(Math.round(count), 1, this.grid.count);
    if (bars === this.state.bars) return refused("");
    const stop = this.grid.endOf(bars);
    const kept = this.notes.filter((n) => n.onset < stop - 1e-6);
    const notes = kept.map((n) => (end(n) > stop ? { ...n, duration: tick(stop - n.onset) } : n));
    const left = this.notes.length - kept.length;
    this.commit({ notes, bars });
    const gone = left ? worded(" {count:# note|# notes} beyond {count:is|are} gone; undo brings them back.", { count: left }) : "";
    return done(worded("{bars:# bar|# bars}.{gone}", { bars, gone }));
  }

  addTrack(track = { name: "", program: this.tracks[this.track]?.program ?? 0, drum: false }) {
    if (this.tracks.length >= MAX_TRACKS) return refused(worded("There are {most} tracks, the most there can be.", { most: MAX_TRACKS }));
    this.commit({ tracks: [...this.tracks, track] });
    this.track = this.tracks.length - 1;
    return done(worded("Track {number} added.", { number: this.tracks.length }));
  }

  /** Change name or program of a track. */
  setTrack(index, change) {
    const tracks = this.tracks.map((track, i) => (i === index ? { ...track, ...change } : track));
    if (JSON.stringify(tracks) === JSON.stringify(this.tracks)) return refused("");
    this.commit({ tracks });
    return done("");
  }

  /** Take a track away with its notes; the last one stays. */
  removeTrack(index) {
    if (this.tracks.length < 2) return refused(worded("One track has to stay; delete its notes instead."));
    const notes = this.notes
      .filter((n) => n.track !== index)
      .map((n) => (n.track > index ? { ...n, track: n.track - 1 } : n));
    this.commit({ tracks: this.tracks.filter((_, i) => i !== index), notes });
    return done(worded("Track {number} is gone; undo brings it back.", { number: index + 1 }));
  }

  /** Put the chosen notes on another track. */
  assign(ids, track) {
    return this.change(this.chosen(ids).map((n) => ({ ...n, track })));
  }

  /** Return what is drawn as plain data. */
  doc() {
    return { tracks: this.tracks, notes: this.notes, bars: this.state.bars };
  }
}

function tooMany(count) {
  const format = (n) => n.toLocaleString(languageCode);
  return worded("That would be {count} notes, and at most {most} fit here; nothing was changed.", { count: format(count), most: format(MAX_NOTES) });
}
