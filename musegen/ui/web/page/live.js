// The live loop: a slider that is let go of asks the server for its take itself, and the stage shows what comes.
// Streamlit runs the page's script meanwhile, which takes over the very same take; where nothing is answered here, that
// run alone shows it.

import { appRoot } from "./address.js";

const NO_NAME = /[^a-zA-Z0-9_-]/g;

/**
 * @typedef {object} LiveData
 * @property {string} token names the session; "" where the page may not ask
 * @property {Object<string, string>} sliders names of settings by the key of their slider
 * @property {Object<string, number>} values of these settings in what the script has asked for last
 */

class LiveLoop {
  constructor() {
    /** @type {LiveData} */
    this.data = { token: "", sliders: {}, values: {} };
    /** @type {Object<string, number>} what was asked for here since the script ran */
    this.asked = {};
    /** @type {AbortController|null} */
    this.asking = null;
    // After the event, when the slider shows what it was moved to; of a key that is held, when it is let go of.
    const look = () => setTimeout(() => this.look());
    this.events = { pointerup: look, keyup: look, keydown: (event) => event.repeat || look() };
    for (const [name, on] of Object.entries(this.events)) window.addEventListener(name, on, true);
  }

  /** Take over what Python says: the page as it stands. @param {LiveData} data */
  update(data) {
    this.data = data;
    const caught = Object.keys(this.asked).every((name) => this.asked[name] === data.values[name]);
    if (caught) this.asked = {};
  }

  /** Return what the sliders on the page stand at, by the name of their setting. */
  read() {
    const values = {};
    for (const [key, name] of Object.entries(this.data.sliders)) {
      const slider = document.querySelector(`.st-key-${key.replace(NO_NAME, "-")} input[type=range]`);
      if (slider instanceof HTMLInputElement && !slider.disabled) values[name] = Number(slider.value);
    }
    return values;
  }

  /** Ask where a slider stands otherwise than what was asked for. */
  look() {
    if (!this.data.token || window.musegen?.live?.off) return;
    const [now, before] = [this.read(), { ...this.data.values, ...this.asked }];
    if (Object.keys(now).every((name) => now[name] === before[name])) return;
    this.asked = now;
    this.ask(now);
  }

  async ask(changes) {
    this.asking?.abort(); // nobody waits for what was asked before
    const asking = (this.asking = new AbortController());
    window.musegen ||= {};
    const live = (window.musegen.live ||= { number: 0 });
    const number = (live.number = Math.max(live.number + 1, Date.now()));
    try {
      const answer = await fetch(new URL("musegen/live", appRoot()), {
        method: "POST", signal: asking.signal, headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token: this.data.token, number, changes }),
      });
      if (answer.status !== 200 || !answer.body) return;
      for await (const line of linesOf(answer.body)) {
        if (!asking.signal.aborted) window.musegen.stage?.live?.(JSON.parse(line));
      }
    } catch {
      // stopped, or the server is away: the page's run says what there is to say
    }
  }

  destroy() {
    this.asking?.abort();
    for (const [name, on] of Object.entries(this.events)) window.removeEventListener(name, on, true);
  }
}

/** The lines of a body as they come. @param {ReadableStream<Uint8Array>} body */
async function* linesOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() || "";
    yield* lines.filter(Boolean);
    if (done) return;
  }
}

const loops = new WeakMap();

export default function ({ data, parentElement }) {
  let loop = loops.get(parentElement);
  if (!loop) loops.set(parentElement, (loop = new LiveLoop()));
  loop.update(data);
  return () => {
    loop.destroy();
    loops.delete(parentElement);
  };
}
