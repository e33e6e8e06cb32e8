// The server's recording of a piece in an <audio> element, for browsers in which the page cannot make sound itself.

import { appRoot } from "../page/address.js";

/** A WAV that plays from any second, at any pace, in a loop; times in seconds of the recording. */
export class Recording {
  #audio = new Audio();
  #from = 0; // where to play from once the element knows how long it is
  #loop = null;
  #watch = null;

  constructor(ended, failed) {
    this.#audio.preload = "auto";
    this.#audio.preservesPitch = true;
    this.#audio.addEventListener("ended", ended);
    this.#audio.addEventListener("error", failed);
    this.#audio.addEventListener("loadedmetadata", () => { this.#audio.currentTime = this.#from; });
  }

  /** Second that is heard. */
  get seconds() {
    return this.#audio.readyState ? this.#audio.currentTime : this.#from;
  }

  /** Take another address, relative to the app's. */
  source(address) {
    const url = new URL(address, appRoot()).href;
    if (this.#audio.src !== url) this.#audio.src = url;
  }

  play() {
    clearInterval(this.#watch);
    this.#watch = setInterval(() => {
      if (this.#loop && this.#audio.currentTime >= this.#loop.to) this.#audio.currentTime = this.#loop.from;
    }, 20);
    return this.#audio.play();
  }

  pause() {
    clearInterval(this.#watch);
    this.#audio.pause();
  }

  seek(seconds) {
    this.#from = seconds;
    if (this.#audio.readyState) this.#audio.currentTime = seconds;
  }

  pace(rate) {
    this.#audio.playbackRate = rate;
    this.#audio.defaultPlaybackRate = rate;
  }

  /** Repeat a part, {from, to}, or null. */
  repeat(loop) {
    this.#loop = loop;
  }
}
