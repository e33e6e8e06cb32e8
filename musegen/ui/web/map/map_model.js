// What the map page asks for: addresses of points, paths and mixtures of own clips.

/** Return a number with at most four places. */
const short = (value) => String(Math.round(value * 1e4) / 1e4 + 0);

/** Return the query that asks for points of a plane: one is a sound of three seconds, more are a path. */
export function pointQuery({ net, how, root, seconds }, points) {
  const at = points.map((point) => point.map(short).join(",")).join(";");
  return new URLSearchParams({ net, how, root: String(root), seconds: short(seconds), at }).toString();
}

/** Return by how much each of up to four clips counts at a point of the square: across, then up. */
export function cornerShares(count, across, up) {
  const u = Math.min(Math.max(across, 0), 1), v = Math.min(Math.max(up, 0), 1);
  if (count === 1) return [1];
  if (count === 2) return [1 - u, u];
  if (count === 3) return [(1 - u) * (1 - v), u * (1 - v), v];
  return [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
}

/** Return the query for a mixture of own clips, each {place, told}. */
export function mixtureQuery({ net, how }, clips, shares) {
  const mixed = (name) => clips[0][name].map((_, k) =>
    short(clips.reduce((sum, clip, n) => sum + clip[name][k] * shares[n], 0))).join(",");
  const query = new URLSearchParams({ net, how, at: mixed("place") });
  if (clips[0].told.length) query.set("told", mixed("told"));
  return query.toString();
}

/** Return a path without points nearer to each other than `least`, the last one kept. */
export function thinned(path, least) {
  const kept = [];
  path.forEach((point, index) => {
    const last = kept.at(-1);
    const far = !last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= least;
    if (far || (index === path.length - 1 && kept.length > 1)) kept.push(point);
  });
  return kept.slice(0, 400);
}

/**
 * Return the number of the point made in advance that is nearest to a point of the plane, row by row from the lowest.
 * @param {{middle: number[], reach: number, side: number}} plane
 * @param {number[]} point
 */
export function gridNumber({ middle, reach, side }, point) {
  const cell = (value, about) => Math.min(Math.max(Math.floor(((value - about) / reach + 1) * side / 2), 0), side - 1);
  return cell(point[1], middle[1]) * side + cell(point[0], middle[0]);
}

/** Return the sound files of a pack: a line of their lengths in JSON, then one after the other. @param {ArrayBuffer} buffer */
export function unpacked(buffer) {
  const bytes = new Uint8Array(buffer), end = bytes.indexOf(10);
  /** @type {number[]} */
  const lengths = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let at = end + 1;
  return lengths.map((length) => buffer.slice(at, at += length));
}
