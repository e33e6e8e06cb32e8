// The tempo ladder of somebody who practises: each round of a loop a little faster, up to a goal.

/** Climbs from round to round. */
export class TempoLadder {
  constructor() {
    this.on = false;
    this.step = 0.05; // of the written tempo
    this.goal = 1;
    this.rounds = 0;
    this.before = null;
  }

  /**
   * Follow where the music is; returns the tempo to go on at, null as long as it stays.
   * @param {number} quarter that is heard
   * @param {number} rate relative to the written tempo
   * @param {{from: number, to: number}|null} loop
   */
  follow(quarter, rate, loop) {
    const { before } = this;
    this.before = loop ? quarter : null;
    if (!loop || before === null || quarter >= before) return null;
    // Back from the last third to the first: a round is over; any other way back was a hand's.
    const third = (loop.to - loop.from) / 3;
    if (before < loop.to - third || before > loop.to + 1e-6 || quarter > loop.from + third) return null;
    this.rounds += 1;
    if (!this.on || rate >= this.goal - 1e-9) return null;
    return Math.min(Math.round((rate + this.step) * 1000) / 1000, this.goal);
  }

  /** Forget where the music was, as when it stands. */
  rest() {
    this.before = null;
  }
}
