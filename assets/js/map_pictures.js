// @ts-check
// Pictures in the place of points: small bitmaps, fetched a few at a time behind all other traffic.

import { thumbUrl } from "./dom.js";

const HEIGHT = 96; // pixels of a bitmap
const AT_ONCE = 3;
const KEPT = 1500;
const FAINT = 0.18;

/** @type {Map<string, ImageBitmap | null>} */
const bitmaps = new Map(); // item id -> picture, null where there is none or it is on its way
/** @type {string[]} */
let wanted = [];
let fetching = 0;

/**
 * Fetch what is not here yet; `arrived()` follows every picture.
 * @param {string[]} ids
 * @param {() => void} arrived
 */
export function fetchPictures(ids, arrived) {
  wanted = ids.filter((id) => !bitmaps.has(id));
  while (fetching < AT_ONCE && wanted.length) next(arrived);
}

/** @param {() => void} arrived */
async function next(arrived) {
  fetching += 1;
  for (let id = wanted.shift(); id !== undefined; id = wanted.shift()) {
    if (bitmaps.has(id)) continue;
    bitmaps.set(id, null);
    const [oldest] = bitmaps.keys();
    if (bitmaps.size > KEPT) bitmaps.delete(oldest);
    const bitmap = await load(id);
    if (bitmap) { bitmaps.set(id, bitmap); arrived(); }
  }
  fetching -= 1;
}

/**
 * The picture of an item; without one it stays a point, which is what is said of it.
 * @param {string} id
 * @returns {Promise<ImageBitmap | null>}
 */
async function load(id) {
  let answer;
  try {
    answer = await fetch(thumbUrl(id), { priority: "low" });
  } catch {
    bitmaps.delete(id); // the server is away: ask again later
    return null;
  }
  if (!answer.ok) return null;
  try {
    return await createImageBitmap(await answer.blob(), { resizeHeight: HEIGHT, resizeQuality: "medium" });
  } catch {
    return null; // no picture that this browser reads
  }
}

/**
 * Paint pictures of `side` pixels, framed in their colours, at `spots` [[x, y], ...] of `ids`.
 * @param {CanvasRenderingContext2D} pen
 * @param {string[]} ids
 * @param {[number, number][]} spots
 * @param {string[]} fills
 * @param {number} side
 * @param {(place: number) => boolean} faint
 */
export function paintPictures(pen, ids, spots, fills, side, faint = () => false) {
  const edge = side < 24 ? 1.5 : 2;
  spots.forEach(([x, y], index) => {
    const bitmap = bitmaps.get(ids[index]);
    if (!bitmap) return;
    pen.globalAlpha = faint(index) ? FAINT : 1;
    pen.fillStyle = fills[index];
    const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)];
    pen.fillRect(left, top, side, side);
    const cut = Math.min(bitmap.width, bitmap.height);
    pen.drawImage(bitmap, (bitmap.width - cut) / 2, (bitmap.height - cut) / 2, cut, cut,
      left + edge, top + edge, side - 2 * edge, side - 2 * edge);
  });
  pen.globalAlpha = 1;
}

/**
 * Paint plain points.
 * @param {CanvasRenderingContext2D} pen
 * @param {[number, number][]} spots
 * @param {string[]} fills
 * @param {number} diameter
 */
export function paintDots(pen, spots, fills, diameter) {
  /** @type {Map<string, [number, number][]>} */
  const byFill = new Map();
  spots.forEach((spot, index) => {
    const group = byFill.get(fills[index]);
    if (group) group.push(spot);
    else byFill.set(fills[index], [spot]);
  });
  pen.globalAlpha = 0.8;
  for (const [fill, group] of byFill) {
    pen.fillStyle = fill;
    pen.beginPath();
    for (const [x, y] of group) {
      pen.moveTo(x + diameter / 2, y);
      pen.arc(x, y, diameter / 2, 0, 6.2832);
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
}
