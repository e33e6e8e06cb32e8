// Records what is played: count-in, metronome, the end after some bars, and the earlier take sounding below.

import { languageCode, worded } from "../page/words.js";
import { Bus, sound } from "../sound/sound.js";
import { Beats, HeardClock, MAX_NOTES, MAX_SECONDS, Take } from "./played_take.js";

const LEAD = 0.3; // seconds from the click to the first beat, to take the hand back to the keys
const AHEAD = 0.25; // seconds that sounds are ordered before they are due
const AHEAD_HIDDEN = 1.6; // a page out of sight is called once a second at most
const UNDER_LEVEL = 2.6; // of the earlier take, a little below the keys
const PATIENCE = 600; // milliseconds to wait for leave to make a sound

/**
 * One recorder. `state` is "idle", "starting", "counting", "recording" or "waiting" (for the first note of free playing).
 * Calls changed(state), beat(index, place) at each beat when it is heard, done(rows, reason) with reason "stopped",
 * "bars", "time" or "notes".
 */
export class Recorder {
  #timer = null;
  #frame = null;
  #ordered = [];
  #clock = new HeardClock();
  #audible = false;
  #run = 0;

  constructor({ changed, beat, done }) {
    this.changed = changed;
    this.beat = beat;
    this.done = done;
    this.state = "idle";
    this.take = null;
    this.settings = null;
    this.origin = 0;
  }

  get busy() {
    return this.state !== "idle";
  }

  /** Seconds from beat one that are heard at a time of the page in milliseconds. */
  secondsAt(stamp) {
    return this.#clock.at(stamp) - this.origin;
  }

  /**
   * Begin; call it from a click or a key.
   * @param {any} settings bpm, meter, bars (0 for until stopped), countIn, metronome, free, program, base (a recording
   *   that sounds below, or null)
   */
  async start(settings) {
    if (this.busy) return;
    const run = (this.#run += 1);
    this.settings = settings;
    this.#become("starting");
    await this.#wake(settings);
    if (run !== this.#run) return;
    this.take = new Take();
    this.beats = new Beats(settings.bpm, settings.meter);
    this.#readClock();
    const now = this.#now();
    this.last = null;
    this.nextTick = settings.countIn ? -this.beats.perBar : 0;
    this.nextNote = 0;
    this.end = settings.bars && !settings.free ? settings.bars * this.beats.barSeconds : Infinity;
    if (settings.free) {
      this.origin = null;
      this.#become("waiting");
    } else {
      this.origin = now + LEAD + (settings.countIn ? this.beats.barSeconds : 0);
      this.#become(settings.countIn ? "counting" : "recording");
    }
    this.#timer = setInterval(() => this.#tick(), 25);
    this.#tick();
    const paint = () => {
      this.#show();
      this.#frame = requestAnimationFrame(paint);
    };
    this.#frame = requestAnimationFrame(paint);
  }

  async #wake(settings) {
    const engine = sound();
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    try {
      await Promise.race([engine.resume(), patience]);
      const pitches = settings.base?.notes.map((row) => row[2]);
      if (pitches?.length && engine.unlocked) {
        await engine.load([{ program: settings.base.program, drum: false, pitches: [...new Set(pitches)] }]);
      }
    } catch {
      // recorded by the clock of the page, without a sound
    }
    this.#audible = engine.unlocked;
    this.#clock = new HeardClock();
    this.bus = this.#audible ? new Bus(engine.graph, UNDER_LEVEL) : null;
  }

  #readClock() {
    if (this.#audible) this.#clock.read(sound().graph.context);
    else this.#clock.add(performance.now() / 1000, performance.now());
  }

  #now() {
    return this.#audible ? sound().now() : performance.now() / 1000;
  }

