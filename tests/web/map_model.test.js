import assert from "node:assert/strict";
import test from "node:test";

import { cornerShares, gridNumber, mixtureQuery, pointQuery, thinned, unpacked } from "../../musegen/ui/web/map/map_model.js";
import { powers } from "../../musegen/ui/web/map/sound_picture.js";

test("a point and a path are asked for by their places", () => {
  const settings = { net: "map", how: "imagined", root: 3, seconds: 8 };
  const query = new URLSearchParams(pointQuery(settings, [[1, -0.00001], [2.123456, 3]]));
  assert.equal(query.get("at"), "1,0;2.1235,3");
  assert.deepEqual([query.get("net"), query.get("root"), query.get("seconds")], ["map", "3", "8"]);
});

test("shares of corners add up to one and are whole in a corner", () => {
  for (const count of [1, 2, 3, 4]) {
    for (const [u, v] of [[0, 0], [1, 0], [0.3, 0.8], [1.4, -1]]) {
      const shares = cornerShares(count, u, v);
      assert.equal(shares.length, count);
      assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9 && shares.every((share) => share >= 0));
    }
  }
  assert.deepEqual(cornerShares(4, 1, 1), [0, 0, 0, 1]);
});

test("a mixture lies between its clips", () => {
  const clips = [{ place: [0, 2], told: [] }, { place: [4, 0], told: [] }];
  assert.equal(new URLSearchParams(mixtureQuery({ net: "map", how: "grains" }, clips, [0.75, 0.25])).get("at"), "1,1.5");
});

test("a path keeps its ends and loses what lies close together", () => {
  assert.deepEqual(thinned([[0, 0], [0.1, 0], [1, 0], [1.05, 0]], 0.5), [[0, 0], [1, 0], [1.05, 0]]);
});

test("the power of a tone lies in its bin", () => {
  const tone = Float64Array.from({ length: 1024 }, (_, n) => Math.sin((2 * Math.PI * 37 * n) / 1024));
  const found = powers(tone, 0);
  assert.equal(found.indexOf(Math.max(...found)), 37);
});

test("the nearest point made in advance is that of its cell, row by row from below, also beyond the edge", () => {
  const plane = { middle: [1, -1], reach: 2, side: 4 };
  const centres = [-1.5, -0.5, 0.5, 1.5];
  centres.forEach((y, row) => centres.forEach((x, column) => {
    assert.equal(gridNumber(plane, [1 + x + 0.3, -1 + y - 0.3]), row * 4 + column);
  }));
  assert.equal(gridNumber(plane, [99, 99]), 15);
  assert.equal(gridNumber(plane, [-99, -1.1]), 4);
});

test("a pack of sounds falls into its files", () => {
  const bytes = new TextEncoder().encode("[3,0,2]\nabc\ne");
  const files = unpacked(bytes.buffer).map((file) => new TextDecoder().decode(file));
  assert.deepEqual(files, ["abc", "", "\ne"]);
});

test("the power of a stretch that begins before the sound is that of silence and what comes after", () => {
  const samples = Float32Array.from({ length: 2048 }, (_, n) => Math.sin((2 * Math.PI * 64 * n) / 1024));
  const whole = powers(samples, 512), half = powers(samples, -512);
  assert.equal(whole.indexOf(Math.max(...whole)), 64);
  assert.equal(half.indexOf(Math.max(...half)), 64);
  assert.ok(half[64] < whole[64] && half[64] > 0);
});
