// Plays one score at a time, for the whole window: play, seek, loop, pace, mix. What sounds comes from sound.js or,
// where that cannot work, from the recording that the server makes.

import { Bus, sound } from "./sound.js";
import { Recording } from "./recording.js";

const AHEAD = 1.2; // seconds that are scheduled in advance: longer than a busy page ever stalls
const AHEAD_HIDDEN = 3.2; // browsers run timers of hidden pages once a second
const TICK = 100; // milliseconds between looks at what comes next
const LEAD = 0.025; // seconds from the wish to play to the first sample
const MIN_LOOP = 0.1; // seconds
const LOUDEST = 0.75; // peak aimed at; the estimate was 0 to 3 dB too low, so it comes to the recording's -1 dB

/** Return the one transport of the window. */
export function transport() {
  const home = (window.musegen ??= {});
  return (home.transport ??= new Transport());
}

/** Quarters to seconds and back, through tempo changes: a list of [quarter, quarters per minute], the first at 0. */
export class TempoMap {
  constructor(tempos) {
    let seconds = 0;
    this.spans = (tempos?.length ? tempos : [[0, 120]]).map(([quarter, qpm], i, all) => {
      if (i) seconds += ((quarter - all[i - 1][0]) * 60) / all[i - 1][1];
      return { quarter, seconds, pace: 60 / qpm };
    });
  }

  /** Return the time in seconds of a time in quarters. */
  seconds(quarter) {
    const span = lastBefore(this.spans, quarter, "quarter");
    return span.seconds + (quarter - span.quarter) * span.pace;
  }

  /** Return the time in quarters of a time in seconds. */
  quarter(seconds) {
    const span = lastBefore(this.spans, seconds, "seconds");
    return span.quarter + (seconds - span.seconds) / span.pace;
  }
}

/** Return the last of some sorted things whose `key` is at most `value`, or the first. */
function lastBefore(sorted, value, key) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle][key] <= value) low = middle;
    else high = middle - 1;
  }
  return sorted[low];
}

/**
 * Return the notes of a score as {track, pitch, velocity, start, end} in seconds, by start: as long as key or pedal
 * hold them, and no longer than until their key is pressed again.
 */
export function timed(score, map) {
  const notes = score.notes.map(([, track, pitch, onset, duration, velocity]) => ({
    track, pitch, velocity, start: map.seconds(onset),
    end: map.seconds(held(score.tracks[track]?.pedals, onset + duration)),
  }));
  notes.sort((a, b) => a.start - b.start);
  const sounding = new Map();
  for (const note of notes) {
    const key = note.track * 128 + note.pitch;
    const before = sounding.get(key);
    if (before && before.end > note.start) before.end = note.start;
    sounding.set(key, note);
  }
  return notes;
}

/** Return when a note ends, in quarters, whose key goes up at `end`: when the pedal does that was down by then. */
function held(pedals, end) {
  let until = end;
  for (const [down, up] of pedals ?? []) if (down < end && up > until) until = up;
  return until;
}

