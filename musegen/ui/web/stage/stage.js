// The stage: where a take is heard and seen, sheet and roll under one cursor. One Streamlit component.

import { button, make } from "../page/elements.js";
import { Mixer } from "./mixer.js";
import { RollView } from "../roll/roll_view.js";
import { ScoreIndex } from "../score/score_index.js";
import { SheetView, widthFor } from "../sheet/sheet_view.js";
import { sound } from "../sound/sound.js";
import { listenToKeys } from "./stage_keys.js";
import { NoteChooser } from "./stage_notes.js";
import { mapOf } from "../score/tempo_map.js";
import { transport } from "../sound/transport.js";
import { TransportBar } from "./transport_bar.js";
import { WhyView } from "./why_view.js";

const OWNER = "stage";
const VIEWS = ["Sheet", "Roll", "Both", "Numbers"];
const SIZES = [0.7, 0.85, 1, 1.2, 1.45, 1.75, 2.1];
const WIDE_SCREEN = 1700;
const LEAVING = 800;
const SOON = 20_000; // milliseconds in which a take that was clicked on begins to play when it comes

/** What must outlast a component that Streamlit takes down and puts up again. */
function kept() {
  window.musegen ||= {};
  return (window.musegen.stage ||= { size: null, leaving: 0, position: 0 });
}

class Stage {
  constructor(host) {
    Object.assign(this, { host, player: transport(), index: null, data: null, moment: -1, frame: 0, asked: null });
    Object.assign(this, { range: null, picking: false, wanted: 0 });
    clearTimeout(kept().leaving);
    this.build();
    kept().playTake = (shown) => this.playTake(shown);
    this.ends = [
      this.player.on("state", () => this.stateChanged()),
      this.player.on("load", () => this.stateChanged()),
      this.player.on("error", (error) => this.say(error)),
      listenToKeys(this.element, {
        toggle: () => this.anyToggle(), step: (way, unit) => this.step(way, unit), home: () => this.seek(0),
      }),
    ];
    this.observer = new ResizeObserver(() => this.askWidth());
    this.observer.observe(this.element);
  }

  // ------------------------------------------------------------------------------------------------------ built

