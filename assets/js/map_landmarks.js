// @ts-check
// What a map of many points shows in their place: a picture in the middle of each cluster, more of them
// the nearer one looks, and the names of groups where most of them lie.

/** @import { Places } from "./types.js" */

const CELL = 1.7; // side of a cell of the grid, by that of a picture
const MOST_LEVELS = 10;
const SPARSE = 0.1; // of the points in a cell on average: a cell with fewer keeps its points
const NAMES = 24;
const [COARSE_X, COARSE_Y] = [16, 12]; // the grid in which a group's fullest place is looked for

/**
 * How many times the view has been doubled since it showed the whole map, in halves.
 * @param {[number, number]} view of an axis @param {[number, number]} whole
 */
export function levelOf([low, high], [from, to]) {
  const scale = (to - from) / Math.max(high - low, 1e-9);
  return Math.min(MOST_LEVELS, Math.max(0, Math.floor(2 * Math.log2(scale) + 1e-6) / 2));
}

/** @param {number} width @param {number} height */
export const pictureSide = (width, height) =>
  Math.round(Math.min(52, Math.max(30, Math.min(width, height) / 10)));

/**
 * @typedef {{ indices: number[], counts: number[] }} Landmarks the items to show, those of the fullest
 *   cells first, and how many points there are in their cells
 */

/**
 * One item for each cell of a grid over the map: the one nearest to the middle of the cell's points.
 * Every second level the cells have half the side; they hang on the map, not on the view: what is shown
 * stays while one moves. No two lie nearer to each other than a picture's side.
 * @param {number[]} order the indices that are drawn @param {Places} at
 * @param {{ level: number, width: number, height: number, side: number, all?: boolean }} how `all`:
 *   a single item has a picture too
 * @returns {Landmarks}
 */
export function landmarks(order, at, { level, width, height, side, all = false }) {
  const cell = CELL * side;
  const columns = Math.max(1, Math.round((width * 2 ** level) / cell));
  const rows = Math.max(1, Math.round((height * 2 ** level) / cell));
  const cells = filled(order, at, columns, rows);
  const least = all ? 1 : Math.max(2, (SPARSE * order.length) / cells.length);
  const gap = { x: side / (width * 2 ** level), y: side / (height * 2 ** level) };
  const kept = apart(cells.filter((one) => one.count >= least), at, gap, columns, rows);
  return { indices: kept.map((one) => one.index), counts: kept.map((one) => one.count) };
}

/** @typedef {{ count: number, x: number, y: number, index: number, far: number }} Cell */

/** @param {number[]} order @param {Places} at @param {number} columns @param {number} rows */
function filled(order, at, columns, rows) {
  /** @type {Map<number, Cell>} */
  const cells = new Map();
  const keys = new Float64Array(order.length);
  for (let n = 0; n < order.length; n += 1) {
    const [x, y] = [at.x[order[n]], at.y[order[n]]];
    const key = Math.floor(y * rows) * (4 * columns) + Math.floor(x * columns);
    keys[n] = key;
    const there = cells.get(key);
    if (there) { there.count += 1; there.x += x; there.y += y; }
    else cells.set(key, { count: 1, x, y, index: -1, far: Infinity });
  }
  for (const one of cells.values()) { one.x /= one.count; one.y /= one.count; }
  for (let n = 0; n < order.length; n += 1) {
    const one = /** @type {Cell} */ (cells.get(keys[n]));
    const [dx, dy] = [(at.x[order[n]] - one.x) * columns, (at.y[order[n]] - one.y) * rows];
    const far = dx * dx + dy * dy;
    if (far < one.far) { one.far = far; one.index = order[n]; }
  }
  return [...cells.values()];
}

/**
 * The fullest first, without those that would cover another one.
 * @param {Cell[]} cells @param {Places} at @param {{ x: number, y: number }} gap
 * @param {number} columns @param {number} rows
 */
function apart(cells, at, gap, columns, rows) {
  /** @type {Map<number, Cell>} */
  const taken = new Map();
  const kept = [];
  for (const one of cells.sort((a, b) => b.count - a.count || a.index - b.index)) {
    const [x, y] = [at.x[one.index], at.y[one.index]];
    const [column, row] = [Math.floor(x * columns), Math.floor(y * rows)];
    if (near(taken, column, row, columns).some((other) =>
      Math.abs(at.x[other.index] - x) < gap.x && Math.abs(at.y[other.index] - y) < gap.y)) continue;
    taken.set(row * (4 * columns) + column, one);
    kept.push(one);
  }
  return kept;
}

/** @param {Map<number, Cell>} taken @param {number} column @param {number} row @param {number} columns */
function near(taken, column, row, columns) {
  const found = [];
  for (let y = row - 1; y <= row + 1; y += 1) {
    for (let x = column - 1; x <= column + 1; x += 1) {
      const one = taken.get(y * (4 * columns) + x);
      if (one) found.push(one);
    }
  }
  return found;
}

/**
 * Where the name of each of the largest categories goes: in the middle of its members in the part of
 * the map where most of them lie.
 * @param {number[]} order @param {Places} at
 * @param {(index: number) => number} categoryOf -1: of none @param {number} n categories
 * @returns {{ category: number, count: number, x: number, y: number }[]} the largest first
 */
export function anchors(order, at, categoryOf, n) {
  const counts = new Int32Array(n);
  for (const index of order) {
    const category = categoryOf(index);
    if (category >= 0) counts[category] += 1;
  }
  const large = [...counts.keys()].filter((category) => counts[category] > 0)
    .sort((a, b) => counts[b] - counts[a] || a - b).slice(0, NAMES);
  const ranks = new Int32Array(n).fill(-1);
  large.forEach((category, rank) => { ranks[category] = rank; });
  const size = COARSE_X * COARSE_Y;
  const [members, sumX, sumY] = [1, 2, 3].map(() => new Float64Array(size * large.length));
  for (const index of order) {
    const category = categoryOf(index);
    const rank = category < 0 ? -1 : ranks[category];
    if (rank < 0) continue;
    const [x, y] = [at.x[index], at.y[index]];
    const spot = rank * size + within(y, COARSE_Y) * COARSE_X + within(x, COARSE_X);
    members[spot] += 1;
    sumX[spot] += x;
    sumY[spot] += y;
  }
  return large.map((category, rank) => {
    let best = rank * size;
    for (let spot = best; spot < (rank + 1) * size; spot += 1) {
      if (members[spot] > members[best]) best = spot;
    }
    return {
      category, count: counts[category], x: sumX[best] / members[best], y: sumY[best] / members[best],
    };
  });
}

/** @param {number} v in [0, 1] @param {number} n */
const within = (v, n) => Math.min(n - 1, Math.max(0, Math.floor(v * n)));

/**
 * Those of the labels [x, y, width] that cover none before them.
 * @template {{ x: number, y: number, width: number }} L
 * @param {L[]} labels @param {number} height
 * @returns {L[]}
 */
export function uncovered(labels, height) {
  /** @type {L[]} */
  const kept = [];
  for (const one of labels) {
    const covers = kept.some((other) => Math.abs(other.y - one.y) < height
      && Math.abs(other.x - one.x) < (other.width + one.width) / 2);
    if (!covers) kept.push(one);
  }
  return kept;
}
