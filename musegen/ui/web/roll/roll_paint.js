// How the roll is drawn: grid, ruler, notes and keys on one canvas; what moves (cursor, lit notes, boxes) on another.

import { pitchName } from "../page/words.js";
import { lowerBound } from "./roll_notes.js";

const CHOSEN = "#2f7fd8"; // as in the sheet
const BLACK = new Set([1, 3, 6, 8, 10]);
const GRID = { black: "rgba(128,128,128,0.10)", octave: "rgba(128,128,128,0.38)", row: "rgba(128,128,128,0.10)" };
const LINES = { bar: "rgba(128,128,128,0.62)", group: "rgba(128,128,128,0.32)", beat: "rgba(128,128,128,0.22)" };
const STEP_LINE = "rgba(128,128,128,0.11)";
const MIN_BEAT_PX = 7;
const MIN_LABEL_PX = 34;

/** True for the black keys of a piano. */
export const isBlack = (pitch) => BLACK.has(((pitch % 12) + 12) % 12);

function rect(view, note) {
  const [, , pitch, onset, duration] = note;
  const x = view.xOf(onset);
  // A gap of a pixel keeps repeated notes apart; the shortest note is still seen.
  const width = Math.max(duration * view.px - 1, 2);
  const gap = view.row > 6 ? 1 : 0;
  return [x, view.yOf(pitch) + gap, width, Math.max(view.row - 2 * gap, 2)];
}

function paintRows(ctx, view) {
  const { low, high } = view.visiblePitches();
  for (let pitch = low; pitch <= high; pitch++) {
    const y = view.yOf(pitch);
    if (isBlack(pitch)) {
      ctx.fillStyle = GRID.black;
      ctx.fillRect(view.keysWidth, y, view.gridWidth, view.row);
    }
    if (view.row < 4 && pitch % 12 !== 0) continue;
    ctx.fillStyle = pitch % 12 === 0 ? GRID.octave : GRID.row;
    ctx.fillRect(view.keysWidth, Math.round(y + view.row) - 1, view.gridWidth, 1);
  }
}

function paintTimes(ctx, view) {
  const height = view.height - view.ruler;
  const line = (quarter, colour) => {
    ctx.fillStyle = colour;
    ctx.fillRect(Math.round(view.xOf(quarter)), view.ruler, 1, height);
  };
  const [from, to] = [view.left, view.quarterAt(view.width)];
  if (view.step && view.step * view.px >= MIN_BEAT_PX) {
    stepLines(view, from, Math.min(to, view.end)).forEach((quarter) => line(quarter, STEP_LINE));
  }
  const { beats } = view.score;
  const first = lowerBound(beats, from, (beat) => beat[0]);
  const spacing = beats.length > 1 ? (beats[1][0] - beats[0][0]) * view.px : 99;
  for (let i = first; i < beats.length && beats[i][0] <= to && spacing >= MIN_BEAT_PX; i++) {
    if (beats[i][1] > 0) line(beats[i][0], beats[i][1] === 1 ? LINES.group : LINES.beat);
  }
  visibleBars(view, 4).forEach(([quarter]) => line(quarter, LINES.bar));
  if (view.end < to) {
    const x = Math.max(view.xOf(view.end), view.keysWidth);
    ctx.fillStyle = "rgba(128,128,128,0.16)";
    ctx.fillRect(x, view.ruler, view.width - x, height);
    line(view.end, LINES.bar);
  }
}

/** Return where the lines of the step stand within [from, to]: counted from each bar line, as notes snap. */
export function stepLines({ score, step, end }, from, to) {
  const { bars } = score;
  const found = [];
  for (let i = Math.max(lowerBound(bars, from, (bar) => bar[0]) - 1, 0); i < bars.length && bars[i][0] <= to; i++) {
    const [start, stop] = [bars[i][0], Math.min(bars[i + 1]?.[0] ?? end, to)];
    const first = Math.max(Math.ceil((from - start) / step - 1e-6), 0);
    for (let k = first; start + k * step < stop - 1e-6; k++) found.push(start + k * step);
  }
  return found;
}

/** The bars in sight, thinned so that they stand at least `apart` pixels from each other. */
function visibleBars(view, apart) {
  const { bars } = view.score;
  const found = [];
  const mean = bars.length > 1 ? ((bars[bars.length - 1][0] - bars[0][0]) / (bars.length - 1)) * view.px : apart;
  let every = 1;
  while (mean * every < apart) every *= 2;
  const to = view.quarterAt(view.width);
  for (let i = Math.max(lowerBound(bars, view.left, (bar) => bar[0]) - 1, 0); i < bars.length; i++) {
    if (bars[i][0] > to) break;
    if (bars[i][0] >= view.left - 1e-9 && (bars[i][1] - 1) % every === 0) found.push(bars[i]);
  }
  return found;
}