  build() {
    this.element = make("section", { class: "stage", "aria-label": "Player", tabindex: "-1" });
    const bar = make("div", { class: "bar", role: "group", "aria-label": "Player" });
    this.element.append(bar);
    this.bar = new TransportBar(bar, {
      toggle: () => this.toggle(), home: () => this.seek(0), seek: (quarter) => this.seek(quarter),
      rate: (rate) => this.setRate(rate), loop: () => this.toggleLoop(),
      range: (bars) => this.select(bars && this.ofBars(bars), true),
      metronome: () => this.toggleMetronome(), mixer: () => this.toggleMixer(),
    });
    this.mixerHost = make("div", { class: "mixer", role: "group", "aria-label": "Mixer", hidden: true });
    this.mixer = new Mixer(this.mixerHost, {
      mix: (track, change) => this.mine && this.player.mix(track, change),
      program: (track, program) => this.setProgram(track, program),
    });
    this.said = make("p", { class: "said", role: "status", hidden: true });
    this.views = make("div", { class: "views", role: "radiogroup", "aria-label": "View" },
      ...VIEWS.map((view) => make("button", { type: "button", role: "radio", click: () => this.show(view, true),
        "data-view": view }, view)));
    this.views.addEventListener("keydown", (event) => this.viewKey(event));
    this.legend = [make("b", { class: "given" }), make("b")];
    const legend = make("div", { class: "legend" }, ...this.legend);
    const words = { words: true, "aria-pressed": "false" };
    this.pickButton = button("pick", "Choose notes", () => this.pick(!this.picking), {
      ...words, title: "Choose notes in roll and sheet by clicking, or by drawing a box in the roll" });
    this.whyButton = button("why", "Why these notes", () => this.askWhy(), {
      ...words, title: "How much the style expected each note, and what else it had in mind" });
    this.ways = make("div", { class: "ways" }, this.pickButton, this.whyButton);
    const sizes = make("div", { class: "sizes", role: "group", "aria-label": "Size of the notes" },
      button("smaller", "Smaller notes", () => this.resize(-1)), button("larger", "Larger notes", () => this.resize(1)),
      button("full", "Full screen", () => this.fullScreen()));
    this.element.append(this.mixerHost, this.said, make("div", { class: "view-row" }, this.views, legend, this.ways, sizes));
    this.sheetHost = make("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": "Sheet music" });
    this.rollHost = make("div", { class: "roll" });
    this.list = make("ol", { class: "spoken", "aria-label": "The notes, bar by bar" });
    const whyHost = make("div", { class: "why", role: "group", "aria-label": "Why this note", hidden: true });
    this.element.append(this.sheetHost, this.rollHost, whyHost, this.list);
    this.host.replaceChildren(this.element);
    this.sheet = new SheetView(this.sheetHost, {
      note: (id, event) => this.notePointed(id, event),
      place: (quarter, event) => this.pointAt(quarter, event.shiftKey),
      range: (range, done) => this.select(range, done),
    });
    this.roll = new RollView(this.rollHost, { keys: true, editable: false });
    this.chooser = new NoteChooser(this.roll, (ids) => this.notesChosen(ids));
    this.why = new WhyView(whyHost, { swap: (id, pitch) => this.swap(id, pitch) });
    this.roll.on("pointer", (told) => this.rollPointed(told));
    this.rollHost.setAttribute("role", "img");
    this.rollHost.setAttribute("aria-label", "Piano roll; its notes follow as a list");
  }

  // ------------------------------------------------------------------------------------------ told by Python

  /** Take over what Python has to show. */
  update(data, setStateValue, setTriggerValue) {
    const other = data.score.key !== this.index?.score.key;
    const before = JSON.stringify(this.data?.programs);
    const first = !this.data;
    Object.assign(this, { data, set: setStateValue, trigger: setTriggerValue });
    if (data.width === this.asked) this.asked = null;
    this.show(data.view, false);
    this.element.classList.toggle("marked", data.legend.length > 0);
    this.ways.hidden = !data.tools;
    data.legend.forEach((words, i) => (this.legend[i].textContent = words));
    if (other) this.takeOver(data.score);
    if (first) this.adopt(data.selection);
    this.mixer.show(data.score.tracks, data.instruments, data.programs, this.roll.palette.dark);
    const drawn = this.sheet.setPages(data.pages, data.label);
    if (other || drawn) this.sheet.setScore(data.score);
    if (other && !this.player.playing && this.position < 1e-6) this.sheetHost.scrollTop = 0;
    this.sheetHost.classList.toggle("stale", data.pages.length === 0);
    this.showWhy();
    if (other || this.mine) this.load();
    if (other && Date.now() < this.wanted && !this.player.playing) this.playFrom(this.range?.from ?? 0);
    if (other) this.wanted = 0;
    if (!other && before !== JSON.stringify(data.programs)) this.tellPrograms();
    this.askWidth();
    this.refresh();
  }

  takeOver(score) {
    this.index = new ScoreIndex(score);
    this.map = mapOf(score);
    this.moment = -1;
    this.roll.setScore(score);
    this.chooser.setNotes(score.notes);
    this.sheet.setChosen(new Set());
    // Bars stay chosen from take to take, as long as they are bars of the new one too.
    if (this.range && !this.index.isBars(this.range)) this.range = null;
    this.bar.setIndex(this.index);
    this.list.replaceChildren(...this.data.words.map((words) => make("li", {}, words)));
  }

  /** Make the score what is played: at once, or, while something else plays, when it is asked for. */
  load() {
    const { player } = this;
    const wasMine = player.owner === OWNER;
    if (player.playing && !wasMine) return;
    const { score } = this.data;
    const known = this.mine;
    player.load(score, { owner: OWNER, keep: wasMine });
    if (known) return;
    player.loop = this.range;
    this.mixer.tellAll();
    this.said.hidden = true;
  }

  /** Let every track sound as Python says, where it does not yet. */
  tellPrograms() {
    if (!this.mine) return;
    this.data.score.tracks.forEach(({ program }, i) => {
      if (this.player.mix(i).program !== program) this.player.mix(i, { program });
    });
  }

  /** Whether the transport holds our score. */
  get mine() {
    return Boolean(this.index) && this.player.owner === OWNER && this.player.score?.key === this.index.score.key;
  }

  // ----------------------------------------------------------------------------------------------- done by hand

  anyToggle() {
    if (this.player.playing || (this.player.score && !this.mine)) this.player.toggle();
    else this.toggle();
  }

  toggle() {
    if (this.mine) this.player.toggle();
    else this.playFrom(kept().position);
  }

  playFrom(quarter) {
    if (quarter === undefined || quarter === null) return;
    if (!this.mine) {
      if (this.player.playing) this.player.pause();
      this.load();
    }
    const { range } = this;
    if (range && (quarter < range.from - 1e-6 || quarter >= range.to - 1e-6)) this.select(null, true);
    this.player.play(quarter);
    this.refresh();
  }

  seek(quarter) {
    kept().position = quarter;
    if (this.mine) this.player.seek(quarter);
    this.refresh();
  }

  step(way, unit) {
    if (!this.index) return;
    this.seek(this.index.step(this.position, way, unit, (quarter) => this.map.seconds(quarter)));
  }

  get position() {
    return this.mine ? this.player.position : kept().position;
  }

  pointAt(quarter, extend) {
    if (quarter === null) return;
    if (!extend) return this.seek(quarter);
    const { range } = this;
    const from = range ? (quarter < range.from ? range.to - 0.01 : range.from) : this.position;
    this.select(this.index.bars(from, quarter), true);
  }

  /** A note was clicked on: it is chosen, asked about, or played from. */
  notePointed(id, event) {
    if (this.picking || event.ctrlKey || event.metaKey) return this.chooser.toggle(id);
    if (this.data.why) return this.why.show(id);
    return this.playFrom(this.index.byId.get(id)?.[3]);
  }

  rollPointed(told) {
    if (!this.index) return;
    const { type, area, quarter, note, event } = told;
    const at = Math.min(Math.max(quarter, 0), this.index.score.end - 0.01);
    if (this.chooser.dragged(told)) return;
    if (type === "tap" && note && !event.shiftKey) return this.notePointed(note.id, event);
    if (type === "tap" && this.picking && area === "grid") return this.chooser.clear();
    if (type === "tap") return this.pointAt(event.shiftKey ? at : Math.max(quarter, 0), event.shiftKey);
    if (area !== "ruler") return;
    if (type === "down") this.dragged = { from: at, moved: false, x: event.clientX };
    if (!this.dragged || !["move", "up"].includes(type)) return;
    this.dragged.moved ||= Math.abs(event.clientX - this.dragged.x) > 6;
    if (this.dragged.moved) this.select(this.index.bars(this.dragged.from, at), type === "up");
    if (type === "up") this.dragged = null;
  }

  ofBars({ from, to }) {
    return this.index.bars(this.index.ofNumber(from), this.index.ofNumber(to));
  }

  /** Loop a stretch {from, to} in quarters, or nothing; while it is still being dragged it is only shown. */
  select(range, done) {
    this.range = range;
    if (range) this.setChosen([]);
    this.sheet.setRange(range);
    this.roll.setRange(range);
    this.bar.setLoop(range);
    if (!done) return;
    if (this.mine) this.player.loop = range;
    if (range && (this.position < range.from || this.position >= range.to)) this.seek(range.from);
    this.set("selection", range && { from: range.from, to: range.to });
  }

  setChosen(ids) {
    this.chooser.set(ids);
    this.sheet.setChosen(this.chooser.ids);
  }

  /** Notes or bars are chosen, never both. */
  notesChosen(ids) {
    this.sheet.setChosen(ids);
    if (ids.size && this.range) {
      this.range = null;
      if (this.mine) this.player.loop = null;
    }
    this.set("selection", ids.size ? { notes: [...ids], key: this.index.score.key } : null);
    this.refresh();
  }

  /** Take over what Python remembers to be selected, when the stage comes back to the page. */
  adopt(selection) {
    if (selection?.notes && selection.key === this.index.score.key) this.setChosen(selection.notes);
    const { from, to } = selection || {};
    if (Number.isFinite(from) && this.index.isBars({ from, to })) this.range = { from, to };
  }

  /** While notes are picked, a click chooses and a drag over the roll draws a box. */
  pick(on) {
    this.picking = on;
    this.roll.setBoxing(on);
    this.pickButton.setAttribute("aria-pressed", String(on));
    this.element.classList.toggle("picking", on);
    if (on && this.data.why) this.set("why", false);
    if (on && ["Numbers"].includes(this.view)) this.show("Both", true);
  }

  askWhy() {
    if (this.picking) this.pick(false);
    if (!this.data.why && !["Roll", "Both"].includes(this.view)) this.show("Both", true);
    this.set("why", !this.data.why);
  }

  showWhy() {
    const { why } = this.data;
    const shade = why?.notes && new Map(Object.entries(why.notes).map(([id, reason]) => [id, reason.shade]));
    this.roll.setShade(shade || null);
    this.why.update(why, this.data.score, this.roll.palette.ramp);
    this.whyButton.setAttribute("aria-pressed", String(Boolean(why)));
  }

  swap(id, pitch) {
    this.trigger("swap", { id, pitch, key: this.index.score.key });
  }

  /** Play the take that was clicked on: at once where it is the one `shown`, else when it comes. */
  playTake(shown) {
    sound().resume().catch(() => {}); // the click unlocks the sound; `play` says where there is none
    if (shown && this.mine && this.player.playing) return this.player.pause();
    if (shown) return this.playFrom(this.range?.from ?? 0);
    this.wanted = Date.now() + SOON;
  }

  toggleLoop() {
    if (this.range) this.select(null, true);
    else if (this.index) this.select({ from: 0, to: this.index.score.end }, true);
  }

  setRate(rate) {
    this.player.rate = Math.abs(rate - 1) < 0.03 ? 1 : rate;
    this.refresh();
  }

  toggleMetronome() {
    this.player.metronome = !this.player.metronome;
    this.refresh();
  }

  toggleMixer() {
    this.mixerHost.hidden = !this.mixerHost.hidden;
    this.bar.setMixer(!this.mixerHost.hidden);
  }

  /** The instrument is heard at once and goes to Python, so that the files have it too. */
  setProgram(track, program) {
    const programs = { ...this.data.programs };
    if (program === null) delete programs[track];
    else programs[track] = program;
    if (this.mine) this.player.mix(track, { program: program ?? this.data.composed[track] });
    this.set("programs", programs);
  }

  viewKey(event) {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const view = VIEWS[(VIEWS.indexOf(this.view) + way + VIEWS.length) % VIEWS.length];
    this.show(view, true);
    this.views.querySelector(`[data-view=${view}]`).focus();
  }

  show(view, tell) {
    if (view !== this.view) {
      this.view = view;
      this.element.dataset.view = view;
      for (const one of this.views.children) {
        one.setAttribute("aria-checked", String(one.dataset.view === view));
        one.tabIndex = one.dataset.view === view ? 0 : -1;
      }
    }
    // The numbers are the page's own and not within the stage, so a full screen would be empty.
    if (view === "Numbers" && document.fullscreenElement) document.exitFullscreen();
    if (tell) this.set("view", view);
  }

  // -------------------------------------------------------------------------------------------- size of the notes

  get size() {
    if (kept().size) return kept().size;
    // A wide screen is seen from afar.
    return document.fullscreenElement ? 1.75 : window.innerWidth >= WIDE_SCREEN ? 1.2 : 1;
  }

  resize(way) {
    const place = SIZES.findIndex((size) => size >= this.size - 0.01);
    kept().size = SIZES[Math.min(Math.max(place + way, 0), SIZES.length - 1)];
    this.askWidth();
  }

  /** Ask Python for pages of the width that fits; they are shown as wide as there is room. */
  askWidth() {
    const room = this.sheetHost.clientWidth;
    if (!room || !this.data) return;
    const { widths, width } = this.data;
    const wanted = widthFor(room / this.size, widths);
    if (wanted === width || wanted === this.asked) return;
    this.asked = wanted;
    this.set("width", wanted);
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.element.requestFullscreen?.().catch(() => this.say("This browser keeps the page in its window."));
  }

  // ------------------------------------------------------------------------------------------------------ shown

  say(error) {
    const words = typeof error === "string" ? error : error?.message;
    this.said.textContent = words || "";
    this.said.hidden = !words;
  }

  stateChanged() {
    this.refresh();
    if (this.player.playing && !this.frame) this.frame = requestAnimationFrame(() => this.tick());
  }

  tick() {
    this.frame = 0;
    if (this.mine) this.move(true);
    if (this.player.playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  /** Show the state of everything; cheap, but not for every frame. */
  refresh() {
    if (!this.index) return;
    const { player, mine } = this;
    this.bar.setPlaying(mine && player.playing, mine && Boolean(player.loading));
    this.bar.setMetronome(player.metronome);
    this.bar.setLoop(this.range);
    this.sheet.setRange(this.range);
    this.roll.setRange(this.range);
    this.move(false);
  }

  /** Put cursor and lights where the sound is. */
  move(follow) {
    const { player, mine, index } = this;
    const playing = mine && player.playing;
    const quarter = this.position;
    kept().position = quarter;
    this.bar.setPosition(quarter, this.map, player.rate);
    this.bar.setTempo(this.qpm(quarter), player.rate);
    const shown = playing || quarter > 0 ? quarter : null;
    this.sheet.setCursor(shown, follow);
    this.roll.setCursor(shown, follow);
    const moment = playing && !player.loading ? index.moment(quarter) : -1;
    if (moment === this.moment) return;
    this.moment = moment;
    const lit = index.sounding(moment);
    this.sheet.setLit(lit);
    this.roll.setLit(lit);
  }

  qpm(quarter) {
    const { tempos } = this.index.score;
    return tempos.reduce((now, [at, qpm]) => (at <= quarter + 1e-6 ? qpm : now), tempos[0][1]);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.ends.forEach((end) => end());
    this.why.release();
    this.sheet.destroy();
    this.roll.destroy();
    // Streamlit may put the same stage up again at once; if the page is left, the music stops.
    const mine = this.mine;
    kept().leaving = setTimeout(() => mine && this.player.playing && this.player.pause(), LEAVING);
  }
}

const stages = new WeakMap();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let stage = stages.get(parentElement);
  if (!stage) {
    stage = new Stage(parentElement.querySelector(".musegen"));
    stages.set(parentElement, stage);
  }
  stage.update(data, setStateValue, setTriggerValue);
  return () => {
    stage.destroy();
    stages.delete(parentElement);
  };
}
