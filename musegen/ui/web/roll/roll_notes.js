// Notes in the order of time, found by where they stand without looking at all of them.

const CHUNK = 64;

/** Return the first index of a sorted array whose `key(item)` is not below `value`. */
export function lowerBound(items, value, key = (item) => item) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Notes of a score ([id, track, pitch, onset, duration, velocity, given]; times in quarters), by onset. */
export class NoteIndex {
  constructor(notes) {
    this.notes = [...notes].sort((a, b) => a[3] - b[3] || a[2] - b[2]);
    this.byId = new Map(this.notes.map((note) => [note[0], note]));
    // The latest end of each chunk: chunks that have ended are passed over, also where one note lasts for ever.
    this.ends = [];
    for (let i = 0; i < this.notes.length; i += CHUNK) {
      let end = 0;
      for (let j = i; j < Math.min(i + CHUNK, this.notes.length); j++) {
        end = Math.max(end, this.notes[j][3] + this.notes[j][4]);
      }
      this.ends.push(end);
    }
  }

  /** Call `visit(note)` for each note that sounds within [from, to) quarters, by onset. */
  within(from, to, visit) {
    const stop = lowerBound(this.notes, to, (note) => note[3]);
    for (let chunk = 0; chunk * CHUNK < stop; chunk++) {
      if (this.ends[chunk] <= from) continue;
      for (let i = chunk * CHUNK; i < Math.min((chunk + 1) * CHUNK, stop); i++) {
        const note = this.notes[i];
        if (note[3] + note[4] > from) visit(note);
      }
    }
  }

  /** Return {low, high} of the pitches, null where there are no notes. */
  range() {
    if (!this.notes.length) return null;
    let [low, high] = [127, 0];
    for (const note of this.notes) {
      if (note[2] < low) low = note[2];
      if (note[2] > high) high = note[2];
    }
    return { low, high };
  }
}
