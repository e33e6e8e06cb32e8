// When the notes of a score sound: quarters and seconds, tempo changes, pedals, keys pressed again.

/** Quarters to seconds and back, through tempo changes: a list of [quarter, quarters per minute], the first at 0. */
export class TempoMap {
  constructor(tempos) {
    let seconds = 0;
    this.spans = (tempos?.length ? tempos : [[0, 120]]).map(([quarter, qpm], i, all) => {
      if (i) seconds += ((quarter - all[i - 1][0]) * 60) / all[i - 1][1];
      return { quarter, seconds, pace: 60 / qpm };
    });
  }

  /** Return the time in seconds of a time in quarters. */
  seconds(quarter) {
    const span = lastBefore(this.spans, quarter, "quarter");
    return span.seconds + (quarter - span.quarter) * span.pace;
  }

  /** Return the time in quarters of a time in seconds. */
  quarter(seconds) {
    const span = lastBefore(this.spans, seconds, "seconds");
    return span.quarter + (seconds - span.seconds) / span.pace;
  }
}

/** Return the last of some sorted things whose `key` is at most `value`, or the first. */
export function lastBefore(sorted, value, key) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle][key] <= value) low = middle;
    else high = middle - 1;
  }
  return sorted[low];
}

/**
 * Return the notes of a score as {track, pitch, velocity, start, end} in seconds, by start: as long as key or pedal
 * hold them, and no longer than until their key is pressed again.
 */
export function timed(score, map) {
  const notes = score.notes.map(([, track, pitch, onset, duration, velocity]) => ({
    track, pitch, velocity, start: map.seconds(onset),
    end: map.seconds(held(score.tracks[track]?.pedals, onset + duration)),
  }));
  notes.sort((a, b) => a.start - b.start);
  const sounding = new Map();
  for (const note of notes) {
    const key = note.track * 128 + note.pitch;
    const before = sounding.get(key);
    if (before && before.end > note.start) before.end = note.start;
    sounding.set(key, note);
  }
  return notes;
}

/** Return when a note ends, in quarters, whose key goes up at `end`: when the pedal does that was down by then. */
function held(pedals, end) {
  let until = end;
  for (const [down, up] of pedals ?? []) if (down < end && up > until) until = up;
  return until;
}
