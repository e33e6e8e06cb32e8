// How the tracks of a score sound beside each other: instrument, volume, muted or alone, and how loud all of it is.

import { Bus, sound } from "./sound.js";

const LOUDEST = 0.75; // peak aimed at; the estimate was 0 to 3 dB too low, so it comes to the recording's -1 dB

/** The tracks of one score as they are mixed. */
export class TrackMix {
  #notes;
  #gainOfAll = null;
  #silent = false;

  /**
   * Take the tracks of a score, [{program, drum}], and its notes (see `timed`); where a mix of a score before it is
   * given, what was chosen in it stays, an instrument where the track was composed for the same as before.
   */
  constructor(tracks, notes, before = null) {
    this.#notes = notes;
    this.composed = tracks.map(({ program }) => program);
    this.tracks = tracks.map(({ program, drum }, i) => {
      const old = before?.tracks[i];
      const kept = old && before.composed[i] === program && old.drum === drum;
      return {
        muted: old?.muted ?? false, solo: old?.solo ?? false, volume: old?.volume ?? 1,
        program: kept ? old.program : program, drum, bus: null, heard: null,
      };
    });
  }

  /** Return the sounds that all this takes, for `Sound.load`. */
  needs() {
    const pitches = this.tracks.map(() => new Set());
    for (const note of this.#notes) pitches[note.track]?.add(note.pitch);
    return this.tracks.map(({ program, drum }, i) => ({ program, drum, pitches: [...pitches[i]] }));
  }

  /** Make the ways that sound takes, at the gain of the moment; before it plays. */
  connect() {
    for (const [i, track] of this.tracks.entries()) {
      track.bus ??= new Bus(sound().graph, 0);
      track.bus.input.gain.value = this.#gain(i);
    }
  }

  disconnect() {
    for (const track of this.tracks) track.bus?.disconnect();
  }

  /** Change a track: any of {muted, solo, volume 0 to 1.5, program}. */
  change(index, changes) {
    const track = this.tracks[index];
    for (const name of ["muted", "solo"]) if (name in changes) track[name] = Boolean(changes[name]);
    if (Number.isFinite(changes.volume)) track.volume = Math.min(1.5, Math.max(0, changes.volume));
    if (Number.isInteger(changes.program)) track.program = Math.min(127, Math.max(0, changes.program));
  }

  /** Let what was changed be heard. */
  balance() {
    for (const [i, track] of this.tracks.entries()) track.bus?.level(this.#gain(i));
  }

  /** Play a note through its track, see `Sound.voice`; null where it has no sound. */
  voice(note, when, offset) {
    const { heard, drum, bus } = this.tracks[note.track];
    return sound().voice({ program: heard, drum, pitch: note.pitch, velocity: note.velocity, bus, when, offset });
  }

  /** Let no track be heard here, since another instrument plays them; the metronome still ticks. */
  silence(on) {
    this.#silent = on;
    this.balance();
  }

  #gain(index) {
    if (this.#silent) return 0;
    const { muted, solo, volume } = this.tracks[index];
    const silenced = muted || (!solo && this.tracks.some((track) => track.solo));
    return silenced ? 0 : volume * this.#loudness();
  }

  /** The sounds are there: from now on each track is heard as its instrument, not as the one before. */
  arrived() {
    for (const track of this.tracks) track.heard = track.program;
    this.#gainOfAll = null;
  }

  /** Return the gain that brings the whole piece near the peak of the server's recording. */
  #loudness() {
    return (this.#gainOfAll ??= this.#measure());
  }

  #measure() {
    let loudest = 0;
    const sounding = [];
    for (const note of this.#notes) {
      const { heard, drum } = this.tracks[note.track];
      const level = sound().peak(heard, drum, note.pitch, note.velocity);
      const still = sounding.filter((other) => other.end > note.start && !other.drum);
      still.push({ end: note.end, drum, level });
      sounding.splice(0, sounding.length, ...still);
      loudest = Math.max(loudest, Math.sqrt(still.reduce((sum, other) => sum + other.level ** 2, 0)));
    }
    return loudest > 0 ? Math.min(LOUDEST / loudest, 20) : 1;
  }
}
