// What sounds when, and which bar and beat it is: looked up in a score by time, in quarters.

const LATE = 1e-6;

/** Return the index of the last item whose time is not after `quarter`; -1 before the first. */
export function lastAt(items, quarter, timeOf) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(items[middle]) <= quarter + LATE) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const first = (row) => row[0];

/** A score with its notes found by id and by time. */
export class ScoreIndex {
  /** @param {Score} score as `score_data` makes it */
  constructor(score) {
    this.score = score;
    this.byId = new Map(score.notes.map((note) => [note[0], note]));
    this.changes = null;
  }

  /** Return the number of the change before `quarter`, equal as long as the same notes sound; -1 for none yet. */
  moment(quarter) {
    this.changes ||= changesOf(this.score.notes);
    return lastAt(this.changes, quarter, (change) => change.at);
  }

  /** Return the ids that sound from change number `moment` on. */
  sounding(moment) {
    return moment < 0 ? new Set() : this.changes[moment].ids;
  }

  /** Return the index of the bar at a time. */
  barAt(quarter) {
    return Math.max(lastAt(this.score.bars, quarter, first), 0);
  }

  /** Return {from, to} of a bar by its index. */
  bar(index) {
    const { bars, end } = this.score;
    return { from: bars[index][0], to: index + 1 < bars.length ? bars[index + 1][0] : end };
  }

  /** Return {from, to} of the whole bars that two times lie in, in either order. */
  bars(one, other) {
    const [low, high] = one <= other ? [one, other] : [other, one];
    return { from: this.bar(this.barAt(low)).from, to: this.bar(this.barAt(high)).to };
  }

  /** Whether a stretch {from, to} is whole bars of this score. */
  isBars({ from, to }) {
    const { bars, end } = this.score;
    const line = (quarter) => Math.abs(quarter - end) < 1e-4 || bars.some((bar) => Math.abs(bar[0] - quarter) < 1e-4);
    return from < to && line(from) && line(to);
  }

  /** Return the printed number of the bar at a time. */
  number(quarter) {
    return this.score.bars[this.barAt(quarter)][1];
  }

  /** Return the quarter of the first bar with a printed number, of the nearest where there is none. */
  ofNumber(number) {
    const { bars } = this.score;
    return (bars.find((bar) => bar[1] >= number) || bars[bars.length - 1])[0];
  }

  /**
   * Return the next bar line (`unit` "bar") or beat after a time, or the one before it (`way` -1); see `pulses`.
   */
  step(quarter, way, unit, seconds) {
    const { bars, end } = this.score;
    const times = (unit === "bar" ? bars : pulses(this.score.beats, seconds)).map(first);
    if (way > 0) return times.find((time) => time > quarter + 0.01) ?? end;
    const before = times.filter((time) => time < quarter - 0.01);
    return before.length ? before[before.length - 1] : 0;
  }
}

/** Return whether three units of the meter make a beat, as in 6/8, 9/8 and 12/8. */
export function isCompound(beats) {
  const strong = beats.filter((beat) => beat[1] < 2);
  const unit = beats.length > 1 ? beats[1][0] - beats[0][0] : 0;
  return strong.length > 1 && Math.abs(strong[1][0] - strong[0][0] - 3 * unit) < LATE && unit < 0.9;
}

/**
 * Return the beats that are counted: where the units of the meter pass faster than four a second, and in 6/8, 9/8 and
 * 12/8 unless they are slow, their groups, as the dotted quarters of a jig; `seconds` turns quarters into seconds.
 */
export function pulses(beats, seconds) {
  const least = isCompound(beats) ? 0.4 : 0.25;
  return beats.filter((beat, i) => {
    const near = beats[i + 1] || beats[i - 1];
    return beat[1] < 2 || !near || Math.abs(seconds(near[0]) - seconds(beat[0])) >= least;
  });
}

/** Return [{at, ids}]: the times at which notes begin or end, and what sounds from there. */
function changesOf(notes) {
  const ends = notes.map((note) => [note[3] + note[4], note[0]]).sort((a, b) => a[0] - b[0]);
  const starts = [...notes].sort((a, b) => a[3] - b[3]);
  const times = [...new Set([...starts.map((note) => note[3]), ...ends.map(first)])].sort((a, b) => a - b);
  const now = new Set();
  let [begun, ended] = [0, 0];
  return times.map((at) => {
    while (ended < ends.length && ends[ended][0] <= at + LATE) now.delete(ends[ended++][1]);
    while (begun < starts.length && starts[begun][3] <= at + LATE) {
      const note = starts[begun++];
      if (note[3] + note[4] > at + LATE) now.add(note[0]);
    }
    return { at, ids: new Set(now) };
  });
}