/** Plays one score; see `transport`. */
export class Transport {
  #listeners = new Map();
  #score = null;
  #owner = null;
  #map = new TempoMap([[0, 120]]);
  #notes = [];
  #end = 0;
  #beats = [];
  #tracks = []; // {muted, solo, volume, program, drum, bus}
  #loading = null; // promise of the sounds
  #ready = false;
  #wish = 0; // counts up with each play and pause, so that a late answer to an old one does nothing
  #waiting = false;
  #playing = false;
  #rest = 0; // seconds of the score where it stands while not playing
  #segments = []; // {time of the context, seconds of the score}: from then on they run together
  #next = 0; // first note not scheduled
  #nextBeat = 0;
  #voices = []; // {voice, note}
  #ticks = []; // {pulse, when}
  #finish = null; // time of the context at which the piece is over
  #shown = {}; // the last position given out
  #timer = null;
  #loop = null;
  #rate = 1;
  #metronome = false;
  #recording = null;
  #gainOfAll = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#schedule());
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
    const before = goes ? { score: this.#score, tracks: this.#tracks } : null;
    this.#score = score;
    this.#owner = owner;
    this.#map = new TempoMap(score.tempos);
    this.#notes = timed(score, this.#map);
    this.#beats = score.beats.map(([at, strength]) => ({ start: this.#map.seconds(at), strength }));
    this.#end = Math.max(this.#map.seconds(score.end), ...this.#notes.slice(-200).map((note) => note.end));
    this.#mixAfresh(before);
    this.#rest = Math.min(this.#map.seconds(quarter), this.#end);
    if (!goes) this.#loop = null;
    this.#recording = null; // the sounds get another chance
    this.#fetch();
    this.#emit("mix");
    this.#emit("state");
    if (played) this.play();
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

  #mixAfresh(before) {
    for (const track of this.#tracks) track.bus?.disconnect();
    this.#tracks = this.#score.tracks.map(({ program, drum }, i) => {
      const old = before?.tracks[i];
      const kept = old && before.score.tracks[i].program === program && old.drum === drum;
      return {
        muted: old?.muted ?? false, solo: old?.solo ?? false, volume: old?.volume ?? 1,
        program: kept ? old.program : program, drum, bus: null,
      };
    });
  }

  #needs() {
    const pitches = this.#tracks.map(() => new Set());
    for (const note of this.#notes) pitches[note.track]?.add(note.pitch);
    return this.#tracks.map(({ program, drum }, i) => ({ program, drum, pitches: [...pitches[i]] }));
  }

  #fetch() {
    this.#ready = false;
    this.#gainOfAll = null;
    const loading = sound().load(this.#needs());
    this.#loading = loading;
    loading.then(
      () => {
        if (this.#loading !== loading) return;
        this.#ready = true;
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
    const seconds = Math.min(Math.max(this.#map.seconds(quarter), 0), this.#end);
    this.#rest = seconds;
    this.#recording?.seek(seconds);
    if (this.#playing && !this.#recording) {
      for (const { voice } of this.#voices) voice.cut();
      this.#clear();
      this.#begin(sound().now() + LEAD, seconds);
    }
    this.#emit("state");
  }

  #start() {
    this.#playing = true;
    for (const [i, track] of this.#tracks.entries()) {
      track.bus ??= new Bus(sound().graph, 0);
      track.bus.input.gain.value = this.#gain(i);
    }
    this.#begin(sound().now() + LEAD, this.#rest);
    this.#timer = setInterval(() => this.#schedule(), TICK);
    this.#emit("state");
  }

  /** Stop the clock and all sounds; where it stands is kept by who calls. */
  #halt() {
    this.#wish += 1;
    this.#waiting = false;
    this.#playing = false;
    clearInterval(this.#timer);
    this.#recording?.pause();
    const now = sound().now();
    for (const { voice } of this.#voices) {
      if (voice.when > now) voice.cut(now);
      else voice.release(now);
    }
    this.#clear();
  }

  #clear() {
    for (const { pulse, when } of this.#ticks) if (when > sound().now()) pulse.stop();
    this.#ticks = [];
    this.#voices = [];
    this.#segments = [];
    this.#finish = null;
  }

  // ------------------------------------------------------------------------------------------------------ the clock

  /** The quarter that is heard now. */
  get position() {
    if (this.#recording && this.#playing) return this.#map.quarter(this.#recording.seconds);
    if (!this.#playing || !this.#segments.length) return this.#map.quarter(this.#rest);
    const heard = this.#heard();
    const segment = lastBefore(this.#segments, heard, "time");
    let seconds = segment.seconds + Math.max(heard - segment.time, 0) * segment.rate;
    // The clocks of sound and page differ by a little, now more, now less; a cursor never trembles backwards.
    if (segment === this.#shown.segment) seconds = Math.max(seconds, this.#shown.seconds);
    this.#shown = { segment, seconds };
    return this.#map.quarter(Math.min(seconds, this.#end));
  }

  /** Return the time of the context whose samples leave the loudspeaker now. */
  #heard() {
    const { context } = sound().graph;
    const now = context.currentTime;
    const stamp = context.getOutputTimestamp?.();
    if (stamp?.contextTime > 0 && stamp.performanceTime > 0) {
      const heard = stamp.contextTime + (performance.now() - stamp.performanceTime) / 1000;
      if (heard <= now + 0.03 && heard > now - 1) return heard;
    }
    return now - (context.outputLatency || context.baseLatency || 0);
  }

  /** Let score and context run together from a time on. */
  #begin(time, seconds) {
    this.#segments.push({ time, seconds, rate: this.#rate });
    if (this.#segments.length > 16) this.#segments.shift();
    this.#finish = null;
    this.#next = this.#notes.findIndex((note) => note.start >= seconds - 1e-6);
    if (this.#next < 0) this.#next = this.#notes.length;
    this.#nextBeat = this.#beats.findIndex((beat) => beat.start >= seconds - 1e-6);
    if (this.#nextBeat < 0) this.#nextBeat = this.#beats.length;
    this.#catchUp(time, seconds);
    this.#schedule();
  }

  /** Begin in their midst the notes that sound already. */
  #catchUp(time, seconds) {
    for (const note of this.#notes.slice(0, this.#next)) {
      if (note.end <= seconds + 0.06 || this.#tracks[note.track].drum) continue;
      if (this.#voices.some((entry) => entry.note === note && !entry.voice.done)) continue;
      this.#sound(note, time, (seconds - note.start) / this.#rate, this.#time(note.end));
    }
  }

  #time(seconds) {
    const segment = this.#segments.at(-1);
    return segment.time + (seconds - segment.seconds) / segment.rate;
  }

  /** Return where the present stretch ends: seconds of the loop's end or of the piece's. */
  #limit() {
    const ends = this.#loopSeconds();
    return ends && this.#segments.at(-1).seconds < ends.to - 1e-6 ? ends.to : this.#end;
  }

  #loopSeconds() {
    if (!this.#loop) return null;
    const [from, to] = [this.#map.seconds(this.#loop.from), this.#map.seconds(this.#loop.to)];
    return to - from >= MIN_LOOP ? { from, to } : null;
  }

  #schedule() {
    if (!this.#playing || this.#recording) return;
    const now = sound().now();
    this.#voices = this.#voices.filter(({ voice }) => !voice.done);
    this.#ticks = this.#ticks.filter(({ when }) => when > now);
    const horizon = now + (document.hidden ? AHEAD_HIDDEN : AHEAD);
    while (this.#finish === null) {
      const segment = this.#segments.at(-1);
      const limit = this.#limit();
      const until = Math.min(segment.seconds + (horizon - segment.time) * segment.rate, limit);
      this.#scheduleUntil(until, limit);
      if (until < limit) break;
      const ends = this.#loopSeconds();
      if (!ends || limit !== ends.to) this.#finish = this.#time(limit);
      else return this.#begin(this.#time(limit), ends.from);
    }
    if (this.#finish !== null && this.#heard() >= this.#finish) this.#over();
    return undefined;
  }

  #scheduleUntil(until, limit) {
    for (; this.#next < this.#notes.length && this.#notes[this.#next].start < until - 1e-6; this.#next += 1) {
      const note = this.#notes[this.#next];
      this.#sound(note, this.#time(note.start), 0, this.#time(Math.min(note.end, limit)));
    }
    for (; this.#nextBeat < this.#beats.length && this.#beats[this.#nextBeat].start < until - 1e-6; this.#nextBeat += 1) {
      if (!this.#metronome) continue;
      const { start, strength } = this.#beats[this.#nextBeat];
      const when = this.#time(start);
      this.#ticks.push({ pulse: sound().tick(strength, when), when });
    }
  }

  #sound(note, when, offset, end) {
    const track = this.#tracks[note.track];
    const now = sound().now();
    const late = Math.max(now - when, 0); // a page that stalled longer than AHEAD joins in where the music is
    if (late > 0.1 && when + late >= end) return;
    const voice = sound().voice({
      program: track.program, drum: track.drum, pitch: note.pitch, velocity: note.velocity,
      bus: track.bus, when: Math.max(when, now), offset: offset + (late > 0.1 ? late : 0),
    });
    if (!voice) return;
    voice.release(Math.max(end, voice.when + 0.01));
    this.#voices.push({ voice, note });
  }

  /** The piece has ended: notes ring out, and it stands at the start again. */
  #over() {
    this.#rest = 0;
    this.#wish += 1;
    this.#playing = false;
    clearInterval(this.#timer);
    this.#clear();
    this.#emit("state");
  }

  /** What is to come has changed: forget what is scheduled and not yet heard, and go on from now. */
  #replan() {
    if (!this.#playing || this.#recording) return;
    const time = sound().now() + LEAD;
    const segment = lastBefore(this.#segments, time, "time");
    const seconds = segment.seconds + (time - segment.time) * segment.rate;
    for (const entry of this.#voices) if (entry.voice.when >= time) entry.voice.cut(0);
    this.#voices = this.#voices.filter(({ voice }) => !voice.done);
    for (const { pulse, when } of this.#ticks) if (when >= time) pulse.stop();
    this.#ticks = this.#ticks.filter(({ when }) => when < time);
    this.#segments = this.#segments.filter((one) => one.time < time);
    this.#begin(time, Math.max(seconds, 0));
    const limit = this.#limit();
    for (const { voice, note } of this.#voices) {
      if (voice.when < time) voice.release(Math.max(this.#time(Math.min(note.end, limit)), time));
    }
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
    this.#replan();
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
    this.#replan();
    this.#emit("state");
  }

  /** Whether the beats tick. */
  get metronome() {
    return this.#metronome;
  }

  set metronome(value) {
    this.#metronome = Boolean(value);
    this.#replan();
    this.#emit("state");
  }

  /** Change how a track sounds: any of {muted, solo, volume 0 to 1.5, program}; return how it sounds now. */
  mix(index, changes = {}) {
    const track = this.#tracks[index];
    if (!track) return null;
    const { program } = track;
    for (const name of ["muted", "solo"]) if (name in changes) track[name] = Boolean(changes[name]);
    if (Number.isFinite(changes.volume)) track.volume = Math.min(1.5, Math.max(0, changes.volume));
    if (Number.isInteger(changes.program)) track.program = Math.min(127, Math.max(0, changes.program));
    if (track.program !== program) this.#changeProgram(index);
    this.#balance();
    if (Object.keys(changes).length) this.#emit("mix");
    return { muted: track.muted, solo: track.solo, volume: track.volume, program: track.program, drum: track.drum };
  }

  #changeProgram(index) {
    if (this.#recording) return;
    const { program } = this.#tracks[index];
    this.#fetch().then(
      () => {
        if (this.#tracks[index]?.program !== program) return;
        for (const { voice, note } of this.#voices) if (note.track === index) voice.release(sound().now());
        this.#voices = this.#voices.filter(({ note, voice }) => note.track !== index || voice.when > sound().now());
        this.#replan();
        this.#balance();
      },
      () => {},
    );
  }

  #balance() {
    for (const [i, track] of this.#tracks.entries()) track.bus?.level(this.#gain(i));
  }

  #gain(index) {
    const { muted, solo, volume } = this.#tracks[index];
    const silenced = muted || (!solo && this.#tracks.some((track) => track.solo));
    return silenced ? 0 : volume * this.#loudness();
  }

  /** Return the gain that brings the whole piece near the peak of the server's recording. */
  #loudness() {
    return (this.#gainOfAll ??= this.#measure());
  }

  #measure() {
    let loudest = 0;
    const sounding = [];
    for (const note of this.#notes) {
      const { program, drum } = this.#tracks[note.track];
      const level = sound().peak(program, drum, note.pitch, note.velocity);
      const still = sounding.filter((other) => other.end > note.start && !other.drum);
      still.push({ end: note.end, drum, level });
      sounding.splice(0, sounding.length, ...still);
      loudest = Math.max(loudest, Math.sqrt(still.reduce((sum, other) => sum + other.level ** 2, 0)));
    }
    return loudest > 0 ? Math.min(LOUDEST / loudest, 20) : 1;
  }

  // --------------------------------------------------------------------------------------------------- the recording

  #fallBack(error) {
    const reason = String(error?.message || "").replace(/\s+/g, " ").trim();
    const waited = this.#waiting;
    if (!this.#score?.wav) {
      this.#halt();
      this.#emit("error", `The sounds could not be loaded, so nothing can be played here. ${reason}`.trim());
      this.#emit("state");
      return;
    }
    this.#recording = new Recording(() => this.#recordingEnded(), () => this.#recordingFailed());
    this.#recording.source(this.#score.wav);
    this.#recording.pace(this.#rate);
    this.#recording.repeat(this.#loopSeconds());
    this.#recording.seek(this.#rest);
    this.#waiting = waited;
    this.#emit("error", "The sounds could not be loaded here, so a recording plays instead; mixing has no effect on it.");
    this.#emit("load");
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
    this.#emit("error", "The recording cannot be played here; the WAV can be downloaded instead.");
    this.#emit("state");
  }

  // ------------------------------------------------------------------------------------------------------- listeners

  /** Call a function at each "state", "load", "error" (with a sentence) or "mix"; return what ends that. */
  on(event, call) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(call);
    return () => this.#listeners.get(event).delete(call);
  }

  #emit(event, detail = this) {
    for (const call of [...(this.#listeners.get(event) ?? [])]) call(detail);
  }
}
