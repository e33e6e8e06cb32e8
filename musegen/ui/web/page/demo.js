// The start page's hand on the sound: unlocked in the very click that asks for a piece, played when the piece is there.

import { sound } from "../sound/sound.js";
import { transport } from "../sound/transport.js";

const BUTTONS = '[class*="st-key-demo-"] button';

/** What was played already, in this window: coming back to the page does not start it again. */
function kept() {
  window.musegen ||= {};
  return (window.musegen.demo ||= { played: 0 });
}

class Starter {
  constructor() {
    this.wanted = null;
    this.unlock = (event) => {
      if (event.target.closest?.(BUTTONS)) sound().resume().catch(() => {}); // without sound the picture still comes
    };
    document.addEventListener("click", this.unlock, true);
    this.end = transport().on("state", () => this.start());
  }

  /** Play the score of a key from its beginning, once for each number. */
  update({ number, key }) {
    if (!key || kept().played === number) return;
    kept().played = number;
    this.wanted = key;
    this.start();
  }

  start() {
    if (!this.wanted || transport().score?.key !== this.wanted) return;
    this.wanted = null; // before playing, which tells of a new state again
    transport().play(0);
  }

  destroy() {
    document.removeEventListener("click", this.unlock, true);
    this.end();
  }
}

const starters = new WeakMap();

export default function ({ data, parentElement }) {
  let starter = starters.get(parentElement);
  if (!starter) {
    starter = new Starter();
    starters.set(parentElement, starter);
  }
  starter.update(data);
  return () => {
    starter.destroy();
    starters.delete(parentElement);
  };
}
