// The sound of the editor: keys and notes as they are placed, and playing what is drawn.

import { sound } from "../sound/sound.js";
import { transport } from "../sound/transport.js";

const BRIEF_MS = 260;

/** Sound of one editor; `editor` has model, view, data and what is shown of playing. */
export class Player {
  constructor(editor, owner) {
    this.editor = editor;
    this.owner = owner;
    this.held = null;
    this.keys = new Map();
    this.frame = 0;
    this.warmed = "";
    this.transport = transport();
    this.ends = [
      this.transport.on("state", () => this.changed()),
      this.transport.on("error", (error) => this.mine && editor.complain(String(error))),
      editor.view.on("key", (pitch, down) => this.key(pitch, down)),
    ];
  }

  get mine() {
    return this.transport.owner === this.owner;
  }

  get playing() {
    return this.mine && this.transport.playing;
  }

  /** Fetch the sounds of the tracks before they are needed. */
  warm() {
    const { model, view } = this.editor;
    const { low, high } = view.visiblePitches();
    const pitches = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const wanted = model.tracks.map(({ program, drum }) => ({ program, drum, pitches }));
    if (this.warmed === JSON.stringify(wanted)) return;
    this.warmed = JSON.stringify(wanted);
    sound()
      .load(wanted)
      .catch(() => {
        this.warmed = "";
      });
  }

  press({ track, pitch, velocity = 80 }) {
    const { program = 0, drum = false } = this.editor.model.tracks[track] || {};
    return sound().press(program, drum, pitch, velocity);
  }

  /** Let a note sound until `off`. */
  on(note) {
    this.off();
    if (this.playing) return;
    this.held = { handle: this.press(note), at: performance.now() };
    this.editor.sounded = performance.now();
  }

  off() {
    const { held } = this;
    this.held = null;
    if (!held) return;
    // A click is short; a note is heard nevertheless.
    const rest = Math.max(BRIEF_MS - (performance.now() - held.at), 0);
    setTimeout(() => sound().release(held.handle), rest);
  }

  key(pitch, down) {
    if (down) this.keys.set(pitch, this.press({ track: this.editor.model.track, pitch }));
    else {
      sound().release(this.keys.get(pitch));
      this.keys.delete(pitch);
    }
  }

  /** The score of what is drawn now. */
  score() {
    const { model, data } = this.editor;
    const end = model.end;
    const before = (pair) => pair[0] < end - 1e-6;
    const notes = model.notes.filter((n) => n.onset < end - 1e-6);
    return {
      key: `${this.owner}-${model.version}-${data.tempos.join()}-${end}`,
      title: data.title, end, tempos: data.tempos, wav: null,
      bars: data.grid.bars.filter(before), beats: data.grid.beats.filter(before), tracks: model.tracks,
      notes: notes.map((n) => [n.id, n.track, n.pitch, n.onset, n.duration, n.velocity, 0]),
    };
  }

  toggle(quarter) {
    if (this.playing) return this.transport.pause();
    this.transport.load(this.score(), { owner: this.owner });
    this.transport.play(quarter);
  }

  seek(quarter) {
    if (this.playing) this.transport.seek(quarter);
  }

  /** What is drawn has changed: what plays follows. */
  follow() {
    if (this.playing) this.transport.load(this.score(), { owner: this.owner, keep: true });
  }

  changed() {
    const { editor } = this;
    editor.bar.playing(this.playing);
    cancelAnimationFrame(this.frame);
    if (!this.playing) {
      editor.view.setLit(new Set());
      editor.view.setCursor(editor.start);
      return;
    }
    const step = () => {
      if (!this.playing) return;
      const now = this.transport.position;
      const lit = new Set();
      editor.view.index.within(now, now + 1e-6, (note) => lit.add(note[0]));
      editor.view.setLit(lit);
      editor.view.setCursor(now, true);
      this.frame = requestAnimationFrame(step);
    };
    step();
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.off();
    for (const pitch of [...this.keys.keys()]) this.key(pitch, false);
    if (this.playing) this.transport.pause();
    this.ends.forEach((end) => end());
  }
}
