// What the window plays, sent to a synthesiser or a DAW by Web MIDI: takes, the seed, kept takes, the editor.

import { worded } from "../page/words.js";
import { mapOf, timed } from "../score/tempo_map.js";
import { MidiStream } from "./midi_stream.js";
import { transport } from "./transport.js";

const TICK = 25; // milliseconds
const AHEAD = 80;
const AHEAD_HIDDEN = 1300; // browsers run timers of hidden pages once a second
const MISSING =
  worded("This page cannot reach synthesisers: open it in Chrome, Edge or Firefox, on this computer or by https. Download the MIDI file instead.");
const REFUSED =
  worded("The browser was told not to let this page use MIDI; allow it in the settings of this site, beside the address, and choose again.");
const NONE = worded("No synthesiser is connected; plug one in and switch it on, or start a virtual port, it is found by itself.");

/** Return the one MIDI output of the window. */
export function midiOut() {
  const home = (window.musegen ??= {});
  return (home.midiOut ??= new MidiOut(transport()));
}

/** Sends what a transport plays to a port; `changed()` is called when there is something else to say. */
export class MidiOut {
  #access = null;
  #port = null;
  #stream = null;
  #key = null;
  #timer = null;

  constructor(player) {
    this.player = player;
    this.clock = false;
    this.said = "";
    this.changed = () => {};
    player.on("state", () => this.#follow());
    window.addEventListener?.("pagehide", () => this.#stop());
  }

  /** The ports there are: [id, name]. */
  get ports() {
    const outputs = [...(this.#access?.outputs.values() ?? [])];
    return outputs.filter((port) => port.state !== "disconnected").map((port) => [port.id, port.name || worded("MIDI port")]);
  }

  /** The id of the port that is played to; "" for none. */
  get port() {
    return this.#port?.id ?? "";
  }

  /** Ask the browser for its ports; call it from a click. */
  async ask() {
    if (this.#access) return;
    if (!navigator.requestMIDIAccess) return this.#say(MISSING);
    try {
      this.#access = await navigator.requestMIDIAccess();
    } catch (error) {
      return this.#say(error?.name === "NotSupportedError" ? MISSING : REFUSED);
    }
    this.#access.onstatechange = () => this.#portsChanged();
    this.#say(this.ports.length ? "" : NONE);
  }

  /** Play to a port by its id, "" for none: then the page sounds itself again. */
  choose(id) {
    this.#stop();
    this.#port = [...(this.#access?.outputs.values() ?? [])].find((port) => port.id === id) ?? null;
    this.player.silent = Boolean(this.#port);
    this.#say(this.#port ? worded("Playing to {name}; from this page only the metronome is heard.", { name: this.#port.name || worded("the MIDI port") }) : "");
    this.#follow();
  }

  #portsChanged() {
    if (this.#port && !this.ports.some(([id]) => id === this.#port.id)) {
      const name = this.#port.name || worded("The MIDI port");
      this.#stop();
      this.#port = null;
      this.player.silent = false;
      this.#say(worded("{name} is not there any more; this page sounds itself again.", { name }));
    } else this.#say(this.ports.length ? (this.#port ? this.said : "") : NONE);
  }

  #say(words) {
    this.said = words;
    this.changed();
  }

  #follow() {
    const { player } = this;
    if (!this.#port || !player.playing || player.recorded) return this.#stop();
    if (this.#key !== player.score.key) this.#stop();
    if (!this.#timer) this.#timer = setInterval(() => this.#look(), TICK);
    return this.#look();
  }

  #look() {
    const { player } = this;
    if (!player.playing || player.loading || player.counting) return;
    const { score, loop, position } = player;
    if (!this.#stream) {
      this.#key = score.key;
      this.#stream = new MidiStream((bytes, time) => this.#send(bytes, time), score, timed(score, mapOf(score)));
    }
    this.#stream.look({
      time: performance.now(), seconds: player.seconds(position), rate: player.rate, clock: this.clock,
      limit: loop && position < loop.to ? player.seconds(loop.to) : Infinity,
      ahead: document.hidden ? AHEAD_HIDDEN : AHEAD, quarter: (seconds) => player.quarter(seconds),
      audible: (track) => this.#audible(track), programs: score.tracks.map((_, i) => player.mix(i).program),
    });
  }

  #audible(track) {
    const { player } = this;
    const alone = player.score.tracks.some((_, i) => player.mix(i).solo);
    const { muted, solo } = player.mix(track);
    return !muted && (solo || !alone);
  }

  #send(bytes, time) {
    try {
      this.#port?.send(bytes, time);
    } catch {
      this.#portsChanged(); // a port that was pulled out: its own event follows, or has come
    }
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    const stream = this.#stream;
    this.#stream = null;
    stream?.stop(performance.now(), this.clock);
  }
}