function paintNotes(ctx, view) {
  const { palette, selected, shade } = view;
  const to = view.quarterAt(view.width);
  const { low, high } = view.visiblePitches();
  // Notes of one colour are drawn together: setting a fill is dear, a rectangle is not.
  const groups = new Map();
  const outlined = [];
  view.index.within(view.left, to, (note) => {
    if (note[2] < low || note[2] > high) return;
    if (shade) outlined.push(note);
    const value = shade?.get(note[0]);
    if (shade && value === undefined) return;
    const fill = shade ? palette.surprise(value) : palette.fill(note[1], note[6], (note[5] - 20) / 90);
    const group = groups.get(fill);
    if (group) group.push(note);
    else groups.set(fill, [note]);
    if (!shade && (note[6] || selected.has(note[0]))) outlined.push(note);
  });
  const round = view.row >= 9;
  for (const [fill, notes] of groups) {
    ctx.fillStyle = fill;
    ctx.beginPath();
    for (const note of notes) {
      const [x, y, width, height] = rect(view, note);
      if (round && width > 6) ctx.roundRect(x, y, width, height, 3);
      else ctx.rect(x, y, width, height);
    }
    ctx.fill();
  }
  for (const note of outlined) {
    const [x, y, width, height] = rect(view, note);
    const chosen = selected.has(note[0]);
    if (!chosen && (width < 5 || height < 4)) continue;
    ctx.lineWidth = chosen ? 2.5 : 1.25;
    ctx.strokeStyle = chosen ? CHOSEN : shade ? LINES.bar : palette.outline(note[1]);
    ctx.strokeRect(x + 0.75, y + 0.75, Math.max(width - 1.5, 1), Math.max(height - 1.5, 1));
  }
}

function paintRuler(ctx, view) {
  const { palette } = view;
  ctx.fillStyle = palette.panel;
  ctx.fillRect(0, 0, view.width, view.ruler);
  ctx.fillStyle = LINES.group;
  ctx.fillRect(0, view.ruler - 1, view.width, 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.keysWidth, 0, view.gridWidth, view.ruler);
  ctx.clip();
  ctx.font = `600 12px ${palette.font}`;
  ctx.textBaseline = "middle";
  for (const [quarter, number] of visibleBars(view, MIN_LABEL_PX)) {
    const x = Math.round(view.xOf(quarter));
    ctx.fillStyle = LINES.bar;
    ctx.fillRect(x, view.ruler - 8, 1, 8);
    ctx.fillStyle = palette.text;
    ctx.fillText(number, x + 4, view.ruler / 2);
  }
  ctx.restore();
}

function paintKeys(ctx, view) {
  if (!view.keysWidth) return;
  const { palette, held } = view;
  const { low, high } = view.visiblePitches();
  ctx.fillStyle = palette.dark ? "#d8d4cd" : "#fdfcfa";
  ctx.fillRect(0, view.ruler, view.keysWidth, view.height - view.ruler);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, view.ruler, view.keysWidth, view.height - view.ruler);
  ctx.clip();
  for (let pitch = low - 1; pitch <= high + 1; pitch++) {
    const y = view.yOf(pitch);
    const down = held.has(pitch);
    if (isBlack(pitch)) {
      ctx.fillStyle = down ? palette.accent : "#3a3733";
      ctx.fillRect(0, y, view.keysWidth * 0.62, view.row);
      continue;
    }
    if (down) {
      ctx.fillStyle = palette.accent;
      ctx.fillRect(0, y, view.keysWidth, view.row);
    }
    if (view.row >= 4 || pitch % 12 === 0) {
      ctx.fillStyle = pitch % 12 === 0 ? "#77726a" : "#c9c4bb";
      ctx.fillRect(0, Math.round(y + view.row) - 1, view.keysWidth, 1);
    }
  }
  ctx.fillStyle = "#3a3733";
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  ctx.font = `600 ${Math.min(Math.max(view.row - 2, 9), 12)}px ${palette.font}`;
  for (let pitch = Math.ceil(low / 12) * 12; pitch <= high; pitch += 12) {
    if (view.row * 12 < 14) break;
    ctx.fillText(pitchName(pitch), view.keysWidth - 4, view.yOf(pitch) + view.row / 2);
  }
  ctx.restore();
  ctx.textAlign = "left";
  ctx.fillStyle = LINES.bar;
  ctx.fillRect(view.keysWidth - 1, view.ruler, 1, view.height - view.ruler);
}

