// The stage: where a take is heard and seen, sheet and roll under one cursor. One Streamlit component.
// Joins what plays (playback.js), what is selected (selection.js) and what is seen (views.js).

import { button, make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { MidiRow } from "./midi_row.js";
import { Mixer } from "./mixer.js";
import { Playback } from "./playback.js";
import { Selection } from "./selection.js";
import { listenToKeys } from "./stage_keys.js";
import { kept } from "./stage_memory.js";
import { TransportBar } from "./transport_bar.js";
import { Views } from "./views.js";
import { WhyView } from "./why_view.js";

class Stage {
  constructor(host) {
    this.host = host;
    this.frame = 0;
    /** @type {StageData|null} */
    this.data = null;
    this.set = (_name, _value) => {};
    this.trigger = (_name, _value) => {};
    this.playback = new Playback({
      loaded: () => this.loaded(), range: () => this.selection.range, unselect: () => this.selection.select(null, true),
    });
    this.build();
    kept().live = this.shown = (part) => this.live(part);
    const { player } = this.playback;
    this.ends = [
      player.on("state", () => this.stateChanged()),
      player.on("load", () => this.stateChanged()),
      player.on("error", (error) => this.say(error)),
      listenToKeys(this.element, {
        toggle: () => this.playback.anyToggle(),
        step: (way, unit) => this.andRefresh(this.playback.step(way, unit)),
        home: () => this.seek(0),
      }),
    ];
  }

  // ------------------------------------------------------------------------------------------------------ built

  build() {
    this.element = make("section", { class: "stage", "aria-label": worded("Player"), tabindex: "-1" });
    this.views = new Views(this.element, {
      set: (name, value) => this.set(name, value), say: (sentence) => this.say(sentence),
      note: (id, event) => this.selection.notePointed(id, event),
      place: (quarter, event) => this.selection.pointAt(quarter, event.shiftKey),
      range: (range, done) => this.selection.select(range, done),
      roll: (told) => this.selection.rollPointed(told),
    });
    const whyHost = make("div", { class: "why", role: "group", "aria-label": worded("Why this note"), hidden: true });
    this.said = make("p", { class: "said", role: "status", hidden: true });
    const bar = make("div", { class: "bar", role: "group", "aria-label": worded("Player") });
    this.element.append(bar);
    this.buildBar(bar);
    this.element.append(this.mixerHost, this.said, this.viewRow(),
      this.views.sheetHost, this.views.rollHost, whyHost, this.views.list);
    this.host.replaceChildren(this.element);
    this.views.open();
    this.selection = new Selection(this.playback, this.views, {
      shown: () => this.refresh(), tell: (selection) => this.set("selection", selection),
      ask: (id) => this.why.show(id), asking: () => Boolean(this.data.why),
    });
    this.why = new WhyView(whyHost, { swap: (id, pitch) => this.swap(id, pitch) });
  }

  buildBar(bar) {
    this.bar = new TransportBar(bar, {
      toggle: () => this.andRefresh(this.playback.toggle()), home: () => this.seek(0),
      seek: (quarter) => this.seek(quarter), rate: (rate) => this.andRefresh(this.playback.setRate(rate)),
      loop: () => this.selection.toggleAll(), range: (bars) => this.selection.selectBars(bars),
      metronome: () => this.andRefresh(this.playback.toggleMetronome()), mixer: () => this.toggleMixer(),
      ladder: (change) => Object.assign(this.playback.ladder, change),
    });
    this.mixerHost = make("div", { class: "mixer", role: "group", "aria-label": worded("Mixer"), hidden: true });
    const tracks = make("div", { class: "tracks" });
    this.midi = new MidiRow();
    this.countIn = make("input", { type: "checkbox",
      change: () => (this.playback.player.countIn = this.countIn.checked) });
    this.countIn.checked = this.playback.player.countIn;
    const count = make("label", { class: "count-in", title: worded("One bar is ticked before it plays") },
      this.countIn, ` ${worded("Count-in")}`);
    this.mixerHost.append(tracks, count, this.midi.element);
    this.mixer = new Mixer(tracks, {
      mix: (track, change) => this.playback.mine && this.playback.player.mix(track, change),
      program: (track, program) => this.setProgram(track, program),
    });
  }

  viewRow() {
    this.legend = [make("b", { class: "given" }), make("b")];
    const legend = make("div", { class: "legend" }, ...this.legend);
    const words = { words: true, "aria-pressed": "false" };
    this.pickButton = button("pick", worded("Choose notes"), () => this.pick(!this.selection.picking), {
      ...words, title: worded("Choose notes in roll and sheet by clicking, or by drawing a box in the roll") });
    this.whyButton = button("why", worded("Why these notes"), () => this.askWhy(), {
      ...words, title: worded("How much the style expected each note, and what else it had in mind") });
    this.ways = make("div", { class: "ways" }, this.pickButton, this.whyButton);
    return make("div", { class: "view-row" }, this.views.choices, legend, this.ways, this.views.sizes);
  }

  // ------------------------------------------------------------------------------------------ told by Python

  /** Take over what Python has to show. @param {StageData} data */
  update(data, setStateValue, setTriggerValue) {
    const { playback, selection, views } = this;
    const other = data.score.key !== playback.index?.score.key;
    const before = JSON.stringify(this.data?.programs);
    const first = !this.data;
    this.data = data;
    this.set = setStateValue;
    this.trigger = setTriggerValue;
    this.element.classList.toggle("marked", data.legend.length > 0);
    this.ways.hidden = !data.tools;
    data.legend.forEach((words, i) => (this.legend[i].textContent = words));
    playback.take(data.score);
    views.update(data, other, !playback.player.playing && playback.position < 1e-6);
    if (other) {
      selection.scoreChanged();
      this.bar.setIndex(playback.index);
    }
    if (first) selection.adopt(data.selection);
    this.mixer.show(data.score.tracks, data.instruments, data.programs, views.roll.palette.dark);
    views.setLegend(data.score.tracks.length);
    this.showWhy();
    if (other || playback.mine) playback.load();
    if (other) playback.arrived();
    if (!other && before !== JSON.stringify(data.programs)) playback.tellPrograms();
    this.refresh();
  }

  /**
   * Show a take that the page has asked for itself, as it comes: how far it is, what is heard, then the pages.
   * Streamlit's run brings the very same.
   */
  live(part) {
    if (!this.data || "progress" in part) return;
    const pages = part.pages ?? (this.data.view === "Roll" ? [] : null);
    this.update({ ...this.data, ...part, pages, why: null }, this.set, this.trigger);
  }

  loaded() {
    this.mixer.tellAll();
    this.said.hidden = true;
  }

  showWhy() {
    const { why } = this.data;
    const shade = why?.notes && new Map(Object.entries(why.notes).map(([id, reason]) => [id, reason.shade]));
    this.views.setShade(shade || null);
    this.why.update(why, this.data.score, this.views.roll.palette.ramp);
    this.whyButton.setAttribute("aria-pressed", String(Boolean(why)));
  }

  // ----------------------------------------------------------------------------------------------- done by hand

  andRefresh(_done) {
    this.refresh();
  }

  seek(quarter) {
    this.playback.seek(quarter);
    this.refresh();
  }

  pick(on) {
    this.selection.pick(on);
    this.pickButton.setAttribute("aria-pressed", String(on));
    if (on && this.data.why) this.set("why", false);
    if (on && this.views.view === "Numbers") this.views.show("Both", true);
  }

  askWhy() {
    if (this.selection.picking) this.pick(false);
    if (!this.data.why && this.views.view === "Numbers") this.views.show("Both", true);
    this.set("why", !this.data.why);
  }

  swap(id, pitch) {
    this.trigger("swap", { id, pitch, key: this.playback.index.score.key });
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
    if (this.playback.mine) this.playback.player.mix(track, { program: program ?? this.data.composed[track] });
    this.set("programs", programs);
  }

  // ------------------------------------------------------------------------------------------------------ shown

  say(error) {
    const words = typeof error === "string" ? error : error?.message;
    this.said.textContent = words || "";
    this.said.hidden = !words;
  }

  stateChanged() {
    this.refresh();
    if (this.playback.player.playing && !this.frame) this.frame = requestAnimationFrame(() => this.tick());
  }

  tick() {
    this.frame = 0;
    this.playback.followRounds();
    if (this.playback.mine) this.move(true);
    if (this.playback.player.playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  /** Show the state of everything; cheap, but not for every frame. */
  refresh() {
    const { playback, selection } = this;
    if (!playback.index) return;
    this.bar.setPlaying(playback.playing, playback.mine && Boolean(playback.player.loading));
    this.bar.setMetronome(playback.player.metronome);
    this.bar.setLoop(selection.range);
    this.views.setRange(selection.range);
    this.move(false);
  }

  /** Put cursor and lights where the sound is. */
  move(follow) {
    const { playback } = this;
    const { player, playing, index } = playback;
    const quarter = playback.position;
    kept().position = quarter;
    this.bar.setPosition(quarter, playback.map, player.rate);
    this.bar.setTempo(playback.qpm(quarter), player.rate);
    this.views.setCursor(playing || quarter > 0 ? quarter : null, follow);
    this.views.setMoment(playing && !player.loading ? index.moment(quarter) : -1, index);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.ends.forEach((end) => end());
    if (kept().live === this.shown) delete kept().live;
    this.why.release();
    this.midi.destroy();
    this.views.destroy();
    this.playback.leave();
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
