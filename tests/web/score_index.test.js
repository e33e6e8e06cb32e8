import assert from "node:assert/strict";
import { test } from "node:test";

import { ScoreIndex, lastAt, pulses } from "../../musegen/ui/web/score/score_index.js";
import { scoreOf } from "./scores.js";

test("what sounds at each moment", () => {
  const index = new ScoreIndex(scoreOf([[60, 0, 2], [64, 1, 2]]));
  const sounding = (quarter) => [...index.sounding(index.moment(quarter))].sort();
  assert.deepEqual(sounding(0.5), ["n0-0"]);
  assert.deepEqual(sounding(1.5), ["n0-0", "n0-1"]);
  assert.deepEqual(sounding(2.5), ["n0-1"]);
  assert.deepEqual(sounding(3.5), []);
  assert.equal(index.moment(-1), -1);
});

test("bars by time, by number, and as stretches", () => {
  const index = new ScoreIndex(scoreOf([], { bars: 4 }));
  assert.equal(index.number(7.9), 2);
  assert.equal(index.ofNumber(3), 8);
  assert.equal(index.ofNumber(99), 12);
  assert.deepEqual(index.bars(9, 5), { from: 4, to: 12 });
  assert.ok(index.isBars({ from: 4, to: 16 }));
  assert.ok(!index.isBars({ from: 4, to: 5 }));
});

test("steps by beat and by bar, to the ends and no further", () => {
  const index = new ScoreIndex(scoreOf([], { bars: 2 }));
  const seconds = (quarter) => quarter / 2;
  assert.equal(index.step(0, 1, "beat", seconds), 1);
  assert.equal(index.step(1.5, -1, "bar", seconds), 0);
  assert.equal(index.step(4, 1, "bar", seconds), 8);
  assert.equal(index.step(0, -1, "beat", seconds), 0);
});

test("a fast jig is counted in dotted quarters, a slow one in eighths", () => {
  const beats = Array.from({ length: 12 }, (_, i) => [i / 2, i % 6 ? (i % 3 ? 2 : 1) : 0]);
  assert.deepEqual(pulses(beats, (q) => q * 0.5).map(([q]) => q), [0, 1.5, 3, 4.5]);
  assert.equal(pulses(beats, (q) => q * 1.5).length, 12);
});

test("the last item at a time", () => {
  assert.equal(lastAt([0, 2, 4], 3, (x) => x), 1);
  assert.equal(lastAt([0, 2, 4], -1, (x) => x), -1);
});
