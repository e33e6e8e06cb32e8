import assert from "node:assert/strict";
import { test } from "node:test";

import { EditorModel, MAX_TRACKS, readClip, settle } from "../../musegen/ui/web/editor/editor_model.js";
import { lengthWords, pitchWords } from "../../musegen/ui/web/editor/editor_words.js";

const note = (id, pitch, onset, duration, track = 0) => ({ id, track, pitch, onset, duration, velocity: 80 });

function model(...notes) {
  const bars = [[0, 1], [4, 2], [8, 3]];
  const beats = Array.from({ length: 12 }, (_, i) => [i, i % 4 ? 2 : 0]);
  return new EditorModel({ tracks: [{ name: "", program: 0, drum: false }], notes, bars: 2 }, { bars, beats, limit: 12 });
}

const rows = (edited) => edited.notes.map((n) => [n.pitch, n.onset, n.duration]);

test("a note drawn over another of its pitch cuts it short; undo and redo bring both states back", () => {
  const edited = model(note("a", 60, 0, 4));
  edited.add({ onset: 1, pitch: 60, duration: 1 });
  assert.deepEqual(rows(edited), [[60, 0, 1], [60, 1, 1]]);
  assert.ok(edited.undo().ok);
  assert.deepEqual(rows(edited), [[60, 0, 4]]);
  assert.ok(edited.redo().ok);
  assert.equal(edited.notes.length, 2);
  assert.ok(!edited.redo().ok);
});

test("notes move together, only as far as all can", () => {
  const edited = model(note("a", 60, 1, 1), note("b", 64, 2, 1));
  const moved = edited.moved(new Set(["a", "b"]), -3, 100);
  assert.deepEqual(moved.map((n) => [n.pitch, n.onset]), [[104, 0], [108, 1]]);
  assert.deepEqual(rows(edited), [[60, 1, 1], [64, 2, 1]]);
});

test("an end is drawn no shorter than a step and no further than the last bar", () => {
  const edited = model(note("a", 60, 8, 2));
  assert.equal(edited.resized(new Set(["a"]), "end", -5)[0].duration, 0.25);
  assert.equal(edited.resized(new Set(["a"]), "end", 9)[0].duration, 4);
  assert.deepEqual(edited.resized(new Set(["a"]), "start", 0.5).map((n) => [n.onset, n.duration]), [[8.5, 1.5]]);
});

test("cut and paste keep the distances; what is beyond the last bar is said", () => {
  const edited = model(note("a", 60, 0, 1), note("b", 62, 2, 1));
  edited.selectAll();
  assert.ok(edited.cut().ok);
  assert.equal(edited.notes.length, 0);
  const pasted = edited.paste(10.5);
  assert.match(pasted.text, /beyond the last bar/);
  assert.deepEqual(rows(edited), [[60, 10.5, 1]]);
});

test("a clipboard from anywhere is read as far as it holds notes", () => {
  assert.deepEqual(readClip("nonsense"), []);
  assert.deepEqual(readClip({ notes: [null, { onset: -1, duration: 1, pitch: 60 }, { onset: 0, duration: 1, pitch: 300 }] }), []);
  assert.deepEqual(readClip({ notes: [{ onset: 1, duration: 0.001, pitch: 60.4, velocity: 900, track: 77 }] }),
    [{ onset: 1, duration: 1 / 32, pitch: 60, velocity: 127, track: 0 }]);
});

test("fewer bars take the notes beyond with them and shorten what reaches over; undo brings them back", () => {
  const edited = model(note("a", 60, 3, 3), note("b", 62, 5, 1));
  assert.match(edited.setBars(1).text, /1 note beyond is gone/);
  assert.deepEqual(rows(edited), [[60, 3, 1]]);
  edited.undo();
  assert.equal(edited.notes.length, 2);
});

test("tracks: the last one stays, notes of a track go with it, there is a greatest number", () => {
  const edited = model(note("a", 60, 0, 1));
  assert.ok(!edited.removeTrack(0).ok);
  while (edited.tracks.length < MAX_TRACKS) assert.ok(edited.addTrack().ok);
  assert.ok(!edited.addTrack().ok);
  edited.assign(new Set(["a"]), 3);
  edited.removeTrack(1);
  assert.equal(edited.notes[0].track, 2);
  edited.removeTrack(2);
  assert.equal(edited.notes.length, 0);
});

test("settling leaves other pitches and tracks alone", () => {
  const notes = [note("a", 60, 0, 4), note("b", 61, 0, 4), note("c", 60, 0, 4, 1), note("d", 60, 1, 1)];
  assert.deepEqual(settle(notes, new Set(["d"])).map((n) => n.id).sort(), ["a", "b", "c", "d"]);
});

test("names of pitches follow the key", () => {
  assert.equal(pitchWords(60), "C4");
  assert.match(pitchWords(61, 2), /^C sharp/);
  assert.match(pitchWords(61, -4), /^D flat/);
  assert.equal(lengthWords(1.5), "dotted quarter note");
  assert.equal(lengthWords(1 / 3), "eighth triplet");
});
