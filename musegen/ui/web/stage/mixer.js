// The mixer: for each track mute, solo, all but it, volume and instrument.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { TRACK_COLOURS } from "../roll/roll_view.js";

const AS_COMPOSED = "";

/** The mixer of a stage; `actions` has mix(track, settings) and program(track, number or null). */
export class Mixer {
  constructor(host, actions) {
    this.host = host;
    this.actions = actions;
    this.settings = [];
    this.drawn = "";
  }

  /**
   * Show the tracks of a score.
   * @param {ScoreTrack[]} tracks of the score
   * @param {[number, string][]} instruments [program, name] to choose from
   * @param {Object<string, number>} chosen program by track, where it is not as composed
   * @param {boolean} dark whether the page is
   */
  show(tracks, instruments, chosen, dark) {
    const drawn = JSON.stringify([tracks.map((track) => [track.name, track.drum]), instruments, chosen, dark]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    // Settings belong to a voice: those of a voice that the new take has too stay.
    const before = new Map(this.settings.map((one) => [one.voice, one]));
    this.settings = tracks.map((track, i) => {
      const voice = `${i} ${track.name}`;
      return before.get(voice) || { voice, muted: false, solo: false, volume: 1 };
    });
    const rows = tracks.map((track, i) => this.row(track, i, instruments, chosen[i], dark));
    const focused = this.host.getRootNode().activeElement?.dataset?.control;
    this.host.replaceChildren(...rows);
    if (focused) this.host.querySelector(`[data-control="${focused}"]`)?.focus();
  }

  row(track, i, instruments, program, dark) {
    const tracksAreSeveral = this.settings.length > 1;
    const name = track.name || (track.drum ? worded("Drums") : worded("Track {number}", { number: i + 1 }));
    const hues = TRACK_COLOURS[dark ? "dark" : "light"];
    const dot = make("span", { class: "dot", style: `background:${hues[i % hues.length]}`, "aria-hidden": "true" });
    const volume = make("input", {
      type: "range", min: 0, max: 1.5, step: 0.05, value: this.settings[i].volume, "aria-label": worded("Volume of {name}", { name }),
      title: worded("Volume"), "data-control": `volume-${i}`, input: () => this.set(i, { volume: Number(volume.value) }),
    });
    return make("div", { class: "track", role: "group", "aria-label": name },
      make("span", { class: "name" }, dot, name),
      this.switch(i, "muted", worded("Mute"), name), this.switch(i, "solo", worded("Solo"), name),
      tracksAreSeveral ? this.mine(i, name) : null, volume,
      track.drum ? null : this.instrument(i, name, instruments, program));
  }

  switch(i, what, label, name) {
    const one = make("button", {
      type: "button", class: what, "aria-pressed": String(this.settings[i][what]), "aria-label": `${label} ${name}`,
      title: worded("{label} {name}, for listening only", { label, name }), "data-control": `${what}-${i}`,
      click: () => {
        this.set(i, { [what]: !this.settings[i][what] });
        one.setAttribute("aria-pressed", String(this.settings[i][what]));
      },
    }, label);
    return one;
  }

  /** A button that leaves all but one track to be heard, for who plays that one; pressed again, all. */
  mine(i, name) {
    return make("button", { type: "button", class: "mine", "aria-label": worded("All but {name}", { name }), "data-control": `mine-${i}`,
      title: worded("Everything but {name}, to play it yourself", { name }), click: () => this.allBut(i) }, worded("I play"));
  }

  allBut(mine) {
    const on = this.settings.every(({ muted, solo }, i) => muted === (i === mine) && !solo);
    this.settings.forEach((_, i) => this.set(i, { muted: !on && i === mine, solo: false }));
    this.host.querySelectorAll("button.muted").forEach((one, i) =>
      one.setAttribute("aria-pressed", String(this.settings[i].muted)));
    this.host.querySelectorAll("button.solo").forEach((one) => one.setAttribute("aria-pressed", "false"));
  }

  instrument(i, name, instruments, program) {
    const options = [[AS_COMPOSED, worded("As the style plays it")], ...instruments].map(([value, words]) =>
      make("option", { value, selected: String(value) === String(program ?? AS_COMPOSED) }, words));
    const select = make("select", {
      "aria-label": worded("Instrument of {name}", { name }), title: worded("What plays it, here and in the files"), "data-control": `what-${i}`,
      change: () => this.actions.program(i, select.value === AS_COMPOSED ? null : Number(select.value)),
    }, ...options);
    return select;
  }

  set(i, change) {
    Object.assign(this.settings[i], change);
    this.actions.mix(i, change);
  }

  /** Tell the transport all settings again, as after another score was loaded. */
  tellAll() {
    this.settings.forEach(({ muted, solo, volume }, i) => this.actions.mix(i, { muted, solo, volume }));
  }
}
