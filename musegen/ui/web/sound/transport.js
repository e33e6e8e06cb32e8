// Plays one score at a time, for the whole window: play, seek, loop, pace, mix. What sounds comes from sound.js or,
// where that cannot work, from the recording that the server makes.

import { worded } from "../page/words.js";
import { sound } from "./sound.js";
import { Recording } from "./recording.js";
import { pulses } from "../score/score_index.js";
import { Schedule } from "./schedule.js";
import { TempoMap, mapOf, timed } from "../score/tempo_map.js";
import { TrackMix } from "./track_mix.js";

const MIN_LOOP = 0.1; // seconds; a shorter part does not repeat

/**
 * Return the ticks that count in to a second of a score: one bar, and what of its own bar lies before that second.
 * @param {number} seconds
 * @param {{start: number, strength: number}[]} beats those that are counted, strength 0 where a bar begins
 * @returns {{before: number, strength: number}[]}
 */
export function countTo(seconds, beats) {
  const bars = beats.filter(({ strength }) => strength === 0).map(({ start }) => start);
  if (bars.length < 2) return [];
  const own = bars.filter((start) => start <= seconds + 1e-6).length - 1; // -1 in a pickup
  const first = Math.min(Math.max(own, 0), bars.length - 2); // the bar that is counted
  const length = bars[first + 1] - bars[first];
  const into = own < 0 ? length - (bars[0] - seconds) : seconds - bars[own];
  const bar = beats.filter(({ start }) => start > bars[first] - 1e-6 && start < bars[first + 1] - 1e-6)
    .map(({ start, strength }) => ({ at: start - bars[first], strength }));
  return [...bar.map(({ at, strength }) => ({ before: length + into - at, strength })),
    ...bar.filter(({ at }) => at < into - 1e-6).map(({ at, strength }) => ({ before: into - at, strength }))];
}

/** Return the one transport of the window. */
export function transport() {
  const home = (window.musegen ??= {});
  return (home.transport ??= new Transport());
}

