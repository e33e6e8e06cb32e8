// Sound made in the page: keys of instruments that the server's synthesiser has rendered, played by plain Web Audio.
// The server's module musegen/rendering/samples.py says what a pack of sounds holds.

import { appRoot } from "../page/address.js";

const KEY_GAIN = 3.5; // a single key, over what the synthesiser gives: about as loud as a piece
const CHOKES = [[42, 44, 46], [71, 72], [73, 74], [78, 79], [80, 81]]; // drum keys that cut each other off
const CLICKS = [[1760, 0.5], [1320, 0.32], [1320, 0.16]]; // hertz and gain: bar, group of beats, other beat
const FADE = 0.008; // seconds in which a sound that is cut off goes: short, but no crack

/** Return the one sound engine of the window. */
export function sound() {
  const home = (window.musegen ??= {});
  return (home.sound ??= new Sound());
}

/** Return index and sound file of a pack (see musegen/rendering/samples.py). */
export function unpack(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0) !== 0x4d475331) throw new Error("not a pack of sounds");
  const length = view.getUint32(4, true);
  const index = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return { index, file: buffer.slice(8 + length) };
}

/** Return the gain at a velocity, 1 to 127, from pairs (velocity, gain), straight lines between their logarithms. */
export function gainAt(curve, velocity) {
  const v = Math.min(127, Math.max(1, velocity));
  let i = 1;
  while (i < curve.length - 1 && curve[i][0] < v) i += 1;
  const [v0, g0] = curve[i - 1];
  const [v1, g1] = curve[i];
  const part = Math.log(v / v0) / Math.log(v1 / v0);
  return Math.exp(Math.log(Math.max(g0, 1e-9)) * (1 - part) + Math.log(Math.max(g1, 1e-9)) * part);
}

/** A place where voices of one instrument come together: a gain, and a way into the room. */
export class Bus {
  constructor(graph, level = 1) {
    this.context = graph.context;
    this.input = new GainNode(this.context, { gain: level });
    this.send = new GainNode(this.context, { gain: 0 });
    this.input.connect(graph.master);
    this.input.connect(this.send).connect(graph.room);
  }

  /** Set how loud it is, softly within a few milliseconds. */
  level(gain) {
    this.input.gain.setTargetAtTime(gain, this.context.currentTime, 0.006);
  }

  disconnect() {
    this.input.disconnect();
    this.send.disconnect();
  }
}

/** One key that sounds, or is to sound. Times in seconds of the context. */
class Voice {
  constructor({ graph, pack, piece, pitch, gain, bus, when, offset }) {
    const rate = 2 ** ((pitch - piece.pitch) / 12);
    const hz = pack.index.rate;
    this.context = graph.context;
    this.when = when;
    this.until = Infinity;
    this.release_seconds = pack.index.release;
    this.loopAt = null;
    let begin = offset * rate;
    let level = gain;
    const base = piece.start / hz;
    const options = { buffer: pack.buffer, playbackRate: rate };
    if (piece.loop) {
      const [from, to] = [piece.loop[0] / hz, piece.loop[1] / hz];
      if (begin > from && piece.decay) level *= Math.exp(-(begin - from) / piece.decay);
      if (begin > from) begin = from + ((begin - from) % (to - from));
      Object.assign(options, { loop: true, loopStart: base + from, loopEnd: base + to });
      if (piece.decay) this.loopAt = [when + Math.max(from - offset * rate, 0) / rate, piece.decay / rate];
    }
    this.source = new AudioBufferSourceNode(this.context, options);
    this.gain = new GainNode(this.context, { gain: level });
    if (offset > 0) {
      this.gain.gain.setValueAtTime(0, when);
      this.gain.gain.linearRampToValueAtTime(level, when + 0.01);
    }
    this.source.connect(this.gain).connect(bus.input);
    if (piece.loop) this.source.start(when, base + begin);
    else this.source.start(when, base + begin, Math.max(piece.length / hz - begin, 0.001));
    this.source.onended = () => this.#gone();
    this.done = false;
    this.#decay();
  }

  #decay() {
    if (this.loopAt) this.gain.gain.setTargetAtTime(0, this.loopAt[0], this.loopAt[1]);
  }

  #gone() {
    this.done = true;
    this.source.disconnect();
    this.gain.disconnect();
  }

  /** Let the key go at a time; an earlier word on that no longer counts. Drums sound to their end. */
  release(at) {
    if (this.release_seconds === null || this.done) return;
    const now = this.context.currentTime;
    if (this.until <= now) return;
    this.until = Math.max(at, now);
    this.gain.gain.cancelScheduledValues(Math.max(now, this.when + 0.011));
    if (this.loopAt && this.loopAt[0] > now && this.loopAt[0] < this.until) this.#decay();
    this.gain.gain.setTargetAtTime(0, this.until, this.release_seconds);
    this.source.stop(this.until + this.release_seconds * 8);
  }

  /** Stop sounding at a time at once, or never begin. */
  cut(at = this.context.currentTime) {
    if (this.done) return;
    if (this.when >= at) {
      this.source.onended = null;
      this.source.stop();
      this.#gone();
      return;
    }
    this.until = at;
    this.gain.gain.cancelScheduledValues(at);
    this.gain.gain.setTargetAtTime(0, at, FADE);
    this.source.stop(at + FADE * 8);
  }
}

