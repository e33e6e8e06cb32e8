// Notes chosen in the stage: by clicks and by a box drawn over the roll.

/** The notes that are chosen; `tell(ids)` is called when a hand has changed them. */
export class NoteChooser {
  constructor(roll, tell) {
    this.roll = roll;
    this.tell = tell;
    this.ids = new Set();
    this.notes = [];
    this.box = null;
  }

  /** Take over the notes of another score; nothing of it is chosen. */
  setNotes(notes) {
    this.notes = notes;
    this.set([]);
  }

  /** Choose the notes with these ids instead of those before; nobody is told. */
  set(ids) {
    this.ids = new Set(ids);
    this.roll.setSelected(this.ids);
  }

  /** Choose a note too, or no more. */
  toggle(id) {
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    this.set(ids);
    this.tell(this.ids);
  }

  clear() {
    if (!this.ids.size) return;
    this.set([]);
    this.tell(this.ids);
  }

  /** Follow a drag over the grid ("pointer" of the roll); returns whether it was one. */
  dragged({ type, area, quarter, pitch, x, y, event }) {
    if (type === "down" && area === "grid") {
      this.box = { from: quarter, low: pitch, x, y, moved: false, more: event.ctrlKey || event.metaKey };
      this.before = new Set(this.ids);
      return true;
    }
    if (!this.box || !["move", "up", "cancel"].includes(type)) return false;
    this.box.moved ||= Math.hypot(x - this.box.x, y - this.box.y) > 6;
    const box = { from: this.box.from, to: quarter, low: this.box.low, high: pitch };
    const { moved, more } = this.box;
    if (type === "move") {
      if (!moved) return true;
      this.roll.setMarks({ box });
      this.set([...(more ? this.before : []), ...this.within(box)]);
      return true;
    }
    this.box = null;
    this.roll.setMarks({});
    if (type === "cancel") this.set(this.before);
    else if (moved) this.tell(this.ids);
    return true;
  }

  within({ from, to, low, high }) {
    const [start, end] = [Math.min(from, to), Math.max(from, to)];
    const [bottom, top] = [Math.min(low, high), Math.max(low, high)];
    return this.notes
      .filter(([, , pitch, onset, duration]) => pitch >= bottom && pitch <= top && onset < end && onset + duration > start)
      .map((note) => note[0]);
  }
}
