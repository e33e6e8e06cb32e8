// Scores for the tests, as musegen/services/showing/stage.py makes them.

/** Return a score in 4/4 from notes [pitch, onset, duration, track?]. */
export function scoreOf(notes, { bars = 2, tempos = [[0, 120]], ...more } = {}) {
  const end = bars * 4;
  return {
    key: JSON.stringify([notes, tempos]), title: "", end, tempos, wav: null,
    bars: Array.from({ length: bars }, (_, i) => [4 * i, i + 1]),
    beats: Array.from({ length: end }, (_, i) => [i, i % 4 ? 2 - Number(i % 4 === 2) : 0]),
    tracks: [{ name: "", program: 0, drum: false }],
    notes: notes.map(([pitch, onset, duration, track = 0], i) => [`n${track}-${i}`, track, pitch, onset, duration, 80, 0]),
    ...more,
  };
}

/** A sound whose clock is set by hand and which writes down what it is told to play. */
export class WrittenSound {
  constructor() {
    this.time = 0;
    this.played = [];
    this.ticks = [];
    this.unlocked = true;
    const { time } = this;
    this.graph = { context: { currentTime: time }, master: {}, room: {} };
  }

  at(time) {
    this.time = time;
    this.graph.context.currentTime = time;
  }

  now() {
    return this.time;
  }

  resume() {
    return Promise.resolve();
  }

  load() {
    return Promise.resolve();
  }

  peak() {
    return 0.1;
  }

  voice({ pitch, when, offset }) {
    const voice = { when, done: false, until: Infinity, release: (at) => (voice.until = at), cut: () => (voice.done = true) };
    this.played.push({ pitch, when, offset, voice });
    return voice;
  }

  tick(strength, when) {
    this.ticks.push({ strength, when });
    return { stop() {} };
  }
}

/** Put a written sound where the modules look for the window's; return it. */
export function install() {
  const sound = new WrittenSound();
  const node = () => ({ connect: (to) => to, disconnect() {}, gain: { value: 1, setTargetAtTime() {} } });
  globalThis.window = { musegen: { sound } };
  globalThis.document = { hidden: false, addEventListener() {} };
  globalThis.GainNode = class {
    constructor() {
      Object.assign(this, node());
    }
  };
  return sound;
}
