import assert from "node:assert/strict";
import { test } from "node:test";

import { TempoMap, lastBefore, mapOf, timed } from "../../musegen/ui/web/score/tempo_map.js";
import { scoreOf } from "./scores.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("a tempo change in bar 2: two bars at 120, then at 60", () => {
  const map = new TempoMap([[0, 120], [4, 60]]);
  near(map.seconds(2), 1);
  near(map.seconds(4), 2);
  near(map.seconds(6), 4);
  near(map.quarter(3), 5);
});

test("quarters come back from seconds, through tempo and swing", () => {
  const map = new TempoMap([[0, 90], [3, 140], [7, 70]], [[0, 0], [0.5, 2 / 3], [1, 1]]);
  for (let quarter = 0; quarter < 9; quarter += 0.17) near(map.quarter(map.seconds(quarter)), quarter);
});

test("a swung eighth sounds at two thirds of the beat", () => {
  near(mapOf(scoreOf([], { swing: { clock: [[0, 0], [0.5, 2 / 3], [1, 1]], moved: [] } })).seconds(0.5), 1 / 3);
});

test("without a tempo it is 120", () => near(new TempoMap([]).seconds(1), 0.5));

test("the last thing at or before a value, or the first", () => {
  const sorted = [{ at: 1 }, { at: 2 }, { at: 3 }];
  assert.equal(lastBefore(sorted, 2.5, "at").at, 2);
  assert.equal(lastBefore(sorted, 0, "at").at, 1);
});

test("a key pressed again ends the note before; the pedal holds the rest", () => {
  const score = scoreOf([[60, 0, 4], [60, 2, 1], [64, 0, 1]], {
    tracks: [{ name: "", program: 0, drum: false, pedals: [[0.5, 2]] }],
  });
  const notes = timed(score, mapOf(score));
  assert.deepEqual(notes.map(({ pitch, start, end }) => [pitch, start, end]), [[60, 0, 1], [64, 0, 1], [60, 1, 1.5]]);
});
