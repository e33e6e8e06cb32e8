// A score as MIDI messages in time: notes, programs, clock. It knows no port and no page, so that it can be tested alone.

const DRUMS = 9;
const CLOCKS = 24; // a quarter
const JUMP = 0.25; // seconds between what was expected and what is, from which on the music has jumped

/** Return the MIDI channel of each track: drums on 10 (9 from 0), the rest on the others in turn. @param {ScoreTrack[]} tracks */
export function channelsOf(tracks) {
  let next = 0;
  return tracks.map(({ drum }) => {
    if (drum) return DRUMS;
    const channel = next % 15;
    next += 1;
    return channel < DRUMS ? channel : channel + 1;
  });
}

/**
 * Sends what is due. Whatever is begun is ended: `stop` lets every key go that was sent, after its own beginning, and
 * tells all channels to be silent. Times of messages are milliseconds as of `performance.now`.
 */
export class MidiStream {
  #send;
  #score;
  #notes;
  #channels;
  #next = 0;
  #sent = -Infinity; // the latest time of any message
  #held = new Map(); // channel * 128 + pitch -> time at which it is let go
  #clock = 0; // number of the next clock tick
  #expected = null; // {time, seconds, rate} of the last look
  #running = false;

  /**
   * @param {(bytes: number[], time: number) => void} send
   * @param {Score} score
   * @param {{track: number, pitch: number, velocity: number, start: number, end: number}[]} notes in seconds, by start
   */
  constructor(send, score, notes) {
    this.#send = (bytes, time) => {
      this.#sent = Math.max(this.#sent, time);
      send(bytes, time);
    };
    this.#score = score;
    this.#notes = notes;
    this.#channels = channelsOf(score.tracks);
  }

  get running() {
    return this.#running;
  }

  /**
   * Send what is due until `ahead` milliseconds from now.
   * @param {object} now
   * @param {number} now.time milliseconds
   * @param {number} now.seconds of the score that are heard now
   * @param {number} now.rate of the score to the clock on the wall
   * @param {number} now.limit seconds of the score at which it ends or comes round
   * @param {number} now.ahead milliseconds
   * @param {(seconds: number) => number} now.quarter seconds to quarters
   * @param {(track: number) => boolean} now.audible
   * @param {boolean} now.clock whether clock, start and stop are sent
   * @param {number[]} now.programs General MIDI program of each track
   */
  look(now) {
    const { time, seconds, rate, limit, ahead } = now;
    const before = this.#expected;
    if (before && Math.abs(before.seconds + ((time - before.time) / 1000) * before.rate - seconds) > JUMP) this.#silence(time);
    if (!this.#running || !this.#expected) this.#begin(now);
    this.#expected = { time, seconds, rate };
    const until = Math.min(seconds + (ahead / 1000) * rate, limit);
    const at = (second) => time + ((second - seconds) / rate) * 1000;
    for (; this.#next < this.#notes.length && this.#notes[this.#next].start < until; this.#next += 1) {
      const note = this.#notes[this.#next];
      if (now.audible(note.track)) this.#strike(note, Math.max(at(note.start), time), at(Math.min(note.end, limit)));
    }
    this.#letGo(time + ahead);
    if (now.clock) {
      const last = now.quarter(until) * CLOCKS;
      const where = now.quarter(seconds);
      for (; this.#clock < last; this.#clock += 1) {
        // Within the few milliseconds of a look the tempo is as good as even.
        const share = (this.#clock / CLOCKS - where) / Math.max(now.quarter(until) - where, 1e-9);
        this.#send([0xf8], Math.max(at(seconds + share * (until - seconds)), time));
      }
    }
  }

  #begin({ time, seconds, quarter, clock, programs }) {
    this.#running = true;
    this.#next = this.#notes.findIndex((note) => note.start >= seconds - 1e-3);
    if (this.#next < 0) this.#next = this.#notes.length;
    this.#score.tracks.forEach(({ drum }, i) => {
      if (!drum) this.#send([0xc0 | this.#channels[i], programs[i]], time);
    });
    const sixteenth = Math.round(quarter(seconds) * 4);
    this.#clock = Math.ceil(quarter(seconds) * CLOCKS - 1e-6);
    if (!clock) return;
    if (sixteenth > 0) this.#send([0xf2, sixteenth & 127, (sixteenth >> 7) & 127], time);
    this.#send([sixteenth > 0 ? 0xfb : 0xfa], time);
  }

  #strike({ track, pitch, velocity }, on, off) {
    const channel = this.#channels[track];
    const key = channel * 128 + pitch;
    if (this.#held.has(key)) this.#send([0x80 | channel, pitch, 0], Math.min(this.#held.get(key), on));
    this.#send([0x90 | channel, pitch, Math.min(Math.max(Math.round(velocity), 1), 127)], on);
    this.#held.set(key, Math.max(off, on + 10));
  }

  #letGo(until) {
    for (const [key, off] of this.#held) {
      if (off > until) continue;
      this.#send([0x80 | (key >> 7), key & 127, 0], off);
      this.#held.delete(key);
    }
  }

  /** End every key that was begun, after its beginning. */
  #silence(time) {
    const after = Math.max(time, this.#sent);
    for (const key of this.#held.keys()) this.#send([0x80 | (key >> 7), key & 127, 0], after);
    this.#held.clear();
    for (const channel of new Set(this.#channels)) this.#send([0xb0 | channel, 123, 0], after);
    this.#expected = null;
  }

  /** Stop at a time: nothing goes on sounding. */
  stop(time, clock = false) {
    if (!this.#running) return;
    this.#silence(time);
    if (clock) this.#send([0xfc], Math.max(time, this.#sent));
    this.#running = false;
  }
}