  #become(state) {
    this.state = state;
    this.changed(state);
  }

  #tick() {
    this.#readClock();
    if (this.state === "waiting" || this.origin === null) return;
    const until = this.#now() + (document.hidden ? AHEAD_HIDDEN : AHEAD);
    if (!this.settings.free) this.#orderTicks(until);
    const heard = this.secondsAt(performance.now());
    if (heard >= this.end) this.#finish(this.end, "bars");
    else if (heard >= MAX_SECONDS) this.#finish(MAX_SECONDS, "time");
  }

  #orderTicks(until) {
    const { metronome, base } = this.settings;
    for (; this.origin + this.beats.at(this.nextTick) < until; this.nextTick += 1) {
      const seconds = this.beats.at(this.nextTick);
      if (seconds >= this.end - 1e-6 || !this.#audible || !(metronome || this.nextTick < 0)) continue;
      const strength = this.beats.place(this.nextTick) === 0 ? 0 : 2;
      this.#ordered.push(sound().tick(strength, Math.max(this.origin + seconds, sound().now())));
    }
    for (; base && this.#audible && this.nextNote < base.notes.length; this.nextNote += 1) {
      const [onset, end, pitch, velocity, pedal] = base.notes[this.nextNote];
      if (this.origin + onset >= until) break;
      const voice = sound().voice({
        program: base.program, drum: false, pitch, velocity, bus: this.bus,
        when: Math.max(this.origin + onset, sound().now()),
      });
      voice?.release(this.origin + Math.max(pedal ?? end, end));
      if (voice) this.#ordered.push({ stop: () => voice.cut() });
    }
  }

  #show() {
    if (this.settings.free || this.origin === null) return;
    const seconds = this.secondsAt(performance.now());
    if (this.state === "counting" && seconds >= 0) this.#become("recording");
    const index = this.beats.index(seconds);
    if (index === this.last || seconds >= this.end) return;
    if (this.settings.countIn ? index < -this.beats.perBar : index < 0) return;
    this.last = index;
    this.beat(index, this.beats.place(index));
  }

  /** A key goes down at a time of the page in milliseconds. */
  press(key, pitch, velocity, stamp) {
    if (!this.take || !this.busy) return;
    if (this.state === "waiting") {
      this.origin = this.#clock.at(stamp);
      this.#become("recording");
    }
    const seconds = this.secondsAt(stamp);
    if (seconds < -this.beats.barSeconds || seconds >= Math.min(this.end, MAX_SECONDS)) return;
    this.take.press(key, pitch, velocity, seconds);
    if (this.take.full) this.#finish(seconds, "notes");
  }

  release(key, stamp) {
    if (this.take && this.busy && this.origin !== null) this.take.release(key, this.secondsAt(stamp));
  }

  pedal(down, stamp) {
    if (this.take && this.busy) this.take.pedal(down, this.origin === null ? 0 : this.secondsAt(stamp));
  }

  /** End the recording at a time of the page and keep it. */
  stop(stamp = performance.now()) {
    if (!this.busy) return;
    if (!this.take || this.origin === null) this.#finish(0, "stopped");
    else this.#finish(Math.min(this.secondsAt(stamp), this.end), "stopped");
  }

  /** End without keeping anything. */
  discard() {
    if (!this.busy) return;
    this.#quiet();
    this.#become("idle");
  }

  #finish(seconds, reason) {
    const rows = this.take?.close(seconds) ?? [];
    this.#quiet();
    this.#become("idle");
    this.done(rows, reason);
  }

  #quiet() {
    this.#run += 1;
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    for (const one of this.#ordered) {
      try {
        one.stop();
      } catch {
        // it has sounded already
      }
    }
    this.#ordered = [];
    this.bus?.disconnect();
    this.bus = null;
    this.take = null;
  }
}

/** Return why a recording ended by itself, in words. */
export function reasonWords(reason) {
  if (reason === "time") return worded("A recording holds {count} minutes; it stopped there.", { count: MAX_SECONDS / 60 });
  if (reason === "notes") return worded("A recording holds {count} notes; it stopped there.", { count: MAX_NOTES.toLocaleString(languageCode) });
  return "";
}
