// What the page says in the musician's language: the same catalogue as Python's, put before the joined modules.

/* global $spoken */

/** @type {{code: string, names: string, words: Record<string, string>}} */
const spoken = typeof $spoken === "undefined" ? { code: "en", names: "english", words: {} } : $spoken;
/** The code of the language, for `toLocaleString` and the like. */
export const languageCode = spoken.code;

/** How notes are named: "english", "german", "italian" or "french". */
export const naming = spoken.names;

const plural = new Intl.PluralRules(spoken.code);
const SYLLABLES = { C: "do", D: spoken.names === "french" ? "ré" : "re", E: "mi", F: "fa", G: "sol", A: "la", B: "si" };
const SHARPS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/**
 * Returns an English text in the language of the page, its values put in: "{count:# note|# notes}".
 * @param {string} english as it stands in the catalogues
 * @param {Record<string, any>} [values]
 */
export function worded(english, values = {}) {
  const text = spoken.words[english] ?? english;
  return text.replace(/\{(\w+)(?::([^{}]*))?\}/g, (whole, name, spec) => {
    if (!(name in values)) return whole;
    const value = values[name];
    if (!spec) return typeof value === "number" ? number(value) : String(value);
    const forms = spec.split("|");
    if (forms.length > 2 && !value) return forms[0];
    const [one, many] = forms.slice(-2);
    return (plural.select(value) === "one" ? one : many).replaceAll("#", String(value));
  });
}

/** Returns a number with the decimal sign of the language. */
export function number(value) {
  return spoken.code === "en" ? String(value) : String(value).replace(".", ",");
}

/** Returns what an English name of a note ("F#4", "Bb", "C") is called: "Fis4", "fa♯4". */
export function named(english) {
  const match = /^([A-G])(##|#|bb|b)?(-?\d+)?$/.exec(english);
  if (!match || spoken.names === "english") return english;
  const [, step, sign = "", octave = ""] = match;
  if (spoken.names !== "german") return SYLLABLES[step] + ({ "#": "♯", b: "♭", "##": "♯♯", bb: "♭♭" }[sign] ?? "") + octave;
  if (step === "B") return ({ "": "H", b: "B", "#": "His", bb: "Heses", "##": "Hisis" }[sign]) + octave;
  if (!sign) return step + octave;
  if (sign[0] === "#") return step + "is".repeat(sign.length) + octave;
  const flat = "EA".includes(step) ? "s" : "es";
  return step + flat + (sign === "bb" ? (step === "A" ? "as" : "es") : "") + octave;
}

/** Returns the name of a MIDI pitch, with sharps: "C#4". */
export const pitchName = (pitch) => named(`${SHARPS[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`);
