// What is played, as times and notes: the clock that is heard, the beats of a meter, the keys that are down.

/** Longest recording in seconds, and most notes of one. */
export const MAX_SECONDS = 600;
export const MAX_NOTES = 5000;

const KEPT_READINGS = 24;
const FARTHEST_STAMP = 2000; // milliseconds from now; another clock made a stamp beyond

/** Turns times of the page (event.timeStamp, milliseconds) into seconds of the audio clock as heard at that moment. */
export class HeardClock {
  #readings = [];

  /** Take a reading: at a time of the page, a second of the audio clock leaves the loudspeaker. */
  add(audioSeconds, pageMilliseconds) {
    this.#readings.push(audioSeconds - pageMilliseconds / 1000);
    if (this.#readings.length > KEPT_READINGS) this.#readings.shift();
  }

  /** Read a context's own account of its output; without one, its clock less its latency. */
  read(context) {
    const stamp = context.getOutputTimestamp?.();
    if (stamp && stamp.performanceTime > 0 && stamp.contextTime > 0) {
      this.add(stamp.contextTime, stamp.performanceTime);
    } else {
      this.add(context.currentTime - (context.outputLatency || context.baseLatency || 0), performance.now());
    }
  }

  /** Seconds of the audio clock heard at a time of the page; single readings jitter, their median does not. */
  at(pageMilliseconds) {
    const sorted = [...this.#readings].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const offset = !sorted.length ? 0 : sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return pageMilliseconds / 1000 + offset;
  }
}

/** Return when an event happened in milliseconds of the page: its own stamp, or now where that is of no use. */
export function stampOf(event) {
  const now = performance.now();
  const stamp = event?.timeStamp;
  return Number.isFinite(stamp) && stamp > 0 && Math.abs(stamp - now) < FARTHEST_STAMP ? Math.min(stamp, now) : now;
}

/** The beats of a meter at a tempo in beats a minute; the beat of 6/8 is the dotted quarter. */
export class Beats {
  constructor(bpm, [numerator, denominator]) {
    const compound = denominator >= 8 && numerator % 3 === 0;
    this.perBar = compound ? numerator / 3 : numerator;
    this.seconds = 60 / bpm;
    this.barSeconds = this.perBar * this.seconds;
  }

  /** Second of a beat, counted from beat one. */
  at(index) {
    return index * this.seconds;
  }

  /** Beat that has begun at a second, negative in the count-in. */
  index(seconds) {
    return Math.floor(seconds / this.seconds + 1e-6);
  }

  /** Place in the bar, from 0; 0 is the first beat. */
  place(index) {
    return ((index % this.perBar) + this.perBar) % this.perBar;
  }
}

/** The notes of one recording; all times in seconds from beat one. */
export class Take {
  #open = new Map(); // key -> row
  #pedalled = new Set(); // rows whose key is up while the pedal is down
  #pedal = false;

  constructor() {
    this.rows = []; // [onset, end, pitch, velocity, pedal end]
  }

  get full() {
    return this.rows.length >= MAX_NOTES;
  }

  /** A key goes down; `key` names the finger or the key, so that two sources may hold one pitch. */
  press(key, pitch, velocity, seconds) {
    for (const [other, row] of this.#open) if (row[2] === pitch || other === key) this.release(other, seconds);
    for (const row of this.#pedalled) if (row[2] === pitch) this.#finish(row, seconds);
    if (this.full) return;
    const row = [seconds, null, pitch, Math.min(127, Math.max(1, Math.round(velocity))), null];
    this.rows.push(row);
    this.#open.set(key, row);
  }

  release(key, seconds) {
    const row = this.#open.get(key);
    if (!row) return;
    this.#open.delete(key);
    row[1] = Math.max(seconds, row[0]);
    if (this.#pedal) this.#pedalled.add(row);
    else row[4] = row[1];
  }

  /** The sustain pedal goes down or comes up. */
  pedal(down, seconds) {
    this.#pedal = down;
    if (!down) for (const row of this.#pedalled) this.#finish(row, seconds);
  }

  #finish(row, seconds) {
    row[4] = Math.max(seconds, row[1]);
    this.#pedalled.delete(row);
  }

  /** Let everything go at a time; return the rows, rounded to tenths of milliseconds. */
  close(seconds) {
    for (const key of [...this.#open.keys()]) this.release(key, seconds);
    this.pedal(false, seconds);
    const round = (value) => Math.round(value * 1e4) / 1e4;
    return this.rows.map(([onset, end, pitch, velocity, pedal]) => [
      round(onset), round(Math.min(end, Math.max(seconds, onset))), pitch, velocity, round(pedal),
    ]);
  }
}

/** Return what a MIDI message means: {type: "down" | "up" | "pedal" | "silence", ...}, or null for all others. */
export function meaning([status, first, second]) {
  switch (status & 0xf0) {
    case 0x90:
      return second > 0 ? { type: "down", pitch: first, velocity: second } : { type: "up", pitch: first };
    case 0x80:
      return { type: "up", pitch: first };
    case 0xb0:
      if (first === 64) return { type: "pedal", down: second >= 64 };
      return first === 120 || first === 123 ? { type: "silence" } : null;
    default:
      return null;
  }
}
