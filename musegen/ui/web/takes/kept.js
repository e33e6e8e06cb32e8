// A kept take in a row: its small roll, and a button that plays it. Its score is fetched when it is first played.

import { appRoot } from "../page/address.js";
import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { LittlePlayer, component } from "./little_player.js";

const SVG = "http://www.w3.org/2000/svg";

class Kept extends LittlePlayer {
  constructor(host) {
    super();
    this.data = null;
    this.picture = document.createElementNS(SVG, "svg");
    this.picture.setAttribute("preserveAspectRatio", "none");
    this.paths = ["new", "given"].map((name) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      this.picture.append(path);
      return path;
    });
    this.roll.append(this.picture, this.cursor);
    this.said = make("p", { role: "status" });
    host.replaceChildren(make("div", { class: "kept" }, this.button, this.roll), this.said);
  }

  update(data) {
    if (data.take !== this.data?.take) this.score = null;
    Object.assign(this, { data, ready: true, owner: `kept ${data.take}`, length: data.end });
    this.words = [worded("Play {name}", { name: data.name }), worded("Pause {name}", { name: data.name })];
    this.picture.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    this.paths[0].setAttribute("d", data.new);
    this.paths[1].setAttribute("d", data.given);
    this.roll.parentElement.style.setProperty("--tall", `${data.tall}px`);
    this.refresh();
  }

  /** Have the score; false where it cannot be had. */
  async fetched() {
    const { take } = this.data;
    this.said.textContent = "";
    try {
      if (!this.score) {
        const answer = await fetch(`${appRoot()}musegen/kept/${encodeURIComponent(take)}.json`);
        if (!answer.ok) throw new Error(answer.statusText);
        this.score = await answer.json();
      }
    } catch {
      this.said.textContent = worded("This take is not in the library any more, or the program was ended.");
      return false;
    }
    return take === this.data.take;
  }
}

export default component(Kept, true);
