import assert from "node:assert/strict";
import { test } from "node:test";

import { TempoLadder } from "../../musegen/ui/web/sound/tempo_ladder.js";

const LOOP = { from: 4, to: 8 };

function climbed(ladder, rate, rounds) {
  const rates = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const quarter of [4.1, 5, 6, 7, 7.9]) {
      const next = ladder.follow(quarter, rate, LOOP);
      if (next !== null) rates.push((rate = next));
    }
  }
  return rates;
}

test("each round is a step faster, up to the goal and no further", () => {
  const ladder = new TempoLadder();
  ladder.on = true;
  assert.deepEqual(climbed(ladder, 0.88, 6), [0.93, 0.98, 1]);
  assert.equal(ladder.rounds, 5);
});

test("switched off it counts rounds and changes nothing", () => {
  const ladder = new TempoLadder();
  assert.deepEqual(climbed(ladder, 0.5, 3), []);
  assert.equal(ladder.rounds, 2);
});

test("a hand that goes back, a pause, and music without a loop are no rounds", () => {
  const ladder = new TempoLadder();
  ladder.on = true;
  ladder.follow(6, 0.5, LOOP);
  assert.equal(ladder.follow(4.2, 0.5, LOOP), null);
  ladder.follow(7.9, 0.5, LOOP);
  ladder.rest();
  assert.equal(ladder.follow(4.1, 0.5, LOOP), null);
  ladder.follow(7.9, 0.5, null);
  assert.equal(ladder.follow(4.1, 0.5, null), null);
  assert.equal(ladder.rounds, 0);
});

test("who is faster than the goal stays as fast", () => {
  const ladder = new TempoLadder();
  ladder.on = true;
  assert.deepEqual(climbed(ladder, 1.2, 3), []);
});
