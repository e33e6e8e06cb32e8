// What a drag over a file's strip of tracks and bars chooses; no page here.

/** The bar, from 1, at a share 0 to 1 of the strip's width. */
export function barAt(share, bars) {
  return Math.min(Math.max(Math.floor(share * bars) + 1, 1), bars);
}

/**
 * What is chosen when a hand goes from one place to another: the bars between, and the tracks that it crosses. Within
 * one track that is chosen already the tracks stay; one that is not is chosen alone.
 * @param {{track: number, bar: number}} from
 * @param {{track: number, bar: number}} to
 * @param {number[]} tracks that are chosen
 */
export function dragged(from, to, tracks) {
  const bars = [Math.min(from.bar, to.bar), Math.max(from.bar, to.bar)];
  if (from.track === to.track && tracks.includes(from.track)) return { tracks, bars };
  const [top, bottom] = [Math.min(from.track, to.track), Math.max(from.track, to.track)];
  return { tracks: Array.from({ length: bottom - top + 1 }, (_, i) => top + i), bars };
}

/** The tracks after one was pressed: it comes or goes, the last one stays. */
export function toggled(track, tracks) {
  if (!tracks.includes(track)) return [...tracks, track].sort((a, b) => a - b);
  return tracks.length > 1 ? tracks.filter((other) => other !== track) : tracks;
}

/**
 * The bars after an edge (0 the first, 1 the last) has gone to a bar; the edges never cross.
 * @param {number} edge @param {number} bar @param {number[]} chosen the first and the last bar @param {number} bars
 */
export function edged(edge, bar, chosen, bars) {
  const [first, last] = chosen;
  const at = Math.min(Math.max(bar, 1), bars);
  return edge ? [first, Math.max(at, first)] : [Math.min(at, last), last];
}

/** For each level 1 to 9 the path of the bars that have it, in a picture as wide as there are bars and 1 high. */
export function levelPaths(levels) {
  const paths = new Map();
  for (let bar = 0; bar < levels.length; bar++) {
    const level = Number(levels[bar]);
    if (!level) continue;
    let length = 1;
    while (Number(levels[bar + length]) === level) length++;
    paths.set(level, `${paths.get(level) || ""}M${bar} 0h${length}v1h-${length}z`);
    bar += length - 1;
  }
  return paths;
}
