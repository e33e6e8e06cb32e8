// The running clock of a score: what sounds when, scheduled a little ahead, and which moment is heard now.

import { sound } from "./sound.js";
import { lastBefore } from "../score/tempo_map.js";

const AHEAD = 1.2; // seconds that are scheduled in advance: longer than a busy page ever stalls
const AHEAD_HIDDEN = 3.2; // browsers run timers of hidden pages once a second
const TICK = 100; // milliseconds between looks at what comes next
const LEAD = 0.025; // seconds from the wish to play to the first sample

/** Plays the notes and beats of one score; times in seconds of the score at its written tempo, if not said otherwise. */
export class Schedule {
  #notes;
  #beats;
  #end;
  #mix;
  #over;
  #running = false;
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

  /** Take notes (see `timed`) and beats {start, strength} by start, the end, a `TrackMix`, and whom to tell the end. */
  constructor({ notes, beats, end, mix, over }) {
    this.#notes = notes;
    this.#beats = beats;
    this.#end = end;
    this.#mix = mix;
    this.#over = over;
  }

  /** Change any of rate, metronome, and loop {from, to} or null; what plays goes on from now in the new way. */
  set({ rate = this.#rate, metronome = this.#metronome, loop = this.#loop }) {
    this.#rate = rate;
    this.#metronome = metronome;
    this.#loop = loop;
    this.#replan();
  }

  /**
   * Play from a second on, after ticks that count in.
   * @param {number} seconds
   * @param {{before: number, strength: number}[]} count ticks, the seconds that each comes before the music
   */
  start(seconds, count = []) {
    this.#running = true;
    const lead = Math.max(0, ...count.map(({ before }) => before));
    const time = sound().now() + LEAD + lead / this.#rate;
    this.#begin(time, seconds);
    for (const { before, strength } of count) {
      const when = time - before / this.#rate;
      this.#ticks.push({ pulse: sound().tick(strength, when), when });
    }
    this.#timer = setInterval(() => this.look(), TICK);
  }

  /** Whether it counts in still. */
  get counting() {
    return this.#running && this.#segments.length > 0 && sound().now() < this.#segments[0].time - LEAD - 1e-6;
  }

  /** Go to a second while it plays. */
  seek(seconds) {
    if (!this.#running) return;
    for (const { voice } of this.#voices) voice.cut();
    this.#clear();
    this.#begin(sound().now() + LEAD, seconds);
  }

  /** Stop the clock and all sounds. */
  halt() {
    this.#running = false;
    clearInterval(this.#timer);
    const now = sound().now();
    for (const { voice } of this.#voices) {
      if (voice.when > now) voice.cut(now);
      else voice.release(now);
    }
    this.#clear();
  }

  /** The instrument of a track has changed: what sounds is let go, and sounds anew. */
  resound(track) {
    if (!this.#running) return;
    for (const { voice, note } of this.#voices) if (note.track === track) voice.release(sound().now());
    this.#voices = this.#voices.filter(({ note, voice }) => note.track !== track || voice.when > sound().now());
    this.#replan();
  }

  #clear() {
    for (const { pulse, when } of this.#ticks) if (when > sound().now()) pulse.stop();
    this.#ticks = [];
    this.#voices = [];
    this.#segments = [];
    this.#finish = null;
  }

  /** The second that is heard now, at most the end; null while it stands. */
  get seconds() {
    if (!this.#running || !this.#segments.length) return null;
    const heard = this.#heard();
    const segment = lastBefore(this.#segments, heard, "time");
    let seconds = segment.seconds + Math.max(heard - segment.time, 0) * segment.rate;
    // The clocks of sound and page differ by a little, now more, now less; a cursor never trembles backwards.
    if (segment === this.#shown.segment) seconds = Math.max(seconds, this.#shown.seconds);
    this.#shown = { segment, seconds };
    return Math.min(seconds, this.#end);
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
    this.look();
  }

  /** Begin in their midst the notes that sound already. */
  #catchUp(time, seconds) {
    for (const note of this.#notes.slice(0, this.#next)) {
      if (note.end <= seconds + 0.06 || this.#mix.tracks[note.track].drum) continue;
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
    const ends = this.#loop;
    return ends && this.#segments.at(-1).seconds < ends.to - 1e-6 ? ends.to : this.#end;
  }

  /** Schedule what comes next; also called when the page is hidden or shown. */
  look() {
    if (!this.#running) return;
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
      const ends = this.#loop;
      if (!ends || limit !== ends.to) this.#finish = this.#time(limit);
      else return this.#begin(this.#time(limit), ends.from);
    }
    if (this.#finish !== null && this.#heard() >= this.#finish) this.#finished();
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
    const now = sound().now();
    const late = Math.max(now - when, 0); // a page that stalled longer than AHEAD joins in where the music is
    if (late > 0.1 && when + late >= end) return;
    const voice = this.#mix.voice(note, Math.max(when, now), offset + (late > 0.1 ? late : 0));
    if (!voice) return;
    voice.release(Math.max(end, voice.when + 0.01));
    this.#voices.push({ voice, note });
  }

  /** The piece has ended: notes ring out. */
  #finished() {
    this.#running = false;
    clearInterval(this.#timer);
    this.#clear();
    this.#over();
  }

  /** What is to come has changed: forget what is scheduled and not yet heard, and go on from now. */
  #replan() {
    if (!this.#running) return;
    const begins = this.counting ? this.#segments[0].time : 0; // what counts in counts to its end
    const time = Math.max(sound().now() + LEAD, begins);
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
}
