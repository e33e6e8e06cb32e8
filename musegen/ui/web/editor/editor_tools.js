// What the pointer does on the roll of the editor: draw, move, resize, erase, choose with a box.

const DOUBLE_MS = 380;

/** Pointer gestures of an editor; `tool` is "draw", "select" or "erase". */
export class Tools {
  constructor(editor) {
    this.editor = editor;
    this.tool = "draw";
    this.gesture = null;
    this.lastTap = null;
    this.off = editor.view.on("pointer", (pointer) => this[pointer.type]?.(pointer));
  }

  get model() {
    return this.editor.model;
  }

  down(pointer) {
    const { editor, model } = this;
    const { area, note, event } = pointer;
    editor.focusGrid();
    editor.setMarks({ ghost: null });
    if (area === "ruler") {
      this.gesture = { kind: "seek" };
      return this.move(pointer);
    }
    const erases = this.tool === "erase" || event.button === 2;
    if (erases) {
      this.gesture = { kind: "erase", ids: new Set() };
      return this.move(pointer);
    }
    const double = note && this.lastTap?.id === note.id && event.timeStamp - this.lastTap.at < DOUBLE_MS;
    this.lastTap = null;
    if (double) return editor.perform(model.remove(new Set([note.id])));
    if (note) return this.grab(pointer);
    if (this.tool === "select" || event.shiftKey) {
      const kept = event.shiftKey ? [...model.selection] : [];
      this.gesture = { kind: "box", from: pointer.quarter, low: pointer.pitch, kept };
      return this.move(pointer);
    }
    this.begin(pointer);
  }

