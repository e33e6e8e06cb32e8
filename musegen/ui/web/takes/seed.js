// Music whose score is on the page: a little roll of it, with a button that plays it. The seed, or another short piece.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { LittlePlayer, component } from "./little_player.js";

const MOST_DRAWN = 300;
const LEAST_RANGE = 12; // semitones, so that a narrow melody does not look wild

/** Return where each note [id, track, pitch, onset, duration, ...] lies in a picture, in per cent of it. */
export function places(notes, end) {
  const drawn = notes.slice(0, MOST_DRAWN);
  const last = notes.length > MOST_DRAWN ? Math.max(...drawn.map(([, , , onset, length]) => onset + length)) : end;
  const pitches = drawn.map(([, , pitch]) => pitch);
  const [low, high] = [Math.min(...pitches), Math.max(...pitches)];
  const range = Math.max(high - low, LEAST_RANGE);
  const middle = (low + high) / 2;
  return drawn.map(([, , pitch, onset, length]) => ({
    left: (100 * onset) / last,
    width: (100 * length) / last,
    bottom: 46 + (78 * (pitch - middle)) / range,
  }));
}

/** Its data: {score} of the seed; {score, owner, name} of other music, whose notes that were not given are coloured. */
class Short extends LittlePlayer {
  constructor(host) {
    super();
    this.name = "";
    host.replaceChildren(make("div", { class: "seed" }, this.button, this.roll));
  }

  update({ score, owner, name }) {
    const same = score.key === this.score?.key && name === this.name;
    if (same) return;
    if (this.mine && this.player.playing) this.player.pause();
    Object.assign(this, { score, owner: owner || "seed", name, ready: true, length: score.end });
    this.words = name ? [worded("Play {name}", { name }), worded("Pause {name}", { name })] : [worded("Play your music alone"), worded("Pause your music")];
    const bars = places(score.notes, score.end).map(({ left, width, bottom }, index) =>
      make("i", { style: `left:${left}%;width:max(${width}% - 1px, 2px);bottom:${bottom}%`,
        class: name && !score.notes[index][6] ? "new" : null }));
    this.roll.replaceChildren(...bars, this.cursor);
    this.refresh();
  }

  fetched() {
    return true;
  }
}

export default component(Short, false);