/** Plays one score; see `transport`. */
export class Transport {
  #listeners = new Map();
  #score = null;
  #owner = null;
  #map = new TempoMap([[0, 120]]);
  #end = 0; // seconds
  #mix = new TrackMix([], []);
  #schedule = null;
  #loading = null; // promise of the sounds
  #ready = false;
  #wish = 0; // counts up with each play and pause, so that a late answer to an old one does nothing
  #waiting = false;
  #playing = false;
  #rest = 0; // seconds of the score where it stands while not playing
  #loop = null;
  #rate = 1;
  #metronome = false;
  #silent = false;
  #countIn = false;
  #beats = []; // {start, strength}: those that are counted
  #recording = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#schedule?.look());
  }

  // ---------------------------------------------------------------------------------------------------- the score

  /**
   * Take a score to play. One from another owner, or another piece, begins at its start, silent; with keep the music
   * goes on at the same quarter. The same score again changes nothing.
   */
  load(score, { owner = null, keep = false } = {}) {
    const same = this.#score && this.#score.key === score.key && this.#owner === owner;
    if (same) {
      this.#score = score;
      if (this.#recording) this.#recording.source(score.wav);
      return;
    }
    const goes = keep && this.#owner === owner && this.#score;
    const quarter = goes ? this.position : 0;
    const played = goes && (this.#playing || this.#waiting);
    this.#halt();
    this.#score = score;
    this.#owner = owner;
    this.#map = mapOf(score);
    if (!goes) this.#loop = null;
    this.#prepare(goes ? this.#mix : null);
    this.#rest = Math.min(this.#map.seconds(quarter), this.#end);
    this.#recording = null; // the sounds get another chance
    this.#fetch();
    this.#emit("mix");
    this.#emit("state");
    if (played) this.play();
  }

  /** Make mix and schedule of the score, as it was mixed before where that is given. */
  #prepare(before) {
    const notes = timed(this.#score, this.#map);
    const counted = pulses(this.#score.beats, (quarter) => this.#map.seconds(quarter));
    const beats = counted.map(([at, strength]) => ({ start: this.#map.seconds(at), strength }));
    this.#beats = beats;
    this.#end = Math.max(this.#map.seconds(this.#score.end), ...notes.slice(-200).map((note) => note.end));
    this.#mix.disconnect();
    const mix = new TrackMix(this.#score.tracks, notes, before);
    mix.silence(this.#silent);
    this.#mix = mix;
    this.#schedule = new Schedule({ notes, beats, mix, end: this.#end, over: () => this.#over() });
    this.#schedule.set({ rate: this.#rate, metronome: this.#metronome, loop: this.#loopSeconds() });
  }

  /** The score that is loaded, or null. */
  get score() {
    return this.#score;
  }

  /** Who loaded it. */
  get owner() {
    return this.#owner;
  }

  /** Return the seconds, at the written tempo, of a time in quarters. */
  seconds(quarter) {
    return this.#map.seconds(quarter);
  }

  /** Return the quarter of a time in seconds at the written tempo. */
  quarter(seconds) {
    return this.#map.quarter(seconds);
  }

  #fetch() {
    this.#ready = false;
    const loading = sound().load(this.#mix.needs());
    this.#loading = loading;
    loading.then(
      () => {
        if (this.#loading !== loading) return;
        this.#ready = true;
        this.#mix.arrived();
        this.#emit("load");
      },
      (error) => {
        if (this.#loading === loading) this.#fallBack(error);
      },
    );
    return loading;
  }

  // ------------------------------------------------------------------------------------------------ play and pause

  /** Whether it plays, or is about to as soon as the sounds are there. */
  get playing() {
    return this.#playing || this.#waiting;
  }

  /** Whether play waits for sounds. */
  get loading() {
    return this.#waiting;
  }

  /** Whether the server's recording plays instead of the page's own sounds; it has no mix and no metronome. */
  get recorded() {
    return this.#recording !== null;
  }

  /** Play, from a quarter or from where it stands; call it from a click or a key. */
  async play(from = null) {
    if (!this.#score) return;
    if (from !== null) this.seek(from);
    if (this.#playing || this.#waiting) return;
    const wish = ++this.#wish;
    if (this.#rest >= this.#end - 0.01) this.#rest = 0;
    try {
      const resumed = this.#recording ? null : sound().resume();
      if (this.#recording || !this.#ready || !sound().unlocked) {
        this.#waiting = true;
        this.#emit("state");
        if (!this.#recording) await Promise.all([resumed, this.#loading]);
      }
    } catch (error) {
      if (wish !== this.#wish) return;
      this.#fallBack(error);
    }
    if (wish !== this.#wish) return;
    this.#waiting = false;
    if (this.#recording) await this.#playRecording(wish);
    else this.#start();
  }

  /** Stop where it is and let all notes go. */
  pause() {
    if (!this.playing) return;
    this.#rest = this.#map.seconds(this.position);
    this.#halt();
    this.#emit("state");
  }

  /** Pause where it plays, play where it does not. */
  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Go to a quarter; what plays goes on from there. */
  seek(quarter) {
    if (!this.#score) return;
    this.#rest = Math.min(Math.max(this.#map.seconds(quarter), 0), this.#end);
    this.#recording?.seek(this.#rest);
    this.#schedule.seek(this.#rest);
    this.#emit("state");
  }

  #start() {
    this.#playing = true;
    this.#mix.connect();
    this.#schedule.start(this.#rest, this.#countIn ? countTo(this.#rest, this.#beats) : []);
    this.#emit("state");
  }

  /** Stop the clock and all sounds; where it stands is kept by who calls. */
  #halt() {
    this.#wish += 1;
    this.#waiting = false;
    this.#playing = false;
    this.#recording?.pause();
    this.#schedule?.halt();
  }

  /** The piece has ended: it stands at the start again. */
  #over() {
    this.#rest = 0;
    this.#wish += 1;
    this.#playing = false;
    this.#emit("state");
  }

  /** The quarter that is heard now. */
  get position() {
    if (this.#recording && this.#playing) return this.#map.quarter(this.#recording.seconds);
    return this.#map.quarter(this.#schedule?.seconds ?? this.#rest);
  }

  // ---------------------------------------------------------------------------------------------------- the controls

  /** The part that repeats, {from, to} in quarters, or null. */
  get loop() {
    return this.#loop ? { ...this.#loop } : null;
  }

  set loop(value) {
    const sane = value && Number.isFinite(value.from) && Number.isFinite(value.to) && value.to > value.from;
    this.#loop = sane ? { from: Math.max(value.from, 0), to: value.to } : null;
    this.#recording?.repeat(this.#loopSeconds());
    this.#schedule?.set({ loop: this.#loopSeconds() });
    this.#emit("state");
  }

  /** Pace relative to the written tempo, 0.25 to 2; the pitch stays. */
  get rate() {
    return this.#rate;
  }

  set rate(value) {
    if (!Number.isFinite(value)) return;
    this.#rate = Math.min(2, Math.max(0.25, value));
    this.#recording?.pace(this.#rate);
    this.#schedule?.set({ rate: this.#rate });
    this.#emit("state");
  }

  /** Whether the beats tick. */
  get metronome() {
    return this.#metronome;
  }

  set metronome(value) {
    this.#metronome = Boolean(value);
    this.#schedule?.set({ metronome: this.#metronome });
    this.#emit("state");
  }

  /** Whether the tracks sound elsewhere, so that here only the metronome and the count-in are heard. */
  get silent() {
    return this.#silent;
  }

  set silent(value) {
    this.#silent = Boolean(value);
    this.#mix.silence(this.#silent);
  }

  /** Whether a bar is counted before it plays. */
  get countIn() {
    return this.#countIn;
  }

  set countIn(value) {
    this.#countIn = Boolean(value);
    this.#emit("state");
  }

  /** Whether it counts in now. */
  get counting() {
    return this.#playing && !this.#recording && Boolean(this.#schedule?.counting);
  }

  #loopSeconds() {
    if (!this.#loop) return null;
    const [from, to] = [this.#map.seconds(this.#loop.from), this.#map.seconds(this.#loop.to)];
    return to - from >= MIN_LOOP ? { from, to } : null;
  }

  /** Change how a track sounds: any of {muted, solo, volume 0 to 1.5, program}; return how it sounds now. */
  mix(index, changes = {}) {
    const track = this.#mix.tracks[index];
    if (!track) return null;
    const { program } = track;
    this.#mix.change(index, changes);
    if (track.program !== program) this.#changeProgram(index);
    this.#mix.balance();
    if (Object.keys(changes).length) this.#emit("mix");
    return { muted: track.muted, solo: track.solo, volume: track.volume, program: track.program, drum: track.drum };
  }

  #changeProgram(index) {
    if (this.#recording) return;
    const mix = this.#mix;
    const { program } = mix.tracks[index];
    this.#fetch().then(
      () => {
        if (this.#mix !== mix || mix.tracks[index].program !== program) return;
        this.#schedule.resound(index);
        mix.balance();
      },
      () => {},
    );
  }

  // --------------------------------------------------------------------------------------------------- the recording

  #fallBack(error) {
    if (this.#recording) return; // both who plays and who loads may have learnt of it
    const reason = String(error?.message || "").replace(/\s+/g, " ").trim();
    const [waited, played] = [this.#waiting, this.#playing];
    if (played) {
      this.#rest = this.#map.seconds(this.position);
      this.#halt();
    }
    if (!this.#score?.wav) {
      this.#halt();
      this.#emit("error", worded("The sounds could not be loaded, so nothing can be played here. {reason}", { reason }).trim());
      this.#emit("state");
      return;
    }
    this.#recording = new Recording(() => this.#recordingEnded(), () => this.#recordingFailed());
    this.#recording.source(this.#score.wav);
    this.#recording.pace(this.#rate);
    this.#recording.repeat(this.#loopSeconds());
    this.#recording.seek(this.#rest);
    this.#waiting = waited;
    this.#emit("error", worded("The sounds could not be loaded here, so a recording plays instead; mixing has no effect on it."));
    this.#emit("load");
    if (played) this.play();
  }

  async #playRecording(wish) {
    try {
      this.#recording.seek(this.#rest);
      await this.#recording.play();
    } catch (error) {
      if (wish === this.#wish) this.#recordingFailed();
      return;
    }
    if (wish !== this.#wish) return;
    this.#playing = true;
    this.#emit("state");
  }

  #recordingEnded() {
    if (this.#playing) this.#over();
  }

  #recordingFailed() {
    this.#halt();
    this.#emit("error", worded("The recording cannot be played here; the WAV can be downloaded instead."));
    this.#emit("state");
  }

  // ------------------------------------------------------------------------------------------------------- listeners

  /** Call a function at each "state", "load", "error" (with a sentence) or "mix"; return what ends that. */
  on(event, call) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(call);
    return () => this.#listeners.get(event).delete(call);
  }

  /** @param {string} event @param {any} detail */
  #emit(event, detail = this) {
    for (const call of [...(this.#listeners.get(event) ?? [])]) call(detail);
  }
}
