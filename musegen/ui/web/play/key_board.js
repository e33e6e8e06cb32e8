// A piano on the screen: touched by several fingers, dragged over for a glissando; the letters of the keyboard on it.

import { make } from "../page/elements.js";
import { pitchName } from "../page/words.js";

const BLACK = new Set([1, 3, 6, 8, 10]);
const WHITE_BEFORE = [0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6]; // white keys below, of each pitch class
const BLACK_SHARE = 0.62; // of a white key's width and of its height

/** Keys of a keyboard by place, not by letter (event.code), in semitones above the C that they begin with. */
export const LETTERS = {
  KeyA: 0, KeyW: 1, KeyS: 2, KeyE: 3, KeyD: 4, KeyF: 5, KeyT: 6, KeyG: 7, KeyY: 8, KeyH: 9, KeyU: 10, KeyJ: 11,
  KeyK: 12, KeyO: 13, KeyL: 14, KeyP: 15, Semicolon: 16, Quote: 17,
};
const PRINTED = { Semicolon: ";", Quote: "'" };

/** Return what stands on a key where nothing else is known: a keyboard of English. */
export function printed(code) {
  return PRINTED[code] ?? code.replace("Key", "");
}

/** Keys on the screen; calls down(finger, pitch, velocity, event) and up(finger, event). */
export class KeyBoard {
  #fingers = new Map(); // pointer id -> pitch
  #keys = new Map(); // pitch -> element
  #lit = new Map(); // pitch -> how many hold it

  constructor(host, { down, up }) {
    this.host = host;
    this.down = down;
    this.up = up;
    this.low = 48;
    this.octaves = 0;
    this.labels = new Map();
    const on = (name, fn) => host.addEventListener(name, fn);
    on("pointerdown", (event) => this.#touch(event));
    on("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) on(name, (event) => this.#lift(event));
    on("contextmenu", (event) => event.preventDefault());
  }

  /** Draw keys from a C upwards. */
  draw(low, octaves) {
    if (low === this.low && octaves === this.octaves) return;
    Object.assign(this, { low, octaves });
    this.#keys.clear();
    const white = 7 * octaves + 1;
    this.host.style.setProperty("--white", white);
    this.host.replaceChildren();
    for (let pitch = low; pitch <= low + 12 * octaves; pitch += 1) {
      const black = BLACK.has(pitch % 12);
      const place = 7 * Math.floor((pitch - low) / 12) + WHITE_BEFORE[pitch % 12];
      const key = make("div", { class: black ? "key black" : "key white", "data-pitch": String(pitch) });
      key.style.setProperty("--place", place);
      key.append(make("span", { class: "letter" }), make("span", { class: "name" }, this.#name(pitch)));
      this.#keys.set(pitch, key);
      this.host.append(key);
    }
    for (const pitch of this.#lit.keys()) this.#keys.get(pitch)?.classList.add("down");
    this.label(this.labels);
  }

  #name(pitch) {
    return pitch % 12 === 0 ? pitchName(pitch) : "";
  }

  /** Write letters on keys: pitch -> letter. */
  label(labels) {
    this.labels = labels;
    for (const [pitch, key] of this.#keys) key.firstChild.textContent = labels.get(pitch) ?? "";
  }

  /** Show a key held down, or let go; counted, since two may hold it. */
  light(pitch, on) {
    const count = Math.max((this.#lit.get(pitch) ?? 0) + (on ? 1 : -1), 0);
    if (count) this.#lit.set(pitch, count);
    else this.#lit.delete(pitch);
    this.#keys.get(pitch)?.classList.toggle("down", count > 0);
  }

  /** Return {pitch, velocity} of a place on the keys; lower on a key is louder. Null beside them. */
  at(clientX, clientY) {
    const box = this.host.getBoundingClientRect();
    const x = clientX - box.left;
    const y = (clientY - box.top) / box.height;
    if (x < 0 || x >= box.width || y < 0 || y > 1) return null;
    const width = box.width / (7 * this.octaves + 1);
    const loud = (share) => Math.round(50 + 60 * share);
    let white = null;
    for (const pitch of this.#keys.keys()) {
      const place = 7 * Math.floor((pitch - this.low) / 12) + WHITE_BEFORE[pitch % 12];
      const left = place * width;
      if (BLACK.has(pitch % 12)) {
        if (y <= BLACK_SHARE && Math.abs(x - left) <= (width * BLACK_SHARE) / 2) {
          return { pitch, velocity: loud(y / BLACK_SHARE) };
        }
      } else if (x >= left && x < left + width) white = pitch;
    }
    return white === null ? null : { pitch: white, velocity: loud(y) };
  }

  #touch(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.host.focus({ preventScroll: true, focusVisible: false });
    try {
      this.host.setPointerCapture(event.pointerId);
    } catch {
      // a finger that is no longer there
    }
    this.#move(event);
  }

  #drag(event) {
    if (!this.#fingers.has(event.pointerId)) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) this.#move(one);
  }

  #move(event) {
    const found = this.at(event.clientX, event.clientY);
    const before = this.#fingers.get(event.pointerId);
    if ((found?.pitch ?? null) === (before ?? null) && this.#fingers.has(event.pointerId)) return;
    if (before !== undefined && before !== null) this.up(`finger${event.pointerId}`, event);
    this.#fingers.set(event.pointerId, found?.pitch ?? null);
    if (found) this.down(`finger${event.pointerId}`, found.pitch, found.velocity, event);
  }

  #lift(event) {
    const pitch = this.#fingers.get(event.pointerId);
    if (pitch === undefined) return;
    this.#fingers.delete(event.pointerId);
    if (pitch !== null) this.up(`finger${event.pointerId}`, event);
  }
}
