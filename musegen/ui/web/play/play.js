// The seed by playing: a piano on the screen, letters, a MIDI keyboard; recorded, and handed to Python once each time.

import { button, make } from "../page/elements.js";
import { pitchName, worded } from "../page/words.js";
import { KeyBoard, LETTERS } from "./key_board.js";
import { lettersHere, listenToLetters } from "./letter_keys.js";
import { MidiKeys } from "./midi_keys.js";
import { reasonWords, Recorder } from "./play_recorder.js";
import { stampOf } from "./played_take.js";
import { sound } from "../sound/sound.js";

const SETTINGS = "musegen.play";
const RECORDINGS = "musegen.played";
const KEPT = 5;
const METERS = ["4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4"];
const BARS = [0, 2, 4, 8, 16];
const LOWEST = 24; // the letters' C
const HIGHEST = 96;
const WIDE = 760; // pixels from which there are three octaves
const LETTER_VELOCITY = 84;
const FIRST = {
  bpm: 92, meter: "4/4", bars: 0, countIn: true, metronome: true, free: false, over: false, program: 0, base: 60,
};

function remembered(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value in the browser; false where it keeps nothing, or is full. */
function remember(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Everything of one component; send(name, value) reaches Python. */
export class PlayPanel {
  #held = new Map(); // key -> {pitch, handle, up}
  #pedal = false;

  constructor(root, send) {
    this.root = root;
    this.send = send;
    this.data = { programs: [], base: null, known: [] };
    /** @type {HTMLElement} */
    this.programField = null;
    /** @type {HTMLElement} */
    this.overField = null;
    this.settings = { ...FIRST, ...remembered(SETTINGS, {}) };
    this.recorder = new Recorder({
      changed: (state) => this.#changed(state),
      beat: (index, place) => this.#beat(index, place),
      done: (rows, reason) => this.#done(rows, reason),
    });
    this.#build();
    this.midi = new MidiKeys({
      play: (message, event, device) => this.#midiPlays(message, event, device),
      say: (sentence, connected) => this.#midiSays(sentence, connected),
    });
    this.ends = [listenToLetters(root, {
      down: (code, semitones, event) => {
        this.press(code, this.settings.base + semitones, LETTER_VELOCITY, event);
      },
      up: (code, event) => this.release(code, event),
      octave: (way) => this.#octave(way),
      busy: () => this.recorder.busy,
      begin: () => this.#begin(),
      stop: (event) => this.recorder.stop(stampOf(event)),
      discard: () => this.#discard(),
      learned: (code, letter) => this.#learn(code, letter.toUpperCase()),
      letGo: () => this.letGo(),
    })];
    lettersHere().then((letters) => {
      this.letters = letters;
      this.#label();
    });
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(this.keysHost);
    this.#fit();
  }

  // ---------------------------------------------------------------------------------------------- what is there

  #build() {
    const { settings } = this;
    /** @param {string} name @param {string} label @param {string[][]} options @param {(value: string) => any} parse */
    const select = (name, label, options, parse = String) => {
      const chosen = make("select", { name, change: () => this.#set(name, parse(chosen.value)) });
      for (const [value, text] of options) chosen.append(new Option(text, value, false, parse(value) === settings[name]));
      this[`${name}Field`] = make("label", {}, make("span", {}, label), chosen);
      return this[`${name}Field`];
    };
    const check = (name, label) => {
      const box = make("input", { type: "checkbox", name, change: () => this.#set(name, box.checked) });
      box.checked = settings[name];
      this[`${name}Field`] = make("label", { class: "check" }, box, make("span", {}, label));
      return this[`${name}Field`];
    };
    const tempo = make("input", {
      type: "number", name: "bpm", title: worded("BPM"), min: "30", max: "240", step: "1", inputmode: "numeric", value: String(settings.bpm),
      change: () => {
        const bpm = Math.min(240, Math.max(30, Math.round(Number(tempo.value)) || FIRST.bpm));
        tempo.value = String(bpm);
        this.#set("bpm", bpm);
      },
    });
    this.bpmField = make("label", {}, make("span", {}, worded("Tempo")), tempo);
    this.recordButton = make("button", { type: "button", class: "record", click: () => this.#toggle() },
      make("i", { "aria-hidden": "true" }), make("span", {}, worded("Record")));
    this.beatsShown = make("div", { class: "beats", "aria-hidden": "true" });
    this.said = make("p", { class: "said" });
    this.live = make("p", { class: "live", role: "status", "aria-live": "polite" }); // the one that is read aloud
    this.keysHost = make("div", {
      class: "keys", tabindex: "0", role: "application",
      "aria-label": worded("Piano keys: the letters from A to the apostrophe play, Z and X move by an octave, Enter records"),
    });
    this.keys = new KeyBoard(this.keysHost, {
      down: (finger, pitch, velocity, event) => this.press(finger, pitch, velocity, event),
      up: (finger, event) => this.release(finger, event),
    });
    this.midiSaid = make("p", { class: "midi-said" });
    this.backButton = make("button", { type: "button", class: "back", hidden: true, click: () => this.#bringBack() },
      worded("Bring back my recordings"));
    this.octaveSaid = make("span", { class: "octave" });
    const form = make("div", { class: "row" }, this.recordButton,
      select("free", worded("Record"), [["false", worded("with the metronome")], ["true", worded("freely")]], (value) => value === "true"),
      this.bpmField, select("meter", worded("Meter"), METERS.map((meter) => [meter, meter])),
      select("bars", worded("Length"), BARS.map((n) => [String(n), n ? worded("{n:# bar|# bars}", { n }) : worded("until I stop")]), Number),
      check("countIn", worded("Count-in")), check("metronome", worded("Metronome")), check("over", worded("On top of the last")));
    const below = make("div", { class: "row" }, select("program", worded("Sound"), [], Number),
      make("div", { class: "octaves" }, button("smaller", worded("An octave lower (Z)"), () => this.#octave(-1)),
        this.octaveSaid, button("larger", worded("An octave higher (X)"), () => this.#octave(1))),
      make("button", { type: "button", class: "midi", click: () => this.midi.ask() }, worded("Use a MIDI keyboard")),
      this.midiSaid, this.backButton);
    this.root.classList.add("play");
    this.root.replaceChildren(form, make("div", { class: "row told" }, this.beatsShown, this.said), this.keysHost, below,
      this.live);
    this.#say(worded("Play with the letters, a finger or the mouse; press Record to keep it."));
    this.#follow();
  }

  /** Take what Python says: programs [[program, name], ...], base (the recording that is shown, or null), known (ids). */
  update(data) {
    const before = JSON.stringify(this.data.programs);
    this.data = data;
    if (JSON.stringify(data.programs) !== before) {
      const chosen = this.programField.querySelector("select");
      chosen.replaceChildren(...data.programs.map(([program, name]) => new Option(name, String(program))));
      if (!data.programs.some(([program]) => program === this.settings.program)) this.settings.program = 0;
      chosen.value = String(this.settings.program);
    }
    this.backButton.hidden = remembered(RECORDINGS, []).every(({ id }) => data.known.includes(id));
    this.#follow();
  }

  #set(name, value) {
    this.settings[name] = value;
    remember(SETTINGS, this.settings);
    if (name === "program") this.#warm();
    this.#follow();
  }

  /** Show only what counts for the way of recording that is chosen. */
  #follow() {
    const { free, over } = this.settings;
    const base = this.#base();
    for (const name of ["bpm", "bars", "countIn", "metronome"]) this[`${name}Field`].hidden = free;
    this.overField.hidden = free || !this.data.base || this.data.base.bpm === null;
    for (const name of ["bpm", "meter"]) {
      const input = this[`${name}Field`].querySelector("input, select");
      input.disabled = this.recorder.busy || Boolean(base);
      const own = name === "meter" ? this.settings.meter : String(this.settings.bpm);
      input.value = base ? (name === "meter" ? base.meter.join("/") : String(base.bpm)) : own;
    }
    for (const input of this.root.querySelectorAll("input, select")) {
      if (!["bpm", "meter", "program"].includes(input.name)) input.disabled = this.recorder.busy;
    }
    this.overField.querySelector("input").checked = over;
    const beats = free ? 0 : this.#perBar();
    if (this.beatsShown.childElementCount !== beats) {
      this.beatsShown.replaceChildren(...Array.from({ length: beats }, (_, i) => make("b", {}, String(i + 1))));
    }
  }

  #base() {
    const { base } = this.data;
    return this.settings.over && !this.settings.free && base && base.bpm !== null ? base : null;
  }

  #meter() {
    return this.#base()?.meter ?? this.settings.meter.split("/").map(Number);
  }

  #perBar() {
    const [numerator, denominator] = this.#meter();
    return denominator >= 8 && numerator % 3 === 0 ? numerator / 3 : numerator;
  }

  #say(sentence) {
    this.said.textContent = sentence;
    this.live.textContent = sentence;
  }

  // ----------------------------------------------------------------------------------------------------- playing

  /** A key goes down, from whatever source; velocity 1 to 127. */
  press(key, pitch, velocity, event) {
    if (pitch < 0 || pitch > 127) return;
    if (this.#held.has(key)) this.release(key, event);
    let handle = null;
    try {
      handle = sound().press(this.settings.program, false, pitch, velocity);
    } catch {
      // a browser without sound still records
    }
    this.#held.set(key, { pitch, handle, up: false });
    this.keys.light(pitch, true);
    this.recorder.press(key, pitch, velocity, stampOf(event));
  }

  release(key, event) {
    const one = this.#held.get(key);
    if (!one || one.up) return;
    this.recorder.release(key, stampOf(event));
    this.keys.light(one.pitch, false);
    if (this.#pedal) {
      one.up = true;
      this.#held.delete(key);
      this.#held.set(Symbol(key), one);
    } else {
      this.#held.delete(key);
      this.#silence(one);
    }
  }

  #silence(one) {
    if (one.handle) sound().release(one.handle);
  }

  #pedals(down, event) {
    this.#pedal = down;
    this.recorder.pedal(down, stampOf(event));
    if (down) return;
    for (const [key, one] of this.#held) {
      if (!one.up) continue;
      this.#held.delete(key);
      this.#silence(one);
    }
  }

  /** Let all keys and the pedal go, or those of one source. */
  letGo(from = "") {
    if (this.#pedal) this.#pedals(false, null);
    for (const key of [...this.#held.keys()]) if (String(key).startsWith(from)) this.release(key, null);
  }

  #midiPlays(message, event, device) {
    const key = `midi ${device} `;
    if (message.type === "down") this.press(key + message.pitch, message.pitch, message.velocity, event);
    else if (message.type === "up") this.release(key + message.pitch, event);
    else if (message.type === "pedal") this.#pedals(message.down, event);
    else this.letGo(key);
  }

  #midiSays(sentence, connected) {
    this.midiSaid.textContent = sentence;
    this.live.textContent = sentence;
    this.midiSaid.classList.toggle("connected", connected);
  }

  #warm() {
    const { base, program } = this.settings;
    sound().load([{ program, drum: false, pitches: [base - 12, base, base + 12] }]).catch(() => {
      this.#say(worded("The sound of this instrument did not arrive; what is played is recorded all the same."));
    });
  }

  // --------------------------------------------------------------------------------------------------- recording

  #toggle() {
    if (this.recorder.busy) {
      this.recorder.stop();
      this.letGo(); // also a key whose end was never told
    } else this.#begin();
  }

  #begin() {
    const base = this.#base();
    const { bpm, bars, countIn, metronome, free, program } = this.settings;
    window.musegen?.transport?.pause?.();
    this.keysHost.focus({ preventScroll: true, focusVisible: false });
    this.recorder.start({
      bpm: base?.bpm ?? bpm, meter: this.#meter(), bars: base?.bars ?? bars, countIn, metronome, free, program, base,
    });
  }

  #discard() {
    this.recorder.discard();
    this.#say(worded("That recording was thrown away; the ones before are still here."));
  }

  #changed(state) {
    const busy = state !== "idle";
    this.root.classList.toggle("busy", busy);
    this.root.dataset.state = state;
    this.recordButton.querySelector("span").textContent = busy ? worded("Stop") : worded("Record");
    this.recordButton.setAttribute("aria-pressed", String(busy));
    this.recordButton.title = busy ? worded("Space or Enter stops, Escape throws it away") : "";
    for (const lamp of this.beatsShown.children) lamp.className = "";
    this.#follow();
    if (state === "counting") this.#say(worded("Count-in: one bar, then play."));
    else if (state === "recording") this.#say(worded("Recording. Space stops, Escape throws it away."));
    else if (state === "waiting") this.#say(worded("Begin when you like: it records from your first note."));
  }

  #beat(index, place) {
    [...this.beatsShown.children].forEach((lamp, i) => {
      lamp.className = i === place ? `on${index < 0 ? " counting" : ""}` : "";
    });
  }

  #done(rows, reason) {
    const { settings } = this.recorder;
    if (!rows.length) {
      this.#say(worded("Nothing was played, so nothing was kept. Press Record and play some notes."));
      return;
    }
    const notes = settings.base ? [...settings.base.notes, ...rows] : rows;
    const recording = {
      id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`,
      notes: notes.sort((a, b) => a[0] - b[0] || a[2] - b[2]),
      bpm: settings.free ? null : settings.bpm,
      meter: settings.meter,
      program: settings.base?.program ?? settings.program,
      bars: settings.free || !settings.bars ? null : settings.bars,
    };
    const kept = remember(RECORDINGS, [...remembered(RECORDINGS, []), recording].slice(-KEPT));
    const trouble = kept ? "" : worded("This browser has no room to keep recordings; the program keeps this one.");
    const words = worded("{count:# note|# notes} recorded. {why}", { count: rows.length, why: reasonWords(reason) });
    this.#say([words.trim(), trouble].filter(Boolean).join(" "));
    if (!this.leaving) this.send("recording", recording);
  }

  #bringBack() {
    this.backButton.hidden = true;
    this.send("restored", remembered(RECORDINGS, []));
  }

  // --------------------------------------------------------------------------------------------------- the keys

  #octave(way) {
    const base = this.settings.base + 12 * way;
    if (base < LOWEST || base > HIGHEST) return;
    this.#set("base", base);
    this.#fit();
  }

  #fit() {
    const wide = this.keysHost.clientWidth >= WIDE;
    this.keys.draw(this.settings.base - (wide ? 12 : 0), wide ? 3 : 2);
    this.octaveSaid.textContent = worded("Letters from {note}", { note: pitchName(this.settings.base) });
    this.#label();
  }

  #learn(code, letter) {
    if (!this.letters || this.letters.get(code) === letter) return;
    this.letters.set(code, letter);
    this.#label();
  }

  #label() {
    const letters = /** @type {Map<string, string>} */ (this.letters ?? new Map());
    /** @type {[number, string][]} */
    const labels = [...letters].map(([code, letter]) => [this.settings.base + LETTERS[code], letter]);
    this.keys.label(new Map(labels));
  }

  destroy() {
    this.leaving = true;
    this.recorder.stop(); // who goes to another page finds what was played so far under "Bring back my recordings"
    this.letGo();
    this.midi.close();
    this.observer.disconnect();
    for (const end of this.ends) end();
  }
}

const panels = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let panel = panels.get(parentElement);
  if (!panel) {
    panel = new PlayPanel(parentElement.querySelector(".musegen"), (name, value) => panel.set(name, value));
    panels.set(parentElement, panel);
  }
  panel.set = setTriggerValue;
  panel.update(data);
  return () => {
    panel.destroy();
    panels.delete(parentElement);
  };
}
