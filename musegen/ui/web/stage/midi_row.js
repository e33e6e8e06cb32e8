// The row of the mixer where a synthesiser or a DAW is chosen to play to.

import { make } from "../page/elements.js";
import { worded } from "../page/words.js";
import { midiOut } from "../sound/midi_out.js";

/** The row; asked for by a click, since the browser asks the musician then. */
export class MidiRow {
  constructor() {
    this.out = midiOut();
    this.ask = make("button", { type: "button", click: () => this.out.ask() }, worded("Play to a synthesiser or DAW"));
    this.port = make("select", { "aria-label": worded("MIDI port"), hidden: true, change: () => this.out.choose(this.port.value) });
    this.clock = make("input", { type: "checkbox", change: () => (this.out.clock = this.clock.checked) });
    this.clock.checked = this.out.clock;
    this.clockLabel = make("label", { hidden: true, title: worded("Clock, start and stop, so that a sequencer follows") },
      this.clock, ` ${worded("Clock")}`);
    this.said = make("p", { class: "midi-said", role: "status" });
    this.element = make("div", { class: "midi-row", role: "group", "aria-label": worded("MIDI out") },
      this.ask, this.port, this.clockLabel, this.said);
    this.changed = () => this.show();
    this.out.changed = this.changed;
    this.show();
  }

  show() {
    const { ports, port, said } = this.out;
    const some = ports.length > 0;
    this.ask.hidden = some;
    this.port.hidden = this.clockLabel.hidden = !some;
    this.port.replaceChildren(...[["", worded("This page sounds")], ...ports].map(([value, name]) =>
      make("option", { value, selected: value === port }, name)));
    this.said.textContent = said;
    this.said.hidden = !said;
  }

  destroy() {
    if (this.out.changed === this.changed) this.out.changed = () => {};
  }
}
