// @ts-check
// Where points are drawn: the layout stretched over the frame, and on small maps evened out and set
// apart, so that pictures can be told from each other.

/** @import { Places } from "./types.js" */

/** Of both axes; places are in [0, 1]. @type {[number, number]} */
export const RANGE = [-0.02, 1.02];
/** At most so many points are drawn as pictures. */
export const FEW = 500;
const SHARE = 0.34; // of the frame that pictures cover
const [SMALLEST, LARGEST] = [17, 58];
const ROUNDS = 60;
const INSET = 0.05; // of the frame, into which groups at the edge spread
const EVEN = 0.5; // weight of ranks, which fill the frame evenly, against distances
const OVERLAP = 0.86; // of a picture's side that its neighbours keep off

/**
 * Side of the pictures in pixels, for so many of them in such a frame.
 * @param {number} count @param {number} width @param {number} height
 */
export function side(count, width, height) {
  const fits = Math.sqrt((SHARE * width * height) / Math.max(1, count));
  return Math.round(Math.min(LARGEST, Math.max(SMALLEST, fits)));
}

/**
 * Places in [0, 1] of a layout's points in a frame of so many pixels.
 * @param {Places} points @param {number} width @param {number} height
 * @returns {Places}
 */
export function arrange({ x, y }, width, height) {
  if (x.length > FEW || !width) return { x: stretched(x), y: stretched(y) };
  const pixels = {
    x: evened(x).map((v, i) => v * width + ((i * 0.618) % 1)),
    y: evened(y).map((v, i) => v * height + ((i * 0.755) % 1)),
  };
  setApart(pixels, width, height, side(x.length, width, height) * OVERLAP);
  return { x: pixels.x.map((v) => v / width), y: pixels.y.map((v) => v / height) };
}

/** @param {number[]} values */
function stretched(values) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const span = values.reduce((a, b) => Math.max(a, b), -Infinity) - low;
  return values.map((v) => (span > 0 ? (v - low) / span : 0.5));
}

/** @param {number[]} values */
function evened(values) {
  const ranks = new Array(values.length).fill(0);
  [...values.keys()].sort((a, b) => values[a] - values[b])
    .forEach((index, rank) => { ranks[index] = rank / Math.max(1, values.length - 1); });
  return stretched(values).map((v, i) => INSET + (1 - 2 * INSET) * (EVEN * ranks[i] + (1 - EVEN) * v));
}

// Pairs that overlap go apart along the shorter way, step by step; the frame holds them. Points in
// one place must differ a little to know where to go.
/** @param {Places} places @param {number} width @param {number} height @param {number} gap */
function setApart({ x, y }, width, height, gap) {
  /** @param {number} v @param {number} size */
  const inside = (v, size) => Math.min(Math.max(v, gap / 2), Math.max(size - gap / 2, gap / 2));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < x.length; i += 1) {
      for (let j = i + 1; j < x.length; j += 1) part(x, y, i, j, gap);
    }
    for (let i = 0; i < x.length; i += 1) {
      x[i] = inside(x[i], width);
      y[i] = inside(y[i], height);
    }
  }
}

/** @param {number[]} x @param {number[]} y @param {number} i @param {number} j @param {number} gap */
function part(x, y, i, j, gap) {
  const dx = x[j] - x[i];
  const dy = y[j] - y[i];
  const [overX, overY] = [gap - Math.abs(dx), gap - Math.abs(dy)];
  if (overX <= 0 || overY <= 0) return;
  const [along, apart, over] = overX < overY ? [x, dx, overX] : [y, dy, overY];
  const push = (apart < 0 ? -over : over) / 4;
  along[i] -= push;
  along[j] += push;
}