  /** Take hold of a note, and of all that are chosen with it. */
  grab({ note, event, quarter, pitch }) {
    const { editor, model } = this;
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      model.toggle(note.id);
      return editor.refresh();
    }
    if (!model.selection.has(note.id)) model.select([note.id]);
    const anchor = model.find(note.id);
    model.track = anchor.track;
    const kind = note.part === "body" || event.altKey ? "move" : "resize";
    this.gesture = { kind, anchor, edge: note.part, quarter, pitch, was: event, dp: 0, changed: null };
    editor.soundOn(anchor);
    editor.refresh();
  }

  begin({ quarter, pitch }) {
    const { editor, model } = this;
    if (quarter >= model.grid.limit) return editor.perform({ ok: false, text: model.beyond() });
    model.selection = new Set();
    const onset = model.grid.snap(quarter, model.snap, "floor");
    const duration = Math.min(model.lastLength, model.grid.limit - onset);
    const ghost = { track: model.track, pitch, onset, duration, velocity: model.lastVelocity };
    this.gesture = { kind: "draw", ghost, quarter };
    editor.soundOn(ghost);
    editor.refresh();
    editor.setMarks({ ghost });
  }

  move(pointer) {
    const { gesture, editor, model } = this;
    if (!gesture) return;
    const { quarter, pitch, note, event } = pointer;
    const snap = event.altKey ? 0 : model.snap;
    if (gesture.kind === "seek") editor.seek(model.grid.snap(Math.min(quarter, model.end), snap));
    if (gesture.kind === "erase" && note && !gesture.ids.has(note.id)) {
      gesture.ids.add(note.id);
      editor.preview(model.notes.filter((n) => !gesture.ids.has(n.id)));
    }
    if (gesture.kind === "box") {
      const box = { from: gesture.from, to: quarter, low: gesture.low, high: pitch };
      model.select([...gesture.kept, ...model.inBox(box)]);
      editor.refresh();
      editor.setMarks({ box });
    }
    if (gesture.kind === "draw") this.stretch(pointer, snap);
    if (gesture.kind === "move" || gesture.kind === "resize") this.carry(pointer, snap);
  }

  stretch({ quarter, pitch }, snap) {
    const { gesture, editor, model } = this;
    const ghost = { ...gesture.ghost };
    const dragged = Math.abs(quarter - gesture.quarter) * editor.view.px > 8;
    if (dragged || gesture.dragged) {
      gesture.dragged = true;
      const end = Math.max(model.grid.snap(quarter, snap, "ceil"), ghost.onset + (snap || 1 / 32));
      ghost.duration = Math.min(end, model.grid.limit) - ghost.onset;
    }
    if (pitch !== ghost.pitch) editor.soundOn({ ...ghost, pitch });
    ghost.pitch = pitch;
    gesture.ghost = ghost;
    editor.setMarks({ ghost });
  }

  carry({ quarter, pitch, event }, snap) {
    const { gesture, editor, model } = this;
    const { anchor, kind, edge } = gesture;
    const near = Math.hypot(event.clientX - gesture.was.clientX, event.clientY - gesture.was.clientY) < 4;
    if (near && !gesture.changed) return;
    const by = quarter - gesture.quarter;
    const at = kind === "move" || edge === "start" ? anchor.onset : anchor.onset + anchor.duration;
    const quarters = model.grid.snap(Math.max(at + by, 0), snap) - at;
    const ids = model.selection;
    const dp = pitch - gesture.pitch;
    gesture.changed = kind === "move" ? model.moved(ids, quarters, dp) : model.resized(ids, edge, quarters);
    if (kind === "move" && dp !== gesture.dp) {
      const now = gesture.changed.find((n) => n.id === anchor.id);
      if (now) editor.soundOn(now);
    }
    gesture.dp = dp;
    const byId = new Map(gesture.changed.map((n) => [n.id, n]));
    editor.preview(model.notes.map((n) => byId.get(n.id) || n));
  }

  up(pointer) {
    const { gesture, editor, model } = this;
    this.gesture = null;
    editor.soundOff();
    if (!gesture) return;
    editor.setMarks({ ghost: null, box: null });
    if (gesture.kind === "draw") {
      const { ghost } = gesture;
      if (gesture.dragged) model.lastLength = ghost.duration;
      const drawn = model.add(ghost);
      if (drawn.ok) model.select(drawn.ids);
      editor.perform(drawn.ok ? { ...drawn, text: editor.words(model.find(drawn.ids[0])) } : drawn);
    } else if (gesture.kind === "erase") {
      if (gesture.ids.size) editor.perform(model.remove(gesture.ids));
    } else if (gesture.changed) {
      const done = model.change(gesture.changed);
      if (gesture.kind === "resize" && done.ok && gesture.changed.length === 1) {
        model.lastLength = gesture.changed[0].duration;
      }
      editor.perform({ ...done, text: done.ok ? editor.chosenWords() : done.text });
    } else if (gesture.kind === "box") {
      editor.perform({ ok: true, text: editor.chosenWords() });
    } else if (gesture.kind === "move" || gesture.kind === "resize") {
      this.lastTap = { id: gesture.anchor.id, at: pointer.event.timeStamp };
      editor.perform({ ok: true, text: editor.chosenWords() });
    }
    editor.refresh();
  }

  /** A second finger came, or the system took the pointer: nothing happened. */
  cancel() {
    this.gesture = null;
    this.editor.soundOff();
    this.editor.setMarks({ ghost: null, box: null });
    this.editor.refresh();
  }

  hover({ area, note, quarter, pitch }) {
    const { editor, model } = this;
    const shapes = { start: "w-resize", end: "e-resize", body: "move" };
    const free = this.tool === "select" ? "default" : this.tool === "erase" ? "cell" : "crosshair";
    const shape = area === "ruler" ? "text" : note && this.tool !== "erase" ? shapes[note.part] : free;
    editor.view.host.style.cursor = shape;
    const draws = this.tool === "draw" && area === "grid" && !note && quarter < model.grid.limit;
    if (!draws) return editor.setMarks({ ghost: null });
    const onset = model.grid.snap(quarter, model.snap, "floor");
    editor.setMarks({ ghost: { track: model.track, pitch, onset, duration: model.lastLength } });
  }

  leave() {
    this.editor.setMarks({ ghost: null });
  }

  destroy() {
    this.off();
  }
}
