// Bars, beats and the snap grid that hangs on them.

const TICKS = 10080;

/** Return a time in quarters moved to the nearest 1/10080 quarter, as the server keeps it. */
export const tick = (quarter) => Math.round(quarter * TICKS) / TICKS;

/** Snap steps: [name, quarters]; 0 is no snapping. */
export const SNAPS = [
  ["1/4", 1],
  ["1/8", 1 / 2],
  ["1/16", 1 / 4],
  ["1/8T", 1 / 3],
  ["1/16T", 1 / 6],
  ["off", 0],
];

/** Where the keyboard's steps are 1/32 notes although nothing snaps. */
export const FREE_STEP = 1 / 8;

/** Bars ([quarter, number]) and beats ([quarter, strength]) up to `limit` quarters. */
export class Grid {
  constructor({ bars, beats, limit }) {
    this.bars = bars;
    this.beats = beats;
    this.limit = limit;
    this.starts = bars.map((bar) => bar[0]);
  }

  /** Return the index of the bar that holds a quarter. */
  barAt(quarter) {
    let index = 0;
    while (index + 1 < this.starts.length && this.starts[index + 1] <= quarter + 1e-9) index += 1;
    return index;
  }

  barEnd(index) {
    return index + 1 < this.starts.length ? this.starts[index + 1] : this.limit;
  }

  /** Number of bars that are counted: a pickup, bar 0, is none. */
  get count() {
    return this.bars.length - this.pickup;
  }

  get pickup() {
    return this.bars.length && this.bars[0][1] === 0 ? 1 : 0;
  }

  /** Return the end in quarters of the first `count` bars. */
  endOf(count) {
    return this.barEnd(Math.min(count + this.pickup, this.bars.length) - 1);
  }

  /** Return how many bars are needed to hold what ends at a quarter. */
  countFor(quarter) {
    let count = 1;
    while (count < this.count && this.endOf(count) < quarter - 1e-9) count += 1;
    return count;
  }

  /** Return a quarter on the grid of `step` quarters, counted from its bar line; how: "round", "floor" or "ceil". */
  snap(quarter, step, how = "round") {
    if (!step) return tick(Math.max(quarter, 0));
    const bar = this.barAt(Math.max(quarter, 0));
    const [start, end] = [this.starts[bar], this.barEnd(bar)];
    const steps = (quarter - start) / step;
    const ways = { floor: Math.floor(steps + 1e-6), ceil: Math.ceil(steps - 1e-6), round: Math.round(steps) };
    const whole = ways[how];
    return tick(Math.min(start + Math.max(whole, 0) * step, end));
  }

  /** Return the next (direction 1) or last (-1) place on the grid of `step` quarters. */
  next(quarter, step, direction) {
    const by = step || FREE_STEP;
    if (direction > 0) return Math.min(this.snap(quarter + by, by, "floor"), this.limit);
    const before = this.snap(quarter, by, "floor");
    if (before < quarter - 1e-6) return before;
    return quarter <= 1e-9 ? 0 : this.snap(quarter - 1e-6, by, "floor");
  }

  /** Return {number of the bar, beat from 1, part of a beat beyond it}. */
  position(quarter) {
    const index = this.barAt(quarter);
    const start = this.starts[index];
    const inBar = this.beats.filter(([q]) => q >= start - 1e-9 && q < this.barEnd(index) - 1e-9).map(([q]) => q);
    let at = 0;
    while (at + 1 < inBar.length && inBar[at + 1] <= quarter + 1e-9) at += 1;
    const next = inBar[at + 1] ?? this.barEnd(index);
    const from = inBar[at] ?? start;
    return { number: this.bars[index][1], beat: at + 1, part: (quarter - from) / Math.max(next - from, 1e-9) };
  }
}
