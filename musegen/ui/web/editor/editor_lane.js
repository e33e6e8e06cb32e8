// The lane under the roll that shows how loud each note is; dragging in it changes that.

const HEIGHT = 64;
const PAD = 7;
const REACH = 9;

/** Loudness of the notes of an editor, drawn under its roll. */
export class VelocityLane {
  constructor(host, editor) {
    this.host = host;
    this.editor = editor;
    this.changes = null;
    this.frame = 0;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    host.style.height = `${HEIGHT}px`;
    host.append(this.canvas);
    host.style.touchAction = "none";
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.changes && this.move(event));
    host.addEventListener("pointerup", () => this.up());
    host.addEventListener("pointercancel", () => this.up());
    this.off = editor.view.on("view", () => this.draw());
  }

  place(event) {
    const box = this.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  down(event) {
    this.host.setPointerCapture(event.pointerId);
    this.changes = new Map();
    this.last = this.place(event);
    this.move(event);
  }

  move(event) {
    const now = this.place(event);
    const { model, view } = this.editor;
    const [from, to] = [Math.min(this.last.x, now.x) - REACH, Math.max(this.last.x, now.x) + REACH];
    const near = model.notes.filter((n) => view.xOf(n.onset) >= from && view.xOf(n.onset) <= to);
    // Chosen notes come before others that stand at the same place, and the nearest before the rest.
    const chosen = near.filter((n) => model.selection.has(n.id));
    const away = (n) => Math.abs(view.xOf(n.onset) - now.x);
    const still = Math.abs(now.x - this.last.x) < 3;
    const closest = Math.min(...(chosen.length ? chosen : near).map(away));
    for (const note of chosen.length ? chosen : near) {
      if (still && away(note) > closest + 1) continue;
      const share = 1 - (now.y - PAD) / (HEIGHT - 2 * PAD);
      this.changes.set(note.id, Math.min(Math.max(Math.round(1 + share * 126), 1), 127));
    }
    this.last = now;
    this.draw();
  }

  up() {
    const { changes, editor } = this;
    this.changes = null;
    if (!changes?.size) return;
    editor.perform(editor.model.setVelocity(new Set(changes.keys()), (note) => changes.get(note.id)));
    const note = editor.model.find([...changes.keys()][0]);
    if (note) editor.soundBriefly(note);
  }

  draw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    const { view, model } = this.editor;
    const ratio = window.devicePixelRatio || 1;
    const width = this.host.clientWidth;
    if (!width) return;
    if (this.canvas.width !== Math.round(width * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(HEIGHT * ratio);
      this.canvas.style.cssText = `display:block;width:${width}px;height:${HEIGHT}px`;
    }
    const ctx = this.canvas.getContext("2d");
    const { palette } = view;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = palette.panel;
    ctx.fillRect(0, 0, width, HEIGHT);
    const [from, to] = [view.left - 12 / view.px, view.quarterAt(width) + 12 / view.px];
    for (const note of model.notes) {
      if (note.onset < from || note.onset > to) continue;
      const velocity = this.changes?.get(note.id) ?? note.velocity;
      const x = Math.round(view.xOf(note.onset)) + 2;
      if (x < view.keysWidth) continue;
      const y = PAD + (1 - (velocity - 1) / 126) * (HEIGHT - 2 * PAD);
      const chosen = model.selection.has(note.id);
      ctx.fillStyle = chosen ? palette.text : palette.fill(note.track, 0, 1);
      ctx.fillRect(x - 1, y, 2, HEIGHT - y);
      ctx.beginPath();
      ctx.arc(x, y, chosen ? 5 : 4, 0, 7);
      ctx.fill();
    }
    ctx.fillStyle = palette.panel;
    ctx.fillRect(0, 0, view.keysWidth, HEIGHT);
    ctx.fillStyle = palette.text;
    ctx.font = `11px ${palette.font}`;
    ctx.textBaseline = "middle";
    ctx.fillText("loud", 6, PAD + 4);
    ctx.fillText("soft", 6, HEIGHT - PAD - 2);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.off();
  }
}