function clipGrid(ctx, view) {
  ctx.beginPath();
  ctx.rect(view.keysWidth, view.ruler, view.gridWidth, view.height - view.ruler);
  ctx.clip();
}

/** Draw grid, notes, ruler and keys of a `RollView`; the context is scaled to CSS pixels. */
export function paintBase(ctx, view) {
  ctx.fillStyle = view.palette.background;
  ctx.fillRect(0, 0, view.width, view.height);
  ctx.save();
  clipGrid(ctx, view);
  paintRows(ctx, view);
  paintTimes(ctx, view);
  paintNotes(ctx, view);
  ctx.restore();
  paintRuler(ctx, view);
  paintKeys(ctx, view);
}

function paintRange(ctx, view) {
  const [from, to] = [view.xOf(view.range.from), view.xOf(view.range.to)];
  const x = Math.max(from, view.keysWidth);
  ctx.fillStyle = CHOSEN;
  ctx.globalAlpha = 0.17;
  ctx.fillRect(x, view.ruler, to - x, view.height - view.ruler);
  ctx.globalAlpha = 0.5;
  ctx.fillRect(x, view.ruler - 6, to - x, 6);
  ctx.globalAlpha = 1;
  for (const edge of [from, to]) {
    if (edge >= view.keysWidth) ctx.fillRect(edge - 1, 0, 2, view.height);
  }
}

function paintMarks(ctx, view) {
  const { palette } = view;
  const { box, cell, ghost } = view.marks;
  if (ghost) {
    const [x, y, width, height] = rect(view, ["", ghost.track, ghost.pitch, ghost.onset, ghost.duration]);
    ctx.fillStyle = palette.fill(ghost.track, 0, 0.9);
    ctx.globalAlpha = 0.4;
    ctx.fillRect(x, y, width, height);
    ctx.globalAlpha = 1;
  }
  if (box) {
    const [x, y] = [view.xOf(Math.min(box.from, box.to)), view.yOf(Math.max(box.low, box.high))];
    const width = Math.abs(box.to - box.from) * view.px;
    const height = (Math.abs(box.high - box.low) + 1) * view.row;
    ctx.fillStyle = palette.text;
    ctx.globalAlpha = 0.1;
    ctx.fillRect(x, y, width, height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = palette.text;
    ctx.lineWidth = 1;
    ctx.setLineDash([4, 3]);
    ctx.strokeRect(x + 0.5, y + 0.5, width, height);
    ctx.setLineDash([]);
  }
  if (cell) {
    const width = Math.max(cell.length * view.px, 4);
    ctx.lineWidth = 2;
    ctx.strokeStyle = palette.accent;
    ctx.strokeRect(view.xOf(cell.quarter), view.yOf(cell.pitch) - 1, width, view.row + 2);
  }
}

function paintLit(ctx, view) {
  const { palette } = view;
  for (const id of view.lit) {
    const note = view.index.byId.get(id);
    if (!note) continue;
    const [x, y, width, height] = rect(view, note);
    if (x > view.width || x + width < view.keysWidth) continue;
    ctx.fillStyle = palette.dark ? "#ffffff" : "#1c1a17";
    ctx.fillRect(x - 1, y - 1, width + 2, height + 2);
    ctx.fillStyle = palette.fill(note[1], note[6], 1);
    ctx.fillRect(x + 1.5, y + 1.5, Math.max(width - 3, 1), Math.max(height - 3, 1));
  }
}

function paintBars(ctx, view) {
  ctx.fillStyle = view.palette.text;
  ctx.globalAlpha = 0.34;
  for (const bar of view.scrollBars()) {
    ctx.beginPath();
    ctx.roundRect(bar.x, bar.y, bar.width, bar.height, 3);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/** Draw what moves over the notes: range, lit notes, boxes, cursor, scroll bars. */
export function paintOverlay(ctx, view) {
  ctx.clearRect(0, 0, view.width, view.height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.keysWidth, 0, view.gridWidth, view.height);
  ctx.clip();
  if (view.range) paintRange(ctx, view);
  ctx.restore();
  ctx.save();
  clipGrid(ctx, view);
  paintLit(ctx, view);
  paintMarks(ctx, view);
  paintBars(ctx, view);
  ctx.restore();
  if (view.cursor === null) return;
  const x = view.xOf(view.cursor);
  if (x < view.keysWidth - 1 || x > view.width + 1) return;
  ctx.fillStyle = view.palette.accent;
  ctx.fillRect(x - 1, view.ruler - 2, 2, view.height - view.ruler + 2);
  ctx.beginPath();
  ctx.moveTo(x - 6, view.ruler - 10);
  ctx.lineTo(x + 6, view.ruler - 10);
  ctx.lineTo(x, view.ruler);
  ctx.fill();
}
