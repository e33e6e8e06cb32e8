// What hands do to a roll: wheel, drag, touch and pinch move the view; the rest is told to whoever listens.

const STILL = 5;

/** Input of one `RollView`; `busy` while a hand moves the view. */
export class RollInput {
  constructor(view) {
    this.view = view;
    this.pointers = new Map();
    this.drag = null;
    this.pinch = null;
    this.busy = false;
    const { host } = view;
    // Up and down is left to the page, so that a thumb on the player scrolls on; the editor takes every finger.
    host.style.touchAction = view.editable ? "none" : "pan-y";
    this.ends = [];
    const on = (name, fn, options) => {
      host.addEventListener(name, fn, options);
      this.ends.push(() => host.removeEventListener(name, fn, options));
    };
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event, "up"));
    on("pointercancel", (event) => this.up(event, "cancel"));
    on("pointerleave", (event) => this.pointers.size || this.tell("leave", event));
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("contextmenu", (event) => view.editable && event.preventDefault());
  }

  place(event) {
    const box = this.view.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  tell(type, event, area) {
    const { view } = this;
    const { x, y } = this.place(event);
    const slack = event.pointerType === "touch" ? 8 : 0;
    const where = area || (y < view.ruler ? "ruler" : "grid");
    const note = where === "grid" ? view.noteAt(x, y, slack) : null;
    const pitch = Math.min(Math.max(view.pitchAt(y), 0), 127);
    const quarter = Math.max(view.quarterAt(x), 0);
    view.tell("pointer", { type, area: where, x, y, quarter, pitch, note, event });
  }

  down(event) {
    const { view } = this;
    const { x, y } = this.place(event);
    this.pointers.set(event.pointerId, { x, y });
    view.host.setPointerCapture(event.pointerId);
    if (this.pointers.size === 2) return this.beginPinch(event);
    if (this.pointers.size > 2) return;
    const bar = view.scrollBars().find((b) => inside(b, x, y, 4));
    /** @type {any} */
    const start = { x, y, left: view.left, top: view.top, moved: false, event };
    if (bar) this.drag = { ...start, kind: "bar", axis: bar.axis };
    else if (x < view.keysWidth && y > view.ruler) this.drag = { ...start, kind: "key", pitch: view.pitchAt(y) };
    else if (y < view.ruler) this.drag = { ...start, kind: "told", area: "ruler" };
    else if (event.button === 1 || !(view.editable || view.boxing || event.shiftKey)) this.drag = { ...start, kind: "pan" };
    else this.drag = { ...start, kind: "told", area: "grid" };
    if (event.button === 1) event.preventDefault();
    if (this.drag.kind === "key") view.pressKey(this.drag.pitch, true);
    if (this.drag.kind === "told") this.tell("down", event, this.drag.area);
    this.busy = ["pan", "bar"].includes(this.drag.kind);
  }

  move(event) {
    const { view, drag } = this;
    const { x, y } = this.place(event);
    if (!this.pointers.has(event.pointerId)) return this.hover(event, x, y);
    this.pointers.set(event.pointerId, { x, y });
    if (this.pinch) return this.movePinch();
    if (!drag || drag.event.pointerId !== event.pointerId) return;
    if (Math.hypot(x - drag.x, y - drag.y) > STILL) drag.moved = true;
    if (drag.kind === "told") {
      if (drag.moved && drag.area === "grid") this.edge(x, y);
      this.tell("move", event, drag.area);
    } else if (drag.kind === "key") {
      const pitch = view.pitchAt(y);
      if (pitch === drag.pitch || y < view.ruler) return;
      view.pressKey(drag.pitch, false);
      view.pressKey((drag.pitch = pitch), true);
    } else if (drag.kind === "bar") {
      const scale = drag.axis === "x" ? view.end / view.gridWidth : (view.high - view.low + 1) / view.gridHeight;
      if (drag.axis === "x") view.pan((drag.left + (x - drag.x) * scale - view.left) * view.px, 0);
      else view.pan(0, (view.top - drag.top + (y - drag.y) * scale) * view.row);
    } else if (drag.moved) {
      view.host.style.cursor = "grabbing";
      view.pan(
        (drag.left - (x - drag.x) / view.px - view.left) * view.px,
        (view.top - drag.top - (y - drag.y) / view.row) * view.row,
      );
    }
  }

  hover(event, x, y) {
    const { view } = this;
    if (event.pointerType === "touch") return;
    const onKeys = x < view.keysWidth && y > view.ruler;
    if (!view.editable) view.host.style.cursor = onKeys || y < view.ruler ? "pointer" : this.idle;
    this.tell(onKeys ? "leave" : "hover", event);
  }

  up(event, type) {
    const { view, drag } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pinch) {
      // The finger that stays does not go on drawing.
      if (!this.pointers.size) this.pinch = null;
      this.busy = this.pointers.size > 0;
      return;
    }
    if (!drag || drag.event.pointerId !== event.pointerId) return;
    this.drag = null;
    this.busy = false;
    if (drag.kind === "key") view.pressKey(drag.pitch, false);
    if (drag.kind === "told") this.tell(type, event, drag.area);
    if (type === "up" && !drag.moved && ["told", "pan"].includes(drag.kind)) this.tell("tap", event, drag.area);
    if (!view.editable) view.host.style.cursor = this.idle;
  }

  get idle() {
    return this.view.boxing ? "crosshair" : "grab";
  }

  /** Move on when a drag reaches the edge. */
  edge(x, y) {
    const { view } = this;
    const over = (value, low, high) => (value < low ? value - low : Math.max(value - high, 0));
    const [dx, dy] = [over(x, view.keysWidth, view.width), over(y, view.ruler, view.height)];
    if (dx || dy) view.pan(dx / 2, dy / 2);
  }

  beginPinch(event) {
    const { drag, view } = this;
    if (drag?.kind === "told") this.tell("cancel", event, drag.area);
    if (drag?.kind === "key") view.pressKey(drag.pitch, false);
    this.drag = null;
    this.busy = true;
    this.pinch = this.spread();
  }

  spread() {
    const [a, b] = [...this.pointers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, dx: Math.abs(a.x - b.x), dy: Math.abs(a.y - b.y) };
  }

  movePinch() {
    if (this.pointers.size < 2) return;
    const [now, before] = [this.spread(), this.pinch];
    // Fingers beside each other stretch time, fingers above each other stretch the keys.
    const factor = (a, b) => (a > 30 && b > 30 ? a / b : 1);
    this.view.pan(before.x - now.x, before.y - now.y);
    this.view.zoom(factor(now.dx, before.dx), factor(now.dy, before.dy), now.x, now.y);
    this.pinch = now;
  }

  wheel(event) {
    const { view } = this;
    const { x, y } = this.place(event);
    const unit = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 200 : 1;
    let [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      const factor = Math.exp(-Math.min(Math.max(dy, -80), 80) * 0.006);
      if (event.altKey) view.zoom(1, factor, x, y);
      else view.zoom(factor, 1, x, y);
      return;
    }
    if (event.shiftKey && !dx) [dx, dy] = [dy, 0];
    // At its end the roll lets the page go on.
    if (view.pan(dx, dy)) event.preventDefault();
  }

  destroy() {
    this.ends.forEach((end) => end());
    for (const pitch of [...this.view.pressed]) this.view.pressKey(pitch, false);
  }
}

function inside(box, x, y, spare) {
  return x >= box.x - spare && x <= box.x + box.width + spare && y >= box.y - spare && y <= box.y + box.height + spare;
}
