import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Schedule } from "../../musegen/ui/web/sound/schedule.js";
import { Transport, countTo } from "../../musegen/ui/web/sound/transport.js";
import { install, scoreOf } from "./scores.js";

let sound;
beforeEach(() => (sound = install()));

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

async function playing(score, from = 0) {
  const transport = new Transport();
  transport.load(score, { owner: "test" });
  await settle();
  await transport.play(from);
  return transport;
}

const times = () => sound.played.map(({ pitch, when }) => [pitch, Number((when - 0.025).toFixed(6))]);

test("notes are scheduled at their seconds, only a little ahead", async () => {
  const transport = await playing(scoreOf([[60, 0, 1], [62, 1, 1], [64, 6, 1]]));
  assert.deepEqual(times(), [[60, 0], [62, 0.5]]);
  transport.pause();
  assert.ok(!transport.playing);
});

test("half the pace doubles the times", async () => {
  const transport = new Transport();
  transport.rate = 0.5;
  transport.load(scoreOf([[60, 0, 1], [62, 1, 1]]), { owner: "test" });
  await settle();
  await transport.play();
  assert.deepEqual(times(), [[60, 0], [62, 1]]);
  transport.pause();
});

test("a loop comes round to its first note, and its notes end at its end", async () => {
  const transport = new Transport();
  transport.load(scoreOf([[60, 0, 8], [62, 1, 1]]), { owner: "test" });
  transport.loop = { from: 0, to: 1 };
  await settle();
  await transport.play(0);
  assert.deepEqual(times().slice(0, 3), [[60, 0], [60, 0.5], [60, 1]]);
  assert.ok(Math.abs(sound.played[0].voice.until - 0.525) < 1e-6);
  transport.pause();
});

test("a part shorter than a tenth of a second does not repeat", async () => {
  const transport = await playing(scoreOf([[60, 0, 1]]));
  transport.loop = { from: 0, to: 0.1 };
  assert.deepEqual(transport.loop, { from: 0, to: 0.1 });
  assert.equal(sound.played.filter(({ voice }) => !voice.done).length, 1);
  transport.pause();
});

test("seeking into a note takes it up in its midst", async () => {
  const transport = await playing(scoreOf([[60, 0, 4]]), 2);
  assert.equal(sound.played[0].offset, 1);
  transport.pause();
});

test("a pause keeps the place, another owner's score begins at its start, the same score changes nothing", async () => {
  const score = scoreOf([[60, 0, 8]]);
  const transport = await playing(score);
  sound.at(1.025);
  transport.pause();
  assert.ok(Math.abs(transport.position - 2) < 1e-6);
  transport.load(score, { owner: "test" });
  assert.ok(Math.abs(transport.position - 2) < 1e-6);
  transport.load(score, { owner: "other" });
  assert.equal(transport.position, 0);
});

test("pause is told once to who listens; who has ended listening hears nothing", async () => {
  const transport = await playing(scoreOf([[60, 0, 8]]));
  const told = [];
  const end = transport.on("state", () => told.push(transport.playing));
  transport.pause();
  transport.pause();
  end();
  transport.rate = 0.7;
  assert.deepEqual(told, [false]);
});

test("sounds that cannot be loaded are said where there is no recording", async () => {
  sound.load = () => Promise.reject(new Error("no way"));
  const transport = new Transport();
  const said = [];
  transport.on("error", (words) => said.push(words));
  transport.load(scoreOf([[60, 0, 1]]), { owner: "test" });
  await settle();
  assert.match(said[0], /could not be loaded.*no way/);
});

test("muted tracks have no gain, a track alone silences the rest", async () => {
  const tracks = [0, 40].map((program) => ({ name: "", program, drum: false }));
  const transport = await playing(scoreOf([[60, 0, 1], [62, 0, 1, 1]], { tracks }));
  assert.equal(transport.mix(0, { muted: true }).muted, true);
  assert.equal(transport.mix(1, { volume: 9 }).volume, 1.5);
  assert.equal(transport.mix(7), null);
  transport.pause();
});

test("the end of the piece is told once, when it is heard", () => {
  let over = 0;
  const mix = { tracks: [{ drum: false }], voice: () => null };
  const schedule = new Schedule({ notes: [], beats: [{ start: 0, strength: 0 }], end: 1, mix, over: () => (over += 1) });
  schedule.set({ metronome: true });
  schedule.start(0);
  assert.equal(sound.ticks.length, 1);
  sound.at(0.5);
  schedule.look();
  assert.equal(over, 0);
  sound.at(1.1);
  schedule.look();
  schedule.look();
  assert.equal(over, 1);
  assert.equal(schedule.seconds, null);
});

test("a count-in ticks one bar, and up to a place within a bar", () => {
  const beats = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((q) => ({ start: q / 2, strength: q % 4 ? 2 : 0 }));
  assert.deepEqual(countTo(0, beats).map(({ before }) => before), [2, 1.5, 1, 0.5]);
  assert.deepEqual(countTo(2.5, beats).map(({ before }) => before), [2.5, 2, 1.5, 1, 0.5]);
  const pickup = [{ start: 0, strength: 2 }, ...[1, 2, 3, 4, 5].map((q) => ({ start: q / 2, strength: q % 4 === 1 ? 0 : 2 }))];
  assert.deepEqual(countTo(0, pickup).map(({ before, strength }) => [before, strength]),
    [[3.5, 0], [3, 2], [2.5, 2], [2, 2], [1.5, 0], [1, 2], [0.5, 2]]);
});

test("the music waits for its count-in and the place stands meanwhile", async () => {
  const transport = new Transport();
  transport.countIn = true;
  transport.load(scoreOf([[60, 0, 1], [62, 8, 1]]), { owner: "test" });
  await settle();
  await transport.play(0);
  assert.ok(transport.counting);
  sound.at(1);
  assert.equal(transport.position, 0);
  transport.rate = 0.5; // the count that has begun goes to its end
  assert.deepEqual(times().filter(([pitch]) => pitch === 60).slice(-1), [[60, 2]]);
  sound.at(2.1);
  assert.ok(!transport.counting);
  transport.pause();
});

test("where another instrument plays the tracks they are silent here, and the metronome ticks", async () => {
  const gains = [];
  globalThis.GainNode = class {
    constructor(_context, { gain }) {
      this.gain = { value: gain, setTargetAtTime: (value) => (this.gain.value = value) };
      gains.push(this.gain);
    }
    connect(other) {
      return other;
    }
    disconnect() {}
  };
  const transport = new Transport();
  transport.metronome = true;
  transport.silent = true;
  transport.load(scoreOf([[60, 0, 1]]), { owner: "test" });
  await settle();
  await transport.play(0);
  assert.equal(gains[0].value, 0);
  assert.ok(sound.ticks.length > 0);
  transport.silent = false;
  assert.ok(gains[0].value > 0);
  transport.pause();
});
