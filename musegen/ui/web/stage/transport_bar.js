// The bar over the music: play, where we are, tempo, loop, metronome. It shows what it is told, says what is pressed.

import { button, clock, make, sign } from "../page/elements.js";
import { worded } from "../page/words.js";
import { isCompound } from "../score/score_index.js";

const RATES = { min: 0.25, max: 2, step: 0.01 };

/**
 * The bar; `actions` has toggle(), home(), seek(quarter), rate(value), loop(), range({from, to} | null) in printed
 * numbers of bars, metronome(), mixer(), ladder({on, goal}).
 */
export class TransportBar {
  constructor(host, actions) {
    this.host = host;
    this.actions = actions;
    this.index = null;
    this.told = "";
    this.bpm = 0;
    this.shownRate = 1;
    this.playButton = button("play", worded("Play"), () => actions.toggle(), { class: "play", "aria-keyshortcuts": "Space" });
    this.homeButton = button("start", worded("To the beginning"), () => actions.home(), { "aria-keyshortcuts": "Home" });
    this.time = make("span", { class: "time" }, "0:00 / 0:00");
    this.bar = make("span", { class: "bar-number" });
    this.seek = make("input", {
      type: "range", class: "seek", min: 0, max: 1, step: 0.01, value: 0, "aria-label": worded("Position"),
      input: () => actions.seek(Number(this.seek.value)),
    });
    this.rate = make("input", {
      type: "range", ...RATES, value: 1, "aria-label": worded("Tempo"), title: worded("Tempo; the pitch stays"),
      input: () => this.tellRate(), keydown: (event) => this.rateKey(event),
    });
    this.tempo = make("button", {
      type: "button", class: "tempo-value", click: () => actions.rate(1),
      title: worded("Back to the tempo as composed"),
    });
    this.loopButton = button("loop", worded("Loop"), () => actions.loop(), { "aria-pressed": "false" });
    this.metronome = button("metronome", worded("Metronome"), () => actions.metronome(), { "aria-pressed": "false" });
    this.mixer = button("mixer", worded("Mixer"), () => actions.mixer(), { "aria-expanded": "false", words: true });
    const tempo = make("div", { class: "tempo", role: "group", "aria-label": worded("Tempo") }, this.rate, this.tempo);
    const tools = make("div", { class: "tools" }, tempo, this.loopButton, this.metronome, this.mixer);
    const where = make("div", { class: "where" }, this.time, this.bar);
    host.append(this.playButton, this.homeButton, where, this.seek, tools);
    this.buildLoop();
  }

  /** A hand that drags near the written tempo means it. */
  tellRate() {
    const rate = Number(this.rate.value);
    this.actions.rate(Math.abs(rate - 1) < 0.03 ? 1 : rate);
  }

  /** Arrows change the tempo by one beat a minute, with Shift by ten. */
  rateKey(event) {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const written = this.bpm || 120;
    const now = Math.round(written * this.shownRate);
    this.actions.rate(Math.min(Math.max((now + way * (event.shiftKey ? 10 : 1)) / written, RATES.min), RATES.max));
  }

  buildLoop() {
    const number = (label) =>
      make("input", { type: "number", min: 0, step: 1, "aria-label": label, change: () => this.tellRange() });
    this.from = number(worded("First bar of the loop"));
    this.to = number(worded("Last bar of the loop"));
    const off = button("close", worded("No loop"), () => this.actions.range(null), { class: "quiet" });
    const faster = make("input", { type: "checkbox", change: () => this.actions.ladder({ on: faster.checked }) });
    const goal = make("input", { type: "number", min: 30, max: 200, step: 5, value: 100, "aria-label": worded("Goal in per cent"),
      change: () => this.actions.ladder({ goal: Math.min(Math.max(Number(goal.value) || 100, 30), 200) / 100 }) });
    const ladder = make("label", { class: "ladder", title: worded("To practise: each round is played 5 % faster, up to the goal") },
      faster, ` ${worded("each round faster, up to")}`);
    this.loopRow = make("div", { class: "loop-row", hidden: true },
      sign("loop"), worded("Bars"), this.from, worded("to"), this.to, ladder, goal, "%", off);
    this.host.after(this.loopRow);
  }

  tellRange() {
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    this.actions.range({ from: Math.min(from, to), to: Math.max(from, to) });
  }

  /** Show another score. */
  setIndex(index) {
    this.index = index;
    this.seek.max = index.score.end;
    this.told = "";
  }

  /** Show where we are; `map` turns quarters into seconds. */
  setPosition(quarter, map, rate) {
    if (!this.index) return;
    const { score } = this.index;
    const at = Math.min(Math.max(quarter, 0), score.end);
    const whole = map.seconds(score.end);
    const words = `${clock(map.seconds(at) / rate)} / ${clock(Math.round(whole / rate))}`;
    const bar = worded("bar {bar}", { bar: this.index.number(at >= score.end ? score.end - 0.01 : at) });
    if (Math.abs(Number(this.seek.value) - at) > score.end / 1000) this.seek.value = at;
    const fill = `${((100 * at) / Math.max(score.end, 1e-6)).toFixed(1)}%`;
    const told = [words, bar, fill].join();
    if (told === this.told) return;
    this.told = told;
    this.time.textContent = words;
    this.bar.textContent = bar;
    this.seek.style.setProperty("--done", fill);
    this.seek.setAttribute("aria-valuetext", `${bar}, ${words}`);
  }

  /** Show the tempo in beats a minute, dotted quarters where the sheet counts these; `qpm` is quarters a minute. */
  setTempo(qpm, rate) {
    const dotted = Boolean(this.index) && isCompound(this.index.score.beats);
    const bpm = qpm / (dotted ? 1.5 : 1);
    this.bpm = bpm;
    this.shownRate = rate;
    const words = `${dotted ? "♩." : "♩"} = ${Math.round(bpm * rate)}`;
    if (this.tempo.textContent !== words) this.tempo.textContent = words;
    if (Number(this.rate.value) !== rate) this.rate.value = rate;
    this.rate.setAttribute("aria-valuetext", `${Math.round(bpm * rate)} BPM`);
    this.tempo.disabled = Math.abs(rate - 1) < 0.005;
  }

  /** Show whether it plays, or waits for its sounds. */
  setPlaying(playing, loading) {
    const name = playing ? worded("Pause") : worded("Play");
    this.playButton.classList.toggle("waiting", loading);
    this.playButton.setAttribute("aria-busy", String(loading));
    if (this.playButton.title === name) return;
    this.playButton.title = name;
    this.playButton.setAttribute("aria-label", name);
    this.playButton.replaceChildren(sign(playing ? "pause" : "play"));
  }

  /** Show the loop {from, to} in quarters, null for none. */
  setLoop(loop) {
    this.loopButton.setAttribute("aria-pressed", String(Boolean(loop)));
    this.loopRow.hidden = !loop;
    if (!loop || !this.index) return;
    this.from.value = this.index.number(loop.from);
    this.to.value = this.index.number(Math.max(loop.to - 0.01, loop.from));
  }

  setMetronome(on) {
    this.metronome.setAttribute("aria-pressed", String(on));
  }

  setMixer(open) {
    this.mixer.setAttribute("aria-expanded", String(open));
  }
}
