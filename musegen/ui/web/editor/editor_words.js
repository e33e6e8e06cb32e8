// Notes in words, as the list of the editor says them: "G4, bar 2 beat 1, quarter note".

const FIFTHS = "FCGDAEB";
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SIGNS = { "-2": " double flat ", "-1": " flat ", 0: "", 1: " sharp ", 2: " double sharp " };
/** @type {[number, string][]} */
const PLAIN = [[4, "whole"], [2, "half"], [1, "quarter"], [0.5, "eighth"], [0.25, "sixteenth"], [0.125, "32nd"]];
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
  return `${step}${SIGNS[alter]}${octave}`;
}

/** Return the name of a length in quarters: "dotted quarter note", "eighth triplet". */
export function lengthWords(duration) {
  for (const [length, name] of PLAIN) {
    if (Math.abs(duration - length) < NEAR) return `${name} note`;
    if (Math.abs(duration - length * 1.5) < NEAR) return `dotted ${name} note`;
    if (Math.abs(duration - (length * 2) / 3) < NEAR) return `${name} triplet`;
  }
  return `${Number(duration.toFixed(2))} quarters`;
}

/** Return where a quarter stands on a `Grid`: "bar 2 beat 1", "bar 2 beat 1 and a half". */
export function placeWords(grid, quarter) {
  const { number, beat, part } = grid.position(quarter);
  const rest = part < NEAR ? "" : Math.abs(part - 0.5) < NEAR ? " and a half" : ` plus ${Number(part.toFixed(2))}`;
  return `bar ${number} beat ${beat}${rest}`;
}

/** Return a note in words. */
export function noteWords(note, grid, fifths = 0) {
  return `${pitchWords(note.pitch, fifths)}, ${placeWords(grid, note.onset)}, ${lengthWords(note.duration)}`;
}

/** Return "1 note", "3 notes". */
export const countWords = (count) => `${count} ${count === 1 ? "note" : "notes"}`;
