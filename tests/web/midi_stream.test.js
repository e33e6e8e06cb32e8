import assert from "node:assert/strict";
import { test } from "node:test";

import { TempoMap, mapOf, timed } from "../../musegen/ui/web/score/tempo_map.js";
import { MidiStream, channelsOf } from "../../musegen/ui/web/sound/midi_stream.js";
import { scoreOf } from "./scores.js";

/** A stream over a score at 120, looked at every 25 ms; `at` says where the music is at a time. */
function streamed(score, { until, at = (ms) => ms / 1000, limit = Infinity, clock = false, audible = () => true, rate = 1 }) {
  const sent = [];
  const stream = new MidiStream((bytes, time) => sent.push([Math.round(time), ...bytes]), score, timed(score, mapOf(score)));
  const map = new TempoMap(score.tempos);
  for (let time = 0; time <= until; time += 25) {
    stream.look({ time, seconds: at(time), rate, limit, ahead: 80, quarter: (s) => map.quarter(s), audible, clock,
      programs: score.tracks.map((track) => track.program) });
  }
  return { sent, stream };
}

/** The keys that still sound when all messages were played in the order of their times. */
function hanging(sent) {
  const held = new Set();
  const order = sent.map((row, i) => [row, i]).sort(([a, i], [b, j]) => a[0] - b[0] || i - j);
  for (const [[, status, pitch]] of order) {
    const key = `${status & 15} ${pitch}`;
    if ((status & 0xf0) === 0x90) held.add(key);
    if ((status & 0xf0) === 0x80) held.delete(key);
  }
  return [...held];
}

const ons = (sent) => sent.filter(([, status]) => (status & 0xf0) === 0x90).map(([time, status, pitch]) => [time, status & 15, pitch]);

test("drums are on channel 10, other tracks on the rest in turn", () => {
  const tracks = Array.from({ length: 12 }, (_, i) => ({ name: "", program: 0, drum: i === 1 }));
  assert.deepEqual(channelsOf(tracks), [0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
});

test("notes go out at their times with their program before them, and end", () => {
  const score = scoreOf([[60, 0, 1], [62, 1, 1]], { tracks: [{ name: "", program: 40, drum: false }] });
  const { sent } = streamed(score, { until: 1200 });
  assert.deepEqual(sent, [[0, 0xc0, 40], [0, 0x90, 60, 80], [500, 0x80, 60, 0], [500, 0x90, 62, 80], [1000, 0x80, 62, 0]]
    .sort((a, b) => sent.findIndex((row) => `${row}` === `${a}`) - sent.findIndex((row) => `${row}` === `${b}`)));
  assert.deepEqual(hanging(sent), []);
});

test("wherever it is stopped nothing hangs, and every channel is told to be silent", () => {
  const score = scoreOf([[60, 0, 8], [62, 0.25, 3], [60, 1, 1], [64, 1.01, 4, 1]], {
    tracks: [0, 1].map((program) => ({ name: "", program, drum: false })),
  });
  for (let until = 0; until < 3000; until += 75) {
    const { sent, stream } = streamed(score, { until });
    stream.stop(until);
    assert.deepEqual(hanging(sent), [], `stopped at ${until}`);
    assert.deepEqual(sent.filter(([, status]) => (status & 0xf0) === 0xb0).map(([, status, cc]) => [status & 15, cc]), [[0, 123], [1, 123]]);
    const count = sent.length;
    stream.stop(until);
    assert.equal(sent.length, count);
  }
});

test("a loop lets its notes go where it comes round and begins them again", () => {
  const { sent, stream } = streamed(scoreOf([[60, 0, 8]]), { until: 1100, at: (ms) => (ms / 1000) % 0.5, limit: 0.5 });
  assert.deepEqual(ons(sent), [[0, 0, 60], [500, 0, 60], [1000, 0, 60]]);
  stream.stop(1100);
  assert.deepEqual(hanging(sent), []);
});

test("at half the pace the second note comes twice as late; a muted track is not sent", () => {
  const score = scoreOf([[60, 0, 1], [62, 1, 1, 1]], { tracks: [0, 0].map((program) => ({ name: "", program, drum: false })) });
  const half = streamed(score, { until: 1500, at: (ms) => ms / 2000, rate: 0.5 });
  assert.deepEqual(ons(half.sent).map(([time]) => time), [0, 1000]);
  assert.equal(ons(streamed(score, { until: 1500, audible: (track) => track === 0 }).sent).length, 1);
});

test("the clock ticks 24 times a quarter, after start; from the middle it continues at its place; stop ends it", () => {
  const { sent, stream } = streamed(scoreOf([]), { until: 900, clock: true });
  const ticks = sent.filter(([, status]) => status === 0xf8).map(([time]) => time);
  assert.deepEqual(sent.find(([, status]) => status !== 0xc0).slice(1), [0xfa]);
  assert.deepEqual(ticks.slice(0, 4), [0, 21, 42, 63]);
  assert.equal(ticks[24], 500);
  stream.stop(900, true);
  assert.equal(sent.at(-1)[1], 0xfc);
  const middle = streamed(scoreOf([]), { until: 0, at: () => 2, clock: true }).sent.map(([, ...bytes]) => bytes);
  assert.deepEqual(middle.slice(1, 3), [[0xf2, 16, 0], [0xfb]]);
});