/** The nodes that all sound goes through, of one context: master, limiter and room. */
export class Graph {
  constructor(context) {
    this.context = context;
    this.master = new GainNode(context);
    this.room = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
    const half = new GainNode(context, { gain: 0.5 });
    const limiter = new WaveShaperNode(context, { curve: softLimit(), oversample: "none" });
    this.master.connect(half).connect(limiter).connect(context.destination);
  }

  /** Use the room's answer to a single sample, at the rate of the context. */
  setRoom(buffer, gain) {
    if (!gain || this.convolver) return;
    this.convolver = new ConvolverNode(this.context, { buffer, disableNormalization: true });
    this.room.connect(this.convolver).connect(new GainNode(this.context, { gain })).connect(this.master);
  }
}

/** Return the curve of a limiter for samples halved before: nothing changes up to 0.85, full scale is never passed. */
function softLimit() {
  const curve = new Float32Array(4097);
  for (let i = 0; i < curve.length; i += 1) {
    const x = ((i - 2048) / 2048) * 2;
    const over = Math.abs(x) - 0.85;
    curve[i] = over <= 0 ? x : Math.sign(x) * (0.85 + 0.14 * Math.tanh(over / 0.14));
  }
  return curve;
}

/** Sounds and keys of all instruments of the window; see `sound`. */
export class Sound {
  #packs = new Map(); // name -> {promise, pack}
  #index = null;
  #room = null;
  #graph = null;
  #resuming = null;
  #buses = new Map();
  #held = new Set();

  /** Whether sound can be heard: the browser has let the context start. */
  get unlocked() {
    return this.#graph?.context.state === "running";
  }

  /** Seconds of the audio clock; 0 before sound was asked for. */
  now() {
    return this.#graph?.context.currentTime ?? 0;
  }

