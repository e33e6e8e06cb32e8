// When the notes of a score sound: quarters and seconds, tempo changes, pedals, keys pressed again.

/**
 * Quarters to seconds and back, through tempo changes: a list of [quarter, quarters per minute], the first at 0, and
 * through swing: a list of [quarter as written, quarter as it sounds], between which time goes evenly.
 */
export class TempoMap {
  constructor(tempos, clock = []) {
    this.clock = clock.map(([written, sounded]) => ({ written, sounded }));
    let seconds = 0;
    this.spans = (tempos?.length ? tempos : [[0, 120]]).map(([quarter, qpm], i, all) => {
      if (i) seconds += ((quarter - all[i - 1][0]) * 60) / all[i - 1][1];
      return { quarter, seconds, pace: 60 / qpm };
    });
  }

  /** Return the time in seconds of a time in quarters as written. */
  seconds(quarter) {
    return this.sounds(along(this.clock, quarter, "written", "sounded"));
  }

  /** Return the time in seconds of a time in quarters as it sounds. */
  sounds(quarter) {
    const span = lastBefore(this.spans, quarter, "quarter");
    return span.seconds + (quarter - span.quarter) * span.pace;
  }

  /** Return the time in quarters as written of a time in seconds. */
  quarter(seconds) {
    const span = lastBefore(this.spans, seconds, "seconds");
    return along(this.clock, span.quarter + (seconds - span.seconds) / span.pace, "sounded", "written");
  }
}

/** Return the tempo map of a score. */
export function mapOf(score) {
  return new TempoMap(score.tempos, score.swing?.clock);
}

/** Return where a time lies on the other side of a clock: on the line from the mark before it to the one after. */
function along(clock, time, from, to) {
  if (!clock.length) return time;
  const place = indexBefore(clock, time, from);
  const [before, after] = [clock[place], clock[place + 1]];
  const width = after ? after[from] - before[from] : 0;
  return before[to] + (time - before[from]) * (width > 0 ? (after[to] - before[to]) / width : 1);
}

/** Return the last of some sorted things whose `key` is at most `value`, or the first. */
export function lastBefore(sorted, value, key) {
  return sorted[indexBefore(sorted, value, key)];
}

function indexBefore(sorted, value, key) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle][key] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Return the notes of a score as {track, pitch, velocity, start, end} in seconds, by start: as long as key or pedal
 * hold them, and no longer than until their key is pressed again.
 */
export function timed(score, map) {
  const moved = new Map(score.swing?.moved.map(([place, onset, duration]) => [place, [onset, onset + duration]]));
  const notes = score.notes.map(([, track, pitch, onset, duration, velocity], place) => {
    const end = onset + duration;
    const until = held(score.tracks[track]?.pedals, end);
    const [begins, ends] = moved.get(place)?.map((quarter) => map.sounds(quarter)) ?? [onset, end].map((q) => map.seconds(q));
    return { track, pitch, velocity, start: begins, end: until > end ? map.seconds(until) : ends };
  });
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
