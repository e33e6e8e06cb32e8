// A MIDI keyboard, where the browser lets the page listen to one; asked for only when the musician wants it.

import { worded } from "../page/words.js";
import { meaning } from "./played_take.js";

const MISSING =
  worded("This page cannot reach MIDI keyboards: open it in Chrome, Edge or Firefox, on this computer or by https. The keys below and the letters play meanwhile.");
const REFUSED =
  worded("The browser was told not to let this page use MIDI; allow it in the settings of this site, beside the address, and press the button again.");
const NONE = worded("No MIDI keyboard is connected; plug one in and switch it on, it is found by itself.");

function nameOf(input) {
  return input.name || worded("a MIDI keyboard");
}

/** Listens to all MIDI inputs; calls play(message, event, device) and say(sentence, connected). */
export class MidiKeys {
  #access = null;
  #inputs = new Map();

  constructor({ play, say }) {
    this.play = play;
    this.say = say;
  }

  get open() {
    return this.#access !== null;
  }

  /** Ask for access; call it from a click. */
  async ask() {
    if (!navigator.requestMIDIAccess) {
      this.say(MISSING, false);
      return;
    }
    this.say(worded("Asking the browser for MIDI ..."), false);
    try {
      this.#access = await navigator.requestMIDIAccess();
    } catch (error) {
      this.say(error?.name === "NotSupportedError" ? MISSING : REFUSED, false);
      return;
    }
    this.#access.onstatechange = () => this.#listen();
    this.#listen();
  }

  #listen() {
    const there = new Map();
    for (const input of this.#access?.inputs.values() ?? []) {
      if (input.state !== "disconnected") there.set(input.id, input);
    }
    const gone = [];
    for (const [id, input] of this.#inputs) {
      if (there.has(id)) continue;
      gone.push(nameOf(input));
      input.onmidimessage = null;
      this.play({ type: "silence" }, null, id);
    }
    for (const [id, input] of there) {
      input.onmidimessage = (event) => {
        const message = event.data && meaning(event.data);
        if (message) this.play(message, event, id);
      };
    }
    this.#inputs = there;
    const names = [...there.values()].map(nameOf);
    const now = names.length ? worded("Connected: {names}.", { names: names.join(", ") }) : NONE;
    const lost = gone.map((name) => worded("{name} is not there any more: its keys were let go, and what was played stays.", { name }));
    this.say([...lost, now].join(" "), names.length > 0);
  }

  /** Listen no more. */
  close() {
    for (const input of this.#inputs.values()) input.onmidimessage = null;
    if (this.#access) this.#access.onstatechange = null;
    this.#inputs.clear();
    this.#access = null;
  }
}
