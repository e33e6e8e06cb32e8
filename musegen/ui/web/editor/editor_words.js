// Notes in words, as the list of the editor says them: "G4, bar 2 beat 1, quarter note".

import { named, naming, worded } from "../page/words.js";

const FIFTHS = "FCGDAEB";
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SIGNS = { "-2": " double flat ", "-1": " flat ", 0: "", 1: " sharp ", 2: " double sharp " };
/** @type {[number, string, string, string][]} a length, its note, the dotted one, the triplet */
const PLAIN = [
  [4, worded("whole note"), worded("dotted whole note"), worded("whole triplet")],
  [2, worded("half note"), worded("dotted half note"), worded("half triplet")],
  [1, worded("quarter note"), worded("dotted quarter note"), worded("quarter triplet")],
  [0.5, worded("eighth note"), worded("dotted eighth note"), worded("eighth triplet")],
  [0.25, worded("sixteenth note"), worded("dotted sixteenth note"), worded("sixteenth triplet")],
  [0.125, worded("32nd note"), worded("dotted 32nd note"), worded("32nd triplet")],
];
const NEAR = 1e-4;

/** Return the name of a pitch in a key of `fifths` sharps (negative: flats): "F sharp 4". */
export function pitchWords(pitch, fifths = 0) {
  // The spelling nearest to the key on the line of fifths; the sheet also looks at where a note goes.
  let position = ((pitch % 12) * 7) % 12;
  while (position < fifths - 3) position += 12;
  while (position > fifths + 8) position -= 12;
  const alter = Math.floor((position + 1) / 7);
  const step = FIFTHS[(((position + 1) % 7) + 7) % 7];
  const octave = Math.floor((pitch - alter - STEPS[step]) / 12) - 1;
  if (naming !== "english") return named(step + (alter < 0 ? "b".repeat(-alter) : "#".repeat(alter)) + octave);
  return `${step}${SIGNS[alter]}${octave}`;
}

/** Return the name of a length in quarters: "dotted quarter note", "eighth triplet". */
export function lengthWords(duration) {
  for (const [length, note, dotted, triplet] of PLAIN) {
    if (Math.abs(duration - length) < NEAR) return note;
    if (Math.abs(duration - length * 1.5) < NEAR) return dotted;
    if (Math.abs(duration - (length * 2) / 3) < NEAR) return triplet;
  }
  return worded("{count} quarters", { count: Number(duration.toFixed(2)) });
}

/** Return where a quarter stands on a `Grid`: "bar 2 beat 1", "bar 2 beat 1 and a half". */
export function placeWords(grid, quarter) {
  const { number, beat, part } = grid.position(quarter);
  if (part < NEAR) return worded("bar {number} beat {beat}", { number, beat });
  if (Math.abs(part - 0.5) < NEAR) return worded("bar {number} beat {beat} and a half", { number, beat });
  return worded("bar {number} beat {beat} plus {part}", { number, beat, part: Number(part.toFixed(2)) });
}

/** Return a note in words. */
export function noteWords(note, grid, fifths = 0) {
  return `${pitchWords(note.pitch, fifths)}, ${placeWords(grid, note.onset)}, ${lengthWords(note.duration)}`;
}

/** Return "1 note", "3 notes". */
export const countWords = (count) => worded("{count:# note|# notes}", { count });
