// The jazz map: a plane of clips that is walked by mouse, finger or keys; what lies under it sounds at once.

import { appRoot } from "../page/address.js";
import { button, make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { cornerShares, gridNumber, mixtureQuery, pointQuery, thinned, unpacked } from "./map_model.js";
import { drawSpectrum, drawWave } from "./sound_picture.js";

const COLOURS = ["#4269d0", "#c48a00", "#d4483b", "#2b9aa8", "#3f8f4f", "#d0679a", "#8757b8", "#82583a"];
const PATH_SECONDS = 8;

class JazzMap {
  constructor(host) {
    this.host = host;
    this.mode = "point";
    this.at = null;
    this.path = [];
    this.looping = false;
    /** @type {AudioContext|null} */
    this.audio = null;
    /** @type {AudioBufferSourceNode|null} */
    this.source = null;
    /** @type {GainNode|null} */
    this.gain = null;
    this.since = 0; // when the beginning of what plays would have sounded
    this.wish = null;
    /** @type {{net: string, files: ArrayBuffer[]}|null} sounds made in advance */
    this.grid = null;
    /** @type {number|null} of those made in advance the one that was played last */
    this.near = null;
    this.bridging = false; // whether it plays while the exact one is on its way
    /** @type {(name: string, value: any) => void} */
    this.send = () => {};
  }

  /**
   * @param {{plane: any, labels: {classes: number[], names: string[]}, how: string, root: number, own: any[]}} data
   */
  update(data) {
    const other = this.data?.plane.net !== data.plane.net;
    this.data = data;
    if (!this.canvas) this.build();
    if (other) Object.assign(this, { at: null, path: [] });
    if (this.mode === "corners" && data.own.length < 2) this.mode = "point";
    this.mark();
    this.draw();
    this.fetchGrid(data.plane.net);
  }

  /** Fetch the sounds of a plane that were made in advance; without them only the exact ones play. */
  async fetchGrid(net) {
    if (this.grid?.net === net) return;
    const grid = this.grid = { net, files: [] };
    try {
      const answer = await fetch(`${appRoot()}musegen/map-grid/${net}.pack`);
      if (answer.ok) grid.files = unpacked(await answer.arrayBuffer());
    } catch {
      return; // away from the server for a moment: asked again when the page is drawn anew
    }
    this.host.dataset.grid = String(grid.files.length);
  }

  build() {
    this.canvas = make("canvas", { tabindex: "0", role: "application", "aria-label": worded("The map: arrow keys move, Enter plays"),
      pointerdown: (event) => this.down(event), pointermove: (event) => this.move(event),
      pointerup: () => this.up(), pointercancel: () => this.up(), keydown: (event) => this.key(event) });
    this.wave = make("canvas", { class: "wave", role: "img", "aria-label": worded("Waveform of what plays") });
    this.spectrum = make("canvas", { class: "spectrum", role: "img", "aria-label": worded("Spectrogram of what plays") });
    this.told = make("p", { class: "told", role: "status" }, worded("Press anywhere on the map."));
    this.modes = [["point", worded("Point")], ["path", worded("Draw a path")], ["corners", worded("Between my clips")]].map(
      ([mode, words]) => make("button", { type: "button", "data-mode": mode, click: () => this.choose(mode) }, words));
    this.stopper = button("pause", worded("Stop"), () => this.stop(), { words: true });
    this.loop = make("button", { type: "button", "aria-pressed": "false", click: () => this.toggleLoop() }, worded("Again and again"));
    this.save = make("a", { class: "save", hidden: true, download: "jazz-map.wav" }, worded("Download WAV"));
    this.notes = make("button", { type: "button", class: "notes", hidden: true, title: worded("Takes down the melody that is heard in it, as if it were hummed, and begins a piece with it."),
      click: () => this.send("notes", this.heard) }, worded("Its melody to Compose"));
    this.legend = make("div", { class: "legend" });
    this.host.replaceChildren(make("div", { class: "jazz-map" },
      make("div", { class: "heard" }, make("div", { class: "row" }, ...this.modes), make("div", { class: "plane" }, this.canvas), this.legend),
      make("div", { class: "heard" }, this.told, this.wave, this.spectrum, make("div", { class: "row" }, this.stopper, this.loop, this.save, this.notes))));
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.canvas);
  }

  choose(mode) {
    this.mode = mode;
    this.at = null;
    this.path = [];
    this.mark();
    this.draw();
  }

  mark() {
    for (const one of this.modes) {
      one.setAttribute("aria-pressed", String(one.dataset.mode === this.mode));
      one.disabled = one.dataset.mode === "corners" && this.data.own.length < 2;
    }
    const { names } = this.data.labels;
    this.legend.replaceChildren(...names.map((name, kind) => {
      const dot = make("i", {});
      dot.style.background = COLOURS[kind];
      return make("span", {}, dot, name);
    }));
  }

  /** Return where on the canvas a point of the plane lies, in its pixels. @param {number[]} point @returns {[number, number]} */
  pixel([x, y]) {
    const { middle, reach } = this.data.plane, side = this.canvas.width;
    return [((x - middle[0]) / reach + 1) * side / 2, (1 - (y - middle[1]) / reach) * side / 2];
  }

  /** Return the point of the plane (or of the square of own clips) under the pointer. */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const u = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const v = Math.min(Math.max(1 - (event.clientY - box.top) / box.height, 0), 1);
    if (this.mode === "corners") return [u, v];
    const { middle, reach } = this.data.plane;
    return [middle[0] + (2 * u - 1) * reach, middle[1] + (2 * v - 1) * reach];
  }

  down(event) {
    this.context();
    this.canvas.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.at = this.point(event);
    this.path = [this.at];
    this.near = null;
    if (this.mode !== "path") this.ask();
    this.draw();
  }

  move(event) {
    if (!this.dragging) return;
    this.at = this.point(event);
    if (this.mode === "path") this.path.push(this.at);
    else this.ask();
    this.draw();
  }

  up() {
    if (!this.dragging) return;
    this.dragging = false;
    if (this.mode === "path") {
      this.path = thinned(this.path, this.data.plane.reach / 60);
      this.ask();
    }
    this.draw();
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    this.context();
    const corners = this.mode === "corners";
    const size = corners ? 0.05 : this.data.plane.reach / 20;
    this.at ??= corners ? [0.5, 0.5] : [...this.data.plane.middle];
    if (step) this.at = [this.at[0] + step[0] * size, this.at[1] + step[1] * size];
    if (corners) this.at = this.at.map((value) => Math.min(Math.max(value, 0), 1));
    if (this.mode === "path" && step) this.path.push(this.at);
    else this.ask();
    this.draw();
  }

  /** Return the query for what is chosen. */
  query() {
    const { plane, how, root, own } = this.data;
    const settings = { net: plane.net, how, root, seconds: PATH_SECONDS };
    if (this.mode === "corners") {
      const clips = own.slice(0, 4);
      return mixtureQuery(settings, clips, cornerShares(clips.length, this.at[0], this.at[1]));
    }
    return pointQuery(settings, this.mode === "path" && this.path.length > 1 ? this.path : [this.at]);
  }

  /** Ask for the sound of what is chosen; while one is on its way only the last wish is kept. */
  async ask() {
    const asked = performance.now();
    this.wish = this.query();
    this.playNear(asked);
    if (this.busy) return;
    this.busy = true;
    while (this.wish) {
      const wish = this.wish;
      this.wish = null;
      const address = `${appRoot()}musegen/map.wav?${wish}`;
      const begun = performance.now();
      try {
        const answer = await fetch(address);
        if (!answer.ok) throw new Error(await answer.text());
        const sound = await this.context().decodeAudioData(await answer.arrayBuffer());
        if (this.wish && this.bridging) continue; // what plays is nearer to the finger than this
        this.play(sound, this.bridging ? this.audio.currentTime - this.since : 0);
        this.bridging = false;
        this.offer(wish, address);
        this.host.dataset.milliseconds = String(Math.round(performance.now() - begun));
      } catch (error) {
        this.told.textContent = error.message;
      }
    }
    this.busy = false;
  }

  /** Play at once what was made in advance near the point that is chosen, if there is any. */
  async playNear(asked) {
    const { plane, how, root } = this.data, files = this.grid?.files ?? [];
    if (this.mode !== "point" || how !== "imagined" || root || this.grid?.net !== plane.net || !files.length) return;
    const number = gridNumber(plane, this.at);
    if (number === this.near) return;
    this.near = number;
    try {
      const sound = await this.context().decodeAudioData(files[number].slice(0));
      if (this.near !== number || !this.busy) return; // another is nearer by now, or the exact one is there already
      this.play(sound);
      this.bridging = true;
      this.host.dataset.first = String(Math.round(performance.now() - asked));
    } catch {
      this.grid.files = []; // a browser that cannot read OGG waits for the exact one
    }
  }

  context() {
    this.audio ??= new AudioContext();
    if (this.audio.state === "suspended") this.audio.resume().catch(() => {});
    return this.audio;
  }

  /** Play a sound from a place on, in seconds, in the stead of what plays. */
  play(sound, offset = 0) {
    this.stop();
    const source = this.audio.createBufferSource(), gain = this.audio.createGain(), now = this.audio.currentTime;
    source.buffer = sound;
    source.loop = this.looping;
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(1, now + 0.02);
    source.connect(gain).connect(this.audio.destination);
    const from = this.looping ? offset % sound.duration : Math.min(offset, sound.duration);
    source.start(now, from);
    Object.assign(this, { source, gain, since: now - from });
    const samples = sound.getChannelData(0);
    this.host.dataset.peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0).toFixed(3);
    const colour = getComputedStyle(this.host).getPropertyValue("--st-primary-color") || "#4269d0";
    drawWave(this.wave, samples, colour);
    drawSpectrum(this.spectrum, samples, sound.sampleRate);
    this.told.textContent = this.words(sound.duration);
  }

  /** Offer what is heard as a file and as notes. */
  offer(wish, address) {
    this.heard = wish;
    this.save.href = address;
    this.save.hidden = this.notes.hidden = false;
  }

  words(duration) {
    const seconds = duration.toFixed(1);
    if (this.mode === "corners") return worded("Between your clips, {seconds} seconds", { seconds });
    if (this.path.length > 1) return worded("A path of {seconds} seconds", { seconds });
    return worded("At {x}, {y}: {seconds} seconds", { x: this.at[0].toFixed(2), y: this.at[1].toFixed(2), seconds });
  }

  stop() {
    if (!this.source) return;
    const now = this.audio.currentTime;
    this.gain.gain.setTargetAtTime(0, now, 0.01);
    this.source.stop(now + 0.08);
    this.source = null;
  }

  toggleLoop() {
    this.looping = !this.looping;
    this.loop.setAttribute("aria-pressed", String(this.looping));
    if (this.source) this.source.loop = this.looping;
  }

  draw() {
    const { canvas, data } = this;
    const scale = window.devicePixelRatio || 1, side = Math.round(canvas.clientWidth * scale);
    if (!side) return;
    [canvas.width, canvas.height] = [side, side];
    const pen = canvas.getContext("2d");
    if (this.mode === "corners") this.drawCorners(pen, side, scale);
    else {
      const grains = new Set(data.plane.grains);
      data.plane.x.forEach((x, n) => {
        const [px, py] = this.pixel([x, data.plane.y[n]]);
        pen.globalAlpha = grains.has(n) ? 0.95 : 0.5;
        disc(pen, px, py, (grains.has(n) ? 3.4 : 2.2) * scale, COLOURS[data.labels.classes[n]] ?? "#888");
      });
      pen.globalAlpha = 1;
      for (const clip of data.own) this.drawOwn(pen, clip, scale);
      this.drawPath(pen, scale);
    }
    if (this.at) {
      const [px, py] = this.mode === "corners" ? [this.at[0] * side, (1 - this.at[1]) * side] : this.pixel(this.at);
      disc(pen, px, py, 10 * scale, "#ffffff");
      disc(pen, px, py, 7 * scale, "#111111");
    }
  }

  drawOwn(pen, clip, scale) {
    const [px, py] = this.pixel(clip.point);
    pen.strokeStyle = "#888888";
    pen.lineWidth = 1.5 * scale;
    for (const n of clip.near) {
      pen.beginPath();
      pen.moveTo(px, py);
      const [nx, ny] = this.pixel([this.data.plane.x[n], this.data.plane.y[n]]);
      pen.lineTo(nx, ny);
      pen.stroke();
    }
    disc(pen, px, py, 11 * scale, "#ffffff");
    disc(pen, px, py, 9.5 * scale, "#b3195d");
    label(pen, clip.letter, px, py, scale, "#ffffff");
  }

  drawPath(pen, scale) {
    if (this.path.length < 2) return;
    pen.strokeStyle = "#b3195d";
    pen.lineWidth = 3 * scale;
    pen.beginPath();
    this.path.forEach((point, n) => {
      const [x, y] = this.pixel(point);
      if (n) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    });
    pen.stroke();
  }

  drawCorners(pen, side, scale) {
    /** @type {Record<number, [number, number][]>} */
    const places = { 2: [[0, 0.5], [1, 0.5]], 3: [[0, 0], [1, 0], [0.5, 1]], 4: [[0, 0], [1, 0], [0, 1], [1, 1]] };
    const own = this.data.own.slice(0, 4), edge = 22 * scale;
    for (const [n, [u, v]] of places[own.length].entries()) {
      const x = edge + u * (side - 2 * edge), y = edge + (1 - v) * (side - 2 * edge);
      disc(pen, x, y, 16 * scale, "#b3195d");
      label(pen, own[n].letter, x, y, scale * 1.3, "#ffffff");
    }
  }

  destroy() {
    this.stop();
    this.watch?.disconnect();
    this.audio?.close();
  }
}

function disc(pen, x, y, radius, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function label(pen, text, x, y, scale, colour) {
  pen.fillStyle = colour;
  pen.font = `600 ${12 * scale}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".musegen");
  if (!shown.has(host)) shown.set(host, new JazzMap(host));
  const map = shown.get(host);
  map.send = setTriggerValue;
  map.update(data);
  return () => {
    shown.get(host)?.destroy();
    shown.delete(host);
  };
}