  /** The nodes all goes through; made now if this is the first time. Throws where the browser has no Web Audio. */
  get graph() {
    if (!this.#graph) {
      const context = new AudioContext({ latencyHint: "interactive" });
      this.#graph = new Graph(context);
      this.furnish(this.#graph).catch(() => {}); // without the room it sounds dry
      context.onstatechange = () => {
        if (context.state !== "running") this.#resuming = null;
      };
    }
    return this.#graph;
  }

  /** Start the context; call it from a click or key. */
  resume() {
    try {
      const { context } = this.graph;
      if (context.state === "running") return Promise.resolve();
      return (this.#resuming ??= context.resume());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Fetch the sounds of instruments: a list of {program, drum, pitches}; pitches null for the middle of the keys. */
  async load(instruments) {
    const { keys } = await this.#whereabouts();
    const names = new Set();
    for (const { program, drum, pitches } of instruments) {
      for (const pitch of pitches ?? (drum ? [36, 48] : [48, 60, 72])) names.add(packName(program, drum, pitch, keys));
    }
    this.#roomFile().catch(() => {}); // needed at the first key, so that the click need not wait for it
    await Promise.all([...names].map((name) => this.#load(name)));
  }

  /** Whether the sound of a key is there. */
  has(program, drum, pitch) {
    return Boolean(this.#packs.get(packName(program, drum, pitch))?.pack);
  }

  /** Press a key, velocity 1 to 127; return a handle for `release`. It sounds as soon as its sound is there. */
  press(program, drum, pitch, velocity = 80) {
    const handle = { voice: null, released: false, key: `${drum ? "d" : "p"}${program}:${pitch}` };
    const sounds = () => {
      if (handle.released) return;
      handle.voice = this.voice({
        program, drum, pitch, velocity, bus: this.#bus(program, drum), when: this.graph.context.currentTime,
      });
    };
    const ready = this.resume();
    if (this.unlocked && this.has(program, drum, pitch)) sounds();
    else {
      Promise.all([ready, this.load([{ program, drum, pitches: [pitch] }])]).then(sounds, () => {});
    }
    this.#held.add(handle);
    return handle;
  }

  /** Let a key go. */
  release(handle) {
    if (!handle || handle.released) return;
    handle.released = true;
    this.#held.delete(handle);
    handle.voice?.release(this.now());
  }

  /** Let all keys go. */
  releaseAll() {
    for (const handle of [...this.#held]) this.release(handle);
  }

  /** Tick as a metronome does: strength 0 for a bar, 1 for a group of beats, 2 for another beat. */
  click(strength) {
    this.resume().then(() => this.tick(strength, this.now()), () => {});
  }

  /** Tick at a time; return what `stop` can be called on. */
  tick(strength, when, graph = this.graph) {
    const [hertz, gain] = CLICKS[Math.min(2, Math.max(0, strength))];
    const pulse = new OscillatorNode(graph.context, { frequency: hertz });
    const shape = new GainNode(graph.context, { gain: 0 });
    shape.gain.setValueAtTime(gain, when);
    shape.gain.exponentialRampToValueAtTime(0.0005, when + 0.045);
    pulse.connect(shape).connect(graph.master);
    pulse.start(when);
    pulse.stop(when + 0.05);
    pulse.onended = () => shape.disconnect();
    return pulse;
  }

  /**
   * Play a key whose sound is there, from `offset` seconds into it, at a time of the context; null where it has none.
   * The voice has release(at), cut(at), when, until and done.
   */
  voice({ program, drum, pitch, velocity, bus, when, offset = 0, graph = this.graph }) {
    const found = this.#find(program, drum, pitch, velocity);
    if (!found) return null;
    const { pack, piece, gain } = found;
    bus.send.gain.value = pack.index.send;
    const voice = new Voice({ graph, pack, piece, pitch, gain, bus, when, offset });
    if (drum) this.#choke(bus, pitch, voice);
    return voice;
  }

  /** Return the highest sample of a key as the synthesiser plays it, 0 where it has no sound. */
  peak(program, drum, pitch, velocity) {
    return (this.#find(program, drum, pitch, velocity)?.gain ?? 0) * 0.7;
  }

  #find(program, drum, pitch, velocity) {
    const pack = this.#packs.get(packName(program, drum, pitch))?.pack;
    let best = null;
    for (const piece of pack?.index.sounds ?? []) {
      if (pitch < piece.low || pitch > piece.high) continue;
      const nearer = best && Math.abs(Math.log(piece.velocity / velocity)) < Math.abs(Math.log(best.velocity / velocity));
      if (!best || nearer) best = piece;
    }
    if (!best) return null;
    const { curve } = pack.index;
    return { pack, piece: best, gain: (best.gain * gainAt(curve, velocity)) / gainAt(curve, best.velocity) };
  }

  #choke(bus, pitch, voice) {
    const group = CHOKES.find((keys) => keys.includes(pitch));
    if (!group) return;
    bus.choked ??= new Map();
    const before = bus.choked.get(group);
    if (before && before.when < voice.when) before.cut(voice.when);
    bus.choked.set(group, voice);
  }

  #bus(program, drum) {
    const name = `${drum ? "d" : "p"}${program}`;
    if (!this.#buses.has(name)) this.#buses.set(name, new Bus(this.graph, KEY_GAIN));
    return this.#buses.get(name);
  }

  async #whereabouts() {
    this.#index ??= fetchOk(`${appRoot()}musegen/sound/index.json`).then((answer) => answer.json());
    try {
      return await this.#index;
    } catch (error) {
      this.#index = null;
      throw error;
    }
  }

  async #fetchFile(name) {
    const { version } = await this.#whereabouts();
    const answer = await fetchOk(`${appRoot()}musegen/sound/${version}/${name}.${soundFormat()}.pack`);
    return unpack(await answer.arrayBuffer());
  }

  async #fetchPack(name) {
    const { index, file } = await this.#fetchFile(name);
    // An offline context decodes without leave to make a sound, and at the rate that the index counts in.
    const buffer = await new OfflineAudioContext(1, 1, index.rate).decodeAudioData(file);
    return { index, buffer };
  }

  #load(name) {
    let entry = this.#packs.get(name);
    if (!entry) {
      entry = { pack: null, promise: null };
      entry.promise = this.#fetchPack(name).then(
        (pack) => { entry.pack = pack; },
        (error) => { this.#packs.delete(name); throw error; },
      );
      this.#packs.set(name, entry);
    }
    return entry.promise;
  }

  #roomFile() {
    this.#room ??= this.#fetchFile("room").catch((error) => {
      this.#room = null; // it may come the next time
      throw error;
    });
    return this.#room;
  }

  /** Let the room be heard in a graph. */
  async furnish(graph) {
    const { index, file } = await this.#roomFile();
    const { sampleRate } = graph.context; // a convolver takes no other
    const buffer = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(file.slice(0));
    graph.setRoom(buffer, (index.gain * index.rate) / sampleRate);
  }
}

/** Return the name of the pack that has a key. */
function packName(program, drum, pitch, keys = 12) {
  return `${drum ? "d" : "p"}${program}-${Math.floor(pitch / keys)}`;
}

function soundFormat() {
  return document.createElement("audio").canPlayType('audio/ogg; codecs="vorbis"') ? "ogg" : "flac";
}

async function fetchOk(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 400) || `status ${answer.status}`);
  return answer;
}
