import assert from "node:assert/strict";
import { test } from "node:test";

import { barAt, dragged, edged, levelPaths, toggled } from "../../musegen/ui/web/takes/strip_model.js";

test("a place in the strip is a bar, also beyond its ends", () => {
  assert.deepEqual([-0.1, 0, 0.249, 0.25, 0.999, 1, 2].map((share) => barAt(share, 4)), [1, 1, 1, 2, 4, 4, 4]);
});

test("a drag takes the bars between and the tracks it crosses", () => {
  assert.deepEqual(dragged({ track: 1, bar: 9 }, { track: 3, bar: 5 }, [0]), { tracks: [1, 2, 3], bars: [5, 9] });
  assert.deepEqual(dragged({ track: 1, bar: 2 }, { track: 1, bar: 3 }, [0, 1]), { tracks: [0, 1], bars: [2, 3] });
  assert.deepEqual(dragged({ track: 2, bar: 2 }, { track: 2, bar: 3 }, [0, 1]), { tracks: [2], bars: [2, 3] });
});

test("a pressed track comes or goes, the last one stays", () => {
  assert.deepEqual(toggled(1, [0, 2]), [0, 1, 2]);
  assert.deepEqual(toggled(2, [0, 2]), [0]);
  assert.deepEqual(toggled(0, [0]), [0]);
});

test("an edge goes no further than the other and the piece", () => {
  assert.deepEqual(edged(0, 9, [2, 6], 12), [6, 6]);
  assert.deepEqual(edged(1, 40, [2, 6], 12), [2, 12]);
  assert.deepEqual(edged(1, 0, [2, 6], 12), [2, 2]);
});

test("bars of one level that follow each other are one shape", () => {
  assert.deepEqual([...levelPaths("09910")], [[9, "M1 0h2v1h-2z"], [1, "M3 0h1v1h-1z"]]);
});
